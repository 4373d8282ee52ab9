"""Checkpoints: compute a part of the forward pass twice rather than keep its intermediate values.

Without reentrance, hooks take the place of every saved tensor, and the first one that backward asks
for runs the part again. With it, one step of the graph runs the part, and its backward, itself.
May import: core, tensor, autograd, ops.
"""

import contextlib
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.function import Function
from ..autograd.grad_mode import enable_grad
from ..autograd.gradients import backward
from ..autograd.saved import saved_tensors_hooks
from ..core.state import thread
from ..ops.random import get_rng_state, set_rng_state
from ..tensor import Tensor


class CheckpointError(RuntimeError):
    """What a checkpoint computed again is not what it computed the first time."""


class _EnoughRecomputed(Exception):
    """All that was saved the first time has been computed again."""


def noop_context_fn() -> tuple:
    """Two contexts that do nothing: for the first run, and for the second.

    >>> from rushlight.utils.checkpoint import noop_context_fn
    >>> first, second = noop_context_fn()
    >>> with first, second:
    ...     torch.ones(1)
    tensor([1.])
    """
    return contextlib.nullcontext(), contextlib.nullcontext()


class _Rng:
    """The state of the random stream at the start, if it is to be the same again."""

    def __init__(self, preserve: bool) -> None:
        self.state = get_rng_state() if preserve else None

    @contextlib.contextmanager
    def again(self) -> Any:
        """A block that draws the numbers of the first run, and leaves the stream as it was."""
        if self.state is None:
            yield
            return
        now = get_rng_state()
        set_rng_state(self.state)
        try:
            yield
        finally:
            set_rng_state(now)


def _described(tensor: Tensor) -> dict:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}


class _Place:
    """Stands in the graph for a tensor that was not kept."""

    __slots__ = ("__weakref__", "position")

    def __init__(self, position: int) -> None:
        self.position = position


class _Run:
    """One checkpointed call: what it takes to run it again, and what the second run saved."""

    def __init__(self, again: Callable, determinism_check: str, early_stop: bool) -> None:
        if determinism_check not in ("default", "none"):
            raise ValueError(
                f"determinism_check should be one of ['default', 'none'], got {determinism_check}"
            )
        self.again = again
        self.compare = determinism_check == "default"
        self.early_stop = early_stop
        self.expected: list[dict] = []  # of each tensor that the first run saved
        self.places: list[weakref.ref] = []
        self.found: dict[int, Tensor] = {}  # by position
        self.pass_under_way: Any = None

    def pack(self, tensor: Tensor) -> _Place:
        """In the first run: a place in the graph, and a note of what belongs there."""
        place = _Place(len(self.places))
        self.places.append(weakref.ref(place))
        self.expected.append(_described(tensor))
        return place

    def unpack(self, place: _Place) -> Tensor:
        """In backward: what belongs at the place; each pass computes it once."""
        if self.pass_under_way is not thread.run or place.position not in self.found:
            self.pass_under_way = thread.run
            self._compute()
        tensor = self.found[place.position]
        if self.compare:
            self._hold(place.position, tensor)
        del self.found[place.position]
        return tensor

    def _compute(self) -> None:
        self.found = {}
        count = 0

        def keep(tensor: Tensor) -> Tensor:
            nonlocal count
            position, count = count, count + 1
            kept = tensor.detach()
            if position < len(self.places) and self.places[position]() is not None:
                self.found[position] = kept
            if self.early_stop and count == len(self.places):
                raise _EnoughRecomputed
            return kept

        with contextlib.suppress(_EnoughRecomputed), saved_tensors_hooks(keep, _as_it_is):
            self.again()
        if count != len(self.places):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                "original forward and recomputation.\nNumber of tensors saved during forward: "
                f"{len(self.places)}\nNumber of tensors saved during recomputation: {count}. "
                "The function must do the same both times"
            )

    def _hold(self, position: int, tensor: Tensor) -> None:
        expected, seen = self.expected[position], _described(tensor)
        if expected != seen:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have "
                f"different metadata than during the forward pass.\ntensor at position {position}:"
                f"\nsaved metadata: {expected}\nrecomputed metadata: {seen}"
            )


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


def _without_reentrance(
    function: Callable, args: tuple, kwargs: dict, preserve: bool, context_fn: Callable,
    determinism_check: str, early_stop: bool,
) -> Any:  # fmt: skip
    first, second = context_fn()
    rng = _Rng(preserve)

    def again() -> None:
        with rng.again(), enable_grad(), second:
            function(*args, **kwargs)

    run = _Run(again, determinism_check, early_stop)
    with first, saved_tensors_hooks(run.pack, run.unpack):
        return function(*args, **kwargs)


