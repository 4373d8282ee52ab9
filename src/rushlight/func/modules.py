"""Modules as functions of their parameters: functional_call and stack_module_state.

May import: tensor, ops, autograd.
"""

from collections.abc import Sequence
from typing import Any

from ..ops.joining import stack
from ..tensor import Tensor


def _owner(module: Any, name: str) -> tuple[Any, str]:
    """The submodule that holds a parameter or buffer, and its name there."""
    path, _, own = name.rpartition(".")
    for part in path.split(".") if path else ():
        module = getattr(module, part)
    return module, own


def _tied(module: Any, given: dict[str, Any], strict: bool) -> dict[str, Any]:
    """The values by name; a tensor that the module has under several names is replaced in all."""
    by_tensor: dict[int, list[str]] = {}
    names = set()
    for found in (module.named_parameters, module.named_buffers):
        for name, tensor in found(remove_duplicate=False):
            names.add(name)
            by_tensor.setdefault(id(tensor), []).append(name)
    if strict:
        unexpected = [name for name in given if name not in names]
        missing = [name for name in names if name not in given]
        lines = [
            f"\n\t{what} key(s): {', '.join(map(repr, keys))}."
            for what, keys in (("Unexpected", unexpected), ("Missing", missing))
            if keys
        ]
        if lines:
            head = f"Error(s) in reparametrizing for {type(module).__name__}:"
            raise RuntimeError(head + "".join(lines))
    values = dict(given)
    for together in by_tensor.values():
        known = [name for name in together if name in given]
        if len({id(given[name]) for name in known}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(known)}, which are tied. "
                "Consider using tie_weights=False"
            )
        if known:
            values.update({name: given[known[0]] for name in together})
    return values


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`module(*args, **kwargs)` with these tensors in place of its parameters and buffers.

    They come as a dict by name, or as several dicts; what is not named stays as it is. Afterwards
    the module is as before. With `tie_weights`, a tensor replaces all that were one; with `strict`,
    RuntimeError unless all are named and there are no other names.

    >>> layer = torch.nn.Linear(2, 1, bias=False)
    >>> weight = {"weight": torch.tensor([[1.0, 2.0]])}
    >>> torch.func.functional_call(layer, weight, (torch.ones(2),))
    tensor([3.])
    """
    if isinstance(parameter_and_buffer_dicts, dict):
        given = dict(parameter_and_buffer_dicts)
    elif isinstance(parameter_and_buffer_dicts, Sequence):
        given = {}
        for each in parameter_and_buffer_dicts:
            twice = [name for name in given if name in each]
            if twice:
                raise ValueError(
                    f"{twice} appeared in multiple dictionaries; behavior of functional call is "
                    "ambiguous"
                )
            given.update(each)
    else:
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(parameter_and_buffer_dicts)}"
        )
    values = _tied(module, given, strict) if tie_weights or strict else given
    before: list[tuple[dict, str, Any]] = []
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    try:
        for name, value in values.items():
            owner, own = _owner(module, name)
            for held in (owner._parameters, owner._buffers):
                if own in held:
                    before.append((held, own, held[own]))
                    held[own] = value
        return module(*arguments, **(kwargs or {}))
    finally:
        for held, own, tensor in reversed(before):
            held[own] = tensor


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Makes all batch norms in the module, in place, work without running statistics.

    These are changed in place, which a batch of examples cannot do to what all have in common.

    >>> norm = torch.nn.BatchNorm1d(3)
    >>> torch.func.replace_all_batch_norm_modules_(norm).running_mean is None
    True
    """
    for module in root.modules():
        if getattr(module, "track_running_stats", False) and "running_mean" in module._buffers:
            module.track_running_stats = False
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                module._buffers[name] = None
    return root


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters, buffers) of several modules of one kind, those of one name stacked.

    For `vmap` over `functional_call`: an ensemble as one batch. RuntimeError for no modules, and
    for modules that differ in class or mode.

    >>> models = [torch.nn.Linear(2, 3) for _ in range(4)]
    >>> parameters, buffers = torch.func.stack_module_state(models)
    >>> parameters["weight"].shape
    torch.Size([4, 3, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if any([model.training != models[0].training for model in models]):
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if any([type(model) is not type(models[0]) for model in models]):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return (
        {name: _stacked([each[name] for each in parameters], name) for name in parameters[0]},
        {name: _stacked([each[name] for each in buffers], name) for name in buffers[0]},
    )


def _stacked(tensors: list[Tensor], name: str) -> Tensor:
    require = [tensor.requires_grad for tensor in tensors]
    if any(require) and not all(require):
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    return stack(tensors).detach().requires_grad_(require[0])
