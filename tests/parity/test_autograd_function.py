"""Functions of the user's own, and gradcheck of them, in PyTorch and here: values and errors.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

BEFORE = """
F = t.autograd.Function
class Cube(F):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2
class Two(F):
    @staticmethod
    def forward(ctx, x, y, k):
        ctx.k = k
        ctx.save_for_backward(x, y)
        return x * y, x + y
    @staticmethod
    def backward(ctx, a, b):
        x, y = ctx.saved_tensors
        log.append((a, b))
        return a * y + b, a * x + b, None
class New(F):
    @staticmethod
    def forward(x, y):
        return x * y
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.o = output
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x
log = []
def mk(fwd, bwd=None, **k):
    d = dict(forward=staticmethod(fwd))
    if bwd:
        d["backward"] = staticmethod(bwd)
    return type("My", (F,), d)
X = t.tensor([1.0, 2.0], requires_grad=True)
Y = t.tensor([3.0, 4.0], requires_grad=True)
"""
PROGRAMS = """
y = Cube.apply(X)
y.sum().backward()
r = y, X.grad, y.grad_fn.name()

a, b = Two.apply(X, Y, 5)
(a + b).sum().backward()
r = a, b, X.grad, Y.grad, log

a, b = Two.apply(X, Y, 5)
a.sum().backward()
r = X.grad, Y.grad, log

a, b = Two.apply(X, Y.detach(), 5)
r = a.grad_fn.next_functions[1][0], b.output_nr, a.grad_fn is b.grad_fn
b.sum().backward()
r = r, X.grad, Y.grad

y = New.apply(X, Y)
y.sum().backward()
r = X.grad, Y.grad, y

y = New.apply(X.detach(), Y.detach())
r = y.requires_grad, y.grad_fn

with t.no_grad():
    y = Cube.apply(X)
r = y.requires_grad

y = Cube.apply(X)
y.sum().backward()
y.sum().backward()

y = Cube.apply(X)
y.sum().backward(retain_graph=True)
y.sum().backward()
r = X.grad

(g,) = t.autograd.grad(Cube.apply(X).sum(), X, create_graph=True)
r = g, t.autograd.grad(g.sum(), X)

r = t.autograd.gradcheck(Cube.apply, (X.double().detach().requires_grad_(),))

r = t.autograd.gradgradcheck(Cube.apply, (X.double().detach().requires_grad_(),))

M = mk(lambda ctx, x: x * 2, lambda ctx, g: None)
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: (g, g))
M.apply(X).sum().backward()

M = mk(lambda ctx, x: x * 2, lambda ctx, g: (g, None))
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x, y: x * 2, lambda ctx, g: g)
M.apply(X, Y).sum().backward()

M = mk(lambda ctx, x, k: x * k, lambda ctx, g: (g, g))
M.apply(X, 2).sum().backward()

M = mk(lambda ctx, x: x * 2, lambda ctx, g: 3)
M.apply(X).sum().backward()

M = mk(lambda ctx, x: x * 2, lambda ctx, g: [g])
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: g[:1])
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: g.sum())
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: t.ones(5))
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: t.ones(3, 2))
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: g.double())
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: g.long())
M.apply(X).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2)
M.apply(X).sum().backward()

class E(F):
    pass
E.apply(X)

M = mk(lambda ctx, x: x, lambda ctx, g: g * 5)
y = M.apply(X)
r = y is X, y.data_ptr() == X.data_ptr(), y.grad_fn.name()
y.sum().backward()
r = r, X.grad

M = mk(lambda ctx, x: x.view(1, 2), lambda ctx, g: g.view(2) * 5)
y = M.apply(X)
y.sum().backward()
r = y, X.grad

M = mk(lambda ctx, x: 3, lambda ctx, g: g)
r = M.apply(X)

M = mk(lambda ctx, x: (x * 2, "s", None), lambda ctx, g, a, b: g)
y = M.apply(X)
r = y
y[0].sum().backward()
r = r, X.grad

M = mk(lambda ctx, x: None, lambda ctx, g: g)
r = M.apply(X)

M = mk(lambda ctx, x: [x * 2], lambda ctx, g: g)
r = M.apply(X)

M = mk(lambda ctx, x: (x * 2,), lambda ctx, g: g)
r = M.apply(X)

def f(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)
M = mk(f, lambda ctx, g: g * 2)
z = X * 1
y = M.apply(z)
r = y is z, y.grad_fn.name(), z.grad_fn.name()
y.sum().backward()
r = r, X.grad

def f(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)
M = mk(f, lambda ctx, g: g * 2)
M.apply(X)

def f(ctx, x):
    ctx.mark_dirty(x)
    x.mul_(2)
    return x * 1
M = mk(f, lambda ctx, g: g * 2)
M.apply(X * 1)

def f(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)
M = mk(f, lambda ctx, g: g * 2)
z = X * 1
w = z * z
M.apply(z)
w.sum().backward()

