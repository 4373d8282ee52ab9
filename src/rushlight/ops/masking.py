"""Masks: where, masked_fill, masked_select, masked_scatter, nonzero, tril and triu.

May import: core, kernels, tensor, ops.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import FROM_NUMPY
from ..core.layout import broadcast_shapes
from ..kernels.blocks import select
from ..kernels.placing import nonzero_places
from ..tensor import Tensor, method, wrap
from .batching import elementwise, leading
from .copying import element
from .elementwise import refused
from .inplace import inplace, write_out
from .joining import cat
from .op import Op, ndarray

__all__ = [
    "argwhere", "masked_fill", "masked_scatter", "masked_select", "nonzero", "nonzero_static",
    "tril", "triu", "where",
]  # fmt: skip


def _masked_fill(input: ndarray, mask: ndarray, value: ndarray) -> ndarray:
    return select(mask, value, input)


def _masked_select(input: ndarray, mask: ndarray) -> ndarray:
    if input.shape != mask.shape:
        input, mask = np.broadcast_arrays(input, mask)
    return input[mask]


def _masked_scatter(input: ndarray, mask: ndarray, source: ndarray) -> ndarray:
    mask = np.broadcast_to(mask, np.broadcast_shapes(input.shape, mask.shape))
    out = np.array(np.broadcast_to(input, mask.shape))
    out[mask] = source.reshape(-1)[: int(mask.sum())]
    return out


def _zeros(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    return wrap(np.zeros(shape, g._array.dtype))


def _padded(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    missing = int(np.prod(shape)) - g._array.size
    return cat([g, _zeros(g, (missing,))]).reshape(shape)


def _select_vjp(g: Tensor, mask: Tensor, shape: tuple[int, ...]) -> Tensor:
    full = broadcast_shapes(shape, mask._array.shape)
    return masked_scatter(_zeros(g, tuple(full)), mask, g)


_fill_vjp = (
    lambda g, mask: masked_fill(g, mask, 0),
    None,
    lambda g, mask: where(mask, g, 0).sum(),
)
_fill_number = Op("masked_fill", _masked_fill, (_fill_vjp[0], None, None), batch=elementwise)
_fill_tensor = Op(
    "masked_fill_tensor", _masked_fill, _fill_vjp, backward="MaskedFillBackward1", batch=elementwise
)
_select_op = Op(
    "masked_select",
    _masked_select,
    (lambda g, mask, input_shape: _select_vjp(g, mask, input_shape), None),
)
_scatter_op = Op(
    "masked_scatter",
    _masked_scatter,
    (
        lambda g, mask: masked_fill(g, mask, 0),
        None,
        lambda g, mask, source_shape: _padded(
            masked_select(g, mask.expand(g._array.shape)), source_shape
        ),
    ),
)
_where_op = Op(
    "where",
    lambda condition, input, other: select(condition, input, other),
    (
        None,
        lambda g, condition: where(condition, g, 0),
        lambda g, condition: where(condition, 0, g),
    ),
    batch=elementwise,
)


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """A copy with `value` (a number or a 0-d tensor) where the bool mask, broadcast, holds.

    RuntimeError for a mask of another dtype.

    >>> torch.masked_fill(torch.tensor([1, 2, 3]), torch.tensor([True, False, True]), 0)
    tensor([0, 2, 0])
    """
    if mask._array.dtype.kind != "b":
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype.name}"
        )
    dtype = input._array.dtype
    if mask._array.shape != input._array.shape:
        broadcast_shapes(input._array.shape, mask._array.shape)
    if not isinstance(value, Tensor):
        return _fill_number(input, mask, wrap(np.array(element(value, dtype), dtype)))
    if value._array.ndim:
        raise RuntimeError(
            "masked_fill only supports a 0-dimensional value tensor, but got tensor with "
            f"{value._array.ndim} dimension(s)."
        )
    if value._array.dtype != dtype:
        if value._array.dtype.kind == "c" and dtype.kind != "c":
            raise RuntimeError(
                f"value cannot be converted to type {FROM_NUMPY[dtype].name} without overflow: it "
                "is complex"
            )
        value = value.to(np_dtype=dtype)
    return _fill_tensor(input, mask, value)


def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements where the bool mask holds, in one dim; both are broadcast.

    >>> torch.masked_select(torch.tensor([1, 2, 3]), torch.tensor([True, False, True]))
    tensor([1, 3])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("masked_select", "input", 1, input))
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, but got {mask.dtype}")
    broadcast_shapes(input._array.shape, mask._array.shape)
    result = _select_op(input, mask)
    if out is None:
        return result
    return write_out(out, result, exact=True, apart_from=(input, mask))


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy with the elements of `source`, in order, where the bool mask holds.

    RuntimeError when `source` has too few.

    >>> mask = torch.tensor([True, False, True])
    >>> torch.masked_scatter(torch.zeros(3), mask, torch.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    if mask._array.dtype.kind != "b":
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype}"
        )
    if source._array.dtype != input._array.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got "
            f"{input.dtype.title} and {source.dtype.title}"
        )
    shape = broadcast_shapes(input._array.shape, mask._array.shape)
    wanted = int(np.broadcast_to(mask._array, shape).sum())
    if wanted > source._array.size:
        raise RuntimeError(
            "masked_scatter: expected the number of elements in source to be at least the number "
            f"of ones in mask: {source._array.size} < {wanted}"
        )
    return _scatter_op(input, mask, source)


def _common_dtype(*values: Any) -> Any:
    """PyTorch's promotion: tensors with dims over 0-d ones, and those over numbers."""
    ranks: list[Any] = [None, None, None]
    for value in values:
        if isinstance(value, Tensor):
            rank, found = (0 if value._array.ndim else 1), FROM_NUMPY[value._array.dtype]
        else:
            rank, found = 2, dtypes.of_number(value)
        held = ranks[rank]
        ranks[rank] = found if held is None else dtypes.promote_types(held, found)
    common = dtypes.combine(ranks[0], dtypes.combine(ranks[1], ranks[2]))
    assert common is not None
    return common.numpy


