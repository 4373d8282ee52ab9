"""From one dtype to another: `.to`, `.type`, `.double()` and its sisters, and the legacy types.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import device as devices
from ..core import dtype as dtypes
from ..core import formats
from ..tensor import Tensor, legacy_constructor, method, wrap
from .batching import elementwise
from .creation import array_of
from .op import Op

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor",
    "HalfTensor", "IntTensor", "LongTensor", "ShortTensor",
]  # fmt: skip


def _cast(input: Any, *, np_dtype: Any) -> Any:
    if input.dtype.kind == "c" and np_dtype.kind not in "cb":
        input = input.real
    return input.astype(np_dtype, order="C" if 0 in input.strides else "K")


# The engine casts the gradient back to the dtype of the input.
_to_copy = Op("to_copy", _cast, (lambda g: g * 1,), backward="ToCopyBackward0", batch=elementwise)
_untracked = Op("to_integer", _cast, batch=elementwise)


def cast(self: Tensor, np_dtype: Any) -> Tensor:
    """A copy of another dtype, whose history goes on if the dtype has gradients."""
    op = _to_copy if np_dtype.kind in "fcV" else _untracked
    return op(self, np_dtype=np_dtype)


# what Python's own types mean as dtypes
PYTHON_TYPES = {
    float: dtypes.float64, int: dtypes.int64, bool: dtypes.bool_, complex: dtypes.complex128,
}  # fmt: skip


def _parse(where: Any, dtype: Any, args: tuple) -> tuple[Any, Any]:
    """The device and the dtype meant by the arguments of `to`."""
    for arg in args:
        if isinstance(arg, dtypes.dtype):
            dtype = arg
        elif isinstance(arg, Tensor):
            dtype = arg.dtype
        elif any([arg is kind for kind in PYTHON_TYPES]):
            dtype = PYTHON_TYPES[arg]
        elif isinstance(arg, (str, int, devices.device)) and not isinstance(arg, bool):
            where = arg
        elif arg is not None and not isinstance(arg, bool):
            raise TypeError(
                "to() received an invalid combination of arguments - got "
                f"({type(arg).__name__}), but expected a device, a dtype or a tensor"
            )
    return where, dtype


@method
def to(
    self: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    copy: bool = False,
    non_blocking: bool = False,
    memory_format: Any = None,
    other: Tensor | None = None,
    np_dtype: Any = None,
) -> Tensor:
    """The tensor with another dtype, on another device, or like another tensor.

    Itself when nothing changes, unless `copy=True`. `np_dtype` is for the library's own use.

    >>> torch.tensor([1.5, 2.5]).to(torch.int64)
    tensor([1, 2])
    """
    if np_dtype is not None:
        return self if self._array.dtype == np_dtype else cast(self, np_dtype)
    if dtype is None and len(args) == 1 and isinstance(args[0], dtypes.dtype):
        dtype, args = args[0], ()
    if dtype is not None and not (args or copy or device or memory_format or other):
        return self if self._array.dtype is dtype.numpy else cast(self, dtype.numpy)
    if other is not None:
        args = (*args, other)
    flags = [arg for arg in args if isinstance(arg, bool)]
    if len(flags) > 1:
        copy = copy or flags[1]
    where, dtype = _parse(device, PYTHON_TYPES.get(dtype, dtype), args)
    devices.require(where)
    wanted = self._array.dtype if dtype is None else dtype.numpy
    result = self if self._array.dtype == wanted and not copy else cast(self, wanted)
    return result if memory_format is None else _in_format(result, memory_format)


def _in_format(x: Tensor, format: formats.memory_format) -> Tensor:
    if format is formats.preserve_format or formats.in_format(x._array, format):
        return x
    return x.clone(memory_format=format)


def _caster(name: str, dtype: dtypes.dtype) -> None:
    numpy_dtype = dtype.numpy

    def convert(self: Tensor, memory_format: Any = None) -> Tensor:
        result = self if self._array.dtype == numpy_dtype else cast(self, numpy_dtype)
        return result if memory_format is None else _in_format(result, memory_format)

    convert.__name__ = name
    convert.__doc__ = f"The tensor as {dtype.name}; itself when it is that already."
    method(convert)


for _name, _dtype in (
    ("double", dtypes.float64), ("float", dtypes.float32), ("half", dtypes.float16),
    ("bfloat16", dtypes.bfloat16), ("int", dtypes.int32), ("long", dtypes.int64),
    ("short", dtypes.int16), ("char", dtypes.int8), ("byte", dtypes.uint8),
    ("bool", dtypes.bool_), ("cfloat", dtypes.complex64), ("cdouble", dtypes.complex128),
):  # fmt: skip
    _caster(_name, _dtype)


@method
def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """Itself: it is on the CPU."""
    return self


@method
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """AssertionError: there is no CUDA here."""
    devices.require("cuda" if device is None else device)
    return self


@method
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor with the other one's dtype."""
    return self.to(other.dtype)


