"""Op: the one definition behind a primitive, and the one point every operation passes.

An op is a NumPy kernel and its vector-Jacobian products. A vjp is a function of the gradient `g`
that names what else it needs, an input, an attribute or the `result`; nothing else is saved.
May import: core, tensor, autograd.
"""

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ..autograd.graph import Node, Output, check_version
from ..autograd.levels import history
from ..core.dtype import HALVES
from ..core.state import shared, thread
from ..core.tracing import Untraceable, as_array
from ..tensor import Tensor, as_tensor, storage_of, wrap
from . import batching, long_way

ndarray = np.ndarray
NOT_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
    "inference mode in computation tracked by autograd. To work around this, you can make a clone "
    "to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
    "`torch.inference_mode()`."
)
REGISTRY: dict[str, "Op"] = {}
FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)


class Plan:
    """What a node saves, and whom it calls with it, for one choice of inputs that need grad."""

    __slots__ = (
        "attributes",
        "calls",
        "holds_memory",
        "inputs",
        "joint",
        "names",
        "on_arrays",
        "only",
        "result",
        "saves",
        "shapes",
    )

    def __init__(self, op: "Op", mask: tuple[bool, ...], several: bool = False) -> None:
        vjps, needs = op.vjps[: len(mask)], op.needs
        self.joint = op.joint is not None
        if self.joint:
            vjps, needs, wanted = (op.joint,), [op.joint_needs], (True,)
        else:
            wanted = mask
        asked = {
            name
            for vjp, names, needed in zip(vjps, needs, wanted)
            if needed and vjp is not None
            for name in names
        }
        self.inputs = tuple([i for i, name in enumerate(op.inputs) if name in asked])
        self.shapes = tuple([i for i, name in op.shapes if name in asked])
        self.result = "result" in asked
        self.holds_memory = bool(self.inputs) or self.result
        self.saves = bool(asked)
        # the saved values stand in this order: inputs, shapes, attributes, result
        names = [op.inputs[i] for i in self.inputs]
        names += [name for _, name in op.shapes if name in asked]
        self.attributes = tuple(sorted(asked.difference(names, ["result"])))
        names += [*self.attributes, *(["result"] if self.result else [])]
        self.names = names
        # for each input the vjp, and which of the values it takes (None: all, as they stand)
        self.calls = []
        for vjp, own, needed in zip(vjps, needs, wanted):
            picks = [names.index(name) for name in own] if needed else []
            whole = picks == list(range(len(asked)))
            self.calls.append((vjp if needed else None, None if whole else picks))
        self.calls += [(None, None)] * (len(mask) - len(self.calls)) * (not self.joint)
        self.on_arrays = not (several or self.joint) and all(
            [vjp is None or knows_arrays(vjp) for vjp, _ in self.calls]
        )
        # of an op of one input, the vjp when it takes the values as they stand
        self.only = self.calls[0][0] if len(mask) == 1 and self.calls[0][1] is None else None


class OpNode(Node):
    """A node of a primitive; each op makes a subclass of its own, named as PyTorch names it."""

    __slots__ = ("constants", "plan", "saved")

    op: "Op"
    # What the vjps ask for, in the order of the plan: inputs, each with its version when it was
    # saved (None when freed, or everything as hooks packed it) ...
    saved: Any
    constants: Any  # ... shapes and attributes, and the memory of the result

    def apply(self, gradient: Any) -> Any:
        """The gradients of the inputs."""
        plan = self.plan
        values = self.unpack() if plan.saves else ()
        results = []
        for vjp, picks in plan.calls:
            given = values if picks is None else [values[at] for at in picks]
            results.append(vjp and vjp(gradient, *given))
        return results[0] if plan.joint else results

    def apply_to_arrays(self, gradient: Any) -> Any:
        """The gradients of the inputs as arrays, without a tensor where the vjps can do that."""
        plan = self.plan
        values: Any = None
        if plan.on_arrays:
            values = self.unpack_arrays(gradient.dtype) if plan.saves else ()
        if values is None:
            return Node.apply_to_arrays(self, gradient)
        try:
            if plan.only is not None:
                return (plan.only(gradient, *values),)
            results = []
            for vjp, picks in plan.calls:
                if picks is None:
                    results.append(vjp and vjp(gradient, *values))
                else:
                    results.append(vjp and vjp(gradient, *[values[at] for at in picks]))
            return results
        except (RuntimeWarning, FloatingPointError):
            with np.errstate(all="ignore"):
                return self.apply_to_arrays(gradient)

    def unpack(self) -> list[Any]:
        """The saved values as tensors; RuntimeError when freed or changed."""
        if self.saved is None:
            raise RuntimeError(FREED)
        if type(self.saved) is long_way.PackedValues:
            return self.saved.unpacked()
        for tensor, version in self.saved:
            if tensor is not None:
                check_version(tensor, version, self)
        values = [*[tensor for tensor, _ in self.saved], *self.constants]
        if self.plan.result:
            values[-1] = self._own_result()
        return values

    def unpack_arrays(self, dtype: Any) -> list[Any] | None:
        """`unpack` with arrays; None where NumPy's promotion of their dtypes is not PyTorch's."""
        saved = self.saved
        if not saved:
            if saved is None:
                raise RuntimeError(FREED)
            values = self.constants
        elif dtype.itemsize == 2 or type(saved) is not list:  # of halves, or packed by a hook
            return None
        else:
            values = []
            for tensor, version in saved:
                if tensor is not None:
                    storage = tensor._storage
                    if storage is not None and storage.version != version:
                        check_version(tensor, version, self)
                    tensor = tensor._array
                    if tensor.dtype is not dtype and tensor.dtype.kind not in "iub":
                        return None
                values.append(tensor)
            values += self.constants
        if self.plan.result:
            array, storage, version, *_ = values[-1]
            if dtype.itemsize == 2:
                return None
            if storage.version != version:
                self._own_result()  # which says so
            if array.dtype is not dtype and array.dtype.kind not in "iub":
                return None
            values = [*values[:-1], array]
        return values

    def _own_result(self) -> Any:
        """The saved output with this node as its history again, which it could not hold itself."""
        memory = self.constants[-1]
        if self.outputs is None:
            array, storage, version, *dual = memory
            tensor = self._with_history(array, storage, dual[0] if dual else self)
            check_version(tensor, version, self)
            return tensor
        return tuple(
            [
                self._with_history(array, storage, Output(self, index))
                for index, (array, storage, _) in enumerate(memory)
            ]
        )

    def _with_history(self, array: ndarray, storage: Any, edge: Any) -> Tensor:
        tensor = wrap(array)
        tensor._storage = storage
        if array.dtype.kind in "fcV":
            tensor._edge = edge
        return tensor

    def release(self) -> None:
        """Forgets the saved values; a later backward through them is an error."""
        if self.plan.holds_memory:  # shapes and attributes do not
            self.saved = self.constants = None


