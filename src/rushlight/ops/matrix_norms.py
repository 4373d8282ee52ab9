"""Norms of matrices, the norm that is either, condition numbers and distances.

May import: core, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import FLOATING
from ..core.layout import wrap_dim
from ..tensor import Tensor, method, wrap
from .matrices import check_matrix, check_square, check_tensor, deliver
from .norms import check_norm_dtype, vector_norm
from .singular import svdvals
from .solvers import inv_ex

__all__ = ["dist", "norm", "nuclear_norm"]

# orders by the sums of rows or columns: (which of the two dims is summed, which extreme is taken)
BY_SUMS = {1: (0, "amax"), -1: (0, "amin"), math.inf: (1, "amax"), -math.inf: (1, "amin")}


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *,
    dtype: dtypes.dtype | None = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """A norm of the matrices over two dims.

    "fro": the root of the sum of squares; "nuc": the sum of singular values; 2, -2: the largest,
    smallest of them; 1, -1, inf, -inf: the largest, smallest sum of |A| over columns, or rows.

    >>> torch.linalg.matrix_norm(torch.tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    name = "linalg.matrix_norm"
    check_matrix(A, name)
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    A = check_norm_dtype(A, dtype, name)
    ndim = A._array.ndim
    first, second = wrap_dim(dims[0], ndim), wrap_dim(dims[1], ndim)
    if first == second:
        raise RuntimeError(f"{name}: dims must be different. Got ({dims[0]}, {dims[1]})")
    if ord == "fro":
        result = vector_norm(A, 2, (first, second), keepdim)
    elif ord == "nuc" or ord in (2, -2):
        result = _by_singular_values(A, ord, first, second, keepdim)
    elif not isinstance(ord, str) and ord in BY_SUMS:
        result = _by_sums(A, ord, first, second, keepdim)
    else:
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    return deliver(result, out)


def _extreme(x: Tensor, extreme: str, dim: int, keepdim: bool) -> Tensor:
    """The largest or smallest along a dim; of none the largest is 0."""
    if extreme == "amax" and not x._array.shape[dim]:
        return x.sum(dim, keepdim=keepdim)
    return x.amax(dim, keepdim=keepdim) if extreme == "amax" else x.amin(dim, keepdim=keepdim)


def _by_singular_values(A: Tensor, ord: Any, first: int, second: int, keepdim: bool) -> Tensor:
    if A._array.dtype.itemsize < 4:
        raise RuntimeError(
            f"linalg.matrix_norm: Low precision dtypes not supported. Got {A.dtype.title}"
        )
    S = svdvals(A.movedim((first, second), (-2, -1)))
    if ord == "nuc":
        found = S.sum(-1)
    else:
        found = _extreme(S, "amax" if ord == 2 else "amin", -1, False)
    for dim in sorted((first, second)) if keepdim else ():
        found = found.unsqueeze(dim)
    return found


def _by_sums(A: Tensor, ord: Any, first: int, second: int, keepdim: bool) -> Tensor:
    place, extreme = BY_SUMS[ord]
    summed, left = (first, second) if place == 0 else (second, first)
    found = _extreme(A.abs().sum(summed, keepdim=True), extreme, left, True)
    return found if keepdim else found.squeeze((first, second))


def linalg_norm(
    A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *,
    dtype: dtypes.dtype | None = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`vector_norm` over one dim, `matrix_norm` over two; without `ord` the length of all elements.

    Without `dim` an order takes a 1-D input as a vector and a 2-D input as a matrix. RuntimeError
    for other shapes.

    >>> torch.linalg.norm(torch.tensor([3.0, 4.0])), torch.linalg.norm(torch.eye(2), "nuc")
    (tensor(5.), tensor(2.))
    """
    check_tensor(A, "linalg.norm")
    dims = (dim,) if isinstance(dim, int) else dim
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is specified, it must be of length 1 or 2. "
            f"Got [{', '.join(map(str, dims))}]"
        )
    if isinstance(ord, str):
        if dims is None and A._array.ndim != 2:
            raise RuntimeError(
                "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
                f"Got {A._array.ndim}D."
            )
        return matrix_norm(A, ord, (0, 1) if dims is None else dims, keepdim, dtype=dtype, out=out)
    if ord is None:
        return vector_norm(A, 2, dims, keepdim, dtype=dtype, out=out)
    if dims is None:
        if A._array.ndim not in (1, 2):
            raise RuntimeError(
                "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
                f"Got {A._array.ndim}D."
            )
        dims = tuple(range(A._array.ndim))
    if len(dims) == 2:
        return matrix_norm(A, ord, dims, keepdim, dtype=dtype, out=out)
    return vector_norm(A, ord, dims, keepdim, dtype=dtype, out=out)


def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False,
    out: Tensor | None = None, dtype: dtypes.dtype | None = None,
) -> Tensor:  # fmt: skip
    """The p-norm of all elements, or over the given dims; "fro" is 2, "nuc" is of matrices.

    >>> torch.norm(torch.tensor([3.0, 4.0])), torch.norm(torch.tensor([3.0, -4.0]), p=1)
    (tensor(5.), tensor(7.))
    """
    check_tensor(input, "norm", "input")
    if isinstance(p, str) and p != "fro":
        dims = tuple(range(input._array.ndim)) if dim is None else dim
        return matrix_norm(input, p, dims, keepdim, dtype=dtype, out=out)
    if dtype is not None and input._array.dtype.kind in "iub":
        input = input.to(dtype)
    order = 2 if p is None or p == "fro" else p
    return vector_norm(input, order, dim, keepdim, dtype=dtype, out=out)


def nuclear_norm(
    input: Tensor, dim: Any = (-2, -1), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The sum of the singular values.

    >>> torch.nuclear_norm(torch.eye(3))
    tensor(3.)
    """
    if isinstance(dim, bool):
        dim, keepdim = (-2, -1), dim
    return matrix_norm(input, "nuc", dim, keepdim, out=out)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference of two tensors, which broadcast.

    >>> torch.dist(torch.tensor([1.0, 2.0]), torch.tensor([4.0, 6.0]))
    tensor(5.)
    """
    check_tensor(input, "dist", "input")
    check_tensor(other, "dist", "other", 2)
    apart = input - other
    if apart.dtype.category < FLOATING:
        raise RuntimeError(
            "norm(): input dtype should be either floating point or complex. "
            f"Got {apart.dtype.title} instead."
        )
    return norm(apart, p)


def cond(A: Tensor, p: Any = None, *, out: Tensor | None = None) -> Tensor:
    """The condition number |A| |inv(A)| in the norm p; without p by singular values.

    Shapes (*, n, n) to (*); (*, m, n) where p is None, 2 or -2. inf for singular matrices.

    >>> torch.linalg.cond(torch.tensor([[1.0, 0.0], [0.0, 4.0]]))
    tensor(4.)
    """
    check_tensor(A, "linalg.cond")
    if A._array.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    by_values = p is None or p in (2, -2)
    if not by_values and p not in ("fro", "nuc") and (isinstance(p, str) or p not in BY_SUMS):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if isinstance(p, str) or (A._array.size and not by_values):
        check_square(A, f"linalg.cond(ord={p})")
    if not A._array.size:
        blank = np.zeros(A._array.shape[:-2], A._array.real.dtype)
        return deliver(wrap(blank), out, exact=False)
    if by_values:
        S = svdvals(A)
        result = S[..., -1] / S[..., 0] if p == -2 else S[..., 0] / S[..., -1]
        return deliver(result, out, exact=False)
    inverse, info = inv_ex(A)
    result = matrix_norm(A, p) * matrix_norm(inverse.masked_fill(_wide(info), 0), p)
    return deliver(result.masked_fill(info != 0, math.inf), out, exact=False)


def _wide(info: Tensor) -> Tensor:
    return (info != 0).unsqueeze(-1).unsqueeze(-1)


for _function in (dist, norm):
    method(_function)
