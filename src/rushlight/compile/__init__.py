"""compile: a function, a module or a whole training step as native code, from one recorded run.

The compiler itself is brought in by the first call: importing the library stays quick.
May import: core, compile.
"""

from collections.abc import Callable
from typing import Any

from ..core import optional

__all__ = ["compile"]

BACKENDS = ("rushlight", "inductor")
MODES = (None, "default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")


def compile(
    model: Callable | None = None,
    *,
    fullgraph: bool = True,
    dynamic: bool | None = None,
    backend: str = "rushlight",
    mode: str | None = None,
    options: dict | None = None,
    disable: bool = False,
) -> Any:
    """The function or module as native code: the first call runs it and records what it does.

    What may be compiled is a function of tensors, a module, or a whole training step with its
    backward pass, its clipping and its optimizer. Where shapes, modes or what the function is made
    of change, it is recorded again. `fullgraph=False` runs what cannot be followed as it is, and
    says so once. Every shape has a program of its own, whatever `dynamic` says; `mode` changes
    nothing; `backend="eager"` and `disable` leave the function as it is. RuntimeError for what
    cannot be followed, with the line; ValueError for another backend, RuntimeError for options.

    >>> @torch.compile
    ... def gelu(x):
    ...     return 0.5 * x * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x**3)))
    >>> gelu(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8412])
    """
    if model is None:
        return lambda function: compile(
            function,
            fullgraph=fullgraph,
            dynamic=dynamic,
            backend=backend,
            mode=mode,
            options=options,
            disable=disable,
        )
    if not callable(model):
        raise RuntimeError(f"compile() takes a function or a module, not {type(model).__name__}")
    if mode not in MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {MODES[1:]}")
    if options:
        raise RuntimeError(f"Unexpected optimization option {next(iter(options))}: there are none")
    if disable or backend == "eager":
        return model
    if backend not in BACKENDS:
        raise ValueError(f"Invalid backend: {backend!r}; there are {BACKENDS} and 'eager'")
    return optional.later("rushlight.compile.function").compiled(model, fullgraph)
