"""Whether operations are recorded: `no_grad`, `enable_grad`, `inference_mode` and their like.

The mode belongs to the thread; each manager also decorates functions and puts the mode back
however the block ends.
May import: core.
"""

import functools
from collections.abc import Callable
from threading import get_ident
from typing import Any

from ..core.state import thread, unwatch, watch

GENERATOR = 0x20  # the flag of a function that yields; `inspect` knows it, and is slow to import


class _GradMode:
    """A block, or a decorated function, during which the grad mode is `mode`."""

    mode = True

    _before: Any = None  # (the mode to go back to, what stood here before): a stack of blocks

    def __enter__(self) -> None:
        self._before = (thread.grad_enabled, self._before)
        thread.grad_enabled = self.mode or thread.not_recording

    def __exit__(self, *exc: object) -> None:
        thread.grad_enabled, self._before = self._before

    def __call__(self, function: Callable) -> Callable:
        mode = self.mode
        if getattr(function, "__code__", None) and function.__code__.co_flags & GENERATOR:
            return _generator_in(mode, function)

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            before = thread.grad_enabled
            thread.grad_enabled = mode or thread.not_recording
            try:
                return function(*args, **kwargs)
            finally:
                thread.grad_enabled = before

        return decorated


def _generator_in(mode: bool, function: Callable) -> Callable:
    """A generator that runs in that mode, while who iterates over it keeps the mode he has."""

    @functools.wraps(function)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        step, value = generator.send, None
        while True:
            outside = thread.grad_enabled
            thread.grad_enabled = mode or thread.not_recording
            try:
                made = step(value)
            except StopIteration as end:
                return end.value
            finally:
                thread.grad_enabled = outside
            try:
                step, value = generator.send, (yield made)
            except BaseException as error:  # thrown in, or GeneratorExit: the generator's to handle
                step, value = generator.throw, error

    return decorated


class no_grad(_GradMode):
    """A block, or a decorator, in which nothing is recorded.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    mode = False

    def __new__(cls, function: Callable | None = None) -> Any:
        manager = object.__new__(cls)
        if function is None:
            return manager
        return manager(function)  # `@torch.no_grad` without brackets


class enable_grad(no_grad):
    """A block, or a decorator, in which operations are recorded, also inside `no_grad`.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad(), torch.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    mode = True


class set_grad_enabled(_GradMode):
    """Sets the mode at once; as a block, puts the old mode back at its end.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.set_grad_enabled(False):
    ...     (x * 2).requires_grad
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                "set_grad_enabled(): argument 'enabled' (position 1) must be bool, not "
                f"{type(mode).__name__}"
            )
        self.mode = mode
        self._outside = thread.grad_enabled
        thread.grad_enabled = self.mode or thread.not_recording

    def __enter__(self) -> None:
        self._before = (self._outside, self._before)
        thread.grad_enabled = self.mode or thread.not_recording

    def __call__(self, function: Callable) -> Callable:
        thread.grad_enabled = self._outside
        return super().__call__(function)


class inference_mode:
    """A block, or a decorator, in which nothing is recorded and tensors count no changes.

    A tensor made in it can be used outside, but neither saved for a gradient nor changed in place:
    RuntimeError; a clone of it can. `inference_mode(False)` is a block of ordinary mode.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.inference_mode():
    ...     y = x * 2
    >>> y.requires_grad, y.is_inference()
    (False, True)
    """

    def __new__(cls, mode: Any = True) -> Any:
        manager = object.__new__(cls)
        if callable(mode):
            manager.mode = True
            return manager(mode)  # `@torch.inference_mode` without brackets
        manager.mode = bool(mode)
        return manager

    mode: bool
    _before: Any = None

    def __enter__(self) -> None:
        self._before = (thread.grad_enabled, thread.inference, self._before)
        _set_inference(self.mode)
        thread.grad_enabled = not self.mode

    def __exit__(self, *exc: object) -> None:
        thread.grad_enabled, inference, self._before = self._before
        _set_inference(inference)

    def __call__(self, function: Callable) -> Callable:
        mode = self.mode

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with inference_mode(mode):
                return function(*args, **kwargs)

        return decorated


def _set_inference(mode: bool) -> None:
    reason = ("inference", get_ident())
    if mode:
        watch(reason)
    else:
        unwatch(reason)
    thread.inference = mode


def is_inference_mode_enabled() -> bool:
    """Whether this thread is in inference mode.

    >>> torch.is_inference_mode_enabled()
    False
    """
    return thread.inference


def is_grad_enabled() -> bool:
    """Whether operations are being recorded in this thread.

    >>> torch.is_grad_enabled()
    True
    """
    return thread.grad_enabled is True
