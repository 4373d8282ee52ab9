"""DataLoader: batches of samples, in PyTorch's order for the same seed.

`num_workers` is accepted; the samples are always fetched in the calling thread.
May import: core, utils.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from ...core.generator import Generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, drawn_seed


def get_worker_info() -> None:
    """None: no sample is fetched in a worker process.

    >>> torch.utils.data.get_worker_info() is None
    True
    """


class DataLoader:
    """Iterates over a dataset in batches; with `shuffle`, in a new random order each time.

    `sampler` gives the order, `batch_sampler` whole lists of indices; `collate_fn` makes a batch of
    a list of samples; `batch_size=None` gives samples one by one. The options about worker
    processes and pinned memory are checked and change nothing. ValueError for options that
    exclude each other.

    >>> loader = torch.utils.data.DataLoader(range(5), batch_size=2)
    >>> [batch.tolist() for batch in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        self.iterable = isinstance(dataset, IterableDataset)
        self.dataset = dataset
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.prefetch_factor = prefetch_factor
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._check_workers()
        self._check_order(shuffle, sampler, batch_sampler, batch_size, drop_last)
        if batch_sampler is not None:
            batch_size = None
        if sampler is None and not self.iterable:
            random = RandomSampler(dataset, generator=generator) if shuffle else None
            sampler = random or SequentialSampler(dataset)
        if batch_sampler is None and batch_size is not None and not self.iterable:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        batched = batch_sampler is not None or batch_size is not None
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)
        self._made = True

    _made = False

    def __setattr__(self, name: str, value: Any) -> None:
        fixed = (
            "batch_sampler",
            "batch_size",
            "dataset",
            "drop_last",
            "persistent_workers",
            "sampler",
        )
        if self._made and name in fixed:
            raise ValueError(
                f"{name} attribute should not be set after DataLoader is initialized: make another"
            )
        object.__setattr__(self, name, value)

    def _check_workers(self) -> None:
        """ValueError for worker options out of range, or without workers."""
        if self.num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable "
                "multiprocessing."
            )
        if self.timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if self.num_workers:
            if self.prefetch_factor is not None and self.prefetch_factor < 0:
                raise ValueError("prefetch_factor option should be non-negative")
            return
        if self.prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing."
                "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to "
                "None."
            )
        if self.persistent_workers:
            raise ValueError("persistent_workers option needs num_workers > 0")
        if self.multiprocessing_context is not None:
            raise ValueError(
                "multiprocessing_context can only be used with multi-process loading "
                f"(num_workers > 0), but got num_workers={self.num_workers}"
            )

    def _check_order(
        self, shuffle: Any, sampler: Any, batch_sampler: Any, batch_size: Any, drop_last: bool
    ) -> None:
        """ValueError for options about the order that exclude each other."""
        if self.iterable:
            given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
            for name, value in given.items():
                if value is not None:
                    raise ValueError(
                        f"DataLoader with IterableDataset: expected unspecified {name} option, but "
                        f"got {name}={value}: the stream has an order of its own"
                    )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, "
                    "and drop_last"
                )
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with "
                "drop_last"
            )

    def __iter__(self) -> Iterator:
        if self.timeout and not self.num_workers:
            raise AssertionError("loading without workers requires timeout == 0")
        drawn_seed(self.generator)  # PyTorch seeds its workers with it, and draws it always
        return self._stream() if self.iterable else self._fetched()

    def _fetched(self) -> Iterator:
        if self.batch_sampler is None:
            order: Any = self.sampler
            for index in order:
                yield self.collate_fn(self.dataset[index])
            return
        together = getattr(self.dataset, "__getitems__", None)
        for indices in self.batch_sampler:
            samples = together(indices) if together else [self.dataset[i] for i in indices]
            yield self.collate_fn(samples)

    def _stream(self) -> Iterator:
        samples = iter(self.dataset)
        if self.batch_size is None:
            yield from map(self.collate_fn, samples)
            return
        while batch := list(islice(samples, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield self.collate_fn(batch)

    def __len__(self) -> int:
        if not self.iterable:
            batches: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
            return len(batches)
        if self.batch_size is None:
            return len(self.dataset)
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + bool(rest and not self.drop_last)
