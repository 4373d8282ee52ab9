"""Matrix products: values against NumPy, gradients by differences, names, errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.ops.einsum import einsum, tensordot, trace
from rushlight.ops.linear import linear
from rushlight.ops.products import addbmm, inner, kron
from tests.helpers import check_gradient

SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((2, 3), (5, 3, 4)),
    ((2, 1, 2, 3), (3, 3, 2)),
]


def _random(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_matmul_follows_the_shapes(a, b):
    x, y = _random(*a), _random(*b)
    np.testing.assert_allclose((torch.tensor(x) @ torch.tensor(y)).numpy(), x @ y, rtol=1e-10)
    check_gradient(torch.matmul, x, y)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ii->i", [(3, 3)]),
        ("ii", [(3, 3)]),
        ("ij->ji", [(2, 3)]),
        ("i,j->ij", [(2,), (3,)]),
        ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]),
        ("...ij,...jk->...ik", [(2, 2, 3), (3, 2)]),
        ("i...->...", [(2, 3)]),
        ("ij,ij->", [(2, 3), (2, 3)]),
        ("ij,jk,kl->il", [(2, 3), (3, 2), (2, 2)]),
        ("bi,ijk,bk->bj", [(2, 3), (3, 2, 2), (2, 2)]),
    ],
)
def test_einsum(equation, shapes):
    arrays = [_random(*shape) for shape in shapes]
    found = einsum(equation, *[torch.tensor(a) for a in arrays]).numpy()
    np.testing.assert_allclose(found, np.einsum(equation, *arrays), rtol=1e-10, atol=1e-12)
    check_gradient(lambda *tensors: einsum(equation, *tensors), *arrays)


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2.0), [(3,), (2, 4), (4, 3)]),
        (lambda c, a, b: torch.addmv(c, a, b, alpha=2.0), [(2,), (2, 4), (4,)]),
        (lambda c, a, b: torch.baddbmm(c, a, b), [(3, 1, 2), (3, 2, 2), (3, 2, 2)]),
        (lambda c, a, b: addbmm(c, a, b), [(2, 2), (3, 2, 2), (3, 2, 2)]),
        (linear, [(2, 4), (3, 4), (3,)]),
        (linear, [(2, 2, 4), (3, 4), (3,)]),
        (linear, [(4,), (3, 4), (3,)]),
        (torch.outer, [(2,), (3,)]),
        (inner, [(2, 3), (4, 3)]),
        (kron, [(2, 2), (1, 3)]),
        (trace, [(3, 3)]),
        (lambda a, b: tensordot(a, b, dims=([1], [0])), [(2, 3), (3, 2)]),
    ],
)
def test_gradients(function, shapes):
    check_gradient(function, *[_random(*shape) for shape in shapes])


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: x @ x, "MmBackward0"),
        (lambda x: x @ torch.ones(2), "MvBackward0"),
        (lambda x: x[0] @ x[0], "DotBackward0"),
        (lambda x: torch.bmm(x[None], x[None]), "BmmBackward0"),
        (lambda x: torch.ones(3, 2, 2) @ x, "UnsafeViewBackward0"),
        (lambda x: linear(x, x, x[0]), "AddmmBackward0"),
    ],
)
def test_node_names(function, name):
    assert type(function(torch.ones(2, 2, requires_grad=True)).grad_fn).__name__ == name


def test_the_gradient_of_a_weight_is_contiguous():
    weight = torch.ones(3, 2, requires_grad=True)
    across = weight.t()
    (slope,) = torch.autograd.grad((torch.ones(4, 2) @ across).sum(), across)
    assert slope.t().is_contiguous()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda o: o(2, 3) @ o(4, 5), r"cannot be multiplied \(2x3 and 4x5\)"),
        (lambda o: o(2, 3) @ o(4), r"size mismatch, got input \(2\), mat \(2x3\), vec \(4\)"),
        (lambda o: o(2) @ o(3), r"inconsistent tensor size, expected tensor \[2\] and src \[3\]"),
        (lambda o: o(2, 2) @ o(2, 2).double(), "same dtype, but got: float != double"),
        (lambda o: torch.tensor(1.0) @ o(2), "need to be at least 1D, but they are 0D and 1D"),
        (lambda o: o(2).mm(o(2, 2)), "self must be a matrix"),
        (lambda o: o(2, 2, 3).bmm(o(2, 2, 3)), r"to be: \[2, 3\] but got: \[2, 2\]"),
        (lambda o: einsum("ij,jk->ik", o(2, 3), o(2, 3)), "subscript j has size 2 for operand 1"),
        (lambda o: einsum("ij->i", o(2)), r"does not match the number of dimensions \(1\)"),
        (lambda o: einsum("i->z", o(2)), "output subscript z does not appear"),
    ],
)
def test_errors(function, words):
    with pytest.raises(RuntimeError, match=words):
        function(torch.ones)


def test_halves_multiply_in_float32():
    x = torch.full((1, 4096), 1.0, dtype=torch.half)
    assert (x @ x.t()).item() == 4096
    assert (x @ x.t()).dtype is torch.float16


def test_a_beta_of_zero_ignores_the_input():
    found = torch.addmm(
        torch.full((2, 2), float("nan")), torch.ones(2, 2), torch.ones(2, 2), beta=0
    )
    assert found.tolist() == [[2, 2], [2, 2]]
