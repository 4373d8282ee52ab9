"""Losses of classes: negative log-likelihood and cross-entropy.

The likelihood is linear in its input, so its gradient is the transposed map, and the gradient of
that the loss itself.
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, uint8
from ..core.tracing import is_traced
from ..tensor import Tensor
from .batching import likelihood_slopes, likelihoods
from .fused import fused, legacy_reduction, require_reduction
from .losses import apply_reduction
from .op import Op, ndarray
from .softmax import log_softmax

__all__: list[str] = []


def _class_weights(
    target: ndarray, weight: ndarray | None, ignore: int | None, dtype: Any
) -> tuple[ndarray, ndarray | None]:
    """Targets that can be used as indices, and what each counts (None: 1, nothing is ignored)."""
    if ignore is None:
        return target, None if weight is None else weight.astype(dtype, copy=False)[target]
    ignored = target == ignore
    target = np.where(ignored, 0, target)
    weights = dtype.type(1) if weight is None else weight.astype(dtype, copy=False)[target]
    return target, np.where(ignored, dtype.type(0), weights)


def _nll_kernel(
    input: ndarray, target: ndarray, weight: ndarray | None, *, reduction: str, ignore_index: Any
) -> Any:
    """input (N, C, ...) or (C), target (N, ...) or (): minus the entry of each target's class."""
    if (
        weight is None
        and ignore_index is None
        and reduction == "mean"
        and input.ndim == 2 == target.ndim + 1
    ):
        picked = input[np.arange(len(target)), target]
        return -(np.add.reduce(picked) / picked.dtype.type(len(picked)))
    axis = 1 if input.ndim > 1 else 0
    classes = input.shape[axis]
    rows = np.moveaxis(input, axis, -1).reshape(-1, classes) if input.ndim != 2 else input
    indices, weights = _class_weights(target.reshape(-1), weight, ignore_index, input.dtype)
    losses = -rows[np.arange(len(rows)), indices]
    if weights is not None:
        losses *= weights
        losses[weights == 0] = 0  # also where an ignored entry is infinite
    if reduction == "none":
        return losses.reshape(target.shape)
    total = np.add.reduce(losses)
    if reduction == "sum":
        return total
    counted = losses.dtype.type(len(losses)) if weights is None else np.add.reduce(weights)
    return total / counted


def _nll_slope(
    gradient: ndarray,
    target: ndarray,
    weight: ndarray | None,
    *,
    shape: tuple,
    reduction: str,
    ignore_index: int | None,
) -> ndarray:
    axis = 1 if len(shape) > 1 else 0
    indices, weights = _class_weights(target.reshape(-1), weight, ignore_index, gradient.dtype)
    share: Any = -gradient.reshape(-1) if reduction == "none" else -gradient
    if reduction == "mean":
        count = gradient.dtype.type(len(indices))
        share = share / (count if weights is None else np.add.reduce(weights))
    if weights is not None:
        share = share * weights
    rows = np.zeros((len(indices), shape[axis]), gradient.dtype, like=gradient)
    rows[np.arange(len(indices)), indices] = share
    if len(shape) == 2:
        return rows
    outer = shape[:axis] + shape[axis + 1 :]
    return np.ascontiguousarray(np.moveaxis(rows.reshape(*outer, shape[axis]), -1, axis))


def _likelihood(name: str, backward: str) -> Op:
    """The loss as an op under one of the two names PyTorch has for it."""
    slope = fused(
        f"{name}_backward",
        _nll_slope,
        (
            lambda g, target, weight, reduction, ignore_index: loss(
                g, target, weight, reduction=reduction, ignore_index=ignore_index
            ),
            None,
            None,
        ),
        batch=likelihood_slopes,
    )
    loss = fused(
        name,
        _nll_kernel,
        (
            lambda g, input_shape, target, weight, reduction, ignore_index: slope(
                g,
                target,
                weight,
                shape=input_shape,
                reduction=reduction,
                ignore_index=ignore_index,
            ),
            None,
            None,
        ),
        backward,
        batch=likelihoods,
    )
    return loss


_nll = _likelihood("nll_loss", "NllLossBackward0")
_nll_2d = _likelihood("nll_loss2d", "NllLoss2DBackward0")


def _check_shapes(shape: tuple, target: tuple) -> None:
    if not shape:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(shape) == 1:
        if len(target) > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target and target[0] != 1:
            raise ValueError(
                f"For 1D input, 1D target must have size 1, but got target size: {target[0]}"
            )
        return
    found = target[0] if target else 1
    if shape[0] != found:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({found}). "
            f"The scores have shape {list(shape)}, the targets {list(target)}"
        )
    if len(shape) == 2 and len(target) > 1:
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported: scores of shape "
            f"{list(shape)} want one class a row, not targets of shape {list(target)}"
        )
    wanted = shape[:1] + shape[2:]
    if len(shape) == 4 and wanted != target:
        raise RuntimeError(
            f"size mismatch (got input: {list(shape)} , target: {list(target)}): the targets "
            f"should have shape {list(wanted)}"
        )
    if len(shape) > 2 and wanted != target:
        raise RuntimeError(f"Expected target size {list(wanted)}, got {list(target)}")


