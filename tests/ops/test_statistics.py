"""Quantiles, running extremes, histograms, covariances, differences: against NumPy in float64.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch

NAN = math.nan
RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 5, 4))
HOLES = np.where(RNG.random((3, 5, 4)) < 0.3, NAN, X)


def check_both_orders(function, *arrays):
    inputs = tuple([torch.tensor(np.asarray(a), requires_grad=True) for a in arrays])
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)


# ---- quantiles


@pytest.mark.parametrize("how", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("dim", [None, 0, -1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_quantile(how, dim, keepdim):
    q = [0.0, 0.3, 0.5, 1.0]
    for name, x in (("quantile", X), ("nanquantile", HOLES)):
        expected = getattr(np, name)(x, q, axis=dim, method=how, keepdims=keepdim)
        found = getattr(torch, name)(
            torch.tensor(x), torch.tensor(q, dtype=torch.float64), dim, keepdim, interpolation=how
        )
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)
        one = getattr(torch.tensor(x), name)(0.3, dim, keepdim, interpolation=how)
        np.testing.assert_allclose(one.numpy(), expected[1], rtol=1e-12)


def test_quantile_meets_nan():
    x = torch.tensor([[1.0, NAN, 3.0], [1.0, 2.0, 3.0]])
    found = torch.quantile(x, 0.5, dim=1).tolist()
    assert math.isnan(found[0]) and found[1] == 2
    assert torch.nanquantile(x, 0.5, dim=1).tolist() == [2, 2]
    assert torch.nanquantile(torch.tensor([NAN, NAN]), 0.5).isnan()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.quantile(x, 0.3, 1),
        lambda x: torch.nanquantile(x, 0.7),
        lambda x: torch.quantile(x, torch.tensor([0.1, 0.8], dtype=torch.float64), 0, True),
        lambda x: x.nanmedian(1).values,
        lambda x: x.nanmedian(),
        lambda x: x.cummax(1).values,
        lambda x: x.cummin(0).values,
        lambda x: x.logcumsumexp(1),
        lambda x: x.logsumexp((0, 2)),
        lambda x: torch.cov(x[0]),
        lambda x: torch.corrcoef(x[0]),
        lambda x: torch.diff(x, n=2, dim=1),
        lambda x: torch.gradient(x, spacing=0.5, dim=1, edge_order=2)[0],
        lambda x: torch.trapezoid(x, dx=0.5),
        lambda x: torch.cumulative_trapezoid(x, dim=1),
    ],
)
def test_gradients(function):
    check_both_orders(function, X[:2, :4, :3])


@pytest.mark.parametrize(
    "function",
    [
        lambda z: z.logsumexp(0),
        lambda z: z.logcumsumexp(0),
        lambda z: torch.cov(torch.stack((z, z * z))),
    ],
)
def test_complex_gradients(function):
    check_both_orders(function, X[0, :, 0] + 1j * X[1, :, 0])


def test_nanmedian():
    expected = np.nanquantile(HOLES, 0.5, axis=1, method="lower")
    values, indices = torch.nanmedian(torch.tensor(HOLES), 1)
    np.testing.assert_array_equal(values.numpy(), expected)
    picked = np.take_along_axis(HOLES, indices.numpy()[:, None], 1)[:, 0]
    np.testing.assert_array_equal(picked, expected)
    assert torch.nanmedian(torch.tensor([NAN, 1.0, 5.0, 3.0])).item() == 3
    assert torch.median(torch.tensor([NAN, 1.0])).isnan()
    assert torch.nanmedian(torch.zeros(0)).isnan()


# ---- running results


def test_running_extremes():
    x = torch.tensor([1.0, NAN, 3.0, 2.0])
    values, indices = torch.cummax(x, 0)
    assert values.isnan().tolist() == [False, True, True, True]
    assert indices.tolist() == [0, 1, 1, 1]
    values, indices = torch.cummin(torch.tensor([3, 2, 2, 5]), -1)
    assert (values.tolist(), indices.tolist()) == ([3, 2, 2, 2], [0, 1, 2, 2])
    expected = np.maximum.accumulate(X, 1)
    np.testing.assert_array_equal(torch.tensor(X).cummax(1).values.numpy(), expected)
    assert torch.cummax(torch.tensor(2.0), 0).indices.item() == 0
    assert torch.cummax(torch.zeros(0, 3), 0).values.shape == (0, 3)
    assert repr(torch.cummax(torch.tensor([1]), 0)) == (
        "torch.return_types.cummax(\nvalues=tensor([1]),\nindices=tensor([0]))"
    )


def test_logcumsumexp_of_complex_numbers():
    z = X[0] + 1j * X[1]
    expected = np.log(np.cumsum(np.exp(z), 1))
    np.testing.assert_allclose(torch.logcumsumexp(torch.tensor(z), 1).numpy(), expected, rtol=1e-12)
    expected = np.log(np.exp(z).sum(0))
    np.testing.assert_allclose(torch.logsumexp(torch.tensor(z), 0).numpy(), expected, rtol=1e-12)


def test_out_takes_the_results():
    x = torch.tensor([[1.0, 5.0], [7.0, 2.0]])
    values, indices = torch.empty(0), torch.empty(0, dtype=torch.int64)
    assert torch.max(x, 1, out=(values, indices)).values is values
    assert (values.tolist(), indices.tolist()) == ([5, 7], [1, 0])
    for name in ("amax", "amin", "argmax", "argmin"):
        dtype = torch.int64 if name.startswith("arg") else torch.float32
        out = torch.empty(0, dtype=dtype)
        assert getattr(torch, name)(x, 0, out=out) is out
        assert out.tolist() == getattr(x, name)(0).tolist()


# ---- histograms


def test_histc():
    x = RNG.uniform(-3, 3, 500)
    for low, high in ((0, 0), (-1, 2)):
        expected, _ = np.histogram(x, 7, None if low == high else (low, high))
        found = torch.histc(torch.tensor(x), 7, low, high)
        np.testing.assert_array_equal(found.numpy(), expected)
    assert torch.histc(torch.tensor([1.0, 1.0]), bins=4).tolist() == [0, 0, 2, 0]
    assert torch.histc(torch.zeros(0), bins=2).tolist() == [0, 0]


@pytest.mark.parametrize("density", [False, True])
def test_histogram(density):
    x, weight = RNG.uniform(-3, 3, 500), RNG.random(500)
    for bins in (6, np.array([-2.0, -0.5, 0.0, 2.5])):
        expected, edges = np.histogram(x, bins, weights=weight, density=density)
        given = bins if isinstance(bins, int) else torch.tensor(bins)
        found = torch.histogram(
            torch.tensor(x), given, weight=torch.tensor(weight), density=density
        )
        np.testing.assert_allclose(found.hist.numpy(), expected, rtol=1e-12)
        np.testing.assert_allclose(found.bin_edges.numpy(), edges, rtol=1e-12, atol=1e-14)


def test_histogramdd():
    points = RNG.uniform(0, 1, (200, 2))
    expected, edges = np.histogramdd(points, (3, 4), ((0, 1), (0, 0.5)))
    found = torch.histogramdd(torch.tensor(points), [3, 4], range=[0.0, 1.0, 0.0, 0.5])
    np.testing.assert_array_equal(found.hist.numpy(), expected)
    for one, other in zip(found.bin_edges, edges, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-12)


def test_bincount():
    x, weight = RNG.integers(0, 9, 100), RNG.random(100)
    np.testing.assert_array_equal(torch.bincount(torch.tensor(x)).numpy(), np.bincount(x))
    found = torch.bincount(torch.tensor(x), torch.tensor(weight), minlength=12)
    np.testing.assert_allclose(found.numpy(), np.bincount(x, weight, 12))
    assert torch.bincount(torch.tensor([1]), torch.tensor([2.0])).dtype is torch.float32
    assert torch.bincount(torch.zeros(0, dtype=torch.int64)).shape == (0,)


# ---- covariances, differences, areas


def test_cov():
    x = X[0]
    frequency, weight = np.array([1, 2, 0, 3]), np.array([0.1, 0.5, 0.3, 0.1])
    for correction in (0, 1):
        found = torch.cov(
            torch.tensor(x),
            correction=correction,
            fweights=torch.tensor(frequency),
            aweights=torch.tensor(weight),
        )
        expected = np.cov(x, ddof=correction, fweights=frequency, aweights=weight)
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(torch.cov(torch.tensor(x)).numpy(), np.cov(x), rtol=1e-12)
    np.testing.assert_allclose(torch.corrcoef(torch.tensor(x)).numpy(), np.corrcoef(x), rtol=1e-12)
    assert torch.cov(torch.tensor([1.0, 2.0, 3.0])).shape == ()
    warned = pytest.warns(UserWarning, match="degrees of freedom is <= 0")
    with warned, np.errstate(all="ignore"):
        torch.cov(torch.tensor([1.0]))


def test_diff():
    for n in (0, 1, 2, 9):
        for dim in (0, 1, -1):
            found = torch.diff(torch.tensor(X), n, dim).numpy()
            np.testing.assert_allclose(found, np.diff(X, n, dim), rtol=1e-12)
    edge = torch.tensor([1.0])
    assert torch.diff(torch.tensor([2.0, 5.0]), prepend=edge, append=edge).tolist() == [1, 3, -4]
    assert torch.diff(torch.tensor([True, False, False])).tolist() == [True, False]


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient(edge_order):
    places = np.array([0.0, 1.0, 3.0, 3.5, 6.0])
    for spacing in (0.5, places):
        given = spacing if isinstance(spacing, float) else (torch.tensor(spacing),)
        (found,) = torch.gradient(torch.tensor(X), spacing=given, dim=1, edge_order=edge_order)
        expected = np.gradient(X, spacing, axis=1, edge_order=edge_order)
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10)
    assert len(torch.gradient(torch.tensor(X))) == 3


def test_areas():
    places = np.array([0.0, 1.0, 3.0, 3.5])
    found = torch.trapezoid(torch.tensor(X), torch.tensor(places)).numpy()
    np.testing.assert_allclose(found, np.trapezoid(X, places), rtol=1e-12)
    found = torch.trapezoid(torch.tensor(X), dx=0.5, dim=1).numpy()
    np.testing.assert_allclose(found, np.trapezoid(X, dx=0.5, axis=1), rtol=1e-12)
    so_far = torch.cumulative_trapezoid(torch.tensor(X), torch.tensor(places))
    np.testing.assert_allclose(so_far[..., -1].numpy(), np.trapezoid(X, places), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: torch.quantile(x.int(), 0.5), RuntimeError, "either float or double"),
        (lambda x: torch.quantile(x, 1.5), RuntimeError, r"must be in the range \[0, 1\] but got"),
        (lambda x: torch.quantile(x[:0], 0.5), RuntimeError, "must be non-empty"),
        (lambda x: torch.quantile(x, x.double()), RuntimeError, "same dtype as the input"),
        (lambda x: torch.quantile(x, 0.5, interpolation="no"), RuntimeError, "must be one of"),
        (lambda x: torch.nanmedian(x[:0].reshape(0, 3), 0), IndexError, "have non-zero size"),
        (lambda x: torch.amax(x[:0]), RuntimeError, "Expected reduction dim to be specified"),
        (lambda x: torch.amin(x[:0], 0), IndexError, "have non-zero size"),
        (lambda x: torch.histc(x.int()), NotImplementedError, "not implemented for 'Int'"),
        (lambda x: torch.histc(x, 0), RuntimeError, "bins must be > 0"),
        (lambda x: torch.histc(x, 3, 2, 1), RuntimeError, "max must be larger than min"),
        (lambda x: torch.histogram(x * NAN, 3), RuntimeError, "is not finite"),
        (lambda x: torch.bincount(x.int() * -1), RuntimeError, "non-negative integral inputs"),
        (lambda x: torch.bincount(x), NotImplementedError, "not implemented for 'Float'"),
        (lambda x: torch.cov(x.reshape(1, 1, -1)), RuntimeError, "two or fewer dimensions"),
        (lambda x: torch.cov(x, fweights=x), RuntimeError, "fweights to have integral dtype"),
        (lambda x: torch.diff(x[0]), RuntimeError, "at least one-dimensional"),
        (lambda x: torch.diff(x, n=-1), RuntimeError, "order must be non-negative"),
        (lambda x: torch.gradient(x, edge_order=3), RuntimeError, "only supports edge_order"),
        (lambda x: torch.gradient(x[:1]), RuntimeError, r"at least edge_order\+1"),
        (lambda x: torch.trapezoid(x, x[:1]), RuntimeError, "one `x` value for each sample"),
        (lambda x: torch.cummax(x * 1j, 0), NotImplementedError, "not implemented for 'Complex"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call(torch.tensor([1.0, 2.0, 3.0]))
