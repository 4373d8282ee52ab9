"""Functions of one element: exponentials, roots, circular and hyperbolic functions, rounding.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import BOOL, COMPLEX
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..kernels.erf import erf as erf_formula
from ..kernels.erf import erfc as erfc_formula
from ..tensor import Tensor, method
from .elementwise import Elementwise, pointwise
from .inplace import inplace, write_out

__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arcsin",
    "arctan",
    "arctan2",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "conj",
    "cos",
    "cosh",
    "deg2rad",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fix",
    "floor",
    "frac",
    "hypot",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "rad2deg",
    "round",
    "rsqrt",
    "sigmoid",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
]


def _sigmoid_kernel(x: np.ndarray) -> np.ndarray:
    """Three passes: exp of a large -x overflows to infinity, whose reciprocal is the right 0."""
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    with np.errstate(over="ignore"):
        out = np.exp(np.negative(x))
    if type(out) is not np.ndarray:
        return 1 / (1 + out)
    out += 1
    return np.reciprocal(out, out=out)


def _in_double(formula: Any) -> Any:
    """A kernel that computes in float64, for formulas whose float32 form would lose digits."""

    def kernel(x: np.ndarray) -> np.ndarray:
        if x.dtype.kind == "c":
            return formula(x)
        out = formula(x.astype(np.float64, copy=False))
        return out if x.dtype == np.float64 else as_array(out).astype(x.dtype)

    return kernel


exp = pointwise(
    "exp",
    lambda input: s.exp(input),
    lambda g, result: g * result.conj(),
    result="float",
    doc="""e to the power of each element.

    >>> torch.exp(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """,
)
exp2 = pointwise(
    "exp2",
    lambda input: s.exp2(input),
    lambda g, result: g * result * 0.6931471805599453,
    result="float",
    doc="""2 to the power of each element.

    >>> torch.exp2(torch.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """,
)
expm1 = pointwise(
    "expm1",
    lambda input: s.expm1(input),
    lambda g, result: g * (result + 1),
    result="float",
    doc="""exp(input) - 1, accurate near 0.

    >>> torch.expm1(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 1.7183])
    """,
)
log = pointwise(
    "log",
    lambda input: s.log(input),
    lambda g, input: g / input.conj(),
    result="float",
    doc="""The natural logarithm of each element; nan below 0.

    >>> torch.log(torch.tensor([1.0, 10.0]))
    tensor([0.0000, 2.3026])
    """,
)
log2 = pointwise(
    "log2",
    lambda input: s.log2(input),
    lambda g, input: g / (input * 0.6931471805599453),
    result="float",
    doc="""The logarithm to base 2 of each element.

    >>> torch.log2(torch.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """,
)
log10 = pointwise(
    "log10",
    lambda input: s.log10(input),
    lambda g, input: g / (input * 2.302585092994046),
    result="float",
    kernel=_in_double(np.log10),  # NumPy's float32 logarithm of 1000 is not 3
    doc="""The logarithm to base 10 of each element.

    >>> torch.log10(torch.tensor([1.0, 1000.0]))
    tensor([0., 3.])
    """,
)
log1p = pointwise(
    "log1p",
    lambda input: s.log1p(input),
    lambda g, input: g / (input + 1),
    result="float",
    doc="""log(1 + input), accurate near 0.

    >>> torch.log1p(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.6931])
    """,
)
logaddexp = pointwise(
    "logaddexp",
    lambda input, other: s.logaddexp(input, other),
    (
        lambda g, input, result: g * (input - result).exp(),
        lambda g, other, result: g * (other - result).exp(),
    ),
    result="float",
    doc="""log(exp(input) + exp(other)) without overflow.

    >>> torch.logaddexp(torch.tensor([1000.0]), torch.tensor([1000.0]))
    tensor([1000.6932])
    """,
)
sqrt = pointwise(
    "sqrt",
    lambda input: s.sqrt(input),
    lambda g, result: g / (result * 2).conj(),
    result="float",
    doc="""The square root of each element; nan below 0.

    >>> torch.sqrt(torch.tensor([4.0, 2.0]))
    tensor([2.0000, 1.4142])
    """,
)
rsqrt = pointwise(
    "rsqrt",
    lambda input: 1 / s.sqrt(input),
    lambda g, result: g * result * result * result * -0.5,
    result="float",
    doc="""1 / sqrt(input).

    >>> torch.rsqrt(torch.tensor([4.0, 16.0]))
    tensor([0.5000, 0.2500])
    """,
)
sin = pointwise(
    "sin",
    lambda input: s.sin(input),
    lambda g, input: g * input.cos().conj(),
    result="float",
    doc="""The sine of each element, in radians.

    >>> torch.sin(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8415])
    """,
)
cos = pointwise(
    "cos",
    lambda input: s.cos(input),
    lambda g, input: -g * input.sin().conj(),
    result="float",
    doc="""The cosine of each element, in radians.

    >>> torch.cos(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 0.5403])
    """,
)
tan = pointwise(
    "tan",
    lambda input: s.tan(input),
    lambda g, result: g * (1 + result * result).conj(),
    result="float",
    doc="""The tangent of each element, in radians.

    >>> torch.tan(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5574])
    """,
)
asin = pointwise(
    "asin",
    lambda input: s.asin(input),
    lambda g, input: g * (1 - input * input).rsqrt().conj(),
    result="float",
    alias_of=("arcsin",),
    doc="""The angle in radians whose sine is the element; nan outside [-1, 1].

    >>> torch.asin(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """,
)
acos = pointwise(
    "acos",
    lambda input: s.acos(input),
    lambda g, input: -g * (1 - input * input).rsqrt().conj(),
    result="float",
    alias_of=("arccos",),
    doc="""The angle in radians whose cosine is the element; nan outside [-1, 1].

    >>> torch.acos(torch.tensor([0.0, 1.0]))
    tensor([1.5708, 0.0000])
    """,
)
atan = pointwise(
    "atan",
    lambda input: s.atan(input),
    lambda g, input: g / (1 + input * input).conj(),
    result="float",
    alias_of=("arctan",),
    doc="""The angle in radians whose tangent is the element.

    >>> torch.atan(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """,
)
arcsin = asin
arccos = acos
arctan = atan
atan2 = pointwise(
    "atan2",
    lambda input, other: s.atan2(input, other),
    (
        lambda g, input, other: g * (other / (input * input + other * other)),
        lambda g, input, other: g * (-input / (input * input + other * other)),
    ),
    result="float",
    alias_of=("arctan2",),
    doc="""The angle in radians of the point (other, input), in all four quadrants.

    >>> torch.atan2(torch.tensor([1.0, -1.0]), torch.tensor([-1.0, -1.0]))
    tensor([ 2.3562, -2.3562])
    """,
)
arctan2 = atan2
hypot = pointwise(
    "hypot",
    lambda input, other: s.sqrt(input * input + other * other),
    (
        lambda g, input, result: g * (input / result),
        lambda g, other, result: g * (other / result),
    ),
    result="float",
    kernel=np.hypot,  # which does not overflow inside
    doc="""The length of the hypotenuse, sqrt(input^2 + other^2).

    >>> torch.hypot(torch.tensor([3.0]), torch.tensor([4.0]))
    tensor([5.])
    """,
)
sinh = pointwise(
    "sinh",
    lambda input: s.sinh(input),
    lambda g, input: g * input.cosh().conj(),
    result="float",
    doc="""The hyperbolic sine of each element.

    >>> torch.sinh(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """,
)
cosh = pointwise(
    "cosh",
    lambda input: s.cosh(input),
    lambda g, input: g * input.sinh().conj(),
    result="float",
    doc="""The hyperbolic cosine of each element.

    >>> torch.cosh(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """,
)
tanh = pointwise(
    "tanh",
    lambda input: s.tanh(input),
    lambda g, result: g * (1 - result * result).conj(),
    result="float",
    doc="""The hyperbolic tangent of each element.

    >>> torch.tanh(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """,
)
asinh = pointwise(
    "asinh",
    lambda input: s.asinh(input),
    lambda g, input: g * (input * input + 1).rsqrt().conj(),
    result="float",
    doc="""The inverse hyperbolic sine of each element.

    >>> torch.asinh(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """,
)
acosh = pointwise(
    "acosh",
    lambda input: s.acosh(input),
    lambda g, input: g * (input * input - 1).rsqrt().conj(),
    result="float",
    doc="""The inverse hyperbolic cosine of each element; nan below 1.

    >>> torch.acosh(torch.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """,
)
atanh = pointwise(
    "atanh",
    lambda input: s.atanh(input),
    lambda g, input: g / (1 - input * input).conj(),
    result="float",
    doc="""The inverse hyperbolic tangent of each element; nan outside [-1, 1].

    >>> torch.atanh(torch.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """,
)
sigmoid = pointwise(
    "sigmoid",
    lambda input: s.sigmoid(input),
    lambda g, result: g * ((1 - result) * result).conj(),
    result="float",
    kernel=_sigmoid_kernel,
    doc="""1 / (1 + exp(-input)).

    >>> torch.sigmoid(torch.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """,
)


erf = pointwise(
    "erf",
    erf_formula,
    lambda g, x: g * ((x * x).neg().exp() * 1.1283791670955126),
    result="float",
    unsupported=(COMPLEX,),
    kernel=_in_double(erf_formula),
    doc="""The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0.

    >>> torch.erf(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """,
)
erfc = pointwise(
    "erfc",
    erfc_formula,
    lambda g, x: g * ((x * x).neg().exp() * -1.1283791670955126),
    result="float",
    unsupported=(COMPLEX,),
    kernel=_in_double(erfc_formula),
    doc="""1 - erf(input), accurate where it is tiny.

    >>> torch.erfc(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 0.1573])
    """,
)
floor = pointwise(
    "floor",
    lambda input: s.floor(input),
    lambda g: g * 0,
    unsupported=(BOOL, COMPLEX),
    doc="""Each element rounded down.

    >>> torch.floor(torch.tensor([1.5, -1.5]))
    tensor([ 1., -2.])
    """,
)
ceil = pointwise(
    "ceil",
    lambda input: s.ceil(input),
    lambda g: g * 0,
    unsupported=(BOOL, COMPLEX),
    doc="""Each element rounded up.

    >>> torch.ceil(torch.tensor([1.5, -1.5]))
    tensor([ 2., -1.])
    """,
)
trunc = pointwise(
    "trunc",
    lambda input: s.trunc(input),
    lambda g: g * 0,
    unsupported=(BOOL, COMPLEX),
    alias_of=("fix",),
    doc="""Each element rounded towards 0.

    >>> torch.trunc(torch.tensor([1.5, -1.5]))
    tensor([ 1., -1.])
    """,
)
fix = trunc
_round_whole = Elementwise(
    "round",
    lambda input: s.round(input),
    (lambda g: g * 0,),
    "RoundBackward0",
    "same",
    (BOOL, COMPLEX),
)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Each element rounded, halves to the even neighbour; `decimals` may be negative.

    >>> torch.round(torch.tensor([0.5, 1.5, 2.567])), torch.round(torch.tensor(2.567), decimals=2)
    (tensor([0., 2., 3.]), tensor(2.5700))
    """
    if decimals == 0:
        result = _round_whole(input)
    else:
        scale = 10.0 ** (decimals if decimals > 0 else -decimals)
        scaled = input * scale if decimals > 0 else input / scale
        whole = _round_whole(scaled)
        result = whole / scale if decimals > 0 else whole * scale
    return result if out is None else write_out(out, result)


def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """input - trunc(input).

    >>> torch.frac(torch.tensor([1.5, -1.25]))
    tensor([ 0.5000, -0.2500])
    """
    result = input - input.trunc()
    return result if out is None else write_out(out, result)


def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Radians as degrees.

    >>> torch.rad2deg(torch.tensor([0.0, 3.14159265]))
    tensor([  0., 180.])
    """
    result = input * 57.29577951308232
    return result if out is None else write_out(out, result)


def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Degrees as radians.

    >>> torch.deg2rad(torch.tensor([0.0, 180.0]))
    tensor([0.0000, 3.1416])
    """
    result = input * 0.017453292519943295
    return result if out is None else write_out(out, result)


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor itself.

    >>> torch.conj(torch.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return input if input._array.dtype.kind != "c" else _conj(input)


_conj = Elementwise(
    "conj", lambda input: s.conj(input), (lambda g: g.conj(),), "ConjBackward0", "same", ()
)

for _function in (round, frac, rad2deg, deg2rad):
    method(_function)
    method(inplace(_function, _function.__name__), f"{_function.__name__}_")
method(conj)
