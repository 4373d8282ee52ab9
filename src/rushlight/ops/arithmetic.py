"""Arithmetic and its operators: + - * / // % ** and their relatives.

May import: core, kernels, tensor, ops.
"""

from typing import Any

from ..core.dtype import BOOL, COMPLEX, INTEGER
from ..kernels import division
from ..kernels import scalar as s
from ..tensor import Tensor, method
from .elementwise import Elementwise, operator, pointwise, quick_in_place, require_tensors
from .inplace import inplace, write_out

__all__ = [
    "add",
    "div",
    "divide",
    "floor_divide",
    "fmod",
    "mul",
    "multiply",
    "neg",
    "negative",
    "positive",
    "reciprocal",
    "remainder",
    "rsub",
    "sub",
    "subtract",
    "true_divide",
]

_add = pointwise(
    "add",
    lambda input, other: input + other,
    (lambda g: g, lambda g: g),
    numbers="all",
    doc="""input + other.""",
)
_sub = pointwise(
    "sub",
    lambda input, other: input - other,
    (lambda g: g, lambda g: -g),
    unsupported=(BOOL,),
    numbers="all",
    doc="""input - other.""",
)
mul = pointwise(
    "mul",
    lambda input, other: input * other,
    (lambda g, other: g * other.conj(), lambda g, input: g * input.conj()),
    alias_of=("multiply",),
    numbers="all",
    doc="""The product of each pair of elements. Shapes broadcast, dtypes promote.

    >>> torch.mul(torch.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """,
)
multiply = mul
_true_div = pointwise(
    "div",
    lambda input, other: input / other,
    (
        lambda g, other: g / other.conj(),
        lambda g, other, result: -g * (result / other).conj(),
    ),
    result="float",
    numbers="all",
    doc="""input / other.""",
)
neg = pointwise(
    "neg",
    lambda input: -input,
    lambda g: -g,
    unsupported=(BOOL,),
    alias_of=("negative",),
    doc="""Each element with its sign turned. RuntimeError for bool.

    >>> torch.neg(torch.tensor([1, -2]))
    tensor([-1,  2])
    """,
)
negative = neg


def _add_scaled(function: Any, input: Any, other: Any, alpha: Any) -> Tensor:
    if alpha != 1:
        if not isinstance(other, Tensor) or other._array.dtype.kind in "biu":
            if isinstance(alpha, float):
                raise RuntimeError(
                    "For integral input tensors, argument alpha must not be a floating point "
                    "number."
                )
        other = mul.call(other, alpha)
    return function.call(input, other)


