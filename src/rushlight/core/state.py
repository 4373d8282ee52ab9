"""Every piece of process-wide state, in one place so that it can be found, saved and restored.

What a thread may change for itself (the grad mode) is thread-local; what PyTorch shares between
threads (the default dtype) is shared.
May import: nothing.
"""

import threading
from typing import Any

# What `thread.grad_enabled` holds where no history is recorded and yet operations must not take
# short cuts, as tangents travel forward or arrays are batches: it counts as true.
NOT_RECORDING = "not recording"


class ThreadState(threading.local):
    """State of one thread; the class attributes are the values a new thread starts with."""

    grad_enabled: Any = True  # True, or `not_recording`
    not_recording: Any = False  # False, or NOT_RECORDING inside a level of forward mode
    dual_level: Any = None  # the one that `forward_ad` opened
    levels: Any = ()  # the open levels of forward mode
    batches: Any = ()  # of the calls of `vmap` that are under way
    inference = False  # inside `inference_mode`
    anomaly: Any = None  # the open `detect_anomaly` block
    saved_hooks: Any = None  # what saved tensors are packed with
    hooks_forbidden: str | None = None  # the error message, where there may be no such hooks
    early_stop = True  # whether a checkpoint stops computing when it has found all it needs
    run: Any = None  # what the backward pass under way will visit
    parametrized: Any = None  # the tensors that `parametrize.cached` keeps, by module and name
    recorder: Any = None  # while compile records this thread, who listens


class SharedState:
    """State of the process."""

    __slots__ = (
        "default_dtype",
        "deterministic",
        "interop_threads",
        "matmul_precision",
        "num_threads",
        "print_options",
        "traces",
        "warn_always",
        "watched",
    )

    deterministic: int  # this and the three below: see core.settings
    interop_threads: int
    matmul_precision: str
    warn_always: bool
    default_dtype: Any  # set by core.dtype, the room that knows what a dtype is
    num_threads: int | None  # None until somebody asks
    print_options: Any  # set by core.printing
    traces: Any  # where nodes were made, for anomaly detection; made by it
    watched: set  # see `watch`


thread = ThreadState()
shared = SharedState()
shared.num_threads = None
shared.traces = None
shared.watched = set()
shared.deterministic = 0
shared.interop_threads = 1
shared.matmul_precision = "highest"
shared.warn_always = False


def watch(reason: Any) -> None:
    """Adds a reason, of any thread, to take the long way round.

    Inference mode, anomaly detection, hooks of saved tensors, levels of forward mode and batches
    are such reasons while they last. Where there are none, an operation asks for none of them.
    """
    shared.watched.add(reason)


def unwatch(reason: Any) -> None:
    """Takes the reason away again."""
    shared.watched.discard(reason)
