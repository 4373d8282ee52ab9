"""Joining tensors: cat and stack, and the forms of them that know rows from columns.

Dtypes promote as in arithmetic between tensors.
May import: core, tensor, ops.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, can_cast, promote_types
from ..core.layout import wrap_dim
from ..core.state import shared, thread
from ..tensor import Tensor, wrap
from .inplace import write_out
from .op import Op, ndarray

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "cat", "column_stack", "concat", "concatenate",
    "dstack", "hstack", "row_stack", "stack", "vstack",
]  # fmt: skip


ALL = slice(None)


def _cat(arrays: list[ndarray], *, dim: int, dtype: Any) -> ndarray:
    if all([array.dtype is dtype for array in arrays]):
        return np.concatenate(arrays, dim)
    return np.concatenate(arrays, axis=dim, dtype=dtype, casting="unsafe")


def _cat_vjp(g: Tensor, dim: int, shapes: list[tuple[int, ...]]) -> list[Tensor]:
    start = 0
    gradients = []
    for shape in shapes:
        gradients.append(g.narrow(dim, start, shape[dim]))
        start += shape[dim]
    return gradients


def _stack(arrays: list[ndarray], *, dim: int, dtype: Any) -> ndarray:
    key = (*(ALL,) * dim, None)
    return _cat([array[key] for array in arrays], dim=dim, dtype=dtype)


def _stack_vjp(g: Tensor, dim: int) -> tuple[Tensor, ...]:
    return g.unbind(dim)


_cat_op = Op("cat", _cat, _cat_vjp)
_stack_op = Op("stack", _stack, _stack_vjp)


def _listed(tensors: Any, function: str) -> list[Tensor]:
    if isinstance(tensors, Tensor) or not hasattr(tensors, "__iter__"):
        raise TypeError(
            f"{function}(): argument 'tensors' (position 1) must be tuple of Tensors, not "
            f"{type(tensors).__name__}"
        )
    tensors = list(tensors)
    for position, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"expected Tensor as element {position} in argument 0, "
                f"but got {type(tensor).__name__}"
            )
    return tensors


def _common(tensors: list[Tensor]) -> Any:
    first = tensors[0]._array.dtype
    for tensor in tensors:
        if tensor._array.dtype is not first and tensor._array.dtype != first:
            return reduce(promote_types, [FROM_NUMPY[t._array.dtype] for t in tensors]).numpy
    return first


def _alike(tensors: Any) -> list[ndarray] | None:
    """The arrays of tensors of one shape and dtype, where no history is wanted of any."""
    if type(tensors) not in (list, tuple) or not tensors or shared.watched:
        return None
    arrays = []
    first: Any = None
    for tensor in tensors:
        if not isinstance(tensor, Tensor) or (tensor._edge is not None and thread.grad_enabled):
            return None
        array = tensor._array
        if first is None:
            first = array
        elif array.dtype is not first.dtype or array.shape != first.shape:
            return None
        arrays.append(array)
    return arrays


def cat(
    tensors: Sequence[Tensor],
    dim: int = 0,
    *,
    axis: int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The tensors one after another along a dim; all other sizes must agree (RuntimeError).

    `axis` is another name of `dim`.

    >>> torch.cat([torch.tensor([1, 2]), torch.tensor([3.0])])
    tensor([1., 2., 3.])
    """
    arrays = _alike(tensors)
    if arrays is not None and arrays[0].ndim and out is axis is None:
        return wrap(np.concatenate(arrays, wrap_dim(dim, arrays[0].ndim)))
    tensors = _listed(tensors, "cat")
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    dtype = _common(tensors)
    # PyTorch lets an empty vector join with anything
    filled = [t for t in tensors if t._array.size or t._array.shape != (0,)] or tensors
    shape = filled[0]._array.shape
    if not shape:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    dim = wrap_dim(dim if axis is None else axis, len(shape))
    for position, tensor in enumerate(filled):
        if tensor._array.shape != shape:
            _check_joint(tensor._array.shape, shape, dim, position)
    result = _cat_op.variadic(filled, dim=dim, dtype=dtype)
    if out is not None and not can_cast(FROM_NUMPY[dtype], out.dtype):
        raise TypeError(
            "torch.cat(): input types can't be cast to the desired output type "
            f"{out.dtype.title}: they promote to {FROM_NUMPY[dtype].title}"
        )
    return result if out is None else write_out(out, result, apart_from=tuple(tensors))


