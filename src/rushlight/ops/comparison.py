"""Comparisons, logic and bits: elementwise ops whose results are bool, or bit patterns.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import BOOL, COMPLEX, FLOATING
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..tensor import Tensor, method, wrap
from .elementwise import OPERANDS, operator, pointwise, require_tensors

__all__ = [
    "allclose",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "equal",
    "ge",
    "greater",
    "greater_equal",
    "gt",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "le",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "ne",
    "not_equal",
]

eq = pointwise(
    "eq",
    lambda input, other: s.eq(input, other),
    result="bool",
    numbers="other",
    doc="""Whether each pair of elements is equal.

    >>> torch.eq(torch.tensor([1, 2]), torch.tensor([1, 3]))
    tensor([ True, False])
    """,
)
ne = pointwise(
    "ne",
    lambda input, other: s.ne(input, other),
    result="bool",
    numbers="other",
    alias_of=("not_equal",),
    doc="""Whether each pair of elements differs.

    >>> torch.ne(torch.tensor([1, 2]), 1)
    tensor([False,  True])
    """,
)
lt = pointwise(
    "lt",
    lambda input, other: s.lt(input, other),
    result="bool",
    numbers="other",
    unsupported=(COMPLEX,),
    alias_of=("less",),
    doc="""input < other.

    >>> torch.lt(torch.tensor([1, 2]), 2)
    tensor([ True, False])
    """,
)
le = pointwise(
    "le",
    lambda input, other: s.le(input, other),
    result="bool",
    numbers="other",
    unsupported=(COMPLEX,),
    alias_of=("less_equal",),
    doc="""input <= other.

    >>> torch.le(torch.tensor([1, 3]), 2)
    tensor([ True, False])
    """,
)
gt = pointwise(
    "gt",
    lambda input, other: s.gt(input, other),
    result="bool",
    numbers="other",
    unsupported=(COMPLEX,),
    alias_of=("greater",),
    doc="""input > other.

    >>> torch.gt(torch.tensor([1, 3]), 2)
    tensor([False,  True])
    """,
)
ge = pointwise(
    "ge",
    lambda input, other: s.ge(input, other),
    result="bool",
    numbers="other",
    unsupported=(COMPLEX,),
    alias_of=("greater_equal",),
    doc="""input >= other.

    >>> torch.ge(torch.tensor([1, 2]), 2)
    tensor([False,  True])
    """,
)
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
logical_and = pointwise(
    "logical_and",
    lambda input, other: s.logical_and(input, other),
    result="bool",
    numbers="none",
    doc="""Whether both elements are true (not zero).

    >>> torch.logical_and(torch.tensor([True, True]), torch.tensor([True, False]))
    tensor([ True, False])
    """,
)
logical_or = pointwise(
    "logical_or",
    lambda input, other: s.logical_or(input, other),
    result="bool",
    numbers="none",
    doc="""Whether either element is true (not zero).

    >>> torch.logical_or(torch.tensor([True, False]), torch.tensor([False, False]))
    tensor([ True, False])
    """,
)
logical_xor = pointwise(
    "logical_xor",
    lambda input, other: s.logical_xor(input, other),
    result="bool",
    numbers="none",
    doc="""Whether exactly one of the elements is true (not zero).

    >>> torch.logical_xor(torch.tensor([True, True]), torch.tensor([True, False]))
    tensor([False,  True])
    """,
)
logical_not = pointwise(
    "logical_not",
    lambda input: s.logical_not(input),
    result="bool",
    doc="""Whether each element is false (zero).

    >>> torch.logical_not(torch.tensor([0, 2]))
    tensor([ True, False])
    """,
)
bitwise_and = pointwise(
    "bitwise_and",
    lambda input, other: s.bitwise_and(input, other),
    unsupported=(FLOATING, COMPLEX),
    doc="""Bitwise (for bool logical) and. RuntimeError for floats.

    >>> torch.bitwise_and(torch.tensor([6]), 3)
    tensor([2])
    """,
)
bitwise_or = pointwise(
    "bitwise_or",
    lambda input, other: s.bitwise_or(input, other),
    unsupported=(FLOATING, COMPLEX),
    doc="""Bitwise (for bool logical) or. RuntimeError for floats.

    >>> torch.bitwise_or(torch.tensor([6]), 3)
    tensor([7])
    """,
)
bitwise_xor = pointwise(
    "bitwise_xor",
    lambda input, other: s.bitwise_xor(input, other),
    unsupported=(FLOATING, COMPLEX),
    doc="""Bitwise (for bool logical) exclusive or. RuntimeError for floats.

    >>> torch.bitwise_xor(torch.tensor([6]), 3)
    tensor([5])
    """,
)
bitwise_not = pointwise(
    "bitwise_not",
    lambda input: s.bitwise_not(input),
    unsupported=(FLOATING, COMPLEX),
    doc="""Bitwise (for bool logical) not. RuntimeError for floats.

    >>> torch.bitwise_not(torch.tensor([0, 1]))
    tensor([-1, -2])
    """,
)
bitwise_left_shift = pointwise(
    "bitwise_left_shift",
    lambda input, other: s.left_shift(input, other),
    unsupported=(BOOL, FLOATING, COMPLEX),
    doc="""Bits moved up by `other` places.

    >>> torch.bitwise_left_shift(torch.tensor([1]), 3)
    tensor([8])
    """,
)
bitwise_right_shift = pointwise(
    "bitwise_right_shift",
    lambda input, other: s.right_shift(input, other),
    unsupported=(BOOL, FLOATING, COMPLEX),
    doc="""Bits moved down by `other` places, the sign kept.

    >>> torch.bitwise_right_shift(torch.tensor([8]), 2)
    tensor([2])
    """,
)
isnan = pointwise(
    "isnan",
    lambda input: s.isnan(input),
    result="bool",
    in_place=False,
    doc="""Whether each element is not a number.

    >>> torch.isnan(torch.tensor([1.0, float("nan")]))
    tensor([False,  True])
    """,
)
isinf = pointwise(
    "isinf",
    lambda input: s.isinf(input),
    result="bool",
    in_place=False,
    doc="""Whether each element is infinite.

    >>> torch.isinf(torch.tensor([1.0, float("-inf")]))
    tensor([False,  True])
    """,
)
isfinite = pointwise(
    "isfinite",
    lambda input: s.isfinite(input),
    result="bool",
    in_place=False,
    doc="""Whether each element is neither infinite nor nan.

    >>> torch.isfinite(torch.tensor([1.0, float("inf")]))
    tensor([ True, False])
    """,
)


def _close(input: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> np.ndarray:
    require_tensors("isclose", input=input, other=other)
    if input._array.dtype != other._array.dtype:
        raise RuntimeError(
            f"{input.dtype.title} did not match {other.dtype.title}: isclose and allclose compare "
            "tensors of one dtype; convert one with .to(other.dtype)"
        )
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {tolerance}")
    with np.errstate(all="ignore"):
        return as_array(np.isclose(input._array, other._array, rtol, atol, equal_nan))


@method
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Whether |input - other| <= atol + rtol * |other|, for each element.

    RuntimeError for tensors of different dtypes.

    >>> torch.isclose(torch.tensor([1.0, 1.1]), torch.tensor([1.0 + 1e-7, 1.0]))
    tensor([ True, False])
    """
    return wrap(_close(input, other, rtol, atol, equal_nan))


