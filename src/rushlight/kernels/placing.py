"""Index arrays turned into places in flat memory, where NumPy gathers and scatters quickest.

May import: core, kernels.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from ..core.dtype import HALVES
from ..core.layout import contiguous_strides, product
from ..core.tracing import contiguous
from .summation import add_rows

ndarray = np.ndarray


FEW = 1 << 12  # elements of an index whose offsets are kept for the next one of that shape


def _offsets(seen: tuple[int, ...], shape: tuple[int, ...], dim: int) -> ndarray:
    """What the positions in all dims but `dim` add to a place."""
    steps = contiguous_strides(shape)
    total = np.zeros((1,) * len(seen), np.int64)
    for d, size in enumerate(seen):
        if d != dim and size > 1:
            line = np.arange(0, size * steps[d], steps[d])
            total = total + line.reshape([-1] + [1] * (len(seen) - d - 1))
    return total


_kept_offsets = lru_cache(maxsize=256)(_offsets)


def flat_places(index: ndarray, shape: tuple[int, ...], dim: int) -> ndarray:
    """For every element of the index, its place in the flattened shape.

    It stands at its own position in every dim but `dim`, where it stands at its value.
    """
    if not index.size:
        return np.zeros(index.shape, np.int64)
    step = product(shape[dim + 1 :])
    places = index if step == 1 else index * np.int64(step)
    if index.ndim == 1:
        return places
    offsets = _kept_offsets if index.size <= FEW else _offsets
    return places + offsets(index.shape, shape, dim)


AT_ONCE = 1 << 15  # places that are worked out together: they stay in the cache


def _in_runs(index: ndarray, shape: tuple[int, ...], dim: int) -> Iterator[tuple[slice, ndarray]]:
    """`flat_places` for some rows of the index after the other, with the rows they are for."""
    count = len(index)
    rows = count if index.ndim == 1 else max(1, AT_ONCE * count // index.size)
    step = product(shape[1:]) if dim else 0
    if rows >= count:
        yield slice(None), flat_places(index, shape, dim)
        return
    for start in range(0, count, rows):
        run = slice(start, start + rows)
        places = flat_places(index[run], shape, dim)
        yield run, places + start * step if step and start else places


def take_along(array: ndarray, index: ndarray, dim: int) -> ndarray:
    """`array[i][index[i][j]]` for dim 1, and so on; the index may be the smaller one elsewhere."""
    if not index.size:
        return np.empty(index.shape, array.dtype)
    if not index.ndim:
        return array.reshape(-1)[index]
    if index.ndim == 1:
        return array.reshape(-1).take(index)
    if index.size <= FEW:
        return array.reshape(-1).take(flat_places(index, array.shape, dim))
    line = _one_line(index, dim)
    if line is not None:
        return np.take(_corner(array, index.shape, dim), line, dim)
    flat, out = contiguous(array).reshape(-1), np.empty(index.shape, array.dtype)
    for run, places in _in_runs(index, array.shape, dim):
        # in bounds by the caller's word; "wrap" spares NumPy its own look
        flat.take(places, out=out[run], mode="wrap")
    return out


def _one_line(index: ndarray, dim: int) -> ndarray | None:
    """The vector of indices that an index repeats in all other dims, if it does."""
    for d, (size, stride) in enumerate(zip(index.shape, index.strides, strict=True)):
        if d != dim and size > 1 and stride:
            return None
    return index[tuple([slice(None) if d == dim else 0 for d in range(index.ndim)])]


def _corner(array: ndarray, shape: tuple[int, ...], dim: int) -> ndarray:
    """The part that an index of this shape reaches: all of `dim`, the front of the other dims."""
    return array[tuple([slice(None) if d == dim else slice(size) for d, size in enumerate(shape)])]


def slices(index: ndarray, shape: tuple[int, ...], dim: int) -> ndarray:
    """The vector of indices, seen once for every element of the slices it names."""
    wide = index.reshape([-1 if d == dim else 1 for d in range(len(shape))])
    return np.broadcast_to(wide, (*shape[:dim], index.size, *shape[dim + 1 :]))


ROW = 128  # elements; slices from this length on are combined one by one, shorter ones all at once
BLOCK = 16  # elements that a slice must have side by side in memory for that


def scatter_into(
    out: ndarray, index: ndarray, values: ndarray, dim: int, ufunc: np.ufunc | None = None
) -> None:
    """Puts the values where the index says along a dim, or combines them with what stands there.

    A place that is named several times is combined with every value. `out` is contiguous.
    """
    if index.size <= FEW and ufunc is None:
        out.reshape(-1)[flat_places(index, out.shape, dim)] = values
        return
    line = None if index.ndim == 1 or values.size < ROW else _one_line(index, dim)
    if (
        line is not None
        and values.size >= ROW * line.size
        and (ufunc is None or product(index.shape[dim + 1 :]) >= BLOCK)
    ):
        rows = _corner(out, index.shape, dim).swapaxes(0, dim)
        parts = values.swapaxes(0, dim)
        if ufunc is None:
            rows[line] = parts
        elif ufunc is np.add:
            add_rows(rows, line, parts)
        else:
            for place, part in zip(line.tolist(), parts, strict=True):
                ufunc(rows[place], part, out=rows[place])
        return
    flat = out.reshape(-1)
    for run, places in _in_runs(index, out.shape, dim):
        if ufunc is None:
            flat[places] = values[run]
        else:
            combine_flat(flat, places, values[run], ufunc)


def combine_flat(out: ndarray, places: ndarray, values: ndarray, ufunc: np.ufunc = np.add) -> None:
    """out.flat[places] += values, where a place that is named twice gets both values.

    `out` is contiguous; so are places and values made here, which NumPy then runs through quickly.
    """
    ufunc.at(out.reshape(-1), contiguous(places).reshape(-1), contiguous(values).reshape(-1))


def wide_copy(array: ndarray) -> ndarray:
    """A contiguous copy, of at least one dim, in which halves are summed as float32."""
    dtype = np.float32 if array.dtype in HALVES else array.dtype
    return np.array(array, dtype, order="C", ndmin=1)


def nonzero_places(array: ndarray) -> list[ndarray]:
    """For each dim, the positions of all elements that are not zero."""
    if array.size <= FEW:
        return [contiguous(places) for places in array.nonzero()]
    flat = np.flatnonzero(contiguous(array))
    found = []
    for size in reversed(array.shape[1:]):
        rest = flat // size
        flat -= rest * size
        found.append(flat)
        flat = rest
    return [flat, *reversed(found)]
