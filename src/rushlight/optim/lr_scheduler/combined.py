"""Several schedules as one: each in its turn, or all at once.

May import: optim.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, checked, set_rate


class _Several(LRScheduler):
    """What both have in common: their state is that of all of them."""

    _schedulers: list[Any]

    def state_dict(self) -> dict[str, Any]:
        """All it knows but the optimizer, and the state of each schedule."""
        state = super().state_dict()
        state["_schedulers"] = [schedule.state_dict() for schedule in self._schedulers]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` returned."""
        schedules = self._schedulers
        super().load_state_dict(state_dict)
        self._schedulers = schedules
        for schedule, state in zip(schedules, state_dict["_schedulers"], strict=True):
            schedule.load_state_dict(state)


def _of_one(optimizer: Optimizer, schedulers: Sequence[Any], name: str) -> None:
    """ValueError unless all of them act on this optimizer."""
    for number, schedule in enumerate(schedulers):
        if getattr(schedule, "optimizer", None) is not optimizer:
            raise ValueError(
                f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                f"{type(schedule).__name__} at index {number} that acts on another"
            )


class SequentialLR(_Several):
    """One schedule after the other: the next begins at each of the `milestones`.

    ValueError unless there is one milestone less than schedules, all on the same optimizer.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> warm = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=2)
    >>> fall = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, fall], [2])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     optimizer.step()
    ...     schedule.step()
    >>> rates
    [0.1, 0.1, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[Any],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError("SequentialLR expects at least one scheduler, but got no scheduler.")
        _of_one(checked(optimizer), schedulers, "SequentialLR")
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than "
                f"the number of milestone points, but got number of schedulers {len(schedulers)} "
                f"and the number of milestones to be equal to {len(milestones)}"
            )
        self.optimizer = optimizer
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            set_rate(group, group["initial_lr"])
        # each has set its first rate already: take that back, and let the first one begin
        for schedule in schedulers:
            schedule.last_epoch -= 1
        schedulers[0]._begin()
        self._last_lr = schedulers[0].get_last_lr()

    def step(self, epoch: int | None = None) -> None:
        """Steps the schedule whose turn it is."""
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        schedule = self._schedulers[turn]
        if turn and self._milestones[turn - 1] == self.last_epoch:
            schedule._move(0)
        else:
            schedule.step()
        self._last_lr = schedule.get_last_lr()


class ChainedScheduler(_Several):
    """All schedules at once: each changes the rate that the one before it has set.

    ValueError for none, or for schedules of different optimizers.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> first = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> second = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)
    >>> schedule = torch.optim.lr_scheduler.ChainedScheduler([first, second])
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.05]
    """

    def __init__(self, schedulers: Sequence[Any], optimizer: Optimizer | None = None) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                "ChainedScheduler expects at least one scheduler to be chained, but got no "
                "scheduler."
            )
        self.optimizer = checked(optimizer or schedulers[0].optimizer)
        _of_one(self.optimizer, schedulers, "ChainedScheduler")
        self._schedulers = list(schedulers)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def step(self, epoch: int | None = None) -> None:
        """Steps all of them, in their order."""
        for schedule in self._schedulers:
            schedule.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
