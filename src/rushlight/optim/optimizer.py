"""Optimizer: the parameters in groups, the state kept for each, and what every optimizer does.

A subclass writes `_update(group)`, which works on the ndarrays of one group; a user's own may
write `step` instead.
May import: core, tensor, autograd, optim.
"""

import functools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.graph import Handle
from ..core.dtype import HALVES
from ..core.state import thread
from ..core.tracing import is_traced, structure_changed
from ..tensor import Tensor, storage_of, wrap
from .groups import complete, groups_of
from .state import packed, unpacked


def _with_hooks(step: Callable) -> Callable:
    """A step that calls the hooks around it, when there are any."""

    @functools.wraps(step)
    def step_with_hooks(self: Any, *args: Any, **kwargs: Any) -> Any:
        hooks = self._hooks
        if hooks.stepping or not (hooks.step_pre or hooks.step_post):
            return step(self, *args, **kwargs)
        hooks.stepping = True
        args = (self, *args)  # as the hooks see them
        try:
            for hook in list(hooks.step_pre.values()):
                changed = hook(self, args, kwargs)
                if changed is None:
                    continue
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        f"{hook} must return None or a tuple of (new_args, new_kwargs), but got "
                        f"{changed}."
                    )
                args, kwargs = changed
            returned = step(*args, **kwargs)
            for hook in list(hooks.step_post.values()):
                hook(self, args, kwargs)
        finally:
            hooks.stepping = False
        return returned

    return step_with_hooks


