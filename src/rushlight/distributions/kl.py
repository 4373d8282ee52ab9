"""kl_divergence: how far one distribution is from another, in closed form.

May import: core, tensor, ops.
"""

import math
from collections.abc import Callable
from typing import Any

from ..core.layout import broadcast_shapes
from ..ops.entropy import xlogy
from ..ops.gamma import digamma, lgamma
from ..ops.solvers import solve_triangular
from ..tensor import Tensor
from .bernoulli import Bernoulli, Binomial, Geometric
from .categorical import Categorical, OneHotCategorical
from .derived import Gumbel, HalfNormal, Pareto
from .distribution import Distribution
from .exponential import Cauchy, Exponential, Laplace
from .gamma import Beta, Dirichlet, Gamma
from .multivariate_normal import MultivariateNormal, half_log_determinant, squared_distance
from .normal import Normal
from .parameters import euler_constant
from .poisson import Poisson
from .transformed import Independent, TransformedDistribution
from .transforms_base import sum_rightmost
from .uniform import Uniform

__all__ = ["kl_divergence", "register_kl"]

_FORMULAS: dict[tuple[type, type], Callable] = {}


def register_kl(type_p: type, type_q: type) -> Callable:
    """A decorator that makes a function of two distributions the divergence of these types.

    >>> class Mine(torch.distributions.Normal):
    ...     pass
    >>> @torch.distributions.register_kl(Mine, Mine)
    ... def distance(p, q):
    ...     return torch.tensor(0.0)
    >>> torch.distributions.kl_divergence(Mine(0.0, 1.0), Mine(1.0, 1.0))
    tensor(0.)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type) or not issubclass(kind, Distribution):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def register(function: Callable) -> Callable:
        _FORMULAS[type_p, type_q] = function
        return function

    return register


def _formula(type_p: type, type_q: type) -> Callable:
    """The formula of the closest ancestors of the two types."""
    for ancestor_p in type_p.__mro__:
        for ancestor_q in type_q.__mro__:
            found = _FORMULAS.get((ancestor_p, ancestor_q))
            if found is not None:
                return found
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type_p.__name__} and q type {type_q.__name__}"
    )


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The Kullback-Leibler divergence, the mean under p of log(p) - log(q).

    NotImplementedError for pairs without a known formula; see `register_kl`.

    >>> normal = torch.distributions.Normal
    >>> torch.distributions.kl_divergence(normal(0.0, 1.0), normal(1.0, 1.0))
    tensor(0.5000)
    """
    return _formula(type(p), type(q))(p, q)


def _infinite_where(value: Tensor, condition: Tensor) -> Tensor:
    return value.masked_fill(condition, math.inf)


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    distance = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + distance - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two Multivariate Normals with different event shapes cannot "
            f"be computed: {p.event_shape} and {q.event_shape}"
        )
    factor_p, factor_q = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    n = p.event_shape[0]
    shape = (*broadcast_shapes(factor_p.shape[:-2], factor_q.shape[:-2]), n, n)
    ratio = solve_triangular(factor_q.expand(shape), factor_p.expand(shape), upper=False)
    trace = ratio.pow(2).sum((-2, -1))
    distance = squared_distance(factor_q, q.loc - p.loc)
    determinants = half_log_determinant(factor_q) - half_log_determinant(factor_p)
    return determinants + 0.5 * (trace + distance - n)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    found = ((q.high - q.low) / (p.high - p.low)).log()
    return _infinite_where(found, (q.low > p.low) | (q.high < p.high))


@register_kl(Uniform, Normal)
def _uniform_normal(p: Uniform, q: Normal) -> Tensor:
    width = p.high - p.low
    spread = (width / q.scale).pow(2) / 12
    away = ((p.high + p.low - 2 * q.loc) / (2 * q.scale)).pow(2)
    return (math.sqrt(math.pi * 2) * q.scale / width).log() + 0.5 * (spread + away)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    p1, q1 = p.probs, q.probs
    ones = xlogy(p1, p1 / q1)
    zeros = xlogy(1 - p1, (1 - p1) / (1 - q1))
    ones = _infinite_where(ones, (q1 == 0) & (p1 > 0)).masked_fill(p1 == 0, 0)
    zeros = _infinite_where(zeros, (q1 == 1) & (p1 < 1)).masked_fill(p1 == 1, 0)
    return ones + zeros


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Tensor:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented"
        )
    odds = p.probs * (p.logits - q.logits)
    found = p.total_count * (odds + (-p.probs).log1p() - (-q.probs).log1p())
    return _infinite_where(found, p.total_count > q.total_count)


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Categorical, Categorical)
def _categorical(p: Categorical, q: Categorical) -> Tensor:
    each = p.probs * (p.logits - q.logits)
    each = _infinite_where(each, (q.probs == 0).expand(each.shape))
    return each.masked_fill((p.probs == 0).expand(each.shape), 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Tensor:
    return (
        q.concentration * (p.rate / q.rate).log()
        + lgamma(q.concentration)
        - lgamma(p.concentration)
        + (p.concentration - q.concentration) * digamma(p.concentration)
        + (q.rate - p.rate) * (p.concentration / p.rate)
    )


@register_kl(Exponential, Gamma)
def _exponential_gamma(p: Exponential, q: Gamma) -> Tensor:
    ratio = q.rate / p.rate
    return (
        -q.concentration * ratio.log()
        + ratio
        + lgamma(q.concentration)
        + q.concentration * euler_constant
        - (1 + euler_constant)
    )


@register_kl(Gamma, Exponential)
def _gamma_exponential(p: Gamma, q: Exponential) -> Tensor:
    return -p.entropy() - q.rate.log() + q.rate * p.concentration / p.rate


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    total_p, total_q = p.concentration.sum(-1), q.concentration.sum(-1)
    each = lgamma(q.concentration) - lgamma(p.concentration)
    slopes = digamma(p.concentration) - digamma(total_p).unsqueeze(-1)
    moved = (p.concentration - q.concentration) * slopes
    return lgamma(total_p) - lgamma(total_q) + (each + moved).sum(-1)


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    ratio = p.scale / q.scale
    away = (p.loc - q.loc).abs()
    return -ratio.log() + away / q.scale + ratio * (-away / p.scale).exp() - 1


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    above = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return above - (4 * p.scale * q.scale).log()


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Gumbel, q: Gumbel) -> Tensor:
    ratio = p.scale / q.scale
    loc_p, loc_q = p.loc / q.scale, q.loc / q.scale
    return (
        -ratio.log()
        - loc_q
        + loc_p
        + ratio * euler_constant
        + (loc_q + lgamma(1 + ratio) - loc_p).exp()
        - (1 + euler_constant)
    )


@register_kl(Pareto, Pareto)
def _pareto(p: Pareto, q: Pareto) -> Tensor:
    ratio = p.scale / q.scale
    shapes = q.alpha / p.alpha
    found = q.alpha * ratio.log() - shapes.log() + shapes - 1
    return _infinite_where(found, p.scale < q.scale)


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "the two Independent distributions take different dims into the event"
        )
    found: Any = kl_divergence(p.base_dist, q.base_dist)
    return sum_rightmost(found, p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("the two distributions have different transforms")
    return kl_divergence(p.base_dist, q.base_dist)
