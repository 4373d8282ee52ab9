"""Numbers that are drawn, looked at, and drawn anew: Poisson, binomial and gamma, as PyTorch does.

How many random words a number takes is known only when it is accepted, so these go one by one.
May import: core.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .generator import Generator, require

_THIRD = float(np.float32(1) / np.float32(3))  # PyTorch's constants have single precision
_SQUEEZE = float(np.float32(0.0331))


class Stream:
    """Single uniform and normal numbers of a generator, as Python floats."""

    __slots__ = ("generator", "word")

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.word: Callable[[], int] = generator._started().random_raw

    def uniform(self) -> float:
        """A multiple of 2**-53 in [0, 1)."""
        self.generator._unused = False
        word = self.word
        high = word()
        return ((high << 32 | word()) & 0x1FFFFFFFFFFFFF) * 2.0**-53

    def normal(self) -> float:
        """A standard normal number; of each pair the second is kept for later."""
        generator = self.generator
        kept = generator._cached_normal
        if kept is not None:
            generator._cached_normal = None
            return kept
        angle = 2 * math.pi * self.uniform()
        radius = math.sqrt(-2.0 * math.log1p(-self.uniform()))
        generator._cached_normal = radius * float(np.sin(angle))
        return radius * float(np.cos(angle))


def each(generator: Generator, draw: Callable, shape: tuple, *parameters: Any) -> np.ndarray:
    """One number for each element of the parameters, float64 of that shape, in order."""
    stream = Stream(generator)
    columns = [np.broadcast_to(p, shape).astype(np.float64).ravel().tolist() for p in parameters]
    drawn = [draw(stream, *values) for values in zip(*columns, strict=True)]
    return np.array(drawn, np.float64).reshape(shape)


# ---- Poisson


def poisson(generator: Generator, rate: np.ndarray) -> np.ndarray:
    """Poisson numbers with these rates, as float64; RuntimeError for a negative rate."""
    valid = bool(np.all(rate >= 0))
    require(valid, "invalid Poisson rate, expected rate to be non-negative")
    return each(generator, _poisson, rate.shape, rate)


def _poisson(stream: Stream, rate: float) -> int:
    if rate >= 10:
        return _transformed_poisson(stream, rate)
    if rate == 0:
        return 0
    # Knuth: as many uniforms as have a product above exp(-rate)
    bound = math.exp(-rate)
    count, product = 0, stream.uniform()
    while product > bound:
        count += 1
        product *= stream.uniform()
    return count


def _transformed_poisson(stream: Stream, rate: float) -> int:
    """W. Hoermann, The transformed rejection method for generating Poisson random variables."""
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_limit = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = stream.uniform() - 0.5
        v = stream.uniform()
        space = 0.5 - abs(u)
        k = math.floor((2 * a / space + b) * u + rate + 0.43)
        if space >= 0.07 and v <= v_limit:
            return k
        if k < 0 or (space < 0.013 and v > space):
            continue
        left = math.log(v) + math.log(inverse_alpha) - math.log(a / (space * space) + b)
        if left <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


# ---- binomial


def binomial(generator: Generator, count: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Successes among `count` trials of probability `share`, as float64. Shapes broadcast."""
    return each(generator, _binomial, np.broadcast_shapes(count.shape, share.shape), count, share)


def _binomial(stream: Stream, count: float, share: float) -> float:
    if count <= 0 or share <= 0:
        return 0.0
    if share >= 1:
        return count
    if share != share:
        return math.nan
    less = share if share <= 0.5 else 1 - share
    draw = _transformed_binomial if count * less >= 10 else _waiting_binomial
    found = draw(stream, count, less)
    return found if share <= 0.5 else count - found


def _waiting_binomial(stream: Stream, count: float, share: float) -> float:
    """How many waiting times up to the next success fit into the trials."""
    log_failure = math.log1p(-share)
    waited, successes = 0.0, 0.0
    while True:
        u = stream.uniform()
        waited += math.ceil(math.log(u) / log_failure) if u else math.inf
        if waited > count:
            return successes
        successes += 1


