"""Division of float32 in whole arrays gives what NumPy gives one by one, signs of zeros included.

May import: everything.
"""

import numpy as np
import pytest

from rushlight.kernels import division, running

RNG = np.random.default_rng(0)


def pairs():
    for scale in (1e-6, 1.0, 1e5, 1e12):
        a = (RNG.standard_normal(500) * scale).astype(np.float32)
        b = RNG.standard_normal(500).astype(np.float32)
        yield a, b
        yield np.round(a), np.round(b) + np.float32(3)


@pytest.mark.parametrize("name", ["fmod", "remainder", "floor_divide"])
def test_as_numpy(name):
    for a, b in pairs():
        with np.errstate(all="ignore"):
            found, expected = getattr(division, name)(a, b), getattr(np, name)(a, b)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.float32


def test_edges_go_the_slow_way():
    a = np.array([np.inf, np.nan, 1.0, -0.0] * 20, np.float32)
    b = np.array([2.0, 2.0, 0.0, 3.0] * 20, np.float32)
    with np.errstate(all="ignore"):
        for name in ("fmod", "remainder", "floor_divide"):
            found, expected = getattr(division, name)(a, b), getattr(np, name)(a, b)
            np.testing.assert_array_equal(found, expected)


def test_a_remainder_of_zero_has_the_sign_of_what_was_divided():
    a = np.array([-4.0, 4.0] * 40, np.float32)
    for other in (2.0, -2.0, np.float32(2)):
        assert np.signbit(division.remainder(a, other)).tolist() == [True, False] * 40


@pytest.mark.parametrize("shape", [(300, 400), (2000,), (40, 50, 60), (1, 9000), (5000, 3)])
def test_running_results_and_products(shape):
    x = RNG.uniform(0.9, 1.1, shape)
    for dim in range(len(shape)):
        np.testing.assert_allclose(running.accumulate(np.add, x, dim), np.cumsum(x, dim))
        np.testing.assert_array_equal(
            running.accumulate(np.maximum, x, dim), np.maximum.accumulate(x, dim)
        )
        for keepdim in (False, True):
            np.testing.assert_allclose(
                running.product(x, dim, keepdim), np.prod(x, dim, keepdims=keepdim), rtol=1e-11
            )
    np.testing.assert_allclose(running.product(x, None, False), np.prod(x), rtol=1e-10)
