"""Tensor: an ndarray, the storage it shares with its views, and its place in the autograd graph.

Only what needs no operation lives here; every operation is defined in ops/, every autograd
method in autograd/, and each attaches itself with `method`.
May import: core.
"""

import copyreg
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .core import dtype as dtypes
from .core import formats
from .core.batch import CONTROL_FLOW, ITEM, BatchArray
from .core.device import CPU, device
from .core.layout import Size, contiguous_strides
from .core.printing import tensor_repr
from .core.state import shared, thread
from .core.storage import InferenceStorage, Storage, TypedStorage
from .core.tracing import as_array

ndarray = np.ndarray


class Tensor:
    """A multi-dimensional array of one dtype that can remember how it was computed.

    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    # The class attributes are the defaults of a fresh tensor: making one sets `_array` alone.
    _array: ndarray
    # where its gradient goes: None, a Node, an Output of one, an AccumulateGrad; or a Dual of these
    _edge: Any = None
    _grad: "Tensor | None" = None
    _storage: Storage | None = None  # made when first needed, shared with views
    _base: "Tensor | None" = None  # the tensor this one is a view of

    # NumPy gives way: ndarray + tensor is a tensor
    __array_priority__ = 1000

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __getitem__(self, key: Any) -> "Tensor": ...

    def __new__(cls, *args: Any, **kwargs: Any) -> "Tensor":
        return legacy_constructor(cls, *args, **kwargs)

    # ---- what it is

    @property
    def shape(self) -> Size:
        """The sizes of its dims, as a `torch.Size`."""
        return Size(self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dim; IndexError when there is no such dim.

        >>> torch.zeros(2, 3).size(), torch.zeros(2, 3).size(-1)
        (torch.Size([2, 3]), 3)
        """
        if dim is None:
            return Size(self._array.shape)
        shape = self._array.shape
        if not -len(shape) <= dim < len(shape):
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-len(shape)}, "
                f"{len(shape) - 1}], but got {dim})"
                if shape
                else "Dimension specified as 0 but tensor has no dimensions"
            )
        return shape[dim]

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of its elements."""
        return dtypes.FROM_NUMPY[self._array.dtype]

    @property
    def device(self) -> device:
        """Where it lives."""
        return CPU

    @property
    def ndim(self) -> int:
        """The number of its dims."""
        return self._array.ndim

    def dim(self) -> int:
        """The number of its dims."""
        return self._array.ndim

    def numel(self) -> int:
        """The number of its elements."""
        return self._array.size

    nelement = numel

    def element_size(self) -> int:
        """The number of bytes an element takes."""
        return self._array.itemsize

    @property
    def itemsize(self) -> int:
        """The number of bytes an element takes."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """The number of bytes all elements take."""
        return self._array.nbytes

    def stride(self, dim: int | None = None) -> Any:
        """Steps in memory between neighbours along each dim, in elements.

        >>> torch.zeros(2, 3).stride(), torch.zeros(2, 3).t().stride()
        ((3, 1), (1, 3))
        """
        array = self._array
        if array.size == 0 and not any(array.strides):
            steps = contiguous_strides(array.shape)  # what NumPy makes anew has strides of 0
        else:
            itemsize = array.itemsize
            steps = tuple([step // itemsize for step in array.strides])
        return steps if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """Where its first element stands in its storage, in elements."""
        return storage_of(self).offset_of(self._array)

    def data_ptr(self) -> int:
        """The address of its first element."""
        return self._array.ctypes.data

    def storage(self) -> Any:
        """The memory shared with all its views, as elements in memory order."""
        return storage_of(self).typed(self.dtype)

    def untyped_storage(self) -> Any:
        """The memory shared with all its views, as bytes."""
        return storage_of(self).typed(None)

    def is_contiguous(self, memory_format: formats.memory_format | None = None) -> bool:
        """Whether its elements stand in memory in row-major order (or the format's), gapless."""
        if memory_format is None:
            return self._array.flags.c_contiguous
        return formats.in_format(self._array, memory_format)

    def is_floating_point(self) -> bool:
        """Whether its dtype is a floating-point one."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether its dtype is a complex one."""
        return self.dtype.is_complex

    def is_signed(self) -> bool:
        """Whether its dtype holds negative numbers."""
        return self.dtype.is_signed

    @property
    def is_cuda(self) -> bool:
        """False: it lives on the CPU."""
        return False

    @property
    def is_mps(self) -> bool:
        """False: it lives on the CPU."""
        return False

    @property
    def is_sparse(self) -> bool:
        """False: it is dense."""
        return False

    @property
    def _version(self) -> int:
        """How many times its memory was changed in place; RuntimeError for inference tensors."""
        if type(self._storage) is InferenceStorage:
            raise RuntimeError("Inference tensors do not track version counter.")
        return version_of(self)

    # ---- out of the library

    def numpy(self, *, force: bool = False) -> ndarray:
        """The same memory as an ndarray.

        RuntimeError when it requires grad, TypeError for bfloat16 (NumPy has none), unless
        `force=True`, which detaches and converts.
        """
        if self._edge is not None and not force and self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        if self._array.dtype.kind == "V":
            raise TypeError("Got unsupported ScalarType BFloat16: use x.float().numpy()")
        if type(self._array) is not ndarray:
            self._array.__array__()  # RuntimeError where it only passes for one
        storage_of(self)  # the array escapes: whoever changes the tensor must share it
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ndarray:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __array_wrap__(
        self, array: ndarray, context: Any = None, return_scalar: bool = False
    ) -> "Tensor":
        return wrap(np.asarray(array))

    def item(self) -> Any:
        """Its one element as a Python number; RuntimeError unless it has exactly one.

        >>> torch.tensor([2.5]).item()
        2.5
        """
        array = self._array
        if array.size != 1:
            raise RuntimeError(
                f"a Tensor with {array.size} elements cannot be converted to Scalar: "
                f"its shape is {list(array.shape)}; use .tolist() for all of them"
            )
        if type(array) is BatchArray:
            raise RuntimeError(ITEM)
        value = array.item()
        return value if array.dtype.kind != "V" else float(value)

    def tolist(self) -> Any:
        """Its elements as nested lists of Python numbers (a number when it is 0-d).

        >>> torch.tensor([[1, 2], [3, 4]]).tolist()
        [[1, 2], [3, 4]]
        """
        array = self._array
        if type(array) is BatchArray:
            array.__array__()  # RuntimeError
        return (array.astype(np.float32) if array.dtype.kind == "V" else array).tolist()

    def __bool__(self) -> bool:
        if self._array.size != 1:
            what = "more than one value" if self._array.size else "no values"
            raise RuntimeError(
                f"Boolean value of Tensor with {what} is ambiguous: its shape is "
                f"{list(self._array.shape)}; use .any() or .all()"
            )
        if type(self._array) is BatchArray:
            raise RuntimeError(CONTROL_FLOW)
        return bool(self._array)

    def _scalar(self) -> Any:
        """Its one element, for Python's own conversions; ValueError unless it has just one."""
        if self._array.size != 1:
            raise ValueError(
                "only one element tensors can be converted to Python scalars: this one has shape "
                f"{list(self._array.shape)}"
            )
        return self.item()

    def __float__(self) -> float:
        return float(self._real_scalar("double"))

    def __int__(self) -> int:
        return int(self._real_scalar("int64_t"))

    def _real_scalar(self, kind: str) -> Any:
        value = self._scalar()
        if isinstance(value, complex):
            if value.imag:
                raise RuntimeError(
                    f"value cannot be converted to type {kind} without overflow: {value}"
                )
            return value.real
        return value

    def __complex__(self) -> complex:
        return complex(self._scalar())

    def __index__(self) -> int:
        if self._array.size != 1 or self._array.dtype.kind not in "biu":
            raise TypeError(
                "only integer tensors of a single element can be converted to an index: got "
                f"shape {list(self._array.shape)} and dtype {self.dtype}"
            )
        return int(self.item())

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __iter__(self) -> Any:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __hash__(self) -> int:
        return id(self)

    def __format__(self, spec: str) -> str:
        if not self._array.ndim and type(self) is Tensor:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def __repr__(self) -> str:
        if type(self._array) is BatchArray:
            return f"BatchedTensor({self._array!r})"
        node = None if self.requires_grad and self.is_leaf else self.grad_fn
        return tensor_repr(
            self._array,
            self.dtype.name,
            default_float=dtypes.get_default_dtype().name,
            requires_grad=self.requires_grad,
            grad_fn=None if node is None else type(node).__name__,
            tangent=_tangent(self._edge),
        )

    # ---- copies and pickles

    def __deepcopy__(self, memo: dict) -> "Tensor":
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment: this one is the result of "
                f"{type(self.grad_fn).__name__}; use x.detach().clone()"
            )
        if id(self) in memo:
            return memo[id(self)]
        storage = storage_of(self)
        # views of one memory stay views of one memory
        memory = memo.get(id(storage))
        if memory is None:
            memory = memo[id(storage)] = Storage(storage.bytes.copy())
        offset = storage.offset_of(self._array) * self._array.itemsize
        array = ndarray(
            self._array.shape, self._array.dtype, memory.bytes, offset, self._array.strides
        )
        copy = memo[id(self)] = _rebuild(type(self), array, memory, self.requires_grad)
        if self._grad is not None:
            copy._grad = self._grad.__deepcopy__(memo)
        copy.__dict__.update(
            {
                name: value
                for name, value in self.__dict__.items()
                if not name.startswith("_") and name != "requires_grad"
            }
        )
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) can be pickled; "
                "use x.detach() to drop the history"
            )
        state = (self.storage(), self.storage_offset(), tuple(self.shape), self.stride())
        return _unpickle, (type(self), *state, self.requires_grad)


