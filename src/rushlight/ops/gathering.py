"""Gathering along one dim: gather, index_select, take and take_along_dim.

Index tensors are inputs of these ops, so a later change of one is noticed by its version. The
gradient of a gather is a scatter, and that of a scatter a gather: both are primitives here, what
is built on them stands in scattering.py.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.batch import BatchArray
from ..core.layout import broadcast_shapes, wrap_dim
from ..core.tracing import is_traced
from ..kernels.placing import combine_flat, scatter_into, slices, take_along, wide_copy
from ..tensor import Tensor, method, wrap
from .batching import along
from .elementwise import refused
from .inplace import write_out
from .op import Op, ndarray

__all__ = ["gather", "index_select", "take", "take_along_dim"]


def zeros_of(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Zeros of a shape and of the dtype of a gradient."""
    return wrap(np.zeros(shape, g._array.dtype))


FEW = 64  # elements that Python looks through sooner than NumPy gets going


def within(index: ndarray, low: int, high: int) -> bool:
    """Whether all elements (there is one at least) lie in [low, high)."""
    if type(index) is BatchArray:
        index = index.whole
    if index.size <= FEW:
        numbers = index.reshape(-1).tolist()
        return low <= min(numbers) and max(numbers) < high
    return bool(low <= index.min() and index.max() < high)


def check_bounds(index: ndarray, size: int, dim: int, error: type = RuntimeError) -> None:
    """An error when an index is negative or not below the size."""
    if is_traced(index):
        return  # compiled code looks at each index it reads by
    if index.size and not within(index, 0, size):
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise error(f"index {wrong} is out of bounds for dimension {dim} with size {size}")


def check_integer(index: Tensor, name: str) -> None:
    """RuntimeError for an index that is neither int32 nor int64, unless it is empty."""
    if not isinstance(index, Tensor):
        raise TypeError(
            f"{name}(): argument 'index' (position 3) must be Tensor, not {type(index).__name__}"
        )
    array = index._array
    if (array.dtype.kind != "i" or array.itemsize < 4) and array.size:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, but got {index.dtype}")


def check_ranks(index: Tensor, other: Tensor, what: str) -> None:
    """RuntimeError unless the index has as many dims as the other tensor; a 0-d one counts as 1."""
    if (index._array.ndim or 1) != (other._array.ndim or 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {what} tensor: "
            f"index has shape {list(index._array.shape)}, {what} {list(other._array.shape)}"
        )


