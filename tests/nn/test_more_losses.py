"""Losses of margins, likelihoods and sequences, and distances, against their formulas.

May import: everything.
"""

import itertools

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck

F, nn = torch.nn.functional, torch.nn
random = np.random.default_rng(0)


def values(*shape):
    return torch.tensor(random.normal(size=shape), requires_grad=True)


X, Y, Z = (random.normal(size=(4, 3)) for _ in range(3))
SIGNS = np.where(random.normal(size=(4, 3)) > 0, 1.0, -1.0)
CLASSES = np.array([2, 0, 1, 1])


def multi_margin(x, classes, p=1):
    total = 0.0
    for row, own in zip(x, classes, strict=True):
        others = [i for i in range(len(row)) if i != own]
        total += sum(max(0, 1 - row[own] + row[i]) ** p for i in others) / len(row)
    return total / len(x)


def multilabel_margin(row, labels):
    labels = list(itertools.takewhile(lambda label: label >= 0, labels))
    others = [i for i in range(len(row)) if i not in labels]
    return sum(max(0, 1 - row[y] + row[i]) for y in labels for i in others) / len(row)


def triplet(a, p, n):
    near = np.linalg.norm(a - p + 1e-6, axis=1)
    far = np.linalg.norm(a - n + 1e-6, axis=1)
    return np.maximum(0, 1 + near - far).mean()


FORMULAS = {
    "margin_ranking_loss": (
        (X, Y, SIGNS), lambda a, b, y: np.maximum(0, -y * (a - b)).mean()
    ),
    "hinge_embedding_loss": (
        (X, SIGNS), lambda x, y: np.where(y == 1, x, np.maximum(0, 1 - x)).mean()
    ),
    "soft_margin_loss": ((X, SIGNS), lambda x, y: np.log1p(np.exp(-y * x)).mean()),
    "multi_margin_loss": ((X, CLASSES), multi_margin),
    "multilabel_margin_loss": (
        (X[0], np.array([2, 0, -1])), multilabel_margin
    ),
    "poisson_nll_loss": ((X, Y), lambda x, y: (np.exp(x) - y * x).mean()),
    "gaussian_nll_loss": (
        (X, Y, np.abs(Z)), lambda x, y, v: (0.5 * (np.log(v) + (x - y) ** 2 / v)).mean()
    ),
    "triplet_margin_loss": ((X, Y, Z), triplet),
    "cosine_similarity": (
        (X, Y),
        lambda a, b: (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1),
    ),
    "pairwise_distance": ((X, Y), lambda a, b: np.linalg.norm(a - b + 1e-6, axis=1)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_values_are_the_formulas(name):
    arrays, formula = FORMULAS[name]
    found = getattr(F, name)(*[torch.tensor(a) for a in arrays])
    np.testing.assert_allclose(found.numpy(), formula(*arrays), rtol=1e-9)


GRADIENTS = {
    "margin_ranking_loss": lambda x, y: F.margin_ranking_loss(x, y, torch.tensor(SIGNS), 0.3),
    "hinge_embedding_loss": lambda x, y: F.hinge_embedding_loss(x, torch.tensor(SIGNS)),
    "soft_margin_loss": lambda x, y: F.soft_margin_loss(x, torch.tensor(SIGNS)),
    "multi_margin_loss": lambda x, y: F.multi_margin_loss(x, torch.tensor(CLASSES), p=2),
    "multilabel_margin_loss": lambda x, y: F.multilabel_margin_loss(
        x, torch.tensor([[2, 0, -1]] * 4), reduction="none"
    ),
    "multilabel_soft_margin_loss": lambda x, y: F.multilabel_soft_margin_loss(x, y),
    "cosine_embedding_loss": lambda x, y: F.cosine_embedding_loss(
        x, y, torch.tensor([1, -1, 1, -1]), reduction="none"
    ),
    "triplet_margin_loss": lambda x, y: F.triplet_margin_loss(x, y, y * 2, swap=True),
    "poisson_nll_loss": lambda x, y: F.poisson_nll_loss(x, y),
    "gaussian_nll_loss": lambda x, y: F.gaussian_nll_loss(x, y, y * y + 1),
    "cosine_similarity": lambda x, y: F.cosine_similarity(x, y),
    "pairwise_distance": lambda x, y: F.pairwise_distance(x, y, 3.0),
    "cdist": lambda x, y: torch.cdist(x, y),
    "cdist by product": lambda x, y: torch.cdist(x, y, 2.0, "use_mm_for_euclid_dist"),
    "cdist 3": lambda x, y: torch.cdist(x, y, p=3),
    "cdist 1": lambda x, y: torch.cdist(x, y, p=1),
    "cdist 1.5": lambda x, y: torch.cdist(x, y, p=1.5),
    "cdist inf": lambda x, y: torch.cdist(x, y, p=float("inf")),
    "pdist": lambda x, y: torch.pdist(x * y),
    "pdist 3": lambda x, y: torch.pdist(x * y, 3),
}


ONE_INPUT = (
    "hinge_embedding_loss", "soft_margin_loss", "multi_margin_loss", "multilabel_margin_loss",
)  # fmt: skip


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_both_orders(name):
    inputs = torch.tensor(X, requires_grad=True), torch.tensor(Y, requires_grad=True)
    function = GRADIENTS[name]
    if name in ONE_INPUT:
        inputs, function = inputs[:1], lambda x: GRADIENTS[name](x, None)
    assert gradcheck(function, inputs) and gradgradcheck(function, inputs)


@pytest.mark.parametrize("p", [0, 1, 2, 3.5, float("inf")])
@pytest.mark.parametrize(("count", "length"), [(4, 3), (30, 3), (5, 60)])
def test_distances_of_all_pairs(p, count, length):
    x, y = random.normal(size=(2, count, length)), random.normal(size=(2, 5, length))
    expected = [[np.linalg.norm(a - y[k], p, axis=1) for a in x[k]] for k in range(2)]
    found = torch.cdist(torch.tensor(x), torch.tensor(y), p)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-7)
    first, second = np.triu_indices(count, 1)
    pairs = torch.pdist(torch.tensor(x[0]), p).numpy()
    np.testing.assert_allclose(pairs, np.linalg.norm(x[0][first] - x[0][second], p, axis=1))


def test_equal_vectors_have_distance_zero_and_no_gradient():
    x = torch.tensor([[1.0, 2.0], [1.0, 2.0]], requires_grad=True)
    for p in (1.0, 2.0, 3.0):
        (gradient,) = torch.autograd.grad(torch.cdist(x, x.detach(), p).sum(), x)
        assert gradient.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def collapsed(path, blank=0):
    """A path without repeats and blanks."""
    kept = [label for label, before in zip(path, (None, *path), strict=False) if label != before]
    return tuple(label for label in kept if label != blank)


@pytest.mark.parametrize("target", [(), (1,), (1, 2), (1, 1), (2, 1, 2)])
def test_ctc_is_the_sum_over_all_alignments(target):
    times, classes = 4, 3
    x = values(times, 1, classes)
    probabilities = x.softmax(2).detach().numpy()[:, 0]
    total = sum(
        np.prod([probabilities[t, label] for t, label in enumerate(path)])
        for path in itertools.product(range(classes), repeat=times)
        if collapsed(path) == target
    )

    def loss(x):
        labels = torch.tensor(target, dtype=torch.int64)[None]
        lengths = [len(target)]
        return F.ctc_loss(x.log_softmax(2), labels, [times], lengths, reduction="sum")

    np.testing.assert_allclose(loss(x).item(), -np.log(total))
    assert gradcheck(loss, (x,))


def test_ctc_of_an_impossible_target():
    x, target = values(2, 1, 3), torch.tensor([[1, 1]])
    assert F.ctc_loss(x.log_softmax(2), target, [2], [2]).item() == float("inf")
    loss = F.ctc_loss(x.log_softmax(2), target, [2], [2], zero_infinity=True)
    loss.backward()
    assert loss.item() == 0 and not x.grad.any()


def test_adaptive_softmax_is_a_distribution():
    torch.manual_seed(0)
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 12, [3, 7], div_value=2.0)
    x, target = torch.rand(5, 16), torch.tensor([0, 11, 5, 2, 7])
    log_probs = layer.log_prob(x)
    np.testing.assert_allclose(log_probs.exp().sum(1).detach().numpy(), np.ones(5), rtol=1e-5)
    output, loss = layer(x, target)
    np.testing.assert_allclose(
        output.detach().numpy(), log_probs.gather(1, target[:, None])[:, 0].detach().numpy(),
        rtol=1e-5,
    )  # fmt: skip
    assert loss.item() == pytest.approx(-output.mean().item())
    assert layer.predict(x).tolist() == log_probs.argmax(1).tolist()


