"""Distributions: densities against SciPy's, samples against their moments, gradients, refusals.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch
from rushlight import distributions as d

stats = pytest.importorskip("scipy.stats")


def t(values, **keywords):
    return torch.tensor(values, dtype=torch.float64, **keywords)


COV = [[2.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 0.8]]

# ours, SciPy's, and some values to look at
CONTINUOUS = {
    "normal": (d.Normal(t(1.0), t(2.0)), stats.norm(1, 2), [-1.0, 0.5, 4.0]),
    "laplace": (d.Laplace(t(1.0), t(2.0)), stats.laplace(1, 2), [-1.0, 0.5, 4.0]),
    "cauchy": (d.Cauchy(t(1.0), t(2.0)), stats.cauchy(1, 2), [-1.0, 0.5, 4.0]),
    "gumbel": (d.Gumbel(t(1.0), t(2.0)), stats.gumbel_r(1, 2), [-1.0, 0.5, 4.0]),
    "log_normal": (d.LogNormal(t(0.5), t(0.7)), stats.lognorm(0.7, 0, math.exp(0.5)), [0.2, 3.0]),
    "half_normal": (d.HalfNormal(t(2.0)), stats.halfnorm(0, 2), [0.2, 3.0]),
    "half_cauchy": (d.HalfCauchy(t(2.0)), stats.halfcauchy(0, 2), [0.2, 3.0]),
    "uniform": (d.Uniform(t(1.0), t(4.0)), stats.uniform(1, 3), [1.5, 3.0]),
    "exponential": (d.Exponential(t(2.0)), stats.expon(0, 0.5), [0.2, 3.0]),
    "gamma": (d.Gamma(t(2.5), t(2.0)), stats.gamma(2.5, 0, 0.5), [0.2, 3.0]),
    "chi2": (d.Chi2(t(3.0)), stats.chi2(3), [0.2, 3.0]),
    "beta": (d.Beta(t(2.5), t(0.7)), stats.beta(2.5, 0.7), [0.2, 0.9]),
    "student": (d.StudentT(t(4.5), t(1.0), t(2.0)), stats.t(4.5, 1, 2), [-1.0, 4.0]),
    "fisher": (d.FisherSnedecor(t(5.0), t(7.0)), stats.f(5, 7), [0.2, 3.0]),
    "pareto": (d.Pareto(t(2.0), t(3.0)), stats.pareto(3, 0, 2), [2.5, 7.0]),
    "weibull": (d.Weibull(t(2.0), t(1.5)), stats.weibull_min(1.5, 0, 2), [0.2, 3.0]),
    "inverse_gamma": (d.InverseGamma(t(3.5), t(2.0)), stats.invgamma(3.5, 0, 2), [0.2, 3.0]),
}
DISCRETE = {
    "bernoulli": (d.Bernoulli(t(0.3)), stats.bernoulli(0.3), [0.0, 1.0]),
    "bernoulli_logits": (
        d.Bernoulli(logits=t(-1.0)),
        stats.bernoulli(1 / (1 + math.e)),
        [0.0, 1.0],
    ),
    "binomial": (d.Binomial(7, t(0.3)), stats.binom(7, 0.3), [0.0, 3.0, 7.0]),
    "geometric": (d.Geometric(t(0.3)), stats.geom(0.3, loc=-1), [0.0, 4.0]),
    "negative_binomial": (d.NegativeBinomial(t(3.0), t(0.4)), stats.nbinom(3, 0.6), [0.0, 4.0]),
    "poisson": (d.Poisson(t(3.5)), stats.poisson(3.5), [0.0, 4.0]),
}


@pytest.mark.parametrize("name", sorted(CONTINUOUS))
def test_continuous(name):
    ours, scipys, values = CONTINUOUS[name]
    np.testing.assert_allclose(ours.log_prob(t(values)).numpy(), scipys.logpdf(values), rtol=1e-10)
    if name != "fisher":
        np.testing.assert_allclose(ours.entropy().item(), scipys.entropy(), rtol=1e-8)
    if math.isfinite(scipys.var()):
        np.testing.assert_allclose(ours.mean.item(), scipys.mean(), rtol=1e-10)
        np.testing.assert_allclose(ours.variance.item(), scipys.var(), rtol=1e-9)
    if name not in ("beta", "student", "fisher"):
        np.testing.assert_allclose(ours.cdf(t(values)).numpy(), scipys.cdf(values), rtol=1e-9)
    if name not in ("beta", "student", "fisher", "gamma", "chi2", "inverse_gamma"):
        np.testing.assert_allclose(ours.icdf(t(0.3)).item(), scipys.ppf(0.3), rtol=1e-9)


@pytest.mark.parametrize("name", sorted(DISCRETE))
def test_discrete(name):
    ours, scipys, values = DISCRETE[name]
    np.testing.assert_allclose(ours.log_prob(t(values)).numpy(), scipys.logpmf(values), rtol=1e-10)
    np.testing.assert_allclose(ours.mean.item(), scipys.mean(), rtol=1e-10)
    np.testing.assert_allclose(ours.variance.item(), scipys.var(), rtol=1e-10)
    if name not in ("negative_binomial", "poisson"):
        np.testing.assert_allclose(ours.entropy().item(), scipys.entropy(), rtol=1e-8)


@pytest.mark.parametrize("name", sorted({**CONTINUOUS, **DISCRETE}))
def test_samples_have_the_moments(name):
    ours, scipys, _ = {**CONTINUOUS, **DISCRETE}[name]
    torch.manual_seed(0)
    drawn = ours.sample((4000,)).numpy()
    if name in CONTINUOUS:
        assert stats.kstest(drawn, scipys.cdf).pvalue > 1e-3
    else:
        error = math.sqrt(scipys.var() / 4000)
        assert abs(drawn.mean() - scipys.mean()) < 4 * error


def test_multivariate_normal():
    loc = [1.0, 2.0, 3.0]
    precision = np.linalg.inv(COV)
    value = [0.5, 1.0, 4.0]
    for given in (
        {"covariance_matrix": t(COV)},
        {"precision_matrix": t(precision)},
        {"scale_tril": t(np.linalg.cholesky(COV))},
    ):
        ours, scipys = d.MultivariateNormal(t(loc), **given), stats.multivariate_normal(loc, COV)
        np.testing.assert_allclose(ours.log_prob(t(value)).item(), scipys.logpdf(value), rtol=1e-12)
        np.testing.assert_allclose(ours.entropy().item(), scipys.entropy(), rtol=1e-12)
        np.testing.assert_allclose(ours.covariance_matrix.numpy(), COV, atol=1e-12)
        np.testing.assert_allclose(ours.precision_matrix.numpy(), precision, atol=1e-12)
    torch.manual_seed(0)
    drawn = ours.sample((20000,)).numpy()
    np.testing.assert_allclose(np.cov(drawn.T), COV, atol=0.1)


def test_dirichlet_and_multinomial():
    concentration = [0.7, 2.0, 3.0]
    value = [0.2, 0.3, 0.5]
    ours, scipys = d.Dirichlet(t(concentration)), stats.dirichlet(concentration)
    np.testing.assert_allclose(ours.log_prob(t(value)).item(), scipys.logpdf(value), rtol=1e-12)
    np.testing.assert_allclose(ours.entropy().item(), scipys.entropy(), rtol=1e-12)
    np.testing.assert_allclose(ours.variance.numpy(), scipys.var(), rtol=1e-12)
    ours, scipys = d.Multinomial(5, t(value)), stats.multinomial(5, value)
    counts = [1, 1, 3]
    np.testing.assert_allclose(ours.log_prob(t(counts)).item(), scipys.logpmf(counts), rtol=1e-12)
    np.testing.assert_allclose(ours.entropy().item(), scipys.entropy(), rtol=1e-12)
    torch.manual_seed(0)
    assert (ours.sample((10,)).sum(-1) == 5).all()


def test_categorical():
    weights = t([[1.0, 3.0], [2.0, 2.0]])
    ours = d.Categorical(weights)
    np.testing.assert_allclose(ours.log_prob(t([1, 0])).exp().numpy(), [0.75, 0.5])
    np.testing.assert_allclose(
        ours.entropy().numpy(), stats.entropy([[0.25, 0.5], [0.75, 0.5]], axis=0)
    )
    assert ours.enumerate_support().tolist() == [[0, 0], [1, 1]]
    torch.manual_seed(0)
    share = ours.sample((4000,)).double().mean(0).numpy()
    np.testing.assert_allclose(share, [0.75, 0.5], atol=0.03)
    one_hot = d.OneHotCategorical(weights)
    assert one_hot.log_prob(t([[0, 1], [1, 0]])).exp().tolist() == [0.75, 0.5]
    assert (one_hot.sample((5,)).sum(-1) == 1).all()


def test_mixture():
    mixture = d.MixtureSameFamily(
        d.Categorical(t([0.2, 0.8])), d.Normal(t([-1.0, 2.0]), t([1.0, 0.5]))
    )
    x = np.array([-2.0, 0.0, 2.0])
    density = 0.2 * stats.norm.pdf(x, -1, 1) + 0.8 * stats.norm.pdf(x, 2, 0.5)
    np.testing.assert_allclose(mixture.log_prob(t(x)).exp().numpy(), density, rtol=1e-12)
    np.testing.assert_allclose(mixture.mean.item(), 1.4)
    torch.manual_seed(0)
    assert abs(mixture.sample((4000,)).mean().item() - 1.4) < 0.1


def test_independent():
    rows = d.Independent(d.Normal(torch.zeros(3, 2).double(), 1.0), 1)
    assert (rows.batch_shape, rows.event_shape) == ((3,), (2,))
    assert rows.log_prob(torch.zeros(3, 2).double()).shape == (3,)
    assert rows.expand((4, 3)).sample().shape == (4, 3, 2)


# ---- gradients


@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: d.Normal(a, b),
        lambda a, b: d.Gamma(a, b),
        lambda a, b: d.Beta(a, b),
        lambda a, b: d.StudentT(a + 2, b, a),
        lambda a, b: d.Weibull(a, b),
        lambda a, b: d.NegativeBinomial(a, logits=b),
        lambda a, b: d.Dirichlet(torch.stack((a, b), -1)),
    ],
)
def test_gradients_of_densities(make):
    a = t([0.7, 1.5], requires_grad=True)
    b = t([1.3, 0.4], requires_grad=True)
    value = make(a, b).sample()
    assert torch.autograd.gradcheck(lambda a, b: make(a, b).log_prob(value), (a, b))
    assert torch.autograd.gradgradcheck(lambda a, b: make(a, b).log_prob(value), (a, b))


def test_samples_move_with_their_parameters():
    # a sample at a fixed probability is icdf(p): compare with its slope by differences
    torch.manual_seed(0)
    for shape in (0.3, 1.0, 4.0, 300.0):
        a = torch.full((50,), shape, dtype=torch.float64, requires_grad=True)
        drawn = d.Gamma(a, torch.ones(50).double()).rsample()
        (slope,) = torch.autograd.grad(drawn.sum(), a)
        x, step = drawn.detach().numpy(), shape * 1e-5
        p = stats.gamma.cdf(x, shape)
        inside = (p > 0.01) & (p < 0.99)
        above, below = stats.gamma.ppf(p, shape + step), stats.gamma.ppf(p, shape - step)
        numeric = (above - below) / (2 * step)
        np.testing.assert_allclose(slope.numpy()[inside], numeric[inside], rtol=1e-5)
        b = torch.full((50,), 2.0, dtype=torch.float64)
        drawn = d.Beta(a, b).rsample()
        (slope,) = torch.autograd.grad(drawn.sum(), a)
        x = drawn.detach().numpy()
        p = stats.beta.cdf(x, shape, 2)
        inside = (p > 0.01) & (p < 0.99)
        above, below = stats.beta.ppf(p, shape + step, 2), stats.beta.ppf(p, shape - step, 2)
        numeric = (above - below) / (2 * step)
        np.testing.assert_allclose(slope.numpy()[inside], numeric[inside], rtol=1e-5)


def test_reparameterized_samples():
    loc, scale = t(1.0, requires_grad=True), t(2.0, requires_grad=True)
    torch.manual_seed(3)
    drawn = d.Normal(loc, scale).rsample()
    drawn.backward()
    assert loc.grad.item() == 1
    np.testing.assert_allclose(scale.grad.item(), (drawn.item() - 1) / 2)
    assert not d.Normal(loc, scale).sample().requires_grad
    with pytest.raises(NotImplementedError):
        d.Poisson(scale).rsample()


# ---- divergences


PAIRS = [
    (d.Normal(t(0.5), t(1.5)), d.Normal(t(0.0), t(1.0))),
    (d.Laplace(t(0.5), t(1.5)), d.Laplace(t(0.0), t(1.0))),
    (d.Gumbel(t(0.5), t(0.8)), d.Gumbel(t(0.0), t(1.0))),
    (d.Gamma(t(2.0), t(1.5)), d.Gamma(t(1.0), t(1.0))),
    (d.Beta(t(2.0), t(1.5)), d.Beta(t(1.0), t(1.0))),
    (d.Exponential(t(2.0)), d.Gamma(t(1.5), t(1.0))),
    (d.Gamma(t(2.0), t(1.5)), d.Exponential(t(0.7))),
    (d.Uniform(t(1.0), t(2.0)), d.Normal(t(1.0), t(1.0))),
    (d.Uniform(t(0.2), t(0.9)), d.Beta(t(1.5), t(2.0))),
    (d.Normal(t(0.5), t(0.8)), d.Laplace(t(0.0), t(1.0))),
    (d.Normal(t(0.5), t(0.8)), d.Gumbel(t(0.0), t(1.0))),
    (d.Beta(t(2.0), t(1.5)), d.Gamma(t(2.0), t(3.0))),
    (d.Poisson(t(3.0)), d.Poisson(t(2.0))),
    (d.Geometric(t(0.3)), d.Geometric(t(0.5))),
    (d.Bernoulli(t(0.3)), d.Bernoulli(t(0.5))),
    (d.Binomial(5, t(0.3)), d.Binomial(5, t(0.5))),
    (d.Categorical(t([0.2, 0.8])), d.Categorical(t([0.5, 0.5]))),
    (d.Dirichlet(t([1.0, 2.0])), d.Dirichlet(t([2.0, 1.5]))),
    (
        d.MultivariateNormal(t([0.0, 1, 2]), t(COV)),
        d.MultivariateNormal(t([0.0, 1, 1]), t(COV) * 2),
    ),
    (d.Independent(d.Normal(t([0.0, 1.0]), 1.0), 1), d.Independent(d.Normal(t([0.5, 1]), 2.0), 1)),
    (d.LogNormal(t(0.5), t(0.8)), d.LogNormal(t(0.0), t(1.0))),
]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: type(pair[0]).__name__)
def test_divergences_are_means_of_log_ratios(pair):
    p, q = pair
    torch.manual_seed(0)
    drawn = p.sample((20000,))
    ratios = (p.log_prob(drawn) - q.log_prob(drawn)).numpy()
    error = ratios.std() / math.sqrt(len(ratios))
    assert abs(d.kl_divergence(p, q).item() - ratios.mean()) < 4 * error + 1e-9
    assert abs(d.kl_divergence(p, p).item()) < 1e-10


def test_infinite_divergences():
    assert d.kl_divergence(d.Normal(0.0, 1.0), d.Uniform(0.0, 1.0)).item() == math.inf
    assert d.kl_divergence(d.Uniform(0.0, 2.0), d.Uniform(0.0, 1.0)).item() == math.inf
    with pytest.raises(NotImplementedError, match=r"No KL\(p \|\| q\) is implemented"):
        d.kl_divergence(d.Poisson(1.0), d.Normal(0.0, 1.0))


# ---- shapes and refusals


@pytest.mark.parametrize("name", sorted({**CONTINUOUS, **DISCRETE}))
def test_expand(name):
    ours = {**CONTINUOUS, **DISCRETE}[name][0]
    wide = ours.expand((3, 2))
    assert type(wide) is type(ours) and wide.batch_shape == (3, 2)
    assert wide.sample((4,)).shape == (4, 3, 2)
    assert wide.mean.shape == (3, 2)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: d.Normal(0.0, -1.0), ValueError, r"Expected parameter scale \(Tensor of shape"),
        (lambda: d.Normal(0.0, 1.0).log_prob(2), ValueError, "must be a Tensor"),
        (lambda: d.Exponential(1.0).log_prob(t(-1.0)), ValueError, "within the support"),
        (lambda: d.Categorical(), ValueError, "Either `probs` or `logits` must be specified"),
        (lambda: d.Categorical(t(1.0)), ValueError, "at least one-dimensional"),
        (lambda: d.Bernoulli(t(0.5), t(0.5)), ValueError, "but not both"),
        (lambda: d.MultivariateNormal(t([0.0])), ValueError, "Exactly one of"),
        (lambda: d.Independent(d.Normal(0.0, 1.0), 1), ValueError, "reinterpreted_batch_ndims"),
        (lambda: d.Normal("a", 1.0), ValueError, "Input arguments must all be instances"),
        (
            lambda: d.MultivariateNormal(t([0.0, 0.0]), t([[1.0, 2.0], [2.0, 1.0]])),
            ValueError,
            "PositiveDefinite",
        ),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_checks_can_be_left_out():
    assert math.isnan(d.Normal(0.0, -1.0, validate_args=False).log_prob(t(0.0)).item())
    assert repr(d.Normal(torch.zeros(2), 1.0)) == (
        "Normal(loc: torch.Size([2]), scale: torch.Size([2]))"
    )
