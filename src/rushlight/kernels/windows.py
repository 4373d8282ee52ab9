"""Windows that slide over the last dims of an array: what convolutions and pools read and write.

The windows of an array are a view (*lead, *kernel, *count): first the place within a window, then
the window. One loop here runs over the places of a kernel, none over those of an image.
May import: core.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..core.layout import product
from ..core.tracing import contiguous, is_traced

ndarray = np.ndarray
BLOCK_BYTES = 4 << 20  # what a copy of windows may take at a time: it stays in the cache


def padded(input: ndarray, padding: Sequence[int], value: Any = 0) -> ndarray:
    """A gapless array with `padding` elements of that value before and after each last dim."""
    if not any(padding):
        return contiguous(input)
    lead = input.ndim - len(padding)
    shape = [size + 2 * p for size, p in zip(input.shape[lead:], padding, strict=True)]
    shape = (*input.shape[:lead], *shape)
    out = (
        np.full(shape, value, input.dtype, like=input)
        if value
        else np.zeros(shape, input.dtype, like=input)
    )
    out[inner(out, padding)] = input
    return out


def inner(padded_array: ndarray, padding: Sequence[int]) -> tuple:
    """The index that leaves the padding of the last dims out."""
    sizes = padded_array.shape[-len(padding) :]
    return (
        ...,
        *[slice(p, size - p) for size, p in zip(sizes, padding, strict=True)],
    )


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


def windows(
    array: ndarray, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> ndarray:
    """All windows of a gapless array, as a view: (*lead, *kernel, *count)."""
    lead = array.ndim - len(kernel)
    count = window_counts(array.shape[lead:], kernel, stride, dilation)
    steps = array.strides
    strides = (
        *steps[:lead],
        *[step * d for step, d in zip(steps[lead:], dilation, strict=True)],
        *[step * s for step, s in zip(steps[lead:], stride, strict=True)],
    )
    shape = (*array.shape[:lead], *kernel, *count)
    if is_traced(array):
        return array.window(shape, strides, 0)  # type: ignore[attr-defined]
    return ndarray(shape, array.dtype, array, 0, strides)


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
