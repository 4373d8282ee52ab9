"""A line search: how far to go along a direction so that the function falls and flattens enough.

Nocedal and Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6.
May import: nothing.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple


class Point(NamedTuple):
    """A place on the line: how far along, the value there, its gradient, the slope of the line."""

    step: float
    value: float
    gradient: Any
    slope: float


def lowest_between(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through values and slopes of both has its minimum, kept within bounds."""
    low, high = bounds or (min(a.step, b.step), max(a.step, b.step))
    if a.step > b.step:
        a, b = b, a
    width = b.step - a.step
    middle = a.slope + b.slope - 3 * (a.value - b.value) / -width if width else math.nan
    square = middle * middle - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    root = math.sqrt(square)
    bottom = b.slope - a.slope + 2 * root
    if not bottom:
        return (low + high) / 2
    return min(max(b.step - width * ((b.slope + root - middle) / bottom), low), high)


def strong_wolfe(
    at: Callable[[float], Point],
    start: Point,
    step: float,
    longest: float,
    *,
    fall: float = 1e-4,
    flatten: float = 0.9,
    tolerance: float = 1e-9,
    most: int = 25,
) -> tuple[Point, int]:
    """A point that meets the strong Wolfe conditions, and how often the function was evaluated.

    `at` evaluates a step, `longest` is the largest number of the direction.
    """

    def too_high(point: Point) -> bool:
        return point.value > start.value + fall * point.step * start.slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -flatten * start.slope

    before, point = start, at(step)
    tried = 1
    bracket: list[Point] = []
    while tried <= most:
        if too_high(point) or (tried > 2 and point.value >= before.value):
            bracket = [before, point]
            break
        if is_flat(point):
            return point, tried
        if point.slope >= 0:
            bracket = [before, point]
            break
        bounds = point.step + 0.01 * (point.step - before.step), point.step * 10
        before, point = point, at(lowest_between(before, point, bounds))
        tried += 1
    if not bracket:
        bracket = [start, point]
    return _zoom(at, bracket, tried, too_high, is_flat, longest, tolerance, most)


def _zoom(
    at: Callable[[float], Point], bracket: list[Point], tried: int, too_high: Callable,
    is_flat: Callable, longest: float, tolerance: float, most: int,
) -> tuple[Point, int]:  # fmt: skip
    """Narrows the bracket, whose first point is to be the lower one, down to a good point."""
    low, high = sorted(bracket, key=lambda point: point.value)
    close_before = False  # whether the last trial was close to an end of the bracket
    while tried <= most:
        if abs(high.step - low.step) * longest < tolerance:
            break
        near, far = min(low.step, high.step), max(low.step, high.step)
        step = lowest_between(bracket[0], bracket[1])
        margin = 0.1 * (far - near)
        if min(far - step, step - near) < margin:
            if close_before or step >= far or step <= near:
                step = far - margin if abs(step - far) < abs(step - near) else near + margin
                close_before = False
            else:
                close_before = True
        else:
            close_before = False
        point = at(step)
        tried += 1
        if too_high(point) or point.value >= low.value:
            low, high = sorted([low, point], key=lambda p: p.value)
        elif is_flat(point):
            return point, tried
        else:
            if point.slope * (high.step - low.step) >= 0:
                high = low
            low = point
        bracket = [low, high]
    return low, tried
