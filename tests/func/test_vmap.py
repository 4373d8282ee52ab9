"""vmap: every op for a batch as for each example, gradients through it, randomness, errors.

May import: everything.
"""

import gc

import numpy as np
import pytest

import rushlight as torch
from rushlight.core.batch import BatchArray
from rushlight.core.state import shared
from tests.ops.op_samples import OF_FLOATS, SAMPLES, elementwise

vmap = torch.vmap
ALL = [
    pytest.param(name, index, id=f"{name}-{index}")
    for name in sorted({*OF_FLOATS, *SAMPLES})
    for index in range(len(SAMPLES.get(name, [0])))
]
# It has no gradient; and an offset is counted from the memory's start, not the example's.
OTHERWISE = {"floor_divide", "as_strided"}


def flat(result):
    return [result] if isinstance(result, torch.Tensor) else list(result)


def compare(function, stacks, dims):
    """The function of the batch, and its gradients, against those of each example."""
    inputs = [torch.tensor(s, requires_grad=True) for s in stacks]
    size = next(s.shape[0] for s, d in zip(stacks, dims, strict=True) if d is not None)
    # samples that draw numbers seed the stream themselves
    of_batch = vmap(lambda *a: tuple(flat(function(*a))), dims, randomness="same")
    together = flat(of_batch(*inputs))
    apart = [
        flat(function(*[x if d is None else x[i] for x, d in zip(inputs, dims, strict=True)]))
        for i in range(size)
    ]
    expected = [torch.stack(parts) for parts in zip(*apart, strict=True)]
    for found, wanted in zip(together, expected, strict=True):
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), atol=1e-12)
    pairs = [(t, e) for t, e in zip(together, expected, strict=True) if e.requires_grad]
    if pairs:
        weights = [torch.tensor(np.cos(np.arange(t.numel()))).reshape(t.shape) for t, _ in pairs]
        arguments = ({"retain_graph": True}, inputs)
        one = gradients([t for t, _ in pairs], weights, *arguments)
        other = gradients([e for _, e in pairs], weights, *arguments)
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-7, atol=1e-10)


def gradients(outputs, weights, options, inputs):
    weights = [w.to(o.dtype) for w, o in zip(weights, outputs, strict=True)]
    return torch.autograd.grad(outputs, inputs, weights, materialize_grads=True, **options)


@pytest.mark.parametrize(("name", "index"), ALL)
def test_every_op_takes_a_batch(name, index):
    if name in OTHERWISE:
        return
    sample = SAMPLES[name][index] if name in SAMPLES else elementwise(name)
    arrays = [np.asarray(a, np.float64) for a in sample.arrays]
    stacks = [np.stack([a, a * 0.97]) for a in arrays]
    compare(sample.function, stacks, (0,) * len(stacks))
    if len(stacks) > 1:
        compare(sample.function, [stacks[0], *arrays[1:]], (0, *(None,) * (len(stacks) - 1)))


X = torch.arange(6.0).reshape(2, 3)


def test_dims_in_and_out():
    double = lambda x: x * 2
    assert torch.equal(vmap(double, in_dims=1)(X), (X * 2).t())
    assert torch.equal(vmap(double, in_dims=-1, out_dims=1)(X), X * 2)
    assert torch.equal(vmap(lambda x, y: (x * y).sum(), (0, None))(X, X[0]), (X * X[0]).sum(1))
    nested = vmap(lambda d: d["a"] + d["b"][0], in_dims=({"a": 0, "b": None},))
    assert torch.equal(nested({"a": X, "b": [X[1]]}), X + X[1])
    pair = vmap(lambda x: {"sum": x.sum(), "two": [x, x]}, out_dims={"sum": 0, "two": [0, 1]})(X)
    assert torch.equal(pair["sum"], X.sum(1)) and torch.equal(pair["two"][1], X.t())


def test_within_each_other():
    outer = vmap(vmap(lambda a, b: a * b, (None, 0)), (0, None))(X[0], X[1])
    assert torch.equal(outer, X[0][:, None] * X[1])
    three = vmap(vmap(vmap(lambda x: x.exp() + X[0, 1])))(torch.ones(2, 3, 4))
    assert three.shape == (2, 3, 4)


