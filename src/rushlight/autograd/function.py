"""Function: an operation whose gradient the user writes, a step of the graph like any other.

`apply` runs `forward` without recording and hangs one node on its outputs; the context carries
what `forward` keeps for `backward`.
May import: core, tensor, autograd.
"""

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batch import batches_of
from ..core.state import shared, thread
from ..tensor import Tensor, alias, storage_of, version_of, wrap
from .anomaly import note
from .examples import apply_to_batch, innermost_batch, summed_edge
from .function_forward import push
from .graph import AccumulateGrad, Hooks, Node, Output, check_version
from .levels import history, levels_of
from .saved import Packed

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)


class FunctionCtx:
    """What `forward` leaves for `backward`; any other attribute may be set on it too."""

    def __init__(self) -> None:
        self.needs_input_grad: tuple[bool, ...] = ()
        self._to_save: tuple = ()
        self._saved: list[tuple] | None = []
        self._dirty: tuple = ()
        self._without_gradient: tuple = ()
        self._materialize = True
        self._tensor_inputs: tuple[bool, ...] = ()
        self._node: FunctionNode | None = None
        self._for_forward: tuple = ()
        self._forward = False  # while `jvp` runs

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps inputs, outputs or intermediate values (or None) for `saved_tensors`.

        TypeError, where a gradient will be needed, for anything else: that goes in an attribute,
        `ctx.scale = scale`.
        """
        self._to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keeps values for `jvp`, which finds them in `saved_tensors`."""
        self._for_forward = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Says that `forward` changes these inputs in place; it must return them."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Says that these outputs have no gradient (indices, masks)."""
        self._without_gradient = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """With False, `backward` gets None, not zeros, for an output that nothing used."""
        self._materialize = bool(value)

    @property
    def saved_tensors(self) -> tuple:
        """What `save_for_backward` kept; RuntimeError when freed, or changed in place since."""
        if self._forward:
            return self._for_forward
        if self._saved is None:
            raise RuntimeError(FREED)
        tensors = []
        for tensor, version, output in self._saved:
            if type(tensor) is Packed:
                tensor = tensor.unpack()
            elif tensor is not None:
                assert self._node is not None
                check_version(tensor, version, self._node)
                if output is not None:  # kept without history, or the node would hold itself
                    tensor = alias(tensor)
                    if self._node.differentiable[output]:
                        tensor._edge = self._node.edge_of(output)
            tensors.append(tensor)
        return tuple(tensors)


class FunctionNode(Node):
    """The node of a Function; each Function has a subclass named `<Name>Backward`."""

    __slots__ = ("context", "differentiable")

    function: Any
    context: FunctionCtx
    differentiable: list[bool]

    @property
    def saved_tensors(self) -> tuple:
        """The tensors that `forward` saved."""
        return self.context.saved_tensors

    @property
    def needs_input_grad(self) -> tuple:
        """Which arguments of `apply` need a gradient."""
        return self.context.needs_input_grad

    def edge_of(self, output: int) -> Any:
        """The edge that leads to this node from one of its outputs."""
        return self if self.outputs is None else Output(self, output)

    def apply(self, gradient: Any) -> list:
        """Calls the user's `backward` and checks what comes back."""
        arrived = [gradient] if self.outputs is None else list(gradient)
        if self.context._materialize:
            arrived = [self._or_zeros(part, index) for index, part in enumerate(arrived)]
        results = _backward_of(self.function)(self.context, *arrived)
        if not isinstance(results, tuple):
            results = (results,)
        return self._checked(list(results))

    def _or_zeros(self, gradient: Tensor | None, index: int) -> Tensor | None:
        if gradient is not None:
            return gradient
        shape, dtype = self.output_metadata(index)
        return None if shape is None else wrap(np.zeros(shape, dtype))

    def _checked(self, results: list) -> list:
        count = len(self.edges)
        while len(results) > count and results[-1] is None:
            results.pop()
        if len(results) != count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients "
                f"(expected {count}, got {len(results)}): backward returns one for each argument "
                "of forward after ctx, None for those that have none"
            )
        for position, result in enumerate(results):
            if result is None:
                continue
            if not isinstance(result, Tensor):
                raise RuntimeError(
                    f"expected Variable or None (got {type(result).__name__}) as gradient "
                    f"{position} of {self.name()}"
                )
            if not self.context._tensor_inputs[position]:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position "
                    f"{position + 1}, but the corresponding forward input was not a Variable"
                )
        return results

    def release(self) -> None:
        """Forgets the saved tensors."""
        if self.context._saved:
            self.context._saved = None


