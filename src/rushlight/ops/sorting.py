"""Order: sort, argsort, topk, kthvalue, mode, aminmax.

NaN counts as the largest number, as in PyTorch; equal elements keep their order.
May import: core, kernels, tensor, ops.
"""

from collections import namedtuple
from typing import Any

import numpy as np

from ..core.batch import one_by_one
from ..core.dtype import FROM_NUMPY
from ..core.layout import wrap_dim
from ..core.tracing import contiguous
from ..kernels import ordering
from ..kernels.placing import take_along
from ..tensor import Tensor, method, ndarray, wrap
from .batching import along
from .extremes import result_type as pair_type
from .inplace import write_out, write_outs
from .op import Op
from .reduce import require_tensor

__all__ = ["aminmax", "argsort", "kthvalue", "mode", "msort", "sort", "topk"]

SORT, TOPK, MODE, KTHVALUE = [pair_type(name) for name in ("sort", "topk", "mode", "kthvalue")]


class AMinMax(namedtuple("aminmax", ("min", "max"))):
    """The smallest and the largest element."""

    __slots__ = ()

    def __repr__(self) -> str:
        low, high = self
        return f"torch.return_types.aminmax(\nmin={low!r},\nmax={high!r})"


def _picked(input: ndarray, places: ndarray, dim: int) -> tuple[ndarray, ndarray]:
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    return take_along(input, places, dim), places


def _sort_kernel(input: ndarray, *, dim: int, descending: bool) -> tuple:
    return _picked(input, ordering.order(input, dim, descending) if input.ndim else input, dim)


def _first_kernel(input: ndarray, *, dim: int, descending: bool, count: int) -> tuple:
    if not input.ndim:
        return _picked(input, input, dim) if count else (input.reshape(1)[:0], np.zeros(0, int))
    if dim == input.ndim - 1:
        return _picked(input, ordering.first_last(input, count, descending), dim)
    places = ordering.first_last(contiguous(input.swapaxes(dim, -1)), count, descending)
    return _picked(input, contiguous(places.swapaxes(dim, -1)), dim)


def _back_in_place(g: Any, input_shape: tuple, result: Any, dim: int) -> Tensor:
    if not input_shape:
        return g[0] * 1
    return g[0].new_zeros(input_shape).scatter(dim, result[1].detach(), g[0])


_VJP = (lambda g, input_shape, result, dim: _back_in_place(g, input_shape, result, dim),)
_sort = Op("sort", _sort_kernel, _VJP, batch=along("dim"))
_topk = Op("topk", _first_kernel, _VJP, batch=along("dim"))


def _ordered(input: Tensor, name: str) -> ndarray:
    """The array of a tensor whose elements have an order; complex numbers have none."""
    array = require_tensor(input, name)._array
    if array.dtype.kind == "c":
        error = NotImplementedError if name in ("kthvalue", "mode", "aminmax") else RuntimeError
        raise error(
            f"\"{name}_cpu\" not implemented for '{input.dtype.title}': {name} does not support "
            "complex dtypes, which have no order"
        )
    return array


def sort(
    input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False, *, out: Any = None
) -> Any:
    """The elements in order along a dim, and where each stood: a pair (values, indices).

    Always stable. RuntimeError for complex numbers.

    >>> torch.sort(torch.tensor([3.0, 1.0, 2.0])).indices
    tensor([1, 2, 0])
    """
    dim = wrap_dim(dim, _ordered(input, "sort").ndim)
    result = SORT(*_sort(input, dim=dim, descending=descending))
    return result if out is None else write_outs(out, result)


