"""Passes over the steps: each takes a program and returns one that computes the same.

`renamed`: before, a temporary may be overwritten as a whole; after, each such overwriting has a
buffer of its own. `pruned`: after, every step matters to something that outlives the call.
May import: compile.
"""

from collections.abc import Iterable

import numpy as np

from .graph import CONSTANT, TEMPORARY, Buffer, Call, Map, Reduce, Step, View


def renamed(steps: list[Step], kept: set[Buffer], new: int) -> list[Step]:
    """Gives each overwriting of a whole temporary a buffer of its own.

    The last one of a kept buffer has the buffer's own name, for those who wait for it.
    """
    last: dict[Buffer, int] = {}  # the step that overwrites a buffer for the last time
    for place, step in enumerate(steps):
        if _overwrites(step):
            last[step.out.buffer] = place
    version: dict[Buffer, Buffer] = {}
    for buffer in kept:
        if buffer.kind == TEMPORARY and buffer in last:
            version[buffer] = Buffer(TEMPORARY, buffer.array, new)
            new += 1
    written: set[Buffer] = set()

    def current(view: View) -> View:
        return view.of(version.get(view.buffer, view.buffer))

    for place, step in enumerate(steps):
        step.replace(current, lambda view: view)  # what it reads, before its own result is renamed
        if _overwrites(step):
            buffer = step.out.buffer
            if buffer in kept and last[buffer] == place:
                version.pop(buffer, None)
            elif buffer in written:
                version[buffer] = Buffer(TEMPORARY, buffer.array, new)
                new += 1
            written.add(buffer)
        else:
            written.update(view.buffer for view in step.writes)
        step.replace(lambda view: view, current)
    return steps


def _overwrites(step: Step) -> bool:
    """Whether the step gives every element of a temporary a new value."""
    return isinstance(step, (Map, Reduce)) and step.out.whole and step.out.buffer.kind == TEMPORARY


def pruned(steps: list[Step], kept: set[Buffer]) -> list[Step]:
    """Without the steps whose results nobody reads."""
    live = set(kept)
    result = []
    for step in reversed(steps):
        outs = step.writes
        needed = any(v.buffer in live or v.buffer.kind not in (TEMPORARY, CONSTANT) for v in outs)
        if not needed and not (isinstance(step, Call) and step.effect):
            continue
        if isinstance(step, (Map, Reduce)) and step.out.whole:
            live.discard(step.out.buffer)
        live.update(v.buffer for v in step.reads)
        result.append(step)
    result.reverse()
    return result


def forwarded(steps: list[Step], kept: set[Buffer]) -> list[Step]:
    """Reads the source of a plain copy instead of the copy, where neither is written again."""
    writes: dict[Buffer, int] = {}
    for step in steps:
        for view in step.writes:
            writes[view.buffer] = writes.get(view.buffer, 0) + 1
    source: dict[Buffer, View] = {}

    def change(view: View) -> View:
        origin = source.get(view.buffer)
        if origin is None:
            return view
        if (
            view.offset == 0
            and view.shape == origin.shape
            and view.dtype == origin.dtype
            and view.whole
        ):
            return origin
        return view

    for step in steps:
        step.replace(change, lambda v: v)
        if not (isinstance(step, Map) and step.op == "copy" and isinstance(step.args[0], View)):
            continue
        origin = step.args[0]
        plain = (
            step.out.whole
            and step.out.dtype == origin.dtype
            and step.out.shape == origin.shape
            and step.out.buffer.kind == TEMPORARY
            and step.out.buffer not in kept
            and writes[step.out.buffer] == 1
            and writes.get(origin.buffer, 0) == (1 if origin.buffer.kind == TEMPORARY else 0)
        )
        if plain:
            source[step.out.buffer] = origin
    return steps


def constants_in_place(steps: list[Step]) -> list[Step]:
    """0-d constants that nobody writes, as numbers."""
    written = {v.buffer for s in steps for v in s.writes}
    for step in steps:
        if isinstance(step, Map):
            step.args = tuple(
                _number(a) if isinstance(a, View) and a.buffer not in written else a
                for a in step.args
            )
    return steps


def _number(view: View) -> object:
    buffer = view.buffer
    if buffer.kind != CONSTANT or (view.size != 1 and any(view.strides)):
        return view
    if view.dtype.kind not in "fiub" or view.dtype == np.float16:
        return view
    memory = np.ndarray((), view.dtype, buffer.bytes, view.offset)
    return memory[()]


def simplified(steps: list[Step], kept: Iterable[Buffer], count: int) -> list[Step]:
    """All passes, in their order."""
    kept = set(kept)
    steps = pruned(steps, kept)
    steps = renamed(steps, kept, count)
    steps = forwarded(steps, kept)
    steps = constants_in_place(steps)
    return pruned(steps, kept)
