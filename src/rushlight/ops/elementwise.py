"""Elementwise ops: from one scalar formula to the function, the method, `f_` and `out=`.

A formula of one to three inputs gives the NumPy kernel here (and every compiled kernel later);
promotion, Python numbers and broadcasting are the same for all of them and are settled here.
May import: core, kernels, tensor, autograd, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.batch import batches_of, broadcast
from ..core.dtype import FLOATING, FROM_NUMPY, HALVES
from ..core.layout import broadcast_shapes
from ..core.state import shared, thread
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..kernels.blocks import in_blocks
from ..tensor import Tensor, method, storage_of, wrap
from .inplace import inplace, write_out
from .op import STOPPED, Op, again, ndarray

_new = object.__new__
NUMBERS = (bool, int, float, complex)
# where a Python number is exactly an operand of the same dtype to NumPy
WHOLE_FLOATS = frozenset([np.dtype(np.float32), np.dtype(np.float64)])
# numbers as 0-d arrays, which NumPy takes up in half the time, kept for the next time
CONSTANTS: dict[Any, dict[float, ndarray]] = {dtype: {} for dtype in WHOLE_FLOATS}
OPERANDS = (Tensor, *NUMBERS, np.generic)


class Elementwise(Op):
    """An op whose kernel is a scalar formula, applied with broadcasting and promotion.

    `result` says which dtype comes out: "same" (the promoted one), "float" (integers become the
    default float) or "bool". `accepts` is the lowest and highest category taken.
    """

    __slots__ = ("direct", "formula", "lowest", "result_kind", "unsupported")

    elementwise = True

    def __init__(
        self,
        name: str,
        formula: Callable,
        vjp: Any,
        backward: str | None,
        result: str,
        unsupported: tuple[int, ...],
        kernel: Callable | None = None,
    ) -> None:
        code = formula.__code__
        inputs = code.co_varnames[: code.co_argcount]
        kernel = kernel or s.compile_numpy(formula, len(inputs))
        if not isinstance(kernel, np.ufunc):
            kernel = in_blocks(kernel)
        super().__init__(name, kernel, vjp, backward=backward, inputs=inputs)
        self.formula = formula
        self.result_kind = result
        self.unsupported = frozenset(unsupported)
        # the dtypes on which NumPy's own rule for equal dtypes is PyTorch's: straight to the kernel
        plain = [d for d in dtypes.ALL if d.category not in self.unsupported]
        if result == "float":
            plain = [d for d in plain if d.category >= FLOATING]
        if not isinstance(kernel, np.ufunc):
            plain = [d for d in plain if d.numpy not in HALVES]
        self.direct = frozenset([d.numpy for d in plain])

    def __call__(self, *inputs: Any, **attrs: Any) -> Tensor:
        """The general path: any mix of tensors and Python numbers."""
        compute = self.compute_dtype(inputs)
        numpy_dtype = compute.numpy
        half = numpy_dtype in HALVES
        if half:  # intermediate values in float32, one rounding at the end, as in PyTorch
            numpy_dtype = dtypes.float32.numpy
        arrays = []
        for value in inputs:
            if isinstance(value, Tensor):
                arrays.append(value._array.astype(numpy_dtype, copy=False))
            else:
                arrays.append(_number(value, numpy_dtype))
        try:
            if shared.watched and batches_of(arrays):
                out = broadcast(self.kernel, arrays, attrs)
            else:
                out = self.kernel(*arrays, **attrs)
        except STOPPED as reason:
            out = again(reason, self.kernel, *arrays, **attrs)
        except ValueError:
            broadcast_shapes(*[a.shape for a in arrays if isinstance(a, ndarray)])
            raise
        if type(out) is not ndarray:
            out = as_array(out)
        if half and self.result_kind != "bool":
            out = out.astype(compute.numpy)
        result = wrap(out)
        if self.differentiable and thread.grad_enabled:
            self.record(lifted(inputs, compute), attrs, result)
        return result

    def compute_dtype(self, inputs: tuple) -> dtypes.dtype:
        """The dtype to compute in: tensors with dims win over 0-d ones, and those over numbers."""
        dims = zero = number = None
        for value in inputs:
            if isinstance(value, Tensor):
                found = FROM_NUMPY[value._array.dtype]
                if value._array.ndim:
                    dims = found if dims is None else dtypes.promote_types(dims, found)
                else:
                    zero = found if zero is None else dtypes.promote_types(zero, found)
            else:
                found = dtypes.of_number(value)
                number = found if number is None else dtypes.promote_types(number, found)
        compute = dtypes.combine(dims, dtypes.combine(zero, number))
        assert compute is not None
        if compute.category in self.unsupported:
            # PyTorch's kernels lack a case, but it refuses bools itself
            refusal = RuntimeError if compute is dtypes.bool_ else NotImplementedError
            raise refusal(
                f"\"{self.name}\" not implemented for '{compute.title}': convert the input first, "
                "for example with .float()"
            )
        if self.result_kind == "float" and compute.category < FLOATING:
            return dtypes.get_default_dtype()
        return compute


def _number(value: Any, numpy_dtype: Any) -> Any:
    """A Python number as an operand that keeps the dtype; integers wrap as in PyTorch."""
    if numpy_dtype.kind in "iu":
        limits = np.iinfo(numpy_dtype)
        if not limits.min <= value <= limits.max:
            return np.array(int(value)).astype(numpy_dtype)[()]
        return int(value)
    if numpy_dtype.kind == "b":
        return np.bool_(value)
    return value


def _constant(number: float, dtype: Any) -> Any:
    """The number as an operand; remembered, but for zeros (which have a sign) and NaN."""
    known = CONSTANTS[dtype]
    if not number or number != number or len(known) >= 1000:
        return number
    array = known[number] = np.array(number, dtype)
    return array


def lifted(inputs: tuple, compute: dtypes.dtype) -> tuple:
    """The inputs as tensors, so that a vjp can compute with a number as with any input."""
    return tuple(
        [
            value
            if isinstance(value, Tensor)
            else wrap(np.array(_number(value, compute.numpy), compute.numpy))
            for value in inputs
        ]
    )


def operand(value: Any, function: str, name: str, position: int) -> Any:
    """A tensor or a Python number; TypeError in PyTorch's words for anything else."""
    if isinstance(value, (Tensor, *NUMBERS)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(
        f"{function}(): argument '{name}' (position {position}) must be Tensor or Number, "
        f"not {type(value).__name__}"
    )


def unary_call(op: Elementwise) -> Callable:
    """The quick function of one tensor; anything unusual goes to the general path."""
    kernel = op.kernel
    direct = op.direct
    differentiable = op.differentiable

    def call(x: Any) -> Tensor:
        if isinstance(x, Tensor):
            array = x._array
            if array.dtype in direct and not shared.watched:
                try:
                    out = kernel(array)
                except STOPPED as reason:
                    out = again(reason, kernel, array)
                result = _new(Tensor)
                result._array = out if type(out) is ndarray else as_array(out)
                if differentiable and x._edge is not None and thread.grad_enabled:
                    op.record((x,), {}, result)
                return result
            return op(x)
        raise TypeError(refused(op.name, "input", 1, x))

    return call


def binary_call(op: Elementwise, as_operator: bool = False, numbers: str = "any") -> Callable:
    """The quick function of two operands, of which the first is usually a tensor.

    As a Python operator it gives foreign operands their own turn instead of refusing them.
    `numbers` says which operand may be a Python number: "all" (both), "any" (one of them),
    "other", "none".
    """
    kernel = op.kernel
    direct = op.direct
    name = op.name
    differentiable = op.differentiable
    first, second = op.inputs
    number_first = numbers in ("all", "any")
    number_second = numbers != "none"
    # whether a number has to become a tensor, to be saved for the gradient of the first operand
    lifts = differentiable and second in op.needs[0]
    constants = {} if FLOATING in op.unsupported else CONSTANTS

    def call(x: Any, y: Any) -> Tensor:
        if isinstance(x, Tensor):
            a = x._array
            if isinstance(y, Tensor):
                b = y._array
                if a.dtype is b.dtype and a.dtype in direct and not shared.watched:
                    try:
                        out = kernel(a, b)
                    except STOPPED as reason:
                        out = again(reason, kernel, a, b)
                    except ValueError:
                        broadcast_shapes(a.shape, b.shape)
                        raise
                    result = _new(Tensor)
                    result._array = out if type(out) is ndarray else as_array(out)
                    if (
                        differentiable
                        and (x._edge is not None or y._edge is not None)
                        and thread.grad_enabled
                    ):
                        op.record((x, y), {}, result)
                    return result
            elif (
                (type(y) is float or type(y) is int)
                and a.dtype in constants
                and number_second
                and not shared.watched
            ):
                try:
                    b = CONSTANTS[a.dtype].get(y)
                    out = kernel(a, _constant(y, a.dtype) if b is None else b)
                except STOPPED as reason:
                    out = again(reason, kernel, a, y)
                result = _new(Tensor)
                result._array = out if type(out) is ndarray else as_array(out)
                if differentiable and x._edge is not None and thread.grad_enabled:
                    other = wrap(np.array(y, a.dtype)) if lifts else None
                    op.record((x, other), {}, result)
                return result
        elif number_first and (type(x) is float or type(x) is int) and isinstance(y, Tensor):
            b = y._array
            if b.dtype in constants and not shared.watched:
                try:
                    a = CONSTANTS[b.dtype].get(x)
                    out = kernel(_constant(x, b.dtype) if a is None else a, b)
                except STOPPED as reason:
                    out = again(reason, kernel, x, b)
                result = _new(Tensor)
                result._array = out if type(out) is ndarray else as_array(out)
                if differentiable and y._edge is not None and thread.grad_enabled:
                    op.record((wrap(np.array(x, b.dtype)), y), {}, result)
                return result
        if as_operator and not isinstance(y, OPERANDS):
            return call(x, wrap(y)) if isinstance(y, ndarray) else NotImplemented
        one_tensor = isinstance(y, Tensor) or numbers == "all"
        if not isinstance(x, Tensor) and not (number_first and one_tensor):
            raise TypeError(refused(name, first, 1, x))
        if not number_second and not isinstance(y, Tensor):
            raise TypeError(refused(name, second, 2, y))
        return op(operand(x, name, first, 1), operand(y, name, second, 2))

    return call


def require_tensors(function: str, **arguments: Any) -> None:
    """TypeError in PyTorch's words unless all of these arguments are tensors."""
    for position, (name, value) in enumerate(arguments.items(), 1):
        if not isinstance(value, Tensor):
            raise TypeError(refused(function, name, position, value))


def refused(function: str, name: str, position: int, value: Any) -> str:
    """PyTorch's words for an argument that is no tensor."""
    return (
        f"{function}(): argument '{name}' (position {position}) must be Tensor, not "
        f"{type(value).__name__}"
    )


def pointwise(
    name: str,
    scalar: Callable,
    vjp: Any = None,
    *,
    doc: str,
    backward: str | None = None,
    result: str = "same",
    unsupported: tuple[int, ...] = (),
    alias_of: tuple[str, ...] = (),
    kernel: Callable | None = None,
    numbers: str = "any",
    in_place: bool = True,
    methods: bool = True,
) -> Callable:
    """The public function of a scalar formula, with its method and in-place method.

    `vjp` is one function for a formula of one input, a tuple of them for more; see `Op`.
    `numbers` says which of two operands may be a Python number; see `binary_call`.
    Without `methods` it is a function alone, without `in_place` there is no `f_`.
    `kernel` computes the formula on arrays where that takes fewer passes than its words.
    """
    if vjp is not None and not isinstance(vjp, tuple):
        vjp = (vjp,)
    op = Elementwise(name, scalar, vjp, backward, result, unsupported, kernel)
    if len(op.inputs) == 1:
        call = unary_call(op)

        def unary(input: Any, *, out: Tensor | None = None) -> Tensor:
            return call(input) if out is None else write_out(out, call(input))

        function = unary

    else:
        call = binary_call(op, numbers=numbers)

        def binary(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
            return call(input, other) if out is None else write_out(out, call(input, other))

        function = binary
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    # the file that defines the op, where doctest looks; the formula may come from kernels/
    function.__module__ = next((f for f in vjp or () if f is not None), scalar).__module__
    function.call = call  # type: ignore[attr-defined]  the quick form, for operators
    function.op = op  # type: ignore[attr-defined]
    for known_as in (name, *alias_of) if methods else ():
        method(function, known_as)
        if in_place:
            method(inplace(function, known_as), f"{known_as}_")
    return function


def in_double(formula: Any, single: Any = None) -> Any:
    """A kernel that computes in float64, for formulas whose float32 form would lose digits.

    Unless there is another formula, `single`, for arrays of float32.
    """

    def kernel(x: Any) -> Any:
        if single is not None and type(x) is ndarray and x.dtype == np.float32 and x.ndim:
            return single(x)
        if x.dtype.kind == "c" or x.dtype == np.float64:
            return formula(x)
        return as_array(formula(x.astype(np.float64))).astype(x.dtype)

    return kernel


def operator(
    dunder: str, function: Callable, *, reflected: bool = False, commutes: bool = False
) -> None:
    """Makes the function a Python operator of Tensor, or one whose tensor stands on the right."""
    direct = not reflected or commutes
    numbers = "other" if direct else "any"
    call = binary_call(function.op, as_operator=True, numbers=numbers)  # type: ignore[attr-defined]
    if direct:
        method(call, dunder)
        return

    def backward(self: Tensor, other: Any) -> Any:
        if not isinstance(other, OPERANDS):
            return call(wrap(other), self) if isinstance(other, ndarray) else NotImplemented
        return call(other, self)

    method(backward, dunder)


def quick_in_place(name: str, dunder: str, function: Callable) -> None:
    """A shorter way through the method `name` where neither history nor a cast is needed.

    The operator (`+=`) becomes the same function.
    """
    general = getattr(Tensor, name)
    kernel = function.op.kernel  # type: ignore[attr-defined]

    def in_place(self: Tensor, other: Any, **kwargs: Any) -> Tensor:
        a = self._array
        if kwargs or shared.watched or a.dtype not in WHOLE_FLOATS or not a.flags.c_contiguous:
            return general(self, other, **kwargs)
        tracked = False
        if isinstance(other, Tensor):
            b = other._array
            fits = b.dtype is a.dtype and (b.shape == a.shape or not b.ndim)
            tracked = other._edge is not None
        else:
            fits = type(other) is float or type(other) is int
            b = other
        if thread.grad_enabled:
            tracked = tracked or self._edge is not None or self._base is not None
        else:
            tracked = False
        if fits and not tracked:
            storage_of(self).version += 1
            single = a.size == 1  # which NumPy is slow to work on in place
            try:
                out = kernel(a, b, None if single else a)
            except STOPPED as reason:
                # NumPy looks at the flags when all elements are written
                out = again(reason, kernel, a, b) if single else a
            if single:
                a[...] = out
            return self
        return general(self, other, **kwargs)

    in_place.__name__ = in_place.__qualname__ = name
    in_place.__doc__ = general.__doc__
    method(in_place, name)
    method(in_place, dunder)
