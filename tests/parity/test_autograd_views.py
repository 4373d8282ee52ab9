"""Views and changes in place under autograd: values, histories, versions, errors, in both.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

PROGRAMS = """
x = t.ones(4, requires_grad=True)
y = x.view(2, 2)
y.add_(1)

x = t.ones(4, requires_grad=True)
with t.no_grad():
    y = x.view(2, 2)
    y.add_(1)
r = x, x._version, y._version

x = t.ones(4, requires_grad=True) * 1
with t.no_grad():
    y = x.view(2, 2)
y.add_(1)

x = t.ones(4, requires_grad=True) * 1
a, b = x.chunk(2)
a.add_(1)

x = t.ones(4, requires_grad=True) * 1
a, b, c, d = x.unbind()
a.mul_(2)

x = t.ones(4, requires_grad=True) * 1
a, b = x.split(2)
a.mul_(2)

x = t.ones(4, requires_grad=True) * 1
a, b = x.split([1, 3])
b.mul_(2)

x = t.ones(2, 2, requires_grad=True) * 1
a = x.unbind()[0]
a.view(2).mul_(2)

x = t.ones(4)
a, b = x.chunk(2)
a.add_(1)
r = x

with t.no_grad():
    x = t.ones(4, requires_grad=True) * 1
    a, b = x.chunk(2)
    a.add_(1)
r = x

x = t.ones(4, requires_grad=True) * 1
y = x[:2]
y.mul_(3)
x.sum().backward()

x = t.ones(4, requires_grad=True)
z = x * 1
y = z[:2]
y.mul_(3)
z.sum().backward()
r = x.grad, z, y, type(z.grad_fn).__name__

x = t.ones(4, requires_grad=True)
z = x.clone()
v = z.view(2, 2)
u = v[0]
u.mul_(5)
r = z, v, z._version, v._version, u._version
(v * t.arange(4.0).view(2, 2)).sum().backward()
r = r, x.grad

x = t.ones(3, requires_grad=True)
y = x * x
x.data.mul_(2)
y.sum().backward()
r = x.grad, x._version

x = t.ones(3, requires_grad=True)
y = x * x
with t.no_grad():
    x.mul_(2)
y.sum().backward()

x = t.ones(3, requires_grad=True)
y = x.exp()
y.add_(1)
y.sum().backward()

x = t.ones(3, requires_grad=True)
y = x * 2
d = y.detach()
d.add_(1)
r = y._version, d._version, y

x = t.ones(3, requires_grad=True)
y = x.exp()
d = y.detach()
d.zero_()
y.sum().backward()

x = t.ones(3, requires_grad=True)
y = x.exp()
y.data.zero_()
y.sum().backward()
r = x.grad

x = t.ones(3)
y = x[1:]
r = y._base is x, y._is_view(), x._is_view(), y[0]._base is x

x = t.ones(3, requires_grad=True)
y = x.detach()
r = y._base is None, y._is_view(), y.is_leaf

x = t.ones(2, 3)
y = x.t().contiguous()
r = y._is_view(), x.contiguous() is x, x.reshape(6)._is_view(), x.t().reshape(6)._is_view()
r = r, x.flatten()._is_view(), x.expand(2, 3)._is_view()

x = t.ones(3, requires_grad=True)
y = x * 2
v = y[1:]
v.retain_grad()
v.sum().backward()
r = v.grad, x.grad

x = t.ones(3, requires_grad=True)
y = x * 2
v = y[1:]
v.retain_grad()
y.mul_(2)
v.sum().backward()
r = v.grad, x.grad

x = t.ones(3, requires_grad=True)
y = x * 2
y.retain_grad()
y.mul_(2)
y.sum().backward()
r = y.grad, x.grad

x = t.ones(3, requires_grad=True)
y = x * 2
h = []
y.register_hook(lambda g: h.append(g * 1))
y.mul_(3)
y.sum().backward()
r = h, x.grad

x = t.ones(3, requires_grad=True)
y = x * 2
y.requires_grad = False

x = t.ones(3, requires_grad=True)
x.requires_grad = False
r = (x * 2).requires_grad

x = t.ones(3, requires_grad=True)
y = x.detach_()
r = y.requires_grad, y is x

x = t.ones(3, requires_grad=True)
y = (x * 2)[1:]
y.detach_()

x = t.ones(3, requires_grad=True)
y = (x * 2).detach_()
r = y.requires_grad, y.grad_fn

x = t.ones(3, requires_grad=True)
x.zero_()

x = t.ones(3, requires_grad=True)
x[0] = 5

x = t.ones(3, requires_grad=True)
y = x * 1
y[0] = 5
y.sum().backward()
r = x.grad, y

x = t.ones(3, requires_grad=True)
y = t.zeros(3)
y[1] = x[0] * 3
y.sum().backward()
r = x.grad, y, y.requires_grad

x = t.ones(3, requires_grad=True)
y = t.zeros(3)
v = y[1:]
y.copy_(x)
r = v.requires_grad, v.grad_fn is not None
v.sum().backward()
r = r, x.grad

x = t.ones(3, requires_grad=True)
y = t.zeros(3)
v = y[1:]
v.copy_(x[1:])
r = y.requires_grad, type(y.grad_fn).__name__
y.sum().backward()
r = r, x.grad

x = t.ones(3, requires_grad=True)
y = t.zeros(2, 3).expand(2, 3)
y.add_(x)
r = y

y = t.zeros(1, 3).expand(2, 3)
y.add_(1)