class Optimizer:
    """The base of all optimizers: `param_groups`, `state`, `step`, `zero_grad`, `state_dict`.

    `params` holds tensors, (name, tensor) pairs, or dicts with "params" and settings of their own;
    `defaults` are the settings of groups that have none. TypeError for what is no tensor,
    ValueError for no parameters, for results of operations, and for parameters in two groups.

    >>> class Walk(torch.optim.Optimizer):
    ...     def step(self):
    ...         for group in self.param_groups:
    ...             for param in group["params"]:
    ...                 param.data -= group["lr"] * param.grad.sign()
    >>> w = torch.tensor([1.0, -1.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> Walk([w], {"lr": 0.5}).step()
    >>> w
    tensor([ 0.5000, -0.5000], requires_grad=True)
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.state: Any = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._hooks = Hooks()
        for group in groups_of(params):
            self.param_groups.append(complete(group, defaults, self.param_groups))

    def __init_subclass__(cls) -> None:
        # a step that a subclass writes runs the hooks too
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group, a dict with "params" and what differs from the defaults.

        TypeError and ValueError as for the optimizer itself.

        >>> v, w = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
        >>> optimizer = torch.optim.SGD([v], lr=0.1)
        >>> optimizer.add_param_group({"params": w, "lr": 0.2})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.2]
        """
        self.param_groups.append(complete(param_group, self.defaults, self.param_groups))
        structure_changed()

    @_with_hooks
    def step(self, closure: Callable | None = None) -> Any:
        """Changes each parameter that has a gradient; returns the loss of the closure, if given.

        The closure computes the loss and its gradients anew; it runs with recording on.
        """
        loss = None
        recording = thread.grad_enabled
        if closure is not None:
            thread.grad_enabled = True
            try:
                loss = closure()
            finally:
                thread.grad_enabled = recording
        for group in self.param_groups:
            self._update(group)
        return loss

    def _update(self, group: dict[str, Any]) -> None:
        raise NotImplementedError(
            f"{type(self).__name__} does not say what a step is: write step()"
        )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients, or fills them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none or param._grad is None:
                    param._grad = None
                else:
                    param._grad._edge = None
                    param._grad._array[...] = 0
                    storage_of(param._grad).version += 1

    def state_dict(self) -> dict[str, Any]:
        """The state by parameter number, and the groups: PyTorch's own dictionary.

        >>> torch.optim.SGD([torch.zeros(1)], lr=0.1).state_dict()["param_groups"][0]["params"]
        [0]
        """
        for hook in list(self._hooks.state_pre.values()):
            hook(self)
        made = packed(self.state, self.param_groups)
        for hook in list(self._hooks.state_post.values()):
            made = _or(hook(self, made), made)
        return made

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over groups and copies of the state; ValueError when the groups do not match."""
        for hook in list(self._hooks.load_pre.values()):
            state_dict = _or(hook(self, state_dict), state_dict)
        self.state, self.param_groups = unpacked(state_dict, self.param_groups, self.defaults)
        structure_changed()
        for hook in list(self._hooks.load_post.values()):
            hook(self)

    def register_step_pre_hook(self, hook: Callable) -> Handle:
        """Calls `hook(optimizer, args, kwargs)` before each step; it may return both anew.

        As in PyTorch, the first of `args` is the optimizer itself.
        """
        return Handle(self._hooks.step_pre, hook)

    def register_step_post_hook(self, hook: Callable) -> Handle:
        """Calls `hook(optimizer, args, kwargs)` after each step."""
        return Handle(self._hooks.step_post, hook)

    def register_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """Calls `hook(optimizer)` before each `state_dict`."""
        return _added(self._hooks.state_pre, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """Calls `hook(optimizer, state_dict)` after it; it may return another dictionary."""
        return _added(self._hooks.state_post, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """Calls `hook(optimizer, state_dict)` before each load; it may return another."""
        return _added(self._hooks.load_pre, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """Calls `hook(optimizer)` after each load."""
        return _added(self._hooks.load_post, hook, prepend)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_hooks"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._hooks = Hooks()

    def __repr__(self) -> str:
        parts = []
        for number, group in enumerate(self.param_groups):
            lines = [f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params"]
            parts.append(f"Parameter Group {number}\n{''.join(lines)}")
        joined = "\n".join(parts)
        return f"{type(self).__name__} (\n{joined})"


class Hooks:
    """The hooks of one optimizer, by kind; each an ordered dictionary by handle."""

    def __init__(self) -> None:
        self.step_pre: dict[int, Callable] = {}
        self.step_post: dict[int, Callable] = {}
        self.state_pre: dict[int, Callable] = {}
        self.state_post: dict[int, Callable] = {}
        self.load_pre: dict[int, Callable] = {}
        self.load_post: dict[int, Callable] = {}
        self.stepping = False  # within a step: of a subclass's step and its base's, one counts
        self.watched = False  # by a schedule of its rates, which asks whether it has `stepped`
        self.stepped = False


def _or(returned: Any, before: Any) -> Any:
    return before if returned is None else returned


def _added(hooks: dict[int, Callable], hook: Callable, prepend: bool) -> Handle:
    """Adds a hook at the end, or in front."""
    others = dict(hooks) if prepend else {}
    if prepend:
        hooks.clear()
    handle = Handle(hooks, hook)
    hooks.update(others)
    return handle


def check(condition: bool, what: str, value: Any) -> None:
    """ValueError, "Invalid <what>: <value>", unless the condition holds."""
    if not condition:
        raise ValueError(f"Invalid {what}: {value}")


def check_common(
    lr: Any, foreach: bool | None, fused: bool | None, differentiable: bool = False
) -> None:
    """What every optimizer asks of the settings that they all have.

    `foreach` and `fused` choose between ways of computing the same numbers, of which there is one
    here: they are checked, kept in the state dictionary, and change nothing.
    """
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, but has shape {list(lr.shape)}")
    check(not lr < 0, "learning rate", lr)
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    if differentiable:
        raise NotImplementedError(
            "differentiable=True: steps work on the numbers alone and leave no history; to "
            "differentiate through an update, write it as p = p - lr * grad"
        )


def changed(param: Tensor) -> None:
    """Counts an in-place change of the parameter."""
    storage_of(param).version += 1


def operand(number: float, dtype: Any) -> Any:
    """A number as a 0-d array, which NumPy takes up more quickly; halves keep the number whole."""
    number = setting(number)
    if isinstance(number, np.ndarray):
        return number
    return float(number) if dtype in HALVES else np.array(number, dtype)


def setting(number: Any) -> Any:
    """A setting as a Python float; one that is being traced stays as it is."""
    value = number._array if isinstance(number, Tensor) else number
    return value if is_traced(value) else float(value)


def gradient_of(param: Tensor, array: Any, group: dict[str, Any], decay: float) -> Any:
    """The gradient as an array, negated to maximize, with the weight decay added."""
    gradient = param._grad._array  # type: ignore[union-attr]
    if group["maximize"]:
        gradient = -gradient
    if decay:
        # a bfloat16 times a Python number is a float32 to NumPy
        gradient = (gradient + array * decay).astype(array.dtype, copy=False)
    return gradient


def as_real(*arrays: Any) -> list[Any]:
    """The same memory of complex arrays with real and imaginary parts along a dim of their own."""
    views = []
    for array in arrays:
        part = array.real
        shape, strides = (*part.shape, 2), (*part.strides, part.itemsize)
        views.append(np.lib.stride_tricks.as_strided(part, shape, strides))
    return views


def zeros_like(array: Any) -> Tensor:
    """A state tensor of zeros."""
    return wrap(np.zeros(array.shape, array.dtype))


def step_count(state: dict[str, Any]) -> float:
    """Counts one more step of this parameter."""
    count = state["step"]._array
    count += 1
    return count.as_number() if is_traced(count) else float(count)


def new_step_count() -> Tensor:
    """A count of no steps, a 0-d float32 tensor as in PyTorch."""
    return wrap(np.zeros((), np.float32))
