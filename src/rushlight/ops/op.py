"""Op: the one definition behind a primitive, and the one point every operation passes.

An op is a NumPy kernel and its vector-Jacobian products. A vjp is a function of the gradient `g`
that names what else it needs, an input, an attribute or the `result`; nothing else is saved.
May import: core, tensor, autograd, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.levels import history
from ..core.dtype import HALVES
from ..core.state import shared, thread
from ..core.tracing import Untraceable, as_array
from ..tensor import Tensor, as_tensor, storage_of, wrap
from . import batching, long_way
from .node import SHARED_WORDS, OpNode, Plan, attach, saved_value

ndarray = np.ndarray
NOT_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
    "inference mode in computation tracked by autograd. To work around this, you can make a clone "
    "to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
    "`torch.inference_mode()`."
)
REGISTRY: dict[str, "Op"] = {}
ALONE = (True,)


class Op:
    """A primitive: `op(*tensors, **attributes)` runs its kernel and records it where needed.

    `kernel(*arrays, *, **attributes)` returns an ndarray, or a tuple of them. `vjp` is a tuple
    with a function for each input (None: not differentiable), or one function that returns the
    gradients of all inputs. A function may ask for `g`, inputs, attributes, `result`,
    `<input>_shape` and, when it is the joint one, `needs` (which inputs need a gradient).
    `backward` is the name PyTorch gives the node, `node` the class it derives from. With `widen`
    the kernel sees float32 in place of float16 and bfloat16. `linear` says that the op, applied to
    the tangent of its one input, is its own derivative; `jvp(tangents, values)` computes the
    tangent in another way than by the vjps. `batch` says how the kernel takes the extra leading
    dims of a batch (ops/batching.py); without it, the kernel is called for each example.
    """

    crossing = False  # whether it is there to change which batches a tensor belongs to
    elementwise = False  # whether each element of the result depends on one element of each input

    __slots__ = (
        "backward",
        "batch",
        "differentiable",
        "inputs",
        "joint",
        "joint_needs",
        "jvp",
        "kernel",
        "linear",
        "name",
        "needs",
        "node",
        "node_class",
        "plans",
        "shapes",
        "vjps",
        "widen",
    )

    def __init__(
        self,
        name: str,
        kernel: Callable,
        vjp: Any = None,
        *,
        backward: str | None = None,
        inputs: tuple[str, ...] | None = None,
        node: type[OpNode] = OpNode,
        widen: bool = False,
        linear: bool = False,
        jvp: Callable | None = None,
        batch: Any = None,
    ) -> None:
        self.name = name
        self.kernel = kernel
        self.widen = widen
        self.linear = linear
        self.jvp = jvp
        self.batch = batch
        if inputs is None:
            inputs = inputs_of(kernel)
        self.inputs = inputs
        self.plans: dict[tuple[bool, ...], Plan] = {}
        self.joint: Any = vjp if callable(vjp) else None
        self.vjps = vjp if isinstance(vjp, tuple) else ()
        self.needs = [needs_of(f) for f in self.vjps]
        self.joint_needs = needs_of(self.joint)
        asked = {name for needs in (*self.needs, self.joint_needs) for name in needs}
        self.shapes = [(i, f"{n}_shape") for i, n in enumerate(inputs) if f"{n}_shape" in asked]
        reserved = {"needs", "result"}.intersection(inputs)
        assert not reserved, f"{name}: {reserved} would hide what vjps ask for under that name"
        self.differentiable = vjp is not None
        self.backward = backward
        self.node = node
        self.node_class: Any = None
        REGISTRY[name] = self
        if type(self) is Op:
            SHARED_WORDS.add(self)

    @property
    def node_type(self) -> Any:
        """The class its nodes show, named as PyTorch names it; None when it has no gradient."""
        if self.node_class is None and self.differentiable:
            words = [part.title() for part in self.name.split("_")]
            title = self.backward or "".join(words) + "Backward0"
            asked = {name for needs in (*self.needs, self.joint_needs) for name in needs}
            saved = {f"_saved_{name}": saved_value(name) for name in asked}
            if self.inputs and self.inputs[0] in asked:
                saved["_saved_self"] = saved[f"_saved_{self.inputs[0]}"]
            self.node_class = type(title, (self.node,), {"__slots__": (), **saved})
        return self.node_class

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.inputs)})>"

    def __call__(self, *inputs: Any, **attrs: Any) -> Any:
        arrays: list[Any] = []
        for given in inputs:
            if given is None:
                arrays.append(None)
            elif isinstance(given, Tensor):
                arrays.append(given._array)
            else:
                return self._on_arrays(inputs, attrs)
        if shared.watched and batching.concerns(arrays, attrs):
            return self._batched(inputs, arrays, attrs)
        if self.widen and arrays[0].itemsize == 2 and arrays[0].dtype in HALVES:
            return self._widened(inputs, arrays, attrs)
        try:
            out = self.kernel(*arrays, **attrs)
        except STOPPED as reason:
            out = again(reason, self.kernel, *arrays, **attrs)
        if type(out) is ndarray:
            result: Any = wrap(out)
        else:
            result = tuple([as_tensor(o) for o in out]) if type(out) is tuple else as_tensor(out)
        if self.differentiable and thread.grad_enabled:
            self.record(inputs, attrs, result)
        return result

    def _on_arrays(self, inputs: Any, attrs: dict[str, Any]) -> Any:
        """What the kernel gives, for a vjp that works on arrays; for users TypeError."""
        if thread.grad_enabled:
            stranger = next(x for x in inputs if x is not None and not isinstance(x, Tensor))
            raise TypeError(f"{self.name}(): expected Tensor, but got {type(stranger).__name__}")
        return self.kernel(*[x if x is None else as_array(x) for x in inputs], **attrs)

    def _batched(self, inputs: Any, arrays: list, attrs: dict[str, Any]) -> Any:
        out = batching.compute(self, arrays, attrs)
        result = tuple([wrap(part) for part in out]) if type(out) is tuple else wrap(out)
        if self.differentiable and thread.grad_enabled:
            self.record(inputs, attrs, result)
        return result

    def compute(self, arrays: list, *, attrs: dict[str, Any]) -> Any:
        """What the kernel gives for these arrays, and nothing else."""
        half = None
        if self.widen and arrays[0].itemsize == 2 and arrays[0].dtype in HALVES:
            half = arrays[0].dtype
            arrays = [
                a.astype(np.float32) if a is not None and a.dtype in HALVES else a for a in arrays
            ]
        with np.errstate(all="ignore"):
            out = self.kernel(*arrays, **attrs)
        return out if half is None else np.asarray(out).astype(half)

    def _widened(self, inputs: Any, arrays: list, attrs: dict[str, Any]) -> Tensor:
        wide = [a.astype(np.float32) if a is not None and a.dtype in HALVES else a for a in arrays]
        with np.errstate(all="ignore"):
            out = self.kernel(*wide, **attrs)
        result = as_tensor(as_array(out).astype(arrays[0].dtype))
        if self.differentiable and thread.grad_enabled:
            self.record(inputs, attrs, result)
        return result

    def record(
        self, inputs: Any, attrs: dict[str, Any], result: Any, edges: tuple | None = None
    ) -> None:
        """Gives the result its history, if an input has one.

        The edges are those of the inputs, unless given.
        """
        if edges is not None:
            mask = tuple([edge is not None for edge in edges])
        elif shared.watched:
            long_way.record(self, inputs, attrs, result)
            return
        elif len(inputs) == 1:
            edges = (inputs[0]._edge,)
            if edges[0] is None:
                return
            mask = ALONE
        elif len(inputs) == 2:
            first, second = inputs
            edges = (first._edge, None if second is None else second._edge)
            mask = (edges[0] is not None, edges[1] is not None)
        else:
            edges = tuple([None if t is None else t._edge for t in inputs])
            mask = tuple([edge is not None for edge in edges])
        plan = self.plans.get(mask)
        if plan is None:
            if True not in mask:
                return
            plan = self.plans[mask] = Plan(self, mask, type(result) is tuple)
        node = new_node(OpNode)
        node.edges = edges
        node.plan = plan
        if plan.saves:
            node.saved = saved = []
            try:
                for position in plan.inputs:
                    tensor = inputs[position]
                    storage = None if tensor is None else tensor._storage
                    saved.append((tensor, 0 if storage is None else storage.version))
            except RuntimeError:  # a tensor made in inference mode has no version
                raise RuntimeError(NOT_SAVED) from None
            node.constants = constants = []
            for position in plan.shapes:
                tensor = inputs[position]
                constants.append(None if tensor is None else tensor._array.shape)
            for name in plan.attributes:
                constants.append(attrs[name] if name != "needs" else mask)
            if plan.result:
                # its memory alone: a node that held its own output would never be freed
                several = type(result) is tuple
                constants.append([_memory(t) for t in result] if several else _memory(result))
        if type(result) is tuple:
            attach(node, result)
            return
        array = result._array
        node.hooks = node.outputs = None
        node.shape = array.shape
        node.dtype = array.dtype
        result._edge = node

    def link(self, edges: tuple, saved: dict[str, Any], result: Any) -> None:
        """Makes a node of this op, which saves just these values, the history of the result.

        The edges lead to nodes; tangents are the caller's to look after.
        """
        if shared.watched:
            edges = tuple([history(edge) for edge in edges])
        mask = tuple([edge is not None for edge in edges])
        if True not in mask:
            return
        node = new_node(OpNode)
        node.edges = edges
        plan = node.plan = self.plans.get(mask) or self.plans.setdefault(mask, Plan(self, mask))
        node.saved = ()
        node.constants = [saved[name] for name in plan.attributes]
        attach(node, result)
        if shared.watched:
            long_way.note(node)

    def variadic(self, tensors: Any, **attrs: Any) -> Any:
        """Runs an op whose kernel takes any number of arrays as one list (cat, stack)."""
        arrays = [t._array for t in tensors]
        if shared.watched and batching.concerns(arrays, {}):
            result = wrap(batching.joined(self, arrays, attrs))
        else:
            result = wrap(self.kernel(arrays, **attrs))
        if thread.grad_enabled and any([t._edge is not None for t in tensors]):
            if shared.watched:
                long_way.record_list(self, tensors, attrs, result)
                return result
            attrs["shapes"] = [t._array.shape for t in tensors]
            self.link(tuple([t._edge for t in tensors]), attrs, result)
        return result


def _memory(tensor: Tensor) -> tuple:
    storage = storage_of(tensor)
    return tensor._array, storage, storage.version


# What stops a kernel that is to run on. PyTorch has no floating-point warnings, which a user may
# have made errors; and there is an end to what compile can follow.
STOPPED = (RuntimeWarning, FloatingPointError, Untraceable)


def again(reason: Exception, kernel: Callable, /, *arrays: Any, **attrs: Any) -> Any:
    """The kernel once more: without warnings, or as a call back out of a compiled program."""
    if isinstance(reason, Untraceable):
        return thread.recorder.call(kernel, arrays, attrs)
    with np.errstate(all="ignore"):
        return kernel(*arrays, **attrs)


def inputs_of(kernel: Callable) -> tuple[str, ...]:
    """The names of the arrays that a kernel takes."""
    code = kernel.__code__
    return code.co_varnames[: code.co_argcount]


def needs_of(vjp: Callable | None) -> tuple[str, ...]:
    """What a vjp asks for after the gradient, read from its own signature."""
    if vjp is None:
        return ()
    code = vjp.__code__
    return code.co_varnames[1 : code.co_argcount]


new_node: Callable[[Any], Any] = object.__new__
