"""Signs and magnitudes, and how a float is put together: abs, sgn, copysign, frexp, nextafter.

May import: core, kernels, tensor, ops.
"""

from collections import namedtuple
from typing import Any

import numpy as np

from ..core.dtype import BOOL, COMPLEX, HALVES, INTEGER, get_default_dtype
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..tensor import Tensor, method, ndarray, wrap
from .batching import elementwise
from .elementwise import Elementwise, pointwise, require_tensors
from .inplace import inplace, write_out
from .op import Op

__all__ = [
    "abs",
    "absolute",
    "copysign",
    "frexp",
    "heaviside",
    "isneginf",
    "isposinf",
    "ldexp",
    "nextafter",
    "sgn",
    "sign",
    "signbit",
]


def _sign_kernel(x: ndarray) -> ndarray:
    return x.copy() if x.dtype.kind == "b" else np.sign(x)


def _sgn_gradient(g: Tensor, input: Tensor, result: Tensor) -> Tensor:
    if input._array.dtype.kind != "c":
        return g * 0
    # what points along the sign changes nothing; what turns it, the less the larger the input
    along = (g * result.conj()).real
    size = input.abs()
    still = size == 0
    return ((g - result * along) / size.masked_fill(still, 1)).masked_fill(still, 0)


abs = pointwise(
    "abs",
    lambda input: s.abs(input),
    lambda g, input: g * input.sgn(),
    alias_of=("absolute",),
    unsupported=(BOOL,),
    doc="""The magnitude of each element; real for complex input.

    >>> torch.abs(torch.tensor([-1.5, 2.0]))
    tensor([1.5000, 2.0000])
    """,
)
absolute = abs
sign = pointwise(
    "sign",
    lambda input: s.sign(input),
    lambda g: g * 0,
    unsupported=(COMPLEX,),
    kernel=_sign_kernel,
    doc="""-1, 0 or 1 after the sign of each element.

    >>> torch.sign(torch.tensor([-1.5, 0.0, 2.0]))
    tensor([-1.,  0.,  1.])
    """,
)
sgn = pointwise(
    "sgn",
    lambda input: s.sign(input),
    _sgn_gradient,
    kernel=_sign_kernel,
    doc="""The sign of each element; for complex ones the element over its magnitude.

    >>> torch.sgn(torch.tensor([-1.5, 2.0]))
    tensor([-1.,  1.])
    """,
)
copysign = pointwise(
    "copysign",
    lambda input, other: s.copysign(input, other),
    (
        lambda g, input, result: g * (result * input).sign(),
        lambda g: g * 0,
    ),
    result="float",
    unsupported=(COMPLEX,),
    numbers="other",
    doc="""The magnitude of input with the sign of other, that of -0.0 included.

    >>> torch.copysign(torch.tensor([1.0, -2.0]), -0.0)
    tensor([-1., -2.])
    """,
)
nextafter = pointwise(
    "nextafter",
    lambda input, other: s.nextafter(input, other),
    (lambda g: g * 1, lambda g: g * 0),
    unsupported=(BOOL, INTEGER, COMPLEX),
    numbers="none",
    doc="""The next number its dtype can hold after input, towards other.

    >>> torch.nextafter(torch.tensor([1.0]), torch.tensor([2.0])) - 1
    tensor([1.1921e-07])
    """,
)


_heaviside = Elementwise(
    "heaviside",
    lambda input, values: s.where(s.eq(input, 0), values, s.where(input > 0, 1, 0)),
    None,
    None,
    "same",
    (COMPLEX,),
    lambda input, values: np.where(input == 0, values, (input > 0).astype(values.dtype)),
)


