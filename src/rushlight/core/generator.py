"""torch.Generator: PyTorch's random numbers on the CPU, bit for bit.

Every sampler draws the words that PyTorch 2.13's CPU kernel draws, turns them into the same
numbers, and leaves the generator where PyTorch leaves it. They return new arrays.
May import: core.
"""

import math
import warnings
from typing import Any

import ml_dtypes
import numpy as np

from . import normals
from .device import device as Device
from .draws import for_each_example
from .dtype import CPP_NAMES
from .mersenne import DEFAULT_SEED, MersenneTwister

# The bits of a float's significand.
SIGNIFICAND_BITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}

# Ranges from here on take 64 random bits a number: the remainder of 32 would be visibly uneven.
WIDE_RANGE = 2**28
# Permutations from here on take another path in PyTorch, for the same reason.
LONG_PERMUTATION = (2**32 - 1) // 20

Shape = int | tuple[int, ...]


def numel(shape: Shape) -> int:
    """The number of elements in an array of this shape."""
    return shape if isinstance(shape, int) else math.prod(shape)


def largest(dtype: np.dtype) -> Any:
    """The largest number of this dtype, as a Python int or float."""
    if dtype.name in SIGNIFICAND_BITS:
        return float(ml_dtypes.finfo(dtype).max)
    return 1 if dtype.name == "bool" else int(np.iinfo(dtype).max)


def lowest(dtype: np.dtype) -> Any:
    """The most negative number of this dtype, as a Python int or float."""
    if dtype.name in SIGNIFICAND_BITS:
        return -largest(dtype)
    return 0 if dtype.name == "bool" else int(np.iinfo(dtype).min)


def require(met: bool, message: str) -> None:
    """Raises RuntimeError with PyTorch's wording unless the condition is met."""
    if not met:
        raise RuntimeError(message)


def require_floating(dtype: np.dtype, message: str) -> None:
    if dtype.name not in SIGNIFICAND_BITS:
        raise NotImplementedError(f"{message} not implemented for '{dtype.name}'")


