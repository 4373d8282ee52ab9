"""Ranges and grids against NumPy and against recorded values.

May import: everything.
"""

import warnings

import numpy as np
import pytest

import rushlight as torch


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((3,), [0, 1, 2]),
        ((5, 0, -2), [5, 3, 1]),
        ((1, 2.5, 0.5), [1.0, 1.5, 2.0]),
        ((0,), []),
        ((True,), [0]),
        ((torch.tensor(3),), [0, 1, 2]),
    ],
)
def test_arange(args, expected):
    assert torch.arange(*args).tolist() == expected


def test_arange_counts_as_pytorch_does():
    assert torch.arange(0.0, -8.000001, -4.0, dtype=torch.int64).tolist() == [0, -4]
    assert torch.arange(0.5, 3.7, dtype=torch.int32).tolist() == [0, 1, 2, 3]
    assert torch.arange(end=2).tolist() == [0, 1]
    assert torch.arange(2, dtype=torch.float16).dtype is torch.float16


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: torch.arange(0, 5, 0), RuntimeError, "step must be nonzero"),
        (lambda: torch.arange(0, 5, -1), RuntimeError, "inconsistent with step sign"),
        (lambda: torch.arange(0, 5, 0.5, dtype=torch.int64), ValueError, "nonzero"),
        (lambda: torch.arange(0, float("nan")), RuntimeError, "unsupported range"),
        (lambda: torch.arange(1j), RuntimeError, "without overflow"),
        (lambda: torch.arange("a"), TypeError, "must be Number"),
        (lambda: torch.arange(0, 1e30), RuntimeError, "invalid size"),
        (lambda: torch.arange(2, dtype=torch.bool), NotImplementedError, "'Bool'"),
        (lambda: torch.linspace(0, 1, -1), RuntimeError, "non-negative"),
        (lambda: torch.linspace(0, 1, 2.0), TypeError, "steps must be int"),
        (lambda: torch.linspace(torch.ones(2), 1, 2), RuntimeError, "0-dimensional"),
        (lambda: torch.eye(-1), RuntimeError, "greater or equal to 0"),
        (lambda: torch.tril_indices(-1, 2), RuntimeError, "must be non-negative"),
        (lambda: torch.tril_indices(2, 2, dtype=torch.float32), NotImplementedError, "'Float'"),
        (lambda: torch.meshgrid(), RuntimeError, "non-empty"),
        (lambda: torch.meshgrid(torch.ones(2, 2)), RuntimeError, "0D or 1D"),
        (lambda: torch.meshgrid(torch.ones(2), torch.tensor([1])), RuntimeError, "same dtype"),
        (lambda: torch.full((2,), float("inf"), dtype=torch.int8), RuntimeError, "overflow"),
        (lambda: torch.zeros(), TypeError, "missing 1 required"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("steps", [0, 1, 2, 7, 50])
def test_linspace_and_logspace(steps):
    found = torch.linspace(-1, 2.5, steps, dtype=torch.float64)
    np.testing.assert_allclose(found.numpy(), np.linspace(-1, 2.5, steps), atol=1e-15)
    powers = torch.logspace(-1, 2.5, steps, base=2, dtype=torch.float64)
    np.testing.assert_allclose(powers.numpy(), np.logspace(-1, 2.5, steps, base=2))
    assert torch.linspace(torch.tensor(0), 9, 4, dtype=torch.int32).tolist() == [0, 3, 6, 9]


def test_range_is_deprecated_but_there():
    with pytest.warns(UserWarning, match="deprecated"):
        assert torch.range(1, 4, 1.5).tolist() == [1, 2.5, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch.range(0, 2, dtype=torch.int64).tolist() == [0, 1, 2]


@pytest.mark.parametrize("offset", [-9, -2, -1, 0, 1, 2, 9])
@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (0, 2), (2, 0), (1, 1)])
def test_triangles(shape, offset):
    for found, mask in (
        (torch.tril_indices(*shape, offset), np.tri(*shape, offset, dtype=bool)),
        (torch.triu_indices(*shape, offset), ~np.tri(*shape, offset - 1, dtype=bool)),
    ):
        np.testing.assert_array_equal(found.numpy(), np.stack(mask.nonzero()))


@pytest.mark.parametrize("indexing", ["ij", "xy"])
def test_meshgrid(indexing):
    lines = torch.arange(3), torch.arange(2), torch.arange(4)
    expected = np.meshgrid(*[line.numpy() for line in lines], indexing=indexing)
    for grid, other in zip(torch.meshgrid(*lines, indexing=indexing), expected, strict=True):
        np.testing.assert_array_equal(grid.numpy(), other)
