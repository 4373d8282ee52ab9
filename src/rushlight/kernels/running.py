"""Running results along a dim, and products, by ufuncs over whole rows.

NumPy's own `accumulate` and `reduce` go element by element where one depends on the next; a step
for all lines at once is quicker as soon as there are enough of them.
May import: core.
"""

from typing import Any

import numpy as np

_MANY_LINES = 128
_LANES = 64


def accumulate(ufunc: Any, input: np.ndarray, dim: int) -> np.ndarray:
    """The running result of a ufunc of two arguments along a dim."""
    length = input.shape[dim]
    if type(input) is not np.ndarray or input.size < _MANY_LINES * max(length, 64):
        return ufunc.accumulate(input, dim)
    out = np.empty(input.shape, input.dtype)
    source, target = np.moveaxis(input, dim, 0), np.moveaxis(out, dim, 0)
    before = target[0]
    before[...] = source[0]
    for position in range(1, length):
        here = target[position]
        ufunc(before, source[position], out=here)
        before = here
    return out


def product(input: np.ndarray, dims: Any, keepdim: bool) -> Any:
    """The product over dims; over a whole array or a last dim, many lanes side by side."""
    if type(input) is np.ndarray and input.flags.c_contiguous and input.size > 4096:
        if dims is None:
            found = np.multiply.reduce(_in_lanes(input.reshape(1, -1)), -1)[0]
            return np.asarray(found).reshape((1,) * input.ndim) if keepdim else found
        if dims in (input.ndim - 1, (input.ndim - 1,)):
            return np.multiply.reduce(_in_lanes(input), -1, keepdims=keepdim)
    return np.multiply.reduce(input, dims, keepdims=keepdim)


def _in_lanes(input: np.ndarray) -> np.ndarray:
    """Partial products along the last dim, of which a few dozen are left."""
    length = input.shape[-1]
    whole = length // _LANES * _LANES
    if whole < 2 * _LANES:
        return input
    lanes = input[..., :whole].reshape(*input.shape[:-1], -1, _LANES)
    lanes = np.multiply.reduce(lanes, -2)
    return lanes if whole == length else np.concatenate((lanes, input[..., whole:]), -1)
