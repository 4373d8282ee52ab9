"""Schedules of learning rates against values of PyTorch 2.13, states, warnings, errors.

May import: everything.
"""

import copy
import pickle

import pytest

import rushlight as torch
from rushlight.optim import SGD, Adam
from rushlight.optim import lr_scheduler as S


def optimizer(lr=1.0, **settings):
    return SGD([torch.ones(1, requires_grad=True)], lr=lr, **settings)


# a schedule of an optimizer `o` with lr=1, and the rates of its first seven steps
RATES = [
    ("S.LambdaLR(o, lambda n: 0.5**n)", [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625]),
    ("S.MultiplicativeLR(o, lambda n: 0.5)", [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125,
     0.015625]),
    ("S.StepLR(o, 2)", [1.0, 1.0, 0.1, 0.1, 0.01, 0.01, 0.001]),
    ("S.MultiStepLR(o, [1, 3, 3])", [1.0, 0.1, 0.1, 0.001, 0.001, 0.001, 0.001]),
    ("S.ExponentialLR(o, 0.5)", [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625]),
    ("S.ConstantLR(o, 0.5, 3)", [0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0]),
    ("S.LinearLR(o, 0.5, 1.0, 4)", [0.5, 0.625, 0.75, 0.875, 1.0, 1.0, 1.0]),
    ("S.PolynomialLR(o, 5, 2.0)", [1.0, 0.64, 0.36, 0.16, 0.04, 0.0, 0.0]),
    ("S.CosineAnnealingLR(o, 4)", [1.0, 0.85355339, 0.5, 0.14644661, 0.0, 0.14644661, 0.5]),
    ("S.CosineAnnealingLR(o, 3, 0.1)", [1.0, 0.775, 0.325, 0.1, 0.325, 0.775, 1.0]),
    ("S.CosineAnnealingWarmRestarts(o, 2, 2)", [1.0, 0.5, 1.0, 0.85355339, 0.5, 0.14644661,
     1.0]),
    ("S.OneCycleLR(o, 2.0, 8)", [0.08, 1.6385502, 1.9438836, 1.6234913, 1.111968, 0.566122,
     0.15328319]),
    ("S.OneCycleLR(o, 2.0, 8, anneal_strategy='linear')", [0.08, 1.4514286, 1.7857151,
     1.4285737, 1.0714323, 0.71429086, 0.35714943]),
    ("S.OneCycleLR(o, 2.0, 8, three_phase=True)", [0.08, 1.6385502, 1.2536201, 0.079553278,
     0.064941098, 0.037015095, 0.010684857]),
    ("S.SequentialLR(o, [S.LinearLR(o, 0.1, 1.0, 2), S.ExponentialLR(o, 0.5)], [3])", [0.1,
     0.55, 1.0, 1.0, 0.5, 0.25, 0.125]),
    ("S.ChainedScheduler([S.ConstantLR(o, 0.5, 2), S.ExponentialLR(o, 0.5)])", [0.5, 0.25,
     0.25, 0.125, 0.0625, 0.03125, 0.015625]),
]  # fmt: skip


def run(o, s, steps):
    rates = []
    for _ in range(steps):
        rates.append(s.get_last_lr()[0])
        assert o.param_groups[0]["lr"] == rates[-1]
        o.step()
        s.step()
    return rates


@pytest.mark.parametrize("program, expected", RATES)
def test_rates(program, expected):
    o = optimizer(momentum=0.9)
    s = eval(program, {"S": S, "o": o})
    assert run(o, s, 7) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("program", [program for program, _ in RATES])
def test_states(program):
    o = optimizer(momentum=0.9)
    s = eval(program, {"S": S, "o": o})
    run(o, s, 3)
    other_o = optimizer(momentum=0.9)
    other = eval(program, {"S": S, "o": other_o})
    other.load_state_dict(copy.deepcopy(s.state_dict()))
    other_o.load_state_dict(o.state_dict())
    assert run(other_o, other, 4) == run(o, s, 4)
    if "lambda" not in program:
        pickle.loads(pickle.dumps(s.state_dict()))


def test_each_group_has_its_own_rate():
    groups = [{"params": [torch.ones(1)]}, {"params": [torch.ones(1)], "lr": 0.5}]
    o = SGD(groups, lr=1.0)
    s = S.LambdaLR(o, [lambda n: 1 + n, lambda n: 1 + 10 * n])
    o.step()
    s.step()
    assert s.get_last_lr() == [2.0, 5.5]
    assert [group["initial_lr"] for group in o.param_groups] == [1.0, 0.5]
    assert s.base_lrs == [1.0, 0.5]


def test_a_rate_that_is_a_tensor_is_changed_in_place():
    rate = torch.tensor(1.0)
    o = optimizer(lr=rate)
    s = S.ExponentialLR(o, 0.5)
    o.step()
    s.step()
    assert rate.item() == 0.5
    assert s.base_lrs[0].item() == 1.0
    assert s.get_last_lr()[0].item() == 0.5


