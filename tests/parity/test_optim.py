"""Optimizers of PyTorch and rushlight side by side: every step, state, printed form and error.

May import: everything.
"""

import copy
import warnings

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

SETTINGS = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.03}),
    ("SGD", {"lr": 0.1, "momentum": 0.7, "weight_decay": 0.03, "maximize": True, "dampening": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.3, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "amsgrad": True}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "maximize": True, "weight_decay": 0.2}),
    ("Adam", {"lr": 0.01, "decoupled_weight_decay": True, "weight_decay": 0.2}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3}),
    ("AdamW", {"lr": 0.01, "amsgrad": True, "maximize": True, "weight_decay": 0.2}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.9, "eps": 1e-3}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}),
    ("Adagrad", {"weight_decay": 0.1, "initial_accumulator_value": 0.3, "eps": 1e-3}),
    ("Adagrad", {"maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.3, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "momentum_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.3, "beta2_decay": -0.5, "eps": (1e-6, 0.1), "d": 2.0}),
    ("Adafactor", {"weight_decay": 0.1, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.3, "etas": (0.3, 1.6), "step_sizes": (0.01, 0.5), "maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 4, "weight_decay": 0.1}),
]
# PyTorch's kernels multiply and add with one rounding, NumPy with two
TOLERANCE = {"float64": 1e-13, "float32": 2e-6, "complex64": 2e-6, "float16": 4e-2, "bfloat16": 0.2}
each_setting = pytest.mark.parametrize("name, settings", SETTINGS)


def array_of(tensor):
    wide = "complex128" if "complex" in str(tensor.dtype) else "float64"
    library = rushlight if isinstance(tensor, rushlight.Tensor) else torch
    return tensor.detach().to(getattr(library, wide)).numpy().copy()


def run(t, name, settings, dtype, shape=(4, 5), steps=12):
    """The parameter after each step along random gradients, and the optimizer."""
    random = np.random.default_rng(0)

    def draw():
        values = random.standard_normal(shape)
        if "complex" in dtype:
            values = values + 1j * random.standard_normal(shape)
        return t.tensor(values, dtype=getattr(t, dtype))

    w = draw().requires_grad_()
    optimizer = getattr(t.optim, name)([w], **settings)
    history = []
    for _ in range(steps):
        w.grad = draw()
        optimizer.step()
        history.append(array_of(w))
    return np.array(history), optimizer


def sound(name, settings, dtype):
    """Not so where eps is zero in float16, and both divide by zero sooner or later."""
    if name == "Adafactor" and "complex" in dtype:
        return False  # which refuses them
    eps = settings.get("eps", 0)
    return dtype != "float16" or name == "SGD" or (isinstance(eps, float) and eps > 1e-4)


EVERY = [(*case, dtype) for case in SETTINGS for dtype in TOLERANCE if sound(*case, dtype)]


@pytest.mark.parametrize("name, settings, dtype", EVERY)
def test_every_step(name, settings, dtype):
    theirs, their_optimizer = run(torch, name, settings, dtype)
    ours, our_optimizer = run(rushlight, name, settings, dtype)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE[dtype] * 4)
    state, our_state = their_optimizer.state_dict(), our_optimizer.state_dict()
    assert state["param_groups"] == our_state["param_groups"]
    assert list(our_state["param_groups"][0]) == list(state["param_groups"][0])
    kept = {key: value for key, value in state["state"].get(0, {}).items() if value is not None}
    our_kept = our_state["state"].get(0, {})
    assert set(our_kept) == set(kept)
    for key, value in kept.items():
        assert str(our_kept[key].dtype) == str(value.dtype)
        assert our_kept[key].shape == tuple(value.shape)
        scale = max(1.0, float(np.abs(array_of(value)).max()))
        np.testing.assert_allclose(
            array_of(our_kept[key]), array_of(value), rtol=0, atol=TOLERANCE[dtype] * 4 * scale
        )


