"""BatchArray: many arrays of one shape that pass for one, so that `vmap` runs a function once.

Code that knows nothing of batches sees the shape of one example. NumPy's elementwise functions and
reductions work on all examples at once; any other function is called for each of them.
May import: core.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .state import shared, thread, unwatch, watch
from .turns import Turns

ndarray = np.ndarray

CONTROL_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We "
    "don't support that yet: it has another value for each example; use torch.where"
)
ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling "
    ".item() on a Tensor, please try to rewrite what you're doing with other operations: it has "
    "another value for each example"
)
IN_PLACE = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor "
    "`other` in extra_args that has more elements than `self`. This happened due to `other` being "
    "vmapped over but `self` not being vmapped over in a vmap. Please try to use out-of-place "
    "operators instead of inplace arithmetic. If said operator is being called inside the PyTorch "
    "framework, please file a bug report instead."
)
DYNAMIC = (
    "vmap: We do not support batching operators that can output dynamic shape: the examples gave "
    "results of different shapes"
)


class Batch:
    """The batch of one call of `vmap`: how many examples there are; nested ones are told apart."""

    __slots__ = ("number", "randomness", "size")

    count = 0

    def __init__(self, size: int, randomness: str = "error") -> None:
        Batch.count += 1
        self.number = Batch.count
        self.size = size
        self.randomness = randomness
        watch(("batch", self.number))

    def __del__(self) -> None:
        # as long as any array belongs to it, operations must ask for batches
        unwatch(("batch", self.number))


class BatchArray(NDArrayOperatorsMixin):
    """An array for each example: `whole` has a dim for each batch, in their order, then the rest.

    A batch dim of size 1 stands for examples that are all the same.
    """

    __slots__ = ("batches", "whole")

    def __init__(self, whole: ndarray, batches: tuple[Batch, ...]) -> None:
        self.whole = whole
        self.batches = batches

    @property
    def __class__(self) -> type:  # type: ignore[override]
        """ndarray: it passes for one."""
        return ndarray

    # ---- one example

    @property
    def first(self) -> ndarray:
        """The first example."""
        lead = len(self.batches)
        if 0 in self.whole.shape[:lead]:
            return np.zeros(self.whole.shape[lead:], self.whole.dtype)
        return self.whole[(0,) * lead + (...,)]

    def example(self, batches: tuple[Batch, ...], index: tuple[int, ...]) -> ndarray:
        """The example at an index into these batches."""
        place = dict(zip(batches, index, strict=True))
        key = [
            place[batch] if self.whole.shape[axis] > 1 else 0
            for axis, batch in enumerate(self.batches)
        ]
        return self.whole[(*key, ...)]

    dtype = property(lambda self: self.whole.dtype)
    itemsize = property(lambda self: self.whole.itemsize)
    shape = property(lambda self: self.whole.shape[len(self.batches) :])
    strides = property(lambda self: self.whole.strides[len(self.batches) :])
    ndim = property(lambda self: self.whole.ndim - len(self.batches))
    size = property(lambda self: self.first.size)
    nbytes = property(lambda self: self.first.nbytes)
    flags = property(lambda self: self.first.flags)
    ctypes = property(lambda self: self.first.ctypes)
    base = property(lambda self: None)
    T = property(lambda self: self.viewed(lambda a: a.T))
    real = property(lambda self: self.viewed(lambda a: a.real))
    imag = property(lambda self: self.viewed(lambda a: a.imag))

    # ---- what must not be asked for

    def __array__(self, dtype: Any = None, copy: Any = None) -> ndarray:
        raise RuntimeError(
            "Cannot access data pointer of Tensor that doesn't have storage: in vmap it has other "
            "values for each example"
        )

    # Python values: only the library asks an array for one (a tensor refuses), to decide how to
    # compute or whether to complain; where the examples agree there is one answer

    def _agreed(self, values: ndarray, message: str) -> Any:
        flat = values.reshape(-1)
        if flat.size and (flat == flat[0]).all():
            return flat[0].item()
        raise RuntimeError(message)

    def __bool__(self) -> bool:
        return bool(self._agreed(self.whole.astype(bool), CONTROL_FLOW))

    def item(self) -> Any:
        """The one element that all examples have; RuntimeError where they differ."""
        return self._agreed(self.whole, ITEM)

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        return self.item().__index__()

    def tolist(self) -> Any:
        """The elements that all examples have; RuntimeError where they differ."""
        first = self.first
        if (self.whole == first).all():
            return first.tolist()
        raise RuntimeError(ITEM)

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return iter([self[index] for index in range(self.shape[0])])

    def __repr__(self) -> str:
        sizes = [batch.size for batch in self.batches]
        return f"<{sizes} arrays of shape {list(self.shape)} and dtype {self.dtype}>"

    # ---- views and copies

    def viewed(self, function: Callable) -> Any:
        """The function of every example; where it returns a view, a view of the whole memory."""
        first = self.first
        found = function(first)
        if type(found) is tuple or type(found) is list:
            parts = [self._viewed_like(first, part) for part in found]
            if all([part is not None for part in parts]):
                return type(found)(parts)
            return loop(function, (self,), {})
        part = self._viewed_like(first, found)
        return loop(function, (self,), {}) if part is None else part

    def _viewed_like(self, first: ndarray, part: Any) -> Any:
        """The parts of all examples that lie where this part of the first does; None if nowhere."""
        if type(part) is not ndarray or 0 in self.whole.shape:
            return None
        if not np.may_share_memory(part, first):
            return None
        lead = len(self.batches)
        shape = self.whole.shape[:lead] + part.shape
        strides = self.whole.strides[:lead] + part.strides
        return BatchArray(_window(self.whole, part, shape, strides), self.batches)

    def __getitem__(self, key: Any) -> Any:
        items = key if isinstance(key, tuple) else (key,)
        if Ellipsis not in [item for item in items if item is Ellipsis]:
            items = (*items, ...)  # a view also of a single element
        if any([isinstance(item, (ndarray, list, np.bool_, bool)) for item in items]):
            return loop(lambda a, k: a[k], (self, key), {})
        return self.viewed(lambda a: a[items])

    def __setitem__(self, key: Any, value: Any) -> None:
        items = key if isinstance(key, tuple) else (key,)
        if any([isinstance(item, (ndarray, list, np.bool_, bool)) for item in items]):
            self.grow(batches_of((key, value)))
            loop(_set, (self, key, value), {})
        else:
            self[key].write(value)

    def grow(self, needed: tuple[Batch, ...]) -> None:
        """Makes room for examples that differ in these batches; RuntimeError in any other."""
        if not set(needed) <= set(self.batches):
            raise RuntimeError(IN_PLACE)
        lead = self.whole.shape[: len(self.batches)]
        sizes = tuple(
            [b.size if b in needed else n for b, n in zip(self.batches, lead, strict=True)]
        )
        if sizes != lead:
            shape = sizes + self.shape
            self.whole = np.broadcast_to(self.whole, shape).copy()

    def write(self, value: Any) -> None:
        """Overwrites every example with the value, or with that of the example."""
        needed = tuple(
            [batch for axis, batch in enumerate(value.batches) if value.whole.shape[axis] > 1]
            if type(value) is BatchArray
            else ()
        )
        if type(value) is BatchArray and not set(value.batches) <= set(self.batches):
            raise RuntimeError(IN_PLACE)
        self.grow(needed)
        np.copyto(self.whole, whole_in(value, self.batches, self.ndim), casting="unsafe")

    def astype(self, dtype: Any, copy: bool = True, **kwargs: Any) -> "BatchArray":
        """Every example in another dtype."""
        return BatchArray(self.whole.astype(dtype, copy=copy, **kwargs), self.batches)

    def copy(self, order: str = "C") -> "BatchArray":
        """A copy of every example."""
        return BatchArray(self.whole.copy(), self.batches)

    def reshape(self, *shape: Any, **kwargs: Any) -> Any:
        """Every example in another shape; a view where that is possible."""
        found = self.first.reshape(*shape, **kwargs)
        part = self._viewed_like(self.first, found)
        if part is not None:
            return part
        lead = self.whole.shape[: len(self.batches)]
        return BatchArray(self.whole.reshape(lead + found.shape), self.batches)

    def conj(self) -> "BatchArray":
        """Every example with its imaginary part negated."""
        return BatchArray(self.whole.conj(), self.batches)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not callable(getattr(ndarray, name, None)):
            raise AttributeError(f"'ndarray' object has no attribute '{name}'")
        if name in _REDUCTIONS:
            ufunc = _REDUCTIONS[name]
            return lambda axis=None, **kwargs: ufunc.reduce(self, axis=axis, **kwargs)
        if name in ("transpose", "swapaxes", "squeeze", "view", "diagonal"):
            return lambda *args, **kwargs: self.viewed(lambda a: getattr(a, name)(*args, **kwargs))
        return lambda *args, **kwargs: loop(getattr(ndarray, name), (self, *args), kwargs)

    # ---- NumPy's functions

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        if method == "__call__" and ufunc.signature is None:
            found = broadcast(ufunc, inputs, kwargs)
        elif method in ("reduce", "accumulate") and len(inputs) == 1:
            found = self._along(getattr(ufunc, method), method, **kwargs)
        else:
            found = loop(getattr(ufunc, method), inputs, kwargs)
        if out is None:
            return found
        for target, part in zip(out, found if type(found) is tuple else (found,), strict=True):
            copyto(target, part)
        return out[0] if len(out) == 1 else out

    def _along(self, function: Callable, method: str, axis: Any = 0, **kwargs: Any) -> Any:
        lead = len(self.batches)
        if axis is None:
            axes: Any = tuple(range(lead, self.whole.ndim))
        elif isinstance(axis, tuple):
            axes = tuple([shifted(a, lead) for a in axis])
        else:
            axes = shifted(axis, lead)
        if not self.ndim:
            if method == "accumulate":
                return self.copy()
            axes = ()
        return BatchArray(function(self.whole, axis=axes, **kwargs), self.batches)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        known = _FUNCTIONS.get(function)
        if known is not None:
            return known(*args, **kwargs)
        return loop(function, args, kwargs)


_REDUCTIONS = {
    "all": np.logical_and,
    "any": np.logical_or,
    "max": np.maximum,
    "min": np.minimum,
    "prod": np.multiply,
    "sum": np.add,
}


def _window(whole: ndarray, part: ndarray, shape: tuple, strides: tuple) -> ndarray:
    offset = part.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    if not whole.flags.c_contiguous or offset < 0:
        return _strided(whole, part, shape, strides)
    try:
        return ndarray(shape, part.dtype, whole, offset, strides)
    except (ValueError, TypeError):
        return _strided(whole, part, shape, strides)


def _strided(whole: ndarray, part: ndarray, shape: tuple, strides: tuple) -> ndarray:
    return np.lib.stride_tricks.as_strided(part, shape, strides)


def _set(array: ndarray, key: Any, value: Any) -> None:
    array[key] = value


def shifted(axis: int, lead: int) -> int:
    """An axis of one example as an axis of the whole; negative ones count from the end anyway."""
    return axis + lead if axis >= 0 else axis


# ---- several arrays


def batches_of(values: Any) -> tuple[Batch, ...]:
    """The batches of all arrays among the values, which may be nested, from the outermost."""
    found: dict[int, Batch] = {}
    stack = [values]
    while stack:
        value = stack.pop()
        if type(value) is BatchArray:
            for batch in value.batches:
                found[batch.number] = batch
        elif type(value) is tuple or type(value) is list:
            stack.extend(value)
        elif type(value) is dict:
            stack.extend(value.values())
    return tuple([found[number] for number in sorted(found)])


def whole_in(array: Any, batches: tuple[Batch, ...], ndim: int) -> Any:
    """The whole array with a dim for each of the batches, then `ndim` dims, to be broadcast."""
    if type(array) is not BatchArray:
        return array
    lead = len(array.batches)
    key: list = [slice(None) if batch in array.batches else None for batch in batches]
    key += [None] * (ndim - (array.whole.ndim - lead))
    return array.whole[tuple(key)]


def full_in(array: Any, batches: tuple[Batch, ...]) -> ndarray:
    """The whole array with every one of the batches at its full size."""
    whole = array.whole if type(array) is BatchArray else np.asarray(array)
    ndim = array.ndim if type(array) is BatchArray else whole.ndim
    sizes = tuple([batch.size for batch in batches])
    whole = whole_in(array, batches, ndim) if type(array) is BatchArray else whole
    return np.broadcast_to(whole, sizes + whole.shape[whole.ndim - ndim :])


def broadcast(function: Callable, arrays: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """An elementwise function of arrays, some of them batches, for all examples at once."""
    batches = batches_of((tuple(arrays), kwargs))
    ndim = max([getattr(a, "ndim", 0) for a in arrays])
    given = {key: whole_in(value, batches, ndim) for key, value in kwargs.items()}
    found = function(*[whole_in(a, batches, ndim) for a in arrays], **given)
    if type(found) is tuple:
        return tuple([BatchArray(part, batches) for part in found])
    return BatchArray(found, batches)


def _picked(value: Any, batches: tuple[Batch, ...], index: tuple[int, ...]) -> Any:
    """The value with every batch in it replaced by one example."""
    kind = type(value)
    if kind is BatchArray:
        return value.example(batches, index)
    if kind is tuple or kind is list:
        return kind([_picked(each, batches, index) for each in value])
    if kind is dict:
        return {key: _picked(each, batches, index) for key, each in value.items()}
    return value


def loop(function: Callable, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """The function of each example in turn: right for every function, and slower."""
    batches = batches_of((tuple(args), kwargs))
    sizes = tuple([batch.size for batch in batches])
    found = []
    outside, turns = thread.batches, None
    if outside:
        turns = thread.batches = Turns(outside)
    try:
        for index in np.ndindex(sizes):
            given = _picked(kwargs, batches, index)
            found.append(function(*_picked(tuple(args), batches, index), **given))
            if turns is not None:
                turns.next()
    finally:
        thread.batches = outside
    if not found:
        found = [function(*_blank(tuple(args)), **_blank(kwargs))]
        return _empty(found[0], batches, sizes)
    return _collected(found, batches, sizes)


def one_by_one(function: Callable) -> Callable:
    """A function of arrays that is called for each example where one of them is a batch."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if shared.watched and batches_of((args, kwargs)):
            return loop(function, args, kwargs)
        return function(*args, **kwargs)

    return call


