"""Module: a tree of parameters, buffers and further modules with a forward computation.

May import: core, tensor, autograd, nn.
"""

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator
from typing import Any

from ..autograd.graph import Handle
from ..tensor import Tensor
from .parameter import Parameter

_IncompatibleKeys = namedtuple("IncompatibleKeys", ("missing_keys", "unexpected_keys"))


class IncompatibleKeys(_IncompatibleKeys):
    """What `load_state_dict` did not find, and what it found and did not know."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<All keys matched successfully>" if not any(self) else super().__repr__()


class Module:
    """The base of every layer and network: assign parameters and modules, define `forward`.

    >>> class Scale(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = torch.nn.Parameter(torch.tensor(2.0))
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> Scale()(torch.ones(2))
    tensor([2., 2.], grad_fn=<MulBackward0>)
    """

    training: bool
    _version = 1

    def __init__(self) -> None:
        state = self.__dict__
        state["training"] = True
        state["_parameters"] = {}
        state["_buffers"] = {}
        state["_modules"] = {}
        state["_transient_buffers"] = set()
        state["_forward_hooks"] = {}
        state["_forward_pre_hooks"] = {}

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The computation; every subclass defines its own."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._forward_pre_hooks and not self._forward_hooks:
            return self.forward(*args, **kwargs)
        for hook in list(self._forward_pre_hooks.values()):
            replaced = hook(self, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        result = self.forward(*args, **kwargs)
        for hook in list(self._forward_hooks.values()):
            replaced = hook(self, args, result)
            if replaced is not None:
                result = replaced
        return result

    # ---- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        state = self.__dict__
        if isinstance(value, Parameter):
            self.register_parameter(name, value)
            return
        if isinstance(value, Module):
            _require_init(self, "module")
            self._forget(name)
            state["_modules"][name] = value
            return
        for kind in ("_parameters", "_modules", "_buffers"):
            held = state.get(kind)
            if held is None or name not in held:
                continue
            wanted = {"_parameters": "Parameter", "_modules": "Module", "_buffers": "Tensor"}[kind]
            if value is not None and not (kind == "_buffers" and isinstance(value, Tensor)):
                raise TypeError(
                    f"cannot assign '{type(value).__module__}.{type(value).__name__}' as "
                    f"{kind[1:-1].replace('module', 'child module')} '{name}' "
                    f"(torch.nn.{wanted} or None expected)"
                )
            held[name] = value
            return
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        state = self.__dict__
        for kind in ("_parameters", "_buffers", "_modules"):
            held = state.get(kind)
            if held is not None and name in held:
                return held[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = set(object.__dir__(self))
        return sorted(names.union(self._parameters, self._buffers, self._modules))

    def _forget(self, name: str) -> bool:
        state = self.__dict__
        found = state.pop(name, None) is not None
        for kind in ("_parameters", "_buffers", "_modules"):
            if name in state[kind]:
                del state[kind][name]
                found = True
        return found

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Lists a parameter under that name; KeyError for a bad name, TypeError for a bad value."""
        _require_init(self, "parameter")
        _check_name(self, name, "parameter", "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        self._forget(name)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Lists a tensor that is no parameter; `persistent` ones are part of the state_dict."""
        _require_init(self, "buffer")
        _check_name(self, name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._transient_buffers.discard if persistent else self._transient_buffers.add)(name)

    def register_module(self, name: str, module: "Module | None") -> None:
        """Lists a module under that name."""
        self.add_module(name, module)

    def add_module(self, name: str, module: "Module | None") -> None:
        """Lists a module under that name; TypeError unless it is one."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        _check_name(self, name, "module", "_modules")
        self._modules[name] = module

    def get_submodule(self, target: str) -> "Module":
        """The module at a dotted path; AttributeError when there is none."""
        module = self
        for name in filter(None, target.split(".")):
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    # ---- walking the tree

    def named_modules(
        self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, "Module"]]:
        """Every module of the tree with its dotted path, itself first."""
        seen: set = set() if memo is None else memo
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if remove_duplicate:
                if module in seen:
                    continue
                seen.add(module)
            yield path, module
            lead = f"{path}." if path else ""
            stack.extend(
                (lead + name, child)
                for name, child in reversed(module._modules.items())
                if child is not None
            )

    def modules(self) -> Iterator["Module"]:
        """Every module of the tree, itself first."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """Its own modules with their names."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator["Module"]:
        """Its own modules."""
        for _, module in self.named_children():
            yield module

    def _named_members(self, kind: str, prefix: str, recurse: bool, unique: bool) -> Iterator:
        seen = set()
        walk = self.named_modules(prefix=prefix) if recurse else [(prefix, self)]
        for path, module in walk:
            for name, value in getattr(module, kind).items():
                if value is None or (unique and value in seen):
                    continue
                seen.add(value)
                yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Its parameters with their dotted paths."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Its parameters.

        >>> [p.shape for p in torch.nn.Linear(3, 2).parameters()]
        [torch.Size([2, 3]), torch.Size([2])]
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Its buffers with their dotted paths."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Its buffers."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # ---- state

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> OrderedDict:
        """All parameters and persistent buffers by dotted path, sharing their memory."""
        state = OrderedDict()
        for path, module in self.named_modules(prefix=prefix.rstrip("."), remove_duplicate=False):
            lead = f"{path}." if path else ""
            kept = [
                (name, value)
                for name, value in module._buffers.items()
                if name not in module._transient_buffers
            ]
            for name, value in [*module._parameters.items(), *kept]:
                if value is not None:
                    state[lead + name] = value if keep_vars else value.detach()
        return state

    def load_state_dict(
        self, state_dict: Any, strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copies a state_dict's values into the parameters and buffers.

        RuntimeError listing every key that is missing, unknown (both only when `strict`) or of
        another shape; nothing is changed then.
        """
        own = self.state_dict(keep_vars=True)
        missing = [key for key in own if key not in state_dict]
        unexpected = [key for key in state_dict if key not in own]
        problems = []
        if strict and unexpected:
            quoted = ", ".join(f'"{key}"' for key in unexpected)
            problems.append(f"Unexpected key(s) in state_dict: {quoted}. ")
        if strict and missing:
            quoted = ", ".join(f'"{key}"' for key in missing)
            problems.append(f"Missing key(s) in state_dict: {quoted}. ")
        for key, target in own.items():
            if key in state_dict and state_dict[key].shape != target.shape:
                problems.append(
                    f"size mismatch for {key}: copying a param with shape "
                    f"{state_dict[key].shape} from checkpoint, the shape in current model is "
                    f"{target.shape}."
                )
        if problems:
            details = "\n\t".join(problems)
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{details}"
            )
        for key, target in own.items():
            if key in state_dict:
                if assign:
                    target.data = state_dict[key].detach()
                else:
                    target.detach().copy_(state_dict[key].detach())
        return IncompatibleKeys(missing, unexpected)

    def train(self, mode: bool = True) -> "Module":
        """Puts the tree into training mode (or out of it): dropout and normalisation heed it."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> "Module":
        """Puts the tree out of training mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> "Module":
        """Starts or stops recording for every parameter."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the gradients of all parameters, or fills them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad.detach_().zero_()

    def apply(self, fn: Callable[["Module"], Any]) -> "Module":
        """Calls `fn` with every module of the tree, children first."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _convert(self, change: Callable[[Tensor], Tensor]) -> "Module":
        for parameter in self.parameters():
            parameter.data = change(parameter.detach())
            if parameter.grad is not None:
                parameter._grad = change(parameter.grad.detach())
        for module in self.modules():
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    module._buffers[name] = change(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> "Module":
        """Converts floating-point parameters and buffers, in place; arguments as Tensor.to's."""
        return self._convert(
            lambda t: t.to(*args, **kwargs) if t.is_floating_point() or t.is_complex() else t
        )

    def float(self) -> "Module":
        """Converts all floating-point parameters and buffers to float32."""
        return self._convert(lambda t: t.float() if t.is_floating_point() else t)

    def double(self) -> "Module":
        """Converts all floating-point parameters and buffers to float64."""
        return self._convert(lambda t: t.double() if t.is_floating_point() else t)

    def half(self) -> "Module":
        """Converts all floating-point parameters and buffers to float16."""
        return self._convert(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self) -> "Module":
        """Converts all floating-point parameters and buffers to bfloat16."""
        return self._convert(lambda t: t.bfloat16() if t.is_floating_point() else t)

    def cpu(self) -> "Module":
        """Itself: everything is on the CPU."""
        return self

    def cuda(self, device: Any = None) -> "Module":
        """Raises as a CPU build of PyTorch does."""
        return self._convert(lambda t: t.cuda(device))

    # ---- hooks

    def register_forward_hook(self, hook: Callable) -> Handle:
        """Calls `hook(module, args, result)` after forward; it may return another result."""
        return Handle(self._forward_hooks, hook)

    def register_forward_pre_hook(self, hook: Callable) -> Handle:
        """Calls `hook(module, args)` before forward; it may return other arguments."""
        return Handle(self._forward_pre_hooks, hook)

    # ---- words

    def extra_repr(self) -> str:
        """What stands in the brackets of its printed form."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [
            f"({name}): {_indented(repr(module))}" for name, module in self._modules.items()
        ]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        body = "\n  ".join(lines + children)
        return f"{self._get_name()}(\n  {body}\n)"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _require_init(module: Module, what: str) -> None:
    if "_parameters" not in module.__dict__:
        raise AttributeError(f"cannot assign {what} before Module.__init__() call")


def _check_name(module: Module, name: Any, what: str, kind: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{what} name should be a string. Got {type(name).__name__}")
    if "." in name:
        raise KeyError(f'{what} name can\'t contain ".", got: "{name}"')
    if name == "":
        raise KeyError(f'{what} name can\'t be empty string ""')
    if hasattr(module, name) and name not in module.__dict__[kind] and what != "parameter":
        raise KeyError(f"attribute '{name}' already exists")
