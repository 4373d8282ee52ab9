"""Anomaly detection names the line; without it nothing is noted.

May import: everything.
"""

import re

import numpy as np
import pytest

import rushlight as torch
from rushlight.core.state import shared


@pytest.fixture(autouse=True)
def numpy_is_quiet():
    """`pytest.warns` would record NumPy's warnings of the NaNs that we make."""
    with np.errstate(all="ignore"):
        yield


def root_of_zero(x):
    return x.sqrt() * 0  # the line that must be named


def line_of(function):
    return function.__code__.co_firstlineno + 1


def test_a_nan_names_function_and_line():
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = root_of_zero(x)
        message = (
            rf"'SqrtBackward0' returned nan values in its 0th output.*:{line_of(root_of_zero)},"
        )
        with (
            pytest.warns(
                UserWarning, match=r"Error detected in SqrtBackward0[^$]*x\.sqrt\(\) \* 0"
            ),
            pytest.raises(RuntimeError, match=message),
        ):
            y.backward()
    assert x.grad is None


def test_an_error_in_backward_keeps_its_type_and_shows_the_lines():
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            raise KeyError("mine")

    x = torch.ones(2, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = Bad.apply(x)  # here
        with pytest.warns(UserWarning, match=r"BadBackward[^$]*# here"), pytest.raises(KeyError):
            y.sum().backward()


def test_second_order_names_what_induced_it():
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        (g,) = torch.autograd.grad(x**1.5, x, create_graph=True)
        with pytest.warns(UserWarning, match="that induced the previous calculation"):
            with pytest.raises(RuntimeError, match="nan"):
                (g * 0).backward()


def test_nan_may_be_allowed():
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        root_of_zero(x).backward()
    assert x.grad.isnan()


def test_made_before_it_was_turned_on():
    x = torch.tensor(0.0, requires_grad=True)
    y = root_of_zero(x)
    with torch.autograd.set_detect_anomaly(True):
        with pytest.warns(UserWarning, match="No forward pass information available"):
            with pytest.raises(RuntimeError, match="nan"):
                y.backward()


def test_switches():
    assert not torch.is_anomaly_enabled()
    before = set(shared.watched)
    switch = torch.autograd.set_detect_anomaly(True)
    assert torch.is_anomaly_enabled() and torch.is_anomaly_check_nan_enabled()
    torch.autograd.set_detect_anomaly(False)
    assert not torch.is_anomaly_enabled() and shared.watched == before
    switch.__exit__()
    with pytest.warns(UserWarning, match=re.escape("Anomaly Detection has been enabled")):
        manager = torch.autograd.detect_anomaly()
    with pytest.raises(KeyError), manager:
        assert torch.is_anomaly_enabled()
        raise KeyError
    assert not torch.is_anomaly_enabled() and shared.watched == before


def test_gradients_still_add_up_in_place():
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    held = x.grad
    with torch.autograd.set_detect_anomaly(True):
        (x * 3).sum().backward()
    assert x.grad is held and held.tolist() == [5, 5]
