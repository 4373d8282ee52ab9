"""Starting values for parameters, in place and outside the graph, from PyTorch's stream.

Every function returns the tensor that it filled.
May import: core, tensor, autograd, ops, nn.
"""

import math
import warnings
from typing import Any

import numpy as np

from ..autograd.grad_mode import no_grad
from ..ops.filled import empty_like
from ..ops.masking import where
from ..ops.random import randperm
from ..tensor import Tensor, wrap

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_PLAIN = (
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "sigmoid",
)  # fmt: skip


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The factor that makes up for what a nonlinearity takes from a signal's spread.

    `param` is the slope of leaky_relu. ValueError for an unknown nonlinearity.

    >>> torch.nn.init.calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity in _PLAIN:
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        if param is not None and (isinstance(param, bool) or not isinstance(param, (int, float))):
            raise ValueError(f"negative_slope {param} not a valid number")
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 3.0 / 4
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


# ---- constants


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every element `val`.

    >>> torch.nn.init.constant_(torch.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Every element 1.

    >>> torch.nn.init.ones_(torch.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Every element 0.

    >>> torch.nn.init.zeros_(torch.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """Ones on the diagonal of a matrix, zeros elsewhere; ValueError unless it has 2 dims.

    >>> torch.nn.init.eye_(torch.empty(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    tensor.zero_()
    tensor.diagonal().fill_(1.0)
    return tensor


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The kernel of a convolution that passes its input on, channel by channel.

    ValueError unless it has 3, 4 or 5 dims and the first can be divided by `groups`.

    >>> torch.nn.init.dirac_(torch.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    shape = tensor.shape
    if len(shape) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    tensor.zero_()
    channels = shape[0] // groups
    center = tuple([size // 2 for size in shape[2:]])
    for group in range(groups):
        for channel in range(min(channels, shape[1])):
            tensor._array[(group * channels + channel, channel, *center)] = 1
    return tensor


# ---- random


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in [a, b).

    >>> torch.manual_seed(0) and torch.nn.init.uniform_(torch.empty(2), -1, 1)
    tensor([-0.0075,  0.5364])
    """
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal with that mean and standard deviation.

    >>> torch.manual_seed(0) and torch.nn.init.normal_(torch.empty(2), 10, 0.1)
    tensor([10.1541,  9.9707])
    """
    return tensor.normal_(mean, std, generator=generator)


def _normal_share(x: float) -> float:
    """The share of a standard normal distribution below x."""
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


@no_grad()
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Normal, drawn again where it falls outside [a, b]. UserWarning when mean is far outside.

    >>> bool(torch.nn.init.trunc_normal_(torch.empty(100), std=5.0).abs().max() <= 2)
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )
    if _normal_share((b - mean) / std) - _normal_share((a - mean) / std) > 0.3:
        return _redrawn_normal(tensor, mean, std, a, b, generator)
    return _thinned_uniform(tensor, mean, std, a, b, generator)


def _redrawn_normal(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> Tensor:
    """Most draws fall inside: those outside are replaced from whole tensors of new draws."""
    low, high = tensor.new_tensor(a).item(), tensor.new_tensor(b).item()
    drawn = tensor.detach().normal_(mean, std, generator=generator)
    outside = (drawn < low) | (drawn > high)
    while outside.any():
        again = empty_like(drawn).normal_(mean, std, generator=generator)
        drawn = where(outside, again, drawn)
        outside = (drawn < low) | (drawn > high)
    return tensor.copy_(drawn)


def _thinned_uniform(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> Tensor:
    """Few would: uniform draws, each kept with the density's share of its peak in [a, b]."""
    mode = max(a, min(mean, b))
    log_peak = -0.5 * ((mode - mean) / std) ** 2
    drawn = tensor.detach()
    pending = None
    while pending is None or pending.any():
        candidates = empty_like(drawn).uniform_(a, b, generator=generator)
        drawn = candidates if pending is None else where(pending, candidates, drawn)
        log_density = ((candidates - mean) / std).pow(2) * -0.5 - log_peak
        refused = empty_like(drawn).uniform_(generator=generator).log() > log_density
        pending = refused if pending is None else pending & refused
    return tensor.copy_(drawn)


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs reach an output of these weights, and how many outputs an input."""
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    field = shape[2:].numel()
    return shape[1] * field, shape[0] * field


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform with the variance 2 gain^2 / (fan_in + fan_out) (Glorot and Bengio, 2010).

    >>> weight = torch.nn.init.xavier_uniform_(torch.empty(100, 50))
    >>> bool(weight.abs().max() <= 0.2)
    True
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal with the variance 2 gain^2 / (fan_in + fan_out) (Glorot and Bengio, 2010).

    >>> weight = torch.nn.init.xavier_normal_(torch.empty(100, 100))
    >>> round(weight.std().item(), 2)
    0.1
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan = _calculate_fan_in_and_fan_out(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _nothing_to_fill(tensor: Tensor) -> bool:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Uniform with the variance gain^2 / fan (He et al., 2015); `a` is leaky_relu's slope.

    >>> weight = torch.nn.init.kaiming_uniform_(torch.empty(9, 24), nonlinearity="relu")
    >>> bool(weight.abs().max() <= 0.5)
    True
    """
    if _nothing_to_fill(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Normal with the variance gain^2 / fan (He et al., 2015); `a` is leaky_relu's slope.

    >>> weight = torch.nn.init.kaiming_normal_(torch.empty(50, 200), nonlinearity="relu")
    >>> round(weight.std().item(), 1)
    0.1
    """
    if _nothing_to_fill(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """A (semi-)orthogonal matrix, all dims but the first flattened (Saxe et al., 2013).

    ValueError with fewer than 2 dims.

    >>> q = torch.nn.init.orthogonal_(torch.empty(3, 3))
    >>> torch.allclose(q @ q.T, torch.eye(3), atol=1e-6)
    True
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if not tensor.numel():
        return tensor
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    drawn = tensor.new_empty((rows, columns)).normal_(0, 1, generator=generator)._array
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    # with the signs of r's diagonal the distribution is uniform (Mezzadri, 2006)
    q = q * np.sign(np.diagonal(r))
    found = np.ascontiguousarray(q.T if rows < columns else q).reshape(tuple(tensor.shape))
    return tensor.copy_(wrap(found)).mul_(gain)


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal, with that share of each column set to zero (Martens, 2010).

    ValueError unless it has 2 dims.

    >>> (torch.nn.init.sparse_(torch.empty(4, 3), 0.5) == 0).sum(0)
    tensor([2, 2, 2])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        chosen = randperm(rows)._array[:zeros]
        tensor._array[chosen, column] = 0
    return tensor
