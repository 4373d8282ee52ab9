"""Every piece of process-wide state, in one place so that it can be found, saved and restored.

What a thread may change for itself (the grad mode) is thread-local; what PyTorch shares between
threads (the default dtype) is shared.
May import: nothing.
"""

import threading
from typing import Any

# What `thread.grad_enabled` holds where no history is recorded while tangents travel forward: it
# counts as true, so that operations go through `Op.record`, which does the rest.
FORWARD_ONLY = "forward only"


class ThreadState(threading.local):
    """State of one thread; the class attributes are the values a new thread starts with."""

    grad_enabled: Any = True  # True, or `not_recording`
    not_recording: Any = False  # False, or FORWARD_ONLY inside a level of forward mode
    dual_level: Any = None  # the one that `forward_ad` opened
    levels: Any = ()  # the open levels of forward mode
    inference = False  # inside `inference_mode`
    anomaly: Any = None  # the open `detect_anomaly` block
    saved_hooks: Any = None  # what saved tensors are packed with
    hooks_forbidden: str | None = None  # the error message, where there may be no such hooks
    early_stop = True  # whether a checkpoint stops computing when it has found all it needs
    run: Any = None  # what the backward pass under way will visit
    recorder: Any = None  # while compile records this thread, who listens


class SharedState:
    """State of the process."""

    __slots__ = ("default_dtype", "num_threads", "print_options", "traces", "watched")

    default_dtype: Any  # set by core.dtype, the room that knows what a dtype is
    num_threads: int | None  # None until somebody asks
    print_options: Any  # set by core.printing
    traces: Any  # where nodes were made, for anomaly detection; made by it
    watched: int  # see `watch`


thread = ThreadState()
shared = SharedState()
shared.num_threads = None
shared.traces = None
shared.watched = 0
_counting = threading.Lock()


def watch(change: int) -> None:
    """Adds to the number of reasons, anywhere in the process, to take the long way round.

    Inference mode, anomaly detection, hooks of saved tensors, levels of forward mode and batches
    each count while they are open. Where the count is 0, an operation asks for none of them.
    """
    with _counting:
        shared.watched += change
