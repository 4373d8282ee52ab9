"""Losses with a margin: right answers should win by that much, distances differ by that much.

May import: core, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.layout import broadcast_shapes
from ..tensor import Tensor, wrap
from .activations import logsigmoid
from .bounds import minimum
from .distances import pairwise_distance
from .fused import legacy_reduction, require_floating, require_reduction
from .losses import apply_reduction
from .masking import where
from .rectifiers import relu

__all__: list[str] = []

Legacy = bool | None


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin - y (x1 - x2)): y = 1 wants x1 above x2 by the margin, y = -1 below.

    RuntimeError unless all have as many dims.

    >>> a, b = torch.tensor([1.0]), torch.tensor([3.0])
    >>> torch.nn.functional.margin_ranking_loss(a, b, torch.tensor([1.0]))
    tensor(2.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return apply_reduction((-target * (input1 - input2) + margin).clamp_min(0), reduction)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """A distance x itself where y = 1, max(0, margin - x) where y = -1.

    >>> x, y = torch.tensor([0.2, 0.3]), torch.tensor([1, -1])
    >>> torch.nn.functional.hinge_embedding_loss(x, y, reduction="none")
    tensor([0.2000, 0.7000])
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    zero = input.new_zeros(())
    apart = where(target.ne(1), (margin - input).clamp_min(0), zero)
    together = where(target.ne(-1), input, zero)
    return apply_reduction(apart + together, reduction)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-y x)) for y of 1 and -1. ValueError for an unknown reduction.

    >>> torch.nn.functional.soft_margin_loss(torch.tensor([0.0]), torch.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    broadcast_shapes(input._array.shape, target._array.shape)
    return apply_reduction((-target * input).exp().log1p(), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos(x1, x2) where y = 1, max(0, cos(x1, x2) - margin) where y = -1.

    Shapes (N, D), (N, D), (N), or (D), (D), (). RuntimeError for others.

    >>> a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    >>> torch.nn.functional.cosine_embedding_loss(a, b, torch.tensor([1]))
    tensor(1.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    dims = target.ndim + 1
    if input1.ndim != dims or input2.ndim != dims:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {dims}D input tensors, but found inputs with "
            f"sizes {list(input1.shape)} and {list(input2.shape)}."
        )
    squares = ((input1 * input1).sum(-1) + 1e-12) * ((input2 * input2).sum(-1) + 1e-12)
    cosine = (input1 * input2).sum(-1) / squares.sqrt()
    zero = cosine.new_zeros(())
    together = where(target.eq(1), 1 - cosine, zero)
    apart = where(target.eq(-1), (cosine - margin).clamp_min(0), zero)
    return apply_reduction(together + apart, reduction)


# ---- classes


def _rows(input: Tensor, target: Tensor, kernel: str) -> Tensor:
    """The scores as (N, C); RuntimeError without classes, NotImplementedError for integers."""
    shape = input._array.shape
    if len(shape) > 2 or 0 in shape[-1:]:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(shape)}"
        )
    require_floating(input, kernel, kernel)
    return input.reshape(shape[0] if len(shape) == 2 else 1, shape[-1] if shape else 1)


