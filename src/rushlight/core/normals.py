"""Box and Muller's transform from uniform to normal numbers, to the bit as PyTorch's CPU has it.

A normal in PyTorch depends on which logarithm, sine and cosine were used and on where a product
and a sum were rounded once instead of twice, so both are fixed here.
May import: nothing.
"""

import math
from collections.abc import Callable

import numpy as np

# Sixteen uniforms make sixteen normals: the first eight give radii, the other eight angles.
GROUP = 16
# Groups worked on at a time, so that the temporaries below stay in the processor's cache.
BLOCK_GROUPS = 4096

ONE = np.float32(1)
HALF_ROOT = np.float32(math.sqrt(0.5))
TWO_PI = np.float32(2 * math.pi)
FOUR_OVER_PI = np.float32(4 / math.pi)

# Moshier's Cephes library, single precision: log(1 + x) = x - x**2/2 + x**3 * polynomial(x), with
# log(2) in two parts so that the larger times an exponent is exact.
LOG_COEFFICIENTS = (
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
LOG_TWO_LOW = -2.12194440e-4
LOG_TWO_HIGH = 0.693359375

# The same library's sine and cosine on [0, pi/4], with -pi/4 in three parts.
SIN_COEFFICIENTS = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COS_COEFFICIENTS = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
MINUS_QUARTER_PI = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)


def fused32(a: np.ndarray, b: np.ndarray | float, c: np.ndarray | float) -> np.ndarray:
    """a * b + c in float32, rounded once (but for double rounding, one case in some 2**29).

    The product of two float32 numbers is exact in float64, the sum there keeps 29 spare bits.
    """
    wide = np.multiply(a, as_float32(b), dtype=np.float64)
    wide += as_float32(c)
    return wide.astype(np.float32)


def as_float32(value: np.ndarray | float) -> np.ndarray | float:
    """Arrays as they are, numbers with float32's value."""
    return value if isinstance(value, np.ndarray) else float(np.float32(value))


def fused64(a: np.ndarray, b: float, c: float) -> np.ndarray:
    """a * b + c in float64, rounded once (Dekker's exact product, Knuth's exact sum)."""
    plain = a * b + c
    if c == 0 or abs(b) == 1:
        return plain  # rounded once already
    with np.errstate(over="ignore", invalid="ignore"):
        product = a * b
        scaled = a * 134217729.0  # 2**27 + 1 cuts a 53-bit number in two halves
        a_high = scaled - (scaled - a)
        a_low = a - a_high
        b_scaled = b * 134217729.0
        b_high = b_scaled - (b_scaled - b)
        b_low = b - b_high
        error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
        total = product + c
        rest = total - product
        error += (product - (total - rest)) + (c - rest)
        total += error
    return np.where(np.isfinite(total), total, plain)  # the cut overflows near the largest numbers


def through_libm(function: Callable[[float], float], values: np.ndarray) -> np.ndarray:
    """`function` of each value by the C library, whose last bit NumPy's own loops do not share."""
    return np.fromiter(map(function, values.ravel().tolist()), np.float64, values.size)


def log32(values: np.ndarray) -> np.ndarray:
    """Natural logarithm of positive normal float32 numbers, as Cephes computes it, with FMA."""
    mantissa, exponent = np.frexp(values)  # mantissa in [1/2, 1)
    low = mantissa < HALF_ROOT
    x = mantissa - ONE
    x += np.where(low, mantissa, np.float32(0))
    power = (exponent - low).astype(np.float32)
    square = x * x
    y = np.full_like(x, LOG_COEFFICIENTS[0])
    for coefficient in LOG_COEFFICIENTS[1:]:
        y = fused32(y, x, coefficient)
    y *= x
    y = fused32(y, square, power * np.float32(LOG_TWO_LOW))
    y = fused32(square, -0.5, y)
    x += y
    return fused32(power, LOG_TWO_HIGH, x)


def sin_cos32(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sine and cosine of non-negative float32 angles, as Cephes computes them, with FMA."""
    octant = (angle * FOUR_OVER_PI).astype(np.int32)
    octant += 1
    octant &= ~1
    turns = octant.astype(np.float32)
    x = angle
    for part in MINUS_QUARTER_PI:
        x = fused32(turns, part, x)
    square = x * x
    cosine = np.full_like(x, COS_COEFFICIENTS[0])
    for coefficient in COS_COEFFICIENTS[1:]:
        cosine = fused32(cosine, square, coefficient)
    cosine *= square
    cosine = fused32(cosine, square, square * np.float32(-0.5))
    cosine += ONE
    sine = np.full_like(x, SIN_COEFFICIENTS[0])
    for coefficient in SIN_COEFFICIENTS[1:]:
        sine = fused32(sine, square, coefficient)
    sine *= square
    sine = fused32(sine, x, x)
    swapped = (octant & 2) != 0
    sine_out = np.where(swapped, cosine, sine)
    cosine_out = np.where(swapped, sine, cosine)
    # A sign is the top bit: in the octants 4 to 7 the sine is negative, in 2 to 5 the cosine.
    sine_bits = sine_out.view(np.int32)
    sine_bits ^= (octant & 4) << 29
    cosine_bits = cosine_out.view(np.int32)
    cosine_bits ^= ((octant + 2) & 4) << 29
    return sine_out, cosine_out


def grouped32(uniforms: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Normals from float32 uniforms in [0, 1), a multiple of 16 of them."""
    groups = uniforms.reshape(-1, GROUP)
    normals = np.empty_like(groups)
    for start in range(0, len(groups), BLOCK_GROUPS):
        block = groups[start : start + BLOCK_GROUPS]
        radius = np.sqrt(log32(ONE - block[:, :8]) * np.float32(-2))
        sine, cosine = sin_cos32(block[:, 8:] * TWO_PI)
        target = normals[start : start + BLOCK_GROUPS]
        target[:, :8] = scaled32(radius * cosine, mean, std)
        target[:, 8:] = scaled32(radius * sine, mean, std)
    return normals.ravel()


def scaled32(values: np.ndarray, mean: float, std: float) -> np.ndarray:
    """values * std + mean in float32, rounded once."""
    if mean != 0 and std != 1:
        return fused32(values, std, mean)
    values *= np.float32(std)  # where one of the two steps is exact, two steps round once
    values += np.float32(mean)
    return values


def grouped64(uniforms: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Normals from float64 uniforms in [0, 1), a multiple of 16 of them."""
    groups = uniforms.reshape(-1, GROUP)
    radius = np.sqrt(through_libm(math.log, 1 - groups[:, :8]) * -2.0).reshape(-1, 8)
    angle = groups[:, 8:] * (2 * math.pi)
    normals = np.empty_like(groups)
    normals[:, :8] = radius * np.cos(angle)
    normals[:, 8:] = radius * np.sin(angle)
    return fused64(normals.ravel(), std, mean)


def pairs(uniforms: np.ndarray) -> np.ndarray:
    """Standard normals from float64 uniforms taken two by two: (angle, radius) -> (cos, sin)."""
    angle = uniforms[0::2] * (2 * math.pi)
    radius = np.sqrt(through_libm(math.log1p, -uniforms[1::2]) * -2.0)
    normals = np.empty_like(uniforms)
    normals[0::2] = radius * np.cos(angle)
    normals[1::2] = radius * np.sin(angle)
    return normals
