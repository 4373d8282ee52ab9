"""Views against NumPy: what they show, that they share memory, and their strides.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch


def cube():
    array = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
    return array.copy(), torch.from_numpy(array.copy())


VIEWS = {
    "view": (lambda a: a.reshape(6, 4), lambda t: t.view(6, 4)),
    "view -1": (lambda a: a.reshape(2, 12), lambda t: t.view(2, -1)),
    "reshape": (lambda a: a.reshape(4, 6), lambda t: t.reshape((4, 6))),
    "transpose": (lambda a: a.swapaxes(0, 2), lambda t: t.transpose(0, 2)),
    "permute": (lambda a: a.transpose(2, 0, 1), lambda t: t.permute(2, 0, 1)),
    "movedim": (lambda a: np.moveaxis(a, 0, -1), lambda t: t.movedim(0, -1)),
    "mT": (lambda a: a.swapaxes(1, 2), lambda t: t.mT),
    "unsqueeze": (lambda a: a[:, None], lambda t: t.unsqueeze(1)),
    "squeeze": (lambda a: a, lambda t: t.unsqueeze(1).squeeze(1)),
    "flatten": (lambda a: a.reshape(2, 12), lambda t: t.flatten(1)),
    "unflatten": (lambda a: a.reshape(2, 3, 2, 2), lambda t: t.unflatten(2, (2, -1))),
    "narrow": (lambda a: a[:, 1:3], lambda t: t.narrow(1, 1, 2)),
    "select": (lambda a: a[:, :, -1], lambda t: t.select(2, -1)),
    "split": (lambda a: a[:, 2:], lambda t: t.split(2, 1)[1]),
    "chunk": (lambda a: a[..., 2:], lambda t: t.chunk(2, -1)[1]),
    "unbind": (lambda a: a[:, 1], lambda t: t.unbind(1)[1]),
    "diagonal": (lambda a: a.diagonal(1, 1, 2), lambda t: t.diagonal(1, 1, 2)),
    "unfold": (
        lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, 2)[:, :, ::2],
        lambda t: t.unfold(2, 2, 2),
    ),
    "index": (lambda a: a[1, None, ..., 1:], lambda t: t[1, None, ..., 1:]),
    "steps": (lambda a: a[:, ::2, ::3], lambda t: t[:, ::2, ::3]),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shows_and_shares(name):
    array, tensor = cube()
    expect, make = VIEWS[name]
    view = make(tensor)
    np.testing.assert_array_equal(view.numpy(), expect(array))
    assert view._base is tensor
    assert view.storage() is tensor.storage()
    view.fill_(-1)
    assert (tensor.numpy() == -1).sum() == view.numel()
    assert tensor._version == 1


def test_views_of_a_view_know_the_root():
    _, tensor = cube()
    assert tensor[0].t()[1:]._base is tensor
    assert tensor._base is None


def test_strides_of_new_dims_and_expanded_dims():
    x = torch.zeros(3, 4)
    assert x.unsqueeze(0).stride() == (12, 4, 1)
    assert x[None].stride() == (12, 4, 1)
    assert x.t().unsqueeze(1).stride() == (1, 12, 4)
    assert x.expand(2, 3, 4).stride() == (0, 4, 1)
    assert x.expand(1, 3, 4).stride() == (12, 4, 1)
    assert x[:, :1].expand(-1, 5).stride() == (4, 0)


def test_expanded_views_can_be_written():
    x = torch.zeros(1, 3)
    x.expand(2, 3)[0] = torch.tensor([1.0, 2.0, 3.0])
    assert x.tolist() == [[1.0, 2.0, 3.0]]


def test_reshape_copies_only_where_it_must():
    x = torch.arange(6).view(2, 3)
    assert x.reshape(6)._base is not None
    copy = x.t().reshape(6)
    assert copy.tolist() == [0, 3, 1, 4, 2, 5]
    assert copy.storage() is not x.storage()
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        x.t().view(6)


def test_as_strided_reaches_all_of_the_storage():
    x = torch.arange(12)
    part = x[4:8]
    assert part.as_strided((3,), (5,), 1).tolist() == [1, 6, 11]
    with pytest.raises(RuntimeError, match="out of bounds for storage of size 96"):
        part.as_strided((3,), (6,), 1)


def test_a_view_of_another_dtype():
    x = torch.tensor([1.0, -2.0])
    assert x.view(torch.int32).tolist() == [1065353216, -1073741824]
    assert x.view(torch.int16).shape == (4,)
    with pytest.raises(RuntimeError, match="must be divisible by 2"):
        torch.zeros(3).view(torch.float64)


def test_real_and_imag_are_views():
    z = torch.tensor([1 + 2j, 3 - 4j])
    z.imag[0] = 7
    assert z.real.tolist() == [1.0, 3.0]
    assert z.tolist() == [1 + 7j, 3 - 4j]


def test_gradients_of_overlapping_windows_add_up():
    x = torch.arange(4.0).requires_grad_()
    x.unfold(0, 2, 1).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0, 2.0, 1.0]
    x.grad = None
    x.as_strided((2, 3), (1, 1)).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0, 2.0, 1.0]


def test_second_derivatives_pass_through_views():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = (x.t()[0].expand(2, 2) ** 3).diagonal().sum()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert first.tolist() == [[3.0, 0.0], [27.0, 0.0]]
    assert second.tolist() == [[6.0, 0.0], [18.0, 0.0]]
