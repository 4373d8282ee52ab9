"""Orders of samples: recorded from PyTorch 2.13 for the same seeds, and the rules they keep.

May import: everything.
"""

import pytest

import rushlight as torch
from rushlight.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    random_split,
)


@pytest.mark.parametrize(
    "seed, size, expected",
    [
        (0, 1, [0]),
        (0, 5, [1, 3, 4, 2, 0]),
        (1, 8, [6, 5, 4, 7, 3, 1, 0, 2]),
        (42, 10, [4, 2, 8, 9, 1, 7, 0, 3, 5, 6]),
        (7, 12, [1, 6, 9, 2, 4, 8, 3, 5, 11, 10, 0, 7]),
    ],
)
def test_random_orders(seed, size, expected):
    torch.manual_seed(seed)
    assert list(RandomSampler(range(size))) == expected


@pytest.mark.parametrize(
    "seed, size, options, expected",
    [
        (0, 5, {"replacement": True}, [1, 0, 4, 3, 4]),
        (1, 3, {"replacement": True, "num_samples": 7}, [0, 0, 2, 0, 0, 0, 1]),
        (42, 10, {"replacement": True, "num_samples": 4}, [4, 8, 8, 6]),
        (0, 5, {"num_samples": 3}, [1, 3, 4]),
        (1, 3, {"num_samples": 7}, [0, 1, 2, 2, 1, 0, 0]),
        (42, 4, {"num_samples": 4}, [0, 2, 1, 3]),
    ],
)
def test_random_orders_with_options(seed, size, options, expected):
    torch.manual_seed(seed)
    sampler = RandomSampler(range(size), **options)
    assert len(sampler) == len(expected)
    assert list(sampler) == expected


def test_each_pass_is_another_order_of_the_same_samples():
    torch.manual_seed(0)
    sampler = RandomSampler(range(50))
    first, second = list(sampler), list(sampler)
    assert first != second
    assert sorted(first) == sorted(second) == list(range(50))


def test_a_generator_of_its_own_leaves_the_default_one_alone():
    torch.manual_seed(3)
    expected = torch.rand(1).item()
    torch.manual_seed(3)
    orders = [
        list(RandomSampler(range(9), generator=torch.Generator().manual_seed(1))) for _ in "ab"
    ]
    assert orders[0] == orders[1]
    assert torch.rand(1).item() == expected


def test_subset_and_weighted_samplers():
    torch.manual_seed(0)
    assert list(SubsetRandomSampler([4, 5, 6, 9, 11])) == [11, 4, 5, 9, 6]
    assert len(SubsetRandomSampler([4, 5])) == 2
    torch.manual_seed(0)
    weights = [0.1, 0.9, 0.5]
    assert list(WeightedRandomSampler(weights, 8)) == [2, 2, 1, 2, 1, 2, 1, 1]
    torch.manual_seed(0)
    assert list(WeightedRandomSampler(torch.tensor(weights), 3, replacement=False)) == [2, 1, 0]
    assert len(WeightedRandomSampler(weights, 8)) == 8


@pytest.mark.parametrize("size", range(8))
@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 9])
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches(size, batch_size, drop_last):
    sampler = BatchSampler(SequentialSampler(range(size)), batch_size, drop_last)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    joined = [index for batch in batches for index in batch]
    assert joined == list(range(size))[: len(joined)]
    assert size - len(joined) < batch_size if drop_last else len(joined) == size
    assert all(len(batch) == batch_size for batch in (batches if drop_last else batches[:-1]))


def test_a_sampler_of_the_users_own():
    class Backwards(Sampler[int]):
        def __init__(self, data):
            self.data = data

        def __iter__(self):
            return iter(range(len(self.data) - 1, -1, -1))

        def __len__(self):
            return len(self.data)

    data = ["a", "b", "c"]
    assert list(DataLoader(data, sampler=Backwards(data), batch_size=2)) == [["c", "b"], ["a"]]
    with pytest.raises(NotImplementedError):
        iter(Sampler())


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: RandomSampler(range(3), replacement=1), TypeError, "replacement should be a bool"),
        (lambda: RandomSampler(range(3), num_samples=0), ValueError, "positive integer value, but"),
        (lambda: RandomSampler(range(3), num_samples=2.5), ValueError, "got num_samples=2.5"),
        (lambda: RandomSampler([]), ValueError, "num_samples should be a positive .*=0"),
        (lambda: WeightedRandomSampler([1.0], 0), ValueError, "num_samples should be a positive"),
        (
            lambda: WeightedRandomSampler([1.0], True),
            ValueError,
            "num_samples should be a positive",
        ),
        (lambda: WeightedRandomSampler([1.0], 1, 3), ValueError, "replacement should be a boolean"),
        (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, "weights should be a 1d sequence"),
        (
            lambda: list(WeightedRandomSampler([1.0, 2.0], 3, False)),
            RuntimeError,
            "cannot sample n_sample > prob_dist.size",
        ),
        (lambda: list(WeightedRandomSampler([0.0], 3)), RuntimeError, "invalid multinomial"),
        (
            lambda: list(WeightedRandomSampler([-1.0, 2.0], 3)),
            RuntimeError,
            "element < 0|entry < 0",
        ),
        (lambda: BatchSampler(range(3), 0, False), ValueError, "batch_size should be a positive"),
        (lambda: BatchSampler(range(3), 1.5, False), ValueError, "batch_size should be a positive"),
        (
            lambda: BatchSampler(range(3), True, False),
            ValueError,
            "batch_size should be a positive",
        ),
        (lambda: BatchSampler(range(3), 1, 0), ValueError, "drop_last should be a boolean value"),
    ],
)
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- random_split


def test_parts_of_given_lengths():
    torch.manual_seed(0)
    parts = random_split(range(10), [3, 7])
    assert [part.indices for part in parts] == [[4, 1, 7], [5, 3, 9, 0, 8, 6, 2]]
    assert [parts[0][i] for i in range(3)] == [4, 1, 7]


def test_parts_by_fractions():
    generator = torch.Generator().manual_seed(42)
    parts = random_split(range(11), [0.3, 0.3, 0.4], generator=generator)
    assert [part.indices for part in parts] == [[6, 8, 9, 2], [1, 10, 0], [7, 3, 5, 4]]
    sizes = [len(part) for part in random_split(range(1003), [0.7, 0.2, 0.1])]
    assert sizes == [703, 200, 100]


def test_an_empty_part_of_a_fraction_is_warned_of():
    with pytest.warns(UserWarning, match=r"Length of split at index 1 is 0\."):
        parts = random_split(range(2), [0.1, 0.1, 0.8])
    assert [len(part) for part in parts] == [1, 0, 1]


@pytest.mark.parametrize(
    "lengths, error, message",
    [
        ([3, 3], ValueError, "Sum of input lengths does not equal the length of the input dataset"),
        ([0.5, 0.3], ValueError, "They sum to 0.8, the dataset has 10"),
        ([1.5, -0.5], ValueError, "Fraction at index 0 is not between 0 and 1"),
        ([-3, 13], ValueError, "must not be negative"),
        ([3.0, 7.0], TypeError, "cannot be interpreted as an integer"),
        ([], ValueError, "Sum of input lengths"),
    ],
)
def test_lengths_that_do_not_fit(lengths, error, message):
    with pytest.raises(error, match=message):
        random_split(range(10), lengths)
