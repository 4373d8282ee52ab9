"""Dropout: zeros at random places, drawn from PyTorch's stream.

May import: core, tensor, ops.
"""

from ..core.generator import default_generator
from ..tensor import Tensor, wrap
from .inplace import assign

__all__ = ["dropout"]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeroes each element with probability p and scales the rest by 1/(1 - p), when training.

    ValueError for p outside [0, 1].

    >>> torch.nn.functional.dropout(torch.ones(3), p=0.0)
    tensor([1., 1., 1.])
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    array = input._array
    if p == 1:
        result = input * 0.0
    else:
        mask = default_generator.bernoulli(array.shape, 1 - p, array.dtype)
        mask /= array.dtype.type(1 - p)
        result = input * wrap(mask)
    return assign(input, result) if inplace else result
