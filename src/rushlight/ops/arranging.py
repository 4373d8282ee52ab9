"""Copies in another arrangement: roll, flip, rot90, repeat, repeat_interleave, diag.

May import: core, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.formats import contiguous_format
from ..core.layout import as_shape, wrap_dim, wrap_dims
from ..tensor import Tensor, method, wrap
from .batching import along
from .elementwise import refused
from .inplace import write_out
from .joining import stack
from .op import Op, ndarray
from .parts import diagonal, diagonal_copy, put_on_diagonal
from .views import view

__all__ = [
    "diag", "diag_embed", "diagflat", "flip", "fliplr", "flipud", "repeat_interleave", "roll",
    "rot90", "tile",
]  # fmt: skip

# ---- roll and flip

ALL, BACK = slice(None), slice(None, None, -1)


def _roll(input: ndarray, *, shifts: tuple[int, ...], dims: tuple[int, ...]) -> ndarray:
    if not dims:
        return _rolled(input.reshape(-1), shifts[0], 0).reshape(input.shape)
    for shift, dim in zip(shifts, dims, strict=True):
        input = _rolled(input, shift, dim)
    return input


def _rolled(input: ndarray, shift: int, dim: int) -> ndarray:
    size = input.shape[dim]
    shift = shift % size if size else 0
    lead = (ALL,) * dim
    out = np.empty(input.shape, input.dtype)
    out[(*lead, slice(shift, None))] = input[(*lead, slice(0, size - shift))]
    out[(*lead, slice(0, shift))] = input[(*lead, slice(size - shift, None))]
    return out


_roll_op = Op(
    "roll",
    _roll,
    (lambda g, shifts, dims: roll(g, tuple([-s for s in shifts]), dims),),
    batch=along("dims"),
)


def _backwards(ndim: int, dims: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple([BACK if d in dims else ALL for d in range(ndim)])


_flip_op = Op(
    "flip",
    lambda input, *, dims: input[_backwards(input.ndim, dims)].copy(),
    (lambda g, dims: flip(g, dims),),
    batch=along("dims"),
)


def _rot90(input: ndarray, *, k: int, dims: tuple[int, int]) -> ndarray:
    first, second = dims
    if k == 1:
        return np.flip(input, second).copy().swapaxes(first, second)
    if k == 3:
        return np.flip(input, first).copy().swapaxes(first, second)
    return np.flip(input, dims).copy() if k else input.copy()


_rot90_op = Op("rot90", _rot90, (lambda g, k, dims: rot90(g, -k, dims),), batch=along("dims"))


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """The elements moved on along dims, those past the end back to the front.

    Without dims the flattened tensor rolls. RuntimeError unless there is a shift for each dim.

    >>> torch.roll(torch.arange(4), 1)
    tensor([3, 0, 1, 2])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("roll", "input", 1, input))
    shifts = (int(shifts),) if hasattr(shifts, "__index__") else tuple(shifts)
    if dims is None:
        dims = ()
    dims = (dims,) if isinstance(dims, int) else tuple(dims)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if len(dims) != len(shifts) and (dims or len(shifts) != 1):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}"
        )
    ndim = input._array.ndim
    if dims and not ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    return _roll_op(input, shifts=shifts, dims=tuple([wrap_dim(d, ndim) for d in dims]))


@method
def flip(input: Tensor, *sizes: Any, dims: Any = None) -> Tensor:
    """A copy with the order reversed along each of the dims.

    >>> torch.flip(torch.tensor([[1, 2], [3, 4]]), (0,))
    tensor([[3, 4],
            [1, 2]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("flip", "input", 1, input))
    order = as_shape(sizes if dims is None else (dims,))
    return _flip_op(input, dims=wrap_dims(order, input._array.ndim) if order else ())


def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order; RuntimeError below two dims.

    >>> torch.fliplr(torch.tensor([[1, 2]]))
    tensor([[2, 1]])
    """
    if input._array.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order; RuntimeError for a 0-d tensor.

    >>> torch.flipud(torch.tensor([1, 2]))
    tensor([2, 1])
    """
    if input._array.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turned by k quarters in the plane of two dims, from the first towards the second.

    >>> torch.rot90(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input._array.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input._array.ndim}")
    first, second = (wrap_dim(d, input._array.ndim) for d in dims)
    if first == second:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    return _rot90_op(input, k=k % 4, dims=(first, second))


# ---- repeat


def _repeat_vjp(g: Tensor, repeats: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    lead = len(repeats) - len(shape)
    sizes: list[int] = list(repeats[:lead])
    summed = list(range(lead))
    for times, size in zip(repeats[lead:], shape, strict=True):
        summed.append(len(sizes))
        sizes += [times, size]
    return g.reshape(sizes).sum(summed) if summed else g


def _repeat(input: ndarray, *, repeats: tuple[int, ...]) -> ndarray:
    lead = len(repeats) - input.ndim
    source, target, shape = [1] * lead, list(repeats[:lead]), list(repeats[:lead])
    for times, size in zip(repeats[lead:], input.shape, strict=True):
        source += [1, size]
        target += [times, size]
        shape.append(times * size)
    out = np.empty(target, input.dtype)
    out[...] = input.reshape(source)
    return out.reshape(shape)


_repeat_op = Op(
    "repeat",
    _repeat,
    (lambda g, repeats, input_shape: _repeat_vjp(g, repeats, input_shape),),
)


@method
def repeat(self: Tensor, *sizes: Any, repeats: Any = None) -> Tensor:
    """A copy set side by side so many times along each dim; more repeats than dims add dims.

    RuntimeError for fewer repeats than dims.

    >>> torch.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = as_shape(sizes if repeats is None else (repeats,))
    if len(times) < self._array.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            f"tensor: got {list(times)} for shape {list(self._array.shape)}"
        )
    if times and min(times) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(times)}")
    return _repeat_op(self, repeats=times)


