"""ReduceLROnPlateau: a lower rate when a measure has stopped getting better.

May import: optim.
"""

import math
import warnings
from typing import Any

from ..optimizer import Optimizer
from .scheduler import WITH_EPOCH, checked, set_rate


class ReduceLROnPlateau:
    """lr *= factor after more than `patience` steps without a better measure.

    Better is lower (higher, in mode "max") by `threshold`, as a fraction of the best ("rel") or by
    itself ("abs"). After a fall, `cooldown` steps are not counted; rates stay above `min_lr`, and
    falls of at most `eps` are left out. ValueError for settings out of range.

    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in [1.0, 0.5, 0.5, 0.5]:
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"Factor should be < 1.0. It is {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        groups = checked(optimizer).param_groups
        if isinstance(min_lr, (list, tuple)):
            if len(min_lr) != len(groups):
                raise ValueError(f"expected {len(groups)} min_lrs, got {len(min_lr)}")
            self.default_min_lr: float | None = None
            self.min_lrs = list(min_lr)
        else:
            self.default_min_lr = min_lr
            self.min_lrs = [min_lr] * len(groups)
        self.optimizer = optimizer
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0
        self.last_epoch = 0
        self._last_lr = [group["lr"] for group in groups]

    @property
    def in_cooldown(self) -> bool:
        """Whether steps are not counted yet after the last fall."""
        return self.cooldown_counter > 0

    def is_better(self, a: float, best: float) -> bool:
        """Whether `a` is better than the best by more than the threshold.

        >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
        >>> schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, threshold=0.1)
        >>> schedule.is_better(0.89, 1.0), schedule.is_better(0.95, 1.0)
        (True, False)
        """
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            bound = best * (1.0 + sign * self.threshold)
        else:
            bound = best + sign * self.threshold
        return a < bound if self.mode == "min" else a > bound

    def step(self, metrics: Any, epoch: int | None = None) -> None:
        """Counts the measure, and lowers the rates when it is time."""
        measure = float(metrics)
        if epoch is not None:
            warnings.warn(WITH_EPOCH, stacklevel=2)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self.is_better(measure, self.best):
            self.best = measure
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._fall()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _fall(self) -> None:
        groups = self.optimizer.param_groups
        # groups that came after the schedule have the common bound
        missing = len(groups) - len(self.min_lrs)
        if missing and self.default_min_lr is None:
            raise RuntimeError(
                "The number of param groups in the `optimizer` differs from when "
                "`ReduceLROnPlateau` was initialized, and min_lr was given as a list: "
                f"{len(groups)} groups, {len(self.min_lrs)} bounds"
            )
        self.min_lrs += [self.default_min_lr] * missing
        for group, bound in zip(groups, self.min_lrs, strict=True):
            before = float(group["lr"])
            after = max(before * self.factor, bound)  # type: ignore[type-var]
            if before - after > self.eps:
                set_rate(group, after)

    def get_last_lr(self) -> list[Any]:
        """The rates after the last step."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """All it knows but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` returned."""
        self.__dict__.update(state_dict)
