"""Compiled functions: record the first real run, then answer calls from native code.

A call goes straight to the native entry of the program that answered last. Where that says the
call is not its own, the others are asked, and then the function runs once more under the recorder.
May import: core, tensor, compile.
"""

import functools
import warnings
from collections.abc import Callable
from typing import Any

from ..core.state import thread
from ..core.tracing import Untraceable
from ..tensor import Tensor
from .errors import CompileError, explained
from .guards import Found
from .recording import Recording
from .trees import leaves_of

MOST_RECORDINGS = 8


class CompiledFunction:
    """What `compile` makes of a function: called like it, it runs native code.

    `graph` is the program of the last recording, `explain()` says what became of it.
    """

    is_compiled = True  # for guards, which do not watch what it keeps

    def __init__(self, function: Callable, fullgraph: bool = True) -> None:
        self.function = function
        self.fullgraph = fullgraph
        self.recordings: dict[Any, list[Recording]] = {}  # by the layout of the arguments
        self.newest: Recording | None = None
        self.recorded = 0
        self.eager = False  # given up
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._found(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def _found(self, *args: Any, **kwargs: Any) -> Any:
        """Finds the recording that a call belongs to, or makes it."""
        if self.eager or thread.recorder is not None:
            return self.function(*args, **kwargs)
        leaves: list[Tensor] = []
        key = (leaves_of((args, kwargs), leaves), tuple(map(_layout, leaves)), thread.grad_enabled)
        for recording in self.recordings.get(key, ()):
            found = recording.run(leaves)
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
        if self.recorded >= MOST_RECORDINGS:
            self._give_up(
                f"it was recorded {self.recorded} times, each time because something it depends on "
                "had changed"
            )
            return self.function(*args, **kwargs)
        try:
            recording = Recording(self.function, args, kwargs, leaves)
        except Untraceable as reason:
            if self.fullgraph:
                raise CompileError(explained(reason)) from reason
            self._give_up(explained(reason))
            return self.function(*args, **kwargs)
        recording.compile(self._found)
        self.recorded += 1
        self.newest = recording
        self.recordings.setdefault(key, []).insert(0, recording)
        self._install(recording, args, kwargs)
        result, recording.first = recording.first, None
        return result

    def _install(self, recording: Recording, args: tuple, kwargs: dict) -> None:
        """Makes the native entry what a call reaches first, where the arguments are plain."""
        plain = not kwargs and all([isinstance(a, Tensor) for a in args])
        direct = plain and not recording.mode_matters
        type(self).__call__ = (  # type: ignore[method-assign]
            recording.entry if direct else CompiledFunction.__call__
        )

    def _give_up(self, why: str) -> None:
        self.eager = True
        warnings.warn(f"compile: {self.function} runs eagerly from now on: {why}", stacklevel=5)

    @property
    def graph(self) -> str:
        """The steps of the last recording, a line each, with the user's line they come from."""
        if self.newest is None:
            return "nothing is recorded yet: call the function first"
        return "\n".join(f"{step!r}    # {step.where}" for step in self.newest.program.steps)

    def explain(self) -> str:
        """What was recorded, what is native, what calls back into Python, how long it took."""
        if self.newest is None:
            return "nothing is recorded yet: call the function first"
        return self.newest.explained()


def compiled(function: Callable, fullgraph: bool = True) -> CompiledFunction:
    """A compiled function of a type of its own, so that its type's `__call__` can be native."""
    kind = type("CompiledFunction", (CompiledFunction,), {})
    return kind(function, fullgraph)


def _layout(tensor: Tensor) -> tuple:
    array = tensor._array
    return type(tensor), array.dtype.str, array.shape, array.strides, tensor._edge is not None


def _first_step(optimizer: Any) -> bool:
    """Whether the optimizer has yet to make the state of its parameters."""
    return not optimizer.state and any(_keeps_state(group) for group in optimizer.param_groups)


def _keeps_state(group: dict) -> bool:
    return "betas" in group or bool(group.get("momentum")) or "alpha" in group or "rho" in group
