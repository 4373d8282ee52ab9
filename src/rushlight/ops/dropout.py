"""Dropout: zeros at random places, drawn from PyTorch's stream, and its relatives.

Each is the input times a mask of random ones and zeros, so that its gradient is a product's.
May import: core, tensor, ops.
"""

import math
import warnings

from ..core.generator import default_generator
from ..tensor import Tensor, wrap
from .fused import require_tensor
from .inplace import assign
from .op import ndarray

__all__ = ["alpha_dropout", "dropout", "feature_alpha_dropout"]

_SELU_FLOOR = 1.7580993408473766  # minus selu's value at minus infinity


def _keeps_all(input: Tensor, p: float, training: bool, function: str) -> bool:
    """Whether nothing is to be dropped, after checking the arguments."""
    require_tensor(input, function)
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    return not training or p == 0 or not input._array.size


def _mask(input: Tensor, shape: tuple, p: float) -> Tensor:
    dtype = input._array.dtype
    if dtype.kind not in "fcV":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {input.dtype.title}: "
            "dropout scales what it keeps; use input.float()"
        )
    order = _memory_order(input._array) if shape == input._array.shape else None
    if order is None:
        return wrap(default_generator.bernoulli(shape, 1 - p, dtype))
    drawn = default_generator.bernoulli(tuple([shape[d] for d in order]), 1 - p, dtype)
    return wrap(drawn.transpose([order.index(d) for d in range(len(order))]))


def _memory_order(array: ndarray) -> list[int] | None:
    """The order in which the dims of a turned, gapless array step through its memory.

    PyTorch draws in that order. None for any other array, whose elements are drawn row by row.
    """
    if array.flags.c_contiguous:
        return None
    order = sorted(range(array.ndim), key=lambda d: -array.strides[d])
    return order if array.transpose(order).flags.c_contiguous else None


def _scaled(input: Tensor, shape: tuple, p: float, inplace: bool) -> Tensor:
    mask = _mask(input, shape, p)
    if p < 1:
        mask._array /= input._array.dtype.type(1 - p)
    result = input * mask
    return assign(input, result) if inplace else result


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeroes each element with probability p and scales the rest by 1/(1 - p), when training.

    ValueError for p outside [0, 1], RuntimeError for integers.

    >>> torch.nn.functional.dropout(torch.ones(3), p=0.0)
    tensor([1., 1., 1.])
    """
    if _keeps_all(input, p, training, "dropout"):
        return input
    return _scaled(input, input._array.shape, p, inplace)


def _channels(input: Tensor, function: str, spatial: int) -> tuple:
    """The shape of a mask that drops whole channels: (N, C, 1, ...), or (C, 1, ...)."""
    shape = input._array.shape
    ndim = len(shape)
    expected = f"{spatial + 1}D or {spatial + 2}D input"
    if spatial == 1 and ndim not in (2, 3):
        raise RuntimeError(f"{function}: Expected {expected}, but received a {ndim}D input.")
    if spatial == 2 and ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout "
            "behavior is desired: (N, C, L), not (C, H, W); dropout1d says so plainly.",
            stacklevel=3,
        )
    elif ndim not in (spatial + 1, spatial + 2):
        warnings.warn(
            f"{function}: Received a {ndim}-D input to {function}, which is deprecated and will "
            f"result in an error in a future release: it takes a {expected}; use dropout instead.",
            stacklevel=3,
        )
    kept = 1 if ndim == spatial + 1 and spatial != 2 else 2
    return shape[:kept] + (1,) * (ndim - kept)


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels. Shape (N, C, L) or (C, L); RuntimeError for others.

    >>> torch.nn.functional.dropout1d(torch.ones(1, 1, 2), p=1.0)
    tensor([[[0., 0.]]])
    """
    if _keeps_all(input, p, training, "dropout1d"):
        return input
    return _scaled(input, _channels(input, "dropout1d", 1), p, inplace)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels. Shape (N, C, H, W); UserWarning for others.

    >>> torch.nn.functional.dropout2d(torch.ones(1, 1, 1, 2), p=1.0)
    tensor([[[[0., 0.]]]])
    """
    if _keeps_all(input, p, training, "dropout2d"):
        return input
    return _scaled(input, _channels(input, "dropout2d", 2), p, inplace)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels. Shape (N, C, D, H, W) or (C, D, H, W); UserWarning for others.

    >>> torch.nn.functional.dropout3d(torch.ones(1, 1, 1, 1, 2), p=1.0)
    tensor([[[[[0., 0.]]]]])
    """
    if _keeps_all(input, p, training, "dropout3d"):
        return input
    return _scaled(input, _channels(input, "dropout3d", 3), p, inplace)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout to selu's lower limit, then scaled and shifted to keep mean and variance.

    After Klambauer et al., Self-Normalizing Neural Networks, 2017.

    >>> torch.nn.functional.alpha_dropout(torch.ones(3), p=0.5, training=False)
    tensor([1., 1., 1.])
    """
    if _keeps_all(input, p, training, "alpha_dropout"):
        return input
    return _alpha_dropped(input, input._array.shape, p, inplace)


def _alpha_dropped(input: Tensor, shape: tuple, p: float, inplace: bool) -> Tensor:
    if p == 1:
        result = input * 0
    else:
        kept = _mask(input, shape, p)
        scale = 1 / math.sqrt((_SELU_FLOOR**2 * p + 1) * (1 - p))
        shift = (kept - 1) * (_SELU_FLOOR * scale) + _SELU_FLOOR * scale * p
        result = input * (kept * scale) + shift
    return assign(input, result) if inplace else result


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """alpha_dropout of whole channels. Shape (N, C, ...); RuntimeError for fewer dims.

    >>> torch.nn.functional.feature_alpha_dropout(torch.ones(1, 1, 2), p=0.5, training=False)
    tensor([[[1., 1.]]])
    """
    if _keeps_all(input, p, training, "feature_alpha_dropout"):
        return input
    shape = input._array.shape
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return _alpha_dropped(input, shape[:2] + (1,) * (len(shape) - 2), p, inplace)