class Function:
    """A differentiable operation of your own: write `forward` and `backward`, call `apply`.

    `backward` gets the gradient of each output and returns that of each argument of `forward`
    (None where there is none). `forward(ctx, *args)` may be split into `forward(*args)` and
    `setup_context(ctx, inputs, output)`.

    >>> class Cube(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * 3 * x**2
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> y = Cube.apply(x)
    >>> y.backward()
    >>> y, x.grad
    (tensor(8., grad_fn=<CubeBackward>), tensor(12.))
    """

    _node_type: Any = FunctionNode

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself: "
            f"{type(self).__name__}.apply(...)",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            f"new-style autograd function with static forward method: {type(self).__name__}.apply"
        )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name = f"{cls.__name__}Backward"
        cls._node_type = type(name, (FunctionNode,), {"__slots__": (), "function": cls})

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Computes the outputs; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Saves for `backward` what it needs, where `forward` takes no `ctx`."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Computes the gradients of the arguments; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward  # another name under which it may be written

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Computes the tangents of the outputs; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple, *args: Any) -> Any:
        """Computes a whole batch: returns (outputs, out_dims).

        May be written by the subclass, where `forward` cannot take a batch as it is. `info` has
        `batch_size` and `randomness`; `in_dims` says where each argument has its batch.
        """
        raise NotImplementedError("You must implement the vmap staticmethod to call it")

    generate_vmap_rule = False  # accepted: without `vmap`, `forward` and `backward` run on batches

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Runs the function on the arguments and records it where a tensor needs a gradient."""
        if shared.watched and cls.vmap is not Function.vmap:
            batch = innermost_batch(args)
            if batch is not None:
                return apply_to_batch(cls, batch, args)
        recording = thread.grad_enabled
        context = FunctionCtx()
        edges = tuple([history(a._edge) if isinstance(a, Tensor) else None for a in args])
        context._tensor_inputs = tuple([isinstance(a, Tensor) for a in args])
        context.needs_input_grad = tuple([edge is not None for edge in edges])
        thread.grad_enabled = False
        try:
            if cls.setup_context is Function.setup_context:
                results = cls.forward(context, *args, **kwargs)
            else:
                results = cls.forward(*args, **kwargs)
                cls.setup_context(context, args, results)
        finally:
            thread.grad_enabled = recording
        outputs = list(results) if isinstance(results, tuple) else [results]
        levels = levels_of([a for a in args if isinstance(a, Tensor)]) if thread.levels else ()
        if recording is True and any(context.needs_input_grad):
            outputs = _record(cls._node_type(), context, edges, args, outputs)
        for level in levels:
            push(cls, context, level, args, outputs)
        context._to_save = ()
        return tuple(outputs) if isinstance(results, tuple) else outputs[0]


def _backward_of(function: Any) -> Callable:
    """The user's `backward`, or `vjp`; RuntimeError for both."""
    if function.vjp is Function.vjp:
        return function.backward
    if function.backward is not Function.backward:
        raise RuntimeError(
            "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
            "should only implement one of them."
        )
    return function.vjp


def _among(tensor: Any, tensors: Any) -> bool:
    return any([tensor is other for other in tensors])


def _record(
    node: FunctionNode, context: FunctionCtx, edges: tuple, args: tuple, outputs: list
) -> list:
    """Hangs the node on the outputs and moves what is to be saved into the context."""
    if shared.watched:
        batches = batches_of([t._array for t in outputs if isinstance(t, Tensor)])
        edges = tuple(
            [
                edge and summed_edge(arg._array, edge, batches)
                for edge, arg in zip(edges, args, strict=True)
            ]
        )
    node.edges = edges
    node.context = context
    # Whoever has hooks is taken to hand out memory that somebody else holds, as this code may.
    node.hooks = Hooks()
    context._node = node
    _check_dirty(context, outputs)
    fresh = [_prepared(output, context, args) for output in outputs]
    node.differentiable = [
        isinstance(output, Tensor)
        and output._array.dtype.kind in "fcV"
        and not _among(original, context._without_gradient)
        for output, original in zip(fresh, outputs, strict=True)
    ]
    metadata = [
        (t._array.shape, t._array.dtype) if isinstance(t, Tensor) else (None, None) for t in fresh
    ]
    if len(fresh) == 1:
        node.outputs = None
        node.shape, node.dtype = metadata[0]
    else:
        node.outputs = len(fresh)
        node.metadata = metadata
    context._saved = [_to_keep(saved, outputs, at) for at, saved in enumerate(context._to_save)]
    if shared.watched:
        note(node)
        if thread.saved_hooks is not None:
            context._saved = [_packed(node, kept) for kept in context._saved]
    for index, output in enumerate(fresh):
        if node.differentiable[index]:
            fresh[index] = _with_history(output, outputs[index], node, index, context)
    context._dirty = context._without_gradient = ()
    return fresh


