"""State dicts: a module's parameters and buffers by dotted path, out and in.

Loading first looks at everything and then copies, so that an error leaves the module as it was.
May import: core, tensor, nn.
"""

from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any

from ..tensor import Tensor
from .parameter import Parameter, Uninitialized

EXTRA_STATE = "_extra_state"
_Keys = namedtuple("_IncompatibleKeys", ("missing_keys", "unexpected_keys"))


class _IncompatibleKeys(_Keys):
    """What `load_state_dict` did not find, and what it found and did not know."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


def save(module: Any, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """Fills the destination with the state of the module and of all below it."""
    if destination is None:
        destination = OrderedDict()
        destination._metadata = OrderedDict()  # type: ignore[attr-defined]
    metadata = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = metadata
    hooks = module._hooks
    if hooks is not None:
        for hook in list(hooks.state_pre.values()):
            hook(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(
                destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
            )
    if hooks is not None:
        for hook in list(hooks.state_post.values()):
            replaced = hook(module, destination, prefix, metadata)
            if replaced is not None:
                destination = replaced
    return destination


def own_state(module: Any) -> dict[str, Tensor]:
    """The module's own parameters and persistent buffers by name."""
    state = {name: value for name, value in module._parameters.items() if value is not None}
    transient = module._non_persistent_buffers_set
    for name, value in module._buffers.items():
        if value is not None and name not in transient:
            state[name] = value
    return state


def has_extra_state(module: Any, accessor: str) -> bool:
    """Whether the class defines `get_extra_state` or `set_extra_state` itself."""
    return not getattr(getattr(type(module), accessor), "of_module", False)


def load(module: Any, state_dict: Any, strict: bool, assign: bool) -> _IncompatibleKeys:
    """Copies the values of a state dict into the tree; see `Module.load_state_dict`."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    missing: list[str] = []
    unexpected: list[str] = []
    errors: list[str] = []
    writes: list[tuple] = []
    metadata = getattr(state_dict, "_metadata", None)
    state = OrderedDict(state_dict)
    posts = []
    for path, each in module.named_modules(remove_duplicate=False):
        local = dict({} if metadata is None else metadata.get(path, {}))
        local["assign_to_params_buffers"] = assign
        local["writes"] = writes
        prefix = f"{path}." if path else ""
        arguments = (state, prefix, local, True, missing, unexpected, errors)
        if each._hooks is not None:
            for hook in list(each._hooks.load_pre.values()):
                hook(each, *arguments)
            posts.append(each)
        each._load_from_state_dict(*arguments)
    found = _IncompatibleKeys(missing, unexpected)
    for each in reversed(posts):
        for hook in list(each._hooks.load_post.values()):
            if hook(each, found) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected "
                    "to return new values: change incompatible_keys in place"
                )
    if strict:
        errors[:0] = _key_problems("Missing", missing) + _key_problems("Unexpected", unexpected)
    if errors:
        details = "\n\t".join(errors)
        raise RuntimeError(
            f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{details}"
        )
    for write in writes:
        _write(*write)
    return found


def _key_problems(what: str, keys: list[str]) -> list[str]:
    if not keys:
        return []
    quoted = ", ".join(f'"{key}"' for key in keys)
    return [f"{what} key(s) in state_dict: {quoted}. "]


def load_own(
    module: Any,
    state_dict: Mapping,
    prefix: str,
    local: dict,
    strict: bool,
    missing: list[str],
    unexpected: list[str],
    errors: list[str],
) -> None:
    """Checks one module's own values against the state dict, and notes what is to be written."""
    own = own_state(module)
    writes = local.get("writes")
    assign = local.get("assign_to_params_buffers", False)
    for name, target in own.items():
        key = prefix + name
        if key not in state_dict:
            if strict:
                missing.append(key)
            continue
        value = state_dict[key]
        problem = _problem(key, target, value)
        if problem:
            errors.append(problem)
        elif writes is None:
            _write(module, name, target, value, assign)
        else:
            writes.append((module, name, target, value, assign))
    extra = prefix + EXTRA_STATE
    takes_extra = has_extra_state(module, "set_extra_state")
    if takes_extra:
        if extra in state_dict:
            module.set_extra_state(state_dict[extra])
        elif strict:
            missing.append(extra)
    if not strict:
        return
    for key in state_dict:
        if not key.startswith(prefix) or (key == extra and takes_extra):
            continue
        first, dot, _ = key[len(prefix) :].partition(".")
        if first not in (module._modules if dot else own):
            unexpected.append(key)


def _problem(key: str, target: Tensor, value: Any) -> str:
    if not isinstance(value, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
            f"object from checkpoint but received {type(value)}"
        )
    if isinstance(target, Uninitialized):
        return ""
    # a number used to be saved with one dim
    old_number = value.shape == (1,) and not target._array.ndim
    if value.shape != target.shape and not old_number:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {target.shape}."
        )
    return ""


def _write(module: Any, name: str, target: Tensor, value: Tensor, assign: bool) -> None:
    value = value.detach()
    if isinstance(target, Uninitialized):
        if isinstance(value, Uninitialized):
            return
        target.materialize(value.shape)
    if value._array.shape != target._array.shape:
        value = value.squeeze(0)
    if not assign:
        target.detach().copy_(value)
        return
    if isinstance(target, Parameter):
        module._parameters[name] = Parameter(value, target.requires_grad)
    else:
        module._buffers[name] = value
