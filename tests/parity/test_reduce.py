"""The same reductions in PyTorch and here: values, gradients, printed forms, errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

X = np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32)
DIFFERENTIABLE = [
    "x.sum()", "x.sum(0)", "x.sum((0, 1), keepdim=True)", "x.mean()", "x.mean(-1)",
    "x.prod()", "x.prod(1)", "x.std()", "x.std(1)", "x.var(0, unbiased=False)", "t.var(x, False)",
    "x.max()", "x.min()", "x.max(1)[0]", "x.min(0)[0]", "x.amax(1)", "x.amin((0, 1))",
    "x.median()", "x.median(1)[0]", "x.norm()", "x.norm(1)", "x.norm(3, dim=1)",
    "x.norm(float('inf'), dim=0)", "x.logsumexp(1)", "x.cumsum(0)", "x.cumprod(1)",
    "x.logcumsumexp(1)", "t.std_mean(x, 0)[0]", "t.var_mean(x)[1]", "x.sum_to_size(1, 4)",
    "x.nansum(1)", "x.sort(1)[0]", "x.topk(2, 0)[0]",
]  # fmt: skip
PRINTED = [
    "t.max(x, 1)", "t.min(x, 0)", "x.argmax()", "x.argmin(1)", "x.argmax(0, keepdim=True)",
    "x.any()", "(x > 0).all(1)", "t.count_nonzero(x, 1)", "t.median(x, 1)",
    "t.tensor([1, 2], dtype=t.uint8).sum()", "t.tensor([True, False]).sum()",
    "t.tensor([True, False]).prod()", "t.zeros(0).sum()", "t.zeros(0).mean()",
    "t.zeros(0, 3).prod(0)", "t.tensor([1.0, float('nan'), 3.0]).median()",
    "t.tensor([1.0, float('nan'), 3.0]).median(0)", "t.sort(x, 1, descending=True)",
    "t.topk(x, 2)", "t.kthvalue(x, 2)", "t.mode(t.tensor([[1, 2, 2], [3, 3, 1]]))",
    "t.unique(t.tensor([3, 1, 3]), return_inverse=True, return_counts=True)", "t.aminmax(x)",
    "t.tensor([1.0, float('nan')]).max()", "t.tensor([1.0, float('nan')]).argmax()",
    "t.tensor([1, 2]).cumsum(0)", "t.tensor([1.0, 2.0]).sum(dtype=t.float64)",
    "t.tensor([0.1] * 9, dtype=t.half).sum()", "t.tensor([0.1] * 9, dtype=t.bfloat16).mean()",
    "t.tensor([[1, 2]]).any(dim=0)", "t.tensor([1], dtype=t.uint8).any()",
]  # fmt: skip
BAD = [
    "t.tensor([1]).mean()", "t.zeros(0).max()", "t.zeros(0).max(0)", "x.sum(2)", "x.sum((0, 0))",
    "t.sum([1])", "t.tensor([1]).std()", "t.zeros(0).argmax()", "x.sum_to_size(5)",
]  # fmt: skip


@pytest.mark.parametrize("program", DIFFERENTIABLE)
def test_values_names_and_gradients(program):
    results = []
    for t in (torch, rushlight):
        x = t.tensor(X, requires_grad=True)
        y = eval(program, {"t": t, "x": x})
        name = type(y.grad_fn).__name__
        (y * y).sum().backward()
        results.append((name, y.detach().numpy(), x.grad.numpy()))
    expected, found = results
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[2], expected[2], rtol=1e-4, atol=1e-5)
    if "_mean" not in program and "sum_to_size" not in program and "nansum" not in program:
        assert found[0] == expected[0]


@pytest.mark.parametrize("program", PRINTED)
def test_prints_the_same(program):
    texts = [repr(eval(program, {"t": t, "x": t.tensor(X)})) for t in (torch, rushlight)]
    assert texts[1] == texts[0]


@pytest.mark.parametrize("program", BAD)
def test_fails_the_same(program):
    with pytest.raises(Exception) as expected:
        eval(program, {"t": torch, "x": torch.tensor(X)})
    words = str(expected.value).split("\n")[0].split(". ")[0][:40]
    with pytest.raises(type(expected.value)) as found:
        eval(program, {"t": rushlight, "x": rushlight.tensor(X)})
    assert words in str(found.value)
