"""The backward pass: an iterative walk over the graph, linear in its size.

Each node runs once, after everything that uses its output; saved values are freed as it goes.
May import: core, kernels, tensor, autograd.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..core.state import thread
from ..kernels.summation import BLOCK, add_up, broadcast_dims
from ..tensor import Tensor, storage_of, wrap
from .graph import AccumulateGrad, Node, Output, resolve
from .levels import history


class Targets:
    """What `autograd.grad` asks for: gradients to catch on their way instead of accumulating."""

    __slots__ = ("caught", "wanted")

    def __init__(self, edges: Iterable[Any]) -> None:
        self.wanted: dict[Node, list[int]] = {}  # the outputs wanted of each node
        self.caught: dict[tuple[Node, int], Tensor] = {}
        for edge in edges:
            node, index = resolve(edge)
            if node is not None:
                self.wanted.setdefault(node, []).append(index)

    def catch(self, node: Node, gradient: Any) -> None:
        """Keeps the gradient of the outputs that were asked for."""
        for index in self.wanted.get(node, ()):
            part = gradient if node.outputs is None else gradient[index]
            self.caught[node, index] = part


def run(
    roots: Sequence[tuple[Any, Tensor]],
    *,
    keep_graph: bool = False,
    create_graph: bool = False,
    targets: Targets | None = None,
    accumulate_only: set[Node] | None = None,
) -> None:
    """Sends the gradients of the roots back through the graph.

    With `targets`, catches gradients there and leaves every `.grad` alone; with
    `accumulate_only`, adds to the `.grad` of those leaves alone.
    """
    starts = [(*resolve(edge), gradient) for edge, gradient in roots]
    # memory already promised to somebody: a gradient over it must be copied, never given away
    taken = {id(owner): owner for owner in [_owner(gradient) for _, _, gradient in starts]}
    waiting = _count_uses([node for node, _, _ in starts])
    wanted = _needed(waiting, targets.wanted if targets else accumulate_only)
    pending: dict[Node, Any] = {}
    ready: list[tuple[Node, Any]] = []  # nodes whose gradient is complete, with it
    for node, index, gradient in starts:
        _hand_on(node, index, gradient, pending, waiting, ready)
    before, outer_run = thread.grad_enabled, thread.run
    thread.grad_enabled = create_graph or thread.not_recording
    thread.run = (waiting, wanted)
    anomaly = thread.anomaly
    try:
        while ready:
            node, gradient = ready.pop()
            results: Any = None
            if gradient is not None and (wanted is None or node in wanted):
                hooks = node.hooks
                if hooks is not None:
                    gradient = _before_hooks(node, gradient, taken)
                if targets is not None:
                    targets.catch(node, gradient)
                if type(node) is AccumulateGrad:
                    if targets is None:
                        _accumulate(node, gradient, create_graph, taken)
                    continue
                if targets is None or _leads_on(node, wanted):
                    results = (
                        node.apply(gradient) if anomaly is None else anomaly.apply(node, gradient)
                    )
                    if hooks is not None:
                        results = _after_hooks(node, results, gradient, taken)
                    if not keep_graph:
                        node.release()
            edges = node.edges
            if results is None:
                results = (None,) * len(edges)
            elif len(results) != len(edges):
                raise _wrong_count(node, results)
            for edge, gradient in zip(edges, results):
                if edge is None:
                    continue
                if type(edge) is Output:
                    if gradient is not None:
                        shape, dtype = edge.node.output_metadata(edge.index)
                        gradient = _fit(gradient, shape, dtype, node, edge)
                    _hand_on(edge.node, edge.index, gradient, pending, waiting, ready)
                    continue
                if gradient is not None:
                    array = gradient._array
                    if array.shape != edge.shape or array.dtype is not edge.dtype:
                        gradient = _fit(gradient, edge.shape, edge.dtype, node, edge)
                if waiting[edge] == 1 and edge not in pending:
                    ready.append((edge, gradient))
                else:
                    _hand_on(edge, 0, gradient, pending, waiting, ready)
    finally:
        thread.grad_enabled = before
        thread.run = outer_run


def _hand_on(
    node: Node, index: int, gradient: Any, pending: dict, waiting: dict, ready: list
) -> None:
    """Adds a gradient to what has arrived for an output of the node; it may be the last."""
    arrived = pending.get(node)
    if gradient is not None:
        if node.outputs is None:
            pending[node] = gradient if arrived is None else arrived + gradient
        else:
            if arrived is None:
                arrived = pending[node] = [None] * node.outputs
            part = arrived[index]
            arrived[index] = gradient if part is None else part + gradient
    left = waiting[node] = waiting[node] - 1
    if not left:
        ready.append((node, pending.pop(node, None)))


def _wrong_count(node: Node, results: Any) -> RuntimeError:
    return RuntimeError(
        f"function {type(node).__name__} returned an incorrect number of gradients "
        f"(expected {len(node.edges)}, got {len(results)})"
    )


def _count_uses(starts: list[Node]) -> dict[Node, int]:
    """How many gradients each node that can be reached waits for, its own as a start included."""
    uses: dict[Node, int] = {}
    for node in starts:
        uses[node] = uses.get(node, 0) + 1
    stack = list(uses)
    while stack:
        for edge in stack.pop().edges:
            if edge is None:
                continue
            if type(edge) is Output:
                edge = edge.node
            count = uses.get(edge)
            if count is None:
                uses[edge] = 1
                stack.append(edge)
            else:
                uses[edge] = count + 1
    return uses


def _needed(reached: dict[Node, int], goals: Any) -> set[Node] | None:
    """The nodes on a way to a goal; None, for all of them, when there are no goals."""
    if goals is None:
        return None
    users: dict[Node, list[Node]] = {}
    for node in reached:
        for edge in node.edges:
            target, _ = resolve(edge)
            if target is not None:
                users.setdefault(target, []).append(node)
    needed = set()
    stack = [node for node in goals if node in reached]
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            stack.extend(users.get(node, ()))
    return needed


def _leads_on(node: Node, wanted: set[Node] | None) -> bool:
    return wanted is None or any(resolve(edge)[0] in wanted for edge in node.edges)


def _fit(gradient: Tensor, shape: tuple, dtype: Any, source: Node, edge: Any) -> Tensor:
    """The gradient summed back over broadcast dims and cast to the dtype it belongs to."""
    seen = gradient._array.shape
    wide = gradient._array.itemsize > 2
    if shape and seen[1:] == shape and seen[0] <= BLOCK and not thread.grad_enabled and wide:
        gradient = wrap(np.add.reduce(gradient._array, 0))  # of a bias: the most common case
    elif seen != shape:
        dims = broadcast_dims(shape, seen)
        if dims is None:
            position = source.edges.index(edge)
            raise RuntimeError(
                f"Function {type(source).__name__} returned an invalid gradient at index "
                f"{position} - got {list(seen)} but expected shape compatible with {list(shape)}"
            )
        if thread.grad_enabled:
            gradient = gradient.sum_to_size(shape)
        else:
            array = gradient._array
            total = add_up(array, dims, True).reshape(shape)
            gradient = wrap(total if total.dtype == array.dtype else total.astype(array.dtype))
    if gradient._array.dtype != dtype:
        if gradient._array.dtype.kind == "c" and dtype.kind != "c":
            gradient = gradient.real
        gradient = gradient.to(np_dtype=dtype)
    return gradient


def _owner(gradient: Tensor) -> np.ndarray:
    array = gradient._array
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _accumulate(node: AccumulateGrad, gradient: Tensor, create_graph: bool, taken: dict) -> None:
    leaf = node.reference()
    if leaf is None:
        return
    held = leaf._grad
    create_graph = create_graph or gradient._edge is not None  # a gradient may have a tangent
    if held is not None:
        if create_graph:
            leaf._grad = held + gradient
        else:
            np.add(held._array, gradient._array, out=held._array)
            storage_of(held).version += 1
    elif create_graph:
        owner = _owner(gradient)
        leaf._grad = gradient.clone() if id(owner) in taken else gradient
        taken[id(owner)] = owner
    else:
        # A fresh, gapless array becomes .grad itself. Anything else (an expanded view, memory
        # that another .grad or the caller already holds) is copied: .grad is changed in place.
        array = gradient._array
        owner = _owner(gradient)
        if id(owner) in taken or owner.nbytes != array.nbytes or not array.flags.c_contiguous:
            array = array.copy()
        taken[id(owner)] = owner
        leaf._grad = wrap(array)
    hooks = node.hooks
    if hooks is not None:
        for hook in list(hooks.accumulated.values()):
            hook(leaf)


def _before_hooks(node: Node, gradient: Any, taken: dict) -> Any:
    """Runs the hooks on the gradient that has arrived, and keeps it where `retain_grad` asked."""
    hooks = node.hooks
    parts = list(gradient) if node.outputs is not None else [gradient]
    for index, registered in hooks.tensor.items():
        for hook in list(registered.values()):
            if parts[index] is not None:
                replaced = hook(parts[index])
                if replaced is not None:
                    parts[index] = replaced
    for index, reference in hooks.retained.items():
        tensor = reference()
        if tensor is not None and parts[index] is not None:
            tensor._grad = parts[index] if tensor._grad is None else tensor._grad + parts[index]
    for hook in list(hooks.before.values()):
        replaced = hook(tuple(parts))
        if replaced is not None:
            parts = list(replaced) if isinstance(replaced, tuple) else [replaced]
    for part in parts:  # a hook may have kept what it saw
        if part is not None:
            taken[id(_owner(part))] = _owner(part)
    return parts if node.outputs is not None else parts[0]


def _after_hooks(node: Node, results: Any, gradient: Any, taken: dict) -> Any:
    """Runs the hooks on what a node returned; a Function's own code counts as such a hook."""
    outputs = tuple(gradient) if node.outputs is not None else (gradient,)
    for hook in list(node.hooks.after.values()):
        replaced = hook(tuple(results), outputs)
        if replaced is not None:
            results = replaced if isinstance(replaced, tuple) else (replaced,)
    for result in results:  # the user's code may hold what it returned
        if result is not None:
            taken[id(_owner(result))] = _owner(result)
    return results


