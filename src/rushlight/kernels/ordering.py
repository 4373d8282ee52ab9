"""Sorting on arrays, stable, with NaN last: the order of all elements, or of the first few.

A value and its place are packed into one 64-bit key, whose plain sort is then stable and several
times quicker than NumPy's stable argsort. Values of 64 bits do not leave room for a place: those
are sorted by themselves, and runs of equal ones put in order by a second sort.
May import: core.
"""

import numpy as np

from ..core.batch import one_by_one
from ..core.dtype import HALVES
from ..core.tracing import contiguous

ndarray = np.ndarray
PLACE = 32  # bits of a key that hold the place
SMALL = 128  # elements; below, NumPy's own stable argsort costs less than the packing


def ranks(values: ndarray, descending: bool) -> ndarray:
    """Signed integers in the order of the values: NaN the largest, -0.0 equal to 0.0."""
    if values.dtype in HALVES:
        values = values.astype(np.float32)
    kind = values.dtype.kind
    if kind == "f":
        wide = values.itemsize == 8
        values = values + values.dtype.type(0)  # -0.0 becomes 0.0
        np.copyto(values, np.nan, where=np.isnan(values))
        bits = values.view(np.int64 if wide else np.int32)
        # of two negative floats the one with the larger bits is the smaller
        bits ^= (bits >> (63 if wide else 31)) & (np.iinfo(bits.dtype).max)
    else:
        bits = values.astype(np.int32) if values.itemsize < 4 else values
    return ~bits if descending else bits


def _narrow(bits: ndarray) -> bool:
    """Whether the ranks leave room for a place."""
    return bits.itemsize < 8 or (bits.min() >= -(1 << PLACE - 1) and bits.max() < 1 << PLACE - 1)


def _keys(bits: ndarray) -> ndarray:
    """Keys that sort by rank, then by place along the last dim."""
    keys = bits.astype(np.int64)
    keys <<= PLACE
    keys |= np.arange(bits.shape[-1])
    return keys


def _places(keys: ndarray) -> ndarray:
    keys &= (1 << PLACE) - 1
    return keys


def order_last(values: ndarray, descending: bool = False) -> ndarray:
    """The places that sort each line of the last dim; equal elements keep their order."""
    if values.shape[-1] < SMALL or not values.size or values.dtype.kind == "c":
        return _small_order(values, descending)
    if values.itemsize == 1:  # NumPy sorts bytes by counting them
        return (values if not descending else ~values).argsort(axis=-1, kind="stable")
    bits = ranks(values, descending)
    if _narrow(bits):
        keys = _keys(bits)
        keys.sort(axis=-1)
        return _places(keys)
    order = bits.argsort(axis=-1)
    sorted_ = np.take_along_axis(bits, order, -1)
    new = sorted_[..., 1:] != sorted_[..., :-1]
    if new.all():
        return order
    keys = np.zeros(order.shape, np.int64)
    np.cumsum(new, axis=-1, out=keys[..., 1:])
    keys <<= PLACE
    keys |= order
    keys.sort(axis=-1)
    return _places(keys)


def _small_order(values: ndarray, descending: bool, count: int | None = None) -> ndarray:
    """The order of each line by NumPy's own stable sort, or the first `count` places of it."""
    if values.dtype in HALVES:
        values = values.astype(np.float32)
    if not descending:
        found = values.argsort(axis=-1, kind="stable")
        return found if count is None else contiguous(found[..., :count])
    # from the back, so that equal elements keep their order when all is turned around
    found = values[..., ::-1].argsort(axis=-1, kind="stable")
    return contiguous(values.shape[-1] - 1 - found[..., ::-1][..., :count])


def first_last(values: ndarray, count: int, descending: bool = False) -> ndarray:
    """The places of the first `count` elements in order, of each line of the last dim.

    Of equal elements those that stand first.
    """
    length = values.shape[-1]
    if length < SMALL or not values.size:
        return _small_order(values, descending, count)
    if not 0 < count < length // 4:
        return contiguous(order_last(values, descending)[..., :count])
    bits = ranks(values, descending)
    last = np.partition(bits, count - 1, axis=-1)[..., count - 1 : count]
    chosen = bits <= last
    places = np.flatnonzero(chosen)
    lines = values.size // length
    if places.size > lines * count:  # more than one is equal to the last
        before, equal = bits < last, bits == last
        missing = count - before.sum(-1, keepdims=True)
        chosen = before | (equal & (equal.cumsum(-1) <= missing))
        places = np.flatnonzero(chosen)
    places = (places % length).reshape(*values.shape[:-1], count)
    order = np.take_along_axis(bits, places, -1).argsort(axis=-1, kind="stable")
    return np.take_along_axis(places, order, -1)


@one_by_one
def order(values: ndarray, dim: int, descending: bool = False) -> ndarray:
    """The places that sort the values along a dim; equal elements keep their order."""
    if dim == values.ndim - 1:
        return order_last(values, descending)
    found = order_last(contiguous(values.swapaxes(dim, -1)), descending)
    return contiguous(found.swapaxes(dim, -1))


def order_rows(rows: ndarray) -> ndarray:
    """The order of the rows of a matrix, compared element by element from the left; stable."""
    if not rows.size:
        return np.arange(len(rows))
    bits = ranks(rows, False)
    unsigned = np.dtype(f"u{bits.itemsize}")
    # as big-endian numbers the bytes of a row compare as the row does
    keys = bits.view(unsigned) ^ unsigned.type(1 << 8 * bits.itemsize - 1)
    keys = keys.astype(unsigned.newbyteorder(">"))
    return keys.view(f"V{keys[0].nbytes}").reshape(-1).argsort(kind="stable")
