"""What stands in the middle, or any other share of the way: median, quantile, and past the NaNs.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.layout import Shape, wrap_dim
from ..kernels import scalar as s
from ..tensor import Tensor, method, ndarray, wrap
from .batching import along
from .extremes import SHARED_VJP, pick, pick_vjp, result_type, written
from .inplace import write_out
from .op import Op
from .reduce import require_tensor
from .sorting import sort

__all__ = ["median", "nanmedian", "nanquantile", "quantile"]

MEDIAN, NANMEDIAN = result_type("median"), result_type("nanmedian")

# ---- median


_LONG = 64


def _order(wide: ndarray, axis: int) -> ndarray:
    return np.argsort(wide, axis=axis, kind="stable")


def _middle(input: ndarray, axis: int) -> ndarray:
    """Where the lower of the middle elements stands along an axis; at a NaN, where there is one."""
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    middle = (input.shape[axis] - 1) // 2
    if input.shape[axis] > _LONG:
        order = np.argpartition(wide, middle, axis)
    else:
        order = _order(wide, axis)
    found = np.take(order, middle, axis=axis)
    if wide.dtype.kind != "f":
        return found
    missing = np.isnan(wide)
    return np.where(missing.any(axis), missing.argmax(axis), found)


def _middle_of_numbers(input: ndarray, axis: int) -> ndarray:
    """Where the lower of the middle elements stands among those that are not NaN."""
    wide = input.astype(np.float32) if input.dtype in HALVES else input
    if wide.dtype.kind != "f":
        return _middle(input, axis)
    missing = np.isnan(wide)
    if s.none(missing):
        return _middle(input, axis)
    order = _order(wide, axis)
    count = np.count_nonzero(~missing, axis=axis, keepdims=True)
    middle = np.maximum(count - 1, 0) // 2  # NaNs are sorted to the end
    return np.take_along_axis(order, middle, axis).squeeze(axis)


def _whole(find: Any) -> Any:
    def kernel(input: ndarray, *, dims: Shape, keepdim: bool) -> Any:
        flat = input.reshape(-1)
        if not flat.size:
            return np.full((), np.nan, input.dtype)
        return flat[find(flat, 0)]

    return kernel


_median_all = Op("median_all", _whole(_middle), SHARED_VJP, backward="MedianBackward0")
_median_dim = Op(
    "median_dim", pick(_middle), (pick_vjp,), backward="MedianBackward1", batch=along("dim")
)
_nanmedian_all = Op(
    "nanmedian_all",
    _whole(_middle_of_numbers),
    SHARED_VJP,
    backward="NanmedianBackward0",
)
_nanmedian_dim = Op(
    "nanmedian_dim",
    pick(_middle_of_numbers),
    (pick_vjp,),
    backward="NanmedianBackward1",
    batch=along("dim"),
)


def _found(name: str, whole: Op, along: Op, pair: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    array = require_tensor(input, name)._array
    if array.dtype.kind in "bc":
        raise NotImplementedError(
            f"\"{name}_out_impl\" not implemented for '{input.dtype.title}': it has no order"
        )
    if dim is None:
        if not array.size and array.dtype.kind in "iu":
            raise RuntimeError(f"{name}() operation does not have an identity for integers of none")
        return whole(input, dims=tuple(range(array.ndim)), keepdim=False)
    dim = wrap_dim(dim, array.ndim)
    if array.ndim and not array.shape[dim]:
        raise IndexError(f"median(): Expected reduction dim {dim} to have non-zero size.")
    return pair(*along(input, dim=dim, keepdim=keepdim))


def median(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The middle element (the lower of two); along `dim` a pair (values, indices).

    NaN where there is a NaN; IndexError along an empty dim.

    >>> torch.median(torch.tensor([3.0, 1.0, 2.0, 4.0]))
    tensor(2.)
    """
    found = _found("median", _median_all, _median_dim, MEDIAN, input, dim, keepdim)
    return written(found, out)


