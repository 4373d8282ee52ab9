"""L-BFGS of PyTorch and rushlight side by side: losses, parameters, counts and states.

May import: everything.
"""

import numpy as np
import pytest

import rushlight
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

SETTINGS = [
    {},
    {"lr": 0.02, "history_size": 2, "max_iter": 5},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "history_size": 3, "max_iter": 7},
    {"line_search_fn": "strong_wolfe", "lr": 10.0},
    {"line_search_fn": "strong_wolfe", "max_eval": 4},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 0.1},
    {"tolerance_change": 0.01},
]


def problem(t, settings):
    w = t.tensor([-1.2, 1.0, 0.5, 2.0], dtype=t.float64, requires_grad=True)
    v = t.tensor([[0.3]], dtype=t.float64, requires_grad=True)
    optimizer = t.optim.LBFGS([w, v], **settings)

    def closure():
        optimizer.zero_grad()
        valley = ((1 - w[:-1]) ** 2).sum() + 100 * ((w[1:] - w[:-1] ** 2) ** 2).sum()
        loss = valley * 0.01 + ((v - w[0]) ** 2).sum()
        loss.backward()
        return loss

    return w, v, optimizer, closure


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_step(settings):
    found = []
    for t in (torch, rushlight):
        w, v, optimizer, closure = problem(t, settings)
        rows = []
        for _ in range(5):
            loss = optimizer.step(closure).item()
            state = optimizer.state[w]
            counts = [state["n_iter"], state["func_evals"], float(state.get("t", 0))]
            rows.append([loss, *w.tolist(), *v.flatten().tolist(), *counts])
        found.append(rows)
        assert set(optimizer.state_dict()["state"]) == {0}
    np.testing.assert_allclose(found[1], found[0], rtol=1e-7, atol=1e-10)


def test_a_state_dict_moves_both_ways():
    for writer, reader in ((torch, rushlight), (rushlight, torch)):
        w, v, optimizer, closure = problem(writer, {"max_iter": 4})
        optimizer.step(closure)
        x, y, other, its_closure = problem(reader, {"max_iter": 4})
        with reader.no_grad():
            x.copy_(reader.tensor(w.tolist()))
            y.copy_(reader.tensor(v.tolist()))
            x.copy_(reader.tensor(w.detach().numpy().copy()))
            y.copy_(reader.tensor(v.detach().numpy().copy()))
        saved = optimizer.state_dict()

        def moved(value, reader=reader):
            if isinstance(value, list):
                return [moved(inner) for inner in value]
            return reader.tensor(value.numpy().copy()) if hasattr(value, "numpy") else value

        state = {0: {key: moved(value) for key, value in saved["state"][0].items()}}
        other.load_state_dict({"state": state, "param_groups": saved["param_groups"]})
        optimizer.step(closure)
        other.step(its_closure)
        np.testing.assert_allclose(x.tolist(), w.tolist(), rtol=1e-9)


PROGRAMS = """
t.optim.LBFGS([w], lr=-1)

t.optim.LBFGS([{"params": [w]}, {"params": [t.ones(1, requires_grad=True)]}])

t.optim.LBFGS([w]).step()

def closure():
    loss = (w * w).sum()
    loss.backward()
    return loss
t.optim.LBFGS([w], line_search_fn="foo").step(closure)

r = t.optim.LBFGS([w])
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    check(torch, program, "w = t.ones(2, requires_grad=True)\n")
