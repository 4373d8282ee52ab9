"""Binary cross-entropy, of probabilities and of scores.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.layout import broadcast_shapes
from ..core.state import thread
from ..core.tracing import is_traced
from ..tensor import Tensor
from .activations import logsigmoid
from .fused import fused, legacy_reduction, reduced, require_reduction, spread
from .op import ndarray

__all__: list[str] = []


def _bce_kernel(input: ndarray, target: ndarray, weight: ndarray | None, *, reduction: str) -> Any:
    # logarithms no lower than -100, so that a certain mistake costs a finite loss
    with np.errstate(divide="ignore"):
        high = np.maximum(np.log(input), input.dtype.type(-100))
        low = np.maximum(np.log1p(-input), input.dtype.type(-100))
    losses = (target - 1) * low - target * high
    return reduced(losses if weight is None else losses * weight, reduction)


def _weighted(g: Tensor, weight: Tensor | None) -> Tensor:
    return g if weight is None else g * weight


def _bce_slope(g: Tensor, input: Tensor, target: Tensor, weight: Any, reduction: str) -> Tensor:
    slope = (input - target) / ((1 - input) * input).clamp(min=1e-12)
    return _weighted(slope * spread(g, reduction, input._array.size), weight)


def _bce_target_slope(g: Tensor, input: Tensor, weight: Any, reduction: str) -> Tensor:
    slope = (1 - input).log().clamp(min=-100) - input.log().clamp(min=-100)
    return _weighted(slope * spread(g, reduction, input._array.size), weight)


_bce = fused(
    "binary_cross_entropy",
    _bce_kernel,
    (_bce_slope, _bce_target_slope, None),
    "BinaryCrossEntropyBackward0",
)


def _check_probabilities(array: ndarray) -> None:
    if array.size and not (np.minimum.reduce(array, None) >= 0 and np.max(array) <= 1):
        raise RuntimeError(
            "all elements of input should be between 0 and 1: they run from "
            f"{float(array.min()):g} to {float(array.max()):g}; apply sigmoid first, or use "
            "binary_cross_entropy_with_logits"
        )


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)) of probabilities p in [0, 1] and targets t.

    ValueError for shapes that differ, RuntimeError for p outside [0, 1] and for other dtypes.

    >>> p = torch.tensor([0.9, 0.2])
    >>> torch.nn.functional.binary_cross_entropy(p, torch.tensor([1.0, 0.0]))
    tensor(0.1643)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    if input._array.shape != target._array.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}) is deprecated. Please ensure they have the same size."
        )
    if input._array.dtype != target._array.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.title} but expected {input.dtype.title}")
    if weight is not None:
        broadcast_shapes(input._array.shape, weight._array.shape)
    array = input._array
    if is_traced(array):
        thread.recorder.check(_check_probabilities, array)
    else:
        _check_probabilities(array)
    return _bce(input, target, weight, reduction=reduction)


def _logits_kernel(
    input: ndarray,
    target: ndarray,
    weight: ndarray | None,
    pos_weight: ndarray | None,
    *,
    reduction: str,
) -> Any:
    # log(1 + exp(-x)), from the exponential of a negative number alone
    tail = np.log1p(np.exp(-np.abs(input))) + np.maximum(-input, input.dtype.type(0))
    if pos_weight is not None:
        tail *= 1 + (pos_weight - 1) * target
    losses = (1 - target) * input + tail
    return reduced(losses if weight is None else losses * weight, reduction)


def _logits_slope(
    g: Tensor, input: Tensor, target: Tensor, weight: Any, pos_weight: Any, reduction: str
) -> Tensor:
    if pos_weight is None:
        slope = input.sigmoid() - target
    else:
        scaled = pos_weight * target
        slope = (scaled + 1 - target) * input.sigmoid() - scaled
    return _weighted(slope * spread(g, reduction, input._array.size), weight)


def _logits_target_slope(
    g: Tensor, input: Tensor, weight: Any, pos_weight: Any, reduction: str
) -> Tensor:
    slope = -input if pos_weight is None else (1 - pos_weight) * logsigmoid(input) - input
    return _weighted(slope * spread(g, reduction, input._array.size), weight)


_bce_logits = fused(
    "binary_cross_entropy_with_logits",
    _logits_kernel,
    (_logits_slope, _logits_target_slope, None, None),
    "BinaryCrossEntropyWithLogitsBackward0",
)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """binary_cross_entropy of sigmoid(input), in one formula that cannot overflow.

    `pos_weight` scales the part of the positive targets. ValueError for shapes that differ.

    >>> scores = torch.tensor([2.0, -1.0])
    >>> torch.nn.functional.binary_cross_entropy_with_logits(scores, torch.tensor([1.0, 0.0]))
    tensor(0.2201)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    if input._array.shape != target._array.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
        )
    if target._array.dtype.kind not in "fV":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {target.dtype.title}: "
            "the targets are floats between 0 and 1; use target.float()"
        )
    for extra in (pos_weight, weight):
        if extra is not None:
            broadcast_shapes(extra._array.shape, input._array.shape)
    return _bce_logits(input, target, weight, pos_weight, reduction=reduction)
