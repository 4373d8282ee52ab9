"""Schedules of learning rates in PyTorch and rushlight: every rate of a long run, states, errors.

May import: everything.
"""

import math
import warnings

import pytest

import rushlight

torch = pytest.importorskip("torch")

SCHEDULES = [
    "S.LambdaLR(o, lambda n: 0.95**n)", "S.LambdaLR(o, [lambda n: 1 / (n + 1), lambda n: n])",
    "S.MultiplicativeLR(o, lambda n: 0.9 + n / 100)", "S.StepLR(o, 3)", "S.StepLR(o, 4, 0.5)",
    "S.MultiStepLR(o, [2, 5, 5, 9], 0.3)", "S.MultiStepLR(o, [])", "S.ExponentialLR(o, 0.93)",
    "S.ConstantLR(o)", "S.ConstantLR(o, 0.25, 7)", "S.LinearLR(o)", "S.LinearLR(o, 0.1, 0.6, 9)",
    "S.LinearLR(o, 1.0, 0.0, 8)", "S.PolynomialLR(o)", "S.PolynomialLR(o, 9, 2.0)",
    "S.CosineAnnealingLR(o, 10)", "S.CosineAnnealingLR(o, 7, 0.01)", "S.CosineAnnealingLR(o, 1)",
    "S.CosineAnnealingWarmRestarts(o, 4)", "S.CosineAnnealingWarmRestarts(o, 3, 2, 0.01)",
    "S.OneCycleLR(o, 0.9, total_steps=30)",
    "S.OneCycleLR(o, [0.9, 2.0], epochs=6, steps_per_epoch=5)",
    "S.OneCycleLR(o, 0.9, 30, pct_start=0.4, anneal_strategy='linear')",
    "S.OneCycleLR(o, 0.9, 30, three_phase=True, base_momentum=[0.7, 0.8], max_momentum=0.99)",
    "S.OneCycleLR(o, 0.9, 31, three_phase=True, anneal_strategy='linear', pct_start=0.45)",
    "S.OneCycleLR(o, 0.9, 30, cycle_momentum=False, div_factor=10, final_div_factor=1000)",
    "S.SequentialLR(o, [S.ConstantLR(o, 0.1, 4), S.ExponentialLR(o, 0.9)], [4])",
    "S.SequentialLR(o, [S.LinearLR(o, 0.1, 1.0, 3), S.CosineAnnealingLR(o, 9)], [3])",
    "S.SequentialLR(o, [S.LinearLR(o), S.StepLR(o, 2), S.ExponentialLR(o, 0.8)], [5, 12])",
    "S.ChainedScheduler([S.LinearLR(o), S.ExponentialLR(o, 0.9)])",
    "S.ChainedScheduler([S.ConstantLR(o), S.CosineAnnealingLR(o, 6), S.StepLR(o, 4)], o)",
]  # fmt: skip
OPTIMIZERS = ["SGD(groups, lr=0.4, momentum=0.9)", "Adam(groups, lr=0.02)"]


def made(t, optimizer, schedule, rate=None):
    groups = [
        {"params": [t.ones(1, requires_grad=True)]},
        {"params": [t.ones(1, requires_grad=True)], "lr": 0.05},
    ]
    names = {"t": t, "S": t.optim.lr_scheduler, "groups": groups}
    names["o"] = eval(f"t.optim.{optimizer}", names)
    names["s"] = eval(schedule, names)
    return names["o"], names["s"]


def settings(optimizer):
    """The rates and momenta of all groups."""
    names = ("lr", "momentum", "betas", "initial_lr")
    return [
        {name: group[name] for name in names if name in group} for group in optimizer.param_groups
    ]


def run(t, optimizer, schedule, steps):
    seen = [(settings(optimizer), list(schedule.get_last_lr()))]
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        seen.append((settings(optimizer), list(schedule.get_last_lr())))
    return seen


