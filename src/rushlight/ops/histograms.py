"""How many elements fall where: histc, histogram, histogramdd, bincount.

May import: core, tensor, ops.
"""

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor, method, ndarray, wrap
from .examples import each_example
from .inplace import write_out, write_outs
from .reduce import require_tensor

__all__ = ["bincount", "histc", "histogram", "histogramdd"]


class Histogram(namedtuple("histogram", ("hist", "bin_edges"))):
    """The counts, and the edges of the bins."""

    __slots__ = ()

    def __repr__(self) -> str:
        name = type(self).__name__.lower()
        hist, edges = self
        return f"torch.return_types.{name}(\nhist={hist!r},\nbin_edges={edges!r})"


class HistogramDD(Histogram):
    """The counts, and the edges of the bins along each dim."""

    __slots__ = ()


@each_example
def histc(
    input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0, *, out: Tensor | None = None
) -> Tensor:
    """How many elements fall into each of `bins` equal parts of [min, max], as the input's dtype.

    With min == max the ends are those of the data. RuntimeError unless max >= min, bins > 0.

    >>> torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    array = require_tensor(input, "histc")._array
    if array.dtype.kind not in "fV":
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{input.dtype.title}'")
    if bins <= 0:
        raise RuntimeError(f"torch.histc(): bins must be > 0, but got {bins}")
    wide = array.astype(np.float32) if array.itemsize == 2 else array
    values = wide.reshape(-1)
    if min > max:
        raise RuntimeError(f"torch.histc: max must be larger than min, but got {min} and {max}")
    if min == max and values.size:
        min, max = values.min(), values.max()
    if not (np.isfinite(min) and np.isfinite(max)):
        raise RuntimeError(f"torch.histc: range of [{min}, {max}] is not finite")
    if min == max:
        min, max = min - 1, max + 1
    low, high = wide.dtype.type(min), wide.dtype.type(max)
    inside = values[(values >= low) & (values <= high)]
    place = ((inside - low) / (high - low) * bins).astype(np.int64)
    counts = np.bincount(np.minimum(place, bins - 1), minlength=bins)
    result = wrap(counts.astype(array.dtype))
    return result if out is None else write_out(out, result)


# ---- with edges


def _edges(values: ndarray, bins: Any, limits: Any, dim: int) -> ndarray:
    """The edges of the bins along one dim."""
    if isinstance(bins, Tensor):
        edges = bins._array
        if edges.ndim != 1:
            raise RuntimeError(
                f"torch.histogramdd(): bins tensor should have one dimension, but got {edges.ndim} "
                f"dimensions in the bins tensor for dimension {dim}"
            )
        if not edges.size:
            raise RuntimeError(
                "torch.histogramdd(): bins tensor should have at least 1 element, but got "
                f"{edges.size} elements in the bins tensor for dimension {dim}"
            )
        if edges.dtype != values.dtype:
            raise RuntimeError(
                f"torch.histogramdd(): input tensor and bins tensors should have the same dtype, "
                f"but got input with dtype {values.dtype} and bins with dtype {edges.dtype}"
            )
        return edges
    if bins <= 0:
        raise RuntimeError(
            f"torch.histogramdd(): bins must be > 0, but got {bins} for dimension {dim}"
        )
    if limits is None:
        low, high = (values.min(), values.max()) if values.size else (0, 1)
    else:
        low, high = limits
        if low > high:
            raise RuntimeError(
                "torch.histogramdd: min should not exceed max, but got min "
                f"{low} max {high} for dimension {dim}"
            )
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(
            f"torch.histogramdd: dimension {dim}'s range [{low}, {high}] is not finite"
        )
    if low == high:
        low, high = low - 0.5, high + 0.5
    return _evenly(low, high, bins + 1).astype(values.dtype)


def _evenly(low: Any, high: Any, count: int) -> ndarray:
    """From both ends to the middle, as linspace goes."""
    step = (high - low) / (count - 1)
    order = np.arange(count)
    return np.where(order < count // 2, low + step * order, high - step * (count - 1 - order))


def _count(points: ndarray, edges: list, weight: Any, density: bool) -> ndarray:
    """The (weighed) number of points, (n, d), in each cell; a last edge belongs to its bin."""
    shape = [len(e) - 1 for e in edges]
    inside = np.ones(len(points), np.bool_)
    places = []
    for d, e in enumerate(edges):
        values = points[:, d]
        inside &= (values >= e[0]) & (values <= e[-1])
        place = np.searchsorted(e, values, side="right") - 1
        places.append(np.where(values == e[-1], shape[d] - 1, place))
    cells = np.zeros(len(points), np.int64)
    for d, place in enumerate(places):
        cells = cells * shape[d] + place
    weights = None if weight is None else weight[inside].astype(np.float64)
    total = int(np.prod(shape))
    counts = np.bincount(cells[inside], weights, total) if total else np.zeros(0)
    hist = counts.reshape(shape).astype(points.dtype)
    if density:
        hist = hist / hist.sum()
        for d, e in enumerate(edges):
            widths = np.diff(e).reshape([-1 if k == d else 1 for k in range(len(edges))])
            hist = hist / widths
    return hist


def _check(input: Tensor, weight: Any, shape: Any) -> Any:
    array = input._array
    if array.dtype.kind != "f" or array.itemsize == 2:
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{input.dtype.title}'")
    if weight is None:
        return None
    if weight._array.dtype != array.dtype:
        raise RuntimeError(
            "torch.histogramdd(): if weight tensor is provided, input tensor and weight tensor "
            f"should have the same dtype, but got input {input.dtype} and weight {weight.dtype}"
        )
    if weight._array.shape != shape:
        raise RuntimeError(
            "torch.histogramdd(): if weight tensor is provided it should have the same shape as "
            f"the input tensor excluding its innermost dimension, but got input with shape "
            f"{list(shape)} and weight with shape {list(weight._array.shape)}"
        )
    return weight._array.reshape(-1)


def histogram(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None,
    density: bool = False, out: Any = None,
) -> Any:  # fmt: skip
    """The (weighed) number of elements in each bin, and the edges of the bins.

    `bins` is their number, over `range` or the data's own, or a sequence of edges. With `density`
    the bins' areas add up to 1. RuntimeError for what does not fit, NotImplementedError for ints.

    >>> torch.histogram(torch.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0)).hist
    tensor([0., 2., 1., 0.])
    """
    array = require_tensor(input, "histogram")._array
    weights = _check(input, weight, array.shape)
    points = array.reshape(-1, 1)
    edges = _edges(points[:, 0], bins, range, 0)
    hist = _count(points, [edges], weights, density)
    result = Histogram(wrap(hist), wrap(edges.copy()))
    return result if out is None else write_outs(out, result)


def histogramdd(
    input: Tensor, bins: Any, *, range: Sequence[float] | None = None,
    weight: Tensor | None = None, density: bool = False,
) -> Any:  # fmt: skip
    """`histogram` of points whose coordinates are the last dim: counts, and edges along each dim.

    `bins` is one number, one for each coordinate, or a list of tensors of edges; `range` lists the
    ends coordinate by coordinate.

    >>> torch.histogramdd(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), bins=[2, 2]).hist
    tensor([[0., 1.],
            [1., 0.]])
    """
    array = require_tensor(input, "histogramdd")._array
    if array.ndim < 2:
        raise RuntimeError(
            "torch.histogramdd(): input tensor should have at least 2 dimensions, but got "
            f"{array.ndim}"
        )
    dims = array.shape[-1]
    weights = _check(input, weight, array.shape[:-1])
    points = array.reshape(-1, dims)
    each = [bins] * dims if isinstance(bins, int) else list(bins)
    if len(each) != dims:
        raise RuntimeError(
            "torch.histogramdd(): expected bins to be a sequence of size equal to the input's "
            f"innermost dimension, {dims}, but got {len(each)}"
        )
    if range is not None and len(range) != 2 * dims:
        raise RuntimeError(
            f"torch.histogramdd(): for a {dims}-dimensional histogram range should have "
            f"{2 * dims} elements, but got {len(range)}"
        )
    edges = []
    for d, wanted in enumerate(each):
        limits = None if range is None else (range[2 * d], range[2 * d + 1])
        edges.append(_edges(points[:, d], wanted, limits, d))
    hist = _count(points, edges, weights, density)
    return HistogramDD(wrap(hist), tuple([wrap(e.copy()) for e in edges]))


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each whole number occurs, or the sum of the weights at its places.

    Counts are int64, sums float32 for such weights and else float64. RuntimeError for negative
    numbers, more than one dim, and weights of another length.

    >>> torch.bincount(torch.tensor([1, 1, 3]))
    tensor([0, 2, 0, 1])
    """
    array = require_tensor(input, "bincount")._array
    if array.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{input.dtype.title}'")
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, but got {minlength}")
    if array.ndim != 1 or (array.size and array.min() < 0):
        raise RuntimeError(
            "bincount only supports 1-d non-negative integral inputs: this one has "
            f"{array.ndim} dims" + (f" and starts at {array.min()}" if array.size else "")
        )
    if weights is None:
        return wrap(np.bincount(array, minlength=minlength).astype(np.int64, copy=False))
    if weights._array.shape != array.shape:
        raise RuntimeError(
            "weights should be 1-d and have the same length as input: "
            f"{list(weights._array.shape)} and {list(array.shape)}"
        )
    dtype = np.float32 if weights._array.dtype == np.float32 else np.float64
    if not array.size:
        return wrap(np.zeros(minlength, np.int64))
    sums = np.bincount(array, weights._array.astype(np.float64), minlength)
    return wrap(sums.astype(dtype, copy=False))


for _function in (histc, histogram, bincount):
    method(_function)
