"""Trials with two outcomes: Bernoulli, Geometric, Binomial, NegativeBinomial.

Each takes the probability of success, `probs`, or its log odds, `logits`.
May import: core, tensor, autograd, ops.
"""

from typing import Any

from ..autograd.grad_mode import no_grad
from ..core.dtype import finfo
from ..ops.filled import empty
from ..ops.gamma import lgamma
from ..ops.ranges import arange
from ..ops.sampling import bernoulli, binomial, poisson, standard_gamma
from ..tensor import Tensor
from . import constraints
from .distribution import Distribution
from .parameters import (
    broadcast_all,
    cross_entropy_of_logits,
    lazy_property,
    logits_to_probs,
    one_of,
    probs_to_logits,
)

__all__ = ["Bernoulli", "Binomial", "Geometric", "NegativeBinomial"]


class Trials(Distribution):
    """What distributions of a chance of success share: `probs`, `logits`, each from the other."""

    def _set_chance(self, probs: Any, logits: Any, *others: Any) -> list[Tensor]:
        given = one_of(type(self).__name__, ("probs", probs), ("logits", logits))
        values = list(broadcast_all(probs if given else logits, *others))
        setattr(self, "probs" if given else "logits", values[0])
        self._param = values[0]
        return values

    def _log_failure(self) -> Tensor:
        """log(1 - probs) without overflow."""
        size = self.logits.abs()
        return -((self.logits + size) / 2 + (-size).exp().log1p())

    def _expand_chance(self, cls: type, batch_shape: Any, _instance: Any, *names: str) -> Any:
        new = self._expanded(cls, batch_shape, _instance, "probs", "logits", *names)
        new._param = new.__dict__["probs" if "probs" in new.__dict__ else "logits"]
        return new

    @lazy_property
    def logits(self) -> Tensor:
        """The log odds of success."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """The probability of success."""
        return logits_to_probs(self.logits, is_binary=True)


class Bernoulli(Trials):
    """1 with probability `probs`, else 0.

    >>> torch.distributions.Bernoulli(0.25).log_prob(torch.tensor(1.0)).exp()
    tensor(0.2500)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        (chance,) = self._set_chance(probs, logits)
        super().__init__(chance.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expand_chance(Bernoulli, batch_shape, _instance)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        found = (self.probs >= 0.5).to(self.probs.dtype)
        return found.masked_fill(self.probs == 0.5, float("nan"))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return -cross_entropy_of_logits(self.logits, value)

    def entropy(self) -> Tensor:
        return cross_entropy_of_logits(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(2, dtype=self._param.dtype)
        values = values.reshape((-1, *([1] * len(self._batch_shape))))
        return values.expand((-1, *self._batch_shape)) if expand else values


class Geometric(Trials):
    """How many failures come before the first success.

    >>> torch.distributions.Geometric(0.25).mean
    tensor(3.)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        (chance,) = self._set_chance(probs, logits)
        super().__init__(chance.shape, validate_args=validate_args)
        if self._validate_args and probs is not None:
            invalid = chance <= 0
            if invalid.any():
                raise ValueError(
                    f"Expected parameter probs (Tensor of shape {tuple(chance.shape)}) of "
                    f"distribution {self!r} to be positive but found invalid values:\n"
                    f"{chance[invalid]}"
                )

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expand_chance(Geometric, batch_shape, _instance)

    @property
    def mean(self) -> Tensor:
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        return self.probs * 0

    @property
    def variance(self) -> Tensor:
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            u = empty(shape, dtype=self.probs.dtype).uniform_(finfo(self.probs.dtype).tiny, 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        probs = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        return cross_entropy_of_logits(self.logits, self.probs) / self.probs


class Binomial(Trials):
    """How many of `total_count` trials succeed.

    >>> torch.distributions.Binomial(10, torch.tensor(0.5)).mean
    tensor(5.)
    """

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Any = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        chance, count = self._set_chance(probs, logits, total_count)
        self.total_count = count.type_as(chance)
        super().__init__(chance.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        """From 0 to the number of trials."""
        return constraints.integer_interval(0, self.total_count)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expand_chance(Binomial, batch_shape, _instance, "total_count")

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        n = self.total_count
        arrangements = lgamma(n + 1) - lgamma(value + 1) - lgamma(n - value + 1)
        return arrangements + value * self.logits + n * self._log_failure()

    def entropy(self) -> Tensor:
        if not (self.total_count == self.total_count.max()).all():
            raise NotImplementedError(
                "Inhomogeneous total count not supported by `entropy`: the counts differ"
            )
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        most = int(self.total_count.max())
        if not self.total_count.min() == most:
            raise NotImplementedError(
                "Inhomogeneous total count not supported by `enumerate_support`: the counts differ"
            )
        values = arange(1 + most, dtype=self._param.dtype)
        values = values.reshape((-1, *([1] * len(self._batch_shape))))
        return values.expand((-1, *self._batch_shape)) if expand else values


class NegativeBinomial(Trials):
    """How many successes come before `total_count` failures.

    >>> torch.distributions.NegativeBinomial(3.0, torch.tensor(0.5)).mean
    tensor(3.)
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        chance, count = self._set_chance(probs, logits, total_count)
        self.total_count = count.type_as(chance)
        super().__init__(chance.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expand_chance(NegativeBinomial, batch_shape, _instance, "total_count")

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            drawn = standard_gamma(self.total_count.expand(shape))
            rate = drawn / (-self.logits).exp().expand(shape)
            return poisson(rate.clamp(min=finfo(rate.dtype).tiny))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        n = self.total_count
        log_failure = self._log_failure()
        log_success = log_failure + self.logits
        unnormalized = n * log_failure + value * log_success
        constant = -lgamma(n + value) + lgamma(1.0 + value) + lgamma(n)
        constant = constant.masked_fill(n + value == 0, 0.0)
        return unnormalized - constant
