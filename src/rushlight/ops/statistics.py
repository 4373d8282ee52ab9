"""Spread and scans: var, std and their pairs with the mean; cumsum, cumprod, logcumsumexp.

May import: core, kernels, tensor, ops.
"""

import warnings
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import HALVES
from ..core.layout import product, wrap_dim, wrap_dims
from ..kernels.summation import add_up
from ..tensor import Tensor, method, ndarray, wrap
from .inplace import inplace, write_out
from .op import Op
from .reduce import others, require_tensor, spread

__all__ = ["cumprod", "cumsum", "logcumsumexp", "std", "std_mean", "var", "var_mean"]


def _freedom(shape: tuple, dim: tuple, correction: Any) -> Any:
    return max(product([shape[d] for d in dim]) - correction, 0)


def _var_kernel(input: ndarray, *, dim: tuple, correction: Any, keepdim: bool) -> Any:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    count = product([input.shape[d] for d in dim])
    with np.errstate(all="ignore"):
        centered = wide - add_up(wide, dim, True) / wide.dtype.type(count)
        squares = (centered * centered.conj()).real
        total = add_up(squares, dim, keepdim)
        out = total / total.dtype.type(_freedom(input.shape, dim, correction))
    return out if input.dtype not in HALVES else out.astype(input.dtype)


def _var_gradient(g: Tensor, input: Tensor, dim: tuple, correction: Any, keepdim: bool) -> Tensor:
    centered = input - input.mean(dim, keepdim=True)
    freedom = _freedom(input._array.shape, dim, correction)
    scale = 2 / freedom if freedom else float("inf")
    return spread(g, input._array.shape, dim, keepdim) * centered * scale


def _std_gradient(
    g: Tensor, input: Tensor, result: Tensor, dim: tuple, correction: Any, keepdim: bool
) -> Tensor:
    g = (g / (result * 2)).masked_fill(result == 0, 0)
    return _var_gradient(g, input, dim, correction, keepdim)


def _std_kernel(input: ndarray, *, dim: tuple, correction: Any, keepdim: bool) -> Any:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    out = np.sqrt(_var_kernel(wide, dim=dim, correction=correction, keepdim=keepdim))
    return out if input.dtype not in HALVES else out.astype(input.dtype)


_var = Op("var", _var_kernel, (_var_gradient,))
_std = Op("std", _std_kernel, (_std_gradient,))


def _spread_of(
    op: Op, input: Tensor, dim: Any, unbiased: Any, correction: Any, keepdim: bool
) -> Tensor:
    array = require_tensor(input, op.name)._array
    if isinstance(dim, bool):  # var(input, unbiased)
        dim, unbiased = None, dim
    if array.dtype.kind not in "fcV":
        raise RuntimeError(
            "std and var only support floating point and complex dtypes: this input is "
            f"{input.dtype}"
        )
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    dims = wrap_dims(dim, array.ndim)
    if product([array.shape[d] for d in dims]) <= correction:
        warnings.warn(
            f"{op.name}(): degrees of freedom is <= 0. Correction should be strictly less than the "
            "reduction factor (input numel divided by output numel).",
            UserWarning,
            stacklevel=3,
        )
    return op(input, dim=dims, correction=correction, keepdim=keepdim)


