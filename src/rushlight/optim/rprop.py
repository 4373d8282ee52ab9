"""Rprop: each number has a step of its own, which grows while its gradient keeps its sign.

Riedmiller and Braun, 1993, without going back.
May import: tensor, optim.
"""

from typing import Any

import numpy as np

from ..tensor import wrap
from .optimizer import Optimizer, check, check_common
from .stepping import each


class Rprop(Optimizer):
    """p -= sign(g) * step; the step times 1.2 where the sign stayed, times 0.5 where it turned.

    Where it turned, p stays. `etas` are these factors, `step_sizes` the bounds of steps.
    ValueError for factors out of range.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.Rprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, foreach, None, differentiable)
        check(0 < etas[0] < 1 < etas[1], "eta values", f"{etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        shrink, grow = group["etas"]
        self._start(group)
        for array, gradient, (before, step), _, _ in each(self, group, ("prev", "step_size"), 0):
            turn = np.sign(gradient * before)
            factor = np.where(turn > 0, grow, np.where(turn < 0, shrink, 1)).astype(step.dtype)
            step *= factor
            np.clip(step, *group["step_sizes"], out=step)
            gradient = np.where(turn < 0, gradient.dtype.type(0), gradient)
            array -= np.sign(gradient) * step
            before[...] = gradient

    def _start(self, group: dict[str, Any]) -> None:
        """Gives new parameters their first step."""
        for param in group["params"]:
            state = self.state[param]
            if param._grad is None or state:
                continue
            array, rate = param._array, float(group["lr"])
            size = complex(rate, rate) if array.dtype.kind == "c" else rate
            state["step"] = wrap(np.zeros((), np.float32))
            state["prev"] = wrap(np.zeros_like(array))
            state["step_size"] = wrap(np.full(array.shape, size, array.dtype))
