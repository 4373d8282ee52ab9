"""An index taken apart by PyTorch's rules: its basic part, which makes a view, and the rest.

May import: core, tensor, ops.
"""

import warnings
from typing import Any

import numpy as np

from ..core.batch import BatchArray
from ..tensor import Tensor
from .op import ndarray
from .parts import ALL, select_op, slice_op, unsqueeze_op
from .view_op import ViewOp

TOO_MANY = "too many indices for tensor of dimension {ndim}: {seen} given for shape {shape}"
ZERO_DIM = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ "
    "to convert a 0-dim tensor to a number"
)
SEQUENCE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as "
    "tensor index, x[torch.tensor(seq)], which will result either in an error or a different result"
)
_KEPT = (ALL,)

# ---- understanding an index


def _out_of_bounds(index: int, dim: int, size: int) -> IndexError:
    return IndexError(f"index {index} is out of bounds for dimension {dim} with size {size}")


def _normal(item: Any) -> Any:
    """An index as an int, a slice, None, Ellipsis, or an ndarray of ints or bools."""
    if item is None or item is Ellipsis or type(item) is int:
        return item
    if isinstance(item, slice):
        step = item.step
        if step is not None:
            step = step.__index__()
            if step == 0:
                raise ValueError("slice step cannot be zero")
            if step < 0:
                raise ValueError(f"step must be greater than zero: got {step}; use .flip()")
        return item
    if isinstance(item, (bool, np.bool_)):
        return np.array(bool(item))
    if isinstance(item, (int, np.integer)):
        return int(item)
    if isinstance(item, Tensor):
        array = item._array
    elif isinstance(item, ndarray):
        array = item
    elif isinstance(item, (list, tuple, range)):
        array = np.asarray([_plain(part) for part in item])
        if not array.size:
            array = array.astype(np.int64)
    elif isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")
    else:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
            f"valid indices (got {type(item).__name__})"
        )
    if array.dtype.kind == "b":
        return array
    if array.dtype == np.uint8:
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool "
            "instead.",
            UserWarning,
            stacklevel=4,
        )
        return array != 0
    if array.dtype.kind != "i" or (isinstance(item, Tensor) and array.itemsize < 4):
        raise IndexError(
            "tensors used as indices must be long, int, byte or bool tensors: "
            f"got {array.dtype.name}"
        )
    return array if array.ndim or type(array) is BatchArray else int(array)


def _plain(part: Any) -> Any:
    if isinstance(part, Tensor):
        return part._array
    return [_plain(p) for p in part] if isinstance(part, (list, tuple)) else part


def _items(index: Any) -> tuple:
    if type(index) is tuple:
        return index
    if isinstance(index, list) and len(index) < 32:
        # PyTorch reads a short list that holds more than numbers as a tuple
        if any([isinstance(i, (Tensor, ndarray, list, tuple, slice)) for i in index]) or (
            None in index or Ellipsis in index
        ):
            warnings.warn(SEQUENCE, UserWarning, stacklevel=4)
            return tuple(index)
    return (index,)


class Plan:
    """An index taken apart: the NumPy key of its basic part, the op that shows it, the rest."""

    __slots__ = ("indices", "key", "op")

    def __init__(self, shape: tuple[int, ...], index: Any) -> None:
        items = [_normal(item) for item in _items(index)]
        ndim = len(shape)
        used = 0
        for item in items:
            if item is not None and item is not Ellipsis:
                boolean = isinstance(item, ndarray) and item.dtype.kind == "b"
                used += item.ndim if boolean else 1
        if used > ndim:
            if not ndim and type(items[0]) is int:
                raise IndexError(ZERO_DIM)
            raise IndexError(TOO_MANY.format(ndim=ndim, seen=used, shape=list(shape)))
        self.op: ViewOp | None = None
        self.key: list[Any] = []
        self.indices: list[Any] = []  # one for each dim of the view; ALL where nothing is picked
        dim = 0
        gap = ndim - used
        for item in items:
            if item is None:
                self.op = unsqueeze_op
                self.key.append(None)
                self.indices.append(ALL)
            elif item is Ellipsis:
                self.key.extend(_KEPT * gap)
                self.indices.extend(_KEPT * gap)
                dim += gap
                gap = 0
            elif isinstance(item, ndarray):
                dim += self._pick(item, shape, dim)
            else:
                self._step(item, shape[dim], dim)
                dim += 1
        self.key.append(Ellipsis)
        if not any([isinstance(i, ndarray) for i in self.indices]):
            self.indices = []

    def _step(self, item: Any, size: int, dim: int) -> None:
        self.key.append(item)
        if type(item) is int:
            if not -size <= item < size:
                raise _out_of_bounds(item, dim, size)
            self.op = select_op
            return
        self.indices.append(ALL)
        if item.indices(size) != (0, size, 1):
            self.op = slice_op

    def _pick(self, item: ndarray, shape: tuple[int, ...], dim: int) -> int:
        """Notes an index array; returns how many dims it stands for."""
        if item.dtype.kind != "b":
            self.key.append(ALL)
            self.indices.append(item)
            return 1
        if not item.ndim:
            # True picks all of a new dim of size 1, False nothing
            self.op = unsqueeze_op
            self.key.append(None)
            self.indices.append(np.zeros(int(item), np.int64))
            return 0
        for d, size in enumerate(item.shape):
            if size != shape[dim + d]:
                raise IndexError(
                    f"The shape of the mask {list(item.shape)} at index {d} does not match the "
                    f"shape of the indexed tensor {list(shape)} at index {dim + d}"
                )
        self.key.extend(_KEPT * item.ndim)
        self.indices.append(item)
        return item.ndim

    def view(self, self_: Tensor) -> Tensor:
        """The view that the basic part shows."""
        return self_ if self.op is None else self.op(self_, key=tuple(self.key))
