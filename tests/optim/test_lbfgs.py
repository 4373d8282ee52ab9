"""L-BFGS and its line search: they find minima, and keep to their limits.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch
from rushlight.optim.line_search import Point, lowest_between, strong_wolfe


def minimized(function, start, steps=10, **settings):
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([w], **settings)
    calls = []

    def closure():
        optimizer.zero_grad()
        loss = function(w)
        loss.backward()
        calls.append(loss.item())
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return w, calls, optimizer


def rosenbrock(w):
    return ((1 - w[:-1]) ** 2 + 100 * (w[1:] - w[:-1] ** 2) ** 2).sum()


def test_the_valley_of_rosenbrock():
    w, _, _ = minimized(rosenbrock, [-1.2, 1.0, -0.5], line_search_fn="strong_wolfe")
    np.testing.assert_allclose(w.detach().numpy(), np.ones(3), atol=1e-6)


def test_a_quadratic_form_takes_few_evaluations():
    a = torch.tensor([[3.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    w, calls, _ = minimized(
        lambda w: w @ a @ w / 2 - w.sum(), [5.0, -3.0], 1, line_search_fn="strong_wolfe"
    )
    np.testing.assert_allclose(w.detach().numpy(), np.linalg.solve(a.numpy(), np.ones(2)), 1e-3)
    assert len(calls) < 12


def test_limits():
    w, calls, optimizer = minimized(rosenbrock, [-1.2, 1.0], 1, max_iter=3, max_eval=9)
    assert optimizer.state[w]["n_iter"] == 3
    assert optimizer.state[w]["func_evals"] == len(calls) == 3
    _, calls, _ = minimized(rosenbrock, [-1.2, 1.0], 1, max_eval=5, line_search_fn="strong_wolfe")
    assert 5 <= len(calls) <= 30
    _, calls, _ = minimized(lambda w: (w * w).sum(), [1e-9], 1)
    assert len(calls) == 1


def test_the_cubic_through_two_points():
    def at(x):
        return Point(x, x**3 - 3 * x, None, 3 * x * x - 3)

    assert lowest_between(at(0.0), at(3.0)) == pytest.approx(1.0)
    assert lowest_between(at(3.0), at(0.0)) == pytest.approx(1.0)
    assert lowest_between(at(0.0), at(3.0), (2.0, 5.0)) == 2.0


@pytest.mark.parametrize("first", [0.01, 1.0, 30.0])
def test_the_search_meets_the_wolfe_conditions(first):
    def at(x):
        return Point(x, math.cosh(x - 4), None, math.sinh(x - 4))

    start = at(0.0)
    found, tried = strong_wolfe(at, start, first, 1.0)
    assert found.value <= start.value + 1e-4 * found.step * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert tried <= 25


def test_errors():
    w = torch.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="per-parameter options"):
        torch.optim.LBFGS([{"params": [w]}, {"params": [torch.ones(1, requires_grad=True)]}])
    with pytest.raises(RuntimeError, match="only 'strong_wolfe'"):
        minimized(rosenbrock, [0.0, 1.0], line_search_fn="golden")
