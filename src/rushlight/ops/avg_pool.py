"""Average pooling, over equal windows or windows that cover the input evenly, and power means.

All are linear (power means after the power), so their gradients are the transposed maps.
May import: core, kernels, tensor, ops.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..core.tracing import contiguous
from ..kernels.pooling import (
    adaptive_bounds,
    framed,
    regular_axis,
    window_share,
    window_sum,
)
from ..kernels.resampling import by_matrix
from ..tensor import Tensor
from .batching import fold
from .inplace import into
from .op import Op, ndarray
from .pool_windows import (
    Sizes,
    behind,
    check_adaptive,
    check_planes,
    numbers,
    output_sizes,
    pool_counts,
    pool_settings,
)

__all__ = ["adaptive_avg_pool1d", "avg_pool1d"]

# ---- equal windows


@lru_cache(maxsize=256)
def _divisor(
    sizes: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, counts: Sizes,
    include_padding: bool, divisor: int | None, dtype: Any,
) -> Any:  # fmt: skip
    """What each sum is divided by: one number, or one a window as an array."""
    if divisor is not None:
        return dtype.type(divisor)
    total: Any = 1
    for dim, (size, k, s, p, n) in enumerate(
        zip(sizes, kernel, stride, padding, counts, strict=True)
    ):
        start = np.arange(n) * s - p
        end = np.minimum(start + k, size + p)
        if not include_padding:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        total = total * (end - start).reshape(-1, *(1,) * (len(sizes) - 1 - dim))
    total = total.astype(dtype)
    first = total.flat[0]
    return first if (total == first).all() else total


def _axes(kernel: Sizes, stride: Sizes, counts: Sizes) -> list[tuple[slice, ...]]:
    return [regular_axis(k, s, 1, n) for k, s, n in zip(kernel, stride, counts, strict=True)]


def _average(
    input: ndarray, *, kernel: Sizes, stride: Sizes, padding: Sizes, counts: Sizes,
    include_padding: bool, divisor: int | None,
) -> ndarray:  # fmt: skip
    sizes = input.shape[input.ndim - len(kernel) :]
    after = behind(sizes, kernel, stride, padding, (1,) * len(kernel), counts)
    out = window_sum(framed(input, padding, after), _axes(kernel, stride, counts))
    by = _divisor(sizes, kernel, stride, padding, counts, include_padding, divisor, out.dtype)
    if out.dtype.kind in "iu":
        return (out / by).astype(out.dtype)
    out /= by
    return out


def _average_back(
    g: ndarray, *, sizes: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, counts: Sizes,
    include_padding: bool, divisor: int | None,
) -> ndarray:  # fmt: skip
    after = behind(sizes, kernel, stride, padding, (1,) * len(kernel), counts)
    by = _divisor(sizes, kernel, stride, padding, counts, include_padding, divisor, g.dtype)
    whole = [b + size + a for b, size, a in zip(padding, sizes, after, strict=True)]
    out = window_share(g / by, _axes(kernel, stride, counts), whole)
    inside = [slice(b, b + size) for b, size in zip(padding, sizes, strict=True)]
    return contiguous(out[(..., *inside)])


def _average_op(dims: int) -> Op:
    back = Op(
        f"avg_pool{dims}d_backward",
        _average_back,
        (
            lambda g, kernel, stride, padding, counts, include_padding, divisor: op(
                g, kernel=kernel, stride=stride, padding=padding, counts=counts,
                include_padding=include_padding, divisor=divisor,
            ),
        ),
        backward=f"AvgPool{dims}DBackwardBackward0",
        widen=True, batch=fold)  # fmt: skip
    op = Op(
        f"avg_pool{dims}d",
        _average,
        (
            lambda g, input_shape, kernel, stride, padding, counts, include_padding, divisor: back(
                g, sizes=input_shape[-len(kernel):], kernel=kernel, stride=stride,
                padding=padding, counts=counts, include_padding=include_padding, divisor=divisor,
            ),
        ),
        backward="SqueezeBackward1" if dims == 1 else f"AvgPool{dims}DBackward0",
        widen=True, batch=fold)  # fmt: skip
    return op


_averages = {dims: _average_op(dims) for dims in (1, 2, 3)}


def _averaged(
    dims: int, input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Tensor:  # fmt: skip
    function = f"avg_pool{dims}d"
    array = check_planes(input, dims, function)
    kernel, step, edge, spread = pool_settings(function, dims, kernel_size, stride, padding, 1)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero: leave divisor_override out for the count")
    if array.dtype.kind in "bc" or (array.dtype.kind in "iu" and array.itemsize != 8):
        raise NotImplementedError(
            f"\"{function}\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    counts = pool_counts(array.shape, function, kernel, step, edge, spread, ceil_mode)
    return _averages[dims](
        input, kernel=kernel, stride=step, padding=edge, counts=counts,
        include_padding=count_include_pad, divisor=divisor_override,
    )  # fmt: skip


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    ceil_mode: bool = False, count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of each window. Shapes (N, C, L) or (C, L) to (..., M).

    The stride is the kernel size by default; ceil_mode keeps a last window that is cut short; the
    zeros of the padding count unless count_include_pad is False. RuntimeError for numbers and
    shapes that do not fit.

    >>> torch.avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)
    tensor([[2.0000, 3.5000]])
    """
    return _averaged(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
    *, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window. Shapes (N, C, H, W) or (C, H, W) to (..., H', W').

    The sums are divided by divisor_override where it is given. RuntimeError for numbers and
    shapes that do not fit.

    >>> torch.nn.functional.avg_pool2d(torch.arange(16.0).view(1, 4, 4), 2)
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """
    result = _averaged(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return into(out, result)


def avg_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
    *, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window. Shapes (N, C, D, H, W) or (C, D, H, W).

    RuntimeError for numbers and shapes that do not fit.

    >>> torch.nn.functional.avg_pool3d(torch.arange(8.0).view(1, 2, 2, 2), 2)
    tensor([[[[3.5000]]]])
    """
    result = _averaged(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return into(out, result)


# ---- windows that cover the input evenly


def _means(input: ndarray, *, counts: Sizes) -> ndarray:
    lead = input.ndim - len(counts)
    for dim, count in enumerate(counts, lead):
        input = by_matrix(input, dim, _mean_matrix(input.shape[dim], count, input.dtype))
    return input


def _means_back(gradient: ndarray, *, sizes: Sizes) -> ndarray:
    lead = gradient.ndim - len(sizes)
    for dim, size in enumerate(sizes, lead):
        gradient = by_matrix(
            gradient, dim, _mean_matrix(size, gradient.shape[dim], gradient.dtype).T
        )
    return gradient


@lru_cache(maxsize=256)
def _mean_matrix(size: int, count: int, dtype: Any) -> ndarray:
    """The matrix whose rows average one window each."""
    starts, ends = adaptive_bounds(size, count)
    places = np.arange(size)
    inside = (places >= starts[:, None]) & (places < ends[:, None])
    return (inside / (ends - starts)[:, None]).astype(dtype)


def _adaptive_op(dims: int) -> Op:
    back = Op(
        f"adaptive_avg_pool{dims}d_backward",
        _means_back,
        (lambda g, gradient_shape: op(g, counts=gradient_shape[-dims:]),),
        backward=f"AdaptiveAvgPool{dims}DBackwardBackward0",
        widen=True,
        batch=fold,
    )
    op = Op(
        f"adaptive_avg_pool{dims}d",
        _means,
        (lambda g, input_shape: back(g, sizes=input_shape[-dims:]),),
        backward="SqueezeBackward1" if dims == 1 else f"AdaptiveAvgPool{dims}DBackward0",
        widen=True,
        batch=fold,
    )
    return op


_adaptive = {dims: _adaptive_op(dims) for dims in (1, 2, 3)}


def _adaptively(dims: int, input: Any, output_size: Any) -> Tensor:
    function = f"adaptive_avg_pool{dims}d"
    array = check_adaptive(input, dims, function)
    counts = output_sizes(output_size, input, dims, function)
    if array.dtype.kind not in "fV":
        raise NotImplementedError(
            f"\"{function}\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    if dims > 1 and counts == (1,) * dims:
        return input.mean(tuple(range(-dims, 0)), keepdim=True)
    return _adaptive[dims](input, counts=counts)


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The mean of each of output_size windows. Shapes (N, C, L) or (C, L).

    Window i goes from floor(i L / n) to ceil((i + 1) L / n). RuntimeError for other shapes.

    >>> torch.adaptive_avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)
    tensor([[2.0000, 3.5000]])
    """
    return _adaptively(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The mean of each window of an even grid of windows. Shapes (N, C, H, W) or (C, H, W).

    output_size is an int or one a dim, None for that of the input. RuntimeError for other shapes.

    >>> torch.nn.functional.adaptive_avg_pool2d(torch.arange(6.0).view(1, 2, 3), 1)
    tensor([[[2.5000]]])
    """
    return _adaptively(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The mean of each window of an even grid of windows. Shapes (N, C, D, H, W).

    RuntimeError for other shapes.

    >>> torch.nn.functional.adaptive_avg_pool3d(torch.arange(8.0).view(1, 2, 2, 2), 1)
    tensor([[[[3.5000]]]])
    """
    return _adaptively(3, input, output_size)


# ---- power means


def _power_pooled(
    dims: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Tensor:
    function = f"lp_pool{dims}d"
    kernel = numbers(kernel_size, dims, "kernel_size", function)
    count = int(np.prod(kernel))
    averaged = _averaged(dims, input.pow(norm_type), kernel, stride, 0, ceil_mode, True, None)
    return (averaged.sign() * averaged.abs().relu() * count).pow(1.0 / norm_type)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The root of the sum of each window's powers. Shapes (N, C, L) or (C, L) to (..., M).

    RuntimeError for numbers and shapes that do not fit.

    >>> torch.nn.functional.lp_pool1d(torch.tensor([[3.0, 4.0]]), 2, 2)
    tensor([[5.]])
    """
    return _power_pooled(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The root of the sum of each window's powers. Shapes (N, C, H, W) or (C, H, W).

    RuntimeError for numbers and shapes that do not fit.

    >>> torch.nn.functional.lp_pool2d(torch.tensor([[[3.0, 4.0]]]), 2, (1, 2))
    tensor([[[5.]]])
    """
    return _power_pooled(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The root of the sum of each window's powers. Shapes (N, C, D, H, W) or (C, D, H, W).

    RuntimeError for numbers and shapes that do not fit.

    >>> torch.nn.functional.lp_pool3d(torch.tensor([[[[3.0, 4.0]]]]), 2, (1, 1, 2))
    tensor([[[[5.]]]])
    """
    return _power_pooled(3, input, norm_type, kernel_size, stride, ceil_mode)