def test_the_function_runs_once():
    calls = []
    vmap(lambda x: calls.append(x.shape) or x)(torch.ones(50, 3))
    assert calls == [(3,)]


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 10])
def test_chunks(chunk_size):
    x = torch.arange(10.0).reshape(5, 2)
    found = vmap(lambda x: x.sum() * x, out_dims=1, chunk_size=chunk_size)(x)
    assert torch.equal(found, (x.sum(1, keepdim=True) * x).t())


def test_what_all_have_in_common_gets_the_sum_of_gradients():
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x = X.clone().requires_grad_()
    vmap(lambda x: (x * x * w).sum())(x).sum().backward()
    assert torch.equal(w.grad, (X * X).sum(0)) and torch.equal(x.grad, 2 * X * w.detach())
    vmap(lambda x: w.sum())(x.detach()).sum().backward()
    assert torch.equal(w.grad, (X * X).sum(0) + 2)


def test_second_order_through_a_batch():
    x = X.double().requires_grad_()
    assert torch.autograd.gradgradcheck(vmap(lambda x: x.sin().prod() * x), x)
    assert torch.autograd.gradcheck(vmap(lambda x: x.exp()), x, check_forward_ad=True)


def test_changes_in_place():
    x = X.clone()
    vmap(lambda x: x.add_(1))(x)
    assert torch.equal(x, X + 1)
    y = vmap(lambda x: x.clone().mul_(x).index_fill_(0, torch.tensor([0]), 7.0))(X)
    assert torch.equal(y[:, 0], torch.full((2,), 7.0)) and torch.equal(y[:, 1:], (X * X)[:, 1:])

    def into_what_all_have_in_common(x):
        return torch.zeros(3).add_(x)

    with pytest.raises(
        RuntimeError, match=r"vmap: inplace arithmetic\(self, \*extra_args\) is not"
    ):
        vmap(into_what_all_have_in_common)(X)


def test_views_share_memory():
    x = X.clone()

    def change_a_part(x):
        x.view(3, 1)[1:].squeeze(1).neg_()
        return x

    vmap(change_a_part)(x)
    assert x[:, 0].tolist() == [0, 3] and x[:, 1].tolist() == [-1, -4]


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: torch.nn.functional.dropout(x + 1, 0.5),
        lambda x: torch.rand(50),
        lambda x: torch.randn(50),
        lambda x: torch.randperm(50),
        lambda x: torch.bernoulli(torch.full((50,), 0.5)),
        lambda x: torch.bernoulli(x + 0.5),
        lambda x: torch.randint(0, 1000, (50,)),
        lambda x: torch.rand_like(x),
        lambda x: x.clone().uniform_(),
    ],
)
def test_randomness(draw):
    x = torch.zeros(2, 50)
    with pytest.raises(RuntimeError, match="vmap: called random operation while in randomness err"):
        vmap(draw)(x)
    same = vmap(draw, randomness="same")(x)
    assert torch.equal(same[0], same[1])
    different = vmap(draw, randomness="different")(x)
    assert not torch.equal(different[0], different[1])