def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """0 below 0, 1 above it, and `values` at it. Shapes broadcast.

    RuntimeError for tensors of different dtypes and for complex ones.

    >>> torch.heaviside(torch.tensor([-1.0, 0.0, 2.0]), torch.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    require_tensors("heaviside", input=input, values=values)
    if input.dtype is not values.dtype:
        raise RuntimeError(
            "heaviside is not yet implemented for tensors with different dtypes: got "
            f"{input.dtype} and {values.dtype}"
        )
    result = _heaviside(input, values)
    return result if out is None else write_out(out, result)


# ---- a float's mantissa and exponent


class FRexp(namedtuple("frexp", ("mantissa", "exponent"))):
    """The parts of a float: mantissa * 2 ** exponent."""

    __slots__ = ()

    def __repr__(self) -> str:
        mantissa, exponent = self
        return f"torch.return_types.frexp(\nmantissa={mantissa!r},\nexponent={exponent!r})"


def _frexp_kernel(input: ndarray) -> tuple:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    mantissa, exponent = np.frexp(wide)
    return as_array(mantissa, input.dtype), as_array(exponent, np.int32)


_frexp = Op(
    "frexp",
    _frexp_kernel,
    (lambda g, result: g[0] / ldexp(result[0].detach() * 0 + 1, result[1]),),
    batch=elementwise,
)


def frexp(input: Tensor, *, out: Any = None) -> Any:
    """A mantissa in [0.5, 1) and an int32 exponent with input = mantissa * 2 ** exponent.

    RuntimeError unless the input is floating.

    >>> torch.frexp(torch.tensor([10.0])).mantissa
    tensor([0.6250])
    """
    if input._array.dtype.kind not in "fV":
        raise RuntimeError(
            f"torch.frexp() only supports floating-point dtypes: this input is {input.dtype}"
        )
    result = FRexp(*_frexp(input))
    return result if out is None else FRexp(*map(write_out, out, result))


def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """input * 2 ** other. Shapes broadcast; integers give the default float dtype.

    >>> torch.ldexp(torch.tensor([1.5]), torch.tensor([2]))
    tensor([6.])
    """
    require_tensors("ldexp", input=input, other=other)
    if other._array.dtype.kind in "iub":
        is_float = input._array.dtype.kind in "fV"
        other = other.to(input.dtype if is_float else get_default_dtype())
    result = input * 2.0**other
    return result if out is None else write_out(out, result)


# ---- questions


def _about(name: str, input: Tensor, found: Any, out: Tensor | None) -> Tensor:
    array = input._array
    if array.dtype.kind == "c":
        raise RuntimeError(f"{name} does not support complex inputs: this one is {input.dtype}")
    result = wrap(as_array(found(array)))
    return result if out is None else write_out(out, result)


def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the sign of each element is minus, -0.0 included. RuntimeError for complex input.

    >>> torch.signbit(torch.tensor([-0.0, 1.0]))
    tensor([ True, False])
    """
    return _about("signbit", input, lambda a: np.signbit(a) if a.dtype.kind in "fV" else a < 0, out)


def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether each element is positive infinity. RuntimeError for complex input.

    >>> torch.isposinf(torch.tensor([float("inf"), float("-inf"), 1.0]))
    tensor([ True, False, False])
    """
    return _about("isposinf", input, lambda a: np.isinf(a) & (a > 0), out)


def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether each element is negative infinity. RuntimeError for complex input.

    >>> torch.isneginf(torch.tensor([float("inf"), float("-inf"), 1.0]))
    tensor([False,  True, False])
    """
    return _about("isneginf", input, lambda a: np.isinf(a) & (a < 0), out)


for _function in (heaviside, frexp, ldexp, signbit, isposinf, isneginf):
    method(_function)
method(inplace(heaviside), "heaviside_")
method(inplace(ldexp), "ldexp_")


def _refusing_complex(in_place: Any) -> Any:
    """`abs_`, whose result would be real where the tensor is complex."""

    def abs_(self: Tensor) -> Tensor:
        """`abs`, written into this tensor; RuntimeError for complex ones."""
        if self._array.dtype.kind == "c":
            raise RuntimeError("In-place abs is not supported for complex tensors.")
        return in_place(self)

    return abs_


method(_refusing_complex(Tensor.abs_), "abs_")
method(Tensor.abs_, "absolute_")
Tensor.__abs__ = abs.call  # type: ignore[attr-defined]
