"""Matrix products: values against NumPy, gradients by differences, names, errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.ops.added_products import addbmm
from rushlight.ops.einsum import _order, einsum, tensordot, trace
from rushlight.ops.linear import linear
from rushlight.ops.products import inner, kron
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
        (",...->...", [(), (2, 3)]),
        ("d...,...,...b->...", [(2, 3), (2, 3), (2, 1, 2)]),
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


def test_einsum_of_numbers():
    a, b = _random(2, 3), _random(3, 4)
    x, y = torch.tensor(a), torch.tensor(b)
    np.testing.assert_allclose(einsum(x, [0, 1], y, [1, 2], [0, 2]).numpy(), a @ b)
    np.testing.assert_allclose(einsum(x, [0, 1], y, [1, 2]).numpy(), a @ b)
    np.testing.assert_allclose(einsum(x, [..., 1], [...]).numpy(), a.sum(1))
    with pytest.raises(ValueError, match=r"range \[0, 52\), but got 52"):
        einsum(x, [0, 52])


def test_einsum_multiplies_in_the_cheapest_order():
    # (a b) c would take a thousand times the products of a (b c)
    from_left = _order([frozenset("ij"), frozenset("jk"), frozenset("k")], frozenset("i"),
                       {"i": 100, "j": 100, "k": 100})  # fmt: skip
    assert from_left[0] == (1, 2)
    long = [frozenset({i, i + 1}) for i in range(8)]
    sizes = {i: 2 + i % 3 for i in range(9)}
    path = _order(long, frozenset({0, 8}), sizes)
    assert len(path) == 7 and all(i < j for i, j in path)
    arrays = [_random(sizes[i], sizes[i + 1]) for i in range(8)]
    found = einsum("ab,bc,cd,de,ef,fg,gh,hi->ai", *[torch.tensor(x) for x in arrays])
    np.testing.assert_allclose(found.numpy(), np.linalg.multi_dot(arrays))


def test_tensordot_broadcasts_what_it_sums_over():
    a, b = _random(1, 2), _random(3, 2, 4)
    found = tensordot(torch.tensor(a), torch.tensor(b), dims=([0, 1], [0, 1]))
    np.testing.assert_allclose(found.numpy(), np.einsum("zj,ijk->k", a, b))
    check_gradient(lambda x, y: tensordot(x, y, dims=([0, 1], [0, 1])), a, b)
    with pytest.raises(RuntimeError, match="both inputs should have same dtype"):
        tensordot(torch.ones(2), torch.ones(2).double(), 1)
    with pytest.raises(RuntimeError, match="dim 0 appears multiple times"):
        tensordot(torch.ones(2, 2), torch.ones(2, 2), ([0, 0], [0, 1]))


def test_integers_are_multiplied_by_whole_numbers():
    ones = torch.ones(2, 2, dtype=torch.int64)
    assert torch.addmv(ones[0], ones, ones[0], beta=0.9, alpha=1.9).tolist() == [2, 2]
    assert torch.baddbmm(ones, ones[None], ones[None], beta=2.5).tolist() == [[[4, 4], [4, 4]]]
    with pytest.raises(RuntimeError, match="argument alpha must not be a floating point number"):
        torch.addr(ones, ones[0], ones[0], alpha=0.5)
    truth = torch.tensor([True, False])
    assert torch.addr(truth, truth, truth, beta=0).tolist() == [[True, False], [False, False]]
    assert torch.addr(truth, truth, truth, alpha=0).tolist() == [[True, False], [True, False]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda o: torch.addmv(o(2).double(), o(2, 2), o(2)), "same dtype, but got Double, Float"),
        (lambda o: torch.addmv(o(3), o(2, 2), o(2)), r"input \(3\), mat \(2x2\), vec \(2\)"),
        (lambda o: torch.addmv(o(2), o(2), o(2)), "vector expected, got 1, 1, 1"),
        (lambda o: torch.addbmm(o(2, 2).double(), o(1, 2, 2), o(1, 2, 2)), "same dtype"),
        (lambda o: torch.baddbmm(o(2, 2).double(), o(1, 2, 2), o(1, 2, 2)), "must be the same"),
        (lambda o: torch.addr(o(2, 2), o(2, 2), o(2)), "Expected 1-D argument vec1, but got 2-D"),
        (lambda o: torch.addbmm(o(3, 2), o(1, 2, 2), o(1, 2, 2)), "must match the existing size"),
    ],
)
def test_sums_of_products_refuse(call, words):
    with pytest.raises(RuntimeError, match=words):
        call(torch.ones)


def test_combinations_and_products_of_elements():
    x = torch.tensor([1, 2, 3])
    assert torch.combinations(x, 3).tolist() == [[1, 2, 3]]
    assert torch.combinations(x[:2], 2, True).tolist() == [[1, 1], [1, 2], [2, 2]]
    assert torch.combinations(x, 0).shape == (0,) and torch.combinations(x, 4).shape == (0, 4)
    assert torch.cartesian_prod(x, x).shape == (9, 2) and torch.cartesian_prod(x) is x
    with pytest.raises(RuntimeError, match="Expect a 1D vector"):
        torch.combinations(torch.ones(2, 2))
    with pytest.raises(RuntimeError, match="non-negative number, but got -1"):
        torch.combinations(x, -1)


def test_blocks_on_a_diagonal():
    found = torch.block_diag(torch.ones(2, 1), torch.tensor([2, 3]), torch.tensor(4.0))
    assert found.tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 2, 3, 0], [0, 0, 0, 4]]
    assert torch.block_diag().shape == (1, 0)
    check_gradient(torch.block_diag, _random(2, 3), _random(2))
    with pytest.raises(RuntimeError, match="Input 1 has 3 dimensions"):
        torch.block_diag(torch.ones(2), torch.ones(1, 1, 1))


def test_renorm():
    x = _random(3, 4, 2) * 3
    found = torch.renorm(torch.tensor(x), 2, 1, 2.0).numpy()
    lengths = np.sqrt((x * x).sum((0, 2), keepdims=True))
    expected = np.where(lengths > 2, x * 2 / (lengths + 1e-7), x)
    np.testing.assert_allclose(found, expected)
    check_gradient(lambda x: torch.renorm(x, 3, 0, 1.0), _random(2, 3))
    with pytest.raises(RuntimeError, match="expected maxnorm to be >= 0 but got -1"):
        torch.renorm(torch.ones(2, 2), 2, 0, -1)


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
