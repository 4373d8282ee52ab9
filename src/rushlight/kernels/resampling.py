"""Linear maps of each of the last dims on its own: interpolations and means.

A map is given by taps: each new element is the sum of a few old ones, weighed. A short dim is
mapped by a matrix product, a long one tap by tap.
May import: core.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.layout import product

ndarray = np.ndarray
SHORT = 96  # a dim up to this size is mapped by a matrix


class Taps:
    """A linear map of a dim: out[i] = sum over t of weights[t, i] * in[places[t, i]].

    Without weights each new element is a copy of one old one.
    """

    __slots__ = ("_transposed", "places", "size", "weights")

    def __init__(self, size: int, places: ndarray, weights: ndarray | None) -> None:
        self.size = size  # of the dim that is read
        self.places = places
        self.weights = weights
        self._transposed: Taps | None = None

    def matrix(self) -> ndarray:
        """The map as a matrix (out, in)."""
        made = np.zeros((self.places.shape[1], self.size))
        rows = np.broadcast_to(np.arange(len(made)), self.places.shape)
        np.add.at(made, (rows, self.places), 1.0 if self.weights is None else self.weights)
        return made

    def apply(self, input: ndarray, dim: int) -> ndarray:
        """The input with this dim mapped."""
        if self.weights is None:
            return input.take(self.places[0], dim)
        if self.size <= SHORT:
            return by_matrix(input, dim, self.matrix())
        tail = (1,) * (input.ndim - 1 - dim)
        total: Any = None
        for places, weights in zip(self.places, self.weights.astype(input.dtype), strict=True):
            part = input.take(places, dim)
            part *= weights.reshape(-1, *tail)
            total = part if total is None else np.add(total, part, out=total)
        return total

    def transposed(self) -> "Taps":
        """The map that adds every element, weighed, to those it came from."""
        if self._transposed is None:
            flat = self.places.ravel()
            order = np.argsort(flat, kind="stable")
            sources = flat[order]
            counts = np.bincount(flat, minlength=self.size)
            taps = np.arange(flat.size) - (np.cumsum(counts) - counts)[sources]
            shape = (max(1, int(counts.max(initial=0))), self.size)
            places, weights = np.zeros(shape, np.int64), np.zeros(shape)
            count = self.places.shape[1]
            places[taps, sources] = order % max(count, 1)
            weights[taps, sources] = 1.0 if self.weights is None else self.weights.ravel()[order]
            self._transposed = Taps(count, places, weights)
        return self._transposed


def by_matrix(input: ndarray, dim: int, matrix: ndarray) -> ndarray:
    """The input with this dim multiplied by a matrix (out, in)."""
    matrix = matrix.astype(input.dtype, copy=False)
    shape = input.shape
    made = (*shape[:dim], len(matrix), *shape[dim + 1 :])
    if dim == len(shape) - 1:
        return np.matmul(input.reshape(product(shape[:dim]), shape[dim]), matrix.T).reshape(made)
    blocks = input.reshape(product(shape[:dim]), shape[dim], product(shape[dim + 1 :]))
    return np.matmul(matrix, blocks).reshape(made)


def map_dims(input: ndarray, maps: Sequence[Taps]) -> ndarray:
    """The input with its last dims mapped; the dim that shrinks it most goes first."""
    lead = input.ndim - len(maps)
    for number in _order(maps):
        input = maps[number].apply(input, lead + number)
    return input


def map_dims_back(input: ndarray, maps: Sequence[Taps]) -> ndarray:
    """The transposed map."""
    lead = input.ndim - len(maps)
    for number in reversed(_order(maps)):
        input = maps[number].transposed().apply(input, lead + number)
    return input


def _order(maps: Sequence[Taps]) -> list[int]:
    return sorted(range(len(maps)), key=lambda n: maps[n].places.shape[1] / max(maps[n].size, 1))


def map_bytes(input: ndarray, maps: Sequence[Taps]) -> ndarray:
    """The map of uint8: last dim first, each rounded, with weights of 15 bits, as in PyTorch."""
    lead = input.ndim - len(maps)
    for number in reversed(range(len(maps))):
        dim, taps = lead + number, maps[number]
        assert taps.weights is not None
        exact = taps.weights.copy()
        for tap in range(len(exact) - 1):  # taps that read one place count as one
            same = taps.places[tap] == taps.places[tap + 1]
            exact[tap + 1] += np.where(same, exact[tap], 0)
            exact[tap][same] = 0
        largest = float(exact.max())
        bits = next(n for n in range(22) if int(0.5 + largest * (1 << n + 1)) >= 1 << 15)
        weights = np.trunc(exact * (1 << bits) + np.copysign(0.5, exact))
        tail = (1,) * (input.ndim - 1 - dim)
        total: Any = 1 << bits - 1
        for places, each in zip(taps.places, weights.astype(np.int32), strict=True):
            total = total + input.take(places, dim).astype(np.int32) * each.reshape(-1, *tail)
        input = (total >> bits).clip(0, 255).astype(np.uint8)
    return input


# ---- the interpolations


def _centers(size: int, count: int, scale: float | None, align_corners: bool) -> ndarray:
    """Where the new elements stand among the old; `scale` is what the user asked for, if any."""
    numbers = np.arange(count)
    if align_corners:
        return numbers * ((size - 1) / (count - 1) if count > 1 else 0.0)
    return (numbers + 0.5) * _step(size, count, scale) - 0.5


def _step(size: int, count: int, scale: float | None) -> float:
    return 1 / scale if scale else size / count


def _nearest(size: int, count: int, scale: float | None, exact: bool) -> Taps:
    """PyTorch reckons these places in float32, and so must we to find the same."""
    step = np.float32(_step(size, count, scale))
    numbers = np.arange(count, dtype=np.float32)
    if exact:
        numbers += np.float32(0.5)
    places = np.floor(numbers * step).astype(np.int64)
    return Taps(size, np.minimum(places, size - 1)[None], None)


def _linear(size: int, count: int, scale: float | None, align_corners: bool) -> Taps:
    centers = np.maximum(_centers(size, count, scale, align_corners), 0)
    first = np.minimum(np.floor(centers).astype(np.int64), size - 1)
    share = np.minimum(centers - first, 1)
    return Taps(
        size, np.array([first, np.minimum(first + 1, size - 1)]), np.array([1 - share, share])
    )


def cubic_weights(share: ndarray, a: float = -0.75) -> list[ndarray]:
    """The weights of four neighbours of a point `share` of the way from the second to the third.

    Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981.
    """
    weights = []
    for distance in (share + 1, share, 1 - share, 2 - share):
        weights.append(_cubic(distance, a))
    return weights


def _cubic(distance: ndarray, a: float) -> ndarray:
    x = np.abs(distance)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def _bicubic(size: int, count: int, scale: float | None, align_corners: bool) -> Taps:
    centers = _centers(size, count, scale, align_corners)
    first = np.floor(centers).astype(np.int64)
    places = np.array([np.clip(first + offset, 0, size - 1) for offset in (-1, 0, 1, 2)])
    return Taps(size, places, np.array(cubic_weights(centers - first)))


def _triangle(x: ndarray) -> ndarray:
    return np.maximum(0.0, 1.0 - np.abs(x))


def _lanczos(x: ndarray) -> ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


FILTERS: dict[str, tuple[int, Callable[[ndarray], ndarray]]] = {
    "linear": (1, _triangle),
    "cubic": (2, lambda x: _cubic(x, -0.5)),
    "lanczos": (3, _lanczos),
}


def _antialiased(
    size: int, count: int, scale: float | None, align_corners: bool, kind: str
) -> Taps:
    """A filter as wide as a new element is among the old ones, its weights adding up to 1."""
    reach, weigh = FILTERS[kind]
    step = (
        ((size - 1) / (count - 1) if count > 1 else 0.0)
        if align_corners
        else _step(size, count, scale)
    )
    width = max(step, 1.0)
    centers = (np.arange(count) + 0.5) * step
    first = np.maximum(np.trunc(centers - reach * width + 0.5), 0).astype(np.int64)
    last = np.minimum(np.trunc(centers + reach * width + 0.5), size).astype(np.int64)
    longest = max(1, math.ceil(float((last - first).max(initial=1))))
    places = first + np.arange(longest)[:, None]
    weights = weigh((places - centers + 0.5) / width) * (places < last)
    total = weights.sum(0)
    weights /= np.where(total == 0, 1, total)
    return Taps(size, np.minimum(places, size - 1), weights)


@lru_cache(maxsize=256)
def interpolation(
    kind: str, size: int, count: int, scale: float | None, align_corners: bool, antialias: bool
) -> Taps:
    """The map of a dim of `size` elements to `count`.

    Kinds: nearest, nearest-exact, linear, cubic; lanczos when antialiased.
    """
    if antialias:
        return _antialiased(size, count, scale, align_corners, kind)
    if kind == "linear":
        return _linear(size, count, scale, align_corners)
    if kind == "cubic":
        return _bicubic(size, count, scale, align_corners)
    return _nearest(size, count, scale, kind == "nearest-exact")
