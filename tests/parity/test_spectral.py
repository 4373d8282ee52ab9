"""Windows, stft and cross against PyTorch."""

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")
BOTH = (torch, rushlight)


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("length", [0, 1, 2, 9, 16])
def test_windows(length, periodic):
    for name in ("hamming_window", "hann_window"):
        theirs, ours = [getattr(t, name)(length, periodic).numpy() for t in BOTH]
        assert theirs.dtype == ours.dtype and np.allclose(theirs, ours, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"hop_length": 3, "center": False},
        {"win_length": 5, "normalized": True},
        {"onesided": False, "pad_mode": "constant"},
        {"pad_mode": "replicate"},
        {"pad_mode": "circular"},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(30,), (2, 30)])
def test_stft(shape, options):
    data = np.random.default_rng(0).standard_normal(shape)
    results = []
    for t in BOTH:
        x = t.tensor(data, requires_grad=True)
        window = t.hann_window(options.get("win_length", 8), dtype=t.float64)
        found = t.stft(x, 8, window=window, return_complex=True, **options)
        t.view_as_real(found).pow(3).sum().backward()
        results.append((found.detach().numpy(), x.grad.numpy()))
    (theirs, their_grad), (ours, our_grad) = results
    assert theirs.shape == ours.shape
    assert np.allclose(theirs, ours, atol=1e-12) and np.allclose(their_grad, our_grad, atol=1e-10)


SHAPES = [((3,), (3,)), ((4, 3), (1, 3)), ((2, 3, 5), (2, 3, 5))]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_cross(shapes):
    data = [np.random.default_rng(i).standard_normal(s) for i, s in enumerate(shapes)]
    dim = 1 if len(shapes[0]) == 3 else -1
    results = []
    for t in BOTH:
        a, b = [t.tensor(d, requires_grad=True) for d in data]
        found = t.linalg.cross(a, b, dim=dim) if t is torch else t.cross(a, b, dim=dim)
        found.pow(2).sum().backward()
        results.append([found.detach().numpy(), a.grad.numpy(), b.grad.numpy()])
    for theirs, ours in zip(*results, strict=True):
        assert np.allclose(theirs, ours)
