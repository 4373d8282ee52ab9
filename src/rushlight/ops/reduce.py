"""Reductions: sums, means, extremes, spreads and norms over some or all dims.

May import: core, tensor, ops.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import FROM_NUMPY, HALVES
from ..core.layout import Shape, product, wrap_dim, wrap_dims
from ..tensor import Tensor, method, wrap
from .inplace import write_out
from .joining import cat
from .op import Op

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "median",
    "min",
    "norm",
    "prod",
    "std",
    "sum",
    "var",
]

BLOCK = 256  # rows summed one after the other before their sums are summed


def _sum_array(x: np.ndarray, axes: Shape, keepdim: bool) -> np.ndarray:
    """A sum whose rounding error grows slowly: NumPy sums rows pairwise, but columns one by one."""
    dtype = np.float32 if x.dtype in HALVES else None
    if x.ndim > 1 and axes and 0 in axes and x.ndim - 1 not in axes and x.shape[0] > BLOCK:
        whole = x.shape[0] // BLOCK * BLOCK
        blocks = x[:whole].reshape(-1, BLOCK, *x.shape[1:]).sum(axis=1, dtype=dtype)
        first = _sum_array(blocks, (0,), True)
        if whole < x.shape[0]:
            first = first + x[whole:].sum(axis=0, keepdims=True, dtype=dtype)
        rest = tuple([a for a in axes if a])
        out = np.add.reduce(first, axis=rest, keepdims=True) if rest else first
        if not keepdim:
            out = out.reshape([n for i, n in enumerate(x.shape) if i not in axes])
    else:
        out = np.add.reduce(x, axis=axes, keepdims=keepdim, dtype=dtype)
    return out if dtype is None else np.asarray(out).astype(x.dtype)


def _expand_back(g: Tensor, shape: Shape, dims: Shape, keepdim: bool) -> Tensor:
    """The gradient of a reduction, standing again over every element that went into it."""
    if not keepdim and g._array.ndim:
        g = g.reshape([1 if i in dims else n for i, n in enumerate(shape)])
    return g.expand(shape)


_SUM_VJP = (lambda g, input_shape, dims, keepdim: _expand_back(g, input_shape, dims, keepdim),)


def _sum_kernel(input: Any, *, dims: Shape, keepdim: bool) -> np.ndarray:
    return _sum_array(input, dims, keepdim)


def _mean_kernel(input: Any, *, dims: Shape, keepdim: bool) -> np.ndarray:
    count = product([input.shape[d] for d in dims])
    if input.dtype in HALVES:
        total = _sum_array(input.astype(np.float32), dims, keepdim)
        return np.asarray(total / np.float32(count)).astype(input.dtype)
    total = _sum_array(input, dims, keepdim)
    return total / total.dtype.type(count)


_MEAN_VJP = (
    lambda g, input_shape, dims, keepdim: _expand_back(
        g / product([input_shape[d] for d in dims]), input_shape, dims, keepdim
    ),
)
_sum_all = Op("sum", _sum_kernel, _SUM_VJP, backward="SumBackward0")
_sum_dims = Op("sum_dims", _sum_kernel, _SUM_VJP, backward="SumBackward1")
_mean_all = Op("mean", _mean_kernel, _MEAN_VJP, backward="MeanBackward0")
_mean_dims = Op("mean_dims", _mean_kernel, _MEAN_VJP, backward="MeanBackward1")


def sum(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """The sum over the dims, or over all; of integers and bools in int64.

    >>> torch.sum(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
    tensor([4., 6.])
    """
    array = input._array
    if dtype is not None:
        input = input.to(dtype)
    elif array.dtype.kind in "biu" and array.dtype != np.int64:
        input = input.to(dtypes.int64)
    if dim is None:
        result = _sum_all(input, dims=tuple(range(array.ndim)), keepdim=keepdim)
    else:
        result = _sum_dims(input, dims=wrap_dims(dim, array.ndim), keepdim=keepdim)
    return result if out is None else write_out(out, result)


def mean(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """The mean over the dims, or over all; RuntimeError for integers and bools.

    >>> torch.mean(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(2.5000)
    """
    if dtype is not None:
        input = input.to(dtype)
    array = input._array
    if array.dtype.kind in "biu":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {FROM_NUMPY[array.dtype].title}"
        )
    if dim is None:
        result = _mean_all(input, dims=tuple(range(array.ndim)), keepdim=keepdim)
    else:
        result = _mean_dims(input, dims=wrap_dims(dim, array.ndim), keepdim=keepdim)
    return result if out is None else write_out(out, result)


@method
def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """The sum over the dims along which `size` would broadcast to this shape."""
    shape = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    array = input._array
    lead = array.ndim - len(shape)
    dims = tuple(range(lead)) + tuple(
        [i + lead for i, n in enumerate(shape) if n == 1 and array.shape[i + lead] != 1]
    )
    result = _sum_dims(input, dims=dims, keepdim=True) if dims else input
    return result.reshape(shape) if lead else result


def _var_kernel(input: Any, *, dims: Shape, keepdim: bool, correction: float) -> np.ndarray:
    x = input.astype(np.float32) if input.dtype in HALVES else input
    count = product([x.shape[d] for d in dims])
    centre = _sum_array(x, dims, True) / x.real.dtype.type(np.maximum(count, 1))
    apart = x - centre
    squares = apart * apart if x.dtype.kind != "c" else (apart * apart.conj()).real
    with np.errstate(all="ignore"):
        divisor = squares.dtype.type(np.maximum(count - correction, 0))
        return np.asarray(_sum_array(squares, dims, keepdim) / divisor).astype(
            input.dtype if input.dtype in HALVES else squares.dtype
        )


def _spread_slope(input: Tensor, dims: Shape, correction: float) -> Tensor:
    count = product([input._array.shape[d] for d in dims])
    return (input - input.mean(dims, True)) / np.maximum(count - correction, 0)


_var = Op(
    "var",
    _var_kernel,
    (
        lambda g, input, dims, keepdim, correction: (
            _expand_back(g, input.shape, dims, keepdim)
            * (_spread_slope(input, dims, correction) * 2)
        ),
    ),
)
_std = Op(
    "std",
    lambda input, *, dims, keepdim, correction: np.sqrt(
        _var_kernel(input, dims=dims, keepdim=keepdim, correction=correction)
    ),
    (
        lambda g, input, result, dims, keepdim, correction: (
            _expand_back((g / result).masked_fill(result == 0, 0), input.shape, dims, keepdim)
            * _spread_slope(input, dims, correction)
        ),
    ),
)


def _spread(op: Op, input: Tensor, dim: Any, unbiased: Any, correction: Any, keepdim: bool) -> Any:
    if isinstance(dim, bool):  # std(unbiased)
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)
    if input._array.dtype.kind in "biu":
        raise RuntimeError(
            f"{op.name} and its relatives only support floating point and complex dtypes"
        )
    dims = wrap_dims(dim, input._array.ndim)
    correction = 1 if correction is None else correction
    return op(input, dims=dims, keepdim=keepdim, correction=correction)


def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """The variance over the dims: squared distances from the mean over (n - correction).

    `correction` is 1 unless given. RuntimeError for integers.

    >>> torch.var(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    result = _spread(_var, input, dim, unbiased, correction, keepdim)
    return result if out is None else write_out(out, result)


def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """The standard deviation over the dims, the root of `var`.

    >>> torch.std(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    result = _spread(_std, input, dim, unbiased, correction, keepdim)
    return result if out is None else write_out(out, result)


# ---- extremes


def _even_share(g: Tensor, input: Tensor, result: Tensor, dims: Shape, keepdim: bool) -> Tensor:
    """The gradient shared evenly by the elements that are the extreme."""
    peak = _expand_back(result, input.shape, dims, keepdim)
    mask = (input == peak).to(g.dtype)
    return _expand_back(g, input.shape, dims, keepdim) * mask / mask.sum(dims, True)


_EXTREME_VJP = (
    lambda g, input, result, dims, keepdim: _even_share(g, input, result, dims, keepdim),
)
_amax = Op(
    "amax",
    lambda input, *, dims, keepdim: np.maximum.reduce(input, axis=dims, keepdims=keepdim),
    _EXTREME_VJP,
)
_amin = Op(
    "amin",
    lambda input, *, dims, keepdim: np.minimum.reduce(input, axis=dims, keepdims=keepdim),
    _EXTREME_VJP,
)
_max_all = Op("max_all", _amax.kernel, _EXTREME_VJP, backward="MaxBackward1")
_min_all = Op("min_all", _amin.kernel, _EXTREME_VJP, backward="MinBackward1")


def _pick(find: Callable) -> Callable:
    def kernel(input: Any, *, dim: int, keepdim: bool) -> tuple:
        if not input.ndim:
            return input.copy(), np.zeros((), np.int64)
        indices = np.expand_dims(find(input, axis=dim), dim)
        values = np.take_along_axis(input, indices, dim)
        if not keepdim:
            values, indices = values.squeeze(dim), indices.squeeze(dim)
        return np.asarray(values), np.asarray(indices, np.int64)

    return kernel


def _pick_vjp(g: Any, input: Any, result: Any, dim: int, keepdim: bool) -> Tensor:
    slope, indices = g[0], result[1].detach()
    zero = wrap(np.zeros(input._array.shape, input._array.dtype))
    if not input._array.ndim:
        return zero + slope
    if not keepdim:
        slope, indices = slope.unsqueeze(dim), indices.unsqueeze(dim)
    return zero.scatter(dim, indices, slope)


_max_dim = Op("max_dim", _pick(np.argmax), (_pick_vjp,), backward="MaxBackward0")
_min_dim = Op("min_dim", _pick(np.argmin), (_pick_vjp,), backward="MinBackward0")


def _result_type(name: str) -> Any:
    """The named pair that PyTorch returns, printed over two lines."""

    class Pair(namedtuple(name, ("values", "indices"))):
        __slots__ = ()

        def __repr__(self) -> str:
            values, indices = self
            return f"torch.return_types.{name}(\nvalues={values!r},\nindices={indices!r})"

    Pair.__name__ = Pair.__qualname__ = name
    return Pair


MAX, MIN, MEDIAN = _result_type("max"), _result_type("min"), _result_type("median")


def _extreme(name: str, input: Tensor, dim: Any, keepdim: bool) -> Any:
    whole, along, pair = (_max_all, _max_dim, MAX) if name == "max" else (_min_all, _min_dim, MIN)
    array = input._array
    if dim is None:
        if not array.size:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
                "Specify the reduction dim with the 'dim' argument."
            )
        return whole(input, dims=tuple(range(array.ndim)), keepdim=False)
    dim = wrap_dim(dim, array.ndim)
    if array.ndim and not array.shape[dim]:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
    return pair(*along(input, dim=dim, keepdim=keepdim))


def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The largest element; along `dim` a pair (values, indices); of two tensors, `maximum`.

    >>> torch.max(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1).indices
    tensor([1, 0])
    """
    if isinstance(dim, Tensor):
        return input.maximum(dim)
    return _extreme("max", input, dim, keepdim)


def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The smallest element; along `dim` a pair (values, indices); of two tensors, `minimum`.

    >>> torch.min(torch.tensor([[1.0, 5.0], [7.0, 2.0]]))
    tensor(1.)
    """
    if isinstance(dim, Tensor):
        return input.minimum(dim)
    return _extreme("min", input, dim, keepdim)


def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The largest element over the dims; equal ones share the gradient.

    >>> torch.amax(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), 0)
    tensor([7., 5.])
    """
    return _amax(input, dims=wrap_dims(dim, input._array.ndim), keepdim=keepdim)


def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The smallest element over the dims; equal ones share the gradient.

    >>> torch.amin(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), 0)
    tensor([1., 2.])
    """
    return _amin(input, dims=wrap_dims(dim, input._array.ndim), keepdim=keepdim)


def _position(find: Callable, name: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    array = input._array
    if dim is None:
        if not array.size:
            raise IndexError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        found = np.asarray(find(array), np.int64)
        return wrap(found.reshape((1,) * array.ndim) if keepdim else found)
    dim = wrap_dim(dim, array.ndim)
    if not array.ndim:
        return wrap(np.zeros((), np.int64))
    return wrap(np.asarray(find(array, axis=dim, keepdims=keepdim), np.int64))


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the largest element, of the flattened tensor or along `dim`.

    >>> torch.argmax(torch.tensor([[1.0, 5.0], [7.0, 2.0]])), torch.tensor([3, 9]).argmax(0)
    (tensor(2), tensor(1))
    """
    return _position(np.argmax, "argmax", input, dim, keepdim)


def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the smallest element, of the flattened tensor or along `dim`.

    >>> torch.argmin(torch.tensor([[1.0, 5.0], [7.0, 2.0]]))
    tensor(0)
    """
    return _position(np.argmin, "argmin", input, dim, keepdim)


# ---- products, logic, scans, norms

_prod = Op(
    "prod",
    lambda input, *, dims, keepdim: np.multiply.reduce(input, axis=dims, keepdims=keepdim),
    (lambda g, input, dims, keepdim: _prod_vjp(g, input, dims, keepdim),),
)


def _prod_vjp(g: Tensor, input: Tensor, dims: Shape, keepdim: bool) -> Tensor:
    """The product of the others, as one scan from each side, so that zeros do no harm."""
    moved = input.movedim(dims, tuple(range(-len(dims), 0)))
    flat = moved.reshape(*moved.shape[: moved.dim() - len(dims)], -1)
    ones = wrap(np.ones((*flat.shape[:-1], 1), input._array.dtype))
    before = cat([ones, flat.narrow(-1, 0, flat.shape[-1] - 1)], -1).cumprod(-1)
    after = cat([ones, flat.flip(-1).narrow(-1, 0, flat.shape[-1] - 1)], -1).cumprod(-1).flip(-1)
    others = (before * after).reshape(moved.shape).movedim(tuple(range(-len(dims), 0)), dims)
    return _expand_back(g, input.shape, dims, keepdim) * others


def prod(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product over a dim, or over all; of integers in int64.

    >>> torch.prod(torch.tensor([2.0, 3.0]))
    tensor(6.)
    """
    if dtype is not None:
        input = input.to(dtype)
    elif input._array.dtype.kind in "biu":
        input = input.to(dtypes.int64)
    return _prod(input, dims=wrap_dims(dim, input._array.ndim), keepdim=keepdim)


def _logic(reduce: Callable, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    found = np.asarray(
        reduce(input._array, axis=wrap_dims(dim, input._array.ndim), keepdims=keepdim)
    )
    return wrap(found.astype(np.uint8) if input._array.dtype == np.uint8 else found.astype(bool))


def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether any element is true (not zero).

    >>> torch.any(torch.tensor([[False, True], [False, False]]), dim=1)
    tensor([ True, False])
    """
    return _logic(np.any, input, dim, keepdim)


def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether all elements are true (not zero).

    >>> torch.all(torch.tensor([1, 2]))
    tensor(True)
    """
    return _logic(np.all, input, dim, keepdim)


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not zero.

    >>> torch.count_nonzero(torch.tensor([0, 3, 0, 1]))
    tensor(2)
    """
    dims = wrap_dims(dim, input._array.ndim)
    return wrap(np.asarray(np.count_nonzero(input._array, axis=dims), np.int64))


_cumsum = Op(
    "cumsum",
    lambda input, *, dim: np.add.accumulate(input, axis=dim) if input.ndim else input.copy(),
    (lambda g, dim: g.flip(dim).cumsum(dim).flip(dim),),
)


def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The sums of the elements so far along a dim; of integers in int64.

    >>> torch.cumsum(torch.tensor([1, 2, 3]), 0)
    tensor([1, 3, 6])
    """
    if dtype is not None:
        input = input.to(dtype)
    elif input._array.dtype.kind in "biu":
        input = input.to(dtypes.int64)
    return _cumsum(input, dim=wrap_dim(dim, input._array.ndim))


_cumprod = Op(
    "cumprod",
    lambda input, *, dim: np.multiply.accumulate(input, axis=dim) if input.ndim else input.copy(),
    (lambda g, input, result, dim: (g * result).flip(dim).cumsum(dim).flip(dim) / input,),
)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The products of the elements so far along a dim; of integers in int64.

    >>> torch.cumprod(torch.tensor([1, 2, 3]), 0)
    tensor([1, 2, 6])
    """
    if dtype is not None:
        input = input.to(dtype)
    elif input._array.dtype.kind in "biu":
        input = input.to(dtypes.int64)
    return _cumprod(input, dim=wrap_dim(dim, input._array.ndim))


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """log(sum(exp(input))) over the dims, from the largest element so that nothing overflows.

    >>> torch.logsumexp(torch.tensor([1000.0, 1000.0]), 0)
    tensor(1000.6932)
    """
    dims = wrap_dims(dim, input._array.ndim)
    peak = _amax(input.detach(), dims=dims, keepdim=True)
    peak = peak.masked_fill(peak.isinf(), 0)
    result = (input - peak).exp().sum(dims, True).log() + peak
    return result if keepdim else result.squeeze(dims)


def median(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The middle element (the lower of two); along `dim` a pair (values, indices).

    >>> torch.median(torch.tensor([3.0, 1.0, 2.0, 4.0]))
    tensor(2.)
    """
    if dim is None:
        flat = input.reshape(-1)
        order = np.argsort(flat._array, kind="stable")
        return flat[int(order[(flat._array.size - 1) // 2])]
    dim = wrap_dim(dim, input._array.ndim)
    order = np.argsort(input._array, axis=dim, kind="stable")
    middle = (input._array.shape[dim] - 1) // 2
    indices = wrap(np.take(order, [middle], axis=dim).astype(np.int64))
    values = input.gather(dim, indices)
    return MEDIAN(values, indices) if keepdim else MEDIAN(values.squeeze(dim), indices.squeeze(dim))


_norm2 = Op(
    "vector_norm",
    lambda input, *, dims, keepdim: np.sqrt(_sum_array((input * input.conj()).real, dims, keepdim)),
    (
        lambda g, input, result, dims, keepdim: (
            input
            * _expand_back((g / result).masked_fill(result == 0, 0), input.shape, dims, keepdim)
        ),
    ),
    backward="LinalgVectorNormBackward0",
)


def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The p-norm over the dims: (sum |x|^p)^(1/p); inf and -inf give the extremes, 0 the count.

    RuntimeError for integers.

    >>> torch.norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if dtype is not None:
        input = input.to(dtype)
    if input._array.dtype.kind in "biu":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            f"{FROM_NUMPY[input._array.dtype].title}"
        )
    dims = wrap_dims(dim, input._array.ndim)
    if p in ("fro", None) or p == 2:
        return _norm2(input, dims=dims, keepdim=keepdim)
    size = input.abs()
    if p == float("inf"):
        return _amax(size, dims=dims, keepdim=keepdim)
    if p == float("-inf"):
        return _amin(size, dims=dims, keepdim=keepdim)
    if p == 0:
        return (size != 0).to(size.dtype).sum(dims, keepdim)
    if p == 1:
        return size.sum(dims, keepdim)
    return size.pow(p).sum(dims, keepdim).pow(1.0 / p)


for _function in (
    sum, mean, var, std, max, min, amax, amin, argmax, argmin, prod, any, all, count_nonzero,
    cumsum, cumprod, logsumexp, median, norm,
):  # fmt: skip
    method(_function)
