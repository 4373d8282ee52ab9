"""The tree a network is: each module names its parameters, its buffers and further modules.

What is assigned to an attribute goes by its type: a Parameter, a Module and a registered buffer
into their own dictionaries, everything else into the instance as usual.
May import: core, tensor, nn.
"""

from collections.abc import Iterator
from typing import Any

from ..core.tracing import structure_changed
from ..tensor import Tensor
from .parameter import Buffer, Parameter

_SHELVES = ("_parameters", "_buffers", "_modules")


class Tree:
    """Attributes, registration and walking; `Module` adds what a network does."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    # ---- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        structure_changed()
        state = self.__dict__
        if isinstance(value, Parameter):
            require_init(self, "parameters")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
            return
        if isinstance(value, Tree):
            require_init(self, "module")
            self._forget(name, "_modules")
            state["_modules"][name] = value
            return
        if "_parameters" in state:
            if name in state["_parameters"]:
                _require_none(value, name, "parameter", "torch.nn.Parameter")
                state["_parameters"][name] = None
                return
            if name in state["_modules"]:
                _require_none(value, name, "child module", "torch.nn.Module")
                state["_modules"][name] = None
                return
            if isinstance(value, Buffer) and name not in state["_buffers"]:
                self._forget(name, "_buffers")
                self.register_buffer(name, value, value.persistent)
                return
            if name in state["_buffers"]:
                if not isinstance(value, Tensor):
                    _require_none(value, name, "buffer", "torch.nn.Buffer, torch.Tensor")
                state["_buffers"][name] = value
                return
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        state = self.__dict__
        for shelf in _SHELVES:
            held = state.get(shelf)
            if held is not None and name in held:
                return held[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            if name not in self.__dict__:
                raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = set(object.__dir__(self))
        names.update(self._parameters, self._buffers, self._modules)
        return sorted(name for name in names if not name[0].isdigit())

    def _forget(self, name: str, keep: str = "") -> bool:
        """Takes the name off every shelf but one; whether it stood on one of them."""
        structure_changed()
        state = self.__dict__
        found = False
        if keep:
            state.pop(name, None)
        for shelf in _SHELVES:
            if shelf != keep and name in state[shelf]:
                del state[shelf][name]
                found = True
        if keep != "_buffers":
            state["_non_persistent_buffers_set"].discard(name)
        return found

    # ---- registration

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Lists a parameter under that name.

        KeyError for a name that is empty, dotted or taken; TypeError for another value.
        """
        require_init(self, "parameter")
        self._check_name(name, "parameter", "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None and not param.is_leaf:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be "
                "created explicitly: compute the value inside forward() instead"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Lists a tensor that is no parameter; persistent ones are part of the state_dict.

        KeyError for a name that is empty, dotted or taken; TypeError for another value.

        >>> module = torch.nn.Module()
        >>> module.register_buffer("mean", torch.zeros(2))
        >>> dict(module.state_dict())
        {'mean': tensor([0., 0.])}
        """
        require_init(self, "buffer")
        self._check_name(name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        transient = self._non_persistent_buffers_set
        (transient.discard if persistent else transient.add)(name)

    def add_module(self, name: str, module: Any) -> None:
        """Lists a module under that name.

        KeyError for a name that is empty, dotted or taken; TypeError unless it is a Module.
        """
        if module is not None and not isinstance(module, Tree):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name(name, "module", "_modules")
        self._modules[name] = module

    def register_module(self, name: str, module: Any) -> None:
        """Another name of `add_module`."""
        self.add_module(name, module)

    def _check_name(self, name: Any, what: str, shelf: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {typename(name)}")
        if "." in name:
            got = f", got: {name}" if what == "module" else ""
            raise KeyError(f'{what} name can\'t contain "."{got}')
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[shelf]:
            raise KeyError(f"attribute '{name}' already exists")

    # ---- by path

    def get_submodule(self, target: str) -> Any:
        """The module at a dotted path, itself for ""; AttributeError when there is none.

        >>> torch.nn.Sequential(torch.nn.ReLU()).get_submodule("0")
        ReLU()
        """
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def _get_member(self, target: str, shelf: str, kind: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        if name not in module.__dict__[shelf]:
            raise AttributeError(f"`{name}` is not {kind}")
        return module.__dict__[shelf][name]

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path; AttributeError when there is none."""
        return self._get_member(target, "_parameters", "an nn.Parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path; AttributeError when there is none."""
        return self._get_member(target, "_buffers", "a buffer")

    # ---- walking

    def named_modules(
        self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Every module of the tree with its dotted path, itself first.

        >>> [name for name, _ in torch.nn.Sequential(torch.nn.ReLU()).named_modules()]
        ['', '0']
        """
        seen: set = set() if memo is None else memo
        stack: list[tuple[str, Any]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if remove_duplicate:
                if module in seen:
                    continue
                seen.add(module)
            yield path, module
            lead = f"{path}." if path else ""
            for name, child in reversed(module._modules.items()):
                if child is not None:
                    stack.append((lead + name, child))

    def modules(self) -> Iterator[Any]:
        """Every module of the tree, itself first, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """Its own modules with their names, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Any]:
        """Its own modules, each once."""
        for _, module in self.named_children():
            yield module

    def _named_members(self, shelf: str, prefix: str, recurse: bool, unique: bool) -> Iterator:
        seen = set()
        walk = (
            self.named_modules(prefix=prefix, remove_duplicate=unique)
            if recurse
            else [(prefix, self)]
        )
        for path, module in walk:
            for name, value in module.__dict__[shelf].items():
                if value is None or (unique and value in seen):
                    continue
                seen.add(value)
                yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters of the tree with their dotted paths.

        >>> [name for name, _ in torch.nn.Linear(3, 2).named_parameters()]
        ['weight', 'bias']
        """
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of the tree, each once.

        >>> [p.shape for p in torch.nn.Linear(3, 2).parameters()]
        [torch.Size([2, 3]), torch.Size([2])]
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers of the tree with their dotted paths."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of the tree, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer


def typename(value: Any) -> str:
    """The name PyTorch prints for a value's type: 'int', 'torch.FloatTensor', 'module.Class'."""
    if isinstance(value, Tensor):
        return value.type()
    cls = type(value)
    return (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )


def require_init(module: Tree, what: str) -> None:
    """AttributeError in a subclass that assigns before it has called `super().__init__()`."""
    if "_parameters" not in module.__dict__:
        raise AttributeError(
            f"cannot assign {what} before Module.__init__() call: begin "
            f"{type(module).__name__}.__init__ with super().__init__()"
        )


def _require_none(value: Any, name: str, what: str, wanted: str) -> None:
    if value is not None:
        raise TypeError(
            f"cannot assign '{typename(value)}' as {what} '{name}' ({wanted} or None expected)"
        )
