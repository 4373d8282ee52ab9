"""Transforms: inverses, Jacobians by differentiation, shapes, what leads onto a constraint.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight import distributions as d
from rushlight.distributions import constraints


def t(values):
    return torch.tensor(values, dtype=torch.float64)


ELEMENTWISE = [
    d.ExpTransform(),
    d.PowerTransform(t(2.5)),
    d.SigmoidTransform(),
    d.TanhTransform(),
    d.SoftplusTransform(),
    d.AffineTransform(1.0, -2.0),
    d.AffineTransform(t(1.0), t([2.0, -0.5, 3.0])),
    d.ComposeTransform([d.AffineTransform(0.5, 2.0), d.TanhTransform()]),
    d.ExpTransform().inv,
    d.CumulativeDistributionTransform(d.Normal(t(0.0), t(1.0))),
]


@pytest.mark.parametrize("transform", ELEMENTWISE, ids=repr)
def test_inverse_and_slope_of_elements(transform):
    x = t([0.2, 0.7, 1.1]).requires_grad_()
    y = transform(x)
    np.testing.assert_allclose(transform.inv(y).detach().numpy(), x.detach().numpy(), rtol=1e-9)
    (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    found = transform.log_abs_det_jacobian(x, y)
    np.testing.assert_allclose(
        found.detach().numpy(), slope.abs().log().detach().numpy(), rtol=1e-9
    )
    assert transform.inv.inv is transform


def test_stick_breaking():
    transform = d.StickBreakingTransform()
    x = t([0.3, -0.5, 1.0])
    y = transform(x)
    assert y.shape == (4,) and abs(y.sum().item() - 1) < 1e-12 and (y > 0).all()
    np.testing.assert_allclose(transform.inv(y).numpy(), x.numpy(), rtol=1e-9)
    leaf = x.clone().requires_grad_()
    rows = [torch.autograd.grad(transform(leaf)[k], leaf)[0].numpy() for k in range(3)]
    expected = np.linalg.slogdet(rows)[1]
    np.testing.assert_allclose(transform.log_abs_det_jacobian(x, y).item(), expected, rtol=1e-9)
    assert transform.forward_shape((5, 3)) == (5, 4)


@pytest.mark.parametrize(
    "constraint",
    [
        constraints.real,
        constraints.positive,
        constraints.greater_than(2.0),
        constraints.less_than(-1.0),
        constraints.interval(-2.0, 3.0),
        constraints.unit_interval,
        constraints.simplex,
        constraints.lower_cholesky,
        constraints.positive_definite,
        constraints.independent(constraints.positive, 1),
        constraints.stack([constraints.positive, constraints.real, constraints.unit_interval], -1),
    ],
    ids=repr,
)
@pytest.mark.parametrize("to", [d.biject_to, d.transform_to])
def test_constraints_are_reached(constraint, to):
    transform = to(constraint)
    x = t(np.random.default_rng(0).standard_normal((2, 3, 3)))
    y = transform(x)
    assert constraint.check(y).all()
    again = transform(transform.inv(y))
    np.testing.assert_allclose(again.numpy(), y.numpy(), rtol=1e-7, atol=1e-12)


def test_constraints_say_no():
    assert constraints.positive.check(t([-1.0, 1.0])).tolist() == [False, True]
    assert not constraints.simplex.check(t([0.5, 0.6])).item()
    assert not constraints.positive_definite.check(t([[1.0, 2.0], [2.0, 1.0]])).item()
    assert not constraints.lower_cholesky.check(t([[1.0, 2.0], [0.0, 1.0]])).item()
    assert constraints.integer_interval(0, 3).check(t([1.0, 1.5, 4.0])).tolist() == [
        True, False, False,
    ]  # fmt: skip
    assert constraints.one_hot.check(t([[0.0, 1.0], [1.0, 1.0]])).tolist() == [True, False]
    assert repr(constraints.interval(0.0, 1.0)) == "Interval(lower_bound=0.0, upper_bound=1.0)"


def test_parts_side_by_side():
    both = d.CatTransform([d.ExpTransform(), d.AffineTransform(1.0, 2.0)], lengths=[1, 2])
    x = t([0.0, 1.0, 2.0])
    assert both(x).tolist() == [1, 3, 5]
    assert both.inv(both(x)).tolist() == [0, 1, 2]
    found = both.log_abs_det_jacobian(x, both(x)).tolist()
    np.testing.assert_allclose(found, [0, np.log(2), np.log(2)])


def test_the_cache_gives_back_the_very_tensor():
    transform = d.ExpTransform(cache_size=1)
    x = t([0.1, 0.2])
    assert transform.inv(transform(x)) is x
    assert d.ExpTransform().with_cache(1)._cache_size == 1


def test_reshape():
    transform = d.ReshapeTransform((4,), (2, 2))
    x = t(np.arange(12.0).reshape(3, 4))
    assert transform(x).shape == (3, 2, 2) and torch.equal(transform.inv(transform(x)), x)
    with pytest.raises(ValueError, match="different numbers of elements"):
        d.ReshapeTransform((4,), (3,))


def test_transformed_distribution_is_log_normal():
    base = d.Normal(t(0.5), t(0.7))
    made = d.TransformedDistribution(base, [d.ExpTransform()])
    known = d.LogNormal(t(0.5), t(0.7))
    value = t([0.3, 2.0])
    np.testing.assert_allclose(made.log_prob(value).numpy(), known.log_prob(value).numpy())
    np.testing.assert_allclose(made.cdf(value).numpy(), known.cdf(value).numpy())
    falling = d.TransformedDistribution(base, [d.AffineTransform(0.0, -1.0)])
    np.testing.assert_allclose(falling.cdf(t(-0.5)).item(), 0.5)
    np.testing.assert_allclose(falling.icdf(t(0.5)).item(), -0.5)


def test_relaxed_choices():
    torch.manual_seed(0)
    chance = t(0.3).requires_grad_()
    drawn = d.RelaxedBernoulli(t(0.1), chance).rsample((2000,))
    assert ((drawn > 0) & (drawn < 1)).all()
    assert abs((drawn > 0.5).double().mean().item() - 0.3) < 0.05
    drawn.sum().backward()
    assert chance.grad.item() != 0
    shares = d.RelaxedOneHotCategorical(t(0.3), t([0.2, 0.3, 0.5])).rsample((50,))
    np.testing.assert_allclose(shares.sum(-1).numpy(), 1)
