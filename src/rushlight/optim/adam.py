"""Adam and AdamW: steps scaled by running averages of the gradient and of its square.

Kingma and Ba, 2015; Loshchilov and Hutter, 2019 (AdamW: the decay apart from the gradient).
May import: tensor, optim.
"""

from typing import Any

import numpy as np

from ..tensor import Tensor
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


class Adam(Optimizer):
    """p -= lr * m / (sqrt(v) + eps), m and v the averages of g and g*g, corrected for their start.

    ValueError for settings out of range.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_common(lr, foreach, fused, differentiable)
        if isinstance(betas[0], Tensor) is not isinstance(betas[1], Tensor):
            raise ValueError("betas must be either both floats or both Tensors")
        check(eps >= 0, "epsilon value", eps)
        check(0 <= betas[0] < 1, "beta parameter at index 0", betas[0])
        check(0 <= betas[1] < 1, "beta parameter at index 1", betas[1])
        check(weight_decay >= 0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate = setting(group["lr"])
        beta1, beta2 = group["betas"]
        decay = group["weight_decay"]
        apart = group["decoupled_weight_decay"]
        for param in group["params"]:
            if param._grad is None:
                continue
            array = param._array
            state = self.state[param]
            if not state:
                state["step"] = new_step_count()
                state["exp_avg"] = zeros_like(array)
                state["exp_avg_sq"] = zeros_like(array)
                if group["amsgrad"]:
                    state["max_exp_avg_sq"] = zeros_like(array)
            count = step_count(state)
            gradient = gradient_of(param, array, group, 0 if apart else decay)
            if apart and decay:
                array *= 1 - rate * decay
            mean, square = state["exp_avg"]._array, state["exp_avg_sq"]._array
            largest = state["max_exp_avg_sq"]._array if group["amsgrad"] else square
            if array.dtype.kind == "c":
                parts = as_real(array, gradient, mean, square, largest)
                array, gradient, mean, square, largest = parts
            mean += (gradient - mean) * (1 - beta1)
            square *= beta2
            square += gradient * (1 - beta2) * gradient
            if group["amsgrad"]:
                square = np.maximum(largest, square, out=largest)
            divisor = np.sqrt(square)
            divisor /= (1 - beta2**count) ** 0.5
            divisor += group["eps"]
            array -= mean * (rate / (1 - beta1**count)) / divisor
            changed(param)


class AdamW(Adam):
    """Adam whose weight decay, p *= 1 - lr * weight_decay, stands apart from the gradient.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.AdamW([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8990], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
