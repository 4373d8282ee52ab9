"""Bounds: the larger or smaller of two, and values kept inside limits.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import COMPLEX, HALVES
from ..kernels import scalar as s
from ..tensor import Tensor, method, wrap
from .elementwise import Elementwise, pointwise, require_tensors
from .inplace import inplace, write_out

__all__ = [
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "fmax",
    "fmin",
    "maximum",
    "minimum",
    "nan_to_num",
]


def _tie(mask: Tensor, equal: Tensor, g: Tensor) -> Tensor:
    """The gradient where the mask holds, half of it where both operands are equal."""
    return (g * mask).where(equal.logical_not(), g / 2)


maximum = pointwise(
    "maximum",
    lambda input, other: s.maximum(input, other),
    (
        lambda g, input, other: _tie(input > other, input == other, g),
        lambda g, input, other: _tie(other > input, input == other, g),
    ),
    unsupported=(COMPLEX,),
    numbers="none",
    in_place=False,
    doc="""The larger of each pair; nan where either is nan.

    >>> torch.maximum(torch.tensor([1, 5]), torch.tensor([3, 2]))
    tensor([3, 5])
    """,
)
minimum = pointwise(
    "minimum",
    lambda input, other: s.minimum(input, other),
    (
        lambda g, input, other: _tie(input < other, input == other, g),
        lambda g, input, other: _tie(other < input, input == other, g),
    ),
    unsupported=(COMPLEX,),
    numbers="none",
    in_place=False,
    doc="""The smaller of each pair; nan where either is nan.

    >>> torch.minimum(torch.tensor([1, 5]), torch.tensor([3, 2]))
    tensor([1, 2])
    """,
)
fmax = pointwise(
    "fmax",
    lambda input, other: s.fmax(input, other),
    (
        lambda g, input, other: g * ((input >= other) | other.isnan()),
        lambda g, input, other: g * ((input >= other) | other.isnan()).logical_not(),
    ),
    unsupported=(COMPLEX,),
    numbers="none",
    in_place=False,
    doc="""The larger of each pair; where one is nan, the other.

    >>> torch.fmax(torch.tensor([1.0, float("nan")]), torch.tensor([3.0, 2.0]))
    tensor([3., 2.])
    """,
)
fmin = pointwise(
    "fmin",
    lambda input, other: s.fmin(input, other),
    (
        lambda g, input, other: g * ((input <= other) | other.isnan()),
        lambda g, input, other: g * ((input <= other) | other.isnan()).logical_not(),
    ),
    unsupported=(COMPLEX,),
    numbers="none",
    in_place=False,
    doc="""The smaller of each pair; where one is nan, the other.

    >>> torch.fmin(torch.tensor([1.0, float("nan")]), torch.tensor([3.0, 2.0]))
    tensor([1., 2.])
    """,
)
_clamp_min = Elementwise(
    "clamp_min",
    lambda input, min: s.maximum(input, min),
    (lambda g, input, min: g * (input >= min), lambda g, input, min: g * (input < min)),
    "ClampBackward1",
    "same",
    (COMPLEX,),
)
_clamp_max = Elementwise(
    "clamp_max",
    lambda input, max: s.minimum(input, max),
    (lambda g, input, max: g * (input <= max), lambda g, input, max: g * (input > max)),
    "ClampBackward1",
    "same",
    (COMPLEX,),
)
_clamp = Elementwise(
    "clamp",
    lambda input, min, max: s.minimum(s.maximum(input, min), max),
    (
        lambda g, input, min, max: g * ((input >= min) & (input <= max)),
        lambda g, input, min, max: g * ((input < min) & (min < max)),
        lambda g, input, min, max: g * ((input > max) | (min >= max)),
    ),
    "ClampBackward1",
    "same",
    (COMPLEX,),
    np.clip,
)


def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Tensor | None = None) -> Tensor:
    """Each element kept inside [min, max], which are numbers or tensors.

    RuntimeError when both are None.

    >>> torch.clamp(torch.tensor([-2.0, 0.5, 7.0]), min=-1, max=1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    require_tensors("clamp", input=input)
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if max is None:
        result = _clamp_min(input, min)
    elif min is None:
        result = _clamp_max(input, max)
    else:
        result = _clamp(input, min, max)
    return result if out is None else write_out(out, result)


def clamp_min(input: Tensor, min: Any, *, out: Tensor | None = None) -> Tensor:
    """Each element raised to at least `min`.

    >>> torch.clamp_min(torch.tensor([-2.0, 0.5]), 0)
    tensor([0.0000, 0.5000])
    """
    return clamp(input, min=min, out=out)


def clamp_max(input: Tensor, max: Any, *, out: Tensor | None = None) -> Tensor:
    """Each element lowered to at most `max`.

    >>> torch.clamp_max(torch.tensor([-2.0, 0.5]), 0)
    tensor([-2.,  0.])
    """
    return clamp(input, max=max, out=out)


clip = clamp


def nan_to_num(
    input: Tensor,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """nan replaced by `nan`, infinities by the given numbers or the dtype's extremes.

    >>> torch.nan_to_num(torch.tensor([float("nan"), 1.0]))
    tensor([0., 1.])
    """
    array = input._array
    if array.dtype.kind in "biu" or s.none(~np.isfinite(array)):
        result = input.clone()
    else:
        whole = np.float32 if array.dtype in HALVES else array.dtype
        mask = wrap(~np.isfinite(array.astype(whole, copy=False)))
        limit = float(np.nextafter(np.array(np.inf, array.dtype), np.array(0, array.dtype)))
        high = limit if posinf is None else posinf
        low = -limit if neginf is None else neginf
        values = np.where(np.isnan(array), nan, np.where(array > 0, high, low)).astype(array.dtype)
        result = wrap(values).where(mask, input)
    return result if out is None else write_out(out, result)


for _function in (clamp, clamp_min, clamp_max, nan_to_num):
    method(_function)
    method(inplace(_function, _function.__name__), f"{_function.__name__}_")
method(clamp, "clip")
method(inplace(clamp, "clip"), "clip_")
