"""QR and the reflections it is made of: geqrf, householder_product, ormqr.

The gradient of QR is that of Walter and Lehmann (2018), for wide matrices Roberts's (2020).
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..tensor import Tensor, method, ndarray, wrap
from .batching import leading
from .joining import cat
from .matrices import (
    adjoint,
    check_floating,
    check_matrix,
    check_tensor,
    check_tensors,
    deliver,
    named_result,
)
from .op import Op
from .solvers import solve_triangular

__all__ = ["geqrf", "orgqr", "ormqr", "qr"]

LINALG_QR = named_result("linalg_qr", "Q R")
QR = named_result("qr", "Q R")
GEQRF = named_result("geqrf", "a tau")


# ---- qr


def _qr_kernel(A: ndarray, *, mode: Any) -> tuple[ndarray, ndarray]:
    if mode == "r":
        return np.zeros(0, A.dtype), np.asarray(np.linalg.qr(A, "r"))
    Q, R = np.linalg.qr(A, mode)
    return Q, R


def _qr_gradient(g: list, result: tuple, mode: str) -> Tensor:
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. "
            "Please use torch.linalg.qr(A, mode='reduced') if you are going to require gradients."
        )
    Q, R = result
    gQ, gR = g
    m, n = Q._array.shape[-2], R._array.shape[-1]
    if mode == "complete" and m > n:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols"
        )
    gQ = gQ if gQ is not None else Q * 0
    gR = gR if gR is not None else R * 0
    if m >= n:
        return _tall(Q, R, gQ, gR)
    # A = [X Y], Q R = X, and the rest of R is Q^H Y
    rest = gR[..., m:]
    gQ = gQ + Q @ (R[..., m:] @ adjoint(rest))
    return cat([_tall(Q, R[..., :m], gQ, gR[..., :m]), Q @ rest], -1)


def _tall(Q: Tensor, R: Tensor, gQ: Tensor, gR: Tensor) -> Tensor:
    """The gradient where R is square."""
    inner = R @ adjoint(gR) - adjoint(gQ) @ Q
    lower = inner.tril(-1)
    diagonal = inner.diagonal(0, -2, -1)
    real = diagonal.real if diagonal.is_complex() else diagonal
    symmetric = lower + adjoint(lower) + real.diag_embed()
    return solve_triangular(adjoint(R), gQ + Q @ symmetric, upper=False, left=False)


_qr = Op("linalg_qr", _qr_kernel, (_qr_gradient,), batch=leading(2))


def linalg_qr(A: Tensor, mode: str = "reduced", *, out: Any = None) -> Any:
    """Q with orthonormal columns and upper triangular R, A = Q R. The signs are LAPACK's.

    Shapes (*, m, n) to (*, m, k) and (*, k, n), k = min(m, n); mode "complete": (*, m, m) and
    (*, m, n); mode "r": R alone, and no gradient.

    >>> torch.linalg.qr(torch.tensor([[3.0, 1.0], [4.0, 2.0]])).R
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """
    check_matrix(A, "linalg.qr")
    if not isinstance(mode, str):
        raise TypeError(
            f"linalg_qr(): argument 'mode' (position 2) must be str, not {type(mode).__name__}"
        )
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), "
            "'r', or 'complete'"
        )
    check_floating(A, "linalg.qr", "geqrf_cpu")
    return deliver(LINALG_QR(*_qr(A, mode=mode)), out)


def qr(input: Tensor, some: bool = True, *, out: Any = None) -> Any:
    """The older `linalg.qr`; `some=False` is the mode "complete".

    >>> torch.qr(torch.eye(2)).R.abs()
    tensor([[1., 0.],
            [0., 1.]])
    """
    return deliver(QR(*linalg_qr(input, "reduced" if some else "complete")), out)


# ---- reflections


def geqrf(input: Tensor, *, out: Any = None) -> Any:
    """QR as LAPACK leaves it: R above the diagonal, below it the vectors of the reflections.

    >>> torch.geqrf(torch.eye(2)).a.shape
    torch.Size([2, 2])
    """
    check_tensor(input, "geqrf", "input")
    if input._array.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    check_floating(input, "torch.geqrf", "geqrf_cpu")
    packed, tau = np.linalg.qr(input._array, "raw")
    return deliver(GEQRF(wrap(packed.swapaxes(-1, -2)), wrap(tau)), out)


def _vectors(input: Tensor, tau: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The vector of each reflection as a column, and its factor."""
    k = tau._array.shape[-1]
    columns = input[..., :k].tril(-1)
    columns = columns + wrap(np.eye(*columns._array.shape[-2:], dtype=columns._array.dtype))
    factors = tau.unsqueeze(-1).unsqueeze(-1)
    return [(columns[..., i : i + 1], factors[..., i, :, :]) for i in range(k)]


