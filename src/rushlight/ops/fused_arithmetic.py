"""Arithmetic of three tensors in one op: addcmul, addcdiv, lerp.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import BOOL, INTEGER
from ..kernels import scalar as s
from ..tensor import Tensor, method
from .elementwise import Elementwise, require_tensors
from .inplace import inplace, write_out

__all__ = ["addcdiv", "addcmul", "lerp"]

_addcmul = Elementwise(
    "addcmul",
    lambda input, tensor1, tensor2, *, value=1: input + value * tensor1 * tensor2,
    (
        lambda g: g,
        lambda g, tensor2, value: g * (tensor2 * value).conj(),
        lambda g, tensor1, value: g * (tensor1 * value).conj(),
    ),
    None,
    "same",
    (BOOL,),
)
_addcdiv = Elementwise(
    "addcdiv",
    lambda input, tensor1, tensor2, *, value=1: input + value * tensor1 / tensor2,
    (
        lambda g: g,
        lambda g, tensor2, value: g * (value / tensor2).conj(),
        lambda g, tensor1, tensor2, value: g * (tensor1 * -value / (tensor2 * tensor2)).conj(),
    ),
    None,
    "same",
    (BOOL,),
)


def _lerp_kernel(input: Any, end: Any, weight: Any) -> Any:
    if isinstance(weight, np.ndarray):
        inside = np.abs(weight) < 0.5
        away = end - input
        return np.where(inside, input + weight * away, end - away * (1 - weight))
    away = end - input
    return input + weight * away if abs(weight) < 0.5 else end - away * (1 - weight)


# from the nearer end, so that a weight of 1 gives the end itself
_lerp = Elementwise(
    "lerp",
    lambda input, end, weight: s.where(
        s.abs(weight) < 0.5,
        input + weight * (end - input),
        end - (end - input) * (1 - weight),
    ),
    (
        lambda g, weight: g * (1 - weight).conj(),
        lambda g, weight: g * weight.conj(),
        lambda g, input, end: g * (end - input).conj(),
    ),
    None,
    "same",
    (BOOL, INTEGER),
    _lerp_kernel,
)


def _check(name: str, input: Any, tensor1: Any, tensor2: Any, value: Any) -> None:
    require_tensors(name, input=input, tensor1=tensor1, tensor2=tensor2)
    tensors = (input, tensor1, tensor2)
    if isinstance(value, float) and all([t.dtype.category == INTEGER for t in tensors]):
        if not value.is_integer():
            raise RuntimeError(
                f"For integral input tensors, argument value must not be a floating point number: "
                f"{name} got {value}"
            )


def addcmul(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1, out: Tensor | None = None
) -> Tensor:
    """input + value * tensor1 * tensor2. Shapes broadcast, dtypes promote.

    >>> torch.addcmul(torch.zeros(2), torch.ones(2), torch.tensor([1.0, 2.0]), value=3)
    tensor([3., 6.])
    """
    _check("addcmul", input, tensor1, tensor2, value)
    result = _addcmul(input, tensor1, tensor2, value=value)
    return result if out is None else write_out(out, result)


def addcdiv(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1, out: Tensor | None = None
) -> Tensor:
    """input + value * tensor1 / tensor2. Shapes broadcast, dtypes promote.

    RuntimeError where two integer tensors would be divided.

    >>> torch.addcdiv(torch.zeros(2), torch.ones(2), torch.tensor([1.0, 2.0]), value=3)
    tensor([3.0000, 1.5000])
    """
    _check("addcdiv", input, tensor1, tensor2, value)
    if tensor1.dtype.category <= INTEGER and tensor2.dtype.category <= INTEGER:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported: tensor1 is "
            f"{tensor1.dtype} and tensor2 {tensor2.dtype}; make one of them floating, or write "
            "input + value * torch.div(tensor1, tensor2, rounding_mode='trunc')"
        )
    result = _addcdiv(input, tensor1, tensor2, value=value)
    return result if out is None else write_out(out, result)


def lerp(input: Tensor, end: Tensor, weight: Any, *, out: Tensor | None = None) -> Tensor:
    """input + weight * (end - input); the weight is a number or a tensor.

    RuntimeError for tensors of different dtypes.

    >>> torch.lerp(torch.zeros(2), torch.full((2,), 10.0), 0.5)
    tensor([5., 5.])
    """
    require_tensors("lerp", input=input, end=end)
    for word, other in (("end", end), ("weight", weight)):
        if isinstance(other, Tensor) and other.dtype is not input.dtype:
            raise RuntimeError(
                f"expected dtype {input.dtype.title.lower()} for `{word}` but got dtype "
                f"{other.dtype.title.lower()}"
            )
    result = _lerp(input, end, weight)
    return result if out is None else write_out(out, result)


for _function in (addcmul, addcdiv, lerp):
    method(_function)
    method(inplace(_function, _function.__name__), f"{_function.__name__}_")
