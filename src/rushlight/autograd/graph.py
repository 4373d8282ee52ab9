"""The graph that backward walks: nodes, edges to them, and the hooks that hang on them.

An edge is None (no gradient wanted), a node, or an Output naming one output of a node that has
several; a tensor holds its own edge, a node the edges of its inputs.
May import: core, tensor.
"""

import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.batch import BatchArray
from ..core.state import thread
from ..core.tracing import structure_changed
from ..tensor import Tensor, as_tensor, storage_of, version_of
from .levels import Dual, history
from .ownership import own
from .saved import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks

Gradients = Sequence[Tensor | None]


class Node:
    """A step of the backward pass: turns the gradient of its output into those of its inputs.

    Each op has a subclass of its own, named as PyTorch names it (`AddBackward0`).

    >>> x = torch.ones(2, requires_grad=True)
    >>> node = (x + 1).grad_fn
    >>> node.name(), isinstance(node, torch.autograd.graph.Node)
    ('AddBackward0', True)
    """

    __slots__ = ("__weakref__", "dtype", "edges", "hooks", "metadata", "outputs", "shape")

    edges: tuple
    shape: tuple  # of the output, so that a broadcast gradient can be summed back to it
    dtype: Any
    outputs: int | None  # None: one, a tensor; else how many stand in the list of its gradients
    metadata: list[tuple]  # with several outputs, the (shape, dtype) of each

    def __init__(self) -> None:
        self.edges = ()
        self.outputs = None
        self.hooks = None

    def apply(self, gradient: Any) -> Gradients:
        """The gradients of the inputs, one for each edge, from that of the output."""
        raise TypeError(f"{type(self).__name__} has no backward")

    def send(self, gradient: Any, this: Any) -> Sequence[Any]:
        """`apply` from arrays to arrays, for a pass that nobody records; frees what was saved."""
        results = as_arrays(self.apply(as_tensors(gradient)))
        if not this.keep_graph:
            self.release()
        return results

    def release(self) -> None:
        """Forgets the saved values."""

    def name(self) -> str:
        """The name PyTorch prints."""
        return type(self).__name__

    def shown(self) -> "Node":
        """Itself, in the class under which users know it."""
        return self

    def output_metadata(self, index: int) -> tuple:
        """The shape and the NumPy dtype of an output."""
        if self.outputs is None:
            return self.shape, self.dtype
        return self.metadata[index]

    @property
    def next_functions(self) -> tuple:
        """The nodes of the inputs, each with the number of the output that was used.

        >>> x = torch.ones(2, requires_grad=True)
        >>> [node.name() for node, index in (x * 2).grad_fn.next_functions if node]
        ['torch::autograd::AccumulateGrad']
        """
        return tuple([shown(edge) for edge in self.edges])

    def register_hook(self, hook: Callable) -> "Handle":
        """Calls `hook(input_gradients, output_gradients)` after this step; it may replace them."""
        return Handle(hooks_of(self).after, hook)

    def register_prehook(self, hook: Callable) -> "Handle":
        """Calls `hook(output_gradients)` before this step; it may replace them."""
        return Handle(hooks_of(self).before, hook)

    def __repr__(self) -> str:
        return f"<{type(self.shown()).__name__} object at {id(self):#x}>"


class Output:
    """The edge to one of the outputs of a node that has several: a small node on its own."""

    __slots__ = ("edges", "index", "node")

    hooks = None  # those of an output are among the node's
    outputs = 0  # a gradient that it sends is the node's, not its own

    def __init__(self, node: Node, index: int) -> None:
        self.node = node
        self.edges = (node,)
        self.index = index

    @property
    def shape(self) -> Any:
        """The shape of the output."""
        return self.node.metadata[self.index][0]

    @property
    def dtype(self) -> Any:
        """The NumPy dtype of the output."""
        return self.node.metadata[self.index][1]

    def send(self, gradient: Any, this: Any) -> tuple:
        """Lays the gradient to those of the other outputs, for which the node may still wait."""
        this.hand_on(self.node, self.index, gradient)
        return ()


