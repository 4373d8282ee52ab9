"""The same seed gives the same numbers in PyTorch and here.

May import: everything.
"""

import pytest

import rushlight

torch = pytest.importorskip("torch")

PROGRAMS = [
    "t.rand(5)",
    "t.rand(3, 7, dtype=t.float64)",
    "t.randn(5)",
    "t.randn(40)",
    "t.randn(3, 7, dtype=t.float64)",
    "t.randint(10, (7,))",
    "t.randint(-5, 5, (3, 2), dtype=t.int32)",
    "t.randperm(20)",
    "t.rand_like(t.ones(2, 3))",
    "t.randn_like(t.ones(2, 3).double())",
    "t.randint_like(t.ones(4), 9)",
    "t.normal(1.0, 2.0, (4,))",
    "t.normal(t.zeros(3), t.ones(3))",
    "t.bernoulli(t.full((6,), 0.3))",
    "t.empty(6).bernoulli_(0.4)",
    "t.empty(6).uniform_(-1, 2)",
    "t.empty(6).normal_(3, 0.5)",
    "t.empty(20).normal_()",
    "t.empty(6).exponential_(2.0)",
    "t.empty(6).random_(10)",
    "t.multinomial(t.tensor([0.1, 0.2, 0.7]), 2)",
    "t.multinomial(t.tensor([0.1, 0.2, 0.7]), 6, replacement=True)",
    "t.get_rng_state().sum()",
    "[t.rand(1), t.randn(3), t.randint(9, (2,)), t.rand(2)]",
    "t.empty(2, 3).t().uniform_()",
    "t.empty(5, 8).t().normal_()",
    "t.empty(6).cauchy_()",
    "t.empty(6).log_normal_()",
    "t.empty(6).geometric_(0.3)",
    "t.empty(5, dtype=t.int64).random_(-3, None)",
    "t.empty(4, 6).t().bernoulli_(t.linspace(0, 1, 24).reshape(6, 4))",
    "t.rand_like(t.zeros(4, 6).t(), dtype=t.float64)",
    "t.randn_like(t.zeros(3, 4, 5).permute(2, 0, 1))",
    "t.randint_like(t.zeros(4, 6).t(), 3, 9)",
    "t.rand(5, dtype=t.complex64)",
    "t.randn(20, dtype=t.complex128)",
    "t.empty(20, dtype=t.complex64).normal_(2, 0.5)",
    "t.normal(1.0, 2.0, (20,), dtype=t.float64)",
    "t.normal(t.zeros(3, 1), t.ones(1, 7))",
    "t.bernoulli(t.zeros(4, 6).t() + 0.4)",
    "t.multinomial(t.linspace(0, 1, 30).reshape(3, 10), 4)",
    "t.poisson(t.linspace(0, 40, 60))",
    "t.poisson(t.full((20,), 1e5, dtype=t.float64))",
    "t.binomial(t.full((30,), 100.0), t.linspace(0, 1, 30))",
    "t.binomial(t.full((30,), 7.0), t.linspace(0, 1, 30))",
    "t.binomial(t.full((30,), 3000.0, dtype=t.float64), t.full((30,), 0.02, dtype=t.float64))",
    "[t.poisson(t.ones(3)), t.randn(1), t.poisson(t.ones(2)), t.rand(1)]",
]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("seed", [0, 12345])
def test_draws_the_same(program, seed):
    torch.manual_seed(seed)
    expected = repr(eval(program, {"t": torch}))
    rushlight.manual_seed(seed)
    assert repr(eval(program, {"t": rushlight})) == expected
