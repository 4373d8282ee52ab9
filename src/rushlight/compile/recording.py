"""A recording: one real run of a function, made into native code, and what it takes for granted.

May import: core, tensor, autograd, compile.
"""

import time
from typing import Any

import numpy as np

from ..autograd.graph import AccumulateGrad
from ..core.tracing import CHANGES
from ..tensor import Tensor, alias, storage_of, wrap
from .backward import recorded_backward
from .entry import Entry
from .errors import CompileError
from .graph import ARGUMENT, NUMBER, OUTSIDE, TEMPORARY, Buffer, Call, View
from .guards import Found, GradBefore, Guard, Shown
from .listen import Listening
from .native_code import MESSAGE, NativeCode
from .program import Program
from .recorder import Recorder
from .trees import leaves_of, rebuilt


class Recording:
    """Runs a function under the recorder; `compile` makes it native, `run` answers a call."""

    def __init__(self, function: Any, args: tuple, kwargs: dict, leaves: list[Tensor]) -> None:
        self.found = Found()
        self.found.walk(function)
        self.leaves = leaves
        started = time.perf_counter()
        recorder = self.recorder = Recorder()
        with Listening(recorder):
            for leaf in leaves:
                if id(leaf) not in self.found.tensors:
                    _listen_to_argument(recorder, leaf)
            with LiveRates(self.found.optimizers, recorder):
                self.result = function(*args, **kwargs)
            self.outs: list[Tensor] = []
            leaves_of(self.result, self.outs)
            self.views = [t._array.view_ for t in self.outs]
            self.arguments = [t._array.view_ for t in leaves]
            self.grads = self._new_grads()
            self.backward = None if self.grads else recorded_backward(recorder, leaves, self.outs)
        # what the run itself changed, a list it appends to, is taken as it is now
        self.found = Found()
        self.found.walk(function)
        uses = [*leaves, *(t for ts in recorder.outside.values() for t in ts)]
        # a whole step has consumed its graph; anything else depends on whether gradients are wanted
        self.mode_matters = not self.grads and any(t._edge is not None for t in uses)
        self.seconds_recording = time.perf_counter() - started

    def _new_grads(self) -> list[tuple[Tensor, View]]:
        found = []
        for leaf, before, _ in self.recorder.grads.values():
            now = leaf.__dict__.get("_grad")
            if now is not None and now is not before:
                found.append((leaf, now._array.view_))
        return found

    # ---- making it native

    def compile(self, later: Any) -> None:
        """Writes, emits and loads the native code; `later` answers calls that are not for it."""
        started = time.perf_counter()
        recorder = self.recorder
        self.given: dict[int, Tensor] = {}
        for leaf, view in self.grads:
            _own_memory(view)
            leaf._grad = self.given[id(leaf)] = _copied(leaf._grad, view)
        self.first = self.result
        self.simple = self._simple_result()
        kept = {v.buffer for v in self.views} | {v.buffer for _, v in self.grads}
        fresh = {self.views[0].buffer} if self.simple else set()
        self.guards = [*self.found.guards, *self._watched()]
        steps = recorder.steps
        if self.backward is not None:
            steps = self.backward.split(self.views, self.arguments)
        self.program = Program(steps, kept, fresh, len(recorder.buffers))
        self.seen = CHANGES.copy()
        self.ready = np.zeros((), np.int64)  # see `Entry.takes_turn`
        self.made = set() if self.backward is None else {v.buffer for v in self.backward.made}
        # such a result is looked up among the arguments of the call
        given = [v.buffer.kind == ARGUMENT and v.buffer not in self.made for v in self.views]
        self.mode_matters = self.mode_matters or any(given)
        self.native = NativeCode(self.program, self._entry(later), self)
        self.entry, self.attempt = self.native.entry, self.native.attempt
        self.seconds_compiling = time.perf_counter() - started
        self._settle_first()

    def _settle_first(self) -> None:
        """Takes traced histories off the result of the run that was recorded."""
        if self.backward is None:
            for tensor in self.outs:
                if type(tensor._edge) is not AccumulateGrad:
                    tensor._edge = None
            return
        self.current = self.leaves
        outs = self.backward.first(
            self.leaves, self.views, lambda place: self._output(self.outs[place], place)
        )
        values = iter(outs)
        self.first = rebuilt(self.result, lambda old: next(values))

    def _watched(self) -> list[Guard]:
        """Guards of the tensors that the run used: their memory, their gradients."""
        arguments = {id(t): t for t in self.leaves}
        known: dict[int, Any] = {**self.found.tensors, **arguments}
        given = {id(leaf) for leaf, _ in self.grads}
        guards: list[Guard] = []
        for leaf, before, looked_at in self.recorder.grads.values():
            if looked_at and id(leaf) in known:
                guards.append(GradBefore(leaf, before, id(leaf) in given))
                if before is not None:
                    known[id(before)] = before
        for buffer, tensors in self.recorder.outside.items():
            for tensor in tensors:
                if buffer.kind != OUTSIDE or id(tensor) in arguments:
                    continue
                if id(tensor) not in known:
                    raise CompileError(
                        f"compile cannot watch a tensor of shape {list(tensor.shape)} that the "
                        "function uses: it is not reached through its arguments, its variables, "
                        "or the modules and optimizers among them. Pass it as an argument"
                    )
                guards.append(Shown(tensor))
        return guards

    def _simple_result(self) -> bool:
        """Whether the result is one new tensor, which native code can make."""
        if type(self.result) is not Tensor or self.backward is not None:
            return False
        view = self.views[0]
        given = {v.buffer for _, v in self.grads}
        return view.buffer.kind == TEMPORARY and view.whole and view.buffer not in given

    def _entry(self, later: Any) -> str:
        program = self.program
        entry = Entry(program)
        made = [] if self.backward is None else self.backward.made
        entry.count(len(self.leaves) + len(made))
        entry.unchanged(CHANGES, self.seen)
        for guard in self.guards:
            guard.native(entry)
        pointers: dict[Buffer, str] = {}
        for place, (leaf, view) in enumerate(zip(self.leaves, self.arguments, strict=True)):
            first = next(i for i, other in enumerate(self.leaves) if other is leaf)
            if first < place:
                entry.same_arguments(first, place)
            elif view.buffer.kind == ARGUMENT:
                tracked = leaf._edge is not None
                pointers[view.buffer] = entry.argument(place, type(leaf), view, tracked)
            else:
                entry.same_argument(place, leaf)
        for place, view in enumerate(made, len(self.leaves)):
            entry.argument(place, None, view, None)
        written = {v.buffer for s in program.steps for v in s.writes}
        changed = [b for b in written if b.kind == OUTSIDE or b in pointers]
        for buffer, pointer in pointers.items():
            for other in changed:
                if other is not buffer:
                    entry.apart(pointer, buffer.nbytes, program.pointer(other), other.nbytes)
        for leaf, _ in self.grads:
            entry.grad_is(leaf, leaf._grad)
        if any(isinstance(guard, GradBefore) and guard.renewed for guard in self.guards):
            entry.takes_turn(self.ready)
        for buffer in program.offsets:
            if buffer.kind == NUMBER:
                entry.number(*buffer.read_number, buffer)  # type: ignore[misc]
        array = entry.new_array(self.views[0]) if self.simple else ""
        entry.body(program.lines)
        for storage in self._changed_storages(changed):
            entry.count_change(storage)
        if self.simple:
            entry.lines.append(f"  ret ptr {entry.new_tensor(Tensor, array)}")
        else:
            finish = entry.object(self._finish)
            result = entry.let(f"call ptr @PyObject_CallNoArgs(ptr {finish})")
            entry.lines.append(f"  ret ptr {result}")
        return entry.module(later, MESSAGE)

    def _changed_storages(self, changed: list[Buffer]) -> list[Any]:
        found: dict[int, Any] = {}
        for buffer in changed:
            if buffer.kind == OUTSIDE:
                for tensor in self.recorder.outside.get(buffer, ()):
                    storage = storage_of(tensor)
                    found[id(storage)] = storage
        return list(found.values())

    # ---- at each call

    def run(self, leaves: list[Tensor]) -> Any:
        """The result for these arguments; NotImplemented where the program is not for them."""
        found = self._tried(leaves)
        if found is NotImplemented and self.renewed():
            found = self._tried(leaves)
        return found

    def _tried(self, leaves: list[Tensor]) -> Any:
        if self.backward is None:
            self.current = leaves
            return self.attempt(*leaves)
        outs = self.backward.run(
            self.attempt, leaves, self.views, lambda place: self._output(self.outs[place], place)
        )
        if outs is NotImplemented:
            return outs
        values = iter(outs)
        return rebuilt(self.result, lambda old: next(values))

    def _finish(self) -> Any:
        """The result, in the containers the function returned."""
        if self.backward is not None:
            return None
        places = iter(range(len(self.views)))
        return rebuilt(self.result, lambda old: self._output(old, next(places)))

    def _output(self, old: Tensor, place: int) -> Tensor:
        view = self.views[place]
        if view.buffer.kind == ARGUMENT and view.buffer not in self.made:
            return self._part_of_argument(old, view)
        for tensor in self.recorder.outside.get(view.buffer, ()):
            if tensor is old:
                return old
        return wrap(self.program.array_of(view).copy())

    def _part_of_argument(self, old: Tensor, view: View) -> Tensor:
        """An argument of this call, or a view of one."""
        for leaf, now, argument in zip(self.leaves, self.current, self.arguments, strict=True):
            if leaf is old:
                return now
            if argument.buffer is view.buffer:
                memory = Buffer(ARGUMENT, now._array, 0).bytes
                start = view.offset - argument.offset
                part = np.ndarray(view.shape, view.dtype, memory, start, view.strides)
                return alias(now, part)
        raise AssertionError("the memory belongs to an argument")

    def renewed(self) -> bool:
        """Looks whether all that was taken for granted still holds, and gets ready for a call."""
        if not all([guard.holds() for guard in self.guards]):
            return False
        for guard in self.guards:
            old, now = guard.refreshed()
            if now is not old:
                self._put("object", old, now)
        self.seen[...] = CHANGES
        self.ready[...] = 1
        for leaf, view in self.grads:
            self._fresh_grad(leaf, view)
        return True

    def _fresh_grad(self, leaf: Tensor, view: View) -> None:
        """Gives the leaf a gradient of its own: whoever holds the last one keeps it."""
        old = self.given[id(leaf)]
        _own_memory(view)
        new = wrap(_array_over(view))
        leaf._grad = self.given[id(leaf)] = new
        self._put("object", old, new)
        self._put("buffer", view.buffer, view.buffer)

    def _put(self, kind: str, old: Any, new: Any) -> None:
        """Writes another object, or a buffer's new address, into the table of the native code."""
        place = self.program.move_slot(kind, old, new)
        if place is not None:
            self.native.put(place, new.address if kind == "buffer" else id(new))

    # ---- for people

    def explained(self) -> str:
        """What was recorded, what became of it, and how long that took."""
        program = self.program
        calls = [s for s in program.steps if isinstance(s, Call)]
        lines = [
            f"{program.recorded} steps recorded in {self.seconds_recording * 1e3:.1f} ms, "
            f"{len(program.steps)} after simplification",
            f"{len(program.nodes)} kernels run, {len(program.kernels)} of them different, compiled "
            f"in {self.seconds_compiling * 1e3:.1f} ms",
            f"{program.memory.nbytes} bytes of temporaries",
            f"{len(calls)} calls back into Python",
            *(f"  {s.title} at {s.where}" for s in calls),
        ]
        return "\n".join(lines)


