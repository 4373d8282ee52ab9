"""Activations: the nonlinear functions between the layers of a network.

Those met in every network (relu, gelu, silu) have a kernel for their gradient too; the others
write it in tensor operations. Softmax and its relatives have a file of their own.
May import: core, kernels, tensor, ops.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..kernels import scalar as s
from ..kernels.erf import erf
from ..tensor import Tensor, method
from .fused import fused, require_floating, require_tensor
from .inplace import assign
from .op import ndarray

__all__ = [
    "celu",
    "celu_",
    "hardshrink",
    "prelu",
    "relu",
    "relu_",
    "selu",
    "selu_",
    "threshold",
    "threshold_",
]


def _finish(input: Tensor, result: Tensor, inplace: bool) -> Tensor:
    return assign(input, result) if inplace else result


# ---- thresholds

# 0-d arrays, which NumPy takes as operands more quickly than numbers
ZEROS = {d.numpy: np.zeros((), d.numpy) for d in dtypes.ALL}


def _gate_kernel(gradient: ndarray, input: ndarray, *, threshold: float) -> ndarray:
    # not a product with the mask: an infinite gradient must become 0 where the gate is shut
    zero = ZEROS[gradient.dtype]
    return np.where(input <= (threshold or zero), zero, gradient)


_gate = fused(
    "threshold_backward",
    _gate_kernel,
    (lambda g, input, threshold: _gate(g, input, threshold=threshold), None),
)
_relu = fused(
    "relu",
    lambda input: np.maximum(input, ZEROS[input.dtype]),
    (lambda g, result: _gate(g, result, threshold=0),),
)
_threshold = fused(
    "threshold",
    lambda input, *, threshold, value: np.where(input <= threshold, input.dtype.type(value), input),
    (lambda g, input, threshold: _gate(g, input, threshold=threshold),),
)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0), element by element. RuntimeError for bool.

    >>> torch.relu(torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    require_tensor(input, "relu")
    if input._array.dtype.kind in "bc":
        kind = "Boolean" if input._array.dtype.kind == "b" else "Complex"
        raise RuntimeError(f"{kind} inputs not supported for relu: its dtype is {input.dtype}")
    result = _relu(input)
    return assign(input, result) if inplace else result


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """The elements above the threshold, and `value` in place of the others.

    >>> torch.threshold(torch.tensor([0.05, 0.5]), 0.1, 20)
    tensor([20.0000,  0.5000])
    """
    require_tensor(input, "threshold")
    return _finish(input, _threshold(input, threshold=threshold, value=value), inplace)


_leaky_relu = fused(
    "leaky_relu",
    lambda input, *, negative_slope: s.where(input > 0, input, input * negative_slope),
    (
        lambda g, input, negative_slope: (
            g * (input > 0).to(input.dtype).mul(1 - negative_slope).add(negative_slope)
        ),
    ),
)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """The input where it is positive, negative_slope * input elsewhere.

    >>> torch.nn.functional.leaky_relu(torch.tensor([-1.0, 2.0]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    require_floating(input, "leaky_relu", "leaky_relu_cpu")
    return _finish(input, _leaky_relu(input, negative_slope=negative_slope), inplace)


def _hardtanh_kernel(input: ndarray, *, min_val: float, max_val: float) -> ndarray:
    number = input.dtype.type
    return np.clip(input, number(min_val), number(max_val))


_hardtanh = fused(
    "hardtanh",
    _hardtanh_kernel,
    (lambda g, input, min_val, max_val: g.masked_fill((input <= min_val) | (input >= max_val), 0),),
)


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """The input cut off below min_val and above max_val.

    ValueError when min_val is larger than max_val.

    >>> torch.nn.functional.hardtanh(torch.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise ValueError(
            f"min_val cannot be greater than max_val: hardtanh got {min_val} and {max_val}"
        )
    require_tensor(input, "hardtanh")
    return _finish(input, _hardtanh(input, min_val=min_val, max_val=max_val), inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input, 0), 6).

    >>> torch.nn.functional.relu6(torch.tensor([-1.0, 3.0, 9.0]))
    tensor([0., 3., 6.])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


_prelu = fused(
    "prelu_kernel",
    lambda input, weight: np.where(input > 0, input, input * weight),
    (
        lambda g, input, weight: g * _prelu_slope(input, weight),
        lambda g, input: g * input.clamp(max=0),
    ),
)


def _prelu_slope(input: Tensor, weight: Tensor) -> Tensor:
    positive = (input > 0).to(input.dtype)
    return positive + (1 - positive) * weight


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """The input where it is positive, weight * input elsewhere.

    `weight` has one element, or one for each channel (dim 1); RuntimeError otherwise.

    >>> torch.prelu(torch.tensor([-2.0, 2.0]), torch.tensor([0.25]))
    tensor([-0.5000,  2.0000])
    """
    require_floating(input, "prelu", "prelu_cpu")
    count = weight.numel()
    if count != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if count != channels:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{count} and channel size = {channels}."
            )
        weight = weight.reshape([-1 if dim == 1 else 1 for dim in range(input.ndim)])
    elif weight.ndim > input.ndim:
        weight = weight.reshape([])
    return _prelu(input, weight)


# ---- smooth ones


def _shaped_by_slope(name: str, kernel: Callable, slope: Callable, curvature: Callable) -> Any:
    """An op with a kernel for its slope; the slope of the slope is written in tensor operations."""
    slope_op = fused(
        f"{name}_backward",
        slope,
        (
            lambda g, input, approximate: slope_op(g, input, approximate=approximate),
            lambda g, gradient, input, approximate: g * gradient * curvature(input, approximate),
        ),
    )
    return fused(
        name,
        kernel,
        (lambda g, input, approximate: slope_op(g, input, approximate=approximate),),
    )


_CUBE = 0.044715
_SCALE = math.sqrt(2 / math.pi)


def _bend(x: Any) -> Any:
    """The argument of tanh in gelu's approximation."""
    return (x + x * x * x * _CUBE) * _SCALE


def _gelu_kernel(input: ndarray, *, approximate: str) -> ndarray:
    if approximate == "tanh":
        return 0.5 * input * (1 + s.tanh(_bend(input)))
    return 0.5 * input * (1 + erf(input * math.sqrt(0.5)))


def _gelu_slope(gradient: ndarray, input: ndarray, *, approximate: str) -> ndarray:
    if approximate == "tanh":
        tanh = s.tanh(_bend(input))
        inner = (1 + input * input * (3 * _CUBE)) * _SCALE
        return gradient * (0.5 * (1 + tanh) + 0.5 * input * (1 - tanh * tanh) * inner)
    share = 0.5 * (1 + erf(input * math.sqrt(0.5)))
    density = s.exp(input * input * -0.5) * (1 / math.sqrt(2 * math.pi))
    return gradient * (share + input * density)


def _gelu_curvature(input: Tensor, approximate: str) -> Tensor:
    if approximate == "tanh":
        tanh = _bend(input).tanh()
        rest = 1 - tanh * tanh
        inner = (1 + input * input * (3 * _CUBE)) * _SCALE
        bend = input * (6 * _CUBE * _SCALE)
        return rest * inner + 0.5 * input * rest * (bend - 2 * tanh * inner * inner)
    density = (input * input * -0.5).exp() * (1 / math.sqrt(2 * math.pi))
    return density * (2 - input * input)


_gelu = _shaped_by_slope("gelu", _gelu_kernel, _gelu_slope, _gelu_curvature)


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """input * P(X <= input) for a standard normal X.

    `approximate="tanh"` uses 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) instead;
    RuntimeError for any other word.

    >>> torch.nn.functional.gelu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    require_floating(input, "gelu", "GeluKernelImpl")
    if approximate not in ("none", "tanh"):
        raise RuntimeError(
            f"approximate argument must be either none or tanh. It is {approximate!r}"
        )
    return _gelu(input, approximate=approximate)


def _silu_slope(gradient: ndarray, input: ndarray, *, approximate: str) -> ndarray:
    share = s.sigmoid(input)
    return gradient * share * (1 + input * (1 - share))


def _silu_curvature(input: Tensor, approximate: str) -> Tensor:
    share = input.sigmoid()
    return share * (1 - share) * (2 + input * (1 - 2 * share))


_silu = _shaped_by_slope(
    "silu",
    lambda input, *, approximate: input * s.sigmoid(input),
    _silu_slope,
    _silu_curvature,
)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input), also called swish.

    >>> torch.nn.functional.silu(torch.tensor([-1.0, 1.0]))
    tensor([-0.2689,  0.7311])
    """
    require_floating(input, "silu", "silu_cpu")
    return _finish(input, _silu(input, approximate="none"), inplace)


_mish = fused(
    "mish",
    lambda input: input * s.tanh(s.softplus(input)),
    (lambda g, input: g * _mish_slope(input),),
)


def _mish_slope(input: Tensor) -> Tensor:
    tanh = softplus(input).tanh()
    return tanh + input * input.sigmoid() * (1 - tanh * tanh)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)).

    >>> torch.nn.functional.mish(torch.tensor([-1.0, 1.0]))
    tensor([-0.3034,  0.8651])
    """
    require_floating(input, "mish", "mish_cpu")
    return _finish(input, _mish(input), inplace)


_softplus = fused(
    "softplus",
    lambda input, *, beta, threshold: np.where(
        input * beta > threshold, input, s.softplus(input * beta) / beta
    ),
    (
        lambda g, input, beta, threshold: (
            g * (input * beta).sigmoid().masked_fill(input * beta > threshold, 1)
        ),
    ),
)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta * input)) / beta; the input itself where beta * input > threshold.

    >>> torch.nn.functional.softplus(torch.tensor([-1.0, 0.0, 30.0]))
    tensor([ 0.3133,  0.6931, 30.0000])
    """
    require_floating(input, "softplus", "softplus_cpu")
    return _softplus(input, beta=beta, threshold=threshold)