@method
def tile(input: Tensor, *reps: Any, dims: Any = None) -> Tensor:
    """`repeat`, with dims that are not named repeated once.

    >>> torch.tile(torch.tensor([[1, 2]]), (2,))
    tensor([[1, 2, 1, 2]])
    """
    times = as_shape(reps if dims is None else (dims,))
    return repeat(input, (1,) * (input._array.ndim - len(times)) + times)


SEVERAL = 8  # up to so many copies side by side are stacked, more are expanded


def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element (slice of `dim`) repeated, by one number or by a vector of numbers.

    With a vector alone: each index as often as its element says.

    >>> torch.repeat_interleave(torch.tensor([1, 2]), 2)
    tensor([1, 1, 2, 2])
    """
    if repeats is None:
        return wrap(np.repeat(np.arange(input._array.size), input._array))
    if dim is None:
        input, dim = input.reshape(-1), 0
    dim = wrap_dim(dim, input._array.ndim)
    if isinstance(repeats, Tensor):
        if repeats._array.size == 1:
            repeats = int(repeats._array.reshape(-1)[0])
        else:
            return _repeat_each(input, repeats._array, dim)
    if repeats < 0:
        raise RuntimeError(f"Repeats must be non-negative: got {repeats}")
    if 0 < repeats <= SEVERAL:
        return stack([input] * repeats, dim + 1).flatten(dim, dim + 1)
    shape = input._array.shape
    wide = input.unsqueeze(dim + 1).expand((*shape[: dim + 1], repeats, *shape[dim + 1 :]))
    return view(
        wide.clone(memory_format=contiguous_format),
        (*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :]),
    )


def _repeat_each(input: Tensor, repeats: ndarray, dim: int) -> Tensor:
    size = input._array.shape[dim]
    if repeats.size != size:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got "
            f"repeats.size(0) = {repeats.size} and input.size({dim}) = {size}"
        )
    if repeats.size and repeats.min() < 0:
        raise RuntimeError("repeats can not be negative")
    return input.index_select(dim, wrap(np.repeat(np.arange(size), repeats)))


# ---- diagonal matrices


def _diag_embed(input: ndarray, *, offset: int, dim1: int, dim2: int) -> ndarray:
    size = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    for d in sorted((dim1, dim2)):
        shape.insert(d, size)
    return put_on_diagonal(input, shape=shape, offset=offset, dim1=dim1, dim2=dim2)


_diag_embed_op = Op(
    "diag_embed",
    _diag_embed,
    (lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),),
)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices over two new dims, zero but for a diagonal taken from the last dim.

    >>> torch.diag_embed(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("diag_embed", "input", 1, input))
    ndim = input._array.ndim + 1
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _diag_embed_op(input, offset=offset, dim1=first, dim2=second)


def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """A vector as the diagonal of a matrix, or a copy of the diagonal of a matrix.

    >>> torch.diag(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("diag", "input", 1, input))
    ndim = input._array.ndim
    if ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")
    result = diag_embed(input, diagonal) if ndim == 1 else diagonal_copy(input, diagonal)
    return result if out is None else write_out(out, result)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """All elements in a row, as the diagonal of a matrix.

    >>> torch.diagflat(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag_embed(input.reshape(-1), offset)


for _function in (diag, diag_embed, diagflat, fliplr, flipud, repeat_interleave, roll, rot90):
    method(_function)
