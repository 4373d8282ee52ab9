"""Views in other dtypes changed in place, views of several outputs, `retain_grad` that follows.

May import: everything.
"""

import pytest

import rushlight as torch


def test_parts_of_complex_numbers_changed_in_place():
    z = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.cdouble, requires_grad=True)

    def function(z):
        y = z.clone()
        y.real.mul_(3)
        y.imag.add_(y.real.sum())
        return y

    assert torch.allclose(function(z).real, 3 * z.real)
    assert torch.autograd.gradcheck(function, z)
    assert torch.autograd.gradgradcheck(function, z)


def test_pairs_of_numbers_changed_as_complex_ones():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.double, requires_grad=True)

    def function(x):
        y = x.clone()
        torch.view_as_complex(y).mul_(2j)
        return y

    assert function(x).tolist() == [[-4, 2], [-8, 6]]
    assert torch.autograd.gradcheck(function, x)


def test_a_view_in_another_dtype_follows_its_base():
    z = torch.tensor([1 + 2j], dtype=torch.cdouble, requires_grad=True)
    y = z * 1
    pairs = torch.view_as_real(y)
    y.mul_(2)
    pairs.sum().backward()
    assert z.grad.tolist() == [2 + 2j]


def test_one_view_of_several_cannot_be_changed_nor_what_is_made_of_it():
    x = torch.ones(2, 2, requires_grad=True) * 1
    first = x.unbind()[0]
    with pytest.raises(RuntimeError, match="Output 0 of Unbind is a view and is being modified"):
        first.mul_(2)
    with pytest.raises(RuntimeError, match="Output 0 of View is a view and is being modified"):
        first.view(2).mul_(2)


def test_retain_grad_is_asked_of_the_tensor():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    view = y[1:]
    y.retain_grad()
    view.retain_grad()
    y.mul_(2)
    assert y.retains_grad and view.retains_grad
    (view.sum() + y.sum()).backward()
    assert y.grad.tolist() == [1, 2, 2] and view.grad.tolist() == [1, 1]
    assert x.grad.tolist() == [4, 8, 8]
