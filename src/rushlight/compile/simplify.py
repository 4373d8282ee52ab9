"""Passes over the steps: each takes a program and returns one that computes the same.

`renamed`: before, a temporary may be overwritten as a whole; after, each such overwriting has a
buffer of its own. `pruned`: after, every step matters to something that outlives the call.
May import: compile.
"""

from collections.abc import Iterable

import numpy as np

from .graph import CONSTANT, TEMPORARY, Buffer, Call, Map, Pick, Reduce, Step, View, dense


def renamed(steps: list[Step], kept: set[Buffer], new: int) -> list[Step]:
    """Gives each overwriting of a whole temporary a buffer of its own."""
    version: dict[Buffer, Buffer] = {}
    last: dict[Buffer, int] = {}
    for place, step in enumerate(steps):
        for view in step.writes:
            if view.buffer in kept:
                last[view.buffer] = place

    def current(view: View) -> View:
        return view.of(version.get(view.buffer, view.buffer))

    def written(view: View, whole: bool, place: int) -> View:
        nonlocal new
        buffer = view.buffer
        fresh = whole and buffer.kind == TEMPORARY and buffer in seen
        if fresh and view.whole:
            later = Buffer(TEMPORARY, buffer.array, new)
            new += 1
            version[buffer] = later
        seen.add(buffer)
        return current(view)

    seen: set[Buffer] = set()
    finals: dict[Buffer, Buffer] = {}
    for place, step in enumerate(steps):
        whole = isinstance(step, (Map, Reduce))
        # what it reads is looked up before what it writes gets its new name
        step.replace(current, lambda v: v)
        step.replace(lambda v: v, lambda v: written(v, whole, place))
    for buffer in kept:
        finals[buffer] = version.get(buffer, buffer)
    # whoever waits for a buffer waits for its last version
    for old, final in finals.items():
        if final is not old:
            for step in steps:
                step.replace(
                    lambda v, a=final, b=old: v.of(b) if v.buffer is a else v.of(a) if v.buffer is b else v,
                    lambda v, a=final, b=old: v.of(b) if v.buffer is a else v.of(a) if v.buffer is b else v,
                )
    return steps


def pruned(steps: list[Step], kept: set[Buffer]) -> list[Step]:
    """Without the steps whose results nobody reads."""
    live = set(kept)
    result = []
    for step in reversed(steps):
        outs = step.writes
        needed = any(v.buffer in live or v.buffer.kind not in (TEMPORARY, CONSTANT) for v in outs)
        if not needed and not (isinstance(step, Call) and not outs):
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
        if view.offset == 0 and view.shape == origin.shape and view.dtype == origin.dtype and view.whole:
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
                _number(a) if isinstance(a, View) and a.buffer not in written else a for a in step.args
            )
    return steps


def _number(view: View) -> object:
    buffer = view.buffer
    if buffer.kind != CONSTANT or (view.size != 1 and any(view.strides)):
        return view
    if view.dtype.kind not in "fiub":
        return view
    memory = np.ndarray((), view.dtype, _bytes(buffer), view.offset)
    return memory[()]


def _bytes(buffer: Buffer) -> np.ndarray:
    array = buffer.array
    flat = array if array.ndim else array.reshape(1)
    return np.lib.stride_tricks.as_strided(flat.view(np.uint8), (buffer.nbytes,), (1,))


def simplified(steps: list[Step], kept: Iterable[Buffer], count: int) -> list[Step]:
    """All passes, in their order."""
    kept = set(kept)
    steps = pruned(steps, kept)
    steps = renamed(steps, kept, count)
    steps = forwarded(steps, kept)
    steps = constants_in_place(steps)
    return pruned(steps, kept)


__all__ = ["Pick", "dense", "simplified"]