def root_gradient(tensor: Tensor, gradient: Tensor | None, what: str, position: int = 0) -> Tensor:
    """The gradient to start from: the given one, or 1 for a tensor of one element."""
    if history(tensor._edge) is None:
        raise RuntimeError(
            f"element {position} of tensors does not require grad and does not have a grad_fn: "
            f"{what} needs a result of tensors with requires_grad=True, made with grad enabled"
        )
    array = tensor._array
    if gradient is None:
        if array.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs: this one has shape "
                f"{list(array.shape)}; reduce it (.sum(), .mean()) or pass gradient="
            )
        if array.dtype.kind not in "fV":
            raise RuntimeError(
                "grad can be implicitly created only for real scalar outputs but got "
                f"{tensor.dtype}: pass gradient="
            )
        return wrap(np.ones(array.shape, array.dtype) if array.ndim else np.array(1, array.dtype))
    if not isinstance(gradient, Tensor):
        raise TypeError(
            "gradients can be either Tensors, Python scalars, or None, but got "
            f"{type(gradient).__name__}"
        )
    if gradient._array.shape != array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{position}] has a shape of torch.Size("
            f"{list(gradient._array.shape)}) and output[{position}] has a shape of "
            f"torch.Size({list(array.shape)})."
        )
    return gradient
