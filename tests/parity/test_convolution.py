"""Convolution and padding modules against PyTorch's, and the words of their errors.

May import: everything.
"""

import numpy as np
import pytest

from tests.parity.modules_side_by_side import check_module
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")


def drawn(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


MODULES = {
    "conv1d": (lambda nn: nn.Conv1d(4, 6, 3, 2, 1), (2, 4, 9)),
    "conv1d same": (lambda nn: nn.Conv1d(4, 6, 4, padding="same", dilation=3), (2, 4, 9)),
    "conv2d": (lambda nn: nn.Conv2d(4, 6, 3, padding=1), (2, 4, 9, 8)),
    "conv2d alone": (lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), 1), (4, 9, 8)),
    "conv2d groups": (lambda nn: nn.Conv2d(4, 8, 3, 1, 2, 2, 4, False), (2, 4, 9, 8)),
    "conv2d reflect": (lambda nn: nn.Conv2d(4, 2, 5, 1, 2, 1, 2, True, "reflect"), (2, 4, 9, 8)),
    "conv2d circular": (
        lambda nn: nn.Conv2d(4, 2, (3, 4), padding="same", padding_mode="circular"),
        (2, 4, 9, 8),
    ),
    "conv3d": (lambda nn: nn.Conv3d(2, 3, (3, 1, 2), padding=(1, 0, 1)), (1, 2, 4, 5, 6)),
    "transpose1d": (lambda nn: nn.ConvTranspose1d(4, 6, 3, 3, 1, 2), (2, 4, 9)),
    "transpose2d": (lambda nn: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, True, 2), (2, 4, 5, 6)),
    "transpose3d": (lambda nn: nn.ConvTranspose3d(2, 3, 2, 2), (1, 2, 3, 2, 3)),
    "constant": (lambda nn: nn.ConstantPad2d((1, 2, 0, -1), 3.5), (2, 4, 5)),
    "zero": (lambda nn: nn.ZeroPad3d(1), (1, 2, 3, 4)),
    "reflection": (lambda nn: nn.ReflectionPad2d((1, 2, 3, 0)), (1, 2, 4, 5)),
    "replication": (lambda nn: nn.ReplicationPad3d((1, 2, 3, 0, -1, 1)), (1, 2, 4, 5, 3)),
    "circular": (lambda nn: nn.CircularPad1d((3, -1)), (2, 4)),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, shape = MODULES[name]
    check_module(torch, make, drawn(*shape), rtol=2e-4, atol=2e-5)


BEFORE = """
F = t.nn.functional
def o(*shape):
    return t.ones(*shape)
"""
PROGRAMS = """
F.conv2d(o(1, 3, 8, 8), o(4, 2, 3, 3))

F.conv2d(o(3, 8), o(4, 3, 3, 3))

F.conv1d(o(3, 8, 8), o(4, 3, 3, 3))

F.conv2d(o(1, 4, 8, 8), o(6, 1, 3, 3), groups=4)

F.conv2d(o(1, 4, 8, 8), o(6, 4, 3, 3), stride=0)

F.conv2d(o(1, 4, 8, 8), o(6, 4, 9, 3), padding=(0, 1), dilation=2)

F.conv2d(o(1, 4, 8, 8), o(6, 4, 3, 3), o(5))

F.conv2d(o(1, 4, 8, 8), o(6, 4, 3, 3), padding="same", stride=2)

F.conv2d(o(1, 4, 8, 8).double(), o(6, 4, 3, 3))

F.conv_transpose2d(o(1, 4, 8, 8), o(4, 6, 3, 3), output_padding=1)

F.conv_transpose2d(o(1, 4, 8, 8), o(3, 6, 3, 3))

F.conv_transpose2d(o(1, 4, 2, 2), o(4, 6, 1, 1), padding=2)

F.pad(o(1, 2, 3), (3, 1), "reflect")

F.pad(o(1, 2, 3), (4, 1), "circular")

F.pad(o(3), (1, 1), "replicate")

F.pad(o(1, 2, 3), (1, 1), "mirror")

F.pad(o(1, 2, 3), (1,))

t.nn.Conv2d(3, 6, 3, groups=2)

t.nn.Conv2d(4, 6, 3, padding="full")

r = t.nn.Conv2d(4, 6, 3)(o(1, 4, 3, 3)).grad_fn

r = F.pad(t.ones(1, 3, requires_grad=True), (1, 1), "reflect").sum(0)

r = F.pad(t.ones(1, 3, 3, requires_grad=True), (1, 1, 1, 1), "replicate").sum(0).grad_fn
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_errors_and_nodes(program):
    check(torch, program.replace(".grad_fn", ".grad_fn.name()"), BEFORE)


BLOCKS = {
    "unfold": (lambda nn: nn.Unfold((2, 3), 2, 1, (1, 2)), (2, 3, 7, 6)),
    "fold": (lambda nn: nn.Fold((5, 6), (2, 3), 1, 0, (1, 3)), (2, 12, 8)),
    "pixel shuffle": (lambda nn: nn.PixelShuffle(2), (2, 8, 3, 2)),
    "pixel unshuffle": (lambda nn: nn.PixelUnshuffle(3), (2, 2, 6, 3)),
    "channel shuffle": (lambda nn: nn.ChannelShuffle(3), (2, 6, 3)),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_and_shuffles(name):
    make, shape = BLOCKS[name]
    check_module(torch, make, drawn(*shape))
