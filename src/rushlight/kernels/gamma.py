"""The logarithm of the gamma function and its derivative, in the scalar language.

In the middle a rational function, fitted to 60 digits on the interval that its comment names;
above it Stirling's series, below it the recurrence, and for negative numbers the reflection.
May import: kernels.
"""

import math
from typing import Any

from . import scalar as s

# lgamma(x) = (x - 1) (x - 2) P(x - 1/2) / Q(x - 1/2) on 1/2 <= x <= 8, highest power first
_LG_P = (
    4.879853513770401e-09,
    8.818697907862751e-06,
    0.0009112260018807112,
    0.02836235330438147,
    0.37542401514020185,
    2.4772745696564034,
    8.896899601596372,
    18.24843967240839,
    21.74044066208295,
    14.76115374614917,
    5.266923009925991,
    0.7631532572329335,
)
_LG_Q = (
    1.774340133439175e-06,
    0.0002712195081417797,
    0.011561585113582722,
    0.2051372606108557,
    1.8076650852819376,
    8.724206978761154,
    24.4282842093758,
    40.90620409841986,
    41.179898262923,
    24.25694563082445,
    7.665381717093128,
    1.0,
)
# digamma(x) = (x - root) P(x - 1) / Q(x - 1) on 1 <= x <= 10
_DG_P = (
    1.594774261750176e-11,
    4.967764225913241e-08,
    7.878316155540661e-06,
    0.0003839810914391044,
    0.008115533885052997,
    0.0860199999424284,
    0.4861169830289995,
    1.4662232543331999,
    2.1909456295531387,
    1.2503801375034054,
)
_DG_Q = (
    7.899571393021028e-09,
    1.6920128948802428e-06,
    0.00010390613837877875,
    0.0027177530622113696,
    0.035743827694495835,
    0.25578269102661405,
    1.0226774679105677,
    2.2357935236887094,
    2.4357704499657657,
    1.0,
)
# where digamma is 0, in two parts
_ROOT = 1.4616321449683622
_ROOT_LOW = 9.549995429965697e-17
# Bernoulli numbers B(2k) / (2k (2k - 1)) and B(2k) / 2k, for k from 7 to 1
_STIRLING = (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
_DIGAMMA_SERIES = (1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12)
_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def _lgamma_above_half(x: Any) -> Any:
    middle = s.minimum(x, 8.0)
    shifted = middle - 0.5
    near = s.polynomial(shifted, *_LG_P) / s.polynomial(shifted, *_LG_Q)
    large = s.maximum(x, 8.0)
    inverse = 1 / large
    series = inverse * s.polynomial(inverse * inverse, *_STIRLING)
    far = (large - 0.5) * (s.log(large) - 1) + ((_HALF_LOG_TWO_PI - 0.5) + series)
    # adding 0 turns the -0 at x = 1 into 0
    return s.where(x <= 8.0, (middle - 1) * (middle - 2) * near + 0.0, far)


def lgamma(x: Any) -> Any:
    """log(|gamma(x)|); infinite at 0 and the negative integers."""
    size = s.abs(x)
    small = size < 0.5
    log_size = s.log(size)
    core = _lgamma_above_half(s.where(small, size + 1, size))
    positive = s.where(small, core - log_size, core)
    if s.none(x < 0):
        return s.where(s.isinf(x), x, positive)
    # lgamma(-x) = log(pi / |sin(pi x)|) - lgamma(1 + x)
    sine = s.sin(math.pi * s.abs(size - s.round(size)))
    negative = s.log(math.pi / sine) - s.where(small, core, core + log_size)
    value = s.where(x < 0, negative, positive)
    return s.where(s.isinf(x), size, value)


def _digamma_above_one(x: Any) -> Any:
    middle = s.minimum(x, 10.0)
    shifted = middle - 1
    near = s.polynomial(shifted, *_DG_P) / s.polynomial(shifted, *_DG_Q)
    large = s.maximum(x, 10.0)
    inverse = 1 / large
    square = inverse * inverse
    far = s.log(large) - (0.5 * inverse + square * s.polynomial(square, *_DIGAMMA_SERIES))
    return s.where(x <= 10.0, ((middle - _ROOT) - _ROOT_LOW) * near, far)


def digamma(x: Any) -> Any:
    """The derivative of lgamma; infinite at 0, nan at the negative integers."""
    size = s.abs(x)
    small = size < 1
    core = _digamma_above_one(s.where(small, size + 1, size))
    positive = s.where(small, core - 1 / size, core)
    if s.none(x < 0):
        return s.where(s.eq(x, 0), -1 / x, positive)
    # digamma(-x) = digamma(1 + x) + pi / tan(pi x)
    place = size - s.round(size)
    above = s.where(small, core, core + 1 / size)
    negative = s.where(s.eq(place, 0), math.nan, above + math.pi / s.tan(math.pi * place))
    value = s.where(x < 0, negative, positive)
    return s.where(s.eq(x, 0), -1 / x, value)
