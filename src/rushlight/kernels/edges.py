"""Arrays continued beyond their edges: mirrored, stretched or wrapped around; and the transpose.

May import: core.
"""

from collections.abc import Sequence

import numpy as np

ndarray = np.ndarray
Dim = tuple[int, int, int]  # which dim, how much before, how much after


def extend(input: ndarray, dims: Sequence[Dim], mode: str) -> ndarray:
    """The array with edges after the mode: "reflect", "replicate" or "circular"."""
    for dim, before, after in dims:
        inner, first, last = _sources(input.shape[dim], before, after, mode)
        middle = input[(slice(None),) * dim + (inner,)]
        parts = [input.take(first, dim), middle, input.take(last, dim)]
        input = np.concatenate([part for part in parts if part.shape[dim]] or parts, dim)
    return input


def fold_back(input: ndarray, sizes: Sequence[int], dims: Sequence[Dim], mode: str) -> ndarray:
    """The transpose of `extend`: every edge added to where it was read, the array at `sizes`."""
    for dim, before, after in reversed(dims):
        inner, first, last = _sources(sizes[dim], before, after, mode)
        lead = (slice(None),) * dim
        shape = (*input.shape[:dim], sizes[dim], *input.shape[dim + 1 :])
        out = np.zeros(shape, input.dtype, like=input)
        end = input.shape[dim] - len(last)
        out[(*lead, inner)] = input[(*lead, slice(len(first), end))]
        for source, part in (
            (first, input[(*lead, slice(0, len(first)))]),
            (last, input[(*lead, slice(end, None))]),
        ):
            if mode == "replicate" and len(source):  # all read one place
                out[(*lead, slice(source[0], source[0] + 1))] += part.sum(dim, keepdims=True)
            else:
                out[(*lead, source)] += part
        input = out
    return input


def _sources(size: int, before: int, after: int, mode: str) -> tuple[slice, ndarray, ndarray]:
    """What of a dim stays in the middle, and which places the new elements repeat."""
    start, stop = max(-before, 0), size - max(-after, 0)
    if mode == "circular":
        length = stop - start
        first = start + np.arange(-before, 0) % length
        last = start + np.arange(length, length + after) % length
    else:
        first, last = np.arange(-before, 0), np.arange(size, size + after)
        if mode == "reflect":
            first, last = -first, 2 * (size - 1) - last
        else:
            first, last = first.clip(0), last.clip(max=size - 1)
    return slice(start, stop), first, last
