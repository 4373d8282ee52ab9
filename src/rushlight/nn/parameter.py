"""Parameters and buffers: the tensors that belong to a module, also before their shape is known.

May import: core, tensor, autograd.
"""

from typing import Any

import numpy as np

from ..autograd.tensor_methods import make_leaf
from ..core.dtype import get_default_dtype
from ..tensor import Tensor, storage_of, wrap


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
            make_leaf(parameter)
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


NO_SHAPE = (
    "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
    "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. "
    "Call `forward` to initialize the parameters before accessing their attributes."
)
NO_VALUES = (
    "Attempted to use an uninitialized parameter. This error happens when you are using a "
    "`LazyModule` or explicitly manipulating `torch.nn.parameter.UninitializedParameter` objects. "
    "When using LazyModules Call `forward` with a dummy batch to initialize the parameters before "
    "calling torch functions"
)


class Uninitialized(Tensor):
    """What stands in for a tensor until its shape is known; `materialize` turns it into one."""

    becomes: type
    dtype: Any = None  # type: ignore[assignment]
    requires_grad: Any = False
    is_leaf: Any = True

    def _start(self, requires_grad: bool, dtype: Any) -> Any:
        self.__dict__["dtype"] = dtype or get_default_dtype()
        self.__dict__["requires_grad"] = requires_grad
        return self

    @property
    def _array(self) -> Any:  # type: ignore[override]
        raise ValueError(NO_VALUES)

    @property
    def shape(self) -> Any:
        """RuntimeError: it is not known yet."""
        raise RuntimeError(NO_SHAPE)

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Becomes an ordinary tensor of that shape, whose values are yet to be set."""
        wanted, tracked = dtype or self.dtype, self.requires_grad
        for name in ("dtype", "requires_grad"):
            del self.__dict__[name]
        self.__class__ = self.becomes
        self._array = np.empty(tuple(shape), wanted.numpy)
        if tracked:
            make_leaf(self)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Says whether it will require grad."""
        self.__dict__["requires_grad"] = requires_grad
        return self

    def detach(self) -> Any:
        """Itself: there is nothing to be detached from."""
        return self

    def convert(self, function: Any) -> None:
        """Takes the dtype that the function would give a tensor of its own."""
        probe = wrap(np.empty((0,), self.dtype.numpy))
        self.__dict__["dtype"] = function(probe).dtype

    def __deepcopy__(self, memo: dict) -> Any:
        copied = object.__new__(type(self))
        memo[id(self)] = copied
        return copied._start(self.requires_grad, self.dtype)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _uninitialized, (type(self), self.requires_grad, self.dtype)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def _uninitialized(cls: type, requires_grad: bool, dtype: Any) -> Any:
    return object.__new__(cls)._start(requires_grad, dtype)


class UninitializedParameter(Uninitialized, Parameter):
    """A parameter whose shape is not known yet, of a lazy module before its first forward.

    RuntimeError for its shape, ValueError for everything that needs values.

    >>> torch.nn.UninitializedParameter()
    <UninitializedParameter>
    """

    becomes = Parameter

    def __new__(
        cls, requires_grad: bool = True, device: Any = None, dtype: Any = None
    ) -> "UninitializedParameter":
        return _uninitialized(cls, requires_grad, dtype)


class UninitializedBuffer(Uninitialized):
    """A buffer whose shape is not known yet; see `UninitializedParameter`.

    >>> buffer = torch.nn.UninitializedBuffer()
    >>> buffer.materialize((2, 3))
    >>> buffer.shape
    torch.Size([2, 3])
    """

    becomes = Tensor

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> "UninitializedBuffer":
        made = _uninitialized(cls, requires_grad, dtype)
        made.persistent = persistent
        return made
