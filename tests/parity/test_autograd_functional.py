"""autograd.functional: Jacobians, Hessians, products, strictness, in PyTorch and here.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

PROGRAMS_BEFORE = """
x = t.tensor([1.0, 2.0, 3.0])
y = t.tensor([[1.0, 2.0], [3.0, 4.0]])
f1 = lambda x: x.exp().sum()
f2 = lambda x: x**2
f3 = lambda x, y: (x.sum() * y, x * x)
f4 = lambda x, y: (x[:2] * y).sum() + (x**3).sum()
"""
PROGRAMS = """
r = t.autograd.functional.jacobian(f2,x)

r = t.autograd.functional.jacobian(f3,(x,y))

r = t.autograd.functional.jacobian(f1,(x,))

r = t.autograd.functional.hessian(f1,x)

r = t.autograd.functional.hessian(f4,(x,y))

r = t.autograd.functional.vjp(f2,x,t.ones(3))

r = t.autograd.functional.vjp(f1,x)

r = t.autograd.functional.vjp(f3,(x,y),(t.ones(2,2),t.ones(3)))

r = t.autograd.functional.jvp(f2,x,t.ones(3))

r = t.autograd.functional.jvp(f3,(x,y),(t.ones(3),t.ones(2,2)))

r = t.autograd.functional.jvp(f1,x[0])

r = t.autograd.functional.vhp(f1,x,t.ones(3))

r = t.autograd.functional.hvp(f4,(x,y),(t.ones(3),t.ones(2,2)))

r = t.autograd.functional.hvp(f1,x,t.ones(3))

r = t.autograd.functional.vhp(f4,(x,y),(t.ones(3),t.ones(2,2)))

r = t.autograd.functional.hvp(lambda x: x.sum(),x,t.ones(3))

r = t.autograd.functional.vhp(lambda x: x.sum(),x,t.ones(3))

r = t.autograd.functional.jacobian(lambda x: x.detach()*2,x)

r = t.autograd.functional.hessian(lambda x:x.sum(),x)

r = t.autograd.functional.jacobian(lambda x,y: x*2,(x,y))

r = t.autograd.functional.vjp(lambda x,y: x*2,(x,y),t.ones(3))

r = t.autograd.functional.jvp(lambda x,y: (x*2),(x,y),(x,y))

r = t.autograd.functional.hessian(lambda x,y: (x*2).sum(),(x,y))

r = t.autograd.functional.hvp(lambda x,y: (x**2).sum(),(x,y),(x,y))

r = t.autograd.functional.vhp(lambda x,y: (x**2).sum(),(x,y),(x,y))

r = t.autograd.functional.jacobian(f1,x)

r = t.autograd.functional.jacobian(f3,(x,y),create_graph=True)

r = t.autograd.functional.jacobian(lambda x: x.detach(),x)

r = t.autograd.functional.jacobian(f2,x,strict=True,vectorize=True)

r = t.autograd.functional.jacobian(f2,x,strategy="z")

r = t.autograd.functional.hessian(f2,x)

r = t.autograd.functional.hessian(f1,x,strict=True,vectorize=True)

r = t.autograd.functional.vjp(f2,x)

r = t.autograd.functional.jvp(f2,x)

r = t.autograd.functional.vhp(f1,x)

r = t.autograd.functional.hvp(f2,x,x)

r = t.autograd.functional.vjp(f2,x,t.ones(2))

r = t.autograd.functional.vjp(f2,x,(x,x))

r = t.autograd.functional.jvp(f2,x,t.ones(2))

r = t.autograd.functional.jacobian(f2,3)

r = t.autograd.functional.jacobian(lambda x: 3,x)

r = t.autograd.functional.jacobian(lambda x: (x,3),x)

r = t.autograd.functional.hessian(lambda x:(x.sum(),x.sum()),x)

r = t.autograd.functional.hvp(f1,x)

r = t.autograd.functional.hvp(f1,x[0])

r = t.autograd.grad(j.sum(),a)

r = t.autograd.grad(h.sum(),a)

r = h.requires_grad

r = t.autograd.functional.jacobian(f2,a).requires_grad

r = t.autograd.functional.vjp(f1,a)[0].requires_grad

r = t.autograd.functional.jacobian(f2,a)
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_functional(program):
    check(torch, program, PROGRAMS_BEFORE)
