"""What may be asked about a tensor, and the answers of a library that lives on the CPU.

May import: core, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

from ..core import device as devices
from ..core import dtype as dtypes
from ..core.formats import strided
from ..core.layout import Size
from ..core.storage import UntypedStorage
from ..tensor import Tensor, alias, method
from .elementwise import NUMBERS

__all__ = [
    "get_default_device", "get_device", "is_nonzero", "is_same_size", "is_signed", "is_storage",
    "result_type", "set_default_device", "set_default_tensor_type", "typename",
]  # fmt: skip


def _fact(name: str, value: Any, doc: str) -> None:
    setattr(Tensor, name, property(lambda self: value, doc=doc))


_fact("is_cpu", True, "True: it lives on the CPU.")
_fact("layout", strided, "How it keeps its elements: `torch.strided`.")
_fact("name", None, "None: tensors have no names.")
_fact("volatile", False, "False: long gone; see `torch.no_grad`.")
for _name in (
    "is_ipu", "is_maia", "is_meta", "is_mkldnn", "is_mtia", "is_nested", "is_quantized",
    "is_sparse_csr", "is_vulkan", "is_xla", "is_xpu",
):  # fmt: skip
    _fact(_name, False, "False: it is a dense tensor on the CPU.")


def get_device(input: Tensor) -> int:
    """The number of its device; -1 for the CPU.

    >>> torch.get_device(torch.zeros(1))
    -1
    """
    return -1


@method
def is_shared(self: Tensor) -> bool:
    """False: its memory belongs to this process alone."""
    return False


@method
def share_memory_(self: Tensor) -> Tensor:
    """Itself: threads share its memory anyhow, and other processes get copies."""
    return self


@method
def is_pinned(self: Tensor, device: Any = None) -> bool:
    """False: there is no device that memory would be pinned for."""
    return False


@method
def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """RuntimeError: memory is pinned for an accelerator, and there is none."""
    raise RuntimeError("Cannot access accelerator device when none is available.")


@method
def is_distributed(self: Tensor) -> bool:
    """False: all of it is here."""
    return False


@method
def dense_dim(self: Tensor) -> int:
    """The number of its dims: all are dense."""
    return self._array.ndim


@method
def sparse_dim(self: Tensor) -> int:
    """0: none of its dims is sparse."""
    return 0


@method
def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool = True) -> Tensor:
    """Itself, of another dtype where one is named: it is dense."""
    return self if dtype is None else self.to(dtype)


@method
def ndimension(self: Tensor) -> int:
    """The number of its dims."""
    return self._array.ndim


@method
def const_data_ptr(self: Tensor) -> int:
    """The address of its first element."""
    return self.data_ptr()


@method
def storage_type(self: Tensor) -> type:
    """The type of its storage.

    >>> torch.zeros(1).storage_type() is type(torch.zeros(1).storage())
    True
    """
    return type(self.storage())


@method
def dim_order(self: Tensor, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dims in the order of memory, outermost first.

    >>> torch.zeros(2, 3).t().dim_order()
    (1, 0)
    """
    strides = self.stride()
    return tuple(sorted(range(self._array.ndim), key=lambda d: -strides[d]))


def is_signed(input: Tensor) -> bool:
    """Whether the dtype holds negative numbers.

    >>> torch.is_signed(torch.tensor([1], dtype=torch.uint8))
    False
    """
    return input.is_signed()


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape.

    >>> torch.is_same_size(torch.zeros(2), torch.zeros(3))
    False
    """
    return input._array.shape == other._array.shape


def is_nonzero(input: Tensor) -> bool:
    """Whether its one element is not zero; RuntimeError unless it has just one.

    >>> torch.is_nonzero(torch.tensor([0.5]))
    True
    """
    return bool(input)


def is_storage(obj: Any) -> bool:
    """Whether the object is a storage.

    >>> torch.is_storage(torch.zeros(1).untyped_storage())
    True
    """
    return isinstance(obj, UntypedStorage)


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of arithmetic between two tensors or numbers.

    >>> torch.result_type(torch.tensor([1, 2], dtype=torch.int8), 1.5)
    torch.float32
    """
    ranks: list[Any] = [None, None, None]  # tensors with dims, 0-d tensors, numbers
    for value in (tensor1, tensor2):
        if isinstance(value, Tensor):
            rank, found = (0 if value._array.ndim else 1), value.dtype
        elif isinstance(value, NUMBERS):
            rank, found = 2, dtypes.of_number(value)
        else:
            raise TypeError(
                f"result_type(): arguments must be Tensors or Numbers, not {type(value).__name__}"
            )
        held = ranks[rank]
        ranks[rank] = found if held is None else dtypes.promote_types(held, found)
    common = dtypes.combine(ranks[0], dtypes.combine(ranks[1], ranks[2]))
    assert common is not None
    return common


