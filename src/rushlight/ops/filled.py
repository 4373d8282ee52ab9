"""Tensors of a given shape: zeros, ones, full, empty, their `_like` and `new_` forms, and ranges.

May import: core, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core import device as devices
from ..core import dtype as dtypes
from ..core import state
from ..core.layout import as_shape
from ..tensor import Tensor, method, ndarray, wrap
from .creation import finish
from .inplace import write_out

__all__ = [
    "arange", "empty", "empty_like", "empty_strided", "eye", "full", "full_like", "linspace",
    "logspace", "meshgrid", "ones", "ones_like", "range", "tril_indices", "triu_indices", "zeros",
    "zeros_like",
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
    shape = shape_of(size, name)
    if out is not None:
        return write_out(out, wrap(maker(shape, out._array.dtype)))
    result = wrap(maker(shape, (dtype or state.shared.default_dtype).numpy))
    return finish(result, True) if requires_grad else result


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
    return _make("ones", np.ones, size, keywords, out, dtype, device, requires_grad)


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
    if isinstance(fill_value, Tensor):
        dtype = dtype or fill_value.dtype
        fill_value = fill_value.item()
    if dtype is None:
        dtype = dtypes.of_number(fill_value)

    def maker(shape: tuple, numpy_dtype: Any) -> ndarray:
        return filled(shape, fill_value, numpy_dtype)

    return _make("full", maker, (size,), keywords, out, dtype, device, requires_grad)


def filled(shape: tuple, value: Any, numpy_dtype: Any) -> ndarray:
    """An ndarray filled with the number; floats are cut for integer dtypes."""
    return np.full(shape, np.array(value).astype(numpy_dtype), numpy_dtype)


def empty_strided(
    size: Any, stride: Any, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """An uninitialized tensor with the given strides.

    >>> torch.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    devices.require(device)
    numpy_dtype = (dtype or state.shared.default_dtype).numpy
    extent = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    memory = np.empty(0 if 0 in size else extent, numpy_dtype)
    steps = tuple([s * numpy_dtype.itemsize for s in stride])
    array = np.ndarray(tuple(size), numpy_dtype, memory.data if memory.size else None, 0, steps)
    return finish(wrap(array), requires_grad)


# ---- like another tensor