# ---- the types from before there were dtypes


class TensorType:
    """A tensor type from before dtypes: calling it makes a tensor, isinstance tells its dtype.

    >>> torch.FloatTensor([1, 2])
    tensor([1., 2.])
    >>> isinstance(torch.zeros(1), torch.FloatTensor), torch.zeros(1).type()
    (True, 'torch.FloatTensor')
    """

    __slots__ = ("dtype", "is_cuda")

    def __init__(self, dtype: dtypes.dtype) -> None:
        self.dtype = dtype
        self.is_cuda = False

    @property
    def __name__(self) -> str:
        return f"{self.dtype.title}Tensor"

    @property
    def __module__(self) -> str:  # type: ignore[override]
        return "torch"

    def __call__(self, *args: Any, device: Any = None) -> Tensor:
        devices.require(device)
        if len(args) == 1 and isinstance(args[0], Tensor):
            if args[0].dtype is not self.dtype:
                raise TypeError(
                    f"expected {self.dtype.title} (got {args[0].dtype.title}): use "
                    f"tensor.to({self.dtype!r})"
                )
            return args[0].detach()
        if len(args) == 1 and isinstance(args[0], (list, np.ndarray)):
            return wrap(array_of(args[0], self.dtype))
        if len(args) == 1 and type(args[0]) is tuple:
            return wrap(array_of(args[0], self.dtype))
        made = legacy_constructor(Tensor, *args)._array
        return wrap(np.zeros(made.shape, self.dtype.numpy))

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is self.dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.dtype.title}Tensor'>"

    def __str__(self) -> str:
        return repr(self)


FloatTensor = TensorType(dtypes.float32)
DoubleTensor = TensorType(dtypes.float64)
HalfTensor = TensorType(dtypes.float16)
BFloat16Tensor = TensorType(dtypes.bfloat16)
ByteTensor = TensorType(dtypes.uint8)
CharTensor = TensorType(dtypes.int8)
ShortTensor = TensorType(dtypes.int16)
IntTensor = TensorType(dtypes.int32)
LongTensor = TensorType(dtypes.int64)
BoolTensor = TensorType(dtypes.bool_)
_BY_TITLE = {f"torch.{d.title}Tensor": d for d in dtypes.ALL}


def type(self: Tensor, dtype: Any = None, non_blocking: bool = False, **keywords: Any) -> Any:
    """Its legacy type name, or the tensor cast to a dtype, a type name or a legacy type.

    >>> torch.zeros(1).type(), torch.zeros(1).type(torch.short)
    ('torch.FloatTensor', tensor([0], dtype=torch.int16))
    """
    if dtype is None:
        return f"torch.{self.dtype.title}Tensor"
    if isinstance(dtype, str):
        if dtype.startswith("torch.cuda."):
            devices.require("cuda")
        if dtype not in _BY_TITLE:
            raise ValueError(f"invalid type: '{dtype}'")
        return self.to(_BY_TITLE[dtype])
    if isinstance(dtype, TensorType):
        return self.to(dtype.dtype)
    if isinstance(dtype, dtypes.dtype):
        return self.to(dtype)
    if dtype is Tensor:
        return self.to(dtypes.get_default_dtype())
    raise TypeError("dtype must be a type, str, or dtype object")


method(type)
