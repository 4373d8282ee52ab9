"""Modules that find their sizes in the first input, on PyTorch and here.

May import: everything.
"""

import warnings

import numpy as np
import pytest

import rushlight
from tests.parity.modules_side_by_side import convert, hold_together
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

random = np.random.default_rng(5)


def values(*shape):
    return random.normal(size=shape).astype(np.float32)


MODULES = {
    "LazyLinear": (lambda nn: nn.LazyLinear(3), values(2, 5)),
    "LazyLinear without bias": (lambda nn: nn.LazyLinear(3, bias=False), values(5)),
    "LazyConv1d": (lambda nn: nn.LazyConv1d(4, 2, groups=2), values(2, 6, 5)),
    "LazyConv2d": (lambda nn: nn.LazyConv2d(4, 2, padding=1, bias=False), values(3, 5, 5)),
    "LazyConv3d": (lambda nn: nn.LazyConv3d(2, 2), values(1, 2, 3, 3, 3)),
    "LazyConvTranspose1d": (lambda nn: nn.LazyConvTranspose1d(4, 2, 2), values(2, 3, 5)),
    "LazyConvTranspose2d": (
        lambda nn: nn.LazyConvTranspose2d(4, 2, groups=2), values(2, 6, 4, 4)
    ),
    "LazyConvTranspose3d": (lambda nn: nn.LazyConvTranspose3d(2, 2), values(1, 2, 3, 3, 3)),
    "LazyBatchNorm1d": (lambda nn: nn.LazyBatchNorm1d(), values(4, 3)),
    "LazyBatchNorm2d": (lambda nn: nn.LazyBatchNorm2d(momentum=None), values(4, 3, 2, 2)),
    "LazyBatchNorm3d": (lambda nn: nn.LazyBatchNorm3d(affine=False), values(4, 3, 2, 2, 2)),
    "LazyInstanceNorm1d": (lambda nn: nn.LazyInstanceNorm1d(), values(2, 3, 5)),
    "LazyInstanceNorm2d": (lambda nn: nn.LazyInstanceNorm2d(affine=False), values(2, 3, 5, 2)),
    "LazyInstanceNorm3d": (
        lambda nn: nn.LazyInstanceNorm3d(track_running_stats=False), values(2, 3, 2, 2, 2)
    ),
    "net": (
        lambda nn: nn.Sequential(
            nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2)
        ),
        values(3, 2, 5, 5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, array = MODULES[name]
    found, shown = [], []
    for library in (torch, rushlight):
        library.manual_seed(3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = make(library.nn)
        texts = [repr(module), repr(list(module.parameters())), repr(module.state_dict())]
        texts = [text for text in texts if "tensor" not in text]
        optimizer_first = list(module.parameters())
        x = convert(array, library).requires_grad_()
        result = module(x)
        (result * result).sum().backward()
        texts += [repr(module), type(module).__name__, *module.state_dict()]
        assert all(a is b for a, b in zip(optimizer_first, module.parameters(), strict=True))
        shown.append(texts)
        gradients = [p.grad for p in module.parameters()]
        found.append([result, *gradients, *module.state_dict().values()])
    assert shown[0] == shown[1]
    hold_together(*found, 2e-4, 2e-5)


PROGRAMS = """
m.weight.shape

m.weight.numel()

m.weight + 1

r = (m.weight.requires_grad, m.weight.is_leaf, m.weight.dtype, m.weight)

r = (m.double().weight.dtype, m(t.ones(2, 5, dtype=t.float64)).dtype)

r = (m.load_state_dict(t.nn.Linear(4, 3).state_dict()), m, m.weight.shape)

m.load_state_dict(t.nn.Linear(4, 3).state_dict())
m(t.ones(1, 4))
r = m

t.nn.Linear(4, 3).load_state_dict(m.state_dict())

import copy
c = copy.deepcopy(m)
c(t.ones(2, 4))
r = (c, m)

m.apply(lambda x: x.reset_parameters() if hasattr(x, "reset_parameters") else None)
r = m.has_uninitialized_params()

o = t.optim.SGD(m.parameters(), lr=0.1)
m(t.ones(2, 4)).sum().backward()
o.step()
r = m.weight

t.nn.LazyConv2d(3, 2)(t.ones(2, 3))

t.nn.LazyConv2d(3, 2, groups=3)(t.ones(1, 2, 4, 4))

t.nn.LazyBatchNorm2d()(t.ones(2, 3))

r = (t.nn.UninitializedParameter(), t.nn.UninitializedBuffer())
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    check(torch, program, "t.manual_seed(0)\nm = t.nn.LazyLinear(3)\n")