def _tangent(edge: Any) -> str | None:
    """How the tangent of a dual tensor is printed."""
    return repr(edge.tangent) if hasattr(edge, "tangent") and edge.level.alive else None


# ---- the functions every room above uses

_new = object.__new__


def wrap(array: ndarray) -> Tensor:
    """The tensor over this array, without history."""
    tensor = _new(Tensor)
    tensor._array = array
    if shared.watched:
        mark(tensor)
    return tensor


def as_tensor(array: Any) -> Tensor:
    """The tensor over what a kernel returned; NumPy hands out scalars for 0-d results."""
    return wrap(array if type(array) is ndarray else as_array(array))


def mark(tensor: Tensor) -> None:
    """Notes that the tensor is made in inference mode, if that is so."""
    if thread.inference:
        tensor._storage = InferenceStorage(tensor._array)


def storage_of(tensor: Tensor) -> Storage:
    """The tensor's storage, made now if nobody has asked for it before."""
    storage = tensor._storage
    if storage is None:
        storage = tensor._storage = Storage(tensor._array)
    return storage


def version_of(tensor: Tensor) -> int:
    """How many times the tensor's memory was changed in place."""
    storage = tensor._storage
    return 0 if storage is None else storage.version


def alias(tensor: Tensor, array: ndarray | None = None) -> Tensor:
    """A tensor over (part of) the same memory, without history and without a base."""
    other = _new(Tensor)
    other._storage = storage_of(tensor)
    other._array = tensor._array if array is None else array
    return other


