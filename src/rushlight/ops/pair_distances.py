"""Distances of every vector from every other: cdist and pdist.

Without keeping the differences of all pairs, which would take as much memory as all distances
times the length of the vectors.
May import: core, tensor, ops.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.layout import broadcast_shapes, product
from ..core.state import thread
from ..core.tracing import is_traced
from ..tensor import Tensor, wrap
from .batching import leading
from .fused import require_tensor
from .op import Op, ndarray

__all__ = ["cdist", "pdist"]

MANY = 25  # from so many vectors on, PyTorch finds Euclidean distances by a matrix product
BLOCK = 1 << 16  # distances that fit in the cache together with what is made of them
SHORT = 48  # vectors up to this length are taken number by number, longer ones as a whole
MODES = (
    "use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
)  # fmt: skip


def _rows(x1: ndarray, x2: ndarray, width: int) -> Iterator[slice]:
    """The vectors of x1, a cacheful of differences from those of x2 at a time."""
    lead = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    step = max(1, BLOCK // max(x2.shape[-2] * width * product(lead), 1))
    for start in range(0, x1.shape[-2], step):
        yield slice(start, start + step)


def _place(x1: ndarray, x2: ndarray, rows: slice, place: int) -> ndarray:
    """How one number of the vectors differs, for every pair."""
    return x1[..., rows, None, place] - x2[..., None, :, place]


def _power(difference: ndarray, p: float) -> ndarray:
    """|difference| ** p, in place where that is possible; for p = 0, whether there is one."""
    if p == 2:
        return np.multiply(difference, difference, out=difference)
    if p == 0:
        return (difference != 0).astype(difference.dtype)
    np.abs(difference, out=difference)
    return difference if p in (1, math.inf) else np.power(difference, p, out=difference)


def _kernel(x1: ndarray, x2: ndarray, *, p: float, by_product: bool) -> ndarray:
    if by_product:
        squares = np.vecdot(x1, x1)[..., :, None] + np.vecdot(x2, x2)[..., None, :]
        squares -= 2 * np.matmul(x1, x2.swapaxes(-1, -2))
        np.maximum(squares, 0, out=squares)
        return np.sqrt(squares, out=squares)
    gather = np.maximum if p == math.inf else np.add
    lead = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    out = np.zeros((*lead, x1.shape[-2], x2.shape[-2]), x1.dtype)
    size = x1.shape[-1]
    if size <= SHORT:
        for rows in _rows(x1, x2, 1):
            total = out[..., rows, :]
            for place in range(size):
                gather(total, _power(_place(x1, x2, rows, place), p), out=total)
    else:
        for rows in _rows(x1, x2, size):
            powers = _power(x1[..., rows, None, :] - x2[..., None, :, :], p)
            out[..., rows, :] = gather.reduce(powers, -1)
    if p == 2:
        return np.sqrt(out, out=out)
    return out if p in (0, 1, math.inf) else np.power(out, 1 / p, out=out)


def _shares(g: Any, distance: Any, p: float) -> Any:
    """What of each distance's gradient every number of the two vectors has a share in."""
    if p in (1, math.inf):
        return g
    nothing = wrap(distance._array == 0)
    scale = distance.masked_fill(nothing, 1).pow(1 - p)
    return (g * scale).masked_fill(nothing, 0)


def _slope(difference: Any, distance: Any, p: float, sign: Any) -> Any:
    """The derivative of the sum of powers by one difference, over p."""
    if p == 1:
        return sign(difference)
    size = abs(difference)
    if p == math.inf:
        return sign(difference) * (size == distance)
    return sign(difference) * size ** (p - 1)


