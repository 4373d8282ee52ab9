"""Hooks of modules: what a module with hooks does around its forward and in the backward pass.

A module without hooks has no `Hooks` object and pays one look for it at each call.
May import: core, tensor, autograd, ops, nn.
"""

import warnings
from typing import Any

from ..autograd.graph import Handle
from ..core.state import thread
from ..ops.view_op import ViewOp
from ..tensor import Tensor, alias, storage_of


class Hooks:
    """The hooks of one module, by kind; each an ordered dictionary by handle."""

    __slots__ = (
        "backward",
        "backward_pre",
        "forward",
        "forward_pre",
        "load_post",
        "load_pre",
        "state_post",
        "state_pre",
    )

    def __init__(self) -> None:
        self.forward_pre: dict[int, Any] = {}  # (hook, with_kwargs)
        self.forward: dict[int, Any] = {}  # (hook, with_kwargs, always_call)
        self.backward_pre: dict[int, Any] = {}
        self.backward: dict[int, Any] = {}
        self.state_pre: dict[int, Any] = {}
        self.state_post: dict[int, Any] = {}
        self.load_pre: dict[int, Any] = {}
        self.load_post: dict[int, Any] = {}


def register(registered: dict[int, Any], entry: Any, prepend: bool = False) -> Handle:
    """Adds a hook at the end, or in front; the handle takes it away again."""
    if not prepend:
        return Handle(registered, entry)
    others = dict(registered)
    registered.clear()
    handle = Handle(registered, entry)
    registered.update(others)
    return handle


def call(module: Any, args: tuple, kwargs: dict) -> Any:
    """The module's forward with everything its hooks do before, after and in backward."""
    hooks = module._hooks
    called: set[int] = set()
    try:
        return _call(module, hooks, args, kwargs, called)
    except Exception:
        # a hook that asked to be called always sees an error's call too, with no result
        for key, (hook, with_kwargs, always) in list(hooks.forward.items()):
            if always and key not in called:
                extra = (kwargs,) if with_kwargs else ()
                hook(module, args, *extra, None)
        raise


def _call(module: Any, hooks: Hooks, args: tuple, kwargs: dict, called: set[int]) -> Any:
    for hook, with_kwargs in list(hooks.forward_pre.values()):
        if with_kwargs:
            replaced = hook(module, args, kwargs)
            if replaced is not None:
                if not isinstance(replaced, tuple) or len(replaced) != 2:
                    raise RuntimeError(
                        "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {replaced}."
                    )
                args, kwargs = replaced
        else:
            replaced = hook(module, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
    crossing = Crossing(module, hooks) if hooks.backward or hooks.backward_pre else None
    if crossing is not None:
        args = crossing.enter(args)
    result = module.forward(*args, **kwargs)
    for key, (hook, with_kwargs, _) in list(hooks.forward.items()):
        called.add(key)
        extra = (kwargs,) if with_kwargs else ()
        replaced = hook(module, args, *extra, result)
        if replaced is not None:
            result = replaced
    return result if crossing is None else crossing.leave(result)


class Boundary(ViewOp):
    """The identity, as one node with an output for each input, which is a view of it."""

    __slots__ = ()

    def __call__(self, *tensors: Tensor) -> tuple[Tensor, ...]:  # type: ignore[override]
        """The same tensors, behind the node."""
        behind = []
        for tensor in tensors:
            other = alias(tensor)
            other._base = tensor if tensor._base is None else tensor._base
            storage_of(other).add_view(other)
            behind.append(other)
        result = tuple(behind)
        self.record(tensors, {}, result)
        return result


# where gradients enter and leave a module
_boundary = Boundary(
    "module_boundary",
    lambda *arrays: arrays,
    lambda g: list(g),
    backward="BackwardHookFunctionBackward",
    inputs=(),
)


def _cross(values: tuple) -> tuple[tuple, Any, list[int]]:
    """The values behind a boundary, its node, and which of them it passes on gradients to."""
    positions = [
        position
        for position, value in enumerate(values)
        if isinstance(value, Tensor) and value._edge is not None and thread.grad_enabled
    ]
    if not positions:
        return values, None, positions
    behind = _boundary(*[values[position] for position in positions])
    replaced = list(values)
    for position, tensor in zip(positions, behind, strict=True):
        replaced[position] = tensor
    return tuple(replaced), behind[0].grad_fn, positions  # type: ignore[attr-defined]


class Crossing:
    """One call of a module with backward hooks: its inputs and outputs pass a boundary."""

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self.module = module
        self.before = list(hooks.backward_pre.values())
        self.after = list(hooks.backward.values())
        self.entry: Any = None
        self.inputs = 0
        self.gradients: tuple = ()

    def enter(self, args: tuple) -> tuple:
        """The arguments behind their boundary."""
        self.inputs = len(args)
        args, self.entry, positions = _cross(args)
        if self.entry is not None and self.after:
            self.entry.register_hook(lambda results, _: self.entered(results, positions))
        return args

    def leave(self, result: Any) -> Any:
        """The result behind its boundary."""
        values = tuple(result) if isinstance(result, (tuple, list)) else (result,)
        crossed, node, positions = _cross(values)
        if node is None:
            return result
        count = len(values)
        node.register_prehook(lambda gradients: self.left(gradients, positions, count))
        if self.entry is None and self.after:
            node.register_hook(lambda results, _: self.without_inputs())
        if isinstance(result, (tuple, list)):
            return type(result)(crossed)
        return crossed[0]

    def left(self, gradients: tuple, positions: list[int], count: int) -> tuple:
        """Backward reaches the outputs: the pre-hooks see, and may replace, their gradients."""
        spread = _spread(gradients, positions, count)
        for hook in self.before:
            replaced = hook(self.module, spread)
            if replaced is not None:
                spread = replaced if isinstance(replaced, tuple) else (replaced,)
        self.gradients = spread
        return tuple([spread[position] for position in positions])

    def without_inputs(self) -> None:
        """No input wanted a gradient: the hooks are called when backward reaches the outputs."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module "
            "outputs since no inputs require gradients.",
            stacklevel=2,
        )
        self.entered((), [])

    def entered(self, results: Any, positions: list[int]) -> tuple:
        """Backward reaches the inputs: the hooks see, and may replace, their gradients."""
        spread = _spread(results, positions, self.inputs)
        for hook in self.after:
            replaced = hook(self.module, spread, self.gradients)
            if replaced is not None:
                replaced = replaced if isinstance(replaced, tuple) else (replaced,)
                if len(replaced) != len(spread):
                    raise RuntimeError(
                        "Backward hook returned an invalid number of grad_input, got "
                        f"{len(replaced)}, but expected {len(spread)}"
                    )
                spread = replaced
        return tuple([spread[position] for position in positions])


def _spread(values: Any, positions: list[int], count: int) -> tuple:
    spread: list[Any] = [None] * count
    for position, value in zip(positions, values, strict=False):
        spread[position] = value
    return tuple(spread)