def typename(obj: Any) -> str:
    """The type of an object in words: with its dtype for a tensor, with its module for others.

    >>> torch.typename(torch.zeros(1)), torch.typename(1)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        return obj.type()
    kind = (
        obj if isinstance(obj, type) or (callable(obj) and hasattr(obj, "__qualname__")) else None
    )
    kind = kind or type(obj)
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", None) else f"{module}.{kind.__qualname__}"


def get_default_device() -> devices.device:
    """Where new tensors live: the CPU.

    >>> torch.get_default_device()
    device(type='cpu')
    """
    return devices.CPU


def set_default_device(device: Any) -> None:
    """Says where new tensors live; an error for a device that is not there.

    >>> torch.set_default_device("cpu")
    """
    devices.require(device)


def set_default_tensor_type(t: Any) -> None:
    """`set_default_dtype` in older words: takes a type like `torch.DoubleTensor`, or its name.

    >>> torch.set_default_tensor_type(torch.FloatTensor)
    """
    name = t if isinstance(t, str) else f"torch.{t.__name__}"
    for d in dtypes.ALL:
        if name == f"torch.{d.title}Tensor":
            dtypes.set_default_dtype(d)
            return
    raise TypeError(f"invalid type object: {t!r} is no tensor type of the CPU")


# ---- in other words


@method
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """`torch.Tensor(...)` of this tensor's dtype: sizes, a list of numbers, or a tensor.

    >>> torch.zeros(1).new([1, 2])
    tensor([1., 2.])
    """
    devices.require(device)
    if len(args) == 1 and not hasattr(args[0], "__index__") and not isinstance(args[0], Tensor):
        if isinstance(args[0], Size):
            return self.new_empty(args[0])
        return self.new_tensor(args[0])
    if len(args) == 1 and isinstance(args[0], Tensor) and args[0].ndim:
        return alias(args[0])
    return self.new_empty(args or (0,))


@method
def as_subclass(self: Tensor, cls: type) -> Any:
    """The same memory and history as an instance of a subclass of Tensor."""
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(f"cls must be a subclass of Tensor, not {cls!r}")
    seen = alias(self)
    seen._edge = self._edge
    seen.__class__ = cls
    return seen


@method
def module_load(self: Tensor, other: Tensor, assign: bool = False) -> Tensor:
    """What `load_state_dict` puts in place of this tensor when it is told `other`."""
    return other.detach() if assign else self.copy_(other)


@method
def __reversed__(self: Tensor) -> Tensor:
    """The order reversed along the first dim."""
    return self.flip(0) if self._array.ndim else self


@method
def __delitem__(self: Tensor, index: Any) -> None:
    """TypeError: elements cannot be deleted."""
    raise TypeError("Tensor does not support deleting items")


# ---- a Python function called for every element


def _check_plain(self: Tensor, name: str) -> None:
    if self._edge is not None:
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() "
            "instead."
        )


def _mapped(self: Tensor, others: tuple[Tensor, ...], function: Callable, name: str) -> Tensor:
    _check_plain(self, name)
    for other in others:
        if other.dtype is not self.dtype:
            raise TypeError(
                f"{name}(): expected tensors of dtype {self.dtype}, but got {other.dtype}"
            )
    shape = self._array.shape
    lines = [self.reshape(-1).tolist()]
    lines += [other.expand(shape).reshape(-1).tolist() for other in others]
    values = [function(*numbers) for numbers in zip(*lines, strict=True)]
    return self.copy_(self.new_tensor(values).reshape(shape))


@method
def apply_(self: Tensor, callable: Callable) -> Tensor:
    """Replaces each element by what a Python function makes of it; slow, as Python is.

    RuntimeError when it requires grad.

    >>> torch.tensor([1, 2]).apply_(lambda x: x * 10)
    tensor([10, 20])
    """
    return _mapped(self, (), callable, "apply_")


@method
def map_(self: Tensor, tensor: Tensor, callable: Callable) -> Tensor:
    """Replaces each element by what a Python function makes of it and of the other tensor's.

    >>> torch.tensor([1, 2]).map_(torch.tensor([5, 6]), lambda x, y: x + y)
    tensor([6, 8])
    """
    return _mapped(self, (tensor,), callable, "map_")


@method
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable) -> Tensor:
    """Replaces each element by what a Python function makes of it and of two other tensors'.

    >>> one = torch.ones(2)
    >>> one.map2_(one, one, lambda a, b, c: a + b + c)
    tensor([3., 3.])
    """
    return _mapped(self, (x, y), callable, "map2_")


Tensor.grad_dtype = property(lambda self: self.dtype, doc="The dtype of its gradient: its own.")  # type: ignore[attr-defined]
for _function in (get_device, is_nonzero, is_same_size):
    method(_function)
