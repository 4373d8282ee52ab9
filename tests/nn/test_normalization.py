"""Normalizations against their formulas in NumPy, with gradients of first and second order.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck
from rushlight.ops import standardize
from rushlight.ops.normalization import _layer_norm

F = torch.nn.functional
random = np.random.default_rng(0)


def values(*shape):
    return torch.tensor(random.normal(size=shape), requires_grad=True)


def standard(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


X = random.normal(2.0, 3.0, (4, 6, 5))
W, B = random.normal(size=(2, 6))


@pytest.mark.parametrize("long", [False, True])
def test_layer_norm_is_its_formula(long):
    x = random.normal(2.0, 3.0, (700, 300)) if long else X
    w, b = random.normal(size=(2, x.shape[-1]))
    result = F.layer_norm(*[torch.tensor(x), (x.shape[-1],)], torch.tensor(w), torch.tensor(b))
    np.testing.assert_allclose(result.numpy(), standard(x, -1) * w + b)


def test_group_norm_is_its_formula():
    result = F.group_norm(torch.tensor(X), 3, torch.tensor(W), torch.tensor(B))
    grouped = standard(X.reshape(4, 3, 10), -1).reshape(X.shape)
    np.testing.assert_allclose(result.numpy(), grouped * W[:, None] + B[:, None])


def test_rms_norm_is_its_formula():
    result = F.rms_norm(torch.tensor(X), (5,), eps=0.1)
    np.testing.assert_allclose(result.numpy(), X / np.sqrt((X * X).mean(-1, keepdims=True) + 0.1))


def test_batch_norm_is_its_formula_and_keeps_statistics():
    mean, var = torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)
    result = F.batch_norm(
        torch.tensor(X), mean, var, torch.tensor(W), torch.tensor(B), training=True, momentum=0.25
    )
    np.testing.assert_allclose(result.numpy(), standard(X, (0, 2)) * W[:, None] + B[:, None])
    np.testing.assert_allclose(mean.numpy(), 0.25 * X.mean((0, 2)))
    np.testing.assert_allclose(var.numpy(), 0.75 + 0.25 * X.var((0, 2), ddof=1))
    assert mean._version == 1
    result = F.batch_norm(torch.tensor(X), mean, var)
    expected = (X - mean.numpy()[:, None]) / np.sqrt(var.numpy()[:, None] + 1e-5)
    np.testing.assert_allclose(result.numpy(), expected)


def test_instance_norm_is_its_formula():
    result = F.instance_norm(torch.tensor(X), weight=torch.tensor(W))
    np.testing.assert_allclose(result.numpy(), standard(X, 2) * W[:, None])


FUNCTIONS = {
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (3, 2), w, b), (4, 3, 2), (3, 2), (3, 2)),
    "layer_norm alone": (lambda x: F.layer_norm(x, (3,)), (2, 3)),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), (2, 4, 3), (4,), (4,)),
    "rms_norm": (lambda x, w: F.rms_norm(x, (3,), w), (2, 3), (3,)),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), (4, 2, 3), (2,), (2,)
    ),
    "batch_norm of vectors": (lambda x: F.batch_norm(x, None, None, training=True), (4, 2)),
    "batch_norm by statistics": (
        lambda x, w, b: F.batch_norm(x, torch.ones(2).double(), torch.ones(2).double(), w, b),
        (3, 2, 2), (2,), (2,),
    ),
    "instance_norm": (lambda x, w: F.instance_norm(x, weight=w), (2, 2, 4), (2,)),
    "normalize": (lambda x: F.normalize(x, dim=0), (3, 2)),
    "local_response_norm": (lambda x: F.local_response_norm(x, 2, alpha=0.5), (2, 3, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_of_both_orders(name):
    function, *shapes = FUNCTIONS[name]
    inputs = tuple([values(*shape) for shape in shapes])
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)


@pytest.mark.parametrize(
    ("view", "axes", "affine"),
    [((4, 30), (1,), (30,)), ((4, 3, 2, 5), (2, 3), (3, 2, 1)), ((4, 6, 5), (0, 2), (6, 1))],
)
def test_the_fused_kernel_equals_the_plain_ops(view, axes, affine):
    size = int(np.prod(affine))
    inputs = values(4, 6, 5), values(size), values(size)
    attrs = {"view": view, "axes": axes, "affine": affine, "eps": 1e-5}
    fused, plain = _layer_norm(*inputs, **attrs)[0], standardize.decomposed(*inputs, **attrs)
    np.testing.assert_allclose(fused.detach().numpy(), plain.detach().numpy())
    g = torch.tensor(random.normal(size=(4, 6, 5)))
    for ours, theirs in zip(
        torch.autograd.grad(fused, inputs, g), torch.autograd.grad(plain, inputs, g), strict=True
    ):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-12)


def test_layouts_and_sizes_at_the_edge():
    x = torch.tensor(X)
    assert F.layer_norm(torch.ones(0, 4), (4,)).shape == (0, 4)
    turned = x.transpose(1, 2)
    np.testing.assert_array_equal(
        F.layer_norm(turned, (6,)).numpy(), F.layer_norm(turned.contiguous(), (6,)).numpy()
    )
    half = F.layer_norm(x.bfloat16(), (5,), torch.ones(5))
    assert half.dtype is torch.bfloat16
    np.testing.assert_allclose(half.float().numpy(), standard(X, -1), atol=0.02)


def test_errors():
    with pytest.raises(RuntimeError, match="normalized_shape"):
        F.layer_norm(torch.ones(2, 3), (2,))
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        F.batch_norm(torch.ones(1, 3), None, None, training=True)
    with pytest.raises(RuntimeError, match="divisible by num_groups"):
        F.group_norm(torch.ones(2, 3), 2)
    with pytest.raises(RuntimeError, match="must be defined in evaluation mode"):
        F.batch_norm(torch.ones(2, 3), None, None)


def test_the_native_forms_tell_their_statistics():
    x = torch.tensor(X)
    out, mean, factor = torch.native_layer_norm(x, (5,), None, None, 1e-5)
    np.testing.assert_allclose(mean.numpy(), X.mean(-1, keepdims=True))
    np.testing.assert_allclose(factor.numpy(), 1 / np.sqrt(X.var(-1, keepdims=True) + 1e-5))
    np.testing.assert_allclose(((x - mean) * factor).numpy(), out.numpy())
    out, mean, factor = torch.native_group_norm(x, None, None, 4, 6, 5, 3, 1e-5)
    groups = x.reshape(4, 3, 10)
    assert mean.shape == factor.shape == (4, 3)
    np.testing.assert_allclose(
        ((groups - mean[..., None]) * factor[..., None]).reshape(4, 6, 5).numpy(), out.numpy()
    )