ERRORS = [
    (lambda: vmap(torch.sin)(), ValueError, "got no inputs"),
    (lambda: vmap(torch.sin, None)(X), ValueError, "expected `in_dims` to be int or a"),
    (lambda: vmap(torch.sin, (None,))(X), ValueError, "Expected at least one Tensor to vmap over"),
    (lambda: vmap(torch.sin, 5)(X), ValueError, "Got in_dim=5 for some input"),
    (lambda: vmap(torch.sin, (0.5,))(X), ValueError, "must be either an integer dimension or None"),
    (lambda: vmap(torch.sin)(3), ValueError, "We cannot vmap over non-Tensor arguments"),
    (lambda: vmap(torch.add)(X, X[0]), ValueError, r"got sizes \[2, 3\] for the mapped dimension"),
    (lambda: vmap(torch.add, (0,))(X, X), ValueError, "in_dims is not compatible with the struct"),
    (lambda: vmap(lambda x: 3)(X), ValueError, "must only return Tensors, got type <class 'int'>"),
    (lambda: vmap(torch.sin, out_dims=3)(X), IndexError, "Dimension out of range"),
    (lambda: vmap(torch.sin, out_dims=None)(X), ValueError, "can not return a BatchedTensor when"),
    (lambda: vmap(torch.sin, out_dims="a")(X), ValueError, "`out_dims` must be an int, None or a"),
    (
        lambda: vmap(torch.sin, randomness="z")(X),
        RuntimeError,
        "Only allowed values for randomness",
    ),
    (lambda: vmap(torch.sin, chunk_size=0)(X), ValueError, "chunk_size should be None or greater"),
    (lambda: vmap(lambda x: x.item())(X[0]), RuntimeError, r"you're calling .item\(\) on a Tensor"),
    (lambda: vmap(lambda x: x if x > 0 else -x)(X[0]), RuntimeError, "data-dependent control flow"),
    (lambda: vmap(lambda x: x[x > 1])(X), RuntimeError, "can output dynamic shape"),
    (lambda: vmap(lambda x: x.numpy())(X), RuntimeError, "Cannot access data pointer of Tensor"),
    (lambda: vmap(lambda x: x.tolist())(X), RuntimeError, "Cannot access data pointer of Tensor"),
]


@pytest.mark.parametrize(("call", "error", "words"), ERRORS)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_nothing_is_left_behind():
    gc.collect()
    before = set(shared.watched)
    with pytest.raises(KeyError):
        vmap(lambda x: {}["a"])(X)
    vmap(lambda x: x * 2)(X)
    gc.collect()
    assert shared.watched == before
    w = torch.ones(3, requires_grad=True)
    y = vmap(lambda x: x * w)(X)
    y.sum().backward()
    assert type(w.grad._array) is np.ndarray
    del y
    gc.collect()
    assert shared.watched == before


def test_a_leaf_made_inside_is_refused():
    with pytest.raises(RuntimeError, match=r"attempting to call Tensor\.requires_grad_"):
        vmap(lambda x: (torch.ones(3, requires_grad=True) * x).sum())(X)
    with pytest.raises(RuntimeError, match=r"torch\.autograd\.functional"):
        vmap(lambda x: torch.autograd.functional.jacobian(torch.sin, torch.ones(3)) @ x)(X)
    each = vmap(lambda x: torch.autograd.functional.jacobian(torch.sin, x))(X)
    assert torch.allclose(each[1], torch.diag(X[1].cos()))


def test_empty_batches():
    assert vmap(lambda x: (x * 2).sum())(torch.ones(0, 3)).shape == (0,)
    assert vmap(lambda x: x.sort().values)(torch.ones(0, 3)).shape == (0, 3)


def test_a_batch_passes_for_one_example():
    seen = []

    def look(x):
        seen.append((x.shape, x.stride(), x.dim(), x.numel(), x.is_contiguous(), len(x), repr(x)))
        assert type(x._array) is BatchArray and isinstance(x._array, np.ndarray)
        return x

    vmap(look)(torch.ones(4, 2, 3))
    assert seen[0][:6] == ((2, 3), (3, 1), 2, 6, True, 2) and "BatchedTensor" in seen[0][6]


def test_parts_iteration_and_indices_of_examples():
    assert torch.equal(vmap(lambda x: sum(part for part in x))(X), X.sum(1))
    places = torch.tensor([2, 0])
    assert vmap(lambda x, i: x[i])(X, places).tolist() == [2, 3]
    assert torch.equal(vmap(lambda x: x[torch.tensor([2, 0])])(X), X[:, [2, 0]])
    assert vmap(lambda x, i: x.index_select(0, i[None]))(X, places).tolist() == [[2], [3]]
    assert vmap(lambda x: x.argsort(descending=True))(X).tolist() == [[2, 1, 0]] * 2
