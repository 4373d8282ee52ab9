"""Hooks of tensors and nodes, and gradients that results retain.

May import: everything.
"""

import pytest

import rushlight as torch


def leaf(*values):
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


def test_a_hook_sees_and_replaces_the_gradient():
    x = leaf()
    seen = []
    look = x.register_hook(lambda g: seen.append(g.tolist()))
    change = x.register_hook(lambda g: g * 10)
    x.sum().backward()
    assert seen == [[1, 1]]
    assert x.grad.tolist() == [10, 10]
    look.remove()
    change.remove()
    change.remove()
    x.grad = None
    x.sum().backward()
    assert x.grad.tolist() == [1, 1]
    assert len(seen) == 1


def test_hooks_run_in_the_order_they_came():
    y = leaf() * 2
    log = []
    for name in "abc":
        y.register_hook(lambda g, name=name: log.append(name))
    y.sum().backward()
    assert log == ["a", "b", "c"]


def test_a_hook_on_a_result_sees_the_sum_of_all_its_uses_once():
    x = leaf()
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y.sum() + (y * y).sum()).backward()
    assert seen == [[5, 9]]


def test_a_handle_is_a_block():
    x = leaf()
    with x.register_hook(lambda g: g * 10):
        x.sum().backward()
    x.sum().backward()
    assert x.grad.tolist() == [11, 11]


def test_hooks_on_one_of_several_outputs():
    x = leaf()
    first, second = x.unbind()
    first.register_hook(lambda g: g * 10)
    (first + second).backward()
    assert x.grad.tolist() == [10, 1]


def test_hooks_change_what_grad_returns():
    x = leaf()
    x.register_hook(lambda g: g * 3)
    assert torch.autograd.grad((x * 2).sum(), x)[0].tolist() == [6, 6]


def test_a_hook_may_keep_or_change_what_it_sees():
    x, y = leaf(), leaf()
    kept = []
    x.register_hook(lambda g: kept.append(g))
    (x + y).sum().backward()
    x.grad.add_(5)
    assert kept[0].tolist() == [1, 1]
    assert y.grad.tolist() == [1, 1]


def test_a_hook_on_a_result_changed_in_place_stays_with_the_old_value():
    x = leaf()
    y = x.clone()
    y.register_hook(lambda g: g * 2)
    y.mul_(3)
    y.register_hook(lambda g: g * 5)
    y.sum().backward()
    assert x.grad.tolist() == [30, 30]


@pytest.mark.parametrize(
    "returned, error, message",
    [
        (3, TypeError, "expected Variable, but hook returned 'int'"),
        (torch.ones(5), RuntimeError, r"hook 'hook' has changed the size of value: from \[2\]"),
        (
            torch.ones(2, dtype=torch.float64),
            RuntimeError,
            r"changed the type of value \(was torch.FloatTensor got torch.DoubleTensor\)",
        ),
    ],
)
def test_what_a_hook_may_not_return(returned, error, message):
    def hook(gradient):
        return returned

    y = leaf() * 2
    y.register_hook(hook)
    with pytest.raises(error, match=message):
        y.sum().backward()


def test_an_error_in_a_hook_comes_through_and_leaves_the_mode():
    y = leaf() * 2
    y.register_hook(lambda g: {}["missing"])
    with pytest.raises(KeyError):
        y.sum().backward()
    assert torch.is_grad_enabled()


def test_tensors_that_record_nothing_have_no_hooks():
    with pytest.raises(
        RuntimeError, match="cannot register a hook on a tensor that doesn't require"
    ):
        torch.ones(2).register_hook(print)
    with pytest.raises(
        RuntimeError, match="cannot register a hook on a tensor that doesn't require"
    ):
        torch.ones(2).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="cannot be registered on non-leaf tensors"):
        (leaf() * 2).register_post_accumulate_grad_hook(print)


def test_hooks_after_accumulation():
    x = leaf()
    log = []
    handle = x.register_post_accumulate_grad_hook(lambda p: log.append((p is x, p.grad.tolist())))
    x.sum().backward()
    x.sum().backward()
    handle.remove()
    x.sum().backward()
    assert log == [(True, [1, 1]), (True, [2, 2])]


def test_a_step_inside_backward():
    x = leaf()
    optimizer = torch.optim.SGD([x], lr=0.5)

    def step(parameter):
        optimizer.step()
        parameter.grad = None

    x.register_post_accumulate_grad_hook(step)
    x.sum().backward()
    assert x.tolist() == [0.5, 1.5]
    assert x.grad is None


def test_hooks_of_nodes():
    x = leaf()
    y = x * 2
    log = []
    y.grad_fn.register_prehook(lambda out: (out[0] * 5,))
    y.grad_fn.register_hook(lambda into, out: log.append((into[0].tolist(), out[0].tolist())))
    y.sum().backward()
    assert log == [([10, 10], [5, 5])]
    assert x.grad.tolist() == [10, 10]
    y = x * 2
    handle = y.grad_fn.register_hook(lambda into, out: (into[0] * 7, into[1]))
    x.grad = None
    y.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [14, 14]
    handle.remove()
    y.sum().backward()
    assert x.grad.tolist() == [16, 16]


# ---- retain_grad


def test_results_that_retain_their_gradients():
    x = leaf()
    y = x * 2
    assert not y.retains_grad
    y.retain_grad()
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward()
    assert y.grad.tolist() == [4, 8]
    assert not x.retains_grad
    x.retain_grad()
    assert not x.retains_grad


def test_retained_gradients_add_up():
    y = leaf() * 2
    y.retain_grad()
    total = y.sum()
    total.backward(retain_graph=True)
    total.backward()
    assert y.grad.tolist() == [2, 2]


@pytest.mark.parametrize("order", [0, 1])
def test_a_retained_gradient_is_the_one_after_all_hooks(order):
    y = leaf() * 2
    if order:
        y.retain_grad()
    y.register_hook(lambda g: g * 10)
    if not order:
        y.retain_grad()
    y.sum().backward()
    assert y.grad.tolist() == [10, 10]


def test_retaining_needs_a_history():
    with pytest.raises(
        RuntimeError, match="can't retain_grad on Tensor that has requires_grad=False"
    ):
        torch.ones(2).retain_grad()


def test_retained_gradients_and_grad():
    x = leaf()
    y = x * 2
    y.retain_grad()
    torch.autograd.grad(y.sum(), x)
    assert y.grad.tolist() == [1, 1]
    assert x.grad is None
