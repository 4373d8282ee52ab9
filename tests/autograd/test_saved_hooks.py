"""Hooks on saved tensors and on several gradients, edges of the graph, versions by hand.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

graph = torch.autograd.graph


def through_hooks(function, *arrays):
    """Gradients with saved tensors packed as lists, and the same without hooks."""
    found = []
    for hooks in (False, True):
        inputs = [torch.tensor(a, requires_grad=True) for a in arrays]
        if hooks:
            with graph.saved_tensors_hooks(
                lambda t: (t.tolist(), t.dtype), lambda p: torch.tensor(p[0], dtype=p[1])
            ):
                result = function(*inputs)
        else:
            result = function(*inputs)
        first = torch.autograd.grad(result.sum(), inputs, create_graph=True)
        second = torch.autograd.grad([g.sum() for g in first if g.requires_grad], inputs)
        found.append([t.tolist() for t in (*first, *second)])
    return found


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a * b * a,
        lambda a, b: (a.exp() / b).tanh(),
        lambda a, b: torch.mm(a[None], b[:, None]).exp(),
        lambda a, b: (a * b).softmax(0).prod() * b,
        lambda a, b: torch.stack([a, b * b]).max(0).values ** 2,
    ],
)
def test_packing_changes_no_gradient(function):
    plain, packed = through_hooks(function, np.array([0.5, 1.5]), np.array([2.0, -1.0]))
    np.testing.assert_allclose(packed, plain)


def test_what_the_hooks_see():
    x = torch.ones(2, requires_grad=True)
    seen = []
    with graph.saved_tensors_hooks(
        lambda t: seen.append(t.shape), lambda _: torch.full((2,), 10.0)
    ):
        y = x * x
    y.sum().backward()
    assert seen == [(2,), (2,)] and x.grad.tolist() == [20, 20]


def test_functions_of_ones_own_are_packed_too():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, None)
            return x * x

        @staticmethod
        def backward(ctx, g):
            x, nothing = ctx.saved_tensors
            assert nothing is None
            return 2 * g * x

    x = torch.tensor([3.0], requires_grad=True)
    with graph.saved_tensors_hooks(lambda t: t.item(), lambda v: torch.tensor([v * 2])):
        y = Square.apply(x)
    y.backward()
    assert x.grad.tolist() == [12]


def test_hooks_nest_and_can_be_forbidden():
    x = torch.ones(1, requires_grad=True)
    log = []
    with graph.saved_tensors_hooks(lambda t: log.append("outer") or t, lambda t: t):
        with graph.save_on_cpu():
            (x * x).backward()
        assert log == []
        x.exp()
        assert log == ["outer"]
        with pytest.raises(RuntimeError, match="not here"):
            graph.disable_saved_tensors_hooks("not here").__enter__()
    with (
        graph.disable_saved_tensors_hooks("no hooks"),
        pytest.raises(RuntimeError, match="no hooks"),
    ):
        graph.save_on_cpu().__enter__()
    with graph.save_on_cpu():
        pass


def test_bad_hooks():
    x = torch.ones(1, requires_grad=True)
    with graph.saved_tensors_hooks(lambda t: t, lambda t: 3):
        y = x * x
    with pytest.raises(TypeError, match="Output of saved tensor unpack_hook expected to be a Tens"):
        y.backward()
    with graph.saved_tensors_hooks(lambda t: t.mul_(2), lambda t: t):
        with pytest.raises(RuntimeError, match="pack hook is modifying its input in place"):
            x * x


def test_freed_and_second_backward():
    x = torch.ones(1, requires_grad=True)
    with graph.save_on_cpu():
        y = x * x
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_saved_values_by_name():
    a = torch.tensor([2.0], requires_grad=True)
    b = torch.tensor([3.0])
    y = a * b
    assert y.grad_fn._saved_other is b
    z = a.exp()
    assert torch.equal(z.grad_fn._saved_result, z)
    with pytest.raises(AttributeError, match="_saved_nothing"):
        _ = y.grad_fn._saved_nothing


def test_one_hook_for_several_gradients():
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    log = []

    def hook(gradients):
        log.append([None if g is None else g.tolist() for g in gradients])

    handle = graph.register_multi_grad_hook((a, b), hook)
    (a * 2).sum().backward()
    (a * b).sum().backward()
    handle.remove()
    (a * b).sum().backward()
    assert log == [[[2, 2], None], [[1, 1], [1, 1]]]


def test_the_first_of_several():
    a = torch.ones(2, requires_grad=True)
    c = a * 3
    d = c * 3
    log = []
    with graph.register_multi_grad_hook((c, d), lambda g: log.append(g.tolist()), mode="any"):
        d.sum().backward(retain_graph=True)
        d.sum().backward()
    assert log == [[1, 1], [1, 1]]
    with pytest.raises(ValueError, match="Expects mode to be one of"):
        graph.register_multi_grad_hook((c,), print, mode="some")


def test_edges_stand_for_tensors():
    a = torch.ones(2, requires_grad=True)
    parts = (a * 3).unbind()
    edge = graph.get_gradient_edge(parts[1])
    assert edge.output_nr == 1 and isinstance(edge.node, graph.Node)
    assert torch.autograd.grad(parts[1] * 5, edge)[0].item() == 5
    with pytest.raises(RuntimeError, match="does not require gradients"):
        graph.get_gradient_edge(torch.ones(1))


def test_versions_by_hand():
    x = torch.ones(2, requires_grad=True) * 1
    y = x * x
    graph.increment_version([x])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