def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements in order along the first dim.

    >>> torch.msort(torch.tensor([2, 1]))
    tensor([1, 2])
    """
    result = sort(input, 0)[0]
    return result if out is None else write_out(out, result)


def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> Tensor:
    """The indices that put the elements in order along a dim.

    >>> torch.argsort(torch.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    array = _ordered(input, "argsort")
    dim = wrap_dim(dim, array.ndim)
    if not array.ndim:
        return wrap(np.zeros((), np.int64))
    return wrap(ordering.order(array, dim, descending))


def topk(
    input: Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    out: Any = None,
) -> Any:
    """The k largest (or smallest) elements along a dim, in order: a pair (values, indices).

    RuntimeError when there are fewer than k, and for bool.

    >>> torch.topk(torch.tensor([1.0, 3.0, 2.0]), 2).values
    tensor([3., 2.])
    """
    array = _ordered(input, "topk")
    if array.dtype.kind == "b":
        raise RuntimeError("topk does not support bool dtypes on CPU: convert the input first")
    dim = wrap_dim(dim, array.ndim)
    length = array.shape[dim] if array.ndim else 1
    if not 0 <= k <= length:
        raise RuntimeError(
            f"selected index k out of range: k is {k}, and dim {dim} has {length} elements"
        )
    result = TOPK(*_topk(input, dim=dim, descending=largest, count=k))
    return result if out is None else write_outs(out, result)


def _dropped(values: Tensor, indices: Tensor, dim: int, keepdim: bool) -> tuple[Tensor, Tensor]:
    """Both without the dim of one element, unless it is to be kept."""
    if keepdim or not values._array.ndim:
        return values, indices
    return values.squeeze(dim), indices.squeeze(dim)


def kthvalue(
    input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None
) -> Any:
    """The k-th smallest element along a dim (k counts from 1): a pair (values, indices).

    RuntimeError when there are fewer than k, IndexError for an empty dim.

    >>> torch.kthvalue(torch.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    array = _ordered(input, "kthvalue")
    if array.dtype.kind == "b":
        raise NotImplementedError(
            "\"kthvalue_cpu\" not implemented for 'Bool': convert the input first"
        )
    dim = wrap_dim(dim, array.ndim)
    length = array.shape[dim] if array.ndim else 1
    if not length:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    if not 1 <= k <= length:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {dim}: k is {k} of {length}"
        )
    values, indices = _topk(input, dim=dim, descending=False, count=k)
    if array.ndim:
        values, indices = values.narrow(dim, k - 1, 1), indices.narrow(dim, k - 1, 1)
    result = KTHVALUE(*_dropped(values, indices, dim, keepdim))
    return result if out is None else write_outs(out, result, apart_from=(input,))


@one_by_one
def _most_frequent(lines: ndarray) -> ndarray:
    """For each line, the last place of its most frequent element (the smallest of several)."""
    count, length = lines.shape
    order = ordering.order_last(lines)
    values = np.take_along_axis(lines, order, 1)
    first = np.ones(lines.shape, bool)
    np.not_equal(values[:, 1:], values[:, :-1], out=first[:, 1:])
    starts = np.flatnonzero(first)
    lengths = np.diff(starts, append=lines.size)
    line_of = starts // length
    longest = np.maximum.reduceat(lengths, np.searchsorted(line_of, np.arange(count)))
    best = np.flatnonzero(lengths == longest[line_of])
    chosen = best[np.searchsorted(line_of[best], np.arange(count))]
    return order.reshape(-1)[starts[chosen] + lengths[chosen] - 1]


def mode(input: Tensor, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """The most frequent element along a dim (the smallest of several), and where it last stands.

    IndexError for an empty dim.

    >>> torch.mode(torch.tensor([1, 2, 2, 3])).values
    tensor(2)
    """
    array = _ordered(input, "mode")
    dim = wrap_dim(dim, array.ndim)
    if not array.ndim:
        result = MODE(input.clone(), wrap(np.zeros((), np.int64)))
        return result if out is None else write_outs(out, result)
    lines = np.moveaxis(array, dim, -1)
    if not lines.shape[-1]:
        raise IndexError(f"mode(): Expected reduction dim {dim} to have non-zero size.")
    found = np.zeros(lines.shape[:-1], np.int64)
    if found.size:
        found = _most_frequent(lines.reshape(-1, lines.shape[-1])).reshape(found.shape)
    indices = wrap(np.expand_dims(found, dim))
    result = MODE(*_dropped(input.gather(dim, indices), indices, dim, keepdim))
    return result if out is None else write_outs(out, result)


def aminmax(
    input: Tensor, *, dim: int | None = None, keepdim: bool = False, out: Any = None
) -> Any:
    """The smallest and the largest element, in all or along a dim: a pair (min, max).

    >>> torch.aminmax(torch.tensor([3.0, 1.0, 2.0])).max
    tensor(3.)
    """
    dims: Any = () if dim is None else dim
    array = _ordered(input, "aminmax")
    if dim is not None and array.ndim and not array.shape[wrap_dim(dim, array.ndim)]:
        raise IndexError(f"aminmax: Expected reduction dim {dim} to have non-zero size.")
    if not array.size and dim is None:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
            f"identity: the input is a {FROM_NUMPY[array.dtype]} of no elements"
        )
    result = AMinMax(input.amin(dims, keepdim), input.amax(dims, keepdim))
    return result if out is None else write_outs(out, result)


for _function in (sort, msort, argsort, topk, kthvalue, mode, aminmax):
    method(_function)
