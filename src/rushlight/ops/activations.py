"""Smooth activations: gelu, silu, softplus, the exponential ones, gated ones.

Those met in every network (gelu, silu) have a kernel for their gradient too; the others write it
in tensor operations. `rectifiers.py` has those made of straight pieces, `softmax.py` softmax.
May import: core, kernels, tensor, ops.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..kernels import scalar as s
from ..kernels.blocks import in_blocks, select
from ..kernels.erf import erf
from ..tensor import Tensor
from .batching import along
from .fused import activate, activation, fused, require_floating
from .inplace import into
from .op import ndarray
from .pointwise import sigmoid_kernel

__all__ = [
    "celu",
    "celu_",
    "selu",
    "selu_",
]


def _shaped_by_slope(name: str, kernel: Callable, slope: Callable, curvature: Callable) -> Any:
    """An op with a kernel for its slope; the slope of the slope is written in tensor operations."""
    slope_op = activation(
        f"{name}_backward",
        slope,
        (
            lambda g, input, approximate: slope_op(g, input, approximate=approximate),
            lambda g, gradient, input, approximate: (
                g * (gradient * curvature(input, approximate).conj())
            ),
        ),
    )
    return activation(
        name,
        kernel,
        (lambda g, input, approximate: slope_op(g, input, approximate=approximate),),
    )


_CUBE = 0.044715
_SCALE = math.sqrt(2 / math.pi)


def _bend(x: Any) -> Any:
    """The argument of tanh in gelu's approximation."""
    return (x + x * x * x * _CUBE) * _SCALE


def _gelu_kernel(input: ndarray, *, approximate: str) -> ndarray:
    if approximate == "tanh":
        return 0.5 * input * (1 + s.tanh(_bend(input)))
    return 0.5 * input * (1 + erf(input * math.sqrt(0.5)))


def _gelu_slope(gradient: ndarray, input: ndarray, *, approximate: str) -> ndarray:
    if approximate == "tanh":
        tanh = s.tanh(_bend(input))
        inner = (1 + input * input * (3 * _CUBE)) * _SCALE
        return gradient * (0.5 * (1 + tanh) + 0.5 * input * (1 - tanh * tanh) * inner)
    share = 0.5 * (1 + erf(input * math.sqrt(0.5)))
    density = s.exp(input * input * -0.5) * (1 / math.sqrt(2 * math.pi))
    return gradient * (share + input * density)


def _gelu_curvature(input: Tensor, approximate: str) -> Tensor:
    if approximate == "tanh":
        tanh = _bend(input).tanh()
        rest = 1 - tanh * tanh
        inner = (1 + input * input * (3 * _CUBE)) * _SCALE
        bend = input * (6 * _CUBE * _SCALE)
        return rest * inner + 0.5 * input * rest * (bend - 2 * tanh * inner * inner)
    density = (input * input * -0.5).exp() * (1 / math.sqrt(2 * math.pi))
    return density * (2 - input * input)


_gelu = _shaped_by_slope("gelu", _gelu_kernel, _gelu_slope, _gelu_curvature)


def gelu(input: Tensor, *, approximate: str = "none", out: Tensor | None = None) -> Tensor:
    """input * P(X <= input) for a standard normal X.

    `approximate="tanh"` uses 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) instead;
    RuntimeError for any other word.

    >>> torch.nn.functional.gelu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    require_floating(input, "gelu", "GeluKernelImpl")
    if approximate not in ("none", "tanh"):
        raise RuntimeError(
            f"approximate argument must be either none or tanh. It is {approximate!r}"
        )
    return into(out, _gelu(input, approximate=approximate))


def _silu_slope(gradient: ndarray, input: ndarray, *, approximate: str) -> ndarray:
    share = sigmoid_kernel(input)
    return gradient * (share * (1 + input * (1 - share))).conj()


def _silu_curvature(input: Tensor, approximate: str) -> Tensor:
    share = input.sigmoid()
    return share * (1 - share) * (2 + input * (1 - 2 * share))


_silu = _shaped_by_slope(
    "silu",
    lambda input, *, approximate: input * sigmoid_kernel(input),
    _silu_slope,
    _silu_curvature,
)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input), also called swish. NotImplementedError for integers.

    >>> torch.nn.functional.silu(torch.tensor([-1.0, 1.0]))
    tensor([-0.2689,  0.7311])
    """
    if not isinstance(input, Tensor) or input._array.dtype.kind != "c":
        require_floating(input, "silu", "silu_cpu")
    return activate(_silu, input, inplace, approximate="none")


_mish = activation(
    "mish",
    lambda input: input * s.tanh(s.softplus(input)),
    (lambda g, input: g * _mish_slope(input),),
)


