"""L-BFGS: steps along the gradient, bent by what the last steps showed of the curvature.

Liu and Nocedal, 1989.
May import: core, tensor, optim.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.state import thread
from ..tensor import wrap
from .line_search import Point, strong_wolfe
from .optimizer import Optimizer, as_real, changed, check


class LBFGS(Optimizer):
    """Up to `max_iter` steps of L-BFGS in each `step(closure)`, all parameters as one vector.

    The closure computes the loss and its gradients anew. It ends early when the largest gradient
    is below `tolerance_grad`, when loss or parameters change by less than `tolerance_change`, or
    after `max_eval` calls of the closure. `line_search_fn` is None, for steps of `lr`, or
    "strong_wolfe". ValueError for more than one group, RuntimeError for another line search.

    >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - 3) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(29., grad_fn=<SumBackward0>)
    >>> w
    tensor([3.0000, 3.0000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check(not lr < 0, "learning rate", lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def _arrays(self) -> list[np.ndarray]:
        """The parameters, complex ones as pairs of real numbers."""
        arrays = [param._array for param in self.param_groups[0]["params"]]
        return [as_real(a)[0] if a.dtype.kind == "c" else a for a in arrays]

    def _gradient(self) -> np.ndarray:
        """All gradients in one vector, zeros where there is none."""
        parts = []
        for param in self.param_groups[0]["params"]:
            array = np.zeros_like(param._array) if param._grad is None else param._grad._array
            if array.dtype.kind == "c":
                array = as_real(np.ascontiguousarray(array))[0]
            parts.append(array.reshape(-1))
        return np.concatenate(parts)

    def _move(self, start: list[np.ndarray], step: float, direction: np.ndarray) -> None:
        """Sets the parameters to start + step * direction."""
        offset = 0
        params = self.param_groups[0]["params"]
        for param, array, first in zip(params, self._arrays(), start, strict=True):
            part = direction[offset : offset + array.size].reshape(array.shape)
            array[...] = first + part * array.dtype.type(step)
            offset += array.size
            changed(param)

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Runs the closure, then goes on until an end is met; returns the first loss."""
        recording = thread.grad_enabled
        thread.grad_enabled = True
        try:
            return self._run(closure)
        finally:
            thread.grad_enabled = recording

    def _run(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        state = self.state[group["params"][0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        loss, gradient = float(first_loss), self._gradient()
        evaluations = 1
        state["func_evals"] += 1
        if np.abs(gradient).max() <= group["tolerance_grad"]:
            return first_loss
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            direction = self._direction(state, gradient, group["history_size"])
            state["prev_flat_grad"], state["prev_loss"] = wrap(gradient.copy()), loss
            step = float(group["lr"])
            if state["n_iter"] == 1:
                step *= min(1.0, 1.0 / float(np.abs(gradient).sum()))
            state["d"], state["t"] = wrap(direction), step
            slope = float(gradient @ direction)
            if slope > -group["tolerance_change"]:
                break
            last = iteration == group["max_iter"]
            before, point = loss, Point(step, loss, gradient, slope)
            point, used = self._advance(closure, group, point, direction, last)
            loss, gradient, state["t"] = point.value, point.gradient, point.step
            evaluations += used
            state["func_evals"] += used
            if (
                last
                or evaluations >= group["max_eval"]
                or np.abs(gradient).max() <= group["tolerance_grad"]
                or np.abs(direction * point.step).max() <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            ):
                break
        return first_loss

    def _advance(
        self, closure: Callable, group: dict[str, Any], here: Point, direction: Any, last: bool
    ) -> tuple[Point, int]:
        """Goes along the direction; where that leads, and how many evaluations it took."""
        start = [array.copy() for array in self._arrays()]

        def at(step: float) -> Point:
            self._move(start, step, direction)
            loss, gradient = float(closure()), self._gradient()
            return Point(step, loss, gradient, float(gradient @ direction))

        search = group["line_search_fn"]
        if search is None:
            if not last:
                return at(here.step), 1
            # nobody will ask what the loss is there
            self._move(start, here.step, direction)
            return here, 0
        if search != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        longest = float(np.abs(direction).max())
        found, used = strong_wolfe(at, here._replace(step=0.0), here.step, longest)
        self._move(start, found.step, direction)
        return found, used

    def _direction(self, state: dict[str, Any], gradient: Any, history: int) -> np.ndarray:
        """Minus the gradient, times the inverse Hessian that the last steps tell of."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return -gradient
        changes, steps, shares = state["old_dirs"], state["old_stps"], state["ro"]
        change = gradient - state["prev_flat_grad"]._array
        step = state["d"]._array * gradient.dtype.type(state["t"])
        curvature = change @ step
        if curvature > 1e-10:
            if len(changes) == history:
                for kept in (changes, steps, shares):
                    kept.pop(0)
            changes.append(wrap(change))
            steps.append(wrap(step))
            shares.append(wrap(np.asarray(1.0 / curvature)))
            state["H_diag"] = wrap(np.asarray(curvature / (change @ change)))
        # the two loops of Nocedal's recursion
        direction = -gradient
        factors = []
        for change, step, share in list(zip(changes, steps, shares, strict=True))[::-1]:
            factor = (step._array @ direction) * share._array
            direction = direction - change._array * factor
            factors.append(factor)
        diagonal = state["H_diag"]
        direction = direction * (diagonal._array if hasattr(diagonal, "_array") else diagonal)
        for change, step, share in zip(changes, steps, shares, strict=True):
            back = (change._array @ direction) * share._array
            direction = direction + step._array * (factors.pop() - back)
        return direction
