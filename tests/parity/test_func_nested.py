"""Random functions under random transforms within transforms, in PyTorch and here.

May import: everything.
"""

import random

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

STEPS = {
    "sin": lambda t, x, w: x.sin(),
    "square": lambda t, x, w: x * x,
    "softmax": lambda t, x, w: x.softmax(-1),
    "cumsum": lambda t, x, w: x.cumsum(0),
    "logistic": lambda t, x, w: x.exp() / (1 + x.exp()),
    "part": lambda t, x, w: x[:1] * x,
    "center": lambda t, x, w: x - x.mean(),
    "where": lambda t, x, w: t.where(x > 0.3, x, x * 2),
    "cat": lambda t, x, w: t.cat([x[1:], x[:1]]),
    "outer": lambda t, x, w: (x[:, None] * x).sum(1),
    "norm": lambda t, x, w: x.norm() * x,
    "stack": lambda t, x, w: t.stack([x, x * 2]).mean(0),
    "product": lambda t, x, w: w @ x,
    "linear": lambda t, x, w: t.nn.functional.linear(x, w, w[0]),
    "clamp": lambda t, x, w: x.clamp(-1, 1),
    "sort": lambda t, x, w: x.sort().values,
    "gelu": lambda t, x, w: t.nn.functional.gelu(x),
    "pick": lambda t, x, w: x.index_select(0, t.tensor([2, 0, 1])),
    "in place": lambda t, x, w: x.clone().mul_(x),
    "expand": lambda t, x, w: x.expand(2, 3).sum(0),
    "logsumexp": lambda t, x, w: x.logsumexp(0) * x,
    "einsum": lambda t, x, w: t.einsum("i,ij->j", x, w),
    "max": lambda t, x, w: x.max() * x,
    "through a view": lambda t, x, w: through_a_view(x),
}


def through_a_view(x):
    y = x * 1
    y[0] = x[1] * x[2]
    y[1:].add_(x[0])
    return y


def transformed(t, function, kind, direction, w):
    """The function under a transform, again from three numbers to three."""
    func = t.func
    total = lambda x: function(x).sum()
    kinds = {
        "grad": lambda x: func.grad(total)(x),
        "rows": lambda x: func.jacrev(function)(x).sum(0),
        "columns": lambda x: func.jacfwd(function)(x).sum(1),
        "hessian": lambda x: func.hessian(total)(x).sum(0),
        "jvp": lambda x: func.jvp(function, (x,), (direction,))[1],
        "vjp": lambda x: func.vjp(function, x)[1](direction)[0],
        "batch": lambda x: func.vmap(function)(x[:, None] * w).sum(0),
        "batch of grads": lambda x: func.vmap(func.grad(lambda y: (function(y) * x).sum()))(
            x[:, None] * w
        ).sum(0),
    }
    return kinds[kind]


KINDS = ("grad", "rows", "columns", "hessian", "jvp", "vjp", "batch", "batch of grads")


def outcome(t, seed):
    draw = random.Random(seed)
    names = [draw.choice(sorted(STEPS)) for _ in range(draw.randint(1, 4))]
    kinds = [draw.choice(KINDS) for _ in range(draw.choice([1, 2, 2, 3]))]
    numbers = np.random.default_rng(seed)
    w, x, direction = (
        numbers.normal(size=(3, 3)),
        numbers.uniform(0.2, 1.2, 3),
        numbers.normal(size=3),
    )
    w, x, direction = [t.tensor(a, dtype=t.float64) for a in (w, x, direction)]

    def function(x):
        for name in names:
            x = STEPS[name](t, x, w)
        return x

    for kind in kinds:
        function = transformed(t, function, kind, direction, w)
    return (names, kinds), function(x).numpy()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(120))
def test_random_nestings(seed):
    what, found = outcome(rushlight, seed)
    try:
        _, expected = outcome(torch, seed)
    except RuntimeError:
        return  # PyTorch has no derivative of some changes in place
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8, err_msg=str(what))
