"""torch.masked: what a mask hides has no part in the result, nor in its gradient.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck

MASK = np.array([[True, False, True, True], [False, True, True, False]])
VALUES = np.array([[0.5, 9.0, -1.5, 2.0], [7.0, 0.25, 1.0, -8.0]])
HIDDEN = np.ma.masked_array(VALUES, ~MASK)


def reduced(name, *args, **kwargs):
    function = getattr(torch.masked, name)
    x, mask = torch.tensor(VALUES), torch.tensor(MASK)
    return function(x, *args, mask=mask, **kwargs).numpy()


@pytest.mark.parametrize("dim", [0, 1, -1, None, (0, 1)])
@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("sum", lambda axis: HIDDEN.sum(axis)),
        ("prod", lambda axis: HIDDEN.prod(axis if not isinstance(axis, tuple) else None)),
        ("mean", lambda axis: HIDDEN.mean(axis)),
        ("amax", lambda axis: HIDDEN.max(axis)),
        ("amin", lambda axis: HIDDEN.min(axis)),
        ("norm", lambda axis: np.sqrt((HIDDEN**2).sum(axis))),
        ("logsumexp", lambda axis: np.log(np.exp(HIDDEN).sum(axis))),
    ],
)
def test_reductions_against_numpy(name, reference, dim):
    args = (2.0, dim) if name == "norm" else (dim,)
    np.testing.assert_allclose(reduced(name, *args), np.asarray(reference(dim)), rtol=1e-12)


@pytest.mark.parametrize("correction", [0, 1])
def test_var_and_std(correction):
    # column 0, of which one element is left, has no variance with a correction of 1
    expected = np.array([VALUES[i][MASK[i]].var(ddof=correction) for i in range(2)])
    np.testing.assert_allclose(reduced("var", 1, correction=correction), expected)
    np.testing.assert_allclose(reduced("std", 1, bool(correction)), np.sqrt(expected))
    with pytest.raises(ValueError, match="Only one of unbiased and correction"):
        reduced("var", 1, True, correction=1)


def test_places_and_medians():
    assert reduced("argmax", 1).tolist() == [3, 2]
    assert reduced("argmin", 1, keepdim=True).tolist() == [[2], [1]]
    assert reduced("median", 1).tolist() == [0.5, 0.25]


def test_scans():
    np.testing.assert_allclose(reduced("cumsum", 1), HIDDEN.filled(0).cumsum(1))
    np.testing.assert_allclose(reduced("cumprod", 1), HIDDEN.filled(1).cumprod(1))


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
def test_normalizations(name):
    found = reduced(name, 1)
    sign = -1 if name == "softmin" else 1
    weights = np.exp(sign * VALUES) * MASK
    expected = weights / weights.sum(1, keepdims=True)
    if name == "log_softmax":
        with np.errstate(divide="ignore"):
            expected = np.log(expected)
    np.testing.assert_allclose(found, expected)


def test_normalize_and_logaddexp():
    expected = HIDDEN.filled(0) / np.sqrt((HIDDEN.filled(0) ** 2).sum(1, keepdims=True))
    np.testing.assert_allclose(reduced("normalize", 2.0, 1), expected)
    x, mask = torch.tensor(VALUES), torch.tensor(MASK)
    found = torch.masked.logaddexp(x, x, input_mask=mask).numpy()
    np.testing.assert_allclose(found, np.where(MASK, VALUES + np.log(2), VALUES))


def test_rows_without_anything():
    x, none = torch.tensor([[1.0, 2.0]]), torch.tensor([[False, False]])
    assert torch.masked.sum(x, 1, mask=none).item() == 0
    assert torch.masked.prod(x, 1, mask=none).item() == 1
    assert torch.masked.amax(x, 1, mask=none).item() == float("-inf")
    assert torch.isnan(torch.masked.mean(x, 1, mask=none)).all()
    whole = torch.tensor([[1, 2]])
    assert torch.masked.amax(whole, 1, mask=none).item() == torch.iinfo(torch.int64).min
    with pytest.raises(ValueError, match="no fully masked out rows"):
        torch.masked.median(whole, 1, mask=none)


def test_dtypes_and_errors():
    assert torch.masked.sum(torch.tensor([True, True])).dtype == torch.int64
    assert torch.masked.sum(torch.ones(2), dtype=torch.float64).dtype == torch.float64
    with pytest.raises(ValueError, match="Could not infer output dtype"):
        torch.masked.mean(torch.tensor([1, 2]))
    with pytest.raises(IndexError, match="mask dimensionality higher"):
        torch.masked.sum(torch.ones(2), mask=torch.ones(1, 2, dtype=torch.bool))


NAMES = ["sum", "prod", "mean", "amax", "amin", "var", "std", "cumsum", "softmax"]


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_two_orders(name):
    x, mask = torch.tensor(VALUES, requires_grad=True), torch.tensor(MASK)
    function = lambda x: getattr(torch.masked, name)(x, 1, mask=mask)
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    assert not gradient.numpy()[~MASK].any()
