"""Fourier transforms against NumPy; gradients of first and second order; what is refused.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck

F = torch.fft
NORMS = [None, "backward", "ortho", "forward"]
LINES = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
PLANES = ["fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "rfft2", "irfft2"]


def signal(name, *shape):
    draw = np.random.default_rng(sum(shape))
    real = draw.standard_normal(shape)
    return real if name[0] == "r" or name[:2] == "ih" else real + 1j * draw.standard_normal(shape)


def close(found, expected):
    found = found.detach().numpy()
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("n", [None, 3, 4, 7, 8])
@pytest.mark.parametrize("name", LINES)
def test_one_dim_as_numpy(name, n, norm):
    x = signal(name, 2, 5, 3)
    found = getattr(F, name)(torch.tensor(x), n, 1, norm)
    close(found, getattr(np.fft, name)(x, n, 1, norm))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("s", "dim"), [(None, (0, 2)), ((3, 6), (2, 1)), ((4, 5), (0, 1))])
@pytest.mark.parametrize("name", PLANES)
def test_several_dims_as_numpy(name, s, dim, norm):
    x = signal(name, 3, 5, 4)
    found = getattr(F, name)(torch.tensor(x), s, dim, norm)
    close(found, getattr(np.fft, name)(x, s, dim, norm))


@pytest.mark.parametrize("norm", NORMS)
def test_hermitian_transforms_of_several_dims(norm):
    x = signal("fft", 3, 4)
    found = F.hfftn(torch.tensor(x), norm=norm)
    expected = np.fft.hfft(np.fft.fft(x, axis=0, norm=norm), axis=1, norm=norm)
    close(found, expected)
    back = F.ihfftn(found, norm=norm)
    close(F.hfftn(back, norm=norm), expected)
    close(F.hfft2(torch.tensor(x), norm=norm), expected)
    close(F.ihfft2(found, norm=norm), back.numpy())


@pytest.mark.parametrize(("n", "norm"), [(4, "ortho"), (5, "backward")])
@pytest.mark.parametrize("name", [*LINES, *PLANES, "hfftn", "ihfftn"])
def test_gradients(name, n, norm):
    x = torch.tensor(signal(name, 3, 4), requires_grad=True)
    function = getattr(F, name)
    where = {"s": (2, n)} if name[-1] in "n2" else {"n": n}
    assert gradcheck(lambda x: function(x, norm=norm, **where), (x,))
    assert gradgradcheck(lambda x: function(x * x, **where), (x,))


def test_gradients_of_real_input_are_real():
    x = torch.tensor(signal("rfft", 5), requires_grad=True)
    assert gradcheck(F.fft, (x,)) and gradcheck(F.ifft, (x,)) and gradcheck(F.irfft, (x,))


@pytest.mark.parametrize("shape", [(1 << 16,), (260, 270)])
def test_large_arrays(shape):
    x = signal("fft", *shape)
    close(F.fftn(torch.tensor(x)), np.fft.fftn(x))
    close(F.ifft(torch.tensor(x), norm="ortho"), np.fft.ifft(x, norm="ortho"))
    close(F.rfft(torch.tensor(x.real)), np.fft.rfft(x.real))
    close(F.fft(torch.tensor(x.real)), np.fft.fft(x.real))
    close(F.irfftn(torch.tensor(x)), np.fft.irfftn(x))
    assert F.fft(torch.tensor(x.real).float()).dtype is torch.complex64


def test_dtypes():
    x = torch.ones(4)
    assert F.fft(x).dtype is F.rfft(x).dtype is torch.complex64
    assert F.irfft(x).dtype is F.hfft(x).dtype is torch.float32
    assert F.fft(torch.arange(4)).dtype is torch.complex64
    assert F.fft(x.double()).dtype is torch.complex128
    assert F.fft(torch.tensor(signal("fft", 3)).to(torch.complex64)).dtype is torch.complex64


def test_frequencies_and_shifts():
    for n in (0, 1, 4, 5):
        if n:
            close(F.fftfreq(n, 0.5, dtype=torch.float64), np.fft.fftfreq(n, 0.5))
            close(F.rfftfreq(n, 0.5, dtype=torch.float64), np.fft.rfftfreq(n, 0.5))
        x = np.arange(n * 3.0).reshape(n, 3)
        for dim in (None, 0, (0, 1), -1):
            close(F.fftshift(torch.tensor(x), dim), np.fft.fftshift(x, dim))
            close(F.ifftshift(torch.tensor(x), dim), np.fft.ifftshift(x, dim))


def test_out():
    out = torch.empty(3, dtype=torch.complex64)
    assert F.fft(torch.ones(3), out=out) is out and out[0].item() == 3
    with pytest.raises(RuntimeError, match="expects a complex output tensor, but got Float"):
        F.fft(torch.ones(3), out=torch.empty(3))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda x: F.fft(x, 0), RuntimeError, r"Invalid number of data points \(0\) specified"),
        (lambda x: F.irfft(x[:, :1]), RuntimeError, r"Invalid number of data points \(0\)"),
        (lambda x: F.fft(x, norm="x"), RuntimeError, 'Invalid normalization mode: "x"'),
        (lambda x: F.fft(x, dim=2), IndexError, "Dimension out of range"),
        (lambda x: F.fft(x[0, 0]), IndexError, "Dimension specified as -1 but tensor has no dim"),
        (lambda x: F.fft(x, 2.5), TypeError, "argument 'n' must be int, not float"),
        (lambda x: F.fft([1.0]), TypeError, r"fft_fft\(\): argument 'input'"),
        (lambda x: F.fft(x.half()), RuntimeError, "Unsupported dtype Half"),
        (lambda x: F.fft(x.bfloat16()), RuntimeError, "Unsupported dtype BFloat16"),
        (lambda x: F.rfft(x + 0j), RuntimeError, "rfft expects a real input tensor, but got Comp"),
        (lambda x: F.ihfft(x + 0j), RuntimeError, "ihfft expects a real input tensor"),
        (lambda x: F.rfftn(x + 0j), RuntimeError, "rfftn expects a real-valued input tensor"),
        (lambda x: F.fft2(x, s=(3,)), RuntimeError, "dim and shape arguments must have the same"),
        (lambda x: F.fftn(x, dim=(0, 0)), RuntimeError, "FFT dims must be unique"),
        (lambda x: F.fftn(x, s=(1, 2, 3)), RuntimeError, "Got shape with 3 values but input"),
        (lambda x: F.rfftn(x, dim=()), RuntimeError, "rfftn must transform at least one axis"),
        (lambda x: F.fftfreq(4, dtype=torch.int), RuntimeError, "requires a floating point or"),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call(torch.ones(2, 3))
