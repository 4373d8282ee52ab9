"""Losses of counts and of measurements: negative log-likelihoods of Poisson and normal models.

May import: tensor, ops.
"""

import math

from ..tensor import Tensor
from .filled import full_like
from .fused import legacy_reduction, require_reduction
from .losses import apply_reduction

__all__ = ["poisson_nll_loss"]


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(x) - y x, where x is the log of the expected count; x - y log(x + eps) otherwise.

    `full` adds Stirling's y log(y) - y + log(2 pi y) / 2 where y > 1. ValueError for an unknown
    reduction.

    >>> torch.nn.functional.poisson_nll_loss(torch.tensor([0.0]), torch.tensor([2.0]))
    tensor(1.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    require_reduction(reduction)
    if log_input:
        losses = input.exp() - target * input
    else:
        losses = input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        losses = losses + stirling.masked_fill(target <= 1, 0)
    return apply_reduction(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log(var) + (x - y)^2 / var) / 2, with variances below eps taken as eps.

    `var` is a number, of the input's shape, without its last dim, or with 1 there. `full` adds
    log(2 pi) / 2. ValueError for negative and for misshapen variances.

    >>> x, y = torch.tensor([1.0]), torch.tensor([3.0])
    >>> torch.nn.functional.gaussian_nll_loss(x, y, torch.tensor([1.0]))
    tensor(2.)
    """
    if not isinstance(var, Tensor):
        var = full_like(input, var)
    elif var.shape != input.shape:
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif tuple(var.shape) != (*input.shape[:-1], 1):
            raise ValueError(
                f"var is of incorrect size: {list(var.shape)} for an input of {list(input.shape)}"
            )
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid: use 'mean', 'sum' or 'none'")
    if (var._array < 0).any():
        raise ValueError("var has negative entry/entries")
    # the bound holds for the values alone: the gradient passes it
    var = var + (var.clamp_min(eps) - var).detach()
    difference = input - target
    losses = 0.5 * (var.log() + difference * difference / var)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return apply_reduction(losses, reduction)
