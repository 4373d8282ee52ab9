"""The recorder: listens to one real run and writes down what was done to which memory.

Every operation of the library reads `_array` of its inputs; while a thread records, that one
attribute gives traced arrays, and what NumPy is asked to do with them becomes the program.
May import: core, tensor, compile.
"""

import bisect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..core.state import thread
from ..core.storage import Storage
from ..core.tracing import Untraceable
from ..tensor import Tensor
from .array import TracedArray, concrete, followed
from .graph import (
    ARGUMENT,
    CONSTANT,
    NUMBER,
    OUTSIDE,
    REDUCTIONS,
    STARTS,
    TEMPORARY,
    Buffer,
    Call,
    Map,
    Product,
    Reduce,
    Step,
    View,
)  # fmt: skip
from .indexing import Indexing
from .numpy_functions import FUNCTIONS, PLAIN
from .scalars import is_native, supported

ndarray = np.ndarray
PACKAGE = str(Path(__file__).parent.parent)


class Recorder(Indexing):
    """The steps of a run, and the buffers they touch."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.buffers: list[Buffer] = []
        self._addresses: list[int] = []  # of the buffers that have memory, in order
        self._by_address: list[Buffer] = []
        self._roots: dict[Buffer, TracedArray] = {}
        self._constants: dict[tuple, TracedArray] = {}
        self.touched: list[Tensor] = []  # tensors whose array is traced now
        self.outside: dict[Buffer, list[Tensor]] = {}
        # tensors whose grad was used: with the one they had before, and whether that was looked at
        self.grads: dict[int, tuple[Tensor, Any, bool]] = {}

    # ---- memory

    def _buffer(self, kind: str, array: ndarray) -> Buffer:
        buffer = Buffer(kind, array, len(self.buffers))
        self.buffers.append(buffer)
        if buffer.nbytes:
            place = bisect.bisect(self._addresses, buffer.address)
            self._addresses.insert(place, buffer.address)
            self._by_address.insert(place, buffer)
        return buffer

    def buffer_at(self, array: ndarray) -> Buffer | None:
        """The known buffer in whose memory the array lies."""
        if not array.size:
            return None
        address = array.__array_interface__["data"][0]
        place = bisect.bisect(self._addresses, address) - 1
        if place >= 0:
            buffer = self._by_address[place]
            if address < buffer.address + buffer.nbytes:
                return buffer
        return None

    def shares(self, array: ndarray, buffer: Buffer) -> bool:
        """Whether the array is made of this buffer's memory."""
        return not array.size or self.buffer_at(array) is buffer

    def root(self, buffer: Buffer) -> TracedArray:
        """The first array over a buffer: whoever asks who owns the memory gets this one."""
        found = self._roots.get(buffer)
        if found is None:
            found = self._roots[buffer] = TracedArray(self, buffer.array, buffer)
        return found

    def temporary(self, value: Any) -> TracedArray:
        """A traced array over what an operation has just made."""
        array = np.asarray(value)
        if array.base is not None or self.buffer_at(array) is not None:
            array = array.copy()
        buffer = self._buffer(TEMPORARY, array)
        found = self._roots[buffer] = TracedArray(self, array, buffer)
        return found

    def constant(self, array: ndarray) -> TracedArray:
        """A traced array over numbers made in Python while recording."""
        known = self.buffer_at(array)
        if known is not None:
            return TracedArray(self, array, known)
        # a copy: whoever made the numbers may go on to change them
        key = (array.__array_interface__["data"][0], array.dtype.str, array.shape, array.strides)
        held = self._constants.get(key)
        if held is not None and held.value.tobytes() == array.tobytes():
            return held
        copy = array.copy()
        found = self._constants[key] = TracedArray(self, copy, self._buffer(CONSTANT, copy))
        return found

    def known(self, array: ndarray, kind: str, tensor: Tensor) -> TracedArray:
        """A traced array over the memory of a tensor from outside, or of an argument."""
        buffer = self.buffer_at(array)
        if buffer is None:
            buffer = self._buffer(kind, Storage(array).owner if kind == OUTSIDE else array)
        elif kind == ARGUMENT and buffer.kind == ARGUMENT:
            buffer.kind = OUTSIDE  # two arguments on one memory: followed by identity
        if array.size:
            self.outside.setdefault(buffer, []).append(tensor)
        return TracedArray(self, array, buffer)

    def number(self, mapping: dict, key: str) -> TracedArray:
        """A Python float of a dict, read anew at each call."""
        array = np.array(float(mapping[key]))
        buffer = self._buffer(NUMBER, array)
        buffer.read_number = (mapping, key)
        return TracedArray(self, array, buffer, weak=True)

    def traced(self, value: Any) -> Any:
        """The value with listening arrays in place of plain ones of some size."""
        return self.constant(value) if type(value) is ndarray else value

    def operand(self, value: Any) -> Any:
        """An argument of a step: a view, or a number where the value is one for good."""
        if type(value) is TracedArray:
            return value.view_
        if type(value) is ndarray:
            return self.constant(value).view_ if value.ndim or self.buffer_at(value) else value[()]
        return value

    def add(self, step: Step) -> None:
        """Writes down a step, and the user's line it comes from."""
        step.where = user_line()
        self.steps.append(step)

    # ---- elementwise

    def ufunc(self, ufunc: Any, method: str, inputs: tuple, kwargs: dict[str, Any]) -> Any:
        """What a NumPy ufunc does with traced arrays."""
        out = kwargs.pop("out", None)
        target = out[0] if isinstance(out, tuple) else out
        if method == "__call__":
            if ufunc is np.matmul and not kwargs:
                return self._into(target, self.dot(*inputs, batched=True))
            if ufunc is np.vecdot and not kwargs:
                return self._into(target, np.add.reduce(np.multiply(*inputs), -1))
            if ufunc.nout == 1 and set(kwargs) <= {"casting"}:
                types = _types(ufunc, [concrete(i) for i in inputs])
                if is_native(ufunc.__name__, types):
                    return self.map(ufunc, inputs, types, target)
        elif method == "reduce" and self._reduces(ufunc, inputs, kwargs):
            return self.reduce(ufunc, inputs[0], target, *inputs[1:], **kwargs)
        elif method == "at" and ufunc is np.add and target is None:
            return self.put(inputs[0], inputs[1], inputs[2], "add")
        if method == "at":
            raise Untraceable(f"np.{ufunc.__name__}.at is not followed")
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self._into(target, self.call(function, inputs, kwargs))

    def _reduces(self, ufunc: Any, inputs: Any, kwargs: dict[str, Any]) -> bool:
        """Whether a reduction has native code."""
        dtype = inputs[2] if len(inputs) > 2 else kwargs.get("dtype")
        dtypes = [inputs[0].dtype, inputs[0].dtype if dtype is None else np.dtype(dtype)]
        named = ufunc.__name__ in REDUCTIONS and kwargs.get("where") is None
        return named and all(supported(d) and d != np.float16 for d in dtypes)

    def _into(self, target: Any, result: Any) -> Any:
        if target is None:
            return result
        self.copy_into(followed(target), result)
        return target

    def map(self, ufunc: Any, inputs: tuple, types: tuple, target: Any = None) -> TracedArray:
        """An elementwise step; its result is a new array, or is written into the target."""
        weak = all(_is_weak(i) for i in inputs)
        plain = [concrete(i) for i in inputs]
        with np.errstate(all="ignore"):
            value = ufunc(*plain)
        operands = tuple(self.operand(i) for i in inputs)
        if weak:
            result = self.temporary(np.asarray(value, np.float64))
            result.weak = True
        elif target is None:
            result = self.temporary(value)
        else:
            result = followed(target)
            self.writable(result)
            if np.shape(value) != result.value.shape:
                if np.broadcast_shapes(np.shape(value), result.value.shape) != result.value.shape:
                    raise ValueError("non-broadcastable output operand")
            np.copyto(result.value, value, casting="unsafe")
        if result.value.size:
            self.add(Map(ufunc.__name__, result.view_, operands, types))
        return result

    def cast(self, source: TracedArray, dtype: Any) -> TracedArray:
        """A copy in a dtype."""
        if not (supported(source.value.dtype) and supported(dtype)):
            return self.call(astype, (source, dtype), {})
        with np.errstate(all="ignore"):
            result = self.temporary(source.value.astype(dtype, order="C"))
        if result.value.size:
            types = (result.value.dtype, result.value.dtype)
            self.add(Map("copy", result.view_, (source.view_,), types))
        return result

    def writable(self, target: TracedArray) -> None:
        """Before a constant is written to: it becomes memory that starts with its numbers."""
        buffer = target.buffer
        if buffer.kind == CONSTANT:
            pristine = self._buffer(CONSTANT, np.array(buffer.array))
            buffer.kind = TEMPORARY
            array = buffer.array
            copy = Map(
                "copy",
                View(buffer, array.dtype, array.shape, array.strides, 0),
                (View(pristine, array.dtype, array.shape, pristine.array.strides, 0),),
                (array.dtype, array.dtype),
            )
            copy.where = ""
            self.steps.insert(0, copy)

    def copy_into(self, target: TracedArray, source: Any, where: Any = None) -> None:
        """Writes the source, broadcast and cast, into the target's memory."""
        self.writable(target)
        value = concrete(source)
        mask = True if where is None else concrete(where)
        with np.errstate(all="ignore"):
            np.copyto(target.value, value, casting="unsafe", where=mask)
        if not target.value.size:
            return
        dtype = target.value.dtype
        if not (supported(dtype) and supported(np.asarray(value).dtype)):
            self.call_into(target, merged, (target, source, where))
            return
        if where is None:
            step = Map("copy", target.view_, (self.operand(source),), (dtype, dtype))
        else:
            args = (self.operand(where), self.operand(source), target.view_)
            step = Map("where", target.view_, args, (np.dtype(bool), dtype, dtype, dtype))
        self.add(step)

    def where(self, condition: Any, x: Any, y: Any) -> TracedArray:
        """x where the condition holds, else y."""
        plain = [concrete(v) for v in (condition, x, y)]
        dtype = np.where(*plain).dtype
        if not supported(dtype):
            return self.call(np.where, (condition, x, y), {})
        result = self.temporary(np.where(*plain))
        args = tuple(self.operand(v) for v in (condition, x, y))
        if result.value.size:
            self.add(Map("where", result.view_, args, (np.dtype(bool), dtype, dtype, dtype)))
        return result

    # ---- reductions and products

    def reduce(
        self, ufunc: Any, array: Any, target: Any, axis: Any = 0, dtype: Any = None,
        out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True,
    ) -> TracedArray:  # fmt: skip
        """A reduction over axes (None: all)."""
        target = out if target is None else target
        source = self.traced(array)
        ndim = source.value.ndim
        axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = tuple(sorted(a % ndim for a in axes)) if ndim else ()
        kept = tuple(1 if d in axes else n for d, n in enumerate(source.value.shape))
        with np.errstate(all="ignore"):
            extra = {} if initial is None else {"initial": initial}
            value = np.asarray(ufunc.reduce(source.value, axis, dtype, keepdims=True, **extra))
        if initial is not None and initial != STARTS.get(ufunc.__name__):
            if ufunc not in (np.maximum, np.minimum):
                raise Untraceable("a reduction that starts elsewhere")
            found = self.reduce(ufunc, array, None, axis, dtype, None, keepdims)
            return self._into(target, ufunc(found, value.dtype.type(initial)))
        if not source.value.size:
            found = self.constant(value).copy()
        else:
            if source.value.dtype != value.dtype and ufunc.__name__ not in (
                "logical_or",
                "logical_and",
            ):
                source = self.cast(source, value.dtype)
            found = self.temporary(value)
            self.add(Reduce(ufunc.__name__, found.view_, source.view_, axes))
        if not keepdims:
            found = found.reshape([n for d, n in enumerate(kept) if d not in axes])
        return self._into(target, found)

    def dot(self, a: Any, b: Any, batched: bool = False) -> TracedArray:
        """NumPy's `dot` of at most two dims, or `matmul`."""
        a, b = self.traced(a), self.traced(b)
        if a.value.dtype != b.value.dtype or a.value.dtype.kind != "f":
            return self.call(np.matmul if batched else np.dot, (a, b), {})
        if not batched and (a.value.ndim > 2 or b.value.ndim > 2):
            return self.call(np.dot, (a, b), {})
        if not a.value.ndim or not b.value.ndim:
            return np.multiply(a, b)  # type: ignore[return-value]
        value = np.asarray(np.matmul(a.value, b.value))
        if not a.value.size or not b.value.size or not value.size:
            return self.constant(value).copy()
        shape = value.shape
        left = a if a.value.ndim > 1 else a[None, :]
        right = b if b.value.ndim > 1 else b[:, None]
        batch = np.broadcast_shapes(left.value.shape[:-2], right.value.shape[:-2])
        full = (*batch, left.value.shape[-2], right.value.shape[-1])
        out = self.temporary(value.reshape(full))
        views = [
            x._shown(np.broadcast_to(x.value, (*batch, *x.value.shape[-2:]))).view_
            for x in (left, right)
        ]
        self.add(Product(out.view_, *views))
        return out.reshape(shape)

    # ---- the rest of NumPy, and what nobody follows

    def function(self, function: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What a NumPy function does with traced arrays."""
        handler = FUNCTIONS.get(function)
        if handler is not None:
            return handler(self, *args, **kwargs)
        if function in PLAIN:
            return function(*_concrete_all(args), **_concrete_all(kwargs))
        if function in REFUSED or kwargs.get("out") is not None:
            raise Untraceable(f"np.{function.__name__}: its result depends on the numbers")
        return self.call(function, args, kwargs)

    def call(self, function: Callable, args: Any, kwargs: dict[str, Any]) -> Any:
        """A call back into Python at each run; the results must keep their shapes."""
        return self._called(function, args, kwargs, False)

    def _called(self, function: Callable, args: Any, kwargs: Any, effect: bool) -> Any:
        args, kwargs = tuple(args), dict(kwargs)  # the caller goes on to use its own
        found: list[TracedArray] = []
        _collect((args, kwargs), found)
        thread.recorder = None  # what the function does within is not followed
        try:
            with np.errstate(all="ignore"):
                results = function(*_concrete_all(args), **_concrete_all(kwargs))
        finally:
            thread.recorder = self
        several = isinstance(results, tuple)
        outs = [self.temporary(np.array(r)) for r in (results if several else (results,))]
        places = {id(t): n for n, t in enumerate(found)}

        def arguments(arrays: list) -> tuple:
            fill = lambda t: arrays[places[id(t)]]
            return _rebuild(args, fill), _rebuild(kwargs, fill)

        step = Call(function, [t.view_ for t in found], arguments, [o.view_ for o in outs])
        step.effect = effect
        self.add(step)
        return tuple(outs) if several else outs[0]

    def call_into(self, target: TracedArray, function: Callable, args: tuple) -> None:
        """A call back into Python whose result is copied into the target."""
        found: list[TracedArray] = []
        _collect(args, found)
        places = {id(t): n for n, t in enumerate(found)}

        def arguments(arrays: list) -> tuple:
            return _rebuild(args, lambda t: arrays[places[id(t)]]), {}

        views = [t.view_ for t in found]
        self.add(Call(function, views, arguments, [target.view_]))

    def check(self, function: Callable, array: TracedArray) -> None:
        """A look at the numbers at each run: the function raises where they will not do."""
        function(array.value)
        step = Call(function, [array.view_], lambda arrays: (tuple(arrays), {}), [])
        step.effect = True
        self.add(step)

    def fresh(self, function: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A call that each run must make though nobody reads its result: of a random stream."""
        return self._called(function, args, kwargs, True)


REFUSED = {
    np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.put, np.place,
    np.putmask, np.fill_diagonal, np.count_nonzero, np.array_equal, np.allclose,
}  # fmt: skip


def astype(array: ndarray, dtype: Any) -> ndarray:
    """The array in another dtype."""
    return array.astype(dtype)


def merged(old: ndarray, new: Any, where: Any) -> ndarray:
    """The new numbers, where they are wanted, over the old."""
    found = old.copy()
    np.copyto(found, new, casting="unsafe", where=True if where is None else where)
    return found


def user_line() -> str:
    """The file and line outside of this package, and of NumPy, that is running."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(PACKAGE) and "/numpy/" not in name:
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def _is_weak(value: Any) -> bool:
    return value.weak if type(value) is TracedArray else type(value) in (int, float, bool)


def _types(ufunc: Any, values: list) -> tuple:
    """The dtypes a ufunc computes on for these arguments, and the one it gives."""
    kinds = [type(v) if type(v) in (int, float, complex) else np.asarray(v).dtype for v in values]
    return ufunc.resolve_dtypes((*kinds, None))


def _concrete_all(tree: Any) -> Any:
    return _rebuild(tree, concrete)


def _rebuild(tree: Any, change: Callable) -> Any:
    if type(tree) is TracedArray:
        return change(tree)
    if type(tree) in (tuple, list):
        return type(tree)(_rebuild(t, change) for t in tree)
    if type(tree) is dict:
        return {k: _rebuild(v, change) for k, v in tree.items()}
    return tree


def _collect(tree: Any, found: list) -> None:
    if type(tree) is TracedArray:
        if not any(tree is f for f in found):
            found.append(tree)
    elif type(tree) in (tuple, list):
        for part in tree:
            _collect(part, found)
    elif type(tree) is dict:
        _collect(list(tree.values()), found)
