"""Sliding blocks, pixel and channel shuffles: what stands where, gradients, errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck

F = torch.nn.functional
SETTINGS = [
    {"kernel_size": 2},
    {"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 0)},
    {"kernel_size": (3, 1), "dilation": (2, 1), "padding": (2, 1), "stride": 2},
    {"kernel_size": 1},
]


def drawn(*shape, **kwargs):
    return torch.tensor(np.random.default_rng(sum(shape)).standard_normal(shape), **kwargs)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_blocks_make_a_convolution_a_product(settings):
    x = drawn(2, 3, 6, 5)
    kernel = settings["kernel_size"]
    rest = {name: value for name, value in settings.items() if name != "kernel_size"}
    w = drawn(4, 3, *(kernel if isinstance(kernel, tuple) else (kernel, kernel)))
    result = F.conv2d(x, w, **rest)
    product = w.flatten(1) @ F.unfold(x, **settings)
    np.testing.assert_allclose(product.numpy(), result.flatten(2).numpy(), rtol=1e-10, atol=1e-12)
    assert torch.equal(F.unfold(x[0], **settings), F.unfold(x, **settings)[0])


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_fold_is_the_transpose(settings):
    x = drawn(2, 3, 6, 5)
    blocks = F.unfold(x, **settings)
    other = drawn(*blocks.shape)
    back = F.fold(other, (6, 5), **settings)
    assert back.shape == x.shape
    assert (blocks * other).sum().item() == pytest.approx((x * back).sum().item(), rel=1e-9)
    assert torch.equal(F.fold(other[1], (6, 5), **settings), back[1])


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_gradients(settings):
    x = drawn(1, 2, 4, 5, requires_grad=True)
    assert gradcheck(lambda x: F.unfold(x, **settings), x)
    assert gradgradcheck(lambda x: F.unfold(x, **settings), x)
    blocks = drawn(*F.unfold(x, **settings).shape, requires_grad=True)
    assert gradcheck(lambda b: F.fold(b, (4, 5), **settings), blocks)
    assert gradgradcheck(lambda b: F.fold(b, (4, 5), **settings), blocks)


def test_blocks_do_not_share_memory():
    x = torch.zeros(1, 1, 2, 2)
    blocks = F.unfold(x, 1)
    blocks += 1
    assert x.sum() == 0
    folded = F.fold(blocks, (2, 2), 1)
    folded += 1
    assert blocks.sum() == 4


def test_dtypes():
    x = torch.ones(1, 1, 3, 3)
    assert F.unfold(x.bool(), 2).all()
    assert F.fold(F.unfold(x.bool(), 2), 3, 2).dtype is torch.bool
    half = F.fold(F.unfold(x.half(), 2), 3, 2)
    assert half.dtype is torch.float16 and half[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert F.unfold(torch.zeros(0, 3, 4, 4), 2).shape == (0, 12, 9)


def test_pixel_shuffle():
    x = drawn(2, 12, 3, 5)
    shuffled = F.pixel_shuffle(x, 2)
    assert shuffled.shape == (2, 3, 6, 10)
    for c, i, j in np.ndindex(3, 2, 2):
        assert torch.equal(shuffled[:, c, i::2, j::2], x[:, c * 4 + i * 2 + j])
    assert torch.equal(F.pixel_unshuffle(shuffled, 2), x)
    assert torch.equal(F.pixel_shuffle(x[0], 2), shuffled[0])
    assert F.pixel_shuffle(torch.zeros(0, 8, 2, 2), 2).shape == (0, 2, 4, 4)
    assert F.pixel_unshuffle(torch.zeros(1, 0, 2, 2), 2).shape == (1, 0, 1, 1)
    y = drawn(1, 4, 2, 2, requires_grad=True)
    for function in (F.pixel_shuffle, F.pixel_unshuffle):
        assert gradcheck(lambda x, f=function: f(x, 2), y)
        assert gradgradcheck(lambda x, f=function: f(x, 2), y)


def test_channel_shuffle():
    x = drawn(2, 6, 3, requires_grad=True)
    shuffled = F.channel_shuffle(x, 2)
    assert torch.equal(shuffled, x[:, [0, 3, 1, 4, 2, 5]])
    assert torch.equal(torch.native_channel_shuffle(shuffled, 3), x)
    assert gradcheck(lambda x: F.channel_shuffle(x, 3), x)
    assert gradgradcheck(lambda x: F.channel_shuffle(x, 3), x)


def test_modules():
    x = drawn(1, 4, 6, 6)
    blocks = torch.nn.Unfold(2, stride=2)(x)
    assert torch.equal(blocks, F.unfold(x, 2, stride=2))
    assert torch.equal(torch.nn.Fold(6, 2, stride=2)(blocks), x)
    assert torch.equal(torch.nn.PixelUnshuffle(2)(torch.nn.PixelShuffle(2)(x)), x)
    assert torch.equal(torch.nn.ChannelShuffle(2)(x), F.channel_shuffle(x, 2))
    assert repr(torch.nn.Unfold((2, 3), 1, (0, 1), 2)) == (
        "Unfold(kernel_size=(2, 3), dilation=1, padding=(0, 1), stride=2)"
    )


ERRORS = [
    (lambda x: F.unfold(x[0, 0], 2), RuntimeError, "Expected 3D or 4D"),
    (lambda x: F.unfold(x, 9), RuntimeError, r"sliding blocks as \(0, 0\)"),
    (lambda x: F.unfold(x, 0), RuntimeError, "kernel size should be greater than zero"),
    (lambda x: F.unfold(x, 2, stride=0), RuntimeError, "stride should be greater than zero"),
    (lambda x: F.unfold(x, 2, padding=-1), RuntimeError, "padding should be non-negative"),
    (lambda x: F.unfold(x, 2, dilation=0), RuntimeError, "dilation should be greater than zero"),
    (lambda x: F.unfold(x, (2,)), RuntimeError, "expected kernel_size equals to 2, but got size 1"),
    (lambda x: F.unfold(x, 2.5), TypeError, "found element of type float at pos 0"),
    (lambda x: F.unfold(x.long(), 2), NotImplementedError, "not implemented for 'Long'"),
    (lambda x: F.fold(x, 8, 2), RuntimeError, "Expected 2D or 3D"),
    (lambda x: F.fold(x[0], 8, 2), RuntimeError, "calculated number of sliding blocks 7 \\* 7"),
    (lambda x: F.fold(x[0], 8, 3), RuntimeError, "divisible by the product of kernel_size"),
    (lambda x: F.fold(x[0], (8, 8, 1), 2), RuntimeError, "expected output_size equals to 2"),
    (lambda x: F.fold(x[0].long(), 8, 2), NotImplementedError, "not implemented for 'Long'"),
    (lambda x: F.pixel_shuffle(x, 3), RuntimeError, r"size\(-3\)=8 is not divisible by 9"),
    (lambda x: F.pixel_shuffle(x, 0), RuntimeError, "positive upscale_factor, but got 0"),
    (lambda x: F.pixel_shuffle(x, 2.0), TypeError, "must be int, not float"),
    (lambda x: F.pixel_shuffle(x[0, 0], 2), RuntimeError, "at least 3 dimensions"),
    (lambda x: F.pixel_unshuffle(x, 3), RuntimeError, "expects height to be divisible"),
    (lambda x: F.channel_shuffle(x, 3), RuntimeError, "must be divisible by groups"),
    (lambda x: F.channel_shuffle(x, 0), RuntimeError, "must be positive"),
    (lambda x: F.channel_shuffle(x[0, 0], 2), RuntimeError, "> 2 dims"),
]


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call(torch.ones(1, 8, 8, 8))
