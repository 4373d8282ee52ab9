"""DataLoader: orders, batches, streams, collating, options that exclude each other.

May import: everything.
"""

from collections import Counter, OrderedDict, namedtuple

import numpy as np
import pytest

import rushlight as torch
from rushlight.utils.data import (
    DataLoader,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    TensorDataset,
    default_collate,
    default_convert,
    get_worker_info,
)


class Count(IterableDataset):
    def __init__(self, size):
        self.size = size

    def __iter__(self):
        return iter(range(self.size))


class Sized(Count):
    def __len__(self):
        return self.size


def batches(*args, **kwargs):
    return [batch.tolist() for batch in DataLoader(*args, **kwargs)]


# ---- orders


def test_shuffled_batches_are_those_of_pytorch():
    torch.manual_seed(0)
    loader = DataLoader(range(7), batch_size=3, shuffle=True)
    assert [batch.tolist() for batch in loader] == [[0, 4, 1], [5, 2, 6], [3]]
    assert [batch.tolist() for batch in loader] == [[3, 1, 4], [2, 5, 0], [6]]
    generator = torch.Generator().manual_seed(5)
    expected = [[2, 4, 3], [5, 0, 6], [1]]
    assert batches(range(7), batch_size=3, shuffle=True, generator=generator) == expected


def test_what_a_pass_draws_from_the_default_stream():
    torch.manual_seed(0)
    list(DataLoader(range(5)))
    assert torch.rand(1).item() == pytest.approx(0.08847743272781372)
    torch.manual_seed(0)
    list(DataLoader(range(5), shuffle=True))
    assert torch.rand(1).item() == pytest.approx(0.30742281675338745)


@pytest.mark.parametrize("size", range(8))
@pytest.mark.parametrize("batch_size", [1, 3, 7])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("kind", [range, Sized])
def test_lengths_and_last_batches(size, batch_size, drop_last, kind):
    loader = DataLoader(kind(size), batch_size=batch_size, drop_last=drop_last)
    seen = [batch.tolist() for batch in loader]
    assert len(seen) == len(loader)
    joined = [number for batch in seen for number in batch]
    assert joined == list(range(size))[: len(joined)]
    assert size - len(joined) < batch_size if drop_last else len(joined) == size


def test_samplers_and_lists_of_batches():
    assert batches(range(9), sampler=[3, 1, 8], batch_size=2) == [[3, 1], [8]]
    assert batches(range(9), batch_sampler=[[0, 1], [5]]) == [[0, 1], [5]]
    loader = DataLoader(range(9), batch_sampler=[[0, 1], [5]])
    assert (len(loader), loader.batch_size) == (2, None)
    assert isinstance(DataLoader(range(3)).sampler, SequentialSampler)
    assert isinstance(DataLoader(range(3), shuffle=True).sampler, RandomSampler)


def test_one_sample_at_a_time():
    assert list(DataLoader(range(3), batch_size=None)) == [0, 1, 2]
    assert list(DataLoader(Count(3), batch_size=None)) == [0, 1, 2]
    [sample] = DataLoader([{"x": np.ones(2)}], batch_size=None)
    assert sample["x"].tolist() == [1, 1]


def test_loaders_run_side_by_side_and_can_be_left():
    loader = DataLoader(range(4))
    first, second = iter(loader), iter(loader)
    assert [next(first).item(), next(first).item(), next(second).item()] == [0, 1, 0]
    assert [batch.item() for batch in loader] == [0, 1, 2, 3]


def test_rows_of_tensors():
    x, y = torch.arange(6.0).view(3, 2), torch.tensor([5, 6, 7])
    seen = [(a.tolist(), b.tolist()) for a, b in DataLoader(TensorDataset(x, y), batch_size=2)]
    assert seen == [([[0, 1], [2, 3]], [5, 6]), ([[4, 5]], [7])]


def test_a_collate_function_of_the_users_own():
    assert list(DataLoader(range(3), batch_size=2, collate_fn=tuple)) == [(0, 1), (2,)]
    assert list(DataLoader(range(2), batch_size=None, collate_fn=str)) == ["0", "1"]


def test_workers_and_pinning_are_accepted():
    options = {"num_workers": 2, "pin_memory": True, "persistent_workers": True, "timeout": 5}
    loader = DataLoader(range(3), prefetch_factor=2, **options)
    assert [batch.item() for batch in loader] == [0, 1, 2]
    assert (loader.num_workers, loader.pin_memory, loader.timeout) == (2, True, 5)
    assert get_worker_info() is None


# ---- collating

Pair = namedtuple("Pair", "x y")


def test_numbers():
    for batch, dtype, values in (
        ([1, 2], torch.int64, [1, 2]),
        ([1.5, 2.5], torch.float64, [1.5, 2.5]),
        ([2.5, 1], torch.float64, [2.5, 1]),
        ([1, 2.5], torch.float32, [1, 2.5]),
        ([True, False], torch.bool, [True, False]),
        ([np.float32(1), np.float32(2)], torch.float32, [1, 2]),
        ([np.int16(1), np.int16(2)], torch.int16, [1, 2]),
    ):
        made = default_collate(batch)
        assert (made.dtype, made.tolist()) == (dtype, values)