class AccumulateGrad(Node):
    """Where a gradient ends: adds it to `.grad` of a leaf."""

    __slots__ = ("made_by", "reference")

    edges = ()  # type: ignore[misc]

    def __init__(self, leaf: Tensor) -> None:
        self.reference = weakref.ref(leaf)
        self.made_by = 0  # the number of the transform whose leaf it is; 0: the user's own
        self.outputs = None
        self.hooks = None
        self.shape = leaf._array.shape
        self.dtype = leaf._array.dtype

    def send(self, gradient: Any, this: Any) -> tuple:
        """Adds the gradient to `.grad` of the leaf, or makes it that."""
        leaf = self.reference()
        if leaf is None:
            return ()
        held = leaf._grad
        # it may have a history or a tangent, or be a batch: then nothing is done in place
        followed = not this.bare and (
            this.create_graph or gradient._edge is not None or type(gradient._array) is BatchArray
        )
        if held is None:
            leaf._grad = own(gradient, this, followed)
        elif followed:
            leaf._grad = held + gradient
        else:
            array = gradient if this.bare else gradient._array
            np.add(held._array, array, out=held._array)
            storage_of(held).version += 1
        if self.hooks is not None:
            for hook in list(self.hooks.accumulated.values()):
                hook(leaf)
        return ()

    @property
    def variable(self) -> Tensor | None:
        """The leaf, while it lives."""
        return self.reference()

    def name(self) -> str:
        """The name PyTorch prints."""
        return "torch::autograd::AccumulateGrad"


class Hooks:
    """The hooks of one node; most nodes have none and never make one of these."""

    __slots__ = ("accumulated", "after", "before", "retained", "tensor")

    def __init__(self) -> None:
        self.before: dict[int, Callable] = {}
        self.after: dict[int, Callable] = {}
        self.accumulated: dict[int, Callable] = {}  # called with a leaf whose .grad was updated
        self.tensor: dict[int, dict[int, Callable]] = {}  # by output
        self.retained: dict[int, weakref.ref] = {}  # by output: tensors that keep their .grad


class Handle:
    """What registering a hook returns; `remove()` takes the hook away again."""

    __slots__ = ("_hooks", "id")

    _count = 0

    def __init__(self, hooks: dict[int, Callable], hook: Callable) -> None:
        Handle._count += 1
        self.id = Handle._count
        self._hooks = hooks
        hooks[self.id] = hook
        structure_changed()

    def remove(self) -> None:
        """Takes the hook away."""
        self._hooks.pop(self.id, None)
        structure_changed()

    def __enter__(self) -> "Handle":
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def hooks_of(node: Node) -> Hooks:
    """The node's hooks, made now if it had none."""
    hooks = node.hooks
    if hooks is None:
        hooks = node.hooks = Hooks()
    return hooks


def as_tensors(gradient: Any) -> Any:
    """A gradient in arrays, one or a list with Nones for a node of several outputs, in tensors."""
    if type(gradient) is list:
        return [None if part is None else as_tensor(part) for part in gradient]
    return as_tensor(gradient)


def as_arrays(gradients: Gradients) -> list[Any]:
    """The arrays of tensors, among which may be Nones."""
    return [None if each is None else each._array for each in gradients]


def resolve(edge: Any) -> tuple[Any, int]:
    """The node an edge leads to, and the number of its output."""
    if type(edge) is Output:
        return edge.node, edge.index
    if type(edge) is Dual:
        return resolve(history(edge))
    return edge, 0


def shown(edge: Any) -> tuple[Any, int]:
    """What an edge leads to, as users see it."""
    node, index = resolve(edge)
    return (None if node is None else node.shown()), index


def check_version(tensor: Tensor, saved: int, node: Node) -> None:
    """RuntimeError when a saved value was changed in place since."""
    now = version_of(tensor)
    if now != saved:
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace "
            f"operation: [torch.{tensor.dtype.title}Tensor {list(tensor._array.shape)}], saved for "
            f"{node.name()}, is at version {now}; expected version {saved} instead. "
            "Change a clone of it, or write the change out of place"
        )


