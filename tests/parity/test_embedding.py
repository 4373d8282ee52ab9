"""Embeddings on PyTorch and here: modules and errors.

May import: everything.
"""

import numpy as np
import pytest

from tests.parity.modules_side_by_side import check_module
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

INDICES = np.array([[1, 2, 1], [5, 0, 4]])
FLAT, STARTS = np.array([1, 2, 1, 5, 0]), np.array([0, 2, 2, 3])
WEIGHTS = np.array([0.5, -1.0, 2.0, 0.1, 0.3], np.float32)
MODULES = {
    "Embedding": (lambda nn: nn.Embedding(6, 3), INDICES),
    "Embedding of int32": (lambda nn: nn.Embedding(6, 3), INDICES.astype(np.int32)),
    "Embedding padded": (lambda nn: nn.Embedding(6, 3, padding_idx=-2), INDICES),
    "Embedding short": (lambda nn: nn.Embedding(6, 3, max_norm=1.0, norm_type=1), INDICES),
    "Embedding by frequency": (lambda nn: nn.Embedding(6, 3, scale_grad_by_freq=True), INDICES),
    "EmbeddingBag": (lambda nn: nn.EmbeddingBag(6, 3), INDICES),
    "EmbeddingBag sum": (lambda nn: nn.EmbeddingBag(6, 3, mode="sum"), FLAT, STARTS, WEIGHTS),
    "EmbeddingBag max": (lambda nn: nn.EmbeddingBag(6, 3, mode="max", padding_idx=2), FLAT, STARTS),
    "EmbeddingBag with the end": (
        lambda nn: nn.EmbeddingBag(6, 3, include_last_offset=True), FLAT, np.array([0, 2, 5])
    ),
    "EmbeddingBag short": (
        lambda nn: nn.EmbeddingBag(6, 3, max_norm=1.0), INDICES
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, *inputs = MODULES[name]
    check_module(torch, make, *inputs)


PROGRAMS = """
F.embedding(t.tensor([1., 2]), w)

F.embedding(t.tensor([1, 5]), w)

F.embedding(t.tensor([-1]), w)

F.embedding(t.tensor([1]), w, padding_idx=7)

F.embedding(t.tensor([1], dtype=t.int16), w)

F.embedding(t.tensor([1]), w[0])

F.embedding([1], w)

r = F.embedding(t.tensor(1), w)

r = F.embedding(t.tensor([1]), w.requires_grad_()).grad_fn.name()

F.embedding_bag(i, w)

r = F.embedding_bag(i, w, t.tensor([0, 2]))

F.embedding_bag(i, w, t.tensor([0, 2]), mode="foo")

F.embedding_bag(i, w, t.tensor([0, 2]), per_sample_weights=t.ones(3))

F.embedding_bag(i, w, t.tensor([0, 2]), per_sample_weights=t.ones(4))

F.embedding_bag(i, w, t.tensor([1, 2]))

F.embedding_bag(i, w, t.tensor([0, 5]))

F.embedding_bag(i, w, t.tensor([0., 5]))

F.embedding_bag(i, w, t.tensor([[0, 1]]))

F.embedding_bag(i, w, t.tensor([0]), mode="max", scale_grad_by_freq=True)

F.embedding_bag(i, w, t.tensor([0]), padding_idx=9)

r = F.embedding_bag(i, w, t.tensor([], dtype=t.int64))

F.embedding_bag(t.ones(2, 2, dtype=t.int64), w, t.tensor([0]))

F.embedding_bag(t.ones(2, 2, 2, dtype=t.int64), w)

F.embedding_bag(t.tensor([[7]]), w)

F.embedding_bag(t.tensor(1), w)

F.one_hot(t.tensor([1.]))

F.one_hot(t.tensor([-1]))

F.one_hot(t.tensor([3]), 2)

F.one_hot(t.tensor([], dtype=t.int64))

r = F.one_hot(t.tensor([[1, 2]]))

t.nn.Embedding(3, 2, padding_idx=3)

t.nn.Embedding.from_pretrained(w[0])

t.nn.Embedding(3, 2, _weight=w)

m = t.nn.Embedding.from_pretrained(w, padding_idx=0)
r = (m, m.weight.requires_grad, m(i))

m = t.nn.EmbeddingBag.from_pretrained(w, freeze=False, mode="sum")
r = (m, m.weight.requires_grad, m(i.view(2, 2)))
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    before = "F = t.nn.functional\nw = t.arange(15.0).reshape(5, 3)\ni = t.tensor([0, 1, 1, 2])\n"
    check(torch, program, before)
