"""Index arrays turned into places in flat memory, where NumPy gathers and scatters quickest.

May import: core.
"""

from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.layout import contiguous_strides
from ..core.tracing import contiguous

ndarray = np.ndarray


def flat_places(index: ndarray, shape: tuple[int, ...], dim: int) -> ndarray:
    """For every element of the index, its place in the flattened shape.

    It stands at its own position in every dim but `dim`, where it stands at its value.
    """
    if not index.size:
        return np.zeros(index.shape, np.int64)
    steps = contiguous_strides(shape)
    places = index.astype(np.int64) if steps[dim] == 1 else index * np.int64(steps[dim])
    for d, size in enumerate(index.shape):
        if d != dim and size > 1:
            line = np.arange(0, size * steps[d], steps[d])
            places += line.reshape([-1] + [1] * (index.ndim - d - 1))
    return places


def take_along(array: ndarray, index: ndarray, dim: int) -> ndarray:
    """`array[i][index[i][j]]` for dim 1, and so on; the index may be the smaller one elsewhere."""
    if not index.size:
        return np.empty(index.shape, array.dtype)
    if not index.ndim:
        return array.reshape(-1)[index]
    places = flat_places(index, array.shape or (1,), dim)
    # in bounds by the caller's word; "wrap" spares NumPy its own look
    return contiguous(array).reshape(-1).take(places, mode="wrap")


def slices(index: ndarray, shape: tuple[int, ...], dim: int) -> ndarray:
    """The vector of indices, seen once for every element of the slices it names."""
    wide = index.reshape([-1 if d == dim else 1 for d in range(len(shape))])
    return np.broadcast_to(wide, (*shape[:dim], index.size, *shape[dim + 1 :]))


def _reduce_at(ufunc: Any, out: ndarray, places: ndarray, values: ndarray) -> None:
    flat = out.reshape(-1)
    ufunc.at(flat, places.reshape(-1), contiguous(values).reshape(-1))


def add_flat(out: ndarray, places: ndarray, values: ndarray) -> None:
    """out.flat[places] += values, where a place that is named twice gets both values."""
    _reduce_at(np.add if out.dtype.kind != "b" else np.logical_or, out, places, values)


def wide_copy(array: ndarray) -> ndarray:
    """A contiguous copy, of at least one dim, in which halves are summed as float32."""
    dtype = np.float32 if array.dtype in HALVES else array.dtype
    return np.array(array, dtype, order="C", ndmin=1)
