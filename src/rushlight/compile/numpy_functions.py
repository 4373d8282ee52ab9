"""NumPy's functions on traced arrays, where they are more than a call back.

Each takes the recorder and the function's own arguments.
May import: core, compile.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.tracing import Untraceable
from .array import TracedArray, followed

ndarray = np.ndarray
FUNCTIONS: dict[Any, Callable] = {}

# they ask for shapes and dtypes alone
PLAIN = {
    np.result_type, np.can_cast, np.shape, np.ndim, np.size, np.may_share_memory, np.iscomplexobj,
    np.isrealobj, np.min_scalar_type, np.common_type,
}  # fmt: skip


def handles(*functions: Any) -> Callable:
    """Makes the function the way the recorder follows these functions of NumPy."""

    def register(handler: Callable) -> Callable:
        for function in functions:
            FUNCTIONS[function] = handler
        return handler

    return register


@handles(np.where)
def _where(recorder: Any, condition: Any, *choices: Any) -> Any:
    if not choices:
        raise Untraceable("np.where of a condition alone")
    return recorder.where(condition, *choices)


@handles(np.copyto)
def _copyto(
    recorder: Any, dst: Any, src: Any, casting: str = "same_kind", where: Any = True
) -> None:
    recorder.copy_into(followed(dst), src, None if where is True else where)


def _filled(recorder: Any, value: ndarray) -> TracedArray:
    """Memory of the program's own that starts with these numbers."""
    result = recorder.temporary(value)
    if value.size:
        fill = value.reshape(-1)[0] if value.dtype.kind != "V" else 0
        recorder.copy_into(result, fill.item())
    return result


@handles(np.empty_like, np.zeros_like)
def _zeros_like(recorder: Any, a: Any, dtype: Any = None, order: str = "K", subok: bool = True,
                shape: Any = None, *, device: Any = None) -> Any:  # fmt: skip
    dtype = a.dtype if dtype is None else dtype
    return _filled(recorder, np.zeros(a.shape if shape is None else shape, dtype))


@handles(np.ones_like)
def _ones_like(recorder: Any, a: Any, dtype: Any = None, order: str = "K", subok: bool = True,
               shape: Any = None, *, device: Any = None) -> Any:  # fmt: skip
    dtype = a.dtype if dtype is None else dtype
    return _filled(recorder, np.ones(a.shape if shape is None else shape, dtype))


