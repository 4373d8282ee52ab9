"""torch.func and torch.vmap: results, structures and errors, in PyTorch and here.

May import: everything.
"""

import pytest

from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

FUNCTIONS_BEFORE = """
x = t.tensor([1.0, 2.0, 3.0])
y = t.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
s = t.tensor(2.0)
w = t.ones(3, requires_grad=True)
m = t.nn.Linear(3, 2)
p = {"weight": t.ones(2, 3), "bias": t.zeros(2)}
"""
FUNCTIONS = """
r = t.func.grad(t.sin)(s)

r = t.func.grad(t.func.grad(t.sin))(s)

r = t.func.grad(t.func.grad(t.func.grad(t.sin)))(s)

r = t.func.grad(lambda a,b:(a*b).sum(),(0,1))(x,x)

r = t.func.grad(lambda a,b:(a*b).sum(),1)(x,y)

r = t.func.grad(lambda a: a*2)(x)

r = t.func.grad(lambda a: 3)(x)

r = t.func.grad(lambda a: (a.sum(),a*2),has_aux=True)(x)

r = t.func.grad(lambda a: a.sum(),has_aux=True)(x)

r = t.func.grad_and_value(lambda a: (a.sum(),a*2),has_aux=True)(x)

r = t.func.grad(lambda d: (d['a']*d['b'][0]).sum())({'a':x,'b':[x,s]})

r = t.func.grad(lambda a,b: a.sum(), 5)(x,x)

r = t.func.grad(lambda a: a.sum())(3)

r = t.vmap(t.func.grad(lambda a: (a**3).sum()))(y)

r = t.vmap(t.func.grad(lambda w,a: (w*a).sum().sin()),(None,0))(x,y)

r = t.func.grad(lambda a: t.vmap(lambda b: (b*a).sum())(y).sum())(x)

r = t.vmap(t.func.grad(t.func.grad(t.sin)))(x)

r = t.func.grad(lambda a: t.vmap(t.func.grad(lambda b: (b*a).sum().sin()))(y).sum())(x)

r = t.func.vjp(lambda a: a*a, x)[1](x)

r = t.func.vjp(lambda a,b: (a*b,a.sum()), x,x)[1]((x,s))

r = t.func.vjp(lambda a: (a,a*3),x,has_aux=True)[2]

r = t.func.vjp(lambda a: a*a, x)[1]((x,x))

r = t.func.vjp(lambda a: 3, x)

r = t.func.vjp(lambda a: {'q':a*a}, x)[1]({'q':x})

r = t.vmap(t.func.vjp(lambda a: a*a,x)[1])(y)

r = t.func.jvp(lambda a: a*a,(x,),(x,))

r = t.func.jvp(lambda a,b: (a*b,a.sum()),(x,x),(x,x))

r = t.func.jvp(lambda a: a*a,x,x)

r = t.func.jvp(lambda a: a*a,(x,),(x,x))

r = t.func.jvp(lambda a: t.ones(2),(x,),(x,))

r = t.func.jvp(lambda a: t.ones(2),(x,),(x,),strict=True)

r = t.func.jvp(lambda a: (a*2,a),(x,),(x,),has_aux=True)

r = t.func.jvp(lambda a: t.func.jvp(t.sin,(a,),(t.ones(3),))[1],(x,),(t.ones(3),))

r = t.func.grad(lambda a: t.func.jvp(t.sin,(a,),(t.ones(3),))[1].sum())(x)

r = t.func.jvp(t.func.grad(lambda a: (a**3).sum()),(x,),(t.ones(3),))

r = t.vmap(lambda v: t.func.jvp(t.sin,(x,),(v,))[1])(y)

r = J(lambda a: a*a)(x)

r = J(lambda a: a.sum())(x)

r = J(lambda a,b: (a*b.sum(), b*2),(0,1))(x,y)

r = J(J(lambda a: (a**3).sum()))(x)

r = J(lambda a: {'k':a*a},0)(x)

r = J(lambda a: (a*a,a),has_aux=True)(x)

r = t.vmap(J(lambda a: a.sin()))(y)

r = J(lambda a,b: a@b, 1)(y,x)

r = J(lambda d: d['a']*d['b'])({'a':x,'b':s})

r = J(lambda a: t.ones(2))(x)

r = J(lambda a: a, 3)(x)

r = t.func.jacrev(lambda a: a*a,chunk_size=2)(x)

r = t.func.hessian(lambda a: (a**3).sum()*a[0])(x)

r = t.vmap(t.func.hessian(lambda a: (a**3).prod()))(y)

r = t.func.hessian(lambda a,b: (a*b).sum()**2,(0,1))(x,x)

r = o

r = f(t.ones(3))

r = t.vmap(f)(y)

r = f(t.ones(2))

r = g

r = t.autograd.grad(g.sum(),w)

r = t.func.grad(lambda a: (a**2).sum())(x).requires_grad

r = t.func.jacrev(lambda a: a*w)(x)

r = t.func.grad(lambda a: (a*w).sum())(x)

r = t.func.jacfwd(t.sin)(x)

r = t.vmap(t.sin)(x)

r = t.func.vjp(t.sin,x)[1](x)

r = t.func.hessian(lambda a:(a**3).sum())(x)

r = t.func.grad(f)(x)

r = t.func.functional_call(m,p,(x,))

r = t.func.functional_call(m,p,x)

r = t.func.functional_call(m,{'weight':t.ones(2,3)},(x,)).shape

r = t.func.functional_call(m,{'weight':t.ones(2,3)},(x,),strict=True)

r = t.func.functional_call(m,3,(x,))

r = type(m.weight).__name__

r = t.func.grad(lambda p,a: t.func.functional_call(m,p,(a,)).sum())(p,x)

r = t.vmap(t.func.grad(lambda p,a: t.func.functional_call(m,p,(a,)).pow(2).sum()),(None,0))(p,y)

r = {k:(v.shape,v.requires_grad,v.is_leaf) for k,v in ps.items()}

r = t.vmap(lambda p,b,a: t.func.functional_call(ms[0],(p,b),(a,)),(0,0,None))(ps,bs,y).shape

r = t.func.stack_module_state([])

r = t.func.stack_module_state([ms[0],t.nn.ReLU()])

r = (r-e).abs().max().item()<1e-6

r = ps['weight'].grad
"""

