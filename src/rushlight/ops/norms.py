"""Lengths of vectors: the p-norms.

May import: core, kernels, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.dtype import FLOATING, HALVES
from ..core.layout import wrap_dim, wrap_dims
from ..kernels.summation import add_up
from ..tensor import Tensor, method, ndarray
from .batching import along
from .inplace import inplace, write_out
from .op import Op
from .reduce import spread, sum

__all__ = ["renorm"]

RUN = 1024  # elements whose squares add up in one dot product, short enough for a small error


def _squares(x: ndarray, dim: Any, keepdim: bool) -> Any:
    """The sum of the squares; of a whole array by dot products of short runs, in one pass."""
    if len(dim) < x.ndim or not x.flags.c_contiguous or x.size < 2 * RUN:
        return add_up(x * x, dim, keepdim)
    flat = x.reshape(-1)
    whole = flat.size // RUN * RUN
    runs, rest = flat[:whole].reshape(-1, RUN), flat[whole:]
    found = np.add.reduce(np.vecdot(runs, runs)) + np.vecdot(rest, rest)
    return found.reshape((1,) * x.ndim) if keepdim else found


def _norm_kernel(input: ndarray, *, ord: float, dim: Any, keepdim: bool) -> Any:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    real = wide.real.dtype if wide.dtype.kind == "c" else input.dtype
    if ord == 2 and wide.dtype.kind != "c":
        return np.sqrt(_squares(wide, dim, keepdim)).astype(real, copy=False)
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
    # where an element is 0 its slope is: no power of it is taken, which has none there
    zero = input == 0
    size = input.abs().masked_fill(zero, 1)
    slope = input.sgn() * size ** (ord - 1) * norm.masked_fill(norm == 0, 1) ** (1 - ord)
    return g * slope.masked_fill(zero, 0)


_vector_norm = Op(
    "linalg_vector_norm",
    _norm_kernel,
    (_norm_gradient,),
    backward="LinalgVectorNormBackward0",
    batch=along("dim"),
)


def check_norm_dtype(x: Tensor, dtype: dtypes.dtype | None, name: str) -> Tensor:
    """The input in the dtype to compute in; RuntimeError where that would lose something."""
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{name.replace('.', '_')}(): argument 'x' (position 1) must be Tensor, "
            f"not {type(x).__name__}"
        )
    found = x.dtype
    if found.category < FLOATING:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {found.title}"
        )
    if dtype is None:
        return x
    if dtype.category < FLOATING:
        raise RuntimeError(
            f"{name}: dtype should be floating point or complex, but got {dtype.title}"
        )
    if found.is_complex and not dtype.is_complex:
        raise RuntimeError(
            f"{name}: dtype should be complex for complex inputs, but got {dtype.title}"
        )
    if dtypes.promote_types(found, dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({found.title}) should be convertible without "
            f"narrowing to the specified dtype ({dtype.title})"
        )
    return x.to(dtype)


def _check_identity(shape: tuple, ord: float, dim: Any, dims: tuple) -> None:
    """RuntimeError for the largest or smallest of nothing."""
    if ord >= 0 and ord != math.inf:
        return
    shown = "inf" if ord == math.inf else f"{ord:g}"
    if dim is None and 0 in shape:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {shown} norm on an empty tensor because the "
            "operation does not have an identity"
        )
    for d in dims:
        if shape[d] == 0:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {shown} norm on the dimension {d} because "
                "this dimension is empty and the operation does not have an identity"
            )


def vector_norm(
    x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *,
    dtype: dtypes.dtype | None = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """(sum |x| ** ord) ** (1 / ord) over the dims: the length of a vector. RuntimeError for ints.

    Orders inf and -inf take the largest and smallest |x|, 0 counts what is not 0.

    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = check_norm_dtype(x, dtype, "linalg.vector_norm")
    if not isinstance(ord, (int, float)):
        raise TypeError(
            "linalg_vector_norm(): argument 'ord' (position 2) must be Number, "
            f"not {type(ord).__name__}"
        )
    dims = wrap_dims(dim, x._array.ndim)
    _check_identity(x._array.shape, ord, dim, dims)
    result = _vector_norm(x, ord=float(ord), dim=dims, keepdim=keepdim)
    return result if out is None else write_out(out, result)


def renorm(
    input: Tensor, p: float, dim: int, maxnorm: float, *, out: Tensor | None = None
) -> Tensor:
    """The slices along a dim, those whose p-norm is above maxnorm scaled down to it.

    RuntimeError for p <= 0, a negative maxnorm, and fewer than two dims.

    >>> torch.renorm(torch.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    ndim = input._array.ndim
    if p <= 0:
        raise RuntimeError(f"renorm: non-positive-norm not supported, but got p={p}")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {ndim} dimensions")
    dim = wrap_dim(dim, ndim)
    norm = vector_norm(input, p, [d for d in range(ndim) if d != dim], keepdim=True)
    too_long = norm > maxnorm
    # PyTorch's guard against a division by zero
    factor = (maxnorm / (norm + 1e-7)).masked_fill(too_long.logical_not(), 1)
    result = (input * factor).to(input.dtype)
    return result if out is None else write_out(out, result)


method(renorm)
method(inplace(renorm), "renorm_")
