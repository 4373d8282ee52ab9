"""SGD: stochastic gradient descent, with momentum (Polyak's or Nesterov's).

May import: tensor, optim.
"""

from typing import Any

import numpy as np

from ..tensor import wrap
from .optimizer import Optimizer, changed, check, check_common, gradient_of, operand


class SGD(Optimizer):
    """p -= lr * v with v = momentum * v + (1 - dampening) * g; without momentum v = g.

    ValueError for negative settings, and for Nesterov momentum without momentum.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_common(lr, foreach, fused, differentiable)
        check(momentum >= 0, "momentum value", momentum)
        check(weight_decay >= 0, "weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        momentum = group["momentum"]
        decay = group["weight_decay"]
        dtype = rate = mass = None
        for param in group["params"]:
            if param._grad is None:
                continue
            array = param._array
            if array.dtype is not dtype:
                dtype = array.dtype
                rate, mass = operand(group["lr"], dtype), operand(momentum, dtype)
            gradient = gradient_of(param, array, group, decay)
            if momentum:
                gradient = self._with_momentum(param, gradient, group, mass)
            np.subtract(array, gradient * rate, array)
            changed(param)

    def _with_momentum(self, param: Any, gradient: Any, group: dict, mass: Any) -> Any:
        state = self.state[param]
        held = state.get("momentum_buffer")
        if held is None:
            held = state["momentum_buffer"] = wrap(gradient.copy())
            velocity = held._array
        else:
            velocity = held._array
            velocity *= mass
            share = 1 - group["dampening"]
            velocity += gradient if share == 1 else gradient * share
        return gradient + velocity * mass if group["nesterov"] else velocity
