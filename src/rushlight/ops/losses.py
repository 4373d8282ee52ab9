"""Losses of numbers: how far predictions are from targets, reduced to a mean, a sum or not at all.

Losses of classes and of probabilities stand in classification.py.
May import: core, kernels, tensor, ops.
"""

import warnings
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, combine, promote_types
from ..core.layout import broadcast_shapes
from ..kernels.blocks import select
from ..tensor import Tensor
from .batching import losses
from .fused import fused, legacy_reduction, reduced, require_reduction, spread
from .op import Op, ndarray

__all__: list[str] = []


def _of_difference(name: str, kernel: Any, slope: Any, backward: str) -> Op:
    """A loss of input - target: the slope serves the input, and turned round the target."""

    def share(g: Tensor, input: Tensor, target: Tensor, reduction: str, knee: float) -> Tensor:
        difference = input - target
        return slope(difference, knee) * spread(g, reduction, difference._array.size)

    return fused(
        name,
        lambda input, target, *, reduction, knee: reduced(kernel(input - target, knee), reduction),
        (
            lambda g, input, target, reduction, knee: share(g, input, target, reduction, knee),
            lambda g, input, target, reduction, knee: share(g, target, input, reduction, knee),
        ),
        backward,
        batch=losses,
    )


def _smooth_l1_kernel(difference: ndarray, beta: float) -> ndarray:
    size = np.abs(difference)
    return select(size < beta, size * size * (0.5 / beta), size - 0.5 * beta)


def _huber_kernel(difference: ndarray, delta: float) -> ndarray:
    size = np.abs(difference)
    return select(size <= delta, size * size * 0.5, (size - 0.5 * delta) * delta)


_mse = _of_difference(
    "mse_loss",
    lambda difference, knee: difference * difference,
    lambda difference, knee: difference * 2,
    "MseLossBackward0",
)
_smooth_l1 = _of_difference(
    "smooth_l1_loss",
    _smooth_l1_kernel,
    lambda difference, beta: (difference / beta).clamp(-1, 1),
    "SmoothL1LossBackward0",
)
_huber = _of_difference(
    "huber_loss",
    _huber_kernel,
    lambda difference, delta: difference.clamp(-delta, delta),
    "HuberLossBackward0",
)


def _prepared(
    input: Tensor, target: Tensor, legacy: tuple, reduction: str
) -> tuple[Tensor, Tensor, str]:
    """Both operands in one dtype, after a warning where their shapes differ, and the reduction."""
    size_average, reduce = legacy
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )
        broadcast_shapes(input._array.shape, target._array.shape)
    if input._array.dtype != target._array.dtype:
        wanted = _common_dtype(input, target)
        input, target = input.to(wanted), target.to(wanted)
    return input, target, reduction


def _common_dtype(input: Tensor, target: Tensor) -> Any:
    if bool(input._array.ndim) == bool(target._array.ndim):
        return promote_types(input.dtype, target.dtype)
    higher, lower = (input, target) if input._array.ndim else (target, input)
    return combine(higher.dtype, lower.dtype)


def _require_floats(input: Tensor, kernel: str) -> None:
    if input._array.dtype.kind not in "fV":
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{FROM_NUMPY[input._array.dtype].title}': a loss "
            "is computed with floats; convert input or target first, for example with .float()"
        )


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """(input - target)^2: the mean, the sum or each. UserWarning when the shapes differ.

    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    input, target, reduction = _prepared(input, target, (size_average, reduce), reduction)
    _require_floats(input, "mse_cpu")
    return _mse(input, target, reduction=reduction, knee=0)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """|input - target|: the mean, the sum or each. UserWarning when the shapes differ.

    >>> torch.nn.functional.l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(1.)
    """
    input, target, reduction = _prepared(input, target, (size_average, reduce), reduction)
    return apply_reduction((input - target).abs(), reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """d^2 / (2 beta) for |d| = |input - target| below beta, |d| - beta/2 above.

    RuntimeError for a negative beta; UserWarning when the shapes differ.

    >>> torch.nn.functional.smooth_l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(0.7500)
    """
    input, target, reduction = _prepared(input, target, (size_average, reduce), reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return apply_reduction((input - target).abs(), reduction)
    _require_floats(input, "smooth_l1_cpu")
    return _smooth_l1(input, target, reduction=reduction, knee=beta)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """d^2 / 2 for |d| = |input - target| up to delta, delta (|d| - delta/2) above.

    `weight`, of the input's shape, scales each before the reduction. RuntimeError unless delta
    is positive; UserWarning when the shapes differ.

    >>> torch.nn.functional.huber_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 5.0]))
    tensor(1.2500)
    """
    input, target, reduction = _prepared(input, target, (None, None), reduction)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _require_floats(input, "huber_cpu")
    if weight is None:
        return _huber(input, target, reduction=reduction, knee=delta)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    return apply_reduction(_huber(input, target, reduction="none", knee=delta) * weight, reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target (log target - input): the divergence of exp(input) from the distribution target.

    `reduction="batchmean"` divides the sum by the batch size, which is what the mathematics
    means; "mean" divides by every element and says so in a UserWarning. With `log_target` the
    target holds logarithms too.

    >>> scores = torch.tensor([[0.5, 0.5]]).log()
    >>> torch.nn.functional.kl_div(scores, torch.tensor([[1.0, 0.0]]), reduction="batchmean")
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    batchmean = reduction == "batchmean"
    if not batchmean:
        require_reduction(reduction)
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math "
            "definition.'mean' will be changed to behave the same as 'batchmean' in the next "
            "major release.",
            stacklevel=2,
        )
    if log_target:
        losses = target.exp() * (target - input)
    else:
        # where the target is 0 it contributes nothing, though log(0) is not finite
        logarithm = target.masked_fill(target == 0, 1).log()
        losses = target * logarithm - target * input
    if batchmean:
        return losses.sum() / (input.shape[0] if input.ndim else 1)
    return apply_reduction(losses, reduction)


def apply_reduction(losses: Tensor, reduction: str) -> Tensor:
    """The losses, their mean or their sum; ValueError for another word."""
    require_reduction(reduction)
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
