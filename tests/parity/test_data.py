"""Data loading in PyTorch and rushlight: the same orders for the same seeds, batches and errors.

May import: everything.
"""

import collections
import warnings

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

Pair = collections.namedtuple("Pair", "a b")


def plain(value):
    """A value of either library as plain Python, with dtypes of tensors."""
    if isinstance(value, (torch.Tensor, rushlight.Tensor)):
        return str(value.dtype), value.tolist()
    if isinstance(value, collections.abc.Mapping):
        return type(value).__name__, {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(inner) for inner in value]
    return value


def names_of(t):
    """What the programs below may use, of that library."""
    data = t.utils.data

    class Numbers(data.Dataset):
        def __init__(self, size):
            self.size = size

        def __getitem__(self, index):
            return range(self.size)[index]

        def __len__(self):
            return self.size

    class NoLength(data.Dataset):
        def __getitem__(self, index):
            return index

    class Stream(data.IterableDataset):
        def __init__(self, size):
            self.size = size

        def __iter__(self):
            return iter(range(self.size))

    class Sized(Stream):
        def __len__(self):
            return self.size

    names = {"t": t, "D": data, "np": np, "OrderedDict": collections.OrderedDict, "Pair": Pair}
    return {**names, "M": Numbers, "NoLength": NoLength, "It": Stream, "Sized": Sized}


def outcome(t, program, seed=0):
    names = names_of(t)
    t.manual_seed(seed)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = plain(eval(program, names))
        after = t.rand(3).tolist()  # the stream stands where it stands in PyTorch
    return result, after, [str(warning.message) for warning in warned]


SEEDS = [0, 1, 7, 42, 123, 2**31 - 1]
SIZES = [1, 2, 3, 5, 8, 10, 31, 32, 33, 100, 1000]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", SIZES)
def test_orders(seed, size):
    for program in (
        f"list(D.RandomSampler(M({size})))",
        f"list(D.RandomSampler(M({size}), replacement=True))",
        f"list(D.RandomSampler(M({size}), replacement=True, num_samples=70))",
        f"list(D.RandomSampler(M({size}), num_samples={max(1, size // 2)}))",
        f"list(D.RandomSampler(M({size}), num_samples={size * 2 + 1}))",
        f"list(D.RandomSampler(M({size}), generator=t.Generator().manual_seed({seed})))",
        f"list(D.SubsetRandomSampler([i * 3 for i in range({size})]))",
        f"list(D.DataLoader(M({size}), batch_size=3, shuffle=True))",
        f"[list(d) for d in [D.DataLoader(M({size}), batch_size=4, shuffle=True)] * 2]",
        f"list(D.DataLoader(M({size}), 3, True, generator=t.Generator().manual_seed({seed})))",
        f"[s.indices for s in D.random_split(M({size}), [{size // 2}, {size - size // 2}])]",
        f"[s.indices for s in D.random_split(M({size}), [0.6, 0.3, 0.1])]",
        f"[s.indices for s in D.random_split(M({size}), [1.0], t.Generator().manual_seed(3))]",
    ):
        assert outcome(rushlight, program, seed) == outcome(torch, program, seed), program


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [1, 5, 40])
def test_weighted_orders(seed, count):
    for program in (
        f"list(D.WeightedRandomSampler([0.1, 0.9, 0.5, 0.0], {count}))",
        f"list(D.WeightedRandomSampler(t.arange(1, 51) / 7, {count}, replacement=False))",
        f"list(D.WeightedRandomSampler([1.0] * 3, {count}, True, t.Generator().manual_seed(9)))",
    ):
        assert outcome(rushlight, program, seed) == outcome(torch, program, seed), program


SAME = [
    "D.TensorDataset(t.ones(2, 3), t.arange(2))[1]", "len(D.TensorDataset(t.ones(2, 3)))",
    "D.TensorDataset(t.ones(2, 3), t.arange(2))[0:2]", "D.ConcatDataset([M(2), M(3)])[-5]",
    "(M(2) + M(0) + M(3)).cumulative_sizes", "list(It(2) + It(3))", "len(Sized(2) + Sized(3))",
    "D.StackDataset(M(2), M(2))[1]", "D.StackDataset(a=M(2), b=M(2))[1]",
    "D.Subset(M(5), [1, 3])[1]", "D.Subset(D.TensorDataset(t.arange(5)), [1, 3])[[0, 1]]",
    "list(D.SequentialSampler(M(4)))", "list(D.BatchSampler(range(7), 3, False))",
    "list(D.BatchSampler(range(7), 3, True))", "len(D.BatchSampler(range(7), 3, True))",
    "[s.indices for s in D.random_split(M(11), [0.3, 0.3, 0.4])]",
    "[s.indices for s in D.random_split(M(10), [0.1] * 10)]",
    "[s.indices for s in D.random_split(M(2), [0.1, 0.1, 0.8])]",
    "[s.indices for s in D.random_split(M(10), [3, 7, 0])]",
    "list(D.DataLoader(M(7), batch_size=3))", "list(D.DataLoader(M(7), 3, drop_last=True))",
    "list(D.DataLoader(M(7), batch_size=None, shuffle=True))",
    "list(D.DataLoader(M(7), batch_sampler=[[0, 1], [2]]))",
    "list(D.DataLoader(M(7), sampler=[3, 1], batch_size=2))",
    "list(D.DataLoader(It(5), batch_size=2))", "list(D.DataLoader(It(5), 2, drop_last=True))",
    "list(D.DataLoader(It(5), batch_size=None))", "len(D.DataLoader(Sized(5), batch_size=2))",
    "len(D.DataLoader(Sized(5), batch_size=2, drop_last=True))", "list(D.DataLoader('abc', 2))",
    "list(D.DataLoader([(1, 'a'), (2, 'b')], batch_size=2))",
    "list(D.DataLoader([{'x': 1, 'y': t.ones(2)}, {'x': 2, 'y': t.zeros(2)}], batch_size=2))",
    "list(D.DataLoader([np.ones(2)], batch_size=None))", "list(D.DataLoader([], batch_size=2))",
    "D.default_collate([1, 2])", "D.default_collate([1.5, 2])", "D.default_collate([1, 2.5])",
    "D.default_collate([True, False])", "D.default_collate([b'a', b'b'])",
    "D.default_collate([Pair(1, 2.0), Pair(3, 4.0)])", "D.default_collate([[1, 2], [3, 4]])",
    "D.default_collate([OrderedDict(a=1), OrderedDict(a=2)])",
    "D.default_collate([('a', [1, 2]), ('b', [3, 4])])",
    "D.default_collate([np.float64(1), np.float64(2)])", "D.default_collate([np.int16(1)])",
    "D.default_collate([np.ones((2, 1)), np.zeros((2, 1))])",
    "D.default_collate([t.ones(1, dtype=t.float16), t.ones(1)])",
    "D.default_collate([t.ones(1), t.tensor([2])])",
    "D.default_convert([np.ones(2), {'a': np.ones(1)}, 'x', 1, (2,), Pair(np.ones(1), 3)])",
    "D.get_worker_info()",
]  # fmt: skip


