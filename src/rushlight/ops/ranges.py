"""Ranges and grids: arange, linspace, logspace, eye, triangles of indices, meshgrid.

May import: core, tensor, ops.
"""

import math
import warnings
from typing import Any

import numpy as np

from ..core import device as devices
from ..core import dtype as dtypes
from ..core import state
from ..tensor import Tensor, ndarray, wrap
from .creation import finish
from .inplace import write_out

__all__ = [
    "arange", "eye", "linspace", "logspace", "meshgrid", "range", "tril_indices", "triu_indices",
]  # fmt: skip

Dtype = dtypes.dtype


def _number(value: Any, name: str) -> Any:
    if isinstance(value, (Tensor, np.generic)):
        value = value.item()
    if isinstance(value, complex):
        raise RuntimeError(f"value cannot be converted to type double without overflow: {value}")
    if not isinstance(value, (int, float)):
        raise TypeError(f"arange(): argument '{name}' must be Number, not {type(value).__name__}")
    return value


def _end_point(value: Any, name: str, function: str) -> Any:
    """A number, or the one of a 0-d tensor."""
    if isinstance(value, Tensor):
        if value._array.ndim:
            raise RuntimeError(
                f"{function} only supports 0-dimensional start and end tensors, but got {name} "
                f"with {value._array.ndim} dimension(s)."
            )
        return value.item()
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, (int, float, complex)):
        raise TypeError(
            f"{function}() received an invalid combination of arguments: {name} must be a Tensor "
            f"or a Number, not {type(value).__name__}"
        )
    return value


def _steps(steps: Any, function: str) -> int:
    if not hasattr(steps, "__index__"):
        raise TypeError(
            f"{function}() received an invalid combination of arguments: steps must be int, not "
            f"{type(steps).__name__}"
        )
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {steps}")
    return steps.__index__()


