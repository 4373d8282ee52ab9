"""The long way through `Op.record`: what operations do while something special is going on.

Tangents travel forward, anomaly detection notes where each node was made, hooks pack what a node
saves. None of it costs anything while `shared.watched` is 0.
May import: core, tensor, autograd.
"""

from typing import Any

from ..autograd.anomaly import note
from ..autograd.examples import summed_edge
from ..autograd.graph import Output, resolve
from ..autograd.levels import Dual, history
from ..autograd.saved import Packed
from ..core.batch import batches_of
from ..core.state import thread
from ..tensor import Tensor
from .tangents import push, push_list

__all__: list[str] = []


def record(op: Any, inputs: Any, attrs: dict[str, Any], result: Any) -> None:
    """`Op.record` with all that may be going on."""
    edges = [None if t is None else t._edge for t in inputs]
    if any([type(edge) is Dual for edge in edges]):
        given = dict(attrs)
        if thread.grad_enabled is True:
            _record_reverse(op, inputs, _edges(op, inputs, result), attrs, result)
        push(op, inputs, given, result)
        _keep_tangents(result)
    elif thread.grad_enabled is True:
        _record_reverse(op, inputs, _edges(op, inputs, result), attrs, result)


def record_list(op: Any, tensors: list[Tensor], attrs: dict[str, Any], result: Tensor) -> None:
    """The same for an op of a list of tensors, whose node saves their shapes."""
    if thread.grad_enabled is True:
        saved = {**attrs, "shapes": [t._array.shape for t in tensors]}
        op.link(_edges(op, tensors, result), saved, result)
    push_list(op, tensors, attrs, result)


def _edges(op: Any, inputs: Any, result: Any) -> tuple:
    """The edges of the inputs; what is the same for all examples gets a sum of gradients."""
    edges = [None if t is None else history(t._edge) for t in inputs]
    parts = result if type(result) is tuple else (result,)
    batches = batches_of(tuple([part._array for part in parts]))
    if batches and not op.crossing:
        edges = [
            edge if edge is None else summed_edge(t._array, edge, batches)
            for t, edge in zip(inputs, edges, strict=True)
        ]
    return tuple(edges)


def _keep_tangents(result: Any) -> None:
    """A node that saved its own result saves its tangents too."""
    if type(result) is not tuple and type(result._edge) is Dual:
        node = history(result._edge)
        if node is not None and node.plan.result and type(node.saved) is not PackedValues:
            node.constants[-1] = (*node.constants[-1], result._edge)


def _record_reverse(op: Any, inputs: Any, edges: tuple, attrs: dict, result: Any) -> None:
    op.record(inputs, attrs, result, edges)
    parts = result if type(result) is tuple else (result,)
    node = next((resolve(part._edge)[0] for part in parts if part._edge is not None), None)
    if node is None:
        return
    note(node)
    if thread.saved_hooks is not None and node.plan.holds_memory:
        _pack(node, result)


class PackedValues:
    """What a node saved, its tensors as the hooks packed them."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def unpacked(self) -> list[Any]:
        """The values as vjps ask for them."""
        return [_unpacked(value) for value in self.values]


def _unpacked(value: Any) -> Any:
    if type(value) is Packed:
        return value.unpack()
    if type(value) is tuple and value and type(value[0]) is Packed:
        return tuple([part.unpack() for part in value])
    return value


def _pack(node: Any, result: Any) -> None:
    """Hands everything the node saved to the hook; it keeps what the hook returns."""
    values = [None if t is None else Packed(t, t._edge) for t, _ in node.saved]
    values += node.constants
    if node.plan.result:
        if type(result) is tuple:
            values[-1] = tuple(
                [Packed(part, Output(node, index)) for index, part in enumerate(result)]
            )
        else:
            values[-1] = Packed(result, node)
    node.saved = PackedValues(values)
    node.constants = ()
