"""The gradients of a compiled function, for a graph that goes on outside of it.

Where a function returns tensors that need a gradient, the recording goes on through their
backward pass. The two halves become two programs; what the second reads of the first is new
memory at each call, which the node of the graph keeps.
May import: core, tensor, autograd, compile.
"""

from typing import Any

import numpy as np

from ..autograd.functional import grad
from ..autograd.graph import Node, Output, check_version
from ..core.state import thread
from ..tensor import Tensor, version_of, wrap
from .entry import Entry
from .graph import ARGUMENT, OUTSIDE, TEMPORARY, Buffer, Step, View
from .native_code import MESSAGE, NativeCode
from .program import Program
from .recorder import Recorder


class Backward:
    """Records the backward pass of the tracked outputs, and makes it native."""

    def __init__(
        self, recorder: Recorder, leaves: list[Tensor], outs: list[Tensor], tracked: list[Tensor]
    ) -> None:
        self.recorder = recorder
        self.start = len(recorder.steps)
        self.leaves = [id(t) for t in leaves]
        self.places = [i for i, t in enumerate(outs) if any(t is x for x in tracked)]
        used = [*leaves, *(t for ts in recorder.outside.values() for t in ts)]
        self.inputs = list({id(t): t for t in used if t._edge is not None}.values())
        seeds = [wrap(np.ones(t._array.shape, t._array.dtype)) for t in tracked]
        for seed in seeds:
            array = np.ones(seed._array.shape, seed._array.dtype)
            seed.__dict__["_array"] = recorder.known(array, ARGUMENT, seed)
        self.seeds = [seed._array.view_ for seed in seeds]
        grads: Any = ()
        if tracked:
            grads = grad(tracked, self.inputs, seeds, allow_unused=True, retain_graph=True)
        self.grads = [None if g is None else g._array.view_ for g in grads]
        self.made: list[View] = []
        self.saved: list[View] = []
        self.code: NativeCode | None = None

    def split(self, outs: list[View], arguments: list[View]) -> list[Step]:
        """Takes the steps of the gradients out; gives those of the function."""
        recorder = self.recorder
        steps, self.steps = recorder.steps[: self.start], recorder.steps[self.start :]
        written = {v.buffer for s in steps for v in s.writes if v.buffer.kind == TEMPORARY}
        needed = {v.buffer for s in self.steps for v in s.reads}
        needed |= {v.buffer for v in self.grads if v is not None}
        self.saved = [all_of(b) for b in recorder.buffers if b in written and b in needed]
        made = {v.buffer: v for v in self.saved}
        for view in outs:
            if view.buffer.kind == TEMPORARY:
                made.setdefault(view.buffer, all_of(view.buffer))
        self.made = list(made.values())
        for view in self.made:
            view.buffer.kind = ARGUMENT
        self.read_arguments = [
            (place, v) for place, v in enumerate(arguments) if v.buffer in needed
        ]
        self.watched = [
            t for b, ts in recorder.outside.items() if b.kind == OUTSIDE and b in needed for t in ts
        ]
        return steps

    def compile(self, count: int) -> None:
        """Writes, emits and loads the native code of the gradients."""
        buffers = {v.buffer for v in self.grads if v is not None}
        program = self.program = Program(self.steps, buffers, set(), count)
        entry = Entry(program)
        views = [*self.seeds, *self.saved, *(v for _, v in self.read_arguments)]
        views = list({v.buffer: v for v in views}.values())
        self.views = views
        entry.count(len(views))
        for place, view in enumerate(views):
            entry.argument(place, None, view, None)
        entry.body(program.lines)
        finish = entry.object(self._results)
        entry.lines.append(f"  ret ptr {entry.let(f'call ptr @PyObject_CallNoArgs(ptr {finish})')}")
        self.code = NativeCode(program, entry.module(self._results, MESSAGE), self)

    def _results(self) -> list:
        return [None if v is None else wrap(self.program.array_of(v).copy()) for v in self.grads]

    # ---- at each call

    def run(self, attempt: Any, leaves: list[Tensor], outs: list[View], output: Any) -> Any:
        """The outputs of a call, with a node as their history; NotImplemented on a miss."""
        made = [wrap(np.empty_like(v.buffer.array)) for v in self.made]
        if attempt(*leaves, *made) is NotImplemented:
            return NotImplemented
        return self.connected(made, leaves, outs, output)

    def first(self, leaves: list[Tensor], outs: list[View], output: Any) -> Any:
        """The outputs of the call that was recorded, over the memory it used."""
        return self.connected([wrap(v.buffer.array) for v in self.made], leaves, outs, output)

    def connected(
        self, made: list[Tensor], leaves: list[Tensor], outs: list[View], output: Any
    ) -> list[Tensor]:
        """The outputs over memory made for a call, with a node as their history."""
        memory = dict(zip([v.buffer for v in self.made], made, strict=True))
        results = [
            wrap(_window(memory[v.buffer], v)) if v.buffer in memory else output(place)
            for place, v in enumerate(outs)
        ]
        node = CompiledNode(self, leaves, memory, [results[p] for p in self.places])
        for number, place in enumerate(self.places):
            results[place]._edge = node if node.outputs is None else Output(node, number)
        return results


