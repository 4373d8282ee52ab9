"""The inverses of erf and of the normal distribution function, in the scalar language.

Rational functions fitted to 60 digits: of x^2 in the middle, of sqrt(-log(1 - |x|)) in the tails.
May import: kernels.
"""

import math
from typing import Any

from . import scalar as s

# erfinv(x) = x P(x^2) / Q(x^2) on |x| <= 1/2, highest power first
_CENTRAL_P = (
    0.00043912521960674545,
    -0.028953790280201543,
    0.3346723721590339,
    -1.4437203565370762,
    2.8406662755141343,
    -2.5879504582835144,
    0.886226925452758,
)
_CENTRAL_Q = (
    0.002766218784291388,
    -0.07991720956974754,
    0.6536434808572312,
    -2.2883055878713483,
    3.894459627186625,
    -3.1819887704015515,
    1.0,
)
# with y = sqrt(-log q): the z with erfc(z) = q is y P(y - _START) / Q(y - _START) for y <= 3 ...
_START = 0.8325
_TAIL_P = (
    0.0021906243284500262,
    0.058697556177545844,
    0.4976195550535367,
    1.991339783481186,
    4.532917061982211,
    6.3239061876369975,
    5.424705320225385,
    2.660242558142262,
    0.5728356650386565,
)
_TAIL_Q = (
    0.0021904438660525433,
    0.05872006346147317,
    0.5027419464953797,
    2.0774345341990585,
    4.994343078558201,
    7.493344390703364,
    7.060104690924132,
    3.902866523233769,
    1.0,
)
# ... and y P(y - 3) / Q(y - 3) for y >= 3, up to 28
_FAR_P = (
    -1.6289637676398308e-11,
    -1.6197570127971467e-09,
    1.1309528570872497e-07,
    1.4075239177133157e-05,
    0.0004725149300147008,
    0.007466797120380631,
    0.06428911903033563,
    0.3191383589756519,
    0.9142395591987167,
    1.4079216267411319,
    0.9049203326464283,
)
_FAR_Q = (
    -1.628960687361119e-11,
    -1.6197838319822104e-09,
    1.130432793208434e-07,
    1.407250938609345e-05,
    0.00047291574706271217,
    0.007496698045421746,
    0.06499623387873026,
    0.32664148438263574,
    0.9532248157662309,
    1.5054483966406602,
    1.0,
)


def _central(x: Any) -> Any:
    square = x * x
    return x * (s.polynomial(square, *_CENTRAL_P) / s.polynomial(square, *_CENTRAL_Q))


def _tail(q: Any) -> Any:
    """The z with erfc(z) = q, for q <= 1/2."""
    y = s.sqrt(-s.log(q))
    near = s.minimum(y, 3.0) - _START
    far = s.minimum(s.maximum(y, 3.0), 28.0) - 3
    value = s.where(
        y <= 3.0,
        s.polynomial(near, *_TAIL_P) / s.polynomial(near, *_TAIL_Q),
        s.polynomial(far, *_FAR_P) / s.polynomial(far, *_FAR_Q),
    )
    return y * value


def erfinv(x: Any) -> Any:
    """The y with erf(y) = x; infinite at 1 and -1, nan beyond."""
    size = s.abs(x)
    far = _tail(s.minimum(1 - size, 0.5))
    value = s.where(size <= 0.5, _central(s.minimum(size, 0.5)), far)
    return s.where(x < 0, -value, value)


def ndtri(p: Any) -> Any:
    """The x at which the normal distribution function is p; infinite at 0 and 1, nan beyond."""
    middle = s.abs(p - 0.5) <= 0.25
    central = _central(2 * s.minimum(s.maximum(p, 0.25), 0.75) - 1)
    lower = p < 0.5
    tail = _tail(s.minimum(2 * s.where(lower, p, 1 - p), 0.5))
    return math.sqrt(2) * s.where(middle, central, s.where(lower, -tail, tail))