def _stirling_rest(k: float) -> float:
    """log(k!) less Stirling's formula for it."""
    if k <= 9:
        return math.lgamma(k + 1) - (
            (k + 0.5) * math.log(k + 1) - (k + 1) + 0.5 * math.log(2 * math.pi)
        )
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def _transformed_binomial(stream: Stream, count: float, share: float) -> float:
    """W. Hoermann, The generation of binomial random variates."""
    deviation = math.sqrt(count * share * (1 - share))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * share
    center = count * share + 0.5
    v_limit = 0.92 - 4.2 / b
    odds = share / (1 - share)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor((count + 1) * share)
    while True:
        u = stream.uniform() - 0.5
        v = stream.uniform()
        space = 0.5 - abs(u)
        k = math.floor((2 * a / space + b) * u + center)
        if k < 0 or k > count:
            continue
        if space >= 0.07 and v <= v_limit:
            return k
        v = math.log(v * alpha / (a / (space * space) + b))
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling_rest(mode)
            + _stirling_rest(count - mode)
            - _stirling_rest(k)
            - _stirling_rest(count - k)
        )
        if v <= bound:
            return k


# ---- gamma


def gamma(generator: Generator, shape: np.ndarray) -> np.ndarray:
    """Gamma numbers of rate 1 with these shape parameters, as float64.

    Parameters in float32 (and narrower) are worked on in that precision, as in PyTorch.
    """
    draw = _gamma if shape.dtype == np.float64 else _single_gamma
    return each(generator, draw, shape.shape, shape)


def _gamma(stream: Stream, alpha: float) -> float:
    if alpha >= 1:
        return _accepted(stream, alpha - _THIRD)
    if alpha == 0:
        return 0.0
    scale = math.pow(1 - stream.uniform(), 1 / alpha)
    return _accepted(stream, alpha + 1 - _THIRD, scale)


def _single_gamma(stream: Stream, alpha: float) -> float:
    """The same with its few sums and quotients of the parameter rounded to float32."""
    single = np.float32(alpha)
    third = np.float32(_THIRD)
    if alpha >= 1:
        return _accepted(stream, float(single - third))
    if alpha == 0:
        return 0.0
    scale = math.pow(1 - stream.uniform(), float(np.float32(1) / single))
    return _accepted(stream, float(single + np.float32(1) - third), scale)


def _accepted(stream: Stream, d: float, scale: float = 1.0) -> float:
    """G. Marsaglia and W. Tsang, A simple method for generating gamma variables (2000)."""
    c = 1 / math.sqrt(9 * d)
    while True:
        y = 0.0
        while y <= 0:
            x = stream.normal()
            y = 1 + c * x
        v = y * y * y
        u = 1 - stream.uniform()
        square = x * x
        if u < 1 - _SQUEEZE * square * square:
            return scale * d * v
        if math.log(u) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


def dirichlet(generator: Generator, concentration: np.ndarray) -> np.ndarray:
    """Shares of gamma numbers in their sums over the last dim, as float64."""
    drawn = gamma(generator, concentration.astype(np.float64))
    return drawn / _row_sums(drawn)


def _row_sums(rows: np.ndarray) -> np.ndarray:
    """Sums over the last dim, kept, in the order of PyTorch's: four running sums, then the rest."""
    whole = rows.shape[-1] // 4 * 4
    total = np.zeros((*rows.shape[:-1], 1))
    for k in range(whole, rows.shape[-1]):
        total += rows[..., k : k + 1]
    if whole:
        running = rows[..., :whole].reshape(*rows.shape[:-1], -1, 4)
        running = np.add.accumulate(running, -2)[..., -1, :]
        for lane in range(4):
            total += running[..., lane : lane + 1]
    return total