def arange(
    start: Any = None,
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
    elif start is None:
        start = 0
    start, end, step = _number(start, "start"), _number(end, "end"), _number(step, "step")
    integers = isinstance(start, int) and isinstance(end, int) and isinstance(step, int)
    dtype = dtypes.given(dtype, "arange")
    if dtype is None:
        dtype = dtypes.int64 if integers else state.shared.default_dtype
        if out is not None:
            dtype = out.dtype
    assert dtype is not None
    if dtype.category in (dtypes.BOOL, dtypes.COMPLEX):
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.title}'")
    _check_range(start, end, step, "arange")
    if dtype is dtypes.int64 and not integers:
        if not int(step):
            raise ValueError("step must be nonzero: it is cut to the int64 that was asked for")
        start, end, step = int(start), int(end), int(step)
        integers = True
    count = -((start - end) // step) if integers else math.ceil((end - start) / step)
    if count >= 1 << 62:
        raise RuntimeError(f"invalid size, possible overflow? {count} elements")
    if dtype.category == dtypes.INTEGER:
        start, step = int(start), int(step)
        array = np.arange(count, dtype=np.int64)
    else:  # each from its own position, so that no error adds up
        array = np.arange(count, dtype=np.float64)
    if step != 1:
        array *= step
    if start:
        array += start
    result = wrap(array.astype(dtype.numpy, copy=False))
    return finish(result, requires_grad) if out is None else write_out(out, result)


def _check_range(start: Any, end: Any, step: Any, name: str) -> None:
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError(
            "upper bound and lower bound inconsistent with step sign: "
            f"{name}({start}, {end}, {step})"
        )


def range(
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
    """Numbers from start to end, both included; deprecated: `arange` is the one to use.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     torch.range(1, 3)
    tensor([1., 2., 3.])
    """
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is "
        "inconsistent with Python's range builtin. Instead, use torch.arange, which produces "
        "values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    devices.require(device)
    if end is None:
        start, end = 0, start
    start, end, step = _number(start, "start"), _number(end, "end"), _number(step, "step")
    _check_range(start, end, step, "range")
    if dtypes.given(dtype, "range") is dtypes.bool_:
        raise NotImplementedError("\"range_cpu\" not implemented for 'Bool'")
    found = dtype or (out.dtype if out is not None else state.shared.default_dtype)
    count = math.floor((end - start) / step) + 1
    array = np.arange(count, dtype=np.float64) * step + start
    result = wrap(array.astype(found.numpy))
    return finish(result, requires_grad) if out is None else write_out(out, result)


def _spaced(start: Any, end: Any, steps: int, dtype: Dtype) -> ndarray:
    """Evenly spaced numbers, the second half counted from the end as PyTorch does."""
    if dtype.category <= dtypes.INTEGER:
        first, last = np.array([int(start), int(end)]).astype(dtype.numpy).astype(np.int64)
        if steps == 1:
            return np.array([first]).astype(dtype.numpy)
        step = float(last - first) / max(steps - 1, 1)
        up, down = _halves(steps)
        return np.concatenate([first + step * up, last - step * down]).astype(dtype.numpy)
    compute = np.float32 if dtype.itemsize <= 4 and not dtype.is_complex else np.float64
    if dtype.is_complex:
        compute = np.complex128
    first, last = np.array(start, compute), np.array(end, compute)
    if steps == 1:
        return first.reshape(1).astype(dtype.numpy)
    step = (last - first) / np.array(max(steps - 1, 1), compute)
    # a fused multiply-add rounds once
    exact = np.arange(steps, dtype=np.result_type(compute, np.float64))
    low, high = exact[: steps // 2], exact[steps // 2 :]
    low *= step
    low += first
    high -= steps - 1
    high *= step
    high += last
    return exact.astype(compute, copy=False).astype(dtype.numpy, copy=False)


def _halves(steps: int) -> tuple[ndarray, ndarray]:
    """How many steps lie before each number of the first half, after each of the second."""
    half = steps // 2
    return np.arange(half), np.arange(steps - half - 1, -1, -1)


def _check_spaced(dtype: Dtype, name: str) -> None:
    if dtype.category == dtypes.BOOL:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")


def _dtype_between(start: Any, end: Any, out: Tensor | None) -> Dtype:
    if out is not None:
        return out.dtype
    whole = isinstance(start, complex) or isinstance(end, complex)
    return dtypes.default_complex() if whole else state.shared.default_dtype


def _powers(base: float, start: Any, end: Any, steps: int, dtype: Dtype) -> ndarray:
    if dtype.category <= dtypes.INTEGER:
        start, end = int(start), int(end)
    wide = dtypes.complex128 if dtype.is_complex else dtypes.float64
    with np.errstate(all="ignore"):
        powers = np.power(wide.numpy.type(base), _spaced(start, end, steps, wide))
        return powers.astype(dtype.numpy)


def linspace(
    start: Any, end: Any, steps: int, *, out: Tensor | None = None, dtype: Dtype | None = None,
    device: Any = None, requires_grad: bool = False, **keywords: Any,
) -> Tensor:  # fmt: skip
    """`steps` evenly spaced numbers from start to end, both included.

    >>> torch.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    devices.require(device)
    start, end = _end_point(start, "start", "linspace"), _end_point(end, "end", "linspace")
    found = dtypes.given(dtype, "linspace") or _dtype_between(start, end, out)
    _check_spaced(found, "linspace")
    result = wrap(_spaced(start, end, _steps(steps, "linspace"), found))
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
    start, end = _end_point(start, "start", "logspace"), _end_point(end, "end", "logspace")
    found = dtypes.given(dtype, "logspace") or _dtype_between(start, end, out)
    _check_spaced(found, "logspace")
    result = wrap(_powers(base, start, end, _steps(steps, "logspace"), found))
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


def _triangle(starts: ndarray, stops: ndarray, dtype: Dtype, name: str) -> Tensor:
    """The rows and columns of what stands in each row from its start to before its stop."""
    if dtype.category != dtypes.INTEGER:
        raise NotImplementedError(f"\"{name}\" not implemented for '{dtype.title}'")
    lengths = np.maximum(stops - starts, 0)
    ends = np.cumsum(lengths)
    indices = np.empty((2, int(ends[-1]) if ends.size else 0), dtype.numpy)
    indices[0] = np.repeat(np.arange(lengths.size), lengths)
    indices[1] = np.arange(indices.shape[1]) - np.repeat(ends - lengths - starts, lengths)
    return wrap(indices)


def _check_counts(row: int, col: int) -> None:
    for name, count in (("row", row), ("col", col)):
        if count < 0:
            raise RuntimeError(f"{name} must be non-negative, got {count}")


def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Dtype = dtypes.int64,
    device: Any = None,
    layout: Any = None,
) -> Tensor:
    """The rows and columns of the elements on and below a diagonal. Shape (2, count).

    >>> torch.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    devices.require(device)
    _check_counts(row, col)
    stops = np.clip(np.arange(row) + offset + 1, 0, col)
    return _triangle(np.zeros_like(stops), stops, dtype, "tril_indices")


def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Dtype = dtypes.int64,
    device: Any = None,
    layout: Any = None,
) -> Tensor:
    """The rows and columns of the elements on and above a diagonal. Shape (2, count).

    >>> torch.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    devices.require(device)
    _check_counts(row, col)
    starts = np.clip(np.arange(row) + offset, 0, col)
    return _triangle(starts, np.full_like(starts, col), dtype, "triu_indices")


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
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for position, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(
                f"expected Tensor as element {position} in argument 0, but got {type(t).__name__}"
            )
        if t._array.ndim > 1:
            raise RuntimeError(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got shape "
                f"{list(t._array.shape)}"
            )
        if t._array.dtype != tensors[0]._array.dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
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
