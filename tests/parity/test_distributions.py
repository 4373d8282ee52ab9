"""Distributions against PyTorch: the very samples, densities, moments, gradients, printed forms.

May import: everything.
"""

from functools import partial

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

A, B = [0.3, 1.2, 2.5], [[0.7], [1.9]]
COV = [[2.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 0.8]]
ODDS = [-1.0, 0.4, 2.0]
WEIGHTS = [[0.1, 0.5, 0.9], [1.0, 2.0, 2.5]]

# each makes its distribution from the package d with tensors made by t
MAKERS = {
    "Normal": lambda d, t: d.Normal(t([-1.0, 0, 2]), t(B)),
    "Laplace": lambda d, t: d.Laplace(t([-1.0, 0, 2]), t(B)),
    "Cauchy": lambda d, t: d.Cauchy(t([-1.0, 0, 2]), t(B)),
    "Gumbel": lambda d, t: d.Gumbel(t([-1.0, 0, 2]), t(B)),
    "LogNormal": lambda d, t: d.LogNormal(t([-1.0, 0, 0.5]), t([0.3, 0.5, 0.2])),
    "HalfNormal": lambda d, t: d.HalfNormal(t(A)),
    "HalfCauchy": lambda d, t: d.HalfCauchy(t(A)),
    "Uniform": lambda d, t: d.Uniform(t(A), t(A) + t(B)),
    "Exponential": lambda d, t: d.Exponential(t(A)),
    "Gamma": lambda d, t: d.Gamma(t(A), t(B)),
    "Chi2": lambda d, t: d.Chi2(t(A)),
    "Beta": lambda d, t: d.Beta(t(A), t(B)),
    "Dirichlet": lambda d, t: d.Dirichlet(t([[0.3, 1.2, 2.5], [3.0, 1, 2]])),
    "StudentT": lambda d, t: d.StudentT(t(A) + 1, t([-1.0, 0, 2]), t(B)),
    "FisherSnedecor": lambda d, t: d.FisherSnedecor(t(A) + 4, t(A) + 5),
    "Pareto": lambda d, t: d.Pareto(t(A), t(B) + 2),
    "Weibull": lambda d, t: d.Weibull(t(A), t(B)),
    "InverseGamma": lambda d, t: d.InverseGamma(t(A) + 2, t(A)),
    "Kumaraswamy": lambda d, t: d.Kumaraswamy(t(A) + 1, t(B) + 1),
    "Bernoulli": lambda d, t: d.Bernoulli(t([0.1, 0.5, 0.9])),
    "BernoulliLogits": lambda d, t: d.Bernoulli(logits=t(ODDS)),
    "Geometric": lambda d, t: d.Geometric(t([0.1, 0.5, 0.9])),
    "Binomial": lambda d, t: d.Binomial(7, t([0.1, 0.5, 0.9])),
    "NegativeBinomial": lambda d, t: d.NegativeBinomial(t([3.0, 5, 2.5]), t([0.1, 0.5, 0.7])),
    "Poisson": lambda d, t: d.Poisson(t([0.5, 3.0, 20.0])),
    "Categorical": lambda d, t: d.Categorical(t(WEIGHTS)),
    "CategoricalLogits": lambda d, t: d.Categorical(logits=t(WEIGHTS)),
    "OneHotCategorical": lambda d, t: d.OneHotCategorical(t(WEIGHTS)),
    "StraightThrough": lambda d, t: d.OneHotCategoricalStraightThrough(t(WEIGHTS)),
    "MultivariateNormal": lambda d, t: d.MultivariateNormal(t([1.0, 2, 3]), t(COV)),
    "Precision": lambda d, t: d.MultivariateNormal(t([1.0, 2, 3]), precision_matrix=t(COV)),
    "Independent": lambda d, t: d.Independent(d.Normal(t([-1.0, 0, 2]), t(B)), 1),
    "Transformed": lambda d, t: d.TransformedDistribution(
        d.Normal(t([-1.0, 0, 2]), t(B)), [d.TanhTransform(), d.AffineTransform(1.0, 2.0)]
    ),
    "StickBreaking": lambda d, t: d.TransformedDistribution(
        d.Normal(t([-1.0, 0, 2]), t(B)), [d.StickBreakingTransform()]
    ),
    "Logistic": lambda d, t: d.TransformedDistribution(
        d.Uniform(t(0.0), t(1.0)),
        [d.SigmoidTransform().inv, d.AffineTransform(t([1.0, 2]), t([2.0, 0.5]))],
    ),
    "LogisticNormal": lambda d, t: d.LogisticNormal(t([-1.0, 0, 2]), t([1.0, 0.5, 0.3])),
    "Mixture": lambda d, t: d.MixtureSameFamily(
        d.Categorical(t([0.2, 0.8])), d.Normal(t([-1.0, 2]), t([1.0, 0.5]))
    ),
    "RelaxedBernoulli": lambda d, t: d.RelaxedBernoulli(t(0.7), t([0.1, 0.5, 0.9])),
    "RelaxedOneHot": lambda d, t: d.RelaxedOneHotCategorical(t(0.7), t(WEIGHTS)),
}
IMPLICIT = ("Gamma", "Chi2", "Beta", "Dirichlet", "StudentT", "FisherSnedecor", "InverseGamma")


