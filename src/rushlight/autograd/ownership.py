"""Whose memory a gradient is: what may become `.grad` as it is, and what must be copied.

May import: tensor.
"""

from typing import Any

import numpy as np

from ..tensor import Tensor, wrap


def take(array: Any, taken: dict) -> Any:
    """Marks the memory as somebody's; returns whose array it is."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    taken[id(array)] = array
    return array


def own(gradient: Any, this: Any, gaps: bool) -> Tensor:
    """The gradient of this pass as a tensor that nobody else holds, gapless unless `gaps`.

    A fresh, gapless array becomes `.grad` itself. Anything else (an expanded view, memory that
    another `.grad` or the caller already holds) is copied: `.grad` is changed in place.
    """
    taken = this.taken
    array: Any = gradient if this.bare else gradient._array
    if this.bare:
        if type(array) is not np.ndarray:
            array = np.asarray(array)
        if array.base is None and array.flags.c_contiguous and id(array) not in taken:
            taken[id(array)] = array
            return wrap(array)
    known = len(taken)
    owner = take(array, taken)
    free = len(taken) > known and (
        gaps or (owner.nbytes == array.nbytes and array.flags.c_contiguous)
    )
    if not this.bare:
        return gradient if free else gradient.clone()
    return wrap(array if free else array.copy())
