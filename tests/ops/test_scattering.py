"""Gathering and scattering against plain loops over every element.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

DTYPES = [torch.float64, torch.float32, torch.int64, torch.uint8, torch.bool, torch.complex64]
REDUCE = {"sum": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def drawn(shape, dtype=torch.float64, seed=0):
    draw = np.random.default_rng(seed)
    return torch.tensor(draw.integers(0, 9, shape)).to(dtype)


def places(index, dim):
    """Every element of an index with the place in the other tensor that it stands for."""
    for at in np.ndindex(index.shape):
        yield at, (*at[:dim], int(index[at]), *at[dim + 1 :])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_gather_and_scatter(dtype, dim):
    x, src = drawn((4, 3, 5), dtype), drawn((3, 3, 4), dtype, 1)
    index = torch.tensor(np.random.default_rng(2).integers(0, 3, (3, 2, 4)))
    positive = dim % 3
    gathered = np.empty(index.shape, x.numpy().dtype)
    scattered, added = x.numpy().copy(), x.numpy().copy()
    for at, there in places(index.numpy(), positive):
        gathered[at] = x.numpy()[there]
        scattered[there] = src.numpy()[at]
        added[there] += src.numpy()[at]
    np.testing.assert_array_equal(x.gather(dim, index).numpy(), gathered)
    np.testing.assert_array_equal(x.scatter(dim, index, src).numpy(), scattered)
    np.testing.assert_array_equal(x.scatter_add(dim, index, src).numpy(), added)
    view = x.transpose(0, 2).contiguous().transpose(0, 2)
    np.testing.assert_array_equal(view.scatter_add(dim, index, src).numpy(), added)
    assert x.clone().scatter_add_(dim, index, src).equal(torch.from_numpy(added))


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", [*REDUCE, "mean"])
def test_scatter_reduce(reduce, include_self):
    x, src = drawn((4, 3)) - 4, drawn((6, 3), seed=1) - 4
    index = torch.tensor(np.random.default_rng(2).integers(0, 3, (6, 2)))
    parts = {at: [x.numpy()[at]] if include_self else [] for at in np.ndindex(4, 3)}
    for at, there in places(index.numpy(), 0):
        parts[there].append(src.numpy()[at])
    expected = x.numpy().copy()
    for at, values in parts.items():
        if values:
            expected[at] = np.mean(values) if reduce == "mean" else REDUCE[reduce].reduce(values)
    found = x.scatter_reduce(0, index, src, reduce, include_self=include_self)
    np.testing.assert_allclose(found.numpy(), expected)
    out = torch.empty(4, 3, dtype=torch.float64)
    assert torch.scatter_reduce(x, 0, index, src, reduce, include_self=include_self, out=out) is out
    assert out.equal(found)


def test_means_of_integers_are_floored():
    x, index = torch.tensor([1, 7]), torch.tensor([0, 0])
    assert x.scatter_reduce(0, index, torch.tensor([-4, 1]), "mean").tolist() == [-1, 7]


def test_half_precision_sums_in_float32():
    index = torch.zeros(4096, dtype=torch.int64)
    ones = torch.ones(4096, dtype=torch.bfloat16)
    assert torch.zeros(1, dtype=torch.bfloat16).scatter_add(0, index, ones).item() == 4096


@pytest.mark.parametrize("shape", [(5, 4), (3, 700)], ids=["short rows", "long rows"])
@pytest.mark.parametrize("dim", [0, 1])
def test_slices(shape, dim):
    x = drawn(shape)
    index = torch.tensor([2, 0, 2])
    source = drawn((3, shape[1]) if dim == 0 else (shape[0], 3), seed=3)
    added, copied = x.numpy().copy(), x.numpy().copy()
    for position, place in enumerate(index.tolist()):
        key = (slice(None),) * dim
        added[(*key, place)] += 2 * source.numpy()[(*key, position)]
        copied[(*key, place)] = source.numpy()[(*key, position)]
    np.testing.assert_array_equal(x.index_add(dim, index, source, alpha=2).numpy(), added)
    np.testing.assert_array_equal(x.index_copy(dim, index, source).numpy(), copied)
    taken = np.take(x.numpy(), index.numpy(), dim)
    np.testing.assert_array_equal(x.index_select(dim, index).numpy(), taken)
    filled = x.numpy().copy()
    filled[(*(slice(None),) * dim, [2, 0])] = 5
    np.testing.assert_array_equal(x.index_fill(dim, index, 5).numpy(), filled)


@pytest.mark.parametrize("reduce", ["prod", "mean", "amax", "amin"])
def test_index_reduce_is_scatter_reduce_of_slices(reduce):
    x, source, index = drawn((4, 3)), drawn((4, 2), seed=1), torch.tensor([2, 2])
    wide = index.expand(4, 2)
    expected = x.scatter_reduce(1, wide, source, reduce, include_self=False)
    assert x.index_reduce(1, index, source, reduce, include_self=False).equal(expected)
    assert x.clone().index_reduce_(1, index, source, reduce, include_self=False).equal(expected)


def test_places_in_the_flattened_tensor():
    x = drawn((2, 3))
    index = torch.tensor([[0, -1], [4, 4]])
    np.testing.assert_array_equal(x.take(index).numpy(), x.numpy().reshape(-1)[index.numpy()])
    values = torch.arange(4.0, dtype=torch.float64).reshape(2, 2)
    expected = x.numpy().copy()
    np.add.at(expected.reshape(-1), [0, 5, 4, 4], values.numpy().reshape(-1))
    np.testing.assert_array_equal(x.put(index, values, accumulate=True).numpy(), expected)
    assert x.put_(index, values) is x
    assert x.take(torch.tensor([0, 5, 4])).tolist() == [0, 1, 3]


def test_take_along_dim_broadcasts_and_counts_from_the_end():
    x = drawn((3, 4))
    order = x.argsort(1)
    assert torch.take_along_dim(x, order, 1).equal(x.sort(1)[0])
    assert x.take_along_dim(torch.tensor([[-1]]), 1).equal(x[:, -1:])
    assert x.take_along_dim(torch.tensor([5])).item() == x[1, 1].item()


def test_nothing_and_single_elements():
    none = torch.empty(0, dtype=torch.int64)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert x.gather(0, none).shape == (0,)
    assert x.scatter(0, none, torch.empty(0)).equal(x)
    assert x.index_select(0, none).requires_grad
    zero = torch.tensor(3.0)
    at = torch.tensor(0)
    assert zero.gather(0, at).item() == 3 and zero.index_select(0, at).shape == ()
    assert zero.scatter(0, at, torch.tensor(4.0)).item() == 4
    assert zero.index_add(0, at, torch.tensor(4.0)).item() == 7
    assert zero.take(torch.tensor([[0, 0]])).tolist() == [[3, 3]]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x, i: x.gather(0, i + 9), RuntimeError, "index 9 is out of bounds"),
        (lambda x, i: x.gather(2, i), IndexError, "Dimension out of range"),
        (lambda x, i: x.gather(0, i.float()), RuntimeError, "Expected dtype int32/int64"),
        (lambda x, i: x.gather(0, torch.zeros(1, 9).long()), RuntimeError, "Size does not match"),
        (lambda x, i: x.gather(0, torch.zeros(1).long()), RuntimeError, "same number of dim"),
        (lambda x, i: x.scatter(0, i, x.double()), RuntimeError, "self.dtype to be equal"),
        (lambda x, i: x.scatter(0, i, x, reduce="max"), RuntimeError, "either add or multiply"),
        (lambda x, i: x.scatter_reduce(0, i, x, "max"), RuntimeError, "sum, prod, mean, amax"),
        (lambda x, i: x.index_select(0, i), IndexError, "supposed to be a vector"),
        (lambda x, i: x.index_select(0, i[0] + 9), IndexError, "index out of range"),
        (lambda x, i: x.index_copy(0, i[0, :1], x), IndexError, "Number of indices"),
        (lambda x, i: x.index_reduce(0, i[0], x, "sum"), RuntimeError, "prod, mean, amax or amin"),
        (lambda x, i: x.index_fill(0, i[0], x), RuntimeError, "0-dimensional value"),
        (lambda x, i: x.take(i + 99), IndexError, "out of range"),
        (lambda x, i: x.take(i.int()), RuntimeError, "Expected a long tensor"),
        (lambda x, i: x.put(i, x), RuntimeError, "same number of elements"),
        (lambda x, i: torch.gather(x, 0, i, out=x), RuntimeError, "single memory location"),
        (lambda x, i: torch.gather(x, 0, i, out=x.double()), RuntimeError, "to have dtype"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(torch.ones(2, 3), torch.zeros(1, 2, dtype=torch.int64))


def test_in_place_on_a_view_reaches_the_base_and_its_gradient():
    x = torch.zeros(2, 3, requires_grad=True)
    y = torch.tensor([[1.0, 2.0]], requires_grad=True)
    base = x * 1
    base[:, 1:].scatter_(0, torch.tensor([[1, 0]]), y)
    base.pow(2).sum().backward()
    assert base.tolist() == [[0, 0, 2], [0, 1, 0]]
    assert y.grad.tolist() == [[2, 4]]
    assert x.grad.tolist() == [[0, 0, 0], [0, 0, 0]]


WRITES = [
    ("scatter", lambda x, i: (1, i, x[:2, :2])),
    ("scatter", lambda x, i: (1, i, 7)),
    ("scatter", lambda x, i: (1, i, x[:2, :2], "add")),
    ("scatter_add", lambda x, i: (1, i, x[:2, :2])),
    ("scatter_add", lambda x, i: (0, torch.zeros(1, 1).long().expand(3, 4), x[:3])),
    ("scatter_reduce", lambda x, i: (1, i, x[:2, :2], "amax")),
    ("index_add", lambda x, i: (1, i[0], x[:, 1:3])),
    ("index_copy", lambda x, i: (0, i[0], x[1:3])),
    ("index_fill", lambda x, i: (0, i[0], 3)),
    ("index_reduce", lambda x, i: (0, i[0], x[1:3], "prod")),
    ("put", lambda x, i: (i, x[1:3, 1:3])),
]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.int64], ids=str)
@pytest.mark.parametrize("layout", ["contiguous", "transposed", "part"])
@pytest.mark.parametrize(("name", "arguments"), WRITES)
def test_in_place_is_the_same_even_where_the_source_is_a_part_of_it(name, arguments, layout, dtype):
    index = torch.tensor([[2, 0], [1, 2]])
    wide = drawn((4, 6), dtype)
    layouts = {"contiguous": wide[:, :4].clone(), "transposed": wide[:, :4].t()}
    target = layouts.get(layout, wide[:, 1:5])
    args = arguments(target, index)
    keywords = {"reduce": args[3]} if name == "scatter" and len(args) == 4 else {}
    args = args[:3] if keywords else args
    expected = getattr(target, name)(*args, **keywords)
    version = target._version
    assert getattr(target, f"{name}_")(*args, **keywords) is target
    assert target.equal(expected) and target._version == version + 1
