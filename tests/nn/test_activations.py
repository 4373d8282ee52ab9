"""Activations against values and gradients obtained from PyTorch 2.13 in float64.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradgradcheck
from tests.helpers import check_gradient

F = torch.nn.functional
INPUT = [-3.5, -1.0, -0.2, 0.0, 0.4, 1.0, 2.5, 7.0]
ACTIVATIONS = {
    "relu": (
        {},
        [0.0, 0.0, 0.0, 0.0, 0.4, 1.0, 2.5, 7.0],
        [0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 7.0, 8.0],
    ),
    "leaky_relu": (
        {"negative_slope": 0.2},
        [-0.7, -0.2, -0.04, 0.0, 0.4, 1.0, 2.5, 7.0],
        [0.2, 0.4, 0.6, 0.8, 5.0, 6.0, 7.0, 8.0],
    ),
    "relu6": (
        {},
        [0.0, 0.0, 0.0, 0.0, 0.4, 1.0, 2.5, 6.0],
        [0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 7.0, 0.0],
    ),
    "elu": (
        {"alpha": 0.7},
        [-0.678862, -0.442484, -0.126888, 0.0, 0.4, 1.0, 2.5, 7.0],
        [0.021138, 0.515031, 1.719335, 2.8, 5.0, 6.0, 7.0, 8.0],
    ),
    "selu": (
        {},
        [-1.705009, -1.111331, -0.318689, 0.0, 0.42028, 1.050701, 2.626752, 7.354907],
        [0.05309, 1.293537, 4.31823, 7.032397, 5.253505, 6.304206, 7.354907, 8.405608],
    ),
    "celu": (
        {"alpha": 0.7},
        [-0.695283, -0.532244, -0.173966, 0.0, 0.4, 1.0, 2.5, 7.0],
        [0.006738, 0.479302, 2.254432, 4.0, 5.0, 6.0, 7.0, 8.0],
    ),
    "gelu": (
        {},
        [-0.000814, -0.158655, -0.084148, 0.0, 0.262169, 0.841345, 2.484476, 7.0],
        [-0.002822, -0.166631, 1.027595, 2.0, 4.013649, 6.499893, 7.263278, 8.0],
    ),
    "gelu tanh": (
        {"approximate": "tanh"},
        [-0.000616, -0.158808, -0.084149, 0.0, 0.262161, 0.841192, 2.484916, 7.0],
        [-0.002423, -0.165928, 1.027626, 2.0, 4.013294, 6.497785, 7.265661, 8.0],
    ),
    "silu": (
        {},
        [-0.102593, -0.268941, -0.090033, 0.0, 0.239475, 0.731059, 2.310355, 6.993623],
        [-0.070273, 0.144659, 1.201988, 2.0, 3.47396, 5.566023, 7.695808, 8.043684],
    ),
    "mish": (
        {},
        [-0.104096, -0.303401, -0.107145, 0.0, 0.289031, 0.865098, 2.471392, 6.999988],
        [-0.07276, 0.118434, 1.414591, 2.4, 4.185088, 6.294217, 7.287907, 8.000172],
    ),
    "softplus": (
        {"beta": 2},
        [0.000456, 0.063464, 0.256508, 0.346574, 0.58555, 1.063464, 2.503358, 7.0],
        [0.000911, 0.238406, 1.203937, 2.0, 3.449872, 5.284782, 6.95315, 7.999993],
    ),
    "logsigmoid": (
        {},
        [-3.52975, -1.313262, -0.798139, -0.693147, -0.513015, -0.313262, -0.07889, -0.000911],
        [0.970688, 1.462117, 1.649502, 2.0, 2.006562, 1.613649, 0.531007, 0.007288],
    ),
    "hardtanh": (
        {"min_val": -0.5, "max_val": 1.5},
        [-0.5, -0.5, -0.2, 0.0, 0.4, 1.0, 1.5, 1.5],
        [0.0, 0.0, 3.0, 4.0, 5.0, 6.0, 0.0, 0.0],
    ),
    "hardsigmoid": (
        {},
        [0.0, 0.333333, 0.466667, 0.5, 0.566667, 0.666667, 0.916667, 1.0],
        [0.0, 0.333333, 0.5, 0.666667, 0.833333, 1.0, 1.166667, 0.0],
    ),
    "hardswish": (
        {},
        [-0.0, -0.333333, -0.093333, 0.0, 0.226667, 0.666667, 2.291667, 7.0],
        [0.0, 0.333333, 1.3, 2.0, 3.166667, 5.0, 9.333333, 8.0],
    ),
    "hardshrink": (
        {},
        [-3.5, -1.0, 0.0, 0.0, 0.0, 1.0, 2.5, 7.0],
        [1.0, 2.0, 0.0, 0.0, 0.0, 6.0, 7.0, 8.0],
    ),
    "softshrink": (
        {},
        [-3.0, -0.5, 0.0, 0.0, 0.0, 0.5, 2.0, 6.5],
        [1.0, 2.0, 0.0, 0.0, 0.0, 6.0, 7.0, 8.0],
    ),
    "softsign": (
        {},
        [-0.777778, -0.5, -0.166667, 0.0, 0.285714, 0.5, 0.714286, 0.875],
        [0.049383, 0.5, 2.083333, 4.0, 2.55102, 1.5, 0.571429, 0.125],
    ),
    "tanhshrink": (
        {},
        [-2.501822, -0.238406, -0.002625, 0.0, 0.020051, 0.238406, 1.513386, 6.000002],
        [0.996359, 1.160051, 0.116871, 0.0, 0.721806, 3.480154, 6.813854, 7.999973],
    ),
    "threshold": (
        {"threshold": 0.3, "value": 2.0},
        [2.0, 2.0, 2.0, 2.0, 0.4, 1.0, 2.5, 7.0],
        [0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 7.0, 8.0],
    ),
    "softmax": (
        {"dim": 0},
        [2.7e-05, 0.00033, 0.000734, 0.000897, 0.001338, 0.002437, 0.010924, 0.983314],
        [-0.000189, -0.00197, -0.003649, -0.00356, -0.003974, -0.004804, -0.010604, 0.02875],
    ),
    "log_softmax": (
        {"dim": 0},
        [-10.516827, -8.016827, -7.216827, -7.016827, -6.616827, -6.016827, -4.516827, -0.016827],
        [0.999025, 1.988125, 2.973571, 3.96772, 4.951844, 5.912254, 6.606749, -27.399289],
    ),
    "softmin": (
        {"dim": 0},
        [0.845292, 0.069386, 0.031177, 0.025526, 0.01711, 0.00939, 0.002095, 2.3e-05],
        [0.284394, -0.046041, -0.051865, -0.067989, -0.062685, -0.043792, -0.011867, -0.000155],
    ),
    "glu": (
        {"dim": 0},
        [-2.095407, -0.731059, -0.184828, 0.0],
        [0.598688, 1.462117, 2.772425, 3.996356, -0.840913, -0.393224, -0.042062, 0.0],
    ),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_gradients(name):
    settings, values, gradients = ACTIVATIONS[name]
    x = torch.tensor(INPUT, dtype=torch.float64, requires_grad=True)
    y = getattr(F, name.split()[0])(x, **settings)
    (y * torch.arange(1, len(y) + 1)).sum().backward()
    np.testing.assert_allclose(y.tolist(), values, atol=1.5e-6)
    np.testing.assert_allclose(x.grad.tolist(), gradients, atol=1.5e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_second_gradients(name):
    settings = ACTIVATIONS[name][0]
    x = torch.tensor(INPUT, dtype=torch.float64) + 0.07  # away from every corner
    x.requires_grad_()
    assert gradgradcheck(lambda x: getattr(F, name.split()[0])(x, **settings), (x,))


# softsign and tanhshrink are two operations, each of which rounds
@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"softsign", "tanhshrink"}))
def test_halves_keep_their_dtype_and_round_once(name):
    settings = ACTIVATIONS[name][0]
    function = getattr(F, name.split()[0])
    for dtype in (torch.float16, torch.bfloat16):
        x = torch.tensor(INPUT, dtype=dtype)
        y = function(x, **settings)
        assert y.dtype is dtype
        expected = function(x.float(), **settings)
        np.testing.assert_allclose(y.float().numpy(), expected.to(dtype).float().numpy())


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2])
def test_softmax_along_each_dim(dim):
    values = np.linspace(-3, 4, 24).reshape(4, 3, 2).transpose(2, 1, 0)  # not contiguous
    total = np.exp(values) / np.exp(values).sum(dim, keepdims=True)
    x = torch.from_numpy(values)
    np.testing.assert_allclose(F.softmax(x, dim).numpy(), total)
    np.testing.assert_allclose(F.log_softmax(x, dim).numpy(), np.log(total), atol=1e-12)
    check_gradient(lambda x: F.softmax(x, dim), values)
    check_gradient(lambda x: F.log_softmax(x, dim), values)


def test_softmax_at_the_edges():
    large = torch.tensor([1000.0, 0.0, -1000.0])
    assert F.softmax(large, 0).tolist() == [1.0, 0.0, 0.0]
    assert F.log_softmax(large, 0).tolist() == [0.0, -1000.0, -2000.0]
    assert F.softmax(torch.tensor(3.0), 0).item() == 1.0
    assert F.log_softmax(torch.tensor(3.0), 0).item() == 0.0
    assert F.softmax(torch.zeros(0, 3), 1).shape == (0, 3)
    assert F.softmax(torch.zeros(3, 0), 1).shape == (3, 0)
    assert F.softmax(torch.tensor([1, 2]), 0, dtype=torch.float64).dtype is torch.float64
    assert torch.tensor([[1.0, 1.0]]).softmax(1).tolist() == [[0.5, 0.5]]
    assert all(math.isnan(v) for v in F.softmax(torch.tensor([-math.inf, -math.inf]), 0).tolist())
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        assert F.softmax(torch.zeros(1, 2)).tolist() == [[0.5, 0.5]]


def test_nan_stays_and_a_shut_gate_stops_infinity():
    x = torch.tensor([math.nan, -1.0, 2.0], requires_grad=True)
    y = F.relu(x)
    assert math.isnan(y[0].item()) and y[1:].tolist() == [0.0, 2.0]
    y.backward(torch.tensor([0.0, math.inf, 1.0]))
    assert x.grad[1:].tolist() == [0.0, 1.0]


def test_in_place_forms_write_into_the_input():
    for name in ("relu_", "elu_", "selu_", "celu_", "leaky_relu_", "hardtanh_"):
        x = torch.tensor([-2.0, 0.5, 3.0])
        expected = getattr(F, name[:-1])(x)
        assert getattr(F, name)(x) is x
        assert torch.equal(x, expected)
    x = torch.ones(2, requires_grad=True)
    assert type(F.relu(x * 2, inplace=True).grad_fn).__name__ == "ReluBackward0"
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        F.relu_(x)


def test_prelu_with_a_weight_for_each_channel():
    x = np.linspace(-2, 2.5, 12).reshape(2, 3, 2)
    y = F.prelu(torch.from_numpy(x), torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64))
    expected = np.where(x > 0, x, x * np.array([0.1, 0.2, 0.3])[:, None])
    np.testing.assert_allclose(y.numpy(), expected)
    check_gradient(F.prelu, x, np.array([0.1, 0.2, 0.3]))
    check_gradient(F.prelu, x, np.array([0.1]))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.gelu(torch.tensor([1])), NotImplementedError, "not implemented for 'Long'"),
        (lambda: F.silu(torch.tensor([1])), NotImplementedError, "silu_cpu"),
        (lambda: F.gelu(torch.ones(1), approximate="x"), RuntimeError, "either none or tanh"),
        (lambda: F.relu(torch.tensor([True])), RuntimeError, "Boolean inputs not supported"),
        (lambda: F.relu(3), TypeError, "must be Tensor, not int"),
        (lambda: F.softmax(torch.ones(2, 2), 2), IndexError, "Dimension out of range"),
        (lambda: F.softmax(torch.tensor([1]), 0), NotImplementedError, "softmax_lastdim"),
        (lambda: F.glu(torch.ones(3)), RuntimeError, "Halving dimension must be even"),
        (lambda: F.glu(torch.tensor(1.0)), RuntimeError, "does not support scalars"),
        (lambda: F.prelu(torch.ones(1, 2), torch.ones(3)), RuntimeError, "Mismatch of parameter"),
        (lambda: F.hardtanh(torch.ones(1), 2, 1), ValueError, "min_val cannot be greater"),
        (lambda: F.softshrink(torch.ones(1), -1), RuntimeError, "greater or equal to 0"),
        (lambda: F.celu(torch.ones(1), 0), RuntimeError, "alpha cannot be 0"),
        (lambda: F.dropout(torch.ones(1), 1.5), ValueError, "between 0 and 1, but got 1.5"),
        (lambda: F.dropout(torch.tensor([1])), RuntimeError, "can't be cast"),
        (lambda: F.dropout1d(torch.ones(1, 1, 1, 1)), RuntimeError, "Expected 2D or 3D input"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_dropout_draws_pytorchs_mask():
    torch.manual_seed(0)
    kept = F.dropout(torch.ones(10), 0.3).tolist()
    assert [round(v, 6) for v in kept] == [0, 0, 1.428571, 0, 1.428571, 0] + [1.428571] * 4
    torch.manual_seed(0)
    drawn = F.alpha_dropout(torch.ones(4), 0.3, True).tolist()
    assert [round(v, 5) for v in drawn] == [-1.05955, -1.05955, 1.31504, -1.05955]


def test_dropout_gradient_and_modes():
    x = torch.ones(1000, requires_grad=True)
    y = F.dropout(x, 0.25)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 1.0).abs().sum().item() == 0
    whole = F.dropout2d(torch.ones(8, 8, 3, 3), 0.5).flatten(2)
    assert torch.equal(whole.amax(2), whole.amin(2))
    with pytest.warns(UserWarning, match="dropout2d: Received a 3D input"):
        F.dropout2d(torch.ones(2, 2, 2))
