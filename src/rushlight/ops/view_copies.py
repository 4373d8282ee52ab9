"""Views that are copied at once: expand_copy, view_copy, select_copy and the others.

Each is the view of that name, cloned into memory of its own: a change of one is not seen in the
other. One mechanism makes them all.
May import: core, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

from ..core.formats import contiguous_format
from ..tensor import Tensor, method
from .axes import permute, t, transpose
from .complex_numbers import view_as_complex, view_as_real
from .inplace import write_out
from .op import Op
from .parts import chunk, narrow, select, slice_part, split, split_with_sizes, unbind
from .strided import as_strided, unfold
from .views import (
    alias_view,
    expand,
    squeeze,
    unsqueeze,
    view,
)

__all__ = [
    "alias_copy", "as_strided_copy", "detach_copy", "expand_copy", "narrow_copy",
    "permute_copy", "select_copy", "slice_copy", "split_copy", "split_with_sizes_copy",
    "squeeze_copy", "t_copy", "transpose_copy", "unbind_copy", "unfold_copy", "unsafe_chunk",
    "unsafe_split", "unsafe_split_with_sizes", "unsqueeze_copy", "view_as_complex_copy",
    "view_as_real_copy", "view_copy",
]  # fmt: skip


_apart = Op("unsafe_part", lambda input: input[...], (lambda g: g,))


def _own(part: Tensor) -> Tensor:
    return part.clone(memory_format=contiguous_format)


def _copying(shown: Callable, example: str) -> Callable:
    """The function that copies what a view shows; `out=` takes a tensor, or one for each part.

    As in PyTorch nothing is returned when there are several.
    """
    name = shown.__name__.removesuffix("_view").removesuffix("_part")

    def copy(input: Tensor, *args: Any, out: Any = None, **keywords: Any) -> Any:
        seen = shown(input, *args, **keywords)
        if isinstance(seen, Tensor):
            return _own(seen) if out is None else write_out(out, seen)
        if out is None:
            return tuple([_own(part) for part in seen])
        if len(out) != len(seen):
            raise RuntimeError(
                f"{name}_copy() expected an out= argument of size {len(seen)}, got size {len(out)}"
            )
        for target, part in zip(out, seen, strict=True):
            write_out(target, part)
        return None

    copy.__name__ = copy.__qualname__ = f"{name}_copy"
    copy.__doc__ = f"""`{name}`, as a copy with memory of its own.

    {example}
    """
    copy.__module__ = __name__
    return copy


def _unsafe(cut: Callable, example: str) -> Callable:
    """`cut` into parts that no longer know of each other, though they share the memory."""

    def unsafe(input: Tensor, *args: Any, **keywords: Any) -> tuple[Tensor, ...]:
        parts = cut(input, *args, **keywords)
        for part in parts:
            part._base = None
            if part._edge is not None:
                part._edge = _apart(part)._edge
        return parts

    name = f"unsafe_{cut.__name__}"
    unsafe.__name__ = unsafe.__qualname__ = name
    unsafe.__doc__ = f"""`{cut.__name__}` into parts of which each may be changed in place.

    No history is kept of what a change does to the input or to another part.

    {example}
    """
    unsafe.__module__ = __name__
    return unsafe


alias_copy = _copying(
    alias_view,
    """>>> torch.alias_copy(torch.tensor([1, 2]))
    tensor([1, 2])""",
)
as_strided_copy = _copying(
    as_strided,
    """>>> torch.as_strided_copy(torch.arange(4), (2,), (2,))
    tensor([0, 2])""",
)
detach_copy = _copying(
    Tensor.detach,
    """>>> torch.detach_copy(torch.tensor([1, 2]))
    tensor([1, 2])""",
)
expand_copy = _copying(
    expand,
    """>>> torch.expand_copy(torch.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])""",
)
narrow_copy = _copying(
    narrow,
    """>>> torch.narrow_copy(torch.arange(4), 0, 1, 2)
    tensor([1, 2])""",
)
permute_copy = _copying(
    permute,
    """>>> torch.permute_copy(torch.zeros(2, 3), (1, 0)).stride()
    (2, 1)""",
)
select_copy = _copying(
    select,
    """>>> torch.select_copy(torch.tensor([[1, 2], [3, 4]]), 0, 1)
    tensor([3, 4])""",
)
slice_copy = _copying(
    slice_part,
    """>>> torch.slice_copy(torch.arange(4), 0, 1, 3)
    tensor([1, 2])""",
)
split_copy = _copying(
    split,
    """>>> torch.split_copy(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))""",
)
split_with_sizes_copy = _copying(
    split_with_sizes,
    """>>> torch.split_with_sizes_copy(torch.arange(3), [1, 2])
    (tensor([0]), tensor([1, 2]))""",
)
squeeze_copy = _copying(
    squeeze,
    """>>> torch.squeeze_copy(torch.zeros(1, 2)).shape
    torch.Size([2])""",
)
t_copy = _copying(
    t,
    """>>> torch.t_copy(torch.zeros(2, 3)).stride()
    (2, 1)""",
)
transpose_copy = _copying(
    transpose,
    """>>> torch.transpose_copy(torch.zeros(2, 3), 0, 1).stride()
    (2, 1)""",
)
unbind_copy = _copying(
    unbind,
    """>>> torch.unbind_copy(torch.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))""",
)
unfold_copy = _copying(
    unfold,
    """>>> torch.unfold_copy(torch.arange(3), 0, 2, 1)
    tensor([[0, 1],
            [1, 2]])""",
)
unsqueeze_copy = _copying(
    unsqueeze,
    """>>> torch.unsqueeze_copy(torch.tensor([1, 2]), 0)
    tensor([[1, 2]])""",
)
view_as_complex_copy = _copying(
    view_as_complex,
    """>>> torch.view_as_complex_copy(torch.tensor([[1.0, 2.0]]))
    tensor([1.+2.j])""",
)
view_as_real_copy = _copying(
    view_as_real,
    """>>> torch.view_as_real_copy(torch.tensor([1 + 2j]))
    tensor([[1., 2.]])""",
)
view_copy = _copying(
    view,
    """>>> torch.view_copy(torch.arange(4), (2, 2))
    tensor([[0, 1],
            [2, 3]])""",
)
unsafe_chunk = _unsafe(
    chunk,
    """>>> torch.unsafe_chunk(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))""",
)
unsafe_split = _unsafe(
    split,
    """>>> torch.unsafe_split(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))""",
)
unsafe_split_with_sizes = _unsafe(
    split_with_sizes,
    """>>> torch.unsafe_split_with_sizes(torch.arange(3), [1, 2])
    (tensor([0]), tensor([1, 2]))""",
)

method(narrow_copy)
for _function in (unsafe_chunk, unsafe_split, unsafe_split_with_sizes):
    method(_function)
