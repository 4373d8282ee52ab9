"""Linear systems: inverses, solutions of A X = B, triangular systems.

The gradients are Giles's: of X = inv(A) B, gB = inv(A)^H gX and gA = -gB X^H.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.layout import broadcast_shapes
from ..kernels.factorizing import solve_by_lu
from ..kernels.factorizing import solve_triangular as substitute
from ..tensor import Tensor, method, ndarray
from .batching import leading
from .matrices import (
    adjoint,
    check_floating,
    check_matrix,
    check_same_dtype,
    check_square,
    check_tensor,
    deliver,
    named_result,
    raise_first,
)
from .op import Op

__all__ = ["inverse", "triangular_solve"]

INV_EX = named_result("linalg_inv_ex", "inverse info")
SOLVE_EX = named_result("linalg_solve_ex", "result info")
TRIANGULAR_SOLVE = named_result("triangular_solve", "solution cloned_coefficient")


# ---- inv


def _inv_kernel(input: ndarray) -> tuple[ndarray, ndarray]:
    try:
        return np.linalg.inv(input), np.zeros(input.shape[:-2], np.int32)
    except np.linalg.LinAlgError:  # NumPy does not say which matrix, nor goes on with the others
        return solve_by_lu(input, np.eye(input.shape[-1], dtype=input.dtype))


def _inv_gradient(g: list, result: tuple) -> Tensor:
    inverse = adjoint(result[0])
    return -(inverse @ g[0] @ inverse)


_inv = Op("linalg_inv_ex", _inv_kernel, (_inv_gradient,), batch=leading(2))


def inv_ex(A: Tensor, *, check_errors: bool = False, out: Any = None) -> Any:
    """The inverse and, instead of an error, infos: the first zero pivot of a singular matrix.

    Shapes (*, n, n) to (*, n, n) and (*). LinAlgError only with `check_errors`.

    >>> torch.linalg.inv_ex(torch.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    check_square(A, "linalg.inv")
    check_floating(A, "linalg.inv")
    result = INV_EX(*_inv(A))
    if check_errors:
        _check_inverse(result.info)
    return deliver(result, out)


def _check_inverse(info: Tensor) -> None:
    raise_first(
        info._array,
        "linalg.inv",
        "The diagonal element {info} is zero, the inversion could not be completed because the "
        "input matrix is singular.",
    )


def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a square matrix, or of each of a batch. LinAlgError where one is singular.

    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    inverse, info = inv_ex(A)
    _check_inverse(info)
    return deliver(inverse, out)


def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`linalg.inv`: the inverse of square matrices. LinAlgError where one is singular.

    >>> torch.inverse(torch.tensor([[4.0]]))
    tensor([[0.2500]])
    """
    return inv(input, out=out)


# ---- solve


def _solve_kernel(A: ndarray, B: ndarray) -> tuple[ndarray, ndarray]:
    try:
        return np.linalg.solve(A, B), np.zeros(A.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return solve_by_lu(A, B)


def _solve_gradient(g: list, A: Tensor, result: tuple, needs: tuple) -> tuple:
    gB = _solve(adjoint(A), g[0])[0]
    return -(gB @ adjoint(result[0])) if needs[0] else None, gB


_solve = Op("linalg_solve_ex", _solve_kernel, _solve_gradient)


def is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether B is a vector for each matrix of A rather than a matrix."""
    a, b = A._array.shape, B._array.shape
    return len(b) == 1 or (len(b) == len(a) - 1 and b == a[:-1])


def check_system(A: Tensor, B: Tensor, left: bool, name: str) -> None:
    """RuntimeError unless A X = B (X A = B) can have a solution by its shapes."""
    a, b = A._array.shape, B._array.shape
    if b[-2 if left else -1] != a[-1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({a[-2]}x{a[-1]} and {b[-2]}x{b[-1]})"
        )


def solve_ex(
    A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False, out: Any = None
) -> Any:
    """`solve`, and instead of an error the infos: the first zero pivot of a singular matrix.

    >>> torch.linalg.solve_ex(torch.eye(2), torch.ones(2)).info
    tensor(0, dtype=torch.int32)
    """
    check_square(A, "linalg.solve")
    check_tensor(B, "linalg.solve", "B", 2)
    check_floating(A, "linalg.solve")
    check_same_dtype(A, B, "linalg.solve")
    vector = is_vector(A, B)
    right = B.unsqueeze(-1) if vector else B
    check_system(A, right, left, "linalg.solve")
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for "
            "left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    broadcast_shapes(A._array.shape[:-2], right._array.shape[:-2])
    if left:
        found, info = _solve(A, right)
    else:
        found, info = _solve(A.transpose(-2, -1), right.transpose(-2, -1))
        found = found.transpose(-2, -1)
    result = SOLVE_EX(found.squeeze(-1) if vector else found, info)
    if check_errors:
        _check_solution(info)
    return deliver(result, out)


def _check_solution(info: Tensor) -> None:
    raise_first(
        info._array,
        "torch.linalg.solve",
        "The solver failed because the input matrix is singular.",
    )


def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """The X with A X = B, or X A = B when not `left`. LinAlgError where A is singular.

    Shapes (*, n, n) and (*, n, k), or (*, n) for vectors; batches broadcast.

    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.ones(2))
    tensor([0.5000, 0.2500])
    """
    found, info = solve_ex(A, B, left=left)
    _check_solution(info)
    return deliver(found, out)


# ---- triangular systems


def triangle(x: Tensor, upper: bool, unit: bool) -> Tensor:
    """The part of the matrices that a triangular solver reads."""
    return x.triu(1 if unit else 0) if upper else x.tril(-1 if unit else 0)


def _triangular_gradient(
    g: Tensor, A: Tensor, result: Tensor, upper: bool, unit: bool, needs: tuple
) -> tuple:
    gB = _triangular(adjoint(A), g, upper=not upper, unit=unit)
    return -triangle(gB @ adjoint(result), upper, unit) if needs[0] else None, gB


_triangular = Op(
    "linalg_solve_triangular",
    lambda A, B, *, upper, unit: substitute(A, B, upper, unit),
    _triangular_gradient,
    batch=leading(2, 2),
)


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The X with A X = B (X A = B when not `left`) for a triangular A, of which one half is read.

    Shapes (*, n, n) and (*, n, k); batches broadcast. `unitriangular` takes the diagonal as ones.

    >>> A = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    >>> torch.linalg.solve_triangular(A, torch.ones(2, 1), upper=False)
    tensor([[1.],
            [0.]])
    """
    name = "linalg.solve_triangular"
    check_square(A, name)
    check_matrix(B, name, "B")
    check_same_dtype(A, B, name)
    check_floating(A, name, "triangular_solve_cpu")
    check_system(A, B, left, name)
    broadcast_shapes(A._array.shape[:-2], B._array.shape[:-2])
    if left:
        result = _triangular(A, B, upper=upper, unit=unitriangular)
    else:
        turned = A.transpose(-2, -1), B.transpose(-2, -1)
        result = _triangular(*turned, upper=not upper, unit=unitriangular).transpose(-2, -1)
    return deliver(result, out)


def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False,
    unitriangular: bool = False, *, out: Any = None,
) -> Any:  # fmt: skip
    """The older `linalg.solve_triangular`: the solution of A X = b, and a copy of A.

    >>> torch.triangular_solve(torch.ones(2, 1), torch.eye(2)).solution
    tensor([[1.],
            [1.]])
    """
    check_matrix(b, "torch.triangular_solve", "b")
    check_square(A, "torch.triangular_solve")
    if transpose:
        turned = A.transpose(-2, -1)
        found = solve_triangular(turned, b, upper=not upper, unitriangular=unitriangular)
    else:
        found = solve_triangular(A, b, upper=upper, unitriangular=unitriangular)
    return deliver(TRIANGULAR_SOLVE(found, A.clone()), out)


method(inverse)
method(triangular_solve)
