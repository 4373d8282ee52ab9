"""Windows, the short-time Fourier transform, the vector product and the number of threads."""

import numpy as np
import pytest

import rushlight as torch
from tests.helpers import check_gradient


def test_windows_are_the_formula():
    n = np.arange(10)
    expected = 0.54 - 0.46 * np.cos(2 * np.pi * n / 10)
    assert np.allclose(torch.hamming_window(10, dtype=torch.float64), expected, atol=1e-15)
    closed = 0.5 - 0.5 * np.cos(2 * np.pi * n / 9)
    assert np.allclose(torch.hann_window(10, False, dtype=torch.float64), closed, atol=1e-15)
    assert torch.hamming_window(0).shape == (0,) and torch.hamming_window(1).tolist() == [1.0]


@pytest.mark.parametrize("center", [True, False])
def test_stft_is_the_transform_of_each_frame(center):
    signal = np.random.default_rng(0).standard_normal(50)
    window = np.random.default_rng(1).random(16)
    found = torch.stft(
        torch.tensor(signal), 16, 5, window=torch.tensor(window), center=center,
        return_complex=True,
    )  # fmt: skip
    padded = np.pad(signal, 8, mode="reflect") if center else signal
    starts = range(0, len(padded) - 15, 5)
    expected = np.stack([np.fft.rfft(padded[s : s + 16] * window) for s in starts], axis=1)
    assert np.allclose(found, expected, atol=1e-12)


def test_stft_refuses_what_pytorch_refuses():
    with pytest.raises(RuntimeError, match="stft requires the return_complex parameter"):
        torch.stft(torch.ones(16), 8)
    with pytest.raises(RuntimeError, match="expected 0 < n_fft"):
        torch.stft(torch.ones(4), 8, center=False, return_complex=True)


@pytest.mark.parametrize("onesided", [True, False])
def test_gradients_of_stft(onesided):
    def power(x):
        found = torch.stft(x, 6, 2, return_complex=True, onesided=onesided)
        return torch.view_as_real(found).pow(2)

    check_gradient(power, torch.randn(11, dtype=torch.float64))


def test_cross():
    a, b = np.random.default_rng(2).standard_normal((2, 4, 3))
    found = torch.cross(torch.tensor(a), torch.tensor(b), dim=1)
    assert np.allclose(found, np.cross(a, b))
    check_gradient(lambda x, y: torch.cross(x, y, -1), torch.tensor(a), torch.tensor(b[:1]))
    with pytest.raises(RuntimeError, match="must have length 3"):
        torch.cross(torch.ones(2), torch.ones(2), dim=0)


def test_the_number_of_threads_is_kept_and_the_same_product_comes_out():
    before = torch.get_num_threads()
    a = torch.randn(64, 64)
    try:
        torch.set_num_threads(1)
        one = a @ a
        assert torch.get_num_threads() == 1
        torch.set_num_threads(2)
        assert torch.allclose(one, a @ a, rtol=1e-5, atol=1e-5)
    finally:
        torch.set_num_threads(before)
    with pytest.raises(RuntimeError, match="positive"):
        torch.set_num_threads(0)
