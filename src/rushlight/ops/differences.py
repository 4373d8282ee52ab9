"""Between neighbours: differences, gradients on grids, and areas by the trapezoid rule.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.layout import wrap_dim
from ..tensor import Tensor, method
from .inplace import write_out
from .joining import cat
from .reduce import require_tensor
from .scans import cumsum

__all__ = ["cumulative_trapezoid", "diff", "gradient", "trapezoid", "trapz"]


def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None,
    append: Tensor | None = None, *, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The differences of neighbours along a dim, taken n times.

    `prepend` and `append` are joined on first. RuntimeError for 0-d input and a negative n.

    >>> torch.diff(torch.tensor([1, 3, 2]))
    tensor([ 2, -1])
    """
    if not require_tensor(input, "diff")._array.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, input._array.ndim)
    for word, other in (("prepend", prepend), ("append", append)):
        if other is not None and other._array.ndim != input._array.ndim:
            raise RuntimeError(
                f"diff expects prepend or append to be the same dimension as input: {word} has "
                f"{other._array.ndim} dims and the input {input._array.ndim}"
            )
    if n == 0:
        # PyTorch then leaves out what was to be joined on
        result = input.clone()
        return result if out is None else write_out(out, result)
    parts = [part for part in (prepend, input, append) if part is not None]
    result = parts[0] if len(parts) == 1 else cat(parts, dim)
    for _ in range(n):
        size = result._array.shape[dim]
        if size == 0:
            break
        result = _step(result, dim)
    return result if out is None else write_out(out, result)


def _step(input: Tensor, dim: int) -> Tensor:
    size = input._array.shape[dim]
    after, before = input.narrow(dim, 1, size - 1), input.narrow(dim, 0, size - 1)
    return after ^ before if input._array.dtype.kind == "b" else after - before


# ---- gradient


def _even_slopes(input: Tensor, dim: int, step: Any, edge_order: int) -> Tensor:
    """Central differences inside, one-sided ones of the given order at the ends."""
    size = input._array.shape[dim]

    def at(start: int, count: int = 1) -> Tensor:
        return input.narrow(dim, start, count)

    middle = (at(2, size - 2) - at(0, size - 2)) / (2 * step)
    if edge_order == 1:
        left = (at(1) - at(0)) / step
        right = (at(size - 1) - at(size - 2)) / step
    else:
        left = (at(0) * -1.5 + at(1) * 2 - at(2) * 0.5) / step
        right = (at(size - 1) * 1.5 - at(size - 2) * 2 + at(size - 3) * 0.5) / step
    return cat([left, middle, right], dim)


def _slopes(input: Tensor, dim: int, places: Tensor, edge_order: int) -> Tensor:
    """The same with coordinates of their own: the parabola through three neighbours."""
    size = input._array.shape[dim]
    shape = [1] * input._array.ndim
    shape[dim] = -1
    steps = diff(places).reshape(shape)

    def at(start: int, count: int = 1) -> Tensor:
        return input.narrow(dim, start, count)

    def h(start: int, count: int = 1) -> Tensor:
        return steps.narrow(dim, start, count)

    low, high = h(0, size - 2), h(1, size - 2)
    middle = (
        at(2, size - 2) * (low / (high * (low + high)))
        + at(1, size - 2) * ((high - low) / (low * high))
        - at(0, size - 2) * (high / (low * (low + high)))
    )
    if edge_order == 1:
        left = (at(1) - at(0)) / h(0)
        right = (at(size - 1) - at(size - 2)) / h(size - 2)
    else:
        left = _end(at(0), at(1), at(2), h(0), h(1))
        right = -_end(at(size - 1), at(size - 2), at(size - 3), h(size - 2), h(size - 3))
    return cat([left, middle, right], dim)


