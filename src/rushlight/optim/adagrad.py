"""Adagrad: steps scaled by the sum of the squares of all gradients so far.

Duchi, Hazan and Singer, 2011.
May import: tensor, optim.
"""

from typing import Any

import numpy as np

from ..tensor import wrap
from .optimizer import (
    Optimizer,
    as_real,
    changed,
    check,
    check_common,
    gradient_of,
    new_step_count,
    setting,
    step_count,
)


class Adagrad(Optimizer):
    """p -= lr / (1 + n * lr_decay) * g / (sqrt(s) + eps) with s += g * g, after n earlier steps.

    The sums start at `initial_accumulator_value`, when the optimizer is made. ValueError for
    negative settings.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_common(lr, foreach, fused, differentiable)
        check(lr_decay >= 0, "lr_decay value", lr_decay)
        check(weight_decay >= 0, "weight_decay value", weight_decay)
        start = initial_accumulator_value
        check(start >= 0, "initial_accumulator_value value", start)
        check(eps >= 0, "epsilon value", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": start,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            self._start(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group; its sums start at once."""
        super().add_param_group(param_group)
        self._start(self.param_groups[-1])

    def _start(self, group: dict[str, Any]) -> None:
        for param in group["params"]:
            array = param._array
            value = group["initial_accumulator_value"]
            # of a complex parameter both parts start there
            start = complex(value, value) if array.dtype.kind == "c" else value
            total = wrap(np.full(array.shape, start, array.dtype))
            self.state[param] = {"step": new_step_count(), "sum": total}

    def _update(self, group: dict[str, Any]) -> None:
        for param in group["params"]:
            if param._grad is None:
                continue
            array = param._array
            state = self.state[param]
            count = step_count(state)
            gradient = gradient_of(param, array, group, group["weight_decay"])
            total = state["sum"]._array
            rate = setting(group["lr"]) / (1 + (count - 1) * group["lr_decay"])
            if array.dtype.kind == "c":
                array, gradient, total = as_real(array, gradient, total)
            total += gradient * gradient
            array -= gradient * rate / (np.sqrt(total) + group["eps"])
            changed(param)
