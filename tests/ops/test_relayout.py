"""Tensors that change their own shape or memory, parts put in place, views as copies.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch


@pytest.mark.parametrize(
    ("change", "view"),
    [
        (lambda x: x.t_(), lambda x: x.t()),
        (lambda x: x.transpose_(0, -1), lambda x: x.transpose(0, -1)),
        (lambda x: x.swapaxes_(0, 1), lambda x: x.swapaxes(0, 1)),
        (lambda x: x.swapdims_(0, 1), lambda x: x.swapdims(0, 1)),
        (lambda x: x.unsqueeze_(1), lambda x: x.unsqueeze(1)),
        (lambda x: x.unsqueeze_(0).squeeze_(0), lambda x: x),
        (lambda x: x.as_strided_((3,), (2,)), lambda x: x.as_strided((3,), (2,))),
    ],
)
def test_a_view_of_itself(change, view):
    x = torch.arange(6.0).reshape(2, 3)
    pointer, seen = x.data_ptr(), view(x)
    assert change(x) is x
    assert x.equal(seen) and x.stride() == seen.stride() and x.data_ptr() == pointer
    assert x._version > 0
    leaf = torch.arange(6.0).reshape(2, 3).requires_grad_()
    (change(leaf * 2) * seen).sum().backward()
    expected = torch.autograd.grad((view(leaf * 2) * seen).sum(), leaf)[0]
    assert leaf.grad.equal(expected)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        change(leaf)


def test_a_view_that_was_turned_still_belongs_to_its_base():
    x = torch.zeros(2, 3, requires_grad=True)
    y = torch.ones(2, requires_grad=True)
    base = x * 1
    part = base[:, :2]
    part.t_()
    part[0] = y  # the first column of the base
    (base * torch.arange(6.0).reshape(2, 3)).sum().backward()
    assert base[:, 0].tolist() == [1, 1]
    assert y.grad.tolist() == [0, 3]
    assert x.grad.tolist() == [[0, 1, 2], [0, 4, 5]]


def test_resize():
    x = torch.arange(6)
    assert x.resize_(2, 2).tolist() == [[0, 1], [2, 3]]
    assert x.resize_((6,)).tolist() == [0, 1, 2, 3, 4, 5]
    part = x[1:3]
    assert part.resize_(2, 2).tolist() == [[1, 2], [3, 4]]
    part[0, 0] = 9
    assert x[1].item() == 9
    assert x.resize_(8)[:6].tolist() == [0, 9, 2, 3, 4, 5]
    assert x.resize_as_(torch.zeros(3, 2)).shape == (3, 2)
    assert torch.resize_as_(x, torch.zeros(0, 2)).shape == (0, 2)
    assert torch.zeros(2, 3).t().resize_(3, 2).is_contiguous()
    with pytest.raises(RuntimeError, match="cannot resize variables"):
        torch.ones(2, requires_grad=True).resize_(3)
    with pytest.raises(RuntimeError, match="negative dimension"):
        x.resize_(-1)


def test_set():
    x, y = torch.zeros(2), torch.arange(6.0).reshape(2, 3)
    assert x.set_(y) is x and x.is_set_to(y) and not x.is_set_to(y.t())
    x[0, 0] = 7
    assert y[0, 0].item() == 7
    assert x.set_(y.storage(), 1, (2,), (3,)).tolist() == [1, 4]
    assert x.set_(y.untyped_storage()).shape == (6,)
    assert x.set_().shape == (0,)
    with pytest.raises(RuntimeError, match="Could not set tensor of type"):
        x.set_(y.double())
    with pytest.raises(RuntimeError, match="out of bounds"):
        x.set_(y.storage(), 4, (3,), (1,))


def test_fill_diagonal():
    assert torch.zeros(2, 3).fill_diagonal_(1).tolist() == [[1, 0, 0], [0, 1, 0]]
    tall = torch.zeros(5, 2).fill_diagonal_(1, wrap=True)
    assert tall.tolist() == [[1, 0], [0, 1], [0, 0], [1, 0], [0, 1]]
    assert torch.zeros(2, 2, 2).fill_diagonal_(3).sum().item() == 6
    with pytest.raises(RuntimeError, match="larger than 1"):
        torch.zeros(2).fill_diagonal_(1)
    with pytest.raises(RuntimeError, match="equal length"):
        torch.zeros(2, 2, 3).fill_diagonal_(1)


SCATTERS = [
    (lambda x, y: x.select_scatter(y, 1, 2), lambda x: x.select(1, 2)),
    (lambda x, y: x.slice_scatter(y, 1, -3, None, 2), lambda x: x[:, -3::2]),
    (lambda x, y: x.diagonal_scatter(y, -1), lambda x: x.diagonal(-1)),
    (lambda x, y: x.as_strided_scatter(y, (2, 2), (1, 5)), lambda x: x.as_strided((2, 2), (1, 5))),
]


@pytest.mark.parametrize(("scatter", "view"), SCATTERS)
def test_a_part_put_in_its_place(scatter, view):
    x = torch.arange(20.0).reshape(4, 5)
    expected = x.clone()
    part = torch.full(view(x).shape, -1.0)
    view(expected).copy_(part)
    assert scatter(x, part).equal(expected)
    assert scatter(x, part.int()).equal(expected)
    with pytest.raises(RuntimeError, match="expected src to have a size equal"):
        scatter(x, torch.zeros(1, 1, 1))


COPIES = [
    ("expand", (2, 2, 3)), ("permute", (1, 0)), ("squeeze", ()), ("t", ()), ("unsqueeze", 1),
    ("transpose", 0, 1), ("unfold", 1, 2, 1), ("view", (3, 2)), ("narrow", 1, 0, 2),
    ("select", 0, 1), ("diagonal", 1), ("as_strided", (2,), (2,)), ("detach",),
    ("split", 2, 1), ("split_with_sizes", (1, 2), 1), ("unbind", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), [(name, args) for name, *args in COPIES], ids=str)
def test_copies_of_views(name, args):
    args = [a for a in args if a != ()]
    x = torch.arange(6.0).reshape(2, 3)
    seen = getattr(x, name)(*args)
    copied = getattr(torch, f"{name}_copy")(x, *args)
    views = seen if isinstance(seen, tuple) else (seen,)
    copies = copied if isinstance(copied, tuple) else (copied,)
    for view, copy in zip(views, copies, strict=True):
        assert copy.equal(view) and copy.is_contiguous()
        assert copy.untyped_storage().data_ptr() != x.untyped_storage().data_ptr()
    outs = [torch.empty(v.shape) for v in views]
    getattr(torch, f"{name}_copy")(x, *args, out=outs if isinstance(seen, tuple) else outs[0])
    assert all([out.equal(view) for out, view in zip(outs, views, strict=True)])


def test_unsafe_parts_share_memory_and_may_be_changed():
    x = torch.arange(6.0, requires_grad=True)
    base = x * 1
    first, second = torch.unsafe_split(base, 3)
    assert first.data_ptr() == base.data_ptr() and first._base is None
    first.mul_(2)
    (first.sum() + second.sum()).backward()
    assert x.grad.tolist() == [2, 2, 2, 1, 1, 1]
    assert [len(p) for p in torch.unsafe_chunk(base.detach(), 2)] == [3, 3]
    assert [len(p) for p in torch.unsafe_split_with_sizes(base.detach(), [2, 4])] == [2, 4]


def test_an_empty_slice_keeps_its_strides():
    assert torch.zeros(4, 6)[:, 6:].stride() == (6, 1)
    assert torch.zeros(2, 3, 4, 5)[:, 3:].stride() == (60, 20, 5, 1)
    assert torch.zeros(0, 3).stride() == (3, 1) and torch.zeros(2, 0).stride() == (1, 1)


def test_memory_formats():
    x = torch.arange(24.0).reshape(1, 2, 3, 4)
    last = x.contiguous(memory_format=torch.channels_last)
    assert last.equal(x) and last.stride() == (24, 1, 8, 2)
    assert last.is_contiguous(memory_format=torch.channels_last) and not last.is_contiguous()
    assert last.clone().stride() == last.stride() == torch.zeros_like(last).stride()
    assert last.contiguous().stride() == x.stride() and last.dim_order() == (0, 2, 3, 1)
    assert x.to(memory_format=torch.channels_last).stride() == last.stride()
    assert torch.empty(1, 2, 3, 4, memory_format=torch.channels_last).stride() == last.stride()
    assert torch.zeros_like(last, memory_format=torch.contiguous_format).is_contiguous()
    with pytest.raises(RuntimeError, match="required rank 4"):
        torch.zeros(2, 3).contiguous(memory_format=torch.channels_last)
    with pytest.raises(RuntimeError, match="preserve memory format is unsupported"):
        torch.zeros(2, 3).contiguous(memory_format=torch.preserve_format)


def test_strides_of_new_tensors():
    assert torch.empty_permuted((2, 3, 4), (1, 0, 2)).stride() == (4, 8, 1)
    assert torch.empty_strided((0, 3), (7, 2)).stride() == (7, 2)
    assert torch.zeros(1).double().new_empty_strided((2, 3), (1, 2)).dtype is torch.float64
    for size, stride, words in (((2, 3), (1,), "dimensionality"), ((2,), (-1,), "overflowed")):
        with pytest.raises(RuntimeError, match=words):
            torch.empty_strided(size, stride)
    with pytest.raises(RuntimeError, match="Duplicate dim"):
        torch.empty_permuted((2, 3), (0, 0))


def test_nonzero_static():
    x = torch.tensor([[0, 1], [2, 3]])
    rows = np.argwhere(x.numpy()).tolist()
    assert torch.nonzero_static(x, size=2).tolist() == rows[:2]
    assert torch.nonzero_static(x, size=4, fill_value=7).tolist() == [*rows, [7, 7]]
    with pytest.raises(RuntimeError, match="non-negative"):
        torch.nonzero_static(x, size=-1)
