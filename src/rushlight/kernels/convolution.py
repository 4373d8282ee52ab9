"""Convolution as matrix products: windows copied side by side, one product for many images.

Three bilinear maps, each other's gradients: correlate reads windows of the input, spread writes
them (a transposed convolution), weigh finds the weight's part in it. Groups multiply as a batch.
May import: core, kernels.
"""

import numpy as np

from ..core.layout import product
from .windows import add_windows, blocks, windows

ndarray = np.ndarray
Sizes = tuple[int, ...]


def _columns(seen: ndarray, groups: int) -> ndarray:
    """Windows (n, C, *kernel, *count) as the columns of a matrix a group: (G, C/G*K, n*P)."""
    spatial = (seen.ndim - 2) // 2
    count = seen.shape[2 + spatial :]
    width = seen.shape[0] * product(count)
    ordered = seen.transpose(*range(1, 2 + spatial), 0, *range(2 + spatial, seen.ndim))
    height = product(seen.shape[1 : 2 + spatial]) // groups
    return ordered.reshape(groups, height, width)


def _channels_first(images: ndarray, groups: int) -> ndarray:
    """Images (n, C, *sizes) as a matrix a group with an image after the other: (G, C/G, n*P)."""
    channels = images.shape[1]
    return images.swapaxes(0, 1).reshape(groups, channels // groups, images.size // channels)


def _multiply(a: ndarray, b: ndarray) -> ndarray:
    """The matrix product of each group."""
    if a.shape[2] == 1:  # one channel a group: no sum
        return a * b
    return a[0].dot(b[0])[None] if len(a) == 1 else np.matmul(a, b)


def correlate(
    input: ndarray,
    weight: ndarray,
    bias: ndarray | None,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
) -> ndarray:
    """Input (N, C, *sizes), weight (O, C/G, *kernel): the convolution (N, O, *count)."""
    spatial = len(stride)
    kernel = weight.shape[2:]
    seen = windows(input, kernel, stride, padding, dilation)
    count = seen.shape[2 + spatial :]
    images, features = len(input), len(weight)
    out = np.empty((images, features, *count), input.dtype, like=input)
    if not out.size:
        return out
    rows = weight.reshape(groups, features // groups, -1)
    shift = None if bias is None else bias.reshape(-1, *(1,) * (spatial + 1))
    for n, first in blocks(images, count, rows.shape[2] * groups * input.itemsize):
        result = _multiply(rows, _columns(seen[n, ..., first, *_rest(spatial)], groups))
        target = out[n, :, first].swapaxes(0, 1)
        result = result.reshape(target.shape)
        if shift is None:
            target[...] = result
        else:
            np.add(result, shift, out=target)
    return out


def spread(
    input: ndarray,
    weight: ndarray,
    bias: ndarray | None,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    output_padding: Sizes,
    groups: int,
) -> ndarray:
    """Input (N, C, *count), weight (C, O/G, *kernel): the transposed convolution (N, O, *sizes)."""
    kernel, count = weight.shape[2:], input.shape[2:]
    features = weight.shape[1] * groups
    around = tuple([d * (k - 1) - p for d, k, p in zip(dilation, kernel, padding, strict=True)])
    if len(weight) == groups and max(stride) == 1 and min(around) >= 0 and not any(output_padding):
        # a channel a group leaves nothing to sum before the windows are written: read them instead
        turned = weight[(slice(None), slice(None), *[slice(None, None, -1)] * len(kernel))]
        turned = turned.reshape(features, 1, *kernel)
        return correlate(input, turned, bias, stride, around, dilation, groups)
    sizes = spread_sizes(count, kernel, stride, padding, dilation, output_padding)
    out = np.zeros((len(input), features, *sizes), input.dtype, like=input)
    if bias is not None:
        out[...] = bias.reshape(-1, *(1,) * len(stride))
    if not input.size or not out.size:
        return out
    columns = weight.reshape(groups, len(weight) // groups, -1).swapaxes(1, 2)
    for n, first in blocks(len(input), count, columns.shape[1] * groups * input.itemsize):
        part = input[n, :, first]
        result = _multiply(columns, _channels_first(part, groups))
        shape = (features, *kernel, part.shape[0], *part.shape[2:])
        # (O, *kernel, n, *count) with the images in front, as the windows of the output stand
        axes = (len(kernel) + 1, *range(len(kernel) + 1), *range(len(kernel) + 2, len(shape)))
        begin = (padding[0] - first.start * stride[0], *padding[1:])
        add_windows(out[n], result.reshape(shape).transpose(axes), stride, begin, dilation)
    return out


def weigh(
    input: ndarray,
    gradient: ndarray,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
) -> ndarray:
    """Input (N, C, *sizes), gradient (N, O, *count): the weight's gradient (O, C/G, *kernel)."""
    spatial = len(stride)
    count = gradient.shape[2:]
    features, channels = gradient.shape[1], input.shape[1] // groups
    total = np.zeros(
        (groups, features // groups, channels * product(kernel)), input.dtype, like=input
    )
    if input.size and gradient.size:
        seen = windows(input, kernel, stride, padding, dilation)
        seen = seen[(..., *[slice(0, size) for size in count])]
        for n, first in blocks(len(input), count, total.shape[2] * groups * input.itemsize):
            columns = _columns(seen[n, ..., first, *_rest(spatial)], groups)
            part = _channels_first(gradient[n, :, first], groups)
            total += _multiply(part, columns.swapaxes(1, 2))
    return total.reshape(features, channels, *kernel)


def spread_sizes(
    count: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, extra: Sizes
) -> tuple[int, ...]:
    """The sizes of a transposed convolution's result, `extra` being its output padding."""
    return tuple(
        [
            (n - 1) * s - 2 * p + d * (k - 1) + 1 + e
            for n, k, s, p, d, e in zip(
                count, kernel, stride, padding, dilation, extra, strict=True
            )
        ]
    )


def _rest(spatial: int) -> tuple:
    """What follows the first dim of the windows in an index."""
    return (slice(None),) * (spatial - 1)
