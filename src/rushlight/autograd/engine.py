"""The backward pass: an iterative walk over the graph, linear in its size.

Each node runs once, after everything that uses its output; saved values are freed as it goes.
Gradients travel as bare arrays, and are tensors only for the hooks and for the nodes that want
them, or all the way when the pass itself is recorded.
May import: core, kernels, tensor, autograd.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..core.state import NOT_RECORDING, shared, thread
from ..kernels.summation import BLOCK, add_up, broadcast_dims
from ..tensor import Tensor, as_tensor, wrap
from .graph import AccumulateGrad, Node, Output, as_arrays, as_tensors, resolve
from .levels import Dual, history
from .ownership import take


class Targets:
    """What `autograd.grad` asks for: gradients to catch on their way instead of accumulating."""

    __slots__ = ("caught", "wanted")

    def __init__(self, edges: Iterable[Any]) -> None:
        self.wanted: dict[Node, list[int]] = {}  # the outputs wanted of each node
        self.caught: dict[tuple[Node, int], Any] = {}
        for edge in edges:
            node, index = resolve(edge)
            if node is not None:
                self.wanted.setdefault(node, []).append(index)

    def catch(self, node: Node, gradient: Any) -> None:
        """Keeps the gradient of the outputs that were asked for."""
        for index in self.wanted.get(node, ()):
            part: Any = gradient if node.outputs is None else gradient[index]
            bare = part is not None and not isinstance(part, Tensor)
            self.caught[node, index] = as_tensor(part) if bare else part


class Pass:
    """One backward pass: what it was asked for, and how far it is."""

    __slots__ = (
        "bare",
        "create_graph",
        "goals",
        "keep_graph",
        "pending",
        "reached",
        "ready",
        "taken",
        "targets",
        "waiting",
        "wanted",
    )

    bare: bool  # gradients travel as arrays
    taken: dict[int, Any]  # memory promised to somebody: a gradient over it is never given away
    reached: set[Any]  # all nodes that the roots lead to
    waiting: dict[Any, int]  # of those that get several gradients, how many are still to come
    pending: dict[Any, Any]  # what has come for them
    ready: list[tuple[Any, Any]]  # nodes whose gradient is complete, with it
    wanted: set[Any] | None  # those that lead on to a goal; None: all

    def follow(self, edges: Any, gradients: Any) -> None:
        """The way of a chain: while a single node is left to run, it has all of its gradient.

        So nothing is counted before. Leaves, which any node may still add to, wait until the end;
        where the chain forks, or somebody is looking on, `walk` takes over.
        """
        held: dict[Any, Any] = {}  # gradients of leaves
        node: Any = None
        while True:
            onward: dict[Any, Any] = {}
            for edge, gradient in zip(edges, gradients):
                if edge is None or gradient is None:
                    continue
                if gradient.dtype is not edge.dtype or gradient.shape != edge.shape:
                    gradient = _fit(gradient, edge.shape, edge.dtype, node, edge)
                leaf = type(edge) is AccumulateGrad and edge.hooks is None
                goes = held if leaf else onward
                goes[edge] = _added(goes[edge], gradient) if edge in goes else gradient
            if len(onward) != 1:
                break
            ((node, gradient),) = onward.items()
            if node.hooks is not None or node.outputs is not None:
                break
            edges = node.edges
            gradients = node.send(gradient, self)
        if onward:
            self.walk([*onward, *held], [*onward.values(), *held.values()])
        else:
            for leaf, gradient in held.items():
                leaf.send(gradient, self)

    def walk(self, edges: Any, gradients: Any) -> None:
        """Hands the gradients over to these edges, and on from there until nothing is left."""
        self.reached, self.waiting = _count_uses(edges)
        if self.goals is not None:
            self.wanted = _needed(self.reached, self.goals)
        plain = self.bare and self.wanted is None
        self.pending = {}
        waiting, ready = self.waiting, []
        self.ready = ready
        node: Any = None
        while True:
            for edge, gradient in zip(edges, gradients):
                if edge is None:
                    continue
                # a tensor's dtype is none of NumPy's: where tensors travel all go through _fit
                if gradient is not None and (
                    gradient.dtype is not edge.dtype or gradient.shape != edge.shape
                ):
                    gradient = _fit(gradient, edge.shape, edge.dtype, node, edge)
                if edge in waiting:
                    self.hand_on(edge, None, gradient)
                else:
                    ready.append((edge, gradient))
            if not ready:
                return
            node, gradient = ready.pop()
            edges = node.edges
            if gradient is None:
                gradients = (None,) * len(edges)
            elif plain and node.hooks is None:
                gradients = node.send(gradient, self)
            else:
                gradients = self._visit(node, gradient)

    def hand_on(self, node: Any, index: int | None, gradient: Any) -> None:
        """Adds a gradient to what has come for (an output of) the node; it may be the last."""
        pending = self.pending
        arrived = pending.get(node)
        if gradient is not None:
            if index is None:
                pending[node] = gradient if arrived is None else _added(arrived, gradient)
            else:
                if arrived is None:
                    arrived = pending[node] = [None] * node.outputs
                part = arrived[index]
                arrived[index] = gradient if part is None else _added(part, gradient)
        left = self.waiting[node] = self.waiting.get(node, 1) - 1
        if not left:
            self.ready.append((node, pending.pop(node, None)))

    def _visit(self, node: Any, gradient: Any) -> Any:
        """The gradients of the node's inputs, with everything that may be going on."""
        outer = thread.run
        thread.run = self
        try:
            return self._results(node, gradient)
        finally:
            thread.run = outer

    def _results(self, node: Any, gradient: Any) -> Any:
        if type(node) is Output:
            return node.send(gradient, self)
        nothing = (None,) * len(node.edges)
        wanted, targets, hooks = self.wanted, self.targets, node.hooks
        if wanted is not None and node not in wanted:
            return nothing
        if hooks is not None:
            gradient = _before_hooks(node, gradient, self)
        if targets is not None:
            targets.catch(node, gradient)
        if type(node) is AccumulateGrad:
            return node.send(gradient, self) if targets is None else nothing
        if targets is not None and not _leads_on(node, wanted):
            return nothing
        if self.bare:
            results = node.send(gradient, self)
        else:
            anomaly = thread.anomaly
            results = node.apply(gradient) if anomaly is None else anomaly.apply(node, gradient)
            if not self.keep_graph:
                node.release()
        return results if hooks is None else _after_hooks(node, results, gradient, self)