def _blank(value: Any) -> Any:
    kind = type(value)
    if kind is BatchArray:
        return np.zeros(value.shape, value.dtype)
    if kind is tuple or kind is list:
        return kind([_blank(each) for each in value])
    if kind is dict:
        return {key: _blank(each) for key, each in value.items()}
    return value


def _empty(value: Any, batches: tuple[Batch, ...], sizes: tuple[int, ...]) -> Any:
    if isinstance(value, (tuple, list)):
        return tuple([_empty(part, batches, sizes) for part in value])
    if isinstance(value, (ndarray, np.generic)):
        array = np.asarray(value)
        return BatchArray(np.zeros(sizes + array.shape, array.dtype), batches)
    return value


def _collected(found: list, batches: tuple[Batch, ...], sizes: tuple[int, ...]) -> Any:
    """The results of all examples as one batch; values that are no arrays must be the same."""
    first = found[0]
    if isinstance(first, (ndarray, np.generic)):
        arrays = [np.asarray(each) for each in found]
        if any([array.shape != arrays[0].shape for array in arrays]):
            raise RuntimeError(DYNAMIC)
        whole = np.stack(arrays).reshape(sizes + arrays[0].shape)
        return BatchArray(whole, batches)
    if isinstance(first, (tuple, list)):
        return tuple(
            [_collected(list(parts), batches, sizes) for parts in zip(*found, strict=True)]
        )
    if any([each != first for each in found[1:]]):
        raise RuntimeError(CONTROL_FLOW)
    return first


