"""Searching: searchsorted, bucketize, isin, unique, unique_consecutive, unravel_index.

May import: core, kernels, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, HALVES, promote_types
from ..core.layout import product, wrap_dim
from ..core.tracing import contiguous
from ..kernels import ordering
from ..tensor import Tensor, method, ndarray, wrap
from .examples import each_example
from .inplace import write_out
from .reduce import require_tensor

__all__ = [
    "bucketize", "isin", "searchsorted", "unique", "unique_consecutive", "unravel_index",
]  # fmt: skip

# ---- places in sorted sequences


def _comparable(array: ndarray) -> ndarray:
    return array.astype(np.float32) if array.dtype in HALVES else array


def _bisect(lines: ndarray, values: ndarray, right: bool) -> ndarray:
    """For each value, its place in its own line; all of them halve their intervals together."""
    low = np.zeros(values.shape, np.int64)
    high = np.full(values.shape, lines.shape[-1])
    for _ in range(int(lines.shape[-1]).bit_length()):
        open_ = low < high
        middle = (low + high) >> 1
        seen = np.take_along_axis(lines, np.minimum(middle, lines.shape[-1] - 1), -1)
        stays = (seen > values) if right else (seen >= values)
        high = np.where(open_ & stays, middle, high)
        low = np.where(open_ & ~stays, middle + 1, low)
    return low


def _found(lines: ndarray, values: ndarray, right: bool, out_int32: bool) -> Tensor:
    lines, values = _comparable(lines), _comparable(values)
    if lines.ndim == 1:
        places = np.searchsorted(lines, values, "right" if right else "left")
    else:
        places = _bisect(lines, values, right)
    return wrap(np.asarray(places, np.int32 if out_int32 else np.int64))


def _as_values(values: Any, like: Tensor, name: str) -> Tensor:
    """The values sought: a tensor, or a Python number as one."""
    if isinstance(values, Tensor):
        return values
    if not isinstance(values, (int, float)):
        raise TypeError(
            f"{name}(): the values must be a Tensor or a Number, not {type(values).__name__}"
        )
    return wrap(np.array(values, like._array.dtype))


def _check_sought(lines: Tensor, values: Tensor, name: str) -> None:
    if lines._array.dtype != values._array.dtype:
        raise RuntimeError(
            f"torch.{name}(): boundary tensor and input value tensor should have same dtype, but "
            f"got boundary tensor dtype {lines.dtype.title} and input value tensor dtype "
            f"{values.dtype.title}"
        )
    if lines._array.dtype.kind in "cb":
        raise NotImplementedError(
            f"\"searchsorted_out_cpu\" not implemented for '{lines.dtype.title}'"
        )


@each_example
def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Where each value would go in a sorted sequence, before (or, `right`, after) equal elements.

    The sequence is a vector, or has a line for each line of the values: the same leading dims
    (RuntimeError otherwise). `sorter` holds the indices that sort it.

    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 4]))
    tensor([1, 2])
    """
    values = _as_values(input, sorted_sequence, "searchsorted")
    lines, sought = sorted_sequence._array, values._array
    if side not in (None, "left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True"
        )
    if not lines.ndim:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundary tensor dimension "
            "is 1; boundaries tensor should have positive dimension, but got 0 dimension"
        )
    if (lines.ndim > 1 and lines.shape[:-1] != sought.shape[:-1]) or (lines.ndim > sought.ndim + 1):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of boundaries tensor and input value tensor must match, but we got "
            f"boundaries tensor {list(lines.shape)} and input value tensor {list(sought.shape)}"
        )
    _check_sought(sorted_sequence, values, "searchsorted")
    if sorter is not None:
        lines = np.take_along_axis(lines, _checked_sorter(sorter, lines), -1)
    result = _found(lines, sought, right or side == "right", out_int32)
    return result if out is None else write_out(out, _same_dtype(result, out, "searchsorted"))


def _checked_sorter(sorter: Tensor, lines: ndarray) -> ndarray:
    order = sorter._array
    if order.shape != lines.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary "
            f"tensor {list(lines.shape)}and got sorter tensor {list(order.shape)}"
        )
    if order.dtype != np.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{sorter.dtype.title}"
        )
    if order.size and (order.min() < 0 or order.max() >= lines.shape[-1]):
        raise RuntimeError("torch.searchsorted(): sorter index out of range")
    return order


