"""A part put in its place: select_scatter, slice_scatter, diagonal_scatter, as_strided_scatter.

Each is the inverse of a view: a copy of the input in which that view shows `src`.
May import: core, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor, method, storage_of
from .inplace import overwrite, write_out
from .op import Op, ndarray
from .parts import Key, diagonal, diagonal_of, diagonal_view, part, select_key, slice_key
from .strided import as_strided, layout_of, write_window

__all__ = ["as_strided_scatter", "diagonal_scatter", "select_scatter", "slice_scatter"]


def _write_part(input: ndarray, src: ndarray | None, *, key: Key) -> ndarray:
    out = input.copy("K")
    overwrite(out[key], 0 if src is None else src)
    return out


def _write_diagonal(
    input: ndarray, src: ndarray | None, *, offset: int, dim1: int, dim2: int
) -> ndarray:
    out = input.copy()
    target = diagonal_of(out, offset=offset, dim1=dim1, dim2=dim2)
    if target.size:
        overwrite(target, 0 if src is None else src)
    return out


def _key_op(name: str) -> Op:
    return Op(
        name,
        _write_part,
        (lambda g, key: _part_op(g, None, key=key), lambda g, key: part(g, key)),
    )


_part_op = _key_op("part_scatter")
_select_op = _key_op("select_scatter")
_slice_op = _key_op("slice_scatter")
_diagonal_op = Op(
    "diagonal_scatter",
    _write_diagonal,
    (
        lambda g, offset, dim1, dim2: _diagonal_op(g, None, offset=offset, dim1=dim1, dim2=dim2),
        lambda g, offset, dim1, dim2: diagonal_view(g, offset=offset, dim1=dim1, dim2=dim2),
    ),
)


def _check_fit(src: Tensor, shape: tuple[int, ...]) -> None:
    if src._array.shape != shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src._array.shape)}, slice size = {list(shape)}"
        )


def _answer(result: Tensor, out: Tensor | None) -> Tensor:
    return result if out is None else write_out(out, result)


def select_scatter(
    input: Tensor, src: Tensor, dim: int, index: int, *, out: Tensor | None = None
) -> Tensor:
    """A copy with `src` at one index of a dim; RuntimeError unless it has just that shape.

    >>> torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    key = select_key(input, dim, index)
    _check_fit(src, input._array[key].shape)
    return _answer(_select_op(input, src, key=key), out)


def slice_scatter(
    input: Tensor,
    src: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with `src` in a slice of a dim; RuntimeError unless it has just that shape.

    >>> torch.slice_scatter(torch.zeros(4), torch.ones(2), start=1, end=3)
    tensor([0., 1., 1., 0.])
    """
    key = slice_key(input, dim, start, end, step)
    _check_fit(src, input._array[key].shape)
    return _answer(_slice_op(input, src, key=key), out)


def diagonal_scatter(
    input: Tensor,
    src: Tensor,
    offset: int = 0,
    dim1: int = 0,
    dim2: int = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with `src` on a diagonal; RuntimeError unless it has just that shape.

    >>> torch.diagonal_scatter(torch.zeros(2, 2), torch.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    seen = diagonal(input.detach(), offset, dim1, dim2)
    _check_fit(src, seen._array.shape)
    ndim = input._array.ndim
    result = _diagonal_op(input, src, offset=offset, dim1=dim1 % ndim, dim2=dim2 % ndim)
    return _answer(result, out)


def as_strided_scatter(
    input: Tensor,
    src: Tensor,
    size: Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy in which the view of these sizes and strides shows `src`.

    RuntimeError when the view would reach outside of the storage or `src` has another shape.

    >>> torch.as_strided_scatter(torch.zeros(2, 2), torch.ones(2), (2,), (3,))
    tensor([[1., 0.],
            [0., 1.]])
    """
    seen = as_strided(input.detach(), size, stride, storage_offset)
    _check_fit(src, seen._array.shape)
    itemsize = input._array.itemsize
    start = storage_of(input).offset_of(input._array)
    inner: Any = (
        seen._array.shape,
        tuple([step // itemsize for step in seen._array.strides]),
        storage_of(seen).offset_of(seen._array) - start,
    )
    if src._array.dtype != input._array.dtype:
        src = src.to(np_dtype=input._array.dtype)
    return _answer(write_window(input, src, outer=layout_of(input._array), inner=inner), out)


for _function in (as_strided_scatter, diagonal_scatter, select_scatter, slice_scatter):
    method(_function)
