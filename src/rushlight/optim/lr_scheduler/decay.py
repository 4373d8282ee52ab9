"""Schedules with one rule for every step: factors, steps, lines and powers.

May import: optim.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler


class LambdaLR(LRScheduler):
    """lr = base * function(n) at step n; one function, or one for each group.

    ValueError unless there is one for each group.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: 1 / (1 + n))
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = _functions(optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        return base * self.lr_lambdas[number](self.last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All it knows but the optimizer; of functions nothing, of callable objects their dict."""
        state = super().state_dict()
        state["lr_lambdas"] = [_state_of(function) for function in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` returned; functions stay those it was made with."""
        functions = self.lr_lambdas
        super().load_state_dict(state_dict)
        self.lr_lambdas = functions
        for function, state in zip(functions, state_dict["lr_lambdas"], strict=True):
            if state is not None:
                vars(function).update(state)


class MultiplicativeLR(LambdaLR):
    """lr *= function(n) at step n.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda n: 0.5)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        return rate if self._is_initial else rate * self.lr_lambdas[number](self.last_epoch)


def _state_of(function: Any) -> dict[str, Any] | None:
    if isinstance(function, type(_state_of)) or not hasattr(function, "__dict__"):
        return None
    return dict(vars(function))


def _functions(optimizer: Any, given: Any) -> list[Callable]:
    count = len(getattr(optimizer, "param_groups", [given]))
    if not isinstance(given, (list, tuple)):
        return [given] * count
    if len(given) != count:
        raise ValueError(f"Expected {count} lr_lambdas, but got {len(given)}")
    return list(given)


class StepLR(LRScheduler):
    """lr *= gamma every `step_size` steps.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for _ in range(4):
    ...     optimizer.step()
    ...     schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        falls = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return rate * self.gamma if falls else rate

    def _rate_from(self, base: Any) -> Any:
        return base * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """lr *= gamma at each of the `milestones`.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3], gamma=0.5)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        times = self.milestones.get(self.last_epoch, 0)
        return rate * self.gamma**times if times else rate

    def _rate_from(self, base: Any) -> Any:
        return base * self.gamma ** bisect_right(
            sorted(self.milestones.elements()), self.last_epoch
        )


class ExponentialLR(LRScheduler):
    """lr *= gamma at each step.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     schedule.step()
    >>> schedule.get_last_lr()
    [0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        return rate if self._is_initial else rate * self.gamma

    def _rate_from(self, base: Any) -> Any:
        return base * self.gamma**self.last_epoch


class ConstantLR(LRScheduler):
    """lr = factor * base for `total_iters` steps, then base. ValueError for factors beyond 0 to 1.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(
                f"Constant multiplicative factor expected to be between 0 and 1. It is {factor}"
            )
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        if self.last_epoch == 0:
            return rate * self.factor
        return rate * (1.0 / self.factor) if self.last_epoch == self.total_iters else rate

    def _rate_from(self, base: Any) -> Any:
        return base * (1.0 if self.last_epoch >= self.total_iters else self.factor)


class LinearLR(LRScheduler):
    """lr goes in a line from start_factor * base to end_factor * base, in `total_iters` steps.

    ValueError for factors beyond 0 to 1, or starting with 0.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to "
                f"1. It is {start_factor}"
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(
                f"Ending multiplicative factor expected to be between 0 and 1. It is {end_factor}"
            )
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        step, rise = self.last_epoch, self.end_factor - self.start_factor
        if step == 0:
            return rate * self.start_factor
        if self._is_initial or step > self.total_iters:
            return rate
        # the ratio of neighbours on the line: `before` is total_iters times the factor before
        before = self.total_iters * self.start_factor + (step - 1) * rise
        return rate * (1.0 + rise / before)

    def _rate_from(self, base: Any) -> Any:
        rise = self.end_factor - self.start_factor
        done = min(self.total_iters, self.last_epoch)
        return base * (self.start_factor + rise * done / self.total_iters)


class PolynomialLR(LRScheduler):
    """lr = base * (1 - n / total_iters) ** power at step n, until it is zero.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        step, total = self.last_epoch, self.total_iters
        if self._is_initial or step > total:
            return rate
        return rate * ((1.0 - step / total) / (1.0 - (step - 1) / total)) ** self.power

    def _rate_from(self, base: Any) -> Any:
        done = min(self.total_iters, self.last_epoch)
        return base * (1.0 - done / self.total_iters) ** self.power