def _same_dtype(result: Tensor, out: Tensor, name: str) -> Tensor:
    if result._array.dtype != out._array.dtype:
        raise RuntimeError(
            f"torch.{name}(): output tensor's dtype is wrong, it can only be Int(int32) or "
            f"Long(int64) depending on whether out_int32 flag is True, but we got output tensor's "
            f"dtype {out.dtype.title}"
        )
    return result


@each_example
def bucketize(
    input: Any,
    boundaries: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The number of the bucket each value falls in; the boundaries are a sorted vector.

    Bucket i ends with (or, `right`, before) boundaries[i]. RuntimeError for boundaries of
    several dims.

    >>> torch.bucketize(torch.tensor([0, 3, 9]), torch.tensor([1, 3, 5]))
    tensor([0, 1, 3])
    """
    if boundaries._array.ndim != 1:
        raise RuntimeError(
            "boundaries tensor must be 1 dimension, but got dim("
            f"{boundaries._array.ndim}): shape {list(boundaries._array.shape)}"
        )
    values = _as_values(input, boundaries, "bucketize")
    _check_sought(boundaries, values, "bucketize")
    result = _found(boundaries._array, values._array, right, out_int32)
    return result if out is None else write_out(out, _same_dtype(result, out, "bucketize"))


# ---- members of a set


@each_example
def isin(
    elements: Any,
    test_elements: Any,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Whether each element is among the test elements (with `invert`, whether it is not).

    Either may be a number, not both (TypeError).

    >>> torch.isin(torch.tensor([1, 2, 3]), torch.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError(
            "isin() received an invalid combination of arguments: elements or test_elements must "
            f"be a Tensor, got {type(elements).__name__} and {type(test_elements).__name__}"
        )
    like = elements if isinstance(elements, Tensor) else test_elements
    sought, among = _as_values(elements, like, "isin"), _as_values(test_elements, like, "isin")
    dtype = promote_types(sought.dtype, among.dtype)
    if dtype.is_complex:
        raise RuntimeError(f"Unsupported input type encountered for isin(): {dtype.title}")
    first, second = [_comparable(t._array.astype(dtype.numpy)) for t in (sought, among)]
    result = wrap(np.asarray(_is_among(first, second.reshape(-1)) ^ invert))
    return result if out is None else write_out(out, result)


FEW = 1 << 12  # comparisons that are sooner made than a sort


def _is_among(values: ndarray, among: ndarray) -> ndarray:
    if not among.size:
        return np.zeros(values.shape, bool)
    if values.size * among.size <= FEW:
        return (values[..., None] == among).any(-1)
    if values.dtype.kind != "f":
        return np.isin(values, among)
    line = np.sort(among)
    places = np.searchsorted(line, values)
    return line[np.minimum(places, line.size - 1)] == values


# ---- distinct elements


def _results(values: ndarray, inverse: Any, counts: Any, asked: tuple[bool, bool]) -> Any:
    results = [wrap(values)]
    for part, wanted in zip((inverse, counts), asked, strict=True):
        if wanted:
            results.append(wrap(np.asarray(part, np.int64)))
    return results[0] if len(results) == 1 else tuple(results)


def _run_lengths(first: ndarray) -> ndarray:
    """The lengths of the runs whose first elements are marked."""
    return np.diff(np.flatnonzero(first), append=first.size)


def _firsts(line: ndarray) -> ndarray:
    """Marks where an element differs from the one before; NaN differs from NaN."""
    first = np.ones(line.shape, bool)
    np.not_equal(line[1:], line[:-1], out=first[1:])
    return first


def _distinct(input: Tensor, name: str) -> ndarray:
    array = require_tensor(input, name)._array
    if array.dtype.kind == "c":
        raise NotImplementedError(f"\"{name}\" not implemented for '{input.dtype.title}'")
    return array


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements (or slices along a dim) in order, where asked with inverse and counts.

    >>> torch.unique(torch.tensor([1, 3, 2, 3]), return_counts=True)
    (tensor([1, 2, 3]), tensor([1, 1, 2]))
    """
    array = _distinct(input, "unique")
    asked = (return_inverse, return_counts)
    if dim is not None:
        return _unique_slices(array, wrap_dim(dim, array.ndim), asked)
    flat = array.reshape(-1)
    inverse = None
    if return_inverse:
        order = ordering.order_last(flat)
        line = flat[order]
        first = _firsts(line)
        inverse = np.empty(flat.size, np.int64)
        inverse[order] = np.cumsum(first) - 1
        inverse = inverse.reshape(array.shape)
    else:
        line = np.sort(_comparable(flat)).astype(array.dtype, copy=False)
        first = _firsts(line)
    return _results(line[first], inverse, _run_lengths(first) if return_counts else None, asked)


def _unique_slices(array: ndarray, axis: int, asked: tuple[bool, bool]) -> Any:
    if not array.size and array.shape[axis]:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: "
            f"shape {list(array.shape)}, dim {axis}"
        )
    if array.dtype.kind == "c":
        raise NotImplementedError(
            f"\"unique_dim\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    rows = np.moveaxis(array, axis, 0) if array.ndim else array.reshape(1)
    order = ordering.order_rows(contiguous(rows.reshape(len(rows), product(rows.shape[1:]))))
    lines = rows[order]
    first = _first_rows(lines)
    inverse = np.empty(len(rows), np.int64)
    inverse[order] = np.cumsum(first) - 1
    values = lines[first]
    values = np.moveaxis(values, 0, axis) if array.ndim else values
    return _results(contiguous(values), inverse, _run_lengths(first), asked)


def _first_rows(rows: ndarray) -> ndarray:
    """Marks where a row differs from the one before."""
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]).any(axis=tuple(range(1, rows.ndim)))
    return first


