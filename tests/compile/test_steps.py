"""Whole training steps compiled: they train as the eager ones do, and notice what changes.

May import: everything.
"""

import copy
import warnings

import numpy as np
import pytest

import rushlight as torch
from rushlight import nn, optim

pytest.importorskip("llvmlite")


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))


def data(rows=8):
    return torch.linspace(-1, 1, 4 * rows).reshape(rows, 4), torch.arange(rows) % 3


def training_step(net, optimizer, loss=None):
    loss = loss or nn.CrossEntropyLoss()

    def step(x, y):
        optimizer.zero_grad()
        found = loss(net(x), y)
        found.backward()
        optimizer.step()
        return found

    return step


def both(make_optimizer, steps=40, between=None):
    """The losses of an eager and of a compiled run of the same training, and the two networks."""
    runs, nets = [], []
    for compiled in (False, True):
        net = network()
        optimizer = make_optimizer(net.parameters())
        step = training_step(net, optimizer)
        if compiled:
            step = torch.compile(step)
        losses = []
        for number in range(steps):
            if between is not None:
                between(number, net, optimizer)
            losses.append(step(*data()).item())
        runs.append(losses)
        nets.append(net)
    return runs, nets


def assert_same(runs, nets):
    np.testing.assert_allclose(runs[1], runs[0], rtol=2e-5)
    for ours, eager in zip(nets[1].parameters(), nets[0].parameters(), strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), eager.detach().numpy(), atol=2e-5)


OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-3),
    "nesterov": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=1e-2),
    "amsgrad": lambda p: optim.Adam(p, lr=1e-2, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=1e-2),
    "RMSprop": lambda p: optim.RMSprop(p, lr=1e-3, momentum=0.5),
    "Adagrad": lambda p: optim.Adagrad(p, lr=1e-2),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_trains_as_the_eager_one(name):
    assert_same(*both(OPTIMIZERS[name], steps=60))


def test_a_schedule_changes_the_rate_of_compiled_code():
    schedules = {}

    def between(number, net, optimizer):
        if number == 0:
            schedules["now"] = optim.lr_scheduler.StepLR(optimizer, 5, 0.5)
        elif number > 1:
            schedules["now"].step()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_same(*both(OPTIMIZERS["Adam"], between=between))


def test_a_changed_setting_records_again():
    def between(number, net, optimizer):
        if number == 20:
            optimizer.param_groups[0]["momentum"] = 0.5

    assert_same(*both(OPTIMIZERS["momentum"], between=between))


def test_a_frozen_layer_records_again():
    def between(number, net, optimizer):
        if number == 20:
            net[0].requires_grad_(False)
            for parameter in net[0].parameters():
                parameter.grad = None

    assert_same(*both(OPTIMIZERS["SGD"], between=between))


def test_loaded_parameters_are_used():
    start = copy.deepcopy(network().state_dict())

    def between(number, net, optimizer):
        if number == 20:
            net.load_state_dict(start)

    assert_same(*both(OPTIMIZERS["Adam"], between=between))


def test_replaced_parameter_data_is_used():
    def between(number, net, optimizer):
        if number in (10, 20):
            net[2].bias.data = torch.ones(3)

    assert_same(*both(OPTIMIZERS["SGD"], between=between))


def test_train_and_eval_are_two_programs():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
    compiled = torch.compile(lambda x: net(x).detach())
    x = torch.ones(2, 4)
    for _ in range(2):
        for mode in (True, False):
            net.train(mode)
            torch.manual_seed(1)
            expected = net(x).detach()
            torch.manual_seed(1)
            assert torch.equal(compiled(x), expected)


def test_dropout_leaves_the_generator_where_the_eager_step_does():
    torch.manual_seed(0)
    dropout = nn.Dropout(0.5)
    compiled = torch.compile(lambda x: dropout(x))
    x = torch.ones(5, 7)
    compiled(x)
    torch.manual_seed(3)
    expected = [dropout(x), dropout(x), torch.rand(3)]
    torch.manual_seed(3)
    found = [compiled(x), compiled(x), torch.rand(3)]
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def test_shapes_have_programs_of_their_own():
    net = network()
    compiled = torch.compile(lambda x: net(x))
    with torch.no_grad():
        for rows in (2, 3, 2, 5, 3):
            x, _ = data(rows)
            torch.testing.assert_close(compiled(x), net(x))


def test_gradients_stay_with_who_holds_them():
    net = network()
    step = torch.compile(training_step(net, optim.SGD(net.parameters(), lr=0.1)))
    held = []
    for _ in range(4):
        step(*data())
        held.append(net[0].weight.grad)
    copies = [g.clone() for g in held]
    step(*data())
    assert all(torch.equal(a, b) for a, b in zip(held, copies, strict=True))
    assert not torch.equal(held[1], held[2])


