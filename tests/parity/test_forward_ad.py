"""Forward mode by dual numbers: tangents, views, modes and errors, in PyTorch and here.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

BEFORE = """
f = t.autograd.forward_ad
x = t.tensor([1.0, 2.0])
v = t.tensor([1.0, 3.0])
"""
PROGRAMS = """
with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d * d))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.softmax(0)))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.detach()))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.view(2)[0]))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.double()))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.clone()))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(t.where(d > 1, d, 0)))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual((d > 1).float()))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(d.requires_grad, d.is_leaf, d.grad_fn)

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(d)

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(d.numpy())

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(d._is_view(), d._base is x)

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.data))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.unbind()[0]))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.split(1)[1]))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.int()))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.to(t.complex64)))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.index_select(0, t.tensor([0]))))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(t.cat([d, x])))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(t.stack([x, d])))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.max(0).values))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.max(0).indices))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.sort(descending=True).values))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.std()))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d[None] @ d[:, None]))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.norm()))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(d.cumprod(0)))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(x))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.unpack_dual(f.make_dual(d, v)))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.make_dual(t.ones(2, dtype=t.int64), v))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.make_dual(x, t.ones(2, dtype=t.int64)))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.make_dual(x, t.ones(3)))

with f.dual_level():
    d = f.make_dual(x, v)
    r = repr(f.enter_dual_level())

with f.dual_level():
    d = f.make_dual(x, v)
    d.add_(1)
    r = repr((d, x))

with f.dual_level():
    d = f.make_dual(x, v)
    e = t.zeros(2)
    e.copy_(d)
    r = repr(f.unpack_dual(e))

with f.dual_level():
    d = f.make_dual(x, v)
    e = t.zeros(2)
    e[0] = d[1]
    r = repr(f.unpack_dual(e))

with f.dual_level():
    d = f.make_dual(x, v)
    e = t.zeros(3)
    e[1:].mul_(2).add_(d)
    r = repr(f.unpack_dual(e))

with f.dual_level():
    d = f.make_dual(x, v)
    with t.no_grad():
        y = d * d
    with t.inference_mode():
        z = d * 3
    r = repr((f.unpack_dual(y), f.unpack_dual(z)))

with f.dual_level():
    d = f.make_dual(x, v)
y = d * 2
r = repr((d, y, f.unpack_dual(y)))

w = x.clone().requires_grad_()
with f.dual_level():
    g = f.unpack_dual((f.make_dual(w, v) ** 3).sum()).tangent
r = repr(t.autograd.grad(g, w))

with f.dual_level():
    a = f.make_dual(x, v).requires_grad_()
    (g,) = t.autograd.grad((a ** 3).sum(), a, create_graph=True)
    r = repr(f.unpack_dual(g).tangent.detach())

f.make_dual(x, v)

r = f.unpack_dual(x)

m = t.nn.Linear(2, 2)
with t.no_grad():
    m.weight.fill_(0.5)
    m.bias.zero_()
with f.dual_level():
    r = repr(f.unpack_dual(m(f.make_dual(x, v))).tangent.detach())
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_dual_numbers(program):
    check(torch, program, BEFORE)