def f(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)
M = mk(f, lambda ctx, g: g * 2)
z = X * 1
v = z[:1]
M.apply(v)
z.sum().backward()
r = z, X.grad

def f(ctx, x):
    i = x.argsort()
    ctx.mark_non_differentiable(i)
    return x * 2, i
M = mk(f, lambda ctx, g, i: g * 2)
y, i = M.apply(X)
r = y.requires_grad, i.requires_grad, i

def f(ctx, x):
    y = x * 2
    ctx.mark_non_differentiable(y)
    return y
M = mk(f, lambda ctx, g: g * 2)
y = M.apply(X)
r = y.requires_grad

def f(ctx, x):
    ctx.set_materialize_grads(False)
    return x * 2, x * 3
def b(ctx, g, h):
    log.append((g, h))
    return g
M = mk(f, b)
a, c = M.apply(X)
a.sum().backward()
r = log, X.grad

def f(ctx, x):
    return x * 2, x * 3
def b(ctx, g, h):
    log.append((g, h))
    return g
M = mk(f, b)
a, c = M.apply(X)
a.sum().backward()
r = log, X.grad

def f(ctx, x, y):
    return x * y
def b(ctx, g):
    log.append(ctx.needs_input_grad)
    return g, None
M = mk(f, b)
M.apply(X, Y.detach()).sum().backward()
r = log

def f(ctx, x):
    y = x.exp()
    ctx.save_for_backward(y)
    return y
def b(ctx, g):
    (y,) = ctx.saved_tensors
    return g * y
M = mk(f, b)
y = M.apply(X)
y.sum().backward()
r = X.grad

def f(ctx, x):
    y = x.exp()
    ctx.save_for_backward(y)
    return y
def b(ctx, g):
    (y,) = ctx.saved_tensors
    return g * y
M = mk(f, b)
y = M.apply(X)
(g,) = t.autograd.grad(y.sum(), X, create_graph=True)
r = t.autograd.grad(g.sum(), X)

def f(ctx, x):
    y = x.exp()
    ctx.save_for_backward(y)
    return y
def b(ctx, g):
    (y,) = ctx.saved_tensors
    return g * y
M = mk(f, b)
y = M.apply(X)
y.add_(1)
y.sum().backward()

def f(ctx, x):
    ctx.save_for_backward(x)
    return x * 2
def b(ctx, g):
    (x,) = ctx.saved_tensors
    return g * x
M = mk(f, b)
z = X * 1
y = M.apply(z)
z.add_(1)
y.sum().backward()

def f(ctx, x):
    ctx.save_for_backward(3)
    return x * 2
M = mk(f, lambda ctx, g: g)
M.apply(X)

def f(ctx, x):
    ctx.save_for_backward(x, None)
    return x * 2
def b(ctx, g):
    log.append(ctx.saved_tensors)
    return g
M = mk(f, b)
M.apply(X).sum().backward()
r = log

def f(ctx, x):
    ctx.save_for_backward(x)
    ctx.save_for_backward(x * 2)
    return x * 2
def b(ctx, g):
    log.append(ctx.saved_tensors)
    return g
M = mk(f, b)
M.apply(X).sum().backward()
r = log

def f(ctx, x):
    ctx.k = x
    return x * 2
def b(ctx, g):
    return g * ctx.k
M = mk(f, b)
M.apply(X).sum().backward()
r = X.grad

Cube()

Cube()(X)

Cube.apply()

Cube.apply(3)

M = mk(lambda ctx, x, k=3: x * k, lambda ctx, g: (g,))
r = M.apply(X)

M = mk(lambda ctx, *a: a[0] * len(a), lambda ctx, g: (g, None, None))
M.apply(X, 1, 2).sum().backward()
r = X.grad

M = mk(lambda ctx, x: x * 2, lambda ctx, g: 1 / 0)
M.apply(X).sum().backward()

M = mk(lambda ctx, x: 1 / 0)
M.apply(X)

M = mk(
    lambda ctx, x: (log.append(t.is_grad_enabled()), x * 2)[1],
    lambda ctx, g: (log.append(t.is_grad_enabled()), g)[1],
)
M.apply(X).sum().backward()
r = log

M = mk(lambda ctx, x: x * 2, lambda ctx, g: (log.append(t.is_grad_enabled()), g)[1])
t.autograd.grad(M.apply(X).sum(), X, create_graph=True)
r = log

M = mk(lambda ctx, l: l[0] * 2, lambda ctx, g: g)
r = M.apply([X])

M = mk(lambda ctx, x: x.detach(), lambda ctx, g: g * 3)
y = M.apply(X)
y.sum().backward()
r = X.grad, y

M = mk(lambda ctx, x, y: (y, x), lambda ctx, g, h: (h * 2, g * 3))
a, b = M.apply(X, Y)
(a + 10 * b).sum().backward()
r = X.grad, Y.grad

M = mk(lambda ctx, x: (x, x), lambda ctx, g, h: g * 2 + h * 3)
a, b = M.apply(X)
(a + 10 * b).sum().backward()
r = X.grad

