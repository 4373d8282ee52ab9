"""Powers: a number as the exponent is part of the op, a tensor is one of its inputs.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import HALVES
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..tensor import Tensor, method, ndarray
from .batching import elementwise
from .elementwise import WHOLE_FLOATS, Elementwise, operand
from .inplace import inplace, write_out
from .op import Op

__all__ = ["float_power", "pow", "square"]


def _power(input: ndarray, *, exponent: Any) -> ndarray:
    """NumPy's power, but for the exponents that are quicker as products."""
    if exponent == 2:
        return np.multiply(input, input)
    if exponent == 3:
        return input * input * input
    if input.dtype in HALVES:
        return np.power(input.astype(np.float32), exponent).astype(input.dtype)
    if exponent == 0.5 and input.dtype.kind == "f":
        return np.sqrt(input)
    return np.power(input, exponent)


def _slope(input: Tensor, exponent: Any) -> Any:
    if exponent == 0:
        return 0.0
    if exponent == 2:
        return (input + input).conj()
    return (input ** (exponent - 1) * exponent).conj()


_pow_number = Op(
    "pow_number",
    _power,
    (lambda g, input, exponent: g * _slope(input, exponent),),
    backward="PowBackward0",
    batch=elementwise,
)


def _tensor_power(input: ndarray, exponent: ndarray) -> ndarray:
    """NumPy refuses negative powers of integers: they are 0, but for those of 1 and -1."""
    base = as_array(input)
    if base.dtype.kind in "iu" and np.any(np.less(exponent, 0)):
        even = as_array(exponent) % 2 == 0
        turned = np.where(base == 1, 1, np.where(base == -1, np.where(even, 1, -1), 0))
        power = np.power(input, np.maximum(exponent, 0))
        return np.where(np.less(exponent, 0), turned.astype(power.dtype), power)
    return np.power(input, exponent)


_pow_tensor = Elementwise(
    "pow_tensor",
    lambda input, exponent: s.pow(input, exponent),
    (
        lambda g, input, exponent: g * _base_slope(input, exponent),
        lambda g, input, result: g * _exponent_slope(input, result),
    ),
    "PowBackward1",
    "same",
    (),
    _tensor_power,
)


def _base_slope(input: Tensor, exponent: Tensor) -> Tensor:
    # where the exponent is 0 the slope is 0, also at 0 where 0 ** -1 would be infinite
    slope = exponent * input.pow(exponent - 1)
    return slope.masked_fill(exponent == 0, 0).conj()


def _exponent_slope(input: Tensor, result: Tensor) -> Tensor:
    # 0 ** x is flat in x, though log(0) is not finite
    return (result * input.log()).masked_fill(result == 0, 0).conj()


def pow(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """input to the power of exponent. Shapes broadcast, dtypes promote.

    RuntimeError for an integer to a negative integer power.

    >>> torch.pow(torch.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    if type(exponent) is int or type(exponent) is float:
        if isinstance(input, Tensor) and input._array.dtype in WHOLE_FLOATS:
            result = _pow_number(input, exponent=exponent)
            return result if out is None else write_out(out, result)
    else:
        exponent = operand(exponent, "pow", "exponent", 2)
    if isinstance(exponent, Tensor):
        result = _pow_tensor(operand(input, "pow", "input", 1), exponent)
        return result if out is None else write_out(out, result)
    if not isinstance(input, Tensor):
        raise TypeError(
            "pow(): at least one of 'input' and 'exponent' must be Tensor, but got "
            f"{type(input).__name__} and {type(exponent).__name__}"
        )
    if input._array.dtype not in WHOLE_FLOATS or type(exponent) is complex:
        if isinstance(exponent, int) and exponent < 0 and input._array.dtype.kind in "iu":
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        input = input.to(_pow_tensor.compute_dtype((input, exponent)))
    result = _pow_number(input, exponent=exponent)
    return result if out is None else write_out(out, result)


def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """input * input.

    >>> torch.square(torch.tensor([1.0, -3.0]))
    tensor([1., 9.])
    """
    return pow(input, 2, out=out)


def float_power(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """input to the power of exponent, computed in float64.

    >>> torch.float_power(torch.tensor([2]), 3)
    tensor([8.], dtype=torch.float64)
    """
    return pow(*_wide(input, exponent), out=out)


def _wide(input: Any, exponent: Any) -> list:
    """Both as float64 or, where one is complex, as complex128."""
    pair = (input, exponent)
    found = [v.is_complex() if isinstance(v, Tensor) else type(v) is complex for v in pair]
    wide = dtypes.complex128 if any(found) else dtypes.float64
    return [v.to(wide) if isinstance(v, Tensor) else v for v in pair]


@method
def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """`float_power`, written into this tensor; RuntimeError unless it is float64 or complex128."""
    base, exponent = _wide(self, exponent)
    if base.dtype is not self.dtype:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype.title} but the operation's "
            f"result requires dtype {base.dtype.title}"
        )
    return self.pow_(exponent)


for _function in (pow, square, float_power):
    method(_function)
for _function in (pow, square):
    method(inplace(_function), f"{_function.__name__}_")
method(pow, "__pow__")
method(lambda self, base: pow(base, self), "__rpow__")
method(Tensor.pow_, "__ipow__")