def test_containers():
    made = default_collate([{"x": 1, "y": [2.0, "a"]}, {"x": 3, "y": [4.0, "b"]}])
    assert made["x"].tolist() == [1, 3]
    assert made["y"][0].tolist() == [2, 4]
    assert made["y"][1] == ("a", "b")
    made = default_collate([Pair(1, 2.0), Pair(3, 4.0)])
    assert type(made) is Pair
    assert made.y.tolist() == [2, 4]
    assert type(default_collate([(1,), (2,)])) is list
    made = default_collate([OrderedDict(a=1), OrderedDict(a=2)])
    assert type(made) is OrderedDict
    assert made["a"].tolist() == [1, 2]
    assert default_collate(["a", "b"]) == ["a", "b"]
    assert default_collate([b"a", b"b"]) == [b"a", b"b"]


def test_tensors_and_arrays():
    made = default_collate([torch.ones(2), torch.zeros(2)])
    assert made.tolist() == [[1, 1], [0, 0]]
    assert default_collate([np.ones(2), np.zeros(2)]).dtype is torch.float64
    assert default_collate([torch.ones(1), torch.tensor([2])]).dtype is torch.float32
    row = torch.ones(2, requires_grad=True)
    default_collate([row, row]).sum().backward()
    assert row.grad.tolist() == [2, 2]


def test_a_batch_is_a_copy():
    rows = torch.zeros(4, 2)
    for batch in DataLoader(rows, batch_size=2):
        batch += 1
    assert rows.sum().item() == 0
    arrays = [np.zeros(2)]
    [batch] = DataLoader(arrays)
    batch += 1
    assert arrays[0].sum() == 0


@pytest.mark.parametrize(
    "batch, error, message",
    [
        ([None, None], TypeError, "default_collate: batch must contain tensors, .* 'NoneType'"),
        ([object()], TypeError, "default_collate: batch must contain tensors, .* 'object'"),
        ([np.array(["a"])], TypeError, "default_collate: batch must contain .* found <U1"),
        ([[1, 2], [3]], RuntimeError, "each element in list of batch should be of equal size"),
        (
            [torch.ones(2), torch.ones(3)],
            RuntimeError,
            "stack expects each tensor to be equal size",
        ),
        ([{"a": 1}, {"b": 2}], KeyError, "a"),
        ([], IndexError, "list index out of range"),
    ],
)
def test_what_cannot_be_collated(batch, error, message):
    with pytest.raises(error, match=message):
        default_collate(batch)


def test_converting_one_by_one():
    made = default_convert([np.ones(2), {"a": np.float32(1)}, "x", 1, Pair(np.zeros(1), 2)])
    assert made[0].tolist() == [1, 1]
    assert made[1]["a"].dtype is torch.float32
    assert made[2:4] == ["x", 1]
    assert type(made[4]) is Pair
    assert default_convert(Counter("ab")) == Counter("ab")
    assert type(default_convert(Counter("ab"))) is Counter
    assert default_convert(np.array(["a"])).tolist() == ["a"]


# ---- options


@pytest.mark.parametrize(
    "data, options, message",
    [
        (range(3), {"batch_size": 0}, "batch_size should be a positive integer value, but got"),
        (range(3), {"batch_size": 2.5}, "batch_size should be a positive integer value, but got"),
        (range(3), {"shuffle": True, "sampler": [1]}, "sampler option is mutually exclusive with"),
        (range(3), {"batch_sampler": [[1]], "batch_size": 2}, "batch_sampler option is mutually"),
        (range(3), {"batch_sampler": [[1]], "shuffle": True}, "batch_sampler option is mutually"),
        (range(3), {"batch_sampler": [[1]], "drop_last": True}, "batch_sampler option is mutually"),
        (range(3), {"batch_size": None, "drop_last": True}, "batch_size=None option disables auto"),
        (Count(3), {"shuffle": True}, "expected unspecified shuffle option, but got shuffle=True"),
        (Count(3), {"sampler": [1]}, r"expected unspecified sampler option, but got sampler=\[1\]"),
        (Count(3), {"batch_sampler": [[1]]}, "expected unspecified batch_sampler option"),
        (range(3), {"num_workers": -1}, "num_workers option should be non-negative"),
        (range(3), {"timeout": -1}, "timeout option should be non-negative"),
        (range(3), {"prefetch_factor": 2}, "prefetch_factor option could only be specified in"),
        (range(3), {"num_workers": 1, "prefetch_factor": -2}, "should be non-negative"),
        (range(3), {"persistent_workers": True}, "persistent_workers option needs num_workers > 0"),
        (range(3), {"multiprocessing_context": "spawn"}, "can only be used with multi-process"),
        ([], {"shuffle": True}, "num_samples should be a positive integer value, but got .*=0"),
    ],
)
def test_refused(data, options, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(data, **options)


def test_more_errors():
    loader = DataLoader(range(3), batch_size=2)
    for name in ("batch_size", "sampler", "batch_sampler", "drop_last", "dataset"):
        with pytest.raises(
            ValueError, match=f"{name} attribute should not be set after DataLoader"
        ):
            setattr(loader, name, 3)
    loader.collate_fn = list
    assert next(iter(loader)) == [0, 1]
    with pytest.raises(TypeError, match="has no len"):
        len(DataLoader(Count(3)))
    with pytest.raises(AssertionError, match="requires timeout == 0"):
        iter(DataLoader(range(3), timeout=5))
    with pytest.raises(TypeError, match="unexpected keyword argument 'bogus'"):
        DataLoader(range(3), bogus=1)
    assert batches(Count(3), shuffle=False) == [[0], [1], [2]]
