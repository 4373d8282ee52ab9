"""OneCycleLR: the rate up to its peak and down to almost nothing, in one cycle over all steps.

Smith and Topin, 2018 (super-convergence); momentum goes the other way.
May import: optim.
"""

import math
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, checked, per_group


def _cosine(start: Any, end: Any, fraction: float) -> Any:
    return end + (start - end) / 2.0 * (math.cos(math.pi * fraction) + 1)


def _line(start: Any, end: Any, fraction: float) -> Any:
    return (end - start) * fraction + start


ANNEALING = {"cos": _cosine, "linear": _line}


class OneCycleLR(LRScheduler):
    """From max_lr / div_factor up to max_lr, then down to that start / final_div_factor.

    The way up takes `pct_start` of `total_steps` (or of epochs * steps_per_epoch); with
    `three_phase` the way down is first as long as the way up. With `cycle_momentum` the momentum
    (or the first beta) goes from max_momentum to base_momentum and back. Call `step` after every
    batch. ValueError for settings out of range, and for steps beyond the last.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
    >>> schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> round(schedule.get_last_lr()[0], 6)
    0.04
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked(optimizer)
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ANNEALING:
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        self._anneal_func_type = anneal_strategy
        groups = optimizer.param_groups
        peaks = per_group(max_lr, len(groups), "max_lr")
        if last_epoch == -1:
            for group, peak in zip(groups, peaks, strict=True):
                group["initial_lr"] = peak / div_factor
                group["max_lr"] = peak
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._start_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _start_momentum(self, low: Any, high: Any, last_epoch: int) -> None:
        defaults, groups = self.optimizer.defaults, self.optimizer.param_groups
        if "momentum" not in defaults and "betas" not in defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
            )
        self.use_beta1 = "betas" in defaults
        lows = per_group(low, len(groups), "base_momentum")
        highs = per_group(high, len(groups), "max_momentum")
        if last_epoch == -1:
            for group, base, top in zip(groups, lows, highs, strict=True):
                self._set_momentum(group, top)
                group["max_momentum"] = top
                group["base_momentum"] = base

    def _set_momentum(self, group: dict[str, Any], momentum: float) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum

    def get_lr(self) -> list[Any]:
        """The next rate of each group; sets the next momentum on the way."""
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"Tried to step {step} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        return super().get_lr()

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        group = self.optimizer.param_groups[number]
        phase, fraction = self._where(self.last_epoch)
        between = ANNEALING[self._anneal_func_type]
        if self.cycle_momentum:
            start, end = group[phase["start_momentum"]], group[phase["end_momentum"]]
            self._set_momentum(group, between(start, end, fraction))
        return between(group[phase["start_lr"]], group[phase["end_lr"]], fraction)

    def _where(self, step: int) -> tuple[dict[str, Any], float]:
        """The phase in which a step lies, and which fraction of it is done."""
        begin = 0.0
        for phase in self._schedule_phases[:-1]:
            if step <= phase["end_step"]:
                return phase, (step - begin) / (phase["end_step"] - begin)
            begin = phase["end_step"]
        last = self._schedule_phases[-1]
        return last, (step - begin) / (last["end_step"] - begin)


def _total(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    if total_steps is None and (epochs is None or steps_per_epoch is None):
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    given: dict[str, Any] = {"total_steps": total_steps}
    if total_steps is None:
        given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    for name, value in given.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value}")
    return math.prod(given.values())


def _phases(total: int, share: float, three: bool) -> list[dict[str, Any]]:
    """Where each phase ends, and which settings of a group it goes from and to."""
    up = (float(share * total) - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum")
    if three:
        back = float(2 * share * total) - 2
        phases = [
            up,
            (back, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
            (total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
        ]
    else:
        phases = [up, (total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")]
    names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
    return [dict(zip(names, phase, strict=True)) for phase in phases]
