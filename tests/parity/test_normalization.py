"""Normalizations on PyTorch and here: modules, functions, errors.

May import: everything.
"""

import numpy as np
import pytest

from tests.parity.modules_side_by_side import check_module
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

random = np.random.default_rng(5)


def values(*shape):
    return random.normal(1.0, 2.0, shape).astype(np.float32)


MODULES = {
    "LayerNorm": (lambda nn: nn.LayerNorm(5), values(2, 3, 5)),
    "LayerNorm of two dims": (lambda nn: nn.LayerNorm((3, 5)), values(2, 3, 5)),
    "LayerNorm long": (lambda nn: nn.LayerNorm(300), values(700, 300)),
    "LayerNorm plain": (lambda nn: nn.LayerNorm(5, elementwise_affine=False), values(2, 5)),
    "LayerNorm without bias": (lambda nn: nn.LayerNorm([5], eps=0.1, bias=False), values(2, 5)),
    "GroupNorm": (lambda nn: nn.GroupNorm(2, 6), values(3, 6, 4, 2)),
    "GroupNorm plain": (lambda nn: nn.GroupNorm(3, 6, affine=False), values(3, 6)),
    "GroupNorm without bias": (lambda nn: nn.GroupNorm(6, 6, bias=False), values(3, 6, 2)),
    "RMSNorm": (lambda nn: nn.RMSNorm(5), values(2, 3, 5)),
    "RMSNorm eps": (lambda nn: nn.RMSNorm((3, 5), eps=0.1), values(2, 3, 5)),
    "RMSNorm plain": (lambda nn: nn.RMSNorm(5, elementwise_affine=False), values(2, 3, 5)),
    "LocalResponseNorm": (lambda nn: nn.LocalResponseNorm(3, 0.5, 0.6, 2.0), values(2, 5, 3)),
    "LocalResponseNorm even": (lambda nn: nn.LocalResponseNorm(4), values(2, 5, 3, 2)),
    "BatchNorm1d": (lambda nn: nn.BatchNorm1d(3), values(4, 3)),
    "BatchNorm1d of sequences": (lambda nn: nn.BatchNorm1d(3, eps=0.1), values(4, 3, 5)),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(3, momentum=0.3), values(4, 3, 5, 2)),
    "BatchNorm2d average": (lambda nn: nn.BatchNorm2d(3, momentum=None), values(4, 3, 5, 2)),
    "BatchNorm2d plain": (lambda nn: nn.BatchNorm2d(3, affine=False), values(4, 3, 5, 2)),
    "BatchNorm2d without bias": (lambda nn: nn.BatchNorm2d(3, bias=False), values(4, 3, 5, 2)),
    "BatchNorm2d forgetful": (
        lambda nn: nn.BatchNorm2d(3, track_running_stats=False), values(4, 3, 5, 2)
    ),
    "BatchNorm3d": (lambda nn: nn.BatchNorm3d(3), values(4, 3, 2, 3, 2)),
    "InstanceNorm1d": (lambda nn: nn.InstanceNorm1d(3), values(2, 3, 5)),
    "InstanceNorm1d of one": (lambda nn: nn.InstanceNorm1d(3, affine=True), values(3, 5)),
    "InstanceNorm2d": (
        lambda nn: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), values(2, 3, 5, 2)
    ),
    "InstanceNorm3d": (
        lambda nn: nn.InstanceNorm3d(3, track_running_stats=True), values(2, 3, 2, 2, 2)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, *inputs = MODULES[name]
    check_module(torch, make, *inputs, rtol=2e-4, atol=2e-5)


PROGRAMS = """
t.nn.functional.layer_norm(x, 4)

t.nn.functional.layer_norm(x, (4,), w.double())

t.nn.functional.layer_norm(x, (3,))

t.nn.functional.layer_norm(x, ())

t.nn.functional.layer_norm(x, (4,), t.ones(3))

t.nn.functional.layer_norm(x, (4,), None, t.ones(3))

t.nn.functional.layer_norm(x.long(), (4,))

r = t.nn.functional.layer_norm(x.requires_grad_(), (4,)).grad_fn.name()

r = t.nn.functional.layer_norm(x.bfloat16(), (4,), w).dtype

r = t.nn.functional.layer_norm(t.ones(0, 4), (4,))

r = t.nn.functional.layer_norm(t.ones(4, 0), (0,))

t.nn.functional.rms_norm(x.long(), (4,))

t.nn.functional.group_norm(x, 2)

t.nn.functional.group_norm(x[0, 0], 1)

t.nn.functional.group_norm(x, 3, w)

t.nn.functional.group_norm(x, 3, t.ones(3), w)

r = t.nn.functional.group_norm(x.requires_grad_(), 3).grad_fn.name()

t.nn.functional.instance_norm(x[:, :, :1])

t.nn.functional.instance_norm(x, use_input_stats=False)

t.nn.functional.batch_norm(x, None, None)

t.nn.functional.batch_norm(x, t.ones(3), None, training=True)

t.nn.functional.batch_norm(x, t.ones(2), t.ones(3))

t.nn.functional.batch_norm(x, t.ones(3), t.ones(2))

t.nn.functional.batch_norm(x, t.ones(3), t.ones(3), t.ones(4))

t.nn.functional.batch_norm(x, t.ones(3), t.ones(3), None, t.ones(4))

t.nn.functional.batch_norm(x[:1, :, :1], t.ones(3), t.ones(3), training=True)

t.nn.functional.batch_norm(x.long(), t.ones(3), t.ones(3), training=True)

r = t.nn.functional.batch_norm(x.requires_grad_(), None, None, training=True).grad_fn.name()

r = t.nn.functional.batch_norm(x.requires_grad_(), t.ones(3), t.ones(3)).grad_fn.name()

r = t.nn.functional.batch_norm(t.ones(0, 3), t.zeros(3), t.ones(3), training=True)

t.nn.functional.local_response_norm(x[0], 2)

t.nn.functional.normalize(x.long())

r = t.nn.functional.normalize(x, dim=(0, 1))

r = t.nn.functional.normalize(x, p=1, dim=-1, out=t.empty(2, 3, 4))

t.nn.BatchNorm1d(3)(t.ones(2, 3, 4, 5))

t.nn.BatchNorm2d(3)(x)

t.nn.BatchNorm2d(3)(t.ones(2, 4, 1, 1))

t.nn.BatchNorm3d(3)(x)

t.nn.InstanceNorm1d(3)(t.ones(3))

t.nn.InstanceNorm2d(3, affine=True)(t.ones(5, 3, 3))

t.nn.GroupNorm(3, 5)

t.nn.BatchNorm2d(3).load_state_dict({})

m = t.nn.BatchNorm1d(3)
m(x)
m.reset_running_stats()
r = m.state_dict()

m = t.nn.BatchNorm1d(3)
m.load_state_dict({k: v for k, v in m.state_dict().items() if "num" not in k})
r = m.num_batches_tracked

t.nn.InstanceNorm1d(3).load_state_dict({"running_mean": t.ones(3)})
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    check(torch, program, "x = t.arange(24.0).reshape(2, 3, 4)\nw = t.ones(4)\n")
