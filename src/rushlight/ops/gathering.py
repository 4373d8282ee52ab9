"""Gathers and scatters along one dim: gather, scatter, index_select, index_add, take and others.

Index tensors are inputs of these ops, so a later change of one is noticed by its version.
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.layout import broadcast_shapes, wrap_dim
from ..core.tracing import contiguous
from ..tensor import Tensor, method, wrap
from .copying import element
from .indexing import add_at
from .inplace import inplace, write_out
from .op import Op, ndarray

__all__ = [
    "gather", "index_add", "index_copy", "index_fill", "index_select", "scatter", "scatter_add",
    "take", "take_along_dim",
]  # fmt: skip

ALL = slice(None)


def _zeros(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    return wrap(np.zeros(shape, g._array.dtype))


def _check_bounds(index: ndarray, size: int, dim: int, error: type = RuntimeError) -> None:
    if index.size:
        for extreme in (index.min(), index.max()):
            if not 0 <= extreme < size:
                raise error(
                    f"index {extreme} is out of bounds for dimension {dim} with size {size}"
                )


def _check_integer(index: Tensor, name: str) -> None:
    if index._array.dtype.kind != "i" or index._array.itemsize < 4:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, but got {index.dtype}")


def _places(index: ndarray, dim: int) -> tuple[ndarray, ...]:
    """For every element of the index, the full position it stands for."""
    places = list(np.ogrid[tuple([slice(0, size) for size in index.shape])])
    places[dim] = index
    return tuple(places)


# ---- gather and scatter


def _gather(input: ndarray, index: ndarray, *, dim: int) -> ndarray:
    if not input.ndim:
        return input.reshape(1)[index]
    if not index.ndim:
        return input[index]
    return contiguous(input[_places(index, dim)])


def _scatter(input: ndarray, index: ndarray, src: ndarray, *, dim: int) -> ndarray:
    out = np.array(input, order="C", ndmin=1)
    index = index.reshape(index.shape or (1,))
    src = src.reshape(src.shape or (1,))
    out[_places(index, dim)] = src[tuple([slice(0, size) for size in index.shape])]
    return out.reshape(input.shape)


def _scatter_value(input: ndarray, index: ndarray, *, dim: int, value: Any) -> ndarray:
    out = np.array(input, order="C", ndmin=1)
    out[_places(index.reshape(index.shape or (1,)), dim)] = value
    return out.reshape(input.shape)


def _scatter_add(input: ndarray, index: ndarray, src: ndarray, *, dim: int) -> ndarray:
    half = input.dtype in HALVES
    out = np.array(input, np.float32 if half else input.dtype, order="C", ndmin=1)
    index = index.reshape(index.shape or (1,))
    src = src.reshape(src.shape or (1,))[tuple([slice(0, size) for size in index.shape])]
    add_at(out, _places(index, dim), src.astype(out.dtype, copy=False))
    return out.astype(input.dtype, copy=False).reshape(input.shape)


_gather_op = Op(
    "gather",
    _gather,
    (
        lambda g, index, dim, input_shape: scatter_add(_zeros(g, input_shape), dim, index, g),
        None,
    ),
)
_scatter_op = Op(
    "scatter",
    _scatter,
    (
        lambda g, index, dim: scatter(g, dim, index, 0),
        None,
        lambda g, index, dim, src_shape: _fitted(gather(g, dim, index), src_shape),
    ),
)
_scatter_value_op = Op(
    "scatter_value",
    _scatter_value,
    (lambda g, index, dim: scatter(g, dim, index, 0), None),
    backward="ScatterBackward1",
)
_scatter_add_op = Op(
    "scatter_add",
    _scatter_add,
    (
        lambda g: g,
        None,
        lambda g, index, dim, src_shape: _fitted(gather(g, dim, index), src_shape),
    ),
)


def _fitted(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The gradient of the part of `src` that was used, with zeros for the rest."""
    if g._array.shape == shape:
        return g
    out = _zeros(g, shape)
    used = out
    for d, size in enumerate(g._array.shape):
        used = used.narrow(d, 0, size)
    used.copy_(g)
    return out


def _check_ranks(index: Tensor, other: Tensor, what: str) -> None:
    if (index._array.ndim or 1) != (other._array.ndim or 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {what} tensor: "
            f"index has shape {list(index._array.shape)}, {what} {list(other._array.shape)}"
        )