def _saved(name: str) -> property:
    """The saved value of this name; AttributeError in a node that did not need it."""

    def value(node: OpNode) -> Any:
        if name not in node.plan.names:
            raise AttributeError(f"'{type(node).__name__}' object has no saved '{name}'")
        return node.unpack()[node.plan.names.index(name)]

    return property(value)


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
        "batch",
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
        batch: Any = None,
    ) -> None:
        self.name = name
        self.kernel = kernel
        self.widen = widen
        self.linear = linear
        self.jvp = jvp
        self.batch = batch
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
            saved = {f"_saved_{name}": _saved(name) for name in asked}
            if inputs and inputs[0] in asked:
                saved["_saved_self"] = _saved(inputs[0])
            self.node_type = type(title, (node,), {"__slots__": (), "op": self, **saved})
        REGISTRY[name] = self

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.inputs)})>"

    def __call__(self, *inputs: Any, **attrs: Any) -> Any:
        arrays: list[Any] = []
        for given in inputs:
            if given is None:
                arrays.append(None)
            elif isinstance(given, Tensor):
                arrays.append(given._array)
            else:  # of a vjp that was given arrays
                return self.kernel(*[x if x is None else as_array(x) for x in inputs], **attrs)
        if shared.watched and batching.concerns(arrays, attrs):
            return self._batched(inputs, arrays, attrs)
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
        if type(out) is ndarray:
            result: Any = wrap(out)
        else:
            result = tuple([as_tensor(o) for o in out]) if type(out) is tuple else as_tensor(out)
        if self.node_type is not None and thread.grad_enabled:
            self.record(inputs, attrs, result)
        return result

    def _batched(self, inputs: Any, arrays: list, attrs: dict[str, Any]) -> Any:
        out = batching.compute(self, arrays, attrs)
        result = tuple([wrap(part) for part in out]) if type(out) is tuple else wrap(out)
        if self.node_type is not None and thread.grad_enabled:
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
        if self.node_type is not None and thread.grad_enabled:
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
            plan = self.plans[mask] = Plan(self, mask, type(result) is tuple)
        node = new_node(self.node_type)
        node.edges = edges
        node.plan = plan
        if not plan.saves:
            attach(node, result)
            return
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
        attach(node, result)

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


def needs_of(vjp: Callable | None) -> tuple[str, ...]:
    """What a vjp asks for after the gradient, read from its own signature."""
    if vjp is None:
        return ()
    code = vjp.__code__
    return code.co_varnames[1 : code.co_argcount]


# what tensors and arrays have in common beside the operators; functions join by `on_arrays`
SHARED_METHODS = frozenset(["T", "conj", "reshape"])
SHARED_WORDS: set[Any] = set()


def on_arrays(function: Callable) -> Callable:
    """Declares that the function takes arrays as well as tensors and does the same to both."""
    SHARED_WORDS.add(function)
    return function


def knows_arrays(function: Any, within: tuple = ()) -> bool:
    """Whether a function of tensors does the same to arrays: all its words are shared by both.

    Read from its code, as `needs_of` is; an op stands for its kernel there.
    """
    code = function.__code__
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    for name in (*code.co_names, *code.co_freevars):
        if name in SHARED_METHODS:
            continue
        cell = cells.get(name)
        word = function.__globals__.get(name) if cell is None else cell.cell_contents
        if type(word) is Op:
            continue
        if not isinstance(word, FunctionType) or word in within:
            return False
        if word not in SHARED_WORDS and not knows_arrays(word, (*within, function)):
            return False
    return not any([isinstance(constant, CodeType) for constant in code.co_consts])


new_node: Callable[[Any], Any] = object.__new__


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
