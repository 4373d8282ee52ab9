"""Embedding: rows of a table picked by index, and bags of them; one-hot vectors.

Picking rows and adding rows up by index are each other's gradient.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.state import thread
from ..core.tracing import is_traced
from ..kernels.summation import add_rows
from ..tensor import Tensor, storage_of, wrap
from .batching import picked_rows
from .fused import require_tensor
from .op import Op, ndarray

__all__: list[str] = []


def _pick(
    weight: ndarray, indices: ndarray, *, padding_idx: int | None, by_frequency: bool
) -> ndarray:
    return weight.take(indices, axis=0)


def _share(indices: ndarray, padding_idx: int | None, by_frequency: bool) -> ndarray | None:
    """How much of each picked row's gradient counts; None: all of it."""
    share = None
    if by_frequency:
        _, position, counts = np.unique(indices, return_inverse=True, return_counts=True)
        share = 1 / counts[position.reshape(-1)]
    if padding_idx is not None:
        kept = indices != padding_idx
        whole = share is None and not is_traced(kept) and kept.all()
        share = None if whole else kept if share is None else kept * share
    return share


def _add_up(
    gradient: ndarray,
    indices: ndarray,
    *,
    rows: int,
    padding_idx: int | None,
    by_frequency: bool,
) -> ndarray:
    """A table of so many rows, to which each row of the gradient was added at its index."""
    places = indices.reshape(-1)
    values = gradient.reshape(len(places), *gradient.shape[indices.ndim :])
    share = _share(places, padding_idx, by_frequency)
    if share is not None:
        values = values * share[:, None].astype(values.dtype)
    out = np.zeros((rows, *values.shape[1:]), values.dtype, like=values)
    add_rows(out, places, values)
    return out


def _masked_pick(g: Tensor, indices: Tensor, padding_idx: int | None, by_frequency: bool) -> Tensor:
    picked = _embedding(g, indices, padding_idx=padding_idx, by_frequency=by_frequency)
    share = _share(indices._array.reshape(-1), padding_idx, by_frequency)
    if share is None:
        return picked
    shape = (*indices._array.shape, 1)
    return picked * wrap(share.reshape(shape).astype(g._array.dtype))


_embedding_backward = Op(
    "embedding_backward",
    _add_up,
    (
        lambda g, indices, padding_idx, by_frequency: _masked_pick(
            g, indices, padding_idx, by_frequency
        ),
        None,
    ),
    widen=True,
)


def _table_gradient(
    g: Tensor, weight_shape: tuple, indices: Tensor, padding_idx: int | None, by_frequency: bool
) -> Tensor:
    return _embedding_backward(
        g, indices, rows=weight_shape[0], padding_idx=padding_idx, by_frequency=by_frequency
    )


_embedding = Op(
    "embedding",
    _pick,
    (
        lambda g, weight_shape, indices, padding_idx, by_frequency: _table_gradient(
            g, weight_shape, indices, padding_idx, by_frequency
        ),
        None,
    ),
    batch=picked_rows,
)


def _check(function: str, indices: Any, weight: Any) -> None:
    require_tensor(indices, function, "indices", 2)
    require_tensor(weight, function, "weight", 1)
    if weight.ndim != 2:
        raise RuntimeError(
            f"'weight' must be 2-D: (how many rows, their length), not {list(weight.shape)}"
        )
    check_index_dtype(function, indices, "#1 'indices'")


def check_index_dtype(function: str, indices: Tensor, argument: str) -> None:
    """RuntimeError unless the indices are int64 or int32."""
    if indices._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            f"Expected tensor for argument {argument} to have one of the following scalar "
            f"types: Long, Int; but got torch.{indices.dtype.title}Tensor instead (while checking "
            f"arguments for {function}): use .long()"
        )


def _check_range(indices: ndarray, rows: int) -> None:
    if is_traced(indices):
        return  # compiled code looks at each index it reads by
    if indices.size and not 0 <= indices.min() <= indices.max() < rows:
        wrong = indices[(indices < 0) | (indices >= rows)]
        raise IndexError(
            f"index out of range in self: {int(wrong[0])} is none of the {rows} rows, 0 to "
            f"{rows - 1}"
        )


def _check_dense(sparse: bool, weight: Tensor) -> None:
    if sparse and thread.grad_enabled and weight._edge is not None:
        raise NotImplementedError(
            "sparse=True: there are no sparse gradients; leave sparse=False, whose gradient is the "
            "same numbers in a dense tensor"
        )


