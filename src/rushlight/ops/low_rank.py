"""Approximations of low rank by random projections: svd_lowrank, pca_lowrank.

The algorithms are 4.4 and 5.1 of Halko, Martinsson and Tropp, Finding structure with randomness
(2011). All steps are differentiable.
May import: core, tensor, ops.
"""

from ..tensor import Tensor
from .householder import linalg_qr
from .matrices import adjoint, check_floating, check_matrix, check_tensor
from .random import randn
from .singular import linalg_svd

__all__ = ["pca_lowrank", "svd_lowrank"]


def _basis(A: Tensor, q: int, niter: int) -> Tensor:
    """q orthonormal columns that nearly span the range of A."""
    Q = linalg_qr(A @ randn(A._array.shape[-1], q, dtype=A.dtype)).Q
    for _ in range(niter):
        Q = linalg_qr(adjoint(A) @ Q).Q
        Q = linalg_qr(A @ Q).Q
    return Q


def svd_lowrank(
    A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """The q largest singular values of A (less M) and their vectors, approximately: U, S, V.

    Shapes (*, m, n) to (*, m, q), (*, q), (*, n, q). `niter` power iterations sharpen it; the
    projections are random, so that the seed shows in the last digits.

    >>> A = torch.outer(torch.tensor([3.0, 4.0]), torch.tensor([1.0, 0.0]))
    >>> torch.svd_lowrank(A, q=1)[1]
    tensor([5.])
    """
    check_matrix(A, "svd_lowrank")
    check_floating(A, "svd_lowrank")
    q = 6 if q is None else q
    niter = 2 if niter is None else niter
    if M is not None:
        A = A - M
    if A._array.shape[-2] < A._array.shape[-1]:  # the narrow side is projected on: it costs less
        V, S, U = svd_lowrank(adjoint(A), q, niter)
        return U, S, V
    Q = _basis(A, q, niter)
    U, S, Vh = linalg_svd(adjoint(Q) @ A, full_matrices=False)
    return Q @ U, S, adjoint(Vh)


def pca_lowrank(
    A: Tensor, q: int | None = None, center: bool = True, niter: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    """The q first principal components of the rows of A, approximately: U, S, V.

    The columns of V are the components; A less the mean of its rows is about U diag(S) V^T. q is
    min(6, m, n) unless given. ValueError for a q above min(m, n).

    >>> A = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> torch.pca_lowrank(A, q=1)[1]
    tensor([3.1623])
    """
    check_tensor(A, "pca_lowrank")
    check_matrix(A, "pca_lowrank")
    if A._array.dtype.kind not in "fc":
        raise ValueError(f"input tensor is expected to be a floating point one, got {A.dtype}")
    smallest = min(A._array.shape[-2:])
    q = min(6, smallest) if q is None else q
    if not 0 <= q <= smallest:
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={smallest}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)
