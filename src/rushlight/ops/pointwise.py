"""Exponentials, logarithms and roots.

May import: core, kernels, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core.dtype import COMPLEX
from ..kernels import scalar as s
from ..tensor import Tensor, method
from .elementwise import Elementwise, in_double, pointwise
from .inplace import inplace, write_out

__all__ = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logaddexp2",
    "logit",
    "rsqrt",
    "sigmoid",
    "sqrt",
]


def sigmoid_kernel(x: np.ndarray) -> np.ndarray:
    """Three passes: exp of a large -x overflows to infinity, whose reciprocal is the right 0."""
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    with np.errstate(over="ignore"):
        out = np.exp(np.negative(x))
    if type(out) is not np.ndarray:
        return 1 / (1 + out)
    out += 1
    return np.reciprocal(out, out=out)


def logaddexp_kernel(input: np.ndarray, other: np.ndarray) -> np.ndarray:
    if input.dtype.kind != "c":
        return _log_of_sum(input, other, np.exp, np.log1p)
    # of complex numbers: the larger in its real part comes out of the logarithm
    larger = input.real >= other.real
    high = np.where(larger, input, other)
    low = np.where(larger, other, input)
    infinite = np.isinf(high.real) & (high.real == low.real)
    out = high + np.log1p(np.exp(np.where(infinite, 0, low - high)))
    return np.where(infinite & (high.real < 0), high, out)


def _log_of_sum(input: np.ndarray, other: np.ndarray, exp: Any, log: Any) -> np.ndarray:
    """max + log(1 + exp(-|difference|)), which NumPy's own ufunc computes one by one."""
    larger = np.maximum(input, other)
    small = np.abs(np.subtract(input, other))
    out = larger + log(exp(np.negative(small, out=small) if small.ndim else -small))
    # two equal infinities have no difference
    return out if s.none(np.isnan(out)) else np.where(np.isinf(larger), larger, out)


def _log2_one_plus(x: np.ndarray) -> np.ndarray:
    return np.log1p(x) * x.dtype.type(1.4426950408889634)


def _share(part: Tensor, total: Tensor) -> Tensor:
    """part - total, and 0 where both are infinite."""
    return (part - total).masked_fill((part == total) & total.isinf(), 0)


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
    lambda g, result: g * (result * 0.6931471805599453).conj(),
    result="float",
    doc="""2 to the power of each element.

    >>> torch.exp2(torch.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """,
)
expm1 = pointwise(
    "expm1",
    lambda input: s.expm1(input),
    lambda g, result: g * (result + 1).conj(),
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
    lambda g, input: g / (input * 0.6931471805599453).conj(),
    result="float",
    doc="""The logarithm to base 2 of each element.

    >>> torch.log2(torch.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """,
)
log10 = pointwise(
    "log10",
    lambda input: s.log10(input),
    lambda g, input: g / (input * 2.302585092994046).conj(),
    result="float",
    kernel=in_double(np.log10),  # NumPy's float32 logarithm of 1000 is not 3
    doc="""The logarithm to base 10 of each element.

    >>> torch.log10(torch.tensor([1.0, 1000.0]))
    tensor([0., 3.])
    """,
)
log1p = pointwise(
    "log1p",
    lambda input: s.log1p(input),
    lambda g, input: g / (input + 1).conj(),
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
        lambda g, input, result: g * _share(input, result).exp().conj(),
        lambda g, other, result: g * _share(other, result).exp().conj(),
    ),
    result="float",
    numbers="none",
    in_place=False,
    kernel=logaddexp_kernel,
    doc="""log(exp(input) + exp(other)) without overflow.

    >>> torch.logaddexp(torch.tensor([1000.0]), torch.tensor([1000.0]))
    tensor([1000.6932])
    """,
)
logaddexp2 = pointwise(
    "logaddexp2",
    lambda input, other: s.logaddexp2(input, other),
    (
        lambda g, input, result: g * _share(input, result).exp2(),
        lambda g, other, result: g * _share(other, result).exp2(),
    ),
    result="float",
    unsupported=(COMPLEX,),
    numbers="none",
    in_place=False,
    kernel=lambda input, other: _log_of_sum(input, other, np.exp2, _log2_one_plus),
    doc="""log2(2 ** input + 2 ** other) without overflow.

    >>> torch.logaddexp2(torch.tensor([1000.0]), torch.tensor([1000.0]))
    tensor([1001.])
    """,
)


def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """log(input / (1 - input)), of the input kept inside [eps, 1 - eps] where eps is given.

    >>> torch.logit(torch.tensor([0.5, 0.9]))
    tensor([0.0000, 2.1972])
    """
    if input._array.dtype.kind == "c":
        raise NotImplementedError('"logit" not implemented for complex numbers')
    result = _logit(input, eps=eps)
    return result if out is None else write_out(out, result)


def _logit_formula(input: Any, *, eps: Any = None) -> Any:
    inside = input if eps is None else s.minimum(s.maximum(input, eps), 1 - eps)
    return s.log(inside / (1 - inside))


def _logit_gradient(g: Tensor, input: Tensor, eps: float | None) -> Tensor:
    slope = g / (input * (1 - input))
    low = 0 if eps is None else eps
    return slope.masked_fill((input < low) | (input > 1 - low), math.nan if eps is None else 0)


_logit = Elementwise("logit", _logit_formula, (_logit_gradient,), None, "float", (COMPLEX,))
method(logit)
method(inplace(logit), "logit_")
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
    lambda g, result: g * (result * result * result * -0.5).conj(),
    result="float",
    doc="""1 / sqrt(input).

    >>> torch.rsqrt(torch.tensor([4.0, 16.0]))
    tensor([0.5000, 0.2500])
    """,
)
sigmoid = pointwise(
    "sigmoid",
    lambda input: s.sigmoid(input),
    lambda g, result: g * ((1 - result) * result).conj(),
    result="float",
    kernel=sigmoid_kernel,
    doc="""1 / (1 + exp(-input)).

    >>> torch.sigmoid(torch.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """,
)
