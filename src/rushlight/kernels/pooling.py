"""What a window shows: its largest element and where that stands, or its sum.

Windows are boxes, so each dim is gone through on its own. An axis is a list with, for every place
in a window, the index of the elements that stand there: one element a window.
May import: core, kernels.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.layout import product
from ..core.tracing import contiguous

ndarray = np.ndarray
Axis = Sequence[Any]  # of slices or arrays of ints


@lru_cache(maxsize=256)
def regular_axis(kernel: int, stride: int, dilation: int, count: int) -> tuple[slice, ...]:
    """The axis of equal windows at equal distances; of a padded dim."""
    reach = (count - 1) * stride + 1
    return tuple([slice(p * dilation, p * dilation + reach, stride) for p in range(kernel)])


def adaptive_bounds(size: int, count: int) -> tuple[ndarray, ndarray]:
    """Where `count` windows that cover a dim evenly start, and where they end."""
    numbers = np.arange(count)
    return numbers * size // max(count, 1), -(-(numbers + 1) * size // max(count, 1))


def adaptive_axis(size: int, count: int) -> list[ndarray]:
    """The axis of those windows; the last element of a short one stands at several places."""
    starts, ends = adaptive_bounds(size, count)
    longest = int((ends - starts).max(initial=1))
    return [np.minimum(starts + place, ends - 1) for place in range(longest)]


def framed(input: ndarray, before: Sequence[int], after: Sequence[int], value: Any = 0) -> ndarray:
    """The input with so many elements of the value before and after each of its last dims."""
    if not any(before) and not any(after):
        return input
    lead = input.ndim - len(before)
    sizes = input.shape[lead:]
    ends = [b + size for b, size in zip(before, sizes, strict=True)]
    shape = (*input.shape[:lead], *[end + a for end, a in zip(ends, after, strict=True)])
    if value:
        out = np.full(shape, value, input.dtype, like=input)
    else:
        out = np.zeros(shape, input.dtype, like=input)
    out[(..., *[slice(b, end) for b, end in zip(before, ends, strict=True)])] = input
    return out


def lowest(dtype: Any) -> Any:
    """What no element is smaller than."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def _at(axis: int, index: Any) -> tuple:
    return (*(slice(None),) * axis, index)


def window_max(input: ndarray, axes: Sequence[Axis]) -> ndarray:
    """The largest element of each window; NaN where there is one."""
    lead = input.ndim - len(axes)
    for number, places in enumerate(axes):
        parts = [input[_at(lead + number, index)] for index in places]
        best = parts[0]
        if len(parts) > 1:
            best = np.maximum(parts[0], parts[1])
            for part in parts[2:]:
                np.maximum(best, part, out=best)
        input = best
    return _own(input, axes)


def window_argmax(input: ndarray, axes: Sequence[Axis]) -> tuple[ndarray, list[ndarray]]:
    """The largest elements, and the place of each in its window, a number a dim.

    The first in row-major order wins, as the last dims are gone through first.
    """
    best, found = _argmax(input, axes, False)
    if best.dtype.kind in "fV" and np.isnan(best).any():
        return _argmax(input, axes, True)
    return best, found


def _argmax(input: ndarray, axes: Sequence[Axis], heed_nan: bool) -> tuple[ndarray, list[ndarray]]:
    lead = input.ndim - len(axes)
    found: list[ndarray] = []  # of the dims gone through already
    for number in reversed(range(len(axes))):
        axis, places = lead + number, axes[number]
        kind = np.uint8 if len(places) < 256 else np.int32
        first = _at(axis, places[0])
        best = input[first]
        kept = [np.array(other[first]) for other in found]
        own = np.zeros(best.shape, kind)
        for place, index in enumerate(places[1:], 1):
            there = _at(axis, index)
            part = input[there]
            better = part > best
            if heed_nan:
                better |= part != part
            best = np.maximum(best, part)
            better = better.view(np.uint8)
            # numbers are chosen by arithmetic, which is quicker than by masks; wrapping is right
            for choice, other in zip(kept, found, strict=True):
                choice += (other[there] - choice) * better
            own += (kind(place) - own) * better
        input, found = best, [own, *kept]
    return _own(input, axes), found


