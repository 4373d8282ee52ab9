"""Hooks on what the graph saves: pack a tensor when it is kept, unpack it when it is needed.

A hook may move saved tensors to disk, compress them, or just count them.
May import: core, tensor.
"""

from collections.abc import Callable
from typing import Any

from ..core.state import thread, unwatch, watch
from ..tensor import Tensor, alias


class Packed:
    """A saved tensor as a hook packed it, with the edge it gets back when it is unpacked."""

    __slots__ = ("edge", "hook", "value")

    def __init__(self, tensor: Tensor, edge: Any) -> None:
        hooks = thread.saved_hooks
        self.edge = edge
        self.hook = hooks.unpack
        before = thread.grad_enabled
        thread.grad_enabled = thread.not_recording
        shown = alias(tensor)
        shown._edge = edge
        version = shown._version
        try:
            self.value = hooks.pack(shown)
        finally:
            thread.grad_enabled = before
        shown._edge = None  # or a node would hold itself
        if shown._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as "
                "input to pack hook cannot be modified by in-place operations as this can lead "
                "to unexpected side-effects. Return a changed clone instead"
            )

    def unpack(self) -> Tensor:
        """The tensor, with its history; TypeError when the hook returns something else."""
        before = thread.grad_enabled
        thread.grad_enabled = thread.not_recording
        try:
            tensor = self.hook(self.value)
        finally:
            thread.grad_enabled = before
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        if self.edge is not None:
            tensor = alias(tensor)
            tensor._edge = self.edge
        return tensor


class saved_tensors_hooks:
    """A block in which the graph keeps `pack_hook(tensor)` in place of each tensor it saves.

    `unpack_hook` gets what `pack_hook` returned, once for each use, and returns the tensor.
    RuntimeError inside `disable_saved_tensors_hooks`.

    >>> x = torch.tensor([3.0], requires_grad=True)
    >>> hooks = torch.autograd.graph.saved_tensors_hooks
    >>> with hooks(lambda t: t.tolist(), torch.tensor):
    ...     y = x * x
    >>> y.backward()
    >>> x.grad
    tensor([6.])
    """

    def __init__(self, pack_hook: Callable, unpack_hook: Callable) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook
        self._blocks: list = []

    def __enter__(self) -> None:
        _push(self._blocks, _Hooks(self.pack_hook, self.unpack_hook))

    def __exit__(self, *exc: object) -> None:
        _pop(self._blocks)


class save_on_cpu(saved_tensors_hooks):
    """A block in which saved tensors are kept as copies on the CPU (`pin_memory` is accepted).

    >>> x = torch.tensor([3.0], requires_grad=True)
    >>> with torch.autograd.graph.save_on_cpu():
    ...     y = x * x
    >>> y.backward()
    >>> x.grad
    tensor([6.])
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor.clone(), lambda kept: kept)


class disable_saved_tensors_hooks:
    """A block in which `saved_tensors_hooks` is a RuntimeError with this message.

    >>> with torch.autograd.graph.disable_saved_tensors_hooks("not here"):
    ...     torch.autograd.graph.saved_tensors_hooks(id, id).__enter__()
    Traceback (most recent call last):
    ...
    RuntimeError: not here
    """

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message
        self._before: list = []

    def __enter__(self) -> None:
        hooks = thread.saved_hooks
        if hooks is not None:
            raise RuntimeError(self.error_message)
        self._before.append(thread.hooks_forbidden)
        thread.hooks_forbidden = self.error_message

    def __exit__(self, *exc: object) -> None:
        thread.hooks_forbidden = self._before.pop()


class _Hooks:
    __slots__ = ("pack", "unpack")

    def __init__(self, pack: Callable, unpack: Callable) -> None:
        self.pack = pack
        self.unpack = unpack


def _push(blocks: list, hooks: _Hooks) -> None:
    if thread.hooks_forbidden is not None:
        raise RuntimeError(thread.hooks_forbidden)
    blocks.append(thread.saved_hooks)
    thread.saved_hooks = hooks
    watch(hooks)


def _pop(blocks: list) -> None:
    unwatch(thread.saved_hooks)
    thread.saved_hooks = blocks.pop()


__all__ = ["disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]
