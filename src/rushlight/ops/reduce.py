"""Reductions to sums and their kin: sum, mean, prod, any, all, norms, logsumexp.

float32 sums over long outer dims go block by block, so that their error stays small; the 16-bit
floats add up in float32.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import FROM_NUMPY, HALVES, INTEGER
from ..core.everywhere import every
from ..core.layout import product, wrap_dim, wrap_dims
from ..core.state import shared, thread
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..kernels.running import product as product_of
from ..kernels.summation import add_up, broadcast_dims
from ..tensor import Tensor, method, ndarray, wrap
from .batching import along
from .inplace import write_out
from .node import on_arrays
from .op import STOPPED, Op, again
from .views import repeated

__all__ = [
    "all",
    "any",
    "count_nonzero",
    "logsumexp",
    "mean",
    "nanmean",
    "nansum",
    "prod",
    "sum",
]

_new = object.__new__
_add_reduce = np.add.reduce
# dtypes whose plain NumPy sum is PyTorch's
DIRECT = frozenset(d.numpy for d in (dtypes.float32, dtypes.float64, dtypes.int64))
FLOATS = frozenset((dtypes.float32.numpy, dtypes.float64.numpy))


on_arrays(product)


def require_tensor(input: Any, name: str) -> Tensor:
    """TypeError in PyTorch's words unless it is a tensor."""
    if isinstance(input, Tensor):
        return input
    raise TypeError(
        f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
    )


def spread(g: Tensor, shape: tuple, dim: Any, keepdim: bool) -> Tensor:
    """A reduced tensor at the shape it was reduced from, every element repeated."""
    if dim is not None and not keepdim and shape:
        dims = dim if isinstance(dim, tuple) else (dim,)
        g = g.reshape([1 if d in dims else size for d, size in enumerate(shape)])
    return g.expand(shape)


# ---- sum and mean


def _sum_kernel(input: ndarray, *, dim: Any, keepdim: bool, np_dtype: Any) -> Any:
    if np_dtype is not None and np_dtype != input.dtype and np_dtype not in HALVES:
        if input.dtype.kind == "b" and np_dtype == np.int64:
            return np.count_nonzero(input, dim, keepdims=keepdim)
        input = input.astype(np_dtype)
    out = add_up(input, dim, keepdim)
    wanted = input.dtype if np_dtype is None else np_dtype
    return out if out.dtype == wanted else out.astype(wanted)


_sum_all = Op(
    "sum",
    _sum_kernel,
    (lambda g, input_shape: repeated(g, input_shape),),
    backward="SumBackward0",
    batch=along("dim"),
)
_sum_dim = Op(
    "sum_dim",
    _sum_kernel,
    (lambda g, input_shape, dim, keepdim: spread(g, input_shape, dim, keepdim),),
    backward="SumBackward1",
    batch=along("dim"),
)


def _accumulator(input: Tensor, dtype: dtypes.dtype | None) -> Any:
    """The NumPy dtype that a sum or product comes out in; None for the input's own."""
    if dtype is not None:
        return dtype.numpy
    return dtypes.int64.numpy if input._array.dtype.kind in "iub" else None


def sum(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
    axis: Any = None,
) -> Tensor:
    """The sum of all elements, or over the given dim or dims. Integers add up in int64.

    IndexError for a dim that is not there.

    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.sum(x), torch.sum(x, 0), x.sum(1, keepdim=True)
    (tensor(10.), tensor([4., 6.]), tensor([[3.],
            [7.]]))
    """
    plain = dim is None and dtype is None and out is None and axis is None and not keepdim
    if plain and not shared.watched:
        array = input._array if isinstance(input, Tensor) else require_tensor(input, "sum")._array
        if array.dtype in DIRECT:
            result = _new(Tensor)
            try:
                total = _add_reduce(array, None)
            except STOPPED as reason:
                total = again(reason, _add_reduce, array, None)
            result._array = as_array(total)
            if input._edge is not None and thread.grad_enabled:
                _sum_all.record((input,), {}, result)
            return result
    require_tensor(input, "sum")
    dim = axis if dim is None else dim
    np_dtype = _accumulator(input, dtype)
    if dim is None and not keepdim:
        result = _sum_all(input, dim=None, keepdim=False, np_dtype=np_dtype)
    else:
        dims = wrap_dims(dim, input._array.ndim)
        result = _sum_dim(input, dim=dims, keepdim=keepdim, np_dtype=np_dtype)
    return result if out is None else write_out(out, result)


def _count(shape: tuple, dim: Any) -> int:
    return product(shape) if dim is None else product([shape[d] for d in dim])


