"""Hooks of modules, forward and backward.

May import: everything.
"""

import pytest

import rushlight as torch

nn = torch.nn


def test_forward_hooks_in_order_and_replacing():
    layer = nn.Identity()
    calls = []
    layer.register_forward_pre_hook(lambda module, args: calls.append("pre") or (args[0] + 1,))
    last = layer.register_forward_hook(lambda module, args, out: calls.append("post") or out * 10)
    layer.register_forward_hook(lambda *_: calls.append("first"), prepend=True)
    assert layer(torch.tensor(1.0)).item() == 20.0
    assert calls == ["pre", "first", "post"]
    last.remove()
    assert layer(torch.tensor(1.0)).item() == 2.0


def test_hooks_with_keyword_arguments():
    class Add(nn.Module):
        def forward(self, a, *, b):
            return a + b

    layer = Add()
    layer.register_forward_pre_hook(
        lambda module, args, kwargs: (args, {"b": kwargs["b"] * 2}), with_kwargs=True
    )
    layer.register_forward_hook(lambda module, a, k, out: out + k["b"], with_kwargs=True)
    assert layer(torch.tensor(1.0), b=torch.tensor(3.0)).item() == 13.0
    layer.register_forward_pre_hook(lambda module, args, kwargs: 1, with_kwargs=True)
    with pytest.raises(RuntimeError, match="forward pre-hook must return None or a tuple"):
        layer(torch.tensor(1.0), b=torch.tensor(3.0))


def test_a_hook_that_is_always_called():
    seen = []
    layer = nn.Linear(2, 2)
    layer.register_forward_hook(lambda *_: seen.append("only after success"))
    layer.register_forward_hook(lambda m, a, out: seen.append(out), always_call=True)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        layer(torch.ones(1, 3))
    assert seen == [None]


def test_backward_hooks_see_and_replace_gradients():
    layer = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[2.0, 3.0]]))
    seen = []
    layer.register_full_backward_pre_hook(lambda module, out: (out[0] * 10,))

    def hook(module, grad_input, grad_output):
        seen.append((grad_input[0].tolist(), grad_output[0].tolist()))
        return (grad_input[0] + 1,)

    handle = layer.register_full_backward_hook(hook)
    x = torch.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    assert seen == [([[20.0, 30.0]], [[10.0]])]
    assert x.grad.tolist() == [[21.0, 31.0]]
    assert layer.weight.grad.tolist() == [[10.0, 10.0]]
    handle.remove()
    layer(x).sum().backward()
    assert len(seen) == 1


def test_backward_hooks_without_inputs_that_want_gradients():
    layer = nn.Linear(2, 1)
    seen = []
    layer.register_full_backward_hook(lambda module, i, o: seen.append((i, o[0].tolist())))
    with pytest.warns(UserWarning, match="no inputs require gradients"):
        layer(torch.ones(1, 2)).sum().backward()
    assert seen == [((None,), [[1.0]])]
    with torch.no_grad():
        layer(torch.ones(1, 2))


def test_several_inputs_and_outputs():
    class Swap(nn.Module):
        def forward(self, a, name, b):
            return b * 2, name, a * 3

    layer = Swap()
    seen = []
    layer.register_full_backward_hook(lambda module, i, o: seen.append((i, o)))
    a, b = (torch.ones(1, requires_grad=True) for _ in range(2))
    first, name, second = layer(a, "name", b)
    assert name == "name"
    (first + second).sum().backward()
    (((ga, none, gb), (g0, also_none, g2)),) = seen
    assert none is None and also_none is None
    assert (ga.item(), gb.item(), g0.item(), g2.item()) == (3.0, 2.0, 1.0, 1.0)
    assert (a.grad.item(), b.grad.item()) == (3.0, 2.0)


def test_results_behind_the_boundary_are_not_changed_in_place():
    layer = nn.Linear(2, 2)
    layer.register_full_backward_hook(lambda *_: None)
    x = torch.ones(1, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        layer(x).mul_(2)
    with torch.no_grad():
        assert layer(x).mul_(2).grad_fn is None
