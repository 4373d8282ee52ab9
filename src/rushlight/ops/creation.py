"""Tensors from data: Python numbers and lists, ndarrays, other tensors.

The dtype is inferred as PyTorch infers it: Python floats become the default dtype, NumPy's
scalars and arrays keep theirs.
May import: core, tensor.
"""

import builtins
import warnings
from itertools import chain
from typing import Any

import numpy as np

from ..core import device as devices
from ..core import dtype as dtypes
from ..core.storage import Storage
from ..tensor import Tensor, alias, method, ndarray, wrap

__all__ = [
    "as_tensor",
    "asarray",
    "from_numpy",
    "is_complex",
    "is_floating_point",
    "is_tensor",
    "numel",
    "scalar_tensor",
    "tensor",
]

PLAIN = frozenset((bool, int, float, builtins.complex))
Dtype = dtypes.dtype
Complex = builtins.complex


def tensor(
    data: Any,
    *,
    dtype: Dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new tensor with a copy of the data: a number, nested sequences, an ndarray.

    Raises ValueError for ragged sequences and for integers beyond 64 bits, TypeError or
    RuntimeError for what is not a number.

    >>> torch.tensor([[1.0, -1.0], [1.0, -1.0]])
    tensor([[ 1., -1.],
            [ 1., -1.]])
    >>> torch.tensor([1, 2]).dtype, torch.tensor(True).dtype
    (torch.int64, torch.bool)
    """
    devices.require(device)
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use "
            "sourceTensor.detach().clone() or sourceTensor.detach().clone().requires_grad_(True), "
            "rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    return finish(wrap(array_of(data, dtypes.given(dtype, "tensor"))), requires_grad)


def finish(result: Tensor, requires_grad: bool) -> Tensor:
    """The new tensor, as a leaf that wants its gradient if asked."""
    if requires_grad:
        if result._array.dtype.kind not in "fcV":
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients: this one "
                f"would be {result.dtype}; pass a floating dtype="
            )
        result.requires_grad_()
    return result


def array_of(data: Any, dtype: Dtype | None = None) -> ndarray:
    """A fresh ndarray of the data, of the given or the inferred dtype."""
    if isinstance(data, Tensor):
        source = data._array
        return np.array(source, None if dtype is None else dtype.numpy, order="C")
    if isinstance(data, ndarray):
        check_ndarray(data)
        return np.array(data, None if dtype is None else dtype.numpy, order="C")
    if isinstance(data, np.generic):
        dtypes.from_numpy(data.dtype)
        return np.array(data, None if dtype is None else dtype.numpy)
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(data, (list, tuple)):
        return _from_sequence(data, dtype)
    if type(data) not in PLAIN:
        if hasattr(data, "__array__"):
            return array_of(np.asarray(data), dtype)
        if hasattr(data, "__len__") and hasattr(data, "__getitem__"):
            return _from_sequence(list(data), dtype)
        if not isinstance(data, (int, float, Complex)):
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    return _convert(data, dtype or dtypes.of_number(data))


def _from_sequence(data: Any, dtype: Dtype | None) -> ndarray:
    kinds = leaf_kinds(data)
    if not kinds:
        return _convert(data, dtype or dtypes.get_default_dtype())
    if kinds <= PLAIN:
        return _convert(data, dtype or _dtype_of_kinds(kinds))
    shape = _shape_of(data)
    values = list(_leaves(data, shape, 0))
    if dtype is None:
        for value in values:
            found = _dtype_of_leaf(value)
            dtype = found if dtype is None else dtypes.promote_types(dtype, found)
    plain = [v.item() if isinstance(v, (Tensor, np.generic, ndarray)) else v for v in values]
    return _convert(plain, dtype or dtypes.get_default_dtype()).reshape(shape)


def leaf_kinds(data: Any) -> set[type]:
    """The types of what stands in the nested lists, going as deep as the first element."""
    level = data
    while len(level) and type(level[0]) in (list, tuple):
        try:
            level = list(chain.from_iterable(level))
        except TypeError:
            raise TypeError(
                "not a sequence: the nested lists hold numbers and lists side by side"
            ) from None
    return set(map(type, level))


def _dtype_of_kinds(kinds: set[type]) -> Dtype:
    if Complex in kinds:
        return dtypes.default_complex()
    if float in kinds:
        return dtypes.get_default_dtype()
    return dtypes.int64 if int in kinds else dtypes.bool_


def _dtype_of_leaf(value: Any) -> Dtype:
    if isinstance(value, Tensor):
        return value.dtype
    if isinstance(value, (np.generic, ndarray)):
        return dtypes.from_numpy(value.dtype)
    if isinstance(value, (int, float, Complex)):
        return dtypes.of_number(value)
    if isinstance(value, str):
        raise TypeError("new(): invalid data type 'str'")
    raise RuntimeError(f"Could not infer dtype of {type(value).__name__}")


def _is_sequence(value: Any) -> bool:
    if isinstance(value, str):
        raise ValueError("too many dimensions 'str'")
    if isinstance(value, (Tensor, ndarray)):
        return value.ndim > 0
    return isinstance(value, (list, tuple, range))


def _shape_of(data: Any) -> tuple[int, ...]:
    shape = []
    while _is_sequence(data):
        shape.append(len(data))
        if not shape[-1]:
            break
        data = data[0]
    return tuple(shape)


def _leaves(data: Any, shape: tuple[int, ...], dim: int) -> Any:
    """The numbers in order; the errors of a list that is not rectangular."""
    if dim == len(shape):
        if isinstance(data, (Tensor, ndarray)) and data.ndim:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if isinstance(data, (list, tuple)):
            raise TypeError(
                f"'{type(data).__name__}' object cannot be interpreted as a number: the nested "
                "lists hold numbers and lists side by side"
            )
        yield data
        return
    if not _is_sequence(data):
        raise TypeError("not a sequence: the nested lists hold numbers and lists side by side")
    if len(data) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    if isinstance(data, Tensor) and data.ndim > 0 and data.numel() != data.shape[0]:
        raise ValueError("only one element tensors can be converted to Python scalars")
    for item in data:
        yield from _leaves(item, shape, dim + 1)


def _convert(data: Any, dtype: Dtype) -> ndarray:
    """np.array with PyTorch's errors for ragged lists and numbers that do not fit."""
    try:
        with np.errstate(all="ignore"):
            if dtype.category == dtypes.INTEGER:
                return _to_integer(data, dtype)
            if dtype is dtypes.bfloat16:
                return np.array(data, np.float32).astype(dtype.numpy)
            return np.array(data, dtype.numpy)
    except OverflowError:
        raise ValueError("Overflow when unpacking long long") from None
    except (ValueError, TypeError) as error:
        list(_leaves(data, _shape_of(data), 0))
        if "complex" in str(error):
            raise TypeError("must be real number, not complex") from None
        raise


def _to_integer(data: Any, dtype: Dtype) -> ndarray:
    try:
        return np.array(data, dtype.numpy)
    except OverflowError:
        wide = np.array(data, np.int64)
    least = -int(np.iinfo(dtype.numpy).max) - 1
    if (wide > np.iinfo(dtype.numpy).max).any() or (wide < least).any():
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    return wide.astype(dtype.numpy)  # a negative number wraps around in uint8


def check_ndarray(array: ndarray) -> None:
    """ValueError or TypeError for an ndarray that no tensor can show."""
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion "
            "between byte orders is currently not supported: use array.astype(array.dtype.name)"
        )
    if array.dtype not in dtypes.FROM_NUMPY:
        kind = f"numpy.{array.dtype.type.__name__}"
        names = ", ".join(d.name for d in dtypes.ALL if d is not dtypes.bfloat16)
        raise TypeError(
            f"can't convert np.ndarray of type {kind}. The only supported types are: {names}."
        )
    for stride in array.strides:
        if stride < 0:
            raise ValueError(
                "At least one stride in the given numpy array is negative, and tensors with "
                "negative strides are not currently supported. (You can probably work around this "
                f"by making a copy of your array with array.copy().) Strides: {array.strides}"
            )
        if stride % array.itemsize:
            raise ValueError(
                "given numpy array strides not a multiple of the element byte size. "
                "Copy the numpy array to reallocate the memory."
            )


