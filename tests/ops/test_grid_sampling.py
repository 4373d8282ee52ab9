"""Reading images at points: by hand, against interpolation, gradients of both orders, errors.

May import: everything.
"""

import itertools

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck

F = torch.nn.functional
PADDINGS = ["zeros", "border", "reflection"]


def drawn(*shape, **kwargs):
    return torch.tensor(np.random.default_rng(sum(shape)).standard_normal(shape), **kwargs)


def identity(images, dims):
    return torch.eye(dims, dims + 1, dtype=torch.float64).expand(images, dims, dims + 1)


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_the_identity_reads_the_image(mode, align):
    x = drawn(2, 3, 4, 5)
    grid = F.affine_grid(identity(2, 2), x.shape, align_corners=align)
    result = F.grid_sample(x, grid, mode, align_corners=align)
    np.testing.assert_allclose(result.numpy(), x.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("align", [False, True])
def test_an_even_grid_interpolates(align):
    x = drawn(1, 2, 6, 5)
    grid = F.affine_grid(identity(1, 2), (1, 2, 9, 4), align_corners=align)
    for mode in ("bilinear", "bicubic"):
        expected = F.interpolate(x, (9, 4), mode=mode, align_corners=align)
        result = F.grid_sample(x, grid, mode, "border", align_corners=align)
        np.testing.assert_allclose(result.numpy(), expected.numpy(), rtol=1e-10, atol=1e-12)
    volume = drawn(1, 2, 3, 4, 5)
    grid = F.affine_grid(identity(1, 3), (1, 2, 5, 2, 4), align_corners=align)
    expected = F.interpolate(volume, (5, 2, 4), mode="trilinear", align_corners=align)
    result = F.grid_sample(volume, grid, padding_mode="border", align_corners=align)
    np.testing.assert_allclose(result.numpy(), expected.numpy(), rtol=1e-10, atol=1e-12)


def test_outside_by_hand():
    x = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    # with aligned corners the elements stand at -1, 0 and 1
    points = torch.tensor([-2.0, -1.5, 1.5, 2.0, 3.0])
    grid = torch.stack([points, torch.zeros(5)], 1).view(1, 1, 5, 2)
    read = {
        padding: F.grid_sample(x, grid, "bilinear", padding, True).flatten().tolist()
        for padding in PADDINGS
    }
    assert read["zeros"] == [0.0, 0.5, 1.5, 0.0, 0.0]
    assert read["border"] == [1.0, 1.0, 3.0, 3.0, 3.0]
    assert read["reflection"] == [2.0, 1.5, 2.5, 2.0, 1.0]
    far = torch.tensor([[[[float("nan"), 0.0], [float("inf"), 0.0], [1e30, 0.0]]]])
    assert F.grid_sample(x, far, align_corners=True).flatten().tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("mode", "padding", "align"),
    list(itertools.product(["bilinear", "nearest", "bicubic"], PADDINGS, [False, True])),
)
def test_gradients(mode, padding, align):
    x = drawn(1, 2, 3, 4, requires_grad=True)
    # no point so near to an element that a step of the difference passes it
    points = np.linspace(-1.63, 1.71, 12).reshape(1, 2, 3, 2)
    grid = torch.tensor(points, requires_grad=True)

    def function(x, grid):
        return F.grid_sample(x, grid, mode, padding, align)

    assert gradcheck(function, (x, grid))
    if mode != "nearest":
        assert gradgradcheck(function, (x, grid))


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_gradients_of_volumes(mode):
    x = drawn(1, 1, 2, 3, 2, requires_grad=True)
    grid = torch.tensor(np.linspace(-1.13, 1.21, 12).reshape(1, 2, 2, 1, 3), requires_grad=True)
    assert gradcheck(lambda x, g: F.grid_sample(x, g, mode, align_corners=False), (x, grid))


def test_the_gradient_of_nearest_by_the_grid_is_zero():
    x, grid = torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 2, requires_grad=True)
    F.grid_sample(x, grid, "nearest", align_corners=False).sum().backward()
    assert grid.grad.tolist() == [[[[0.0, 0.0]]]]