_logsigmoid = fused(
    "log_sigmoid",
    lambda input: -s.softplus(-input),
    (lambda g, input: g * (-input).sigmoid(),),
)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(input)), without overflow.

    >>> torch.nn.functional.logsigmoid(torch.tensor([-100.0, 0.0]))
    tensor([-100.0000,   -0.6931])
    """
    require_floating(input, "log_sigmoid", "log_sigmoid_cpu")
    return _logsigmoid(input)


# ---- exponential below zero


def _elu_kernel(input: ndarray, *, alpha: float, scale: float, rate: float) -> ndarray:
    below = s.expm1(np.minimum(input, input.dtype.type(0)) * rate) * (alpha * scale)
    return np.where(input > 0, input * scale, below)


def _elu_vjp(g: Tensor, input: Tensor, alpha: float, scale: float, rate: float) -> Tensor:
    # at 0 itself the curve counts as straight: its second derivative there is 0
    below = (input.masked_fill(input >= 0, 0) * rate).exp() * (alpha * scale * rate)
    return g * below.masked_fill(input > 0, scale)


_elu = fused("elu", _elu_kernel, (_elu_vjp,))
_celu = fused("celu", _elu_kernel, (_elu_vjp,))
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The input where it is positive, alpha * (exp(input) - 1) elsewhere.

    >>> torch.nn.functional.elu(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    require_floating(input, "elu", "elu_cpu")
    return _finish(input, _elu(input, alpha=alpha, scale=1.0, rate=1.0), inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """1.0507 * elu(input, 1.6733): keeps mean 0 and variance 1 from layer to layer.

    >>> torch.selu(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    require_floating(input, "selu", "elu_cpu")
    result = _elu(input, alpha=_SELU_ALPHA, scale=_SELU_SCALE, rate=1.0)
    return _finish(input, result, inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The input where it is positive, alpha * (exp(input / alpha) - 1) elsewhere.

    RuntimeError when alpha is 0.

    >>> torch.celu(torch.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """
    require_floating(input, "celu", "elu_cpu")
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _finish(input, _celu(input, alpha=alpha, scale=1.0, rate=1.0 / alpha), inplace)


# ---- piecewise ones and short composites


_hardsigmoid = fused(
    "hardsigmoid",
    lambda input: np.clip(input / 6 + 0.5, input.dtype.type(0), input.dtype.type(1)),
    (lambda g, input: (g / 6).masked_fill((input <= -3) | (input >= 3), 0),),
)
_hardswish = fused(
    "hardswish",
    lambda input: input * np.clip(input + 3, input.dtype.type(0), input.dtype.type(6)) / 6,
    (lambda g, input: g * _hardswish_slope(input),),
)


def _hardswish_slope(input: Tensor) -> Tensor:
    return (input / 3 + 0.5).masked_fill(input <= -3, 0).masked_fill(input >= 3, 1)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """input / 6 + 1/2, cut off at 0 and 1.

    >>> torch.nn.functional.hardsigmoid(torch.tensor([-4.0, 0.0, 1.5]))
    tensor([0.0000, 0.5000, 0.7500])
    """
    require_floating(input, "hardsigmoid", "hardsigmoid_cpu")
    return _finish(input, _hardsigmoid(input), inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * hardsigmoid(input).

    >>> torch.nn.functional.hardswish(torch.tensor([-4.0, 0.0, 1.5]))
    tensor([-0.0000, 0.0000, 1.1250])
    """
    require_floating(input, "hardswish", "hardswish_cpu")
    return _finish(input, _hardswish(input), inplace)


_hardshrink = fused(
    "hardshrink",
    lambda input, *, lambd: np.where(np.abs(input) <= lambd, input.dtype.type(0), input),
    (lambda g, input, lambd: g.masked_fill(input.abs() <= lambd, 0),),
)
_softshrink = fused(
    "softshrink",
    lambda input, *, lambd: input - np.clip(input, *map(input.dtype.type, (-lambd, lambd))),
    (lambda g, input, lambd: g.masked_fill(input.abs() <= lambd, 0),),
)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """The input where its magnitude is above lambd, 0 elsewhere.

    >>> torch.hardshrink(torch.tensor([-1.0, 0.25, 2.0]))
    tensor([-1., 0., 2.])
    """
    require_floating(input, "hardshrink", "hardshrink_cpu")
    return _hardshrink(input, lambd=lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """The input moved towards 0 by lambd, 0 where its magnitude is less. RuntimeError if lambd < 0.

    >>> torch.nn.functional.softshrink(torch.tensor([-1.0, 0.25, 2.0]))
    tensor([-0.5000, 0.0000, 1.5000])
    """
    require_floating(input, "softshrink", "softshrink_cpu")
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd:g}.")
    return _softshrink(input, lambd=lambd)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|).

    >>> torch.nn.functional.softsign(torch.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input).

    >>> torch.nn.functional.tanhshrink(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2384])
    """
    return input - input.tanh()


def _glu_vjp(g: Tensor, input: Tensor, dim: int) -> Tensor:
    values, gates = input.chunk(2, dim)
    share = gates.sigmoid()
    # the two halves side by side: one of them scaled by the gate, one by the gate's slope
    halves = g.unsqueeze(dim) * _pair(share, values * share * (1 - share), dim)
    return halves.flatten(dim, dim + 1)


def _pair(first: Tensor, second: Tensor, dim: int) -> Tensor:
    """Both stacked along a new dim, as a sum, so that gradients flow through it."""
    shape = [1] * first.ndim
    shape.insert(dim, 2)
    upper = first.new_tensor([1.0, 0.0]).reshape(shape)
    return first.unsqueeze(dim) * upper + second.unsqueeze(dim) * (1 - upper)


def _glu_kernel(input: ndarray, *, dim: int) -> ndarray:
    values, gates = np.split(input, 2, dim)
    return values * s.sigmoid(gates)


_glu = fused("glu", _glu_kernel, (_glu_vjp,))


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half of the input along `dim` times the sigmoid of the second.

    RuntimeError when that size is odd.

    >>> torch.nn.functional.glu(torch.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    require_floating(input, "glu", "glu_cpu")
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    size = input.size(dim)
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    return _glu(input, dim=dim % input.ndim)


# ---- in-place forms and methods


def relu_(input: Tensor) -> Tensor:
    """`relu`, written into the input."""
    return relu(input, True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu`, written into the input."""
    return leaky_relu(input, negative_slope, True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, written into the input."""
    return _finish(input, _threshold(input, threshold=threshold, value=value), True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh`, written into the input."""
    return hardtanh(input, min_val, max_val, True)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu`, written into the input."""
    return elu(input, alpha, True)


def selu_(input: Tensor) -> Tensor:
    """`selu`, written into the input."""
    return selu(input, True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu`, written into the input."""
    return celu(input, alpha, True)


method(relu_)
method(prelu)
method(hardshrink)
method(lambda self: relu(self), "relu")