class Refused(Backward):
    """The backward pass of a function that has none: `.backward()` says why."""

    def __init__(
        self, recorder: Recorder, leaves: list[Tensor], outs: list[Tensor], error: RuntimeError
    ) -> None:
        super().__init__(recorder, leaves, outs, [])
        self.places = [i for i, t in enumerate(outs) if t._edge is not None]
        self.error = error

    def compile(self, count: int) -> None:
        """Raises what the backward pass raised."""
        raise self.error


class CompiledNode(Node):
    """The step of the graph that runs the gradients of a compiled function."""

    __slots__ = ("backward", "saved", "versions")

    def __init__(self, backward: Backward, leaves: list, memory: dict, outs: list[Tensor]) -> None:
        super().__init__()
        self.backward = backward
        now = dict(zip(backward.leaves, leaves, strict=True))
        inputs = [now.get(id(t), t) for t in backward.inputs]
        self.edges = tuple([t._edge for t in inputs])
        self.metadata = [(t._array.shape, t._array.dtype) for t in outs]
        if len(outs) == 1:
            self.shape, self.dtype = self.metadata[0]
        else:
            self.outputs = len(outs)
        read = [leaves[place] for place, _ in backward.read_arguments]
        views = backward.read_arguments
        given = {v.buffer: t for (_, v), t in zip(views, read, strict=True)}
        self.saved: Any = {**memory, **given}
        self.versions = [(t, version_of(t)) for t in (*backward.watched, *read)]

    def apply(self, gradient: Any) -> Any:
        """The gradients of what the function used."""
        backward = self.backward
        if self.saved is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved "
                "tensors after they have already been freed). Specify retain_graph=True if you "
                "need to backward through a compiled function more than once"
            )
        if thread.grad_enabled:
            raise RuntimeError(
                "create_graph=True through the result of a compiled function: its gradient has no "
                "gradient. Compile the whole step, with its backward passes inside, instead"
            )
        for tensor, version in self.versions:
            check_version(tensor, version, self)
        parts = [gradient] if self.outputs is None else gradient
        arrays = [
            np.zeros(shape, dtype)
            if part is None
            else np.ascontiguousarray(part._array).reshape(shape)
            for part, (shape, dtype) in zip(parts, self.metadata, strict=True)
        ]
        if backward.code is None:
            backward.compile(10**6)
        seeds = {v.buffer: wrap(a) for v, a in zip(backward.seeds, arrays, strict=True)}
        memory = {**self.saved, **seeds}
        values = [memory[v.buffer] for v in backward.views]
        assert backward.code is not None
        found = backward.code.attempt(*values)
        if found is NotImplemented:
            raise RuntimeError("the tensors saved by a compiled function have changed their layout")
        return found

    def release(self) -> None:
        """Forgets what was saved."""
        self.saved = None


def recorded_backward(
    recorder: Recorder, leaves: list[Tensor], outs: list[Tensor]
) -> Backward | None:
    """The backward pass of the outputs that have one; None also where the function has run it."""
    tracked = [t for t in outs if t._edge is not None]
    if not tracked:
        return None
    start = len(recorder.steps)
    try:
        return Backward(recorder, leaves, outs, tracked)
    except RuntimeError as error:
        del recorder.steps[start:]
        if str(error).startswith("Trying to backward through the graph a second time"):
            return None
        return Refused(recorder, leaves, outs, error)


def all_of(buffer: Buffer) -> View:
    """All of a buffer, as it was made."""
    array = buffer.array
    return View(buffer, array.dtype, array.shape, array.strides, 0)


def _window(tensor: Tensor, view: View) -> np.ndarray:
    memory = Buffer(ARGUMENT, tensor._array, 0).bytes
    return np.ndarray(view.shape, view.dtype, memory, view.offset, view.strides)
