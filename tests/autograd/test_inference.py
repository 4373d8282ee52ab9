"""Inference mode: what is made in it, and where that may not be used.

May import: everything.
"""

import pytest

import rushlight as torch


def test_nothing_is_recorded_and_tensors_are_marked():
    w = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        assert torch.is_inference_mode_enabled() and not torch.is_grad_enabled()
        made = [torch.ones(2), w * 2, w.exp(), w.sum(), torch.tensor([1.0]), torch.Tensor(2)]
        view = w.view(2)
    assert all(t.is_inference() and not t.requires_grad for t in made)
    assert not view.is_inference()
    assert not torch.is_inference_mode_enabled() and torch.is_grad_enabled()
    assert made[0].view(2).is_inference() and made[0].detach().is_inference()
    assert not (made[0] * 2).is_inference() and not made[0].clone().is_inference()


@pytest.mark.parametrize(
    "use", [lambda a, w: w * a, lambda a, w: torch.mm(w[None], a[:, None]), lambda a, w: w / a]
)
def test_saving_one_is_an_error(use):
    w = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        a = torch.ones(2)
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        use(a, w)
    use(a.clone(), w).sum().backward()
    assert w.grad.tolist() == [1, 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.add_(1),
        lambda a: a.exp_(),
        lambda a: a.zero_(),
        lambda a: a.fill_(3),
        lambda a: a.copy_(torch.ones(2)),
        lambda a: a.__setitem__(0, 5.0),
        lambda a: torch.add(torch.zeros(2), 7, out=a),
        lambda a: a.view(2).mul_(2),
    ],
)
def test_changing_one_outside_is_an_error_and_changes_nothing(change):
    with torch.inference_mode():
        a = torch.tensor([1.0, 2.0])
        a.mul_(1)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside"):
        change(a)
    assert a.tolist() == [1, 2]


def test_versions_and_leaves():
    with torch.inference_mode():
        a = torch.ones(2)
        with pytest.raises(RuntimeError, match="do not track version counter"):
            _ = a._version
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor"):
        a.requires_grad_()
    b = torch.ones(2)
    with torch.inference_mode():
        b.add_(1)
    assert b._version == 1


def test_ways_to_enter():
    w = torch.ones(2, requires_grad=True)

    @torch.inference_mode()
    def called(x):
        return x * 2

    @torch.inference_mode
    def bare(x):
        return x * 2

    assert called(w).is_inference() and bare(w).is_inference()
    with torch.inference_mode(), torch.inference_mode(False):
        assert (w * 2).requires_grad
    with pytest.raises(KeyError), torch.inference_mode():
        raise KeyError
    assert not torch.is_inference_mode_enabled() and torch.is_grad_enabled()