def rounded(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """float64 or float32 values in `dtype`; PyTorch reaches the 16-bit floats through float32."""
    if dtype.itemsize == 2 and dtype.name in SIGNIFICAND_BITS:
        values = values.astype(np.float32, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(dtype, copy=False)


def representable_bounds(low: int, high: int | None, dtype: np.dtype) -> tuple[int, int]:
    """PyTorch's [low, high) for random integers in a float dtype, drawn inwards to exact numbers.

    Where rounding would carry a bound outwards it moves in to the neighbouring number instead.
    """
    bits = SIGNIFICAND_BITS[dtype.name]
    with np.errstate(over="ignore"):
        above_low = float(dtype.type(low + 1))
        below_high = float(dtype.type(2**bits if high is None else high - 1))
    if -(2**63) <= above_low < low:
        low = int(above_low) + (1 << (abs(low + 1).bit_length() - bits))
    if high is None:
        return low, 2**bits + 1
    if high <= below_high < 2**63:  # PyTorch's integer overflows beyond, and the bound stays
        high = int(below_high) - (1 << ((high - 1).bit_length() - bits))
    return low, high


def check_integer_bounds(low: int, last: int, dtype: np.dtype) -> None:
    """`low` and `last` must be numbers of the dtype; a float also warns beyond exact integers."""
    for name, value in (("from", low), ("to - 1", last)):
        inside = lowest(dtype) <= value <= largest(dtype)
        cpp = CPP_NAMES[dtype.name]
        require(inside, f"{name} is out of bounds for {cpp}: {value} in a tensor of {dtype.name}")
        bits = SIGNIFICAND_BITS.get(dtype.name)
        if bits and abs(value) > 2**bits:
            warnings.warn(
                f"{name} is out of bounds [-(2^{bits}), 2^{bits}]: {cpp} cannot hold every integer "
                "beyond them, so the numbers drawn are not uniform there",
                stacklevel=3,
            )


def _swapped(order: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Swaps the element at each place with that at its target, one place after the other.

    As long as no place and no target comes up twice, the swaps do not see each other and can all
    be made at once; of some n places left, the next sqrt(n) / 2 are mostly such.
    """
    count, done = len(targets), 0
    first = np.empty(count + 1, np.int64)
    while count - done > 2048:
        size = int((count - done) ** 0.5) // 2
        block = targets[done : done + size]
        steps = np.arange(size)
        first[block[::-1]] = steps[::-1]
        again = steps[first[block] != steps]  # steps whose target an earlier one has
        ahead = block - done  # targets that are places of later steps
        ahead = ahead[(ahead < size) & (ahead > steps)]
        stop = min(int(found.min()) if found.size else size for found in (again, ahead))
        here, there = order[done : done + stop].copy(), block[:stop]
        order[done : done + stop] = order[there]
        order[there] = here
        done += stop
    rest = order.tolist() if not done else order[done:].tolist()
    for here, there in enumerate((targets[done:] - done).tolist()):
        rest[here], rest[there] = rest[there], rest[here]
    order[done:] = rest
    return order


class Generator(MersenneTwister):
    """A stream of random numbers: the one PyTorch draws on the CPU from the same seed.

    >>> g = torch.Generator().manual_seed(0)
    >>> torch.rand(3, generator=g)
    tensor([0.4963, 0.7682, 0.0885])
    """

    __slots__ = ("device",)

    def __init__(self, device: Any = "cpu") -> None:
        super().__init__()
        self.device = Device(device)
        if self.device.type != "cpu":
            raise RuntimeError(
                f"Cannot get CUDA generator without ATen_cuda library: asked for '{device}', and "
                "rushlight has the CPU only"
            )

    def __reduce__(self) -> Any:
        return restored, (str(self.device), self.state_bytes())

    def clone_state(self) -> "Generator":
        """A new generator that continues from the state this one is in.

        >>> g = torch.Generator()
        >>> g.clone_state().initial_seed() == g.initial_seed()
        True
        """
        return restored(str(self.device), self.state_bytes())

    # Uniform ------------------------------------------------------------------------------------

    def _uniform24(self, count: int) -> np.ndarray:
        """Multiples of 2**-24 in [0, 1), one word each, as float32."""
        return (self.random32(count) & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2**-24)

    def _uniform53(self, count: int) -> np.ndarray:
        """Multiples of 2**-53 in [0, 1), two words each, as float64."""
        return (self.random64(count) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53

    @for_each_example
    def uniform(
        self, shape: Shape, dtype: np.dtype, low: float = 0.0, high: float = 1.0
    ) -> np.ndarray:
        """Uniform floats in [low, high): 53 random bits for float64, 24 for the narrower dtypes."""
        dtype = np.dtype(dtype)
        require_floating(dtype, '"check_uniform_bounds"')
        limit = largest(dtype)
        cpp = CPP_NAMES[dtype.name]
        for name, bound in (("from", low), ("to", high)):
            require(-limit <= bound <= limit, f"{name} is out of bounds for {cpp}: {bound}")
        require(
            low <= high,
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}",
        )
        require(
            high - low <= limit,
            "uniform_ expects to-from <= std::numeric_limits<"
            f"{cpp}>::max(), but found to={high:g} and from={low:g}; take a narrower range",
        )
        wide = dtype.name == "float64"
        unit = self._uniform53(numel(shape)) if wide else self._uniform24(numel(shape))
        if (low, high) != (0, 1):
            if wide:
                unit = normals.fused64(unit, float(high) - low, float(low))
            else:
                unit = normals.fused32(unit, float(np.float32(high) - np.float32(low)), low)
        values = rounded(unit, dtype)
        if (low, high) != (0, 1) or dtype.itemsize == 2:
            # Rounding can reach the upper bound, which is not in the range.
            values[values == dtype.type(high)] = dtype.type(low)
        return values.reshape(shape)

    # Normal -------------------------------------------------------------------------------------

    @for_each_example
    def normal(
        self,
        shape: Shape,
        dtype: np.dtype,
        mean: float = 0.0,
        std: float = 1.0,
        contiguous: bool = True,
    ) -> np.ndarray:
        """Normal floats. PyTorch draws them 16 at a time for 16 numbers and more, else in pairs.

        A tensor that is not contiguous gets pairs at any size: say so with `contiguous=False`.
        """
        dtype = np.dtype(dtype)
        require(std >= 0, f"normal expects std >= 0.0, but found std {std:g}")
        require_floating(dtype, '"normal_kernel_cpu"')
        count = numel(shape)
        if count < normals.GROUP or not contiguous:
            values = normals.fused64(self._standard_normals(count), float(std), float(mean))
        else:
            values = self._grouped_normals(count, dtype, mean, std)
        return rounded(values, dtype).reshape(shape)

    def _standard_normals(self, count: int) -> np.ndarray:
        """Standard normals in sequence, as float64; of the last pair one may be left for later."""
        values = np.empty(count)
        start = 0
        if count and self._cached_normal is not None:
            values[0] = self._cached_normal
            self._cached_normal = None
            start = 1
        missing = count - start
        fresh = normals.pairs(self._uniform53(missing + missing % 2))
        values[start:] = fresh[:missing]
        if missing % 2:
            self._cached_normal = float(fresh[-1])
        return values

    def _grouped_normals(self, count: int, dtype: np.dtype, mean: float, std: float) -> np.ndarray:
        """Normals in groups of 16; a ragged end draws the last 16 numbers anew."""
        wide = dtype.name == "float64"
        uniforms = self._uniform53 if wide else self._uniform24
        transform = normals.grouped64 if wide else normals.grouped32
        ragged = count % normals.GROUP
        values = transform(uniforms(count - ragged), mean, std)
        if not ragged:
            return values
        if dtype.itemsize > 2:
            self.random32(2 * ragged if wide else ragged)  # drawn for the end, then drawn anew
        end = transform(uniforms(normals.GROUP), mean, std)
        return np.concatenate((values[: count - normals.GROUP], end))

    @for_each_example
    def log_normal(
        self, shape: Shape, dtype: np.dtype, mean: float = 1.0, std: float = 2.0
    ) -> np.ndarray:
        """exp of normal floats, which are always drawn in pairs."""
        dtype = np.dtype(dtype)
        require(std > 0, f"log_normal_ expects std > 0.0, but found std={std:g}")
        require_floating(dtype, '"log_normal_cpu"')
        drawn = normals.fused64(self._standard_normals(numel(shape)), float(std), float(mean))
        overflows = drawn > 709.78  # math.exp raises there, where PyTorch gives inf
        drawn[overflows] = 0.0
        values = normals.through_libm(math.exp, drawn)
        values[overflows] = np.inf
        return rounded(values, dtype).reshape(shape)

    # Integers -----------------------------------------------------------------------------------

    @for_each_example
    def random_from_to(
        self, shape: Shape, dtype: np.dtype, low: int, high: int | None
    ) -> np.ndarray:
        """Integers in [low, high) as `dtype`; without `high`, up to the largest of the dtype.

        For a float dtype the largest is the last one to which all integers are exact.
        """
        dtype = np.dtype(dtype)
        if high is None and low == -(2**63):
            require(
                dtype.name in ("int64", "float64", "float32", "bfloat16"),
                "random_full_64_bits_range_kernel_cpu handles only int64, double, float and "
                f"bfloat16, but got {dtype.name}",
            )
            return self.random64(numel(shape)).view(np.int64).astype(dtype).reshape(shape)
        require(
            high is None or low < high,
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}",
        )
        if dtype.name in SIGNIFICAND_BITS:
            low, high = representable_bounds(low, high, dtype)
            require(
                low < high,
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but "
                f"got from={low} >= to={high} in {dtype.name}",
            )
        elif high is None:
            high = largest(dtype) + 1
        assert high is not None
        check_integer_bounds(low, high - 1, dtype)
        count = numel(shape)
        span = high - low
        words = self.random64(count) if span >= WIDE_RANGE else self.random32(count)
        words %= np.uint64(span)
        words += np.uint64(low % 2**64)  # wraps around for a negative bound, as intended
        return words.view(np.int64).astype(dtype).reshape(shape)

    @for_each_example
    def random(self, shape: Shape, dtype: np.dtype) -> np.ndarray:
        """Integers from 0 to the largest of the dtype (for floats: the last exact one)."""
        dtype = np.dtype(dtype)
        bits = SIGNIFICAND_BITS.get(dtype.name)
        last = 2**bits if bits else largest(dtype)
        count = numel(shape)
        words = self.random64(count) if dtype.itemsize == 8 else self.random32(count)
        words %= np.uint64(last + 1)
        return words.astype(dtype).reshape(shape)

    @for_each_example
    def permutation(self, count: int, dtype: Any = np.int64) -> np.ndarray:
        """The numbers 0 to count - 1 in random order (Fisher and Yates's shuffle)."""
        if count >= LONG_PERMUTATION:
            return self._long_permutation(count, np.dtype(dtype))
        steps = max(count - 1, 0)
        offsets = self.random32(steps) % np.arange(count, 1, -1, dtype=np.uint64)
        targets = offsets.view(np.int64) + np.arange(steps)
        return _swapped(np.arange(count), targets).astype(dtype, copy=False)

    def _long_permutation(self, count: int, dtype: np.dtype) -> np.ndarray:
        """The shuffle from the inside out, with 64-bit words: PyTorch's above 214 million."""
        order = np.arange(count, dtype=np.int64)
        chunk = 1 << 20
        for start in range(0, count, chunk):
            stop = min(start + chunk, count)
            sizes = np.arange(start + 1, stop + 1, dtype=np.uint64)
            for here, there in enumerate((self.random64(stop - start) % sizes).tolist(), start):
                order[here] = order[there]
                order[there] = here
        return order.astype(dtype)

    # Other distributions ------------------------------------------------------------------------

    @for_each_example
    def bernoulli(self, shape: Shape, probability: Any, dtype: np.dtype) -> np.ndarray:
        """Ones with the given probability, else zeros, as `dtype`.

        A Python number is compared with 53 random bits, and so is an array of float64; an array of
        a narrower float dtype with 24. An array must broadcast to `shape`.
        """
        count = numel(shape)
        if isinstance(probability, np.ndarray):
            inside = bool(np.all((probability >= 0) & (probability <= 1)))
            require(inside, "Expected p_in >= 0 && p_in <= 1 to be true: probabilities in [0, 1]")
            wide = probability.dtype == np.float64
            unit = self._uniform53(count) if wide else self._uniform24(count)
            return (unit.reshape(shape) < probability.astype(unit.dtype)).astype(dtype)
        require(
            0 <= probability <= 1,
            f"bernoulli_ expects p to be in [0, 1], but got p={probability:g}",
        )
        words = self.random64(count)
        words &= np.uint64(2**53 - 1)
        return (words < np.uint64(math.ceil(probability * 2**53))).astype(dtype).reshape(shape)

    @for_each_example
    def exponential(self, shape: Shape, dtype: np.dtype, rate: float = 1.0) -> np.ndarray:
        """Exponential floats, -log(1 - u) / rate."""
        dtype = np.dtype(dtype)
        require(
            dtype.name in SIGNIFICAND_BITS,
            "Exponential distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {dtype.name}",
        )
        require(rate > 0, f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
        logarithms = normals.through_libm(math.log1p, -self._uniform53(numel(shape)))
        return rounded(logarithms * (-1.0 / rate), dtype).reshape(shape)

    @for_each_example
    def geometric(self, shape: Shape, dtype: np.dtype, probability: float) -> np.ndarray:
        """Trials up to the first success, ceil(log(u) / log(1 - p)), as `dtype`."""
        require(
            0 < probability < 1,
            f"geometric_ expects p to be in (0, 1), but got p={probability:g}",
        )
        unit = self._uniform53(numel(shape))
        zero = unit == 0.0  # math.log raises there
        unit[zero] = 1.0
        logarithms = normals.through_libm(math.log, unit)
        logarithms[zero] = -np.inf
        trials = np.ceil(logarithms / math.log1p(-probability))
        return rounded(trials, np.dtype(dtype)).reshape(shape)

    @for_each_example
    def cauchy(
        self, shape: Shape, dtype: np.dtype, median: float = 0.0, sigma: float = 1.0
    ) -> np.ndarray:
        """Cauchy floats, median + sigma * tan(pi * (u - 1/2))."""
        dtype = np.dtype(dtype)
        require(
            dtype.name in SIGNIFICAND_BITS,
            "Cauchy distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {dtype.name}",
        )
        require(sigma > 0, f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
        angles = (self._uniform53(numel(shape)) - 0.5) * math.pi
        tangents = normals.through_libm(math.tan, angles)
        return rounded(normals.fused64(tangents, float(sigma), float(median)), dtype).reshape(shape)

    @for_each_example
    def multinomial(self, weights: np.ndarray, count: int, replacement: bool = False) -> np.ndarray:
        """Indices drawn in proportion to the weights of each row. Shape (..., count), int64."""
        require_floating(weights.dtype, "multinomial only supports floating-point dtypes; it is")
        require(weights.ndim in (1, 2), "prob_dist must be 1 or 2 dim")
        require(count > 0, f"cannot sample n_sample <= 0 samples, but got {count}")
        categories = weights.shape[-1]
        require(
            replacement or count <= categories,
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement: asked for "
            f"{count} of {categories}",
        )
        usable = bool(np.all((weights >= 0) & (weights < np.inf)))
        require(usable, "probability tensor contains either `inf`, `nan` or element < 0")
        positive = bool(np.all(weights.astype(np.float64).sum(-1) > 0))
        require(positive, "invalid multinomial distribution (sum of probabilities <= 0)")
        if replacement and count > 1:
            return self._multinomial_with_replacement(weights, count)
        # The largest of weight / exponential is a draw; the next largest, one without replacement.
        with np.errstate(divide="ignore"):
            keys = weights / self.exponential(weights.shape, weights.dtype)
        if count == 1:
            return keys.argmax(-1, keepdims=True)
        return np.argsort(-keys, -1, kind="stable")[..., :count]

    def _multinomial_with_replacement(self, weights: np.ndarray, count: int) -> np.ndarray:
        """Each draw finds its place in the running sum of its row."""
        precision = np.float64 if weights.dtype == np.float64 else np.float32
        rows = weights.reshape(-1, weights.shape[-1])
        sums = np.add.accumulate(rows.astype(precision), -1)
        sums /= sums[:, -1:].copy()
        sums[:, -1] = 1
        unit = self._uniform53(len(rows) * count).reshape(len(rows), count)
        indices = [np.searchsorted(row.astype(np.float64), draws) for row, draws in zip(sums, unit)]
        return np.array(indices, dtype=np.int64).reshape(*weights.shape[:-1], count)


def restored(device: str, state: np.ndarray) -> Generator:
    """A generator in the given state; what pickle and deepcopy call."""
    generator = Generator(device)
    generator.set_state_bytes(state)
    return generator


# The generator that torch.manual_seed seeds and that every random op uses unless it is given one.
# PyTorch shows it as an object too, so it lives for the whole process and is never replaced.
default_generator = Generator()

__all__ = ["DEFAULT_SEED", "Generator", "default_generator", "restored"]
