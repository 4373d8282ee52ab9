"""Losses of margins, likelihoods and sequences, distances, random activations: PyTorch and here.

May import: everything.
"""

import numpy as np
import pytest

import rushlight
from tests.parity.modules_side_by_side import check_module, hold_together
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

random = np.random.default_rng(5)


def values(*shape):
    return random.normal(size=shape).astype(np.float32)


X, Y, Z = values(4, 5), values(4, 5), values(4, 5)
SIGNS = np.array([1, -1, 1, -1])
GRID = np.where(values(4, 5) > 0, 1, -1)
COUNTS = np.array([[0, 1, 2, 3, 4]] * 4)
CLASSES = np.array([4, 0, 1, 2])
LABELS = np.array([[3, 0, -1, 1, 1], [-1, 0, 0, 0, 0], [0, 1, 2, 3, 4], [1, 1, -1, 0, 0]])
POSITIVE = np.abs(values(4, 5)) + 0.1
WEIGHT = [0.5, 1.0, 2.0, 0.1, 3.0]
LOG_PROBS = values(6, 3, 5)
TARGETS, STEPS, LENGTHS = (
    np.array([[1, 2], [3, 3], [4, 1]]),
    np.array([6, 6, 4]),
    np.array([2, 2, 1]),
)


def weight_of(nn):
    library = torch if nn is torch.nn else rushlight
    return library.tensor(WEIGHT)


