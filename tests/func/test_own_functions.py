"""Functions of the user's own in batches and under transforms.

May import: everything.
"""

import numpy as np

import rushlight as torch
from rushlight.func import grad, jacrev, vmap

X = torch.arange(6.0).reshape(2, 3)


class Product(torch.autograd.Function):
    """x * w, whose code takes a batch as it is."""

    @staticmethod
    def forward(x, w):
        return x * w

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g * w, g * x


class Square(torch.autograd.Function):
    """x ** 2 in NumPy, which must see the numbers: `vmap` says how."""

    seen: list = []

    @staticmethod
    def forward(x):
        return torch.from_numpy(np.square(x.detach().numpy()))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * g * x

    @staticmethod
    def vmap(info, in_dims, x):
        Square.seen.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
        return Square.apply(x), in_dims[0]


def test_code_that_takes_a_batch():
    w = torch.ones(3, requires_grad=True)
    together = vmap(Product.apply, (0, None))(X, w)
    assert torch.equal(together, X)
    together.sum().backward()
    assert torch.equal(w.grad, X.sum(0))
    each = vmap(grad(lambda x, w: Product.apply(x, w).sum(), 1), (0, None))(X, torch.ones(3))
    assert torch.equal(each, X)


def test_code_that_says_how():
    Square.seen.clear()
    assert torch.equal(vmap(Square.apply)(X), X**2)
    assert Square.seen == [(2, "error", (0,), (2, 3))]
    assert torch.equal(vmap(vmap(Square.apply))(X), X**2)
    assert torch.equal(vmap(grad(lambda x: Square.apply(x).sum()))(X), 2 * X)
    assert torch.equal(grad(lambda x: vmap(Square.apply)(x).sum())(X), 2 * X)
    assert torch.equal(jacrev(Square.apply)(X[1]), torch.diag(2 * X[1]))
