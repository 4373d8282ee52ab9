"""What all optimizers share: groups, state dictionaries, closures, hooks, copies, errors.

May import: everything.
"""

import copy
import pickle

import pytest

import rushlight as torch
from rushlight.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop


def leaf(*values):
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


# ---- groups


def test_the_defaults_of_every_optimizer():
    assert SGD([leaf()]).defaults == {
        "lr": 0.001, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False,
        "maximize": False, "foreach": None, "differentiable": False, "fused": None,
    }  # fmt: skip
    adam = {
        "lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-08, "weight_decay": 0, "amsgrad": False,
        "maximize": False, "foreach": None, "capturable": False, "differentiable": False,
        "fused": None, "decoupled_weight_decay": False,
    }  # fmt: skip
    assert Adam([leaf()]).defaults == adam
    decoupled = {**adam, "weight_decay": 0.01, "decoupled_weight_decay": True}
    assert AdamW([leaf()]).defaults == decoupled
    assert RMSprop([leaf()]).defaults == {
        "lr": 0.01, "momentum": 0, "alpha": 0.99, "eps": 1e-08, "centered": False,
        "weight_decay": 0, "capturable": False, "foreach": None, "maximize": False,
        "differentiable": False,
    }  # fmt: skip
    assert Adagrad([leaf()]).defaults == {
        "lr": 0.01, "lr_decay": 0, "eps": 1e-10, "weight_decay": 0, "initial_accumulator_value": 0,
        "foreach": None, "maximize": False, "differentiable": False, "fused": None,
    }  # fmt: skip


def test_parameters_come_as_tensors_generators_dicts_or_named():
    net = torch.nn.Linear(2, 1)
    for params in (
        net.parameters(),
        list(net.parameters()),
        tuple(net.parameters()),
        [{"params": net.parameters()}],
        net.named_parameters(),
        [{"params": net.named_parameters()}],
    ):
        [group] = SGD(params, lr=0.5).param_groups
        assert group["params"][0] is net.weight
        assert group["params"][1] is net.bias
        assert group["lr"] == 0.5
    assert group["param_names"] == ["weight", "bias"]


def test_groups_keep_their_own_settings_and_take_the_defaults():
    v, w, x = leaf(), leaf(), leaf()
    optimizer = SGD(
        [{"params": v, "lr": 1.0}, {"params": [w], "note": "mine"}], lr=0.1, momentum=0.9
    )
    optimizer.add_param_group({"params": [x], "momentum": 0.0})
    assert [group["lr"] for group in optimizer.param_groups] == [1.0, 0.1, 0.1]
    assert [group["momentum"] for group in optimizer.param_groups] == [0.9, 0.9, 0.0]
    assert optimizer.param_groups[1]["note"] == "mine"
    assert optimizer.param_groups[0]["params"] == [v]


def test_what_is_printed():
    optimizer = SGD([{"params": [leaf()], "lr": 0.5}, {"params": [leaf()]}])
    assert repr(optimizer) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n"
        "    fused: None\n    lr: 0.5\n    maximize: False\n    momentum: 0\n    nesterov: False\n"
        "    weight_decay: 0\n\nParameter Group 1\n    dampening: 0\n    differentiable: False\n"
        "    foreach: None\n    fused: None\n    lr: 0.001\n    maximize: False\n    momentum: 0\n"
        "    nesterov: False\n    weight_decay: 0\n)"
    )