MODULES = {
    "MarginRankingLoss": (lambda nn: nn.MarginRankingLoss(0.5), X, Y, GRID),
    "HingeEmbeddingLoss": (lambda nn: nn.HingeEmbeddingLoss(2.0, reduction="sum"), X, GRID),
    "CosineEmbeddingLoss": (lambda nn: nn.CosineEmbeddingLoss(0.1), X, Y, SIGNS),
    "SoftMarginLoss": (lambda nn: nn.SoftMarginLoss(), X, GRID),
    "MultiMarginLoss": (lambda nn: nn.MultiMarginLoss(2, 0.7, weight_of(nn)), X, CLASSES),
    "MultiMarginLoss of one": (lambda nn: nn.MultiMarginLoss(reduction="none"), X[0], np.array(2)),
    "MultiLabelMarginLoss": (lambda nn: nn.MultiLabelMarginLoss(), X, LABELS),
    "MultiLabelMarginLoss of one": (lambda nn: nn.MultiLabelMarginLoss(), X[0], LABELS[0]),
    "MultiLabelSoftMarginLoss": (
        lambda nn: nn.MultiLabelSoftMarginLoss(weight_of(nn)), X, (GRID > 0).astype(np.float32)
    ),
    "TripletMarginLoss": (lambda nn: nn.TripletMarginLoss(0.5, 1.0, swap=True), X, Y, Z),
    "TripletMarginWithDistanceLoss": (
        lambda nn: nn.TripletMarginWithDistanceLoss(margin=0.5, swap=True), X, Y, Z
    ),
    "PoissonNLLLoss": (lambda nn: nn.PoissonNLLLoss(full=True), X, COUNTS),
    "PoissonNLLLoss of rates": (lambda nn: nn.PoissonNLLLoss(log_input=False), POSITIVE, COUNTS),
    "GaussianNLLLoss": (lambda nn: nn.GaussianNLLLoss(full=True, eps=0.3), X, Y, POSITIVE),
    "CTCLoss": (lambda nn: nn.CTCLoss(), LOG_PROBS, TARGETS, STEPS, LENGTHS),
    "CTCLoss none": (
        lambda nn: nn.CTCLoss(2, "none", True), LOG_PROBS, np.array([1, 3, 3, 4, 1]), STEPS, LENGTHS
    ),
    "PairwiseDistance": (lambda nn: nn.PairwiseDistance(3.0, keepdim=True), X, Y),
    "CosineSimilarity": (lambda nn: nn.CosineSimilarity(0), X, Y),
    "RReLU": (lambda nn: nn.RReLU(), X),
    "FeatureAlphaDropout": (lambda nn: nn.FeatureAlphaDropout(0.3), X),
    "AdaptiveLogSoftmaxWithLoss": (
        lambda nn: nn.AdaptiveLogSoftmaxWithLoss(5, 12, [3, 7], 2.0, True),
        X, np.array([0, 11, 5, 2]),
    ),
    "AdaptiveLogSoftmaxWithLoss of one": (
        lambda nn: nn.AdaptiveLogSoftmaxWithLoss(5, 12, [3]), X[0], np.array(6)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, *inputs = MODULES[name]
    check_module(torch, make, *inputs, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("zero_infinity", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_ctc_of_random_lengths(reduction, zero_infinity, seed):
    draw = np.random.default_rng(seed)
    times, samples, classes, longest = 7, 3, 4, 4
    scores = draw.normal(size=(times, samples, classes))
    targets = draw.integers(1, classes, (samples, longest))
    steps, lengths = draw.integers(0, times + 1, samples), draw.integers(0, longest + 1, samples)
    found = []
    for library in (torch, rushlight):
        x = library.tensor(scores, requires_grad=True)
        loss = library.nn.functional.ctc_loss(
            x.log_softmax(2),
            library.tensor(targets),
            library.tensor(steps),
            library.tensor(lengths),
            reduction=reduction,
            zero_infinity=zero_infinity,
        )
        loss.sum().backward()
        found.append([loss, x.grad])
    hold_together(*found, 1e-9, 1e-12)


PROGRAMS = """
F.margin_ranking_loss(x, x, x[0])

F.soft_margin_loss(x, x[:, :2])

F.soft_margin_loss(x, x, reduction="abc")

F.multi_margin_loss(x, t.tensor([0, 1, 5]))

F.multi_margin_loss(x, t.tensor([0., 1., 2.]))

F.multi_margin_loss(x, t.tensor([0, 1]))

F.multi_margin_loss(x, t.tensor([0, 1, 2]), p=3)

F.multi_margin_loss(x, t.tensor([0, 1, 2]), weight=t.ones(3))

F.multi_margin_loss(x, t.tensor([0, 1, 2]), weight=t.ones(3, 3))

F.multilabel_margin_loss(x, t.tensor([[0, 7, 1, 1]] * 3))

F.multilabel_margin_loss(x, t.tensor([0, 1, 1, 1]))

F.multilabel_margin_loss(x[:, :0], t.tensor([0, 1, 1, 1]))

F.multilabel_soft_margin_loss(x, x, reduction="abc")

F.cosine_embedding_loss(x, x, t.ones(3, 1))

F.cosine_embedding_loss(x[0], x[0], t.ones(3))

F.cosine_embedding_loss(x, x, t.ones(2))

F.triplet_margin_loss(x, x, x, margin=-1)

F.triplet_margin_loss(x[0], x, x)

t.nn.TripletMarginLoss(margin=0)

F.poisson_nll_loss(x, x, reduction="abc")

F.gaussian_nll_loss(x, x, -x)

F.gaussian_nll_loss(x, x, t.ones(2))

F.gaussian_nll_loss(x, x, x, reduction="abc")

r = F.gaussian_nll_loss(x, x * 2, 1.0)

r = F.gaussian_nll_loss(x, x * 2, t.ones(3))

F.cosine_similarity(x.long(), x.long())

F.cosine_similarity(x, t.ones(3, 5))

F.cosine_similarity(x, x, dim=2)

r = F.cosine_similarity(x, x[:1], dim=-1)

t.cdist(x, x[:, :2])

t.cdist(x, x, p=-1)

t.cdist(x[0], x)

t.cdist(x, x, compute_mode="q")

t.cdist(x.long(), x.long())

t.cdist(x, x.double())

r = [t.cdist(x, x[:2], p=p) for p in (0, 0.5, 1, 2, 3, float("inf"))]

F.pdist(x[0])

F.pdist(x, -1.0)

F.pdist(x.long())

r = [F.pdist(x, p) for p in (0, 1, 2, float("inf"))]

F.rrelu(x, 0.5, 0.2)

F.rrelu(x.long())

r = F.rrelu(x - 5, training=True)

r = F.rrelu(x.double() - 5, training=True)

r = F.rrelu_(x - 5)

F.gumbel_softmax(x.long())

r = F.gumbel_softmax(x, hard=True)

r = F.gumbel_softmax(x, tau=0.5, dim=0)

F.feature_alpha_dropout(x[0], training=True)

F.ctc_loss(p, i, (5,), (2, 1))

F.ctc_loss(p, i, (6, 5), (2, 1))

F.ctc_loss(p, i, (5, 5), (2, 2))

F.ctc_loss(p, i, (5, 5), (2, 1), blank=7)

F.ctc_loss(p, i, t.tensor([5., 5.]), t.tensor([2, 1]))

F.ctc_loss(p.long(), i, (5, 5), (2, 1))

F.ctc_loss(p, i, (5, 5), (4, -1))

F.ctc_loss(p, t.tensor([[1, 2], [3, 3]]), (5, 5), (3, 1))

r = F.ctc_loss(p[:, 0], i, (5,), (3,), reduction="none")

r = F.ctc_loss(p, t.tensor([[1, 2], [3, 3]]), t.tensor([2, 2]), t.tensor([2, 2]), 0, "none")

t.nn.AdaptiveLogSoftmaxWithLoss(4, 10, [])

t.nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5, 3])

t.nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5])(x, t.tensor([1, 2]))

t.nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5])(x, t.tensor([1, 2, 10]))

m = t.nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5, 7])
r = (m, m.log_prob(x).detach(), m.predict(x))
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    before = """
t.manual_seed(0)
F = t.nn.functional
x = t.arange(12.0).reshape(3, 4) / 2
p = (t.arange(40.0).reshape(5, 2, 4).sin()).log_softmax(2)
i = t.tensor([1, 2, 3])
"""
    check(torch, program, before)
