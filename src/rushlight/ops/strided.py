"""Views by explicit strides, and the histories that in-place changes of views need.

A window is (shape, strides, offset) in elements, counted from the start of an outer tensor whose
layout is (shape, strides). Reading a window and writing one are linear, each the other's gradient.
May import: core, tensor, autograd, ops.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.graph import Node, hooks_of, resolve
from ..autograd.levels import Dual, levels_of
from ..core.layout import wrap_dim
from ..core.state import shared, thread
from ..core.storage import Storage
from ..core.tracing import address_of, contiguous
from ..tensor import Tensor, alias, method, storage_of
from .node import OpNode, attach
from .op import REGISTRY, Op, ndarray
from .tangents import carry_over
from .view_op import ViewOp, window

__all__ = ["as_strided"]

Layout = tuple[tuple[int, ...], tuple[int, ...]]
Window = tuple[tuple[int, ...], tuple[int, ...], int]


def overlaps(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether two elements may stand at one place in memory."""
    end = 1
    for stride, size in sorted(zip(strides, shape, strict=True)):
        if size == 1:
            continue
        if stride < end:
            return size > 0
        end += (size - 1) * stride
    return False


def layout_of(array: ndarray) -> Layout:
    """Shape and strides in elements."""
    itemsize = array.itemsize
    return array.shape, tuple([stride // itemsize for stride in array.strides])


def window_of(array: ndarray, base: ndarray) -> Window:
    """How the array is seen from the start of its base."""
    shape, strides = layout_of(array)
    return shape, strides, (address_of(array) - address_of(base)) // base.itemsize


class _Sheet:
    """Blank memory that holds an outer layout and a window on it."""

    def __init__(self, dtype: Any, outer: Layout, inner: Window) -> None:
        self.dtype = dtype
        shape, strides, offset = inner
        self.start = max(0, -offset)
        end = max(_reach(*outer), offset + _reach(shape, strides))
        self.memory = np.zeros(self.start + end, dtype)
        self.outer_layout = outer
        self.outer = self._window(*outer, 0)
        self.inner = self._window(*inner)

    def _window(self, shape: Any, strides: Any, offset: int) -> ndarray:
        itemsize = self.memory.itemsize
        start = (self.start + offset) * itemsize
        return window(self.memory, shape, [s * itemsize for s in strides], start)

    def positions(self, shape: Any, strides: Any, offset: int) -> ndarray:
        """The place in the memory of every element of a window."""
        places = np.arange(self.memory.size)
        itemsize = places.itemsize
        start = (self.start + offset) * itemsize
        return window(places, shape, [s * itemsize for s in strides], start)

    def shares(self) -> ndarray | None:
        """By how many elements of the outer layout each place is used, when any is used twice."""
        if not overlaps(*self.outer_layout):
            return None
        places = self.positions(*self.outer_layout, 0)
        return np.maximum(np.bincount(places.ravel(), minlength=self.memory.size), 1)


def _reach(shape: Sequence[int], strides: Sequence[int]) -> int:
    if 0 in shape:
        return 0
    return 1 + sum([(size - 1) * stride for size, stride in zip(shape, strides, strict=True)])


def _laid_out(input: ndarray, outer: Layout, inner: Window) -> _Sheet:
    sheet = _Sheet(input.dtype, outer, inner)
    shares = sheet.shares()
    if shares is None:
        sheet.outer[...] = input
    else:
        np.add.at(sheet.memory, sheet.positions(*outer, 0), input)
        sheet.memory[...] = sheet.memory / shares
    return sheet


def _read(input: ndarray, *, outer: Layout, inner: Window) -> ndarray:
    return _laid_out(input, outer, inner).inner.copy()


def _spread(input: ndarray, *, outer: Layout, inner: Window) -> ndarray:
    sheet = _Sheet(input.dtype, outer, inner)
    if overlaps(inner[0], inner[1]):
        np.add.at(sheet.memory, sheet.positions(*inner), input)
    else:
        sheet.inner[...] = input
    shares = sheet.shares()
    if shares is not None:
        sheet.memory[...] = sheet.memory / shares
    return contiguous(sheet.outer)


def _write(input: ndarray, source: ndarray | None, *, outer: Layout, inner: Window) -> ndarray:
    sheet = _laid_out(input, outer, inner)
    sheet.inner[...] = 0 if source is None else source
    return contiguous(sheet.outer)


read_window = Op(
    "read_window",
    _read,
    (lambda g, outer, inner: spread_window(g, outer=outer, inner=inner),),
    backward="AsStridedBackward0",
)
spread_window = Op(
    "spread_window",
    _spread,
    (lambda g, outer, inner: read_window(g, outer=outer, inner=inner),),
)


class CopySlicesNode(OpNode):
    """The node of a base that was changed through a view; PyTorch has a longer name for it."""

    __slots__ = ()

    def name(self) -> str:
        """The name PyTorch gives."""
        return "torch::autograd::CopySlices"


write_window = Op(
    "as_strided_scatter",
    _write,
    (
        lambda g, outer, inner: write_window(g, None, outer=outer, inner=inner),
        lambda g, outer, inner: read_window(g, outer=outer, inner=inner),
    ),
    backward="CopySlices",
    node=CopySlicesNode,
)


def _as_strided(input: ndarray, *, outer: Layout, inner: Window) -> ndarray:
    shape, strides, offset = inner
    itemsize = input.itemsize
    return window(input, shape, [s * itemsize for s in strides], offset * itemsize)


_as_strided_op = ViewOp(
    "as_strided",
    _as_strided,
    (lambda g, outer, inner: spread_window(g, outer=outer, inner=inner),),
)


def check_window(
    memory: Storage, itemsize: int, size: Sequence[int], stride: Sequence[int], offset: int
) -> None:
    """RuntimeError unless a window, counted in elements, lies inside of a storage."""
    if len(size) != len(stride):
        raise RuntimeError(
            f"mismatch in length of strides and shape: {list(stride)} for {list(size)}"
        )
    if any([s < 0 for s in stride]):
        raise RuntimeError(
            "as_strided: Negative strides are not supported at the moment, "
            f"got strides: {list(stride)}"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    needed = (offset + _reach(size, stride)) * itemsize if 0 not in size else 0
    if needed > memory.bytes.size:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
            f"itemsize {itemsize} requiring a storage size of {needed} are out of bounds for "
            f"storage of size {memory.bytes.size}"
        )


def as_strided(
    input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """A view of the input's storage with these sizes and strides, in elements.

    RuntimeError when it would reach outside of the storage.

    >>> torch.as_strided(torch.arange(6), (2, 2), (1, 2), 1)
    tensor([[1, 3],
            [2, 4]])
    """
    size = tuple([int(s) for s in size])
    stride = tuple([int(s) for s in stride])
    array = input._array
    memory = storage_of(input)
    own_offset = memory.offset_of(array)
    offset = own_offset if storage_offset is None else int(storage_offset)
    check_window(memory, array.itemsize, size, stride, offset)
    return _as_strided_op(input, outer=layout_of(array), inner=(size, stride, offset - own_offset))


def _unfold(input: ndarray, *, dimension: int, size: int, step: int) -> ndarray:
    shape, strides = list(input.shape), list(input.strides)
    if not shape:
        return window(input, (1,), (input.itemsize,))
    shape.append(size)
    strides.append(strides[dimension])
    shape[dimension] = (shape[dimension] - size) // step + 1
    strides[dimension] *= step
    return window(input, shape, strides)


def _unfold_backward(g: ndarray, *, shape: Any, dimension: int, size: int, step: int) -> ndarray:
    out = np.zeros(shape, g.dtype)
    if not out.ndim:
        return g.reshape(()).copy()
    last = out.swapaxes(dimension, -1)
    frames = g.swapaxes(dimension, -2)  # (..., count, size), the rest in the order of `last`
    reach = (frames.shape[-2] - 1) * step + 1
    for offset in range(size):
        last[..., offset : offset + reach : step] += frames[..., offset]
    return out


unfold_backward = Op(
    "unfold_backward",
    _unfold_backward,
    (lambda g, dimension, size, step: g.unfold(dimension, size, step),),
)
_unfold_op = ViewOp(
    "unfold",
    _unfold,
    (
        lambda g, input_shape, dimension, size, step: unfold_backward(
            g, shape=input_shape, dimension=dimension, size=size, step=step
        ),
    ),
)


@method
def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """A view of all windows of `size` elements along a dim, `step` apart, as a new last dim.

    RuntimeError when the dim is shorter than `size`.

    >>> torch.arange(5).unfold(0, 3, 1)
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """
    shape = self._array.shape
    dimension = wrap_dim(dimension, len(shape))
    extent = shape[dimension] if shape else 1
    if size > extent:
        raise RuntimeError(
            f"maximum size for tensor at dimension {dimension} is {extent} but size is {size}"
        )
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return _unfold_op(self, dimension=dimension, size=size, step=step)


method(as_strided)

# ---- histories after a change in place


class StaleView(Node):
    """The history of a view of another dtype after its base was changed in place."""

    __slots__ = ()

    def apply(self, gradient: Any) -> Any:
        """RuntimeError: what the view shows now has no known history."""
        raise RuntimeError(
            "this view shows its base in another dtype, and the base was changed in place since: "
            "take the view again after the change"
        )


def rebase(self: Tensor, edge: Any) -> None:
    """Makes `edge` the history of a tensor that was overwritten, and tells all who share it.

    A view's change becomes part of the history of its base; every live view of that base
    continues from the base as it is now.
    """
    if shared.watched and thread.levels:
        base = self if self._base is None else self._base
        views = [view for view in views_of(base) if view._array.dtype == base._array.dtype]
        family = [base, *views]
        if levels_of(family) or type(edge) is Dual:
            carry_over(self, edge, family, _rebase, (_part_of, _changed))
            return
    _rebase(self, edge)


def _part_of(tangent: Tensor, view: Tensor) -> Tensor:
    """What a view of a base shows of the base's tangent."""
    base = view._base
    assert base is not None
    window = window_of(view._array, base._array)
    return read_window(tangent, outer=layout_of(base._array), inner=window)


def _changed(tangent: Tensor, change: Tensor, view: Tensor) -> Tensor:
    """The tangent of a base whose view got a tangent of its own."""
    base = view._base
    assert base is not None
    window = window_of(view._array, base._array)
    return write_window(tangent, change, outer=layout_of(base._array), inner=window)


def _rebase(self: Tensor, edge: Any) -> None:
    base = self._base
    if base is None:
        before = self._edge
        if before is not edge:
            self._edge = edge
            _keep_retaining(self, before)
            refresh_views(self)
        return
    if base._edge is None and edge is None:
        return
    seen = _seen_as(base, self._array.dtype)
    if seen is None:
        raise RuntimeError(
            f"a view of dtype {self.dtype} of a tensor of {base.dtype} is being modified inplace "
            "while gradients are recorded: change the tensor itself, or a clone"
        )
    windows = {"outer": layout_of(seen._array), "inner": window_of(self._array, seen._array)}
    before = base._edge
    changed = alias(seen)
    write_window.link((seen._edge, edge), windows, changed)
    back = _seen_as(changed, base._array.dtype)
    assert back is not None
    base._edge = back._edge
    _keep_retaining(base, before)
    refresh_views(base)
    if self._edge is None or self._edge.edges != (base._edge,):
        _continue_from(base, self)


def _seen_as(base: Tensor, dtype: Any) -> Tensor | None:
    """All of the base in another dtype, with its history: complex numbers as pairs, or the other
    way round. None where no way is known."""
    stand_in = alias(base)
    stand_in._edge = base._edge
    own = base._array.dtype
    if own == dtype:
        return stand_in
    if own.kind == "c" and own.type(0).real.dtype == dtype:
        return REGISTRY["view_as_real"](stand_in)
    pairs = base._array.ndim and base._array.shape[-1] == 2 and base._array.strides[-1]
    if dtype.kind == "c" and dtype.type(0).real.dtype == own and pairs == own.itemsize:
        return REGISTRY["view_as_complex"](stand_in)
    return None


def _keep_retaining(tensor: Tensor, before: Any) -> None:
    """`retain_grad` is asked of a tensor: it follows when the tensor gets another history."""
    node, index = resolve(before)
    if node is None or node.hooks is None:
        return
    reference = node.hooks.retained.get(index)
    if reference is not None and reference() is tensor and tensor._edge is not None:
        del node.hooks.retained[index]
        node, index = resolve(tensor._edge)
        hooks_of(node).retained[index] = reference


def refresh_views(base: Tensor) -> None:
    """Gives every live view of the base a history that starts from the base's present one."""
    for view in views_of(base):
        _continue_from(base, view)


def views_of(base: Tensor) -> list[Tensor]:
    """The live views of the base that can have a history."""
    storage = base._storage
    if storage is None or storage.views is None:
        return []
    views = [reference() for reference in storage.views]
    return [v for v in views if v is not None and v._base is base and v._array.dtype.kind in "fcV"]


def _continue_from(base: Tensor, view: Tensor) -> None:
    before = view._edge
    if base._edge is None:
        view._edge = None
        return
    seen = _seen_as(base, view._array.dtype)
    if seen is None:
        node: Any = StaleView()
        node.edges = (base._edge,)
        attach(node, view)
        return
    windows = {"outer": layout_of(seen._array), "inner": window_of(view._array, seen._array)}
    _as_strided_op.link((seen._edge,), windows, view)
    _keep_retaining(view, before)
