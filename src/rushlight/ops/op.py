"""Op: the one definition behind a primitive, and the one point every operation passes.

An op is a NumPy kernel and its vector-Jacobian products. A vjp is a function of the gradient `g`
that names what else it needs, an input, an attribute or the `result`; nothing else is saved.
May import: core, tensor, autograd.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.graph import Node, Output, check_version
from ..autograd.levels import history
from ..core.dtype import HALVES
from ..core.state import shared, thread
from ..core.tracing import Untraceable, as_array
from ..tensor import Tensor, storage_of, wrap
from . import long_way

ndarray = np.ndarray
NOT_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
    "inference mode in computation tracked by autograd. To work around this, you can make a clone "
    "to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
    "`torch.inference_mode()`."
)
REGISTRY: dict[str, "Op"] = {}


class Plan:
    """What a node saves, and whom it calls with it, for one choice of inputs that need grad."""

    __slots__ = ("calls", "free", "inputs", "needs", "result", "saves", "shapes")

    def __init__(self, op: "Op", mask: tuple[bool, ...]) -> None:
        if op.joint is not None:
            names = set(op.joint_needs)
            self.calls = None
        else:
            self.calls = [
                (position, vjp, needs)
                for position, (vjp, needs) in enumerate(zip(op.vjps, op.needs, strict=True))
                if position < len(mask) and mask[position] and vjp is not None
            ]
            names = {name for _, _, needs in self.calls for name in needs}
        # nothing is asked for: neither saved values nor attributes
        self.free = self.calls is not None and not names
        self.inputs = tuple([(i, name) for i, name in enumerate(op.inputs) if name in names])
        self.shapes = tuple([(i, n) for i, n in op.shapes if n in names])
        self.result = "result" in names
        self.saves = self.result or bool(self.inputs)
        self.needs = mask if "needs" in names else None


class OpNode(Node):
    """A node of a primitive; each op makes a subclass of its own, named as PyTorch names it."""

    __slots__ = ("plan", "saved", "versions")

    op: "Op"
    saved: dict[str, Any] | None  # what vjps ask for, by name; None when freed, or packed
    # of the saved inputs, in the order of the plan, then of the result; what is packed; or None
    versions: Any

    def apply(self, gradient: Any) -> Any:
        """The gradients of the inputs."""
        plan = self.plan
        results: list[Tensor | None] = [None] * len(self.edges)
        if plan.free:
            for position, vjp, _ in plan.calls:
                results[position] = vjp(gradient)
            return results
        values = self.unpack()
        if plan.calls is None:
            op = self.op
            return op.joint(gradient, *[values[name] for name in op.joint_needs])
        for position, vjp, needs in plan.calls:
            results[position] = vjp(gradient, *[values[name] for name in needs])
        return results

    def unpack(self) -> dict[str, Any]:
        """The attributes and the saved values by name; RuntimeError when freed or changed."""
        saved = self.saved
        if saved is None:
            if self.versions is not None:
                return self.versions.unpacked()
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved "
                "tensors after they have already been freed). Saved intermediate values of the "
                "graph are freed when you call .backward() or autograd.grad(). Specify "
                "retain_graph=True if you need to backward through the graph a second time or if "
                "you need to access saved tensors after calling backward."
            )
        plan = self.plan
        for (_, name), version in zip(plan.inputs, self.versions):
            tensor = saved[name]
            if tensor is not None:
                storage = tensor._storage
                if version != (0 if storage is None else storage.version):
                    check_version(tensor, version, self)
        if plan.result:
            return {**saved, "result": self._own_result(saved["result"])}
        return saved

    def _own_result(self, memory: Any) -> Any:
        """The saved output with this node as its history again, which it could not hold itself."""
        if self.outputs is None:
            array, storage, *dual = memory
            tensor = self._with_history(array, storage, dual[0] if dual else self)
            check_version(tensor, self.versions[-1], self)
            return tensor
        return tuple(
            [
                self._with_history(array, storage, Output(self, index))
                for index, (array, storage) in enumerate(memory)
            ]
        )

    def _with_history(self, array: ndarray, storage: Any, edge: Any) -> Tensor:
        tensor = wrap(array)
        tensor._storage = storage
        if array.dtype.kind in "fcV":
            tensor._edge = edge
        return tensor

    def __getattr__(self, name: str) -> Any:
        """`_saved_self`, `_saved_result` and so on: the saved values under their names."""
        if name.startswith("_saved_"):
            wanted = name.removeprefix("_saved_")
            wanted = self.op.inputs[0] if wanted == "self" else wanted
            values = {} if self.plan.free else self.unpack()
            if wanted in values:
                return values[wanted]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def release(self) -> None:
        """Forgets the saved values; a later backward through them is an error."""
        if self.plan.saves:  # shapes and attributes hold no memory
            self.saved = self.versions = None


class Op:
    """A primitive: `op(*tensors, **attributes)` runs its kernel and records it where needed.

    `kernel(*arrays, *, **attributes)` returns an ndarray, or a tuple of them. `vjp` is a tuple
    with a function for each input (None: not differentiable), or one function that returns the
    gradients of all inputs. A function may ask for `g`, inputs, attributes, `result`,
    `<input>_shape` and, when it is the joint one, `needs` (which inputs need a gradient).
    `backward` is the name PyTorch gives the node, `node` the class it derives from. With `widen`
    the kernel sees float32 in place of float16 and bfloat16. `linear` says that the op, applied to
    the tangent of its one input, is its own derivative; `jvp(tangents, values)` computes the
    tangent in another way than by the vjps.
    """

    elementwise = False  # whether each element of the result depends on one element of each input

    __slots__ = (
        "inputs",
        "joint",
        "joint_needs",
        "jvp",
        "kernel",
        "linear",
        "name",
        "needs",
        "node_type",
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
    ) -> None:
        self.name = name
        self.kernel = kernel
        self.widen = widen
        self.linear = linear
        self.jvp = jvp
        if inputs is None:
            code = kernel.__code__
            inputs = code.co_varnames[: code.co_argcount]
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
        self.node_type: Any = None
        if vjp is not None:
            title = backward or "".join(part.title() for part in name.split("_")) + "Backward0"
            self.node_type = type(title, (node,), {"__slots__": (), "op": self})
        REGISTRY[name] = self

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.inputs)})>"

    def __call__(self, *inputs: Tensor | None, **attrs: Any) -> Any:
        arrays: list[Any] = [None if t is None else t._array for t in inputs]
        if self.widen and arrays[0].itemsize == 2 and arrays[0].dtype in HALVES:
            return self._widened(inputs, arrays, attrs)
        try:
            out = self.kernel(*arrays, **attrs)
        except (RuntimeWarning, FloatingPointError):
            # PyTorch has no floating-point warnings; where the user made them errors, run again
            with np.errstate(all="ignore"):
                out = self.kernel(*arrays, **attrs)
        except Untraceable:
            out = thread.recorder.call(self.kernel, arrays, attrs)
        result = tuple([as_tensor(o) for o in out]) if type(out) is tuple else as_tensor(out)
        if self.node_type is not None and thread.grad_enabled:
            self.record(inputs, attrs, result)
        return result

    def _widened(self, inputs: Any, arrays: list, attrs: dict[str, Any]) -> Tensor:
        wide = [a.astype(np.float32) if a is not None and a.dtype in HALVES else a for a in arrays]
        with np.errstate(all="ignore"):
            out = self.kernel(*wide, **attrs)
        result = as_tensor(as_array(out).astype(arrays[0].dtype))
        if self.node_type is not None and thread.grad_enabled:
            self.record(inputs, attrs, result)
        return result

    def record(
        self, inputs: Any, attrs: dict[str, Any], result: Any, edges: tuple | None = None
    ) -> None:
        """Gives the result its history, if an input has one; `attrs` becomes the node's own.

        The edges are those of the inputs, unless given.
        """
        if edges is not None:
            mask = tuple([edge is not None for edge in edges])
        elif shared.watched:
            long_way.record(self, inputs, attrs, result)
            return
        elif len(inputs) == 1:
            edges = (inputs[0]._edge,)
            mask = (edges[0] is not None,)
        elif len(inputs) == 2:
            first, second = inputs
            edges = (first._edge, None if second is None else second._edge)
            mask = (edges[0] is not None, edges[1] is not None)
        else:
            edges = tuple([None if t is None else t._edge for t in inputs])
            mask = tuple([edge is not None for edge in edges])
        if True not in mask:
            return
        plan = self.plans.get(mask)
        if plan is None:
            plan = self.plans[mask] = Plan(self, mask)
        node = new_node(self.node_type)
        node.edges = edges
        node.plan = plan
        if plan.free:
            attach(node, result)
            return
        versions = []
        try:
            for position, name in plan.inputs:
                tensor = attrs[name] = inputs[position]
                storage = None if tensor is None else tensor._storage
                versions.append(0 if storage is None else storage.version)
        except RuntimeError:  # a tensor made in inference mode has no version
            raise RuntimeError(NOT_SAVED) from None
        for position, name in plan.shapes:
            tensor = inputs[position]
            attrs[name] = None if tensor is None else tensor._array.shape
        if plan.needs is not None:
            attrs["needs"] = plan.needs
        attach(node, result)
        if plan.result:
            # its memory alone: a node that held its own output would never be freed
            if type(result) is tuple:
                attrs["result"] = [(part._array, storage_of(part)) for part in result]
            else:
                storage = storage_of(result)
                attrs["result"] = (result._array, storage)
                versions.append(storage.version)
        node.saved = attrs
        node.versions = versions

    def link(self, edges: tuple, saved: dict[str, Any], result: Any) -> None:
        """Makes a node of this op, which saves just these values, the history of the result.

        The edges lead to nodes; tangents are the caller's to look after.
        """
        if shared.watched:
            edges = tuple([history(edge) for edge in edges])
        mask = tuple([edge is not None for edge in edges])
        if True not in mask:
            return
        node = new_node(self.node_type)
        node.edges = edges
        node.plan = self.plans.get(mask) or self.plans.setdefault(mask, Plan(self, mask))
        node.saved = saved
        node.versions = ()
        attach(node, result)
        if shared.watched:
            long_way.note(node)

    def variadic(self, tensors: Any, **attrs: Any) -> Any:
        """Runs an op whose kernel takes any number of arrays as one list (cat, stack)."""
        result = wrap(self.kernel([t._array for t in tensors], **attrs))
        if thread.grad_enabled and any([t._edge is not None for t in tensors]):
            if shared.watched:
                long_way.record_list(self, tensors, attrs, result)
                return result
            attrs["shapes"] = [t._array.shape for t in tensors]
            self.link(tuple([t._edge for t in tensors]), attrs, result)
        return result


def needs_of(vjp: Callable | None) -> tuple[str, ...]:
    """What a vjp asks for after the gradient, read from its own signature."""
    if vjp is None:
        return ()
    code = vjp.__code__
    return code.co_varnames[1 : code.co_argcount]


new_node: Callable[[Any], Any] = object.__new__


def as_tensor(array: Any) -> Tensor:
    """The tensor over what a kernel returned; NumPy hands out scalars for 0-d results."""
    return wrap(array if type(array) is ndarray else as_array(array))


def attach(node: Any, result: Any) -> None:
    """Makes the node the history of the result, or of each differentiable part of it."""
    node.hooks = None
    if type(result) is tuple:
        node.outputs = len(result)
        node.metadata = [(t._array.shape, t._array.dtype) for t in result]
        for index, tensor in enumerate(result):
            if tensor._array.dtype.kind in "fcV":
                tensor._edge = Output(node, index)
        return
    array = result._array
    node.outputs = None
    node.shape = array.shape
    node.dtype = array.dtype
    result._edge = node
