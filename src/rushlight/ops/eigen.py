"""Eigenvalues and eigenvectors, of any square matrix and of Hermitian ones.

The gradients are those of Boeddeker et al. (2017): eigenvectors are normalized, and their phases
are free, so that a function of them must not depend on the phases.
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.state import thread
from ..tensor import Tensor, ndarray, wrap
from .batching import leading
from .matrices import LinAlgError, adjoint, check_square, deliver, named_result
from .op import Op
from .singular import check_gauge
from .solvers import solve_ex

__all__: list[str] = []

EIG = named_result("linalg_eig", "eigenvalues eigenvectors")
EIGH = named_result("linalg_eigh", "eigenvalues eigenvectors")


def _gaps(values: Tensor) -> Tensor:
    """The differences of eigenvalues, column less row, with ones on the diagonal."""
    eye = wrap(np.eye(values._array.shape[-1], dtype=values._array.dtype))
    return values.unsqueeze(-2) - values.unsqueeze(-1) + eye


# ---- any square matrix


def _complex_of(dtype: Any) -> Any:
    return np.result_type(dtype, np.complex64)


def _eig_kernel(A: ndarray, *, real: bool) -> tuple[ndarray, ndarray]:
    try:
        values, vectors = np.linalg.eig(A)
    except np.linalg.LinAlgError:
        raise _eig_error(A, "linalg.eig") from None
    wanted = _complex_of(A.dtype)
    return values.astype(wanted), vectors.astype(wanted)


def _eig_error(A: ndarray, name: str) -> RuntimeError:
    if not np.isfinite(A).all():
        return RuntimeError(f"torch.{name}: input tensor should not contain infs or NaNs.")
    return LinAlgError(
        f"{name}: The algorithm failed to converge because the input matrix is ill-conditioned "
        "or has too many repeated eigenvalues."
    )


def _eig_gradient(g: list, result: tuple, real: bool) -> Tensor:
    gL, gV = g
    L, V = result
    Vh = adjoint(V)
    middle: Any = 0 if gL is None else gL.diag_embed()
    if gV is not None:
        onto = Vh @ gV
        own = onto.diagonal(0, -2, -1)
        check_gauge(own, "linalg_eig_backward", "eigenvectors in the complex case")
        # normalized vectors cannot grow: that part of the gradient is taken away
        across = (onto - Vh @ (V * own.real.unsqueeze(-2))) / _gaps(L).conj()
        middle = middle + across
    found = solve_ex(Vh, middle @ Vh)[0]
    return found.real if real else found


_eig = Op("linalg_eig", _eig_kernel, (_eig_gradient,), batch=leading(2))


def _check_general(A: Tensor, name: str) -> None:
    check_square(A, name)
    if A._array.dtype.kind in "iub":
        raise RuntimeError(f"Unknown Complex ScalarType for {A.dtype.title}: convert the input")
    _check_width(A, "linalg_eig_out_cpu")


def _check_width(A: Tensor, kernel: str) -> None:
    array = A._array
    if array.dtype.kind not in "fc" or array.dtype.itemsize < 4:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{A.dtype.title}'")


def eig(A: Tensor, *, out: Any = None) -> Any:
    """The eigenvalues L and eigenvectors V, A V = V diag(L), both complex, in no order.

    Shapes (*, n, n) to (*, n) and (*, n, n). The vectors have length 1 and any phase.

    >>> torch.linalg.eig(torch.tensor([[2.0, 0.0], [0.0, 3.0]])).eigenvalues
    tensor([2.+0.j, 3.+0.j])
    """
    _check_general(A, "linalg.eig")
    return deliver(EIG(*_eig(A, real=not A.is_complex())), out)


def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of square matrices, complex, in no order. Shapes (*, n, n) to (*, n).

    >>> torch.linalg.eigvals(torch.tensor([[0.0, 1.0], [-1.0, 0.0]])).imag.sort().values
    tensor([-1.,  1.])
    """
    _check_general(A, "linalg.eigvals")
    if A._edge is not None and thread.grad_enabled:  # the gradient asks for the vectors
        return deliver(eig(A).eigenvalues, out, exact=False)
    try:
        values = np.linalg.eigvals(A._array)
    except np.linalg.LinAlgError:
        raise _eig_error(A._array, "linalg.eigvals") from None
    return deliver(wrap(values.astype(_complex_of(A._array.dtype))), out, exact=False)


# ---- Hermitian matrices


def _eigh_kernel(A: ndarray, *, UPLO: Any) -> tuple[ndarray, ndarray]:
    try:
        values, vectors = np.linalg.eigh(A, UPLO)
        return values, vectors
    except np.linalg.LinAlgError:
        raise _eigh_error() from None


def _eigh_error() -> LinAlgError:
    return LinAlgError(
        "linalg.eigh: The algorithm failed to converge because the input matrix is "
        "ill-conditioned or has too many repeated eigenvalues."
    )


def _eigh_gradient(g: list, result: tuple) -> Tensor:
    gL, gV = g
    L, V = result
    Vh = adjoint(V)
    if gV is None:
        return (V * gL.unsqueeze(-2)) @ Vh
    onto = Vh @ gV
    check_gauge(
        onto.diagonal(0, -2, -1), "linalg_eigh_backward", "eigenvectors in the complex case"
    )
    # an orthonormal basis can only turn
    middle = (onto - adjoint(onto)) / (2 * _gaps(L))
    if gL is not None:
        middle = middle + gL.diag_embed()
    return V @ middle @ Vh


_eigh = Op("linalg_eigh", _eigh_kernel, (_eigh_gradient,), batch=leading(2))


def _check_hermitian(A: Tensor, UPLO: str) -> Any:
    check_square(A, "linalg.eigh")
    if not isinstance(UPLO, str):
        raise TypeError(
            f"linalg_eigh(): argument 'UPLO' (position 2) must be str, not {type(UPLO).__name__}"
        )
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    _check_width(A, "linalg_eigh_cpu")
    return UPLO.upper()


def eigh(A: Tensor, UPLO: str = "L", *, out: Any = None) -> Any:
    """The real eigenvalues L, rising, and orthonormal eigenvectors V of A = V diag(L) V^H.

    Only the triangle UPLO of A is read. Shapes (*, n, n) to (*, n) and (*, n, n). Vectors of
    equal eigenvalues, and the signs of all, are arbitrary, and so are gradients through them.

    >>> torch.linalg.eigh(torch.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    return deliver(EIGH(*_eigh(A, UPLO=_check_hermitian(A, UPLO))), out)


def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """The real eigenvalues of Hermitian matrices, rising. Shapes (*, n, n) to (*, n).

    >>> torch.linalg.eigvalsh(torch.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    uplo = _check_hermitian(A, UPLO)
    if A._edge is not None and thread.grad_enabled:  # the gradient asks for the vectors
        return deliver(eigh(A, uplo).eigenvalues, out)
    try:
        return deliver(wrap(np.linalg.eigvalsh(A._array, uplo)), out)
    except np.linalg.LinAlgError:
        raise _eigh_error() from None
