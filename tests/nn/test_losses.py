"""Losses against values and gradients obtained from PyTorch 2.13 in float64.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradgradcheck

F = torch.nn.functional
SCORES = [[0.5, -1.0, 2.0], [1.5, 0.0, -0.5], [-2.0, 0.3, 0.1], [0.0, 1.0, 3.0]]
TARGETS = [[0.1, -0.4, 1.0], [1.0, 0.2, 0.5], [0.0, 0.0, 0.0], [-1.0, 2.0, 3.0]]
CLASSES = [2, 0, 1, 0]
SHARES = [
    [0.2, 0.3, 0.5],
    [0.1, 0.8, 0.1],
    [0.6, 0.2, 0.2],
    [0.3333333333333333, 0.3333333333333333, 0.3333333333333333],
]
LOSSES = {
    "mse_loss": (
        TARGETS,
        {},
        0.7425,
        [
            [0.066667, -0.1, 0.166667],
            [0.083333, -0.033333, -0.166667],
            [-0.333333, 0.05, 0.016667],
            [0.166667, -0.166667, 0.0],
        ],
    ),
    "l1_loss": (
        TARGETS,
        {},
        0.675,
        [
            [0.083333, -0.083333, 0.083333],
            [0.083333, -0.083333, -0.083333],
            [-0.083333, 0.083333, 0.083333],
            [0.083333, -0.083333, 0.0],
        ],
    ),
    "smooth_l1_loss": (
        TARGETS,
        {"beta": 0.5},
        0.470833,
        [
            [0.066667, -0.083333, 0.083333],
            [0.083333, -0.033333, -0.083333],
            [-0.083333, 0.05, 0.016667],
            [0.083333, -0.083333, 0.0],
        ],
    ),
    "huber_loss": (
        TARGETS,
        {"delta": 0.5},
        0.235417,
        [
            [0.033333, -0.041667, 0.041667],
            [0.041667, -0.016667, -0.041667],
            [-0.041667, 0.025, 0.008333],
            [0.041667, -0.041667, 0.0],
        ],
    ),
    "nll_loss": (
        CLASSES,
        {},
        -0.95,
        [[0.0, 0.0, -0.25], [-0.25, 0.0, 0.0], [0.0, -0.25, 0.0], [-0.25, 0.0, 0.0]],
    ),
    "nll_loss ignore": (
        CLASSES,
        {"ignore_index": 0},
        -1.15,
        [[0.0, 0.0, -0.5], [0.0, 0.0, 0.0], [0.0, -0.5, 0.0], [0.0, 0.0, 0.0]],
    ),
    "nll_loss weight": (
        CLASSES,
        {"weight": [1.0, 2.0, 0.5]},
        -0.688889,
        [
            [0.0, 0.0, -0.111111],
            [-0.222222, 0.0, 0.0],
            [0.0, -0.444444, 0.0],
            [-0.222222, 0.0, 0.0],
        ],
    ),
    "cross_entropy": (
        CLASSES,
        {},
        1.092328,
        [
            [0.043823, 0.009778, -0.053601],
            [-0.065969, 0.041063, 0.024906],
            [0.013061, -0.119723, 0.106662],
            [-0.239497, 0.028549, 0.210949],
        ],
    ),
    "cross_entropy weight": (
        CLASSES,
        {"weight": [1.0, 2.0, 0.5]},
        1.08899,
        [
            [0.019477, 0.004346, -0.023823],
            [-0.058639, 0.0365, 0.022139],
            [0.02322, -0.212841, 0.189621],
            [-0.212887, 0.025377, 0.18751],
        ],
    ),
    "cross_entropy smooth": (
        CLASSES,
        {"label_smoothing": 0.1},
        1.146495,
        [
            [0.035489, 0.001445, -0.036934],
            [-0.049302, 0.03273, 0.016573],
            [0.004728, -0.103056, 0.098328],
            [-0.222831, 0.020215, 0.202615],
        ],
    ),
    "cross_entropy smooth weight ignore": (
        CLASSES,
        {"label_smoothing": 0.1, "weight": [1.0, 2.0, 0.5], "ignore_index": 1},
        1.575019,
        [
            [0.026399, -0.017801, -0.008598],
            [-0.073976, 0.040129, 0.033847],
            [0.0, 0.0, 0.0],
            [-0.356249, 0.019773, 0.336477],
        ],
    ),
    "cross_entropy probabilities": (
        SHARES,
        {"weight": [1.0, 2.0, 0.5], "label_smoothing": 0.1},
        2.472647,
        [
            [-0.006808, -0.141286, 0.148094],
            [0.280486, -0.307202, 0.026716],
            [-0.128879, 0.037506, 0.091372],
            [-0.07108, -0.13336, 0.20444],
        ],
    ),
    "binary_cross_entropy_with_logits": (
        SHARES,
        {},
        0.995854,
        [
            [0.035205, -0.002588, 0.031733],
            [0.059798, -0.025, 0.023128],
            [-0.040066, 0.031204, 0.027082],
            [0.013889, 0.033144, 0.051603],
        ],
    ),
    "binary_cross_entropy_with_logits weights": (
        SHARES,
        {"weight": [1.0, 2.0, 0.5], "pos_weight": [3.0, 1.0, 0.5]},
        1.332232,
        [
            [0.02262, -0.005176, 0.017108],
            [0.056757, -0.05, 0.012861],
            [-0.128146, 0.062407, 0.01552],
            [-0.013889, 0.066288, 0.026131],
        ],
    ),
    "binary_cross_entropy": (
        SHARES,
        {},
        0.995854,
        [
            [0.035205, -0.002588, 0.031733],
            [0.059798, -0.025, 0.023128],
            [-0.040066, 0.031204, 0.027082],
            [0.013889, 0.033144, 0.051603],
        ],
    ),
    "kl_div": (
        SHARES,
        {"reduction": "batchmean"},
        -1.207725,
        [
            [-0.05, -0.075, -0.125],
            [-0.025, -0.2, -0.025],
            [-0.15, -0.05, -0.05],
            [-0.083333, -0.083333, -0.083333],
        ],
    ),
    "kl_div log": (
        TARGETS,
        {"reduction": "batchmean", "log_target": True},
        1.59922,
        [
            [-0.276293, -0.16758, -0.67957],
            [-0.67957, -0.305351, -0.41218],
            [-0.25, -0.25, -0.25],
            [-0.09197, -1.847264, -5.021384],
        ],
    ),
}


def arguments(name):
    target, settings, value, gradient = LOSSES[name]
    dtype = torch.int64 if target is CLASSES else torch.float64
    settings = {
        key: torch.tensor(value, dtype=torch.float64) if isinstance(value, list) else value
        for key, value in settings.items()
    }
    function = getattr(F, name.split()[0])

    def call(x, target, **more):
        x = x.sigmoid() if name == "binary_cross_entropy" else x
        return function(x, target, **{**settings, **more})

    return call, torch.tensor(target, dtype=dtype), value, gradient


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients(name):
    call, target, value, gradient = arguments(name)
    x = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
    loss = call(x, target)
    loss.backward()
    assert loss.item() == pytest.approx(value, abs=1.5e-6)
    np.testing.assert_allclose(x.grad.numpy(), gradient, atol=1.5e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_second_gradients(name):
    call, target, _, _ = arguments(name)
    x = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
    if target.is_floating_point():
        target = (target + 0.01).requires_grad_()  # off the corners
        if name == "cross_entropy probabilities":
            target = target.detach()
        assert gradgradcheck(call, (x, target))
    else:
        assert gradgradcheck(lambda x: call(x, target), (x,))


@pytest.mark.parametrize("name", [n for n in LOSSES if "weight" not in n])
def test_the_reductions_agree(name):
    call, target, _, _ = arguments(name)
    x = torch.tensor(SCORES, dtype=torch.float64)
    each, total = call(x, target, reduction="none"), call(x, target, reduction="sum")
    assert each.sum().item() == pytest.approx(total.item())
    if "ignore" not in name and "kl_div" not in name:
        assert each.mean().item() == pytest.approx(call(x, target, reduction="mean").item())


def test_node_names():
    x = torch.zeros(2, 3, requires_grad=True)
    classes = torch.tensor([0, 1])
    assert repr(F.cross_entropy(x, classes)).endswith("grad_fn=<NllLossBackward0>)")
    images = torch.zeros(1, 3, 2, 2, requires_grad=True)
    loss = F.cross_entropy(images, torch.zeros(1, 2, 2, dtype=torch.long))
    assert repr(loss).endswith("grad_fn=<NllLoss2DBackward0>)")
    assert repr(F.mse_loss(x, x.detach())).endswith("grad_fn=<MseLossBackward0>)")
    assert repr(F.l1_loss(x, x.detach())).endswith("grad_fn=<MeanBackward0>)")


def test_classes_of_images_are_those_of_rows():
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.normal(size=(2, 4, 3, 5)))
    classes = torch.from_numpy(rng.integers(0, 4, (2, 3, 5)))
    rows = images.permute(0, 2, 3, 1).reshape(-1, 4)
    assert F.cross_entropy(images, classes).item() == pytest.approx(
        F.cross_entropy(rows, classes.reshape(-1)).item()
    )
    each = F.cross_entropy(images, classes, reduction="none")
    assert each.shape == (2, 3, 5)
    one = F.nll_loss(images[0, :, 0, 0], classes[0, 0, 0])
    assert one.item() == -images[0, classes[0, 0, 0].item(), 0, 0].item()


def test_what_is_ignored_counts_nothing():
    x = torch.tensor([[0.0, -math.inf], [1.0, 2.0]], requires_grad=True)
    loss = F.nll_loss(x, torch.tensor([-100, 1]))
    loss.backward()
    assert loss.item() == -2.0
    assert x.grad.tolist() == [[0.0, 0.0], [0.0, -1.0]]
    nothing = F.nll_loss(torch.zeros(2, 3), torch.tensor([-100, -100]))
    assert math.isnan(nothing.item())
    assert F.nll_loss(torch.zeros(1, 3), torch.tensor([0], dtype=torch.uint8)).item() == 0


def test_certain_mistakes_cost_a_finite_loss():
    assert F.binary_cross_entropy(torch.tensor([0.0]), torch.tensor([1.0])).item() == 100.0
    big = torch.tensor([1e4, -1e4])
    loss = F.binary_cross_entropy_with_logits(big, torch.tensor([0.0, 1.0]))
    assert loss.item() == 1e4


def test_the_old_switches():
    x, y = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 0.0])
    assert F.mse_loss(x, y, reduce=False).tolist() == [1.0, 9.0]
    assert F.mse_loss(x, y, size_average=False).item() == 10.0
    assert torch.nn.MSELoss(size_average=False).reduction == "sum"


LONG = {"dtype": torch.int64}


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.nll_loss(torch.ones(1, 3), torch.tensor([3])), IndexError, "Target 3 is out of"),
        (lambda: F.nll_loss(torch.ones(1, 3), torch.tensor([-1])), IndexError, "Target -1 is out"),
        (
            lambda: F.cross_entropy(torch.ones(1, 3), torch.tensor([0.0])),
            RuntimeError,
            "expected scalar type Long but found Float",
        ),
        (
            lambda: F.cross_entropy(torch.ones(3, 5), torch.tensor([0, 1])),
            ValueError,
            r"Expected input batch_size \(3\) to match target batch_size \(2\)",
        ),
        (
            lambda: F.cross_entropy(torch.ones(3, 5), torch.zeros(3, 1, **LONG)),
            RuntimeError,
            "0D or 1D target tensor expected",
        ),
        (
            lambda: F.cross_entropy(torch.ones(2, 3, 4), torch.zeros(2, 5, **LONG)),
            RuntimeError,
            r"Expected target size \[2, 4\], got \[2, 5\]",
        ),
        (
            lambda: F.nll_loss(torch.ones(1, 3), torch.tensor([0]), torch.ones(2)),
            RuntimeError,
            "either for all 3 classes or no classes",
        ),
        (lambda: F.mse_loss(torch.ones(1), torch.ones(1), reduction="x"), ValueError, "x is not a"),
        (lambda: F.mse_loss(torch.ones(1, **LONG), torch.ones(1, **LONG)), RuntimeError, "mse_cpu"),
        (lambda: F.huber_loss(torch.ones(1), torch.ones(1), delta=0), RuntimeError, "non-positive"),
        (
            lambda: F.smooth_l1_loss(torch.ones(1), torch.ones(1), beta=-1),
            RuntimeError,
            "negative values for beta",
        ),
        (
            lambda: F.binary_cross_entropy(torch.tensor([1.5]), torch.ones(1)),
            RuntimeError,
            "between 0 and 1",
        ),
        (
            lambda: F.binary_cross_entropy(torch.ones(2), torch.ones(1)),
            ValueError,
            "that is different to the input size",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(torch.ones(2), torch.ones(1)),
            ValueError,
            "must be the same as input size",
        ),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_broadcasting_warns():
    with pytest.warns(UserWarning, match="Using a target size"):
        assert F.mse_loss(torch.zeros(2, 2), torch.ones(2, 1)).item() == 1.0
    with (
        pytest.warns(UserWarning, match="Using a target size"),
        pytest.raises(RuntimeError, match="must match the size of tensor b"),
    ):
        F.mse_loss(torch.zeros(2, 3), torch.ones(2, 2))
    with pytest.warns(UserWarning, match="'batchmean' divides only by the batch size"):
        F.kl_div(torch.zeros(1, 2), torch.ones(1, 2))
