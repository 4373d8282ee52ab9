"""Fused: what ops with a kernel and a gradient of their own (activations, losses) share.

Halves are computed in float32 and rounded once; integers are refused in PyTorch's words; a loss
is reduced, and its gradient spread out again, in one place.
May import: core, kernels, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..kernels.blocks import in_blocks
from ..tensor import Tensor
from .batching import elementwise
from .inplace import change
from .op import Op, inputs_of, ndarray

REDUCTIONS = ("mean", "sum", "none")


def fused(
    name: str, kernel: Callable, vjp: Any, backward: str | None = None, batch: Any = None
) -> Op:
    """An op whose kernel sees float32 in place of float16 and bfloat16."""
    return Op(name, kernel, vjp, backward=backward, widen=True, batch=batch)


def activation(name: str, kernel: Callable, vjp: Any) -> Op:
    """A fused op whose kernel computes each element from those at the same place."""
    inputs = inputs_of(kernel)
    return Op(name, in_blocks(kernel), vjp, inputs=inputs, widen=True, batch=elementwise)


def activate(op: Op, input: Tensor, inplace: bool, **attributes: Any) -> Tensor:
    """The op's result; the input itself, overwritten with it, where `inplace` is asked for."""
    return change(op, input, **attributes) if inplace else op(input, **attributes)


def require_tensor(value: Any, function: str, argument: str = "input", position: int = 1) -> None:
    """TypeError unless the value is a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be Tensor, "
            f"not {type(value).__name__}"
        )


def require_floating(value: Any, function: str, kernel: str) -> None:
    """TypeError unless it is a tensor, NotImplementedError unless its dtype is a float one."""
    require_tensor(value, function)
    dtype = FROM_NUMPY[value._array.dtype]
    if not dtype.is_floating_point:
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{dtype.title}': {function} computes with floats; "
            "convert the input first, for example with .float()"
        )


def require_reduction(reduction: str) -> None:
    """ValueError unless it is "mean", "sum" or "none"."""
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"{reduction} is not a valid value for reduction: use 'mean', 'sum' or 'none'"
        )


def legacy_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that the two old switches ask for, when one of them was given."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def reduced(values: ndarray, reduction: str) -> Any:
    """The values of a loss, their sum or their mean."""
    if reduction == "none":
        return values
    total = np.add.reduce(values, axis=None)
    if reduction == "sum":
        return total
    return total / values.dtype.type(values.size)


def spread(g: Tensor, reduction: str, count: int) -> Tensor:
    """The gradient of each of `count` values from that of their reduction."""
    return g / max(count, 1) if reduction == "mean" else g
