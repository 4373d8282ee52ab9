"""Fusion: elementwise steps and reductions that can run in one loop, gathered into loops.

A loop runs over a space, split into outer and inner dims. For each place of the outer dims it
runs one inner loop after another (its phases); what a reduction of a phase found is there for the
next. A row of a softmax is three phases over one row, read from memory once.
May import: compile.
"""

from dataclasses import dataclass, field

from .graph import TEMPORARY, Buffer, Map, Reduce, Step, View

MOST_STEPS = 48


@dataclass
class Access:
    """A view as a loop over a space sees it: a stride in bytes for each dim."""

    view: View
    strides: tuple

    @property
    def buffer(self) -> Buffer:
        """Whose memory."""
        return self.view.buffer

    def same(self, other: "Access") -> bool:
        """Whether both are one element at each place."""
        return (
            self.strides == other.strides
            and self.view.offset == other.view.offset
            and self.view.dtype == other.view.dtype
        )


@dataclass
class Item:
    """A step in a loop: what it reads and writes at each place of its space."""

    step: Step
    space: tuple
    args: list  # of Access or numbers
    out: Access
    axes: tuple = ()  # dims of the space that it reduces
    phase: int = 0

    @property
    def reads(self) -> list:
        """The accesses among its arguments."""
        return [a for a in self.args if isinstance(a, Access)]


@dataclass
class Loop:
    """Items over one space, whose dims from `split` on are inner (None: not decided yet)."""

    space: tuple
    split: int | None = None
    items: list = field(default_factory=list)
    reads: dict = field(default_factory=dict)  # buffer -> items that read it
    writes: dict = field(default_factory=dict)  # buffer -> the item that wrote it last

    @property
    def steps(self) -> list:
        """The steps, in order."""
        return [item.step for item in self.items]

    def is_outer(self, item: Item) -> bool:
        """Whether the item runs between the inner loops."""
        return (
            self.split is not None
            and self.split < len(self.space)
            and (item.space == self.space[: self.split] and not item.axes)
        )

    def is_row_result(self, item: Item) -> bool:
        """Whether the item gives one number for each place of the outer dims."""
        if self.split is None:
            return False
        inner = tuple(range(self.split, len(self.space)))
        return self.is_outer(item) or (bool(item.axes) and item.axes == inner)


def item_of(step: Step) -> Item | None:
    """A step as an item of a loop; None for a step of another kind."""
    if isinstance(step, Map):
        shape = step.out.shape
        keep = [d for d, n in enumerate(shape) if n != 1]
        args = [_spread(a, shape, keep) if isinstance(a, View) else a for a in step.args]
        out = _spread(step.out, shape, keep)
        if any(s == 0 for s in out.strides):
            return None
        return Item(step, tuple(shape[d] for d in keep), args, out)
    if isinstance(step, Reduce):
        shape = step.arg.shape
        keep = [d for d, n in enumerate(shape) if n != 1]
        axes = tuple(p for p, d in enumerate(keep) if d in step.axes)
        out = _spread(step.out, shape, keep)
        return Item(
            step, tuple(shape[d] for d in keep), [_spread(step.arg, shape, keep)], out, axes
        )
    return None


def _spread(view: View, shape: tuple, keep: list[int]) -> Access:
    lead = len(shape) - len(view.shape)
    strides = (0,) * lead + view.strides
    return Access(view, tuple(strides[d] for d in keep))


def gathered(steps: list[Step]) -> list:
    """The steps with the fusible ones in loops, in an order that computes the same."""
    nodes: list = []
    for step in steps:
        item = item_of(step)
        if item is None:
            nodes.append(step)
            continue
        if not _joins(nodes, item):
            loop = Loop(item.space)
            _enter(loop, item)
            nodes.append(loop)
    return nodes


