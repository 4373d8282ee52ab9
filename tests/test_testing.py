"""assert_close and make_tensor.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

assert_close, make_tensor = torch.testing.assert_close, torch.testing.make_tensor
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("actual", "expected", "keywords"),
    [
        (torch.ones(2), torch.ones(2) + 1e-6, {}),
        (torch.ones(2), torch.ones(2).double(), {"check_dtype": False}),
        (torch.tensor([NAN, INF]), torch.tensor([NAN, INF]), {"equal_nan": True}),
        (np.ones(2), np.ones(2), {}),
        (1.0, 1.5, {"rtol": 1.0, "atol": 0.0}),
        ([torch.ones(2), {"a": (1, None)}], [torch.ones(2), {"a": (1, None)}], {}),
        (torch.nn.Parameter(torch.ones(2)), torch.ones(2), {}),
        (torch.empty(0), torch.empty(0), {}),
        (True, True, {}),
    ],
)
def test_close(actual, expected, keywords):
    assert_close(actual, expected, **keywords)


@pytest.mark.parametrize(
    ("actual", "expected", "words"),
    [
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]), r"elements: 1 / 2 \(50.0%\)"),
        (torch.zeros(2, 3), torch.arange(6.0).reshape(2, 3), r"difference: 5.0 at index \(1, 2\)"),
        (torch.tensor([NAN]), torch.tensor([NAN]), "difference: nan at"),
        (torch.tensor([INF]), torch.tensor([1.0]), "difference: inf at"),
        (torch.tensor([1]), torch.tensor([2]), "Tensor-likes are not equal!"),
        (
            torch.tensor(1.0),
            torch.tensor(2.0),
            r"Expected 2.0 but got 1.0.\nAbsolute difference: 1",
        ),
        (torch.ones(2), torch.ones(3), "'shape' do not match"),
        (torch.ones(2), torch.ones(2).double(), "'dtype' do not match"),
        (1, 2, "Scalars are not equal!"),
        (1, 1.0, r"The \(d\)types do not match"),
        (1.0, 1.1, r"Relative difference: 0.0909.* \(up to 1e-07 allowed\)"),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]], r"for item \[1\]\[1\]"),
        ({"a": [1.0]}, {"a": [2.0]}, r"for item \['a'\]\[0\]"),
        ({"a": 1}, {"b": 1}, r"Missing keys in the actual mapping: \['b'\]"),
        ([1], [1, 2], "length of the sequences mismatch: 1 != 2"),
        (None, 1, "None mismatch"),
        (True, False, "Booleans mismatch"),
    ],
)
def test_not_close(actual, expected, words):
    with pytest.raises(AssertionError, match=words):
        assert_close(actual, expected)


def test_what_cannot_be_asked():
    with pytest.raises(TypeError, match="No comparison pair was able to handle"):
        assert_close("a", "a")
    with pytest.raises(TypeError, match="No comparison pair was able to handle"):
        assert_close(torch.ones(1), 1.0)
    with pytest.raises(ValueError, match="but got no atol"):
        assert_close(1.0, 1.0, rtol=1e-3)


def test_messages_and_strides():
    with pytest.raises(AssertionError, match=r"^mine$"):
        assert_close(1, 2, msg="mine")
    with pytest.raises(AssertionError, match=r"^mine: Scalars"):
        assert_close(1, 2, msg=lambda text: f"mine: {text}")
    x = torch.ones(2, 3)
    assert_close(x, torch.ones(3, 2).t())
    with pytest.raises(AssertionError, match=r"'stride\(\)' do not match"):
        assert_close(x, torch.ones(3, 2).t(), check_stride=True)


@pytest.mark.parametrize("dtype", torch.core.dtype.ALL, ids=str)
def test_make_tensor(dtype):
    torch.manual_seed(0)
    x = make_tensor(50, 4, dtype=dtype, device="cpu")
    assert x.shape == (50, 4) and x.dtype is dtype and x.is_contiguous()
    parts = torch.view_as_real(x) if dtype.is_complex else x.double()
    assert parts.min() >= (0 if not dtype.is_signed else -9) and parts.max() <= 9
    assert parts.unique().numel() == 2 if dtype is torch.bool else parts.unique().numel() > 9
    torch.manual_seed(0)
    gaps = make_tensor((50, 4), dtype=dtype, device="cpu", noncontiguous=True)
    assert gaps.stride() == (8, 2)
    assert (make_tensor(99, dtype=dtype, low=0, high=2, exclude_zero=True) != 0).all()


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"low": 3, "high": 2}, "`low` must be less than `high`"),
        ({"low": NAN}, "cannot be NaN"),
        ({"requires_grad": True}, "not supported for boolean and integral"),
        ({"low": 300, "high": 301, "dtype": torch.uint8}, "only supports"),
        ({"noncontiguous": True, "memory_format": torch.contiguous_format}, "mutually exclusive"),
    ],
)
def test_make_tensor_errors(keywords, words):
    with pytest.raises(ValueError, match=words):
        make_tensor((2,), **{"dtype": torch.int64, **keywords})


def test_make_tensor_may_want_a_gradient():
    assert make_tensor(2, dtype=torch.float64, requires_grad=True).is_leaf
