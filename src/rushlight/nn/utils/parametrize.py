"""Parametrizations: a parameter computed from others by modules, each time it is asked for.

The module changes its class to one of its own, in which the parameter is a property.
May import: core, tensor, autograd, nn.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...autograd.grad_mode import no_grad
from ...core.state import thread
from ...tensor import Tensor
from ..containers import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "type_before_parametrizations",
]


@contextmanager
def cached() -> Iterator[None]:
    """Within, each parametrized tensor is computed once and kept.

    >>> import rushlight.nn.utils.parametrize as parametrize
    >>> class Double(torch.nn.Module):
    ...     def forward(self, x):
    ...         return 2 * x
    >>> layer = parametrize.register_parametrization(torch.nn.Linear(1, 1), "weight", Double())
    >>> with parametrize.cached():
    ...     layer.weight is layer.weight
    True
    >>> layer.weight is layer.weight
    False
    """
    outer = thread.parametrized
    if outer is None:
        thread.parametrized = {}
    try:
        yield
    finally:
        thread.parametrized = outer


class ParametrizationList(ModuleList):
    """The modules behind one tensor, and what they compute it from: `original`, or several.

    Made by `register_parametrization`.

    >>> import rushlight.nn.utils.parametrize as parametrize
    >>> layer = torch.nn.Linear(2, 2)
    >>> _ = parametrize.register_parametrization(layer, "weight", torch.nn.ReLU())
    >>> isinstance(layer.parametrizations.weight, parametrize.ParametrizationList)
    True
    """

    original: Any

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        first = original
        with no_grad():
            for module in reversed(list(self)):
                first = _inverse(module, first)
        if not isinstance(first, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(first).__name__}"
            )
        self.is_tensor = isinstance(first, Tensor)
        self.ntensors = 1 if self.is_tensor else len(first)
        if self.is_tensor:
            if first.dtype != dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {dtype}\nright_inverse(original).dtype: {first.dtype}"
                )
            if first is not original:
                original.data = first.detach()
            _register(self, "original", original)
        else:
            for number, part in enumerate(first):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors "
                        f"(list, tuple...). Got element {number} of the sequence with type "
                        f"{type(part).__name__}."
                    )
                part = part.detach()
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                _register(self, f"original{number}", part)
        if not unsafe:
            found = self()
            _require_same(found, shape, dtype, "Registering a parametrization")

    def _originals(self) -> list[Tensor]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{number}") for number in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Sets the originals so that the modules give this value.

        RuntimeError when a module has no `right_inverse`.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            parts = [value] if self.is_tensor else list(value)
            if len(parts) != self.ntensors:
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors of length "
                    f"{self.ntensors}. Got a sequence of length {len(parts)}."
                )
            for original, part in zip(self._originals(), parts, strict=True):
                if original.dtype != part.dtype:
                    raise ValueError(
                        f"The tensor returned by `right_inverse` has dtype {part.dtype} while "
                        f"`original` has dtype {original.dtype}"
                    )
                original.data = part.detach().clone()

    def forward(self) -> Tensor:
        """The value, computed anew."""
        first, *others = list(self)
        value = first(*self._originals())
        for module in others:
            value = module(value)
        return value


def _inverse(module: Module, value: Any) -> Any:
    """What the module would make this value from; the value itself where it does not say."""
    if not hasattr(module, "right_inverse"):
        return value
    try:
        return module.right_inverse(value)
    except NotImplementedError:
        return value


def _require_same(found: Any, shape: Any, dtype: Any, what: str) -> None:
    if not isinstance(found, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(found).__name__}.")
    if found.dtype != dtype:
        raise ValueError(
            f"{what} may not change the dtype of the tensor, unless the `unsafe` flag is enabled: "
            f"{dtype} became {found.dtype}"
        )
    if found.shape != shape:
        raise ValueError(
            f"{what} may not change the shape of the tensor, unless the `unsafe` flag is enabled: "
            f"{shape} became {found.shape}"
        )


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


class _Parametrized:
    """What the changed classes have in common."""

    def __getstate__(self) -> Any:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(): save "
            "module.state_dict() and load it into a module with the same parametrizations"
        )

    def __deepcopy__(self, memo: dict) -> Any:
        copied = memo[id(self)] = object.__new__(_changed_class(type_before_parametrizations(self)))
        for name in self.__dict__["_modules"].get("parametrizations", ()):
            _add_property(type(copied), name)
        copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return copied


def _changed_class(cls: type) -> type:
    return type(f"Parametrized{cls.__name__}", (_Parametrized, cls), {"__module__": __name__})


def _add_property(cls: type, name: str) -> None:
    def compute(self: Any) -> Tensor:
        kept = thread.parametrized
        if kept is None:
            return self.parametrizations[name]()
        key = id(self), name
        if key not in kept:
            kept[key] = self.parametrizations[name]()
        return kept[key]

    def set_value(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(cls, name, property(compute, set_value))


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Makes a parameter or buffer of the module what `parametrization` computes from it.

    The parametrization may be assigned to where it defines `right_inverse`; several are applied
    one after the other. ValueError when there is no such tensor, or, unless `unsafe`, when it
    would get another shape or dtype.

    >>> import rushlight.nn.utils.parametrize as parametrize
    >>> class Symmetric(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = torch.nn.Linear(2, 2, bias=False)
    >>> _ = parametrize.register_parametrization(layer, "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all()), list(layer.state_dict())
    (True, ['parametrizations.weight.original'])
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        existing = module.parametrizations[tensor_name]
        if not unsafe:
            with no_grad():
                value = getattr(module, tensor_name)
                found = parametrization(value)
            _require_same(found, value.shape, value.dtype, "Registering a parametrization")
            if hasattr(parametrization, "right_inverse"):
                existing.right_inverse(_inverse(parametrization, value))
        existing.append(parametrization)
        existing.unsafe |= unsafe
        return module
    if tensor_name not in module._buffers and tensor_name not in module._parameters:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    original = getattr(module, tensor_name)
    made = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.__class__ = _changed_class(type(module))
        module.parametrizations = ModuleDict()
    _add_property(type(module), tensor_name)
    module.parametrizations[tensor_name] = made
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the module, or that tensor of it, has a parametrization.

    >>> import rushlight.nn.utils.parametrize as parametrize
    >>> layer = torch.nn.Linear(2, 2)
    >>> _ = parametrize.register_parametrization(layer, "weight", torch.nn.ReLU())
    >>> parametrize.is_parametrized(layer), parametrize.is_parametrized(layer, "bias")
    (True, False)
    """
    held = module._modules.get("parametrizations")
    if held is None or not isinstance(held, ModuleDict):
        return False
    return bool(len(held)) if tensor_name is None else tensor_name in held


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Makes the tensor an ordinary one again, with its present value or with the original one.

    ValueError when it has no parametrization, and for the original of one made from several.

    >>> import rushlight.nn.utils.parametrize as parametrize
    >>> layer = torch.nn.Linear(2, 2)
    >>> _ = parametrize.register_parametrization(layer, "weight", torch.nn.ReLU())
    >>> layer = parametrize.remove_parametrizations(layer, "weight")
    >>> bool((layer.weight >= 0).all()), parametrize.is_parametrized(layer)
    (True, False)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    held: Any = module.parametrizations[tensor_name]
    if leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name)
    if held.is_tensor:
        original = held.original
        if leave_parametrized:
            original.data = value.detach()
    elif leave_parametrized:
        needs_grad = held.original0.requires_grad
        original = Parameter(value, needs_grad) if isinstance(held.original0, Parameter) else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type_before_parametrizations(module)
    return module


def type_before_parametrizations(module: Any) -> type:
    """The class the module had before its first parametrization.

    >>> import rushlight.nn.utils.parametrize as parametrize
    >>> layer = torch.nn.Linear(2, 2)
    >>> _ = parametrize.register_parametrization(layer, "weight", torch.nn.ReLU())
    >>> parametrize.type_before_parametrizations(layer) is torch.nn.Linear
    True
    """
    cls = type(module)
    return cls.__bases__[1] if issubclass(cls, _Parametrized) else cls
