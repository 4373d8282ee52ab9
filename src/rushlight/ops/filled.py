"""Tensors of a given shape: zeros, ones, full, empty, and their `_like` and `new_` forms.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import device as devices
from ..core import dtype as dtypes
from ..core import state
from ..core.formats import empty_in, memory_format, preserve_format
from ..core.layout import as_shape, contiguous_strides
from ..tensor import Tensor, method, ndarray, wrap
from .copying import element
from .creation import finish
from .inplace import write_out

__all__ = [
    "empty", "empty_like", "empty_permuted", "empty_strided", "full", "full_like", "ones",
    "ones_like", "zeros", "zeros_like",
]  # fmt: skip

Dtype = dtypes.dtype
_range = range


def shape_of(size: tuple, name: str) -> tuple[int, ...]:
    """The shape meant by `f(2, 3)` or `f((2, 3))`, with PyTorch's errors."""
    if len(size) == 1 and not hasattr(size[0], "__index__"):
        if not isinstance(size[0], (tuple, list)):
            raise TypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, "
                f"not {type(size[0]).__name__}"
            )
        size = tuple(size[0])
    elif size and not hasattr(size[0], "__index__"):
        if isinstance(size[0], (tuple, list)):
            raise TypeError(f"{name}() takes 1 positional argument but {len(size)} were given")
    shape = as_shape(size)
    for length in shape:
        if length < 0:
            raise RuntimeError(
                f"{name}: Dimension size must be non-negative: "
                f"Trying to create tensor with negative dimension {length}: {list(shape)}"
            )
    return shape


def _make(
    name: str,
    maker: Any,
    size: tuple,
    keywords: dict,
    out: Tensor | None,
    dtype: Dtype | None,
    device: Any,
    requires_grad: bool,
) -> Tensor:
    if "size" in keywords:
        size = (keywords.pop("size"),)
    unknown = keywords.keys() - {"layout", "pin_memory", "memory_format", "names", "generator"}
    if unknown:
        raise TypeError(f"{name}() got an unexpected keyword argument '{unknown.pop()}'")
    devices.require(device)
    if dtype is not None:
        dtype = dtypes.given(dtype, name)
    if not size:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    shape = shape_of(size, name)
    if out is not None:
        if dtype is not None and dtype is not out.dtype:
            raise RuntimeError(
                f"dtype {dtype.title} does not match dtype of out parameter ({out.dtype.title})"
            )
        return write_out(out, wrap(maker(shape, out._array.dtype)))
    array = maker(shape, (dtype or state.shared.default_dtype).numpy)
    format = keywords.get("memory_format")
    if format is not None and format.order is not None:
        straight = array
        array = empty_in(shape, array.dtype, format)
        array[...] = straight
    result = wrap(array)
    return finish(result, True) if requires_grad else result


def _ones(shape: tuple[int, ...], numpy_dtype: Any) -> ndarray:
    out = np.empty(shape, numpy_dtype)
    out.fill(1)
    return out


def zeros(
    *size: Any,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    **keywords: Any,
) -> Tensor:
    """Zeros of the given shape. RuntimeError for a negative size.

    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return _make("zeros", np.zeros, size, keywords, out, dtype, device, requires_grad)


def ones(
    *size: Any,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    **keywords: Any,
) -> Tensor:
    """Ones of the given shape. RuntimeError for a negative size.

    >>> torch.ones(2)
    tensor([1., 1.])
    """
    return _make("ones", _ones, size, keywords, out, dtype, device, requires_grad)


def empty(
    *size: Any,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    **keywords: Any,
) -> Tensor:
    """A tensor of the given shape whose elements are whatever stood in memory.

    >>> torch.empty(2, 3).shape
    torch.Size([2, 3])
    """
    return _make("empty", np.empty, size, keywords, out, dtype, device, requires_grad)


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    **keywords: Any,
) -> Tensor:
    """The given shape filled with one number, whose kind decides the dtype.

    >>> torch.full((2,), 3), torch.full((2,), 3.0)
    (tensor([3, 3]), tensor([3., 3.]))
    """
    dtype = dtypes.given(dtype, "full")
    if isinstance(fill_value, Tensor):
        dtype = dtype or fill_value.dtype
        fill_value = fill_value.item()
    if dtype is None:
        dtype = dtypes.of_number(fill_value)

    def maker(shape: tuple, numpy_dtype: Any) -> ndarray:
        return filled(shape, fill_value, numpy_dtype)

    return _make("full", maker, (size,), keywords, out, dtype, device, requires_grad)


def filled(shape: tuple, value: Any, numpy_dtype: Any) -> ndarray:
    """An ndarray filled with the number; RuntimeError when an integer dtype cannot hold it."""
    out = np.empty(shape, numpy_dtype)
    out.fill(element(value, numpy_dtype))
    return out


def empty_strided(
    size: Any, stride: Any, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, layout: Any = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """An uninitialized tensor with the given strides. RuntimeError for negative ones.

    >>> torch.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    devices.require(device)
    shape, strides = shape_of((size,), "empty_strided"), as_shape((stride,))
    if len(shape) != len(strides):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides "
            f"({len(strides)})"
        )
    if strides and min(strides) < 0:
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(shape)} and "
            f"strides={list(strides)}: strides must not be negative"
        )
    numpy_dtype = (dtypes.given(dtype, "empty_strided") or state.shared.default_dtype).numpy
    extent = 1 + sum([(n - 1) * s for n, s in zip(shape, strides, strict=True)])
    # one element more than none, so that an empty tensor can have any strides
    memory = np.empty(1 if 0 in shape else extent, numpy_dtype)
    steps = tuple([s * numpy_dtype.itemsize for s in strides])
    return finish(wrap(np.ndarray(shape, numpy_dtype, memory, 0, steps)), requires_grad)


