"""The singular value decomposition, and the singular values alone.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.state import thread
from ..tensor import Tensor, method, ndarray, wrap
from .batching import leading
from .matrices import (
    LinAlgError,
    adjoint,
    check_floating,
    check_matrix,
    check_tensor,
    deliver,
    named_result,
)
from .op import Op

__all__ = ["svd"]

LINALG_SVD = named_result("linalg_svd", "U S Vh")
SVD = named_result("svd", "U S V")


def check_gauge(diagonal: Tensor, name: str, what: str) -> None:
    """RuntimeError for a gradient that depends on the phases, which the decomposition leaves open.

    `diagonal` holds numbers whose imaginary parts are 0 when it does not.
    """
    array = diagonal._array
    if array.dtype.kind == "c" and array.size:
        unit = 1e-2 if array.dtype.itemsize == 8 else 1e-6
        if np.abs(array.imag).max() > unit * max(1, np.abs(array).max()):
            raise RuntimeError(
                f"{name}: The {what} are only defined up to multiplication by e^{{i phi}}. "
                "The specified loss function depends on this quantity, so it is ill-defined."
            )


def _svd_kernel(A: ndarray, *, full: bool) -> tuple[ndarray, ndarray, ndarray]:
    try:
        U, S, Vh = np.linalg.svd(A, full_matrices=full)
        return U, S, Vh
    except np.linalg.LinAlgError:
        raise _no_convergence(A) from None


def _no_convergence(A: ndarray) -> LinAlgError:
    finite = np.isfinite(A).reshape(*A.shape[:-2], -1).all(-1)
    where = f"(Batch element {int(finite.reshape(-1).argmin())}): " if finite.ndim else ""
    if not finite.all():
        return LinAlgError(
            f"linalg.svd: {where}The algorithm failed to converge because the input matrix "
            "contained non-finite values."
        )
    return LinAlgError(
        "linalg.svd: The algorithm failed to converge because the input matrix is ill-conditioned "
        "or has too many repeated singular values"
    )


def _svd_gradient(g: list, result: tuple) -> Tensor:
    """Townsend's formula (Differentiating the singular value decomposition, 2016)."""
    gU, gS, gVh = g
    U, S, Vh = result
    k = S._array.shape[-1]
    # the columns that `full_matrices` adds are arbitrary: no gradient comes through them
    U, Vh = U[..., :k], Vh[..., :k, :]
    if gU is None and gVh is None:
        return (U * gS.unsqueeze(-2)) @ Vh
    gU = None if gU is None else gU[..., :k]
    gVh = None if gVh is None else gVh[..., :k, :]
    middle = _turns(U, S, Vh, gU, gVh)
    if gS is not None:
        middle = middle + gS.diag_embed()
    gA = U @ middle @ Vh
    rows, columns = U._array.shape[-2], Vh._array.shape[-1]
    if gU is not None and rows > k:
        across = gU / S.unsqueeze(-2)
        gA = gA + (across - U @ (adjoint(U) @ across)) @ Vh
    if gVh is not None and columns > k:
        across = gVh / S.unsqueeze(-1)
        gA = gA + U @ (across - (across @ adjoint(Vh)) @ Vh)
    return gA


def _turns(U: Tensor, S: Tensor, Vh: Tensor, gU: Tensor | None, gVh: Tensor | None) -> Tensor:
    """The part of the gradient by which the singular vectors turn among each other."""
    k = S._array.shape[-1]
    eye = wrap(np.eye(k, dtype=S._array.dtype))
    squares = S * S
    gaps = squares.unsqueeze(-2) - squares.unsqueeze(-1) + eye
    total: Any = 0
    phases: Any = 0
    if gU is not None:
        onto = adjoint(U) @ gU
        total = (onto - adjoint(onto)) / gaps * S.unsqueeze(-2)
        phases = phases + onto.diagonal(0, -2, -1)
    if gVh is not None:
        onto = Vh @ adjoint(gVh)
        total = total + S.unsqueeze(-1) * ((onto - adjoint(onto)) / gaps)
        phases = phases + onto.diagonal(0, -2, -1)
    if U.is_complex():
        check_gauge(phases, "svd_backward", "singular vectors in the complex case")
        # what the phases of U and V share is 0 here, but has a slope of its own
        if gU is not None:
            own = (adjoint(U) @ gU).diagonal(0, -2, -1).imag
            total = total + (own / S * 1j).diag_embed()
    return total


_svd = Op("linalg_svd", _svd_kernel, (_svd_gradient,), batch=leading(2))


def linalg_svd(
    A: Tensor, full_matrices: bool = True, *, driver: str | None = None, out: Any = None
) -> Any:
    """A = U diag(S) Vh, with S falling. Shapes (*, m, n) to (*, m, m), (*, k), (*, n, n).

    k is min(m, n); without `full_matrices` U is (*, m, k) and Vh (*, k, n). Vectors of equal
    singular values, and the signs of all, are arbitrary, and so are gradients through them.

    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    check_matrix(A, "linalg.svd")
    check_floating(A, "linalg.svd", "linalg_svd_cpu")
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
            "cuSOLVER backend."
        )
    return deliver(LINALG_SVD(*_svd(A, full=bool(full_matrices))), out)


def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """The singular values of matrices, falling. Shapes (*, m, n) to (*, min(m, n)).

    >>> torch.linalg.svdvals(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor([4., 3.])
    """
    check_matrix(A, "linalg.svd")
    check_floating(A, "linalg.svd", "linalg_svd_cpu")
    if A._edge is not None and thread.grad_enabled:  # the gradient asks for the vectors
        return deliver(linalg_svd(A, False, driver=driver).S, out)
    try:
        found = wrap(np.linalg.svd(A._array, compute_uv=False))
    except np.linalg.LinAlgError:
        raise _no_convergence(A._array) from None
    return deliver(found, out)


def svd(input: Tensor, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """The older `linalg.svd`: returns V, not its conjugate transpose; reduced when `some`.

    >>> torch.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    check_tensor(input, "svd", "input")
    if input._array.ndim < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {input._array.ndim} "
            "dimensions instead"
        )
    if compute_uv:
        U, S, Vh = linalg_svd(input, not some)
        return deliver(SVD(U, S, adjoint(Vh)), out)
    *batch, m, n = input._array.shape
    blank = [input.new_zeros((*batch, size, size)) for size in (m, n)]
    return deliver(SVD(blank[0], svdvals(input), blank[1]), out)


method(svd)
