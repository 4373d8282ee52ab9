"""`torch.masked`: reductions and normalizations over the elements that a mask holds True.

Every function puts the number that changes nothing (0 for a sum, 1 for a product, the lowest for
a maximum) in the place of the others, and calls the plain operation.
May import: core, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

from .core.dtype import bool_, iinfo, int64
from .core.dtype import dtype as dtype_class
from .ops import extremes, pointwise, quantiles, reduce, scans
from .ops import softmax as softmaxes
from .ops.filled import ones_like
from .ops.masking import where
from .ops.norms import vector_norm
from .tensor import Tensor

__all__ = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]


def _mask_of(input: Tensor, mask: Tensor) -> Tensor:
    """The mask at the input's shape; IndexError when it has more dims."""
    if mask.ndim > input.ndim:
        raise IndexError(
            "_input_mask expected broadcastable mask (got mask dimensionality higher than of the "
            f"input): {mask.ndim} dims for {input.ndim}"
        )
    return mask.to(bool_).expand(input.shape)


def _kept(input: Tensor, mask: Tensor | None, number: Any) -> Tensor:
    """The input with the number in the place of what the mask hides."""
    if mask is None:
        return input
    return where(_mask_of(input, mask), input, input.new_tensor(number))


def _in(input: Tensor, dtype: dtype_class | None) -> Tensor:
    return input if dtype is None else input.to(dtype)


def _whole(input: Tensor, dtype: dtype_class | None) -> Tensor:
    """In the given dtype; bools and integers as int64 without one, as sums and products do."""
    if dtype is None and not (input.is_floating_point() or input.is_complex()):
        dtype = int64
    return _in(input, dtype)


def _dims(input: Tensor, dim: Any) -> tuple[int, ...]:
    """The dims to reduce, all of them for None and (), from the last on."""
    if dim is None or dim == ():
        return tuple(range(input.ndim))[::-1]
    dims = dim if isinstance(dim, (tuple, list)) else (dim,)
    return tuple(sorted([d % max(input.ndim, 1) for d in dims], reverse=True))


def _lowest(input: Tensor) -> Any:
    return float("-inf") if input.is_floating_point() else iinfo(input.dtype).min


def _highest(input: Tensor) -> Any:
    return float("inf") if input.is_floating_point() else iinfo(input.dtype).max


