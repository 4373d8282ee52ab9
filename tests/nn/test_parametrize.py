"""Parametrizations: values, gradients, assignment, copies; weight and spectral norm.

May import: everything.
"""

import copy

import numpy as np
import pytest

import rushlight as torch
from rushlight.nn.utils import parametrizations, parametrize

nn = torch.nn


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).transpose(-1, -2)


class Exponential(nn.Module):
    def forward(self, x):
        return x.exp()

    def right_inverse(self, x):
        return x.log()


def test_the_value_is_computed_and_the_original_learns():
    layer = parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    np.testing.assert_array_equal(layer.weight.tolist(), layer.weight.T.tolist())
    original = layer.parametrizations.weight.original
    assert any(p is original for p in layer.parameters())
    layer(torch.rand(2, 3)).sum().backward()
    assert original.grad is not None and (original.grad.tril(-1) == 0).all()
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear and layer.weight is original
    np.testing.assert_array_equal(layer.weight.tolist(), layer.weight.T.tolist())


def test_assignment_goes_through_the_inverse():
    layer = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    parametrize.register_parametrization(layer, "weight", Exponential())
    np.testing.assert_allclose(layer.weight.tolist(), [[1, 2], [3, 4]], rtol=1e-6)
    layer.weight = torch.full((2, 2), 5.0)
    np.testing.assert_allclose(layer.weight.tolist(), np.full((2, 2), 5.0), rtol=1e-6)
    with pytest.raises(RuntimeError, match="does not implement right_inverse"):
        other = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Symmetric())
        other.weight = torch.ones(2, 2)


def test_a_copy_is_parametrized_by_itself():
    layer = parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    twin = copy.deepcopy(layer)
    parametrize.register_parametrization(twin, "bias", Exponential(), unsafe=True)
    assert layer.weight.tolist() == twin.weight.tolist()
    assert not parametrize.is_parametrized(layer, "bias")
    assert layer.bias is layer._parameters["bias"]
    assert parametrize.is_parametrized(twin, "bias")


def test_within_cached_the_value_is_computed_once():
    layer = parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    with parametrize.cached():
        first = layer.weight
        with parametrize.cached():
            assert layer.weight is first
        assert layer.weight is first
    assert layer.weight is not first


@pytest.mark.parametrize("dim", [0, 1, None])
def test_weight_norm_splits_length_and_direction(dim):
    layer = nn.Conv2d(3, 4, 2)
    before = layer.weight.tolist()
    parametrizations.weight_norm(layer, dim=dim)
    np.testing.assert_allclose(layer.weight.tolist(), before, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        layer.parametrizations.weight.original1.mul_(3.0)
    np.testing.assert_allclose(layer.weight.tolist(), before, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        layer.parametrizations.weight.original0.mul_(2.0)
    np.testing.assert_allclose(layer.weight.tolist(), np.multiply(before, 2), rtol=1e-5, atol=1e-6)


def test_spectral_norm_leaves_the_largest_singular_value_at_one():
    torch.manual_seed(0)
    new = parametrizations.spectral_norm(nn.Linear(5, 4), n_power_iterations=30)
    old = nn.utils.spectral_norm(nn.Linear(5, 4), n_power_iterations=30)
    for layer in (new, old):
        layer(torch.rand(2, 5))
        values = np.linalg.svd(layer.weight.detach().numpy(), compute_uv=False)
        assert values[0] == pytest.approx(1, rel=1e-3)
        layer.eval()
        assert layer(torch.ones(1, 5)).tolist() == layer(torch.ones(1, 5)).tolist()


def test_the_older_weight_norm():
    layer = nn.Linear(3, 2)
    before = layer.weight.tolist()
    with pytest.warns(FutureWarning, match="parametrizations.weight_norm"):
        nn.utils.weight_norm(layer)
    layer(torch.rand(1, 3)).sum().backward()
    assert layer.weight_g.grad is not None and layer.weight_v.grad is not None
    nn.utils.remove_weight_norm(layer)
    np.testing.assert_allclose(layer.weight.tolist(), before, rtol=1e-5)
    with pytest.raises(ValueError, match="not found"):
        nn.utils.remove_weight_norm(layer)


def test_errors():
    with pytest.raises(ValueError, match="does not have a parameter"):
        parametrize.register_parametrization(nn.Linear(2, 2), "foo", Symmetric())
    with pytest.raises(ValueError, match="may not change the shape"):
        parametrize.register_parametrization(nn.Linear(2, 2), "weight", nn.Flatten(0))
    with pytest.raises(ValueError, match="does not have a parametrization"):
        parametrize.remove_parametrizations(nn.Linear(2, 2), "weight")