def _renormalize(weight: Tensor, indices: ndarray, max_norm: float, norm_type: float) -> None:
    """Scales the rows about to be used, in place, down to that norm where they are longer."""
    used = np.unique(indices)
    rows = weight._array[used]
    norms = np.linalg.norm(rows.astype(np.float32) if rows.dtype in HALVES else rows, norm_type, 1)
    long = norms > max_norm
    scale = max_norm / (norms[long] + norms.dtype.type(1e-7))
    weight._array[used[long]] = rows[long] * scale[:, None]
    storage_of(weight).version += 1


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` (V, D) at the indices `input` (*): shape (*, D).

    The row `padding_idx` gets no gradient. With `max_norm` the rows that are used are first scaled
    down to that norm, in place. With `scale_grad_by_freq` a row's gradient is divided by how often
    it was used. IndexError for an index outside [0, V), RuntimeError for indices that are not
    int64 or int32, NotImplementedError where a `sparse` gradient would be needed.

    >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.embedding(torch.tensor([1, 0, 1]), table)
    tensor([[3., 4.],
            [1., 2.],
            [3., 4.]])
    """
    _check("embedding", input, weight)
    _check_dense(sparse, weight)
    rows = weight._array.shape[0]
    if padding_idx is not None:
        padding_idx = _wrapped_padding(padding_idx, rows)
    _check_range(input._array, rows)
    if max_norm is not None:
        _renormalize(weight, input._array, max_norm, norm_type)
    return _embedding(weight, input, padding_idx=padding_idx, by_frequency=scale_grad_by_freq)


def _wrapped_padding(padding_idx: int, rows: int) -> int:
    if not -rows <= padding_idx < rows:
        raise AssertionError(
            f"Padding_idx must be within num_embeddings: {padding_idx} is none of the {rows} rows"
        )
    return padding_idx % rows


# ---- bags


def _bag_kernel(rows: ndarray, bag: ndarray, *, count: int, divisor: ndarray | None) -> ndarray:
    """The sum of the rows of each bag; `bag`, which names it for each row, never falls."""
    sizes = np.bincount(bag, minlength=count)
    if count and (sizes == sizes[0]).all():
        out = np.add.reduce(rows.reshape(count, sizes[0], rows.shape[1]), 1)
    else:
        out = np.zeros((count, rows.shape[1]), rows.dtype)
        filled = np.flatnonzero(sizes)
        if len(filled):
            starts = (np.cumsum(sizes) - sizes)[filled]
            out[filled] = np.add.reduceat(rows, starts, axis=0)
    return out if divisor is None else out / divisor.astype(out.dtype)


def _bag_gradient(g: Tensor, bag: Tensor, divisor: ndarray | None) -> Tensor:
    if divisor is not None:
        g = g / wrap(divisor.astype(g._array.dtype))
    return _embedding(g, bag, padding_idx=None, by_frequency=False)


_bag = Op(
    "embedding_bag",
    _bag_kernel,
    (lambda g, bag, divisor: _bag_gradient(g, bag, divisor), None),
    backward="EmbeddingBagBackward0",
    widen=True,
)


def _bag_check(input: Tensor, weight: Tensor, offsets: Any, weights: Any, mode: str) -> None:
    _check("embedding_bag", input, weight)
    if weights is not None and input.shape != weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({weights.shape}) is not None, then it must "
            f"have the same shape as the input ({input.shape})"
        )
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                "of fixed length sequences. However, found offsets of type Tensor"
            )
    elif input.ndim == 1:
        if not isinstance(offsets, Tensor):
            raise ValueError(f"offsets has to be a 1D Tensor but got {offsets}")
        if offsets.ndim != 1:
            raise ValueError("offsets has to be a 1D Tensor")
        check_index_dtype("embedding_bag", offsets, "#1 'indices'")
    else:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}"
        )
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}')"
        )


def _bag_sizes(offsets: ndarray, count: int, include_last: bool) -> ndarray:
    """How many of the `count` indices each bag holds."""
    if include_last and not len(offsets):
        raise RuntimeError("include_last_offset: number of offsets should be at least 1")
    starts = offsets[:-1] if include_last else offsets
    if len(starts):
        if starts[0] != 0:
            raise RuntimeError(
                "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start "
                f"from position 0. However, got {int(starts[0])}"
            )
        if offsets[-1] > count:
            raise RuntimeError(
                f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] "
                f"of {int(offsets[-1])}"
            )
    sizes = np.diff(offsets if include_last else np.append(offsets, count))
    if (sizes < 0).any():
        raise RuntimeError("embedding_bag: offsets have to be in ascending order")
    return sizes


def _largest(rows: Tensor, sizes: ndarray) -> Tensor:
    """The largest value of each place in every bag; zeros for an empty bag."""
    array = rows._array
    result = rows.new_zeros((len(sizes), array.shape[1]))
    filled = np.flatnonzero(sizes)
    if not len(filled):
        return result
    starts = (np.cumsum(sizes) - sizes)[filled]
    bag = np.repeat(np.arange(len(filled)), sizes[filled])
    is_largest = array == np.maximum.reduceat(array, starts, axis=0)[bag]
    lines = np.where(is_largest, np.arange(len(array))[:, None], len(array))
    first = np.minimum.reduceat(lines, starts, axis=0)
    return result.index_copy(0, wrap(filled), rows.gather(0, wrap(first)))


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Rows of `weight` (V, D) picked by index and summed, averaged or maximized by bag: (B, D).

    `input` is (B, N), B bags of N indices, or (M) with the start of each bag in `offsets`; with
    `include_last_offset` these end with M. Entries equal to `padding_idx` do not count. For "sum"
    the rows may be weighted. Empty bags give zeros. Errors as `embedding`; ValueError for shapes
    and modes that do not fit.

    >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.embedding_bag(torch.tensor([[0, 1]]), table, mode="sum")
    tensor([[4., 6.]])
    """
    _bag_check(input, weight, offsets, per_sample_weights, mode)
    _check_dense(sparse, weight)
    if scale_grad_by_freq and mode == "max":
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    rows = weight._array.shape[0]
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise RuntimeError(
                f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, "
                f"but got {padding_idx}"
            )
        padding_idx %= rows
    indices = input._array.reshape(-1)
    if input.ndim == 2:
        sizes = np.full(input._array.shape[0], input._array.shape[1])
    else:
        assert offsets is not None
        sizes = _bag_sizes(offsets._array, len(indices), include_last_offset)
        indices = indices[: sizes.sum()]
    wrong = np.flatnonzero((indices < 0) | (indices >= rows))
    if len(wrong):
        raise RuntimeError(
            f"Index {wrong[0]} of input takes value {indices[wrong[0]]} which is not in the valid "
            f"range [0, {rows})"
        )
    if max_norm is not None:
        _renormalize(weight, indices, max_norm, norm_type)
    bag = np.repeat(np.arange(len(sizes)), sizes)
    weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)[: len(bag)]
    if padding_idx is not None:
        kept = np.flatnonzero(indices != padding_idx)
        indices, bag = indices[kept], bag[kept]
        sizes = np.bincount(bag, minlength=len(sizes))
        weights = None if weights is None else weights.index_select(0, wrap(kept))
    picked = _embedding(weight, wrap(indices), padding_idx=None, by_frequency=scale_grad_by_freq)
    if mode == "max":
        return _largest(picked, sizes)
    if weights is not None:
        exact = picked._array.dtype not in HALVES
        picked = (picked if exact else picked.float()) * weights.unsqueeze(1)
    divisor = None if mode == "sum" else np.maximum(sizes, 1)[:, None]
    return _bag(picked, wrap(bag), count=len(sizes), divisor=divisor).to(weight.dtype)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A 1 at the place of each class, zeros elsewhere: shape (*) to (*, num_classes), int64.

    By default as many classes as the largest one needs. RuntimeError for classes below 0 or not
    below `num_classes`, and for other dtypes than int64.

    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    require_tensor(tensor, "one_hot")
    classes = tensor._array
    if classes.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not classes.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    else:
        if classes.min() < 0:
            raise RuntimeError("Class values must be non-negative.")
        if num_classes == -1:
            num_classes = int(classes.max()) + 1
        elif classes.max() >= num_classes:
            raise RuntimeError(
                f"Class values must be smaller than num_classes. {int(classes.max())} is not "
                f"smaller than {num_classes}"
            )
    return wrap((classes[..., None] == np.arange(num_classes)).astype(np.int64))
