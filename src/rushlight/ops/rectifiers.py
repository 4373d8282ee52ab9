"""Activations made of straight pieces: relu and its relatives, hard limits, shrinkage.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..kernels.blocks import select, with_number
from ..tensor import Tensor, method
from .batching import elementwise
from .fused import activate, activation, fused, require_floating, require_tensor
from .inplace import assign, into
from .op import ndarray

__all__ = [
    "hardshrink",
    "prelu",
    "relu",
    "relu_",
    "threshold",
    "threshold_",
]

# 0-d arrays, which NumPy takes as operands more quickly than numbers
ZEROS = {d.numpy: np.zeros((), d.numpy) for d in dtypes.ALL}


def _gate_kernel(gradient: ndarray, input: ndarray, *, threshold: float) -> ndarray:
    # not a product with the mask: an infinite gradient must become 0 where the gate is shut
    return select(input <= (threshold or ZEROS[gradient.dtype]), 0, gradient)


_gate = activation(
    "threshold_backward",
    _gate_kernel,
    (lambda g, input, threshold: _gate(g, input, threshold=threshold), None),
)
_relu = fused(
    "relu",
    lambda input: with_number(np.maximum, input, 0),
    (lambda g, result: _gate(g, result, threshold=0),),
    batch=elementwise,
)
_threshold = activation(
    "threshold",
    lambda input, *, threshold, value: select(input <= threshold, input.dtype.type(value), input),
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
    return activate(_threshold, input, inplace, threshold=threshold, value=value)


def _bent(input: ndarray, slope: Any) -> ndarray:
    """The input where it is positive, slope * input elsewhere; from the larger of both if it can.

    A slope of 0 would make infinity times 0 a number to compare with.
    """
    if 0 < slope <= 1:
        lower = input * slope
        return np.maximum(input, lower, out=lower if type(lower) is ndarray else None)
    return select(input > 0, input, input * slope)


_leaky_relu = fused(
    "leaky_relu",
    lambda input, *, negative_slope: _bent(input, negative_slope),
    (
        lambda g, input, negative_slope: (
            g * (input > 0).to(input.dtype).mul(1 - negative_slope).add(negative_slope)
        ),
    ),
    batch=elementwise,
)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """The input where it is positive, negative_slope * input elsewhere.

    >>> torch.nn.functional.leaky_relu(torch.tensor([-1.0, 2.0]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    require_floating(input, "leaky_relu", "leaky_relu_cpu")
    return activate(_leaky_relu, input, inplace, negative_slope=negative_slope)


def _hardtanh_kernel(input: ndarray, *, min_val: float, max_val: float) -> ndarray:
    out = with_number(np.maximum, input, min_val)
    if type(out) is not ndarray or not out.ndim:
        return with_number(np.minimum, out, max_val)
    return with_number(np.minimum, out, max_val, out=out)


_hardtanh = fused(
    "hardtanh",
    _hardtanh_kernel,
    (lambda g, input, min_val, max_val: g.masked_fill((input <= min_val) | (input >= max_val), 0),),
    batch=elementwise,
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
    return activate(_hardtanh, input, inplace, min_val=min_val, max_val=max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input, 0), 6).

    >>> torch.nn.functional.relu6(torch.tensor([-1.0, 3.0, 9.0]))
    tensor([0., 3., 6.])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def _prelu_values(input: ndarray, weight: ndarray) -> ndarray:
    if weight.size == 1 and type(weight) is ndarray:
        return _bent(input, weight.item())
    return select(input > 0, input, input * weight)


_prelu = fused(
    "prelu_kernel",
    _prelu_values,
    (
        lambda g, input, weight: g * _prelu_slope(input, weight),
        lambda g, input: g * input.clamp(max=0),
    ),
    batch=elementwise,
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
    require_tensor(weight, "prelu", "weight", 2)
    if weight.ndim > 1:
        raise RuntimeError(
            "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = "
            f"{weight.ndim} (its shape is {list(weight.shape)})"
        )
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


def _hardswish_values(input: ndarray) -> ndarray:
    out = _hardtanh_kernel(input + 3, min_val=0, max_val=6)
    out *= input
    out /= 6
    return out


_hardsigmoid = activation(
    "hardsigmoid",
    lambda input: _hardtanh_kernel(input / 6 + 0.5, min_val=0, max_val=1),
    (lambda g, input: (g / 6).masked_fill((input <= -3) | (input >= 3), 0),),
)
_hardswish = activation(
    "hardswish",
    _hardswish_values,
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
    return activate(_hardsigmoid, input, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * hardsigmoid(input).

    >>> torch.nn.functional.hardswish(torch.tensor([-4.0, 0.0, 1.5]))
    tensor([-0.0000, 0.0000, 1.1250])
    """
    require_floating(input, "hardswish", "hardswish_cpu")
    return activate(_hardswish, input, inplace)


_hardshrink = activation(
    "hardshrink",
    lambda input, *, lambd: select(np.abs(input) <= lambd, 0, input),
    (lambda g, input, lambd: g.masked_fill(input.abs() <= lambd, 0),),
)
_softshrink = activation(
    "softshrink",
    lambda input, *, lambd: input - _hardtanh_kernel(input, min_val=-lambd, max_val=lambd),
    (lambda g, input, lambd: g.masked_fill(input.abs() <= lambd, 0),),
)


def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """The input where its magnitude is above lambd, 0 elsewhere.

    >>> torch.hardshrink(torch.tensor([-1.0, 0.25, 2.0]))
    tensor([-1., 0., 2.])
    """
    require_floating(input, "hardshrink", "hardshrink_cpu")
    return into(out, _hardshrink(input, lambd=lambd))


def softshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """The input moved towards 0 by lambd, 0 where its magnitude is less. RuntimeError if lambd < 0.

    >>> torch.nn.functional.softshrink(torch.tensor([-1.0, 0.25, 2.0]))
    tensor([-0.5000, 0.0000, 1.5000])
    """
    require_floating(input, "softshrink", "softshrink_cpu")
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd:g}.")
    return into(out, _softshrink(input, lambd=lambd))


# ---- in-place forms and methods


def relu_(input: Tensor) -> Tensor:
    """`relu`, written into the input."""
    return relu(input, True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu`, written into the input."""
    return leaky_relu(input, negative_slope, True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, written into the input."""
    return activate(_threshold, input, True, threshold=threshold, value=value)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh`, written into the input."""
    return hardtanh(input, min_val, max_val, True)


method(relu_)
method(prelu)
method(hardshrink)
method(lambda self: relu(self), "relu")
