"""Datasets: what can be asked for its n-th sample, or gives samples in a stream; several as one.

May import: nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import Any


class Dataset:
    """Samples by number: write `__getitem__`, and `__len__` for samplers.

    `__getitems__(indices)`, where there is one, gives a loader the samples of a whole batch.

    >>> class Squares(torch.utils.data.Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         return index**2
    >>> [batch.tolist() for batch in torch.utils.data.DataLoader(Squares(), batch_size=3)]
    [[0, 1, 4], [9]]
    """

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Any) -> "ConcatDataset":
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """Samples in a stream: write `__iter__`. TypeError for one without.

    >>> class Countdown(torch.utils.data.IterableDataset):
    ...     def __iter__(self):
    ...         return iter([3, 2, 1])
    >>> [batch.tolist() for batch in torch.utils.data.DataLoader(Countdown(), batch_size=2)]
    [[3, 2], [1]]
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.__iter__ is IterableDataset.__iter__:
            raise TypeError(
                f"Can't instantiate abstract class {cls.__name__} with abstract method __iter__"
            )
        return object.__new__(cls)

    def __iter__(self) -> Iterator:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Any) -> "ChainDataset":  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset):
    """Sample n is row n of each tensor; AssertionError unless all have as many rows.

    >>> data = torch.utils.data.TensorDataset(torch.ones(3, 2), torch.zeros(3))
    >>> data[1]
    (tensor([1., 1.]), tensor(0.))
    """

    def __init__(self, *tensors: Any) -> None:
        rows = [tensor.size(0) for tensor in tensors]
        if len(set(rows)) > 1:
            raise AssertionError(f"Size mismatch between tensors: they have {rows} rows")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple:
        return tuple([tensor[index] for tensor in self.tensors])

    def __len__(self) -> int:
        return self.tensors[0].size(0)


class ConcatDataset(Dataset):
    """Several datasets one after the other; also made by `+`.

    AssertionError for none, and for streams.

    >>> data = torch.utils.data.ConcatDataset([range(3), range(10, 12)])
    >>> len(data), data[3], data[-1]
    (5, 10, 11)
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError(
                "ConcatDataset does not support IterableDataset: use ChainDataset for streams"
            )
        self.cumulative_sizes = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        total = len(self)
        if index < -total:
            raise ValueError(
                f"absolute value of index should not exceed dataset length: {index} of {total}"
            )
        if index >= total:
            raise IndexError(f"list index out of range: sample {index} of {total}")
        position = index % total
        number = bisect_right(self.cumulative_sizes, position)
        start = self.cumulative_sizes[number - 1] if number > 0 else 0
        return self.datasets[number][position - start]


class ChainDataset(IterableDataset):
    """Several streams one after the other; also made by `+`. AssertionError for what is none.

    >>> class Some(torch.utils.data.IterableDataset):
    ...     def __iter__(self):
    ...         return iter([1, 2])
    >>> list(torch.utils.data.ChainDataset([Some(), Some()]))
    [1, 2, 1, 2]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator:
        return chain.from_iterable(map(_stream, self.datasets))

    def __len__(self) -> int:
        return sum(len(_stream(dataset)) for dataset in self.datasets)


def _stream(dataset: Any) -> Any:
    if not isinstance(dataset, IterableDataset):
        raise AssertionError(
            f"ChainDataset only supports IterableDataset, but got {type(dataset).__name__}"
        )
    return dataset


class StackDataset(Dataset):
    """Sample n is the n-th of each dataset: a tuple, or a dict when they are given by name.

    ValueError for none, for some with names and some without, and for unequal lengths.

    >>> torch.utils.data.StackDataset(x=range(3), y="abc")[1]
    {'x': 1, 'y': 'b'}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or``dict``- (via ``kwargs``) like "
                "input/output, but both types are given."
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        lengths = [len(dataset) for dataset in (*args, *kwargs.values())]
        if len(set(lengths)) > 1:
            raise ValueError(f"Size mismatch between datasets: their lengths are {lengths}")
        self.datasets: Any = args or kwargs
        self._length = lengths[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple([dataset[index] for dataset in self.datasets])

    def __len__(self) -> int:
        return self._length
