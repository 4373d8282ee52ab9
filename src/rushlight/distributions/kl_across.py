"""Divergences between distributions of different families.

May import: core, tensor, ops.
"""

import math
from typing import Any

from ..ops.gamma import digamma, lgamma
from ..tensor import Tensor
from .bernoulli import Bernoulli, Binomial
from .derived import Gumbel, Pareto
from .exponential import Exponential, Laplace
from .gamma import Beta, Gamma
from .kl import _infinite_where, register_kl
from .normal import Normal
from .poisson import Poisson
from .uniform import Uniform

__all__: list[str] = []

_ROOT_TWO_PI = math.sqrt(2 * math.pi)


def _infinite(p: Any, q: Any) -> Tensor:
    """Where p has values that q never has."""
    return p.mean.detach() * 0 + q.mean.detach() * 0 + math.inf


for _wider, _narrower in (
    (Beta, (Pareto,)),
    (Exponential, (Beta, Pareto, Uniform)),
    (Gamma, (Beta, Pareto, Uniform)),
    (Gumbel, (Beta, Exponential, Gamma, Pareto, Uniform)),
    (Laplace, (Beta, Exponential, Gamma, Pareto, Uniform)),
    (Normal, (Beta, Exponential, Gamma, Pareto, Uniform)),
    (Pareto, (Beta, Uniform)),
    (Poisson, (Bernoulli, Binomial)),
):
    for _kind in _narrower:
        register_kl(_wider, _kind)(_infinite)


def _cross_normal(mean: Tensor, variance: Tensor, q: Normal) -> Tensor:
    """-E log q of numbers with this mean and variance."""
    spread = (variance + (mean - q.loc).pow(2)) / (2 * q.scale.pow(2))
    return (q.scale * _ROOT_TWO_PI).log() + spread


@register_kl(Beta, Normal)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
def _to_normal(p: Any, q: Normal) -> Tensor:
    return _cross_normal(p.mean, p.variance, q) - p.entropy()


@register_kl(Pareto, Normal)
def _pareto_normal(p: Pareto, q: Normal) -> Tensor:
    found = _cross_normal(p.mean, p.variance, q) - p.entropy()
    return _infinite_where(found, p.alpha <= 2)


@register_kl(Beta, Exponential)
def _beta_exponential(p: Beta, q: Exponential) -> Tensor:
    return -p.entropy() - q.rate.log() + q.rate * p.mean


@register_kl(Pareto, Exponential)
def _pareto_exponential(p: Pareto, q: Exponential) -> Tensor:
    found = -p.entropy() - q.rate.log() + q.rate * p.scale * p.alpha / (p.alpha - 1)
    return _infinite_where(found, p.alpha <= 1)


def _cross_gamma(mean: Tensor, log_mean: Tensor, q: Gamma) -> Tensor:
    """-E log q of numbers with this mean, whose logarithms have that mean."""
    shape = q.concentration
    return lgamma(shape) - shape * q.rate.log() - (shape - 1) * log_mean + q.rate * mean


@register_kl(Beta, Gamma)
def _beta_gamma(p: Beta, q: Gamma) -> Tensor:
    log_mean = digamma(p.concentration1) - digamma(p.concentration1 + p.concentration0)
    return _cross_gamma(p.mean, log_mean, q) - p.entropy()


@register_kl(Pareto, Gamma)
def _pareto_gamma(p: Pareto, q: Gamma) -> Tensor:
    log_mean = p.scale.log() + p.alpha.reciprocal()
    mean = p.alpha * p.scale / (p.alpha - 1)
    return _infinite_where(_cross_gamma(mean, log_mean, q) - p.entropy(), p.alpha <= 1)


@register_kl(Beta, Uniform)
def _beta_uniform(p: Beta, q: Uniform) -> Tensor:
    found = -p.entropy() + (q.high - q.low).log()
    return _infinite_where(found, (q.low > 0) | (q.high < 1))


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p: Exponential, q: Gumbel) -> Tensor:
    rate = p.rate * q.scale
    away = q.loc / q.scale
    return rate.log() - 1 + (away + (rate / (rate + 1)).log()).exp() - away + rate.reciprocal()


@register_kl(Gamma, Gumbel)
def _gamma_gumbel(p: Gamma, q: Gumbel) -> Tensor:
    rate = p.rate * q.scale
    away = q.loc / q.scale
    shape = p.concentration
    return (
        (shape - 1) * digamma(shape)
        - lgamma(shape)
        - shape
        + rate.log()
        + away.exp() * (1 + rate.reciprocal()).pow(-shape)
        - away
        + shape / rate
    )


@register_kl(Normal, Gumbel)
def _normal_gumbel(p: Normal, q: Gumbel) -> Tensor:
    away = (p.loc - q.loc) / q.scale
    spread = (p.scale / q.scale).pow(2)
    ratio = (p.scale / q.scale).log()
    return (-away + 0.5 * spread).exp() + away - ratio - 0.5 * (1 + math.log(2 * math.pi))


@register_kl(Normal, Laplace)
def _normal_laplace(p: Normal, q: Laplace) -> Tensor:
    away = p.loc - q.loc
    ratio = away / p.scale
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * ratio.pow(2)).exp()
    distance = distance + away * (math.sqrt(0.5) * ratio).erf()
    return (2 * q.scale).log() + distance / q.scale - p.entropy()


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Bernoulli, q: Poisson) -> Tensor:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Uniform, Beta)
def _uniform_beta(p: Uniform, q: Beta) -> Tensor:
    width = p.high - p.low
    upper, lower = 1 - p.high, 1 - p.low
    first = (q.concentration1 - 1) * _mean_log(p.low, p.high)
    second = (q.concentration0 - 1) * _mean_log(upper, lower)
    constant = (
        lgamma(q.concentration1)
        + lgamma(q.concentration0)
        - lgamma(q.concentration1 + q.concentration0)
    )
    found = constant - width.log() - first - second
    return _infinite_where(found, (p.high > 1) | (p.low < 0))


def _mean_log(low: Tensor, high: Tensor) -> Tensor:
    """The mean of the logarithm of a uniform number between two."""
    return (high.xlogy(high) - low.xlogy(low)) / (high - low) - 1


@register_kl(Uniform, Exponential)
def _uniform_exponential(p: Uniform, q: Exponential) -> Tensor:
    found = q.rate * (p.high + p.low) / 2 - ((p.high - p.low) * q.rate).log()
    return _infinite_where(found, p.low < 0)


@register_kl(Uniform, Gamma)
def _uniform_gamma(p: Uniform, q: Gamma) -> Tensor:
    found = _cross_gamma(p.mean, _mean_log(p.low, p.high), q) - p.entropy()
    return _infinite_where(found, p.low < 0)


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p: Uniform, q: Gumbel) -> Tensor:
    width = q.scale / (p.high - p.low)
    high, low = (p.high - q.loc) / q.scale, (p.low - q.loc) / q.scale
    return width.log() + 0.5 * (high + low) - width * ((-high).exp() - (-low).exp())


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Uniform, q: Pareto) -> Tensor:
    log_mean = _mean_log(p.low, p.high)
    found = (q.alpha + 1) * log_mean - q.alpha.log() - q.alpha * q.scale.log() - p.entropy()
    return _infinite_where(found, p.low < q.scale)
