"""What has no exact solution: pseudo-inverses, least squares, the rank of a matrix.

The gradient of the pseudo-inverse is Golub and Pereyra's (1973).
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.layout import broadcast_shapes
from ..tensor import Tensor, method, ndarray
from .examples import each_example
from .matrices import (
    adjoint,
    check_floating,
    check_matrix,
    check_same_dtype,
    check_square,
    check_tensor,
    deliver,
    named_result,
)
from .op import Op
from .solvers import is_vector

__all__ = ["pinverse"]

LSTSQ = named_result("linalg_lstsq", "solution residuals rank singular_values")
DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _as_array(value: Any) -> Any:
    return value._array if isinstance(value, Tensor) else np.asarray(value)


def _cutoff(largest: ndarray, shape: tuple, dtype: Any, atol: Any, rtol: Any) -> ndarray:
    """The size below which a singular value counts as 0; one for each matrix."""
    real = np.finfo(dtype)
    if rtol is None:
        usual = max(shape[-2:]) * real.eps
        # a tolerance given in absolute terms replaces the usual relative one
        rtol = usual if atol is None else np.where(_as_array(atol) > 0, 0.0, usual)
    bound = np.maximum(_as_array(0.0 if atol is None else atol), _as_array(rtol) * largest)
    return np.asarray(bound)


# ---- pinv


def _pinv_kernel(input: ndarray, *, atol: Any, rtol: Any, hermitian: bool) -> ndarray:
    if not input.size:
        return np.zeros((*input.shape[:-2], input.shape[-1], input.shape[-2]), input.dtype)
    if hermitian:
        values, U = np.linalg.eigh(input)
        V, sizes = U, np.abs(values)
    else:
        U, values, Vh = np.linalg.svd(input, full_matrices=False)
        V, sizes = Vh.swapaxes(-1, -2).conj(), values
    bound = _cutoff(sizes.max(-1), input.shape, input.dtype, atol, rtol)
    kept = sizes > bound[..., None]
    turned = np.where(kept, 1 / np.where(kept, values, 1), 0)
    return ((V * turned[..., None, :]) @ U.swapaxes(-1, -2).conj()).astype(input.dtype, copy=False)


def pinv_gradient(g: Tensor, A: Tensor, P: Tensor) -> Tensor:
    """The gradient that reaches A through its pseudo-inverse P.

    With P of full rank one of the last two terms is 0.
    """
    Ph, gh = adjoint(P), adjoint(g)
    through = gh @ P
    left = through - A @ (P @ through)
    onward = P @ gh
    right = onward - (onward @ P) @ A
    return -(Ph @ g @ Ph) + left @ Ph + Ph @ right


_pinv = Op(
    "linalg_pinv",
    _pinv_kernel,
    (lambda g, input, result: pinv_gradient(g, input, result),),
)


def pinv(
    A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Moore and Penrose's pseudo-inverse. Shapes (*, m, n) to (*, n, m).

    Singular values up to max(atol, rtol * the largest) count as 0; rtol is max(m, n) * eps unless
    a tolerance is given. `hermitian` reads the lower triangle of a matrix that is its own adjoint.

    >>> torch.linalg.pinv(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    check_tensor(A, "linalg.pinv")
    array = A._array
    if array.ndim < 2 or array.dtype.kind not in "fc" or array.dtype.itemsize < 4:
        raise RuntimeError(
            f"linalg.pinv({A.dtype.title}{{{list(array.shape)}}}): expected a tensor with 2 or "
            "more dimensions of float, double, cfloat or cdouble types"
        )
    if hermitian:
        check_square(A, "linalg.pinv")
    _check_tolerances(atol, rtol, "linalg.pinv")
    rtol = rcond if rtol is None else rtol
    return deliver(_pinv(A, atol=atol, rtol=rtol, hermitian=hermitian), out, exact=False)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """`linalg.pinv` with its older tolerance.

    >>> torch.pinverse(torch.tensor([[4.0]]))
    tensor([[0.2500]])
    """
    return pinv(input, rcond)


def _check_tolerances(atol: Any, rtol: Any, name: str) -> None:
    for what, value in (("atol", atol), ("rtol", rtol)):
        if isinstance(value, Tensor) and value.is_complex():
            raise RuntimeError(
                f"torch.{name}: {what} tensor of complex type is not supported. "
                f"Got {value.dtype.title}"
            )


# ---- matrix_rank


def _rank_kernel(input: ndarray, *, atol: Any, rtol: Any, hermitian: bool) -> ndarray:
    if hermitian:
        sizes = np.abs(np.linalg.eigvalsh(input))
    else:
        sizes = np.linalg.svd(input, compute_uv=False)
    bound = _cutoff(sizes.max(-1, initial=0), input.shape, input.dtype, atol, rtol)
    return np.asarray((sizes > bound[..., None]).sum(-1), np.int64)


_matrix_rank = Op("linalg_matrix_rank", _rank_kernel)


@each_example
def matrix_rank(
    A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The number of singular values above max(atol, rtol * the largest), as int64.

    >>> torch.linalg.matrix_rank(torch.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    check_matrix(A, "torch.linalg.matrix_rank", "input")
    _check_tolerances(tol if atol is None else atol, rtol, "linalg.matrix_rank")
    array = A._array
    if array.dtype.kind not in "fc" or array.dtype.itemsize < 4:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if hermitian:
        check_square(A, "torch.linalg.matrix_rank", "input")
    if tol is not None:
        atol, rtol = tol, 0.0
    return deliver(_matrix_rank(A, atol=atol, rtol=rtol, hermitian=hermitian), out)


# ---- lstsq


def _lstsq_kernel(A: ndarray, B: ndarray, *, rcond: Any) -> tuple[ndarray, ndarray, ndarray]:
    U, S, Vh = np.linalg.svd(A, full_matrices=False)
    bound = np.asarray(rcond) * S.max(-1, initial=0)
    kept = S > bound[..., None]
    turned = np.where(kept, 1 / np.where(kept, S, 1), 0)
    across = U.swapaxes(-1, -2).conj() @ B
    X = Vh.swapaxes(-1, -2).conj() @ (turned[..., None] * across)
    return X.astype(A.dtype, copy=False), np.asarray(kept.sum(-1), np.int64), S


def _lstsq_gradient(g: list, A: Tensor, B: Tensor, rcond: Any, needs: tuple) -> tuple:
    P = _pinv(A, atol=None, rtol=rcond, hermitian=False)
    gA = pinv_gradient(g[0] @ adjoint(B), A, P) if needs[0] else None
    return gA, adjoint(P) @ g[0]


_lstsq = Op("linalg_lstsq", _lstsq_kernel, _lstsq_gradient)


def lstsq(
    A: Tensor, B: Tensor, rcond: Any = None, *, driver: str | None = None, out: Any = None
) -> Any:
    """The X that makes A X - B smallest, by columns; of several such the smallest.

    Shapes (*, m, n) and (*, m, k) to (*, n, k). The drivers differ in what else they tell: all
    but "gels" the ranks, "gelsd" and "gelss" the singular values, all but "gelsy" (the default)
    the residuals, where m > n and all ranks are full. Singular values up to rcond times the
    largest count as 0; rcond is eps * max(m, n) unless given.

    >>> A = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> torch.linalg.lstsq(A, torch.tensor([[1.0], [3.0], [5.0]])).solution
    tensor([[1.0000],
            [2.0000]])
    """
    name = "torch.linalg.lstsq"
    check_tensor(A, "linalg_lstsq")
    check_tensor(B, "linalg_lstsq", "B", 2)
    if driver not in (None, *DRIVERS):
        raise RuntimeError(
            f"{name}: parameter `driver` should be one of ({', '.join(DRIVERS)}), got {driver}"
        )
    _check_shapes(A, B, name)
    check_floating(A, name)
    check_same_dtype(A, B, name)
    vector = is_vector(A, B)
    right = B.unsqueeze(-1) if vector else B
    broadcast_shapes(A._array.shape[:-2], right._array.shape[:-2])
    m, n = A._array.shape[-2:]
    usual = np.finfo(A._array.dtype).eps * max(m, n)
    X, rank, S = _lstsq(A, right, rcond=usual if rcond is None or driver == "gels" else rcond)
    full = m > n and driver not in (None, "gelsy") and bool((rank._array == n).all())
    squares = (A @ X - right).abs().square()
    none = S.detach().new_empty(0)
    result = LSTSQ(
        X.squeeze(-1) if vector else X,
        squares.sum(-2) if full else squares.reshape(-1)[:0],
        none.to(dtypes.int64) if driver == "gels" else rank.detach(),
        S.detach() if driver in ("gelsd", "gelss") else none,
    )
    return deliver(result, out)


def _check_shapes(A: Tensor, B: Tensor, name: str) -> None:
    a, b = A._array.shape, B._array.shape
    if len(a) < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if len(b) < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if not 0 <= len(a) - len(b) <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - "
            f"other.dim()) <= 1, but they are {len(a)} and {len(b)}"
        )
    vector = is_vector(A, B)
    if a[-2] != b[-1 if vector or len(b) < 2 else -2]:
        raise RuntimeError(
            f"{name}: input.size(-2) should match other.size({-1 if vector else -2}), but the "
            f"shapes are {list(a)} and {list(b)}"
        )
    if not vector and len(b) < len(a):
        raise RuntimeError(
            f"{name}: one dim less than the {list(a)} of input makes other a batch of vectors, "
            f"which must have the shape {list(a[:-1])}, but it has {list(b)}"
        )


method(pinverse)
