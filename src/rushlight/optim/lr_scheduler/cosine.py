"""Cosine annealing: down half a wave of a cosine (Loshchilov and Hutter, 2017), with restarts.

May import: optim.
"""

import math
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler


def _wave(fraction: float) -> float:
    """From 2 at the start of a half wave to 0 at its end."""
    return 1 + math.cos(math.pi * fraction)


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (base - eta_min) * (1 + cos(pi * n / T_max)) / 2 at step n.

    It goes on as a whole wave: down in T_max steps, and up again.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     schedule.step()
    >>> round(schedule.get_last_lr()[0], 6)
    0.5
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        if self._is_initial:
            return rate
        step, half = self.last_epoch, self.T_max
        if (step - 1 - half) % (2 * half) == 0:
            # just past the bottom, where the ratio to the rate before is without meaning
            return rate + (base - self.eta_min) * (1 - math.cos(math.pi / half)) / 2
        ratio = _wave(step / half) / _wave((step - 1) / half)
        return ratio * (rate - self.eta_min) + self.eta_min

    def _rate_from(self, base: Any) -> Any:
        return self.eta_min + (base - self.eta_min) * _wave(self.last_epoch / self.T_max) / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down half a cosine in T_0 steps, then again from the top, each time T_mult times as long.

    `step(epoch)` goes to any place, which may be a fraction. ValueError unless T_0 and T_mult are
    whole and positive, and eta_min a number.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> rates = []
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     schedule.step()
    ...     rates.append(round(schedule.get_last_lr()[0], 6))
    >>> rates
    [0.5, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        return self.eta_min + (base - self.eta_min) * _wave(self.T_cur / self.T_i) / 2

    def step(self, epoch: float | None = None) -> None:  # type: ignore[override]
        """Sets the next rate of each group, or the rate at that place."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
            place: float = self.last_epoch + 1
        else:
            if epoch < 0:
                raise ValueError(f"Expected non-negative epoch, but got {epoch}")
            place = epoch
            self._find(epoch)
        self._step_count += 1
        self.last_epoch = math.floor(place)
        self._get_lr_called_within_step = True
        try:
            self._set(self.get_lr())
        finally:
            self._get_lr_called_within_step = False

    def _find(self, place: float) -> None:
        """The wave in which a place lies, and how far in it."""
        length, start = self.T_0, 0
        if self.T_mult == 1:
            start = int(place // length) * length
        while self.T_mult > 1 and place >= start + length:
            start += length
            length *= self.T_mult
        self.T_i = length
        self.T_cur = place - start