def _mean_kernel(input: ndarray, *, dim: Any, keepdim: bool) -> Any:
    out = add_up(input, dim, keepdim)
    count = _count(input.shape, dim)
    with np.errstate(all="ignore"):
        out = out / out.dtype.type(count)
    return out if input.dtype not in HALVES else out.astype(input.dtype)


_mean_all = Op(
    "mean",
    _mean_kernel,
    (lambda g, input_shape: repeated(g / product(input_shape), input_shape),),
    backward="MeanBackward0",
    batch=along("dim"),
)
_mean_dim = Op(
    "mean_dim",
    _mean_kernel,
    (
        lambda g, input_shape, dim, keepdim: (
            spread(g, input_shape, dim, keepdim) / _count(input_shape, dim)
        ),
    ),
    backward="MeanBackward1",
    batch=along("dim"),
)


def mean(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
    axis: Any = None,
) -> Tensor:
    """The mean of all elements, or over the given dim or dims; NaN of none.

    RuntimeError for integers: give a floating dtype=.

    >>> torch.mean(torch.tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """
    require_tensor(input, "mean")
    dim = axis if dim is None else dim
    if dtype is not None:
        input = input.to(dtype)
    array = input._array
    plain = dim is None and not keepdim and out is None
    if plain and array.dtype in FLOATS and array.size and not shared.watched:
        result = _new(Tensor)
        try:
            total = _add_reduce(array, None) / array.size
        except STOPPED as reason:
            total = again(reason, _add_reduce, array, None) / array.size
        result._array = as_array(total)
        if input._edge is not None and thread.grad_enabled:
            _mean_all.record((input,), {}, result)
        return result
    found = FROM_NUMPY[array.dtype]
    if found.category <= INTEGER:
        what = "could not infer output dtype. Input" if dtype is None else "invalid. Input"
        raise RuntimeError(
            f"mean(): {what} dtype must be either a floating point or complex dtype. "
            f"Got: {found.title}"
        )
    if dim is None and not keepdim:
        result = _mean_all(input, dim=None, keepdim=False)
    else:
        result = _mean_dim(input, dim=wrap_dims(dim, array.ndim), keepdim=keepdim)
    return result if out is None else write_out(out, result)


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The sum over the dims in which `size` has 1 or nothing; RuntimeError if it cannot expand.

    >>> torch.ones(3, 2).sum_to_size(1, 2)
    tensor([[3., 3.]])
    """
    shape = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    seen = self._array.shape
    dims = broadcast_dims(shape, seen)
    if dims is None:
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(seen)}}}.")
    if (shape and shape == seen) or (not dims and self._array.dtype.kind in "fcV"):
        return self
    summed = sum(self, dims, keepdim=True) if dims else self.to(dtypes.int64)
    return summed if summed._array.shape == shape else summed.reshape(shape)


def nansum(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The sum that counts NaN as 0.

    >>> torch.nansum(torch.tensor([1.0, float("nan")]))
    tensor(1.)
    """
    if input.is_complex():
        raise RuntimeError("nansum on CPU does not support complex inputs")
    total = sum(input, dim, keepdim, dtype=dtype)
    if s.none(total.isnan()._array):  # then there is none, and nothing to leave out
        return total if out is None else write_out(out, total)
    return sum(input.masked_fill(input.isnan(), 0), dim, keepdim, dtype=dtype, out=out)