def _mish_slope(input: Tensor) -> Tensor:
    tanh = softplus(input).tanh()
    return tanh + input * input.sigmoid() * (1 - tanh * tanh)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)).

    >>> torch.nn.functional.mish(torch.tensor([-1.0, 1.0]))
    tensor([-0.3034,  0.8651])
    """
    require_floating(input, "mish", "mish_cpu")
    return activate(_mish, input, inplace)


_softplus = activation(
    "softplus",
    lambda input, *, beta, threshold: select(
        input * beta > threshold, input, s.softplus(input * beta) / beta
    ),
    (
        lambda g, input, beta, threshold: (
            g * (input * beta).sigmoid().masked_fill(input * beta > threshold, 1)
        ),
    ),
)


def softplus(
    input: Tensor, beta: float = 1.0, threshold: float = 20.0, *, out: Tensor | None = None
) -> Tensor:
    """log(1 + exp(beta * input)) / beta; the input itself where beta * input > threshold.

    >>> torch.nn.functional.softplus(torch.tensor([-1.0, 0.0, 30.0]))
    tensor([ 0.3133,  0.6931, 30.0000])
    """
    require_floating(input, "softplus", "softplus_cpu")
    return into(out, _softplus(input, beta=beta, threshold=threshold))


_logsigmoid = activation(
    "log_sigmoid",
    lambda input: -s.softplus(-input),
    (lambda g, input: g * (-input).sigmoid(),),
)


def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """log(sigmoid(input)), without overflow.

    >>> torch.nn.functional.logsigmoid(torch.tensor([-100.0, 0.0]))
    tensor([-100.0000,   -0.6931])
    """
    require_floating(input, "log_sigmoid", "log_sigmoid_cpu")
    return into(out, _logsigmoid(input))


# ---- exponential below zero


def _elu_kernel(input: ndarray, *, alpha: float, scale: float, rate: float) -> ndarray:
    below = s.expm1(np.minimum(input, input.dtype.type(0)) * rate) * (alpha * scale)
    return select(input > 0, input * scale, below)


def _elu_vjp(g: Tensor, input: Tensor, alpha: float, scale: float, rate: float) -> Tensor:
    # at 0 itself the curve counts as straight: its second derivative there is 0
    below = (input.masked_fill(input >= 0, 0) * rate).exp() * (alpha * scale * rate)
    return g * below.masked_fill(input > 0, scale)


_elu = activation("elu", _elu_kernel, (_elu_vjp,))
_celu = activation("celu", _elu_kernel, (_elu_vjp,))
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The input where it is positive, alpha * (exp(input) - 1) elsewhere.

    >>> torch.nn.functional.elu(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    require_floating(input, "elu", "elu_cpu")
    return activate(_elu, input, inplace, alpha=alpha, scale=1.0, rate=1.0)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """1.0507 * elu(input, 1.6733): keeps mean 0 and variance 1 from layer to layer.

    >>> torch.selu(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    require_floating(input, "selu", "elu_cpu")
    return activate(_elu, input, inplace, alpha=_SELU_ALPHA, scale=_SELU_SCALE, rate=1.0)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The input where it is positive, alpha * (exp(input / alpha) - 1) elsewhere.

    RuntimeError when alpha is 0.

    >>> torch.celu(torch.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """
    require_floating(input, "celu", "elu_cpu")
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return activate(_celu, input, inplace, alpha=alpha, scale=1.0, rate=1.0 / alpha)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|).

    >>> torch.nn.functional.softsign(torch.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input).

    >>> torch.nn.functional.tanhshrink(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2384])
    """
    return input - input.tanh()


def _glu_vjp(g: Tensor, input: Tensor, dim: int) -> Tensor:
    values, gates = input.chunk(2, dim)
    share = gates.sigmoid()
    # the two halves side by side: one of them scaled by the gate, one by the gate's slope
    halves = g.unsqueeze(dim) * _pair(share, values * share * (1 - share), dim)
    return halves.flatten(dim, dim + 1)


def _pair(first: Tensor, second: Tensor, dim: int) -> Tensor:
    """Both stacked along a new dim, as a sum, so that gradients flow through it."""
    shape = [1] * first.ndim
    shape.insert(dim, 2)
    upper = first.new_tensor([1.0, 0.0]).reshape(shape)
    return first.unsqueeze(dim) * upper + second.unsqueeze(dim) * (1 - upper)


def _glu_kernel(input: ndarray, *, dim: int) -> ndarray:
    values, gates = np.split(input, 2, dim)
    return values * in_blocks(sigmoid_kernel)(gates)


_glu = fused("glu", _glu_kernel, (_glu_vjp,), batch=along("dim"))


def glu(input: Tensor, dim: int = -1, *, out: Tensor | None = None) -> Tensor:
    """The first half of the input along `dim` times the sigmoid of the second.

    RuntimeError when that size is odd.

    >>> torch.nn.functional.glu(torch.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    require_floating(input, "glu", "glu_cpu")
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    size = input.size(dim)
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    return into(out, _glu(input, dim=dim % input.ndim))


# ---- in-place forms


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu`, written into the input."""
    return elu(input, alpha, True)


def selu_(input: Tensor) -> Tensor:
    """`selu`, written into the input."""
    return selu(input, True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu`, written into the input."""
    return celu(input, alpha, True)