def _check_joint(shape: Any, first: Any, dim: int, position: int) -> None:
    if not shape:
        raise RuntimeError(
            f"zero-dimensional tensor (at position {position}) cannot be concatenated"
        )
    if len(shape) != len(first):
        raise RuntimeError(
            "Tensors must have same number of dimensions: "
            f"got {len(first)} and {len(shape)}: shapes {list(first)} and {list(shape)}"
        )
    for d, (size, expected) in enumerate(zip(shape, first, strict=True)):
        if d != dim and size != expected:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected size {expected} "
                f"but got size {size} for tensor number {position} in the list."
            )


concat = concatenate = cat


def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors of one shape along a new dim; RuntimeError when the shapes differ.

    >>> torch.stack([torch.tensor([1, 2]), torch.tensor([3, 4])], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    arrays = _alike(tensors)
    if arrays is not None and out is None:
        dim = wrap_dim(dim, arrays[0].ndim + 1)
        return wrap(_stack(arrays, dim=dim, dtype=arrays[0].dtype))
    tensors = _listed(tensors, "stack")
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = tensors[0]._array.shape
    dim = wrap_dim(dim, len(shape) + 1)
    for position, tensor in enumerate(tensors):
        if tensor._array.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(tensor._array.shape)} at entry {position}"
            )
    result = _stack_op.variadic(tensors, dim=dim, dtype=_common(tensors))
    return result if out is None else write_out(out, result)


Tensor._stack = staticmethod(stack)  # type: ignore[attr-defined]  for autograd, below this room


def _each(function: Any, tensors: tuple) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], Tensor):
        return tuple([function(tensor) for tensor in tensors[0]])
    if len(tensors) != 1:
        return tuple([function(tensor) for tensor in tensors])
    return None


def atleast_1d(*tensors: Any) -> Any:
    """A 0-d tensor with one dim; any other as it is. Several tensors give a tuple.

    >>> torch.atleast_1d(torch.tensor(2))
    tensor([2])
    """
    several = _each(atleast_1d, tensors)
    if several is not None:
        return several
    (tensor,) = tensors
    return tensor if tensor._array.ndim else tensor.reshape(1)


def atleast_2d(*tensors: Any) -> Any:
    """A 0-d tensor or a vector as one row; any other as it is. Several tensors give a tuple.

    >>> torch.atleast_2d(torch.tensor([1, 2]))
    tensor([[1, 2]])
    """
    several = _each(atleast_2d, tensors)
    if several is not None:
        return several
    (tensor,) = tensors
    if not tensor._array.ndim:
        return tensor.reshape(1, 1)
    return tensor.unsqueeze(0) if tensor._array.ndim == 1 else tensor


def atleast_3d(*tensors: Any) -> Any:
    """Fewer than three dims as (1, n, 1) or (rows, columns, 1); any other as it is.

    >>> torch.atleast_3d(torch.zeros(2, 3)).shape
    torch.Size([2, 3, 1])
    """
    several = _each(atleast_3d, tensors)
    if several is not None:
        return several
    (tensor,) = tensors
    ndim = tensor._array.ndim
    if not ndim:
        return tensor.reshape(1, 1, 1)
    if ndim == 1:
        return tensor.unsqueeze(0).unsqueeze(-1)
    return tensor.unsqueeze(-1) if ndim == 2 else tensor


def _some(tensors: Any, function: str) -> list[Tensor]:
    tensors = _listed(tensors, function)
    if not tensors:
        raise RuntimeError(f"{function} expects a non-empty TensorList")
    return tensors


def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors side by side: along dim 1, vectors along their only dim.

    >>> torch.hstack([torch.tensor([1]), torch.tensor([2, 3])])
    tensor([1, 2, 3])
    """
    parts = [atleast_1d(t) for t in _some(tensors, "hstack")]
    return cat(parts, 0 if parts[0]._array.ndim == 1 else 1, out=out)


def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors below each other: along dim 0, a vector being one row.

    >>> torch.vstack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return cat([atleast_2d(t) for t in _some(tensors, "vstack")], 0, out=out)


row_stack = vstack


def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors behind each other: along dim 2.

    >>> torch.dstack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[[1, 3],
             [2, 4]]])
    """
    return cat([atleast_3d(t) for t in _some(tensors, "dstack")], 2, out=out)


def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors side by side, a vector being one column.

    >>> torch.column_stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    parts = [
        t.reshape(t._array.size, 1) if t._array.ndim <= 1 else t
        for t in _some(tensors, "column_stack")
    ]
    return cat(parts, 1, out=out)
