"""requires_grad, leaves, detach, data, and changes in place that autograd must see.

May import: everything.
"""

import pytest

import rushlight as torch


def leaf(*values):
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


def test_requires_grad_can_be_set_and_unset():
    x = torch.ones(3)
    x.requires_grad = True
    assert x.requires_grad
    assert x.is_leaf
    x.requires_grad = False
    assert not x.requires_grad
    assert x.requires_grad_() is x
    assert not torch.ones(3, requires_grad=True).requires_grad_(False).requires_grad


def test_only_numbers_with_derivatives_can_require_grad():
    for dtype in (torch.int64, torch.bool, torch.uint8):
        message = "nly Tensors of floating point and complex dtype can require gradients"
        with pytest.raises(RuntimeError, match=message):
            torch.ones(2, dtype=dtype, requires_grad=True)
        with pytest.raises(RuntimeError, match=message):
            torch.ones(2, dtype=dtype).requires_grad_()
        with pytest.raises(RuntimeError, match=message):
            torch.ones(2, dtype=dtype).requires_grad = True
    for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.complex64):
        assert torch.ones(2, dtype=dtype, requires_grad=True).requires_grad


def test_a_result_keeps_its_flag():
    y = leaf() * 2
    for value in (False, True):
        with pytest.raises(RuntimeError, match="only change requires_grad flags of leaf variables"):
            y.requires_grad = value
    with pytest.raises(RuntimeError, match=r"use .*detach\(\)"):
        y.requires_grad_(False)
    assert y.requires_grad_() is y


def test_leaves_and_nodes():
    x = leaf()
    y = x * 2
    assert (x.is_leaf, y.is_leaf, torch.ones(1).is_leaf, y.detach().is_leaf) == (
        True,
        False,
        True,
        True,
    )
    assert x.grad_fn is None
    assert y.grad_fn.name() == "MulBackward0"
    assert type(y.grad_fn).__name__ == "MulBackward0"
    (node, index), (other, _) = y.grad_fn.next_functions
    assert node.variable is x
    assert index == 0
    assert other is None
    first, second = x.chunk(2)
    assert first.grad_fn is second.grad_fn
    assert (first.output_nr, second.output_nr) == (0, 1)
    assert not x.argmax().requires_grad
    assert not x.long().requires_grad


def test_detach_shares_memory_and_forgets_history():
    x = leaf()
    y = (x * 2).detach()
    assert not y.requires_grad
    z = x.detach()
    z[0] = 9
    assert x.tolist() == [9, 2]
    w = x * 2
    assert w.detach_() is w
    assert w.grad_fn is None
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        (x * 2)[0].detach_()


def test_data_changes_go_unnoticed():
    x = leaf()
    y = x * x
    x.data.mul_(3)
    y.sum().backward()
    assert x.grad.tolist() == [6, 12]  # with the new values: nobody was told
    x.data = torch.zeros(3)
    assert x.shape == (3,)
    assert x.requires_grad
    with pytest.raises(TypeError, match="Variable data has to be a tensor, but got int"):
        x.data = 3


def test_numpy_and_lists():
    x = leaf()
    with pytest.raises(RuntimeError, match=r"Can't call numpy\(\) on Tensor that requires grad"):
        x.numpy()
    assert x.tolist() == [1, 2]
    assert x.detach().numpy().tolist() == [1, 2]


# ---- in place

CHANGES = [
    lambda x: x.add_(1),
    lambda x: x.mul_(2),
    lambda x: x.zero_(),
    lambda x: x.__iadd__(1),
    lambda x: x.copy_(torch.ones(2)),
    lambda x: x.__setitem__(0, 5.0),
    lambda x: x.view(2).add_(1),
    lambda x: x[:1].fill_(3),
    lambda x: torch.add(x, 1, out=x),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_leaf_cannot_be_changed_while_recording(change):
    x = leaf()
    with pytest.raises(
        RuntimeError, match=r"leaf Variable that requires grad|don't support automatic"
    ):
        change(x)
    assert x.tolist() == [1, 2]
    with torch.no_grad():
        change(x)
    assert x.tolist() != [1, 2]
    assert x.is_leaf
    assert x.requires_grad


def test_a_result_can_be_changed_where_nobody_needs_it():
    x = leaf()
    y = x * 2
    y += 1
    y *= 3
    y.sum().backward()
    assert x.grad.tolist() == [6, 6]
    assert y.tolist() == [9, 15]


@pytest.mark.parametrize(
    "use, change",
    [
        (lambda y: y * y, lambda y: y.add_(1)),
        (lambda y: y.exp(), None),
        (lambda y: y.sigmoid(), None),
        (lambda y: y**2, lambda y: y.zero_()),
        (lambda y: y.log(), lambda y: y.__setitem__(0, 1.0)),
        (lambda y: y @ y, lambda y: y[:1].mul_(2)),
        (lambda y: y / 3 * y, lambda y: y.detach().add_(1)),
    ],
)
def test_a_saved_value_changed_in_place_is_an_error(use, change):
    x = leaf()
    y = x * 2
    z = use(y)
    total = z.sum()
    if change is None:
        z.add_(1)  # the result itself was saved
    else:
        change(y)
    with pytest.raises(
        RuntimeError, match=r"modified by an inplace operation: \[torch.FloatTensor"
    ) as e:
        total.backward()
    assert "is at version 1; expected version 0" in str(e.value)
    assert "Backward" in str(e.value)


def test_a_change_before_the_use_is_no_error():
    x = leaf()
    y = x * 2
    y.add_(1)
    (y * y).sum().backward()
    assert x.grad.tolist() == [12, 20]


def test_a_change_through_a_view_is_seen_by_its_base_and_back():
    x = leaf(1.0, 1.0, 1.0, 1.0)
    y = x.clone()
    view = y[:2]
    view.mul_(3)
    (y * y).sum().backward()
    assert x.grad.tolist() == [18, 18, 2, 2]
    x.grad = None
    y = x.clone()
    view = y[1:3]
    y.mul_(5)
    view.sum().backward()
    assert x.grad.tolist() == [0, 5, 5, 0]


def test_writing_a_result_into_a_plain_tensor():
    x = leaf(1.0, 2.0, 3.0, 4.0)
    y = torch.zeros(4)
    y[:2] = x[:2] * 2
    assert y.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == [2, 2, 0, 0]


def test_versions_count_changes():
    x = torch.ones(2)
    assert x._version == 0
    x.add_(1)
    x[0] = 3
    assert x._version == 2
    assert x[:1]._version == 2
    x[:1].zero_()
    assert x._version == 3
