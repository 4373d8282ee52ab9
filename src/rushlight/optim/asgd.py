"""ASGD: gradient descent that also keeps the average of where it has been.

Polyak and Juditsky, 1992.
May import: tensor, optim.
"""

from typing import Any

import numpy as np

from ..tensor import wrap
from .optimizer import Optimizer, check, check_common
from .stepping import each


class ASGD(Optimizer):
    """p = p * (1 - lambd * eta) - eta * g with eta = lr / (1 + lambd * lr * n)^alpha.

    The state `ax` is the average of p from step `t0` on. ValueError for negative settings.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.ASGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_common(lr, foreach, None, differentiable)
        check(weight_decay >= 0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate, lambd = float(group["lr"]), group["lambd"]
        for array, gradient, (average,), count, state in each(
            self, group, ("ax",), group["weight_decay"]
        ):
            if "eta" not in state:
                state["eta"] = wrap(np.array(rate, np.float32))
                state["mu"] = wrap(np.ones((), np.float32))
            eta, share = state["eta"]._array, state["mu"]._array
            array *= 1 - lambd * float(eta)
            array -= gradient * float(eta)
            if float(share) == 1:
                average[...] = array
            else:
                average += (array - average) * float(share)
            eta[...] = rate / (1 + lambd * rate * count) ** group["alpha"]
            share[...] = 1 / max(1, count - group["t0"])
