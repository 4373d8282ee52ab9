"""Printed forms against PyTorch itself: thousands of random tensors, options and suffixes.

May import: core.
"""

import math
import random

import numpy as np
import pytest

from rushlight.core import printing

torch = pytest.importorskip("torch")

FLOATS = ("float16", "bfloat16", "float32", "float64")
COMPLEXES = ("complex64", "complex128")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8")
SMALL_SHAPES = [(), (0,), (1,), (5,), (30,), (0, 3), (3, 0), (2, 3), (3, 12), (7, 2), (30, 1)]
SMALL_SHAPES += [(2, 0, 3), (2, 3, 2), (1, 4, 7), (2, 1, 3, 2), (1, 1, 2, 1, 3)]
LARGE_SHAPES = [(1000,), (1001,), (40, 40), (7, 11, 13), (1, 1, 1200), (1200, 1), (2, 3, 4, 60)]
CASES_PER_SEED = 500


def random_reals(choose, numbers, count):
    """Floats of one of several looks, some of them special values."""
    values = numbers.standard_normal(count)
    looks = [
        lambda: values,
        lambda: values * 10.0 ** choose.randint(-6, 9),
        lambda: np.round(values * 10.0 ** choose.randint(0, 9)),
        lambda: values * 10.0 ** numbers.integers(-3, 3, count),
        lambda: 10.0 ** numbers.integers(-5, 9, count) * numbers.choice([1, -1], count),
        lambda: values * 10.0 ** numbers.uniform(-300, 300, count),
        lambda: np.zeros(count),
    ]
    values = choose.choice(looks)()
    if choose.random() < 0.4:
        special = numbers.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], count)
        values = np.where(numbers.random(count) < choose.choice([0.1, 0.5, 1]), special, values)
    return values


def random_tensor(choose, numbers):
    """A tensor of any dtype and a shape that may be empty, 0-d or summarised."""
    shape = choose.choice(LARGE_SHAPES if choose.random() < 0.05 else SMALL_SHAPES)
    count = math.prod(shape)
    name = choose.choice((*FLOATS, *COMPLEXES, *INTEGERS, "bool"))
    dtype = getattr(torch, name)
    if name in FLOATS:
        flat = torch.from_numpy(random_reals(choose, numbers, count)).to(dtype)
    elif name in COMPLEXES:
        parts = np.empty(count, np.complex128)
        parts.real = random_reals(choose, numbers, count)
        parts.imag = random_reals(choose, numbers, count)
        flat = torch.from_numpy(parts).to(dtype)
    elif name == "bool":
        flat = torch.from_numpy(numbers.random(count) < choose.random())
    else:
        info = torch.iinfo(dtype)
        low, high = choose.choice([(info.min, info.max), (max(info.min, -5), 5), (0, 1)])
        flat = torch.from_numpy(numbers.integers(low, high, count, dtype=name, endpoint=True))
    return flat.reshape(shape), name


def random_options(choose):
    choices = {
        "precision": [0, 1, 2, 3, 6, 10],
        "linewidth": [0, 10, 20, 40, 60, 79, 81, 100, 120, choose.randint(5, 130)],
        "threshold": [0, 1, 5, 20, math.inf],
        "edgeitems": [0, 1, 2, 3, 5],
        "sci_mode": [True, False],
        "profile": ["default", "short", "full"],
    }
    if choose.random() < 0.5:
        return {}
    return {
        name: choose.choice(values) for name, values in choices.items() if choose.random() < 0.4
    }


def as_array(tensor):
    """The same elements as an ndarray; bfloat16, which torch does not hand over, by its bits."""
    tensor = tensor.detach()
    if tensor.dtype is not torch.bfloat16:
        return tensor.numpy()
    ml_dtypes = pytest.importorskip("ml_dtypes")
    return tensor.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)


def printed_here(tensor, name):
    node = tensor.grad_fn
    return printing.tensor_repr(
        as_array(tensor),
        name,
        default_float=str(torch.get_default_dtype()).removeprefix("torch."),
        requires_grad=tensor.requires_grad,
        grad_fn=None if node is None else node.name(),
    )


def assert_same(tensor, name, options):
    with torch._tensor_str.printoptions(**options):
        theirs = repr(tensor)
    with printing.printoptions(**options):
        ours = printed_here(tensor, name)
    assert ours == theirs, f"shape {tuple(tensor.shape)}, {name}, options {options}"


@pytest.mark.parametrize("seed", range(16))
def test_random_tensors(seed):
    choose = random.Random(seed)
    numbers = np.random.default_rng(seed)
    for _ in range(CASES_PER_SEED):
        tensor, name = random_tensor(choose, numbers)
        if tensor.is_floating_point() or tensor.is_complex():
            history = choose.choice(["none", "leaf", "node"])
            if history != "none":
                tensor.requires_grad_()
            if history == "node":
                tensor = choose.choice([torch.clone, torch.neg, lambda x: x + 1])(tensor)
        assert_same(tensor, name, random_options(choose))


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (4,), (2, 3), (3, 1, 2)])
@pytest.mark.parametrize("name", ["float32", "float64", "complex128", "int8"])
def test_suffixes_wrap_at_the_same_linewidth(shape, name):
    tensor = torch.ones(shape, dtype=getattr(torch, name))
    variants = [tensor]
    if name != "int8":
        leaf = tensor.clone().requires_grad_()
        variants += [leaf, leaf.clone(), leaf.sum()]
    for variant in variants:
        for linewidth in range(8, 100):
            for edgeitems in (0, 2):
                assert_same(variant, name, {"linewidth": linewidth, "edgeitems": edgeitems})


@pytest.mark.parametrize("default", ["float16", "bfloat16", "float32", "float64"])
def test_other_default_dtypes(default):
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, default))
    try:
        for name in (*FLOATS, *COMPLEXES, *INTEGERS, "bool"):
            tensor = torch.zeros(2, 3, dtype=getattr(torch, name))
            assert_same(tensor, name, {})
            assert_same(tensor[:0], name, {})
    finally:
        torch.set_default_dtype(before)


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
@pytest.mark.parametrize("name", [*FLOATS, *COMPLEXES, *INTEGERS, "bool"])
def test_storages(name):
    tensor = torch.tensor([0, 1, 0.3, 2.5, 1e-3, 100]).to(getattr(torch, name))
    assert printing.storage_repr(as_array(tensor), name) == str(tensor.storage())
    flat_bytes = as_array(tensor).view(np.uint8)
    assert printing.storage_repr(flat_bytes, None) == str(tensor.untyped_storage())


def test_profiles_and_options_agree():
    for call in [{"profile": "short"}, {"profile": "full", "sci_mode": True}, {"linewidth": 50}]:
        with torch._tensor_str.printoptions(**call):
            theirs = torch._tensor_str.get_printoptions()
        with printing.printoptions(**call):
            assert printing.get_printoptions() == theirs
