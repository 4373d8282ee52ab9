"""Pools against PyTorch's: modules, ties and NaN, odd windows, the words of errors.

May import: everything.
"""

import itertools

import numpy as np
import pytest

import rushlight
from tests.parity.modules_side_by_side import check_module
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")


def drawn(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


MODULES = {
    "max1d": (lambda nn: nn.MaxPool1d(3, 2, 1), (2, 3, 9)),
    "max2d": (lambda nn: nn.MaxPool2d(2), (2, 3, 8, 6)),
    "max2d all": (lambda nn: nn.MaxPool2d((2, 3), 2, 1, (2, 1), True, True), (3, 9, 8)),
    "max3d": (lambda nn: nn.MaxPool3d(2, (1, 2, 2), return_indices=True), (1, 2, 4, 5, 6)),
    "avg1d": (lambda nn: nn.AvgPool1d(3, 2, 1, True, False), (2, 3, 8)),
    "avg2d": (lambda nn: nn.AvgPool2d(2), (2, 3, 8, 6)),
    "avg2d all": (lambda nn: nn.AvgPool2d((2, 3), 2, 1, True, True, 5), (3, 9, 8)),
    "avg3d": (lambda nn: nn.AvgPool3d((2, 3, 1), ceil_mode=True), (1, 2, 5, 5, 6)),
    "lp1d": (lambda nn: nn.LPPool1d(3, 2, 1, True), (2, 3, 8)),
    "lp2d": (lambda nn: nn.LPPool2d(2, (2, 3)), (2, 3, 8, 7)),
    "lp3d": (lambda nn: nn.LPPool3d(2.0, 2), (2, 3, 4, 4, 4)),
    "adaptive avg1d": (lambda nn: nn.AdaptiveAvgPool1d(5), (2, 3, 8)),
    "adaptive avg2d": (lambda nn: nn.AdaptiveAvgPool2d((5, None)), (2, 3, 8, 6)),
    "adaptive avg2d to one": (lambda nn: nn.AdaptiveAvgPool2d(1), (2, 3, 8, 6)),
    "adaptive avg3d": (lambda nn: nn.AdaptiveAvgPool3d((2, 3, 9)), (1, 2, 5, 5, 6)),
    "fractional2d": (lambda nn: nn.FractionalMaxPool2d((2, 3), output_ratio=0.5), (2, 3, 8, 9)),
    "fractional3d": (lambda nn: nn.FractionalMaxPool3d(2, 3, return_indices=True), (3, 8, 6, 7)),
    "adaptive max1d": (lambda nn: nn.AdaptiveMaxPool1d(5, True), (2, 3, 8)),
    "adaptive max2d": (lambda nn: nn.AdaptiveMaxPool2d((5, None), True), (2, 3, 8, 6)),
    "adaptive max3d": (lambda nn: nn.AdaptiveMaxPool3d((2, 3, 9)), (1, 2, 5, 5, 6)),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, shape = MODULES[name]
    check_module(torch, make, drawn(*shape), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_unpool_modules(dims):
    shape = (2, 3, 8, 6, 4)[: dims + 2]
    x = drawn(*shape)
    found = []
    for library in (torch, rushlight):
        pool = getattr(library.nn, f"MaxPool{dims}d")(2, return_indices=True)
        back = getattr(library.nn, f"MaxUnpool{dims}d")(2)
        leaf = library.tensor(x, requires_grad=True)
        result = back(*pool(leaf), output_size=[size + 1 for size in shape[2:]])
        (result * result.detach().cos()).sum().backward()
        found.append((repr(back), result.detach().numpy(), leaf.grad.numpy()))
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1], found[1][1])
    np.testing.assert_allclose(found[0][2], found[1][2], rtol=1e-6)


CASES = [
    {"kernel_size": k, "stride": s, "padding": p, "ceil_mode": ceil}
    for k, s, p, ceil in itertools.product([2, 3], [1, 2, 3], [0, 1], [False, True])
]


@pytest.mark.parametrize("settings", CASES, ids=str)
@pytest.mark.parametrize("kind", ["ties", "nan", "minus infinity", "integers"])
def test_which_of_equals_is_found(settings, kind):
    x = np.random.default_rng(0).integers(0, 3, (2, 2, 7, 8)).astype(np.float32)
    if kind == "nan":
        x[x == 1] = np.nan
    elif kind == "minus infinity":
        x[x < 2] = -np.inf
    elif kind == "integers":
        x = x.astype(np.int64)
    results = [
        library.nn.functional.max_pool2d(library.tensor(x), **settings, return_indices=True)
        for library in (torch, rushlight)
    ]
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_array_equal(theirs.numpy(), ours.numpy())


BEFORE = """
F = t.nn.functional
def o(*shape):
    return t.ones(*shape)
"""
PROGRAMS = """
F.max_pool2d(o(2, 3, 8, 8), (2, 2, 2))

F.max_pool2d(o(2, 3, 8, 8), 2, stride=(1, 2, 3))

F.max_pool2d(o(2, 3, 8, 8), 2, stride=0)

F.max_pool2d(o(2, 3, 8, 8), 2.5)

F.max_pool2d(o(2, 3, 8, 8), 2, ceil_mode=1)

F.max_pool2d(o(2, 3, 8, 8).bool(), 2)

F.max_pool1d(o(2, 3, 8), 2, padding=-1)

F.max_pool1d(o(2, 3, 8), (2, 2))

F.max_pool1d(o(2, 3, 8).long(), 2)

F.max_pool1d(o(8), 2)

F.avg_pool2d(o(2, 3, 8, 8), 2, divisor_override=0)

F.adaptive_avg_pool2d(o(8, 8), (3, 5))

F.adaptive_avg_pool2d(o(2, 3, 8, 8), (3, 5, 3))

F.adaptive_avg_pool2d(o(2, 3, 0, 8), 3)

F.adaptive_max_pool2d(o(2, 3, 8, 8).long(), 3)

F.max_unpool1d(o(2, 3, 4), t.arange(4).expand(2, 3, 4) * 3, 2)

F.max_unpool1d(o(2, 3, 4), t.arange(4).expand(2, 3, 4), 2, output_size=(11,))

F.max_unpool2d(o(4, 4), t.arange(16).view(4, 4), 2)

r = t.max_pool2d(t.arange(16.0, requires_grad=True).view(1, 4, 4), 2)

r = F.avg_pool2d(t.arange(16.0, requires_grad=True).view(1, 4, 4), 2)

r = t.max_pool1d(t.arange(4.0, requires_grad=True).view(1, 4), 2)

r = F.adaptive_avg_pool2d(t.arange(16.0, requires_grad=True).view(1, 4, 4), 1)
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_errors_and_nodes(program):
    check(torch, program, BEFORE)
