"""Adafactor: Adam's average square of a matrix, kept as one number a row and one a column.

Shazeer and Stern, 2018.
May import: core, tensor, optim.
"""

import math
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, finfo
from ..tensor import wrap
from .optimizer import (
    Optimizer,
    changed,
    check_common,
    gradient_of,
    new_step_count,
    step_count,
    zeros_like,
)


class Adafactor(Optimizer):
    """p -= a * u / max(1, rms(u) / d) with u = g / sqrt(v), v from averages of rows and columns.

    a is min(lr, 1/sqrt(n)) times the larger of rms(p) and eps[1]; the averages forget as
    n^beta2_decay. ValueError for settings out of range, RuntimeError for complex parameters.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.Adafactor([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if lr < 0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        check_common(lr, foreach, None)
        if not beta2_decay <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and eps[0] < 0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if eps[1] < 0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if d < 1:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if weight_decay < 0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any]) -> None:
        rate = float(group["lr"])
        for param in group["params"]:
            if param._grad is None:
                continue
            array = param._array
            if array.dtype.kind == "c":
                raise RuntimeError("Adafactor does not support complex parameters")
            state = self.state[param]
            if not state:
                self._start(state, array)
            count = step_count(state)
            gradient = gradient_of(param, array, group, 0)
            smallest, floor = group["eps"]
            if smallest is None:
                smallest = finfo(FROM_NUMPY[array.dtype]).eps
            root = math.sqrt(array.size)
            step = max(floor, float(np.linalg.norm(array.reshape(-1))) / root)
            step *= min(rate, 1 / math.sqrt(count))
            if group["weight_decay"]:
                array *= 1 - rate * group["weight_decay"]
            square = self._square(state, gradient, count ** group["beta2_decay"], smallest)
            change = gradient / np.sqrt(np.maximum(square, smallest * smallest))
            size = float(np.linalg.norm(change.reshape(-1))) / (root * group["d"])
            array -= change * (step / max(1.0, size))
            changed(param)

    def _start(self, state: dict[str, Any], array: Any) -> None:
        state["step"] = new_step_count()
        if array.ndim > 1:
            shape = array.shape
            state["row_var"] = wrap(np.zeros((*shape[:-1], 1), array.dtype))
            state["col_var"] = wrap(np.zeros((*shape[:-2], 1, shape[-1]), array.dtype))
        else:
            state["variance"] = zeros_like(array)

    def _square(
        self, state: dict[str, Any], gradient: Any, share: float, smallest: float
    ) -> np.ndarray:
        """The average square of the gradient, of a matrix as far as rows and columns tell it."""
        squares = gradient * gradient
        if "variance" in state:
            kept = state["variance"]._array
            kept += (squares - kept) * share
            return kept
        rows, columns = state["row_var"]._array, state["col_var"]._array
        rows += (squares.mean(-1, keepdims=True) - rows) * share
        columns += (squares.mean(-2, keepdims=True) - columns) * share
        return rows @ columns / np.maximum(rows.mean(-2, keepdims=True), smallest)