def nanmedian(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The middle one (the lower of two) of the elements that are not NaN; along `dim` a pair.

    NaN where all are; IndexError along an empty dim.

    >>> torch.nanmedian(torch.tensor([3.0, float("nan"), 2.0, 4.0]))
    tensor(3.)
    """
    found = _found("nanmedian", _nanmedian_all, _nanmedian_dim, NANMEDIAN, input, dim, keepdim)
    return written(found, out)


# ---- quantile

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _shares(name: str, input: Tensor, q: Any, interpolation: str) -> Tensor:
    """The shares as a tensor of the input's dtype; RuntimeError for what makes no sense."""
    array = require_tensor(input, name)._array
    if array.dtype.kind != "f" or array.itemsize == 2:
        raise RuntimeError(
            f"{name}() input tensor must be either float or double dtype, not {input.dtype}"
        )
    if not array.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty: its shape is {input.shape}")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {interpolation}"
        )
    if not isinstance(q, Tensor):
        q = wrap(np.array(q, array.dtype))
        shown = f" but got {q.item():g}"
    else:
        shown = ""
    if q._array.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor, not of {q._array.ndim} dims")
    if q._array.dtype != array.dtype:
        raise RuntimeError(
            f"{name}() q tensor must be same dtype as the input tensor: {q.dtype} and {input.dtype}"
        )
    if not ((q._array >= 0) & (q._array <= 1)).all():
        values = "range" if shown else "values"
        raise RuntimeError(f"{name}() q {values} must be in the range [0, 1]{shown}")
    return q


def _quantile(
    name: str, input: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str, skip: bool
) -> Tensor:
    q = _shares(name, input, q, interpolation)
    ndim = input._array.ndim
    if dim is None:
        lines, kept = input.reshape(-1), [1] * ndim
    else:
        dim = wrap_dim(dim, ndim)
        lines = input.movedim(dim, -1) if ndim else input.reshape(1)
        kept = list(input.shape)
        if ndim:
            kept[dim] = 1
    lines = sort(lines, -1)[0]  # (..., n)
    size = lines.shape[-1]
    missing = lines.isnan()
    column = q.reshape(-1)
    if skip:
        last = (missing.logical_not().sum(-1, keepdim=True) - 1).clamp(min=0).to(input.dtype)
        ranks = column * last  # (..., number of shares)
    else:
        ranks = column * (size - 1)
        ranks = ranks.expand(*lines.shape[:-1], column.numel())
        ranks = ranks.masked_fill(missing.any(-1, keepdim=True), size - 1)
    result = _at(lines, ranks, interpolation)  # (..., number of shares)
    result = result.movedim(-1, 0)
    shape = kept if keepdim else list(lines.shape[:-1])
    return result.reshape(([column.numel()] if q._array.ndim else []) + shape)


def _at(lines: Tensor, ranks: Tensor, interpolation: str) -> Tensor:
    """The elements of sorted lines at fractional places."""
    if interpolation == "lower":
        ranks = ranks.floor()
    elif interpolation == "higher":
        ranks = ranks.ceil()
    elif interpolation == "nearest":
        ranks = ranks.round()
    below = ranks.detach().long()
    values = lines.gather(-1, below)
    if interpolation not in ("linear", "midpoint"):
        return values
    weights = ranks - below if interpolation == "linear" else ranks * 0 + 0.5
    above = lines.gather(-1, ranks.detach().ceil().long())
    return values.lerp(above, weights)


def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear", out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The number below which the share q of the elements lies, of all or along a dim.

    With several shares (a 1-d tensor) they are the first dim of the result. Between two elements
    `interpolation` decides: "linear", "lower", "higher", "midpoint" or "nearest". NaN where there
    is a NaN. RuntimeError for empty or integer input and for shares outside [0, 1].

    >>> torch.quantile(torch.tensor([1.0, 2.0, 3.0, 4.0]), 0.5)
    tensor(2.5000)
    """
    result = _quantile("quantile", input, q, dim, keepdim, interpolation, False)
    return result if out is None else write_out(out, result)


def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear", out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`quantile` of the elements that are not NaN; NaN where all are.

    >>> torch.nanquantile(torch.tensor([1.0, float("nan"), 2.0]), 0.5)
    tensor(1.5000)
    """
    result = _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)
    return result if out is None else write_out(out, result)


for _function in (median, nanmedian, quantile, nanquantile):
    method(_function)
