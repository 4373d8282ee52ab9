"""Views of parts: narrow, select, split, chunk, unbind, diagonal and their relatives.

A part is named by a NumPy key of ints and slices; putting a gradient back into zeros at that key
is the gradient of every such view.
May import: core, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.layout import wrap_dim
from ..tensor import Tensor, method, wrap
from .inplace import write_out
from .joining import cat, stack
from .op import Op, ndarray
from .view_op import ViewOp, window

__all__ = [
    "chunk", "diagonal", "diagonal_copy", "dsplit", "hsplit", "narrow", "select", "split",
    "split_with_sizes", "tensor_split", "unbind", "vsplit",
]  # fmt: skip

ALL = slice(None)
Key = tuple[Any, ...]


# ---- parts named by a key


def _embed(input: ndarray, *, shape: tuple[int, ...], key: Key) -> ndarray:
    out = np.zeros(shape, input.dtype)
    out[key] = input
    return out


embed = Op("embed", _embed, (lambda g, key: part(g, key),))


def _part(input: ndarray, *, key: Key) -> ndarray:
    out = input[key]
    if None in key and type(out) is ndarray and out.size:
        return _with_torch_strides(input, out, key)
    return out


def _with_torch_strides(input: ndarray, out: ndarray, key: Key) -> ndarray:
    """NumPy gives a new dim the stride 0, PyTorch that of the dim it is put before times its size.

    Of that dim as it was: what the key does to it comes later.
    """
    strides = list(out.strides)
    dim = place = 0
    for item in key:
        if item is None:
            last = dim == input.ndim
            strides[place] = input.itemsize if last else input.shape[dim] * input.strides[dim]
        elif item is Ellipsis:
            break
        dim += item is not None
        place += item is None or isinstance(item, slice)
    return out if tuple(strides) == out.strides else window(out, out.shape, strides)


def _key_op(name: str) -> ViewOp:
    return ViewOp(name, _part, (lambda g, input_shape, key: embed(g, shape=input_shape, key=key),))


select_op = _key_op("select")
slice_op = _key_op("slice")
unsqueeze_op = ViewOp(
    "index_unsqueeze",
    _part,
    (lambda g, input_shape, key: embed(g, shape=input_shape, key=key),),
    backward="UnsqueezeBackward0",
)


def part(input: Tensor, key: Key) -> Tensor:
    """The part at a NumPy key that ends with an Ellipsis."""
    return slice_op(input, key=key)


def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """A view of `length` elements along a dim, from `start` on.

    IndexError when it starts outside, RuntimeError when it ends outside.

    >>> torch.narrow(torch.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    shape = input._array.shape
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, len(shape))
    if isinstance(start, Tensor) and (start._array.ndim or start._array.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    if not isinstance(start, Tensor) and not hasattr(start, "__index__"):
        raise TypeError(f"narrow(): start must be an int or a Tensor, not {type(start).__name__}")
    start, length, size = int(start), int(length), shape[dim]
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative. Got {length}")
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        )
    if start < 0:
        start += size
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return slice_op(input, key=(*(ALL,) * dim, slice(start, start + length), ...))


def select(input: Tensor, dim: int, index: Any) -> Tensor:
    """A view of what stands at one index of a dim, without that dim; IndexError outside.

    >>> torch.select(torch.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """
    return select_op(input, key=select_key(input, dim, index))


def select_key(input: Tensor, dim: int, index: Any) -> Key:
    """The key of one index of a dim; IndexError for one that is not there."""
    shape = input._array.shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, len(shape))
    if not hasattr(index, "__index__"):
        raise TypeError(
            f"select(): argument 'index' (position 2) must be int, not {type(index).__name__}"
        )
    index = index.__index__()
    if not -shape[dim] <= index < shape[dim]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at "
            f"dimension {dim}"
        )
    return (*(ALL,) * dim, index, ...)


