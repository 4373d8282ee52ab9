"""Order: sort, argsort, topk, kthvalue, mode, unique, aminmax.

NaN counts as the largest number, as in PyTorch; equal elements keep their order.
May import: core, tensor, ops.
"""

from collections import namedtuple
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, HALVES
from ..core.layout import wrap_dim
from ..core.tracing import as_array
from ..tensor import Tensor, method, ndarray, wrap
from .extremes import _result_type as pair_type
from .op import Op
from .reduce import require_tensor

__all__ = ["aminmax", "argsort", "kthvalue", "mode", "msort", "sort", "topk", "unique"]

SORT, TOPK, MODE, KTHVALUE = [pair_type(name) for name in ("sort", "topk", "mode", "kthvalue")]


class AMinMax(namedtuple("aminmax", ("min", "max"))):
    """The smallest and the largest element."""

    __slots__ = ()

    def __repr__(self) -> str:
        low, high = self
        return f"torch.return_types.aminmax(\nmin={low!r},\nmax={high!r})"


def order_of(input: ndarray, dim: int, descending: bool) -> ndarray:
    """The indices that sort the input along dim; equal elements keep their order."""
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    if not descending:
        return np.argsort(wide, dim, kind="stable")
    # from the back, so that equal elements keep their order when all is turned around
    found = np.argsort(np.flip(wide, dim), dim, kind="stable")
    return np.ascontiguousarray(input.shape[dim] - 1 - np.flip(found, dim))


def _sort_kernel(input: ndarray, *, dim: int, descending: bool, count: int | None) -> tuple:
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    order = order_of(input, dim, descending)
    if count is not None:
        cut = [slice(None)] * input.ndim
        cut[dim] = slice(0, count)
        order = np.ascontiguousarray(order[tuple(cut)])
    return np.take_along_axis(input, order, dim), order


def _back_in_place(g: Any, input_shape: tuple, result: Any, dim: int) -> Tensor:
    if not input_shape:
        return g[0] * 1
    return g[0].new_zeros(input_shape).scatter(dim, result[1].detach(), g[0])


_VJP = (lambda g, input_shape, result, dim: _back_in_place(g, input_shape, result, dim),)
_sort = Op("sort", _sort_kernel, _VJP)
_topk = Op("topk", _sort_kernel, _VJP)


def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The elements in order along a dim, and where each stood: a pair (values, indices).

    >>> torch.sort(torch.tensor([3.0, 1.0, 2.0])).indices
    tensor([1, 2, 0])
    """
    dim = wrap_dim(dim, require_tensor(input, "sort")._array.ndim)
    return SORT(*_sort(input, dim=dim, descending=descending, count=None))


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dim.

    >>> torch.msort(torch.tensor([2, 1]))
    tensor([1, 2])
    """
    return sort(input, 0)[0]


def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> Tensor:
    """The indices that put the elements in order along a dim.

    >>> torch.argsort(torch.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    array = require_tensor(input, "argsort")._array
    dim = wrap_dim(dim, array.ndim)
    return wrap(order_of(array, dim, descending) if array.ndim else np.zeros((), np.int64))


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along a dim, in order: a pair (values, indices).

    RuntimeError when there are fewer than k.

    >>> torch.topk(torch.tensor([1.0, 3.0, 2.0]), 2).values
    tensor([3., 2.])
    """
    array = require_tensor(input, "topk")._array
    dim = wrap_dim(dim, array.ndim)
    length = array.shape[dim] if array.ndim else 1
    if not 0 <= k <= length:
        raise RuntimeError(
            f"selected index k out of range: k is {k}, and dim {dim} has {length} elements"
        )
    return TOPK(*_topk(input, dim=dim, descending=largest, count=k))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along a dim (k counts from 1): a pair (values, indices).

    >>> torch.kthvalue(torch.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    array = require_tensor(input, "kthvalue")._array
    dim = wrap_dim(dim, array.ndim)
    length = array.shape[dim] if array.ndim else 1
    if not 1 <= k <= length:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {dim}: k is {k} of {length}"
        )
    values, indices = sort(input, dim)
    if array.ndim:
        values, indices = values.narrow(dim, k - 1, 1), indices.narrow(dim, k - 1, 1)
        if not keepdim:
            values, indices = values.squeeze(dim), indices.squeeze(dim)
    return KTHVALUE(values, indices)


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along a dim (the smallest of several), and where it last stands.

    >>> torch.mode(torch.tensor([1, 2, 2, 3])).values
    tensor(2)
    """
    array = require_tensor(input, "mode")._array
    if not array.ndim:
        return MODE(input.clone(), wrap(np.zeros((), np.int64)))
    dim = wrap_dim(dim, array.ndim)
    lines = np.moveaxis(array, dim, -1)
    if not lines.shape[-1]:
        raise IndexError(f"mode(): Expected reduction dim {dim} to have non-zero size.")
    flat = lines.reshape(-1, lines.shape[-1])
    found = np.empty(len(flat), np.int64)
    for row, line in enumerate(flat):
        values, counts = np.unique(line, return_counts=True, equal_nan=False)
        found[row] = np.flatnonzero(line == values[counts.argmax()])[-1] if counts.size else 0
    indices = wrap(np.expand_dims(found.reshape(lines.shape[:-1]), dim))
    values = input.gather(dim, indices)
    return MODE(values, indices) if keepdim else MODE(values.squeeze(dim), indices.squeeze(dim))


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements (or slices along a dim) in order, where asked with inverse and counts.

    >>> torch.unique(torch.tensor([1, 3, 2, 3]), return_counts=True)
    (tensor([1, 2, 3]), tensor([1, 1, 2]))
    """
    array = require_tensor(input, "unique")._array
    wide = array.astype(np.float32) if array.dtype in HALVES else array
    axis = None if dim is None else wrap_dim(dim, array.ndim)
    values, inverse, counts = np.unique(
        wide, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    results = [wrap(values.astype(array.dtype, copy=False))]
    if return_inverse:
        shape = array.shape if axis is None else (array.shape[axis],)
        results.append(wrap(as_array(inverse, np.int64).reshape(shape)))
    if return_counts:
        results.append(wrap(as_array(counts, np.int64)))
    return results[0] if len(results) == 1 else tuple(results)


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, in all or along a dim: a pair (min, max).

    >>> torch.aminmax(torch.tensor([3.0, 1.0, 2.0])).max
    tensor(3.)
    """
    dims: Any = () if dim is None else dim
    if not require_tensor(input, "aminmax")._array.size and dim is None:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
            f"identity: the input is a {FROM_NUMPY[input._array.dtype]} of no elements"
        )
    return AMinMax(input.amin(dims, keepdim), input.amax(dims, keepdim))


for _function in (sort, msort, argsort, topk, kthvalue, mode, unique, aminmax):
    method(_function)