def _own(values: ndarray, axes: Sequence[Axis]) -> ndarray:
    """The values without gaps, and in memory of their own: windows of one element are a view."""
    if max([len(places) for places in axes]) == 1:
        return values.copy()
    return contiguous(values)


def flat_places(found: Sequence[ndarray], positions: Sequence[ndarray], sizes: Any) -> ndarray:
    """Places in windows as places in the whole plane of those sizes, counted row by row.

    positions: for each dim (place, window) to the position along the dim.
    """
    dims = len(sizes)
    flat: Any = None
    for dim, (place, table) in enumerate(zip(found, positions, strict=True)):
        steps = table - table[:, :1]
        stride = product(sizes[dim + 1 :])
        if (steps == steps[0]).all():  # what a place adds is the same in every window
            part = (table[:, 0] * stride).take(place)
            part += (steps[0] * stride).reshape(-1, *(1,) * (dims - 1 - dim))
        else:
            count = table.shape[1]
            window = np.arange(count).reshape(-1, *(1,) * (dims - 1 - dim))
            part = (table * stride).ravel().take(place * np.intp(count) + window)
        flat = part if flat is None else np.add(flat, part, out=flat)
    return flat


def axis_positions(axis: Axis, before: int, size: int) -> ndarray:
    """For each place and window the position along the unpadded dim."""
    rows = [
        np.arange(index.start, index.stop, index.step) if isinstance(index, slice) else index
        for index in axis
    ]
    # where a window shows nothing but padding and -inf, the element next to the padding counts
    return (np.array(rows) - before).clip(0, max(size - 1, 0))


def put(values: ndarray, flat: ndarray, sizes: Sequence[int], add: bool = True) -> ndarray:
    """Planes of zeros of those sizes, with the values added (or written) at flat places."""
    dims = len(sizes)
    lead = values.shape[: values.ndim - dims]
    out = np.zeros((*lead, *sizes), values.dtype, like=values)
    where = _everywhere(flat, lead, product(sizes))
    if add:
        np.add.at(out.reshape(-1), where, values.reshape(-1))
    else:
        out.reshape(-1)[where] = values.reshape(-1)
    return out


def pick(planes: ndarray, flat: ndarray, dims: int) -> ndarray:
    """The elements at flat places of each plane."""
    lead = planes.shape[: planes.ndim - dims]
    where = _everywhere(flat, lead, product(planes.shape[planes.ndim - dims :]))
    return contiguous(planes).reshape(-1).take(where).reshape(flat.shape)


def _everywhere(flat: ndarray, lead: Sequence[int], plane: int) -> ndarray:
    """Flat places in planes as places in the whole array."""
    count = product(lead)
    starts = np.arange(0, count * plane, plane) if plane else np.zeros(count, np.int64)
    return (flat.reshape(count, -1) + starts[:, None]).reshape(-1)


# ---- sums


def window_sum(input: ndarray, axes: Sequence[Axis]) -> ndarray:
    """The sum of each window."""
    lead = input.ndim - len(axes)
    for number, places in enumerate(axes):
        parts = [input[_at(lead + number, index)] for index in places]
        total = parts[0]
        if len(parts) > 1:
            total = parts[0] + parts[1]
            for part in parts[2:]:
                total += part
        input = total
    return _own(input, axes)


def window_share(shares: ndarray, axes: Sequence[Axis], sizes: Sequence[int]) -> ndarray:
    """The transpose of `window_sum`: each element added to all that its window shows."""
    lead = shares.ndim - len(axes)
    for number in reversed(range(len(axes))):
        axis = lead + number
        shape = (*shares.shape[:axis], sizes[number], *shares.shape[axis + 1 :])
        out = np.zeros(shape, shares.dtype, like=shares)
        for index in axes[number]:
            out[_at(axis, index)] += shares
        shares = out
    return shares