def slice_key(input: Tensor, dim: int, start: Any, end: Any, step: int) -> Key:
    """The key of a slice of a dim, cut to its size as in Python; the step must be positive."""
    shape = input._array.shape
    if not shape:
        raise RuntimeError("slice() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, len(shape))
    if step <= 0:
        raise RuntimeError(f"slice step must be positive: got {step}")
    first, last, step = slice(start, end, step).indices(shape[dim])
    return (*(ALL,) * dim, slice(first, max(first, last), step), ...)


def slice_part(
    input: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """A view of a slice of a dim."""
    return slice_op(input, key=slice_key(input, dim, start, end, step))


# ---- several parts at once


def _blank(g: list, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """The gradients of all parts, with zeros for the parts that were not used."""
    dtype = next(part._array.dtype for part in g if part is not None)
    return [
        wrap(np.zeros(shape, dtype)) if part is None else part
        for part, shape in zip(g, shapes, strict=True)
    ]


def _unbind(input: ndarray, *, dim: int) -> tuple[ndarray, ...]:
    lead = (ALL,) * dim
    return tuple([input[(*lead, index, ...)] for index in range(input.shape[dim])])


def _unbind_backward(g: list, dim: int, shape: tuple[int, ...]) -> Tensor:
    part = (*shape[:dim], *shape[dim + 1 :])
    return stack(_blank(g, [part] * shape[dim]), dim)


def _split(input: ndarray, *, sizes: Sequence[int], dim: int) -> tuple[ndarray, ...]:
    parts = []
    start = 0
    lead = (ALL,) * dim
    for size in sizes:
        parts.append(input[(*lead, slice(start, start + size))])
        start += size
    return tuple(parts)


def _split_backward(g: list, sizes: Sequence[int], dim: int, shape: tuple[int, ...]) -> Tensor:
    shapes = [(*shape[:dim], size, *shape[dim + 1 :]) for size in sizes]
    return cat(_blank(g, shapes), dim)


_unbind_op = ViewOp(
    "unbind", _unbind, (lambda g, dim, input_shape: _unbind_backward(g, dim, input_shape),)
)
_split_vjp = (lambda g, sizes, dim, input_shape: _split_backward(g, sizes, dim, input_shape),)
_split_op = ViewOp("split", _split, _split_vjp)
_split_with_sizes_op = ViewOp("split_with_sizes", _split, _split_vjp)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The parts at each index of a dim, without that dim: a tuple of views.

    >>> torch.unbind(torch.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """
    if not input._array.ndim:
        raise IndexError(
            "Dimension specified as 0 but tensor has no dimensions: it cannot be unbound"
        )
    return _unbind_op(input, dim=wrap_dim(dim, input._array.ndim))


def _dim_of(input: Tensor, dim: int, name: str) -> tuple[int, int]:
    shape = input._array.shape
    if not shape:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    dim = wrap_dim(dim, len(shape))
    return dim, shape[dim]


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of `split_size` elements along a dim (the last may be smaller), or of given sizes.

    RuntimeError for sizes that do not add up.

    >>> torch.split(torch.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    dim, size = _dim_of(tensor, dim, "split")
    if not hasattr(split_size_or_sections, "__index__"):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    step = split_size_or_sections.__index__()
    if step < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
    if step == 0 and size:
        raise RuntimeError(
            f"split_size can only be 0 if dimension size is 0, but got dimension size of {size}"
        )
    sizes = [min(step, size - start) for start in range(0, size, step)] if size else [0]
    return _split_op(tensor, sizes=tuple(sizes), dim=dim)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> Any:
    """Views of the given sizes along a dim; RuntimeError unless they add up to it.

    >>> torch.split_with_sizes(torch.arange(3), [1, 2])
    (tensor([0]), tensor([1, 2]))
    """
    dim, size = _dim_of(input, dim, "split")
    if isinstance(split_sizes, str):
        raise TypeError(
            "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not str"
        )
    sizes = tuple([int(s) for s in split_sizes])
    if any([s < 0 for s in sizes]):
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={list(sizes)}"
        )
    if sum(sizes) != size:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size "
            f"at dimension {dim}), but got split_sizes={list(sizes)}"
        )
    return _split_with_sizes_op(input, sizes=sizes, dim=dim)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` views of equal size along a dim; the last may be smaller.

    >>> torch.chunk(torch.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    dim, size = _dim_of(input, dim, "chunk")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    step = -(-size // chunks)
    if not step:
        return split_with_sizes(input, [0] * chunks, dim)
    return split(input, step, dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of a dim cut into so many parts, or cut before the given indices.

    >>> torch.tensor_split(torch.arange(5), 2), torch.tensor_split(torch.arange(5), (1, 3))
    ((tensor([0, 1, 2]), tensor([3, 4])), (tensor([0]), tensor([1, 2]), tensor([3, 4])))
    """
    dim, size = _dim_of(input, dim, "tensor_split")
    if isinstance(indices_or_sections, Tensor):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        sections = indices_or_sections
        if sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {sections}")
        small, larger = divmod(size, sections)
        bounds = [part * small + min(part, larger) for part in range(sections + 1)]
        pairs = [(bounds[part], bounds[part + 1]) for part in range(sections)]
    else:
        cuts = [int(cut) for cut in indices_or_sections]
        pairs = list(zip([0, *cuts], [*cuts, size], strict=True))
    lead = (ALL,) * dim
    return tuple([slice_op(input, key=(*lead, slice(a, b), ...)) for a, b in pairs])


def _other_split(input: Tensor, sections: Any, dim: int, name: str) -> tuple[Tensor, ...]:
    if not isinstance(sections, (int, Sequence)) or isinstance(sections, str):
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got (Tensor, "
            f"{type(sections).__name__}), but expected an int or a tuple of ints"
        )
    if isinstance(sections, int) and sections and input._array.shape[dim] % sections:
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
            f"{input._array.shape[dim]} is not divisible by the split_size {sections}!"
        )
    return tensor_split(input, sections, dim)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Cuts a tensor along its columns (a vector along its only dim), as `tensor_split` does.

    >>> [part.shape for part in torch.hsplit(torch.zeros(2, 4), 2)]
    [torch.Size([2, 2]), torch.Size([2, 2])]
    """
    if not input._array.ndim:
        raise RuntimeError(
            "torch.hsplit requires a tensor with at least 1 dimension, "
            "but got a tensor with 0 dimensions!"
        )
    return _other_split(input, indices_or_sections, int(input._array.ndim > 1), "hsplit")


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Cuts a tensor of two dims or more along its rows, as `tensor_split` does.

    >>> [part.shape for part in torch.vsplit(torch.zeros(4, 2), 2)]
    [torch.Size([2, 2]), torch.Size([2, 2])]
    """
    if input._array.ndim < 2:
        raise RuntimeError(
            "torch.vsplit requires a tensor with at least 2 dimension, "
            f"but got a tensor with {input._array.ndim} dimensions!"
        )
    return _other_split(input, indices_or_sections, 0, "vsplit")


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Cuts a tensor of three dims or more along its third, as `tensor_split` does.

    >>> [part.shape for part in torch.dsplit(torch.zeros(1, 2, 4), 2)]
    [torch.Size([1, 2, 2]), torch.Size([1, 2, 2])]
    """
    if input._array.ndim < 3:
        raise RuntimeError(
            "torch.dsplit requires a tensor with at least 3 dimension, "
            f"but got a tensor with {input._array.ndim} dimensions!"
        )
    return _other_split(input, indices_or_sections, 2, "dsplit")


# ---- diagonals


def diagonal_of(input: ndarray, *, offset: int, dim1: int, dim2: int) -> ndarray:
    """The diagonals of an array over two dims, on the same memory."""
    seen = input.diagonal(offset, dim1, dim2)
    if input.flags.writeable and not seen.flags.writeable:
        seen.flags.writeable = True
    return seen


def put_on_diagonal(input: ndarray, *, shape: Any, offset: int, dim1: int, dim2: int) -> ndarray:
    """Zeros of a shape, with the input on a diagonal."""
    out = np.zeros(shape, input.dtype)
    if input.size:
        diagonal_of(out, offset=offset, dim1=dim1, dim2=dim2)[...] = input
    return out


_on_diagonal = Op(
    "diagonal_backward",
    put_on_diagonal,
    (lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),),
)
_diagonal_vjp = (
    lambda g, input_shape, offset, dim1, dim2: _on_diagonal(
        g, shape=input_shape, offset=offset, dim1=dim1, dim2=dim2
    ),
)
diagonal_view = ViewOp("diagonal", diagonal_of, _diagonal_vjp)
_diagonal_copy_op = Op(
    "diagonal_copy",
    lambda input, *, offset, dim1, dim2: diagonal_of(
        input, offset=offset, dim1=dim1, dim2=dim2
    ).copy(),
    _diagonal_vjp,
    backward="DiagonalBackward0_copy",
)


def _diagonal_dims(input: Tensor, dim1: int, dim2: int) -> tuple[int, int]:
    ndim = input._array.ndim
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the diagonals over two dims, as the last dim; RuntimeError when they are one.

    >>> torch.diagonal(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    first, second = _diagonal_dims(input, dim1, dim2)
    return diagonal_view(input, offset=offset, dim1=first, dim2=second)


def diagonal_copy(
    input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1, *, out: Tensor | None = None
) -> Tensor:
    """`diagonal`, as a copy with memory of its own.

    >>> torch.diagonal_copy(torch.tensor([[1, 2], [3, 4]]), 1)
    tensor([2])
    """
    first, second = _diagonal_dims(input, dim1, dim2)
    result = _diagonal_copy_op(input, offset=offset, dim1=first, dim2=second)
    return result if out is None else write_out(out, result)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """`diagonal`, of the last two dims unless others are given.

    >>> torch.linalg.diagonal(torch.eye(2).expand(3, 2, 2)).shape
    torch.Size([3, 2])
    """
    if not isinstance(A, Tensor):
        raise TypeError(
            f"linalg_diagonal(): argument 'A' (position 1) must be Tensor, not {type(A).__name__}"
        )
    return diagonal(A, offset, dim1, dim2)


def _split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """`torch.split`, whose second argument has another name there."""
    return split(self, split_size, dim)


for _function in (
    chunk, diagonal, dsplit, hsplit, narrow, select, split, split_with_sizes, tensor_split, unbind,
    vsplit,
):  # fmt: skip
    method(_function)
method(_split_method, "split")
