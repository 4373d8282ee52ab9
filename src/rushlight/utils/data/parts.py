"""Parts of datasets: those at some indices, and a division at random.

May import: core, utils.
"""

import math
import warnings
from collections.abc import Sequence
from itertools import islice
from operator import index
from typing import Any

from ...core.generator import Generator, default_generator
from .dataset import Dataset


class Subset(Dataset):
    """The samples of a dataset at the given indices, in their order.

    >>> part = torch.utils.data.Subset(range(10), [7, 2])
    >>> list(part[i] for i in range(len(part)))
    [7, 2]
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[position] for position in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list[int]) -> list:
        wanted = [self.indices[position] for position in indices]
        together = getattr(self.dataset, "__getitems__", None)
        return together(wanted) if together else [self.dataset[index] for index in wanted]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Any, lengths: Sequence[float], generator: Generator | None = None
) -> list[Subset]:
    """Divides a dataset at random into parts of the given lengths, or fractions that sum to 1.

    Samples left over by fractions go to the first parts, one to each. ValueError when the
    lengths do not add up to the dataset.

    >>> parts = torch.utils.data.random_split(range(11), [0.5, 0.5])
    >>> [len(part) for part in parts]
    [6, 5]
    """
    total = len(dataset)
    sizes: list[Any] = _shares(total, lengths) if _are_fractions(lengths) else list(lengths)
    if sum(sizes) != total:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! "
            f"They sum to {sum(sizes)}, the dataset has {total}"
        )
    if min(sizes, default=0) < 0:
        raise ValueError(f"input lengths must not be negative, but are {sizes}")
    order = iter((generator or default_generator).permutation(total).tolist())
    return [Subset(dataset, list(islice(order, index(size)))) for size in sizes]


def _are_fractions(lengths: Sequence[float]) -> bool:
    whole = sum(lengths)
    return whole <= 1 and math.isclose(whole, 1)


def _shares(total: int, fractions: Sequence[float]) -> list[int]:
    """That many samples divided in these proportions, each rounded down, and then the rest."""
    outside = [at for at, fraction in enumerate(fractions) if not 0 <= fraction <= 1]
    if outside:
        raise ValueError(f"Fraction at index {outside[0]} is not between 0 and 1")
    shares = [math.floor(total * fraction) for fraction in fractions]
    each, rest = divmod(total - sum(shares), len(shares))
    shares = [share + each + (at < rest) for at, share in enumerate(shares)]
    for at in [at for at, share in enumerate(shares) if share == 0]:
        warnings.warn(
            f"Length of split at index {at} is 0. This might result in an empty dataset.",
            stacklevel=3,
        )
    return shares