def near(value):
    """The same up to the last bits: sums may be taken in another order."""
    if isinstance(value, dict):
        return {key: near(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([near(inner) for inner in value])
    return pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_rate(optimizer, schedule):
    theirs = run(torch, *made(torch, optimizer, schedule), 29)
    ours = run(rushlight, *made(rushlight, optimizer, schedule), 29)
    assert ours == near(theirs)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_rate_changed_by_hand(schedule):
    seen = []
    for t in (torch, rushlight):
        optimizer, schedule_ = made(t, OPTIMIZERS[0], schedule)
        run(t, optimizer, schedule_, 3)
        optimizer.param_groups[0]["lr"] = 0.777
        seen.append(run(t, optimizer, schedule_, 12))
    assert seen[1] == near(seen[0])


@pytest.mark.parametrize("schedule", [s for s in SCHEDULES if "lambda" not in s])
def test_states_move_both_ways(schedule):
    for writer, reader in ((torch, rushlight), (rushlight, torch)):
        optimizer, scheduler = made(writer, OPTIMIZERS[0], schedule)
        run(writer, optimizer, scheduler, 7)
        other_optimizer, other = made(reader, OPTIMIZERS[0], schedule)
        other.load_state_dict(scheduler.state_dict())
        other_optimizer.load_state_dict(optimizer.state_dict())
        assert run(reader, other_optimizer, other, 8) == near(run(writer, optimizer, scheduler, 8))


PLAIN = [s for s in SCHEDULES if s.count("S.") == 1 and "Restarts" not in s and "OneCycle" not in s]


@pytest.mark.parametrize("schedule", PLAIN)
@pytest.mark.parametrize("last_epoch", range(-1, 9))
def test_going_on_after_a_step(schedule, last_epoch):
    seen = []
    for t in (torch, rushlight):
        groups = [{"params": [t.ones(1)], "lr": 0.3, "initial_lr": 1.0} for _ in range(2)]
        optimizer = t.optim.SGD(groups, lr=0.3)
        program = f"{schedule[:-1]}, last_epoch={last_epoch})"
        scheduler = eval(program, {"S": t.optim.lr_scheduler, "o": optimizer})
        seen.append(run(t, optimizer, scheduler, 6))
    assert seen[1] == near(seen[0])


@pytest.mark.parametrize("schedule", [*PLAIN, "S.CosineAnnealingWarmRestarts(o, 3, 2, 0.01)"])
def test_steps_to_a_given_place(schedule):
    seen = []
    for t in (torch, rushlight):
        optimizer, scheduler = made(t, OPTIMIZERS[0], schedule)
        rates = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            for place in (3, None, None, 0, None, 11, 5, None):
                optimizer.step()
                scheduler.step(place) if place is not None else scheduler.step()
                rates.append(list(scheduler.get_last_lr()))
        seen.append(rates)
    assert seen[1] == near(seen[0])


def test_fractions_of_epochs():
    seen = []
    for t in (torch, rushlight):
        optimizer, scheduler = made(t, OPTIMIZERS[0], "S.CosineAnnealingWarmRestarts(o, 3, 2)")
        rates = []
        for place in (0.5, 1.25, 2.999, 3.0, 8.5, 9.0, 20.1):
            optimizer.step()
            scheduler.step(place)
            rates.append((list(scheduler.get_last_lr()), scheduler.last_epoch))
        seen.append(rates)
    assert seen[1] == near(seen[0])


PLATEAUS = [
    "S.ReduceLROnPlateau(o)", "S.ReduceLROnPlateau(o, patience=1)",
    "S.ReduceLROnPlateau(o, 'max', patience=2, factor=0.5)",
    "S.ReduceLROnPlateau(o, patience=0, cooldown=2, threshold=0.1)",
    "S.ReduceLROnPlateau(o, patience=1, threshold=0.05, threshold_mode='abs', min_lr=0.01)",
    "S.ReduceLROnPlateau(o, 'max', patience=0, threshold=0.05, threshold_mode='abs')",
    "S.ReduceLROnPlateau(o, patience=0, min_lr=[0.2, 0.001], eps=0.01)",
]  # fmt: skip


@pytest.mark.parametrize("schedule", PLATEAUS)
def test_plateaus(schedule):
    measures = [1 / (1 + k % 7) + math.sin(k) / 9 for k in range(60)] + [float("nan"), 0.1, 9.0]
    seen = []
    for t in (torch, rushlight):
        optimizer, scheduler = made(t, OPTIMIZERS[0], schedule)
        rates = []
        for number, measure in enumerate(measures):
            scheduler.step(t.tensor(measure, dtype=t.float64) if number % 2 else measure)
            state = sorted((k, repr(v)) for k, v in scheduler.state_dict().items())
            rates.append((settings(optimizer), state, scheduler.in_cooldown))
        seen.append(rates)
    assert seen[1] == seen[0]


BAD = [
    "S.LambdaLR(o, [lambda n: 1])", "S.LinearLR(o, 0.0)", "S.LinearLR(o, 1.5)",
    "S.LinearLR(o, 0.5, 1.5)", "S.LinearLR(o, 0.5, -1)", "S.ConstantLR(o, 2)", "S.StepLR(3, 2)",
    "S.StepLR(t.optim.SGD([w]), 2, 0.1, 3)", "S.OneCycleLR(o, 1.0)", "S.ExponentialLR(o)",
    "S.OneCycleLR(o, 1.0, total_steps=0)", "S.OneCycleLR(o, 1.0, total_steps=2.5)",
    "S.OneCycleLR(o, 1.0, epochs=3)", "S.OneCycleLR(o, 1.0, epochs=0, steps_per_epoch=3)",
    "S.OneCycleLR(o, 1.0, epochs=2, steps_per_epoch=-3)",
    "S.OneCycleLR(o, 1.0, 5, pct_start=2.0)", "S.OneCycleLR(o, 1.0, 5, pct_start=1)",
    "S.OneCycleLR(o, 1.0, 5, anneal_strategy='x')", "S.OneCycleLR(3, 1.0, 5)",
    "S.OneCycleLR(t.optim.Adagrad([w]), 1.0, total_steps=5)", "S.OneCycleLR(o, [1.0], 5)",
    "[s.step() for s in [S.OneCycleLR(o, 1.0, 3)] for _ in range(4)]", "S.MultiStepLR(o, 3)",
    "S.ReduceLROnPlateau(o, factor=1.0)", "S.ReduceLROnPlateau(o, 'x')",
    "S.ReduceLROnPlateau(o, threshold_mode='x')", "S.ReduceLROnPlateau(o, min_lr=[1, 2, 3])",
    "S.ReduceLROnPlateau(3)", "S.ReduceLROnPlateau(o).step()",
    "S.ReduceLROnPlateau(o).step('a')", "S.CosineAnnealingWarmRestarts(o, 0)",
    "S.CosineAnnealingWarmRestarts(o, 2, 0)", "S.CosineAnnealingWarmRestarts(o, 2).step(-1)",
    "S.SequentialLR(o, [], [])", "S.SequentialLR(o, [S.StepLR(o, 2)], [1])",
    "S.SequentialLR(o, [S.StepLR(o, 2), S.StepLR(t.optim.SGD([w]), 2)], [1])",
    "S.ChainedScheduler([])", "S.ChainedScheduler([S.StepLR(o, 2), S.StepLR(t.optim.SGD([w]), 2)])",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("program", BAD)
def test_refused_alike(program):
    seen = []
    for t in (torch, rushlight):
        optimizer, _ = made(t, OPTIMIZERS[0], "None")
        names = {"t": t, "S": t.optim.lr_scheduler, "o": optimizer, "w": t.ones(1)}
        with pytest.raises(Exception) as error:
            eval(program, names)
        seen.append((error.type, str(error.value)))
    assert seen[1][0] is seen[0][0]
    assert seen[1][1].startswith(seen[0][1][:40])


WARNED = [
    "s.step()", "o.step() or s.step()", "s.get_lr()", "o.step() or s.step(4)", "s.get_last_lr()",
    "s.step() or s.step() or s.step()",
]  # fmt: skip


@pytest.mark.parametrize("program", WARNED)
def test_warned_alike(program):
    seen = []
    for t in (torch, rushlight):
        optimizer, scheduler = made(t, OPTIMIZERS[0], "S.StepLR(o, 2)")
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            eval(program, {"o": optimizer, "s": scheduler})
        seen.append([(w.category, str(w.message)[:60]) for w in warned])
    assert seen[1] == seen[0]
