"""RAdam: Adam that trusts its average square only once it has seen enough (Liu et al., 2020).

May import: optim.
"""

from typing import Any

import numpy as np

from .optimizer import Optimizer, check, check_common
from .stepping import each


class RAdam(Optimizer):
    """Adam scaled by how much variance its average square still has; at first plain momentum.

    ValueError for settings out of range.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.RAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate, decay = float(group["lr"]), group["weight_decay"]
        apart = group["decoupled_weight_decay"]
        beta1, beta2 = group["betas"]
        most = 2 / (1 - beta2) - 1  # how many gradients the average square can hold
        for array, gradient, (mean, square), count, _ in each(
            self, group, ("exp_avg", "exp_avg_sq"), 0 if apart else decay
        ):
            if apart and decay:
                array *= 1 - rate * decay
            mean += (gradient - mean) * (1 - beta1)
            square *= beta2
            square += gradient * (1 - beta2) * gradient
            change = mean / (1 - beta1**count) * rate
            seen = most - 2 * count * beta2**count / (1 - beta2**count)
            if seen > 5:
                trust = (seen - 4) * (seen - 2) * most / ((most - 4) * (most - 2) * seen)
                scale = (1 - beta2**count) ** 0.5 / (np.sqrt(square) + group["eps"])
                change = change * scale * trust**0.5
            array -= change
