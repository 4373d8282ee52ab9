"""Random tensors: PyTorch's numbers for a seed, written in from PyTorch 2.13.

May import: everything.
"""

import pytest

import rushlight as torch


def test_a_seed_gives_pytorchs_numbers():
    torch.manual_seed(0)
    assert repr(torch.rand(3)) == "tensor([0.4963, 0.7682, 0.0885])"
    torch.manual_seed(0)
    assert repr(torch.randn(3)) == "tensor([ 1.5410, -0.2934, -2.1788])"


def test_state_can_be_kept():
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first = torch.rand(4)
    torch.set_rng_state(state)
    assert torch.equal(torch.rand(4), first)
    assert torch.initial_seed() == 3
    assert state.dtype is torch.uint8 and state.shape == (5056,)


def test_a_generator_of_ones_own():
    g = torch.Generator().manual_seed(0)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    assert repr(torch.rand(3, generator=g)) == "tensor([0.4963, 0.7682, 0.0885])"
    assert torch.equal(before, torch.get_rng_state())


def test_in_place_fills_keep_the_memory():
    torch.manual_seed(0)
    x = torch.empty(3)
    assert x.uniform_() is x
    assert repr(x) == "tensor([0.4963, 0.7682, 0.0885])"
    assert set(torch.empty(50).bernoulli_(0.5).tolist()) == {0, 1}


def test_ranges_of_integers():
    assert sorted(torch.randperm(5).tolist()) == [0, 1, 2, 3, 4]
    drawn = torch.randint(2, 5, (100,))
    assert drawn.dtype is torch.int64 and (drawn.min(), drawn.max()) == (2, 4)
    with pytest.raises(RuntimeError, match="expects 'from' to be less than 'to'"):
        torch.randint(3, 3, (2,))


def test_poisson_and_binomial_numbers():
    torch.manual_seed(0)
    for rate in (0.5, 4.0, 30.0):
        drawn = torch.poisson(torch.full((4000,), rate))
        assert drawn.dtype is torch.float32 and (drawn == drawn.floor()).all()
        assert abs(drawn.mean().item() - rate) < 4 * (rate / 4000) ** 0.5
        assert abs(drawn.var().item() / rate - 1) < 0.15
    for count, share in ((7.0, 0.3), (200.0, 0.7)):
        drawn = torch.binomial(torch.full((4000,), count), torch.full((4000,), share))
        variance = count * share * (1 - share)
        assert abs(drawn.mean().item() - count * share) < 4 * (variance / 4000) ** 0.5
        assert abs(drawn.var().item() / variance - 1) < 0.15
    assert torch.binomial(torch.tensor([5.0]), torch.tensor([0.0, 1.0])).tolist() == [0, 5]


def test_complex_numbers():
    torch.manual_seed(0)
    z = torch.randn(5000, dtype=torch.complex128)
    assert abs((z.abs() ** 2).mean().item() - 1) < 0.1
    assert abs(z.real.var().item() - 0.5) < 0.05
    u = torch.rand(100, dtype=torch.complex64)
    assert (u.real >= 0).all() and (u.imag < 1).all()


def test_like_another():
    x = torch.zeros(3, 4, dtype=torch.float64).t()
    found = torch.rand_like(x, requires_grad=True)
    assert found.requires_grad and found.dtype is torch.float64 and found.stride() == x.stride()
    assert torch.randint_like(x, 5, dtype=torch.int32).dtype is torch.int32
    g = torch.Generator().manual_seed(3)
    first = torch.randn_like(x, generator=g)
    assert torch.equal(first, torch.randn_like(x, generator=g.manual_seed(3)))


def test_draws_have_no_slope():
    p = torch.full((4,), 0.5, requires_grad=True)
    (torch.bernoulli(p) + torch.poisson(p)).sum().backward()
    assert p.grad.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: torch.poisson(torch.tensor([-1.0])), RuntimeError, "invalid Poisson rate"),
        (lambda: torch.multinomial(torch.tensor([1, 2]), 1), RuntimeError, "got: Long"),
        (lambda: torch.normal(torch.zeros(2), -torch.ones(2)), RuntimeError, "all elements of std"),
        (lambda: torch.empty(2).normal_(0, -1), RuntimeError, "std >= 0.0, but found std -1"),
        (lambda: torch.empty(2).uniform_(2, 1), RuntimeError, "range, but found from=2 > to=1"),
        (lambda: torch.bernoulli(torch.tensor([2.0])), RuntimeError, "p_in >= 0 && p_in <= 1"),
        (
            lambda: torch.binomial(torch.ones(2), torch.ones(2).double()),
            RuntimeError,
            "must have the same dtype",
        ),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
