"""TracedArray: an array that computes as NumPy does and tells the recorder what was done.

It holds the concrete numbers of the run that is being recorded, so that every shape, dtype and
error is NumPy's own. To Python it passes for an ndarray; C code gets `Untraceable` from it.
May import: core, compile.
"""

import operator
from typing import Any

import numpy as np

from ..core.tracing import Untraceable
from .graph import Buffer, View

ndarray = np.ndarray


def _reduce(ufunc: Any, *args: Any) -> Any:
    return ufunc.reduce(*args)


class TracedArray(np.lib.mixins.NDArrayOperatorsMixin):
    """Strided memory of a buffer, as an ndarray sees it.

    A `weak` one stands for a Python float: it takes the dtype of what it meets.
    """

    traced = True
    __slots__ = ("buffer", "recorder", "value", "weak")

    def __init__(self, recorder: Any, value: ndarray, buffer: Buffer, weak: bool = False) -> None:
        self.recorder = recorder
        self.value = value
        self.buffer = buffer
        self.weak = weak

    @property
    def __class__(self) -> Any:  # so that isinstance(x, ndarray) holds
        return ndarray

    # ---- what it is

    dtype = property(operator.attrgetter("value.dtype"))
    shape = property(operator.attrgetter("value.shape"))
    strides = property(operator.attrgetter("value.strides"))
    ndim = property(operator.attrgetter("value.ndim"))
    size = property(operator.attrgetter("value.size"))
    itemsize = property(operator.attrgetter("value.itemsize"))
    nbytes = property(operator.attrgetter("value.nbytes"))
    flags = property(operator.attrgetter("value.flags"))
    ctypes = property(operator.attrgetter("value.ctypes"))

    @property
    def base(self) -> Any:
        """The array that owns the memory; None for that array itself."""
        root = self.recorder.root(self.buffer)
        return None if root is self else root

    @property
    def view_(self) -> View:
        """Where it stands, as the recorded program says it."""
        value = self.value
        offset = value.__array_interface__["data"][0] - self.buffer.address if value.size else 0
        return View(self.buffer, value.dtype, value.shape, value.strides, offset)

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return f"TracedArray({self.view_!r})"

    # ---- its numbers must not leave

    def _leaves(self, *args: Any, **kwargs: Any) -> Any:
        raise Untraceable("a number of a tensor was read into Python")

    __array__ = __bool__ = __float__ = __int__ = __complex__ = __index__ = _leaves
    item = tolist = tobytes = nonzero = __iter__ = __contains__ = __hash__ = _leaves  # type: ignore

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not hasattr(ndarray, name):
            raise AttributeError(f"'numpy.ndarray' object has no attribute '{name}'")
        raise Untraceable(f"ndarray.{name} is not followed")

    # ---- NumPy's two protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return self.recorder.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.recorder.function(function, args, kwargs)

    # ---- views of the same memory

    def _shown(self, value: ndarray) -> "TracedArray":
        return TracedArray(self.recorder, value, self.buffer, self.weak)

    @property
    def T(self) -> "TracedArray":
        """Its dims in the opposite order."""
        return self._shown(self.value.T)

    @property
    def real(self) -> "TracedArray":
        """The real parts."""
        return self._shown(self.value.real)

    @property
    def imag(self) -> "TracedArray":
        """The imaginary parts."""
        if self.value.dtype.kind != "c":
            return self.recorder.constant(np.zeros_like(self.value))
        return self._shown(self.value.imag)

    def transpose(self, *axes: Any) -> "TracedArray":
        """Its dims in another order."""
        return self._shown(self.value.transpose(*axes))

    def swapaxes(self, first: int, second: int) -> "TracedArray":
        """Two dims exchanged."""
        return self._shown(self.value.swapaxes(first, second))

    def squeeze(self, axis: Any = None) -> "TracedArray":
        """Without dims of one element."""
        return self._shown(self.value.squeeze(axis))

    def diagonal(self, *args: Any) -> "TracedArray":
        """The diagonal of two dims."""
        return self._shown(self.value.diagonal(*args))

    def view(self, dtype: Any = None) -> "TracedArray":
        """The same bytes as another dtype."""
        return self._shown(self.value.view() if dtype is None else self.value.view(dtype))

    def window(self, shape: Any, strides: Any, offset: int) -> "TracedArray":
        """Other strides on the same memory, in bytes, counted from its first element."""
        memory = self.buffer.array
        flat = np.lib.stride_tricks.as_strided(
            memory.view(np.uint8) if memory.ndim else memory.reshape(1).view(np.uint8),
            (self.buffer.nbytes,), (1,),
        )  # fmt: skip
        start = self.value.__array_interface__["data"][0] - self.buffer.address + offset
        return self._shown(ndarray(tuple(shape), self.value.dtype, flat, start, tuple(strides)))

    def reshape(self, *shape: Any, order: Any = "C") -> "TracedArray":
        """Another shape: of the same memory where that is possible, else of a copy."""
        value = self.value.reshape(*shape, order=order)
        if self.recorder.shares(value, self.buffer):
            return self._shown(value)
        if order != "C":
            raise Untraceable("reshape in another order")
        return self.copy().reshape(*shape)

    def ravel(self, order: str = "C") -> "TracedArray":
        """All elements in one line."""
        return self.reshape(-1, order=order)

    def flatten(self) -> "TracedArray":
        """A copy of all elements in one line."""
        return self.copy().reshape(-1)

    def __getitem__(self, key: Any) -> Any:
        return self.recorder.get_item(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.recorder.set_item(self, key, value)

    def as_number(self) -> "TracedArray":
        """Its one element as what a Python float is: it takes the dtype of what it meets."""
        found = self.astype(np.float64)
        found.weak = True
        return found

    # ---- copies

    def copy(self, order: str = "C") -> "TracedArray":
        """A copy, row by row."""
        return self.recorder.cast(self, self.value.dtype)

    def astype(self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True,
               copy: bool = True) -> "TracedArray":  # fmt: skip
        """A copy in another dtype; itself, where no copy is asked for and none is needed."""
        dtype = np.dtype(dtype)
        if not copy and dtype == self.value.dtype:
            return self
        return self.recorder.cast(self, dtype)

    def fill(self, value: Any) -> None:
        """Writes one number everywhere."""
        self[...] = value

    # ---- what is a function of NumPy too

    def dot(self, other: Any) -> Any:
        """The matrix product."""
        return self.recorder.dot(self, other)

    def sum(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        """The sum over axes."""
        return _reduce(np.add, self, axis, dtype, out, keepdims)

    def prod(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        """The product over axes."""
        return _reduce(np.multiply, self, axis, dtype, out, keepdims)

    def max(
        self, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None
    ) -> Any:
        """The largest over axes."""
        return _reduce(np.maximum, self, axis, None, out, keepdims, initial)

    def min(
        self, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None
    ) -> Any:
        """The smallest over axes."""
        return _reduce(np.minimum, self, axis, None, out, keepdims, initial)

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Whether any is true."""
        return _reduce(np.logical_or, self, axis, None, out, keepdims)

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Whether all are true."""
        return _reduce(np.logical_and, self, axis, None, out, keepdims)

    def mean(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        """The mean over axes."""
        total = _reduce(np.add, self, axis, dtype, out, keepdims)
        return total / total.dtype.type(self.value.size // max(total.size, 1))

    def conj(self) -> Any:
        """The complex conjugate."""
        return np.conjugate(self)

    conjugate = conj

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Kept between two bounds."""
        found = self if min is None else np.maximum(self, min)
        return found if max is None else np.minimum(found, max)


def _called(name: str) -> Any:
    function = getattr(np, name)

    def method(self: TracedArray, *args: Any, **kwargs: Any) -> Any:
        return self.recorder.function(function, (self, *args), kwargs)

    method.__name__ = name
    method.__doc__ = f"NumPy's `{name}` of it."
    return method


for _name in (
    "argmax",
    "argmin",
    "argsort",
    "cumsum",
    "cumprod",
    "take",
    "repeat",
    "trace",
    "std",
    "var",
):
    setattr(TracedArray, _name, _called(_name))


def concrete(value: Any) -> Any:
    """The numbers of this run."""
    if type(value) is TracedArray:
        return float(value.value) if value.weak else value.value
    return value


def followed(target: Any) -> TracedArray:
    """A target that is traced; a plain array would take the numbers out of sight."""
    if type(target) is not TracedArray:
        raise Untraceable("a result was written into an array that is not followed")
    return target
