"""Programs drawn at random: indices of every kind, and chains of views changed in place.

Values and gradients of one or two orders are compared with PyTorch's.
May import: everything.
"""

import random
import warnings

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

LIBRARIES = (torch, rushlight)
SHAPES = [(3, 4), (2, 3, 4), (5,), (2, 1, 3, 2), (3, 0, 2)]

# ---- indexing


def draw_index(draw, shape):
    """An index as tuples that `build` turns into one of a library."""
    items, dim = [], 0
    while dim < len(shape) and draw.random() < 0.85:
        size = shape[dim]
        kind = draw.choice(["int", "slice", "slice", "none", "list", "tensor", "mask"])
        if kind == "int" and size:
            items.append(("int", draw.randint(-size, size - 1)))
        elif kind == "slice":
            ends = draw.choice([None, 0, 1, -2, size + 1]), draw.choice([None, 1, size, -1])
            items.append(("slice", (*ends, draw.choice([None, 1, 2]))))
        elif kind == "none":
            items.append(("none", None))
            continue
        elif kind in ("list", "tensor") and size:
            count = draw.choice([1, 2, 3])
            items.append((kind, [draw.randint(-size, size - 1) for _ in range(count)]))
        elif kind == "mask":
            items.append(("mask", [draw.random() < 0.5 for _ in range(size)]))
        else:
            continue
        dim += 1
    return items


def build(library, items):
    makers = {
        "int": int,
        "slice": lambda ends: slice(*ends),
        "none": lambda _: None,
        "list": list,
        "tensor": library.tensor,
        "mask": lambda value: library.tensor(value, dtype=library.bool),
    }
    return tuple([makers[kind](value) for kind, value in items])


def picked_and_put(library, shape, items, put):
    """What an index shows, or the tensor after it was written to, and the gradients."""
    leaf = library.arange(float(np.prod(shape)), dtype=library.float64).reshape(shape)
    leaf.requires_grad_()
    index = build(library, items)
    try:
        if put:
            result = leaf * 1
            value = library.full(result[index].shape, -1.5, dtype=library.float64)
            value.requires_grad_()
            result[index] = value * 2
            inputs = [leaf, value]
        else:
            result, inputs = leaf[index], [leaf]
    except (IndexError, RuntimeError) as error:
        return [type(error).__name__]
    weights = library.arange(1.0, result.numel() + 1, dtype=library.float64)
    total = (result * result * weights.reshape(result.shape)).sum()
    gradients = library.autograd.grad(total, inputs, allow_unused=True)
    found = [result, *[g for g in gradients if g is not None and g.numel()]]
    return [t.detach().numpy() for t in found]


@pytest.mark.parametrize("put", [False, True])
@pytest.mark.parametrize("seed", range(100))
def test_indices(seed, put):
    draw = random.Random(seed)
    shape = draw.choice(SHAPES)
    items = draw_index(draw, shape)
    theirs, ours = [picked_and_put(library, shape, items, put) for library in LIBRARIES]
    assert len(ours) == len(theirs), items
    for one, other in zip(theirs, ours, strict=True):
        np.testing.assert_array_equal(other, one, str(items))


# ---- chains of views, changed in place

VIEWS = [
    "v.t()", "v[0]", "v[..., 1:]", "v.unsqueeze(0)", "v.squeeze()", "v.reshape(-1)", "v[::2]",
    "v.transpose(0, -1)", "v.diagonal()", "v.narrow(0, 0, 1)", "v.select(-1, 0)", "v.view_as(v)",
    "v.flatten()", "v.movedim(0, -1)", "v.unfold(0, 1, 1)", "v.expand(v.shape)", "v[None]",
]  # fmt: skip
CHANGES = [
    "v.mul_(2.0)", "v.add_(w.sum())", "v.fill_(3.0)", "v.zero_()", "v.exp_()", "v.neg_()",
    "v.copy_(w.sum().expand(v.shape))", "v.clamp_(min=0.1)", "v.masked_fill_(v > 0.2, 1.5)",
    "v.pow_(2)", "v.sub_(v.clone())", "v.index_fill_(0, zero, 0.5)", "v.cumsum_(0)",
    "v.scatter_(0, m.zeros(v.shape, dtype=m.int64), 1.25)", "v.unsqueeze_(0)", "v.t_()",
    "v.squeeze_()", "v.transpose_(0, -1)", "v.__setitem__(Ellipsis, w.sum())",
    "v.index_add_(0, zero, v[:1].clone())", "v.tril_()", "v.sigmoid_()", "v.lerp_(v * 2, 0.3)",
    "v.addcmul_(v.clone(), w.sum())", "v.relu_()", "v.div_(w.sum() + 3)",
    "v.index_put_((zero,), w.sum())",
]  # fmt: skip


def draw_program(draw):
    """Steps: (the name of a tensor, what is done to it, the name of the view that comes out)."""
    steps, names = [], ["base"]
    for _ in range(draw.randint(1, 6)):
        if draw.random() < 0.55:
            steps.append((draw.choice(names), draw.choice(VIEWS), f"v{len(names)}"))
            names.append(steps[-1][2])
        else:
            steps.append((draw.choice(names), draw.choice(CHANGES), None))
    return steps


def run_program(library, steps, numbers, twice):
    """The tensors at the end and the gradients; None where a step fails."""
    x = library.tensor(numbers, requires_grad=True)
    w = library.tensor(numbers[0], requires_grad=True)
    tensors = {"base": x * 1.0}
    try:
        for source, code, target in steps:
            names = {"v": tensors[source], "w": w, "m": library, "zero": library.tensor([0])}
            result = eval(code, names)
            if target:
                tensors[target] = result
        total = 0
        for tensor in tensors.values():
            line = tensor.reshape(-1)
            weights = library.arange(1.0, line.numel() + 1, dtype=library.float64)
            total = total + (line * line * weights).sum()
        found = library.autograd.grad(total, [x, w], create_graph=twice, allow_unused=True)
        if twice:
            squares = [(g * g).sum() for g in found if g is not None and g.requires_grad]
            if squares:
                found += library.autograd.grad(sum(squares), [x, w], allow_unused=True)
    except (IndexError, RuntimeError):
        return None
    found = [np.zeros(1) if g is None else g.detach().numpy() for g in found]
    return [*[t.detach().numpy() for t in tensors.values()], *found]


@pytest.mark.parametrize("seed", range(150))
def test_views_changed_in_place(seed):
    steps = draw_program(random.Random(seed))
    numbers = np.random.default_rng(seed).random((3, 4)) + 0.3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, ours = [run_program(m, steps, numbers, seed % 3 == 0) for m in LIBRARIES]
    if theirs is None:
        return  # PyTorch refuses; what it would have saved may have been changed
    assert ours is not None, steps
    assert len(ours) == len(theirs)
    for one, other in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(other, one, err_msg=str(steps))
