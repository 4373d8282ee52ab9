"""Windows that slide over the last dims of an array: what convolutions and pools read and write.

The windows of an array are a view (*lead, *kernel, *count): first the place within a window, then
the window. One loop here runs over the places of a kernel, none over those of an image.
May import: core.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from ..core.layout import contiguous_strides, product
from ..core.tracing import contiguous, is_traced

ndarray = np.ndarray
BLOCK_BYTES = 4 << 20  # what a copy of windows may take at a time: it stays in the cache


def window_counts(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...]:
    """How many windows fit along each dim."""
    return tuple(
        [
            (size - d * (k - 1) - 1) // s + 1
            for size, k, s, d in zip(sizes, kernel, stride, dilation, strict=True)
        ]
    )


@lru_cache(maxsize=512)
def _layout(
    shape: tuple[int, ...],
    itemsize: int,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple:
    """The padded shape, the index of what is inside, and the shape and strides of the windows."""
    lead = len(shape) - len(kernel)
    sizes = [size + 2 * p for size, p in zip(shape[lead:], padding, strict=True)]
    whole = (*shape[:lead], *sizes)
    inside = (..., *[slice(p, size - p) for size, p in zip(sizes, padding, strict=True)])
    steps = [step * itemsize for step in contiguous_strides(whole)]
    strides = (
        *steps[:lead],
        *[step * d for step, d in zip(steps[lead:], dilation, strict=True)],
        *[step * s for step, s in zip(steps[lead:], stride, strict=True)],
    )
    count = window_counts(sizes, kernel, stride, dilation)
    return whole, inside, (*shape[:lead], *kernel, *count), strides


def windows(
    input: ndarray,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> ndarray:
    """All windows of the input with zeros around it, as a view: (*lead, *kernel, *count)."""
    whole, inside, shape, strides = _layout(
        input.shape, input.itemsize, kernel, stride, padding, dilation
    )
    if any(padding):
        frame = np.zeros(whole, input.dtype, like=input)
        frame[inside] = input
    else:
        frame = contiguous(input)
    if is_traced(frame):
        return frame.window(shape, strides, 0)  # type: ignore[attr-defined]
    return ndarray(shape, input.dtype, frame, 0, strides)


def add_windows(
    target: ndarray,
    parts: ndarray,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> None:
    """Adds parts (*lead, *kernel, *count) where their windows stand; the padding is left out."""
    dims = len(stride)
    lead = target.ndim - dims
    kernel, count = parts.shape[lead : lead + dims], parts.shape[lead + dims :]
    axes = [
        [
            _overlap(size, n, s, d * place - p)
            for place in range(k)
        ]
        for size, k, n, s, p, d in zip(
            target.shape[lead:], kernel, count, stride, padding, dilation, strict=True
        )
    ]  # fmt: skip
    whole = (slice(None),) * lead
    for places in np.ndindex(kernel):
        chosen = [axis[place] for axis, place in zip(axes, places, strict=True)]
        there = (*whole, *[to for to, _ in chosen])
        here = (*whole, *places, *[of for _, of in chosen])
        target[there] += parts[here]


def _overlap(size: int, count: int, stride: int, start: int) -> tuple[slice, slice]:
    """Of `count` positions from `start` on, those in [0, size): there, and among themselves."""
    first = max(0, -(start // stride))
    last = min(count, (size - 1 - start) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    begin = start + first * stride
    return slice(begin, begin + (last - first - 1) * stride + 1, stride), slice(first, last)


def blocks(
    images: int, count: Sequence[int], bytes_per_window: int
) -> Iterator[tuple[slice, slice]]:
    """Ranges of images, and of their first dim of windows, whose windows fit a block."""
    each = max(1, product(count) * bytes_per_window)
    if each <= BLOCK_BYTES:
        step = max(1, BLOCK_BYTES // each)
        for start in range(0, images, step):
            yield slice(start, min(start + step, images)), slice(0, count[0])
        return
    rows = max(1, BLOCK_BYTES * count[0] // each)
    for image in range(images):
        for row in range(0, count[0], rows):
            yield slice(image, image + 1), slice(row, min(row + rows, count[0]))
