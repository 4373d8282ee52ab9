"""Tensors from data, shapes and ranges: dtypes, memory, errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1, torch.int64),
        (True, torch.bool),
        (1.5, torch.float32),
        (1j, torch.complex64),
        ([True, 2], torch.int64),
        ([1, 2.5], torch.float32),
        ([[1], [2j]], torch.complex64),
        ([], torch.float32),
        (np.float64(1), torch.float64),
        ([np.float64(1)], torch.float64),
        ([np.float32(1), 2.0], torch.float32),
        (np.ones(2, np.int16), torch.int16),
        (range(3), torch.int64),
    ],
)
def test_dtype_is_inferred_as_pytorch_does(data, dtype):
    assert torch.tensor(data).dtype is dtype


def test_default_dtype_decides_for_python_floats():
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor([1.0]).dtype is torch.float64
        assert torch.zeros(1).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ([[1, 2], [3]], ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
        ([[1], 2], TypeError, "not a sequence"),
        ([2**63], ValueError, "Overflow when unpacking long long"),
        ("abc", TypeError, "invalid data type 'str'"),
        (["a"], ValueError, "too many dimensions 'str'"),
        (None, RuntimeError, "Could not infer dtype of NoneType"),
        (np.ones(2)[::-1], ValueError, "stride in the given numpy array is negative"),
        (np.array(["a"]), TypeError, "can't convert np.ndarray of type numpy.str_"),
    ],
)
def test_bad_data(data, error, words):
    with pytest.raises(error, match=words):
        torch.tensor(data)


def test_tensor_copies_and_from_numpy_shares():
    array = np.zeros(3, np.float32)
    copied, shared = torch.tensor(array), torch.from_numpy(array)
    array[0] = 5
    assert copied.tolist() == [0, 0, 0]
    assert shared.tolist() == [5, 0, 0]
    assert shared.numpy() is array


def test_from_numpy_of_a_slice_starts_its_own_storage():
    part = torch.from_numpy(np.arange(10)[4:8:2])
    assert (part.storage_offset(), part.stride()) == (0, (2,))


def test_as_tensor_shares_what_fits():
    array = np.zeros(2, np.float32)
    t = torch.as_tensor(array)
    assert torch.as_tensor(t) is t
    assert np.shares_memory(t.numpy(), array)
    assert torch.as_tensor(array, dtype=torch.float64).dtype is torch.float64


def test_requires_grad_needs_a_floating_dtype():
    assert torch.zeros(2, requires_grad=True).is_leaf
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype"):
        torch.tensor([1], requires_grad=True)


def test_integers_that_do_not_fit():
    assert torch.tensor([-1], dtype=torch.uint8).tolist() == [255]
    with pytest.raises(RuntimeError, match="cannot be converted to type uint8 without overflow"):
        torch.tensor([300], dtype=torch.uint8)


def test_shapes_and_fills():
    assert torch.zeros((2, 3)).shape == torch.zeros(2, 3).shape == (2, 3)
    assert torch.full((2,), 3).dtype is torch.int64
    assert torch.full((2,), True).dtype is torch.bool
    assert torch.full_like(torch.ones(2, dtype=torch.int), 3.7).tolist() == [3, 3]
    assert torch.zeros_like(torch.ones(2, 3).t()).stride() == (1, 3)
    assert torch.ones(2).new_zeros(2, dtype=torch.int).dtype is torch.int32
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        torch.zeros(-1)
    with pytest.raises(TypeError, match="must be tuple of ints, not float"):
        torch.zeros(2.5)


def test_ranges():
    assert torch.arange(3).tolist() == [0, 1, 2]
    assert torch.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert torch.arange(0, 1, 0.25).tolist() == [0, 0.25, 0.5, 0.75]
    assert torch.linspace(0, 10, 3, dtype=torch.int).tolist() == [0, 5, 10]
    assert torch.linspace(0, 1, 1).tolist() == [0]
    assert torch.logspace(0, 2, 3).tolist() == [1, 10, 100]
    assert torch.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]]
    with pytest.raises(RuntimeError, match="step must be nonzero"):
        torch.arange(0, 3, 0)
    with pytest.raises(RuntimeError, match="bound inconsistent with step sign"):
        torch.arange(1, 0)


def test_meshgrid():
    rows, columns = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")
    assert rows.tolist() == [[0, 0, 0], [1, 1, 1]]
    assert columns.tolist() == [[0, 1, 2], [0, 1, 2]]