class CheckpointFunction(Function):
    """The step of the graph that a reentrant checkpoint is: its backward runs the function.

    >>> from rushlight.utils.checkpoint import CheckpointFunction
    >>> x = torch.tensor([2.0], requires_grad=True)
    >>> CheckpointFunction.apply(torch.square, True, x).backward()
    >>> x.grad
    tensor([4.])
    """

    @staticmethod
    def forward(ctx: Any, function: Any, preserve: Any, *args: Any) -> Any:  # type: ignore[override]
        """Runs the function without recording, and saves its arguments alone."""
        ctx.function = function
        ctx.rng = _Rng(preserve)
        ctx.tensors = [index for index, arg in enumerate(args) if isinstance(arg, Tensor)]
        ctx.rest = [None if isinstance(arg, Tensor) else arg for arg in args]
        ctx.save_for_backward(*[args[index] for index in ctx.tensors])
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Runs the function again, recording, and sends the gradients back through that."""
        wanted = thread.run.wanted
        if wanted is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or "
                "passing an `inputs` parameter to .backward(). To resolve this error, you can "
                "either set use_reentrant=False, or call .backward() without passing the `inputs` "
                "argument."
            )
        args = list(ctx.rest)
        for index, tensor in zip(ctx.tensors, ctx.saved_tensors, strict=True):
            args[index] = tensor.detach().requires_grad_(tensor.requires_grad)
        with ctx.rng.again(), enable_grad():
            outputs = ctx.function(*args)
        if not isinstance(outputs, tuple):
            outputs = (outputs,)
        pairs = [
            (output, gradient)
            for output, gradient in zip(outputs, gradients, strict=True)
            if isinstance(output, Tensor) and output.requires_grad
        ]
        if not pairs:
            raise RuntimeError(
                "none of output has requires_grad=True, this checkpoint() is not necessary"
            )
        backward([output for output, _ in pairs], [gradient for _, gradient in pairs])
        found = [arg.grad if isinstance(arg, Tensor) and arg.is_leaf else None for arg in args]
        return (None, None, *found)


def checkpoint(
    function: Callable,
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, whose intermediate values are computed again in backward.

    The random stream is put back for the second run (unless `preserve_rng_state=False`), so that
    dropout drops the same. `use_reentrant=False` is the better of the two ways; the other takes no
    keyword arguments (ValueError) and cannot be used with `autograd.grad` (RuntimeError).
    CheckpointError when the second run does not save what the first did.

    >>> from rushlight.utils.checkpoint import checkpoint
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: (x * x).sum(), x, use_reentrant=False).backward()
    >>> x.grad
    tensor([2., 4.])
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. "
            "use_reentrant=False is recommended, but if you need to preserve the current default "
            "behavior, you can pass use_reentrant=True.",
            stacklevel=2,
        )
        use_reentrant = True
    if not use_reentrant:
        return _without_reentrance(
            function, args, kwargs, preserve_rng_state, context_fn, determinism_check,
            early_stop and thread.early_stop,
        )  # fmt: skip
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if context_fn is not noop_context_fn or debug:
        raise ValueError(
            "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
        )
    if not any([isinstance(arg, Tensor) and arg.requires_grad for arg in args]):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2
        )
    return CheckpointFunction.apply(function, preserve_rng_state, *args)


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """A chain of functions (or a Sequential) cut in `segments`, all but the last checkpointed.

    >>> from rushlight.utils.checkpoint import checkpoint_sequential
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> net = [torch.exp, torch.sin, torch.exp, torch.sin]
    >>> checkpoint_sequential(net, 2, x, use_reentrant=False)
    tensor([0.9980], grad_fn=<SinBackward0>)
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be "
            "passed explicitly. use_reentrant=False is recommended, but if you need to preserve "
            "the current default behavior, you can pass use_reentrant=True.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions)
    size = len(steps) // segments
    end = 0
    for start in range(0, size * (segments - 1), size) if size else ():
        end = start + size
        input = checkpoint(
            _chain(steps[start:end]),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve,
        )
    return _chain(steps[end:])(input)


def _chain(steps: Sequence[Callable]) -> Callable:
    def run(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return run


class set_checkpoint_early_stop:
    """A block whose checkpoints stop a second run as soon as all is found, or (False) do not.

    >>> from rushlight.utils.checkpoint import checkpoint, set_checkpoint_early_stop
    >>> x = torch.tensor([2.0], requires_grad=True)
    >>> with set_checkpoint_early_stop(False):
    ...     checkpoint(torch.square, x, use_reentrant=False).backward()
    >>> x.grad
    tensor([4.])
    """

    def __init__(self, enable: bool) -> None:
        self.enable = enable
        self._before: list = []

    def __enter__(self) -> None:
        self._before.append(thread.early_stop)
        thread.early_stop = self.enable

    def __exit__(self, *exc: object) -> None:
        thread.early_stop = self._before.pop()


__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "checkpoint",
    "checkpoint_sequential",
    "noop_context_fn",
    "set_checkpoint_early_stop",
]
