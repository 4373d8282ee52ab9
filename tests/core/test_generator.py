"""The random generator against values that PyTorch 2.13 drew, and its state, seeds and errors.

May import: core.
"""

import copy
import pickle
import subprocess
import sys
import zlib

import numpy as np
import pytest

from rushlight.core import normals
from rushlight.core.generator import Generator, default_generator

FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)


def seeded(seed=0):
    return Generator().manual_seed(seed)


def test_uniform_of_the_lesson():
    drawn = seeded().uniform(3, FLOAT32)
    expected = np.array([0.49625658988952637, 0.7682217955589294, 0.08847743272781372], np.float32)
    np.testing.assert_array_equal(drawn, expected)


# What PyTorch 2.13.0 drew after manual_seed(1234).
EXPECTED = {
    "uniform float64": (
        lambda g: g.uniform(3, FLOAT64),
        [0.2318341720884639, 0.07875386135027063, 0.46640616040796923],
    ),
    "uniform float16": (
        lambda g: g.uniform(3, np.float16),
        [0.0289764404296875, 0.40185546875, 0.259765625],
    ),
    "uniform scaled": (
        lambda g: g.uniform(3, FLOAT32, -0.3, 0.7),
        [-0.271020770072937, 0.10189855098724365, -0.04015582799911499],
    ),
    "normal of 3": (
        lambda g: g.normal(3, FLOAT32),
        [0.0461304634809494, 0.4024028182029724, -1.0115290880203247],
    ),
    "normal of 17": (
        lambda g: g.normal(17, FLOAT32)[[0, 1, 15, 16]],
        [-0.1117185652256012, -0.09228753298521042, 1.215756893157959, -2.5273351669311523],
    ),
    "normal float64": (
        lambda g: g.normal(17, FLOAT64, 2, 3)[[0, 1, 15, 16]],
        [1.7350697618368125, 3.9719668364095266, 4.7319862722557655, 0.9019655744209873],
    ),
    "normal float16": (
        lambda g: g.normal(17, np.float16)[[0, 1, 15, 16]],
        [-0.1116943359375, 0.798828125, -0.6630859375, 1.2158203125],
    ),
    "random int64": (lambda g: g.random((), np.int64) >> 11, [1725053849824476]),
    "random uint8": (lambda g: g.random(4, np.uint8), [47, 211, 38, 53]),
    "random float32": (lambda g: g.random(3, FLOAT32), [486142.0, 6742612.0, 4359303.0]),
    "integers": (lambda g: g.random_from_to(6, np.int64, -5, 100), [85, 76, 16, 0, 51, 59]),
    "wide integers": (
        lambda g: g.random_from_to(3, np.int64, 0, 2**40),
        [204000912083, 166721346613, 878802328948],
    ),
    "permutation": (lambda g: g.permutation(10), [5, 4, 8, 2, 6, 9, 1, 7, 0, 3]),
    "bernoulli of a number": (
        lambda g: g.bernoulli(10, 0.3, FLOAT32),
        [1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0],
    ),
    "bernoulli of an array": (
        lambda g: g.bernoulli(10, np.full(10, 0.3, np.float32), FLOAT32),
        [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0],
    ),
    "exponential": (
        lambda g: g.exponential(3, FLOAT32, 2.0),
        [0.13187482953071594, 0.041014011949300766, 0.31406015157699585],
    ),
    "geometric": (lambda g: g.geometric(6, np.int64, 0.3), [5, 8, 3, 3, 3, 4]),
    "log_normal": (
        lambda g: g.log_normal(3, FLOAT32),
        [2.981006383895874, 6.078789710998535, 0.35949385166168213],
    ),
    "cauchy": (
        lambda g: g.cauchy(3, FLOAT32, 0.5, 2.5),
        [-2.3029673099517822, -9.397557258605957, 0.2351706176996231],
    ),
    "multinomial": (lambda g: g.multinomial(np.array([1.0, 2.0, 3.0, 4.0]), 3), [1, 3, 2]),
    "multinomial with replacement": (
        lambda g: g.multinomial(np.array([1.0, 2.0, 3.0, 4.0]), 6, True),
        [1, 0, 2, 2, 2, 1],
    ),
}

