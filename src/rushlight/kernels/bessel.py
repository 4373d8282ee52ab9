"""Modified Bessel functions of the first kind, orders 0 and 1, in the scalar language.

Polynomials fitted to 60 digits: of x^2 up to 8, of 1/x from there on.
May import: kernels.
"""

from typing import Any

from . import scalar as s

# I0(x) = P(x^2) and I1(x) = x P(x^2) on |x| <= 8, highest power first
_I0_NEAR = (
    8.566451907554003e-34,
    4.199440114084042e-31,
    3.9335062705145357e-28,
    2.5901779930862926e-25,
    1.496778465948004e-22,
    7.242074212968947e-20,
    2.8969089051054747e-17,
    9.385965801469726e-15,
    2.4028075678003473e-12,
    4.70950279510927e-10,
    6.781684027918907e-08,
    6.781684027771314e-06,
    0.000434027777777795,
    0.015624999999999977,
    0.25,
    1.0,
)
_I1_NEAR = (
    2.5891061185196297e-32,
    1.1685742418228256e-29,
    1.0239192689603987e-26,
    6.21527345515624e-24,
    3.2929824906926725e-21,
    1.4484120608170877e-18,
    5.21443675665367e-16,
    1.5017545163043796e-13,
    3.3639305959586915e-11,
    5.651403354125362e-09,
    6.781684027910726e-07,
    5.4253472222178255e-05,
    0.0026041666666667402,
    0.06249999999999995,
    0.5,
)
# I(x) = exp(x) / sqrt(x) P(1/x) on x >= 8
_I0_FAR = (
    684319496097429.4,
    -1083382413187949.4,
    772114365214242.2,
    -330303698791745.5,
    95197931627196.55,
    -19642557531852.492,
    3007830510258.13,
    -349598528505.443,
    31279044248.24764,
    -2171577369.963394,
    117343121.64426245,
    -4927722.126160517,
    159861.77082416503,
    -3958.764802269193,
    74.39558475530711,
    -0.7759806364697666,
    0.100273220307352,
    0.044679764207292645,
    0.029219655409574875,
    0.028050628543386618,
    0.04986778505069942,
    0.39894228040143254,
)
_I1_FAR = (
    -668598213489023.1,
    1071513476921250.5,
    -770738041315197.4,
    332135673407603.2,
    -96303357382029.31,
    19972060847360.473,
    -3071822395996.292,
    358437149548.2033,
    -32183759044.14332,
    2241718183.2609606,
    -121507316.6540996,
    5117683.321003769,
    -166503.0686306753,
    4134.704833283504,
    -77.99975208452751,
    0.7851331627422766,
    -0.12092473044125013,
    -0.05745971602998127,
    -0.04090743250587896,
    -0.046751047902636865,
    -0.1496033551510921,
    0.3989422804014328,
)


def _far(size: Any, coefficients: tuple) -> Any:
    """exp(-x) I(x) of x >= 8."""
    inverse = 1 / s.maximum(size, 8.0)
    return s.sqrt(inverse) * s.polynomial(inverse, *coefficients)


def _grown(size: Any, scaled: Any) -> Any:
    """The scaled function times exp(x), in two steps so that the largest values do not overflow."""
    half = s.exp(0.5 * size)
    return s.where(s.isinf(size), size, half * scaled * half)


def i0(x: Any) -> Any:
    """I0(x), the modified Bessel function of order 0."""
    size = s.abs(x)
    inside = s.minimum(size, 8.0)
    near = s.polynomial(inside * inside, *_I0_NEAR)
    return s.where(size <= 8.0, near, _grown(size, _far(size, _I0_FAR)))


def i0e(x: Any) -> Any:
    """exp(-|x|) I0(x)."""
    size = s.abs(x)
    inside = s.minimum(size, 8.0)
    near = s.polynomial(inside * inside, *_I0_NEAR) * s.exp(-inside)
    return s.where(size <= 8.0, near, _far(size, _I0_FAR))


def i1(x: Any) -> Any:
    """I1(x), the modified Bessel function of order 1."""
    size = s.abs(x)
    inside = s.minimum(size, 8.0)
    near = inside * s.polynomial(inside * inside, *_I1_NEAR)
    value = s.where(size <= 8.0, near, _grown(size, _far(size, _I1_FAR)))
    return s.where(x < 0, -value, value)


def i1e(x: Any) -> Any:
    """exp(-|x|) I1(x)."""
    size = s.abs(x)
    inside = s.minimum(size, 8.0)
    near = inside * s.polynomial(inside * inside, *_I1_NEAR) * s.exp(-inside)
    value = s.where(size <= 8.0, near, _far(size, _I1_FAR))
    return s.where(x < 0, -value, value)
