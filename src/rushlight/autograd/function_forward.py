"""Forward mode through a Function: its `jvp` turns the tangents of the inputs into the outputs'.

May import: core, tensor, autograd.
"""

from typing import Any

import numpy as np

from ..tensor import Tensor, wrap
from .levels import Level, below, tangent_at, without


def push(function: Any, context: Any, level: Level, args: tuple, outputs: list) -> None:
    """Gives the outputs the tangents that the function's `jvp` computes at this level.

    RuntimeError when there are fewer or more of them than outputs, or of another shape.
    """
    tangents = _call(function, context, [_tangent(arg, level, context) for arg in args], level)
    if len(tangents) != len(outputs):
        raise RuntimeError(
            "Function's jvp returned an invalid number of forward gradients (expected "
            f"{len(outputs)} but got {len(tangents)})"
        )
    for output, tangent in zip(outputs, tangents, strict=True):
        if not isinstance(output, Tensor) or output._array.dtype.kind not in "fcV":
            continue
        if tangent is None:
            continue
        if tangent._array.shape != output._array.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the "
                f"original Tensor, this is not supported. Tensor is of size "
                f"{list(output._array.shape)} while the given forward gradient is of size "
                f"{list(tangent._array.shape)}."
            )
        output._edge = without(output._edge, level)
        level.give(output, tangent)


def _call(function: Any, context: Any, tangents: list, level: Level) -> tuple:
    kept = context._for_forward
    context._for_forward = tuple([below(tensor, level) for tensor in kept])
    context._forward = True
    try:
        found = function.jvp(context, *tangents)
    finally:
        context._forward = False
        context._for_forward = kept
    return found if isinstance(found, tuple) else (found,)


def _tangent(arg: Any, level: Level, context: Any) -> Tensor | None:
    if not isinstance(arg, Tensor):
        return None
    tangent = tangent_at(arg, level)
    if tangent is None and context._materialize and arg._array.dtype.kind in "fcV":
        return wrap(np.zeros(arg._array.shape, arg._array.dtype))
    return tangent