def test_affine_grid():
    theta = drawn(2, 2, 3, requires_grad=True)
    for size in [(2, 1, 3, 4), (2, 1, 1, 2)]:
        for align in (False, True):
            assert gradcheck(lambda t, s=size, a=align: F.affine_grid(t, s, a), theta)
            assert gradgradcheck(lambda t, s=size, a=align: F.affine_grid(t, s, a), theta)
    shifted = torch.tensor([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]])
    assert F.affine_grid(shifted, (1, 1, 1, 2), align_corners=True).tolist() == [
        [[[-0.5, 0.0], [1.5, 0.0]]]
    ]


def test_dtypes_numbers_of_modes_and_no_images():
    x, grid = torch.ones(1, 1, 2, 2), torch.zeros(1, 3, 3, 2)
    half = F.grid_sample(x.half(), grid.half(), align_corners=False)
    assert half.dtype is torch.float16 and half.eq(1).all()
    assert torch.equal(
        torch.grid_sampler(x, grid, 2, 1, True), F.grid_sample(x, grid, "bicubic", "border", True)
    )
    assert F.grid_sample(x[:0], grid[:0], align_corners=True).shape == (0, 1, 3, 3)


def test_without_align_corners_there_is_a_warning():
    with pytest.warns(UserWarning, match="align_corners=False since 1.3.0"):
        F.grid_sample(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 2))
    with pytest.warns(UserWarning, match="align_corners=False since 1.3.0"):
        F.affine_grid(torch.ones(1, 2, 3), (1, 1, 2, 2))


SAMPLE_ERRORS = [
    ((1, 2, 4, 5), (2, 3, 3, 2), {}, RuntimeError, "same batch size"),
    ((1, 2, 4, 5), (1, 3, 3, 3), {}, RuntimeError, "to have size 2 in last dimension"),
    ((1, 2, 4, 5), (1, 3, 3, 3, 2), {}, RuntimeError, "same number of dimensions"),
    ((1, 2, 4), (1, 3, 1), {}, RuntimeError, "expected 4D or 5D input"),
    ((1, 2, 0, 5), (1, 3, 3, 2), {}, RuntimeError, "with dimension 2 being empty"),
    ((1, 2, 4, 5), (1, 3, 3, 2), {"mode": "cubic"}, ValueError, "expected mode to be"),
    ((1, 2, 4, 5), (1, 3, 3, 2), {"padding_mode": "wrap"}, ValueError, "expected padding_mode"),
    ((1, 2, 4, 5, 6), (1, 3, 3, 3, 3), {"mode": "bicubic"}, RuntimeError, "only supports 4D"),
]


@pytest.mark.parametrize(("x", "grid", "settings", "kind", "words"), SAMPLE_ERRORS)
def test_sampling_errors(x, grid, settings, kind, words):
    with pytest.raises(kind, match=words):
        F.grid_sample(torch.ones(*x), torch.ones(*grid), align_corners=True, **settings)


def test_errors_of_dtypes():
    x, grid = torch.ones(1, 1, 2, 2), torch.ones(1, 1, 1, 2)
    with pytest.raises(RuntimeError, match="expected scalar type Float but found Double"):
        F.grid_sample(x, grid.double(), align_corners=True)
    with pytest.raises(NotImplementedError, match="'Long'"):
        F.grid_sample(x.long(), grid.long(), align_corners=True)


GRID_ERRORS = [
    ((1, 2, 3), (1, 2, 4, 5, 6), ValueError, "3D affine matrices of shape Nx3x4"),
    ((1, 3, 4), (1, 2, 4, 5), ValueError, "2D affine matrices of shape Nx2x3"),
    ((1, 2, 3), (1, 2, 4), NotImplementedError, "only supports 4D and 5D sizes"),
    ((1, 2, 3), (1, 2, 0, 4), ValueError, "Expected non-zero, positive output size"),
    ((2, 2, 3), (1, 2, 3, 4), RuntimeError, "Expected size for first two dimensions"),
]


@pytest.mark.parametrize(("theta", "size", "kind", "words"), GRID_ERRORS)
def test_grid_errors(theta, size, kind, words):
    with pytest.raises(kind, match=words):
        F.affine_grid(torch.ones(*theta), size, align_corners=True)
    if kind is not RuntimeError:
        with pytest.raises(ValueError, match="floating point type"):
            F.affine_grid(torch.ones(1, 2, 3).long(), (1, 2, 3, 4), align_corners=True)
