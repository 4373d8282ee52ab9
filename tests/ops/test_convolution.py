"""Convolutions against their definition, their gradients of both orders, and their errors.

May import: everything.
"""

import itertools

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck
from rushlight.kernels import windows

F = torch.nn.functional
CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def drawn(*shape, seed=0, **kwargs):
    values = np.random.default_rng(seed + sum(shape)).standard_normal(shape)
    return torch.tensor(values, **kwargs)


def by_definition(x, w, b, stride, padding, dilation, groups):
    """The sum over every place of the kernel, for every output element on its own."""
    x = np.pad(x, [(0, 0), (0, 0), *[(p, p) for p in padding]])
    kernel = w.shape[2:]
    count = [
        (size - d * (k - 1) - 1) // s + 1
        for size, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
    ]
    out = np.zeros((len(x), len(w), *count))
    for n, o in np.ndindex(out.shape[:2]):
        first = o // (len(w) // groups) * w.shape[1]
        for place in np.ndindex(*count):
            window = tuple(
                slice(p * s, p * s + d * (k - 1) + 1, d)
                for p, s, d, k in zip(place, stride, dilation, kernel, strict=True)
            )
            seen = x[(n, slice(first, first + w.shape[1]), *window)]
            out[(n, o, *place)] = (seen * w[o]).sum() + (0 if b is None else b[o])
    return out


