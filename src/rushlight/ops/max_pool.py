"""Max pooling, over equal windows or windows that cover the input evenly; and its undoing.

The gradient goes to the largest element of each window: values are put at places in a plane, and
the gradient of that picks them up again.
May import: core, kernels, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

from ..core.dtype import FROM_NUMPY
from ..core.layout import product
from ..core.state import thread
from ..kernels.pooling import (
    adaptive_axis,
    axis_positions,
    flat_places,
    framed,
    lowest,
    pick,
    put,
    regular_axis,
    window_argmax,
    window_max,
)
from ..tensor import Tensor
from .batching import fold
from .fused import require_tensor
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

__all__ = ["max_pool1d", "max_pool2d", "max_pool3d"]

# ---- values put at places, and picked up from them

put_at = Op(
    "put_at",
    lambda values, places, *, sizes: put(values, places, sizes),
    (lambda g, places, sizes: pick_at(g, places, dims=len(sizes)), None),
    backward="MaxPoolBackwardBackward0",
    widen=True,
)
pick_at = Op(
    "pick_at",
    lambda planes, places, *, dims: pick(planes, places, dims),
    (lambda g, places, planes_shape, dims: put_at(g, places, sizes=planes_shape[-dims:]), None),
    backward="GatherBackward0",
)


def _put_back(g: list, input_shape: Sizes, result: Any, counts: Sizes) -> tuple[Tensor]:
    return (put_at(g[0], result[1], sizes=input_shape[-len(counts) :]),)


# ---- equal windows


def _windows(
    input: ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, counts: Sizes
) -> tuple[ndarray, list[tuple[slice, ...]]]:
    """The input with enough around it, and the windows on that."""
    sizes = input.shape[input.ndim - len(kernel) :]
    after = behind(sizes, kernel, stride, padding, dilation, counts)
    axes = [regular_axis(*each) for each in zip(kernel, stride, dilation, counts, strict=True)]
    return framed(input, padding, after, lowest(input.dtype)), axes


def _values(
    input: ndarray, *, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, counts: Sizes
) -> ndarray:
    return window_max(*_windows(input, kernel, stride, padding, dilation, counts))


def _values_and_places(
    input: ndarray, *, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, counts: Sizes
) -> tuple[ndarray, ndarray]:
    framed_input, axes = _windows(input, kernel, stride, padding, dilation, counts)
    values, found = window_argmax(framed_input, axes)
    sizes = input.shape[input.ndim - len(kernel) :]
    positions = [axis_positions(*each) for each in zip(axes, padding, sizes, strict=True)]
    return values, flat_places(found, positions, sizes)


_max_pool = Op("max_pool", _values, batch=fold)
_NODES = {1: "SqueezeBackward1", 2: "MaxPool2DWithIndicesBackward0"}
_placed = {
    dims: Op(
        f"max_pool{dims}d_with_indices",
        _values_and_places,
        _put_back,
        backward=_NODES.get(dims, "MaxPool3DWithIndicesBackward0"),
        batch=fold,
    )
    for dims in (1, 2, 3)
}


def _pooled(
    function: str, dims: int, input: Any, kernel_size: Any, stride: Any, padding: Any,
    dilation: Any, ceil_mode: Any, return_indices: bool,
) -> Any:  # fmt: skip
    if not isinstance(ceil_mode, bool):
        raise TypeError(
            f"{function}(): argument 'ceil_mode' (position 6) must be bool, not "
            f"{type(ceil_mode).__name__}"
        )
    array = check_planes(input, dims, function)
    kernel, stride, padding, dilation = pool_settings(
        function, dims, kernel_size, stride, padding, dilation
    )
    if array.dtype.kind in "bc" or (dims == 1 and array.dtype.kind in "iu"):
        kind = "max_pool1d_impl" if dims == 1 else function
        raise NotImplementedError(
            f"\"{kind}\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    counts = pool_counts(array.shape, function, kernel, stride, padding, dilation, ceil_mode)
    recorded = input._edge is not None and thread.grad_enabled
    op = _placed[dims] if return_indices or recorded else _max_pool
    result = op(
        input, kernel=kernel, stride=stride, padding=padding, dilation=dilation, counts=counts
    )
    return result if return_indices or not recorded else result[0]


def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window. Shapes (N, C, L) or (C, L) to (..., M).

    The stride is the kernel size by default; ceil_mode keeps a last window that is cut short;
    with return_indices also where each stands. RuntimeError for numbers and shapes that do not
    fit, NotImplementedError for integers.

    >>> torch.max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)
    tensor([[3., 5.]])
    """
    return _pooled(
        "max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window. Shapes (N, C, H, W) or (C, H, W) to (..., H', W').

    The stride is the kernel size by default; ceil_mode keeps last windows that are cut short;
    with return_indices also where in its plane each stands, counted row by row. RuntimeError for
    numbers and shapes that do not fit.

    >>> torch.max_pool2d(torch.arange(16.0).view(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """
    return _pooled(
        "max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def max_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window. Shapes (N, C, D, H, W) or (C, D, H, W).

    RuntimeError for numbers and shapes that do not fit.

    >>> torch.max_pool3d(torch.arange(8.0).view(1, 2, 2, 2), 2)
    tensor([[[[7.]]]])
    """
    return _pooled(
        "max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


# ---- windows that cover the input evenly


def _adaptive_places(input: ndarray, *, counts: Sizes) -> tuple[ndarray, ndarray]:
    sizes = input.shape[input.ndim - len(counts) :]
    axes = [adaptive_axis(size, count) for size, count in zip(sizes, counts, strict=True)]
    values, found = window_argmax(input, axes)
    positions = [axis_positions(a, 0, size) for a, size in zip(axes, sizes, strict=True)]
    return values, flat_places(found, positions, sizes)


_adaptive = {
    dims: Op(
        f"adaptive_max_pool{dims}d",
        _adaptive_places,
        _put_back,
        backward="SqueezeBackward1" if dims == 1 else f"AdaptiveMaxPool{dims}DBackward0",
        batch=fold,
    )
    for dims in (1, 2, 3)
}


def _adaptively(
    function: str, dims: int, input: Any, output_size: Any, return_indices: bool
) -> Any:
    array = check_adaptive(input, dims, function)
    counts = output_sizes(output_size, input, dims, function)
    if array.dtype.kind not in "fV":
        raise NotImplementedError(
            f"\"{function}\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    result = _adaptive[dims](input, counts=counts)
    return result if return_indices else result[0]


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of output_size windows. Shapes (N, C, L) or (C, L).

    Window i goes from floor(i L / n) to ceil((i + 1) L / n). RuntimeError for other shapes.

    >>> F = torch.nn.functional
    >>> F.adaptive_max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 5.0, 4.0]]), 2)
    tensor([[3., 5.]])
    """
    return _adaptively("adaptive_max_pool1d", 1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each window of an even grid of windows. Shapes (N, C, H, W).

    output_size is an int or one a dim, None for that of the input. RuntimeError for other shapes.

    >>> torch.nn.functional.adaptive_max_pool2d(torch.arange(6.0).view(1, 2, 3), 1)
    tensor([[[5.]]])
    """
    return _adaptively("adaptive_max_pool2d", 2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each window of an even grid of windows. Shapes (N, C, D, H, W).

    RuntimeError for other shapes.

    >>> torch.nn.functional.adaptive_max_pool3d(torch.arange(8.0).view(1, 2, 2, 2), (1, 1, 2))
    tensor([[[[6., 7.]]]])
    """
    return _adaptively("adaptive_max_pool3d", 3, input, output_size, return_indices)


# ---- undone


_unpool = {
    dims: Op(
        f"max_unpool{dims}d",
        lambda values, places, *, sizes: put(values, places, sizes, add=False),
        (lambda g, places, sizes: pick_at(g, places, dims=len(sizes)), None),
        backward="SqueezeBackward1" if dims == 1 else f"MaxUnpool{dims}DBackward0",
    )
    for dims in (1, 2, 3)
}


def _unpool_sizes(
    input: Tensor, kernel: Sizes, stride: Sizes, padding: Sizes, output_size: Any
) -> Sizes:
    """The sizes of the result: the least that fit, or those asked for, if they are near."""
    dims = len(kernel)
    have = input._array.shape[input._array.ndim - dims :]
    usual = [
        (size - 1) * s - 2 * p + k
        for size, k, s, p in zip(have, kernel, stride, padding, strict=True)
    ]
    if output_size is None:
        return tuple(usual)
    wanted = tuple([int(size) for size in output_size])
    if len(wanted) == dims + 2:
        wanted = wanted[2:]
    if len(wanted) != dims:
        raise ValueError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it "
            f"has a length of '{len(wanted)}'"
        )
    for dim, (size, low, s) in enumerate(zip(wanted, usual, stride, strict=True)):
        if not low - s < size < low + s:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {dim} must be between {low - s} and '
                f"{low + s})"
            )
    return wanted


def _unpooled(
    dims: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any,
    output_size: Any,
) -> Tensor:  # fmt: skip
    function = f"max_unpool{dims}d"
    require_tensor(input, function)
    require_tensor(indices, function, "indices", 2)
    kernel = numbers(kernel_size, dims, "kernel_size", function)
    step = kernel if stride is None else numbers(stride, dims, "stride", function)
    edge = numbers(padding, dims, "padding", function)
    places, values = indices._array, input._array
    if FROM_NUMPY[places.dtype].name != "int64":
        raise RuntimeError(
            f"elements in indices should be type int64 but got: {FROM_NUMPY[places.dtype].title}"
        )
    if values.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Input to max_unpooling{dims}d should be a {dims + 1}d or {dims + 2}d Tensor, but got "
            f"a tensor with {values.ndim} dimensions."
        )
    if places.shape != values.shape:
        raise RuntimeError(
            "Expected shape of indices to be same as that of the input tensor "
            f"({list(values.shape)}) but got indices tensor with shape: {list(places.shape)}"
        )
    sizes = _unpool_sizes(input, kernel, step, edge, output_size)
    wrong = places[(places < 0) | (places >= product(sizes))]
    if wrong.size:
        shown = "x".join(map(str, sizes))
        raise RuntimeError(
            f"Found an invalid max index: {wrong.flat[0]} (output volumes are of size {shown})"
        )
    return _unpool[dims](input, indices, sizes=sizes)


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """Zeros, with the elements back where `max_pool1d` found them. Shapes (N, C, M) or (C, M).

    ValueError for an output_size that no such pool gives, RuntimeError for indices that are not
    int64, of another shape or outside.

    >>> x = torch.tensor([[1.0, 3.0, 2.0, 5.0]])
    >>> values, indices = torch.nn.functional.max_pool1d(x, 2, return_indices=True)
    >>> torch.nn.functional.max_unpool1d(values, indices, 2)
    tensor([[0., 3., 0., 5.]])
    """
    return _unpooled(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """Zeros, with the elements back where `max_pool2d` found them. Shapes (N, C, H, W).

    ValueError for an output_size that no such pool gives, RuntimeError for wrong indices.

    >>> torch.nn.functional.max_unpool2d(torch.ones(1, 1, 1), torch.tensor([[[3]]]), 2)
    tensor([[[0., 0.],
             [0., 1.]]])
    """
    return _unpooled(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """Zeros, with the elements back where `max_pool3d` found them. Shapes (N, C, D, H, W).

    ValueError for an output_size that no such pool gives, RuntimeError for wrong indices.

    >>> torch.nn.functional.max_unpool3d(torch.ones(1, 1, 1, 1), torch.tensor([[[[7]]]]), 2).sum()
    tensor(1.)
    """
    return _unpooled(3, input, indices, kernel_size, stride, padding, output_size)
