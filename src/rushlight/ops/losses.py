"""Losses: how far predictions are from targets, reduced to a mean, a sum or not at all.

May import: core, tensor, ops.
"""

import warnings
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..core.layout import broadcast_shapes
from ..tensor import Tensor
from .activations import softplus
from .fused import fused, legacy_reduction, reduced, require_reduction, spread
from .op import ndarray
from .softmax import log_softmax

__all__: list[str] = []

_mse = fused(
    "mse_loss",
    lambda input, target, *, reduction: reduced((input - target) ** 2, reduction),
    (
        lambda g, input, target, reduction: (
            spread(g, reduction, _count(input, target)) * ((input - target) * 2)
        ),
        lambda g, input, target, reduction: (
            spread(g, reduction, _count(input, target)) * ((target - input) * 2)
        ),
    ),
)
_l1 = fused(
    "l1_loss",
    lambda input, target, *, reduction: reduced(np.abs(input - target), reduction),
    (
        lambda g, input, target, reduction: (
            spread(g, reduction, _count(input, target)) * (input - target).sign()
        ),
        lambda g, input, target, reduction: (
            spread(g, reduction, _count(input, target)) * (target - input).sign()
        ),
    ),
)


def _count(input: Tensor, target: Tensor) -> int:
    return broadcast_shapes(input._array.shape, target._array.shape).numel()


