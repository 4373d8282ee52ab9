"""Changes in place: their checks, their versions, and the histories they rewrite.

May import: everything.
"""

import warnings

import numpy as np
import pytest

import rushlight as torch


def test_a_leaf_that_needs_grad_is_left_alone():
    w = torch.ones(2, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used"):
        w.add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        w[0] = 1
    with torch.no_grad():
        w.add_(1)
        w[0, 0] = 5
    assert w.tolist() == [[5.0, 2.0], [2.0, 2.0]]
    assert w.is_leaf


def test_shapes_and_dtypes_must_fit():
    x = torch.zeros(3)
    with pytest.raises(RuntimeError, match=r"output with shape \[3\] doesn't match the broadcast"):
        x.add_(torch.ones(2, 3))
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output"):
        torch.zeros(3, dtype=torch.int64).add_(0.5)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        torch.zeros(1).expand(3).add_(1)
    assert x._version == 0


def test_versions_count_changes_by_any_view():
    x = torch.zeros(2, 2)
    x.t().add_(1)
    x[0].zero_()
    x[0, 1] = 3
    assert x._version == x[0]._version == 3


def test_a_saved_tensor_must_not_change():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y * y
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_an_operation_in_place_may_need_the_old_values():
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    w = torch.tensor([5.0, 7.0], requires_grad=True)
    y = x * 1
    y.mul_(w).pow_(2)
    assert y.tolist() == [100.0, 441.0]
    y.sum().backward()
    assert x.grad.tolist() == [2 * 2 * 25.0, 2 * 3 * 49.0]
    assert w.grad.tolist() == [2 * 5 * 4.0, 2 * 7 * 9.0]


def test_a_change_of_a_view_is_a_change_of_its_base():
    x = torch.ones(2, 3, requires_grad=True)
    w = torch.tensor([2.0, 3.0, 4.0], requires_grad=True)
    y = x * 1
    row, column = y[0], y[:, 1]
    row.mul_(w)
    assert type(y.grad_fn).__name__ == "CopySlices"
    assert type(row.grad_fn).__name__ == "AsStridedBackward0"
    (column * torch.tensor([10.0, 100.0])).sum().backward(retain_graph=True)
    assert w.grad.tolist() == [0.0, 10.0, 0.0]
    assert x.grad.tolist() == [[0.0, 30.0, 0.0], [0.0, 100.0, 0.0]]
    w.grad = x.grad = None
    y.sum().backward()
    assert w.grad.tolist() == [1.0, 1.0, 1.0]
    assert x.grad.tolist() == [[2.0, 3.0, 4.0], [1.0, 1.0, 1.0]]


def test_a_change_of_the_base_reaches_its_views():
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    tail = y[1:]
    y.mul_(torch.tensor([2.0, 3.0, 4.0]))
    tail.sum().backward()
    assert x.grad.tolist() == [0.0, 3.0, 4.0]


def test_a_plain_tensor_filled_row_by_row_gets_a_history():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    table = torch.zeros(3, 2)
    for row in range(3):
        table[row] = x * row
    assert not table.is_leaf
    table.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_base_that_is_not_contiguous():
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    y = (x * 1).t().clone()
    assert not y.is_contiguous()
    y[1] = 7
    (y * torch.arange(6.0).view(3, 2)).sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0, 4.0], [1.0, 0.0, 5.0]]


def test_views_given_out_together_cannot_be_changed():
    y = torch.ones(2, 2, requires_grad=True) * 1
    with pytest.raises(RuntimeError, match="Output 1 of Unbind is a view and is being modified"):
        y.unbind()[1].add_(1)


def test_copy_fill_zero():
    x = torch.zeros(2, 2)
    assert x.copy_(torch.tensor([1, 2])).tolist() == [[1.0, 2.0], [1.0, 2.0]]
    assert x.fill_(torch.tensor(3)).sum().item() == 12
    assert not x.zero_().any()
    x[1:] = x[:1] + 1
    assert x.tolist() == [[0.0, 0.0], [1.0, 1.0]]
    with pytest.raises(RuntimeError, match="value cannot be converted to type uint8_t without"):
        torch.zeros(1, dtype=torch.uint8).fill_(300)


def test_clone_keeps_the_layout_and_contiguous_mends_it():
    x = torch.zeros(2, 3).t()
    assert x.clone().stride() == (1, 3)
    assert x.contiguous().stride() == (2, 1)
    assert x.expand(2, 3, 2).clone().stride() == (6, 2, 1)
    assert x.t().contiguous() is not x
    assert torch.zeros(2).contiguous().numel() == 2


def test_out():
    x = torch.ones(2, 2)
    out = torch.zeros(2, 2)
    assert torch.add(x, 1, out=out) is out
    assert out.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    empty = torch.zeros(0)
    torch.add(x, 1, out=empty)
    assert empty.shape == (2, 2)
    with pytest.warns(UserWarning, match="was resized since it had shape"):
        torch.add(x, 1, out=torch.zeros(3))
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.add(x.requires_grad_(), 1, out=out)


def test_casts_in_place_never_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        target = torch.zeros(1, dtype=torch.int64)
        target.copy_(torch.tensor([float("nan")]))
    assert np.asarray(target).dtype == np.int64