@each_setting
def test_the_first_step_of_float32_to_the_last_bit_or_the_next(name, settings):
    theirs, _ = run(torch, name, settings, "float32", steps=1)
    ours, _ = run(rushlight, name, settings, "float32", steps=1)
    np.testing.assert_array_max_ulp(ours.astype("f4"), theirs.astype("f4"), maxulp=32)


@each_setting
def test_training_a_net(name, settings):
    losses = []
    for t in (torch, rushlight):
        t.manual_seed(0)
        net = t.nn.Sequential(t.nn.Linear(3, 8), t.nn.Tanh(), t.nn.Linear(8, 1))
        x = t.randn(16, 3)
        y = x.sum(1, keepdim=True).sin()
        groups = [{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.003}]
        optimizer = getattr(t.optim, name)(groups, **{**settings, "maximize": False})
        seen = []
        for _ in range(20):

            def closure(optimizer=optimizer, net=net, x=x, y=y):
                optimizer.zero_grad()
                loss = ((net(x) - y) ** 2).mean()
                loss.backward()
                return loss

            seen.append(optimizer.step(closure).item())
        losses.append(seen)
    np.testing.assert_allclose(losses[1], losses[0], rtol=2e-4, atol=1e-6)


@each_setting
def test_a_state_dict_moves_both_ways(name, settings):
    """Stepped in one library, gone on in the other, the same as gone on in the first."""
    for writer, reader in ((torch, rushlight), (rushlight, torch)):
        _, optimizer = run(writer, name, settings, "float64", steps=3)
        saved = optimizer.state_dict()
        state = {
            number: {
                key: reader.tensor(value.numpy().copy())
                for key, value in values.items()
                if value is not None
            }
            for number, values in saved["state"].items()
        }
        old = optimizer.param_groups[0]["params"][0]
        new = reader.tensor(array_of(old), requires_grad=True)
        other = getattr(reader.optim, name)([new], lr=9.0)
        other.load_state_dict({"state": state, "param_groups": saved["param_groups"]})
        for _ in range(3):
            old.grad, new.grad = writer.full_like(old, 0.3), reader.full_like(new, 0.3)
            optimizer.step()
            other.step()
        # loading turns the float32 factors of these two into float64, in both libraries
        rtol = 1e-6 if name in ("NAdam", "ASGD") else 1e-12
        np.testing.assert_allclose(array_of(new), array_of(old), rtol=rtol)


@each_setting
def test_printed(name, settings):
    printed = []
    for t in (torch, rushlight):
        params = [{"params": [t.ones(1)]}, {"params": [("a", t.ones(1))][:0]}]
        printed.append(repr(getattr(t.optim, name)(params, **settings)))
    assert printed[0] == printed[1]


