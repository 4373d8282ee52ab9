"""Normalization of each sample by itself: layer, group and RMS norm, vectors of length 1.

May import: core, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

from ..core.dtype import HALVES, finfo
from ..core.layout import product
from ..tensor import Tensor
from .fused import require_floating, require_tensor
from .inplace import write_out
from .joining import cat
from .norms import vector_norm
from .standardize import standardizing

__all__ = ["group_norm", "layer_norm", "native_group_norm", "native_layer_norm", "rms_norm"]

_layer_norm = standardizing("native_layer_norm", "NativeLayerNormBackward0")
_group_norm = standardizing("native_group_norm", "NativeGroupNormBackward0")


def check_parameter_dtypes(input: Tensor, *parameters: Tensor | None) -> None:
    """RuntimeError unless they have the input's dtype, or are float32 beside an input of halves."""
    dtype = input._array.dtype
    for parameter in parameters:
        if parameter is None or parameter._array.dtype == dtype:
            continue
        if dtype not in HALVES or parameter._array.dtype.itemsize != 4:
            raise RuntimeError(
                "mixed dtype (CPU): expect parameter to have scalar type of Float, all inputs must "
                f"share same datatype: got {parameter.dtype} for an input of {input.dtype}"
            )


def _normalized_dims(
    input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None, function: str
) -> tuple[int, ...]:
    """The shape to normalize over, when it is the end of the input's and the parameters'."""
    require_tensor(input, function)
    if not isinstance(normalized_shape, Sequence):
        raise TypeError(
            f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(normalized_shape).__name__}"
        )
    wanted = tuple([int(size) for size in normalized_shape])
    if not wanted:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter._array.shape != wanted:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(parameter._array.shape)} and normalized_shape = {list(wanted)}"
            )
    shape = input._array.shape
    if shape[max(len(shape) - len(wanted), 0) :] != wanted:
        expected = ", ".join(["*", *map(str, wanted)])
        raise RuntimeError(
            f"Given normalized_shape={list(wanted)}, expected input with shape [{expected}], but "
            f"got input of size{list(shape)}"
        )
    return wanted


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enable: bool = True,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) over the last dims, times weight, plus bias.

    `normalized_shape` names the last dims and is the shape of weight and bias (Ba et al., 2016).
    RuntimeError when the shapes do not fit.

    >>> torch.nn.functional.layer_norm(torch.tensor([1.0, 3.0]), (2,))
    tensor([-1.0000,  1.0000])
    """
    return _by_layer(input, normalized_shape, weight, bias, eps)[0]


def _by_layer(
    input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The result, the means and the variances."""
    wanted = _normalized_dims(input, normalized_shape, weight, bias, "layer_norm")
    require_floating(input, "layer_norm", "LayerNormKernelImpl")
    check_parameter_dtypes(input, weight, bias)
    shape = input._array.shape
    length = product(wanted)
    view = (product(shape[: len(shape) - len(wanted)]), length)
    return _layer_norm(input, weight, bias, view=view, axes=(1,), affine=(length,), eps=eps)


def native_layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """layer_norm, the means it subtracted and the factors it multiplied with.

    >>> out, mean, factor = torch.native_layer_norm(torch.tensor([1.0, 3.0]), (2,), None, None, 0)
    >>> out, mean, factor
    (tensor([-1.,  1.]), tensor([2.]), tensor([1.]))
    """
    found = _by_layer(input, normalized_shape, weight, bias, eps)
    kept = len(tuple(normalized_shape))
    shape = (*input.shape[: input.ndim - kept], *(1,) * kept)
    return found[0], *_statistics(found, shape, eps, input)


