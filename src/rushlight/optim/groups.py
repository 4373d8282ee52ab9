"""Parameter groups: what an optimizer may be given, made into one form and checked.

May import: tensor.
"""

import warnings
from typing import Any

from ..tensor import Tensor


def groups_of(params: Any) -> list[Any]:
    """The argument of an optimizer as a list of groups, not yet checked one by one."""
    if isinstance(params, Tensor):
        raise TypeError(
            "params argument given to the optimizer should be an iterable of Tensors or dicts, but "
            f"got {type(params).__name__}; put it in a list"
        )
    given = list(params)
    if not given:
        raise ValueError("optimizer got an empty parameter list")
    return given if isinstance(given[0], dict) else [{"params": given}]


def complete(group: Any, defaults: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    """The group itself, its parameters listed and checked, with the defaults for what it lacks."""
    if not isinstance(group, dict):
        raise TypeError(f"param_group must be a dict, but got {type(group)}")
    params, names = _listed(group["params"])
    for param in params:
        _check(param, bool(defaults.get("differentiable")))
    for name, default in defaults.items():
        group.setdefault(name, default)
    if others and (names is None) is ("param_names" in others[0]):
        without = "without" if names is None else "with"
        raise ValueError(
            "all optimizer param groups should be with/without names. cannot add param group "
            f"{without} names to the optimizer"
        )
    if len({id(param) for param in params}) < len(params):
        warnings.warn(
            "optimizer contains a parameter group with duplicate parameters; in future, this will "
            "cause an error",
            stacklevel=4,
        )
    taken = {id(param) for other in others for param in other["params"]}
    if any(id(param) in taken for param in params):
        raise ValueError("some parameters appear in more than one parameter group")
    group["params"] = params
    if names is not None:
        group["param_names"] = names
    return group


def _listed(params: Any) -> tuple[list[Any], list[str] | None]:
    """The parameters, and their names if they came as pairs of name and parameter."""
    if isinstance(params, Tensor):
        return [params], None
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    listed = list(params)
    pairs = [param for param in listed if isinstance(param, tuple)]
    if not pairs:
        return listed, None
    if len(pairs) < len(listed):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing"
        )
    return [param for _, param in pairs], [name for name, _ in pairs]


def _check(param: Any, differentiable: bool) -> None:
    if not isinstance(param, Tensor):
        raise TypeError(
            f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}"
        )
    if not differentiable and not param.is_leaf and not param.retains_grad:
        node = type(param.grad_fn).__name__
        raise ValueError(
            f"can't optimize a non-leaf Tensor: this one is made by {node}; give the tensor it was "
            "made from, or .detach() it"
        )
