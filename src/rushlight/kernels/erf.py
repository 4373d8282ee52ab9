"""The error function in the scalar language, to double precision.

Below 0.46875 a rational approximation of erf itself, above it one of erfc, after W. J. Cody
(Rational Chebyshev Approximations for the Error Function, Math. Comp. 23,
1969), all branches of which are computed and chosen from.
May import: kernels.
"""

from typing import Any

import numpy as np

from . import scalar as s
from . import single

# Cody's coefficients, highest power first: erf(x) = x P(x^2)/Q(x^2) on |x| <= 0.46875
_ERF_P = (
    1.85777706184603153e-1,
    3.16112374387056560e00,
    1.13864154151050156e02,
    3.77485237685302021e02,
    3.20937758913846947e03,
)
_ERF_Q = (
    1.0,
    2.36012909523441209e01,
    2.44024637934444173e02,
    1.28261652607737228e03,
    2.84423683343917062e03,
)
# erfc(x) = exp(-x^2) P(x)/Q(x) on 0.46875 <= x <= 4
_MID_P = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e00,
    6.61191906371416295e01,
    2.98635138197400131e02,
    8.81952221241769090e02,
    1.71204761263407058e03,
    2.05107837782607147e03,
    1.23033935479799725e03,
)
_MID_Q = (
    1.0,
    1.57449261107098347e01,
    1.17693950891312499e02,
    5.37181101862009858e02,
    1.62138957456669019e03,
    3.29079923573345963e03,
    4.36261909014324716e03,
    3.43936767414372164e03,
    1.23033935480374942e03,
)
# erfc(x) = exp(-x^2)/x (1/sqrt(pi) - P(1/x^2)/(x^2 Q(1/x^2))) on x >= 4
_FAR_P = (
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4,
)
_FAR_Q = (
    1.0,
    2.56852019228982242e00,
    1.87295284992346725e00,
    5.27905102951428412e-1,
    6.05183413124413191e-2,
    2.33520497626869185e-3,
)
_INVERSE_ROOT_PI = 0.5641895835477562869
_ROOT_HALF = 0.7071067811865476


def _near(x: Any) -> Any:
    square = x * x
    return x * s.polynomial(square, *_ERF_P) / s.polynomial(square, *_ERF_Q)


def _erfcx_positive(y: Any) -> Any:
    """exp(y^2) erfc(y) of y >= 0.46875."""
    inside = s.minimum(y, 4.0)
    middle = s.polynomial(inside, *_MID_P) / s.polynomial(inside, *_MID_Q)
    outside = s.maximum(y, 4.0)
    inverse = 1 / (outside * outside)
    tail = inverse * s.polynomial(inverse, *_FAR_P) / s.polynomial(inverse, *_FAR_Q)
    return s.where(y <= 4.0, middle, (_INVERSE_ROOT_PI - tail) / outside)


def _exp_square(y: Any, sign: float) -> Any:
    """exp(y^2) or exp(-y^2), with y^2 as an exact square and a remainder, to lose no digits."""
    high = s.trunc(y * 16) / 16
    return s.exp(sign * high * high) * s.exp(sign * (y - high) * (y + high))


def _erfc_positive(y: Any) -> Any:
    """erfc of y >= 0.46875."""
    return _exp_square(y, -1.0) * _erfcx_positive(y)


def erf(x: Any) -> Any:
    """erf(x) = 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    if type(x) is np.ndarray and x.dtype == np.float32 and x.ndim:
        return single.erf(x)
    size = s.abs(x)
    inside = s.minimum(size, 0.5)
    outside = 1 - _erfc_positive(s.minimum(s.maximum(size, 0.46875), 27.0))
    value = s.where(size <= 0.46875, _near(inside), outside)
    signed = s.where(x < 0, -value, value)
    return s.where(s.isnan(x), x, signed)


def erfc(x: Any) -> Any:
    """1 - erf(x), accurate also where it is tiny."""
    size = s.abs(x)
    beyond = _erfc_positive(s.minimum(s.maximum(size, 0.46875), 27.0))
    far = s.where(x < 0, 2 - beyond, beyond)
    inside = s.minimum(s.maximum(x, -0.5), 0.5)
    value = s.where(size <= 0.46875, 1 - _near(inside), far)
    return s.where(s.isnan(x), x, value)


def erfcx(x: Any) -> Any:
    """exp(x^2) erfc(x), which neither overflows nor vanishes for large x."""
    size = s.abs(x)
    beyond = _erfcx_positive(s.maximum(size, 0.46875))
    inside = s.minimum(s.maximum(x, -0.5), 0.5)
    near = s.exp(inside * inside) * (1 - _near(inside))
    negative = 2 * _exp_square(s.minimum(size, 30.0), 1.0) - beyond
    value = s.where(size <= 0.46875, near, s.where(x < 0, negative, beyond))
    return s.where(s.isnan(x), x, value)


def ndtr(x: Any) -> Any:
    """The normal distribution function: the integral of its density up to x."""
    return 0.5 * erfc(x * -_ROOT_HALF)


def log_ndtr(x: Any) -> Any:
    """The logarithm of ndtr, accurate also where that is tiny."""
    scaled = x * _ROOT_HALF
    low = s.log(0.5 * erfcx(s.maximum(-scaled, 0.0))) - scaled * scaled
    return s.where(x < -1, low, s.log1p(-0.5 * erfc(scaled)))
