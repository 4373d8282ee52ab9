"""Hooks, retained gradients, grad modes and odd values, in PyTorch and here.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

BEFORE = "x = t.ones(2, requires_grad=True)\n"
PROGRAMS = """
y = x * 2
y.retain_grad()
(y * y).sum().backward()
r = y.grad, x.grad, y.retains_grad, x.retains_grad

x = t.ones(2)
x.retain_grad()

x.retain_grad()
x.sum().backward()
r = x.grad

y = x * 2
y.retain_grad()
y.retain_grad()
y.sum().backward()
r = y.grad

y = x * 2
y.retain_grad()
s = y.sum()
s.backward(retain_graph=True)
s.backward()
r = y.grad, x.grad

h = x.register_hook(lambda g: g * 10)
x.sum().backward()
h.remove()
x.sum().backward()
r = x.grad

log = []
y = x * 2
y.register_hook(lambda g: log.append(g))
y.sum().backward()
r = log, x.grad

log = []
y = x * 2
y.register_hook(lambda g: log.append(1))
y.register_hook(lambda g: log.append(2))
y.sum().backward()
r = log

y = x * 2
y.register_hook(lambda g: g * 10)
y.retain_grad()
y.sum().backward()
r = y.grad, x.grad

y = x * 2
y.retain_grad()
y.register_hook(lambda g: g * 10)
y.sum().backward()
r = y.grad, x.grad

y = x * 2
y.register_hook(lambda g: 3)
y.sum().backward()

y = x * 2
y.register_hook(lambda g: t.ones(5))
y.sum().backward()

y = x * 2
y.register_hook(lambda g: g.double())
y.sum().backward()

x = t.ones(2)
x.register_hook(print)

x.register_hook(3)

log = []
x.register_post_accumulate_grad_hook(lambda p: log.append(p.grad.clone()))
x.sum().backward()
x.sum().backward()
r = log

(x * 2).register_post_accumulate_grad_hook(print)

x = t.ones(2)
x.register_post_accumulate_grad_hook(print)

log = []
y = x * 2
y.grad_fn.register_hook(lambda gi, go: log.append((gi, go)))
y.sum().backward()
r = log

log = []
y = x * 2
y.grad_fn.register_prehook(lambda go: (go[0] * 5,))
y.sum().backward()
r = x.grad

y = x * 2
y.grad_fn.register_hook(lambda gi, go: (gi[0] * 7, gi[1]))
y.sum().backward()
r = x.grad

y = x * 2
g = t.autograd.grad(y.sum(), [y, x])
r = g

x.register_hook(lambda g: g * 3)
r = t.autograd.grad((x * 2).sum(), [x])

y = x * 2
y.retain_grad()
r = t.autograd.grad(y.sum(), [x]), y.grad

y = x.clone()
y.register_hook(lambda g: g * 2)
y.mul_(3)
y.register_hook(lambda g: g * 5)
y.sum().backward()
r = x.grad

with t.no_grad():
    y = x * 2
r = y.requires_grad, y.is_leaf, y.grad_fn

with t.no_grad():
    with t.enable_grad():
        y = x * 2
r = y.requires_grad, t.is_grad_enabled()

with t.set_grad_enabled(False):
    y = x * 2
r = y.requires_grad, t.is_grad_enabled()

t.set_grad_enabled(False)
a = t.is_grad_enabled()
t.set_grad_enabled(True)
r = a, t.is_grad_enabled()

@t.no_grad()
def f(x):
    return x * 2
r = f(t.ones(2, requires_grad=True)).requires_grad, f.__name__

@t.no_grad
def f(x):
    return x * 2
r = f(t.ones(2, requires_grad=True)).requires_grad

@t.set_grad_enabled(False)
def f(x):
    return x * 2
r = f(t.ones(2, requires_grad=True)).requires_grad, t.is_grad_enabled()

@t.enable_grad()
def f(x):
    return x * 2
with t.no_grad():
    r = f(t.ones(2, requires_grad=True)).requires_grad

@t.no_grad()
def f():
    yield t.is_grad_enabled()
    yield t.is_grad_enabled()
g = f()
a = next(g)
b = t.is_grad_enabled()
c = next(g)
r = a, b, c, t.is_grad_enabled()

try:
    with t.no_grad():
        raise KeyError
except KeyError:
    pass
r = t.is_grad_enabled()

import threading
out = []
with t.no_grad():
    th = threading.Thread(target=lambda: out.append(t.is_grad_enabled()))
    th.start()
    th.join()
r = out

with t.no_grad():
    x = t.ones(2, requires_grad=True)
    r = x.requires_grad, (x * 2).requires_grad

with t.no_grad():
    p = t.nn.Parameter(t.ones(1))
    r = p.requires_grad

t.set_grad_enabled()

t.set_grad_enabled(3)

t.no_grad(3)

with t.no_grad():
    x.sum().backward()

y = (x * x).sum()
with t.no_grad():
    y.backward()
r = x.grad

x = t.autograd.Variable(t.ones(2), requires_grad=True)
x.sum().backward()
r = x.grad

y = x.detach()
y[0] = 7
r = x, y.requires_grad

y = (x * 2).detach().requires_grad_()
y.sum().backward()
r = x.grad, y.grad

r = x.detach() is x, x.detach().data_ptr() == x.data_ptr()

x = t.ones(3, requires_grad=True)
y = x.expand(2, 3)
y.sum().backward()
r = x.grad

x = t.ones(3, 1, requires_grad=True)
w = t.ones(1, 4, requires_grad=True)
(x * w).sum().backward()
r = x.grad, w.grad

x = t.ones(2, 2, requires_grad=True)
(x.t() @ x).trace().backward()
r = x.grad

x = t.tensor([3.0, 1.0, 2.0], requires_grad=True)
x.sort()[0][0].backward()
r = x.grad

x = t.tensor([3.0, 3.0], requires_grad=True)
x.max().backward()
r = x.grad

x = t.tensor(0.0, requires_grad=True)
x.sqrt().backward()
r = x.grad

x = t.tensor(-1.0, requires_grad=True)
x.abs().backward()
r = x.grad

x = t.tensor(0.0, requires_grad=True)
x.abs().backward()
r = x.grad

x = t.tensor(0.0, requires_grad=True)
x.relu().backward()
r = x.grad

x = t.tensor([1.0, float("nan")], requires_grad=True)
(x * t.tensor([1.0, 0.0])).sum().backward()
r = x.grad

(x > 0).sum().backward()

y = x.long()
r = y.requires_grad

r = x.argmax().requires_grad

r = x.is_leaf, (x * 2).is_leaf, t.ones(2).is_leaf, x.detach().is_leaf

y = x * 2
r = repr(y.grad_fn)[:14], y.output_nr

a = x.chunk(2)
r = a[1].output_nr, a[0].grad_fn is a[1].grad_fn

a = t.ones(1, requires_grad=True).requires_grad_(False)
r = a.requires_grad

y = x * 2
del y
r = x.grad
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_the_same_is_shown(program):
    check(torch, program, BEFORE)