def run(
    roots: Sequence[tuple[Any, Tensor]],
    keep_graph: bool = False,
    create_graph: bool = False,
    *,
    targets: Targets | None = None,
    accumulate_only: set[Node] | None = None,
) -> None:
    """Sends the gradients of the roots back through the graph.

    With `targets`, catches gradients there and leaves every `.grad` alone; with
    `accumulate_only`, adds to the `.grad` of those leaves alone.
    """
    this = Pass()
    # arrays are enough unless somebody follows what is done with the gradients
    bare = this.bare = not create_graph and not shared.watched and thread.recorder is None
    this.create_graph = create_graph
    this.keep_graph = keep_graph
    this.targets = targets
    this.taken = {}
    edges = []
    gradients = []
    for edge, root in roots:
        edges.append(edge if bare else history(edge))
        gradients.append(root._array if bare else root)
        take(root._array, this.taken)
    this.goals = targets.wanted if targets else accumulate_only
    this.wanted = None
    before = thread.grad_enabled
    thread.grad_enabled = create_graph or (NOT_RECORDING if shared.watched else False)
    try:
        if bare and this.goals is None:
            this.follow(edges, gradients)
        else:
            this.walk(edges, gradients)
    finally:
        thread.grad_enabled = before


def _added(arrived: Any, gradient: Any) -> Any:
    try:
        return arrived + gradient
    except (RuntimeWarning, FloatingPointError):
        with np.errstate(all="ignore"):
            return arrived + gradient


def _count_uses(edges: Any) -> tuple[set[Any], dict[Any, int]]:
    """The nodes that the edges lead to, and of those that wait for more than one gradient, how
    many those are."""
    reached: set[Any] = set()
    waiting: dict[Any, int] = {}
    rest: list[Any] = []
    while True:
        for edge in edges:
            if edge is None:
                continue
            if edge in reached:
                waiting[edge] = waiting.get(edge, 1) + 1
            else:
                reached.add(edge)
                rest.append(edge)
        if not rest:
            return reached, waiting
        edges = rest.pop().edges


