"""An ordinary backward hands arrays from node to node: the same numbers as one that is recorded.

May import: everything.
"""

import gc
import warnings
import weakref

import numpy as np
import pytest

import rushlight as torch
from rushlight.ops.node import knows_arrays, on_arrays
from rushlight.ops.op import REGISTRY
from tests.ops.test_every_op import ALL, flat, leaves, sample_of

# without a gradient, or without one that can be recorded
LEFT_OUT = {"ctc_loss", "floor_divide"}


def both_ways(function, inputs, weights=None):
    """The gradients by an ordinary pass, and by one that is recorded."""
    found = []
    for recorded in (False, True):
        outputs = [t for t in flat(function(*inputs)) if t.requires_grad]
        given = [torch.full_like(t, 0.5) for t in outputs] if weights is None else weights
        found.append(
            torch.autograd.grad(outputs, inputs, given, create_graph=recorded, allow_unused=True)
            if outputs
            else ()
        )
    return found


@pytest.mark.parametrize(("name", "index"), ALL)
def test_arrays_and_tensors_give_the_same_gradients(name, index):
    if name in LEFT_OUT:
        pytest.skip("has no gradient of the second order")
    sample = sample_of(name, index)
    for dtype in (np.float64, np.float32):
        plain, recorded = both_ways(sample.function, leaves(sample.arrays, dtype))
        tolerance = 1e-12 if dtype is np.float64 else 1e-5
        for ours, theirs in zip(plain, recorded, strict=True):
            assert (ours is None) == (theirs is None)
            if ours is not None:
                assert ours.dtype == theirs.dtype
                assert ours.shape == theirs.shape
                np.testing.assert_allclose(
                    ours.numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance
                )


def test_what_a_vjp_may_say_to_arrays():
    factor = 3.0
    assert knows_arrays(lambda g: -g * 2)
    assert knows_arrays(lambda g, other: g / other.conj())
    assert not knows_arrays(lambda g, input: g * input.cos())
    assert not knows_arrays(lambda g: [part for part in g])
    assert not knows_arrays(lambda g: g * factor)  # a closure over no word it knows

    def helper(x):
        return x * x

    def stranger(x):
        return x.cos()

    shared = on_arrays(lambda x: x.cos() if isinstance(x, torch.Tensor) else np.cos(x))
    assert knows_arrays(lambda g: helper(g))
    assert not knows_arrays(lambda g: stranger(g))
    assert knows_arrays(lambda g: shared(g))


def test_the_hottest_ops_need_no_tensor():
    for name in ("add", "sub", "mul", "div", "mm", "mv", "linear", "sum", "mean", "pow_number"):
        assert any(knows_arrays(vjp) for vjp in REGISTRY[name].vjps), name


MIXED = [
    (lambda x, y: x * y, np.float32, (3,), np.float64, ()),
    (lambda x, y: x / y, np.float32, (3,), np.float64, (3,)),
    (lambda x, y: x * y, np.float16, (3,), np.float32, ()),
    (lambda x, y: x * y, np.float16, (2, 3), np.float16, (3,)),
    (lambda x, y: (x * 2).tanh() - y, np.float16, (3,), np.float16, (1,)),
]


@pytest.mark.parametrize(("function", "first", "shape", "second", "other"), MIXED)
def test_dtypes_mix_as_in_pytorch(function, first, shape, second, other):
    draw = np.random.default_rng(0)
    x = torch.tensor(draw.uniform(0.5, 2, shape).astype(first), requires_grad=True)
    y = torch.tensor(draw.uniform(0.5, 2, other).astype(second), requires_grad=True)
    plain, recorded = both_ways(function, [x, y])
    for tensor, ours, theirs in zip((x, y), plain, recorded, strict=True):
        assert ours.dtype == theirs.dtype == tensor.dtype
        assert torch.equal(ours, theirs.detach())


def test_gradients_that_are_not_finite_are_no_warnings():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        x.sqrt().sum().backward()
        big = torch.tensor([1e38, 1.0], requires_grad=True)
        (big * big).backward(torch.tensor([1e38, 1.0]))
    assert x.grad.tolist() == [float("inf"), 0.5]
    assert big.grad.tolist() == [float("inf"), 2.0]


def test_memory_is_freed_as_the_pass_goes():
    x = torch.ones(3, requires_grad=True)
    middle = x * 2
    watched = weakref.ref(middle)
    loss = (middle * middle).sum()
    del middle
    assert watched() is not None
    loss.backward()
    gc.collect()
    assert watched() is None
    with pytest.raises(RuntimeError, match="a second time"):
        loss.backward()


def test_gradients_do_not_share_memory():
    x, y = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    given = torch.ones(3)
    (x + y).backward(given)
    x.grad.mul_(5)
    given.mul_(7)
    assert x.grad.tolist() == [5.0] * 3
    assert y.grad.tolist() == [1.0] * 3


