"""Copies and fillings: clone, contiguous, copy_, fill, fill_, zero_.

May import: core, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.formats import contiguous_format, empty_in, in_format, memory_format, preserve_format
from ..core.layout import broadcast_shapes
from ..core.state import thread
from ..tensor import Tensor, method, storage_of, wrap
from .batching import cloned, elementwise
from .elementwise import refused
from .inplace import check_overlap, needs_history, overwrite, recorded
from .op import Op, ndarray

__all__ = ["clone", "fill", "fill_", "zero_"]

C_NAMES = {
    "uint8": "uint8_t",
    "int8": "int8_t",
    "int16": "short",
    "int32": "int",
    "int64": "int64_t",
}


def _clone(input: ndarray, *, format: memory_format) -> ndarray:
    if format is not preserve_format and format.order is not None:
        out = empty_in(input.shape, input.dtype, format)
        out[...] = input
        return out
    # an expanded tensor is copied in the order of its dims
    keep = format is preserve_format and 0 not in input.strides
    return input.copy("K" if keep else "C")


def _zeros(g: Tensor) -> Tensor:
    return wrap(np.zeros(g._array.shape, g._array.dtype))


def _fill(input: ndarray, value: ndarray | None, *, number: Any) -> ndarray:
    out = np.empty_like(input)
    out[...] = number if value is None else value
    return out


def _copy(input: ndarray, source: ndarray) -> ndarray:
    out = np.empty_like(input)
    overwrite(out, _real_for(out, source))
    return out


def _real_for(target: ndarray, source: ndarray) -> ndarray:
    """Complex numbers lose their imaginary parts on the way into a real tensor."""
    return source.real if source.dtype.kind == "c" and target.dtype.kind != "c" else source


_clone_op = Op("clone", _clone, (lambda g: g,), batch=cloned)
_copy_op = Op("copy", _copy, (_zeros, lambda g: g), backward="CopyBackwards", batch=elementwise)
_fill_vjp = (_zeros, lambda g: g.sum())
_fill_number = Op("fill", _fill, _fill_vjp, backward="FillBackward2", batch=elementwise)
_fill_tensor = Op("fill_tensor", _fill, _fill_vjp, backward="FillBackward3", batch=elementwise)
_zero = Op("zero", _fill, _fill_vjp, backward="ZeroBackward0", batch=elementwise)


def clone(input: Tensor, *, memory_format: memory_format | None = None) -> Tensor:
    """A copy with its own memory, laid out as the input (in C order where that overlaps).

    With a memory format the dims stand in that order; RuntimeError when it is for another rank.

    >>> a = torch.zeros(2)
    >>> b = a.clone()
    >>> b[0] = 1
    >>> a
    tensor([0., 0.])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("clone", "input", 1, input))
    return _clone_op(input, format=memory_format or preserve_format)


method(clone)


@method
def contiguous(self: Tensor, memory_format: Any = contiguous_format) -> Tensor:
    """Itself when its elements stand in C order without gaps, else a copy for which that holds.

    With a memory format: in the order of that format. RuntimeError for `preserve_format`.

    >>> torch.zeros(2, 3).t().contiguous().stride()
    (2, 1)
    """
    if memory_format is contiguous_format:
        if self._array.flags.c_contiguous:
            return self
    elif memory_format is preserve_format:
        raise RuntimeError(
            "preserve memory format is unsupported by the contiguous operator: use clone()"
        )
    elif in_format(self._array, memory_format):
        return self
    return _clone_op(self, format=memory_format)


def element(value: Any, dtype: Any) -> Any:
    """A Python number as an element of that NumPy dtype; RuntimeError when it does not fit."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (int, float, complex)):
        raise TypeError(f"the value must be a Number or a Tensor, not {type(value).__name__}")
    kind = dtype.kind
    if kind in "iu":
        if isinstance(value, int):
            whole = int(value)
        elif isinstance(value, float) and math.isfinite(value):
            whole = int(value)
        else:
            whole = 1 << 200  # fits nowhere
        limits = np.iinfo(dtype)
        low = -limits.max if kind == "u" else limits.min  # PyTorch lets negatives wrap
        if not low <= whole <= limits.max:
            raise RuntimeError(
                f"value cannot be converted to type {C_NAMES[dtype.name]} without overflow: {value}"
            )
        return whole % (limits.max + 1) if kind == "u" else whole
    if kind == "b":
        return bool(value)
    if isinstance(value, complex) and kind != "c":
        if value.imag:
            name = "double" if dtype.itemsize == 8 else "float"
            raise RuntimeError(
                f"value cannot be converted to type {name} without overflow: {value}"
            )
        return value.real
    return value * 1.0 if dtype in HALVES else value


@method
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Overwrites its elements with those of `src`, broadcast and cast.

    RuntimeError when `src` does not broadcast to its shape.

    >>> torch.zeros(2, 2).copy_(torch.tensor([1, 2]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    if not isinstance(src, Tensor):
        return fill_(self, src)
    target = self._array
    source = src._array
    if source.shape != target.shape:
        shape = broadcast_shapes(target.shape, source.shape)
        if shape != target.shape:
            raise RuntimeError(
                f"output with shape {list(target.shape)} doesn't match the broadcast shape "
                f"{list(shape)}"
            )
    if self is src:
        return self
    if thread.grad_enabled and needs_history(self, (src,)):
        return recorded(_copy_op, self, (src,), {})
    check_overlap(target)
    storage_of(self).version += 1
    overwrite(target, _real_for(target, source))
    return self


def _filling(self: Tensor, value: Any) -> tuple[Op, Any, Any]:
    """The op that fills it with the value, the value as an input of it and as its attribute."""
    if isinstance(value, Tensor):
        if value._array.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value._array.ndim} dimensions."
            )
        return _fill_tensor, value, None
    if not isinstance(value, (int, float, complex, np.generic)):
        raise TypeError(
            "fill_() received an invalid combination of arguments: value must be a Number or "
            f"a Tensor, not {type(value).__name__}"
        )
    return _fill_number, None, element(value, self._array.dtype)


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor of the input's shape and dtype, filled with a number or a 0-d tensor.

    >>> torch.fill(torch.zeros(2), 3)
    tensor([3., 3.])
    """
    op, tensor, number = _filling(input, value)
    return op(input, tensor, number=number)


@method
def fill_(self: Tensor, value: Any) -> Tensor:
    """Overwrites every element with a number or a 0-d tensor.

    >>> torch.zeros(2).fill_(3)
    tensor([3., 3.])
    """
    op, tensor, number = _filling(self, value)
    if thread.grad_enabled and needs_history(self, (value,)):
        return recorded(op, self, (tensor,), {"number": number})
    storage_of(self).version += 1
    self._array[...] = number if tensor is None else _real_for(self._array, tensor._array)
    return self


@method
def zero_(self: Tensor) -> Tensor:
    """Overwrites every element with 0.

    >>> torch.ones(2).zero_()
    tensor([0., 0.])
    """
    if thread.grad_enabled and needs_history(self, ()):
        return recorded(_zero, self, (None,), {"number": 0})
    storage_of(self).version += 1
    self._array[...] = 0
    return self
