"""Changes in place: `f_` methods and `out=`, with PyTorch's checks, versions and histories.

A function computes its result out of place; the result is then written into the memory of the
tensor, whose history continues from the result's.
May import: core, tensor, autograd, ops.
"""

import warnings
from collections.abc import Callable
from sys import getrefcount
from typing import Any

import numpy as np

from ..autograd.function import FunctionNode
from ..autograd.graph import AccumulateGrad, Output, resolve
from ..autograd.levels import history
from ..core.dtype import CPP_NAMES, FROM_NUMPY, can_cast
from ..core.state import thread
from ..core.storage import Storage
from ..core.tracing import structure_changed
from ..tensor import Tensor, alias, storage_of
from .op import ndarray
from .strided import rebase
from .view_op import ViewOp

OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single "
    "memory location. Please clone() the tensor before performing the operation."
)
NO_GRAD_VIEW = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. "
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your "
    "code by moving both the view and the inplace either both inside the no_grad block (if you "
    "don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked)."
)
MANY_VIEWS = (
    "Output {index} of {name} is a view and is being modified inplace. This view is the output of "
    "a function that returns multiple views. Such functions do not allow the output views to be "
    "modified inplace. You should replace the inplace operation by an out-of-place one."
)

FUNCTION_VIEW = (
    "Output {index} of {name} is a view and is being modified inplace. This view was created "
    "inside a custom Function (or because an input was returned as-is) and the autograd logic to "
    "handle view+inplace would override the custom backward associated with the custom Function, "
    "leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the "
    "output of the custom Function."
)


def assign(self: Tensor, result: Tensor) -> Tensor:
    """Writes a result computed out of place into the memory of self, and continues its history.

    RuntimeError when self is (a view of) a leaf that requires grad, when the result's shape or
    dtype does not fit, and when elements of self share their memory.
    """
    if thread.grad_enabled:
        check_target(self)
        _store(self, result)
        _continue(self, result)
    else:
        _store(self, result)
    return self


