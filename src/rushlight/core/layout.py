"""Arithmetic of shapes, strides and dims, with PyTorch's words when it does not work out.

Pure functions of tuples; no array is touched here.
May import: nothing.
"""

from collections.abc import Sequence
from typing import Any

Shape = tuple[int, ...]


class Size(tuple):
    """The shape of a tensor: a tuple of ints that prints as PyTorch's.

    >>> torch.zeros(2, 3).shape, torch.Size([2, 3]).numel()
    (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def numel(self) -> int:
        """The number of elements a tensor of this shape has."""
        return product(self)

    def __add__(self, other: Any) -> "Size":  # type: ignore[override]
        return Size(tuple(self) + tuple(other))

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __reduce__(self) -> Any:
        return Size, (tuple(self),)


def product(sizes: Sequence[int]) -> int:
    """The product of the sizes; 1 of none."""
    total = 1
    for size in sizes:
        total *= size
    return total


def contiguous_strides(shape: Sequence[int]) -> Shape:
    """Row-major strides in elements; a dim of size 0 counts as 1, as in PyTorch."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def wrap_dim(dim: int, ndim: int) -> int:
    """A dim counted from the front; IndexError outside [-ndim, ndim)."""
    bound = ndim or 1  # a 0-d tensor accepts 0 and -1
    if -bound <= dim < bound:
        return dim + bound if dim < 0 else dim
    raise IndexError(
        f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], "
        f"but got {dim})"
    )


def wrap_dims(dim: Any, ndim: int) -> Shape:
    """Distinct dims counted from the front; None or () means all of them."""
    if dim is None:
        return tuple(range(ndim))
    if isinstance(dim, int):
        wrapped = (wrap_dim(dim, ndim),)
        return wrapped if ndim else ()
    wrapped = tuple([wrap_dim(d, ndim) for d in dim])
    for d in wrapped:
        if wrapped.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    if not wrapped or not ndim:
        return tuple(range(ndim))
    return wrapped


def broadcast_shapes(*shapes: Sequence[int]) -> Size:
    """The shape that all the shapes broadcast to; RuntimeError when they do not.

    >>> torch.broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    result: list[int] = []
    for shape in shapes:
        shape = (shape,) if isinstance(shape, int) else shape
        gap = len(shape) - len(result)
        result = [1] * gap + result
        for position, size in enumerate(shape, -min(gap, 0)):
            seen = result[position]
            if seen == 1:
                result[position] = size
            elif size not in (1, seen):
                raise RuntimeError(
                    f"The size of tensor a ({seen}) must match the size of tensor b ({size}) at "
                    f"non-singleton dimension {position}: shapes "
                    f"{' and '.join(str(list(s)) for s in shapes)} do not broadcast"
                )
    return Size(result)


def infer_shape(shape: Sequence[int], numel: int) -> Shape:
    """The shape with its one -1 filled in; RuntimeError when the element count does not fit."""
    known = 1
    unknown = None
    for position, size in enumerate(shape):
        if size == -1:
            if unknown is not None:
                raise RuntimeError("only one dimension can be inferred")
            unknown = position
        elif size < 0:
            raise RuntimeError(
                f"invalid shape dimension {size} at index {position} of shape {list(shape)}"
            )
        else:
            known *= size
    if unknown is None:
        if known == numel:
            return tuple(shape)
    elif known == 0:
        if numel == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the "
                f"unspecified dimension size -1 can be any value and is ambiguous"
            )
    elif numel % known == 0:
        return (*shape[:unknown], numel // known, *shape[unknown + 1 :])
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def view_strides(shape: Sequence[int], strides: Sequence[int], new: Sequence[int]) -> Shape | None:
    """Strides that show the same memory under a new shape of equal size; None when none do."""
    if 0 in shape:
        return contiguous_strides(new)
    runs: list[list[int]] = []  # [size, stride] of dims that step evenly, innermost first
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size == 1:
            continue
        if runs and stride == runs[-1][0] * runs[-1][1]:
            runs[-1][0] *= size
        else:
            runs.append([size, stride])
    left, step = 1, 1
    waiting = iter(runs)
    result = []
    for size in reversed(new):
        if size != 1:
            if left == 1:
                left, step = next(waiting)
            if left % size:
                return None  # the new dim would straddle a break in the memory
            left //= size
        result.append(step)
        step *= size
    return tuple(reversed(result))


def as_shape(sizes: Sequence[Any]) -> Shape:
    """The shape meant by `f(2, 3)` or `f((2, 3))`; TypeError for what is not an integer."""
    if len(sizes) == 1 and not hasattr(sizes[0], "__index__"):
        sizes = sizes[0]
    try:
        return tuple([s if type(s) is int else s.__index__() for s in sizes])
    except (AttributeError, TypeError) as error:
        kinds = ", ".join(type(s).__name__ for s in sizes) if hasattr(sizes, "__iter__") else "?"
        raise TypeError(
            f"argument 'size' must be tuple of ints, but found element of type ({kinds})"
        ) from error
