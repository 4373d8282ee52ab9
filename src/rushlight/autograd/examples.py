"""Gradients of what is the same for all examples of a batch: the sum of those of the examples.

May import: core, tensor, autograd.
"""

from typing import Any

from ..core.batch import Batch, batches_of
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
