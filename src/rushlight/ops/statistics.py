"""Spread: variances and standard deviations, their pairs with the mean; covariances.

May import: core, kernels, tensor, ops.
"""

import math
import warnings
from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.layout import product, wrap_dims
from ..kernels.summation import add_up
from ..tensor import Tensor, method, ndarray, wrap
from .batching import along
from .complex_numbers import complex as join
from .inplace import write_out
from .op import Op
from .reduce import require_tensor, spread

__all__ = ["corrcoef", "cov", "std", "std_mean", "var", "var_mean"]


def _freedom(shape: tuple, dim: tuple, correction: Any) -> Any:
    return max(product([shape[d] for d in dim]) - correction, 0)


def _var_kernel(input: ndarray, *, dim: tuple, correction: Any, keepdim: bool) -> Any:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    count = product([input.shape[d] for d in dim])
    with np.errstate(all="ignore"):
        centered = wide - add_up(wide, dim, True) / wide.dtype.type(count)
        squares = (centered * centered.conj()).real
        total = add_up(squares, dim, keepdim)
        out = total / total.dtype.type(_freedom(input.shape, dim, correction))
    return out if input.dtype not in HALVES else out.astype(input.dtype)


def _var_gradient(g: Tensor, input: Tensor, dim: tuple, correction: Any, keepdim: bool) -> Tensor:
    centered = input - input.mean(dim, keepdim=True)
    freedom = _freedom(input._array.shape, dim, correction)
    scale = 2 / freedom if freedom else float("inf")
    return spread(g, input._array.shape, dim, keepdim) * centered * scale


def _std_gradient(
    g: Tensor, input: Tensor, result: Tensor, dim: tuple, correction: Any, keepdim: bool
) -> Tensor:
    g = (g / (result * 2)).masked_fill(result == 0, 0)
    return _var_gradient(g, input, dim, correction, keepdim)


def _std_kernel(input: ndarray, *, dim: tuple, correction: Any, keepdim: bool) -> Any:
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    out = np.sqrt(_var_kernel(wide, dim=dim, correction=correction, keepdim=keepdim))
    return out if input.dtype not in HALVES else out.astype(input.dtype)


_var = Op("var", _var_kernel, (_var_gradient,), batch=along("dim"))
_std = Op("std", _std_kernel, (_std_gradient,), batch=along("dim"))


def _spread_of(
    op: Op, input: Tensor, dim: Any, unbiased: Any, correction: Any, keepdim: bool
) -> Tensor:
    array = require_tensor(input, op.name)._array
    if isinstance(dim, bool):  # var(input, unbiased)
        dim, unbiased = None, dim
    if array.dtype.kind not in "fcV":
        raise RuntimeError(
            "std and var only support floating point and complex dtypes: this input is "
            f"{input.dtype}"
        )
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    dims = wrap_dims(dim, array.ndim)
    if product([array.shape[d] for d in dims]) <= correction:
        warnings.warn(
            f"{op.name}(): degrees of freedom is <= 0. Correction should be strictly less than the "
            "reduction factor (input numel divided by output numel).",
            UserWarning,
            stacklevel=3,
        )
    return op(input, dim=dims, correction=correction, keepdim=keepdim)


def var(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The variance over the dims: squared distances from the mean, over n - correction (1).

    >>> torch.var(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    result = _spread_of(_var, input, dim, unbiased, correction, keepdim)
    return result if out is None else write_out(out, result)


def std(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The standard deviation over the dims, the square root of `var`.

    >>> torch.std(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    result = _spread_of(_std, input, dim, unbiased, correction, keepdim)
    return result if out is None else write_out(out, result)


def _means(input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    dim = None if isinstance(dim, bool) else dim
    return input.mean(wrap_dims(dim, input._array.ndim), keepdim)


def var_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The variance and the mean over the dims.

    >>> torch.var_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    found = _spread_of(_var, input, dim, unbiased, correction, keepdim)
    return found, _means(input, dim, keepdim)


def std_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The standard deviation and the mean over the dims.

    >>> torch.std_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    found = _spread_of(_std, input, dim, unbiased, correction, keepdim)
    return found, _means(input, dim, keepdim)


# ---- how variables go together


def _weights(name: str, weights: Any, count: int, integral: bool) -> Tensor:
    """The checked weights of observations; RuntimeError in PyTorch's words."""
    array = weights._array
    wanted, fits = ("integral", "iu") if integral else ("floating point", "fV")
    if array.dtype.kind not in fits:
        raise RuntimeError(
            f"cov(): expected {name} to have {wanted} dtype but got {name} with "
            f"{weights.dtype.title} dtype"
        )
    if array.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with "
            f"{array.ndim} dimensions"
        )
    if array.size != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the "
            f"input but got {array.size} != {count}"
        )
    if (array < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")
    return weights.reshape(-1)


def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The covariances of the variables (rows) over the observations (columns).

    `fweights` says how often each observation was made, `aweights` how much it counts.
    RuntimeError for more than two dims, and weights that do not fit.

    >>> torch.cov(torch.tensor([[0.0, 2.0, 4.0], [2.0, 1.0, 0.0]]))
    tensor([[ 4., -2.],
            [-2.,  1.]])
    """
    array = require_tensor(input, "cov")._array
    if array.ndim > 2:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{array.ndim} dimensions"
        )
    if array.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = input if array.ndim == 2 else input.reshape(1, -1)
    count = rows._array.shape[1]
    weights = None
    if fweights is not None:
        weights = _weights("fweights", fweights, count, True)
    if aweights is not None:
        given = _weights("aweights", aweights, count, False)
        weights = given if weights is None else weights * given
    total = count if weights is None else weights.sum()
    if weights is None:
        mean = rows.sum(1, keepdim=True) / count if count else rows.sum(1, keepdim=True) * math.nan
        freedom = total - correction
    else:
        if not count or not weights._array.sum():
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
        mean = (rows * weights).sum(1, keepdim=True) / total
        freedom = total - correction
        if aweights is not None and correction:
            freedom = total - correction * (weights * aweights).sum() / total
    degrees = float(freedom)
    if degrees <= 0:
        warnings.warn("cov(): degrees of freedom is <= 0", UserWarning, stacklevel=2)
        freedom = wrap(np.zeros((), np.float32))
    centered = rows - mean
    weighed = centered if weights is None else centered * weights
    product = weighed @ centered.t().conj()
    result = product / freedom
    return result.reshape(()) if len(rows) == 1 else result


def corrcoef(input: Tensor) -> Tensor:
    """The correlations of the variables (rows): covariances over both standard deviations.

    >>> torch.corrcoef(torch.tensor([[0.0, 2.0, 4.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if require_tensor(input, "corrcoef")._array.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{input._array.ndim} dimensions"
        )
    found = cov(input)
    if not found._array.ndim:
        return found / found
    spread_of = found.diagonal().real.sqrt()
    found = found / spread_of.unsqueeze(1) / spread_of.unsqueeze(0)
    if found._array.dtype.kind == "c":
        return join(found.real.clamp(-1, 1), found.imag.clamp(-1, 1))
    return found.clamp(-1, 1)


for _function in (var, std, cov, corrcoef):
    method(_function)
