"""Parameters of distributions: numbers and tensors of one shape, probabilities and their logits.

May import: core, tensor, autograd, ops.
"""

from typing import Any

import numpy as np

from ..autograd.grad_mode import enable_grad
from ..core import dtype as dtypes
from ..ops.binary_losses import binary_cross_entropy_with_logits
from ..ops.creation import tensor
from ..ops.sampling import normal_
from ..ops.softmax import softmax
from ..ops.views import broadcast_tensors
from ..tensor import Tensor, wrap

euler_constant = 0.57721566490153286060


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape; numbers take the tensors' dtype.

    ValueError for anything else.
    """
    for value in values:
        if not isinstance(value, (Tensor, int, float)):
            raise ValueError(
                "Input arguments must all be instances of Number, torch.Tensor or objects "
                "implementing __torch_function__."
            )
    kinds = [value.dtype for value in values if isinstance(value, Tensor)]
    dtype = kinds[0] if kinds else dtypes.get_default_dtype()
    return broadcast_tensors(
        *[v if isinstance(v, Tensor) else tensor(v, dtype=dtype) for v in values]
    )


def standard_normal(shape: Any, dtype: dtypes.dtype) -> Tensor:
    """Standard normal numbers."""
    return normal_(wrap(np.empty(tuple(shape), dtype.numpy)))


def lift(value: Tensor) -> Tensor:
    """Raises what underflowed to 0 to the smallest number, which leaves gradients as they are."""
    np.maximum(value._array, dtypes.finfo(value.dtype).tiny, out=value._array)
    return value


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities kept a little off 0 and 1."""
    eps = dtypes.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities of logits: of log odds (binary), or of logarithms up to a constant."""
    return logits.sigmoid() if is_binary else softmax(logits, -1)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Logits of probabilities: log odds (binary) or logarithms."""
    kept = clamp_probs(probs)
    return kept.log() - (-kept).log1p() if is_binary else kept.log()


def cross_entropy_of_logits(logits: Tensor, value: Tensor) -> Tensor:
    """-log of the probability of value (0, 1 or between) under log odds, element by element."""
    logits, value = broadcast_all(logits, value)
    return binary_cross_entropy_with_logits(logits, value, reduction="none")


class lazy_property:
    """A property that is computed at the first use and then is a plain attribute."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def one_of(name: str, first: tuple[str, Any], second: tuple[str, Any]) -> bool:
    """Whether the first of two ways to say the same was used; ValueError unless just one was."""
    if (first[1] is None) == (second[1] is None):
        raise ValueError(
            f"Either `{first[0]}` or `{second[0]}` must be specified, but not both: {name}"
        )
    return first[1] is not None
