"""Shuffles between channels and pixels, which change where elements stand and nothing else.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.layout import product
from ..tensor import Tensor
from .batching import fold
from .fused import require_tensor
from .op import Op, ndarray

__all__ = ["channel_shuffle", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


def _to_pixels(input: ndarray, *, factor: int) -> ndarray:
    *lead, channels, height, width = input.shape
    made = channels // factor**2
    parts = input.reshape(product(lead), made, factor, factor, height, width).transpose(
        0, 1, 4, 2, 5, 3
    )
    return np.array(parts, order="C").reshape(*lead, made, height * factor, width * factor)


def _to_channels(input: ndarray, *, factor: int) -> ndarray:
    *lead, channels, height, width = input.shape
    rows, columns = height // factor, width // factor
    parts = input.reshape(product(lead), channels, rows, factor, columns, factor).transpose(
        0, 1, 3, 5, 2, 4
    )
    return np.array(parts, order="C").reshape(*lead, channels * factor**2, rows, columns)


_pixel_shuffle = Op(
    "pixel_shuffle", _to_pixels, (lambda g, factor: _pixel_unshuffle(g, factor=factor),), batch=fold
)
_pixel_unshuffle = Op(
    "pixel_unshuffle",
    _to_channels,
    (lambda g, factor: _pixel_shuffle(g, factor=factor),),
    batch=fold,
)


def _check_factor(input: Any, factor: Any, function: str, name: str) -> tuple[int, ...]:
    require_tensor(input, function)
    if not isinstance(factor, int) or isinstance(factor, bool):
        raise TypeError(
            f"{function}(): argument '{name}' (position 2) must be int, not {type(factor).__name__}"
        )
    shape = input._array.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"{function} expects input to have at least 3 dimensions, but got input with "
            f"{len(shape)} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{function} expects a positive {name}, but got {factor}")
    return shape


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Every r*r channels as one of r times the height and width (Shi et al., 2016).

    Shapes (..., C r r, H, W) to (..., C, H r, W r). RuntimeError for other shapes.

    >>> torch.pixel_shuffle(torch.arange(4.0).view(4, 1, 1), 2)
    tensor([[[0., 1.],
             [2., 3.]]])
    """
    shape = _check_factor(input, upscale_factor, "pixel_shuffle", "upscale_factor")
    if shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={shape[-3]} is not divisible by "
            f"{upscale_factor**2}"
        )
    return _pixel_shuffle(input, factor=upscale_factor)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Undoes `pixel_shuffle`. Shapes (..., C, H r, W r) to (..., C r r, H, W).

    RuntimeError for other shapes.

    >>> torch.pixel_unshuffle(torch.arange(4.0).view(1, 2, 2), 2).flatten()
    tensor([0., 1., 2., 3.])
    """
    shape = _check_factor(input, downscale_factor, "pixel_unshuffle", "downscale_factor")
    for name, dim in (("height", -2), ("width", -1)):
        if shape[dim] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({dim})={shape[dim]} is not divisible by {downscale_factor}"
            )
    return _pixel_unshuffle(input, factor=downscale_factor)


def _regroup(input: ndarray, *, groups: int) -> ndarray:
    batch, channels, *sizes = input.shape
    parts = input.reshape(batch, groups, channels // groups, *sizes).swapaxes(1, 2)
    return np.array(parts, order="C").reshape(input.shape)


_channel_shuffle = Op(
    "channel_shuffle",
    _regroup,
    (lambda g, groups: _channel_shuffle(g, groups=g._array.shape[1] // groups),),
)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of all groups in turn: the first of each, then the second of each, and so on.

    Shape (N, C, ...), kept. RuntimeError unless groups divides C (Zhang et al., 2018).

    >>> torch.channel_shuffle(torch.arange(4.0).view(1, 4, 1), 2).flatten()
    tensor([0., 2., 1., 3.])
    """
    require_tensor(input, "channel_shuffle")
    shape = input._array.shape
    if len(shape) <= 2:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}"
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    if shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and "
            f"{groups} groups."
        )
    if not input._array.size:
        return input.clone()
    return _channel_shuffle(input, groups=groups)


def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """`channel_shuffle` under the name of its kernel.

    >>> torch.native_channel_shuffle(torch.arange(4.0).view(1, 4, 1), 2).flatten()
    tensor([0., 2., 1., 3.])
    """
    return channel_shuffle(input, groups)
