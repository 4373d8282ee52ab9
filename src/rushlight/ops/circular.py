"""Circular and hyperbolic functions, their inverses, and angles.

May import: core, kernels, tensor, ops.
"""

import math

import numpy as np

from ..core.dtype import COMPLEX
from ..kernels import scalar as s
from ..tensor import Tensor, method
from .elementwise import pointwise
from .inplace import inplace, write_out

__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "deg2rad",
    "hypot",
    "rad2deg",
    "sin",
    "sinc",
    "sinh",
    "tan",
    "tanh",
]

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
    unsupported=(COMPLEX,),
    numbers="none",
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
    unsupported=(COMPLEX,),
    numbers="none",
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
    alias_of=("arcsinh",),
    doc="""The inverse hyperbolic sine of each element.

    >>> torch.asinh(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """,
)
acosh = pointwise(
    "acosh",
    lambda input: s.acosh(input),
    lambda g, input: g * ((input - 1).rsqrt() * (input + 1).rsqrt()).conj(),
    result="float",
    alias_of=("arccosh",),
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
    alias_of=("arctanh",),
    doc="""The inverse hyperbolic tangent of each element; nan outside [-1, 1].

    >>> torch.atanh(torch.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """,
)


arcsinh = asinh
arccosh = acosh
arctanh = atanh


def _sinc_kernel(x: np.ndarray) -> np.ndarray:
    angle = x * x.dtype.type(np.pi)
    still = angle == 0
    safe = np.where(still, x.dtype.type(1), angle)
    return np.where(still, x.dtype.type(1), np.sin(safe) / safe)


def _sinc_gradient(g: Tensor, input: Tensor) -> Tensor:
    still = input == 0
    safe = input.masked_fill(still, 1)
    angle = safe * math.pi
    slope = (angle.cos() - angle.sin() / angle) / safe
    return g * slope.masked_fill(still, 0).conj()


sinc = pointwise(
    "sinc",
    lambda input: s.where(s.eq(input, 0), 1.0, s.sin(math.pi * input) / (math.pi * input)),
    _sinc_gradient,
    result="float",
    kernel=_sinc_kernel,
    doc="""sin(pi * input) / (pi * input), and 1 at 0.

    >>> torch.sinc(torch.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """,
)


def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Radians as degrees.

    >>> torch.rad2deg(torch.tensor([0.0, 3.14159265]))
    tensor([  0., 180.])
    """
    if input.is_complex():
        raise RuntimeError("rad2deg is not supported for complex tensors.")
    result = input * 57.29577951308232
    return result if out is None else write_out(out, result)


def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Degrees as radians.

    >>> torch.deg2rad(torch.tensor([0.0, 180.0]))
    tensor([0.0000, 3.1416])
    """
    if input.is_complex():
        raise RuntimeError("deg2rad is not supported for complex tensors.")
    result = input * 0.017453292519943295
    return result if out is None else write_out(out, result)


for _function in (rad2deg, deg2rad):
    method(_function)
    method(inplace(_function, _function.__name__), f"{_function.__name__}_")
