"""Indexing against NumPy, where the rules agree, and against recorded values, where they do not.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

AGREED = [
    (0,), (-1,), (slice(1, 3),), (slice(None), 1), (None, 0), (..., 2), (slice(None, None, 2), ...),
    ([0, 2],), (slice(None), [1, 1, 0]), ([[0], [1]], [[2, 3]]), (slice(1), None, [0, 1]),
    ([0, 1], slice(None), [2, 3]), (np.array([True, False, True]),), ([],), (True,), (1, 2, 3),
]  # fmt: skip


def cube():
    array = np.arange(60.0).reshape(3, 4, 5)
    return array, torch.from_numpy(array.copy())


@pytest.mark.parametrize("index", AGREED, ids=str)
def test_get_as_numpy_does(index):
    array, tensor = cube()
    found = tensor[index]
    np.testing.assert_array_equal(found.numpy(), array[index])
    assert found.shape == array[index].shape


@pytest.mark.parametrize("index", AGREED, ids=str)
def test_set_as_numpy_does(index):
    array, tensor = cube()
    array = array.copy()
    value = -np.arange(array[index].size, dtype=array.dtype).reshape(array[index].shape)
    array[index] = value
    tensor[index] = torch.from_numpy(np.array(value))
    np.testing.assert_array_equal(tensor.numpy(), array)
    assert tensor._version == 1


@pytest.mark.parametrize("index", AGREED, ids=str)
def test_gradient_counts_how_often_an_element_was_used(index):
    array, tensor = cube()
    tensor.requires_grad_()
    tensor[index].sum().backward()
    expected = np.zeros(array.size)
    np.add.at(expected, np.arange(array.size).reshape(array.shape)[index], 1)
    found = np.zeros(array.shape) if tensor.grad is None else tensor.grad.numpy()
    np.testing.assert_array_equal(found.ravel(), expected)


def test_an_int_beside_a_list_selects_first():
    """NumPy would put the picked dim in front here."""
    _, tensor = cube()
    assert tensor[0, :, [0, 1]].shape == (4, 2)
    assert tensor[:, 0, [0, 1]].shape == (3, 2)


def test_basic_indices_are_views_and_lists_are_copies():
    _, tensor = cube()
    tensor[0, 1:3][0, 0] = -5
    assert tensor[0, 1, 0].item() == -5
    tensor[[0]][0, 0, 0] = 99
    assert tensor[0, 0, 0].item() == 0


def test_index_tensors():
    x = torch.arange(6).view(2, 3)
    assert x[torch.tensor(1)].tolist() == [3, 4, 5]
    assert x[torch.tensor([1, 0], dtype=torch.int32)].tolist() == [[3, 4, 5], [0, 1, 2]]
    assert x[x > 2].tolist() == [3, 4, 5]
    assert x[torch.tensor(False)].shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("index", "error", "words"),
    [
        (5, IndexError, "index 5 is out of bounds for dimension 0 with size 3"),
        ((0, -9), IndexError, "index -9 is out of bounds for dimension 1 with size 4"),
        ([7], IndexError, "index 7 is out of bounds for dimension 0 with size 3"),
        ((0, 0, 0, 0), IndexError, "too many indices for tensor of dimension 3"),
        (slice(None, None, -1), ValueError, "step must be greater than zero"),
        (1.5, IndexError, "only integers, slices"),
        ("a", TypeError, "invalid data type 'str'"),
        ([0.5], IndexError, "tensors used as indices must be long, int, byte or bool"),
        (np.ones((3, 5), bool), IndexError, r"The shape of the mask \[3, 5\] at index 1"),
    ],
    ids=str,
)
def test_bad_indices(index, error, words):
    _, tensor = cube()
    with pytest.raises(error, match=words):
        tensor[index]
    with pytest.raises(error, match=words):
        tensor[index] = 1
    assert tensor._version == 0


def test_bad_values_leave_the_tensor_alone():
    x = torch.zeros(2, 3)
    with pytest.raises(RuntimeError, match=r"The expanded size of the tensor \(3\)"):
        x[0] = torch.ones(4)
    with pytest.raises(TypeError, match=r"can't assign a list to a torch.FloatTensor"):
        x[0] = [1, 2, 3]
    with pytest.raises(RuntimeError, match="Index put requires the source and destination dtypes"):
        x[[0]] = torch.ones(3, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="shape mismatch: value tensor of shape"):
        x[[0, 1]] = torch.ones(3, 3)
    assert not x.any()


def test_gather_and_scatter_are_each_others_inverse():
    values = torch.arange(12.0).view(3, 4)
    order = torch.tensor([[3, 2, 1, 0], [0, 1, 2, 3], [1, 0, 3, 2]])
    picked = values.gather(1, order)
    assert torch.zeros(3, 4).scatter(1, order, picked).tolist() == values.tolist()
    assert picked[0].tolist() == [3.0, 2.0, 1.0, 0.0]


def test_repeated_indices_accumulate_in_half_precision_as_in_single():
    x = torch.zeros(2, dtype=torch.float16, requires_grad=True)
    x[torch.zeros(3000, dtype=torch.long)].sum().backward()
    assert x.grad.tolist() == [3000.0, 0.0]


def test_where_promotes_and_broadcasts():
    mask = torch.tensor([[True], [False]])
    found = torch.where(mask, torch.tensor([1, 2]), 0.5)
    assert found.tolist() == [[1.0, 2.0], [0.5, 0.5]]
    assert found.dtype is torch.float32


def test_cat_and_stack():
    a, b = torch.tensor([[1, 2]]), torch.tensor([[3.5, 4.0]], requires_grad=True)
    joined = torch.cat([a, b])
    assert joined.tolist() == [[1.0, 2.0], [3.5, 4.0]]
    (joined * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert b.grad.tolist() == [[3.0, 4.0]]
    assert torch.stack([a, a], -1).shape == (1, 2, 2)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match except in dimension 0"):
        torch.cat([a, torch.zeros(1, 3)])


def test_repeats_rolls_and_flips():
    x = torch.tensor([[1, 2], [3, 4]])
    assert x.repeat(1, 2).tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
    assert x.repeat_interleave(torch.tensor([2, 1]), 0).tolist() == [[1, 2], [1, 2], [3, 4]]
    assert x.roll(1).tolist() == [[4, 1], [2, 3]]
    assert x.flip(0, 1).tolist() == [[4, 3], [2, 1]]
    assert x.rot90(-1).tolist() == [[3, 1], [4, 2]]
    assert x.triu(1).tolist() == [[0, 2], [0, 0]]


@pytest.mark.parametrize("shape", [(3, 4), (300, 200), (129, 129), (2, 150, 200), (1000, 20)])
@pytest.mark.parametrize("diagonal", [-400, -65, -1, 0, 2, 64, 400])
def test_triangles_of_small_and_large_matrices(shape, diagonal):
    array = np.random.default_rng(0).standard_normal(shape)
    x = torch.from_numpy(array)
    np.testing.assert_array_equal(x.tril(diagonal).numpy(), np.tril(array, diagonal))
    np.testing.assert_array_equal(x.triu(diagonal).numpy(), np.triu(array, diagonal))
    turned = x.mT.tril(diagonal).numpy()
    np.testing.assert_array_equal(turned, np.tril(array.swapaxes(-1, -2), diagonal))