def _check_reflections(input: Any, tau: Any, name: str) -> None:
    check_tensor(input, name, "input")
    check_tensor(tau, name, "tau", 2)
    a, t = input._array.shape, tau._array.shape
    if len(a) < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if a[-2] < a[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1], but the "
            f"shape is {list(a)}"
        )
    if not t or t[-1] > a[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1], but the "
            f"shapes are {list(a)} and {list(t)}"
        )
    if len(a) - len(t) != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            f"to {len(t)} and input.ndim is equal to {len(a)}"
        )
    if a[:-2] != t[:-1]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
            f"{list(t[:-1])}"
        )
    if input._array.dtype != tau._array.dtype:
        raise RuntimeError(
            f"{name}: tau dtype {tau.dtype.title} does not match input dtype {input.dtype.title}"
        )
    check_floating(input, name, "orgqr_cpu")


def householder_product(A: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first n columns of the product of the reflections 1 - tau v v^H that `geqrf` returns.

    Shapes (*, m, n) and (*, k), k <= n <= m, to (*, m, n).

    >>> a, tau = torch.geqrf(torch.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> torch.linalg.householder_product(a, tau)
    tensor([[-0.6000, -0.8000],
            [-0.8000,  0.6000]])
    """
    _check_reflections(A, tau, "torch.linalg.householder_product")
    array = A._array
    Q = wrap(np.broadcast_to(np.eye(*array.shape[-2:], dtype=array.dtype), array.shape).copy())
    vectors = _vectors(A, tau)
    if not vectors:
        Q = Q + A * 0  # a result without reflections has a gradient too: zeros
    for v, factor in reversed(vectors):
        Q = Q - factor * (v @ (adjoint(v) @ Q))
    return deliver(Q, out, exact=False)


def orgqr(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`linalg.householder_product`.

    >>> torch.orgqr(*torch.geqrf(torch.eye(1))).abs()
    tensor([[1.]])
    """
    return householder_product(input, tau, out=out)


def ormqr(
    input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Q other, or other Q when not `left`; Q^H when `transpose`; Q is never formed.

    >>> x = torch.tensor([[3.0], [4.0]])
    >>> torch.ormqr(*torch.geqrf(x), x, transpose=True)
    tensor([[-5.],
            [ 0.]])
    """
    name = "torch.ormqr"
    check_tensors("ormqr", input=input, input2=tau, input3=other)
    a, t, c = input._array.shape, tau._array.shape, other._array.shape
    if len(a) < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if len(c) < 2:
        raise RuntimeError(f"{name}: other must have at least 2 dimensions.")
    place = -2 if left else -1
    if c[place] < t[-1]:
        raise RuntimeError(
            f"{name}: other.shape[{place}] must be greater than or equal to tau.shape[-1]"
        )
    if c[place] != a[-2]:
        raise RuntimeError(f"{name}: other.shape[{place}] must be equal to input.shape[-2]")
    if t[-1] > a[-1]:
        raise RuntimeError(f"{name}: tau.shape[-1] must be less than or equal to input.shape[-1]")
    if len(a) - len(t) != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            f"to {len(t)} and input.ndim is equal to {len(a)}"
        )
    if len(a) != len(c):
        raise RuntimeError(
            f"{name}: Expected other to have the same number of dimensions as input, but got "
            f"other.ndim equal to {len(c)} and input.ndim is equal to {len(a)}"
        )
    for argument, x, batch in (("tau", tau, t[:-1]), ("other", other, c[:-2])):
        if batch != a[:-2]:
            raise RuntimeError(
                f"{name}: Expected batch dimensions of {argument} to be equal to "
                f"input.shape[:-2], but got {list(batch)}"
            )
        if x._array.dtype != input._array.dtype:
            raise RuntimeError(
                f"{name}: Expected input and {argument} to have the same dtype, but input has "
                f"dtype {input.dtype.title} and {argument} has dtype {x.dtype.title}"
            )
    check_floating(input, name, "ormqr_cpu")
    return deliver(_reflected(_vectors(input, tau), other, left, transpose), out)


def _reflected(vectors: list, other: Tensor, left: bool, transpose: bool) -> Tensor:
    if not left:  # C Q is (Q^H C^H)^H
        return adjoint(_reflected(vectors, adjoint(other), True, not transpose))
    for v, factor in vectors if transpose else reversed(vectors):
        factor = factor.conj() if transpose and factor.is_complex() else factor
        other = other - factor * (v @ (adjoint(v) @ other))
    return other


for _function in (geqrf, orgqr, ormqr, qr):
    method(_function)
