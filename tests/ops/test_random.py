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
