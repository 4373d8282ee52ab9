"""LRScheduler: counts steps and sets the rates that its subclass computes.

A schedule goes from the rate a group has to the next one, so that several can act on the same
group and a rate changed by hand stays changed.
May import: tensor, optim.
"""

import warnings
from collections.abc import Callable
from typing import Any

from ...tensor import Tensor
from ..optimizer import Optimizer

TOO_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, "
    "you should call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`. "
    "Otherwise the first value of the learning rate schedule is skipped."
)
WITH_EPOCH = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where "
    "possible. Please use `scheduler.step()` to step the scheduler. During the deprecation, if "
    "epoch is different from None, the closed form is used instead of the new chainable form, "
    "where available."
)


class LRScheduler:
    """The base of schedules: write `get_lr`, which returns the next rate of each group.

    It finds `last_epoch` (the number of steps so far), `base_lrs` (the rates at the start) and
    `optimizer`. `last_epoch=n` goes on after step n, with an optimizer that was loaded.

    >>> class Halves(torch.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [base / 2**self.last_epoch for base in self.base_lrs]
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = Halves(optimizer)
    >>> optimizer.step()
    >>> schedule.step()
    >>> optimizer.param_groups[0]["lr"]
    0.5
    """

    # of a subclass that can tell the rate after any number of steps from the rate at the start
    _rate_from: Callable | None = None

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        groups = checked(optimizer).param_groups
        for number, group in enumerate(groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{number}] when resuming "
                    f"scheduler with last_epoch >= 0: load the optimizer's state first"
                )
        self.optimizer = optimizer
        self.base_lrs = [_copied(group["initial_lr"]) for group in groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._get_lr_called_within_step = False
        self._last_lr: list[Any] = []
        _watch(optimizer)
        self._begin()

    def _begin(self) -> None:
        """The first step, which sets the rates to start with."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[Any]:
        """The next rate of each group, computed from the rate it has."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`.",
                stacklevel=2,
            )
        groups = self.optimizer.param_groups
        pairs = zip(groups, self.base_lrs, strict=True)
        return [self._next(group["lr"], base, number) for number, (group, base) in enumerate(pairs)]

    def _next(self, rate: Any, base: Any, number: int) -> Any:
        """The next rate of a group that has `rate` and started with `base`."""
        raise NotImplementedError(f"{type(self).__name__} does not say what comes next: get_lr()")

    def get_last_lr(self) -> list[Any]:
        """The rates that the last step set."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Sets the next rate of each group; to be called after the optimizer's step."""
        if self._step_count == 1 and not self.optimizer._hooks.stepped:
            warnings.warn(TOO_EARLY, stacklevel=2)
        if epoch is not None:
            warnings.warn(WITH_EPOCH, stacklevel=2)
        self._move(epoch)

    def _move(self, epoch: int | None = None) -> None:
        """One step on, or to the given one."""
        self._step_count += 1
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if epoch is not None and self._rate_from is not None:
            self._set([self._rate_from(base) for base in self.base_lrs])
            return
        self._get_lr_called_within_step = True
        try:
            self._set(self.get_lr())
        finally:
            self._get_lr_called_within_step = False

    def _set(self, rates: list[Any]) -> None:
        groups = self.optimizer.param_groups
        for group, rate in zip(groups, rates, strict=True):
            set_rate(group, rate)
        self._last_lr = [_copied(group["lr"]) for group in groups]

    def state_dict(self) -> dict[str, Any]:
        """All it knows but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` returned; the rates come with the optimizer's own."""
        self.__dict__.update(state_dict)


def checked(optimizer: Any) -> Optimizer:
    """The optimizer; TypeError for what is none."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def set_rate(group: dict[str, Any], rate: Any) -> None:
    """Sets the rate of a group: in place where it is a tensor, which others may hold."""
    held = group["lr"]
    if isinstance(held, Tensor):
        held._array[...] = rate._array if isinstance(rate, Tensor) else rate
    else:
        group["lr"] = rate


def per_group(value: Any, count: int, name: str) -> list[Any]:
    """A setting for each group: the list, or one value for all. ValueError for other lengths."""
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} "
            f"values, param_groups has {count}."
        )
    return list(value)


def _copied(rate: Any) -> Any:
    return rate.detach().clone() if isinstance(rate, Tensor) else rate


def _watch(optimizer: Optimizer) -> None:
    """Has the optimizer's first step noted, so that a schedule can tell when it runs ahead."""
    hooks = optimizer._hooks
    if hooks.stepped or hooks.watched:
        return
    hooks.watched = True

    def note(*_: Any) -> None:
        hooks.stepped = True
        handle.remove()

    handle = optimizer.register_step_post_hook(note)
