"""How gamma and beta numbers move with their parameters, at a fixed probability.

A number x with F(x; a) = p changes with a by -(dF/da) / (dF/dx) (M. Figurnov et al., Implicit
reparameterization gradients, 2018). dF/da comes from the series of F, term by term; the factor
in front of the series cancels.
May import: kernels.
"""

from typing import Any

import numpy as np

from . import gamma

_MOST_TERMS = 50_000


def gamma_slope(x: Any, shape: Any) -> Any:
    """dx / d(shape) of gamma numbers x of rate 1, as float64 arrays."""
    a, x = np.broadcast_arrays(np.asarray(shape, np.float64), np.asarray(x, np.float64))
    out = np.empty(a.shape)
    large = a > 1e4
    out[large] = _large_gamma_slope(x[large], a[large])
    a, x = a[~large], x[~large]
    terms = 1 / a
    total, weighed, harmonic = terms.copy(), terms / a, 1 / a
    active = np.arange(a.size)
    for n in range(1, _MOST_TERMS):
        terms = terms * x[active] / (a[active] + n)
        harmonic = harmonic + 1 / (a[active] + n)
        total[active] += terms
        weighed[active] += terms * harmonic
        going = terms * harmonic > 1e-17 * weighed[active]
        if not going.any():
            break
        active, terms, harmonic = active[going], terms[going], harmonic[going]
    with np.errstate(divide="ignore"):
        out[~large] = -x * (total * (np.log(x) - gamma.digamma(a)) - weighed)
    return out


def _large_gamma_slope(x: Any, a: Any) -> Any:
    """From Wilson and Hilferty's normal approximation of the cube root."""
    root = np.sqrt(a)
    z = 3 * root * (np.cbrt(x / a) - 1 + 1 / (9 * a))
    cube_root = 1 - 1 / (9 * a) + z / (3 * root)
    return cube_root**3 + 3 * a * cube_root**2 * (1 / (9 * a * a) - z / (6 * a * root))


def beta_slope(x: Any, first: Any, second: Any) -> Any:
    """dx / d(first) of beta numbers x with these two parameters, as float64 arrays."""
    arrays = [np.asarray(v, np.float64) for v in (x, first, second)]
    x, a, b = [np.array(v) for v in np.broadcast_arrays(*arrays)]
    shape, x, a, b = x.shape, x.ravel(), a.ravel(), b.ravel()
    # the series converges as fast as powers of x; past the mean, that of 1 - x is the better one
    upper = x > a / (a + b)
    y = np.where(upper, 1 - x, x)
    start = np.where(upper, b, a)
    terms = 1 / start
    total = terms.copy()
    harmonic = np.where(upper, 0.0, -1 / start)
    weighed = terms * harmonic
    active = np.arange(x.size)
    for n in range(1, _MOST_TERMS):
        both, own = (a + b)[active] + (n - 1), start[active] + n
        terms = terms * y[active] * both / own
        harmonic = harmonic + 1 / both - np.where(upper[active], 0.0, 1 / own)
        total[active] += terms
        weighed[active] += terms * harmonic
        going = terms * (1 + np.abs(harmonic)) > 1e-17 * total[active]
        if not going.any():
            break
        active, terms, harmonic = active[going], terms[going], harmonic[going]
    with np.errstate(divide="ignore"):
        slope = total * (np.log(x) - gamma.digamma(a) + gamma.digamma(a + b)) + weighed
    return (np.where(upper, 1, -1) * x * (1 - x) * slope).reshape(shape)