def _gradient(
    g: Tensor, x1: Tensor, x2: Tensor, result: Tensor, p: float, needs: tuple
) -> list[Any]:
    if p == 0:
        return [x1 * 0, x2 * 0]
    weights = _shares(g, result, p)
    if p == 2:
        # the differences themselves: two matrix products
        return [
            x1 * weights.sum(-1).unsqueeze(-1) - weights @ x2 if needs[0] else None,
            x2 * weights.sum(-2).unsqueeze(-1) - weights.transpose(-2, -1) @ x1
            if needs[1]
            else None,
        ]
    if thread.grad_enabled or is_traced(weights._array):
        return _plain_gradients(weights, x1, x2, result, p)
    return _gradient_arrays(weights._array, x1._array, x2._array, result._array, p)


def _plain_gradients(weights: Tensor, x1: Tensor, x2: Tensor, result: Tensor, p: float) -> list:
    difference = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    same = wrap(difference._array == 0)
    slope = _slope(difference.masked_fill(same, 1), result.unsqueeze(-1), p, Tensor.sgn)
    slope = slope.masked_fill(same, 0) * weights.unsqueeze(-1)
    return [slope.sum(-2), -slope.sum(-3)]


def _gradient_arrays(weights: ndarray, x1: ndarray, x2: ndarray, result: ndarray, p: float) -> list:
    lead = weights.shape[:-2]
    first = np.zeros((*lead, *x1.shape[-2:]), x1.dtype)
    second = np.zeros((*lead, *x2.shape[-2:]), x2.dtype)
    with np.errstate(all="ignore"):
        for rows in _rows(x1, x2, 1):
            share, distance = weights[..., rows, :], result[..., rows, :]
            for place in range(x1.shape[-1]):
                difference = _place(x1, x2, rows, place)
                slope = _slope(difference, distance, p, np.sign)
                if p < 1:
                    slope[difference == 0] = 0
                slope = slope * share
                first[..., rows, place] = np.add.reduce(slope, -1)
                second[..., place] -= np.add.reduce(slope, -2)
    return [wrap(first), wrap(second)]


_cdist = Op("cdist", _kernel, _gradient, batch=leading(2, 2))


def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str | None = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """The p-norm distance of every vector of x1 from every one of x2.

    Shapes (..., P, D) and (..., R, D) to (..., P, R). RuntimeError for shapes that do not fit, for
    negative p and for integers; ValueError for an unknown `compute_mode`.

    >>> torch.cdist(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    if compute_mode is not None and compute_mode not in MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        require_tensor(x, "cdist", name.lower())
        if x._array.dtype.kind not in "fV":
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {x.dtype.title}"
            )
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    columns = x1.shape[-1]
    if columns != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {columns} X2: {x2.shape[-1]}"
        )
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, but got {p}")
    if x1._array.dtype != x2._array.dtype:
        raise RuntimeError(
            f"expected scalar type {x1.dtype.title} but found {x2.dtype.title}: both have one dtype"
        )
    broadcast_shapes(x1._array.shape[:-2], x2._array.shape[:-2])
    by_product = p == 2 and compute_mode == MODES[1]
    if p == 2 and compute_mode in (None, MODES[0]):
        by_product = x1.shape[-2] > MANY or x2.shape[-2] > MANY
    return _cdist(x1, x2, p=float(p), by_product=by_product)


def _put_above(values: ndarray, *, size: int) -> ndarray:
    out = np.zeros((size, size), values.dtype)
    out[np.triu_indices(size, 1)] = values
    return out


_above: Op = Op(
    "above_diagonal",
    lambda input: input[np.triu_indices(len(input), 1)],
    (lambda g, input_shape: _with_above(g, size=input_shape[0]),),
)
_with_above = Op("put_above_diagonal", _put_above, (lambda g: _above(g),))


def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norm distances of all pairs of rows, (0, 1), (0, 2), ..., (1, 2), ...

    Shape (N, D) to (N (N - 1) / 2). RuntimeError for others, for negative p and for integers.

    >>> torch.pdist(torch.tensor([[0.0], [1.0], [3.0]]))
    tensor([1., 3., 2.])
    """
    require_tensor(input, "pdist")
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if input._array.dtype.kind not in "fV":
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return _above(cdist(input, input, p, MODES[2]))
