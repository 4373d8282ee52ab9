"""Where a batch begins and ends: a dim of a tensor becomes a batch of examples, and a dim again.

Each way is the gradient of the other. What is the same for all examples gets the sum of their
gradients.
May import: core, tensor, autograd, ops.
"""

from typing import Any

import numpy as np

from ..core.batch import Batch, BatchArray, batches_of, shifted, whole_in
from ..core.state import thread
from ..tensor import Tensor, method, wrap
from .op import Op

__all__: list[str] = []


class Crossing(Op):
    """An op of one input that changes which batches a tensor belongs to."""

    __slots__ = ()

    crossing = True

    def __call__(self, input: Tensor, **attrs: Any) -> Tensor:  # type: ignore[override]
        result = wrap(self.kernel(input._array, **attrs))
        if input._edge is not None and thread.grad_enabled:
            self.record((input,), attrs, result)
        return result


def _sum_kernel(input: Any, *, batches: tuple[Batch, ...]) -> Any:
    """The sum over the examples of these batches; one that all have in common counts for each."""
    factor = 1
    axes = []
    own = input.batches if type(input) is BatchArray else ()
    for batch in batches:
        if batch not in own:
            factor *= batch.size
        else:
            axis = own.index(batch)
            axes.append(axis)
            if input.whole.shape[axis] == 1:
                factor *= batch.size
    whole = input.whole if type(input) is BatchArray else input
    if axes:
        whole = np.add.reduce(whole, tuple(axes))
    if factor != 1:
        whole = whole * whole.dtype.type(factor)
    left = tuple([batch for batch in own if batch not in batches])
    return BatchArray(np.asarray(whole), left) if left else np.asarray(whole)


def _enter_kernel(input: Any, *, batch: Batch, dim: int) -> BatchArray:
    """The array as a batch of those along a dim."""
    own: tuple[Batch, ...] = input.batches if type(input) is BatchArray else ()
    whole: Any = input.whole if own else input
    whole = np.moveaxis(whole, shifted(dim, len(own)), len(own))
    batches = (*own, batch)
    if any([each.number > batch.number for each in own]):
        order = sorted(range(len(batches)), key=lambda axis: batches[axis].number)
        whole = whole.transpose(*order, *range(len(batches), whole.ndim))
        batches = tuple([batches[axis] for axis in order])
    return BatchArray(whole, batches)


def _leave_kernel(input: Any, *, batch: Batch, dim: int) -> Any:
    """The examples of a batch along a dim; the same one for each where it is no batch."""
    own: tuple[Batch, ...] = input.batches if type(input) is BatchArray else ()
    whole: Any = input.whole if own else input
    if batch in own:
        axis = own.index(batch)
        if whole.shape[axis] != batch.size:
            shape = list(whole.shape)
            shape[axis] = batch.size
            whole = np.broadcast_to(whole, shape).copy()
    else:
        axis = 0
        whole = np.broadcast_to(whole, (batch.size, *whole.shape)).copy()
    left = tuple([each for each in own if each is not batch])
    whole = np.moveaxis(whole, axis, shifted(dim, len(left)))
    return BatchArray(whole, left) if left else whole


def _spread_kernel(input: Any, *, batches: tuple[Batch, ...]) -> Any:
    """The array as a batch of one example that stands for all."""
    own = batches_of((input,))
    together = tuple(sorted({*own, *batches}, key=lambda batch: batch.number))
    whole = whole_in(input, together, input.ndim)
    if type(input) is not BatchArray:
        whole = input[(None,) * len(together)]
    return BatchArray(whole, together)


_enter_op = Crossing(
    "enter_batch",
    _enter_kernel,
    (lambda g, batch, dim: _leave(g, batch, dim),),
    linear=True,
)
_leave_op = Crossing(
    "leave_batch",
    _leave_kernel,
    (lambda g, batch, dim: _enter_op(g, batch=batch, dim=dim),),
    linear=True,
)
_sum_op = Crossing("sum_of_examples", _sum_kernel, (lambda g: g,), linear=True)
_spread_op = Crossing(
    "same_for_all", _spread_kernel, (lambda g, batches: _summed(g, batches),), linear=True
)


@method
def _enter(self: Tensor, batch: Batch, dim: int = 0) -> Tensor:
    """The tensor as a batch of those along a dim."""
    return _enter_op(self, batch=batch, dim=dim)


@method
def _leave(self: Tensor, batch: Batch, dim: int = 0) -> Tensor:
    """The examples of a batch along a dim."""
    if batch not in batches_of((self._array,)):
        self = _spread_op(self, batches=(batch,))
    return _leave_op(self, batch=batch, dim=dim)


@method
def _summed(self: Tensor, batches: tuple[Batch, ...]) -> Tensor:
    """The sum over all examples of these batches."""
    return _sum_op(self, batches=batches)


@method
def _spread(self: Tensor, batches: tuple[Batch, ...]) -> Tensor:
    """The tensor as a batch whose examples are the same, each with a gradient of its own."""
    missing = tuple([batch for batch in batches if batch not in batches_of((self._array,))])
    return _spread_op(self, batches=missing) if missing else self