def nanmean(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The mean of the elements that are not NaN.

    >>> torch.nanmean(torch.tensor([1.0, float("nan"), 3.0]))
    tensor(2.)
    """
    count = sum(input.isnan().logical_not(), dim, keepdim)
    result = nansum(input, dim, keepdim, dtype=dtype) / count
    return result if out is None else write_out(out, result)


# ---- prod


def _prod_kernel(input: ndarray, *, dim: Any, keepdim: bool, np_dtype: Any) -> Any:
    wanted = input.dtype if np_dtype is None else np_dtype
    compute = np.float32 if wanted in HALVES else wanted
    out = product_of(input.astype(compute, copy=False), dim, keepdim)
    return out if out.dtype == wanted else out.astype(wanted)


def others(input: Tensor, dim: int) -> Tensor:
    """For each element along dim, the line it stands in with a 1 in its place: dim moved last."""
    line = input.movedim(dim, -1)
    size = line.shape[-1]
    mask = wrap(np.eye(size, dtype=np.bool_))
    return line.unsqueeze(-2).expand(*line.shape, size).masked_fill(mask, 1)


def _prod_gradient(g: Tensor, input: Tensor, result: Tensor, dim: Any, keepdim: bool) -> Tensor:
    shape = input._array.shape
    if every(input._array != 0):
        g = spread(g * result.conj(), shape, dim, keepdim)
        return g / input.conj()
    # with a zero among them the quotient fails: multiply all the others instead
    if dim is None:
        return (g * others(input.reshape(-1), 0).prod(-1).conj()).reshape(shape)
    return spread(g, shape, dim, keepdim) * others(input, dim).prod(-1).movedim(-1, dim).conj()


_prod_all = Op(
    "prod", _prod_kernel, (_prod_gradient,), backward="ProdBackward0", batch=along("dim")
)
_prod_dim = Op(
    "prod_dim", _prod_kernel, (_prod_gradient,), backward="ProdBackward1", batch=along("dim")
)


def prod(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *,
    dtype: dtypes.dtype | None = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The product of all elements, or along a dim; 1 of none. Integers multiply in int64.

    >>> torch.prod(torch.tensor([2.0, 3.0]))
    tensor(6.)
    """
    np_dtype = _accumulator(require_tensor(input, "prod"), dtype)
    if dim is None:
        result = _prod_all(input, dim=None, keepdim=False, np_dtype=np_dtype)
    else:
        ndim = input._array.ndim
        place = wrap_dim(dim, ndim)
        where = place if ndim else None
        result = _prod_dim(input, dim=where, keepdim=keepdim, np_dtype=np_dtype)
    return result if out is None else write_out(out, result)


# ---- any, all, count


def _truth(name: str, ufunc: Any, input: Tensor, dim: Any, keepdim: bool) -> ndarray:
    array = require_tensor(input, name)._array
    dims = None if dim is None else wrap_dims(dim, array.ndim)
    truth = array if array.dtype.kind == "b" else array != 0
    found = ufunc.reduce(truth, dims, keepdims=keepdim and dim is not None)
    return as_array(found, np.uint8 if array.dtype == np.uint8 else np.bool_)


def any(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Whether any element (along the dim) is not zero; False of none.

    >>> torch.any(torch.tensor([False, True]))
    tensor(True)
    """
    result = _new(Tensor)
    result._array = _truth("any", np.logical_or, input, dim, keepdim)
    return result if out is None else write_out(out, result)


def all(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Whether every element (along the dim) is not zero; True of none.

    >>> torch.all(torch.tensor([False, True]))
    tensor(False)
    """
    result = _new(Tensor)
    result._array = _truth("all", np.logical_and, input, dim, keepdim)
    return result if out is None else write_out(out, result)


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements (along the dim or dims) are not zero, as int64.

    >>> torch.count_nonzero(torch.tensor([0, 3, 0, 1]))
    tensor(2)
    """
    array = require_tensor(input, "count_nonzero")._array
    dims = None if dim is None else wrap_dims(dim, array.ndim)
    result = _new(Tensor)
    result._array = as_array(np.count_nonzero(array != 0, dims), np.int64)
    return result


# ---- logsumexp


def _logsumexp_kernel(input: ndarray, *, dim: Any, keepdim: bool) -> Any:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    if not wide.size:
        with np.errstate(all="ignore"):
            return np.log(np.add.reduce(wide, dim, keepdims=keepdim)).astype(input.dtype)
    top = np.maximum.reduce(wide.real, dim, keepdims=True)
    top = np.where(np.isinf(top), 0, top).astype(top.dtype)
    with np.errstate(all="ignore"):
        out = np.log(add_up(np.exp(wide - top), dim, True)) + top
    if not keepdim:
        out = np.squeeze(out, dim)
    return out.astype(input.dtype, copy=False)


_logsumexp = Op(
    "logsumexp",
    _logsumexp_kernel,
    (
        lambda g, input, result, dim, keepdim: (
            spread(g, input.shape, dim, keepdim)
            * (input - spread(result.masked_fill(result.isinf(), 0), input.shape, dim, keepdim))
            .exp()
            .conj()
        ),
    ),
    batch=along("dim"),
)


def logsumexp(
    input: Tensor, dim: Any, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """log(sum(exp(input))) over the dim or dims, without overflow.

    >>> torch.logsumexp(torch.tensor([1000.0, 1000.0]), 0)
    tensor(1000.6932)
    """
    if require_tensor(input, "logsumexp")._array.dtype.kind in "iub":
        input = input.to(dtypes.get_default_dtype())
    result = _logsumexp(input, dim=wrap_dims(dim, input._array.ndim), keepdim=keepdim)
    return result if out is None else write_out(out, result)


for _function in (
    sum, mean, sum_to_size, nansum, nanmean, prod, any, all, count_nonzero, logsumexp,
):  # fmt: skip
    method(_function)