def _end(first: Tensor, second: Tensor, third: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The slope at the end of the parabola through three points, a and b apart."""
    return (
        second * ((a + b) / (a * b))
        - first * ((2 * a + b) / (a * (a + b)))
        - third * (a / (b * (a + b)))
    )


def gradient(input: Tensor, *, spacing: Any = None, dim: Any = None, edge_order: int = 1) -> Any:
    """Estimates of the partial derivatives along dims: central differences, one-sided at the ends.

    `spacing` is a number, one for each dim, or a 1-d tensor of coordinates for each dim.
    `edge_order` 1 or 2. A list with a tensor for each dim; RuntimeError for what does not fit.

    >>> torch.gradient(torch.tensor([1.0, 4.0, 9.0]))
    (tensor([3., 4., 5.]),)
    """
    array = require_tensor(input, "gradient")._array
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if array.dtype == np.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    if array.dtype.kind == "b":
        raise RuntimeError("torch.gradient does not support bool input: convert it first")
    given = isinstance(spacing, (list, tuple))
    if dim is None:
        dims = list(range(array.ndim))
        if given and len(spacing) != array.ndim:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
                f"equal to 'self.dim() = {array.ndim}', since dim argument was not given, but got "
                f"a list of length {len(spacing)}"
            )
    else:
        dims = [wrap_dim(d, array.ndim) for d in ([dim] if isinstance(dim, int) else dim)]
        if len(set(dims)) != len(dims):
            raise RuntimeError(
                f"dim {dims[-1]} appears multiple times in the list of dims, which is {dims}"
            )
        if given and len(spacing) != len(dims):
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and "
                f"dim arguments to have the same length, but got a spacing argument of length "
                f"{len(spacing)} and a dim argument of length {len(dims)}."
            )
    results = []
    for position, d in enumerate(dims):
        if array.shape[d] < edge_order + 1:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1: dim "
                f"{d} has {array.shape[d]}"
            )
        step = spacing[position] if given else spacing
        if isinstance(step, Tensor):
            if step._array.ndim != 1:
                raise RuntimeError(
                    "torch.gradient expected each element of spacing to have one dimension, but "
                    f"got an element with {step._array.ndim} dimensions!"
                )
            if step._array.size != array.shape[d]:
                raise RuntimeError(
                    "torch.gradient expects each element in the spacing list to be equal in size "
                    f"to the corresponding dim: {step._array.size} and {array.shape[d]}"
                )
            results.append(_slopes(input, d, step, edge_order))
        else:
            results.append(_even_slopes(input, d, 1 if step is None else step, edge_order))
    return tuple(results)


# ---- areas


def _widths(x: Tensor, y: Tensor, dim: int, name: str) -> Tensor:
    """The widths of the strips between the places x, which broadcast with the samples y."""
    size, ndim = y._array.shape[dim], y._array.ndim
    if not x._array.ndim:
        return x
    if x._array.ndim == 1:
        if x._array.size != size:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point: "
                f"{x._array.size} and {size}"
            )
        return diff(x).reshape([size - 1 if d == dim else 1 for d in range(ndim)])
    if x._array.ndim < ndim:
        x = x.reshape([1] * (ndim - x._array.ndim) + list(x._array.shape))
    return diff(x, dim=dim - ndim)


def _strips(y: Tensor, x: Tensor | None, dx: Any, dim: int, name: str) -> Tensor:
    """Twice the areas of the strips between neighbouring samples."""
    dim = wrap_dim(dim, y._array.ndim)
    size = y._array.shape[dim]
    width = dx if x is None else _widths(x, y, dim, name)
    if not size:
        return y.sum(dim, keepdim=True) * 0
    return (y.narrow(dim, 0, size - 1) + y.narrow(dim, 1, size - 1)) * width


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The area under the samples y by the trapezoid rule, at the places x or in steps of dx.

    RuntimeError unless x has a place for each sample.

    >>> torch.trapezoid(torch.tensor([1.0, 5.0, 10.0]))
    tensor(10.5000)
    """
    if x is not None and dx is not None:
        raise TypeError("trapezoid() takes x or dx, but got both")
    return _strips(y, x, 1 if dx is None else dx, dim, "trapezoid").sum(dim) / 2.0


trapz = trapezoid


def cumulative_trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1
) -> Tensor:
    """The areas under the samples so far, by the trapezoid rule.

    >>> torch.cumulative_trapezoid(torch.tensor([1.0, 5.0, 10.0]))
    tensor([ 3.0000, 10.5000])
    """
    if x is not None and dx is not None:
        raise TypeError("cumulative_trapezoid() takes x or dx, but got both")
    strips = _strips(y, x, 1 if dx is None else dx, dim, "cumulative_trapezoid")
    return cumsum(strips, dim) / 2.0


method(diff)
