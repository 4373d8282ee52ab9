"""Reductions, scans and order: values against NumPy in float64, gradients by differences.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch
from rushlight.ops import sorting
from tests.helpers import check_gradient

X = np.random.default_rng(0).standard_normal((3, 4, 2))


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "std", "var", "amax", "amin"])
@pytest.mark.parametrize("dim", [0, -1, 1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_against_numpy(name, dim, keepdim):
    keywords = {"ddof": 1} if name in ("std", "var") else {}
    expected = getattr(np, name)(X, axis=dim, keepdims=keepdim, **keywords)
    found = getattr(torch.tensor(X), name)(dim, keepdim=keepdim).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.sum(),
        lambda x: x.sum((0, 2)),
        lambda x: x.mean(),
        lambda x: x.mean(1, keepdim=True),
        lambda x: x.prod(),
        lambda x: x.prod(1),
        lambda x: x.var(1),
        lambda x: x.std(),
        lambda x: x.std((0, 1), correction=0),
        lambda x: x.max(),
        lambda x: x.max(1).values,
        lambda x: x.amin((0, 1)),
        lambda x: x.norm(),
        lambda x: x.norm(1, dim=1),
        lambda x: x.norm(3.0, dim=0),
        lambda x: x.norm(math.inf),
        lambda x: x.logsumexp(1),
        lambda x: x.logsumexp((0, 2), keepdim=True),
        lambda x: x.cumsum(1),
        lambda x: x.cumprod(1),
        lambda x: x.logcumsumexp(1),
        lambda x: sorting.sort(x, 1).values,
        lambda x: sorting.topk(x, 2, 1).values,
        lambda x: torch.nansum(x, 1),
        lambda x: x.median(1).values,
    ],
)
def test_gradients(function):
    check_gradient(function, X)


@pytest.mark.parametrize(
    "function", [lambda x: x.prod(), lambda x: x.prod(1), lambda x: x.cumprod(1)]
)
@pytest.mark.parametrize("zeros", [[(0, 1)], [(0, 1), (0, 2)]])
def test_products_with_zeros_have_gradients(function, zeros):
    x = X[:, :, 0].copy()
    for index in zeros:
        x[index] = 0
    check_gradient(function, x)


def test_second_derivatives():
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(x.prod(), x, create_graph=True)
    slope.sum().backward()
    assert x.grad.tolist() == [5.0, 4.0, 3.0]


def test_dtypes():
    assert torch.tensor([True, True]).sum().dtype is torch.int64
    assert torch.tensor([1, 2], dtype=torch.int8).sum().dtype is torch.int64
    assert torch.ones(3, dtype=torch.half).sum().dtype is torch.float16
    assert torch.ones(3, dtype=torch.int8).prod().dtype is torch.int64
    assert torch.ones(3).sum(dtype=torch.float64).dtype is torch.float64
    with pytest.raises(RuntimeError, match=r"could not infer output dtype.*Got: Long"):
        torch.tensor([1]).mean()


def test_nothing_to_reduce():
    none = torch.zeros(0)
    assert none.sum().item() == 0 and none.prod().item() == 1
    assert math.isnan(none.mean().item())
    assert none.all().item() and not none.any().item()
    with pytest.raises(RuntimeError, match=r"Expected reduction dim to be specified"):
        none.max()
    with pytest.raises(IndexError, match=r"Expected reduction dim 0 to have non-zero size"):
        none.max(0)
    assert torch.zeros(0, 3).sum(0).tolist() == [0, 0, 0]


def test_bad_dims():
    with pytest.raises(IndexError, match="Dimension out of range"):
        torch.ones(2).sum(1)
    with pytest.raises(RuntimeError, match="dim 0 appears multiple times"):
        torch.ones(2).sum((0, 0))


def test_long_sums_of_floats_stay_accurate():
    x = torch.full((100_003, 3), 0.1)
    exact = 100_003 * float(np.float32(0.1))
    for found in x.sum(0).tolist():
        assert abs(found - exact) < 0.02


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: x.sum(), "SumBackward0"),
        (lambda x: x.sum(0), "SumBackward1"),
        (lambda x: x.mean(), "MeanBackward0"),
        (lambda x: x.mean(0), "MeanBackward1"),
        (lambda x: x.max(), "MaxBackward1"),
        (lambda x: x.max(0)[0], "MaxBackward0"),
        (lambda x: x.std(), "StdBackward0"),
        (lambda x: x.prod(0), "ProdBackward1"),
        (lambda x: x.norm(), "LinalgVectorNormBackward0"),
        (lambda x: x.cumsum(0), "CumsumBackward0"),
    ],
)
def test_node_names(function, name):
    assert type(function(torch.ones(2, 2, requires_grad=True)).grad_fn).__name__ == name


def test_too_few_for_a_variance():
    with pytest.warns(UserWarning, match="degrees of freedom is <= 0"):
        assert math.isnan(torch.ones(1).var().item())


def test_sum_to_size():
    assert torch.ones(4, 3, 2).sum_to_size(3, 1).tolist() == [[8], [8], [8]]
    with pytest.raises(RuntimeError, match="is not expandable to size"):
        torch.ones(3).sum_to_size(2)


def test_order():
    x = torch.tensor([2.0, math.nan, 1.0, 2.0])
    assert sorting.argsort(x).tolist() == [2, 0, 3, 1]
    assert sorting.argsort(x, descending=True).tolist() == [1, 0, 3, 2]
    assert sorting.topk(torch.tensor([1, 3, 2]), 2).indices.tolist() == [1, 2]
    assert sorting.kthvalue(torch.tensor([5, 3, 4]), 2).values.item() == 4
    values, indices = sorting.mode(torch.tensor([[1, 2, 2], [3, 3, 1]]))
    assert (values.tolist(), indices.tolist()) == ([2, 3], [2, 1])
    found = torch.unique(torch.tensor([3, 1, 3]), return_inverse=True, return_counts=True)
    assert [t.tolist() for t in found] == [[1, 3], [1, 0, 1], [1, 2]]
    with pytest.raises(RuntimeError, match="selected index k out of range"):
        sorting.topk(torch.ones(2), 3)
    assert repr(sorting.aminmax(torch.tensor([1, 2]))) == (
        "torch.return_types.aminmax(\nmin=tensor(1),\nmax=tensor(2))"
    )


def test_sums_of_infinities_do_not_warn():
    both = torch.tensor([math.inf, -math.inf])
    for found in (both.sum(), both.mean(), both.sum(0), both.cumsum(0)[1], both.nansum()):
        assert math.isnan(found.item()) or found.item() == 0