W = torch.ones(2, requires_grad=True)
V = torch.ones(2, requires_grad=True)
BAD = [
    (lambda: SGD([W], lr=-1), ValueError, "Invalid learning rate: -1"),
    (lambda: SGD([W], momentum=-1), ValueError, "Invalid momentum value: -1"),
    (lambda: SGD([W], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
    (lambda: SGD([W], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
    (
        lambda: SGD([W], nesterov=True, momentum=0.9, dampening=0.1),
        ValueError,
        "Nesterov momentum requires a momentum and zero dampening",
    ),
    (lambda: SGD([W], lr="a"), TypeError, "not supported between instances of 'str'"),
    (lambda: SGD([W], lr=torch.ones(2)), ValueError, "Tensor lr must be 1-element"),
    (lambda: SGD([W], bogus=1), TypeError, "unexpected keyword argument 'bogus'"),
    (lambda: SGD([W], fused=True, foreach=True), RuntimeError, "cannot be `True` together"),
    (lambda: SGD([W], differentiable=True), NotImplementedError, "leave no history"),
    (lambda: Adam([W], lr=-1), ValueError, "Invalid learning rate: -1"),
    (lambda: Adam([W], eps=-1), ValueError, "Invalid epsilon value: -1"),
    (lambda: Adam([W], betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
    (lambda: Adam([W], betas=(0.9, -1)), ValueError, "Invalid beta parameter at index 1: -1"),
    (lambda: Adam([W], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
    (lambda: AdamW([W], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
    (lambda: RMSprop([W], alpha=-1), ValueError, "Invalid alpha value: -1"),
    (lambda: RMSprop([W], momentum=-1), ValueError, "Invalid momentum value: -1"),
    (lambda: Adagrad([W], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
    (
        lambda: Adagrad([W], initial_accumulator_value=-1),
        ValueError,
        "Invalid initial_accumulator_value value: -1",
    ),
    (lambda: SGD(W), TypeError, "should be an iterable of Tensors or dicts, but got"),
    (lambda: SGD([]), ValueError, "optimizer got an empty parameter list"),
    (lambda: SGD(iter([])), ValueError, "optimizer got an empty parameter list"),
    (lambda: SGD(3), TypeError, "'int' object is not iterable"),
    (lambda: SGD([1]), TypeError, "optimizer can only optimize Tensors, but one of .* is int"),
    (lambda: SGD([W, {"params": V}]), TypeError, "but one of the params is dict"),
    (lambda: SGD([{"params": V}, W]), TypeError, "param_group must be a dict, but got"),
    (lambda: SGD([W * 2]), ValueError, "can't optimize a non-leaf Tensor: .* MulBackward0"),
    (lambda: SGD([{"lr": 1}]), KeyError, "params"),
    (lambda: SGD([{"params": {W}}]), TypeError, "need to be organized in ordered collections"),
    (
        lambda: SGD([{"params": W}, {"params": [V, W]}]),
        ValueError,
        "some parameters appear in more than one parameter group",
    ),
    (lambda: SGD([("a", W), V]), ValueError, "Some param names are missing"),
    (lambda: SGD([V, ("a", W)]), ValueError, "Some param names are missing"),
    (
        lambda: SGD([{"params": [("a", W)]}, {"params": [V]}]),
        ValueError,
        "cannot add param group without names to the optimizer",
    ),
    (
        lambda: SGD([{"params": [W]}, {"params": [("a", V)]}]),
        ValueError,
        "cannot add param group with names to the optimizer",
    ),
    (lambda: SGD([W]).add_param_group(3), TypeError, "param_group must be a dict, but got"),
    (lambda: SGD([W]).step(3), TypeError, "'int' object is not callable"),
    (
        lambda: Optimizer([W], {}).step(),
        NotImplementedError,
        "Optimizer does not say what a step is",
    ),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_parameter_twice_in_one_group_is_warned_of():
    with pytest.warns(UserWarning, match="a parameter group with duplicate parameters") as seen:
        SGD([W, W])
    assert seen[0].filename == __file__


def test_a_refused_group_is_not_added():
    optimizer = SGD([W])
    with pytest.raises(ValueError):
        optimizer.add_param_group({"params": [W]})
    assert len(optimizer.param_groups) == 1


def test_results_that_retain_their_gradients_can_be_optimized():
    result = leaf() * 2
    result.retain_grad()
    assert SGD([result]).param_groups[0]["params"][0] is result


# ---- gradients and closures


def test_zero_grad():
    v, w = leaf(), leaf()
    optimizer = SGD([{"params": v}, {"params": w}])
    (v * v).sum().backward()
    held = v.grad
    optimizer.zero_grad(set_to_none=False)
    assert held is v.grad
    assert held.tolist() == [0, 0]
    assert w.grad is None
    optimizer.zero_grad()
    assert v.grad is None


def test_zero_grad_cuts_the_history_of_a_gradient():
    w = leaf()
    (w**3).sum().backward(create_graph=True)
    assert w.grad.requires_grad
    SGD([w]).zero_grad(set_to_none=False)
    assert not w.grad.requires_grad


@pytest.mark.parametrize("cls", [SGD, Adam, AdamW, RMSprop, Adagrad])
def test_a_closure_runs_recording_and_its_loss_is_returned(cls):
    w = leaf()
    optimizer = cls([w], lr=0.1)
    modes = []

    def closure():
        modes.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
        assert not torch.is_grad_enabled()
    assert loss.item() == 5
    assert modes == [True]
    assert w.tolist() != [1, 2]
    assert optimizer.step() is None


def test_an_error_in_a_closure_leaves_all_as_it_was():
    w = leaf()
    w.grad = torch.ones(2)
    optimizer = SGD([w], lr=0.1)
    with torch.no_grad():
        with pytest.raises(LookupError):
            optimizer.step(lambda: {}["missing"])
        assert not torch.is_grad_enabled()
    assert w.tolist() == [1, 2]


# ---- state dictionaries


def trained(cls, **settings):
    v, w = leaf(1.0, 2.0), leaf(3.0)
    optimizer = cls([{"params": [v]}, {"params": [w], "lr": 0.5}], lr=0.1, **settings)
    for _ in range(2):
        optimizer.zero_grad()
        ((v**2).sum() + (w**2).sum()).backward()
        optimizer.step()
    return optimizer


EVERY = [
    (SGD, {"momentum": 0.9}),
    (Adam, {"amsgrad": True}),
    (AdamW, {}),
    (RMSprop, {"centered": True, "momentum": 0.5}),
    (Adagrad, {}),
]


@pytest.mark.parametrize("cls, settings", EVERY)
def test_state_dict_and_back(cls, settings):
    optimizer = trained(cls, **settings)
    state_dict = optimizer.state_dict()
    assert [group["params"] for group in state_dict["param_groups"]] == [[0], [1]]
    assert set(state_dict["state"]) == {0, 1}
    v, w = optimizer.param_groups[0]["params"][0], optimizer.param_groups[1]["params"][0]
    assert state_dict["state"][0] is optimizer.state[v]
    fresh_v, fresh_w = v.detach().clone().requires_grad_(), w.detach().clone().requires_grad_()
    fresh = cls([{"params": [fresh_v]}, {"params": [fresh_w]}], lr=9.0)
    fresh.load_state_dict(state_dict)
    assert [group["lr"] for group in fresh.param_groups] == [0.1, 0.5]
    assert fresh.param_groups[0]["params"][0] is fresh_v
    for one, other in ((v, fresh_v), (w, fresh_w)):
        one.grad, other.grad = torch.full_like(one, 0.3), torch.full_like(one, 0.3)
    optimizer.step()
    fresh.step()
    assert torch.equal(v, fresh_v)
    assert torch.equal(w, fresh_w)


def test_a_loaded_state_is_a_copy():
    optimizer = trained(SGD, momentum=0.9)
    state_dict = optimizer.state_dict()
    fresh = SGD([{"params": [leaf()]}, {"params": [leaf(3.0)]}])
    fresh.load_state_dict(state_dict)
    fresh.param_groups[0]["lr"] = 7.0
    fresh.state[fresh.param_groups[0]["params"][0]]["momentum_buffer"].zero_()
    assert state_dict["param_groups"][0]["lr"] == 0.1
    assert state_dict["state"][0]["momentum_buffer"].tolist() != [0, 0]


def test_a_state_takes_the_dtype_of_its_parameter_but_a_count_does_not():
    w = torch.ones(2, dtype=torch.float16, requires_grad=True)
    optimizer = Adam([w])
    values = {"step": torch.tensor(5000.0), "exp_avg": torch.ones(2), "exp_avg_sq": torch.ones(2)}
    optimizer.load_state_dict({"state": {0: values}, "param_groups": [{"params": [0]}]})
    assert optimizer.state[w]["exp_avg"].dtype is torch.float16
    assert optimizer.state[w]["step"].dtype is torch.float32
    assert optimizer.state[w]["step"].item() == 5000


def test_values_inside_containers_and_of_nobody():
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = SGD([w])
    nested = {"history": [torch.ones(1), {"deep": (torch.ones(1), 3)}], "note": "text"}
    optimizer.load_state_dict(
        {"state": {0: nested, "shared": {"count": 2}}, "param_groups": [{"params": [0]}]}
    )
    history = optimizer.state[w]["history"]
    assert history[0].dtype is torch.float64
    assert history[1]["deep"][0].dtype is torch.float64
    assert history[1]["deep"][1] == 3
    assert optimizer.state[w]["note"] == "text"
    assert optimizer.state_dict()["state"]["shared"] == {"count": 2}


def test_settings_that_an_older_file_lacks_have_the_defaults():
    w = leaf()
    optimizer = SGD([("w", w)], lr=0.3)
    optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0], "lr": 0.5}]})
    [group] = optimizer.param_groups
    assert (group["lr"], group["momentum"], group["maximize"]) == (0.5, 0, False)
    assert group["param_names"] == ["w"]
    w.grad = torch.ones(2)
    optimizer.step()
    assert w.tolist() == [0.5, 1.5]


def test_state_dicts_that_do_not_fit_change_nothing():
    optimizer = trained(SGD, momentum=0.9)
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=r"a different number of parameter groups: 1, .* has 2"):
        optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0]}]})
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group: group 1"):
        optimizer.load_state_dict(
            {"state": {}, "param_groups": [{"params": [0]}, {"params": [1, 2]}]}
        )
    with pytest.raises(KeyError, match="param_groups"):
        optimizer.load_state_dict({})
    assert optimizer.state_dict() == before


@pytest.mark.parametrize("cls, settings", EVERY)
@pytest.mark.parametrize("way", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_and_pickles(cls, settings, way):
    optimizer = trained(cls, **settings)
    optimizer.register_step_post_hook(lambda *_: None)
    other = way(optimizer)
    mine, theirs = optimizer.param_groups[0]["params"][0], other.param_groups[0]["params"][0]
    assert theirs is not mine
    assert theirs in other.state
    mine.grad, theirs.grad = torch.ones(2), torch.ones(2)
    optimizer.step()
    other.step()
    assert torch.equal(mine, theirs)


# ---- hooks and optimizers of the user's own


class Signs(Optimizer):
    """Walks by the sign of the gradient, with a step of its own."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param]["count"] = self.state[param].get("count", 0) + 1
                param.add_(param.grad.sign(), alpha=-group["lr"])
        return "done"


class Twice(SGD):
    """Calls its base's step from its own."""

    def step(self, closure=None):
        super().step(closure)
        return super().step(closure)


@pytest.mark.parametrize("cls, steps", [(SGD, 1), (Signs, 1), (Twice, 2)])
def test_step_hooks(cls, steps):
    w = leaf(1.0)
    w.grad = torch.ones(1)
    optimizer = cls([w], lr=0.25)
    log = []
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: log.append((o, args, kwargs)))
    after = optimizer.register_step_post_hook(lambda o, args, kwargs: log.append(w.item()))
    optimizer.step()
    assert log == [(optimizer, (optimizer,), {}), 1 - 0.25 * steps]
    before.remove()
    after.remove()
    optimizer.step()
    assert len(log) == 2


def test_a_pre_hook_may_change_the_arguments():
    optimizer = SGD([leaf()])
    calls = []
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: calls.append(1)), {}))
    optimizer.step()
    assert calls == [1]
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of .*, but got 3\."):
        optimizer.step()


def test_hooks_of_state_dicts():
    optimizer = SGD([leaf()], lr=0.1)
    log = []
    optimizer.register_state_dict_pre_hook(lambda o: log.append("second"))
    optimizer.register_state_dict_pre_hook(lambda o: log.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, d: {**d, "extra": 1})
    state_dict = optimizer.state_dict()
    assert log == ["first", "second"]
    assert state_dict["extra"] == 1

    def halve(optimizer, state_dict):
        groups = [{**group, "lr": group["lr"] / 2} for group in state_dict["param_groups"]]
        return {**state_dict, "param_groups": groups}

    optimizer.register_load_state_dict_pre_hook(halve)
    optimizer.register_load_state_dict_post_hook(lambda o: log.append(o.param_groups[0]["lr"]))
    optimizer.load_state_dict(state_dict)
    assert log[-1] == 0.05


def test_an_optimizer_of_the_users_own():
    w = leaf(1.0, -1.0)
    w.grad = torch.tensor([3.0, -0.1])
    optimizer = Signs([w], lr=0.5)
    assert optimizer.step() == "done"
    assert w.tolist() == [0.5, -0.5]
    assert optimizer.state_dict()["state"] == {0: {"count": 1}}
    assert Signs.step.__name__ == "step"
