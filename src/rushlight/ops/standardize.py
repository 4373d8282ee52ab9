"""Standardize: values less their mean, over their standard deviation, then scaled and shifted.

Layer, group and batch normalization are this one computation with other axes. The input is seen
in the shape `view`; statistics are taken over its `axes`; weight and bias, where there are any,
are seen in the shape `affine`, which broadcasts against the view.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.layout import product
from ..core.state import thread
from ..core.tracing import is_traced
from ..kernels.summation import add_up
from ..tensor import Tensor, wrap
from .batching import standardized
from .op import Op, ndarray

Shape = tuple[int, ...]
BLOCK = 1 << 17  # elements that fit in a core's cache together with what is made of them


def wide(array: ndarray) -> ndarray:
    """Halves in float32, so that sums of many stay right."""
    return array.astype(np.float32) if array.dtype in HALVES else array


def _like(parameter: ndarray | None, shape: Shape, dtype: Any) -> ndarray | None:
    return None if parameter is None else parameter.reshape(shape).astype(dtype, copy=False)


def _trailing(view: Shape, axes: Shape) -> bool:
    """Whether each group of values that are standardized together is one piece of memory."""
    return axes == tuple(range(len(view) - len(axes), len(view)))


def _row_blocks(rows: ndarray) -> Any:
    step = max(1, BLOCK // max(rows.shape[1], 1))
    return [slice(start, start + step) for start in range(0, rows.shape[0], step)]


def _rows(rows: ndarray, weight: Any, bias: Any, eps: float) -> tuple[ndarray, ndarray, ndarray]:
    """Each row standardized, a cacheful of rows at a time; their means and variances."""
    length = rows.shape[1]
    count = rows.dtype.type(length)
    ones = np.ones(length, rows.dtype)
    out = np.empty_like(rows, order="C")
    means = np.empty((rows.shape[0], 1), rows.dtype)
    variances = np.empty((rows.shape[0], 1), rows.dtype)
    for block in _row_blocks(rows):
        mean, variance, values = means[block], variances[block], out[block]
        np.divide((rows[block] @ ones)[:, None], count, out=mean)
        np.subtract(rows[block], mean, out=values)
        np.divide(np.vecdot(values, values)[:, None], count, out=variance)
        values *= 1 / np.sqrt(variance + count.dtype.type(eps))
        if weight is not None:
            values *= weight
        if bias is not None:
            values += bias
    return out, means, variances


def _sum_of_products(a: ndarray, b: ndarray, axes: Shape) -> ndarray:
    if a.ndim - 1 in axes:
        rest = axes[:-1]
        return add_up(np.vecdot(a, b)[..., None], rest, True)
    return add_up(a * b, axes, True)


def _kernel(
    input: ndarray,
    weight: ndarray | None,
    bias: ndarray | None,
    *,
    view: Shape,
    axes: Shape,
    affine: Shape,
    eps: float,
) -> tuple[ndarray, ndarray, ndarray]:
    x = wide(input).reshape(view)
    scale, shift = _like(weight, affine, x.dtype), _like(bias, affine, x.dtype)
    kept = tuple([1 if axis in axes else size for axis, size in enumerate(view)])
    if _trailing(view, axes) and not is_traced(x):
        rows = x.reshape(product(view[: -len(axes)]), product(view[-len(axes) :]))
        each = affine == rows.shape[1:]  # one weight for each place in a row
        out, mean, variance = _rows(rows, *((scale, shift) if each else (None, None)), eps)
        out, mean, variance = out.reshape(view), mean.reshape(kept), variance.reshape(kept)
        if each:
            scale = shift = None
    else:
        count = x.dtype.type(product([view[axis] for axis in axes]))
        mean = add_up(x, axes, True) / count
        out = x - mean
        variance = _sum_of_products(out, out, axes) / count
        deviation = np.sqrt(variance + x.dtype.type(eps))
        if scale is not None and scale.shape == deviation.shape[1:]:
            out *= scale / deviation
            scale = None
        else:
            out *= 1 / deviation
    if scale is not None:
        out *= scale
    if shift is not None:
        out += shift
    return out.reshape(input.shape).astype(input.dtype, copy=False), mean, variance


def decomposed(
    input: Tensor, weight: Any, bias: Any, *, view: Shape, axes: Shape, affine: Shape, eps: float
) -> Tensor:
    """The same in plain ops: what the kernel is held against, and what a compiler may use."""
    x = input.reshape(view)
    centered = x - x.mean(axes, keepdim=True)
    out = centered * ((centered * centered).mean(axes, keepdim=True) + eps).rsqrt()
    if weight is not None:
        out = out * weight.view(affine)
    if bias is not None:
        out = out + bias.view(affine)
    return out.reshape(input.shape)


def _gradient(
    g: Any, input: Tensor, weight: Any, bias: Any, result: Any, view: Shape, axes: Shape,
    affine: Shape, eps: float, needs: tuple,
) -> list:  # fmt: skip
    """The gradients of input, weight and bias; in plain ops where they are to be differentiated."""
    attrs = {"view": view, "axes": axes, "affine": affine, "needs": needs}
    if thread.grad_enabled:
        return _plain_gradients(g[0], input, weight, bias, eps=eps, **attrs)
    found = _gradient_arrays(
        g[0]._array,
        input._array,
        None if weight is None else weight._array,
        mean=result[1]._array,
        variance=result[2]._array,
        eps=eps,
        **attrs,
    )
    shapes = [None if t is None else t._array.shape for t in (input, weight, bias)]
    return [
        None if array is None else wrap(array.reshape(shape))
        for array, shape in zip(found, shapes, strict=True)
    ]


def _plain_gradients(
    g: Any, input: Tensor, weight: Any, bias: Any, *, view: Shape, axes: Shape, affine: Shape,
    eps: float, needs: tuple,
) -> list:  # fmt: skip
    shape, g = g.shape, g.reshape(view)
    x = input.reshape(view)
    centered = x - x.mean(axes, keepdim=True)
    scale = ((centered * centered).mean(axes, keepdim=True) + eps).rsqrt()
    standard = centered * scale
    found: list[Any] = [None, None, None]
    if needs[0]:
        slope = g * weight.view(affine) if weight is not None else g
        along = standard * (slope * standard).mean(axes, keepdim=True)
        change = slope - slope.mean(axes, keepdim=True) - along
        found[0] = (change * scale).reshape(shape)
    if needs[1] and weight is not None:
        found[1] = (g * standard).sum_to_size(*affine).reshape(weight.shape)
    if needs[2]:
        found[2] = g.sum_to_size(*affine).reshape(bias.shape)
    return found


def _gradient_arrays(
    g: ndarray, input: ndarray, weight: ndarray | None, *, mean: ndarray, variance: ndarray,
    view: Shape, axes: Shape, affine: Shape, eps: float, needs: tuple,
) -> tuple:  # fmt: skip
    dtype = input.dtype
    g, x = wide(g).reshape(view), wide(input).reshape(view)
    scale = _like(weight, affine, x.dtype)
    spread = np.sqrt(variance + x.dtype.type(eps))
    if _trailing(view, axes) and affine == (view[-1],) and not is_traced(x):
        found = _row_gradients(g, x, scale, mean, spread, needs)
    else:
        found = _general_gradients(g, x, scale, mean, spread, axes, affine, needs)
    return tuple([None if a is None else a.astype(dtype, copy=False) for a in found])


def _row_gradients(
    g: ndarray, x: ndarray, weight: Any, mean: ndarray, spread: ndarray, needs: tuple
) -> tuple:
    """The gradients of standardized rows, a cacheful of rows at a time."""
    length = x.shape[1]
    count = x.dtype.type(length)
    inputs = np.empty_like(x, order="C") if needs[0] else None
    weights = np.zeros(length, x.dtype) if needs[1] else None
    biases = np.zeros(length, x.dtype) if needs[2] else None
    ones = np.ones(length, x.dtype)
    inverse = 1 / spread
    for block in _row_blocks(x):
        slope = g[block]
        standard = x[block] - mean[block]
        standard *= inverse[block]
        if biases is not None:
            biases += np.add.reduce(slope, 0)
        if weights is not None:
            weights += np.einsum("ij,ij->j", slope, standard)
        if inputs is not None:
            change = inputs[block]
            if weight is not None:
                slope = slope * weight
            standard *= (np.vecdot(slope, standard) / count)[:, None]
            np.subtract(slope, ((slope @ ones) / count)[:, None], out=change)
            change -= standard
            change *= inverse[block]
    return inputs, weights, biases


def _general_gradients(
    g: ndarray, x: ndarray, weight: Any, mean: ndarray, spread: ndarray, axes: Shape,
    affine: Shape, needs: tuple,
) -> tuple:  # fmt: skip
    count = x.dtype.type(product([x.shape[axis] for axis in axes]))
    standard = x - mean
    standard *= 1 / spread
    # what parameters of this shape are summed over: what was put before it, and its dims of 1
    lead = x.ndim - len(affine)
    summed = (*range(lead), *[lead + d for d, size in enumerate(affine) if size == 1])
    weights = biases = inputs = None
    with_g = total = None
    if summed == axes or needs[1]:
        with_g = _sum_of_products(g, standard, summed)
    if summed == axes or needs[2]:
        total = add_up(g, summed, True)
    if needs[1]:
        weights = with_g
    if needs[2]:
        biases = total
    if needs[0]:
        if with_g is not None and total is not None and summed == axes:
            # the parameters stand outside the sums
            standard *= with_g / count
            inputs = g - total / count
            inputs -= standard
            inputs *= 1 / spread if weight is None else weight / spread
        else:
            slope = g if weight is None else g * weight
            standard *= _sum_of_products(slope, standard, axes) / count
            inputs = slope - add_up(slope, axes, True) / count
            inputs -= standard
            inputs /= spread
    return inputs, weights, biases


def standardizing(name: str, backward: str) -> Op:
    """The op under one of the names PyTorch has for it; its results are out, mean and variance."""
    return Op(name, _kernel, _gradient, backward=backward, batch=standardized)