def from_numpy(ndarray: Any) -> Tensor:
    """The tensor over the memory of an ndarray: a change in one shows in the other.

    TypeError for what is no ndarray or has a dtype PyTorch lacks, ValueError for negative strides.

    >>> import numpy
    >>> a = numpy.array([1, 2, 3])
    >>> t = torch.from_numpy(a)
    >>> t[0] = -1
    >>> a
    array([-1,  2,  3])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    check_ndarray(ndarray)
    result = wrap(ndarray if type(ndarray) is np.ndarray else np.asarray(ndarray))
    result._storage = Storage.over(result._array)
    return result


def as_tensor(data: Any, dtype: Dtype | None = None, device: Any = None) -> Tensor:
    """The data as a tensor: shared with a tensor or ndarray where its dtype fits, else copied.

    >>> torch.as_tensor([1, 2], dtype=torch.float32)
    tensor([1., 2.])
    """
    devices.require(device)
    dtype = dtypes.given(dtype, "as_tensor")
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data.to(dtype)
    if isinstance(data, ndarray):
        shared = from_numpy(data)
        return shared if dtype is None else shared.to(dtype)
    return wrap(array_of(data, dtype))


def asarray(
    obj: Any,
    *,
    dtype: Dtype | None = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The data as a tensor; `copy` True never shares, False never copies (ValueError if it must).

    >>> torch.asarray([1.0, 2.0])
    tensor([1., 2.])
    """
    devices.require(device)
    shares = isinstance(obj, (Tensor, ndarray))
    result = as_tensor(obj, dtype)
    if shares:
        source = obj._array if isinstance(obj, Tensor) else obj
        shared = np.may_share_memory(source, result._array)
        if copy is False and not shared:
            raise ValueError(
                "can't alias tensor with dtype "
                f"'{dtypes.FROM_NUMPY[source.dtype]}' into dtype '{result.dtype}'."
            )
        if copy and shared:
            result = result.clone()
    elif copy is False:
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    if not requires_grad:
        return result.detach() if result._edge is not None else result
    return finish(alias(result) if result._edge is not None else result, True)


