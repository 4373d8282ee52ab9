"""The same products in PyTorch and here: values, gradients, node names, errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((2, 1, 2, 3), (3, 3, 2)),
]


def _random(*shape):
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_matmul(a, b):
    results = []
    for t in (torch, rushlight):
        x = t.tensor(_random(*a), requires_grad=True)
        y = t.tensor(_random(*b), requires_grad=True)
        z = x @ y
        (z * z).sum().backward()
        results.append((z.detach().numpy(), x.grad.numpy(), y.grad.numpy()))
    for expected, found in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shapes", SHAPES[:5])
def test_node_names(shapes):
    names = []
    for t in (torch, rushlight):
        x, y = [t.tensor(_random(*shape), requires_grad=True) for shape in shapes]
        names.append(type((x @ y).grad_fn).__name__)
    assert names[1] == names[0]


def test_the_graph_of_linear():
    graphs = []
    for t in (torch, rushlight):
        x, w, b = [t.tensor(_random(*s), requires_grad=True) for s in ((2, 3), (4, 3), (4,))]
        node = t.nn.functional.linear(x, w, b).grad_fn
        graphs.append([type(node).__name__, *[type(n).__name__ for n, _ in node.next_functions]])
    assert graphs[1] == graphs[0]


BAD = [
    "t.ones(2, 3) @ t.ones(4, 5)",
    "t.ones(2, 3) @ t.ones(4)",
    "t.ones(2) @ t.ones(3)",
    "t.ones(2, 2) @ t.ones(2, 2).double()",
    "t.ones(2, 2) @ t.ones(2, 2).long()",
    "t.tensor(1.0) @ t.ones(2)",
    "t.mm(t.ones(2), t.ones(2, 2))",
    "t.bmm(t.ones(2, 2, 3), t.ones(2, 2, 3))",
    "t.dot(t.ones(2, 2), t.ones(2))",
    "t.outer(t.ones(2, 2), t.ones(2))",
    "t.ones(2, 2, dtype=t.bool) @ t.ones(2, 2, dtype=t.bool)",
    "t.addmm(t.ones(2), t.ones(2, 3), t.ones(4, 5))",
]


@pytest.mark.parametrize("program", BAD)
def test_fails_the_same(program):
    with pytest.raises(Exception) as expected:
        eval(program, {"t": torch})
    words = str(expected.value).split("\n")[0].rstrip(".")[:50]
    with pytest.raises(type(expected.value)) as found:
        eval(program, {"t": rushlight})
    assert words in str(found.value)
