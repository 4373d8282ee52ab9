"""Checkpoints: the same gradients, fewer tensors kept, the same random numbers, clear errors.

May import: everything.
"""

import pytest

import rushlight as torch
from rushlight.utils.checkpoint import (
    CheckpointError,
    checkpoint,
    checkpoint_sequential,
    set_checkpoint_early_stop,
)

both = pytest.mark.parametrize("reentrant", [True, False])


def deep(x):
    return (x.exp().sin() * x).tanh()


@both
def test_gradients_are_the_same(reentrant):
    x = torch.tensor([0.3, 1.1], dtype=torch.double, requires_grad=True)
    deep(x).sum().backward()
    expected, x.grad = x.grad, None
    checkpoint(deep, x, use_reentrant=reentrant).sum().backward()
    assert torch.equal(x.grad, expected)


@both
def test_the_function_runs_again_once(reentrant):
    runs = []

    def counted(x):
        runs.append(torch.is_grad_enabled())
        return deep(x)

    x = torch.ones(2, requires_grad=True)
    y = checkpoint(counted, x, use_reentrant=reentrant)
    assert len(runs) == 1
    y.sum().backward()
    assert len(runs) == 2 and runs[1]


@both
def test_random_numbers_are_the_same_and_the_stream_goes_on(reentrant):
    dropout = torch.nn.Dropout(0.5)
    x = torch.ones(100, requires_grad=True)
    torch.manual_seed(3)
    y = checkpoint(lambda x: dropout(x * x), x, use_reentrant=reentrant)
    after = torch.rand(2)
    y.sum().backward()
    assert torch.equal(x.grad != 0, y != 0)
    following = torch.rand(2)
    torch.manual_seed(3)
    dropout(x.detach())
    assert torch.equal(after, torch.rand(2)) and torch.equal(following, torch.rand(2))


def test_parameters_arguments_and_second_order():
    layer = torch.nn.Linear(2, 1).double()
    x = torch.tensor([[0.5, 2.0]], dtype=torch.double, requires_grad=True)
    function = lambda x, scale=1.0: layer(x).tanh() * scale
    plain = torch.autograd.grad(function(x, scale=3.0), x, create_graph=True)[0]
    kept = checkpoint(function, x, scale=3.0, use_reentrant=False)
    twice = torch.autograd.grad(kept, x, create_graph=True)[0]
    assert torch.equal(plain, twice)
    for one, other in zip(
        torch.autograd.grad(plain.sum(), layer.weight),
        torch.autograd.grad(twice.sum(), layer.weight),
        strict=True,
    ):
        assert torch.allclose(one, other)


def test_within_each_other():
    x = torch.tensor([0.3], dtype=torch.double, requires_grad=True)
    inner = lambda x: checkpoint(deep, x, use_reentrant=False) * 2
    y = checkpoint(inner, x, use_reentrant=False)
    (g,) = torch.autograd.grad(y, x)
    assert torch.equal(g, torch.autograd.grad(deep(x) * 2, x)[0])


def test_early_stop_spares_the_rest():
    for stop, expected in ((True, 1), (False, 2)):
        log = []

        def function(x, log=log):
            y = x.exp()
            log.append("after")
            return y

        x = torch.ones(1, requires_grad=True)
        with set_checkpoint_early_stop(stop):
            y = checkpoint(function, x, use_reentrant=False)
        y.backward()
        assert len(log) == expected


def changing(first, second):
    runs = []

    def function(x):
        runs.append(1)
        return first(x) if len(runs) == 1 else second(x)

    return function


def test_what_differs_is_an_error():
    x = torch.ones(2, requires_grad=True)
    y = checkpoint(changing(lambda x: x * x, lambda x: x + 1), x, use_reentrant=False)
    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        y.sum().backward()
    y = checkpoint(changing(lambda x: x * x, lambda x: x[:1] * x[:1]), x, use_reentrant=False)
    with pytest.raises(CheckpointError, match="have different metadata than during the forward"):
        y.sum().backward()


def test_misuse():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"incompatible with \.grad\(\)"):
        torch.autograd.grad(checkpoint(deep, x, use_reentrant=True).sum(), x)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(deep, x, use_reentrant=True, scale=2)
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        checkpoint(deep, x, use_reentrant=False, determinism_check="all")
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        checkpoint(deep, torch.ones(2), use_reentrant=True)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        checkpoint(deep, x)


@both
def test_a_chain(reentrant):
    net = torch.nn.Sequential(*[torch.nn.Linear(3, 3), torch.nn.Tanh()] * 3)
    x = torch.ones(2, 3, requires_grad=True)
    y = checkpoint_sequential(net, 3, x, use_reentrant=reentrant)
    assert torch.equal(y, net(x))
    y.sum().backward()
    (expected,) = torch.autograd.grad(net(x.detach().requires_grad_()).sum(), net[0].weight)
    assert torch.allclose(net[0].weight.grad, expected)
