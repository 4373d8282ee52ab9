"""Hooks of tensors, nodes and modules, arguments of backward and grad, Functions, in both.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

PROGRAMS = """
x = t.ones(2, requires_grad=True)
log = []
x.register_post_accumulate_grad_hook(lambda p: log.append(p.grad.clone()))
(x * 3).sum().backward()
(x * 3).sum().backward()
r = log

x = t.ones(2, requires_grad=True)
def h(p):
    p.grad = None
x.register_post_accumulate_grad_hook(h)
(x * 3).sum().backward()
r = x.grad

x = t.ones(2, requires_grad=True)
(x * 2).register_post_accumulate_grad_hook(print)

t.ones(2).register_post_accumulate_grad_hook(print)

x = t.ones(2, requires_grad=True)
log = []
x.register_post_accumulate_grad_hook(lambda p: log.append(1))
t.autograd.grad((x * 3).sum(), x)
r = log

x = t.ones(2, requires_grad=True)
log = []
y = x * 2
y.grad_fn.register_prehook(lambda g: log.append(("pre", g)))
y.grad_fn.register_hook(lambda i, o: log.append(("post", i, o)))
y.sum().backward()
r = log

x = t.ones(2, requires_grad=True)
y = x * 2
y.grad_fn.register_prehook(lambda g: (g[0] * 10,))
y.sum().backward()
r = x.grad

x = t.ones(2, requires_grad=True)
y = x * 2
y.grad_fn.register_hook(lambda i, o: (i[0] * 10, None))
y.sum().backward()
r = x.grad

x = t.ones(2, requires_grad=True)
y = x * 2
y.grad_fn.register_hook(lambda i, o: (i[0],))
y.sum().backward()

x = t.ones(2, requires_grad=True)
y = x * 2
y.grad_fn.register_prehook(lambda g: 3)
y.sum().backward()

x = t.ones(2, requires_grad=True)
log = []
y = x * 2
y.register_hook(lambda g: log.append("tensor"))
y.grad_fn.register_prehook(lambda g: log.append("pre"))
y.retain_grad()
y.register_hook(lambda g: log.append("tensor2"))
y.sum().backward()
r = log, y.grad

x = t.ones(2, requires_grad=True)
h = x.register_hook(lambda g: g * 2)
with h:
    x.sum().backward()
x.sum().backward()
r = x.grad

x = t.ones(2, requires_grad=True)
x.register_hook(lambda g: 3)
x.sum().backward()

x = t.ones(2, requires_grad=True)
x.register_hook(lambda g: g[:1])
x.sum().backward()

x = t.ones(2, requires_grad=True)
x.register_hook(lambda g: g.double())
x.sum().backward()

t.ones(2).register_hook(print)

m = t.nn.Linear(2, 1)
log = []
m.register_forward_pre_hook(lambda m, a: log.append(("pre", len(a))))
m.register_forward_hook(lambda m, a, o: log.append(("fwd", len(a), o.shape)))
m(t.ones(3, 2))
r = log

m = t.nn.Identity()
m.register_forward_pre_hook(lambda m, a: (a[0] * 2,))
m.register_forward_hook(lambda m, a, o: o + 1)
r = m(t.ones(2))

m = t.nn.Identity()
m.register_forward_pre_hook(lambda m, a: a[0] * 2)
r = m(t.ones(2))

class M(t.nn.Module):
    def forward(self, x, k=1):
        return x * k
m = M()
m.register_forward_pre_hook(lambda m, a, k: (a, {"k": 5}), with_kwargs=True)
m.register_forward_hook(lambda m, a, k, o: o + k["k"], with_kwargs=True)
r = m(t.ones(2), k=2)

class M(t.nn.Module):
    def forward(self, x):
        raise ValueError("boom")
m = M()
log = []
m.register_forward_hook(lambda m, a, o: log.append(o), always_call=True)
try:
    m(t.ones(2))
except ValueError as e:
    log.append(str(e))
r = log

m = t.nn.Linear(2, 1)
with t.no_grad():
    m.weight.fill_(2.0)
log = []
m.register_full_backward_hook(lambda m, gi, go: log.append((gi, go)))
x = t.ones(3, 2, requires_grad=True)
m(x).sum().backward()
r = log, x.grad

m = t.nn.Linear(2, 1)
with t.no_grad():
    m.weight.fill_(2.0)
m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
x = t.ones(3, 2, requires_grad=True)
m(x).sum().backward()
r = x.grad

m = t.nn.Identity()
m.register_full_backward_pre_hook(lambda m, go: (go[0] * 7,))
x = t.ones(2, requires_grad=True)
m(x * 1).sum().backward()
r = x.grad

m = t.nn.Identity()
log = []
m.register_forward_hook(lambda *a: log.append(1))
h = m.register_forward_hook(lambda *a: log.append(2), prepend=True)
m(t.ones(1))
h.remove()
m(t.ones(1))
r = log

x = t.ones(2, requires_grad=True)
y = x * 2
z = y.detach()
r = y.grad_fn.next_functions[0][0].variable is x

x = t.ones(2, requires_grad=True)
y = x.exp()
s = y.sum()
s.backward(inputs=[y])
r = y.grad, x.grad

x = t.ones(2, requires_grad=True)
y = x.exp()
y.sum().backward(inputs=x)
r = x.grad

x = t.ones(2, requires_grad=True)
x.sum().backward(inputs=[])

x = t.ones(2, requires_grad=True)
x.sum().backward(inputs=[t.ones(2)])

x, w = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
(x * w).sum().backward(inputs=[w])
r = x.grad, w.grad

x = t.ones(2, requires_grad=True)
g = t.autograd.grad(x * 2, x, grad_outputs=t.eye(2), is_grads_batched=True)
r = g

x = t.ones(2, requires_grad=True)
t.autograd.grad(x * 2, x, grad_outputs=t.ones(2), is_grads_batched=True)

x, w = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
r = t.autograd.grad((x * 2).sum(), (x, w), allow_unused=True)

x, w = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
t.autograd.grad((x * 2).sum(), (x, w))

x, w = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
r = t.autograd.grad((x * 2).sum(), (x, w), materialize_grads=True)

x = t.ones(2, requires_grad=True)
t.autograd.grad((x * 2).sum(), x, allow_unused=False, materialize_grads=True)

class F(t.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 1, x * 2
    @staticmethod
    def backward(ctx, a, b):
        r.append((a, b))
        return a
r = []
x = t.ones(2, requires_grad=True)
F.apply(x)[0].sum().backward()

class F(t.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1, x * 2
    @staticmethod
    def backward(ctx, a, b):
        r.append((a, b))
        return a
r = []
x = t.ones(2, requires_grad=True)
F.apply(x)[0].sum().backward()

class F(t.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = t.ones(2, requires_grad=True)
y = x * 1
z = F.apply(y)
r = z is y, y, y.grad_fn.name()
y.sum().backward()
r = r, x.grad

class F(t.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view(2, 1)
    @staticmethod
    def backward(ctx, g):
        return g.view(2)
x = t.ones(2, requires_grad=True)
y = F.apply(x * 1)
y.add_(1)

class F(t.autograd.Function):
    @staticmethod
    def forward(x, k):
        return x * k
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.k = inputs[1]
        ctx.needs = ctx.needs_input_grad
    @staticmethod
    @t.autograd.function.once_differentiable
    def backward(ctx, g):
        return g * ctx.k, None
x = t.ones(2, requires_grad=True)
(g,) = t.autograd.grad(F.apply(x, 3).sum(), x, create_graph=True)
r = g
g.sum().backward()
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_hooks_of_all_kinds(program):
    check(torch, program)