def made(library, name):
    """The distribution, and the leaves it is made of."""
    leaves = []

    def t(values):
        leaves.append(library.tensor(values, dtype=library.float64, requires_grad=True))
        return leaves[-1]

    return MAKERS[name](library.distributions, t), leaves


def outcome(function):
    """The numbers a call gives, or the type of its error."""
    try:
        found = function()
    except Exception as error:  # the type is what is compared
        return type(error).__name__
    return found.detach().numpy() if hasattr(found, "detach") else found


def check(ours, theirs):
    ours, theirs = outcome(ours), outcome(theirs)
    if isinstance(theirs, np.ndarray):
        assert isinstance(ours, np.ndarray), ours
        if theirs.size and (theirs == np.inf).all():  # PyTorch forgets to broadcast it
            theirs = np.broadcast_to(theirs, ours.shape)
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-12)
    else:
        assert ours == theirs


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_like_pytorch(name):
    (mine, leaves), (theirs, their_leaves) = made(rushlight, name), made(torch, name)
    assert (mine.batch_shape, mine.event_shape) == (theirs.batch_shape, theirs.event_shape)
    assert repr(mine) == repr(theirs) and mine.has_rsample == theirs.has_rsample
    for moment in ("mean", "mode", "variance", "stddev"):
        check(partial(getattr, mine, moment), partial(getattr, theirs, moment))
    for method in ("entropy", "enumerate_support"):
        check(getattr(mine, method), getattr(theirs, method))
    for shape in ((), (4,), (2, 3)):
        rushlight.manual_seed(5), torch.manual_seed(5)
        check(partial(mine.sample, shape), partial(theirs.sample, shape))
    torch.manual_seed(6)
    value = theirs.sample((3,))
    own = rushlight.tensor(value.numpy())
    check(lambda: mine.log_prob(own), lambda: theirs.log_prob(value))
    check(lambda: mine.cdf(own), lambda: theirs.cdf(value))
    check(lambda: mine.log_prob(own * np.nan), lambda: theirs.log_prob(value * np.nan))
    mine.log_prob(own).sum().backward(retain_graph=True)
    theirs.log_prob(value).sum().backward(retain_graph=True)
    for a, b in zip(leaves, their_leaves, strict=True):
        expected = torch.zeros_like(b) if b.grad is None else b.grad
        found = rushlight.zeros_like(a) if a.grad is None else a.grad
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6, atol=1e-9)
    wide = (5, *theirs.batch_shape)
    rushlight.manual_seed(7), torch.manual_seed(7)
    check(lambda: mine.expand(wide).sample((2,)), lambda: theirs.expand(wide).sample((2,)))


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_samples_with_gradients(name):
    (mine, leaves), (theirs, their_leaves) = made(rushlight, name), made(torch, name)
    if not theirs.has_rsample:
        return
    rushlight.manual_seed(5), torch.manual_seed(5)
    mine.rsample((3,)).pow(2).sum().backward()
    theirs.rsample((3,)).pow(2).sum().backward()
    # PyTorch's slopes of gamma and beta numbers are good to some three digits
    tolerance = 5e-3 if name in IMPLICIT else 1e-8
    for a, b in zip(leaves, their_leaves, strict=True):
        if b.grad is not None:
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=tolerance, atol=1e-9)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_divergences(name):
    for other in MAKERS:
        pairs = []
        for library in (rushlight, torch):
            (p, _), (q, _) = made(library, name), made(library, other)
            pairs.append(partial(library.distributions.kl_divergence, p, q))
        check(*pairs)