def test_gradients_accumulate_where_nobody_forgets_them():
    runs = []
    for compiled in (False, True):
        net = network()
        loss = nn.CrossEntropyLoss()

        def accumulate(x, y, net=net, loss=loss):
            loss(net(x), y).backward()

        run = torch.compile(accumulate) if compiled else accumulate
        for number in range(5):
            if number == 3:
                net.zero_grad()
            run(*data())
        runs.append([p.grad.numpy() for p in net.parameters()])
    for ours, eager in zip(runs[1], runs[0], strict=True):
        np.testing.assert_allclose(ours, eager, rtol=1e-5, atol=1e-7)


def test_the_graph_may_go_on_outside():
    net = network()
    compiled = torch.compile(lambda x: net(x))
    x, y = data()
    for _ in range(3):
        found, expected = compiled(x), net(x)
        assert found.requires_grad
        grads = [
            torch.autograd.grad(nn.functional.cross_entropy(out, y), list(net.parameters()))
            for out in (found, expected)
        ]
        for ours, eager in zip(*grads, strict=True):
            torch.testing.assert_close(ours, eager)


def test_the_gradient_of_a_compiled_function_has_none():
    x = torch.ones(3, requires_grad=True)
    compiled = torch.compile(lambda x: (x**3).sum())
    compiled(x)
    with pytest.raises(RuntimeError, match="Compile the whole step"):
        torch.autograd.grad(compiled(x), x, create_graph=True)


def test_a_parameter_changed_before_backward_is_an_error():
    w = torch.ones(3, requires_grad=True)
    compiled = torch.compile(lambda x: (w * w * x).sum())
    x = torch.ones(3)
    compiled(x)
    loss = compiled(x)
    with torch.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_gradients_inside_the_loss():
    runs = []
    for compiled in (False, True):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
        optimizer = optim.Adam(net.parameters(), lr=1e-2)

        def step(x, net=net, optimizer=optimizer):
            optimizer.zero_grad()
            u = net(x)
            (du,) = torch.autograd.grad(u.sum(), x, create_graph=True)
            (d2u,) = torch.autograd.grad(du.sum(), x, create_graph=True)
            loss = (d2u + u).pow(2).mean()
            loss.backward()
            optimizer.step()
            return loss

        run = torch.compile(step) if compiled else step
        x = torch.linspace(0, 1, 16).reshape(16, 1).requires_grad_()
        runs.append([run(x).item() for _ in range(30)])
    np.testing.assert_allclose(runs[1], runs[0], rtol=1e-4)


def test_clipping_is_part_of_the_step():
    runs = []
    for compiled in (False, True):
        net = network()
        optimizer = optim.SGD(net.parameters(), lr=0.5)
        loss = nn.CrossEntropyLoss()

        def step(x, y, net=net, optimizer=optimizer, loss=loss):
            optimizer.zero_grad()
            found = loss(net(x), y)
            found.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 0.1)
            optimizer.step()
            return found

        run = torch.compile(step) if compiled else step
        runs.append([run(*data()).item() for _ in range(20)])
    np.testing.assert_allclose(runs[1], runs[0], rtol=1e-5)


def test_a_class_out_of_range_changes_nothing():
    net = network()
    step = torch.compile(training_step(net, optim.SGD(net.parameters(), lr=0.1)))
    x, y = data()
    step(x, y)
    step(x, y)
    before = [p.detach().clone() for p in net.parameters()]
    with pytest.raises(IndexError, match="index out of range"):
        step(x, y + 5)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    step(x, y)


def test_versions_of_parameters_move():
    net = network()
    step = torch.compile(training_step(net, optim.SGD(net.parameters(), lr=0.1)))
    for _ in range(3):
        before = net[0].weight._version
        step(*data())
        assert net[0].weight._version > before


def test_a_step_may_be_a_global_named_as_what_it_calls():
    names = {"torch": torch, "net": network(), "loss": nn.CrossEntropyLoss()}
    names["optimizer"] = optim.SGD(names["net"].parameters(), lr=0.1)
    program = (
        "def step(x, y):\n"
        "    optimizer.zero_grad()\n"
        "    loss(net(x), y).backward()\n"
        "    optimizer.step()\n"
        "step = torch.compile(step)\n"
        "for _ in range(12):\n"
        "    step(x, y)\n"
    )
    names["x"], names["y"] = data()
    exec(program, names)
    assert names["step"].recorded == 1