def _check_values(input: Tensor, target: Tensor, weight: Tensor | None, ignore: int) -> int | None:
    """The class to ignore, None where no target can be it; raises for what cannot be used."""
    array = target._array
    dtype = FROM_NUMPY[array.dtype]
    if array.dtype != np.int64 and dtype is not uint8:
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {dtype.title} (expected scalar "
            f"type Long but found {dtype.title}): classes are integers; use target.long()"
        )
    if input._array.dtype.kind not in "fV":
        raise NotImplementedError(
            f"\"nll_loss_out_frame\" not implemented for '{input.dtype.title}': the scores are "
            "floats; use input.float()"
        )
    if is_traced(array):
        return ignore  # compiled code checks the classes where it reads by them
    classes = input._array.shape[1 if input._array.ndim > 1 else 0]
    if weight is not None:
        if weight._array.shape != (classes,):
            raise RuntimeError(
                f"weight tensor should be defined either for all {classes} classes or no classes "
                f"but got weight tensor of shape: {list(weight._array.shape)}"
            )
        if weight._array.dtype != input._array.dtype:
            raise RuntimeError(
                f"expected scalar type {input.dtype.title} but found {weight.dtype.title}: "
                "weight and input have one dtype"
            )
    if not array.size:
        return None
    # read as unsigned, a negative class is a very large one
    unsigned = array if dtype is uint8 else array.view(np.uint64)
    if np.maximum.reduce(unsigned, None) < classes:
        return ignore if ignore >= 0 else None
    wrong = array[((array < 0) | (array >= classes)) & (array != ignore)]
    if wrong.size:
        raise IndexError(
            f"Target {int(wrong[0])} is out of bounds. There are {classes} classes, 0 to "
            f"{classes - 1}"
        )
    return ignore


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of each target class.

    Shapes (N, C, ...) and (N, ...), or (C) and (). `weight` says what each class counts; the mean
    is divided by what was counted. Targets equal to `ignore_index` count nothing. IndexError for a
    class outside [0, C), ValueError for batch sizes that differ, RuntimeError for targets that are
    not int64 or uint8.

    >>> scores = torch.tensor([[-0.1, -2.0], [-3.0, -0.2]])
    >>> torch.nn.functional.nll_loss(scores, torch.tensor([0, 1]))
    tensor(0.1500)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    _check_shapes(input._array.shape, target._array.shape)
    ignore = _check_values(input, target, weight, ignore_index)
    op = _nll if input._array.ndim <= 2 else _nll_2d
    return op(input, target, weight, reduction=reduction, ignore_index=ignore)


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

    Probabilities have the shape of the scores. `label_smoothing` mixes that share of the uniform
    distribution into the target. Errors as nll_loss.

    >>> torch.nn.functional.cross_entropy(torch.tensor([[2.0, 1.0]]), torch.tensor([0]))
    tensor(0.3133)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    dim = 0 if input._array.ndim <= 1 else 1
    if target._array.shape == input._array.shape:
        if target._array.dtype.kind not in "fV":
            raise RuntimeError(
                "Expected floating point type for target with class probabilities, got "
                f"{target.dtype.title}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        scores = log_softmax(input, dim)
        return _soft_cross_entropy(scores, target, weight, reduction, label_smoothing, dim)
    _check_shapes(input._array.shape, target._array.shape)
    ignore = _check_values(input, target, weight, ignore_index)
    scores = log_softmax(input, dim)
    op = _nll if input._array.ndim <= 2 else _nll_2d
    hard = op(scores, target, weight, reduction=reduction, ignore_index=ignore)
    if not label_smoothing:
        return hard
    smooth = _evenly_spread(scores, target, weight, reduction, ignore_index, dim)
    classes = input._array.shape[dim]
    return hard * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def _evenly_spread(
    scores: Tensor, target: Tensor, weight: Any, reduction: str, ignore: int, dim: int
) -> Tensor:
    """The loss against every class at once, where the target is not ignored."""
    weighted = scores if weight is None else scores * _along(weight, scores, dim)
    ignored = target == ignore
    losses = -weighted.sum(dim).reshape(target.shape).masked_fill(ignored, 0)
    if reduction != "mean":
        return apply_reduction(losses, reduction)
    kept = (~ignored).reshape(-1)
    if weight is None:
        return losses.sum() / kept.sum()
    indices = target.masked_fill(ignored, 0).reshape(-1).long()
    return losses.sum() / (weight.index_select(0, indices) * kept).sum()


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
    if reduction == "none":
        return -product.sum(dim)
    total = -product.sum()
    return total if reduction == "sum" else total / (scores._array.size / max(classes, 1))