def inplace(function: Callable, name: str | None = None) -> Callable:
    """The in-place method of a function: the result is written into its first argument."""

    def in_place(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return change(function, self, *args, **kwargs)

    name = name or function.__name__
    in_place.__name__ = in_place.__qualname__ = f"{name}_"
    in_place.__doc__ = (
        f"`{name}`, written into this tensor. RuntimeError for a leaf that needs grad."
    )
    return in_place


def change(function: Callable, self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Writes `function(self, ...)` into self. RuntimeError for a leaf that needs grad."""
    if thread.grad_enabled and needs_history(self, args, kwargs):
        return recorded(function, self, args, kwargs)
    _store(self, function(self, *args, **kwargs))
    return self


def needs_history(self: Tensor, args: tuple, kwargs: Any = ()) -> bool:
    """Whether a change of self with these arguments concerns any gradient."""
    if self._edge is not None:
        return True
    if self._base is not None and self._base._edge is not None:
        return True
    for value in args:
        if isinstance(value, Tensor) and value._edge is not None:
            return True
    for key in kwargs:
        value = kwargs[key]
        if isinstance(value, Tensor) and value._edge is not None:
            return True
    return False


def _references_to_a_local() -> int:
    local = object()
    return getrefcount(local)


_ALONE = _references_to_a_local()  # differs between versions of Python


def recorded(function: Callable, self: Tensor, args: tuple, kwargs: dict[str, Any]) -> Tensor:
    """Runs the function on a stand-in for self, so that its history can outlive the old values."""
    check_target(self)
    old = alias(self)
    old._edge = self._edge
    if thread.levels:  # tangents save it under other faces, which no count of references shows
        old._array = old._array.copy()
        old._storage = None
    result = function(old, *args, **kwargs)
    if getrefcount(old) > _ALONE:
        # a node saved the values that are about to be overwritten: it gets a copy of them
        version = storage_of(self).version
        old._array = old._array.copy()
        old._storage = Storage(old._array)
        old._storage.version = version
    _store(self, result)
    _continue(self, result)
    return self


def check_target(self: Tensor) -> None:
    """RuntimeError where recording a change of this tensor would make no sense."""
    if thread.grad_enabled is not True:
        return
    edge = history(self._edge)
    base = self._base
    if edge is None:
        if base is None or history(base._edge) is None or self._array.dtype.kind not in "fcV":
            return
        if type(history(base._edge)) is not AccumulateGrad:
            raise RuntimeError(NO_GRAD_VIEW)
    if type(edge) is AccumulateGrad:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation. "
            "Change it under torch.no_grad(), or a clone of it"
        )
    if base is not None and type(history(base._edge)) is AccumulateGrad:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation. "
            "Change it under torch.no_grad(), or a clone of it"
        )
    if base is not None and isinstance(resolve(edge)[0], FunctionNode):
        node, index = resolve(edge)
        name = node.name().removesuffix("Backward")
        raise RuntimeError(FUNCTION_VIEW.format(index=index, name=name))
    first: Any = edge
    while edge is not None:
        node, index = resolve(edge)
        if not isinstance(getattr(node, "op", None), ViewOp):
            return
        if type(edge) is Output:  # itself, or what it is a view of
            name = resolve(first)[0].name().removesuffix("Backward0")
            raise RuntimeError(MANY_VIEWS.format(index=index, name=name))
        edge = node.edges[0]


def check_overlap(array: ndarray) -> None:
    """RuntimeError when the array was expanded, so that writing one element changes others."""
    if 0 in array.strides and array.size:
        for size, stride in zip(array.shape, array.strides, strict=True):
            if stride == 0 and size > 1:
                raise RuntimeError(f"{OVERLAP} Its shape is {list(array.shape)}")


def _check_cast(source: ndarray, target: ndarray) -> None:
    from_, to = FROM_NUMPY[source.dtype], FROM_NUMPY[target.dtype]
    if not can_cast(from_, to):
        raise RuntimeError(
            f"result type {from_.title} can't be cast to the desired output type {to.title}"
        )


def overwrite(target: ndarray, source: Any) -> None:
    """Copies with a cast that never warns."""
    try:
        np.copyto(target, source, casting="unsafe")
    except (RuntimeWarning, FloatingPointError):
        with np.errstate(all="ignore"):
            np.copyto(target, source, casting="unsafe")


def _store(self: Tensor, result: Tensor) -> None:
    target = self._array
    source = result._array
    if source.shape != target.shape:
        raise RuntimeError(
            f"output with shape {list(target.shape)} doesn't match the broadcast shape "
            f"{list(source.shape)}"
        )
    if source.dtype != target.dtype:
        _check_cast(source, target)
    check_overlap(target)
    storage_of(self).version += 1
    overwrite(target, source)


def _continue(self: Tensor, result: Tensor) -> None:
    """The history of self after it was overwritten with the result."""
    if self._array.dtype.kind in "fcV":
        rebase(self, result._edge)


def into(out: Tensor | None, result: Tensor) -> Tensor:
    """The result, written into the tensor given as `out=` if there is one."""
    return result if out is None else write_out(out, result)


def write_out(
    out: Tensor, result: Tensor, *, exact: bool = False, apart_from: tuple[Tensor, ...] = ()
) -> Tensor:
    """Writes a result into the tensor given as `out=`, which takes the result's shape.

    RuntimeError when a gradient is wanted of either, when the dtype does not fit (`exact`: is not
    the result's), and when `out` shares memory with the inputs it must stand apart from.
    """
    if not isinstance(out, Tensor):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    if thread.grad_enabled and (out._edge is not None or result._edge is not None):
        if history(out._edge) is None and history(result._edge) is None:
            raise NotImplementedError(
                "Trying to use forward AD with an out= function that does not support it"
            )
        raise RuntimeError(
            "functions with out=... arguments don't support automatic differentiation, but one of "
            "the arguments requires grad."
        )
    source = result._array
    if source.dtype != out._array.dtype:
        if exact:
            raise RuntimeError(
                f"Expected out tensor to have dtype {CPP_NAMES[result.dtype.name]}, but got "
                f"{CPP_NAMES[out.dtype.name]} instead"
            )
        _check_cast(source, out._array)
    grows = source.size and source.shape != out._array.shape  # from where it starts now
    for input in apart_from:
        same = grows and storage_of(out).pointer == storage_of(input).pointer
        if same or np.may_share_memory(out._array, input._array):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to "
                "tensor refer to a single memory location. Please clone() the tensor before "
                "performing the operation."
            )
    check_overlap(out._array)
    if source.shape != out._array.shape:
        _resize(out, source.shape)
    storage_of(out).version += 1
    overwrite(out._array, source)
    return out


def write_outs(outs: Any, results: Any, *, apart_from: tuple[Tensor, ...] = ()) -> Any:
    """`write_out` of several results, into a tuple of as many tensors of just their dtypes."""
    if not isinstance(outs, (tuple, list)) or len(outs) != len(results):
        raise TypeError(
            f"argument 'out' must be tuple of {len(results)} Tensors, not {type(outs).__name__}"
        )
    pairs = zip(outs, results, strict=True)
    written = [write_out(out, part, exact=True, apart_from=apart_from) for out, part in pairs]
    return type(results)(*written)


def _resize(out: Tensor, shape: tuple[int, ...]) -> None:
    if out._array.size:
        warnings.warn(
            "An output with one or more elements was resized since it had shape "
            f"{list(out._array.shape)}, which does not match the required output shape "
            f"{list(shape)}. Pass an empty tensor, or one of the right shape",
            UserWarning,
            stacklevel=4,
        )
    version = storage_of(out).version
    out._array = np.empty(shape, out._array.dtype)
    structure_changed()
    out._storage = Storage(out._array)
    out._storage.version = version
