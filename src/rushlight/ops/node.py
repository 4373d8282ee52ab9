"""OpNode: what an op leaves in the graph, the values it saved and the vjps that will want them.

An ordinary backward hands a vjp bare arrays, where all its words mean the same for those.
May import: core, tensor, autograd, ops.
"""

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ..autograd.graph import Node, Output, check_version
from ..tensor import Tensor, wrap
from .long_way import PackedValues

ndarray = np.ndarray
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
        "mask",
        "names",
        "on_arrays",
        "only",
        "op",
        "result",
        "saves",
        "shapes",
    )

    def __init__(self, op: Any, mask: tuple[bool, ...], several: bool = False) -> None:
        vjps, needs = op.vjps[: len(mask)], op.needs
        self.op = op
        self.mask = mask
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
        # for each input the vjp, and which of the values it takes
        self.calls = []
        for vjp, own, needed in zip(vjps, needs, wanted):
            picks = [names.index(name) for name in own] if needed else []
            self.calls.append((vjp if needed else None, _as_slice(picks)))
        self.calls += [(None, slice(0))] * (len(mask) - len(self.calls)) * (not self.joint)
        self.on_arrays = not (several or self.joint) and all(
            [vjp is None or knows_arrays(vjp) for vjp, _ in self.calls]
        )
        # of an op of one input, the vjp when it takes the values as they stand
        vjp, picks = self.calls[0]
        self.only = vjp if len(mask) == 1 and picks == slice(0, len(asked)) else None


def _as_slice(picks: list[int]) -> Any:
    """Positions as a slice where they are neighbours, which is what they nearly always are."""
    start = picks[0] if picks else 0
    return (
        slice(start, start + len(picks)) if picks == [*range(start, start + len(picks))] else picks
    )


class OpNode(Node):
    """A node of a primitive.

    To whom it is shown, it is of a class of its op's own, named as PyTorch names it; until then
    all are of this one, since the interpreter is quicker with lines that see one class only.
    """

    __slots__ = ("constants", "plan", "saved")

    plan: Plan
    # What the vjps ask for, in the order of the plan: inputs, each with its version when it was
    # saved (None when freed, or everything as hooks packed it) ...
    saved: Any
    constants: Any  # ... shapes and attributes, and the memory of the result

    @property
    def op(self) -> Any:
        """The op that made it."""
        return self.plan.op

    def shown(self) -> "OpNode":
        """Itself, as the class of its op."""
        self.__class__ = self.plan.op.node_type
        return self

    def name(self) -> str:
        """The name PyTorch prints."""
        return self.plan.op.node_type.__name__

    def apply(self, gradient: Any) -> Any:
        """The gradients of the inputs."""
        plan = self.plan
        values = self.unpack() if plan.saves else ()
        results = []
        for vjp, picks in plan.calls:
            given = values[picks] if type(picks) is slice else [values[at] for at in picks]
            results.append(vjp and vjp(gradient, *given))
        return results[0] if plan.joint else results

    def send(self, gradient: Any, this: Any) -> Any:
        """The plain way, without any tensor where the vjps can do that."""
        plan = self.plan
        if not plan.on_arrays:
            return Node.send(self, gradient, this)
        values: Any = ()
        if plan.saves:
            values = self.unpack_arrays(gradient.dtype)
            if values is None:
                return Node.send(self, gradient, this)
        try:
            if plan.only is not None:
                results: Any = (plan.only(gradient, *values),)
            else:
                results = []
                for vjp, picks in plan.calls:
                    given = values[picks] if type(picks) is slice else [values[at] for at in picks]
                    results.append(vjp and vjp(gradient, *given))
        except (RuntimeWarning, FloatingPointError):
            with np.errstate(all="ignore"):
                return self.send(gradient, this)
        if plan.holds_memory and not this.keep_graph:
            self.saved = self.constants = None
        return results

    def unpack(self) -> list[Any]:
        """The saved values as tensors; RuntimeError when freed or changed."""
        if self.saved is None:
            raise RuntimeError(FREED)
        if type(self.saved) is PackedValues:
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


def saved_value(name: str) -> property:
    """The saved value of this name; AttributeError in a node that did not need it."""

    def value(node: OpNode) -> Any:
        if name not in node.plan.names:
            raise AttributeError(f"'{node.name()}' object has no saved '{name}'")
        return node.unpack()[node.plan.names.index(name)]

    return property(value)


# what tensors and arrays have in common beside the operators; functions join by `on_arrays`, and
# an op stands for its kernel
SHARED_METHODS = frozenset(["T", "conj", "reshape"])
SHARED_WORDS: set[Any] = set()


def on_arrays(function: Callable) -> Callable:
    """Declares that the function takes arrays as well as tensors and does the same to both."""
    SHARED_WORDS.add(function)
    return function


def knows_arrays(function: Any, within: tuple = ()) -> bool:
    """Whether a function of tensors does the same to arrays: all its words are shared by both.

    Read from its code, as what it needs is read from its signature.
    """
    code = function.__code__
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    for name in (*code.co_names, *code.co_freevars):
        if name in SHARED_METHODS:
            continue
        cell = cells.get(name)
        word = function.__globals__.get(name) if cell is None else cell.cell_contents
        if type(word).__hash__ is not None and word in SHARED_WORDS:
            continue
        if not isinstance(word, FunctionType) or word in within:
            return False
        if not knows_arrays(word, (*within, function)):
            return False
    return not any([isinstance(constant, CodeType) for constant in code.co_consts])


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
