"""Parametrizations, weight and spectral norms of both styles, on PyTorch and here.

May import: everything.
"""

import warnings

import numpy as np
import pytest

from tests.parity.modules_side_by_side import check_module
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

random = np.random.default_rng(5)


def values(*shape):
    return random.normal(size=shape).astype(np.float32)


X, IMAGE, SEQUENCE = values(4, 3), values(2, 3, 5, 5), values(5, 2, 3)


def quiet(make):
    def made(nn):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make(nn, nn.utils.parametrizations)

    return made


MODULES = {
    "weight_norm": (lambda nn, p: p.weight_norm(nn.Linear(3, 2)), X),
    "weight_norm of all": (lambda nn, p: p.weight_norm(nn.Linear(3, 2), dim=None), X),
    "weight_norm of columns": (lambda nn, p: p.weight_norm(nn.Conv2d(3, 2, 2), dim=1), IMAGE),
    "spectral_norm": (lambda nn, p: p.spectral_norm(nn.Linear(3, 2)), X),
    "spectral_norm of conv": (lambda nn, p: p.spectral_norm(nn.Conv2d(3, 4, 2), eps=1e-6), IMAGE),
    "spectral_norm transposed": (
        lambda nn, p: p.spectral_norm(nn.ConvTranspose2d(3, 4, 2), n_power_iterations=2), IMAGE
    ),
    "old weight_norm": (lambda nn, p: nn.utils.weight_norm(nn.Linear(3, 2)), X),
    "old spectral_norm": (lambda nn, p: nn.utils.spectral_norm(nn.Linear(3, 2)), X),
    "old spectral_norm of conv": (
        lambda nn, p: nn.utils.spectral_norm(nn.Conv2d(3, 4, 2), n_power_iterations=3), IMAGE
    ),
    "norm of an LSTM": (lambda nn, p: p.weight_norm(nn.LSTM(3, 4), "weight_hh_l0"), SEQUENCE),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, *inputs = MODULES[name]
    check_module(torch, quiet(make), *inputs, rtol=2e-4, atol=2e-5, derived=True)


PROGRAMS = """
r = (P.register_parametrization(m, "weight", Sym()), list(m.state_dict()), m.weight)

P.register_parametrization(m, "weight", Sym())
m.weight = t.ones(3, 3)

P.register_parametrization(m, "bias", Two())
m.bias = t.tensor([1.0, -2.0, 3.0])
r = (m.bias, m.parametrizations.bias.original0, [n for n, p in m.named_parameters()])

P.register_parametrization(m, "weight", Sym())
r = (P.is_parametrized(m), P.is_parametrized(m, "bias"), P.type_before_parametrizations(m).__name__)

P.register_parametrization(m, "foo", Sym())

P.register_parametrization(m, "weight", t.nn.Flatten(0))

P.register_parametrization(m, "weight", Sym())
P.register_parametrization(m, "weight", t.nn.Tanh())
r = (m, m.weight)

P.register_parametrization(m, "weight", Sym())
P.register_parametrization(m, "weight", Sym(), unsafe=True)

P.register_parametrization(m, "bias", Two())
P.remove_parametrizations(m, "bias", leave_parametrized=False)

P.register_parametrization(m, "bias", Two())
P.remove_parametrizations(m, "bias")
r = (m, m.bias, type(m).__name__)

P.register_parametrization(m, "weight", Sym())
P.remove_parametrizations(m, "weight", leave_parametrized=False)
r = (m, m.weight, list(m.state_dict()))

P.remove_parametrizations(m, "bias")

P.register_parametrization(m, "weight", Sym())
with P.cached():
    r = (m.weight is m.weight)
r = (r, m.weight is m.weight)

import pickle
P.register_parametrization(m, "weight", Sym())
pickle.dumps(m)

p = P.register_parametrization(m, "weight", Sym())
o = t.optim.SGD(m.parameters(), lr=0.1)
m(t.ones(2, 3)).sum().backward()
o.step()
r = (m.weight, m.parametrizations.weight.original)

t.nn.utils.parametrizations.weight_norm(m, "foo")

t.nn.utils.parametrizations.spectral_norm(m, "foo")

t.nn.utils.parametrizations.spectral_norm(m, n_power_iterations=0)

old = t.nn.utils.weight_norm(t.nn.Linear(3, 3))
new = t.nn.utils.parametrizations.weight_norm(m)
r = (new.load_state_dict(old.state_dict()), new.weight.detach())

t.nn.utils.weight_norm(m)
r = (t.nn.utils.remove_weight_norm(m), m.weight, list(m.state_dict()))

t.nn.utils.spectral_norm(m)
r = (t.nn.utils.remove_spectral_norm(m), m.weight, list(m.state_dict()))

t.nn.utils.remove_weight_norm(m)

t.nn.utils.remove_spectral_norm(m)

t.nn.utils.weight_norm(t.nn.utils.weight_norm(m))

t.nn.utils.spectral_norm(t.nn.utils.spectral_norm(m))
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    before = """
P = __import__(t.__name__ + ".nn.utils.parametrize", fromlist=["x"])
class Sym(t.nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).transpose(-1, -2)
class Two(t.nn.Module):
    def forward(self, a, b):
        return a * b
    def right_inverse(self, x):
        return x.abs(), x.sign()
t.manual_seed(0)
m = t.nn.Linear(3, 3)
"""
    check(torch, program, before)
