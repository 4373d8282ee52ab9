"""Arguments that are no tensors, numbers or dtypes: refused by name, never computed with.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

F, I, B = torch.ones(2), torch.tensor([0, 1]), torch.tensor([True, False])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: torch.squeeze(np.ones(2)), "argument 'input' .* must be Tensor, not ndarray"),
        (lambda: torch.reshape([1, 2], (2, 1)), "must be Tensor, not list"),
        (lambda: torch.flip(1, 0), "must be Tensor, not int"),
        (lambda: torch.tril([[1]]), "must be Tensor, not list"),
        (lambda: torch.where(1), "must be Tensor, not int"),
        (lambda: torch.clone(1), "must be Tensor, not int"),
        (lambda: torch.gather(F, 0, [0]), "argument 'index' .* must be Tensor, not list"),
        (lambda: F.take(None), "argument 'index' .* must be Tensor"),
        (lambda: F.put(I, 1), "argument 'source' .* must be Tensor"),
        (lambda: F.index_add(0, I, 2), "argument 'source' .* must be Tensor"),
        (lambda: torch.meshgrid(1), "expected Tensor as element 0"),
        (lambda: torch.cat([F, None]), "expected Tensor as element 1"),
        (lambda: torch.where(B, F), "invalid combination of arguments"),
        (lambda: torch.where(B, "a", F), "expected a Tensor or a Number"),
        (lambda: F.masked_fill(B, None), "must be a Number or a Tensor, not NoneType"),
        (lambda: F.index_fill(0, I, None), "must be a Number or a Tensor, not NoneType"),
        (lambda: F.clone().scatter_(0, I, None), "must be a Number or a Tensor, not NoneType"),
        (lambda: F.select(0, 1.0), "must be int, not float"),
        (lambda: F.narrow(0, "a", 1), "must be an int or a Tensor, not str"),
        (lambda: F.split("a"), "must be tuple of ints, not str"),
        (lambda: torch.zeros(2, dtype="float32"), "'dtype' must be torch.dtype, not str"),
        (lambda: torch.tensor([1], dtype=str), "'dtype' must be torch.dtype, not type"),
        (lambda: torch.linspace("a", 1, 2), "must be a Tensor or a Number, not str"),
    ],
)
def test_refused(call, words):
    with pytest.raises(TypeError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: torch.unique(F * 1j), "ComplexFloat"),
        (lambda: (F * 1j).mode(), "ComplexFloat"),
        (lambda: (F * 1j).aminmax(), "ComplexFloat"),
        (lambda: B.kthvalue(1), "Bool"),
        (lambda: torch.searchsorted(B, B), "Bool"),
        (lambda: B.scatter_reduce(0, I, B, "mean"), "Bool"),
        (lambda: torch.linspace(0, 1, 3, dtype=torch.bool), "Bool"),
    ],
)
def test_dtypes_without_a_kernel(call, kind):
    with pytest.raises(NotImplementedError, match=f"not implemented for '{kind}'"):
        call()


def test_complex_numbers_have_no_maximum():
    for call in (torch.max, torch.argmax, torch.min):
        with pytest.raises(RuntimeError, match=r"(?i)complex"):
            call(F * 1j)


def test_types_of_python_are_dtypes():
    assert torch.zeros(2, dtype=float).dtype is torch.float64
    assert torch.tensor([1.5], dtype=int).tolist() == [1]
    assert torch.ones_like(F, dtype=bool).dtype is torch.bool
    assert torch.full((1,), 2, dtype=complex).dtype is torch.complex128