def _operand(value: Any, dtype: Any) -> Tensor:
    if not isinstance(value, Tensor):
        return wrap(np.array(value, dtype))
    return value if value._array.dtype == dtype else value.to(np_dtype=dtype)


def where(
    condition: Tensor, input: Any = None, other: Any = None, *, out: Tensor | None = None
) -> Any:
    """input where the condition holds, other elsewhere; shapes broadcast, dtypes promote.

    With the condition alone: the indices where it holds, a vector for each dim.

    >>> x = torch.tensor([-1.0, 2.0])
    >>> torch.where(x > 0, x, 0)
    tensor([0., 2.])
    """
    if not isinstance(condition, Tensor):
        raise TypeError(refused("where", "condition", 1, condition))
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if condition._array.dtype.kind != "b" and condition._array.dtype != np.uint8:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype.title}"
        )
    first: Any = input
    second: Any = other
    if first is None or second is None:
        raise TypeError(
            "where() received an invalid combination of arguments: it takes the condition alone, "
            "or input and other with it"
        )
    plain = isinstance(first, Tensor) and isinstance(second, Tensor)
    if not plain or first._array.dtype is not second._array.dtype:
        dtype = _common_dtype(first, second)
        first, second = _operand(first, dtype), _operand(second, dtype)
    try:
        result = _where_op(condition, first, second)
    except ValueError:
        broadcast_shapes(condition._array.shape, first._array.shape, second._array.shape)
        raise
    return result if out is None else write_out(out, result)


def _where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """Its elements where the condition holds, `other` elsewhere."""
    return where(condition, self, other)


def _rows_of(array: ndarray) -> ndarray:
    """The positions of all elements that are not zero, a row each."""
    if not array.ndim:
        return np.empty((int(bool(array)), 0), np.int64)
    # as PyTorch lays them out: all places along the first dim, then all along the second
    return np.stack(nonzero_places(array)).T


