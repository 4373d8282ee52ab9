"""Interpolations on PyTorch and here, over modes, sizes, scales and dtypes; modules.

May import: everything.
"""

import itertools
import warnings

import numpy as np
import pytest

import rushlight
from tests.parity.modules_side_by_side import check_module

torch = pytest.importorskip("torch")

DTYPES = {"float32": 2e-5, "float64": 1e-11, "uint8": 0}
SIZES = [((7, 9), (3, 4)), ((7, 9), (14, 20)), ((120, 5), (60, 11)), ((1, 1), (3, 2))]


def both(x, **settings):
    return [
        library.nn.functional.interpolate(library.tensor(x), **settings).numpy()
        for library in (torch, rushlight)
    ]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "lanczos"])
def test_sizes(mode, dtype):
    for (sizes, wanted), align, smooth in itertools.product(SIZES, [None, True], [False, True]):
        if mode == "lanczos" and (align or not smooth):
            continue
        if mode.startswith("nearest") and (align or smooth):
            continue
        x = (np.random.default_rng(0).random((2, 3, *sizes)) * 255).astype(dtype)
        theirs, ours = both(x, size=wanted, mode=mode, align_corners=align, antialias=smooth)
        np.testing.assert_allclose(ours, theirs, rtol=DTYPES[dtype], atol=255 * DTYPES[dtype])


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "area"])
def test_scales(mode):
    x = np.random.default_rng(0).random((1, 2, 113, 37)).astype(np.float32)
    for scale, anew in itertools.product([0.3, 0.77, 1.3, 2.0, 3.3, (0.4, 2.6)], [None, True]):
        theirs, ours = both(x, scale_factor=scale, mode=mode, recompute_scale_factor=anew)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-5)


def test_modules():
    x = np.random.default_rng(0).random((1, 2, 5, 4)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make in (
            lambda nn: nn.Upsample(8),
            lambda nn: nn.Upsample(scale_factor=(2, 1.5), mode="bicubic", align_corners=False),
            lambda nn: nn.UpsamplingNearest2d((3, 9)),
            lambda nn: nn.UpsamplingBilinear2d(scale_factor=2),
        ):
            check_module(torch, make, x)
        check_module(torch, lambda nn: nn.Upsample(7, mode="linear"), x[0])
        check_module(torch, lambda nn: nn.Upsample((2, 3, 7), mode="trilinear"), x[None])


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_grids(mode, padding):
    random = np.random.default_rng(1)
    for align, shape in itertools.product([False, True], [(2, 3, 7, 5), (2, 2, 4, 3, 5)]):
        if mode == "bicubic" and len(shape) == 5:
            continue
        dims = len(shape) - 2
        theta = random.standard_normal((2, dims, dims + 1))
        x = random.standard_normal(shape)
        found = []
        for library in (torch, rushlight):
            f = library.nn.functional
            maps = library.tensor(theta, requires_grad=True)
            images = library.tensor(x, requires_grad=True)
            grid = f.affine_grid(maps, (2, 1, *[4] * dims), align)
            read = f.grid_sample(images, grid, mode, padding, align)
            (read * read.detach().cos()).sum().backward()
            found.append([t.detach().numpy() for t in (grid, read, maps.grad, images.grad)])
        for theirs, ours in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