CALLS = [
    "t.optim.SGD([w], lr=-1)", "t.optim.SGD([w], lr='a')", "t.optim.SGD([w], momentum=-1)",
    "t.optim.SGD([w], weight_decay=-1)", "t.optim.SGD([w], nesterov=True)",
    "t.optim.SGD([w], nesterov=True, momentum=0.9, dampening=0.1)", "t.optim.SGD(w)",
    "t.optim.SGD([])", "t.optim.SGD(3)", "t.optim.SGD(None)", "t.optim.SGD([1])",
    "t.optim.SGD([w * 2])", "t.optim.SGD([{'params': [w]}, {'params': [w]}])",
    "t.optim.SGD([{'params': {w}}])", "t.optim.SGD([{'lr': 1}])",
    "t.optim.SGD([{'params': [w]}, w])", "t.optim.SGD([w, {'params': [v]}])",
    "t.optim.SGD([('a', w), v])", "t.optim.SGD([w, ('a', v)])",
    "t.optim.SGD([{'params': [('a', w)]}, {'params': [v]}])",
    "t.optim.SGD([{'params': [w]}, {'params': [('a', v)]}])", "t.optim.SGD([w, w])",
    "t.optim.SGD([w]).add_param_group(3)", "t.optim.SGD([w]).add_param_group({'params': [w]})",
    "t.optim.SGD([w], lr=t.ones(2))", "t.optim.SGD([w], bogus=1)",
    "t.optim.SGD([w], foreach=True, fused=True)", "t.optim.Adam([w], lr=-1)",
    "t.optim.Adam([w], eps=-1)", "t.optim.Adam([w], betas=(1.0, 0.9))",
    "t.optim.Adam([w], betas=(0.9, -1))", "t.optim.Adam([w], betas=(0.9,))",
    "t.optim.Adam([w], betas=0.9)", "t.optim.Adam([w], weight_decay=-1)",
    "t.optim.Adam([w], betas=(t.tensor(0.9), 0.9))", "t.optim.Adam([w], lr=t.ones(2))",
    "t.optim.Adam([w], foreach=True, fused=True)", "t.optim.AdamW([w], lr=-1)",
    "t.optim.RMSprop([w], lr=-1)", "t.optim.RMSprop([w], eps=-1)",
    "t.optim.RMSprop([w], momentum=-1)", "t.optim.RMSprop([w], alpha=-1)",
    "t.optim.Adagrad([w], lr_decay=-1)", "t.optim.Adagrad([w], eps=-1)",
    "t.optim.Adagrad([w], initial_accumulator_value=-1)",
    "t.optim.Adagrad([w], foreach=True, fused=True)", "sgd.load_state_dict({})",
    "sgd.load_state_dict({'state': {}, 'param_groups': []})",
    "sgd.load_state_dict({'state': {}, 'param_groups': [{'params': [0, 1]}]})", "sgd.step(3)",
    "t.optim.Optimizer([w])", "t.optim.Optimizer([w], {}).step()",
]  # fmt: skip


@pytest.mark.parametrize("program", CALLS)
def test_refused_alike(program):
    seen = []
    for t in (torch, rushlight):
        w, v = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
        names = {"t": t, "w": w, "v": v, "sgd": t.optim.SGD([w])}
        with pytest.raises(Exception) as error:
            eval(program, names)
        seen.append((error.type, str(error.value)))
    assert seen[1][0] is seen[0][0]
    assert seen[1][1].startswith(seen[0][1][:40])


def test_copies_of_optimizers_step_alike():
    for t in (torch, rushlight):
        w = t.ones(2, requires_grad=True)
        optimizer = t.optim.SGD([w], lr=0.1, momentum=0.9)
        w.grad = t.ones(2)
        optimizer.step()
        other = copy.deepcopy(optimizer)
        twin = other.param_groups[0]["params"][0]
        assert other.state[twin]["momentum_buffer"].tolist() == [1, 1]
        twin.grad = t.ones(2)
        other.step()
        assert w.tolist() == pytest.approx([0.9, 0.9])
        assert twin.tolist() == pytest.approx([0.71, 0.71])


def test_hooks_are_called_alike():
    logs = []
    for t in (torch, rushlight):
        log = []
        w = t.ones(1, requires_grad=True)
        optimizer = t.optim.SGD([w], lr=0.5)
        w.grad = t.ones(1)
        optimizer.register_step_pre_hook(lambda o, a, k, log=log: log.append(("pre", len(a), k)))
        optimizer.register_step_post_hook(lambda o, a, k, log=log: log.append(("post", len(a), k)))
        optimizer.register_state_dict_pre_hook(lambda o, log=log: log.append("pack"))
        optimizer.register_state_dict_post_hook(lambda o, d: {**d, "more": 1})
        optimizer.register_load_state_dict_pre_hook(lambda o, d, log=log: log.append(d["more"]))
        optimizer.register_load_state_dict_post_hook(lambda o, log=log: log.append("loaded"))
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            optimizer.load_state_dict(optimizer.state_dict())
        logs.append(log)
    assert logs[0] == logs[1]