def unique_consecutive(
    input: Tensor,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The elements (or slices along a dim) without those equal to the one before.

    Where asked with the place of each element among them, and with the lengths of the runs.

    >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 1]), return_counts=True)
    (tensor([1, 2, 1]), tensor([2, 1, 1]))
    """
    array = _distinct(input, "unique_consecutive")
    asked = (return_inverse, return_counts)
    if dim is None:
        line = array.reshape(-1)
        first = _firsts(line)
        values, shape = line[first], array.shape
    else:
        axis = wrap_dim(dim, array.ndim)
        if not array.size and array.shape[axis]:
            raise RuntimeError(
                "There are 0 sized dimensions, and they aren't selected, so unique_consecutive "
                f"cannot be applied: shape {list(array.shape)}, dim {axis}"
            )
        rows = np.moveaxis(array, axis, 0) if array.ndim else array.reshape(1)
        first = _first_rows(rows)
        values = np.compress(first, array, axis) if array.ndim else array.copy()
        shape = first.shape
    inverse = (np.cumsum(first) - 1).reshape(shape) if return_inverse else None
    return _results(values, inverse, _run_lengths(first) if return_counts else None, asked)


def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """The coordinates of places in the flattened shape: a tensor for each dim.

    TypeError for indices that are no integers, ValueError for one outside of the shape.

    >>> torch.unravel_index(torch.tensor([4, 5]), (3, 2))
    (tensor([2, 2]), tensor([0, 1]))
    """
    if not isinstance(indices, Tensor) or indices._array.dtype.kind not in "iu":
        kind = indices.dtype if isinstance(indices, Tensor) else type(indices).__name__
        raise TypeError(f"expected 'indices' to be integer dtype, but got {kind}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    for size in sizes:
        if not isinstance(size, (int, np.integer)):
            raise TypeError(
                "expected 'shape' to be int or sequence of ints, but found element of type "
                f"{type(size).__name__}"
            )
        if size < 0:
            raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    places = indices._array
    total = product(sizes)
    if places.size and not (-total <= places.min() and places.max() < total):
        raise ValueError(
            f"expected all indices to be in range [-{total}, {total}): got "
            f"{FROM_NUMPY[places.dtype]} from {places.min()} to {places.max()}"
        )
    coordinates = []
    places = places.astype(np.int64)
    for size in reversed(sizes):
        coordinates.append(wrap(places % size))
        places = places // size
    return tuple(reversed(coordinates))


for _function in (unique, unique_consecutive):
    method(_function)
