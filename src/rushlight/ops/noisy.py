"""Activations that draw random numbers: rrelu and gumbel_softmax.

May import: core, tensor, ops.
"""

import numpy as np

from ..core.generator import default_generator
from ..tensor import Tensor, wrap
from .batching import elementwise
from .filled import empty_like
from .fused import require_floating
from .inplace import assign
from .op import Op
from .rectifiers import leaky_relu
from .softmax import softmax

__all__ = ["rrelu", "rrelu_"]

_noisy = Op(
    "rrelu_with_noise",
    lambda input, noise: input * noise,
    (lambda g, noise: g * noise, None),
    backward="RreluWithNoiseBackward0",
    batch=elementwise,
)


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """x where it is positive, else x times a slope drawn from [lower, upper] (Xu et al., 2015).

    Without training the slope is the middle. RuntimeError when lower is above upper.

    >>> torch.nn.functional.rrelu(torch.tensor([-1.0, 2.0]), 0.1, 0.3)
    tensor([-0.2000,  2.0000])
    """
    if lower > upper:
        raise RuntimeError(
            "Lower bound should be less than or equal to the upper bound, but got lower="
            f"{lower:g} and upper={upper:g}"
        )
    require_floating(input, "rrelu", "rrelu_out_cpu" if training else "leaky_relu_cpu")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    array = input._array
    slopes = np.ones_like(array, order="C")
    falls = array <= 0  # a float64 for each of these alone, in their order
    slopes[falls] = default_generator.uniform((int(falls.sum()),), np.dtype(float), lower, upper)
    result = _noisy(input, wrap(slopes))
    return assign(input, result) if inplace else result


def rrelu_(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False
) -> Tensor:
    """`rrelu`, written into the input. RuntimeError for a leaf that needs grad."""
    return rrelu(input, lower, upper, training, inplace=True)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A softened random choice: softmax of (logits + Gumbel noise) / tau (Jang et al., 2017).

    `hard` gives one-hot vectors whose gradient is that of the soft ones. RuntimeError for
    integers.

    >>> torch.nn.functional.gumbel_softmax(torch.zeros(2, 3), hard=True).sum(1)
    tensor([1., 1.])
    """
    noise = -empty_like(logits).exponential_().log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = empty_like(logits).zero_().scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
