"""Changes of a tensor's own shape, strides or memory: squeeze_, t_, resize_, set_ and their kin.

None of them touches an element. The history goes on from the view out of place.
May import: core, tensor, autograd, ops.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd.graph import AccumulateGrad
from ..core.formats import arrangement, contiguous_format, memory_format
from ..core.layout import as_shape, contiguous_strides, product
from ..core.state import thread
from ..core.storage import Storage, UntypedStorage
from ..tensor import Tensor, alias, method, storage_of
from .axes import t, transpose
from .inplace import check_target
from .op import ndarray
from .strided import as_strided, check_window
from .views import squeeze, unsqueeze

__all__ = ["as_strided_", "resize_as_"]


def _in_place_view(view: Callable, name: str) -> Callable:
    """The method that turns a tensor into a view of itself."""

    def in_place(self: Tensor, *args: Any, **keywords: Any) -> Tensor:
        if thread.grad_enabled:
            check_target(self)
        old = alias(self)
        old._edge = self._edge
        _become(self, view(old, *args, **keywords))
        storage_of(self).version += 1
        return self

    in_place.__name__ = in_place.__qualname__ = name
    in_place.__doc__ = f"`{name[:-1]}` of the tensor itself: its elements stay where they are."
    in_place.__module__ = __name__
    return method(in_place)


def _become(self: Tensor, other: Tensor) -> None:
    self._array = other._array
    if type(self._edge) is AccumulateGrad:  # without grad mode: a leaf stays one
        self._edge.shape = other._array.shape
    else:
        self._edge = other._edge


as_strided_ = _in_place_view(as_strided, "as_strided_")
for _view, _name in (
    (squeeze, "squeeze_"), (unsqueeze, "unsqueeze_"), (t, "t_"), (transpose, "transpose_"),
    (transpose, "swapaxes_"), (transpose, "swapdims_"),
):  # fmt: skip
    _in_place_view(_view, _name)


# ---- another size, other memory


def _show(self: Tensor, shape: Sequence[int], strides: Sequence[int], offset: int) -> None:
    """Makes the tensor a window on its storage, which must hold it; counts in elements."""
    itemsize = self._array.itemsize
    steps = [step * itemsize for step in strides]
    memory = storage_of(self).bytes
    if 0 in shape:
        self._array = np.empty(shape, self._array.dtype)
    else:
        self._array = ndarray(shape, self._array.dtype, memory, offset * itemsize, steps)


def _new_memory(self: Tensor, array: ndarray) -> None:
    """Gives the tensor a storage of its own, which goes on counting changes."""
    version = storage_of(self).version
    self._array = array
    self._storage = type(storage_of(self))(array)
    self._storage.version = version


def _resize(self: Tensor, shape: tuple[int, ...], format: memory_format) -> Tensor:
    if self._edge is not None:
        raise RuntimeError("cannot resize variables that require grad")
    if shape and min(shape) < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}"
        )
    array = self._array
    straight, back = arrangement(shape, format)
    strides = contiguous_strides(straight)
    if back is not None:
        strides = tuple([strides[d] for d in back])
    storage = storage_of(self)
    offset = storage.offset_of(array)
    needed = offset + product(shape)
    if needed * array.itemsize > storage.bytes.size:
        grown = np.empty(needed * array.itemsize, np.uint8)
        grown[: storage.bytes.size] = storage.bytes
        _new_memory(self, grown)
        self._array = array
    if shape != array.shape or format is not contiguous_format or not array.flags.c_contiguous:
        _show(self, shape, strides, offset)
    storage_of(self).version += 1
    return self


@method
def resize_(self: Tensor, *sizes: Any, memory_format: memory_format = contiguous_format) -> Tensor:
    """Gives the tensor another shape over the same memory, with more of it where that is needed.

    The elements stay in the order of memory; new ones hold whatever stood there. RuntimeError
    when it requires grad. A tensor that needs more memory leaves its views with the old one.

    >>> torch.arange(4).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    return _resize(self, as_shape(sizes), memory_format)


