"""Padding against NumPy's, its gradients of both orders, and its errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck

pad = torch.nn.functional.pad
NUMPY = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
SHAPES = [
    ((2, 5), (2, 3)),
    ((2, 1, 4), (0, 3)),
    ((2, 3, 4, 5), (1, 2, 3, 0)),
    ((1, 4, 3), (1, 1, 2, 2)),
    ((1, 2, 3, 4, 3), (2, 1, 0, 3, 1, 2)),
]


def drawn(*shape, **kwargs):
    return torch.tensor(np.random.default_rng(sum(shape)).standard_normal(shape), **kwargs)


def pairs(shape, amounts):
    """NumPy's form of the amounts: a pair a dim, first dim first."""
    given = [tuple(amounts[i : i + 2]) for i in range(0, len(amounts), 2)]
    return [(0, 0)] * (len(shape) - len(given)) + given[::-1]


@pytest.mark.parametrize(("shape", "amounts"), SHAPES)
@pytest.mark.parametrize("mode", NUMPY)
def test_modes(shape, amounts, mode):
    x = drawn(*shape, requires_grad=True)
    expected = np.pad(x.numpy(force=True), pairs(shape, amounts), NUMPY[mode])
    np.testing.assert_array_equal(pad(x, amounts, mode).numpy(force=True), expected)
    assert gradcheck(lambda x: pad(x, amounts, mode), x)
    assert gradgradcheck(lambda x: pad(x, amounts, mode), x)


@pytest.mark.parametrize("amounts", [(1, 2), (0, 0), (2, 0, 1, 1, 0, 3), ()])
def test_constant(amounts):
    x = drawn(2, 3, 4, requires_grad=True)
    expected = np.pad(x.numpy(force=True), pairs(x.shape, amounts), constant_values=7.5)
    np.testing.assert_array_equal(pad(x, amounts, value=7.5).numpy(force=True), expected)
    assert gradcheck(lambda x: pad(x, amounts, value=7.5), x)
    assert gradgradcheck(lambda x: pad(x, amounts, value=7.5), x)


def test_negative_amounts_cut_off():
    x = torch.arange(6.0).view(1, 6)
    assert pad(x, (-1, 2)).tolist() == [[1, 2, 3, 4, 5, 0, 0]]
    assert pad(x, (2, -3)).tolist() == [[0, 0, 0, 1, 2]]
    assert pad(x, (-3, -3)).shape == (1, 0)
    assert pad(x, (-2, 2), "reflect").tolist() == [[2, 3, 4, 5, 4, 3]]
    assert pad(x, (-2, -2), "replicate").tolist() == [[2, 3]]
    # what is cut off does not come back at the other end
    assert pad(x, (-4, 2), "circular").tolist() == [[4, 5, 4, 5]]
    y = drawn(2, 6, requires_grad=True)
    for mode in ("constant", *NUMPY):
        assert gradcheck(lambda x, mode=mode: pad(x, (-2, 3), mode), y)


def test_dtypes_and_layouts():
    x = torch.arange(6).view(2, 3).t()
    assert pad(x, (1, 0), value=9).tolist() == [[9, 0, 3], [9, 1, 4], [9, 2, 5]]
    assert pad(x, (1, 1), "reflect").tolist() == [[3, 0, 3, 0], [4, 1, 4, 1], [5, 2, 5, 2]]
    assert pad(torch.tensor([[True]]), (1, 0)).tolist() == [[False, True]]
    assert pad(torch.ones(1, 1, dtype=torch.bfloat16), (1, 1), "replicate").dtype is torch.bfloat16
    assert pad(torch.ones(1, dtype=torch.complex64), (1, 0), value=1j).tolist() == [1j, 1 + 0j]
    assert pad(torch.zeros(0, 2, 3), (1, 1), "reflect").shape == (0, 2, 5)
    assert pad(torch.zeros(2, 0), (1, 1)).tolist() == [[0, 0], [0, 0]]


def test_halves_fold_back_without_loss():
    x = torch.zeros(1, 2, dtype=torch.float16, requires_grad=True)
    pad(x, (4000, 0), "replicate").sum().backward()
    assert x.grad.tolist() == [[4000.0, 1.0]]


ERRORS = [
    (lambda x: pad(x, (1,)), RuntimeError, "Padding length must be divisible by 2"),
    (lambda x: pad(x, (1, 1) * 4), RuntimeError, "Padding length should be less than or equal to"),
    (lambda x: pad(x, 1), TypeError, "'pad' .* must be tuple of ints, not int"),
    (lambda x: pad(x, (1.5, 1)), TypeError, "found element of type float at pos 0"),
    (lambda x: pad(x, (-2, -2)), RuntimeError, "length must be non-negative"),
    (lambda x: pad(x, (1, 1), "mirror"), NotImplementedError, "Unrecognised padding mode mirror"),
    (lambda x: pad(x, (1, 1), "reflect", 2.0), RuntimeError, "doesn't take in value argument"),
    (lambda x: pad(x[0, 0], (1, 1), "reflect"), NotImplementedError, "Padding size 2 is not supp"),
    (lambda x: pad(x, (3, 1), "reflect"), RuntimeError, "Argument #4: Padding size should be less"),
    (lambda x: pad(x, (4, 1), "circular"), RuntimeError, "wrapping around more than once"),
    (lambda x: pad(x, (-2, -1), "circular"), RuntimeError, "resulting in an empty dimension"),
    (lambda x: pad(x, (-2, -1), "replicate"), RuntimeError, r"input \(W: 3\) is too small"),
    (lambda x: pad(x[:, :0], (1, 1), "reflect"), RuntimeError, "Expected 2D or 3D"),
    (lambda x: pad(x.bool(), (1, 1), "reflect"), NotImplementedError, "'Bool'"),
    (lambda x: pad(x, (1, 1), value=1j), TypeError, "must be float, not complex"),
    (lambda x: pad(3, (1, 1)), TypeError, "must be Tensor, not int"),
    (lambda x: torch.constant_pad_nd(x, (1,)), RuntimeError, "Length of pad must be even"),
    (lambda x: torch.constant_pad_nd(x, (1, 1) * 4), RuntimeError, "Length of pad should be no"),
]


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call(torch.ones(1, 2, 3))
