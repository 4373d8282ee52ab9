"""Sequences of different lengths: padded to one tensor, or packed by step for recurrent layers.

May import: core, tensor, ops.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ...core.dtype import dtype as dtype_class
from ...core.dtype import float16, float32, float64, int8, int16, int32, int64, uint8
from ...ops.filled import full
from ...ops.joining import cat, stack
from ...tensor import Tensor, wrap

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

UNSORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can "
    "pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this "
    "requirement if you do not need ONNX exportability."
)


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Sequences step by step: the first rows of all, then the second ones, the longest first.

    `batch_sizes` says how many sequences reach each step, `sorted_indices` which order they were
    put in. Made by `pack_padded_sequence` and `pack_sequence`.

    >>> rows = [torch.tensor([1, 2, 3]), torch.tensor([4])]
    >>> packed = torch.nn.utils.rnn.pack_sequence(rows)
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 3]), tensor([2, 1, 1]))
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> "PackedSequence":
        """The parts, with the way back from `sorted_indices` where it was not given."""
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def __repr__(self) -> str:
        return (
            f"PackedSequence(data={self.data}, batch_sizes={self.batch_sizes}, "
            f"sorted_indices={self.sorted_indices}, unsorted_indices={self.unsorted_indices})"
        )

    def to(self, *args: Any, **kwargs: Any) -> "PackedSequence":
        """With the data converted, as `Tensor.to` does."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._with(data)

    def _with(self, data: Tensor) -> "PackedSequence":
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def _cast(self, wanted: dtype_class) -> "PackedSequence":
        return self.to(dtype=wanted)

    def double(self) -> "PackedSequence":
        """With the data as float64."""
        return self._cast(float64)

    def float(self) -> "PackedSequence":
        """With the data as float32."""
        return self._cast(float32)

    def half(self) -> "PackedSequence":
        """With the data as float16."""
        return self._cast(float16)

    def long(self) -> "PackedSequence":
        """With the data as int64."""
        return self._cast(int64)

    def int(self) -> "PackedSequence":
        """With the data as int32."""
        return self._cast(int32)

    def short(self) -> "PackedSequence":
        """With the data as int16."""
        return self._cast(int16)

    def char(self) -> "PackedSequence":
        """With the data as int8."""
        return self._cast(int8)

    def byte(self) -> "PackedSequence":
        """With the data as uint8."""
        return self._cast(uint8)

    def cpu(self) -> "PackedSequence":
        """Itself: everything is on the CPU."""
        return self

    @property
    def is_cuda(self) -> bool:
        """False: it lives on the CPU."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes the given one.

    >>> torch.nn.utils.rnn.invert_permutation(torch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    return wrap(np.argsort(permutation._array))


def _checked_lengths(lengths: Any, batch: int) -> np.ndarray:
    array = lengths._array if isinstance(lengths, Tensor) else np.asarray(lengths, np.int64)
    if array.ndim != 1 or array.dtype != np.int64:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {array.ndim}D cpu tensor "
            f"of {array.dtype}"
        )
    if len(array) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(array)} "
            f"(batch_size={batch})"
        )
    if (array <= 0).any():
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    return array


def _places(sizes: np.ndarray, batch: int) -> Tensor:
    """Where each packed row stands among the rows of a padded (T, B) block."""
    steps = [step * batch + np.arange(size) for step, size in enumerate(sizes)]
    return wrap(np.concatenate(steps))


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Packs padded sequences (T, B, ...), or (B, T, ...) with `batch_first`, of these lengths.

    They must stand longest first unless `enforce_sorted=False`, which sorts them. RuntimeError for
    lengths that do not fit.

    >>> padded = torch.tensor([[1, 2, 0], [3, 4, 5]])
    >>> rnn = torch.nn.utils.rnn
    >>> rnn.pack_padded_sequence(padded, [2, 3], batch_first=True, enforce_sorted=False).data
    tensor([3, 1, 4, 2, 5])
    """
    block = input.transpose(0, 1) if batch_first else input
    steps, batch = block.shape[:2]
    counts = _checked_lengths(lengths, batch)
    sorted_indices = None
    if not enforce_sorted:
        order = np.argsort(-counts, kind="stable")
        counts, sorted_indices = counts[order], wrap(order)
        block = block.index_select(1, sorted_indices)
    if (counts[1:] > counts[:-1]).any():
        raise RuntimeError(UNSORTED)
    if counts[0] > steps:
        raise RuntimeError(
            f"Expected `len(lengths)` and the padded input to fit: a sequence of {counts[0]} steps "
            f"cannot stand in {steps}"
        )
    sizes = (counts[None, :] > np.arange(counts[0])[:, None]).sum(1)
    flat = block.reshape(steps * batch, *block.shape[2:])
    return PackedSequence(flat.index_select(0, _places(sizes, batch)), wrap(sizes), sorted_indices)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The padded block (T, B, ...) of packed sequences, in their first order, and their lengths.

    ValueError for a `total_length` shorter than the longest sequence.

    >>> rnn = torch.nn.utils.rnn
    >>> packed = rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])])
    >>> rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2],
            [3, 0]]), tensor([2, 1]))
    """
    sizes = sequence.batch_sizes._array
    steps, batch = len(sizes), int(sizes[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in "
                f"input, but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    data = sequence.data
    rest = tuple(data.shape[1:])
    blank = full((steps * batch, *rest), padding_value, dtype=data.dtype)
    block = blank.index_copy(0, _places(sizes, batch), data).view(steps, batch, *rest)
    lengths = wrap((sizes[:, None] > np.arange(batch)).sum(0))
    order = sequence.unsorted_indices
    if order is not None:
        block, lengths = block.index_select(1, order), lengths[order]
    return (block.transpose(0, 1) if batch_first else block), lengths


def pad_sequence(
    sequences: Any,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Tensors (L, ...) of different lengths as one block (T, B, ...), or (B, T, ...).

    RuntimeError for an empty list and for shapes that differ beyond the first dim.

    >>> rnn = torch.nn.utils.rnn
    >>> rnn.pad_sequence([torch.tensor([1, 2]), torch.tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    parts = list(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    longest = max(part.shape[0] for part in parts)
    padded = []
    for part in parts:
        missing = longest - part.shape[0]
        if missing:
            filling = full((missing, *part.shape[1:]), padding_value, dtype=part.dtype)
            part = cat([part, filling] if padding_side == "right" else [filling, part])
        padded.append(part)
    for part in padded[1:]:
        for dim, (a, b) in enumerate(zip(padded[0].shape, part.shape, strict=False)):
            if a != b:
                raise RuntimeError(
                    f"The size of tensor a ({a}) must match the size of tensor b ({b}) at "
                    f"non-singleton dimension {dim}: sequences may differ in length alone"
                )
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The sequences of a padded block (T, B, ...), or (B, T, ...), each cut to its length.

    >>> block = torch.tensor([[1, 2], [3, 0]])
    >>> torch.nn.utils.rnn.unpad_sequence(block, torch.tensor([2, 1]), batch_first=True)
    [tensor([1, 2]), tensor([3])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(length)] for row, length in zip(rows, lengths, strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs tensors (L, ...) of different lengths; see `pack_padded_sequence`.

    >>> rnn = torch.nn.utils.rnn
    >>> rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]).data
    tensor([1, 3, 2])
    """
    lengths = np.array([sequence.shape[0] for sequence in sequences], np.int64)
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that were packed, in their first order.

    >>> rnn = torch.nn.utils.rnn
    >>> rnn.unpack_sequence(rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    block, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(block, lengths, batch_first=True)