def _check_dirty(context: FunctionCtx, outputs: list) -> None:
    for tensor in context._dirty:
        if not _among(tensor, outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )
        if type(tensor._edge) is AccumulateGrad:
            raise RuntimeError(
                "a leaf Variable that requires grad has been used in an in-place operation."
            )
        storage_of(tensor).version += 1


def _prepared(output: Any, context: FunctionCtx, args: tuple) -> Any:
    """The output as a tensor of its own: an input handed through, and one that must not have a
    history, are aliases."""
    if not isinstance(output, Tensor) or _among(output, context._dirty):
        return output
    handed_through = _among(output, args)
    if handed_through or (output._edge is not None and _among(output, context._without_gradient)):
        other = alias(output)
        if handed_through:
            other._base = output if output._base is None else output._base
        return other
    return output


def _to_keep(tensor: Any, outputs: list, position: int) -> tuple:
    """(tensor, version, which output it is) as `saved_tensors` needs it."""
    if tensor is None:
        return (None, 0, None)
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"save_for_backward can only save variables, but argument {position} is of type "
            f"{type(tensor).__name__}"
        )
    for index, output in enumerate(outputs):
        # an input that is handed through unchanged keeps its own history
        if output is tensor and tensor._edge is None:
            return (alias(tensor), version_of(tensor), index)
    return (tensor, version_of(tensor), None)


def _packed(node: FunctionNode, kept: tuple) -> tuple:
    """A saved tensor as the hook on saved tensors packs it."""
    tensor, version, output = kept
    if tensor is None:
        return kept
    edge = tensor._edge
    if output is not None and node.differentiable[output]:
        edge = node.edge_of(output)
    return (Packed(tensor, edge), version, output)


def _with_history(
    output: Tensor, original: Tensor, node: FunctionNode, index: int, context: FunctionCtx
) -> Tensor:
    if _among(original, context._dirty) and output._base is not None:
        # a view changed in place: its base learns of it as from any other in-place change
        computed = alias(output, output._array.copy())
        computed._storage = None
        computed._edge = node.edge_of(index)
        return output.copy_(computed)
    output._edge = node.edge_of(index)
    return output


class NotTwiceBackward(Node):
    """Stands where a second derivative would begin and says that there is none."""

    __slots__ = ()

    def apply(self, gradient: Any) -> Any:
        """RuntimeError."""
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


def once_differentiable(function: Callable) -> Callable:
    """Decorates a `backward` that is not itself differentiable (it leaves the tensor world).

    It runs without recording; a second derivative through it is a RuntimeError.

    >>> once_differentiable = torch.autograd.once_differentiable
    >>> class Double(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...
    ...     @staticmethod
    ...     @once_differentiable
    ...     def backward(ctx, g):
    ...         return torch.from_numpy(g.numpy() * 2)
    >>> x = torch.ones(2, requires_grad=True)
    >>> Double.apply(x).sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """

    @functools.wraps(function)
    def wrapper(ctx: Any, *gradients: Any) -> Any:
        recording = thread.grad_enabled
        thread.grad_enabled = False
        try:
            results = function(ctx, *gradients)
        finally:
            thread.grad_enabled = recording
        edges = tuple([g._edge for g in gradients if isinstance(g, Tensor)])
        if not recording or not any([edge is not None for edge in edges]):
            return results
        parts = results if isinstance(results, tuple) else (results,)
        barred = tuple([_barred(part, edges) for part in parts])
        return barred if isinstance(results, tuple) else barred[0]

    return wrapper


def _barred(result: Any, edges: tuple) -> Any:
    if not isinstance(result, Tensor) or result._array.dtype.kind not in "fcV":
        return result
    node = NotTwiceBackward()
    node.edges = edges
    node.shape = result._array.shape
    node.dtype = result._array.dtype
    other = alias(result)
    other._edge = node
    return other
