"""The LU factorization with row pivots, packed and unpacked, and systems solved with it.

The packed factors are the primitive; L, U and P are cut out of it.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.layout import broadcast_shapes
from ..kernels.factorizing import lu_factor as factorize
from ..kernels.factorizing import permutation
from ..tensor import Tensor, method, ndarray, wrap
from .batching import leading
from .joining import cat
from .matrices import (
    adjoint,
    check_floating,
    check_matrix,
    check_same_dtype,
    check_square,
    check_tensor,
    check_tensors,
    deliver,
    named_result,
)
from .op import Op
from .solvers import check_system, solve_triangular

__all__ = ["lu", "lu_solve", "lu_unpack"]

LU = named_result("linalg_lu", "P L U")
LU_FACTOR = named_result("linalg_lu_factor", "LU pivots")
LU_FACTOR_EX = named_result("linalg_lu_factor_ex", "LU pivots info")
LU_WITH_INFO = named_result("_lu_with_info", "LU pivots info")
LU_UNPACK = named_result("lu_unpack", "P L U")


def _lower(packed: Tensor, width: int) -> Tensor:
    """L, with its diagonal of ones, out of the packed factors."""
    below = packed[..., :width].tril(-1)
    return below + wrap(np.eye(*below._array.shape[-2:], dtype=below._array.dtype))


def _upper(packed: Tensor, height: int) -> Tensor:
    return packed[..., :height, :].triu()


def _order_kernel(pivots: ndarray, *, rows: int) -> ndarray:
    if pivots.size and not 1 <= pivots.min() <= pivots.max() <= rows:
        raise RuntimeError(
            "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive. "
            f"Did you properly pass the result of lu_factor? LU.size(-2) is {rows}"
        )
    return permutation(pivots, rows)


# the rows of A in the order in which L U has them
_order = Op("lu_order", _order_kernel)


def _rows(x: Tensor, order: Tensor) -> Tensor:
    """The rows of each matrix in another order: x[order]."""
    batch = broadcast_shapes(x._array.shape[:-2], order._array.shape[:-1])
    x = x.expand(*batch, *x._array.shape[-2:])
    return x.gather(-2, order.unsqueeze(-1).expand(x._array.shape))


def _lu_gradient(g: list, result: tuple) -> Tensor:
    """The gradient of A through its packed factors.

    For square A: P inv(L)^H (tril(L^H gL, -1) + triu(gU U^H)) inv(U)^H; what A has more in rows
    or columns depends on one factor alone.
    """
    packed, pivots = result[0], result[1]
    m, n = packed._array.shape[-2:]
    k = min(m, n)
    L, U = _lower(packed, k), _upper(packed, k)
    gL, gU = g[0][..., :k].tril(-1), g[0][..., :k, :].triu()
    top, left = L[..., :k, :], U[..., :k]
    Lh, Uh = adjoint(top), adjoint(left)
    below = Lh @ gL[..., :k, :]
    above = gU[..., :k] @ Uh
    if m > n:
        above = above - adjoint(L[..., k:, :]) @ gL[..., k:, :]
    if n > m:
        below = below - gU[..., k:] @ adjoint(U[..., k:])
    middle = below.tril(-1) + above.triu()
    inner = solve_triangular(Uh, middle, upper=False, left=False)
    found = solve_triangular(Lh, inner, upper=True)
    if m > n:
        rest = solve_triangular(Uh, gL[..., k:, :], upper=False, left=False)
        found = cat([found, rest], -2)
    if n > m:
        found = cat([found, solve_triangular(Lh, gU[..., k:], upper=True)], -1)
    return _rows(found, _order(pivots, rows=m).argsort(-1))


_lu_factor = Op("linalg_lu_factor_ex", lambda A: factorize(A), (_lu_gradient,), batch=leading(2))


def _check(A: Any, pivot: bool, name: str) -> None:
    check_tensor(A, name)
    if A._array.ndim < 2:
        raise RuntimeError(
            f"{name}: Expected tensor with 2 or more dimensions. "
            f"Got size: {list(A._array.shape)} instead"
        )
    if A._array.dtype.kind not in "fc" or A._array.dtype.itemsize < 4:
        raise NotImplementedError(f"\"lu_cpu\" not implemented for '{A.dtype.title}'")
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


def lu_factor_ex(
    A: Tensor, *, pivot: bool = True, check_errors: bool = False, out: Any = None
) -> Any:
    """`lu_factor`, with infos instead of a warning: the place of the first zero pivot, or 0.

    >>> torch.linalg.lu_factor_ex(torch.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    _check(A, pivot, "torch.lu_factor")
    result = LU_FACTOR_EX(*_lu_factor(A))
    if check_errors:
        _check_pivots(result.info)
    return deliver(result, out)


def _check_pivots(info: Tensor) -> None:
    found = info._array
    if found.any():
        place = int((found.reshape(-1) != 0).argmax())
        where = f"(Batch element {place}): " if found.ndim else ""
        at = int(found.reshape(-1)[place])
        raise RuntimeError(
            f"torch.linalg.lu_factor: {where}U[{at},{at}] is zero and using it on lu_solve would "
            "result in a division by zero. If you still want to perform the factorization, "
            "consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )


def lu_factor(A: Tensor, *, pivot: bool = True, out: Any = None) -> Any:
    """P L U = A in packed form: L below the diagonal, U on and above it; and the pivots.

    Shapes (*, m, n) to (*, m, n) and (*, min(m, n)); row i was exchanged with row pivots[i] - 1.
    RuntimeError for a zero pivot.

    >>> torch.linalg.lu_factor(torch.tensor([[1.0, 2.0], [2.0, 5.0]])).pivots
    tensor([2, 2], dtype=torch.int32)
    """
    packed, pivots, info = lu_factor_ex(A, pivot=pivot)
    _check_pivots(info)
    return deliver(LU_FACTOR(packed, pivots), out)


def linalg_lu(A: Tensor, *, pivot: bool = True, out: Any = None) -> Any:
    """P, L and U with A = P L U. Shapes (*, m, n) to (*, m, m), (*, m, k) and (*, k, n).

    >>> torch.linalg.lu(torch.tensor([[1.0, 2.0], [2.0, 4.0]])).U
    tensor([[2., 4.],
            [0., 0.]])
    """
    _check(A, pivot, "linalg.lu")
    packed, pivots, _ = _lu_factor(A)
    return deliver(LU(*lu_unpack(packed, pivots)), out)


def lu(A: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """The older `linalg.lu_factor_ex`: packed factors and pivots, with infos when asked for.

    >>> torch.lu(torch.eye(2))[1]
    tensor([1, 2], dtype=torch.int32)
    """
    _check(A, pivot, "torch.lu_factor")
    packed, pivots, info = _lu_factor(A)
    result = LU_WITH_INFO(packed, pivots, info) if get_infos else (packed, pivots)
    if out is None or get_infos:
        return deliver(result, out)
    return tuple([deliver(part, target) for part, target in zip(result, out)])


def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True, *,
    out: Any = None,
) -> Any:  # fmt: skip
    """P, L and U out of packed factors and pivots; what is not asked for comes out empty.

    >>> torch.lu_unpack(*torch.linalg.lu_factor(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))).P
    tensor([[0., 1.],
            [1., 0.]])
    """
    check_tensors("lu_unpack", LU_data=LU_data, LU_pivots=LU_pivots)
    if LU_pivots.dtype is not dtypes.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 "
            f"dtype. Note: this function is intended to be used with the output produced by "
            f"torch.linalg.lu_factor. Got {LU_pivots.dtype}"
        )
    m, n = LU_data._array.shape[-2:]
    dtype = LU_data._array.dtype
    k = min(m, n)
    P = L = U = None
    if unpack_data:
        L, U = _lower(LU_data, k), _upper(LU_data, k)
    if unpack_pivots:
        places = wrap(np.arange(m)[:, None])
        P = (_order(LU_pivots, rows=m).unsqueeze(-2) == places).to(LU_data.dtype)
    parts = [wrap(np.zeros(0, dtype)) if part is None else part for part in (P, L, U)]
    return deliver(LU_UNPACK(*parts), out)


def linalg_lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The X with A X = B (X A = B when not `left`, A^H for A when `adjoint`), A given by factors.

    >>> factors = torch.linalg.lu_factor(torch.tensor([[0.0, 2.0], [4.0, 0.0]]))
    >>> torch.linalg.lu_solve(*factors, torch.ones(2, 1))
    tensor([[0.2500],
            [0.5000]])
    """
    _check_solve(LU, pivots, B, left)
    return deliver(_solve(LU, _order(pivots, rows=LU._array.shape[-1]), B, left, adjoint), out)


def _solve(packed: Tensor, order: Tensor, B: Tensor, left: bool, flipped: bool) -> Tensor:
    if not left:  # X A = B is A^H X^H = B^H
        return adjoint(_solve(packed, order, adjoint(B), True, not flipped))
    if flipped:
        turned = adjoint(packed)
        found = solve_triangular(turned, B, upper=False)
        found = solve_triangular(turned, found, upper=True, unitriangular=True)
        return _rows(found, order.argsort(-1))
    found = solve_triangular(packed, _rows(B, order), upper=False, unitriangular=True)
    return solve_triangular(packed, found, upper=True)


def _check_solve(packed: Tensor, pivots: Tensor, B: Tensor, left: bool) -> None:
    name = "linalg.lu_solve"
    check_tensors(name, LU=packed, pivots=pivots, B=B)
    check_square(packed, name, "LU")
    check_floating(packed, name, "lu_solve_cpu")
    check_matrix(B, name, "B")
    if pivots.dtype is not dtypes.int32:
        raise RuntimeError(
            f"{name}: pivots should be a Tensor of scalar type torch.int32. Got {pivots.dtype}"
        )
    if packed.dtype is not B.dtype:
        check_same_dtype(packed, B, name)
    if pivots._array.shape != packed._array.shape[:-1]:
        raise RuntimeError(
            f"{name}: Number of pivots per batch should be same as the dimension of the matrix. "
            f"Got {list(pivots._array.shape)} for {list(packed._array.shape)}"
        )
    check_system(packed, B, left, name)


def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`linalg.lu_solve`, with the right-hand side first.

    >>> torch.lu_solve(torch.ones(1, 1), *torch.linalg.lu_factor(torch.tensor([[4.0]])))
    tensor([[0.2500]])
    """
    check_tensors("lu_solve", b=b, LU_data=LU_data, LU_pivots=LU_pivots)
    return linalg_lu_solve(LU_data, LU_pivots, b, out=out)


for _function in (lu, lu_solve):
    method(_function)
