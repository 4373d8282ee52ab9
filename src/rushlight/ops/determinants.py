"""Determinants: det, logdet, slogdet.

May import: core, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core.everywhere import every
from ..tensor import Tensor, method, ndarray
from .batching import leading
from .matrices import adjoint, check_floating, check_square, deliver, named_result
from .op import Op
from .reduce import others
from .singular import linalg_svd
from .solvers import inv_ex

__all__ = ["det", "logdet", "slogdet"]

SLOGDET = named_result("linalg_slogdet", "sign logabsdet")


def _columns(x: Tensor) -> Tensor:
    return x.unsqueeze(-1).unsqueeze(-1)


def _adjugate(A: Tensor) -> Tensor:
    """The matrix of signed minors, transposed; also where A has no inverse.

    Of A = U S V^H it is det(U V^H) V adj(S) U^H, with the products of all other singular values.
    """
    U, S, Vh = linalg_svd(A, False)
    turn = det(U) * det(Vh)
    return (adjoint(Vh) * others(S, -1).prod(-1).unsqueeze(-2)) @ adjoint(U) * _columns(turn)


def _det_gradient(g: Tensor, A: Tensor, result: Tensor) -> Tensor:
    if every(result._array != 0):
        return _columns(g * result.conj()) * adjoint(inv_ex(A)[0])
    return _columns(g) * adjoint(_adjugate(A))


_det = Op("linalg_det", lambda A: np.asarray(np.linalg.det(A)), (_det_gradient,), batch=leading(2))


def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant of square matrices. Shapes (*, n, n) to (*).

    >>> torch.linalg.det(torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
    tensor(-1.)
    """
    check_square(A, "linalg.det")
    check_floating(A, "linalg.det", "lu_cpu")
    return deliver(_det(A), out)


def _slogdet_kernel(A: ndarray) -> tuple[ndarray, ndarray]:
    sign, logabsdet = np.linalg.slogdet(A)
    return np.asarray(sign), np.asarray(logabsdet)


def _slogdet_gradient(g: list, A: Tensor, result: tuple) -> Tensor:
    # a turn of the sign is a turn of the phase: only its part across the sign counts
    slope, sign = g[1], result[0]
    if g[0] is not None and sign.is_complex():
        across = (g[0].conj() * sign).imag * -1j
        slope = across if slope is None else slope + across
    if slope is None:
        return A * 0
    return _columns(slope) * adjoint(inv_ex(A)[0])


_slogdet = Op("linalg_slogdet", _slogdet_kernel, (_slogdet_gradient,), batch=leading(2))


def slogdet(A: Tensor, *, out: Any = None) -> Any:
    """The sign (for complex numbers: of size 1) and the logarithm of the size of determinants.

    >>> torch.linalg.slogdet(torch.tensor([[-2.0]])).sign
    tensor(-1.)
    """
    check_square(A, "linalg.slogdet")
    check_floating(A, "linalg.slogdet")
    return deliver(SLOGDET(*_slogdet(A)), out)


def logdet(input: Tensor) -> Tensor:
    """The logarithm of determinants: -inf for 0, NaN below 0.

    >>> torch.logdet(torch.eye(3))
    tensor(0.)
    """
    check_square(input, "linalg.slogdet")
    sign, logabsdet = slogdet(input)
    if sign.is_complex():
        return sign.log() + logabsdet
    return logabsdet.masked_fill(sign == -1, math.nan)


for _function in (det, logdet, slogdet):
    method(_function)
