"""Collating: samples made into one batch, or into tensors one by one.

May import: tensor, ops.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from ...ops.creation import tensor
from ...ops.joining import stack
from ...tensor import Tensor, wrap


def default_collate(batch: Sequence) -> Any:
    """Samples as one batch: tensors and numbers stacked, tuples, lists and dicts part by part.

    TypeError for samples of any other type, RuntimeError for tensors or lists of unequal size.

    >>> torch.utils.data.default_collate([(1, 2.0), (3, 4.0)])
    [tensor([1, 3]), tensor([2., 4.], dtype=torch.float64)]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch))
    if isinstance(first, (np.ndarray, np.generic)) and first.dtype.kind not in "SUOMm":
        return stack([wrap(np.asarray(sample)) for sample in batch])
    if isinstance(first, float):
        return wrap(np.array(batch, np.float64))
    if isinstance(first, int):
        return tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _like(first, {key: default_collate([each[key] for each in batch]) for key in first})
    if isinstance(first, Sequence):
        sizes = [len(sample) for sample in batch]
        if len(set(sizes)) > 1:
            raise RuntimeError(
                f"each element in list of batch should be of equal size, but they have {sizes}"
            )
        return _sequence_like(first, [default_collate(part) for part in zip(*batch, strict=True)])
    found = first.dtype if isinstance(first, (np.ndarray, np.generic)) else type(first)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {found}"
    )


def default_convert(data: Any) -> Any:
    """A sample as it is, NumPy arrays in it as tensors.

    >>> import numpy as np
    >>> torch.utils.data.default_convert({"x": np.ones(2), "name": "one"})
    {'x': tensor([1., 1.], dtype=torch.float64), 'name': 'one'}
    """
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind not in "SUOMm":
        return wrap(np.asarray(data))
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence_like(data, [default_convert(value) for value in data])
    return data


def _like(sample: Mapping, parts: dict) -> Any:
    """The parts in a mapping of the sample's own type, where it can be made."""
    if type(sample) is dict:
        return parts
    try:
        if isinstance(sample, MutableMapping):
            made = copy(sample)
            for key, part in parts.items():  # not `update`, with which a Counter adds
                made[key] = part
            return made
        return type(sample)(parts)  # type: ignore[call-arg]
    except TypeError:
        return parts


def _sequence_like(sample: Sequence, parts: list) -> Any:
    """The parts as a list for tuples and lists, else in the sample's own type."""
    kind = type(sample)
    if hasattr(sample, "_fields"):
        return kind(*parts)
    if kind is list or isinstance(sample, tuple):
        return parts
    try:
        return kind(parts)  # type: ignore[call-arg]
    except TypeError:
        return parts