def _needed(reached: set[Node], goals: Any) -> set[Node]:
    """The nodes on a way to a goal."""
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


def _fit(gradient: Any, shape: tuple, dtype: Any, source: Node, edge: Any) -> Any:
    """The gradient summed back over broadcast dims and cast to the dtype it belongs to."""
    if isinstance(gradient, Tensor):
        if gradient._array.shape != shape:
            if broadcast_dims(shape, gradient._array.shape) is None:
                raise _wrong_shape(gradient._array.shape, shape, source, edge)
            gradient = gradient.sum_to_size(shape)
        if gradient._array.dtype != dtype:
            if gradient._array.dtype.kind == "c" and dtype.kind != "c":
                gradient = gradient.real
            gradient = gradient.to(np_dtype=dtype)
        return gradient
    seen = gradient.shape
    if shape and seen[1:] == shape and seen[0] <= BLOCK and gradient.itemsize > 2:
        gradient = np.add.reduce(gradient, 0)  # of a bias: the most common case
    elif shape == (1,) and len(seen) == 1 and gradient.itemsize > 2:
        gradient = np.add.reduce(gradient, keepdims=True)
    elif seen != shape:
        dims = broadcast_dims(shape, seen)
        if dims is None:
            raise _wrong_shape(seen, shape, source, edge)
        total = add_up(gradient, dims, True)
        if total.dtype is not gradient.dtype:  # a sum of halves is one of float32
            total = total.astype(gradient.dtype)
        gradient = total if total.shape == shape else total.reshape(shape)
    if gradient.dtype != dtype:
        if gradient.dtype.kind == "c" and dtype.kind != "c":
            gradient = gradient.real
        with np.errstate(all="ignore"):
            gradient = gradient.astype(dtype)
    return gradient


def _wrong_shape(seen: tuple, shape: tuple, source: Node, edge: Any) -> RuntimeError:
    return RuntimeError(
        f"Function {source.name()} returned an invalid gradient at index "
        f"{source.edges.index(edge)} - got {list(seen)} but expected shape compatible with "
        f"{list(shape)}"
    )


def _before_hooks(node: Node, gradient: Any, this: Pass) -> Any:
    """Runs the hooks on the gradient that has arrived, and keeps it where `retain_grad` asked."""
    hooks = node.hooks
    if this.bare:
        gradient = as_tensors(gradient)
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
            if not isinstance(replaced, tuple):
                raise TypeError(f"expected tuple, but hook returned '{type(replaced).__name__}'")
            parts = list(replaced)
    for part in parts:  # a hook may have kept what it saw
        if part is not None:
            take(part._array, this.taken)
    if this.bare:
        parts = as_arrays(parts)
    return parts if node.outputs is not None else parts[0]


def _after_hooks(node: Node, results: Any, gradient: Any, this: Pass) -> Any:
    """Runs the hooks on what a node returned; a Function's own code counts as such a hook."""
    if this.bare:
        results, gradient = as_tensors(list(results)), as_tensors(gradient)
    outputs = tuple(gradient) if node.outputs is not None else (gradient,)
    for hook in list(node.hooks.after.values()):
        replaced = hook(tuple(results), outputs)
        if replaced is not None:
            results = replaced if isinstance(replaced, tuple) else (replaced,)
        if len(results) != len(node.edges):
            name = getattr(hook, "__name__", repr(hook))
            raise RuntimeError(
                f"hook '{name}' has returned an incorrect number of values (got {len(results)}, "
                f"but expected {len(node.edges)}: one for each input of {node.name()})"
            )
    for result in results:  # the user's code may hold what it returned
        if result is not None:
            take(result._array, this.taken)
    return as_arrays(results) if this.bare else results


def root_gradient(tensor: Tensor, gradient: Tensor | None, what: str, position: int = 0) -> Tensor:
    """The gradient to start from: the given one, or 1 for a tensor of one element."""
    edge = tensor._edge
    if edge is None or (type(edge) is Dual and history(edge) is None):
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
        one = np.array(1, array.dtype)
        return wrap(one.reshape(array.shape) if array.ndim else one)
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
