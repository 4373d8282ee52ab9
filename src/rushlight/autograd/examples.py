"""Batches in the graph: what is the same for all examples gets the sum of their gradients.

A Function of the user's own may say itself how it computes a whole batch.

May import: core, tensor, autograd.
"""

from typing import Any, NamedTuple

from ..core.batch import Batch, batches_of
from ..core.state import thread
from ..tensor import Tensor
from .graph import Node


class SumOfExamples(Node):
    """Between an input that is the same for all examples and an op whose result is not."""

    __slots__ = ("batches",)

    batches: tuple[Batch, ...]

    def apply(self, gradient: Tensor) -> Any:
        """The sum of the gradients of all examples."""
        return [gradient._summed(self.batches)]


def summed_edge(array: Any, edge: Any, batches: tuple[Batch, ...]) -> Any:
    """The edge of an input with this array, for an op whose result belongs to these batches."""
    own = batches_of((array,))
    missing = tuple([batch for batch in batches if batch not in own])
    if not missing:
        return edge
    node = SumOfExamples()
    node.edges = (edge,)
    node.batches = missing
    node.shape = array.shape
    node.dtype = array.dtype
    return node


class VmapInfo(NamedTuple):
    """What the `vmap` of a Function is told of the batch."""

    batch_size: int
    randomness: str


def innermost_batch(args: tuple) -> Batch | None:
    """The innermost batch that any of the tensors belongs to."""
    found = batches_of([arg._array for arg in args if isinstance(arg, Tensor)])
    return found[-1] if found else None


def apply_to_batch(function: Any, batch: Batch, args: tuple) -> Any:
    """The function of a batch by its own `vmap`, which sees the examples along dim 0."""
    whole: list[Any] = []
    dims: list[int | None] = []
    for arg in args:
        inside = isinstance(arg, Tensor) and batch in batches_of((arg._array,))
        whole.append(arg._leave(batch, 0) if inside else arg)  # type: ignore[attr-defined]
        dims.append(0 if inside else None)
    outside = thread.batches
    thread.batches = tuple([each for each in outside if each is not batch])
    try:
        info = VmapInfo(batch.size, batch.randomness)
        outputs, out_dims = function.vmap(info, tuple(dims), *whole)
    finally:
        thread.batches = outside
    if not isinstance(outputs, tuple):
        return _entered(outputs, batch, out_dims)
    if not isinstance(out_dims, tuple):
        out_dims = (out_dims,) * len(outputs)
    return tuple(
        [_entered(output, batch, dim) for output, dim in zip(outputs, out_dims, strict=True)]
    )


def _entered(output: Any, batch: Batch, dim: int | None) -> Any:
    return output._enter(batch, dim % output.ndim) if dim is not None else output