def test_a_hook_in_the_middle_sees_and_gives_tensors():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    middle = x * 3
    seen = []

    def hook(gradient):
        seen.append(gradient)
        return gradient * 10

    middle.register_hook(hook)
    middle.retain_grad()
    (middle * middle).sum().backward()
    assert isinstance(seen[0], torch.Tensor)
    assert seen[0].tolist() == [6.0, 12.0]
    assert middle.grad.tolist() == [60.0, 120.0]
    assert x.grad.tolist() == [180.0, 360.0]


def test_values_packed_by_hooks_are_unpacked_when_the_block_is_over():
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    unpacked = []

    def unpack(array):
        unpacked.append(array)
        return torch.from_numpy(array)

    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy().copy(), unpack):
        y = (x * x).exp()
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * x.detach().numpy() * y.detach().numpy())
    assert len(unpacked) == 3


def test_nodes_show_the_class_of_their_op():
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).exp()
    node = y.grad_fn
    assert type(node).__name__ == node.name() == "ExpBackward0"
    assert type(node) is type(x.exp().grad_fn)
    assert repr(node).startswith("<ExpBackward0 object at ")
    assert [type(n).__name__ for n, _ in node.next_functions] == ["MulBackward0"]
    assert torch.equal(node._saved_result, y)
    product = (x * torch.tensor([3.0, 4.0])).grad_fn
    assert product._saved_other.tolist() == [3.0, 4.0]
    with pytest.raises(AttributeError, match="no saved"):
        _ = product._saved_self
    y.sum().backward()  # shown or not, it runs
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp([2.0, 2.0]), rtol=1e-6)


@pytest.mark.parametrize("number", [0.0, -0.0, float("nan"), float("inf"), 1e300, 3, -7, 0, 2**40])
def test_a_number_as_an_operand_is_that_number_each_time(number):
    x = torch.tensor([1.5, -2.0, 0.0])
    with np.errstate(all="ignore"):
        expected = x.numpy() * np.float32(number)
    for _ in range(2):  # the second time it may be remembered
        for result in (x * number, number * x):
            np.testing.assert_array_equal(result.numpy(), expected)
            np.testing.assert_array_equal(np.signbit(result.numpy()), np.signbit(expected))
    assert (torch.ones(2, dtype=torch.float64) * 0.1)[0].item() == 0.1


@pytest.mark.parametrize("size", [1, 3])
def test_changes_in_place_are_seen_whatever_the_warnings(size):
    x = torch.full((size,), 1e38)
    memory = x.numpy()
    with np.errstate(all="raise"):
        x.mul_(torch.full((size,), 1e38))
        x.sub_(1.0)
    assert x.tolist() == [float("inf")] * size
    assert x._version == 2
    assert memory.tolist() == x.tolist()


def unrolled(x, w, b):
    state = x
    for _ in range(4):
        state = (state * w + b).tanh()
    return state.sum()


def forked(x, w, b):
    left = x * w
    right = left.exp()
    return ((left + right) * b).sum() + w.sum()


def twice_the_same(x, w, b):
    middle = x * w + b
    return (middle * middle).sum()


def parts(x, w, b):
    first, second, third = (x * w).unbind(0)
    return (first * second).exp() - third * b.sum()


def through_a_leaf_alone(x, w, b):
    return x[1] * 2


GRAPHS = [unrolled, forked, twice_the_same, parts, through_a_leaf_alone]


@pytest.mark.parametrize("function", GRAPHS)
@pytest.mark.parametrize("hooked", [None, "x", "w", "b"])
def test_backward_in_chains_and_forks(function, hooked):
    draw = np.random.default_rng(3)
    inputs = [torch.tensor(draw.uniform(0.2, 1, 3), requires_grad=True) for _ in range(3)]
    expected = torch.autograd.grad(
        function(*inputs), inputs, create_graph=True, materialize_grads=True
    )
    calls = []
    if hooked is not None:
        watched = inputs["xwb".index(hooked)]
        watched.register_post_accumulate_grad_hook(calls.append)
    for times in (1, 2):  # the second pass adds to what the first has left
        function(*inputs).backward()
        for leaf, gradient in zip(inputs, expected, strict=True):
            held = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
            np.testing.assert_allclose(held.numpy(), gradient.detach().numpy() * times, rtol=1e-12)
        if hooked is not None:  # told once a pass, when the whole gradient is there
            assert len(calls) == (0 if watched.grad is None else times)


def test_leaves_tell_of_their_gradients_when_they_are_complete():
    events = []
    w = torch.ones(2, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    w.register_hook(lambda g: events.append("w"))
    b.register_hook(lambda g: events.append("b"))
    middle = w * 2
    middle.register_hook(lambda g: events.append("middle"))
    (middle + b).sum().backward()
    assert events == ["b", "middle", "w"]


def test_an_op_takes_arrays_only_on_the_way_back():
    op = REGISTRY["mv"]
    with pytest.raises(TypeError, match="expected Tensor, but got ndarray"):
        op(torch.ones(2, 3), np.ones(3))
    with pytest.raises(TypeError, match="expected Tensor, but got ndarray"):
        op(np.ones((2, 3)), np.ones(3))