@handles(np.full_like)
def _full_like(recorder: Any, a: Any, fill_value: Any, dtype: Any = None, order: str = "K",
               subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:  # fmt: skip
    dtype = a.dtype if dtype is None else dtype
    result = _filled(recorder, np.zeros(a.shape if shape is None else shape, dtype))
    recorder.copy_into(result, fill_value)
    return result


@handles(np.zeros, np.empty)
def _zeros(
    recorder: Any, shape: Any, dtype: Any = float, order: str = "C", *, device: Any = None
) -> Any:
    return _filled(recorder, np.zeros(shape, dtype))


@handles(np.ones)
def _ones(
    recorder: Any, shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None
) -> Any:
    return _filled(recorder, np.ones(shape, dtype))


@handles(np.full)
def _full(recorder: Any, shape: Any, fill_value: Any, dtype: Any = None, order: str = "C") -> Any:
    if dtype is None:
        dtype = np.asarray(
            fill_value.value if type(fill_value) is TracedArray else fill_value
        ).dtype
    result = _filled(recorder, np.zeros(shape, dtype))
    recorder.copy_into(result, fill_value)
    return result


def _view(name: str) -> None:
    function = getattr(np, name)

    @handles(function)
    def follow(recorder: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
        a = recorder.traced(a)
        return a._shown(function(a.value, *args, **kwargs))


for _name in (
    "broadcast_to", "expand_dims", "squeeze", "moveaxis", "swapaxes", "transpose", "rollaxis",
    "diagonal", "flip", "atleast_1d", "atleast_2d", "rot90", "real",
):  # fmt: skip
    _view(_name)


@handles(np.lib.stride_tricks.sliding_window_view)
def _sliding(recorder: Any, x: Any, window_shape: Any, axis: Any = None, **kwargs: Any) -> Any:
    return x._shown(np.lib.stride_tricks.sliding_window_view(x.value, window_shape, axis, **kwargs))


@handles(np.reshape)
def _reshape(recorder: Any, a: Any, shape: Any = None, order: str = "C", **kwargs: Any) -> Any:
    return recorder.traced(a).reshape(shape, order=order)


@handles(np.ravel)
def _ravel(recorder: Any, a: Any, order: str = "C") -> Any:
    return recorder.traced(a).ravel(order)


@handles(np.ascontiguousarray)
def _contiguous(recorder: Any, a: Any, dtype: Any = None, **kwargs: Any) -> Any:
    if dtype is not None and np.dtype(dtype) != a.dtype:
        return a.astype(dtype)
    return a if a.flags.c_contiguous else a.copy()


@handles(np.copy, np.array)
def _copy(recorder: Any, a: Any, dtype: Any = None, **kwargs: Any) -> Any:
    return a.copy() if dtype is None else a.astype(dtype)


@handles(np.concatenate)
def _concatenate(recorder: Any, arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None,
                 casting: Any = "same_kind") -> Any:  # fmt: skip
    plain = [a.value if type(a) is TracedArray else np.asarray(a) for a in arrays]
    result = out
    if out is None:
        result = recorder.temporary(np.concatenate(plain, axis, dtype=dtype, casting=casting))
    axis = axis % plain[0].ndim
    start = 0
    for array, value in zip(arrays, plain, strict=True):
        stop = start + value.shape[axis]
        key = (slice(None),) * axis + (slice(start, stop),)
        if value.size:
            recorder.copy_into(result[key], array)
        start = stop
    return result


@handles(np.stack)
def _stack(recorder: Any, arrays: Any, axis: int = 0, out: Any = None, **kwargs: Any) -> Any:
    raised = [np.expand_dims(a, axis) for a in arrays]
    return np.concatenate(raised, axis, out)


@handles(np.dot)
def _dot(recorder: Any, a: Any, b: Any, out: Any = None) -> Any:
    return recorder._into(out, recorder.dot(a, b))


@handles(np.clip)
def _clip(recorder: Any, a: Any, a_min: Any = None, a_max: Any = None, out: Any = None) -> Any:
    return recorder._into(out, recorder.traced(a).clip(a_min, a_max))


@handles(np.take)
def _take(
    recorder: Any, a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise"
) -> Any:
    a = recorder.traced(a)
    indices = recorder.traced(np.asarray(indices) if isinstance(indices, (int, list)) else indices)
    if axis is None:
        a, axis = a.reshape(-1), 0
    key = (slice(None),) * (axis % a.ndim) + (indices,)
    return recorder._into(out, a[key])


def _along(a: Any, indices: Any, axis: int) -> tuple:
    """The full index of `take_along_axis`: a range for every dim but one."""
    axis = axis % a.ndim
    key: list[Any] = []
    for d in range(a.ndim):
        shape = [1] * a.ndim
        shape[d] = -1
        # a dim of one index broadcasts against the table, as NumPy has it
        key.append(indices if d == axis else np.arange(a.shape[d]).reshape(shape))
    return tuple(key)


@handles(np.take_along_axis)
def _take_along_axis(recorder: Any, arr: Any, indices: Any, axis: Any = -1) -> Any:
    arr, indices = recorder.traced(arr), recorder.traced(indices)
    if axis is None:
        arr, axis = arr.reshape(-1), 0
    return arr[_along(arr, indices, axis)]


@handles(np.put_along_axis)
def _put_along_axis(recorder: Any, arr: Any, indices: Any, values: Any, axis: Any) -> None:
    followed(arr)[_along(arr, recorder.traced(indices), axis)] = values


def _method(name: str) -> None:
    @handles(getattr(np, name))
    def follow(recorder: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue}
        return getattr(recorder.traced(a), name)(*args, **kwargs)


for _name in ("sum", "prod", "max", "min", "any", "all", "mean"):
    _method(_name)
handles(np.amax)(FUNCTIONS[np.max])
handles(np.amin)(FUNCTIONS[np.min])