# ---- what users find as `torch.autograd.graph`


class GradientEdge(NamedTuple):
    """A place in the graph where a gradient arrives: it can stand for a tensor in `grad`.

    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 2
    >>> edge = torch.autograd.graph.get_gradient_edge(y)
    >>> torch.autograd.grad((y * y).sum(), edge)
    (tensor([4., 4.]),)
    """

    node: Node
    output_nr: int
    ownership_token: Any = None


def edge_of(where: Any) -> Any:
    """The edge of a tensor, or the one that a GradientEdge names."""
    if isinstance(where, Tensor):
        return history(where._edge)
    node = where.node
    return node if node.outputs is None else Output(node, where.output_nr)


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of the tensor arrives; RuntimeError when it requires none.

    >>> x = torch.ones(2, requires_grad=True)
    >>> edge = torch.autograd.graph.get_gradient_edge(x)
    >>> torch.autograd.grad((x * 3).sum(), edge)
    (tensor([3., 3.]),)
    """
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    return GradientEdge(*shown(tensor._edge))


def increment_version(tensor: Any) -> None:
    """Tells autograd that the memory of a tensor, or of each of several, was changed.

    >>> x = torch.ones(2)
    >>> torch.autograd.graph.increment_version(x)
    >>> x._version
    1
    """
    for each in (tensor,) if isinstance(tensor, Tensor) else tensor:
        storage_of(each).version += 1


class _Together:
    """Several hooks, one for each tensor, that act as one; see `register_multi_grad_hook`."""

    def __init__(self, tensors: Sequence[Tensor], function: Callable, mode: str) -> None:
        self.nodes = [resolve(tensor._edge)[0] for tensor in tensors]
        self.function = function
        self.run: Any = None  # the backward pass that is being followed
        self.gradients: list = []
        self.missing = 0
        hook = self.any_hook if mode == "any" else self.all_hook
        self.handles = [
            tensor.register_hook(hook(position)) for position, tensor in enumerate(tensors)
        ]

    def _start(self) -> bool:
        """Whether this is the first gradient of a backward pass."""
        if self.run is thread.run:
            return False
        self.run = thread.run
        reached, wanted = self.run.reached, self.run.wanted
        self.gradients = [None] * len(self.nodes)
        self.missing = sum(
            [node in reached and (wanted is None or node in wanted) for node in self.nodes]
        )
        return True

    def all_hook(self, position: int) -> Callable:
        """A hook that waits for all the others of this pass."""

        def hook(gradient: Tensor) -> None:
            self._start()
            self.gradients[position] = gradient
            self.missing -= 1
            if not self.missing:
                gradients, self.gradients, self.run = self.gradients, [], None
                self.function(gradients)

        return hook

    def any_hook(self, position: int) -> Callable:
        """A hook that is the only one to act in this pass when it is the first."""

        def hook(gradient: Tensor) -> None:
            if self._start():
                self.function(gradient)

        return hook

    def remove(self) -> None:
        """Takes all of them away."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> "_Together":
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable, *, mode: str = "all") -> Any:
    """Calls `fn(gradients)` once in each backward, when all gradients of the tensors are there.

    A tensor that the backward does not reach has None. With `mode="any"`, calls `fn(gradient)`
    with the first of them. `remove()` of what is returned takes the hook away.

    >>> a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    >>> handle = torch.autograd.graph.register_multi_grad_hook((a, b), print)
    >>> (a * b * 2).sum().backward()
    [tensor([2., 2.]), tensor([2., 2.])]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    for position, tensor in enumerate(tensors):
        if tensor._edge is None:
            raise AssertionError(
                f"Expected gradient function to be set: tensor {position} does not require grad"
            )
    return _Together(tensors, fn, mode)


__all__ = [
    "GradientEdge",
    "Node",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]