def test_noisy_activations():
    torch.manual_seed(0)
    x = torch.linspace(-3, 3, 40)
    falls = (F.rrelu(x, training=True) / x)[x < 0]
    assert (falls >= 1 / 8).all() and (falls <= 1 / 3).all() and falls.unique().numel() > 10
    assert (F.rrelu(x, training=True)[x > 0] == x[x > 0]).all()
    logits = torch.zeros(4, 5, requires_grad=True)
    hard = F.gumbel_softmax(logits, hard=True)
    assert ((hard == 0) | (hard.isclose(torch.ones(())))).all() and (hard.sum(1) == 1).all()
    (hard * torch.arange(5.0)).sum().backward()
    assert logits.grad.abs().sum() > 0
    dropped = F.feature_alpha_dropout(torch.ones(2, 3, 4), 0.5, True)
    assert (dropped == dropped[..., :1]).all()


def test_errors():
    with pytest.raises(ValueError, match="only p == 1 and p == 2"):
        F.multi_margin_loss(torch.rand(2, 3), torch.tensor([0, 1]), p=3)
    with pytest.raises(ValueError, match="margin must be greater than 0"):
        F.triplet_margin_loss(*[torch.rand(2, 3)] * 3, margin=0)
    with pytest.raises(RuntimeError, match="same number of columns"):
        torch.cdist(torch.rand(2, 3), torch.rand(2, 4))
    with pytest.raises(RuntimeError, match="at most 4"):
        F.ctc_loss(torch.rand(4, 1, 3), torch.tensor([[1]]), [5], [1])
    with pytest.raises(ValueError, match="negative entry"):
        F.gaussian_nll_loss(torch.rand(2), torch.rand(2), torch.tensor([-1.0, 1.0]))