# crc32 of the bytes of larger draws, from the same seed.
CHECKSUMS = {
    "uniform": (lambda g: g.uniform(100_001, FLOAT32), 3578972090),
    "normal": (lambda g: g.normal(100_001, FLOAT32), 1859731476),
    "normal scaled": (lambda g: g.normal(100_001, FLOAT32, 2, 3), 2899598480),
    "permutation": (lambda g: g.permutation(60_000), 823989303),
    "bernoulli": (lambda g: g.bernoulli(100_001, 0.8, np.bool_), 3786381218),
}

# crc32 of get_state(): after seeding, and after randn(3) and rand(1000).
STATE_SEEDED = 3072169676
STATE_USED = 2206417547


@pytest.mark.parametrize("name", EXPECTED)
def test_values(name):
    draw, expected = EXPECTED[name]
    drawn = draw(seeded(1234)).ravel().astype(np.float64)
    # Exact for all but float64 logarithms, whose last bit is the C library's.
    np.testing.assert_allclose(drawn, expected, rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", CHECKSUMS)
def test_large_draws(name):
    draw, expected = CHECKSUMS[name]
    drawn = draw(seeded(1234))
    assert zlib.crc32(drawn.tobytes()) == expected


def test_pairs_leave_the_second_normal_for_later():
    whole = seeded(5).normal(6, FLOAT64)
    generator = seeded(5)
    parts = [generator.normal(count, FLOAT64) for count in (1, 2, 3)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    generator.manual_seed(5)
    generator.normal(1, FLOAT64)
    generator.manual_seed(5)  # forgets the value left over
    np.testing.assert_array_equal(generator.normal(6, FLOAT64), whole)


def test_uniform_never_reaches_the_upper_bound():
    drawn = seeded().uniform(100_000, FLOAT32, 1, 1 + 2**-22)
    assert drawn.max() < np.float32(1 + 2**-22)
    assert drawn.min() == 1


def test_permutation_holds_every_number_once():
    np.testing.assert_array_equal(np.sort(seeded().permutation(60_000)), np.arange(60_000))
    assert seeded().permutation(0).shape == (0,)


def test_fused_sums_round_once():
    a, b, c = np.array([1 + 2**-30]), 1 + 2**-30, -1.0
    assert normals.fused64(a, b, c)[0] == 2**-29 + 2**-60
    assert (a * b + c)[0] == 2**-29
    assert normals.fused64(np.array([1e308]), 0.5, 1.0)[0] == 5e307


def test_seeds():
    assert Generator().initial_seed() == 67280421310721
    assert seeded(-1).initial_seed() == 2**64 - 1
    assert seeded(np.int64(3)).initial_seed() == 3
    generator = Generator()
    assert generator.seed() == generator.initial_seed()
    # Only the low 32 bits enter the twister, as in PyTorch.
    np.testing.assert_array_equal(seeded(7).random32(5), seeded(7 + 2**32).random32(5))
    assert default_generator.device.type == "cpu"


def test_bad_seeds():
    for seed in (1.5, True, "a", None):
        with pytest.raises(RuntimeError, match="manual_seed expected a long, but got"):
            seeded(seed)
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            seeded(seed)


@pytest.mark.parametrize("drawn", (0, 1, 623, 624, 625, 1300))
def test_state_round_trip(drawn):
    first = seeded(3)
    first.random32(drawn)
    first.normal(1, FLOAT64)
    state = first.state_bytes()
    assert state.dtype == np.uint8
    assert state.shape == (5056,)
    second = Generator()
    second.set_state_bytes(state)
    assert second.initial_seed() == 3
    np.testing.assert_array_equal(second.state_bytes(), state)
    for third in (second, first.clone_state(), copy.deepcopy(first), restored_by_pickle(first)):
        np.testing.assert_array_equal(
            third.normal(3, FLOAT64), first.clone_state().normal(3, FLOAT64)
        )


def restored_by_pickle(generator):
    return pickle.loads(pickle.dumps(generator))


def test_state_bytes_are_pytorchs():
    generator = seeded(1234)
    assert zlib.crc32(generator.state_bytes().tobytes()) == STATE_SEEDED
    generator.normal(3, FLOAT32)
    generator.uniform(1000, FLOAT32)
    assert zlib.crc32(generator.state_bytes().tobytes()) == STATE_USED


def test_bad_states_change_nothing():
    generator = seeded(3)
    generator.random32(10)
    state = generator.state_bytes()
    for size in (0, 5048, 5055, 5057):
        with pytest.raises(RuntimeError, match=f"input RNG state size to be {size}"):
            generator.set_state_bytes(np.zeros(size, np.uint8))
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        generator.set_state_bytes(np.zeros(5056, np.uint8))
    with pytest.raises(TypeError, match=r"must be a torch\.ByteTensor"):
        generator.set_state_bytes(np.zeros(5056, np.int8))
    np.testing.assert_array_equal(generator.state_bytes(), state)


def test_bad_arguments_draw_nothing():
    generator = seeded(3)
    state = generator.state_bytes()
    bad = (
        ("found from=2 > to=1", lambda: generator.uniform(3, FLOAT32, 2, 1)),
        ("to is out of bounds for float", lambda: generator.uniform(3, FLOAT32, 0, 1e39)),
        ("to is out of bounds for c10::Half", lambda: generator.uniform(3, np.float16, 0, 1e5)),
        ("std >= 0.0, but found std -1", lambda: generator.normal(3, FLOAT32, 0, -1)),
        ("not implemented for 'int64'", lambda: generator.normal(3, np.int64)),
        ("p to be in .0, 1., but got p=2", lambda: generator.bernoulli(3, 2, FLOAT32)),
        ("p_in >= 0", lambda: generator.bernoulli(1, np.array([1.5]), FLOAT32)),
        ("from=5 >= to=5", lambda: generator.random_from_to(3, np.int64, 5, 5)),
        (
            "to - 1 is out of bounds for signed char",
            lambda: generator.random_from_to(3, np.int8, 0, 300),
        ),
        (
            "from is out of bounds for unsigned char",
            lambda: generator.random_from_to(3, np.uint8, -3, 3),
        ),
        ("lambda > 0.0, but found lambda=0", lambda: generator.exponential(3, FLOAT32, 0)),
        ("must be a floating point", lambda: generator.exponential(3, np.int64)),
        ("p to be in .0, 1., but got p=1", lambda: generator.geometric(3, FLOAT32, 1)),
        ("std > 0.0, but found std=0", lambda: generator.log_normal(3, FLOAT32, 0, 0)),
        ("sigma > 0.0, but found sigma=0", lambda: generator.cauchy(3, FLOAT32, 0, 0)),
        ("without replacement", lambda: generator.multinomial(np.ones(2), 3)),
        ("element < 0", lambda: generator.multinomial(np.array([1.0, -1.0]), 1)),
        ("n_sample <= 0", lambda: generator.multinomial(np.ones(2), 0)),
    )
    for message, call in bad:
        with pytest.raises(RuntimeError, match=message):
            call()
    np.testing.assert_array_equal(generator.state_bytes(), state)


def test_inexact_float_bounds_warn():
    with pytest.warns(UserWarning, match="out of bounds"):
        seeded().random_from_to(3, FLOAT32, 0, 2**26)


def test_other_devices():
    with pytest.raises(RuntimeError, match="Cannot get CUDA generator"):
        Generator("cuda")
    with pytest.raises(RuntimeError, match="at start of device string"):
        Generator("abacus")


def test_importing_does_not_load_numpy_random():
    code = (
        "import sys, numpy; before = 'numpy.random' in sys.modules; "
        "import rushlight.core.generator as g; g.default_generator.manual_seed(3); "
        "sys.exit(('numpy.random' in sys.modules) != before)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