BATCHES_BEFORE = """
x = t.arange(6.0).reshape(2, 3)
y = t.arange(3.0)
f = lambda x: x * 2
f2 = lambda x, y: (x * y).sum()
"""
BATCHES = """
r = t.vmap(f)(x)

r = t.vmap(f2,(0,None))(x,y)

r = t.vmap(f2,(1,0))(x,t.ones(3,2))

r = t.vmap(f2)(x,y)

r = t.vmap(f2,(0,))(x,y)

r = t.vmap(f)()

r = t.vmap(f,in_dims=None)(x)

r = t.vmap(f,in_dims=(None,))(x)

r = t.vmap(f,in_dims=5)(x)

r = t.vmap(f,in_dims='a')(x)

r = t.vmap(f,in_dims=(0.5,))(x)

r = t.vmap(f)(3)

r = t.vmap(f,in_dims=-1)(x)

r = t.vmap(f,in_dims=-3)(x)

r = t.vmap(f)(t.tensor(1.))

r = t.vmap(lambda x: 3)(x)

r = t.vmap(lambda x: (x,3))(x)

r = t.vmap(f,out_dims=1)(x)

r = t.vmap(f,out_dims=-1)(x)

r = t.vmap(f,out_dims=3)(x)

r = t.vmap(f,out_dims=None)(x)

r = t.vmap(lambda x: t.ones(2),out_dims=None)(x)

r = t.vmap(lambda x: t.ones(2))(x)

r = t.vmap(f,out_dims=(0,1))(x)

r = t.vmap(lambda x:(x,x),out_dims=(0,1))(x)

r = t.vmap(lambda x:(x,x),out_dims=1)(x)

r = t.vmap(lambda x:[x,x],out_dims=[0,1])(x)

r = t.vmap(f,out_dims='a')(x)

r = t.vmap(lambda x:{'a':x})(x)

r = t.vmap(lambda d: d['a']+d['b'],in_dims=({'a':0,'b':None},))({'a':x,'b':y})

r = t.vmap(lambda x: x.item())(y)

r = t.vmap(lambda x: x if x>0 else -x)(y)

r = t.vmap(lambda x: t.nonzero(x))(x)

r = t.vmap(lambda x: float(x))(y)

r = t.vmap(lambda x: t.randn(2))(y)

r = t.vmap(lambda x: x+t.rand(1),randomness="same")(t.zeros(3)).unique().numel()

r = t.vmap(lambda x: x+t.rand(1),randomness="different")(t.zeros(3)).unique().numel()

r = t.vmap(f,randomness="z")(x)

r = t.vmap(lambda x: t.nn.functional.dropout(x))(x)

r = t.vmap(lambda x: t.nn.functional.dropout(x,training=False))(x)

r = t.vmap(f,chunk_size=1)(x)

r = t.vmap(f,chunk_size=0)(x)

r = t.vmap(f2,(0,None),chunk_size=1)(x,y)

r = t.vmap(f,chunk_size=2,out_dims=1)(t.ones(5,2))

r = t.vmap(g)(x)

r = x

r = t.vmap(g,(0,None))(x,y)

r = y

r = t.vmap(t.vmap(lambda a,b: a*b,(None,0)),(0,None))(y,y)

r = t.vmap(t.vmap(lambda a: a.sum()))(t.ones(2,3,4))

r = t.vmap(lambda x,k=1: x*k)(x,k=3)

r = t.vmap(lambda x,k: x*k)(x,k=x)

r = t.vmap(t.dot)(x,x)

r = t.vmap(lambda a: a.shape)(x)

r = t.vmap(lambda a: (a, a.shape[0]))(x)

r = t.vmap(lambda x: x[0])(x)

r = t.vmap(lambda x,i: x[i])(x,t.tensor([0,1]))

r = t.vmap(lambda x: (x.sum(), x.max(), x.argmax(), x.sort().values))(x)

r = t.vmap(lambda x: (x.std(), x.softmax(0), x.cumsum(0)))(x)

r = t.vmap(lambda x: t.tensor([x.sum()]))(x)

r = t.vmap(f)(t.ones(0,3))

r = t.vmap(lambda x: t.stack([x,x]))(x)

r = t.vmap(lambda x: t.where(x>2,x,0.))(x)

r = t.vmap(lambda x: x.is_contiguous())(x)

r = t.vmap(lambda x: repr(x))(x)

r = o

r = t.autograd.grad(o.sum(),w)

r = t.autograd.grad(o.sum(),(xx,w))
"""


@pytest.mark.parametrize("program", programs(FUNCTIONS))
def test_gradients_jacobians_and_modules(program):
    check(torch, program, FUNCTIONS_BEFORE)


@pytest.mark.parametrize("program", programs(BATCHES))
def test_vmap(program):
    check(torch, program, BATCHES_BEFORE)