def _pair(name: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both operands in one dtype, after a warning where their shapes differ."""
    if input._array.shape != target._array.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )
        broadcast_shapes(input._array.shape, target._array.shape)
    if input._array.dtype != target._array.dtype:
        common = np.promote_types(input._array.dtype, target._array.dtype)
        input, target = input.to(FROM_NUMPY[common]), target.to(FROM_NUMPY[common])
    return input, target


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The squared differences, their mean or sum. UserWarning when the shapes differ.

    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    return _mse(*_pair("mse_loss", input, target), reduction=reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The absolute differences, their mean or sum. UserWarning when the shapes differ.

    >>> torch.nn.functional.l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(1.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    return _l1(*_pair("l1_loss", input, target), reduction=reduction)


# ---- negative log-likelihood


def _weights(target: ndarray, weight: ndarray | None, ignore: int, dtype: Any) -> ndarray:
    kept = target != ignore
    if weight is None:
        return kept.astype(dtype)
    return np.where(kept, weight[np.where(kept, target, 0)], 0).astype(dtype)


def _nll_kernel(
    input: ndarray, target: ndarray, weight: ndarray | None, *, reduction: str, ignore_index: int
) -> ndarray:
    """input (N, C), target (N): minus the weighted log-probability of each target."""
    weights = _weights(target, weight, ignore_index, input.dtype)
    safe = np.where(target == ignore_index, 0, target)
    losses = -input[np.arange(len(target)), safe] * weights
    losses[weights == 0] = 0  # also where an ignored log-probability is infinite
    if reduction == "none":
        return losses
    total = losses.sum()
    return np.asarray(total if reduction == "sum" else total / weights.sum())


def _nll_slope(
    gradient: ndarray,
    input: ndarray,
    target: ndarray,
    weight: ndarray | None,
    *,
    reduction: str,
    ignore_index: int,
) -> ndarray:
    weights = _weights(target, weight, ignore_index, gradient.dtype)
    if reduction == "mean":
        weights = weights / weights.sum()
    out = np.zeros(input.shape, gradient.dtype)
    safe = np.where(target == ignore_index, 0, target)
    out[np.arange(len(target)), safe] = -gradient * weights
    return out


# the loss is linear in its input, so its gradient depends on the incoming gradient alone
_nll_backward = fused(
    "nll_loss_backward",
    _nll_slope,
    (
        lambda g, input, target, weight, reduction, ignore_index: _nll(
            g, target, weight, reduction=reduction, ignore_index=ignore_index
        ),
        None,
        None,
        None,
    ),
)
_nll = fused(
    "nll_loss",
    _nll_kernel,
    (
        lambda g, input, target, weight, reduction, ignore_index: _nll_backward(
            g, input.detach(), target, weight, reduction=reduction, ignore_index=ignore_index
        ),
        None,
        None,
    ),
)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of each target class. Shapes (N, C, ...) and (N, ...).

    IndexError for a class outside [0, C), ValueError for batch sizes that differ.

    >>> scores = torch.tensor([[-0.1, -2.0], [-3.0, -0.2]])
    >>> torch.nn.functional.nll_loss(scores, torch.tensor([0, 1]))
    tensor(0.1500)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    shape = input._array.shape
    if input._array.ndim == 1:
        row = nll_loss(
            input.unsqueeze(0), target.unsqueeze(0), weight, None, ignore_index, None, reduction
        )
        return row.squeeze(0) if reduction == "none" else row
    if shape[0] != target._array.shape[0]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size "
            f"({target._array.shape[0]})."
        )
    if target._array.dtype.kind not in "iu":
        raise RuntimeError(
            f"expected scalar type Long but found {target.dtype.title}: class targets are integers"
        )
    if shape[:1] + shape[2:] != target._array.shape:
        raise RuntimeError(
            f"Expected target size {[shape[0], *shape[2:]]}, got {list(target._array.shape)}"
        )
    classes = target._array
    outside = (classes != ignore_index) & ((classes < 0) | (classes >= shape[1]))
    if outside.any():
        raise IndexError(
            f"Target {int(classes[outside][0])} is out of bounds: there are {shape[1]} classes, "
            f"0 to {shape[1] - 1}"
        )
    if weight is not None and weight._array.shape != (shape[1],):
        raise RuntimeError(
            f"weight tensor should be defined either for all {shape[1]} classes or no classes but "
            f"got weight tensor of shape: {list(weight._array.shape)}"
        )
    if len(shape) == 2:
        return _nll(input, target, weight, reduction=reduction, ignore_index=ignore_index)
    rows = input.movedim(1, -1).reshape(-1, shape[1])
    flat = target.reshape(-1)
    result = _nll(rows, flat, weight, reduction=reduction, ignore_index=ignore_index)
    return result.view(target.shape) if reduction == "none" else result


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """nll_loss of log_softmax: scores (N, C, ...) against classes (N, ...) or probabilities.

    IndexError for a class outside [0, C), ValueError for batch sizes that differ.

    >>> torch.nn.functional.cross_entropy(torch.tensor([[2.0, 1.0]]), torch.tensor([0]))
    tensor(0.3133)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input._array.ndim == 1 else 1
    scores = log_softmax(input, dim)
    if target._array.dtype.kind in "fV" and target._array.shape == input._array.shape:
        return _soft_cross_entropy(scores, target, weight, reduction, label_smoothing, dim)
    hard = nll_loss(scores, target, weight, None, ignore_index, None, reduction)
    if not label_smoothing:
        return hard
    classes = input._array.shape[dim]
    weighted = scores if weight is None else scores * _along(weight, scores, dim)
    kept = target != ignore_index
    smooth = -weighted.sum(dim) * kept
    if reduction == "sum":
        smooth = smooth.sum()
    elif reduction == "mean":
        share = (
            kept.sum()
            if weight is None
            else (weight.index_select(0, (target * kept).reshape(-1)) * kept.reshape(-1)).sum()
        )
        smooth = smooth.sum() / share
    return hard * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def _along(weight: Tensor, scores: Tensor, dim: int) -> Tensor:
    return weight.view([-1 if d == dim else 1 for d in range(scores._array.ndim)])


def _soft_cross_entropy(
    scores: Tensor, target: Tensor, weight: Any, reduction: str, smoothing: float, dim: int
) -> Tensor:
    classes = scores._array.shape[dim]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    product = scores * target
    if weight is not None:
        product = product * _along(weight, scores, dim)
    losses = -product.sum(dim)
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else total / max(1, losses._array.size)


# ---- binary


def _bce_kernel(
    input: ndarray, target: ndarray, weight: ndarray | None, *, reduction: str
) -> ndarray:
    with np.errstate(divide="ignore"):
        # logarithms no lower than -100, so that a certain mistake costs a finite loss
        high = np.maximum(np.log(input), -100)
        low = np.maximum(np.log1p(-input), -100)
    losses = (target - 1) * low - target * high
    return reduced(losses if weight is None else losses * weight, reduction)


def _bce_slope(g: Any, input: Any, target: Any, weight: Any, reduction: str) -> Tensor:
    slope = (input - target) / ((1 - input) * input).clamp(min=1e-12)
    g = spread(g, reduction, input._array.size) * slope
    return g if weight is None else g * weight


_bce = fused(
    "binary_cross_entropy",
    _bce_kernel,
    (
        _bce_slope,
        lambda g, input, weight, reduction: (
            spread(g, reduction, input._array.size)
            * ((1 - input).log().clamp(min=-100) - input.log().clamp(min=-100))
            * (1 if weight is None else weight)
        ),
        None,
    ),
)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)) of probabilities p in [0, 1].

    ValueError for shapes that differ, RuntimeError for p outside [0, 1].

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
    if not ((input._array >= 0) & (input._array <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    return _bce(input, target, weight, reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """binary_cross_entropy of sigmoid(input), in one stable formula.

    ValueError for shapes that differ.

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
    return _bce_logits(input, target, weight, pos_weight, reduction=reduction)


def _logits_kernel(
    input: ndarray,
    target: ndarray,
    weight: ndarray | None,
    pos_weight: ndarray | None,
    *,
    reduction: str,
) -> ndarray:
    tail = np.log1p(np.exp(-np.abs(input))) + np.maximum(-input, 0)  # log(1 + exp(-x))
    scale = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    losses = (1 - target) * input + scale * tail
    return reduced(losses if weight is None else losses * weight, reduction)


def _logits_slope(
    g: Any, input: Any, target: Any, weight: Any, pos_weight: Any, reduction: str
) -> Tensor:
    if pos_weight is None:
        slope = input.sigmoid() - target
    else:
        scaled = pos_weight * target
        slope = (scaled + 1 - target) * input.sigmoid() - scaled
    g = spread(g, reduction, input._array.size) * slope
    return g if weight is None else g * weight


_bce_logits = fused(
    "binary_cross_entropy_with_logits",
    _logits_kernel,
    (
        _logits_slope,
        lambda g, input, weight, pos_weight, reduction: (
            spread(g, reduction, input._array.size)
            * (-input if pos_weight is None else -input - (1 - pos_weight) * softplus(-input))
            * (1 if weight is None else weight)
        ),
        None,
        None,
    ),
    backward="BinaryCrossEntropyWithLogitsBackward0",
)