def add(input: Any, other: Any, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
    """input + alpha * other. Shapes broadcast, dtypes promote.

    >>> torch.add(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0]), alpha=2)
    tensor([21., 42.])
    """
    result = _add_scaled(_add, input, other, alpha)
    return result if out is None else write_out(out, result)


def sub(input: Any, other: Any, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
    """input - alpha * other. Shapes broadcast, dtypes promote; RuntimeError for bool.

    >>> torch.sub(torch.tensor([3, 2]), 1)
    tensor([2, 1])
    """
    result = _add_scaled(_sub, input, other, alpha)
    return result if out is None else write_out(out, result)


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input.

    >>> torch.rsub(torch.tensor([1.0, 2.0]), 5)
    tensor([4., 3.])
    """
    require_tensors("rsub", input=input)
    return sub(other, input, alpha=alpha)


subtract = sub


def _no_slope(g: Tensor) -> Tensor:
    raise RuntimeError(
        "derivative for aten::floor_divide is not implemented: use "
        'torch.div(a, b, rounding_mode="floor"), whose derivative is 0'
    )


_floor_div = pointwise(
    "floor_divide",
    lambda input, other: s.floor_divide(input, other),
    (_no_slope, _no_slope),
    backward="NotImplemented",
    numbers="all",
    kernel=division.floor_divide,
    doc="""floor(input / other).""",
    unsupported=(BOOL, COMPLEX),
)
_div_floor = Elementwise(
    "div_floor",
    lambda input, other: s.floor_divide(input, other),
    (lambda g: g * 0, lambda g: g * 0),
    "DivBackward2",
    "same",
    (BOOL, COMPLEX),
    division.floor_divide,
)
remainder = pointwise(
    "remainder",
    lambda input, other: s.remainder(input, other),
    (lambda g: g, lambda g, input, other: -g * (input / other).floor()),
    unsupported=(BOOL, COMPLEX),
    kernel=division.remainder,
    doc="""input modulo other with the sign of other, Python's rule.

    >>> torch.remainder(torch.tensor([-3.0, 3.0]), 2)
    tensor([1., 1.])
    """,
)
fmod = pointwise(
    "fmod",
    lambda input, other: s.fmod(input, other),
    (lambda g: g, lambda g, input, other: -g * (input / other).trunc()),
    unsupported=(BOOL, COMPLEX),
    numbers="other",
    kernel=division.fmod,
    doc="""input modulo other with the sign of input, C's rule.

    >>> torch.fmod(torch.tensor([-3.0, 3.0]), 2)
    tensor([-1.,  1.])
    """,
)


def _check_integer_zero(input: Any, other: Any) -> None:
    """NumPy gives 0 for an integer divided by zero, PyTorch an error."""
    zero = not other if not isinstance(other, Tensor) else None
    kind = input._array.dtype.kind if isinstance(input, Tensor) else "f"
    if kind in "iub":
        if isinstance(other, Tensor) and other._array.dtype.kind in "iub":
            zero = not other._array.all()
        if zero and not isinstance(other, float):
            raise RuntimeError("ZeroDivisionError: an integer tensor is divided by zero")


def floor_divide(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
    """The quotient rounded down. RuntimeError for an integer divided by zero.

    >>> torch.floor_divide(torch.tensor([7.0, -7.0]), 2)
    tensor([ 3., -4.])
    """
    _check_integer_zero(input, other)
    result = _floor_div.call(input, other)
    return result if out is None else write_out(out, result)


def div(
    input: Any, other: Any, *, rounding_mode: str | None = None, out: Tensor | None = None
) -> Tensor:
    """input / other; integers give the default float dtype unless rounded.

    `rounding_mode` is None, "floor" or "trunc"; RuntimeError for any other.

    >>> torch.div(torch.tensor([7, -7]), 2)
    tensor([ 3.5000, -3.5000])
    >>> torch.div(torch.tensor([7, -7]), 2, rounding_mode="trunc")
    tensor([ 3, -3])
    """
    if rounding_mode is None:
        result = _true_div.call(input, other)
    elif rounding_mode == "floor":
        _check_integer_zero(input, other)
        result = _div_floor(input, other)
    elif rounding_mode == "trunc":
        kept = _floor_div.op.compute_dtype((input, other))
        if kept.category <= INTEGER:
            _check_integer_zero(input, other)
            floor = _floor_div.call(input, other)
            inexact = floor * other != input
            negative_quotient = floor < 0
            result = floor + (inexact & negative_quotient).to(floor.dtype)
        else:
            result = _true_div.call(input, other).trunc()
    else:
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'"
        )
    return result if out is None else write_out(out, result)


divide = div


def true_divide(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
    """input / other, never rounded.

    >>> torch.true_divide(torch.tensor([7]), 2)
    tensor([3.5000])
    """
    return div(input, other, out=out)


reciprocal = pointwise(
    "reciprocal",
    lambda input: 1 / input,
    lambda g, result: -g * (result * result).conj(),
    result="float",
    doc="""1 / input.

    >>> torch.reciprocal(torch.tensor([2.0, 4.0]))
    tensor([0.5000, 0.2500])
    """,
)


def positive(input: Tensor) -> Tensor:
    """The input itself; RuntimeError for bool.

    >>> torch.positive(torch.tensor([1, -2]))
    tensor([ 1, -2])
    """
    if input._array.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


for _function in (
    add, sub, div, floor_divide, true_divide,
):  # fmt: skip
    method(_function)
    method(inplace(_function, _function.__name__), f"{_function.__name__}_")
method(sub, "subtract")
method(div, "divide")
method(Tensor.sub_, "subtract_")
method(Tensor.div_, "divide_")
method(positive)
Tensor.__pos__ = positive  # type: ignore[attr-defined]
Tensor.__neg__ = neg.call  # type: ignore[attr-defined]

for _name, _function in (("add", _add), ("sub", _sub), ("mul", mul), ("truediv", _true_div)):
    operator(f"__{_name}__", _function)
    commutes = _name in ("add", "mul")
    operator(f"__r{_name}__", _function, reflected=True, commutes=commutes)
operator("__mod__", remainder)
operator("__rmod__", remainder, reflected=True)
quick_in_place("add_", "__iadd__", _add)
quick_in_place("sub_", "__isub__", _sub)
quick_in_place("mul_", "__imul__", mul)
quick_in_place("div_", "__itruediv__", _true_div)
method(lambda self, other: self.reciprocal() * other, "__rdiv__")
method(Tensor.floor_divide_, "__ifloordiv__")
method(Tensor.remainder_, "__imod__")
method(lambda self, other: floor_divide(self, other), "__floordiv__")
method(lambda self, other: floor_divide(other, self), "__rfloordiv__")