def _require_long(target: Tensor) -> None:
    if target._array.dtype != np.int64:
        raise RuntimeError(
            f"expected scalar type Long but found {target.dtype.title}: classes are int64"
        )


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """sum over i != y of max(0, margin - x[y] + x[i]) ** p, over the number of classes.

    Shapes (N, C) and (N), or (C) and (); `weight` (C) says what each class counts. ValueError
    unless p is 1 or 2, RuntimeError for shapes and targets that do not fit.

    >>> x = torch.tensor([[0.1, 0.2, 0.4, 0.8]])
    >>> torch.nn.functional.multi_margin_loss(x, torch.tensor([3]))
    tensor(0.3250)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    rows = _rows(input, target, "multi_margin_loss")
    count, classes = rows.shape
    if target.ndim > 1 or target.numel() != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples (batch size). Expected target size [{count}], but got {list(target.shape)}"
        )
    _require_long(target)
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(
            f"inconsistent weight size, expected {classes} but got {list(weight.shape)}"
        )
    indices = target._array.reshape(-1)
    if ((indices < 0) | (indices >= classes)).any():
        raise RuntimeError(f"target out of range: there are {classes} classes")
    own = wrap(indices[:, None])
    short = relu(margin - rows.gather(1, own) + rows)
    if p == 2:
        short = short * short
    if weight is not None:
        short = short * weight[own]
    is_own = wrap(np.arange(classes) == indices[:, None])
    losses = short.masked_fill(is_own, 0).sum(1) / classes
    return apply_reduction(losses if input.ndim == 2 else losses.squeeze(0), reduction)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """sum of max(0, 1 - x[y] + x[i]) over labels y and classes i that are no label, over C.

    Shapes (N, C) and (N, C), or (C) and (C); a row of labels ends with the first -1.
    RuntimeError for shapes and labels that do not fit.

    >>> x, y = torch.tensor([[0.1, 0.2, 0.4, 0.8]]), torch.tensor([[3, 0, -1, 1]])
    >>> torch.nn.functional.multilabel_margin_loss(x, y)
    tensor(0.8500)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    rows = _rows(input, target, "multilabel_margin_loss")
    if target._array.shape != input._array.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    _require_long(target)
    classes = rows.shape[1]
    labels = target._array.reshape(-1, classes)
    if ((labels < -1) | (labels >= classes)).any():
        raise RuntimeError(f"argument #2 'target' is out of range: there are {classes} classes")
    valid = np.logical_and.accumulate(labels >= 0, 1)
    used = max(int(valid.sum(1).max(initial=0)), 1)
    labels, valid = np.where(valid, labels, 0)[:, :used], valid[:, :used]
    is_label = np.zeros(rows._array.shape, bool)
    np.logical_or.at(is_label, (np.arange(len(labels))[:, None], labels), valid)
    # (N, labels, C): every label against every class
    short = relu(1 - rows.gather(1, wrap(labels)).unsqueeze(2) + rows.unsqueeze(1))
    counted = valid[:, :, None] & ~is_label[:, None, :]
    losses = short.masked_fill(wrap(~counted), 0).sum((1, 2)) / classes
    return apply_reduction(losses if input.ndim == 2 else losses.squeeze(0), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the mean over classes of y log(sigmoid(x)) + (1 - y) log(sigmoid(-x)).

    Shapes (N, C) and (N, C). ValueError for an unknown reduction.

    >>> x, y = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    >>> torch.nn.functional.multilabel_soft_margin_loss(x, y)
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid: use 'mean', 'sum' or 'none'")
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return apply_reduction(losses.sum(-1) / input.shape[-1], reduction)


# ---- triplets


def _check_triplet(margin: float, reduction: str, *three: Tensor) -> None:
    require_reduction(reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    a, p, n = [tensor.ndim for tensor in three]
    if not a == p == n:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {a}D, positive {p}D, and negative {n}D inputs"
        )


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Legacy = None,
    reduce: Legacy = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin + d(anchor, positive) - d(anchor, negative)) with the p-norm distance.

    With `swap` the negative is measured from the positive where that is nearer (Balntas et al.,
    2016). Shapes (N, D) each, or (D). ValueError for a margin not above 0.

    >>> a, p, n = torch.zeros(1, 2), torch.ones(1, 2), torch.zeros(1, 2)
    >>> torch.nn.functional.triplet_margin_loss(a, p, n)
    tensor(2.4142)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return _triplets(anchor, positive, negative, distance, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own; by default `pairwise_distance`.

    >>> a, p, n = torch.zeros(1, 2), torch.ones(1, 2), torch.zeros(1, 2)
    >>> torch.nn.functional.triplet_margin_with_distance_loss(a, p, n)
    tensor(2.4142)
    """
    distance = pairwise_distance if distance_function is None else distance_function
    return _triplets(anchor, positive, negative, distance, margin, swap, reduction)


def _triplets(
    anchor: Tensor, positive: Tensor, negative: Tensor, distance: Any, margin: float, swap: bool,
    reduction: str,
) -> Tensor:  # fmt: skip
    _check_triplet(margin, reduction, anchor, positive, negative)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return apply_reduction((margin + near - far).clamp_min(0), reduction)
