"""Optimizer: the parameters in groups, the state kept for each, and what every optimizer does.

A subclass writes `_update(group)`, which works on the ndarrays of one group.
May import: core, tensor.
"""

from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from itertools import chain
from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.state import thread
from ..tensor import Tensor, storage_of, wrap


class Optimizer:
    """The base of all optimizers: `param_groups`, `state`, `step`, `zero_grad`, `state_dict`."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}; put it in a list"
            )
        self.state: Any = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(dict(group))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group, a dict with "params" and what differs from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the "
                "ordering of tensors in sets will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        if params and isinstance(params[0], tuple):
            param_group["param_names"] = [name for name, _ in params]
            params = [tensor for _, tensor in params]
        taken = {id(p) for group in self.param_groups for p in group["params"]}
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(param).__name__}"
                )
            if not param.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
            if id(param) in taken:
                raise ValueError("some parameters appear in more than one parameter group")
        param_group["params"] = params
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)

    def step(self, closure: Callable | None = None) -> Any:
        """Changes each parameter that has a gradient; returns the loss of the closure, if given."""
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
        raise NotImplementedError

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
        """The state by parameter number, and the groups: PyTorch's own dictionary."""
        numbers: dict[int, int] = {}
        for param in chain.from_iterable(group["params"] for group in self.param_groups):
            numbers.setdefault(id(param), len(numbers))
        groups = []
        for group in self.param_groups:
            packed = {name: value for name, value in group.items() if name != "params"}
            packed["params"] = [numbers[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {
            numbers[id(key)] if isinstance(key, Tensor) else key: value
            for key, value in self.state.items()
        }
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over groups and state; ValueError when the groups do not match."""
        saved = deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        by_number: dict[Any, Tensor] = {}
        for group, loaded in zip(self.param_groups, saved, strict=True):
            if len(group["params"]) != len(loaded["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of "
                    "optimizer's group"
                )
            by_number.update(zip(loaded["params"], group["params"], strict=True))
        state: Any = defaultdict(dict)
        for key, value in state_dict["state"].items():
            param = by_number.get(key)
            if param is None:
                state[key] = value
            else:
                state[param] = {name: _adapted(v, name, param) for name, v in value.items()}
        for group, loaded in zip(self.param_groups, saved, strict=True):
            loaded["params"] = group["params"]
        self.param_groups = saved
        self.state = state

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {k}: {group[k]}" for k in sorted(group) if k != "params"]
        return "\n".join([*lines, ")"])


def _adapted(value: Any, name: str, param: Tensor) -> Any:
    """A loaded state value as a copy in the parameter's dtype (a step count keeps its own)."""
    if not isinstance(value, Tensor):
        return deepcopy(value)
    if name == "step":
        return wrap(value._array.copy())
    return wrap(value._array.astype(param._array.dtype))


def check(condition: bool, what: str, value: Any) -> None:
    """ValueError, "Invalid <what>: <value>", unless the condition holds."""
    if not condition:
        raise ValueError(f"Invalid {what}: {value}")


def changed(param: Tensor) -> None:
    """Counts an in-place change of the parameter."""
    storage_of(param).version += 1


def operand(number: float, dtype: Any) -> Any:
    """A number as a 0-d array, which NumPy takes up more quickly; halves keep the number whole."""
    return float(number) if dtype in HALVES else np.array(number, dtype)


def gradient_of(param: Tensor, array: Any, group: dict[str, Any], decay: float) -> Any:
    """The gradient as an array, negated to maximize, with the weight decay added."""
    gradient = param._grad._array  # type: ignore[union-attr]
    if group["maximize"]:
        gradient = -gradient
    if decay:
        gradient = gradient + array * decay
    return gradient


def zeros_like(array: Any) -> Tensor:
    """A state tensor of zeros."""
    return wrap(np.zeros(array.shape, array.dtype))


def step_count(state: dict[str, Any]) -> float:
    """Counts one more step of this parameter."""
    count = state["step"]._array
    count += 1
    return float(count)


def new_step_count() -> Tensor:
    """A count of no steps, a 0-d float32 tensor as in PyTorch."""
    return wrap(np.zeros((), np.float32))