def sum(
    input: Tensor,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The sum of the elements under the mask, 0 where there are none.

    >>> x, mask = torch.tensor([[1, 2], [3, 4]]), torch.tensor([[True, False], [True, True]])
    >>> torch.masked.sum(x, 1, mask=mask)
    tensor([1, 7])
    """
    input = _kept(_whole(input, dtype), mask, 0)
    dims = _dims(input, dim)
    return reduce.sum(input, dims, bool(keepdim)) if dims else input.clone()


def prod(
    input: Tensor,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The product of the elements under the mask, 1 where there are none.

    >>> x, mask = torch.tensor([[1, 2], [3, 4]]), torch.tensor([[True, False], [True, True]])
    >>> torch.masked.prod(x, 1, mask=mask)
    tensor([ 1, 12])
    """
    result = _kept(_whole(input, dtype), mask, 1)
    for each in _dims(input, dim):
        result = reduce.prod(result, each, bool(keepdim))
    return result


def cumsum(
    input: Tensor, dim: int, *, dtype: dtype_class | None = None, mask: Tensor | None = None
) -> Tensor:
    """Running sums of the elements under the mask.

    >>> torch.masked.cumsum(torch.tensor([1, 2, 3]), 0, mask=torch.tensor([True, False, True]))
    tensor([1, 1, 4])
    """
    return scans.cumsum(_kept(_whole(input, dtype), mask, 0), dim)


def cumprod(
    input: Tensor, dim: int, *, dtype: dtype_class | None = None, mask: Tensor | None = None
) -> Tensor:
    """Running products of the elements under the mask.

    >>> torch.masked.cumprod(torch.tensor([2, 3, 4]), 0, mask=torch.tensor([True, False, True]))
    tensor([2, 2, 8])
    """
    return scans.cumprod(_kept(_whole(input, dtype), mask, 1), dim)


def amax(
    input: Tensor,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The largest element under the mask; the lowest number of the dtype where there is none.

    >>> torch.masked.amax(torch.tensor([1.0, 5.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(3.)
    """
    input = _in(input, dtype)
    return extremes.amax(_kept(input, mask, _lowest(input)), _dims(input, dim), bool(keepdim))


def amin(
    input: Tensor,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The smallest element under the mask; the largest number of the dtype where there is none.

    >>> torch.masked.amin(torch.tensor([3.0, 1.0, 5.0]), mask=torch.tensor([True, False, True]))
    tensor(3.)
    """
    input = _in(input, dtype)
    return extremes.amin(_kept(input, mask, _highest(input)), _dims(input, dim), bool(keepdim))


def argmax(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The index of the largest element under the mask, in the dtype of the input.

    >>> torch.masked.argmax(torch.tensor([1.0, 5.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(2.)
    """
    input = _in(input, dtype)
    return _place(extremes.argmax, _kept(input, mask, _lowest(input)), dim, keepdim)


def argmin(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The index of the smallest element under the mask, in the dtype of the input.

    >>> torch.masked.argmin(torch.tensor([3.0, 1.0, 5.0]), mask=torch.tensor([True, False, True]))
    tensor(0.)
    """
    input = _in(input, dtype)
    return _place(extremes.argmin, _kept(input, mask, _highest(input)), dim, keepdim)


def _place(function: Callable, input: Tensor, dim: int | None, keepdim: bool | None) -> Tensor:
    # an index in the input's dtype: PyTorch's masked functions keep it here too
    return function(input, dim, bool(keepdim)).to(input.dtype)


def _counts(input: Tensor, dim: Any, keepdim: Any, mask: Tensor | None) -> Tensor:
    """How many elements under the mask each result is made of."""
    return sum(ones_like(input, dtype=int64), dim, keepdim=keepdim, mask=mask)


def mean(
    input: Tensor,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The mean of the elements under the mask, nan where there are none. ValueError for integers.

    >>> torch.masked.mean(torch.tensor([1.0, 9.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(2.)
    """
    input = _in(input, dtype)
    if not (input.is_floating_point() or input.is_complex()):
        raise ValueError(
            "mean(): Could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {input.dtype}"
        )
    return sum(input, dim, keepdim=keepdim, mask=mask) / _counts(input, dim, keepdim, mask)


def median(
    input: Tensor,
    dim: int = -1,
    *,
    keepdim: bool = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The lower of the middle elements under the mask, nan where there are none.

    ValueError for integers of which a whole row is hidden.

    >>> x = torch.tensor([1.0, 9.0, 3.0])
    >>> torch.masked.median(x, 0, mask=torch.tensor([True, False, True]))
    tensor(1.)
    """
    input = _in(input, dtype)
    if input.is_floating_point():
        return quantiles.nanmedian(_kept(input, mask, float("nan")), dim, keepdim)[0]
    if mask is not None and not bool(_mask_of(input, mask).any(dim).all()):
        raise ValueError(
            "masked median expects no fully masked out rows if dtype is not floating point"
        )
    found = quantiles.nanmedian(_kept(input.double(), mask, float("nan")), dim, keepdim)[0]
    return found.to(input.dtype)


def norm(
    input: Tensor,
    ord: float | None = 2.0,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The vector norm of the elements under the mask.

    >>> torch.masked.norm(torch.tensor([3.0, 9.0, 4.0]), mask=torch.tensor([True, False, True]))
    tensor(5.)
    """
    order = 2.0 if ord is None else float(ord)
    input = _kept(_in(input, dtype), mask, float("inf") if order < 0 else 0)
    return vector_norm(input, order, _dims(input, dim), bool(keepdim))


def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The variance of the elements under the mask, divided by their number less the correction.

    ValueError when both `unbiased` and `correction` are given.

    >>> torch.masked.var(torch.tensor([1.0, 9.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(2.)
    """
    if unbiased is not None and correction is not None:
        raise ValueError("Only one of unbiased and correction may be given")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    if dtype is None and not (input.is_floating_point() or input.is_complex()):
        input = input.float()
    input = _in(input, dtype)
    away = input - mean(input, dim, keepdim=True, mask=mask)
    squares = away * away.conj()
    total = sum(squares, dim, keepdim=keepdim, mask=mask)
    count = _counts(squares, dim, keepdim, mask) - correction
    return total / count.clamp(min=0)  # of complex numbers complex, as PyTorch has it here


def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool | None = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The square root of `var`.

    >>> torch.masked.std(torch.tensor([1.0, 9.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(1.4142)
    """
    return var(
        input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask
    ).sqrt()


def softmax(
    input: Tensor, dim: int, *, dtype: dtype_class | None = None, mask: Tensor | None = None
) -> Tensor:
    """softmax of the elements under the mask; 0 outside of it.

    >>> torch.masked.softmax(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    return softmaxes.softmax(_kept(_in(input, dtype), mask, float("-inf")), dim)


def log_softmax(
    input: Tensor, dim: int, *, dtype: dtype_class | None = None, mask: Tensor | None = None
) -> Tensor:
    """The logarithm of `softmax`; minus infinity outside of the mask.

    >>> torch.masked.log_softmax(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor([-0.6931,    -inf, -0.6931])
    """
    return softmaxes.log_softmax(_kept(_in(input, dtype), mask, float("-inf")), dim)


def softmin(
    input: Tensor, dim: int, *, dtype: dtype_class | None = None, mask: Tensor | None = None
) -> Tensor:
    """softmax(-input) of the elements under the mask; 0 outside of it.

    >>> torch.masked.softmin(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    return softmaxes.softmin(_kept(_in(input, dtype), mask, float("inf")), dim)


def normalize(
    input: Tensor,
    ord: float,
    dim: int,
    *,
    eps: float = 1e-12,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The elements under the mask divided by their norm along `dim` (at least eps).

    >>> torch.masked.normalize(torch.tensor([3.0, 4.0]), 2.0, 0)
    tensor([0.6000, 0.8000])
    """
    input = _in(input, dtype)
    length = norm(input, ord, dim, keepdim=True, mask=mask)
    return _kept(input, mask, 0) / length.clamp(min=eps)


def logaddexp(
    input: Tensor,
    other: Tensor,
    *,
    dtype: dtype_class | None = None,
    input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """log(exp(input) + exp(other)), without what the masks hide.

    >>> x = torch.zeros(2)
    >>> torch.masked.logaddexp(x, x, input_mask=torch.tensor([True, False]))
    tensor([0.6931, 0.0000])
    """
    first = _kept(_in(input, dtype), input_mask, float("-inf"))
    return pointwise.logaddexp(first, _kept(_in(other, dtype), other_mask, float("-inf")))


def logsumexp(
    input: Tensor,
    dim: Any = None,
    *,
    keepdim: bool = False,
    dtype: dtype_class | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """log(sum(exp(input))) of the elements under the mask, minus infinity where there are none.

    >>> torch.masked.logsumexp(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor(0.6931)
    """
    input = _in(input, dtype)
    number = float("-inf") if input.is_complex() else _lowest(input)
    found = reduce.logsumexp(_kept(input, mask, number), _dims(input, dim), bool(keepdim))
    return found.to(input.dtype)
