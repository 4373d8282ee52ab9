"""Views that change the shape: view, reshape, expand, squeeze, flatten and their relatives.

All share the memory of their input; `reshape` and `flatten` copy where no view is possible.
May import: core, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import FROM_NUMPY
from ..core.layout import (
    as_shape,
    broadcast_shapes,
    infer_shape,
    product,
    view_strides,
    wrap_dim,
    wrap_dims,
)
from ..core.state import shared
from ..tensor import Tensor, method
from .batching import reshaped
from .elementwise import refused
from .node import on_arrays
from .op import Op, ndarray
from .view_op import ViewOp, window

__all__ = [
    "broadcast_tensors", "broadcast_to", "flatten", "ravel", "reshape", "squeeze",
    "unflatten", "unsqueeze",
]  # fmt: skip

NOT_VIEWABLE = (
    "view size is not compatible with input tensor's size and stride (at least one dimension spans "
    "across two contiguous subspaces). Use .reshape(...) instead."
)

# ---- view and reshape


def _reshape(input: ndarray, *, shape: tuple[int, ...]) -> ndarray:
    return input.reshape(shape)


_view = ViewOp("view", _reshape, (lambda g, input_shape: g.reshape(input_shape),))
_alias = ViewOp("alias", lambda input: input[...], (lambda g: g,))
_unsafe_view = Op(
    "unsafe_view", _reshape, (lambda g, input_shape: g.reshape(input_shape),), batch=reshaped
)
_view_dtype = ViewOp("view_dtype", lambda input, *, dtype: input.view(dtype))


def _viewable(array: ndarray, shape: tuple[int, ...]) -> bool:
    return array.flags.c_contiguous or (view_strides(array.shape, array.strides, shape) is not None)


def _sizes(sizes: tuple, numel: int) -> tuple[int, ...]:
    shape = as_shape(sizes)
    if -1 in shape or product(shape) != numel or (shape and min(shape) < 0):
        return infer_shape(shape, numel)
    return shape


@method
def view(self: Tensor, *shape: Any, size: Any = None, dtype: Any = None) -> Tensor:
    """The same memory under another shape of as many elements, or as another dtype.

    One size may be -1: it is inferred. RuntimeError when the strides do not allow it.

    >>> torch.arange(6).view(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        dtype = shape[0]
    if dtype is not None:
        return _view_as_dtype(self, dtype)
    if size is not None:
        shape = (size,)
    array = self._array
    sizes = _sizes(shape, array.size)
    if not _viewable(array, sizes):
        raise RuntimeError(
            f"{NOT_VIEWABLE} It has shape {list(array.shape)} and strides {self.stride()}, the new "
            f"shape is {list(sizes)}"
        )
    return _view.show(self, array.reshape(sizes), {"shape": sizes})


def _view_as_dtype(self: Tensor, wanted: dtypes.dtype) -> Tensor:
    array = self._array
    old, new = array.itemsize, wanted.itemsize
    names = f"view {FROM_NUMPY[array.dtype].title} as {wanted.title} (different element sizes)"
    if old != new:
        if not array.ndim:
            raise RuntimeError(f"self.dim() cannot be 0 to {names}")
        if new > old and array.shape[-1] % (new // old):
            raise RuntimeError(
                f"self.size(-1) must be divisible by {new // old} to {names}, "
                f"but got {array.shape[-1]}"
            )
        if array.strides[-1] != old and array.shape[-1] > 1:
            raise RuntimeError(f"self.stride(-1) must be 1 to {names}, but got {self.stride(-1)}")
    return _view_dtype(self, dtype=wanted.numpy)


def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """The elements in the same order under another shape; a view where possible, else a copy.

    One size may be -1: it is inferred. RuntimeError when the number of elements differs.

    >>> torch.reshape(torch.arange(4), (2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("reshape", "input", 1, input))
    array = input._array
    sizes = _sizes(sizes if shape is None else (shape,), array.size)
    if array.shape == sizes and array.flags.c_contiguous:
        # PyTorch gives a view of its own even then
        return _view.show(input, array[...], {"shape": sizes})
    if _viewable(array, sizes):
        return _view.show(input, array.reshape(sizes), {"shape": sizes})
    return _unsafe_view(input.contiguous(), shape=sizes)


method(reshape)


@method
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """A view with the shape of `other`.

    >>> torch.arange(4).view_as(torch.zeros(2, 2)).shape
    torch.Size([2, 2])
    """
    return view(self, other._array.shape)


@method
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """`reshape` to the shape of `other`.

    >>> torch.arange(4).reshape_as(torch.zeros(2, 2)).shape
    torch.Size([2, 2])
    """
    return reshape(self, other._array.shape)


def alias_view(input: Tensor) -> Tensor:
    """A view of all of it."""
    return _alias(input)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dims from `start_dim` to `end_dim` as one; RuntimeError when they are the wrong way.

    >>> torch.zeros(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("flatten", "input", 1, input))
    shape = input._array.shape
    start = wrap_dim(start_dim, len(shape))
    end = wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(input, (1,))
    if start == end:
        return input
    return reshape(input, (*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dim as several; RuntimeError unless their sizes multiply up to it.

    >>> torch.zeros(2, 12).unflatten(1, (3, -1)).shape
    torch.Size([2, 3, 4])
    """
    shape = input._array.shape
    dim = wrap_dim(dim, len(shape))
    sizes = tuple(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        inferred = infer_shape(sizes, shape[dim])
    except RuntimeError as error:
        if "only one dimension" in str(error):
            raise
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
            f"({shape[dim]}) in the input tensor"
        ) from None
    return reshape(input, (*shape[:dim], *inferred, *shape[dim + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dim; a view where possible.

    >>> torch.ravel(torch.zeros(2, 3)).shape
    torch.Size([6])
    """
    return reshape(input, (-1,)) if input._array.size else reshape(input, (0,))


# ---- dims of size 1


def _unsqueeze(input: ndarray, *, dim: int) -> ndarray:
    shape = (*input.shape[:dim], 1, *input.shape[dim:])
    if input.flags.c_contiguous and input.size:
        return input.reshape(shape)
    step = input.itemsize if dim == input.ndim else input.shape[dim] * input.strides[dim]
    return window(input, shape, (*input.strides[:dim], step, *input.strides[dim:]))


_unsqueeze_op = ViewOp("unsqueeze", _unsqueeze, (lambda g, dim: g.squeeze(dim),))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with a new dim of size 1 before `dim`; IndexError outside [-ndim - 1, ndim].

    >>> torch.unsqueeze(torch.tensor([1, 2]), 1)
    tensor([[1],
            [2]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("unsqueeze", "input", 1, input))
    return _unsqueeze_op(input, dim=wrap_dim(dim, input._array.ndim + 1))


def _squeeze(input: ndarray, *, dims: tuple[int, ...]) -> ndarray:
    return input.squeeze(dims) if dims else input[...]


_unsqueezed = (lambda g, input_shape: g.reshape(input_shape),)
_squeeze_all = ViewOp("squeeze", _squeeze, _unsqueezed)
_squeeze_dim = ViewOp("squeeze_dim", _squeeze, _unsqueezed, backward="SqueezeBackward1")
_squeeze_dims = ViewOp("squeeze_dims", _squeeze, _unsqueezed, backward="SqueezeBackward2")


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """A view without dims of size 1: all of them, or those among `dim` (an int or a tuple).

    >>> torch.zeros(1, 2, 1).squeeze().shape, torch.zeros(1, 2, 1).squeeze(0).shape
    (torch.Size([2]), torch.Size([2, 1]))
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("squeeze", "input", 1, input))
    shape = input._array.shape
    if dim is None:
        op = _squeeze_all
        among: Any = range(len(shape))
    else:
        op = _squeeze_dim if isinstance(dim, int) else _squeeze_dims
        among = wrap_dims(dim, len(shape)) if isinstance(dim, int) or dim else ()
    return op(input, dims=tuple([d for d in among if shape[d] == 1]))


# ---- expand


def _expand(input: ndarray, *, shape: tuple[int, ...]) -> ndarray:
    if not input.ndim:
        return window(input, shape, (0,) * len(shape)) if 0 not in shape else _blank(input, shape)
    lead = len(shape) - input.ndim
    strides = []
    for size, wanted, step in zip(input.shape, shape[lead:], input.strides, strict=True):
        strides.append(step if size == wanted else 0)
    for d in range(lead - 1, -1, -1):  # a new dim of size 1 steps over all that follows
        last = d == len(shape) - 1
        step = input.itemsize if last else shape[d + 1] * strides[0]
        strides.insert(0, step if shape[d] == 1 else 0)
    return _blank(input, shape) if input.size == 0 else window(input, shape, strides)


def _blank(input: ndarray, shape: tuple[int, ...]) -> ndarray:
    return np.empty(shape, input.dtype)


# the engine sums a broadcast gradient back to the shape of the input
_expand_op = ViewOp("expand", _expand, (lambda g: g,))


@on_arrays
def repeated(input: Any, shape: tuple[int, ...]) -> Any:
    """A 0-d tensor (or array) at a shape: `expand` where nothing can go wrong."""
    if not isinstance(input, Tensor):
        if 0 in shape:
            return np.zeros(shape, input.dtype)
        return ndarray(shape, input.dtype, input, 0, (0,) * len(shape))
    array = input._array
    if array.dtype.kind == "V" or 0 in shape or shared.watched:
        return _expand_op(input, shape=shape)
    return _expand_op.show(input, window(array, shape, (0,) * len(shape)), {"shape": shape})


@method
def expand(self: Tensor, *sizes: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """A view in which dims of size 1 are repeated; -1 keeps a size, new dims come in front.

    RuntimeError when a dim of another size would have to change.

    >>> torch.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    wanted = as_shape(sizes if size is None else (size,))
    shape = self._array.shape
    lead = len(wanted) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"expand(torch.{self.dtype.title}Tensor{{{list(shape)}}}, size={list(wanted)}): the "
            f"number of sizes provided ({len(wanted)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(shape)})"
        )
    result = list(wanted)
    for position in range(len(wanted) - 1, -1, -1):
        size = wanted[position]
        old = shape[position - lead] if position >= lead else None
        if size == -1:
            if old is None:
                raise RuntimeError(
                    f"The expanded size of the tensor ({size}) isn't allowed in a leading, "
                    f"non-existing dimension {position}"
                )
            result[position] = old
        elif size < 0 or (old is not None and old not in (1, size)):
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size ({old}) at "
                f"non-singleton dimension {position}.  Target sizes: {list(wanted)}.  "
                f"Tensor sizes: {list(shape)}"
            )
    return _expand_op(self, shape=tuple(result))


@method
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """`expand` to the shape of `other`.

    >>> torch.tensor([1, 2]).expand_as(torch.zeros(2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(self, other._array.shape)


def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """`input.expand(size)`.

    >>> torch.broadcast_to(torch.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(input, tuple(size))


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors, each expanded to their common shape; RuntimeError when there is none.

    >>> [t.shape for t in torch.broadcast_tensors(torch.zeros(2, 1), torch.zeros(3))]
    [torch.Size([2, 3]), torch.Size([2, 3])]
    """
    if len(tensors) == 1 and not isinstance(tensors[0], Tensor):
        tensors = tuple(tensors[0])
    shape = broadcast_shapes(*[t._array.shape for t in tensors])
    return tuple([expand(t, tuple(shape)) for t in tensors])


for _function in (broadcast_to, flatten, ravel, squeeze, unflatten, unsqueeze):
    method(_function)
Tensor._is_view = lambda self: self._base is not None  # type: ignore[attr-defined]