def resize_as_(
    input: Tensor, the_template: Tensor, *, memory_format: memory_format = contiguous_format
) -> Tensor:
    """`resize_` to the shape of another tensor.

    >>> torch.resize_as_(torch.arange(4), torch.zeros(2, 2)).shape
    torch.Size([2, 2])
    """
    return _resize(input, the_template._array.shape, memory_format)


method(resize_as_)


@method
def resize(self: Tensor, *sizes: Any) -> Tensor:
    """The elements under another shape of as many; RuntimeError for more or fewer."""
    shape = as_shape(sizes)
    if product(shape) != self._array.size:
        raise RuntimeError(
            f"requested resize to {'x'.join(map(str, shape))} ({product(shape)} elements in total) "
            f"but the given tensor has a size of {list(self._array.shape)} ({self._array.size} "
            "elements). autograd's resize can only change the shape of a given tensor"
        )
    return self.contiguous().view(shape)


@method
def resize_as(self: Tensor, the_template: Tensor) -> Tensor:
    """`resize` to the shape of another tensor."""
    return self.resize(the_template._array.shape)


@method
def set_(
    self: Tensor,
    source: Any = None,
    storage_offset: int = 0,
    size: Any = None,
    stride: Any = None,
) -> Tensor:
    """Makes the tensor show the memory of another tensor, or of a storage, or none.

    RuntimeError for another dtype, and for a window that reaches outside of the storage.

    >>> x, y = torch.zeros(2), torch.tensor([[1.0, 2.0]])
    >>> x.set_(y).is_set_to(y)
    True
    """
    if source is None:
        _new_memory(self, np.empty(0, self._array.dtype))
        return self
    if isinstance(source, Tensor) and source._array.dtype != self._array.dtype:
        raise RuntimeError(
            f"Could not set tensor of type {source.dtype.name} to a tensor of type "
            f"{self.dtype.name}"
        )
    if isinstance(source, Tensor):
        storage: Storage = storage_of(source)
    elif isinstance(source, UntypedStorage):
        storage = source._storage
    else:
        raise TypeError(
            "set_() received an invalid combination of arguments: source must be a Tensor or a "
            f"storage, not {type(source).__name__}"
        )
    if isinstance(source, Tensor) and size is None:
        self._array = source._array
    else:
        itemsize = self._array.itemsize
        shape = (storage.bytes.size // itemsize,) if size is None else tuple(size)
        strides = contiguous_strides(shape) if stride is None else tuple(stride)
        check_window(storage, self._array.itemsize, shape, strides, storage_offset)
        self._storage = storage
        _show(self, shape, strides, storage_offset)
    self._storage = storage
    storage.version += 1
    return self


@method
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both show the same memory under the same shape and strides.

    >>> x = torch.zeros(2)
    >>> x.is_set_to(x.view(2)), x.is_set_to(torch.zeros(2))
    (True, False)
    """
    return (
        storage_of(self).pointer == storage_of(tensor).pointer
        and self.storage_offset() == tensor.storage_offset()
        and self._array.shape == tensor._array.shape
        and self.stride() == tensor.stride()
    )


@method
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Overwrites the main diagonal; with `wrap`, of a tall matrix, it starts again below.

    RuntimeError for a vector, and for more than two dims that are not all of one size.

    >>> torch.zeros(2, 2).fill_diagonal_(5)
    tensor([[5., 0.],
            [0., 5.]])
    """
    shape = self._array.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    step = sum(self.stride())
    length = min(shape)
    offset = self.storage_offset()
    as_strided(self, (length,), (step,), offset).fill_(fill_value)
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        width = shape[1]
        rest = (self._array.size + width) // (width + 1) - length
        below = offset + self.stride(0) * (width + 1)
        as_strided(self, (rest,), (step,), below).fill_(fill_value)
    return self