def fitted(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The gradient of the part of a source that was used, with zeros for the rest."""
    if g._array.shape == shape:
        return g
    if not shape:
        return g.reshape(())
    return spread_op(g, shape=shape)


def _spread(input: ndarray, *, shape: tuple[int, ...]) -> ndarray:
    out = np.zeros(shape, input.dtype)
    out[tuple([slice(0, size) for size in input.shape])] = input
    return out


def _corner(input: ndarray, *, shape: tuple[int, ...]) -> ndarray:
    return input[tuple([slice(0, size) for size in shape])].copy()


spread_op = Op("spread", _spread, (lambda g, input_shape: corner_op(g, shape=input_shape),))
corner_op = Op("corner", _corner, (lambda g, input_shape: spread_op(g, shape=input_shape),))

# ---- gather


def _gather(input: ndarray, index: ndarray, *, dim: int) -> ndarray:
    return take_along(input, index, dim)


def scattered(
    input: ndarray, index: ndarray, src: ndarray, dim: int, ufunc: np.ufunc | None = None
) -> ndarray:
    """A copy of the input with the values of `src` put, or combined, where the index says."""
    out = wide_copy(input)
    if index.size:
        index = index.reshape(index.shape or (1,))
        values = used_part(src, index.shape).astype(out.dtype, copy=False)
        scatter_into(out, index, values, dim, ufunc)
    return finished(out, input)


def used_part(src: ndarray, shape: tuple[int, ...]) -> ndarray:
    """The part of a source that an index of this shape uses."""
    src = src.reshape(src.shape or (1,))
    return src if src.shape == shape else src[tuple([slice(0, size) for size in shape])]


def finished(out: ndarray, input: ndarray) -> ndarray:
    """What was scattered into, in the input's dtype and shape."""
    return out.astype(input.dtype, copy=False).reshape(input.shape)


def _scatter_add(input: ndarray, index: ndarray, src: ndarray, *, dim: int) -> ndarray:
    return scattered(input, index, src, dim, np.add)


gather_op = Op(
    "gather",
    _gather,
    (
        lambda g, index, dim, input_shape: scatter_add_op(
            zeros_of(g, input_shape), index, g, dim=dim
        ),
        None,
    ),
    batch=along("dim"),
)
scatter_add_op = Op(
    "scatter_add",
    _scatter_add,
    (
        lambda g: g,
        None,
        lambda g, index, dim, src_shape: fitted(gather_op(g, index, dim=dim), src_shape),
    ),
    batch=along("dim"),
)


def gather(
    input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None
) -> Tensor:
    """For every element of `index`, the element of input at its place but for `dim`.

    out[i][j] = input[index[i][j]][j] for dim 0. RuntimeError for an index out of bounds.

    >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("gather", "input", 1, input))
    check_integer(index, "gather")
    shape, seen = input._array.shape or (1,), index._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    if not index._array.size:
        return _answer(gather_op(input, index, dim=dim), input, index, out)
    check_ranks(index, input, "input")
    for d, (size, limit) in enumerate(zip(seen, shape, strict=True)):
        if d != dim and size > limit:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(seen)} to be no larger "
                f"than self {list(shape)} apart from dimension {dim}"
            )
    check_bounds(index._array, shape[dim], dim)
    return _answer(gather_op(input, index, dim=dim), input, index, out)


def _answer(result: Tensor, input: Tensor, index: Tensor, out: Tensor | None) -> Tensor:
    if out is None:
        return result
    return write_out(out, result, exact=True, apart_from=(input, index))


# ---- whole slices along a dim


def _index_select(input: ndarray, index: ndarray, *, dim: int) -> ndarray:
    if not input.ndim:
        return input.copy()
    return input.take(index.reshape(-1), dim)


def _index_add(input: ndarray, index: ndarray, source: ndarray, *, dim: int, alpha: Any) -> ndarray:
    values = source.reshape(source.shape or (1,))
    if alpha != 1:
        values = values * np.array(alpha).astype(input.dtype)
    return scattered(input, slices(index.reshape(-1), values.shape, dim), values, dim, np.add)


index_select_op = Op(
    "index_select",
    _index_select,
    (
        lambda g, index, dim, input_shape: index_add_op(
            zeros_of(g, input_shape), index, g, dim=dim, alpha=1
        ),
        None,
    ),
)
index_add_op = Op(
    "index_add",
    _index_add,
    (
        lambda g: g,
        None,
        lambda g, index, dim, alpha, source_shape: (
            index_select_op(g, index, dim=dim).reshape(source_shape) * alpha
        ),
    ),
)


def check_vector(index: Tensor, name: str) -> None:
    """IndexError for an index of several dims, RuntimeError for one of another dtype."""
    if not isinstance(index, Tensor):
        raise TypeError(
            f"{name}(): argument 'index' (position 3) must be Tensor, not {type(index).__name__}"
        )
    array = index._array
    if array.ndim > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but got shape {list(array.shape)}"
        )
    if array.dtype.kind != "i" or array.itemsize < 4:
        raise RuntimeError(
            f"{name}(): Expected dtype int32 or int64 for index, but got {index.dtype}"
        )


def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The slices of a dim named by a vector of indices; IndexError for one that is not there.

    >>> torch.index_select(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("index_select", "input", 1, input))
    check_vector(index, "index_select")
    shape = input._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    seen = index._array
    if not is_traced(seen) and seen.size and not (seen.min() >= 0 and seen.max() < shape[dim]):
        raise IndexError(
            f"index out of range in self: dim {dim} has size {shape[dim]}, the indices go from "
            f"{seen.min()} to {seen.max()}"
        )
    result = index_select_op(input, index, dim=dim)
    return _answer(result, input, index, out)


# ---- places in the flattened tensor


def _take(input: ndarray, index: ndarray) -> ndarray:
    return input.reshape(-1)[index]


def flat_index(index: ndarray, size: int) -> ndarray:
    """Places in a line of that size, counted from the front."""
    line = index.reshape(-1)
    return np.where(line < 0, line + size, line)


def _put_flat(input: ndarray, index: ndarray, source: ndarray, *, accumulate: bool) -> ndarray:
    out = wide_copy(input)
    places = flat_index(index, input.size)
    if accumulate:
        combine_flat(out, places, source.astype(out.dtype, copy=False))
    else:
        out.reshape(-1)[places] = source.reshape(-1)
    return finished(out, input)


take_op = Op(
    "take",
    _take,
    (
        lambda g, index, input_shape: put_op(zeros_of(g, input_shape), index, g, accumulate=True),
        None,
    ),
)
put_op = Op(
    "put",
    _put_flat,
    (
        lambda g, index, accumulate, source_shape: (
            g if accumulate else put_op(g, index, zeros_of(g, source_shape), accumulate=False)
        ),
        None,
        lambda g, index, source_shape: take_op(g, index).reshape(source_shape),
    ),
)


def check_flat(index: Tensor, size: int, name: str) -> None:
    """RuntimeError unless the index is int64, IndexError for a place outside."""
    if not isinstance(index, Tensor):
        raise TypeError(refused(name, "index", 2, index))
    if index._array.dtype != np.int64:
        raise RuntimeError(
            f"{name}(): Expected a long tensor for index, but got {index.dtype.title}"
        )
    if index._array.size and not is_traced(index._array):
        if not size:
            raise IndexError(f"{name}(): tried to {name} elements out of an empty tensor")
        if not within(index._array, -size, size):
            line = index._array
            wrong = line[(line < -size) | (line >= size)].flat[0]
            raise IndexError(
                f"out of range: tried to access index {wrong} on a tensor of {size} elements."
            )


def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements at these places of the flattened input, in the shape of `index`.

    IndexError for a place outside, RuntimeError for an index that is not int64.

    >>> torch.take(torch.tensor([[1, 2], [3, 4]]), torch.tensor([0, -1]))
    tensor([1, 4])
    """
    check_flat(index, input._array.size, "take")
    return _answer(take_op(input, index), input, index, out)


def take_along_dim(
    input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """`gather` with input and indices broadcast in the other dims; None flattens both.

    >>> torch.take_along_dim(torch.tensor([[1, 2], [3, 4]]), torch.tensor([[1], [0]]), 1)
    tensor([[2],
            [3]])
    """
    if indices._array.dtype != np.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.title}"
        )
    if dim is None:
        input, indices, dim = input.reshape(-1), indices.reshape(-1), 0
    shape, wanted = input._array.shape, indices._array.shape
    if len(shape) != len(wanted):
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {len(shape)} dimensions for input, and {len(wanted)} dimensions for indices"
        )
    dim = wrap_dim(dim, len(shape))
    if not shape:
        return gather(input, 0, indices, out=out)
    if indices._array.size and indices._array.min() < 0:
        line = indices._array
        indices = wrap(np.where(line < 0, line + shape[dim], line))
    rest = broadcast_shapes((*shape[:dim], *shape[dim + 1 :]), (*wanted[:dim], *wanted[dim + 1 :]))
    return gather(
        input.expand((*rest[:dim], shape[dim], *rest[dim:])),
        dim,
        indices.expand((*rest[:dim], wanted[dim], *rest[dim:])),
        out=out,
    )


for _function in (gather, index_select, take, take_along_dim):
    method(_function)
