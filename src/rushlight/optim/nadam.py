"""NAdam: Adam with Nesterov's look ahead (Dozat, 2016).

May import: tensor, optim.
"""

from typing import Any

import numpy as np

from ..tensor import wrap
from .optimizer import Optimizer, check, check_common
from .stepping import each


class NAdam(Optimizer):
    """Adam whose step takes this gradient and the next step's share of the average.

    The share of step n is beta1 * (1 - 0.96^(n * momentum_decay) / 2). ValueError for settings out
    of range.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.NAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8944], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check(momentum_decay >= 0, "momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate, decay = float(group["lr"]), group["weight_decay"]
        apart = group["decoupled_weight_decay"]
        beta1, beta2 = group["betas"]
        for array, gradient, (mean, square), count, state in each(
            self, group, ("exp_avg", "exp_avg_sq"), 0 if apart else decay
        ):
            if "mu_product" not in state:
                state["mu_product"] = wrap(np.ones((), np.float32))
            share, following = (
                beta1 * (1 - 0.5 * 0.96 ** (n * group["momentum_decay"]))
                for n in (count, count + 1)
            )
            product = state["mu_product"]._array
            product *= share
            if apart and decay:
                array *= 1 - rate * decay
            mean += (gradient - mean) * (1 - beta1)
            square *= beta2
            square += gradient * (1 - beta2) * gradient
            divisor = np.sqrt(square / (1 - beta2**count)) + group["eps"]
            known = float(product)
            array -= gradient / divisor * (rate * (1 - share) / (1 - known))
            array -= mean / divisor * (rate * following / (1 - known * following))
