"""Interpolations against their definitions, and their gradients of both orders.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck
from rushlight.kernels import resampling

F = torch.nn.functional
SHAPES = {1: (2, 2, 5), 2: (1, 2, 5, 4), 3: (1, 2, 3, 4, 3)}
MODES = [
    ("nearest", 1), ("nearest", 2), ("nearest", 3), ("nearest-exact", 2), ("area", 2),
    ("linear", 1), ("bilinear", 2), ("bicubic", 2), ("trilinear", 3),
]  # fmt: skip


def drawn(*shape, **kwargs):
    return torch.tensor(np.random.default_rng(sum(shape)).standard_normal(shape), **kwargs)


@pytest.mark.parametrize(("mode", "dims"), MODES)
@pytest.mark.parametrize("size", [3, 7])
def test_gradients(mode, dims, size):
    x = drawn(*SHAPES[dims], requires_grad=True)
    assert gradcheck(lambda x: F.interpolate(x, size, mode=mode), x)
    assert gradgradcheck(lambda x: F.interpolate(x, size, mode=mode), x)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("size", [3, 7])
def test_antialiased_gradients(mode, size):
    x = drawn(1, 2, 5, 9, requires_grad=True)
    assert gradcheck(lambda x: F.interpolate(x, size, mode=mode, antialias=True), x)
    assert gradgradcheck(lambda x: F.interpolate(x, size, mode=mode, antialias=True), x)


@pytest.mark.parametrize(("mode", "dims"), MODES)
def test_long_dims_are_mapped_as_short_ones(mode, dims, monkeypatch):
    x = drawn(*SHAPES[dims], requires_grad=True)
    g = None
    found = []
    for short in (96, 0):
        monkeypatch.setattr(resampling, "SHORT", short)
        y = F.interpolate(x, scale_factor=1.7, mode=mode)
        g = drawn(*y.shape)
        found.append((y, *torch.autograd.grad(y, x, g)))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a.numpy(force=True), b.numpy(force=True), rtol=1e-12, atol=1e-13)


def test_nearest():
    x = torch.arange(5.0).view(1, 1, 5)
    assert F.interpolate(x, 8).flatten().tolist() == [0, 0, 1, 1, 2, 3, 3, 4]
    assert F.interpolate(x, 3).flatten().tolist() == [0, 1, 3]
    assert F.interpolate(x, 3, mode="nearest-exact").flatten().tolist() == [0, 2, 4]
    assert F.interpolate(x.to(torch.uint8), 2).tolist() == [[[0, 2]]]


def test_linear_maps_are_exact_on_straight_lines():
    x = torch.arange(9.0, dtype=torch.float64).view(1, 1, 9)
    aligned = F.interpolate(x, 5, mode="linear", align_corners=True)
    np.testing.assert_allclose(aligned.flatten().numpy(), [0, 2, 4, 6, 8])
    centers = (np.arange(18) + 0.5) / 2 - 0.5
    plane = x.view(1, 1, 1, 9).expand(1, 1, 9, 9)
    rows = F.interpolate(plane, (9, 18), mode="bilinear")[0, 0]
    inside = slice(1, 17)  # away from the edges
    expected = np.broadcast_to(centers[inside], (9, 16))
    np.testing.assert_allclose(rows.numpy()[:, inside], expected, rtol=1e-12)


def test_bicubic_by_its_formula():
    def keys(distance, a=-0.75):
        x = abs(distance)
        if x <= 1:
            return (a + 2) * x**3 - (a + 3) * x**2 + 1
        return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0

    x = drawn(1, 1, 6, 1)
    values = x.numpy().ravel()
    for center, found in zip(
        (np.arange(9) + 0.5) * 6 / 9 - 0.5,
        F.interpolate(x, (9, 1), mode="bicubic").flatten().tolist(),
        strict=True,
    ):
        near = range(int(np.floor(center)) - 1, int(np.floor(center)) + 3)
        expected = sum(keys(center - i) * values[min(max(i, 0), 5)] for i in near)
        assert found == pytest.approx(expected, rel=1e-10)


def test_bilinear_by_hand():
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    assert F.interpolate(x, (1, 4), mode="bilinear").flatten().tolist() == [2.0, 2.25, 2.75, 3.0]
    big = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    np.testing.assert_allclose(big[0, 0, 0].numpy(), [1, 4 / 3, 5 / 3, 2], rtol=1e-6)


def test_the_scale_is_kept_or_reckoned_anew():
    x = torch.arange(5.0).view(1, 1, 5)
    kept = F.interpolate(x, scale_factor=1.7, mode="linear")
    anew = F.interpolate(x, scale_factor=1.7, mode="linear", recompute_scale_factor=True)
    assert kept.shape == anew.shape == (1, 1, 8)
    assert torch.equal(anew, F.interpolate(x, 8, mode="linear"))
    assert not torch.allclose(kept, anew)


def test_antialiasing_averages():
    x = drawn(1, 1, 64, 64)
    small = F.interpolate(x, 4, mode="bilinear", antialias=True)
    assert small.std() < F.interpolate(x, 4, mode="bilinear").std() / 2
    flat = F.interpolate(torch.ones(1, 1, 9, 7), (4, 20), mode="lanczos", antialias=True)
    np.testing.assert_allclose(flat.numpy(), 1, rtol=1e-6)


def test_bytes_are_rounded():
    x = torch.tensor([[[[0, 255], [10, 20]]]], dtype=torch.uint8)
    y = F.interpolate(x, (2, 3), mode="bilinear")
    assert y.dtype is torch.uint8 and y.tolist() == [[[[0, 128, 255], [10, 15, 20]]]]
    wide = F.interpolate(x, (2, 8), mode="bicubic")
    assert wide[0, 0, 0, 0] == 0 and wide[0, 0, 0, -1] == 255


def test_halves_and_no_images():
    for dtype in (torch.float16, torch.bfloat16):
        x = torch.ones(1, 1, 2, 2, dtype=dtype)
        assert F.interpolate(x, 5, mode="bilinear").dtype is dtype
    assert F.interpolate(torch.zeros(0, 2, 4), 8).shape == (0, 2, 8)


def test_modules_and_former_names():
    x = drawn(1, 2, 3, 4)
    up = torch.nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    assert torch.equal(up(x), F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True))
    assert repr(up) == "Upsample(scale_factor=2.0, mode='bilinear')"
    with pytest.warns(UserWarning, match="deprecated"):
        assert torch.equal(F.upsample_bilinear(x, scale_factor=2), up(x))
    with pytest.warns(UserWarning, match="deprecated"):
        assert torch.equal(F.upsample_nearest(x, 5), torch.nn.UpsamplingNearest2d(5)(x))
    with pytest.warns(UserWarning, match="deprecated"):
        assert torch.equal(F.upsample(x, 5), F.interpolate(x, 5))
    assert torch.nn.UpsamplingBilinear2d(5)(x).shape == (1, 2, 5, 5)


ERRORS = [
    ({}, ValueError, "either size or scale_factor should be defined"),
    ({"size": 8, "scale_factor": 2}, ValueError, "only one of size or scale_factor"),
    ({"size": (8, 8, 8)}, ValueError, "same number of spatial dimensions"),
    ({"scale_factor": (2, 2, 2)}, ValueError, r"scale_factor of shape \(2, 2, 2\)"),
    ({"size": 8, "mode": "linear"}, NotImplementedError, "linear mode needs 3D input"),
    ({"size": 8, "mode": "sinc"}, NotImplementedError, r"\(got sinc\)"),
    ({"size": 8, "align_corners": True}, ValueError, "align_corners option can only be set"),
    ({"size": 8, "recompute_scale_factor": True}, ValueError, "not meaningful with an explicit"),
    ({"size": 8, "antialias": True}, ValueError, "Anti-alias option is restricted"),
    ({"size": 8, "mode": "lanczos"}, ValueError, "requires antialias=True"),
    ({"size": 0}, RuntimeError, r"got input \(H: 4, W: 5\) output \(H: 0, W: 0\)"),
    ({"scale_factor": 0.1}, RuntimeError, "should be greater than 0"),
    ({"size": 2.5}, TypeError, "expected size to be one of int"),
    ({"scale_factor": "a"}, TypeError, "must be float"),
]


@pytest.mark.parametrize(("settings", "kind", "words"), ERRORS)
def test_errors(settings, kind, words):
    with pytest.raises(kind, match=words):
        F.interpolate(torch.ones(1, 2, 4, 5), **settings)


def test_dtypes_and_shapes_that_cannot_be():
    with pytest.raises(NotImplementedError, match="'Long'"):
        F.interpolate(torch.ones(1, 2, 4).long(), 8)
    with pytest.raises(NotImplementedError, match=r"\(got 2D\)"):
        F.interpolate(torch.ones(2, 4), 8)
    with pytest.raises(RuntimeError, match="Non-empty 4D data tensor expected"):
        F.interpolate(torch.ones(2, 0, 4, 4), 8)
    with pytest.raises(TypeError, match="must be Tensor"):
        F.interpolate(3, 8)
