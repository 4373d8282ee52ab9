"""Embeddings, bags of them and one-hot vectors against NumPy.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck
from rushlight.kernels.summation import add_rows

F = torch.nn.functional
random = np.random.default_rng(0)
TABLE = random.normal(size=(6, 3))
INDICES = np.array([[1, 2, 1], [5, 0, 1]])


def table():
    return torch.tensor(TABLE, requires_grad=True)


@pytest.mark.parametrize(("places", "count"), [(5, 2000), (300, 500), (40, 400), (3, 0)])
def test_add_rows_is_add_at(places, count):
    where = np.minimum(random.integers(0, places, count), random.integers(0, places, count))
    rows = random.normal(size=(count, 4))
    found, expected = np.ones((places, 4)), np.ones((places, 4))
    add_rows(found, where, rows)
    np.add.at(expected, where, rows)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_rows_are_picked_and_padding_gets_no_gradient():
    weight = table()
    result = F.embedding(torch.tensor(INDICES), weight, padding_idx=2)
    np.testing.assert_array_equal(result.detach().numpy(), TABLE[INDICES])
    result.sum().backward()
    np.testing.assert_array_equal(weight.grad.numpy()[:, 0], [1, 3, 0, 0, 0, 1])
    weight = table()
    F.embedding(torch.tensor(INDICES), weight, scale_grad_by_freq=True).sum().backward()
    np.testing.assert_allclose(weight.grad.numpy()[:, 0], [1, 1, 1, 0, 0, 1])


def test_rows_in_use_are_shortened():
    weight = torch.tensor(TABLE)
    F.embedding(torch.tensor([1, 4]), weight, max_norm=0.5)
    norms = np.linalg.norm(weight.numpy(), axis=1)
    long = np.linalg.norm(TABLE, axis=1)
    np.testing.assert_allclose(norms[[1, 4]], np.minimum(long[[1, 4]], 0.5), rtol=1e-6)
    np.testing.assert_array_equal(norms[[0, 2, 3, 5]], long[[0, 2, 3, 5]])


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_are_loops_over_their_rows(mode):
    flat, starts = [1, 2, 1, 5, 2, 0], [0, 2, 2, 5]
    reduce = {"sum": np.sum, "mean": np.mean, "max": np.max}[mode]
    for padding in (None, 2):
        expected = []
        for start, end in zip(starts, [*starts[1:], 6], strict=True):
            rows = [TABLE[i] for i in flat[start:end] if i != padding]
            expected.append(reduce(rows, axis=0) if rows else np.zeros(3))
        found = F.embedding_bag(
            torch.tensor(flat), table(), torch.tensor(starts), mode=mode, padding_idx=padding
        )
        np.testing.assert_allclose(found.detach().numpy(), expected)


def test_gradients_of_both_orders():
    indices, weights = torch.tensor(INDICES), torch.tensor(random.normal(size=(2, 3)))
    for padding in (None, 1):
        for often in (False, True):
            function = lambda w, p=padding, o=often: F.embedding(
                indices, w, padding_idx=p, scale_grad_by_freq=o
            )
            assert gradgradcheck(function, (table(),))
            if not often and padding is None:
                assert gradcheck(function, (table(),))
    for mode in ("sum", "mean", "max"):
        function = lambda w, m=mode: F.embedding_bag(indices, w, mode=m)
        assert gradcheck(function, (table(),)) and gradgradcheck(function, (table(),))
    weighted = lambda w, s: F.embedding_bag(indices, w, mode="sum", per_sample_weights=s)
    assert gradcheck(weighted, (table(), weights.requires_grad_()))
    assert gradgradcheck(weighted, (table(), weights.requires_grad_()))


def test_one_hot():
    classes = random.integers(0, 4, (2, 3))
    found = F.one_hot(torch.tensor(classes), 5)
    np.testing.assert_array_equal(found.numpy(), np.eye(5, dtype=np.int64)[classes])
    assert F.one_hot(torch.tensor(2)).tolist() == [0, 0, 1]
    assert F.one_hot(torch.zeros(0, dtype=torch.int64), 3).shape == (0, 3)


def test_errors():
    with pytest.raises(IndexError, match="index out of range in self"):
        F.embedding(torch.tensor([6]), table())
    with pytest.raises(RuntimeError, match="scalar types: Long, Int"):
        F.embedding(torch.tensor([1.0]), table())
    with pytest.raises(NotImplementedError, match="sparse"):
        torch.nn.Embedding(3, 2, sparse=True)(torch.tensor([1]))
    with pytest.raises(RuntimeError, match="smaller than num_classes"):
        F.one_hot(torch.tensor([3]), 2)
    with pytest.raises(ValueError, match="1D Tensor but got"):
        F.embedding_bag(torch.tensor([1]), table())