def test_schedules_chain_and_keep_a_rate_changed_by_hand():
    o = optimizer()
    first, second = S.ExponentialLR(o, 0.5), S.StepLR(o, 2, 0.1)
    for _ in range(2):
        o.step()
        first.step()
        second.step()
    assert o.param_groups[0]["lr"] == pytest.approx(0.025)
    o.param_groups[0]["lr"] = 8.0
    o.step()
    first.step()
    assert o.param_groups[0]["lr"] == 4.0


def test_momentum_goes_against_the_rate():
    o = optimizer(momentum=0.9)
    s = S.OneCycleLR(o, 2.0, 9)
    momenta = []
    for _ in range(8):
        momenta.append(o.param_groups[0]["momentum"])
        o.step()
        s.step()
    assert max(momenta) == momenta[0] == 0.95
    assert min(momenta) == pytest.approx(momenta[2], abs=0.01)
    adam = Adam([torch.ones(1)], lr=1.0)
    S.OneCycleLR(adam, 2.0, 9)
    assert adam.param_groups[0]["betas"] == (0.95, 0.999)


class Third(S.LRScheduler):
    """A schedule of the user's own."""

    def get_lr(self):
        return [base / (1 + 2 * self.last_epoch) for base in self.base_lrs]


def test_a_schedule_of_the_users_own():
    o = optimizer()
    assert run(o, Third(o), 3) == [1.0, 1 / 3, 0.2]


class Factor:
    """A callable with a state."""

    def __init__(self, value):
        self.value = value

    def __call__(self, step):
        return self.value**step


def test_the_state_of_callables_is_kept():
    o = optimizer()
    state = S.LambdaLR(o, Factor(0.5)).state_dict()
    assert state["lr_lambdas"] == [{"value": 0.5}]
    other = S.LambdaLR(optimizer(), Factor(0.9))
    other.load_state_dict(state)
    assert other.lr_lambdas[0].value == 0.5
    assert S.LambdaLR(o, lambda n: 1).state_dict()["lr_lambdas"] == [None]


def test_going_on_after_a_step():
    o = optimizer(lr=0.25)
    with pytest.raises(KeyError, match=r"param 'initial_lr' is not specified in param_groups\[0\]"):
        S.ExponentialLR(o, 0.5, last_epoch=1)
    o.param_groups[0]["initial_lr"] = 1.0
    s = S.ExponentialLR(o, 0.5, last_epoch=1)
    assert s.last_epoch == 2
    assert run(o, s, 2) == [0.25, 0.125]


def test_steps_out_of_order_are_warned_of_once():
    o = optimizer()
    s = S.StepLR(o, 5)
    with pytest.warns(UserWarning, match=r"`lr_scheduler.step\(\)` before `optimizer.step") as seen:
        s.step()
    assert seen[0].filename == __file__
    s.step()  # warnings are errors here: there is none
    later = optimizer()
    s = S.StepLR(later, 5)
    later.step()
    s.step()


def test_a_step_of_the_users_own_counts():
    class Own(SGD):
        def step(self, closure=None):
            return super().step(closure)

    o = Own([torch.ones(1)], lr=1.0)
    s = S.StepLR(o, 5)
    o.step()
    s.step()


def test_more_warnings():
    o = optimizer()
    s = S.StepLR(o, 2, 0.1)
    o.step()
    with pytest.warns(UserWarning, match="The epoch parameter in `scheduler.step"):
        s.step(4)
    assert s.get_last_lr() == pytest.approx([0.01])
    with pytest.warns(UserWarning, match="please use `get_last_lr"):
        s.get_lr()


# ---- plateaus


def falls(measures, **settings):
    """The numbers of the steps at which the rate fell."""
    o = optimizer()
    s = S.ReduceLROnPlateau(o, factor=0.5, **settings)
    at = []
    for number, measure in enumerate(measures):
        before = o.param_groups[0]["lr"]
        s.step(measure)
        if o.param_groups[0]["lr"] != before:
            at.append(number)
    return at


def test_plateaus():
    assert falls([3, 2, 1, 0]) == []
    assert falls([1] * 12, patience=2) == [3, 6, 9]
    assert falls([1] * 12, patience=2, cooldown=2) == [3, 8]
    assert falls([1, 2, 3, 4, 5], patience=0) == [1, 2, 3, 4]
    assert falls([1, 2, 3, 4, 5], patience=0, mode="max") == []
    assert falls([1, 0.95, 0.9], patience=0, threshold=0.1) == [1, 2]
    assert falls([1, 0.95, 0.9], patience=0, threshold=0.01) == []
    assert falls([10, 9.95, 9.9], patience=0, threshold=0.2, threshold_mode="abs") == [1, 2]
    assert falls([1] * 9, patience=0, min_lr=0.2) == [1, 2, 3]
    assert falls([1] * 9, patience=0, eps=0.2) == [1, 2]
    assert falls([float("nan")] * 3, patience=1) == [1]