def var(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The variance over the dims: squared distances from the mean, over n - correction (1).

    >>> torch.var(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    result = _spread_of(_var, input, dim, unbiased, correction, keepdim)
    return result if out is None else write_out(out, result)


def std(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The standard deviation over the dims, the square root of `var`.

    >>> torch.std(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    result = _spread_of(_std, input, dim, unbiased, correction, keepdim)
    return result if out is None else write_out(out, result)


def _means(input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    dim = None if isinstance(dim, bool) else dim
    return input.mean(wrap_dims(dim, input._array.ndim), keepdim)


def var_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The variance and the mean over the dims.

    >>> torch.var_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    found = _spread_of(_var, input, dim, unbiased, correction, keepdim)
    return found, _means(input, dim, keepdim)


def std_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The standard deviation and the mean over the dims.

    >>> torch.std_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    found = _spread_of(_std, input, dim, unbiased, correction, keepdim)
    return found, _means(input, dim, keepdim)


# ---- scans


def _scan(ufunc: Any, input: ndarray, dim: int, reverse: bool) -> ndarray:
    if not input.ndim:
        return input.copy()
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    if reverse:
        wide = np.flip(wide, dim)
    out = ufunc.accumulate(wide, dim, dtype=wide.dtype)
    if reverse:
        out = np.ascontiguousarray(np.flip(out, dim))
    return out.astype(input.dtype, copy=False)


_cumsum = Op(
    "cumsum",
    lambda input, *, dim, reverse=False: _scan(np.add, input, dim, reverse),
    (lambda g, dim, reverse: _cumsum(g, dim=dim, reverse=not reverse),),
)


def _cumprod_gradient(g: Tensor, input: Tensor, result: Tensor, dim: int) -> Tensor:
    if not input._array.ndim:
        return g * 1
    if (input._array != 0).all():
        return _cumsum(g * result.conj(), dim=dim, reverse=True) / input.conj()
    # with zeros: for each element, the running products of the others, from its place on
    rows = cumprod(others(input, dim), -1).conj()
    size = rows.shape[-1]
    before = wrap(np.tri(size, size, -1, dtype=np.bool_))
    weighted = rows.masked_fill(before, 0) * g.movedim(dim, -1).unsqueeze(-2)
    return weighted.sum(-1).movedim(-1, dim)


_cumprod = Op(
    "cumprod",
    lambda input, *, dim: _scan(np.multiply, input, dim, False),
    (_cumprod_gradient,),
)


def _logcumsumexp_gradient(
    g: Tensor, input: Tensor, result: Tensor, dim: int, reverse: bool
) -> Tensor:
    if not input._array.ndim:
        return g * 1
    positive = g.clamp(min=0).log() - result
    negative = (-g).clamp(min=0).log() - result
    first = (_logcumsumexp(positive, dim=dim, reverse=not reverse) + input).exp()
    return first - (_logcumsumexp(negative, dim=dim, reverse=not reverse) + input).exp()


_logcumsumexp = Op(
    "logcumsumexp",
    lambda input, *, dim, reverse=False: _scan(np.logaddexp, input, dim, reverse),
    (_logcumsumexp_gradient,),
)


def _scanned(op: Op, input: Tensor, dim: int, dtype: Any, out: Tensor | None, **attrs: Any) -> Any:
    require_tensor(input, op.name)
    if dtype is not None:
        input = input.to(dtype)
    elif input._array.dtype.kind in "iub" and op is not _logcumsumexp:
        input = input.to(dtypes.int64)
    result = op(input, dim=wrap_dim(dim, input._array.ndim), **attrs)
    return result if out is None else write_out(out, result)


def cumsum(
    input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """The running sum along a dim; integers add up in int64.

    >>> torch.cumsum(torch.tensor([1, 2, 3]), 0)
    tensor([1, 3, 6])
    """
    return _scanned(_cumsum, input, dim, dtype, out, reverse=False)


def cumprod(
    input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """The running product along a dim; integers multiply in int64.

    >>> torch.cumprod(torch.tensor([1, 2, 3]), 0)
    tensor([1, 2, 6])
    """
    return _scanned(_cumprod, input, dim, dtype, out)


def logcumsumexp(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """The running log(sum(exp(input))) along a dim, without overflow.

    >>> torch.logcumsumexp(torch.tensor([0.0, 0.0]), 0)
    tensor([0.0000, 0.6931])
    """
    return _scanned(_logcumsumexp, input, dim, None, out, reverse=False)


for _function in (var, std, cumsum, cumprod, logcumsumexp):
    method(_function)
method(inplace(cumsum, "cumsum"), "cumsum_")
method(inplace(cumprod, "cumprod"), "cumprod_")
