"""Lengths of vectors: the p-norms.

May import: core, kernels, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import HALVES
from ..core.layout import wrap_dims
from ..kernels.summation import add_up
from ..tensor import Tensor, method, ndarray
from .inplace import write_out
from .op import Op
from .reduce import spread, sum

__all__ = ["norm"]


def _norm_kernel(input: ndarray, *, ord: float, dim: Any, keepdim: bool) -> Any:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    real = wide.real.dtype if wide.dtype.kind == "c" else input.dtype
    if ord == 2 and wide.dtype.kind != "c":
        return np.sqrt(add_up(wide * wide, dim, keepdim)).astype(real, copy=False)
    size = np.abs(wide)
    if ord == math.inf:
        out = np.maximum.reduce(size, dim, keepdims=keepdim, initial=0)
    elif ord == -math.inf:
        out = np.minimum.reduce(size, dim, keepdims=keepdim)
    elif ord == 0:
        out = add_up((size != 0).astype(size.dtype), dim, keepdim)
    elif ord == 1:
        out = add_up(size, dim, keepdim)
    else:
        out = add_up(size**ord, dim, keepdim) ** (1 / ord)
    return out.astype(real, copy=False)


def _norm_gradient(
    g: Tensor, input: Tensor, result: Tensor, ord: float, dim: Any, keepdim: bool
) -> Tensor:
    shape = input._array.shape
    g = spread(g, shape, dim, keepdim)
    if ord == 0:
        return input * 0
    if ord == 1:
        return input.sgn() * g
    norm = spread(result, shape, dim, keepdim)
    if ord == 2:
        return g * (input / norm).masked_fill(norm == 0, 0)
    if abs(ord) == math.inf:
        hit = (input.abs() == norm).to(g.dtype)
        return input.sgn() * g * hit / sum(hit, dim, keepdim=True)
    slope = input.sgn() * input.abs() ** (ord - 1) * norm ** (1 - ord)
    return g * slope.masked_fill((norm == 0) | (input == 0), 0)


_vector_norm = Op(
    "linalg_vector_norm", _norm_kernel, (_norm_gradient,), backward="LinalgVectorNormBackward0"
)


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *,
    dtype: dtypes.dtype | None = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """(sum |x| ** ord) ** (1 / ord) over the dims: the length of a vector. RuntimeError for ints.

    >>> from rushlight.ops.norms import vector_norm
    >>> vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if dtype is not None:
        x = x.to(dtype)
    if x._array.dtype.kind in "iub":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. "
            f"Got {x.dtype.title}"
        )
    dims = wrap_dims(dim, x._array.ndim)
    result = _vector_norm(x, ord=float(ord), dim=dims, keepdim=keepdim)
    return result if out is None else write_out(out, result)


def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False,
    out: Tensor | None = None, dtype: dtypes.dtype | None = None,
) -> Tensor:  # fmt: skip
    """The p-norm of all elements, or over the given dims; "fro" is 2.

    >>> torch.norm(torch.tensor([3.0, 4.0])), torch.norm(torch.tensor([3.0, -4.0]), p=1)
    (tensor(5.), tensor(7.))
    """
    if p is None or p == "fro":
        p = 2
    if isinstance(p, str):
        raise RuntimeError(f"norm: p must be a number or 'fro', but got '{p}'")
    return vector_norm(input, p, dim, keepdim, dtype=dtype, out=out)


method(norm)
