"""Windows, the short-time Fourier transform, the vector product and the number of threads."""

import numpy as np
import pytest

import rushlight as torch
from rushlight.core import optional, threads
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


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("center", [False, True])
def test_istft_undoes_stft(center, normalized):
    signal = torch.randn(2, 48, dtype=torch.float64)
    window = torch.hamming_window(10, dtype=torch.float64)
    shared = {"n_fft": 12, "hop_length": 4, "win_length": 10, "window": window, "center": center}
    if not center:  # the first sample lies under a window of its own
        shared.update(win_length=12, window=torch.hamming_window(12, dtype=torch.float64))
    spectrum = torch.stft(signal, return_complex=True, normalized=normalized, **shared)
    found = torch.istft(spectrum, normalized=normalized, **shared)
    assert found.shape[1] >= 44
    assert torch.allclose(found, signal[:, : found.shape[1]])
    short = torch.istft(spectrum[0], normalized=normalized, length=20, **shared)
    assert short.shape == (20,) and torch.allclose(short, signal[0, :20])


def test_istft_of_a_complex_signal():
    signal = torch.randn(2, 32, dtype=torch.float64)
    signal = torch.complex(signal[0], signal[1])
    window = torch.hann_window(8, dtype=torch.float64)
    spectrum = torch.stft(signal, 8, window=window, return_complex=True)
    assert spectrum.shape[0] == 8
    found = torch.istft(spectrum, 8, window=window, return_complex=True)
    assert torch.allclose(found, signal)


def test_gradients_of_istft():
    window = torch.hann_window(6, False, dtype=torch.float64) + 0.1
    spectrum = torch.stft(torch.randn(20, dtype=torch.float64), 6, 2, return_complex=True)
    real = torch.view_as_real(spectrum)[:, :4].clone()
    check_gradient(lambda x: torch.istft(torch.view_as_complex(x), 6, 2, window=window), real)


def test_istft_refuses_what_pytorch_refuses():
    spectrum = torch.stft(torch.ones(16), 8, return_complex=True)
    for keywords, words in (
        ({"n_fft": 6}, "expected the frequency dimension"),
        ({"n_fft": 8, "hop_length": 9}, "expected 0 < hop_length <= win_length"),
        ({"n_fft": 8, "win_length": 9}, "expected 0 < win_length <= n_fft"),
        ({"n_fft": 8, "window": torch.ones(3)}, "Invalid window shape"),
        ({"n_fft": 8, "window": torch.zeros(8)}, "window overlap add min"),
        ({"n_fft": 8, "return_complex": True}, "Cannot have onesided output"),
    ):
        with pytest.raises(RuntimeError, match=words):
            torch.istft(spectrum, **keywords)
    with pytest.raises(RuntimeError, match="requires a complex-valued input"):
        torch.istft(spectrum.real, 8)
    with pytest.warns(UserWarning, match="length of signal is shorter than the length parameter"):
        assert torch.istft(spectrum, 8, length=40).shape == (40,)


WINDOWS = {
    "bartlett": (),
    "blackman": (),
    "cosine": (),
    "exponential": ({"tau": 2.0}, (None, 2.0)),
    "gaussian": ({"std": 1.5}, (1.5,)),
    "general_cosine": ({"a": [0.4, 0.5, 0.1]}, ([0.4, 0.5, 0.1],)),
    "general_hamming": ({"alpha": 0.6}, (0.6,)),
    "hamming": (),
    "hann": (),
    "kaiser": ({"beta": 5.0}, (5.0,)),
    "nuttall": (),
}


@pytest.mark.parametrize("sym", [True, False])
@pytest.mark.parametrize("name", WINDOWS)
def test_windows_are_those_of_scipy(name, sym):
    windows = pytest.importorskip("scipy.signal.windows")
    ours, theirs = WINDOWS[name] or ({}, ())
    for M in (0, 1, 2, 7, 8):
        found = getattr(torch.signal.windows, name)(M, sym=sym, dtype=torch.float64, **ours)
        expected = getattr(windows, name)(M, *theirs, sym=sym)
        assert np.allclose(found, expected, atol=1e-12), M
    with pytest.raises(ValueError, match="requires non-negative window length, got M=-1"):
        getattr(torch.signal.windows, name)(-1, **ours)
    with pytest.raises(ValueError, match="expects float32 or float64 dtypes"):
        getattr(torch.signal.windows, name)(3, dtype=torch.half, **ours)


def test_older_windows_are_periodic():
    for name in ("bartlett", "blackman", "hamming", "hann", "kaiser"):
        older, newer = getattr(torch, f"{name}_window"), getattr(torch.signal.windows, name)
        for n in (0, 1, 6):
            assert torch.equal(older(n), newer(n, sym=False))
            assert torch.equal(older(n, False), newer(n))
        with pytest.raises(RuntimeError, match=f"{name}_window requires non-negative"):
            older(-1)
        with pytest.raises(RuntimeError, match="expects floating point dtypes"):
            older(3, dtype=torch.int)


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


def test_the_number_of_threads_is_told_to_scipy_too():
    pytest.importorskip("scipy")
    before = torch.get_num_threads()
    optional.faster.cache_clear()
    try:
        torch.set_num_threads(1)
        assert optional.faster("scipy.linalg.blas") is not None
        for number in (1, 2):
            torch.set_num_threads(number)
            told = [threads._named(library, "get") for library in threads._libraries()]
            assert len(told) == 2
            assert {int(get()) for get in told if get is not None} <= {number}
    finally:
        torch.set_num_threads(before)
