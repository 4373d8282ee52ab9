"""Indexing of traced arrays: views by slices, gathers and scatters by integers, masked writes.

May import: core, compile.
"""

import operator
from typing import Any

import numpy as np

from ..core.tracing import Untraceable
from .array import TracedArray, concrete, followed
from .graph import Pick, View
from .scalars import supported

ndarray = np.ndarray


class Indexing:
    """The part of the recorder that knows NumPy's indexing."""

    def get_item(self: Any, array: TracedArray, key: Any) -> Any:
        """`array[key]`."""
        if not _is_advanced(key):
            value = array.value[key]
            if isinstance(value, ndarray):
                return TracedArray(self, value, array.buffer)
            return TracedArray(self, array.value[(*_as_tuple(key), ...)], array.buffer)
        if not supported(array.value.dtype):
            return self.call(operator.getitem, (array, key), {})
        plan = _Plan(self, array.value, key)
        value = array.value[plan.key]
        result = self.temporary(np.array(value))
        if result.value.size:
            self.add(Pick("gather", array.view_, plan.index, result.view_, result.value.shape))
        return result

    def set_item(self: Any, array: TracedArray, key: Any, value: Any) -> None:
        """`array[key] = value`."""
        if not _is_advanced(key):
            target = self.get_item(array, key)
            if not _is_itself(target, value):
                self.copy_into(target, value)
            return
        if isinstance(key, ndarray) and key.dtype.kind == "b" and key.shape == array.value.shape:
            if np.ndim(concrete(value)):
                raise Untraceable("many numbers written through a mask")
            self.copy_into(array, value, where=key)
            return
        self.put(array, key, value, "scatter")

    def put(self: Any, array: Any, key: Any, value: Any, how: str) -> None:
        """`array[key] = value`, or `np.add.at`, with integer indices."""
        followed(array)
        if not supported(array.value.dtype):
            raise Untraceable(f"scattering {array.value.dtype} is not followed")
        self.writable(array)
        plan = _Plan(self, array.value, key)
        shape = array.value[plan.key].shape
        source = self.traced(value)
        if type(source) is not TracedArray:
            source = self.constant(np.full((), value, array.value.dtype))
        if source.value.dtype != array.value.dtype:
            source = self.cast(source, array.value.dtype)
        if how == "add":
            np.add.at(array.value, plan.key, source.value)
        else:
            array.value[plan.key] = source.value
        spread = source._shown(np.broadcast_to(source.value, shape))
        if spread.value.size:
            self.add(Pick(how, array.view_, plan.index, spread.view_, shape))


class _Plan:
    """An index as NumPy takes it, and as a `Pick` step does: an entry for each dim."""

    def __init__(self, recorder: Any, array: ndarray, key: Any) -> None:
        items = list(_as_tuple(key))
        if any(i is None for i in items):
            raise Untraceable("a new dim beside integer indices")
        given = sum(_dims(i) for i in items if i is not Ellipsis)
        fill = [slice(None)] * (array.ndim - given)
        if any(i is Ellipsis for i in items):
            place = [i is Ellipsis for i in items].index(True)
            items[place : place + 1] = fill
        else:
            items += fill
        items = [part for item in items for part in _integers(recorder, item)]
        self.key = tuple(concrete(i) for i in items)
        advanced = [d for d, i in enumerate(items) if not isinstance(i, slice)]
        together = advanced == list(range(advanced[0], advanced[-1] + 1))
        shapes = [np.shape(self.key[d]) for d in advanced]
        broad = np.broadcast_shapes(*shapes)
        first = advanced[0] if together else 0
        shape = array[self.key].shape
        sliced = [d for d in range(len(shape)) if not first <= d < first + len(broad)]
        self.index = tuple(
            self._entry(recorder, item, size, shape, first, broad, sliced)
            for item, size in zip(items, array.shape, strict=True)
        )

    def _entry(
        self, recorder: Any, item: Any, size: int, shape: tuple, first: int, broad: tuple,
        sliced: list[int],
    ) -> Any:  # fmt: skip
        if isinstance(item, slice):
            start, _, step = item.indices(size)
            return start, step, sliced.pop(0)
        if not isinstance(item, ndarray):
            return int(item), 0, 0
        source = recorder.traced(item)
        if source.value.dtype != np.int64:
            source = recorder.cast(source, np.dtype(np.int64))
        spread = np.broadcast_to(source.value, broad)
        view = source._shown(spread).view_
        strides = [0] * len(shape)
        strides[first : first + len(broad)] = view.strides
        return View(view.buffer, view.dtype, shape, tuple(strides), view.offset)


def _is_itself(target: TracedArray, value: Any) -> bool:
    """Whether `x[key] op= y` puts back the view in which it has just been computed."""
    if type(value) is not TracedArray or value.buffer is not target.buffer:
        return False
    return value.view_.layout == target.view_.layout


def _integers(recorder: Any, item: Any) -> list:
    """A mask of constants as the integers it stands for; anything else as it is."""
    if isinstance(item, list):
        item = np.asarray(item)
    if isinstance(item, ndarray) and item.dtype.kind == "b":
        if type(item) is TracedArray:
            raise Untraceable("a mask: how many elements it picks depends on the numbers")
        return list(np.nonzero(item))
    return [item]


def _dims(item: Any) -> int:
    if isinstance(item, ndarray) and item.dtype.kind == "b":
        return item.ndim
    return 1


def _as_tuple(key: Any) -> tuple:
    return key if isinstance(key, tuple) else (key,)


def _is_advanced(key: Any) -> bool:
    return any(isinstance(i, (ndarray, list)) for i in _as_tuple(key))
