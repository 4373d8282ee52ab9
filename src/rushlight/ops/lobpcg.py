"""lobpcg: a few extreme eigenvalues of a large symmetric matrix, by iteration.

Knyazev's method (Toward the optimal preconditioned eigensolver, 2001): Rayleigh and Ritz's in the
span of the approximations, their residuals and their last steps.
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.layout import broadcast_shapes
from ..tensor import Tensor, ndarray, wrap
from .batching import leading
from .matrices import adjoint, check_floating, check_square
from .op import Op
from .random import randn
from .singular import check_gauge
from .solvers import solve_ex

__all__ = ["lobpcg"]

ENDLESS = 1000  # iterations after which even one without a limit gives up


def _orthonormal(S: ndarray, B: ndarray | None) -> ndarray:
    """A basis of the columns' span, orthonormal in the inner product of B."""
    for _ in range(2):  # the second time takes away what rounding left
        lengths = np.linalg.norm(S, axis=0)
        S = S[:, lengths > 0] / lengths[lengths > 0]
        gram = S.conj().T @ (S if B is None else B @ S)
        values, V = np.linalg.eigh(gram)
        kept = values > np.finfo(values.dtype).eps * 10 * values[-1]
        S = S @ (V[:, kept] / np.sqrt(values[kept]))
    return S


def _ritz(A: ndarray, S: ndarray, count: int, largest: bool) -> tuple[ndarray, ndarray]:
    """The best approximations in a subspace: their values and vectors, the wanted ones first."""
    inner = S.conj().T @ (A @ S)
    values, Z = np.linalg.eigh((inner + inner.conj().T) / 2)
    order = slice(None, -count - 1, -1) if largest else slice(None, count)
    return values[order], S @ Z[:, order]


def _iterate(
    A: ndarray, B: ndarray | None, X: ndarray, K: ndarray | None, limit: int, tol: float,
    largest: bool,
) -> tuple[ndarray, ndarray]:  # fmt: skip
    """The eigenpairs of one matrix, from the columns of X on."""
    count = X.shape[1]
    size_of_a = np.linalg.norm(A, 2 if len(A) < 64 else None)
    size_of_b = 1.0 if B is None else np.linalg.norm(B)
    E, X = _ritz(A, _orthonormal(X, B), count, largest)
    step = X[:, :0]
    for _ in range(limit):
        BX = X if B is None else B @ X
        R = A @ X - BX * E
        scale = np.linalg.norm(X, axis=0) * (size_of_a + np.abs(E) * size_of_b)
        if (np.linalg.norm(R, axis=0) <= tol * scale).all():
            break
        W = R if K is None else K @ R
        E, found = _ritz(A, _orthonormal(np.concatenate([X, W, step], 1), B), count, largest)
        step = found - X @ (BX.conj().T @ found)
        X = found
    return E, X


def _kernel(
    A: ndarray, B: ndarray | None, X: ndarray, K: ndarray | None, *, count: int, limit: int,
    tol: float, largest: bool,
) -> tuple[ndarray, ndarray]:  # fmt: skip
    batch = np.broadcast_shapes(*[M.shape[:-2] for M in (A, B, X, K) if M is not None])
    X = np.broadcast_to(X, (*batch, *X.shape[-2:]))
    values = np.empty((*batch, count), X.real.dtype)
    vectors = np.empty((*batch, X.shape[-2], count), X.dtype)
    given = [None if M is None else np.broadcast_to(M, (*batch, *M.shape[-2:])) for M in (A, B, K)]
    for place in np.ndindex(batch):
        one, two, three = [None if M is None else M[place] for M in given]
        assert one is not None
        E, V = _iterate(one, two, X[place], three, limit, tol, largest)
        values[place], vectors[place] = E[:count], V[:, :count]
    return values, vectors


