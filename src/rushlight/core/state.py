"""Every piece of process-wide state, in one place so that it can be found, saved and restored.

What a thread may change for itself (the grad mode) is thread-local; what PyTorch shares between
threads (the default dtype) is shared.
May import: nothing.
"""

import threading
from typing import Any


class ThreadState(threading.local):
    """State of one thread; the class attributes are the values a new thread starts with."""

    grad_enabled = True
    recorder: Any = None  # while compile records this thread, who listens


class SharedState:
    """State of the process."""

    __slots__ = ("default_dtype", "num_threads", "print_options")

    default_dtype: Any  # set by core.dtype, the room that knows what a dtype is
    num_threads: int | None  # None until somebody asks
    print_options: Any  # set by core.printing


thread = ThreadState()
shared = SharedState()
shared.num_threads = None
