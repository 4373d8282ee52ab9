"""Sorting, searching and distinct elements, against NumPy's stable sorts and plain Python.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

DTYPES = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
    torch.int16, torch.int8, torch.uint8, torch.bool,
]  # fmt: skip


def drawn(shape, dtype=torch.float64, scale=50, seed=0):
    """Numbers with many ties; the sizes in these tests reach every way of sorting."""
    draw = np.random.default_rng(seed)
    return torch.tensor(np.rint(draw.standard_normal(shape) * scale)).to(dtype)


def plain(x):
    return x.float().numpy() if x.dtype is torch.bfloat16 else x.numpy()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("shape", [(7,), (1000,), (3, 300), (300, 2)], ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_sort_is_stable(dtype, shape, descending):
    x = drawn(shape, dtype)
    for dim in range(len(shape)):
        key = plain(x).astype(np.float64) * (-1 if descending else 1)
        order = key.argsort(dim, kind="stable")
        values, indices = torch.sort(x, dim, descending)
        np.testing.assert_array_equal(indices.numpy(), order)
        np.testing.assert_array_equal(plain(values), np.take_along_axis(plain(x), order, dim))
        assert values.dtype is dtype and torch.argsort(x, dim, descending).equal(indices)


def test_integers_beyond_32_bits():
    big = torch.tensor(np.random.default_rng(0).integers(-(2**62), 2**62, 500))
    big[::7] = big[3]
    np.testing.assert_array_equal(big.argsort().numpy(), big.numpy().argsort(kind="stable"))
    assert big.topk(5).values.tolist() == sorted(big.tolist())[:-6:-1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("copies", [1, 100])
def test_nan_is_the_largest_and_zeros_are_equal(dtype, copies):
    line = [float("nan"), -0.0, 0.0, float("-inf"), -float("nan"), float("inf"), -1.0]
    x = torch.tensor(line * copies, dtype=dtype)
    up, down = x.argsort()[:: max(copies, 1)], x.argsort(descending=True)
    kinds = [3, 6, 1, 2, 5, 0, 4]
    if copies == 1:
        assert up.tolist() == kinds
        assert down.tolist() == [0, 4, 5, 1, 2, 6, 3]
    else:  # -0.0 and 0.0 take turns, and so do the NaNs
        assert x.argsort()[2 * copies : 2 * copies + 4].tolist() == [1, 2, 8, 9]
        assert down[:4].tolist() == [0, 4, 7, 11]


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d is not torch.bool], ids=str)
@pytest.mark.parametrize("k", [0, 1, 5, 300])
def test_topk_and_kthvalue(dtype, k):
    x = drawn((2, 300), dtype)
    for largest in (True, False):
        values, indices = x.topk(k, largest=largest)
        assert values.equal(x.sort(descending=largest)[0][:, :k])
        assert x.gather(1, indices).equal(values)
    if k:
        values, indices = x.kthvalue(k)
        assert values.equal(x.sort()[0][:, k - 1])
        assert x.gather(1, indices[:, None])[:, 0].equal(values)
        assert x.kthvalue(k, keepdim=True)[0].shape == (2, 1)


@pytest.mark.parametrize("shape", [(4, 6), (2, 400), (3, 1)], ids=str)
def test_mode(shape):
    x = drawn(shape, torch.int64, scale=2)
    values, indices = x.mode()
    for row, line in enumerate(x.tolist()):
        counts = {v: line.count(v) for v in line}
        best = min(v for v in line if counts[v] == max(counts.values()))
        assert values[row].item() == best
        assert indices[row].item() == len(line) - 1 - line[::-1].index(best)


def test_single_and_no_elements():
    zero = torch.tensor(3.0, requires_grad=True)
    assert zero.sort()[1].item() == 0 and zero.topk(1)[0].item() == 3 == zero.kthvalue(1)[0]
    assert zero.mode()[0].item() == 3 and zero.argsort().shape == ()
    assert torch.empty(0, 3).sort()[0].shape == (0, 3) and torch.empty(3, 0).topk(0)[0].numel() == 0
    assert torch.empty(0, 300).sort()[1].shape == (0, 300)
    assert torch.empty(0, 3).mode(1)[0].shape == (0,)


@pytest.mark.parametrize("scale", [2, 300])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_unique(dtype, scale):
    x = drawn((20, 30), dtype, scale)
    values, inverse, counts = x.unique(return_inverse=True, return_counts=True)
    assert plain(values).tolist() == sorted(set(plain(x).reshape(-1).tolist()))
    assert values[inverse].equal(x) and counts.sum().item() == x.numel()
    assert x.unique().equal(values)
    rows, back = torch.tensor([[1, 2], [0, 5], [1, 2]]).unique(dim=0, return_inverse=True)
    assert rows.tolist() == [[0, 5], [1, 2]] and back.tolist() == [1, 0, 1]


def test_unique_nan_and_nothing():
    assert torch.tensor([float("nan"), 1.0, float("nan")]).unique().numel() == 3
    assert torch.unique(torch.empty(0)).shape == (0,)
    values, inverse = torch.unique(torch.tensor(3), return_inverse=True)
    assert values.tolist() == [3] and inverse.shape == ()


def test_unique_consecutive():
    x = torch.tensor([[1, 1, 2], [2, 2, 1]])
    values, inverse, counts = torch.unique_consecutive(x, True, True)
    assert (values.tolist(), counts.tolist()) == ([1, 2, 1], [2, 3, 1])
    assert values[inverse].equal(x)
    rows, counts = torch.tensor([[1, 2], [1, 2], [0, 2]]).unique_consecutive(
        return_counts=True, dim=0
    )
    assert (rows.tolist(), counts.tolist()) == ([[1, 2], [0, 2]], [2, 1])
    assert x.unique_consecutive(dim=-1).tolist() == [[1, 2], [2, 1]]
    assert torch.unique_consecutive(torch.empty(0)).numel() == 0


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("dtype", [d for d in DTYPES if d is not torch.bool], ids=str)
def test_searchsorted(dtype, right):
    lines = drawn((2, 3, 9), dtype, 5).sort()[0]
    values = drawn((2, 3, 4), dtype, 5, seed=1)
    side = "right" if right else "left"
    found = torch.searchsorted(lines, values, right=right)
    for at in np.ndindex(2, 3):
        expected = np.searchsorted(plain(lines)[at], plain(values)[at], side)
        np.testing.assert_array_equal(found.numpy()[at], expected)
    line = lines[0, 0]
    expected = np.searchsorted(plain(line), plain(values), side)
    np.testing.assert_array_equal(torch.searchsorted(line, values, side=side).numpy(), expected)
    np.testing.assert_array_equal(torch.bucketize(values, line, right=right).numpy(), expected)
    shuffled = line.flip(0)
    order = shuffled.argsort()
    assert torch.searchsorted(shuffled, values, right=right, sorter=order).equal(
        torch.searchsorted(line, values, right=right)
    )


def test_searchsorted_for_numbers_and_int32():
    line = torch.tensor([1, 3, 5])
    assert torch.searchsorted(line, 4).item() == 2
    assert torch.bucketize(3, line, right=True, out_int32=True).dtype is torch.int32
    assert torch.searchsorted(torch.empty(2, 0), torch.ones(2, 3)).tolist() == [[0] * 3] * 2


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("invert", [False, True])
def test_isin(dtype, invert):
    x, among = drawn((5, 8), dtype, 5), drawn((4,), dtype, 5, seed=1)
    members = set(plain(among).tolist())
    expected = [[(v in members) != invert for v in row] for row in plain(x).tolist()]
    assert torch.isin(x, among, invert=invert).tolist() == expected
    assert torch.isin(torch.tensor([1, 2]), 2).tolist() == [False, True]
    assert torch.isin(2.0, torch.tensor([1, 2])).item()
    assert not torch.isin(x, torch.empty(0, dtype=dtype)).any()


def test_unravel_index():
    index = torch.tensor([[0, 5], [11, -1]])
    rows, columns = torch.unravel_index(index, (3, 4))
    assert (rows.tolist(), columns.tolist()) == ([[0, 1], [2, 2]], [[0, 1], [3, 3]])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: torch.ones(3).topk(4), RuntimeError, "selected index k out of range"),
        (lambda: torch.ones(3).bool().topk(1), RuntimeError, "does not support bool"),
        (lambda: torch.ones(3).kthvalue(0), RuntimeError, "selected number k out of range"),
        (lambda: torch.ones(0).kthvalue(1), IndexError, "non-zero size"),
        (lambda: torch.ones(2, 0).mode(), IndexError, "non-zero size"),
        (lambda: torch.ones(2).sort(1), IndexError, "Dimension out of range"),
        (lambda: (torch.ones(2) * 1j).sort(), RuntimeError, "no order"),
        (lambda: torch.sort(torch.ones(2), out=torch.ones(2)), TypeError, "tuple of 2 Tensors"),
        (
            lambda: torch.searchsorted(torch.ones(2), torch.ones(2).int()),
            RuntimeError,
            "same dtype",
        ),
        (lambda: torch.searchsorted(torch.ones(2, 2), torch.ones(3, 2)), RuntimeError, "first N-1"),
        (
            lambda: torch.searchsorted(torch.ones(2), 1.0, right=True, side="left"),
            RuntimeError,
            "opposites",
        ),
        (lambda: torch.bucketize(1.0, torch.ones(2, 2)), RuntimeError, "must be 1 dimension"),
        (lambda: torch.isin(1, 2), TypeError, "must be a Tensor"),
        (lambda: torch.unravel_index(torch.tensor([9]), (3, 3)), ValueError, "in range"),
        (lambda: torch.unravel_index(torch.tensor([0.5]), (3, 3)), TypeError, "integer dtype"),
        (lambda: torch.ones(2, 0, 3).unique(dim=0), RuntimeError, "0 sized dimensions"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