@method
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether `isclose` holds for all elements.

    >>> torch.allclose(torch.tensor([1.0]), torch.tensor([1.0 + 1e-7]))
    True
    """
    return bool(_close(input, other, rtol, atol, equal_nan).all())


@method
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and the same elements.

    >>> torch.equal(torch.tensor([1, 2]), torch.tensor([1, 2]))
    True
    """
    return bool(np.array_equal(input._array, other._array))


for _name, _function in (
    ("__lt__", lt), ("__le__", le), ("__gt__", gt), ("__ge__", ge), ("__eq__", eq), ("__ne__", ne),
    ("__and__", bitwise_and), ("__or__", bitwise_or), ("__xor__", bitwise_xor),
    ("__lshift__", bitwise_left_shift), ("__rshift__", bitwise_right_shift),
):  # fmt: skip
    operator(_name, _function)
for _name, _function in (
    ("__rand__", bitwise_and), ("__ror__", bitwise_or), ("__rxor__", bitwise_xor),
    ("__rlshift__", bitwise_left_shift), ("__rrshift__", bitwise_right_shift),
):  # fmt: skip
    operator(_name, _function, reflected=True, commutes="shift" not in _name)
for _name in ("and", "or", "xor"):
    method(getattr(Tensor, f"bitwise_{_name}_"), f"__i{_name}__")
method(Tensor.bitwise_left_shift_, "__ilshift__")
method(Tensor.bitwise_right_shift_, "__irshift__")
Tensor.__invert__ = bitwise_not.call  # type: ignore[attr-defined]


@method
def __contains__(self: Tensor, element: Any) -> bool:
    """Whether any element equals this one; RuntimeError for what is no tensor or number."""
    if not isinstance(element, OPERANDS):
        raise RuntimeError(
            "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
            f"{type(element)}."
        )
    return bool((self == element)._array.any())