class D(F):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def vjp(ctx, g):
        return g * 2
D.apply(X).sum().backward()
r = X.grad

class D(F):
    def forward(ctx, x):
        return x * 2
    def backward(ctx, g):
        return g * 2
D.apply(X).sum().backward()
r = X.grad

class D(Cube):
    pass
y = D.apply(X)
y.sum().backward()
r = y.grad_fn.name(), X.grad

class L(F):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
y = L.apply(X)
r = y.grad_fn.saved_tensors
y.sum().backward()
y.sum().backward()
r = X.grad

import pickle, copy
y = Cube.apply(X)
y.retain_grad()
y.sum().backward()
r = y.grad

y = Cube.apply(X)
y.register_hook(lambda g: g * 10)
y.sum().backward()
r = X.grad

y = Cube.apply(X)
y.grad_fn.register_hook(lambda gi, go: (gi[0] * 10,))
y.sum().backward()
r = X.grad

x = t.ones(2, dtype=t.int64)
y = Cube.apply(x)
r = y

x = t.nn.Parameter(t.ones(2))
y = Cube.apply(x)
r = type(y).__name__

ctx = t.autograd.function.FunctionCtx()
r = hasattr(ctx, "save_for_backward")
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_functions(program):
    check(torch, program, BEFORE)


BEFORE_GRADCHECK = """
ok = lambda x: (x * x).sum()
gc = t.autograd.gradcheck
xd = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
yd = t.tensor([3.0, 4.0], dtype=t.float64, requires_grad=True)
cd = t.tensor([1 + 2j], dtype=t.complex128, requires_grad=True)
W = mk(
    lambda ctx, x: (ctx.save_for_backward(x), x**3)[1],
    lambda ctx, g: g * 2 * ctx.saved_tensors[0] ** 2,
)
"""
CHECKS = """
r = gc(ok, (xd,))

r = gc(ok, xd)

r = gc(ok, [xd])

gc(W.apply, (xd,))

r = gc(W.apply, (xd,), raise_exception=False)

r = gc(lambda x, y: x * y + x, (xd, yd))

r = gc(lambda x, k: x * k, (xd, 3.0))

r = gc(lambda x, y: (x * y, x + y), (xd, yd))

gc(lambda x, y: (x * y, W.apply(x)), (xd, yd))

gc(ok, (t.ones(2),))

gc(ok, ())

r = gc(lambda x: x.detach(), (xd,))

r = gc(lambda x: t.ones(2), (xd,))

r = gc(lambda x: x * x.conj(), (cd,))

r = gc(lambda x: (x * x).abs(), (cd,))

r = gc(lambda x: x.sort()[0], (xd,))

r = gc(lambda x: (x > 1).double(), (xd,))

r = gc(lambda x: x[0] * 0 + 1, (xd,))

r = gc(lambda x: x * t.rand(2, dtype=t.float64), (xd,), raise_exception=False)

r = gc(ok, (X,), eps=1e-2, atol=1e-1)

r = t.autograd.gradgradcheck(lambda x: x**3, (xd,))

t.autograd.gradgradcheck(W.apply, (xd,))

r = t.autograd.gradgradcheck(W.apply, (xd,), raise_exception=False)

r = t.autograd.gradgradcheck(lambda x, y: x * x * y, (xd, yd))

r = t.autograd.gradgradcheck(
    lambda x: x**3, (xd,), t.ones(2, dtype=t.float64, requires_grad=True)
)

r = gc(
    ok,
    (xd,),
    eps=1e-6,
    atol=1e-5,
    rtol=1e-3,
    raise_exception=True,
    nondet_tol=0.0,
    fast_mode=False,
)

r = gc(ok, (xd,), fast_mode=True)

gc(W.apply, (xd,), fast_mode=True)

r = gc(ok, (xd.expand(2),))

r = gc(lambda x: x.clone(), (xd.t(),)), xd

r = xd.grad
"""


@pytest.mark.parametrize("program", programs(CHECKS))
def test_gradcheck(program):
    check(torch, program, BEFORE + BEFORE_GRADCHECK)


ONCE = """
Made = make(lambda ctx, x: x * 2, once(lambda ctx, g: g * 2))
Made.apply(X).sum().backward()
r = X.grad

Made = make(lambda ctx, x: x * 2, once(lambda ctx, g: g * 2))
(g,) = t.autograd.grad(Made.apply(X).sum(), X, create_graph=True)
r = g.requires_grad

Made = make(lambda ctx, x: x * x, once(lambda ctx, g: g * 2))
(g,) = t.autograd.grad((Made.apply(X) ** 2).sum(), X, create_graph=True)
g.sum().backward()
"""
BEFORE_ONCE = """
once = getattr(t.autograd, "once_differentiable", None) or t.autograd.function.once_differentiable
make = mk
"""


@pytest.mark.parametrize("program", programs(ONCE))
def test_once_differentiable(program):
    check(torch, program, BEFORE + BEFORE_ONCE)
