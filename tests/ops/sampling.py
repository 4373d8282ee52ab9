"""What the tables of samples are made with.

May import: everything.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rushlight import nn

F = nn.functional


class Sample(NamedTuple):
    """A function of float64 tensors, all of which have gradients, and the arrays for them."""

    function: Callable
    arrays: tuple


def of(function: Callable, *shapes: Any, low: float = -1.0, high: float = 1.0) -> Sample:
    """A sample whose arrays are given, or drawn for a shape: distinct numbers, none near 0."""
    draw = np.random.default_rng(len(shapes))
    arrays = [s if isinstance(s, np.ndarray) else distinct(draw, s, low, high) for s in shapes]
    return Sample(function, tuple(arrays))


def distinct(draw: Any, shape: tuple, low: float, high: float) -> np.ndarray:
    """Numbers far apart from each other and from 0, where maxima and absolute values have kinks."""
    size = int(np.prod(shape))
    grid = np.linspace(low, high, size + 2)[1:-1] + 0.137 * (high - low) / (size + 2)
    return draw.permutation(grid).reshape(shape)
