"""Parameters and buffers: the tensors that belong to a module.

May import: core, tensor.
"""

from typing import Any

import numpy as np

from ..core.dtype import get_default_dtype
from ..tensor import Tensor, storage_of


def _over(cls: type, data: Any) -> Any:
    """A tensor of that class over the memory of `data`, without history."""
    made = object.__new__(cls)
    if data is None:
        made._array = np.zeros((0,), get_default_dtype().numpy)
    elif isinstance(data, Tensor):
        made._array = data._array
        made._storage = storage_of(data)
    else:
        raise AttributeError(
            f"'{type(data).__name__}' object has no attribute 'detach': {cls.__name__} is made of "
            "a tensor; use torch.tensor(...) first"
        )
    return made


class Parameter(Tensor):
    """A tensor that a Module it is assigned to lists among its parameters.

    It shares the memory of `data` and requires grad unless told otherwise. RuntimeError for
    integers that should require grad.

    >>> torch.nn.Parameter(torch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> "Parameter":
        parameter = _over(cls, data)
        if requires_grad:
            parameter.requires_grad_()
        return parameter

    def __deepcopy__(self, memo: dict) -> "Parameter":
        # unlike a tensor's, the copy of a parameter starts without a gradient
        held, self._grad = self._grad, None
        try:
            return super().__deepcopy__(memo)  # type: ignore[return-value]
        finally:
            self._grad = held

    def __repr__(self) -> str:
        return f"Parameter containing:\n{Tensor.__repr__(self)}"


class Buffer(Tensor):
    """A tensor that a Module it is assigned to lists among its buffers.

    >>> module = torch.nn.Module()
    >>> module.mean = torch.nn.Buffer(torch.zeros(2))
    >>> list(module.state_dict())
    ['mean']
    """

    persistent: bool = True

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> "Buffer":
        buffer = _over(cls, data)
        buffer.persistent = persistent
        return buffer