def like(input: Any, name: str, dtype: Dtype | None = None) -> ndarray:
    """An uninitialized array of the input's shape, with its order of dims when it has no gaps."""
    if not isinstance(input, Tensor):
        raise TypeError(
            f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    array = input._array
    return np.empty_like(array, None if dtype is None else dtype.numpy, order="K", subok=False)


def _finish_like(array: ndarray, device: Any, requires_grad: bool) -> Tensor:
    devices.require(device)
    return finish(wrap(array), requires_grad)


def zeros_like(
    input: Tensor, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: Any = None, layout: Any = None,
) -> Tensor:  # fmt: skip
    """Zeros of the input's shape and dtype.

    >>> torch.zeros_like(torch.tensor([1, 2]))
    tensor([0, 0])
    """
    array = like(input, "zeros_like", dtype)
    array.fill(0)
    return _finish_like(array, device, requires_grad)


def ones_like(
    input: Tensor, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: Any = None, layout: Any = None,
) -> Tensor:  # fmt: skip
    """Ones of the input's shape and dtype.

    >>> torch.ones_like(torch.tensor([1, 2]))
    tensor([1, 1])
    """
    array = like(input, "ones_like", dtype)
    array.fill(1)
    return _finish_like(array, device, requires_grad)


def empty_like(
    input: Tensor, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: Any = None, layout: Any = None,
) -> Tensor:  # fmt: skip
    """An uninitialized tensor of the input's shape and dtype.

    >>> torch.empty_like(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    return _finish_like(like(input, "empty_like", dtype), device, requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Dtype | None = None, device: Any = None,
    requires_grad: bool = False, memory_format: Any = None, layout: Any = None,
) -> Tensor:  # fmt: skip
    """The input's shape and dtype, filled with one number.

    >>> torch.full_like(torch.zeros(2), 7)
    tensor([7., 7.])
    """
    array = like(input, "full_like", dtype)
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
def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Dtype | None = None, **keywords: Any
) -> Tensor:
    """The given shape filled with one number, of this tensor's dtype unless told."""
    return full(size, fill_value, dtype=dtype or self.dtype, **keywords)


# ---- ranges


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, (Tensor, np.generic)) else value


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    **keywords: Any,
) -> Tensor:
    """Numbers from start (0 if left out) to before end; int64 if all are ints.

    RuntimeError for a step of 0 or of the wrong sign.

    >>> torch.arange(3), torch.arange(1, 2.5, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000, 2.0000]))
    """
    devices.require(device)
    if end is None:
        start, end = 0, start
    start, end, step = _number(start), _number(end), _number(step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError(
            "upper bound and lower bound inconsistent with step sign: "
            f"arange({start}, {end}, {step})"
        )
    integers = isinstance(start, int) and isinstance(end, int) and isinstance(step, int)
    if dtype is None:
        dtype = dtypes.int64 if integers else state.shared.default_dtype
        if out is not None:
            dtype = out.dtype
    assert dtype is not None
    if integers:
        count = -((start - end) // step)
    else:
        count = math.ceil((end - start) / step)
    if dtype.category <= dtypes.INTEGER:
        array = np.arange(count, dtype=np.int64) * int(step) + int(start)
    else:  # each from its own position, so that no error adds up
        array = np.arange(count, dtype=np.float64) * step + start
    result = wrap(array.astype(dtype.numpy, copy=False))
    return finish(result, requires_grad) if out is None else write_out(out, result)


def range(start: Any, end: Any, step: Any = 1, *, dtype: Dtype | None = None) -> Tensor:
    """Numbers from start to end, both included; `arange` is the one to prefer.

    >>> torch.range(1, 3)
    tensor([1., 2., 3.])
    """
    count = math.floor((end - start) / step) + 1
    array = np.arange(count, dtype=np.float64) * step + start
    return wrap(array.astype((dtype or state.shared.default_dtype).numpy))


def _spaced(start: Any, end: Any, steps: int, dtype: Dtype) -> ndarray:
    """Evenly spaced numbers, the second half counted from the end as PyTorch does."""
    start, end = _number(start), _number(end)
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {steps}")
    if steps == 1:
        return np.array([start]).astype(dtype.numpy)
    if dtype.category <= dtypes.INTEGER:
        step = (float(end) - float(start)) / max(steps - 1, 1)
        low = int(start) + step * np.arange(steps // 2)
        high = int(end) - step * np.arange(steps - steps // 2 - 1, -1, -1)
        return np.concatenate([low, high]).astype(dtype.numpy)
    compute = np.float32 if dtype.itemsize <= 4 and not dtype.is_complex else np.float64
    if dtype.is_complex:
        compute = np.complex128
    first, last = np.array(start, compute), np.array(end, compute)
    step = (last - first) / np.array(max(steps - 1, 1), compute)
    half = steps // 2
    exact = np.result_type(compute, np.float64)  # a fused multiply-add rounds once
    low = first.astype(exact) + step.astype(exact) * np.arange(half)
    high = last.astype(exact) - step.astype(exact) * np.arange(steps - half - 1, -1, -1)
    return np.concatenate([low, high]).astype(compute).astype(dtype.numpy)


def linspace(
    start: Any, end: Any, steps: int, *, out: Tensor | None = None, dtype: Dtype | None = None,
    device: Any = None, requires_grad: bool = False, **keywords: Any,
) -> Tensor:  # fmt: skip
    """`steps` evenly spaced numbers from start to end, both included.

    >>> torch.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    devices.require(device)
    found = dtype or (out.dtype if out is not None else state.shared.default_dtype)
    result = wrap(_spaced(start, end, steps, found))
    return finish(result, requires_grad) if out is None else write_out(out, result)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, out: Tensor | None = None,
    dtype: Dtype | None = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`base` to the powers of `linspace(start, end, steps)`.

    >>> torch.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    devices.require(device)
    found = dtype or (out.dtype if out is not None else state.shared.default_dtype)
    powers = np.power(float(base), _spaced(start, end, steps, dtypes.float64))
    result = wrap(powers.astype(found.numpy))
    return finish(result, requires_grad) if out is None else write_out(out, result)


def eye(
    n: int, m: int | None = None, *, out: Tensor | None = None, dtype: Dtype | None = None,
    device: Any = None, requires_grad: bool = False, **keywords: Any,
) -> Tensor:  # fmt: skip
    """The n by m matrix with ones on its diagonal. RuntimeError for a negative size.

    >>> torch.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    devices.require(device)
    for name, size in (("n", n), ("m", m)):
        if size is not None and size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    found = dtype or (out.dtype if out is not None else state.shared.default_dtype)
    result = wrap(np.eye(n, m, dtype=found.numpy))
    return finish(result, requires_grad) if out is None else write_out(out, result)


def _triangle(mask: ndarray, dtype: Dtype) -> Tensor:
    return wrap(np.stack(np.nonzero(mask)).astype(dtype.numpy))


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Dtype = dtypes.int64, device: Any = None
) -> Tensor:
    """The rows and columns of the elements on and below a diagonal. Shape (2, count).

    >>> torch.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    devices.require(device)
    return _triangle(np.tri(row, col, offset, dtype=bool), dtype)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Dtype = dtypes.int64, device: Any = None
) -> Tensor:
    """The rows and columns of the elements on and above a diagonal. Shape (2, count).

    >>> torch.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    devices.require(device)
    return _triangle(~np.tri(row, col, offset - 1, dtype=bool), dtype)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of the grid that the 1-d tensors span, one tensor for each of them.

    >>> torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")[1]
    tensor([[0, 1, 2],
            [0, 1, 2]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(
            'torch.meshgrid: indexing must be one of "xy" or "ij", but received: ' + indexing
        )
    lines = [t.reshape(-1) for t in tensors]
    if indexing == "xy" and len(lines) > 1:
        lines[0], lines[1] = lines[1], lines[0]
    shape = [line.numel() for line in lines]
    grids = []
    for dim, line in enumerate(lines):
        sizes = [1] * len(lines)
        sizes[dim] = -1
        grids.append(line.view(sizes).expand(shape))
    if indexing == "xy" and len(grids) > 1:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)
