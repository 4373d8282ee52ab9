"""Formulas over parts of large arrays, and choices without branches: the same numbers as NumPy's.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.kernels.blocks import BLOCK, in_blocks, select, with_number

DRAW = np.random.default_rng(0)
DTYPES = ["bool", "int8", "int64", "float16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(100, 100), (100, 1), (100,)])
def test_select_is_where(dtype, shape):
    x, y = [(DRAW.standard_normal((100, 100)) * 5).astype(dtype) for _ in range(2)]
    condition = DRAW.random(shape) > 0.5
    number = np.dtype(dtype).type(3)
    pairs = [(x, y), (x, 0), (0, y), (x, number), (x.T, y[:1]), (x[:, :1], y), (1.5, y)]
    for chosen, other in pairs:
        expected = np.where(condition, chosen, other)
        found = select(condition, chosen, other)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_select_keeps_special_numbers_bit_by_bit():
    x = np.tile(np.array([np.inf, -np.inf, np.nan, -0.0, 1e-45], np.float32), 1000)
    condition = np.arange(x.size) % 3 == 0
    for pair in [(x, x[::-1]), (0.0, x), (x, 0.0), (-0.0, x)]:
        expected = np.where(condition, *pair).astype(np.float32)
        found = select(condition, *pair)
        np.testing.assert_array_equal(found.view(np.int32), expected.view(np.int32))


@pytest.mark.parametrize("size", [0, 1, 2 * BLOCK - 1, 2 * BLOCK, 3 * BLOCK + 17])
def test_blocks_change_nothing(size):
    x, y = DRAW.standard_normal((2, size))
    kernel = lambda x, y, *, scale: x * scale > y
    found = in_blocks(kernel)(x, y, scale=2.0)
    np.testing.assert_array_equal(found, kernel(x, y, scale=2.0))


def test_blocks_leave_other_layouts_to_the_kernel():
    seen = []

    def kernel(x, y):
        seen.append(x.shape)
        return x + y

    x = DRAW.standard_normal((400, 400))
    for y in (x.T, x[:1], 2.0):
        np.testing.assert_array_equal(in_blocks(kernel)(x, y), x + y)
    assert seen == [(400, 400)] * 3
    np.testing.assert_array_equal(in_blocks(kernel)(x, x), 2 * x)
    assert seen[3] == (BLOCK,) and len(seen) == 3 + -(-x.size // BLOCK)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3 * BLOCK), (3 * BLOCK + 5,)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_ufunc_with_a_number(shape, dtype):
    x = np.asarray(DRAW.standard_normal(shape)).astype(dtype)
    found = with_number(np.maximum, x, 0.25)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.maximum(x, np.dtype(dtype).type(0.25)))
    if shape:
        copy = x.copy()
        assert with_number(np.minimum, copy, 0.25, out=copy) is copy
        np.testing.assert_array_equal(copy, np.minimum(x, np.dtype(dtype).type(0.25)))
        turned = with_number(np.maximum, x.T[::-1], 0.25)
        np.testing.assert_array_equal(turned, np.maximum(x.T[::-1], 0.25))


F = torch.nn.functional
LARGE = {
    "relu": F.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "steep": lambda x: F.leaky_relu(x, 3.0),
    "flat": lambda x: F.leaky_relu(x, 0.0),
    "threshold": lambda x: F.threshold(x, 0.1, 20),
    "hardtanh": F.hardtanh,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "gelu": F.gelu,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": F.softplus,
    "elu": F.elu,
    "prelu": lambda x: F.prelu(x, torch.tensor([0.25], dtype=x.dtype)),
    "sigmoid": torch.sigmoid,
}


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_large_inputs_come_out_as_small_ones(name, dtype):
    values = torch.tensor([-np.inf, -3.0, -0.4, -0.0, 0.0, 0.3, 2.0, np.inf, np.nan]).to(dtype)
    if name == "flat":
        values = values[1:-2]
    large = values.repeat(2 * BLOCK // 4)
    expected = LARGE[name](values).repeat(2 * BLOCK // 4)
    found = LARGE[name](large).float().numpy()
    np.testing.assert_allclose(found, expected.float().numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", LARGE)
def test_gradients_of_large_inputs(name):
    small = torch.tensor([-3.0, -0.4, 0.3, 2.0], requires_grad=True)
    LARGE[name](small).sum().backward()
    large = small.detach().repeat(BLOCK).requires_grad_()
    LARGE[name](large).sum().backward()
    expected = small.grad.repeat(BLOCK).numpy()
    np.testing.assert_allclose(large.grad.numpy(), expected, rtol=1e-5, atol=1e-7)