@pytest.mark.parametrize("program", SAME)
def test_values(program):
    assert outcome(rushlight, program) == outcome(torch, program)


BAD = [
    "D.TensorDataset(t.ones(2), t.ones(3))", "D.TensorDataset(t.ones(()))", "D.TensorDataset(3)",
    "D.TensorDataset(t.ones(2))[5]", "D.Dataset()[0]", "len(D.Dataset())", "D.ConcatDataset([])",
    "D.ConcatDataset([M(2)])[-6]", "D.ConcatDataset([M(2)])[5]", "D.ConcatDataset([It(3)])",
    "D.ConcatDataset(3)", "list(D.ChainDataset([M(2)]))", "len(It(1) + It(2))",
    "D.Subset(M(5), [1, 3])[2]", "D.StackDataset()", "D.StackDataset(M(2), M(3))",
    "D.StackDataset(M(2), a=M(3))", "D.random_split(M(10), [0.5, 0.3])",
    "D.random_split(M(10), [3, 3])", "D.random_split(M(10), [1.5, -0.5])",
    "D.random_split(M(10), [])", "D.random_split(NoLength(), [3])", "D.RandomSampler(M(0))",
    "D.RandomSampler(M(7), num_samples=0)", "D.RandomSampler(M(7), num_samples=2.5)",
    "D.RandomSampler(M(7), replacement=3)", "D.WeightedRandomSampler([0.1], 0)",
    "D.WeightedRandomSampler([0.1], 5, replacement=3)", "D.WeightedRandomSampler([[0.1]], 5)",
    "list(D.WeightedRandomSampler([0.1, 0.9], 5, replacement=False))",
    "list(D.WeightedRandomSampler([0.0, 0.0], 5))", "D.BatchSampler(range(7), 0, False)",
    "D.BatchSampler(range(7), 2.5, False)", "D.BatchSampler(range(7), True, False)",
    "D.BatchSampler(range(7), 2, 3)", "D.DataLoader(M(7), batch_size=0)",
    "D.DataLoader(M(7), batch_size=-1)", "D.DataLoader(M(7), shuffle=True, sampler=[1])",
    "D.DataLoader(M(7), batch_sampler=[[1]], batch_size=3)",
    "D.DataLoader(M(7), batch_sampler=[[1]], shuffle=True)",
    "D.DataLoader(M(7), batch_sampler=[[1]], drop_last=True)",
    "D.DataLoader(M(7), batch_size=None, drop_last=True)", "D.DataLoader(It(5), shuffle=True)",
    "D.DataLoader(It(5), sampler=[1])", "D.DataLoader(It(5), batch_sampler=[[1]])",
    "len(D.DataLoader(It(5)))", "D.DataLoader(NoLength(), shuffle=True)",
    "len(D.DataLoader(NoLength()))", "D.DataLoader(M(3), num_workers=-1)",
    "D.DataLoader(M(3), timeout=-1)", "D.DataLoader(M(3), prefetch_factor=2)",
    "D.DataLoader(M(3), persistent_workers=True)", "iter(D.Sampler())", "D.Sampler(3)",
    "D.DataLoader(M(3), multiprocessing_context='spawn')", "D.DataLoader(M(3), bogus=1)",
    "setattr(D.DataLoader(M(3)), 'batch_size', 3)", "setattr(D.DataLoader(M(3)), 'dataset', 3)",
    "D.default_collate([None])", "D.default_collate([object()])", "D.default_collate([])",
    "D.default_collate([[1, 2], [3]])", "D.default_collate([t.ones(2), t.ones(3)])",
    "D.default_collate([np.array(['a'])])", "D.default_collate([{'a': 1}, {'b': 2}])",
    "iter(D.IterableDataset())",
]  # fmt: skip


@pytest.mark.parametrize("program", BAD)
def test_refused_alike(program):
    seen = []
    for t in (torch, rushlight):
        with pytest.raises(Exception) as error:
            eval(program, names_of(t))
        seen.append((error.type, str(error.value)))
    assert seen[1][0] is seen[0][0]
    assert seen[1][1].startswith(seen[0][1][:40])
