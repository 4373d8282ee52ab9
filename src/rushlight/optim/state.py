"""State dictionaries of optimizers, in PyTorch's form: parameters are numbered, not held.

Parameters have the numbers in which they stand in the groups, one group after the other.
May import: tensor.
"""

from collections import defaultdict
from copy import deepcopy
from typing import Any

from ..tensor import Tensor, wrap


def packed(state: dict[Any, Any], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The dictionary; its tensors are those of the optimizer, not copies."""
    number_of: dict[int, int] = {}
    numbered = []
    for group in groups:
        numbers = [number_of.setdefault(id(param), len(number_of)) for param in group["params"]]
        settings = {name: value for name, value in group.items() if name != "params"}
        numbered.append({**settings, "params": numbers})
    by_number = {}
    for owner, values in state.items():
        by_number[number_of[id(owner)] if isinstance(owner, Tensor) else owner] = values
    return {"state": by_number, "param_groups": numbered}


def unpacked(
    loaded: dict[str, Any], groups: list[dict[str, Any]], defaults: dict[str, Any]
) -> tuple[Any, list[dict[str, Any]]]:
    """State and groups made anew from a dictionary, for the parameters of these groups.

    Settings that an older file does not know have the optimizer's defaults. ValueError where
    number or sizes of the groups differ.
    """
    saved = loaded["param_groups"]
    if len(saved) != len(groups):
        raise ValueError(
            "loaded state dict has a different number of parameter groups: "
            f"{len(saved)}, and the optimizer has {len(groups)}"
        )
    param_of: dict[Any, Tensor] = {}
    renewed = []
    for number, (group, other) in enumerate(zip(groups, saved, strict=True)):
        if len(group["params"]) != len(other["params"]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                f"optimizer's group: group {number} has {len(other['params'])} parameters there, "
                f"and {len(group['params'])} here"
            )
        param_of.update(zip(other["params"], group["params"], strict=True))
        renewed.append(_group_with(group, other, defaults))
    state: Any = defaultdict(dict)
    for number, values in loaded["state"].items():
        if number in param_of:
            param = param_of[number]
            state[param] = _fitted(values, param, "")
        else:
            state[number] = deepcopy(values)
    return state, renewed


def _group_with(
    group: dict[str, Any], saved: dict[str, Any], defaults: dict[str, Any]
) -> dict[str, Any]:
    """A group with the saved settings and its own parameters, under their own names if need be."""
    settings = {name: value for name, value in saved.items() if name != "params"}
    renewed = {"params": group["params"], **deepcopy(settings)}
    for name in ("param_names", *defaults):
        if name not in renewed and name in group:
            renewed[name] = group[name]
    return renewed


def _fitted(value: Any, param: Tensor, name: str) -> Any:
    """A copy of a saved value, its tensors in the dtype of a floating-point parameter.

    A count of steps stays as it is: in a half it would stop at 2048.
    """
    if isinstance(value, Tensor):
        if name == "step" or not param.is_floating_point():
            return wrap(value._array.copy())
        return wrap(value._array.astype(param._array.dtype))
    if isinstance(value, dict):
        return {key: _fitted(inner, param, key) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_fitted(inner, param, name) for inner in value])
    return deepcopy(value)