def test_a_plateau_takes_tensors_and_goes_on_from_its_state():
    o = optimizer()
    s = S.ReduceLROnPlateau(o, patience=1)
    s.step(torch.tensor(1.0))
    s.step(torch.tensor(2.0))
    other = S.ReduceLROnPlateau(o, patience=9)
    other.load_state_dict(s.state_dict())
    assert (other.patience, other.best, other.num_bad_epochs) == (1, 1.0, 1)
    other.step(2.0)
    assert other.get_last_lr() == pytest.approx([0.1])


def test_groups_that_come_after_a_plateau():
    for bound, error in ((0.4, None), ([0.4], RuntimeError)):
        o = optimizer()
        s = S.ReduceLROnPlateau(o, patience=0, factor=0.1, min_lr=bound)
        o.add_param_group({"params": [torch.ones(1)]})
        s.step(1.0)
        if error is None:
            s.step(1.0)
            assert s.get_last_lr() == [0.4, 0.4]
        else:
            with pytest.raises(
                error, match="The number of param groups in the `optimizer` differs"
            ):
                s.step(1.0)


O = optimizer()
OTHER = optimizer()


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: S.StepLR(3, 2), TypeError, "int is not an Optimizer"),
        (lambda: S.ReduceLROnPlateau(3), TypeError, "int is not an Optimizer"),
        (lambda: S.LambdaLR(O, [len, len]), ValueError, "Expected 1 lr_lambdas, but got 2"),
        (lambda: S.LinearLR(O, 0.0), ValueError, "Starting multiplicative factor expected to be"),
        (lambda: S.LinearLR(O, 0.5, 1.5), ValueError, "Ending multiplicative factor expected to"),
        (lambda: S.ConstantLR(O, 2), ValueError, "Constant multiplicative factor expected to be"),
        (lambda: S.OneCycleLR(O, 1.0), ValueError, "You must define either total_steps OR"),
        (lambda: S.OneCycleLR(O, 1.0, 2.5), ValueError, "Expected positive integer total_steps"),
        (lambda: S.OneCycleLR(O, 1.0, epochs=0, steps_per_epoch=1), ValueError, "integer epochs"),
        (
            lambda: S.OneCycleLR(O, 1.0, 5, pct_start=2.0),
            ValueError,
            "Expected float between 0 and",
        ),
        (
            lambda: S.OneCycleLR(O, 1.0, 5, anneal_strategy="x"),
            ValueError,
            "must be one of 'cos' or",
        ),
        (lambda: S.OneCycleLR(O, [1.0, 2.0], 5), ValueError, "max_lr must have the same length as"),
        (
            lambda: S.OneCycleLR(torch.optim.Adagrad([torch.ones(1)]), 1.0, 5),
            ValueError,
            "optimizer must support momentum or beta1",
        ),
        (lambda: S.ReduceLROnPlateau(O, factor=1.0), ValueError, r"Factor should be < 1\.0\."),
        (lambda: S.ReduceLROnPlateau(O, "x"), ValueError, "mode x is unknown!"),
        (lambda: S.ReduceLROnPlateau(O, threshold_mode="x"), ValueError, "threshold mode x is unk"),
        (lambda: S.ReduceLROnPlateau(O, min_lr=[1, 2]), ValueError, "expected 1 min_lrs, got 2"),
        (lambda: S.ReduceLROnPlateau(O).step(), TypeError, "required positional argument: 'metri"),
        (lambda: S.ReduceLROnPlateau(O).step("a"), ValueError, "could not convert string to float"),
        (lambda: S.CosineAnnealingWarmRestarts(O, 0), ValueError, "Expected positive integer T_0"),
        (
            lambda: S.CosineAnnealingWarmRestarts(O, 1, 0),
            ValueError,
            "Expected integer T_mult >= 1",
        ),
        (lambda: S.SequentialLR(O, [], []), ValueError, "expects at least one scheduler"),
        (lambda: S.SequentialLR(O, [S.StepLR(O, 2)], [1]), ValueError, "one more than the number"),
        (
            lambda: S.ChainedScheduler([S.StepLR(O, 2), S.StepLR(OTHER, 2)]),
            ValueError,
            "expects all schedulers to belong to the same optimizer",
        ),
        (lambda: S.LRScheduler(O), NotImplementedError, "does not say what comes next"),
    ],
)
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_steps_beyond_the_last():
    o = optimizer(momentum=0.9)
    s = S.OneCycleLR(o, 1.0, 3)
    for _ in range(3):
        o.step()
        s.step()
    with pytest.raises(
        ValueError, match=r"Tried to step 4 times. The specified number of total steps"
    ):
        s.step()
