"""Adamax: Adam with the largest gradient so far in place of the average square.

Kingma and Ba, 2015, section 7.
May import: optim.
"""

from typing import Any

import numpy as np

from .optimizer import Optimizer, check, check_common
from .stepping import each


class Adamax(Optimizer):
    """p -= lr / (1 - beta1^n) * m / u with u = max(beta2 * u, |g| + eps).

    ValueError for settings out of range.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.Adamax([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_common(lr, foreach, None, differentiable)
        check(eps >= 0, "epsilon value", eps)
        check(0 <= betas[0] < 1, "beta parameter at index 0", betas[0])
        check(0 <= betas[1] < 1, "beta parameter at index 1", betas[1])
        check(weight_decay >= 0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate = float(group["lr"])
        beta1, beta2 = group["betas"]
        for array, gradient, (mean, largest), count, _ in each(
            self, group, ("exp_avg", "exp_inf"), group["weight_decay"]
        ):
            mean += (gradient - mean) * (1 - beta1)
            largest *= beta2
            largest[...] = np.maximum(largest, np.abs(gradient) + group["eps"])
            array -= mean / largest * (rate / (1 - beta1**count))
