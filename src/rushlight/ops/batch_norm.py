"""Batch normalization: each channel standardized over the batch, or by statistics kept of it.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.batch import batches_of
from ..core.layout import product
from ..tensor import Tensor, storage_of
from .fused import require_floating, require_tensor
from .normalization import check_parameter_dtypes
from .op import Op, ndarray
from .standardize import standardizing, wide

__all__ = ["batch_norm", "instance_norm"]

_by_batch = standardizing("native_batch_norm", "NativeBatchNormBackward0")


def _channel(values: ndarray, like: ndarray) -> ndarray:
    """A value for each channel, shaped to go along dim 1."""
    return values.reshape(-1, *[1] * (like.ndim - 2)).astype(like.dtype, copy=False)


def _by_statistics_kernel(
    input: ndarray,
    weight: ndarray | None,
    bias: ndarray | None,
    mean: ndarray,
    variance: ndarray,
    *,
    eps: float,
) -> ndarray:
    x = wide(input)
    scale = 1 / np.sqrt(_channel(variance, x) + x.dtype.type(eps))
    if weight is not None:
        scale *= _channel(weight, x)
    shift = -_channel(mean, x) * scale
    if bias is not None:
        shift += _channel(bias, x)
    out = x * scale
    out += shift
    return out.astype(input.dtype, copy=False)


def _along_channels(values: Tensor, like: Tensor) -> Tensor:
    return values.view(-1, *[1] * (like.ndim - 2))


def _scaled(g: Tensor, weight: Tensor | None, variance: Tensor, eps: float) -> Tensor:
    scale = (variance + eps).rsqrt()
    return g * _along_channels(scale if weight is None else scale * weight, g)


def _weight_gradient(
    g: Tensor, input: Tensor, mean: Tensor, variance: Tensor, eps: float
) -> Tensor:
    standard = (input - _along_channels(mean, input)) * _along_channels(
        (variance + eps).rsqrt(), input
    )
    return (g * standard).sum(_others(g))


def _others(g: Tensor) -> tuple[int, ...]:
    """Every dim but that of the channels."""
    return (0, *range(2, g.ndim))


_by_statistics = Op(
    "batch_norm_by_statistics",
    _by_statistics_kernel,
    (
        lambda g, weight, variance, eps: _scaled(g, weight, variance, eps),
        lambda g, input, mean, variance, eps: _weight_gradient(g, input, mean, variance, eps),
        lambda g: g.sum(_others(g)),
        None,
        None,
    ),
    backward="NativeBatchNormBackward0",
)


def _check_sizes(channels: int, **tensors: Tensor | None) -> None:
    for name, tensor in tensors.items():
        if tensor is not None and tensor._array.size != channels:
            raise RuntimeError(
                f"{name} should contain {channels} elements not {tensor._array.size}: the input "
                f"has {channels} channels (dim 1)"
            )


def _update(running: Tensor, batch: ndarray, momentum: float) -> None:
    """running = (1 - momentum) * running + momentum * batch, in place."""
    array = running._array
    if not set(batches_of((batch,))) <= set(batches_of((array,))):
        raise RuntimeError(
            "Batch norm got a batched tensor as input while the running_mean or running_var, which "
            "will be updated in place, were not batched. Use track_running_stats=False, or "
            "torch.func.replace_all_batch_norm_modules_, or batch them too"
        )
    array[...] = (1 - momentum) * wide(array) + momentum * batch.reshape(array.shape)
    storage_of(running).version += 1


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
    cudnn_enabled: bool = True,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) for each channel, times weight, plus bias.

    Shape (N, C, ...). In training the statistics are the batch's, and the running ones move
    towards them by `momentum`; otherwise they are the running ones (Ioffe and Szegedy, 2015).
    RuntimeError for sizes that do not fit, ValueError for a batch of one value a channel.

    >>> x = torch.tensor([[1.0], [3.0]])
    >>> torch.nn.functional.batch_norm(x, None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    require_tensor(input, "batch_norm")
    shape = input._array.shape
    if training and len(shape) >= 2 and shape[0] * product(shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}"
        )
    return _normalized(input, running_mean, running_var, weight, bias, training, momentum, eps)


def _normalized(
    input: Tensor, running_mean: Any, running_var: Any, weight: Any, bias: Any, training: bool,
    momentum: float, eps: float,
) -> Tensor:  # fmt: skip
    require_floating(input, "batch_norm", "batch_norm")
    shape = input._array.shape
    batch, channels = (*shape[:2], 0, 0)[:2]
    if not training:
        for name, running in (("running_mean", running_mean), ("running_var", running_var)):
            if running is None:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
    elif (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    _check_sizes(
        channels, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias
    )
    check_parameter_dtypes(input, weight, bias, running_mean, running_var)
    if not input._array.size:
        return input + 0
    if not training:
        return _by_statistics(input, weight, bias, running_mean, running_var, eps=eps)
    places = product(shape[2:])
    if places == 1:
        seen: dict = {"view": (batch, channels), "axes": (0,), "affine": (channels,)}
    else:
        seen = {"view": (batch, channels, places), "axes": (0, 2), "affine": (channels, 1)}
    out, mean, variance = _by_batch(input, weight, bias, eps=eps, **seen)
    if running_mean is not None:
        count = batch * places
        unbiased = variance._array * (count / max(count - 1, 1))
        _update(running_mean, mean._array, momentum)
        _update(running_var, unbiased, momentum)
    return out


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-05,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Each channel of each sample standardized by itself, times weight, plus bias.

    Shape (N, C, ...) (Ulyanov et al., 2016). Running statistics are the mean over the batch.
    ValueError where a channel has one value, RuntimeError for sizes that do not fit.

    >>> torch.nn.functional.instance_norm(torch.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """
    require_tensor(input, "instance_norm")
    shape = input._array.shape
    if use_input_stats:
        if product(shape[2:]) == 1:
            raise ValueError(
                f"Expected more than 1 spatial element when training, got input size {input.shape}"
            )
    elif running_mean is None or running_var is None:
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false"
        )
    if len(shape) < 2:
        raise RuntimeError(f"instance_norm wants the shape (N, C, ...), but got {list(shape)}")
    samples, channels = shape[:2]
    _check_sizes(
        channels, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias
    )
    mean, var, scale, shift = (
        None if t is None else t.repeat(samples) for t in (running_mean, running_var, weight, bias)
    )
    # the channels of all samples become those of one
    one = input.reshape(1, samples * channels, *shape[2:])
    result = _normalized(one, mean, var, scale, shift, use_input_stats, momentum, eps)
    for running, each in ((running_mean, mean), (running_var, var)):
        if running is not None and use_input_stats and each is not None:
            running._array[...] = each._array.reshape(samples, channels).mean(0)
            storage_of(running).version += 1
    return result.view(shape)
