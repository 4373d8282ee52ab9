"""Running results along a dim: cumsum, cumprod, logcumsumexp, cummax, cummin.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import HALVES
from ..core.everywhere import every
from ..core.layout import wrap_dim
from ..kernels.running import accumulate
from ..tensor import Tensor, method, ndarray, wrap
from .batching import along
from .extremes import result_type, written
from .inplace import inplace, write_out
from .op import Op
from .pointwise import logaddexp_kernel
from .reduce import others, require_tensor

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]

CUMMAX, CUMMIN = result_type("cummax"), result_type("cummin")


def _scan(ufunc: Any, input: ndarray, dim: int, reverse: bool) -> ndarray:
    if not input.ndim:
        return input.copy()
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    if reverse:
        wide = np.flip(wide, dim)
    out = ufunc(wide, dim) if not isinstance(ufunc, np.ufunc) else accumulate(ufunc, wide, dim)
    if reverse:
        out = np.ascontiguousarray(np.flip(out, dim))
    return out.astype(input.dtype, copy=False)


_cumsum = Op(
    "cumsum",
    lambda input, *, dim, reverse=False: _scan(np.add, input, dim, reverse),
    (lambda g, dim, reverse: _cumsum(g, dim=dim, reverse=not reverse),),
    batch=along("dim"),
)


def _cumprod_gradient(g: Tensor, input: Tensor, result: Tensor, dim: int) -> Tensor:
    if not input._array.ndim:
        return g * 1
    if every(input._array != 0):
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
    batch=along("dim"),
)


def _accumulate_exponentials(input: ndarray, dim: int) -> ndarray:
    """np.logaddexp's way of accumulating, for complex numbers too."""
    if input.dtype.kind != "c":
        return np.logaddexp.accumulate(input, dim)
    out = input.copy()
    rows, source = np.moveaxis(out, dim, 0), np.moveaxis(input, dim, 0)
    for i in range(1, len(rows)):
        rows[i] = logaddexp_kernel(rows[i - 1], source[i])
    return out


def _logcumsumexp_gradient(
    g: Tensor, input: Tensor, result: Tensor, dim: int, reverse: bool
) -> Tensor:
    if not input._array.ndim:
        return g * 1
    if input._array.dtype.kind == "c":
        return _share(g.conj(), g.eq(0), input, result, dim, reverse).conj()
    first = _share(g, g.le(0), input, result, dim, reverse)
    return first - _share(-g, g.ge(0), input, result, dim, reverse)


def _share(
    g: Tensor, skip: Tensor, input: Tensor, result: Tensor, dim: int, reverse: bool
) -> Tensor:
    """exp(input) times the running sum of g / exp(result) from the other end, by logarithms."""
    nothing = -0.5 * float(np.finfo(result._array.real.dtype).max)
    logarithm = (g.masked_fill(skip, 1).log() - result).masked_fill(skip, nothing)
    return (_logcumsumexp(logarithm, dim=dim, reverse=not reverse) + input).exp()


def _logcumsumexp_tangent(tangents: list, values: dict[str, Any]) -> Tensor:
    """The running sum of exp(input - result) times the tangent."""
    (t,) = tangents
    if t._array.dtype.kind == "c":
        return _grown(t, t == 0, values)
    return _grown(t, t <= 0, values) - _grown(-t, t >= 0, values)


def _grown(t: Tensor, skip: Tensor, values: dict[str, Any]) -> Tensor:
    input, result = values["input"], values["result"]
    nothing = -0.5 * float(np.finfo(result._array.real.dtype).max)
    logarithm = (t.masked_fill(skip, 1).log() + input).masked_fill(skip, nothing)
    total = _logcumsumexp(logarithm, dim=values["dim"], reverse=values["reverse"])
    return (total - result).exp()


_logcumsumexp = Op(
    "logcumsumexp",
    lambda input, *, dim, reverse=False: _scan(_accumulate_exponentials, input, dim, reverse),
    (_logcumsumexp_gradient,),
    jvp=_logcumsumexp_tangent,
    batch=along("dim"),
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


# ---- the extremes so far


def _running(ufunc: Any) -> Any:
    def kernel(input: ndarray, *, dim: int) -> tuple:
        if not input.ndim:
            return input.copy(), np.zeros((), np.int64)
        wide = input.astype(np.float32) if input.dtype in HALVES else input
        values = accumulate(ufunc, wide, dim)
        hit = wide == values
        if wide.dtype.kind == "f":
            hit |= np.isnan(wide)
        shape = [1] * input.ndim
        shape[dim] = -1
        places = np.where(hit, np.arange(input.shape[dim]).reshape(shape), 0)
        return values.astype(input.dtype, copy=False), accumulate(np.maximum, places, dim)

    return kernel


def _running_vjp(g: Any, input_shape: tuple, result: Any, dim: int) -> Tensor:
    if not input_shape:
        return g[0] * 1
    return g[0].new_zeros(input_shape).scatter_add(dim, result[1].detach(), g[0])


_cummax = Op("cummax", _running(np.maximum), (_running_vjp,), batch=along("dim"))
_cummin = Op("cummin", _running(np.minimum), (_running_vjp,), batch=along("dim"))


def _extremes_so_far(op: Op, pair: Any, input: Tensor, dim: int, out: Any) -> Any:
    array = require_tensor(input, op.name)._array
    if array.dtype.kind == "c":
        raise NotImplementedError(f"\"{op.name}\" not implemented for '{input.dtype.title}'")
    return written(pair(*op(input, dim=wrap_dim(dim, array.ndim))), out)


def cummax(input: Tensor, dim: int, *, out: Any = None) -> Any:
    """The largest element so far along a dim, and where it stands (the last of equal ones).

    A pair (values, indices); from a NaN on it is NaN.

    >>> torch.cummax(torch.tensor([1.0, 3.0, 2.0]), 0).values
    tensor([1., 3., 3.])
    """
    return _extremes_so_far(_cummax, CUMMAX, input, dim, out)


def cummin(input: Tensor, dim: int, *, out: Any = None) -> Any:
    """The smallest element so far along a dim, and where it stands (the last of equal ones).

    A pair (values, indices); from a NaN on it is NaN.

    >>> torch.cummin(torch.tensor([3.0, 1.0, 2.0]), 0).values
    tensor([3., 1., 1.])
    """
    return _extremes_so_far(_cummin, CUMMIN, input, dim, out)


for _function in (cumsum, cumprod, logcumsumexp, cummax, cummin):
    method(_function)
method(inplace(cumsum, "cumsum"), "cumsum_")
method(inplace(cumprod, "cumprod"), "cumprod_")