def method(function: Callable, name: str | None = None) -> Callable:
    """Makes the function a method of Tensor, under its own or another name."""
    setattr(Tensor, name or function.__name__, function)
    return function


def _rebuild(cls: type, array: ndarray, storage: Storage, requires_grad: bool) -> Any:
    tensor = _new(cls)
    tensor._array = array
    tensor._storage = storage
    if requires_grad:
        tensor.requires_grad_()
    return tensor


def _unpickle(
    cls: type, storage: TypedStorage, offset: int, shape: Any, stride: Any, requires_grad: bool
) -> Any:
    memory = storage._storage
    itemsize = storage.dtype.itemsize
    array = ndarray(
        shape,
        storage.dtype.numpy,
        memory.bytes,
        offset * itemsize,
        tuple([step * itemsize for step in stride]),
    )
    return _rebuild(cls, array, memory, requires_grad)


def _storage_from_bytes(data: bytes, dtype: dtypes.dtype) -> Any:
    return Storage(np.frombuffer(bytearray(data), np.uint8)).typed(dtype)


copyreg.pickle(TypedStorage, lambda s: (_storage_from_bytes, (s._storage.bytes.tobytes(), s.dtype)))


def legacy_constructor(cls: type, *args: Any, device: Any = None) -> Any:
    """`Tensor(2, 3)`, `Tensor([1, 2])`, `Tensor(ndarray)`: always the default float dtype."""
    numpy_dtype = dtypes.get_default_dtype().numpy
    if len(args) == 1 and not hasattr(args[0], "__index__"):
        source = args[0]
        if isinstance(source, Size):
            array = np.zeros(source, numpy_dtype)
        elif isinstance(source, Tensor):
            return alias(source)
        else:
            array = np.array(source, numpy_dtype)
    else:
        array = np.zeros([int(size) for size in args] if args else (0,), numpy_dtype)
    tensor = _new(cls)
    tensor._array = array
    if shared.watched:
        mark(tensor)
    return tensor
