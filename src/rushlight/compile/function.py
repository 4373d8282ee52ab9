"""Compiled functions: record the first real run, then answer calls from native code.

A call goes straight to the native entry of the program that answered last. Where that says the
call is not its own, the others are asked, and then the function runs once more under the recorder.
May import: core, tensor, autograd, compile.
"""

import ctypes
import functools
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.state import thread
from ..core.tracing import CHANGES, Untraceable
from ..tensor import Tensor, storage_of, wrap
from .entry import Entry
from .graph import ARGUMENT, NUMBER, OUTSIDE, TEMPORARY, Buffer, View
from .guards import Found, GradBefore, Guard, Shown
from .listen import Listening
from .native import Machine
from .program import Program
from .recorder import PACKAGE, Recorder
from .trees import leaves_of, rebuilt

MOST_PROGRAMS = 8
WRONG_INDEX = ctypes.create_string_buffer(b"index out of range in self: an index of a compiled gather")


class CompileError(RuntimeError):
    """What the compiler cannot follow, with the line of the program and what would work."""


class MethodDefinition(ctypes.Structure):
    """PyMethodDef, by which Python knows a native function."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


FAST_WITH_KEYWORDS = 0x0080 | 0x0002
_machine: list[Machine] = []


def machine() -> Machine:
    """LLVM for this processor."""
    if not _machine:
        _machine.append(Machine())
    return _machine[0]


class Recording:
    """One recorded run: its program, what it takes for granted, and the functions to call it."""

    def __init__(self, owner: "CompiledFunction", args: tuple, kwargs: dict, leaves: list) -> None:
        self.found = Found()
        self.found.walk(owner.function)
        self.leaves = leaves
        started = time.perf_counter()
        recorder = self.recorder = Recorder()
        with Listening(recorder):
            for leaf in leaves:
                if id(leaf) not in self.found.tensors:
                    _listen_to_argument(recorder, leaf)
            with _LiveRates(self.found.optimizers, recorder):
                self.result = owner.function(*args, **kwargs)
            self.outs: list[Tensor] = []
            leaves_of(self.result, self.outs)
            self.views = [t._array.view_ for t in self.outs]
            self.arguments = [t._array.view_ for t in leaves]
            self.grads = self._new_grads()
        self.consumed = bool(self.grads)
        self.tracked = [] if self.consumed else [t for t in self.outs if t._edge is not None]
        self.seconds_recording = time.perf_counter() - started
        self.number = owner.recorded

    def _new_grads(self) -> list[tuple[Tensor, View]]:
        found = []
        for leaf, before, _ in self.recorder.grads.values():
            now = leaf.__dict__.get("_grad")
            if now is not None and now is not before:
                found.append((leaf, now._array.view_))
        return found

    # ---- making it native

    def compile(self, owner: "CompiledFunction") -> None:
        """Writes, emits and loads the native code; see `attempt` and `entry`."""
        started = time.perf_counter()
        recorder = self.recorder
        self.given: dict[int, Tensor] = {}
        for leaf, view in self.grads:
            _own_memory(view)
            leaf._grad = self.given[id(leaf)] = _copied(leaf._grad, view)
        self.simple = self._simple_result()
        kept = {v.buffer for v in self.views} | {v.buffer for _, v in self.grads}
        fresh = {self.views[0].buffer} if self.simple else set()
        program = self.program = Program(recorder.steps, kept, fresh, len(recorder.buffers))
        self.guards = [*self.found.guards, *self._shown()]
        self.seen = CHANGES.copy()
        text = self._entry(owner)
        code = machine().object_code(text)
        self._load(code)
        self.text = text
        self.seconds_compiling = time.perf_counter() - started

    def _shown(self) -> list[Guard]:
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
        if not isinstance(self.result, Tensor) or type(self.result) is not Tensor or self.tracked:
            return False
        view = self.views[0]
        given = {v.buffer for _, v in self.grads}
        return view.buffer.kind == TEMPORARY and view.whole and view.buffer not in given

    def _entry(self, owner: "CompiledFunction") -> str:
        program = self.program
        entry = Entry(program)
        entry.count(len(self.leaves))
        entry.unchanged(CHANGES, self.seen)
        for guard in self.guards:
            guard.native(entry)
        written = {v.buffer for s in program.steps for v in s.writes}
        changed = [b for b in written if b.kind in (OUTSIDE, ARGUMENT)]
        pointers: dict[Buffer, str] = {}
        for place, (leaf, view) in enumerate(zip(self.leaves, self.arguments, strict=True)):
            if view.buffer.kind == ARGUMENT:
                tracked = leaf._edge is not None
                pointers[view.buffer] = entry.argument(place, type(leaf), view, tracked)
            else:
                entry.same_argument(place, leaf)
        for buffer, pointer in pointers.items():
            for other in changed:
                if other is not buffer:
                    size = other.nbytes
                    entry.apart(pointer, buffer.nbytes, program.pointer(other), size)
        for leaf, _ in self.grads:
            entry.grad_is(leaf, leaf._grad)
        for buffer in program.offsets:
            if buffer.kind == NUMBER:
                entry.number(*buffer.read_number, buffer)  # type: ignore[misc]
        array = entry.new_array(self.views[0]) if self.simple else ""
        entry.lines += [f"  {line}" if not line.endswith(":") else line for line in program.lines]
        for storage in self._changed_storages(changed):
            entry.count_change(storage)
        if self.simple:
            entry.lines.append(f"  ret ptr {entry.new_tensor(Tensor, array)}")
        else:
            finish = entry.object(self._finish)
            entry.lines.append(f"  ret ptr {entry.let(f'call ptr @PyObject_CallNoArgs(ptr {finish})')}")
        return entry.module(owner._slow, ctypes.addressof(WRONG_INDEX))

    def _changed_storages(self, changed: list[Buffer]) -> list[Any]:
        found: dict[int, Any] = {}
        for buffer in changed:
            for tensor in self.recorder.outside.get(buffer, ()):
                storage = storage_of(tensor)
                found[id(storage)] = storage
        return list(found.values())

    def _load(self, code: bytes) -> None:
        self.engine = machine().load(code)
        table = self.program.filled_table()
        self.place = self.engine.get_global_value_address("table")
        self.size = ctypes.sizeof(table)
        ctypes.memmove(self.place, table, self.size)
        self._definitions = []
        self.entry = self._callable(b"entry")
        self.attempt = self._callable(b"attempt")

    def _callable(self, name: bytes) -> Any:
        address = self.engine.get_function_address(name.decode())
        definition = MethodDefinition(name, address, FAST_WITH_KEYWORDS, None)
        self._definitions.append(definition)
        new = ctypes.pythonapi.PyCFunction_NewEx
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
        return new(ctypes.addressof(definition), self, None)

    # ---- at each call

    def _finish(self) -> Any:
        """The result, in the containers the function returned."""
        values = iter(self.views)
        return rebuilt(self.result, lambda old: self._output(old, next(values)))

    def _output(self, old: Tensor, view: View) -> Tensor:
        if view.buffer.kind in (OUTSIDE, ARGUMENT) and view.buffer in self.recorder.outside:
            for tensor in self.recorder.outside[view.buffer]:
                if tensor is old:
                    return old
        return wrap(self.program.array_of(view).copy())

    def renewed(self) -> bool:
        """Looks whether all that was taken for granted still holds, and gets ready for a call."""
        if not all(guard.holds() for guard in self.guards):
            return False
        for guard in self.guards:
            old, now = guard.refreshed()
            if now is not old:
                self._put("object", old, now)
        self.seen[...] = CHANGES
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
            value = new.address if kind == "buffer" else id(new)
            ctypes.c_void_p.from_address(self.place + 8 * place).value = value


class CompiledFunction:
    """What `compile` makes of a function: called like it, it runs native code.

    `graph` is the program of the last recording, `explain()` says what became of it.
    """

    def __init__(self, function: Callable, fullgraph: bool = True) -> None:
        self.function = function
        self.fullgraph = fullgraph
        self.recordings: dict[Any, list[Recording]] = {}
        self.recorded = 0
        self.eager = False  # given up on, with fullgraph=False
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._slow(*args, **kwargs)

    def _slow(self, *args: Any, **kwargs: Any) -> Any:
        """Finds the recording that a call belongs to, or makes it."""
        if self.eager or thread.recorder is not None:
            return self.function(*args, **kwargs)
        leaves: list[Tensor] = []
        key = (leaves_of((args, kwargs), leaves), tuple(map(_layout, leaves)), thread.grad_enabled)
        for recording in self.recordings.get(key, ()):
            if recording.renewed():
                found = recording.attempt(*leaves)
                if found is not NotImplemented:
                    self._install(recording, args, kwargs)
                    return found
        return self._record(key, args, kwargs, leaves)

    def _record(self, key: Any, args: tuple, kwargs: dict, leaves: list[Tensor]) -> Any:
        found = Found()
        found.walk(self.function)
        if any(_first_step(optimizer) for optimizer in found.optimizers):
            # the optimizer makes its state in this call; what follows is what repeats
            return self.function(*args, **kwargs)
        if self.recorded >= MOST_PROGRAMS:
            self._give_up(f"it was recorded {self.recorded} times, each time for something new")
            return self.function(*args, **kwargs)
        try:
            recording = Recording(self, args, kwargs, leaves)
        except Untraceable as reason:
            if self.fullgraph:
                raise CompileError(explained(reason)) from None
            self._give_up(str(reason))
            return self.function(*args, **kwargs)
        recording.compile(self)
        self.recorded += 1
        self.recordings.setdefault(key, []).insert(0, recording)
        self._install(recording, args, kwargs)
        return recording.result

    def _install(self, recording: Recording, args: tuple, kwargs: dict) -> None:
        """Makes the native entry what a call reaches first."""
        if not kwargs and all(isinstance(a, Tensor) for a in args):
            type(self).__call__ = recording.entry  # type: ignore[method-assign]

    def _give_up(self, why: str) -> None:
        self.eager = True
        warnings.warn(f"compile: {self.function} runs eagerly: {why}", stacklevel=4)

    # ---- looking inside

    @property
    def graph(self) -> str:
        """The steps of the last recording, a line each, with the user's line they come from."""
        last = self._last()
        if last is None:
            return "nothing is recorded yet: call the function first"
        return "\n".join(f"{step!r}    # {step.where}" for step in last.program.steps)

    def _last(self) -> Recording | None:
        every = [r for recordings in self.recordings.values() for r in recordings]
        return max(every, key=lambda r: r.number) if every else None

    def explain(self) -> str:
        """What was recorded, what was fused, what is native, what calls back, and how long it took."""
        last = self._last()
        return "nothing is recorded yet: call the function first" if last is None else last.explained()


