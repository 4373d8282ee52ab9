"""backward, grad, leaves and changes in place, in PyTorch and here: values, errors, wording.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

BEFORE = "x = t.ones(2, requires_grad=True)\n"
PROGRAMS = """
x = t.tensor(2.0, requires_grad=True)
y = x * x
z = y * y + y
z.backward()
r = x.grad

x = t.ones(3, requires_grad=True)
y = x.exp()
(y * y.detach()).sum().backward()
r = x.grad

(x + x).sum().backward()
r = x.grad

a, b = x.unbind()
(a * 3).backward()
r = x.grad

x = t.ones(2, 3, requires_grad=True)
x.sum(0)[1].backward()
r = x.grad

x.sum().backward()
x.sum().backward()
r = x.grad

g = None
x.sum().backward()
g = x.grad
x.sum().backward()
r = g is x.grad, g

y = (x * x).sum()
y.backward()
y.backward()
r = x.grad

y = (x * x).sum()
y.backward(retain_graph=True)
y.backward()
r = x.grad

y = x * 2
y.backward()

y = x * 2
y.backward(t.ones(3))

y = x * 2
y.backward(t.tensor([1.0, 2.0]))
r = x.grad

y = x * 2
y.backward(t.tensor([1, 2]))
r = x.grad

y = x * 2
y.backward(t.tensor([1.0, 2.0], dtype=t.float64))
r = x.grad

x = t.ones(1, requires_grad=True)
y = x * 2
y.backward()
r = x.grad

x = t.ones(1, 1, requires_grad=True)
y = x * 2
y.backward()
r = x.grad

x = t.ones(2)
x.sum().backward()

x = t.ones(2)
x.backward()

t.tensor(1.0).backward()

x.detach().sum().backward()

x = t.tensor(1.0, requires_grad=True)
x.backward()
r = x.grad

x = t.ones(0, requires_grad=True)
x.sum().backward()
r = x.grad

x = t.ones(0, requires_grad=True)
x.backward()

x = t.tensor(1 + 1j, requires_grad=True)
(x * x.conj()).real.backward()
r = x.grad

x = t.tensor([1.0, 2.0], requires_grad=True)
y = x.half().sum()
y.backward()
r = x.grad

x = t.tensor(2.0, requires_grad=True)
(g,) = t.autograd.grad(x**3, x, create_graph=True)
(h,) = t.autograd.grad(g, x, create_graph=True)
(k,) = t.autograd.grad(h, x)
r = g, h, k

w = t.ones(2, requires_grad=True)
(g,) = t.autograd.grad((x * x * w).sum(), x, create_graph=True)
(g**2).sum().backward()
r = x.grad, w.grad

r = t.autograd.grad(x.sum(), x)

y = t.ones(2, requires_grad=True)
r = t.autograd.grad(x.sum(), y)

y = t.ones(2, requires_grad=True)
r = t.autograd.grad(x.sum(), [x, y], allow_unused=True)

y = t.ones(2, requires_grad=True)
r = t.autograd.grad(x.sum(), [x, y], materialize_grads=True)

y = t.ones(2, requires_grad=True)
r = t.autograd.grad(x.sum(), [x, y], allow_unused=False, materialize_grads=True)

r = t.autograd.grad(x.sum(), [x, x])

y = x * 2
r = t.autograd.grad((y * y).sum(), [x, y])

r = t.autograd.grad([x.sum(), (x * 2).sum()], x)

r = t.autograd.grad([x, x * 2], x, [t.ones(2), t.tensor([1.0, 2.0])])

r = t.autograd.grad([x, x * 2], x, [t.ones(2), None])

r = t.autograd.grad(x * 2, x)

r = t.autograd.grad(x * 2, x, t.ones(3))

r = t.autograd.grad(x.sum(), t.ones(2))

x = t.ones(2)
r = t.autograd.grad(x.sum(), x)

r = t.autograd.grad(t.ones(()), x)

r = t.autograd.grad(x.sum(), [])

r = t.autograd.grad([], [x])

r = t.autograd.grad(3, [x])

r = t.autograd.grad(x.sum(), 3)

r = t.autograd.grad(x.sum(), [3])

y = (x * x).sum()
t.autograd.grad(y, x)
t.autograd.grad(y, x)

y = (x * x).sum()
t.autograd.grad(y, x, retain_graph=True)
r = t.autograd.grad(y, x)

r = t.autograd.grad(x.sum(), x), x.grad

y = x.detach()
r = t.autograd.grad((x * y).sum(), x)

r = t.autograd.grad(x.sum(), x, only_inputs=False)

y = t.ones(2, requires_grad=True)
(x * y).sum().backward(inputs=[x])
r = x.grad, y.grad

y = t.ones(2, requires_grad=True)
(x * y).sum().backward(inputs=x)
r = x.grad, y.grad

(x * 2).sum().backward(inputs=[])

y = x * 2
(y * 3).sum().backward(inputs=[y])
r = x.grad, y.grad

(x * 2).sum().backward(inputs=[t.ones(2)])

w = t.ones(2, requires_grad=True)
(x * 2).sum().backward(inputs=[w])
r = x.grad, w.grad

t.autograd.backward([x.sum(), (x * 3).sum()])
r = x.grad

t.autograd.backward([x.sum(), x * 3], [None, t.ones(2)])
r = x.grad

t.autograd.backward([x.sum(), x * 3], [None])

t.autograd.backward(x.sum(), inputs=[])

t.autograd.backward([])

t.autograd.backward(3)

t.autograd.backward([x * 2])

x += 1

x.add_(1)

x[0] = 5

x.view(2).add_(1)

x.zero_()

y = x * 2
y += 1
y.sum().backward()
r = x.grad, y

y = x * x
x.data.mul_(3)
y.sum().backward()
r = x.grad

y = x.exp()
y.add_(1)
y.sum().backward()
r = x.grad

y = x * 2
z = y * y
y.add_(1)
z.sum().backward()
r = x.grad

y = x * 2
z = y + 1
y.add_(1)
(z + y).sum().backward()
r = x.grad

y = x.clone()
y[0] = 5
(y * y).sum().backward()
r = x.grad

y = x.sigmoid()
y.detach().zero_()
y.sum().backward()

with t.no_grad():
    x = t.ones(2, requires_grad=True)
    x.add_(1)
    r = x, x.is_leaf

y = x * 2
y.detach_()
r = y.requires_grad, y.grad_fn

y = (x * 2)[0]
y.detach_()

x = t.ones(2)
x.requires_grad = True
r = x.requires_grad

x = t.ones(2, dtype=t.int64)
x.requires_grad = True

x = t.ones(2, dtype=t.int64, requires_grad=True)

y = x * 2
y.requires_grad = False

y = x * 2
y.requires_grad_(False)

y = x * 2
y.requires_grad = True
r = y.requires_grad

x.requires_grad = False
r = x.requires_grad

x.grad = t.ones(3)

x.grad = t.ones(2, dtype=t.float64)

x.grad = 3

x.grad = x

x.grad = t.ones(2)
r = x.grad

x.sum().backward()
x.grad = None
r = x.grad

x.sum().backward()
x.grad.zero_()
r = x.grad

y = x * 2
r = y.grad

x.data = t.zeros(3)
r = x

x.data = 3

r = x.numpy()

r = x.tolist()

import copy
r = copy.deepcopy(x * 2)

y = x * 2
r = y.grad_fn.next_functions[0][0].variable is x

y = x * 2
r = [f[0] is None for f in y.grad_fn.next_functions], y.grad_fn.name()
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_the_same_is_shown(program):
    check(torch, program, BEFORE)
