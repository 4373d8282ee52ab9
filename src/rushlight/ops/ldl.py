"""The LDL factorization of symmetric and Hermitian matrices (Bunch and Kaufman's), by SciPy.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import optional
from ..tensor import Tensor, ndarray
from .matrices import (
    check_floating,
    check_matrix,
    check_same_dtype,
    check_square,
    deliver,
    named_result,
)
from .op import Op
from .solvers import check_system

__all__: list[str] = []

LDL_FACTOR = named_result("linalg_ldl_factor", "LD pivots")
LDL_FACTOR_EX = named_result("linalg_ldl_factor_ex", "LD pivots info")


LETTERS = {"f": "s", "d": "d", "F": "c", "D": "z"}  # of dtypes, in NumPy and in LAPACK


def _lapack(name: str, array: ndarray, hermitian: bool) -> Any:
    """LAPACK's function for this dtype, such as dsytrf or zhetrf."""
    kind = "he" if hermitian and array.dtype.kind == "c" else "sy"
    module = optional.require("scipy.linalg.lapack", extra="compile")
    return getattr(module, f"{LETTERS[array.dtype.char]}{kind}{name}")


def _factor_kernel(A: ndarray, *, hermitian: bool) -> tuple[ndarray, ndarray, ndarray]:
    factors = np.zeros_like(A)
    pivots = np.zeros(A.shape[:-1], np.int32)
    info = np.zeros(A.shape[:-2], np.int32)
    if A.size:
        factorize = _lapack("trf", A, hermitian)
        for place in np.ndindex(info.shape):
            found, pivots[place], info[place] = factorize(A[place], lower=1)
            factors[place] = np.tril(found)
    return factors, pivots, info


_ldl_factor = Op("linalg_ldl_factor_ex", _factor_kernel)


def ldl_factor_ex(
    A: Tensor, *, hermitian: bool = False, check_errors: bool = False, out: Any = None
) -> Any:
    """`ldl_factor`, and infos: the place of the first zero in D, or 0. Without a gradient.

    >>> torch.linalg.ldl_factor_ex(torch.eye(2)).info
    tensor(0, dtype=torch.int32)
    """
    name = "torch.linalg.ldl_factor_ex"
    check_square(A, name)
    check_floating(A, name, "ldl_factor_kernel_cpu")
    result = LDL_FACTOR_EX(*_ldl_factor(A, hermitian=hermitian))
    if check_errors:
        _check_info(result.info._array)
    return deliver(result, out)


def _check_info(info: ndarray) -> None:
    if info.any():
        place = int((info.reshape(-1) != 0).argmax())
        raise RuntimeError(
            f"torch.linalg.ldl_factor: D[{int(info.reshape(-1)[place])}] of batch element {place} "
            "is zero; use torch.linalg.ldl_factor_ex to have the factors nevertheless"
        )


def ldl_factor(A: Tensor, *, hermitian: bool = False, out: Any = None) -> Any:
    """A = L D L^T (L D L^H when `hermitian`), packed in one matrix, and pivots as in LAPACK.

    Only the lower triangle is read; D has blocks of one and two rows. Shapes (*, n, n) to
    (*, n, n) and (*, n). Without a gradient.

    >>> torch.linalg.ldl_factor(torch.tensor([[4.0, 2.0], [2.0, 3.0]])).LD
    tensor([[4.0000, 0.0000],
            [0.5000, 2.0000]])
    """
    factors, pivots, info = ldl_factor_ex(A, hermitian=hermitian)
    _check_info(info._array)
    return deliver(LDL_FACTOR(factors, pivots), out)


def _solve_kernel(B: ndarray, LD: ndarray, pivots: ndarray, *, hermitian: bool) -> ndarray:
    batch = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    X = np.array(np.broadcast_to(B, (*batch, *B.shape[-2:])))
    LD = np.broadcast_to(LD, (*batch, *LD.shape[-2:]))
    pivots = np.broadcast_to(pivots, (*batch, pivots.shape[-1]))
    if X.size:
        solve = _lapack("trs", LD, hermitian)
        for place in np.ndindex(batch):
            X[place] = solve(LD[place], pivots[place], X[place], lower=1)[0]
    return X


def _solve_gradient(
    g: Tensor, LD: Tensor, pivots: Tensor, hermitian: bool
) -> tuple[Tensor, None, None]:
    # the inverse of a symmetric matrix is symmetric: its adjoint is its conjugate
    factors = LD.conj() if LD.is_complex() and not hermitian else LD
    return _ldl_solve(g, factors, pivots, hermitian=hermitian), None, None


_ldl_solve = Op("linalg_ldl_solve", _solve_kernel, _solve_gradient)


def ldl_solve(
    LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False, out: Tensor | None = None
) -> Tensor:
    """The X with A X = B, A given by `ldl_factor`. Its gradient reaches B alone.

    >>> factors = torch.linalg.ldl_factor(torch.tensor([[4.0, 0.0], [0.0, 2.0]]))
    >>> torch.linalg.ldl_solve(*factors, torch.ones(2, 1))
    tensor([[0.2500],
            [0.5000]])
    """
    name = "torch.linalg.ldl_solve"
    check_square(LD, name, "LD")
    check_matrix(B, name, "B")
    check_same_dtype(LD, B, name)
    check_floating(LD, name, "ldl_solve_kernel_cpu")
    if pivots._array.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {pivots.dtype.title}")
    if pivots._array.shape != LD._array.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
            f"shape {list(pivots._array.shape)} instead"
        )
    check_system(LD, B, True, name)
    return deliver(_ldl_solve(B, LD.detach(), pivots, hermitian=hermitian), out)
