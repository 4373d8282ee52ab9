"""Cholesky's factorization of positive definite matrices, and what is solved with it.

The gradient is Murray's (2016), in terms of triangular solves.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.layout import broadcast_shapes
from ..kernels.factorizing import failing_minor
from ..kernels.factorizing import solve_triangular as substitute
from ..tensor import Tensor, method, ndarray, wrap
from .batching import leading
from .matrices import (
    adjoint,
    check_floating,
    check_matrix,
    check_same_dtype,
    check_square,
    check_tensors,
    deliver,
    named_result,
    raise_first,
)
from .op import Op
from .solvers import solve_triangular

__all__ = ["cholesky", "cholesky_inverse", "cholesky_solve"]

CHOLESKY_EX = named_result("linalg_cholesky_ex", "L info")


def _cholesky_kernel(A: ndarray, *, upper: bool) -> tuple[ndarray, ndarray]:
    try:
        return np.linalg.cholesky(A, upper=upper), np.zeros(A.shape[:-2], np.int32)
    except np.linalg.LinAlgError:  # NumPy does not say which matrix, nor goes on with the others
        pass
    info = np.zeros(A.shape[:-2], np.int32)
    factor = np.triu(A) if upper else np.tril(A)
    for place in np.ndindex(info.shape):
        info[place] = failing_minor(A[place].T if upper else A[place])
        if info[place] == 0:
            factor[place] = np.linalg.cholesky(A[place], upper=upper)
    return factor, info


def _cholesky_gradient(g: list, result: tuple, upper: bool) -> Tensor:
    L, gL = (adjoint(result[0]), adjoint(g[0])) if upper else (result[0], g[0])
    inner = (adjoint(L) @ gL).tril()
    # the lower triangle with half the diagonal, made symmetric
    symmetric = (inner + adjoint(inner.tril(-1))) / 2
    across = solve_triangular(adjoint(L), symmetric, upper=True)
    return solve_triangular(L, across, upper=False, left=False)


_cholesky = Op("linalg_cholesky_ex", _cholesky_kernel, (_cholesky_gradient,), batch=leading(2))


def cholesky_ex(
    A: Tensor, *, upper: bool = False, check_errors: bool = False, out: Any = None
) -> Any:
    """The factor of A = L L^H and, instead of an error, infos: the order of the failing minor.

    Only the lower triangle of A is read (`upper`: the upper one, and A = U^H U). Shapes
    (*, n, n) to (*, n, n) and (*). LinAlgError only with `check_errors`.

    >>> torch.linalg.cholesky_ex(torch.tensor([[4.0, 2.0], [2.0, 0.0]])).info
    tensor(2, dtype=torch.int32)
    """
    return deliver(_factor(A, upper, check_errors, "linalg.cholesky"), out)


def _factor(A: Tensor, upper: bool, check_errors: bool, name: str) -> Any:
    check_square(A, name)
    check_floating(A, name, "cholesky_cpu")
    factor, info = _cholesky(A, upper=upper)
    if check_errors:
        raise_first(
            info._array,
            name,
            "The factorization could not be completed because the input is not "
            "positive-definite (the leading minor of order {info} is not positive-definite).",
        )
    return CHOLESKY_EX(factor, info)


def linalg_cholesky(A: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """The lower triangular L with A = L L^H (`upper`: U with A = U^H U).

    LinAlgError where A is not positive definite; only one triangle of A is read.

    >>> torch.linalg.cholesky(torch.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    return deliver(_factor(A, upper, True, "linalg.cholesky").L, out)


def cholesky(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The older `linalg.cholesky`.

    >>> torch.cholesky(torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    return deliver(_factor(input, upper, True, "cholesky").L, out)


def _cholesky_solve_kernel(B: ndarray, L: ndarray, *, upper: bool) -> ndarray:
    other = L.swapaxes(-1, -2).conj()
    lower, higher = (other, L) if upper else (L, other)
    return substitute(higher, substitute(lower, B, False, False), True, False)


def _cholesky_solve_gradient(g: Tensor, L: Tensor, result: Tensor, upper: bool) -> tuple:
    gB = _cholesky_solve(g, L, upper=upper)
    through = gB @ adjoint(result)
    through = through + adjoint(through)
    return gB, -(L @ through if upper else through @ L)


_cholesky_solve = Op(
    "cholesky_solve", _cholesky_solve_kernel, _cholesky_solve_gradient, batch=leading(2, 2)
)


def cholesky_solve(
    B: Tensor, L: Tensor, upper: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The X with A X = B, given the Cholesky factor L of A. Shapes (*, n, k) and (*, n, n).

    >>> torch.cholesky_solve(torch.tensor([[4.0]]), torch.tensor([[2.0]]))
    tensor([[1.]])
    """
    check_tensors("cholesky_solve", input=B, input2=L)
    for x, argument in ((B, "b"), (L, "u")):
        if x._array.ndim < 2:
            raise RuntimeError(
                f"{argument} should have at least 2 dimensions, but has {x._array.ndim} "
                "dimensions instead"
            )
    check_square(L, "cholesky_solve")
    if L._array.shape[-1] != B._array.shape[-2]:
        n, b = L._array.shape[-1], B._array.shape[-2]
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {n} by {n} but each b "
            f"matrix is {b} by {B._array.shape[-1]}"
        )
    check_floating(L, "cholesky_solve", "cholesky_solve_cpu")
    check_same_dtype(L, B, "cholesky_solve")
    batch = broadcast_shapes(L._array.shape[:-2], B._array.shape[:-2])
    L, B = [x.expand(*batch, *x._array.shape[-2:]) for x in (L, B)]
    return deliver(_cholesky_solve(B, L, upper=upper), out, exact=False)


def cholesky_inverse(L: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The inverse of A, given its Cholesky factor.

    >>> torch.cholesky_inverse(torch.tensor([[2.0]]))
    tensor([[0.2500]])
    """
    check_square(L, "cholesky_inverse")
    check_matrix(L, "cholesky_inverse")
    eye = wrap(np.eye(L._array.shape[-1], dtype=L._array.dtype))
    return cholesky_solve(eye, L, upper, out=out)


for _function in (cholesky, cholesky_inverse, cholesky_solve):
    method(_function)
