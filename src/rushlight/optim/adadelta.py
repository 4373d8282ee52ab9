"""Adadelta: steps as large as the last ones, whatever the gradient's scale (Zeiler, 2012).

May import: optim.
"""

from typing import Any

import numpy as np

from .optimizer import Optimizer, check, check_common
from .stepping import each


class Adadelta(Optimizer):
    """p -= lr * g * sqrt(u + eps) / sqrt(v + eps), v and u averages of g*g and of the changes'.

    ValueError for settings out of range.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.Adadelta([w], lr=1.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9968], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, foreach, None, differentiable)
        check(0 <= rho <= 1, "rho value", rho)
        check(eps >= 0, "epsilon value", eps)
        check(weight_decay >= 0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate, rho, eps = float(group["lr"]), group["rho"], group["eps"]
        names = ("square_avg", "acc_delta")
        for array, gradient, (square, changes), _, _ in each(
            self, group, names, group["weight_decay"]
        ):
            square *= rho
            square += gradient * (1 - rho) * gradient
            change = np.sqrt(changes + eps) / np.sqrt(square + eps) * gradient
            changes *= rho
            changes += change * (1 - rho) * change
            array -= change * rate
