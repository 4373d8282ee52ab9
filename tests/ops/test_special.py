"""Special functions: values against SciPy over wide ranges, gradients of both orders, the edges.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch

scipy_special = pytest.importorskip("scipy.special")

NAN, INF = math.nan, math.inf
RNG = np.random.default_rng(1)
EDGES = np.array([0.0, -0.0, 1.0, -1.0, 2.0, INF, NAN])
LINE = np.concatenate((RNG.uniform(-30, 30, 3000), 10.0 ** RNG.uniform(-12, 2, 1000), EDGES))
AXIS = np.concatenate((RNG.uniform(0, 30, 3000), 10.0 ** RNG.uniform(-300, 300, 2000)))
UNIT = np.concatenate((RNG.uniform(-1, 1, 3000), 1 - 10.0 ** RNG.uniform(-16, 0, 500)))
SHARE = np.concatenate((RNG.uniform(0, 1, 3000), 10.0 ** RNG.uniform(-300, 0, 500)))

# name: (SciPy's name, where, relative tolerance; where that is loose, SciPy's error is the larger)
CASES = {
    "airy_ai": ("airy", LINE[LINE > -20], 1e-12),
    "bessel_j0": ("j0", LINE, 1e-12),
    "bessel_y1": ("y1", AXIS[AXIS < 1e10], 1e-12),
    "digamma": ("psi", AXIS, 2e-14),
    "entr": ("entr", LINE, 1e-15),
    "erf": ("erf", LINE, 2e-15),
    "erfc": ("erfc", LINE[~(LINE > 26)], 1e-13),
    "erfcx": ("erfcx", LINE[~(LINE < -26)], 1e-13),
    "erfinv": ("erfinv", UNIT, 3e-15),
    "expit": ("expit", LINE, 1e-15),
    "gammaln": ("gammaln", AXIS[np.abs(AXIS - 1.5) > 0.6], 4e-15),
    "i0": ("i0", LINE[np.isfinite(LINE)], 4e-15),
    "i0e": ("i0e", LINE, 4e-15),
    "i1": ("i1", LINE[np.isfinite(LINE)], 4e-15),
    "i1e": ("i1e", LINE[np.isfinite(LINE)], 4e-15),
    "log_ndtr": ("log_ndtr", LINE, 4e-14),
    "modified_bessel_k0": ("k0", AXIS, 1e-13),
    "ndtr": ("ndtr", LINE, 1e-13),
    "ndtri": ("ndtri", SHARE, 4e-15),
    "scaled_modified_bessel_k1": ("k1e", AXIS, 1e-13),
}
POLYNOMIALS = {
    "chebyshev_polynomial_t": "eval_chebyt",
    "chebyshev_polynomial_u": "eval_chebyu",
    "shifted_chebyshev_polynomial_t": "eval_sh_chebyt",
    "shifted_chebyshev_polynomial_u": "eval_sh_chebyu",
    "hermite_polynomial_h": "eval_hermite",
    "hermite_polynomial_he": "eval_hermitenorm",
    "laguerre_polynomial_l": "eval_laguerre",
    "legendre_polynomial_p": "eval_legendre",
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_against_scipy(name):
    scipy_name, x, tolerance = CASES[name]
    with np.errstate(all="ignore"):
        expected = getattr(scipy_special, scipy_name)(x)
    if scipy_name == "airy":
        expected = expected[0]
    found = getattr(torch.special, name)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-300)


@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_left_of_zero(name):
    x = -RNG.uniform(0, 20, 2000)
    expected = {"lgamma": scipy_special.gammaln, "digamma": scipy_special.psi}[name](x)
    found = getattr(torch, name)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_lgamma_keeps_its_digits_near_its_zeros():
    small = 10.0 ** -np.arange(6.0, 12.0)
    euler = 0.5772156649015329
    one, two = torch.tensor(1 + small), torch.tensor(2 + small)
    exact = (1 + small) - 1
    series = -euler * exact + math.pi**2 / 12 * exact**2
    np.testing.assert_allclose(torch.lgamma(one).numpy(), series, rtol=1e-11)
    exact = (2 + small) - 2
    series = (1 - euler) * exact + (math.pi**2 / 12 - 0.5) * exact**2
    np.testing.assert_allclose(torch.lgamma(two).numpy(), series, rtol=1e-11)


def test_poles_and_edges():
    assert torch.lgamma(torch.tensor([0.0, -3.0, -INF, 1.0])).tolist() == [INF, INF, INF, 0]
    found = torch.digamma(torch.tensor([0.0, -0.0, -3.0])).tolist()
    assert found[:2] == [-INF, INF] and math.isnan(found[2])
    assert torch.erfinv(torch.tensor([1.0, -1.0])).tolist() == [INF, -INF]
    assert torch.erfinv(torch.tensor([1.5, NAN])).isnan().all()
    assert torch.special.ndtri(torch.tensor([0.0, 1.0])).tolist() == [-INF, INF]
    assert torch.special.zeta(torch.tensor([1.0, 2.0]), torch.tensor([2.0, -1.0])).tolist() == [
        INF, INF,
    ]  # fmt: skip
    assert torch.special.zeta(torch.tensor(0.5), 1.0).isnan()
    assert torch.i0(torch.tensor([INF, -INF])).tolist() == [INF, INF]
    assert torch.polygamma(1, torch.tensor([0.0, -2.0])).tolist() == [INF, INF]


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_polygamma(n):
    x = np.concatenate((RNG.uniform(0.01, 40, 300), -RNG.uniform(0.1, 0.9, 50)))
    expected = scipy_special.polygamma(n, np.abs(x))
    found = torch.polygamma(n, torch.tensor(np.abs(x))).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_zeta():
    x, q = RNG.uniform(1.01, 30, 500), RNG.uniform(0.1, 50, 500)
    found = torch.special.zeta(torch.tensor(x), torch.tensor(q)).numpy()
    np.testing.assert_allclose(found, scipy_special.zeta(x, q), rtol=1e-13)
    # from one place to the next: zeta(x, q) = q ** -x + zeta(x, q + 1)
    later = torch.special.zeta(torch.tensor(x), torch.tensor(q + 1)).numpy()
    np.testing.assert_allclose(found, q**-x + later, rtol=1e-13)
    exact = [math.pi**2 / 6, math.pi**4 / 90, math.pi**6 / 945]
    found = torch.special.zeta(torch.tensor([2.0, 4.0, 6.0], dtype=torch.float64), 1.0)
    np.testing.assert_allclose(found.numpy(), exact, rtol=2e-15)


def test_incomplete_gamma():
    a, x = RNG.uniform(0.1, 20, 200), RNG.uniform(0, 30, 200)
    low = torch.special.gammainc(torch.tensor(a), torch.tensor(x)).numpy()
    high = torch.special.gammaincc(torch.tensor(a), torch.tensor(x)).numpy()
    np.testing.assert_allclose(low, scipy_special.gammainc(a, x), rtol=1e-13)
    np.testing.assert_allclose(low + high, 1, rtol=1e-13)
    assert torch.igamma(torch.ones(3), torch.ones(3)).dtype is torch.float32


def test_multigammaln():
    x = RNG.uniform(2, 20, 50)
    expected = [scipy_special.multigammaln(value, 3) for value in x]
    np.testing.assert_allclose(torch.mvlgamma(torch.tensor(x), 3).numpy(), expected, rtol=1e-13)


@pytest.mark.parametrize("name", sorted(POLYNOMIALS))
def test_orthogonal_polynomials(name):
    x = RNG.uniform(-1, 1, 60)
    n = np.arange(60) % 12
    expected = getattr(scipy_special, POLYNOMIALS[name])(n, x)
    found = getattr(torch.special, name)(torch.tensor(x), torch.tensor(n)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)
    assert getattr(torch.special, name)(torch.tensor([0.3]), -1).item() == 0


def test_chebyshev_polynomials_of_angles():
    angle, n = RNG.uniform(0, np.pi, 40), np.arange(40) % 9
    x = torch.tensor(np.cos(angle))
    v = torch.special.chebyshev_polynomial_v(x, torch.tensor(n)).numpy()
    w = torch.special.chebyshev_polynomial_w(x, torch.tensor(n)).numpy()
    np.testing.assert_allclose(v * np.cos(angle / 2), np.cos((n + 0.5) * angle), atol=1e-12)
    np.testing.assert_allclose(w * np.sin(angle / 2), np.sin((n + 0.5) * angle), atol=1e-12)


SMOOTH = {
    "digamma": [0.5, 1.7, 5.0, -0.4],
    "entr": [0.2, 1.7, 3.0],
    "erf": [-1.0, 0.1, 2.0],
    "erfc": [-1.0, 0.1, 2.0],
    "erfcx": [-1.0, 0.1, 2.0],
    "erfinv": [-0.9, 0.1, 0.7],
    "gammaln": [0.3, 1.0, 2.5, -1.3],
    "i0": [-1.0, 0.5, 9.0],
    "i0e": [-1.0, 0.5, 9.0],
    "i1": [-1.0, 0.5, 9.0],
    "i1e": [-1.0, 0.5, 9.0],
    "log_ndtr": [-5.0, -0.5, 1.0],
    "ndtr": [-2.0, 0.1, 1.0],
    "ndtri": [0.05, 0.4, 0.9],
}


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_gradients(name):
    x = torch.tensor(SMOOTH[name], dtype=torch.float64, requires_grad=True)
    function = getattr(torch.special, name)
    assert torch.autograd.gradcheck(function, (x,))
    assert torch.autograd.gradgradcheck(function, (x,))


def test_more_gradients():
    x = torch.tensor([0.7, 2.5, 4.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.5, 0.5, 3.0], dtype=torch.float64, requires_grad=True)
    for function, inputs in (
        (lambda x: torch.polygamma(2, x), (x,)),
        (lambda x: torch.mvlgamma(x + 1, 3), (x,)),
        (lambda y: torch.igamma(x.detach(), y), (y,)),
        (lambda y: torch.igammac(x.detach(), y), (y,)),
        (lambda y: torch.special.zeta(x.detach() + 2, y), (y,)),
        (torch.special.xlog1py, (x, y)),
        (lambda x: torch.special.logsumexp(x, 0), (x,)),
    ):
        assert torch.autograd.gradcheck(function, inputs)
        assert torch.autograd.gradgradcheck(function, inputs)
    with pytest.raises(RuntimeError, match="derivative for 'input' of igamma is not implemented"):
        torch.igamma(x, y).sum().backward()


def test_large_arrays_are_computed_in_parts():
    x = RNG.uniform(0.1, 20, (130, 131))
    found = torch.lgamma(torch.tensor(x, dtype=torch.float32)).numpy()
    expected = scipy_special.gammaln(x.astype(np.float32).astype(np.float64))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def test_refusals():
    with pytest.raises(RuntimeError, match="does not support negative n"):
        torch.polygamma(-1, torch.ones(2))
    with pytest.raises(RuntimeError, match="p has to be greater than or equal to 1"):
        torch.mvlgamma(torch.ones(2), 0)
    with pytest.raises(RuntimeError, match="not implemented for 'ComplexFloat'"):
        torch.erfinv(torch.tensor([1j]))


@pytest.mark.parametrize(
    ("name", "low", "high", "tolerance"),
    [("erf", -5, 5, 6e-7), ("erfc", -5, 9, 1e-6), ("erfinv", -1, 1, 4e-7), ("ndtr", -5, 5, 4e-6)],
)
def test_single_precision(name, low, high, tolerance):
    edges = [0.0, -0.0, low, high, NAN]
    x = np.concatenate((np.linspace(low, high, 20001), 10.0 ** np.linspace(-30, -1, 50), edges))
    x = x.astype(np.float32)
    expected = getattr(scipy_special, name)(x.astype(np.float64))
    found = getattr(torch.special, name)(torch.tensor(x))
    assert found.dtype is torch.float32
    np.testing.assert_allclose(found.numpy(), expected, rtol=tolerance, atol=1e-37)
    one = getattr(torch.special, name)(torch.tensor(0.5)).item()
    np.testing.assert_allclose(one, getattr(scipy_special, name)(0.5), rtol=tolerance)


def test_single_precision_at_infinity():
    both = torch.tensor([INF, -INF])
    assert torch.erf(both).tolist() == [1, -1]
    assert torch.erfc(both).tolist() == [0, 2]
    assert torch.special.ndtr(both).tolist() == [1, 0]
    assert torch.erfinv(both).isnan().all()
