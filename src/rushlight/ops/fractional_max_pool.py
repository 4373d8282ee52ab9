"""Fractional max pooling: windows at random, evenly growing distances (Graham, 2014).

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..core.layout import product
from ..tensor import Tensor
from .fused import require_tensor
from .max_pool import put_at
from .op import Op, ndarray
from .pool_windows import Sizes, numbers
from .random import rand

__all__: list[str] = []


def _starts(samples: ndarray, size: int, kernel: int, count: int) -> ndarray:
    """Where the windows along a dim start, for each plane: samples (N, C) to (N, C, count)."""
    starts = np.empty((*samples.shape, count), np.int64)
    if count > 1:
        kind = samples.dtype.type
        alpha = kind(size - kernel) / kind(count - 1)
        numbers_before = np.arange(count - 1, dtype=samples.dtype)
        sample = samples[..., None]
        starts[..., :-1] = ((numbers_before + sample) * alpha).astype(np.int64)
        starts[..., :-1] -= (sample * alpha).astype(np.int64)
    starts[..., -1:] = size - kernel
    return starts


def _windows(shape: Sizes, samples: ndarray, kernel: Sizes, counts: Sizes) -> ndarray:
    """The places of all windows in their planes: (N, C, windows, places in one)."""
    dims = len(kernel)
    sizes = shape[-dims:]
    flat: Any = np.zeros((), np.int64)
    for dim in range(dims):
        # of images the first sample is for the last dim; of volumes for the first
        sample = samples[..., dims - 1 - dim if dims == 2 else dim]
        starts = _starts(sample, sizes[dim], kernel[dim], counts[dim])
        within = np.arange(kernel[dim])
        along = starts.reshape(
            *starts.shape[:2], *[counts[d] if d == dim else 1 for d in range(dims)], *(1,) * dims
        ) + within.reshape([kernel[d] if d == dim else 1 for d in range(dims)])
        flat = flat * sizes[dim] + along
    return flat.reshape(*shape[:2], product(counts), product(kernel))


def _pool(
    input: ndarray, samples: ndarray, *, kernel: Sizes, counts: Sizes
) -> tuple[ndarray, ndarray]:
    planes = input.reshape(*input.shape[:2], product(input.shape[2:]))
    places = _windows(input.shape, samples, kernel, counts)
    images, channels, windows, size = places.shape
    seen = np.take_along_axis(planes, places.reshape(images, channels, windows * size), 2)
    seen = seen.reshape(places.shape)
    best = seen.argmax(-1)[..., None]
    shape = (images, channels, *counts)
    values = np.take_along_axis(seen, best, -1).reshape(shape)
    return values, np.take_along_axis(places, best, -1).reshape(shape)


def _put_back(g: list, input_shape: Sizes, result: Any, counts: Sizes) -> tuple:
    return put_at(g[0], result[1], sizes=input_shape[-len(counts) :]), None


_pools = {
    dims: Op(
        f"fractional_max_pool{dims}d",
        _pool,
        _put_back,
        backward=f"FractionalMaxPool{dims}DBackward0",
    )
    for dims in (2, 3)
}


def _fractionally(
    dims: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any,
    return_indices: bool, samples: Tensor | None,
) -> Any:  # fmt: skip
    function = f"fractional_max_pool{dims}d"
    require_tensor(input, function)
    if output_size is None and output_ratio is None:
        raise ValueError(f"{function} requires specifying either an output_size or an output_ratio")
    array = input._array
    if array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{function}(): Expected {dims + 1}D or {dims + 2}D tensor, but got: "
            f"{list(array.shape)}"
        )
    sizes = array.shape[-dims:]
    if 0 in array.shape[-dims - 1 :]:
        raise RuntimeError(
            f"{function}(): Expected input to have non-zero size for non-batch dimensions, but got "
            f"{list(array.shape)}"
        )
    if array.dtype.kind not in "fV":
        raise NotImplementedError(
            f"\"{function}\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    if output_size is None:
        ratios = output_ratio if hasattr(output_ratio, "__len__") else (output_ratio,) * dims
        if len(ratios) != dims:
            raise ValueError(
                f"{function} requires output_ratio to either be a single float or tuple of "
                f"{dims} floats."
            )
        output_size = [int(size * ratio) for size, ratio in zip(sizes, ratios, strict=True)]
    counts = numbers(output_size, dims, "kernel_size", function)
    kernel = numbers(kernel_size, dims, "kernel_size", function)
    if min(kernel) < 1 or min(counts) < 1:
        raise RuntimeError(
            f"{function}(): kernel_size and output_size must be greater than zero, but got "
            f"{list(kernel)} and {list(counts)}"
        )
    names = ("time", "height", "width")[-dims:]
    for name, size, k, n in zip(names, sizes, kernel, counts, strict=True):
        if n + k - 1 > size - (dims == 3):  # PyTorch wants one element to spare in volumes
            raise RuntimeError(
                f"{function}(): pool {name} {k} too large relative to input {name} {size}"
            )
    batch = input if array.ndim == dims + 2 else input.unsqueeze(0)
    shape = (*batch._array.shape[:2], dims)
    if samples is None:
        samples = rand(*shape, dtype=input.dtype)
    elif samples._array.shape != shape:
        raise RuntimeError(
            f"{function}: Expect _random_samples of shape {list(shape)}, but got "
            f"{list(samples._array.shape)}"
        )
    result = _pools[dims](batch, samples, kernel=kernel, counts=counts)
    if batch is not input:
        result = tuple([part.squeeze(0) for part in result])
    return result if return_indices else result[0]


def fractional_max_pool2d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
    return_indices: bool = False, _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """The largest element of each of output_size windows, which start at random distances.

    Shapes (N, C, H, W) or (C, H, W). output_ratio gives the output size as a share of the input's.
    ValueError when neither is given, RuntimeError for windows that do not fit.

    >>> x = torch.arange(16.0).view(1, 4, 4)
    >>> torch.nn.functional.fractional_max_pool2d(x, 2, output_size=2).shape
    torch.Size([1, 2, 2])
    """
    return _fractionally(
        2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples
    )


def fractional_max_pool3d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
    return_indices: bool = False, _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """The largest element of each of output_size windows, which start at random distances.

    Shapes (N, C, D, H, W) or (C, D, H, W). ValueError and RuntimeError as in two dims.

    >>> x = torch.zeros(1, 4, 4, 4)
    >>> torch.nn.functional.fractional_max_pool3d(x, 2, output_ratio=0.5).shape
    torch.Size([1, 2, 2, 2])
    """
    return _fractionally(
        3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples
    )
