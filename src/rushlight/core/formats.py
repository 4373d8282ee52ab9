"""Layouts and memory formats: how the elements of a tensor stand in memory.

Every tensor here is strided. A memory format is an order of dims; the channels-last ones keep the
shape (N, C, H, W) and put the channels innermost in memory.
May import: nothing.
"""

from typing import Any

import numpy as np


class layout:
    """How a tensor keeps its elements; `torch.strided` is the only one here.

    >>> torch.strided
    torch.strided
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format:
    """The order in which the dims of a tensor stand in memory.

    >>> torch.zeros(1, 3, 2, 2).contiguous(memory_format=torch.channels_last).stride()
    (12, 1, 6, 3)
    """

    __slots__ = ("name", "order")

    def __init__(self, name: str, order: tuple[int, ...] | None = None) -> None:
        self.name = name
        self.order = order  # of the dims in memory, outermost first; None: that of the shape

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last", (0, 2, 3, 1))
channels_last_3d = memory_format("channels_last_3d", (0, 2, 3, 4, 1))


def in_format(array: np.ndarray, format: memory_format) -> bool:
    """Whether the elements stand in memory, without gaps, as the format says."""
    if format.order is None:
        return array.flags.c_contiguous
    return array.ndim == len(format.order) and array.transpose(format.order).flags.c_contiguous


def arrangement(shape: Any, format: memory_format) -> tuple[Any, Any]:
    """The shape in the order of memory, and the permutation back to the shape as it is seen.

    RuntimeError when the format is made for another number of dims.
    """
    if format.order is None:
        return shape, None
    if len(shape) != len(format.order):
        raise RuntimeError(
            f"required rank {len(format.order)} tensor to use {format.name} format: "
            f"this one has shape {list(shape)}"
        )
    return [shape[d] for d in format.order], np.argsort(format.order)


def empty_in(shape: Any, numpy_dtype: Any, format: memory_format) -> np.ndarray:
    """An uninitialized array whose elements stand in memory as the format says."""
    straight, back = arrangement(shape, format)
    array = np.empty(straight, numpy_dtype)
    return array if back is None else array.transpose(back)