class LiveRates:
    """While recording, learning rates are numbers read at each call."""

    def __init__(self, optimizers: list, recorder: Recorder) -> None:
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        self.groups = [group for group in groups if type(group.get("lr")) is float]
        self.recorder = recorder

    def __enter__(self) -> None:
        self.before = [group["lr"] for group in self.groups]
        for group in self.groups:
            group["lr"] = self.recorder.number(group, "lr")

    def __exit__(self, *exc: object) -> None:
        for group, rate in zip(self.groups, self.before, strict=True):
            group["lr"] = rate


def _listen_to_argument(recorder: Recorder, leaf: Tensor) -> None:
    state = leaf.__dict__
    if type(state["_array"]) is np.ndarray:
        state["_array"] = recorder.known(state["_array"], ARGUMENT, leaf)
        recorder.touched.append(leaf)


def _own_memory(view: View) -> None:
    """Gives a view's buffer new memory that nobody else knows."""
    buffer = view.buffer
    buffer.array = np.empty(max(buffer.nbytes, 1), np.uint8)
    buffer.address = buffer.array.ctypes.data
    buffer.kind = OUTSIDE


def _array_over(view: View) -> np.ndarray:
    return np.ndarray(view.shape, view.dtype, view.buffer.array, view.offset, view.strides)


def _copied(old: Any, view: View) -> Tensor:
    """A tensor of the same numbers over the view's memory."""
    array = _array_over(view)
    array[...] = old._array
    return wrap(array)