def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, layout: Any = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """An uninitialized tensor whose dims stand in memory in this order, outermost first.

    >>> torch.empty_permuted((2, 3), (1, 0)).stride()
    (1, 2)
    """
    devices.require(device)
    shape, order = shape_of((size,), "empty_permuted"), as_shape((physical_layout,))
    if len(shape) != len(order):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; "
            f"i.e. len(size) = {len(shape)} is not equal to len(physical_layout) = {len(order)}"
        )
    for place, d in enumerate(order):
        if not 0 <= d < len(shape):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(shape) - 1}, but got "
                f"{d} at index {place}).  NB: negative dims not currently supported; file an issue "
                "if you want it."
            )
    if len(set(order)) != len(order):
        raise RuntimeError(f"Duplicate dim not allowed: {list(order)}")
    straight = contiguous_strides([shape[d] for d in order])
    strides = [straight[order.index(d)] for d in range(len(shape))]
    return empty_strided(shape, strides, dtype=dtype, requires_grad=requires_grad)


# ---- like another tensor


def like(
    input: Any, name: str, dtype: Dtype | None = None, format: memory_format | None = None
) -> ndarray:
    """An uninitialized array of the input's shape, with its order of dims when it has no gaps."""
    if not isinstance(input, Tensor):
        raise TypeError(
            f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    array = input._array
    given = dtypes.given(dtype, name)
    numpy_dtype = array.dtype if given is None else given.numpy
    if format is not None and format is not preserve_format:
        return empty_in(array.shape, numpy_dtype, format)
    order = "C" if 0 in array.strides else "K"  # what is expanded has no order to keep
    return np.empty_like(array, numpy_dtype, order=order, subok=False)


def _finish_like(array: ndarray, device: Any, requires_grad: bool) -> Tensor:
    devices.require(device)
    return finish(wrap(array), requires_grad)


def zeros_like(
    input: Tensor, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: memory_format | None = None, layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Zeros of the input's shape and dtype.

    >>> torch.zeros_like(torch.tensor([1, 2]))
    tensor([0, 0])
    """
    array = like(input, "zeros_like", dtype, memory_format)
    array.fill(0)
    return _finish_like(array, device, requires_grad)


def ones_like(
    input: Tensor, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: memory_format | None = None, layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Ones of the input's shape and dtype.

    >>> torch.ones_like(torch.tensor([1, 2]))
    tensor([1, 1])
    """
    array = like(input, "ones_like", dtype, memory_format)
    array.fill(1)
    return _finish_like(array, device, requires_grad)


def empty_like(
    input: Tensor, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: memory_format | None = None, layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """An uninitialized tensor of the input's shape and dtype.

    >>> torch.empty_like(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    return _finish_like(like(input, "empty_like", dtype, memory_format), device, requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: memory_format | None = None, layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """The input's shape and dtype, filled with one number.

    >>> torch.full_like(torch.zeros(2), 7)
    tensor([7., 7.])
    """
    array = like(input, "full_like", dtype, memory_format)
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    array[...] = np.array(value).astype(array.dtype)
    return _finish_like(array, device, requires_grad)


@method
def new_zeros(self: Tensor, *size: Any, dtype: Dtype | None = None, **keywords: Any) -> Tensor:
    """Zeros of the given shape, of this tensor's dtype unless told."""
    return zeros(*size, dtype=dtype or self.dtype, **keywords)


@method
def new_ones(self: Tensor, *size: Any, dtype: Dtype | None = None, **keywords: Any) -> Tensor:
    """Ones of the given shape, of this tensor's dtype unless told."""
    return ones(*size, dtype=dtype or self.dtype, **keywords)


@method
def new_empty(self: Tensor, *size: Any, dtype: Dtype | None = None, **keywords: Any) -> Tensor:
    """An uninitialized tensor of the given shape, of this tensor's dtype unless told."""
    return empty(*size, dtype=dtype or self.dtype, **keywords)


@method
def new_empty_strided(
    self: Tensor, size: Any, stride: Any, *, dtype: Dtype | None = None, **keywords: Any
) -> Tensor:
    """An uninitialized tensor with the given strides, of this tensor's dtype unless told."""
    return empty_strided(size, stride, dtype=dtype or self.dtype, **keywords)


@method
def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Dtype | None = None, **keywords: Any
) -> Tensor:
    """The given shape filled with one number, of this tensor's dtype unless told."""
    return full(size, fill_value, dtype=dtype or self.dtype, **keywords)
