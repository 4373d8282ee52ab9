"""Distances and angles between vectors: in pairs, and of every one with every other.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import promote_types
from ..core.layout import broadcast_shapes, product, wrap_dim
from ..tensor import Tensor, wrap
from .fused import require_tensor
from .norms import vector_norm
from .op import Op, ndarray

__all__ = ["cdist", "cosine_similarity", "pairwise_distance", "pdist"]

MANY = 25  # from so many vectors on, PyTorch finds Euclidean distances by a matrix product
BLOCK = 1 << 16
SHORT = 48
MODES = (
    "use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
)  # fmt: skip


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (|x1| |x2|) along `dim`, with lengths below eps taken as eps.

    RuntimeError for integers.

    >>> a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    >>> torch.nn.functional.cosine_similarity(a, b)
    tensor([0.7071])
    """
    require_tensor(x1, "cosine_similarity", "x1", 1)
    require_tensor(x2, "cosine_similarity", "x2", 2)
    dtype = promote_types(x1.dtype, x2.dtype)
    if not dtype.is_floating_point:
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {dtype.title}"
        )
    shape = broadcast_shapes(x1._array.shape, x2._array.shape)
    dim = wrap_dim(dim, len(shape))
    x1, x2 = x1.to(dtype).expand(shape), x2.to(dtype).expand(shape)
    return (_unit(x1, dim, eps) * _unit(x2, dim, eps)).sum(dim)


def _unit(x: Tensor, dim: int, eps: float) -> Tensor:
    length = vector_norm(x, 2, dim, keepdim=True)
    # the bound holds for the value alone: the gradient passes it
    return x / (length + (length.clamp_min(eps) - length).detach())


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dim. Shapes (..., D) each to (...).

    >>> a, b = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    >>> torch.nn.functional.pairwise_distance(a, b)
    tensor([5.0000])
    """
    return vector_norm(x1 - x2 + eps, p, -1, keepdim=keepdim)


# ---- every one with every other


def _euclid(x1: ndarray, x2: ndarray, *, by_product: bool) -> ndarray:
    if by_product:
        squares = np.vecdot(x1, x1)[..., :, None] + np.vecdot(x2, x2)[..., None, :]
        squares -= 2 * np.matmul(x1, x2.swapaxes(-1, -2))
        np.maximum(squares, 0, out=squares)
        return np.sqrt(squares, out=squares)
    count, others, size = x1.shape[-2], x2.shape[-2], x1.shape[-1]
    lead = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    out = np.empty((*lead, count, others), x1.dtype)
    short = size <= SHORT
    # as many rows at a time as leave what is made of them in the cache
    step = max(1, BLOCK // max(others * (1 if short else size) * product(lead), 1))
    for start in range(0, count, step):
        rows = slice(start, start + step)
        if short:  # number by number: quicker than so many short products
            total = out[..., rows, :]
            total[...] = 0
            for place in range(size):
                difference = x1[..., rows, None, place] - x2[..., None, :, place]
                difference *= difference
                total += difference
        else:
            difference = x1[..., rows, None, :] - x2[..., None, :, :]
            out[..., rows, :] = np.vecdot(difference, difference)
    return np.sqrt(out, out=out)


def _euclid_gradients(g: Tensor, x1: Tensor, x2: Tensor, result: Tensor, needs: tuple) -> list:
    """Through weights g / distance, so that no difference of two vectors need be kept."""
    nothing = wrap(result._array == 0)
    weights = (g / result.masked_fill(nothing, 1)).masked_fill(nothing, 0)
    found: list[Any] = [None, None]
    if needs[0]:
        found[0] = x1 * weights.sum(-1).unsqueeze(-1) - weights @ x2
    if needs[1]:
        found[1] = x2 * weights.sum(-2).unsqueeze(-1) - weights.transpose(-2, -1) @ x1
    return found


_cdist = Op("cdist", _euclid, _euclid_gradients)


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
    if p == 2:
        if compute_mode in (None, MODES[0]):
            by_product = x1.shape[-2] > MANY or x2.shape[-2] > MANY
        else:
            by_product = compute_mode == MODES[1]
        return _cdist(x1, x2, by_product=by_product)
    return _norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p)


def _norm(difference: Tensor, p: float) -> Tensor:
    """The p-norm of the last dim, 0 also of nothing."""
    if not difference._array.size:
        return difference.sum(-1)
    return vector_norm(difference, p, -1)


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
    if p == 2:
        return _above(cdist(input, input, 2.0, MODES[2]))
    first, second = np.triu_indices(input.shape[0], 1)
    difference = input.index_select(0, wrap(first)) - input.index_select(0, wrap(second))
    return _norm(difference, p)