def _joins(nodes: list, item: Item) -> bool:
    reads = {a.buffer for a in item.reads}
    target = item.out.buffer
    for node in reversed(nodes[-24:]):
        if isinstance(node, Loop):
            related = (
                any(b in node.writes or b in node.reads for b in reads) or target in node.reads
            )
            if related and len(node.items) < MOST_STEPS and _fits(node, item):
                _enter(node, item)
                return True
            written, read = node.writes, node.reads
        else:
            written = {v.buffer for v in node.writes}
            read = {v.buffer for v in node.reads}
        if any(b in written for b in reads) or target in written or target in read:
            return False
    return False


def _fits(loop: Loop, item: Item) -> bool:
    """Whether the item can run in the loop after all that is there; sets its phase."""
    split = loop.split
    dims = len(loop.space)
    if item.space == loop.space:
        if item.axes and not (
            item.axes[-1] == dims - 1 and item.axes == tuple(range(item.axes[0], dims))
        ):
            pass  # of other dims: summed up in memory, whatever the split
        elif item.axes:
            wanted = item.axes[0]
            if split is None:
                if any(i.axes for i in loop.items):
                    return False
                split = wanted
            elif wanted != split:
                return False
        outer = False
    elif split is not None and split < dims and item.space == loop.space[:split] and not item.axes:
        outer = True
    else:
        return False
    phase = 0
    for access in item.reads:
        writer = loop.writes.get(access.buffer)
        if writer is not None:
            needed = _phase_after(loop, split, writer, access, outer)
            if needed is None:
                return False
            phase = max(phase, needed)
    for other in [*loop.reads.get(item.out.buffer, ()), loop.writes.get(item.out.buffer)]:
        if other is None:
            continue
        if item.axes or other.axes or other.space != item.space:
            return False
        for access in [*other.reads, other.out]:
            if access.buffer is item.out.buffer and not access.same(item.out):
                return False
        phase = max(phase, other.phase)
    if loop.split is None and split is not None:
        loop.split = split
    item.phase = phase
    return True


def _phase_after(
    loop: Loop, split: int | None, writer: Item, access: Access, outer: bool
) -> int | None:
    """The earliest phase in which what the writer wrote can be read through this access."""
    inner = () if split is None else tuple(range(split, len(loop.space)))
    row_result = (bool(writer.axes) and writer.axes == inner and split is not None) or (
        not writer.axes and writer.space != loop.space
    )
    if row_result:
        lead = access.strides[: split or 0]
        if outer:
            same = access.strides == writer.out.strides[: split or 0]
        else:
            same = lead == writer.out.strides[: split or 0] and not any(
                access.strides[split or 0 :]
            )
        fits = same and access.view.offset == writer.out.view.offset
        if not fits or access.view.dtype != writer.out.view.dtype:
            return None
        return writer.phase if outer else writer.phase + 1
    if writer.axes or outer or not access.same(writer.out):
        return None
    return writer.phase


def _enter(loop: Loop, item: Item) -> None:
    dims = len(loop.space)
    if item.axes and loop.split is None and item.axes == tuple(range(item.axes[0], dims)):
        loop.split = item.axes[0]
    loop.items.append(item)
    for access in item.reads:
        loop.reads.setdefault(access.buffer, []).append(item)
    loop.writes[item.out.buffer] = item


def uses_outside(nodes: list, kept: set[Buffer]) -> dict[int, set[Buffer]]:
    """For each loop (by its place), the buffers it writes that something else needs."""
    users: dict[Buffer, set[int]] = {}
    for place, node in enumerate(nodes):
        steps = node.steps if isinstance(node, Loop) else [node]
        for step in steps:
            for view in [*step.reads, *step.writes]:
                users.setdefault(view.buffer, set()).add(place)
    needed = {}
    for place, node in enumerate(nodes):
        if isinstance(node, Loop):
            needed[place] = {
                b for b in node.writes if b in kept or b.kind != TEMPORARY or users[b] != {place}
            }
    return needed
