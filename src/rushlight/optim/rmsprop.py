"""RMSprop: steps scaled by a running average of the square of the gradient.

Hinton's lecture 6e, 2012; centered as in Graves, 2013.
May import: optim.
"""

from typing import Any

import numpy as np

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
    zeros_like,
)


class RMSprop(Optimizer):
    """p -= lr * g / (sqrt(v) + eps) with v = alpha * v + (1 - alpha) * g * g.

    `centered` takes the variance, v less the square of the average of g, for v; `momentum` sums
    up the scaled gradients. ValueError for negative settings.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.RMSprop([w], lr=0.01)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, foreach, None, differentiable)
        check(eps >= 0, "epsilon value", eps)
        check(momentum >= 0, "momentum value", momentum)
        check(weight_decay >= 0, "weight_decay value", weight_decay)
        check(alpha >= 0, "alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate, alpha, momentum = setting(group["lr"]), group["alpha"], group["momentum"]
        for param in group["params"]:
            if param._grad is None:
                continue
            array = param._array
            state = self.state[param]
            if not state:
                self._start(state, array, group)
            step_count(state)
            gradient = gradient_of(param, array, group, group["weight_decay"])
            square = state["square_avg"]._array
            if array.dtype.kind == "c":
                array, gradient, square = as_real(array, gradient, square)
            square *= alpha
            square += gradient * (1 - alpha) * gradient
            divisor = np.sqrt(self._variance(state, gradient, square, alpha))
            divisor += group["eps"]
            change = gradient / divisor
            if momentum > 0:
                held = state["momentum_buffer"]._array
                held = as_real(held)[0] if held.dtype.kind == "c" else held
                held *= momentum
                held += change
                change = held
            array -= change * rate
            changed(param)

    def _start(self, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        state["step"] = new_step_count()
        state["square_avg"] = zeros_like(array)
        if group["momentum"] > 0:
            state["momentum_buffer"] = zeros_like(array)
        if group["centered"]:
            state["grad_avg"] = zeros_like(array)

    def _variance(self, state: dict[str, Any], gradient: Any, square: Any, alpha: float) -> Any:
        """The average of the squares, about the average gradient when there is one."""
        if "grad_avg" not in state:
            return square
        mean = state["grad_avg"]._array
        mean = as_real(mean)[0] if mean.dtype.kind == "c" else mean
        mean += (gradient - mean) * (1 - alpha)
        return square - mean * mean
