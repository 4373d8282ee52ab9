"""Datasets: rows of tensors, several as one, parts, and what they refuse.

May import: everything.
"""

import pytest

import rushlight as torch
from rushlight.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
)


class Count(IterableDataset):
    def __init__(self, size):
        self.size = size

    def __iter__(self):
        return iter(range(self.size))


class Sized(Count):
    def __len__(self):
        return self.size


class Numbers(Dataset):
    def __init__(self, size, start=0):
        self.size = size
        self.start = start

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return self.start + range(self.size)[index]


def test_rows_of_tensors():
    x, y = torch.arange(6.0).view(3, 2), torch.tensor([5, 6, 7])
    data = TensorDataset(x, y)
    assert len(data) == 3
    row, label = data[-1]
    assert row.tolist() == [4, 5]
    assert label.item() == 7
    rows, labels = data[0:2]
    assert rows.shape == (2, 2)
    assert labels.tolist() == [5, 6]
    row[0] = 9
    assert x[2, 0] == 9, "a row is a view"
    assert data.tensors[0] is x


def test_tensors_of_unequal_length_and_what_is_no_tensor():
    with pytest.raises(AssertionError, match=r"Size mismatch between tensors: .* \[2, 3\] rows"):
        TensorDataset(torch.ones(2), torch.ones(3))
    with pytest.raises(IndexError, match="Dimension specified as 0 but tensor has no dimensions"):
        TensorDataset(torch.ones(()))
    with pytest.raises(AttributeError, match="has no attribute 'size'"):
        TensorDataset([1, 2])
    with pytest.raises(IndexError):
        TensorDataset(torch.ones(2))[2]


def test_one_after_the_other():
    data = Numbers(2) + Numbers(0) + Numbers(3, start=10)
    assert isinstance(data, ConcatDataset)
    assert len(data) == 5
    assert [data[i] for i in range(-5, 5)] == [0, 1, 10, 11, 12] * 2
    assert ConcatDataset([Numbers(2), Numbers(3)]).cumulative_sizes == [2, 5]
    with pytest.raises(IndexError, match="list index out of range"):
        data[5]
    with pytest.raises(ValueError, match="absolute value of index should not exceed dataset len"):
        data[-6]
    with pytest.raises(AssertionError, match="datasets should not be an empty iterable"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="ConcatDataset does not support IterableDataset"):
        ConcatDataset([Count(2)])


def test_streams_one_after_the_other():
    data = Count(2) + Count(3)
    assert isinstance(data, ChainDataset)
    assert list(data) == list(data) == [0, 1, 0, 1, 2]
    assert len(Sized(2) + Sized(3)) == 5
    with pytest.raises(TypeError, match="has no len"):
        len(data)
    with pytest.raises(AssertionError, match="ChainDataset only supports IterableDataset"):
        list(ChainDataset([Numbers(2)]))


def test_side_by_side():
    assert StackDataset(Numbers(2), "ab")[1] == (1, "b")
    data = StackDataset(x=Numbers(2), y="ab")
    assert data[0] == {"x": 0, "y": "a"}
    assert len(data) == 2
    for args, kwargs, message in (
        ((), {}, "At least one dataset should be passed"),
        ((Numbers(2), Numbers(3)), {}, "Size mismatch between datasets"),
        ((Numbers(2),), {"y": Numbers(2)}, "both types are given"),
    ):
        with pytest.raises(ValueError, match=message):
            StackDataset(*args, **kwargs)


def test_parts():
    part = Subset(Numbers(10), [7, 2, 7])
    assert len(part) == 3
    assert [part[i] for i in range(3)] == [7, 2, 7]
    assert part[-1] == 7
    with pytest.raises(IndexError):
        part[3]
    rows = Subset(TensorDataset(torch.arange(5)), [1, 3])
    assert rows[[0, 1]][0].tolist() == [1, 3]


def test_a_part_of_a_part_asks_once_for_a_whole_batch():
    asked = []

    class Batches(Numbers):
        def __getitems__(self, indices):
            asked.append(indices)
            return indices

    part = Subset(Subset(Batches(10), [9, 8, 7, 6]), [3, 0, 1])
    assert [b.tolist() for b in DataLoader(part, batch_size=2)] == [[6, 9], [8]]
    assert asked == [[6, 9], [8]]


def test_base_classes_say_what_to_write():
    with pytest.raises(NotImplementedError, match="should implement __getitem__"):
        Dataset()[0]
    with pytest.raises(TypeError, match="abstract class IterableDataset with abstract method __it"):
        IterableDataset()
    with pytest.raises(TypeError, match="has no len"):
        len(Dataset())
    assert issubclass(Dataset[int], Dataset)