# ---- functions of NumPy with a way of their own


def copyto(target: Any, source: Any, casting: str = "same_kind", where: Any = True) -> None:
    """`np.copyto`; RuntimeError when the target has no room for all the examples."""
    if type(target) is not BatchArray:
        raise RuntimeError(IN_PLACE)
    target.write(source)


def _like(function: Callable) -> Callable:
    def made(array: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("shape") is not None:
            return function(array.first, *args, **kwargs)
        return BatchArray(function(array.whole, *args, **kwargs), array.batches)

    return made


def _where(condition: Any, x: Any, y: Any) -> Any:
    return broadcast(np.where, (condition, x, y), {})


def _joined(function: Callable) -> Callable:
    def join(arrays: Any, axis: int = 0, **kwargs: Any) -> Any:
        arrays = list(arrays)
        batches = batches_of(arrays)
        wholes = [full_in(array, batches) for array in arrays]
        return BatchArray(function(wholes, axis=shifted(axis, len(batches)), **kwargs), batches)

    return join


def _broadcast_to(array: BatchArray, shape: Any, **kwargs: Any) -> BatchArray:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    whole = whole_in(array, array.batches, len(shape))
    lead = array.whole.shape[: len(array.batches)]
    return BatchArray(np.broadcast_to(whole, lead + shape), array.batches)


def _viewing(function: Callable) -> Callable:
    return lambda array, *args, **kwargs: array.viewed(lambda a: function(a, *args, **kwargs))


_FUNCTIONS: dict[Any, Callable] = {
    np.copyto: copyto,
    np.where: _where,
    np.shape: lambda array: array.shape,
    np.ndim: lambda array: array.ndim,
    np.size: lambda array: array.size,
    np.result_type: lambda *args: np.result_type(*[getattr(a, "dtype", a) for a in args]),
    np.can_cast: lambda a, *args: np.can_cast(a.dtype, *args),
    np.concatenate: _joined(np.concatenate),
    np.stack: _joined(np.stack),
    np.broadcast_to: _broadcast_to,
    **{f: _like(f) for f in (np.empty_like, np.zeros_like, np.ones_like, np.full_like)},
    **{
        f: _viewing(f)
        for f in (np.moveaxis, np.swapaxes, np.transpose, np.expand_dims, np.squeeze, np.flip)
    },
}