# sizes, kernel, stride, padding, dilation, groups, channels a group in and out
CASES = [
    ((7,), (3,), (1,), (0,), (1,), 1, 2, 3),
    ((9,), (2,), (3,), (2,), (2,), 3, 1, 2),
    ((5, 6), (3, 2), (1, 1), (0, 0), (1, 1), 1, 2, 2),
    ((6, 5), (3, 3), (2, 1), (1, 2), (1, 2), 2, 2, 1),
    ((5, 4), (1, 1), (1, 1), (0, 0), (1, 1), 1, 3, 2),
    ((6, 6), (2, 3), (3, 2), (0, 1), (2, 1), 2, 1, 1),
    ((4, 3, 4), (2, 2, 3), (1, 2, 1), (1, 0, 1), (1, 1, 1), 1, 2, 2),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("with_bias", [False, True])
def test_the_definition_and_both_gradients(case, with_bias):
    sizes, kernel, stride, padding, dilation, groups, channels, features = case
    x = drawn(2, channels * groups, *sizes, requires_grad=True)
    w = drawn(features * groups, channels, *kernel, requires_grad=True)
    b = drawn(features * groups, requires_grad=True) if with_bias else None
    settings = (stride, padding, dilation, groups)
    function = CONVOLUTIONS[len(sizes)]
    arrays = [None if t is None else t.numpy(force=True) for t in (x, w, b)]
    expected = by_definition(*arrays, *settings)
    result = function(x, w, b, *settings)
    np.testing.assert_allclose(result.numpy(force=True), expected, rtol=1e-12, atol=1e-12)
    inputs = (x, w, b) if with_bias else (x, w)
    assert gradcheck(lambda x, w, b=None: function(x, w, b, *settings), inputs)
    assert gradgradcheck(lambda x, w, b=None: function(x, w, b, *settings), inputs)


@pytest.mark.parametrize("case", CASES)
def test_transposed_is_the_transpose(case):
    """<conv(x, w), y> = <x, conv_transpose(y, w)> for all x and y, whatever the steps."""
    sizes, kernel, stride, padding, dilation, groups, channels, features = case
    x = drawn(2, channels * groups, *sizes)
    w = drawn(features * groups, channels, *kernel)
    y = CONVOLUTIONS[len(sizes)](x, w, None, stride, padding, dilation, groups)
    other = drawn(*y.shape, seed=5)
    least = [
        (n - 1) * s - 2 * p + d * (k - 1) + 1
        for n, s, p, d, k in zip(y.shape[2:], stride, padding, dilation, kernel, strict=True)
    ]
    extra = tuple(size - low for size, low in zip(sizes, least, strict=True))
    back = TRANSPOSED[len(sizes)](other, w, None, stride, padding, extra, groups, dilation)
    assert back.shape == x.shape
    assert (y * other).sum().item() == pytest.approx((x * back).sum().item(), rel=1e-10)


@pytest.mark.parametrize(
    ("stride", "padding", "extra", "groups", "dilation"),
    [(1, 0, 0, 1, 1), (2, 1, 1, 2, 1), (1, 2, 2, 1, 3), (3, 0, 2, 2, 2)],
)
def test_transposed_gradients(stride, padding, extra, groups, dilation):
    x = drawn(2, 4, 3, 4, requires_grad=True)
    w = drawn(4, 3, 2, 3, requires_grad=True)
    b = drawn(3 * groups, requires_grad=True)

    def function(x, w, b):
        return F.conv_transpose2d(x, w, b, stride, padding, extra, groups, dilation)

    assert gradcheck(function, (x, w, b))
    assert gradgradcheck(function, (x, w, b))


@pytest.mark.parametrize("block", [1, 300, 3000])
def test_blocks_change_nothing(block, monkeypatch):
    x, w = drawn(3, 4, 9, 8), drawn(6, 2, 3, 3)
    b, g = drawn(6), drawn(3, 6, 5, 8)

    def all_three():
        a, c = x.clone().requires_grad_(), w.clone().requires_grad_()
        y = F.conv2d(a, c, b, (2, 1), 1, 1, 2)
        y.backward(g)
        return [y.numpy(force=True), a.grad.numpy(), c.grad.numpy()]

    whole = all_three()
    monkeypatch.setattr(windows, "BLOCK_BYTES", block)
    for a, c in zip(whole, all_three(), strict=True):
        np.testing.assert_allclose(c, a, rtol=1e-12, atol=1e-12)


def test_without_batch():
    x, w, b = drawn(2, 5, 6), drawn(3, 2, 3, 3), drawn(3)
    one = F.conv2d(x, w, b, padding=1)
    assert one.shape == (3, 5, 6)
    np.testing.assert_array_equal(one.numpy(), F.conv2d(x.unsqueeze(0), w, b, padding=1)[0].numpy())
    assert F.conv_transpose1d(drawn(2, 4), drawn(2, 3, 2)).shape == (3, 5)


def test_same_and_valid():
    x = drawn(1, 2, 7, 6)
    for kernel, dilation in itertools.product([(3, 3), (2, 4)], [1, 2]):
        w = drawn(3, 2, *kernel)
        same = F.conv2d(x, w, padding="same", dilation=dilation)
        assert same.shape == (1, 3, 7, 6)
        total = [dilation * (k - 1) for k in kernel]
        edges = [(t // 2, t - t // 2) for t in total]
        around = np.pad(x.numpy(), [(0, 0), (0, 0), *edges])
        expected = by_definition(around, w.numpy(), None, (1, 1), (0, 0), (dilation,) * 2, 1)
        np.testing.assert_allclose(same.numpy(), expected, rtol=1e-12, atol=1e-12)
    w = drawn(3, 2, 3, 3)
    np.testing.assert_array_equal(
        F.conv2d(x, w, padding="valid", stride=2).numpy(), F.conv2d(x, w, stride=2).numpy()
    )


def test_views_and_strides_of_the_input_do_not_matter():
    x, w = drawn(6, 5, 2, 4), drawn(3, 2, 2, 3)
    turned = x.permute(3, 2, 1, 0)[::2, :, ::2]
    expected = F.conv2d(turned.contiguous(), w)
    np.testing.assert_allclose(F.conv2d(turned, w).numpy(), expected.numpy(), rtol=1e-12)
    flipped = w.transpose(2, 3)
    np.testing.assert_allclose(
        F.conv2d(x.permute(0, 2, 1, 3), flipped).numpy(),
        F.conv2d(x.permute(0, 2, 1, 3), flipped.contiguous()).numpy(),
        rtol=1e-12,
    )


def test_dtypes():
    x, w = torch.ones(1, 2, 3), torch.ones(4, 2, 2)
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.int64, torch.uint8):
        y = F.conv1d(x.to(dtype), w.to(dtype))
        assert y.dtype is dtype and y.float().unique().tolist() == [4.0]
    # halves add up in float32: 4096 + 1 in float16 would stay 4096
    long = torch.ones(1, 1, 4097, dtype=torch.float16)
    assert F.conv1d(long, long).item() == 4096.0
    assert F.conv1d(long, long, torch.ones(1, dtype=torch.float16) * 4).item() == 4100.0


def test_complex():
    x = torch.complex(drawn(1, 2, 5), drawn(1, 2, 5, seed=1)).requires_grad_()
    w = torch.complex(drawn(3, 2, 2), drawn(3, 2, 2, seed=1)).requires_grad_()
    parts = [[F.conv1d(a, b).numpy(force=True) for b in (w.real, w.imag)] for a in (x.real, x.imag)]
    expected = parts[0][0] - parts[1][1] + 1j * (parts[0][1] + parts[1][0])
    np.testing.assert_allclose(F.conv1d(x, w).numpy(force=True), expected, rtol=1e-12)
    assert gradcheck(F.conv1d, (x, w))


def test_no_images_and_no_channels():
    w = drawn(3, 2, 3, 3).requires_grad_()
    y = F.conv2d(torch.zeros(0, 2, 5, 5, dtype=torch.float64), w)
    assert y.shape == (0, 3, 3, 3)
    y.sum().backward()
    assert w.grad.shape == w.shape and w.grad.eq(0).all()
    assert F.conv_transpose2d(torch.zeros(0, 3, 5, 5), torch.zeros(3, 2, 3, 3)).shape == (
        0,
        2,
        7,
        7,
    )


def test_conv_tbc():
    x, w, b = drawn(6, 2, 3), drawn(2, 3, 4), drawn(4)
    expected = F.conv1d(x.permute(1, 2, 0), w.permute(2, 1, 0), b, padding=1).permute(2, 0, 1)
    np.testing.assert_array_equal(torch.conv_tbc(x, w, b, 1).numpy(), expected.numpy())


def test_the_op_itself():
    x, w = drawn(1, 2, 5), drawn(2, 3, 2)
    y = torch.convolution(x, w, None, [2], [1], [1], True, [1], 1)
    np.testing.assert_array_equal(y.numpy(), F.conv_transpose1d(x, w, None, 2, 1, 1).numpy())
    x.requires_grad_()
    assert type(F.conv1d(x, w.transpose(0, 1)).grad_fn).__name__ == "ConvolutionBackward0"


ERRORS = [
    (lambda r: F.conv2d(r(1, 3, 8, 8), r(4, 2, 3, 3)), RuntimeError,
     r"Given groups=1, weight of size \[4, 2, 3, 3\], expected input\[1, 3, 8, 8\] to have 2 "
     "channels, but got 3 channels instead"),
    (lambda r: F.conv2d(r(3, 8), r(4, 3, 3, 3)), RuntimeError, r"Expected 3D \(unbatched\) or 4D"),
    (lambda r: F.conv1d(r(3, 8, 8), r(4, 3, 3, 3)), RuntimeError, "Expected 4-dimensional input"),
    (lambda r: F.conv1d(r(3, 8, 8), r(4, 3, 3, 3), padding="same"), RuntimeError,
     "Expected 4-dimensional input"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 1, 3), groups=4), RuntimeError,
     "expected weight to be divisible by 4"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), groups=0), RuntimeError, "non-positive groups"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), groups=1.0), TypeError, "'groups' must be int"),
    (lambda r: F.conv1d(r(1, 4, 8), r(0, 4, 3)), RuntimeError, "expected weight to be at least 1"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), stride=0), RuntimeError, "non-positive stride"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), padding=-1), RuntimeError, "negative padding"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), dilation=0), RuntimeError, "dilation should be"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 9)), RuntimeError,
     r"Calculated padded input size per channel: \(8\). Kernel size: \(9\)"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 0)), RuntimeError, "kernel size should be greater"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), r(5)), RuntimeError,
     "expected bias to be 1-dimensional with 6 elements"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), padding="same", stride=2), RuntimeError,
     "padding='same' is not supported for strided"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), padding="all"), RuntimeError, "Invalid padding"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), stride=(1, 2)), RuntimeError,
     "expected stride to be a single integer value or a list of 1 values"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), stride=1.5), TypeError, "'stride' must be tuple"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3).double()), RuntimeError,
     "expected scalar type Float but found Double"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6, 4, 3), r(6).double()), RuntimeError,
     r"Input type \(float\) and bias type \(double\) should be the same"),
    (lambda r: F.conv1d(r(1, 4, 8).bool(), r(6, 4, 3).bool()), NotImplementedError, "'Bool'"),
    (lambda r: F.conv1d(r(1, 4, 8), r(6)), RuntimeError, "at least three dimensions"),
    (lambda r: F.conv1d(3, r(6, 4, 3)), TypeError, "must be Tensor, not int"),
    (lambda r: F.conv1d(r(1, 4, 8), 3), TypeError, "'weight' .* must be Tensor, not int"),
    (lambda r: F.conv2d(r(1, 4, 0, 8), r(6, 4, 1, 1), padding=1), RuntimeError,
     "Only zero batch or zero channel inputs"),
    (lambda r: F.conv_transpose1d(r(1, 4, 8), r(4, 6, 3), output_padding=1), RuntimeError,
     "output padding must be smaller than either stride or dilation"),
    (lambda r: F.conv_transpose1d(r(1, 4, 8), r(4, 6, 3), output_padding=-1), RuntimeError,
     "negative output_padding"),
    (lambda r: F.conv_transpose1d(r(1, 4, 8), r(3, 6, 3)), RuntimeError,
     r"Given transposed=1, weight of size \[3, 6, 3\], expected input\[1, 4, 8\] to have 3"),
    (lambda r: F.conv_transpose1d(r(1, 4, 2), r(4, 6, 1), padding=1), RuntimeError,
     "Output size is too small"),
    (lambda r: F.conv_transpose1d(r(1, 4, 2), r(4, 6, 1), padding="same"), TypeError,
     "'padding' must be tuple of ints, not str"),
    (lambda r: torch.convolution(r(1, 1, 1, 1, 1, 1), r(1, 1, 1, 1, 1, 1), None, 1, 0, 1, False,
                                 0, 1), RuntimeError, "unsupported ConvNd parameters"),
    (lambda r: torch.conv_tbc(r(2, 2), r(2, 2, 2), r(2)), RuntimeError, "Input must have 3 dims"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call(torch.ones)