def _gradient(g: list, A: Tensor, B: Tensor | None, result: tuple) -> tuple:
    """The eigenvectors turn among each other and towards all others, which are never computed.

    Towards those, dv solves (value - A) dv = dA v in the space across the eigenvectors.
    """
    if B is not None:
        raise RuntimeError("lobpcg: the gradient with a matrix B is not supported")
    gE, gV = g
    E, V = result
    Vh = adjoint(V)
    gA = 0 if gE is None else (V * gE.unsqueeze(-2)) @ Vh
    if gV is not None:
        count, rows = V._array.shape[-1], V._array.shape[-2]
        eye = wrap(np.eye(count, dtype=E._array.dtype))
        gaps = E.unsqueeze(-2) - E.unsqueeze(-1) + eye
        onto = Vh @ gV
        check_gauge(onto.diagonal(0, -2, -1), "lobpcg", "eigenvectors in the complex case")
        gA = gA + V @ ((onto - adjoint(onto)) / (2 * gaps)) @ Vh
        inside = V @ Vh
        across = wrap(np.eye(rows, dtype=V._array.dtype)) - inside
        rest = across @ A @ across
        columns = (across @ gV).transpose(-2, -1).unsqueeze(-1)
        shifted = E.unsqueeze(-1).unsqueeze(-1) * across.unsqueeze(-3) - rest.unsqueeze(-3)
        turned = solve_ex(shifted + inside.unsqueeze(-3), columns)[0].squeeze(-1)
        found = turned.transpose(-2, -1) @ Vh
        gA = gA + (found + adjoint(found)) / 2
    return gA, None, None, None


_lobpcg = Op("lobpcg", _kernel, _gradient, batch=leading(2, 2, 2, 2))


def lobpcg(
    A: Tensor, k: int | None = None, B: Tensor | None = None, X: Tensor | None = None,
    n: int | None = None, iK: Tensor | None = None, niter: int | None = None,
    tol: float | None = None, largest: bool | None = None, method: str | None = None,
    tracker: None = None, ortho_iparams: Any = None, ortho_fparams: Any = None,
    ortho_bparams: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The k largest (smallest) eigenvalues of a symmetric A, and their vectors as columns.

    Solves A v = e B v (B is the identity unless given). X holds n >= k first approximations,
    which are random otherwise; iK preconditions. It ends when all residuals are below `tol`
    (the root of eps) in relation to A, or after `niter` iterations. Shapes (*, m, m) to (*, k)
    and (*, m, k); ValueError for m < 3 n. The gradient reaches A alone.

    >>> A = torch.diag(torch.arange(12.0))
    >>> torch.lobpcg(A, k=2)[0].round(decimals=2)
    tensor([11., 10.])
    """
    check_square(A, "lobpcg")
    check_floating(A, "lobpcg")
    if method not in (None, "basic", "ortho"):
        raise ValueError(f"lobpcg: method must be 'basic' or 'ortho', but got {method!r}")
    if tracker is not None:
        raise ValueError("lobpcg: a tracker is not supported")
    m = A._array.shape[-1]
    k = (1 if X is None else X._array.shape[-1]) if k is None else k
    n = (k if X is None else X._array.shape[-1]) if n is None else n
    if m < 3 * n:
        raise ValueError(
            f"LPBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than "
            f"3 x the number of requested eigenpairs (={n})"
        )
    if not 0 < k <= n:
        raise ValueError(f"lobpcg: k must be between 1 and n={n}, but got k={k}")
    batches = [M._array.shape[:-2] for M in (A, B, X, iK) if M is not None]
    batch = broadcast_shapes(*batches)
    if X is None:
        X = randn(*batch, m, n, dtype=A.dtype)
    if X._array.shape[-2:] != (m, n):
        raise ValueError(
            f"lobpcg: X must have the shape {[*batch, m, n]}, but it has {list(X._array.shape)}"
        )
    return _lobpcg(
        A,
        B,
        X.detach().expand(*batch, m, n),
        iK,
        count=k,
        limit=ENDLESS if niter is None or niter < 0 else niter,
        tol=float(np.finfo(A._array.dtype).eps) ** 0.5 if tol is None else tol,
        largest=largest is None or largest,
    )