def compiled(function: Callable, fullgraph: bool = True) -> CompiledFunction:
    """A compiled function of a type of its own, so that its type's `__call__` can be native."""
    kind = type("CompiledFunction", (CompiledFunction,), {})
    return kind(function, fullgraph)


def explained(reason: Untraceable) -> str:
    """The error of a run that cannot be followed, with the line of the program."""
    where = next((line for line in user_lines(reason.__traceback__)), "")
    return (
        f"compile cannot follow {where}: {reason}. While a function is recorded its numbers are not "
        "known yet. Leave what reads them (.item(), bool(), print, .numpy()) outside of the compiled "
        "function, use torch.where instead of a Python if, or pass fullgraph=False to run it eagerly"
    )


def user_lines(traceback: Any) -> list[str]:
    """The lines outside of this package in a traceback, innermost first."""
    found = []
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if not name.startswith(PACKAGE):
            found.append(f"{name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return found[::-1]


def _layout(tensor: Tensor) -> tuple:
    array = tensor._array
    tracked = tensor._edge is not None
    return type(tensor), array.dtype.str, array.shape, array.strides, tracked


def _first_step(optimizer: Any) -> bool:
    """Whether the optimizer has yet to make the state of a parameter."""
    if not optimizer.state and any(_keeps_state(group) for group in optimizer.param_groups):
        return True
    return False


def _keeps_state(group: dict) -> bool:
    return "betas" in group or bool(group.get("momentum")) or "alpha" in group or "rho" in group


class _LiveRates:
    """While recording, learning rates are numbers read at each call."""

    def __init__(self, optimizers: list, recorder: Recorder) -> None:
        self.groups = [
            group
            for optimizer in optimizers
            for group in optimizer.param_groups
            if type(group.get("lr")) is float
        ]
        self.recorder = recorder

    def __enter__(self) -> None:
        self.before = [group["lr"] for group in self.groups]
        for group in self.groups:
            group["lr"] = self.recorder.number(group, "lr")

    def __exit__(self, *exc: object) -> None:
        for group, rate in zip(self.groups, self.before, strict=True):
            group["lr"] = rate


def _own_memory(view: View) -> None:
    """Gives a view's buffer new memory that nobody else knows."""
    buffer = view.buffer
    buffer.array = np.empty(max(buffer.nbytes, 1), np.uint8)
    buffer.address = buffer.array.ctypes.data
    buffer.kind = OUTSIDE


def _copied(old: Tensor, view: View) -> Tensor:
    """A tensor of the same numbers over the view's memory."""
    array = _array_over(view)
    array[...] = old._array
    return wrap(array)


def _array_over(view: View) -> np.ndarray:
    return np.ndarray(view.shape, view.dtype, view.buffer.array, view.offset, view.strides)


def _listen_to_argument(recorder: Recorder, leaf: Tensor) -> None:
    state = leaf.__dict__
    if type(state["_array"]) is np.ndarray:
        state["_array"] = recorder.known(state["_array"], ARGUMENT, leaf)
        recorder.touched.append(leaf)