def gather(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """For every element of `index`, the element of input at its place but for `dim`.

    out[i][j] = input[index[i][j]][j] for dim 0. RuntimeError for an index out of bounds.

    >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    _check_integer(index, "gather")
    _check_ranks(index, input, "input")
    shape, seen = input._array.shape or (1,), index._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    for d, (size, limit) in enumerate(zip(seen, shape, strict=True)):
        if d != dim and size > limit:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(seen)} to be no larger "
                f"than self {list(shape)} apart from dimension {dim}"
            )
    _check_bounds(index._array, shape[dim], dim)
    result = _gather_op(input, index, dim=dim)
    return result if out is None else write_out(out, result)


def _check_scatter(input: Tensor, dim: int, index: Tensor, src: Any, name: str) -> int:
    _check_integer(index, name)
    _check_ranks(index, input, "self")
    shape, seen = input._array.shape or (1,), index._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    message = (
        f"Expected index {list(seen)} to be no larger than self {list(shape)} apart from "
        f"dimension {dim}"
    )
    fits = all([d == dim or s <= limit for d, (s, limit) in enumerate(zip(seen, shape))])
    if isinstance(src, Tensor):
        _check_ranks(index, src, "src")
        limits = src._array.shape or (1,)
        message += f" and to be no larger size than src {list(limits)}"
        fits = fits and all([s <= limit for s, limit in zip(seen, limits)])
        if src._array.dtype != input._array.dtype:
            raise RuntimeError(
                f"{name}(): Expected self.dtype to be equal to src.dtype, but got {input.dtype} "
                f"and {src.dtype}"
            )
    if not fits and index._array.size:
        raise RuntimeError(message)
    _check_bounds(index._array, shape[dim], dim)
    return dim


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None
) -> Tensor:
    """A copy with elements of `src` (or a number) put where `index` says: the inverse of gather.

    >>> torch.scatter(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    if src is None:
        src = value
    dim = _check_scatter(input, dim, index, src, "scatter")
    if isinstance(src, Tensor):
        return _scatter_op(input, index, src, dim=dim)
    return _scatter_value_op(input, index, dim=dim, value=element(src, input._array.dtype))


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy with elements of `src` added where `index` says.

    >>> torch.scatter_add(torch.zeros(2), 0, torch.tensor([1, 1]), torch.tensor([1.0, 2.0]))
    tensor([0., 3.])
    """
    dim = _check_scatter(input, dim, index, src, "scatter_add")
    return _scatter_add_op(input, index, src, dim=dim)


# ---- whole slices along a dim


def _index_select(input: ndarray, index: ndarray, *, dim: int) -> ndarray:
    if not input.ndim:
        return input.copy()
    return np.take(input, index.reshape(-1), axis=dim)


def _index_add(input: ndarray, index: ndarray, source: ndarray, *, dim: int, alpha: Any) -> ndarray:
    half = input.dtype in HALVES
    out = np.array(input, np.float32 if half else input.dtype, order="C", ndmin=1)
    values = source.reshape(source.shape or (1,)).astype(out.dtype)
    if alpha != 1:
        values = values * out.dtype.type(alpha)
    add_at(out, (*(ALL,) * dim, index.reshape(-1)), values)
    return out.astype(input.dtype, copy=False).reshape(input.shape)


def _index_copy(input: ndarray, index: ndarray, source: ndarray, *, dim: int) -> ndarray:
    out = np.array(input, order="C", ndmin=1)
    out[(*(ALL,) * dim, index.reshape(-1))] = source
    return out.reshape(input.shape)


def _index_fill(input: ndarray, index: ndarray, value: ndarray, *, dim: int) -> ndarray:
    out = np.array(input, order="C", ndmin=1)
    out[(*(ALL,) * dim, index.reshape(-1))] = value
    return out.reshape(input.shape)


_index_select_op = Op(
    "index_select",
    _index_select,
    (
        lambda g, index, dim, input_shape: index_add(_zeros(g, input_shape), dim, index, g),
        None,
    ),
)
_index_add_op = Op(
    "index_add",
    _index_add,
    (lambda g: g, None, lambda g, index, dim, alpha: index_select(g, dim, index) * alpha),
)
_index_copy_op = Op(
    "index_copy",
    _index_copy,
    (
        lambda g, index, dim: index_fill(g, dim, index, 0),
        None,
        lambda g, index, dim: index_select(g, dim, index),
    ),
)
_index_fill_op = Op(
    "index_fill",
    _index_fill,
    (
        lambda g, index, dim: index_fill(g, dim, index, 0),
        None,
        lambda g, index, dim: index_select(g, dim, index).sum(),
    ),
)


def _vector(index: Tensor, name: str) -> None:
    if index._array.ndim > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but got shape {list(index._array.shape)}"
        )
    if index._array.dtype.kind != "i" or index._array.itemsize < 4:
        raise RuntimeError(
            f"{name}(): Expected dtype int32 or int64 for index, but got {index.dtype}"
        )


def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The slices of a dim named by a vector of indices; IndexError for one that is not there.

    >>> torch.index_select(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    _vector(index, "index_select")
    shape = input._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    seen = index._array
    if seen.size and not (seen.min() >= 0 and seen.max() < shape[dim]):
        raise IndexError(
            f"index out of range in self: dim {dim} has size {shape[dim]}, the indices go from "
            f"{seen.min()} to {seen.max()}"
        )
    result = _index_select_op(input, index, dim=dim)
    return result if out is None else write_out(out, result)


def _check_source(input: Tensor, dim: int, index: Tensor, source: Tensor, name: str) -> int:
    _vector(index, name)
    shape = input._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    given = source._array.shape or (1,)
    count = index._array.size
    if len(given) != len(shape) or given[dim] != count:
        raise RuntimeError(
            f"{name}_(): Number of indices ({count}) should be equal to source.size(dim): "
            f"({given[dim] if dim < len(given) else 1}), for dim: {dim}"
        )
    if (*given[:dim], *given[dim + 1 :]) != (*shape[:dim], *shape[dim + 1 :]):
        raise RuntimeError(
            f"source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(shape)} source.shape = {list(given)}"
        )
    if source._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"{name}_(): self and source expected to have the same dtype, but got (self) "
            f"{input.dtype.title} and (source) {source.dtype.title}"
        )
    return dim


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """A copy with alpha times the slices of `source` added to those named by `index`.

    >>> torch.index_add(torch.zeros(2), 0, torch.tensor([1, 1]), torch.tensor([1.0, 2.0]))
    tensor([0., 3.])
    """
    dim = _check_source(input, dim, index, source, "index_add")
    _check_bounds(index._array, (input._array.shape or (1,))[dim], dim)
    return _index_add_op(input, index, source, dim=dim, alpha=alpha)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy with the slices of `source` in place of those named by `index`.

    >>> torch.index_copy(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    dim = _check_source(input, dim, index, source, "index_copy")
    _check_bounds(index._array, (input._array.shape or (1,))[dim], dim, IndexError)
    return _index_copy_op(input, index, source, dim=dim)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """A copy with a number (or 0-d tensor) in the slices named by `index`.

    >>> torch.index_fill(torch.zeros(3), 0, torch.tensor([0, 2]), 5)
    tensor([5., 0., 5.])
    """
    _vector(index, "index_fill")
    dim = wrap_dim(dim, input._array.ndim or 1)
    _check_bounds(index._array, (input._array.shape or (1,))[dim], dim, IndexError)
    if not isinstance(value, Tensor):
        dtype = input._array.dtype
        value = wrap(np.array(element(value, dtype), dtype))
    return _index_fill_op(input, index, value, dim=dim)


def _take(input: ndarray, index: ndarray) -> ndarray:
    return input.reshape(-1)[index]


def _take_vjp(g: Tensor, index: Tensor, shape: tuple[int, ...]) -> Tensor:
    flat = _zeros(g, (int(np.prod(shape)),))
    wrapped = wrap(index._array.reshape(-1) % flat._array.size)
    return index_add(flat, 0, wrapped, g.reshape(-1)).reshape(shape)


_take_op = Op("take", _take, (lambda g, index, input_shape: _take_vjp(g, index, input_shape), None))


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at these places of the flattened input, in the shape of `index`.

    >>> torch.take(torch.tensor([[1, 2], [3, 4]]), torch.tensor([0, -1]))
    tensor([1, 4])
    """
    size = input._array.size
    if index._array.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {index.dtype.title}")
    if index._array.size:
        for extreme in (index._array.min(), index._array.max()):
            if not -size <= extreme < size:
                raise IndexError(
                    f"out of range: tried to access index {extreme} on a tensor of {size} elements."
                )
    return _take_op(input, index)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """`gather` with input and indices broadcast in the other dims; None flattens both.

    >>> torch.take_along_dim(torch.tensor([[1, 2], [3, 4]]), torch.tensor([[1], [0]]), 1)
    tensor([[2],
            [3]])
    """
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    shape, wanted = input._array.shape, indices._array.shape
    if len(shape) != len(wanted):
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {len(shape)} dimensions for input, and {len(wanted)} dimensions for indices"
        )
    dim = wrap_dim(dim, len(shape))
    rest = broadcast_shapes((*shape[:dim], *shape[dim + 1 :]), (*wanted[:dim], *wanted[dim + 1 :]))
    return gather(
        input.expand((*rest[:dim], shape[dim], *rest[dim:])),
        dim,
        indices.expand((*rest[:dim], wanted[dim], *rest[dim:])),
    )


for _function in (
    gather, index_add, index_copy, index_fill, index_select, scatter, scatter_add, take,
    take_along_dim,
):  # fmt: skip
    method(_function)
for _function in (index_add, index_copy, index_fill, scatter, scatter_add):
    method(inplace(_function), f"{_function.__name__}_")
