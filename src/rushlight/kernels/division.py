"""Quotients rounded, and what is left over.

NumPy divides floats with a remainder one by one. For float32 float64 is wide enough to do it in
whole arrays: where the quotient is below 2**26, its product with the divisor is exact.
May import: nothing.
"""

from typing import Any

import numpy as np

ndarray = np.ndarray
_LARGEST = 2.0**26
_WHOLE = 2.0**24  # up to here float32 holds every integer


def _wide(input: Any, other: Any) -> tuple[Any, Any, Any] | None:
    """Both in float64 with their quotient; None where the quick way is not to be taken."""
    like = input if isinstance(input, ndarray) else other
    if type(like) is not ndarray or like.dtype != np.float32 or like.size < 64:
        return None
    wide = []
    for value in (input, other):
        if isinstance(value, ndarray):
            if type(value) is not ndarray or value.dtype != np.float32:
                return None
            wide.append(value.astype(np.float64))
        else:
            wide.append(float(np.float32(value)))
    with np.errstate(all="ignore"):
        return wide[0], wide[1], np.true_divide(wide[0], wide[1])


def _below(quotient: ndarray, limit: float) -> bool:
    """Whether all are finite and smaller than the limit."""
    return bool(-limit < quotient.min() and quotient.max() < limit)


def _left(wide: tuple, whole: ndarray) -> ndarray:
    input, other, _ = wide
    np.multiply(whole, other, out=whole)
    return np.subtract(input, whole, out=whole).astype(np.float32)


def _zeros_signed(left: Any, input: Any) -> Any:
    """A remainder of 0 has the sign of what was divided."""
    if type(left) is ndarray and left.dtype.kind == "f" and not left.all():
        zero = left == 0
        np.copyto(left, np.copysign(0, input), where=zero, casting="same_kind")
    return left


def fmod(input: Any, other: Any) -> Any:
    """input less other times their quotient rounded towards 0."""
    wide = _wide(input, other)
    if wide is None or not _below(wide[2], _LARGEST):
        return np.fmod(input, other)
    return _zeros_signed(_left(wide, np.trunc(wide[2])), input)


def remainder(input: Any, other: Any) -> Any:
    """input less other times their quotient rounded down."""
    wide = _wide(input, other)
    if wide is None or not _below(wide[2], _LARGEST):
        return _zeros_signed(np.remainder(input, other), input)
    return _zeros_signed(_left(wide, np.floor(wide[2])), input)


def floor_divide(input: Any, other: Any) -> Any:
    """The quotient rounded down."""
    wide = _wide(input, other)
    if wide is None or not _below(wide[2], _WHOLE):
        return np.floor_divide(input, other)
    return np.floor(wide[2]).astype(np.float32)
