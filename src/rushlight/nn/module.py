"""Module: a tree of parameters, buffers and further modules with a forward computation.

May import: core, tensor, nn.
"""

from collections.abc import Callable
from typing import Any

from ..core.device import require
from ..core.dtype import bfloat16, by_name, dtype, float16, float32, float64
from ..tensor import Tensor
from . import hooks, state, whereabouts
from .parameter import Uninitialized
from .tree import Tree


class Module(Tree):
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
    _hooks: hooks.Hooks | None = None  # made with the first hook

    def __init__(self) -> None:
        made = self.__dict__
        made["training"] = True
        made["_parameters"] = {}
        made["_buffers"] = {}
        made["_non_persistent_buffers_set"] = set()
        made["_modules"] = {}

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The computation; every subclass defines its own."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if self._hooks is None:
                return self.forward(*args, **kwargs)
            return hooks.call(self, args, kwargs)
        except Exception as error:
            whereabouts.mark(error, self)
            raise

    # ---- state

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> Any:
        """All parameters and persistent buffers by dotted path, sharing their memory.

        >>> list(torch.nn.Sequential(torch.nn.Linear(2, 1)).state_dict())
        ['0.weight', '0.bias']
        """
        given: Any = (*args, *(destination, prefix, keep_vars)[len(args) :])
        return state.save(self, *given)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Puts the module's own values into the destination; subclasses may add to it."""
        for name, value in state.own_state(self).items():
            destination[prefix + name] = value if keep_vars else value.detach()
        if state.has_extra_state(self, "get_extra_state"):
            destination[prefix + state.EXTRA_STATE] = self.get_extra_state()

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Copies the values of a state dict into the parameters and buffers.

        With `assign` the given tensors themselves take their place. Returns the keys that were
        missing or unexpected. RuntimeError that lists them all when `strict`, and every value of
        another shape; the module is unchanged then.

        >>> layer = torch.nn.Linear(2, 1)
        >>> layer.load_state_dict({"weight": torch.ones(1, 2), "bias": torch.zeros(1)})
        <All keys matched successfully>
        """
        return state.load(self, state_dict, strict, assign)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *arguments: Any) -> None:
        """Takes the module's own values out of a state dict; subclasses may do more."""
        state.load_own(self, state_dict, prefix, *arguments)

    def get_extra_state(self) -> Any:
        """What else belongs into the state dict; a subclass may define it."""
        raise RuntimeError("Define get_extra_state together with set_extra_state in a subclass.")

    def set_extra_state(self, state: Any) -> None:
        """Takes back what `get_extra_state` returned."""
        raise RuntimeError("Define set_extra_state together with get_extra_state in a subclass.")

    get_extra_state.of_module = set_extra_state.of_module = True  # type: ignore[attr-defined]

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)

    # ---- modes and gradients

    def train(self, mode: bool = True) -> Any:
        """Puts the tree into training mode (or out of it): dropout and normalisation heed it.

        ValueError unless mode is a bool.
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Any:
        """Puts the tree out of training mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Starts or stops recording for every parameter."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the gradients of all parameters, or fills them with zeros."""
        for parameter in self.parameters():
            held = parameter._grad
            if held is None:
                continue
            if set_to_none:
                parameter._grad = None
            elif held._edge is None:
                held.zero_()
            else:
                parameter._grad = held.detach().zero_()

    # ---- conversion

    def apply(self, fn: Callable[[Any], Any]) -> Any:
        """Calls `fn` with every module of the tree, children first."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        """Replaces the memory of every parameter, gradient and buffer by what `fn` makes of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            if isinstance(parameter, Uninitialized):
                parameter.convert(fn)
                continue
            parameter.data = fn(parameter.detach())
            if parameter._grad is not None:
                parameter._grad = fn(parameter._grad.detach())
        for name, buffer in self._buffers.items():
            if isinstance(buffer, Uninitialized):
                buffer.convert(fn)
            elif buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def _cast(self, wanted: dtype, every: bool = False) -> Any:
        def change(tensor: Tensor) -> Tensor:
            return tensor.to(wanted) if every or tensor._array.dtype.kind in "fcV" else tensor

        return self._apply(change)

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Converts the floating-point parameters and buffers, in place.

        Takes a dtype, a device, both, or a tensor to be like. TypeError for integer dtypes.

        >>> torch.nn.Linear(1, 1).to(torch.float64).weight.dtype
        torch.float64
        """
        wanted = kwargs.pop("dtype", None)
        require(kwargs.pop("device", None))
        for unused in ("non_blocking", "memory_format"):
            kwargs.pop(unused, None)
        if kwargs:
            raise TypeError(f"to() received an invalid keyword argument '{next(iter(kwargs))}'")
        for argument in args:
            if isinstance(argument, dtype):
                wanted = argument
            elif isinstance(argument, Tensor):
                wanted = argument.dtype
            elif not isinstance(argument, bool):
                require(argument)
        if wanted is None:
            return self
        if not (wanted.is_floating_point or wanted.is_complex):
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={wanted}"
            )
        return self._cast(wanted)

    def type(self, dst_type: Any) -> Any:
        """Converts all parameters and buffers to a dtype, or to the dtype of that name."""
        wanted = by_name(dst_type.removeprefix("torch.")) if isinstance(dst_type, str) else dst_type
        return self._cast(wanted, every=True)

    def float(self) -> Any:
        """Converts the floating-point parameters and buffers to float32."""
        return self._cast(float32)

    def double(self) -> Any:
        """Converts the floating-point parameters and buffers to float64."""
        return self._cast(float64)

    def half(self) -> Any:
        """Converts the floating-point parameters and buffers to float16."""
        return self._cast(float16)

    def bfloat16(self) -> Any:
        """Converts the floating-point parameters and buffers to bfloat16."""
        return self._cast(bfloat16)

    def cpu(self) -> Any:
        """Itself: everything is on the CPU."""
        return self

    def cuda(self, device: Any = None) -> Any:
        """Raises as a CPU build of PyTorch does."""
        require("cuda")

    # ---- hooks

    def _hooks_made(self) -> hooks.Hooks:
        if self._hooks is None:
            self._hooks = hooks.Hooks()
        return self._hooks

    def register_forward_pre_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False
    ) -> Any:
        """Calls `hook(module, args)` before forward; it may return other arguments.

        With `with_kwargs` it gets the keyword arguments too and returns both. The handle's
        `remove()` takes it away.
        """
        return hooks.register(self._hooks_made().forward_pre, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> Any:
        """Calls `hook(module, args, result)` after forward; it may return another result.

        With `with_kwargs` the keyword arguments follow `args`; with `always_call` it is called
        for a forward that raised, too.

        >>> layer = torch.nn.Identity()
        >>> handle = layer.register_forward_hook(lambda module, args, result: result * 2)
        >>> layer(torch.ones(1))
        tensor([2.])
        """
        entry = (hook, with_kwargs, always_call)
        return hooks.register(self._hooks_made().forward, entry, prepend)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> Any:
        """Calls `hook(module, grad_output)` when backward reaches the module; it may replace it."""
        return hooks.register(self._hooks_made().backward_pre, hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> Any:
        """Calls `hook(module, grad_input, grad_output)` when backward leaves the module.

        It may return other gradients of the inputs.
        """
        return hooks.register(self._hooks_made().backward, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Callable) -> Any:
        """Calls `hook(module, prefix, keep_vars)` before `state_dict` collects."""
        return hooks.register(self._hooks_made().state_pre, hook)

    def register_state_dict_post_hook(self, hook: Callable) -> Any:
        """Calls `hook(module, state_dict, prefix, local_metadata)` after `state_dict`."""
        return hooks.register(self._hooks_made().state_post, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable) -> Any:
        """Calls `hook` before loading, with the module and what `_load_from_state_dict` gets."""
        return hooks.register(self._hooks_made().load_pre, hook)

    def register_load_state_dict_post_hook(self, hook: Callable) -> Any:
        """Calls `hook(module, incompatible_keys)` after loading; it may change them in place."""
        return hooks.register(self._hooks_made().load_post, hook)

    # ---- words

    def extra_repr(self) -> str:
        """What stands in the brackets of its printed form."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def _summary(self) -> str:
        """It on one line, without what it holds."""
        return f"{self._get_name()}({' '.join(self.extra_repr().split())})"

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {indented(repr(child))}" for name, child in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        body = "\n  ".join(lines + children)
        return f"{self._get_name()}(\n  {body}\n)"


def indented(text: str) -> str:
    """The text with every line but the first moved to the right."""
    return text.replace("\n", "\n  ")
