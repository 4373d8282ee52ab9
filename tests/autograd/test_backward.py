"""backward and grad: chains, sharing, what is accumulated, second derivatives, misuse.

May import: everything.
"""

import copy
import gc
import time
import weakref

import pytest

import rushlight as torch


def leaf(*values, dtype=torch.float32):
    return torch.tensor(values or (1.0, 2.0), dtype=dtype, requires_grad=True)


# ---- the walk


def test_a_chain_of_a_hundred_thousand_operations():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1
    del y  # and letting go of it does not recurse either
    gc.collect()


def test_a_long_chain_differentiated_twice():
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(3000):
        y = y * 1.0001
    (first,) = torch.autograd.grad(y * y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    assert second.item() == pytest.approx(2 * 1.0001**6000, rel=1e-9)


def test_a_graph_of_many_paths_is_walked_once():
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y + y  # 2**60 paths
    start = time.perf_counter()
    y.backward()
    assert time.perf_counter() - start < 1
    assert x.grad.item() == 2.0**60


def test_a_wide_graph():
    x = leaf(2.0)
    total = sum((x * k for k in range(2000)), torch.zeros(1))
    total.backward()
    assert x.grad.item() == sum(range(2000))


def test_a_value_used_in_several_places():
    x = leaf(3.0)
    y = x * x
    z = y * x + y
    z.backward()
    assert x.grad.item() == 3 * 9 + 6


def test_operations_with_several_outputs():
    x = leaf(1.0, 2.0, 3.0)
    first, _, last = x.unbind()
    (first * 2 + last * 5).backward()
    assert x.grad.tolist() == [2, 0, 5]
    values, indices = leaf(3.0, 1.0, 2.0).sort()
    assert not indices.requires_grad
    assert values.requires_grad


def test_gradients_of_broadcast_inputs_are_summed():
    x = torch.ones(3, 1, requires_grad=True)
    y = torch.ones(1, 4, requires_grad=True)
    z = torch.ones((), requires_grad=True)
    (x * y * z).sum().backward()
    assert x.grad.tolist() == [[4]] * 3
    assert y.grad.tolist() == [[3] * 4]
    assert z.grad.item() == 12


def test_a_gradient_has_the_dtype_of_what_it_belongs_to():
    x = leaf(1.0, 2.0)
    (x.double() * torch.ones(2, dtype=torch.float64)).sum().backward()
    assert x.grad.dtype is torch.float32
    h = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    (h * torch.ones(2)).sum().backward()
    assert h.grad.dtype is torch.bfloat16


def test_what_does_not_require_grad_gets_none():
    x, y = leaf(), torch.ones(2)
    (x * y).sum().backward()
    assert y.grad is None
    assert (x * y).grad_fn is not None
    assert (y * y).grad_fn is None


# ---- what is accumulated


def test_gradients_add_up_in_place():
    x = leaf()
    x.sum().backward()
    held = x.grad
    (x * 3).sum().backward()
    assert x.grad is held
    assert held.tolist() == [4, 4]


def test_a_gradient_is_memory_of_its_own():
    x, y = leaf(), leaf()
    start = torch.ones(2)
    (x + y).backward(start)
    x.grad += 1
    assert y.grad.tolist() == [1, 1]
    assert start.tolist() == [1, 1]
    z = torch.ones(3, requires_grad=True)
    z.sum().backward()  # an expanded view on its way
    z.grad[0] = 7
    assert z.grad.tolist() == [7, 1, 1]


def test_inputs_keeps_to_some_leaves():
    x, y = leaf(), leaf()
    z = x * 2
    (z * y).sum().backward(inputs=[y])
    assert x.grad is None
    assert y.grad.tolist() == [2, 4]
    z = x * 2
    (z * y).sum().backward(inputs=z)
    assert z.grad.tolist() == [1, 2]
    assert x.grad is None


def test_backward_of_several_at_once():
    x = leaf()
    torch.autograd.backward([x.sum(), x * 3], [None, torch.tensor([1.0, 10.0])])
    assert x.grad.tolist() == [4, 31]


def test_backward_from_a_leaf():
    x = torch.tensor(1.0, requires_grad=True)
    x.backward()
    assert x.grad.item() == 1


def test_gradients_can_be_set_read_and_deleted():
    x = leaf()
    x.grad = torch.ones(2)
    assert x.grad.tolist() == [1, 1]
    x.grad = None
    x.sum().backward()
    del x.grad
    assert x.grad is None


@pytest.mark.parametrize(
    "value, error, message",
    [
        (3, TypeError, "assigned grad expected to be a Tensor or None but got grad of type int"),
        (
            torch.ones(3),
            RuntimeError,
            r"assign a gradient of size '\[3\]' to a tensor of size '\[2",
        ),
        (
            torch.ones(2, dtype=torch.float64),
            RuntimeError,
            "assign a gradient with dtype 'double' to a tensor with grad_dtype 'Float'",
        ),
    ],
)
def test_gradients_that_do_not_fit(value, error, message):
    x = leaf()
    with pytest.raises(error, match=message):
        x.grad = value
    with pytest.raises(RuntimeError, match="can't assign Variable as its own grad"):
        x.grad = x
    assert x.grad is None


def test_asking_a_result_for_its_gradient_is_warned_of():
    y = leaf() * 2
    with pytest.warns(UserWarning, match="attribute of a Tensor that is not a leaf") as seen:
        assert y.grad is None
    assert seen[0].filename == __file__
    y.retain_grad()
    y.sum().backward()
    assert y.grad.tolist() == [1, 1]


# ---- grad


def test_grad_leaves_grad_alone():
    x, y = leaf(), leaf()
    gradients = torch.autograd.grad((x * y).sum(), [x, y])
    assert [g.tolist() for g in gradients] == [[1, 2], [1, 2]]
    assert x.grad is None
    assert y.grad is None


def test_grad_of_results_on_the_way():
    x = leaf()
    y = x * 3
    gradients = torch.autograd.grad((y * y).sum(), [y, x, y])
    assert [g.tolist() for g in gradients] == [[6, 12], [18, 36], [6, 12]]


def test_grad_of_several_outputs_with_weights():
    x = leaf()
    (g,) = torch.autograd.grad([x, x * 2], x, [torch.ones(2), torch.tensor([1.0, 10.0])])
    assert g.tolist() == [3, 21]


def test_unused_inputs():
    x, y = leaf(), leaf()
    with pytest.raises(
        RuntimeError, match="Tensor at index 1 appears to not have been used in the"
    ):
        torch.autograd.grad(x.sum(), [x, y])
    found = torch.autograd.grad(x.sum(), [x, y], allow_unused=True)
    assert found[1] is None
    found = torch.autograd.grad(x.sum(), [x, y], materialize_grads=True)
    assert found[1].tolist() == [0, 0]
    with pytest.raises(ValueError, match="Expected allow_unused to be True or not passed when"):
        torch.autograd.grad(x.sum(), [x, y], allow_unused=False, materialize_grads=True)


def test_second_and_third_derivatives():
    x = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(x**4, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)
    assert [first.item(), second.item(), third.item()] == [32, 48, 48]
    assert not third.requires_grad


def test_a_gradient_penalty_reaches_the_weights():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (g,) = torch.autograd.grad((x * x * w).sum(), x, create_graph=True)
    (g**2).sum().backward()  # sum of (2 x w)^2
    assert w.grad.tolist() == [24, 128]
    assert x.grad.tolist() == [72, 256]


def test_create_graph_in_backward():
    x = torch.tensor(2.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    assert x.grad.item() == 12
    first = x.grad
    x.grad = None
    first.backward()
    assert x.grad.item() == 12


# ---- the life of the graph


def test_backward_a_second_time():
    x = leaf()
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    assert x.grad.tolist() == [2, 4]
    z = (x * x).sum()
    z.backward(retain_graph=True)
    z.backward()
    assert x.grad.tolist() == [6, 12]


def test_a_second_backward_through_a_shared_part():
    x = leaf()
    shared = x.exp()
    first, second = shared.sum(), (shared * 2).sum()
    first.backward()
    with pytest.raises(RuntimeError, match="Specify retain_graph=True if you need to backward"):
        second.backward()


def test_nothing_is_kept_alive():
    x = leaf()
    y = x * 2
    z = (y * y).sum()
    watch = weakref.ref(y)
    del y
    z.backward()
    assert watch() is None
    watch = weakref.ref(x)
    del x, z
    gc.collect()
    assert watch() is None


def test_a_graph_is_freed_without_backward():
    x = leaf()
    y = x.exp().exp()
    node = weakref.ref(y.grad_fn)
    del y
    gc.collect()
    assert node() is None


# ---- misuse


def test_roots_that_cannot_start():
    x = leaf()
    with pytest.raises(
        RuntimeError, match="grad can be implicitly created only for scalar outputs"
    ):
        (x * 2).backward()
    with pytest.raises(
        RuntimeError, match="grad can be implicitly created only for scalar outputs"
    ):
        torch.autograd.grad(x * 2, x)
    with pytest.raises(RuntimeError, match=r"element 0 of tensors does not require grad and does"):
        torch.ones(()).backward()
    with pytest.raises(RuntimeError, match=r"element 1 of tensors does not require grad and does"):
        torch.autograd.backward([x.sum(), torch.ones(())])
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        x.detach().sum().backward()
    with torch.no_grad(), pytest.raises(RuntimeError, match="does not have a grad_fn"):
        x.sum().backward()
    with pytest.raises(RuntimeError, match="does not have a grad_fn"):
        (x > 0).sum().backward()


def test_gradients_to_start_from_that_do_not_fit():
    x = leaf()
    with pytest.raises(RuntimeError, match=r"Mismatch in shape: grad_output\[0\] has a shape of"):
        (x * 2).backward(torch.ones(3))
    with pytest.raises(TypeError):
        (x * 2).backward(3)
    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        torch.autograd.backward([x.sum(), x * 3], [None])


def test_arguments_of_backward_and_grad():
    x = leaf()
    with pytest.raises(RuntimeError, match=r"`inputs` argument to `backward\(\)` cannot be empty"):
        x.sum().backward(inputs=[])
    with pytest.raises(
        RuntimeError, match="can't retain_grad on Tensor that has requires_grad=Fal"
    ):
        x.sum().backward(inputs=[torch.ones(2)])
    with pytest.raises(RuntimeError, match=r"`inputs` argument to `grad\(\)` cannot be empty"):
        torch.autograd.grad(x.sum(), [])
    with pytest.raises(RuntimeError, match=r"all inputs have to be Tensors or .* but got int"):
        torch.autograd.grad(x.sum(), [3])
    with pytest.raises(
        RuntimeError, match="One of the differentiated Tensors does not require grad"
    ):
        torch.autograd.grad(x.sum(), torch.ones(2))
    with pytest.raises(TypeError):
        torch.autograd.backward(3)
    with pytest.raises(RuntimeError, match="`grad_tensors` and `grad_variables`"):
        torch.autograd.backward(x * 2, torch.ones(2), grad_variables=torch.ones(2))
    with pytest.warns(FutureWarning, match="only_inputs argument is deprecated"):
        torch.autograd.grad(x.sum(), x, only_inputs=False)
    (rows,) = torch.autograd.grad(x * x, x, torch.eye(2), is_grads_batched=True)
    assert torch.equal(rows, torch.diag(2 * x.detach()))


def test_results_cannot_be_copied_deeply_and_leaves_can():
    x = leaf()
    x.sum().backward()
    other = copy.deepcopy(x)
    assert other.requires_grad
    assert other.grad.tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.sum(),
        lambda x: x.mean(),
        lambda x: x.view(-1).sum(),
        lambda x: x.expand(2, 3).sum(),
        lambda x: torch.cat([x, x]).sum(),
        lambda x: x.clone().sum(),
    ],
)
def test_a_graph_that_saved_no_values_runs_twice(f):
    x = torch.ones(3, requires_grad=True)
    y = f(x)
    y.backward()
    once = x.grad.clone()
    y.backward()
    assert torch.equal(x.grad, once * 2)


def test_a_complex_scalar_needs_a_gradient_to_start_from():
    z = torch.tensor(1 + 1j, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"only for real scalar outputs but got torch.complex64"):
        (z * z).backward()