def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False) -> Any:
    """The indices of all elements that are not zero: one row each, or a vector for each dim.

    >>> torch.nonzero(torch.tensor([0, 3, 4]))
    tensor([[1],
            [2]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("nonzero", "input", 1, input))
    array = input._array
    if as_tuple:
        if out is not None:
            raise TypeError("nonzero(): argument 'out' must be None when as_tuple is True")
        return tuple([wrap(places) for places in nonzero_places(np.atleast_1d(array))])
    result = wrap(_rows_of(array))
    return result if out is None else write_out(out, result)


def argwhere(input: Tensor) -> Tensor:
    """The indices of all elements that are not zero, one row each.

    >>> torch.argwhere(torch.tensor([0, 3]))
    tensor([[1]])
    """
    return nonzero(input)


def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """`nonzero` with just `size` rows: the last are left out, or filled up with `fill_value`.

    >>> torch.nonzero_static(torch.tensor([0, 3, 4]), size=3)
    tensor([[ 1],
            [ 2],
            [-1]])
    """
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {size}")
    rows = _rows_of(input._array)[:size]
    out = np.full((size, input._array.ndim), fill_value, np.int64)
    out[: len(rows)] = rows
    return wrap(out)


# ---- triangles


SMALL = 1 << 14  # elements of a mask that is kept
ROWS = 64  # of a larger matrix that are cleared together


def _lower(rows: int, columns: int, diagonal: int) -> ndarray:
    return np.tri(rows, columns, diagonal, dtype=bool)


_kept_lower = lru_cache(maxsize=64)(_lower)


def _large_triangle(input: ndarray, diagonal: int, lower: bool) -> ndarray:
    """Some rows at a time: a rectangle to clear, and a small triangle on the diagonal."""
    rows, columns = input.shape[-2:]
    out = input.copy()
    for start in range(0, rows, ROWS):
        stop = min(start + ROWS, rows)
        left = min(max(start + diagonal + 1, 0), columns)
        right = min(max(stop + diagonal, 0), columns)
        out[..., start:stop, slice(right, None) if lower else slice(left)] = 0
        below = _kept_lower(stop - start, right - left, start + diagonal - left)
        corner = out[..., start:stop, left:right]
        np.copyto(corner, 0, where=~below if lower else below)
    return out


def _triangle(input: ndarray, diagonal: int, lower: bool) -> ndarray:
    """The elements on and below a diagonal, or those above it, and zeros."""
    rows, columns = input.shape[-2:]
    if rows * columns > SMALL and type(input) is ndarray:
        return _large_triangle(input, diagonal, lower)
    mask = (_kept_lower if rows * columns <= SMALL else _lower)(rows, columns, diagonal)
    zero = input.dtype.type(0)
    return np.where(mask, input, zero) if lower else np.where(mask, zero, input)


_tril_op = Op(
    "tril",
    lambda input, *, diagonal: _triangle(input, diagonal, True),
    (lambda g, diagonal: tril(g, diagonal),),
    batch=leading(2),
)
_triu_op = Op(
    "triu",
    lambda input, *, diagonal: _triangle(input, diagonal - 1, False),
    (lambda g, diagonal: triu(g, diagonal),),
    batch=leading(2),
)


def _check_matrix(input: Tensor, name: str) -> None:
    if input._array.ndim < 2:
        raise RuntimeError(
            f"{name}: input tensor must have at least 2 dimensions, "
            f"but got shape {list(input._array.shape)}"
        )


def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Matrices with zeros above a diagonal (0: the main one).

    >>> torch.tril(torch.ones(2, 2))
    tensor([[1., 0.],
            [1., 1.]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("tril", "input", 1, input))
    _check_matrix(input, "tril")
    result = _tril_op(input, diagonal=diagonal)
    return result if out is None else write_out(out, result)


def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Matrices with zeros below a diagonal (0: the main one).

    >>> torch.triu(torch.ones(2, 2))
    tensor([[1., 1.],
            [0., 1.]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("triu", "input", 1, input))
    _check_matrix(input, "triu")
    result = _triu_op(input, diagonal=diagonal)
    return result if out is None else write_out(out, result)


for _function in (
    argwhere,
    masked_fill,
    masked_scatter,
    masked_select,
    nonzero,
    nonzero_static,
    tril,
    triu,
):
    method(_function)
for _function in (masked_fill, masked_scatter, tril, triu):
    method(inplace(_function), f"{_function.__name__}_")
method(_where_method, "where")