y = t.zeros(3).expand(2, 3)
y[0] = 1

x = t.ones(3, requires_grad=True)
y = x + 1
z = y.add_(y)
r = z is y
y.sum().backward()
r = r, x.grad

x = t.ones(3, requires_grad=True)
y = x.exp()
y.mul_(y)
y.sum().backward()

x = t.ones(3, requires_grad=True)
y = x.relu_()

x = t.ones(3, requires_grad=True)
y = x.sigmoid()
y.relu_()
y.sum().backward()

x = t.ones(2, requires_grad=True)
y = t.ones(2).add_(x)
r = y.is_leaf, y.requires_grad, type(y.grad_fn).__name__

x = t.ones(2, dtype=t.int64)
x.add_(t.ones(2, requires_grad=True))

x = t.ones(2, requires_grad=True)
with t.no_grad():
    y = x * 2
    y.add_(x)
r = y.requires_grad

x = t.ones(2, requires_grad=True)
x.grad = t.zeros(2)
g = x.grad
(x * 2).sum().backward()
r = g is x.grad, g

x = t.ones(2, requires_grad=True)
v = x.view(2)
r = v.is_leaf, v.requires_grad, v._base is x, type(v.grad_fn).__name__

x = t.ones(4, requires_grad=True)
y = x.clone()
v = y.view(2, 2).t()
v[0].mul_(3)
y.sum().backward()
r = x.grad, y, v

x = t.ones(4, requires_grad=True)
y = x.clone()
d = y.diagonal() if y.dim() > 1 else y.view(2, 2).diagonal()
d.mul_(7)
y.sum().backward()
r = x.grad

x = t.ones(4, requires_grad=True)
y = x.clone()
y.view(2, 2).select(0, 1).copy_(t.zeros(2))
y.sum().backward()
r = x.grad

x = t.ones(2, dtype=t.complex64, requires_grad=True)
y = x.clone()
y.real.mul_(3)
y.abs().sum().backward()
r = x.grad

x = t.ones(2, requires_grad=True)
y = x.clone()
t.view_as_complex(y).mul_(2j)
y.sum().backward()
r = x.grad

x = t.ones(2, requires_grad=True)
a = x.clone()
b = a.squeeze(0) if a.dim() == 2 else a.unsqueeze(0)
b.squeeze_(0)
r = b.shape, b._is_view()

x = t.ones(2, 3, requires_grad=True)
x.t_()

x = t.ones(2, 3, requires_grad=True)
a = x.clone()
a.unsqueeze_(0)
r = a.shape
a.sum().backward()

x = t.ones(2, requires_grad=True)
y = x * 1
y.set_(t.zeros(2))

x = t.ones(2, requires_grad=True)
x.data = t.zeros(3)
r = x

x = t.ones(2, requires_grad=True)
x.data = t.zeros(2, dtype=t.float64)
r = x

x = t.ones(2, requires_grad=True)
y = x * x
x.data = t.full((2,), 5.0)
y.sum().backward()
r = x.grad

x = t.ones(3)
y = x[1:]
y += 1
x[0] -= 1
r = x, x._version, y._version

x = t.ones(3, requires_grad=True)
y = x * 1
v = y[:]
w = y[:]
v += w
y.sum().backward()
r = x.grad

x = t.ones(3, requires_grad=True)
y = x * 1
y.as_strided((2,), (1,), 1).mul_(4)
y.sum().backward()
r = x.grad

x = t.ones(2, 2, requires_grad=True)
y = x * 1
for row in y:
    row.add_(1)

x = t.ones(2, 2, requires_grad=True)
y = x * 1
for i in range(2):
    y[i].mul_(i + 2)
y.sum().backward()
r = x.grad

x = t.ones(2, requires_grad=True)
y = x * 1
y.fill_(3)
y.sum().backward()
r = x.grad, y.grad_fn is not None

x = t.tensor(3.0, requires_grad=True)
y = t.zeros(2)
y.fill_(x)
y.sum().backward()
r = x.grad

x = t.ones(3, requires_grad=True)
y = x * 1
y.masked_fill_(t.tensor([True, False, True]), 0.0)
y.sum().backward()
r = x.grad

x = t.ones(3, requires_grad=True)
y = x * 1
y.index_add_(0, t.tensor([0, 0]), x[:2])
y.sum().backward()
r = x.grad

x = t.ones(3, requires_grad=True)
y = x * 1
y.scatter_(0, t.tensor([1]), 9.0)
y.sum().backward()
r = x.grad

x = t.ones(3, requires_grad=True)
y = x * 1
y.clamp_(max=0.5)
y.sum().backward()
r = x.grad

x = t.ones(3, requires_grad=True)
y = x * 1
y.pow_(2).sqrt_()
y.sum().backward()

x = t.ones(3, requires_grad=True)
y = x * 1
y.resize_(2)

x = t.ones(3, requires_grad=True)
x.resize_(2)

x = t.ones(3, requires_grad=True)
with t.no_grad():
    o = t.zeros(3)
    t.add(x, 1, out=o)
r = o

x = t.ones(4, requires_grad=True)
y = x * 1
u = y.unfold(0, 2, 2)
u.mul_(3)
y.sum().backward()
r = x.grad

x = t.ones(4, requires_grad=True)
y = x * 1
u = y.unfold(0, 3, 1)
u.mul_(3)

x = t.ones(2, requires_grad=True)
y = x.view_as(x)
r = y._base is x
with t.no_grad():
    y.add_(1)
r = r, x
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_views_and_changes_in_place(program):
    check(torch, program)