def _statistics(
    found: tuple[Tensor, Tensor, Tensor], shape: Sequence[int], eps: float, input: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean and 1 / sqrt(variance + eps) in the input's dtype, without a history."""
    mean, variance = found[1].detach(), found[2].detach()
    factor = (variance + eps).rsqrt()
    return mean.reshape(shape).to(input.dtype), factor.reshape(shape).to(input.dtype)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Channels in groups, each group of a sample standardized; then a weight and bias a channel.

    Shape (N, C, ...), C divisible by `num_groups` (Wu and He, 2018). RuntimeError for others.

    >>> torch.nn.functional.group_norm(torch.tensor([[1.0, 3.0, 5.0, 5.0]]), 2)
    tensor([[-1.0000,  1.0000,  0.0000,  0.0000]])
    """
    return _by_group(input, num_groups, weight, bias, eps)[0]


def native_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int,
    group: int, eps: float,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """group_norm, the means it subtracted and the factors it multiplied with, both (N, group).

    >>> x = torch.tensor([[1.0, 3.0]])
    >>> torch.native_group_norm(x, None, None, 1, 2, 1, 1, 0.0)
    (tensor([[-1.,  1.]]), tensor([[2.]]), tensor([[1.]]))
    """
    out = _by_group(input, group, weight, bias, eps)[0]
    groups = input.reshape(N, group, C // group * HxW)  # unlike layer_norm's these have gradients
    factor = (groups.var(-1, correction=0) + eps).rsqrt()
    return out, groups.mean(-1), factor


def _by_group(
    input: Tensor, num_groups: int, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The result, the means and the variances."""
    require_tensor(input, "group_norm")
    shape = input._array.shape
    if len(shape) < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {len(shape)}: it wants "
            "the shape (N, C, ...)"
        )
    channels = shape[1]
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(shape)} and num_groups={num_groups}"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter._array.shape != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, "
                f"but got {name} of shape {list(parameter._array.shape)} and input of shape "
                f"{list(shape)}"
            )
    require_floating(input, "group_norm", "GroupNormKernelImpl")
    check_parameter_dtypes(input, weight, bias)
    each = channels // num_groups
    view = (shape[0], num_groups, each, product(shape[2:]))
    affine = (num_groups, each, 1)
    return _group_norm(input, weight, bias, view=view, axes=(2, 3), affine=affine, eps=eps)


def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """x / sqrt(mean of x^2 + eps) over the last dims, times weight (Zhang and Sennrich, 2019).

    `eps` is by default the distance from 1 to the next number. RuntimeError when shapes do not
    fit.

    >>> torch.nn.functional.rms_norm(torch.tensor([3.0, 4.0]), (2,))
    tensor([0.8485, 1.1314])
    """
    wanted = _normalized_dims(input, normalized_shape, weight, None, "rms_norm")
    if input._array.dtype.kind != "c":
        require_floating(input, "rms_norm", "rms_norm")
    dtype = input.dtype
    x = input.float() if input._array.dtype in HALVES else input
    if eps is None:
        eps = finfo(x.dtype).eps
    dims = tuple(range(-len(wanted), 0))
    out = x * ((x * x).mean(dims, keepdim=True) + eps).rsqrt()
    if weight is not None:
        out = out * weight
    return out.to(dtype)


def normalize(
    input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """The input over its p-norm along `dim`, or over eps where the norm is smaller.

    RuntimeError for integers.

    >>> torch.nn.functional.normalize(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    length = vector_norm(input, p, dim, keepdim=True).clamp_min(eps)
    result = input / length.expand_as(input)
    return result if out is None else write_out(out, result)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x / (k + alpha * mean of x^2 over `size` neighbouring channels) ** beta.

    Shape (N, C, ...) (Krizhevsky et al., 2012). ValueError for fewer than 3 dims.

    >>> torch.nn.functional.local_response_norm(torch.ones(1, 2, 1), size=2, alpha=1.0)
    tensor([[[0.7378],
             [0.5946]]])
    """
    require_tensor(input, "local_response_norm")
    if input.ndim < 3:
        raise ValueError(
            "Expected 3D or higher dimensionality                          input "
            f"(got {input.ndim} dimensions)"
        )
    if not input.numel():
        return input
    squares = input * input
    shape = list(squares.shape)
    lead, tail = ([*shape[:1], width, *shape[2:]] for width in (size // 2, (size - 1) // 2))
    padded = cat([squares.new_zeros(lead), squares, squares.new_zeros(tail)], 1)
    total = padded.narrow(1, 0, shape[1])
    for start in range(1, size):
        total = total + padded.narrow(1, start, shape[1])
    mean = total / size if input._array.dtype.kind in "fV" else total // size
    return input / (mean * alpha + k).pow(beta)
