"""What the rooms below the compiler know of it: that an array may be one that is being traced.

A traced array passes for an ndarray in Python (`isinstance` says so), takes part in NumPy's
functions, and refuses with `Untraceable` where its numbers would leave it unseen.
May import: nothing.
"""

from typing import Any

import numpy as np


class Untraceable(Exception):
    """A kernel did with a traced array what the recorder cannot follow."""


def as_array(value: Any, dtype: Any = None) -> Any:
    """The value as an array (NumPy hands out scalars for 0-d results), traced where it was."""
    if isinstance(value, np.ndarray):
        return value if dtype is None or value.dtype == dtype else value.astype(dtype)
    return np.asarray(value, dtype)


def address_of(array: Any) -> int:
    """Where the first element stands in memory."""
    if type(array) is np.ndarray:
        return array.__array_interface__["data"][0]
    return array.ctypes.data


def contiguous(value: Any) -> Any:
    """The value as an array in row-major order without gaps, copied only where it was not."""
    array = as_array(value)
    return array if array.flags.c_contiguous else array.copy()


# How often something changed that a recorded program takes for granted: which memory a tensor
# shows, whether it needs a gradient, what a module or an optimizer is made of. Compiled code reads
# this number before each run and looks closer when it has grown.
CHANGES = np.zeros((), np.int64)


def structure_changed() -> None:
    """Says that recorded programs must look whether they still hold."""
    np.add(CHANGES, 1, CHANGES)


def is_traced(value: Any) -> bool:
    """Whether the value is an array that is being traced."""
    return getattr(type(value), "traced", False)
