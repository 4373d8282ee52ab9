"""ViewOp: a primitive whose result shows the memory of its input, and remembers whose it is.

A view shares the storage, knows the root tensor it is a view of (`_base`), and is known to the
storage, so that a change in place through any of them can correct the history of the others.
May import: core, tensor, autograd, ops.
"""

from typing import Any

from ..core.batch import BatchArray
from ..core.state import shared, thread
from ..core.storage import Storage
from ..core.tracing import address_of
from ..tensor import Tensor, storage_of
from .op import Op, ndarray

_new: Any = object.__new__


class ViewOp(Op):
    """A primitive of one input whose kernel returns an array (or a tuple) over the same memory."""

    __slots__ = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, linear=True)

    def __call__(self, input: Tensor, **attrs: Any) -> Any:  # type: ignore[override]
        array: Any = input._array
        if shared.watched and type(array) is BatchArray:
            out = array.viewed(lambda example: self.kernel(example, **attrs))
        else:
            out = self.kernel(array, **attrs)
        if type(out) is tuple:
            return self.show_parts(input, out, attrs)
        return self.show(input, out, attrs)

    def show(self, input: Tensor, array: ndarray, attrs: dict[str, Any]) -> Tensor:
        """The tensor over this part of the input's memory, with the history that attrs tell."""
        result = _new(Tensor)
        result._array = array
        storage = input._storage
        if storage is None:
            storage = storage_of(input)
        result._storage = storage
        base = input._base
        result._base = input if base is None else base
        if input._edge is not None and self.differentiable and thread.grad_enabled:
            self.record((input,), attrs, result)
        storage.add_view(result)
        return result

    def show_parts(self, input: Tensor, arrays: Any, attrs: dict[str, Any]) -> tuple[Tensor, ...]:
        """Several views at once: the outputs of one node."""
        storage = storage_of(input)
        base = input if input._base is None else input._base
        parts = []
        for array in arrays:
            part = _new(Tensor)
            part._array = array
            part._storage = storage
            part._base = base
            storage.add_view(part)
            parts.append(part)
        result = tuple(parts)
        if input._edge is not None and self.differentiable and thread.grad_enabled:
            self.record((input,), attrs, result)
        return result


view = ViewOp


def window(array: ndarray, shape: Any, strides: Any, offset: int | None = None) -> ndarray:
    """Another array on the same memory; strides and offset in bytes, from the array's start.

    With an offset it may reach beyond the array itself; without, it must stay inside it. Unlike
    NumPy's own tools for this, it keeps the memory writable.
    """
    if type(array) is not ndarray:
        return array.window(shape, strides, offset or 0)
    if offset is None:
        if array.flags.c_contiguous:
            return ndarray(shape, array.dtype, array, 0, strides)
        offset = 0
    memory = Storage(array)
    start = address_of(array) - memory.pointer
    return ndarray(shape, array.dtype, memory.bytes, start + offset, strides)