def scalar_tensor(
    s: Any, *, dtype: Dtype | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The 0-d tensor of a number, of the default dtype unless told.

    >>> torch.scalar_tensor(3)
    tensor(3.)
    """
    devices.require(device)
    found = dtypes.given(dtype, "scalar_tensor") or dtypes.get_default_dtype()
    value = s.item() if isinstance(s, Tensor) else s
    if not isinstance(value, (bool, int, float, Complex, np.generic)):
        raise TypeError(
            f"scalar_tensor(): argument 's' (position 1) must be Number, not {type(s).__name__}"
        )
    return finish(wrap(np.array(value).astype(found.numpy)), requires_grad)


@method
def new_tensor(
    self: Tensor,
    data: Any,
    *,
    dtype: Dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A new tensor with a copy of the data, of this tensor's dtype unless told.

    >>> torch.zeros(1).new_tensor([1, 2])
    tensor([1., 2.])
    """
    devices.require(device)
    given = dtypes.given(dtype, "new_tensor")
    return finish(wrap(array_of(data, given or self.dtype)), requires_grad)


def is_tensor(obj: Any) -> bool:
    """Whether the object is a tensor.

    >>> torch.is_tensor(torch.zeros(1)), torch.is_tensor([1])
    (True, False)
    """
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating-point one.

    >>> torch.is_floating_point(torch.ones(2))
    True
    """
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Whether the dtype is a complex one.

    >>> torch.is_complex(torch.ones(2))
    False
    """
    return input.is_complex()


def numel(input: Tensor) -> int:
    """The number of elements.

    >>> torch.numel(torch.zeros(2, 3))
    6
    """
    if not isinstance(input, Tensor):
        raise TypeError(
            f"numel(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    return input._array.size
