"""What a tensor can be asked about its history: the autograd attributes and methods of Tensor.

May import: core, tensor, autograd.
"""

import warnings
import weakref
from collections.abc import Callable
from typing import Any

from ..core.batch import batches_of
from ..core.dtype import FROM_NUMPY
from ..core.state import thread
from ..core.storage import InferenceStorage
from ..core.tracing import structure_changed
from ..tensor import Tensor, alias, method, storage_of
from . import engine
from .gradients import accumulators
from .graph import AccumulateGrad, Handle, Node, hooks_of, resolve
from .levels import Dual, history, levels_of, tangent_at

INSIDE = (
    "You are attempting to call Tensor.requires_grad_() (or perhaps using "
    "torch.autograd.functional.* APIs) inside of a function being transformed by a functorch "
    "transform. This is unsupported, please attempt to use the functorch transforms (e.g. grad, "
    "vjp, jacrev, jacfwd, hessian) or call requires_grad_() outside of a function being "
    "transformed instead."
)


def make_leaf(tensor: Tensor) -> None:
    """Starts recording what is done with the tensor; RuntimeError for a dtype without gradients."""
    if tensor._array.dtype.kind not in "fcV":
        raise RuntimeError(
            "only Tensors of floating point and complex dtype can require gradients: "
            f"this one is {FROM_NUMPY[tensor._array.dtype]}; use .float() first"
        )
    if type(tensor._storage) is InferenceStorage and not thread.inference:
        raise RuntimeError(
            "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
        )
    levels = levels_of([tensor])
    tangents: list[Any] = [tangent_at(tensor, level) for level in levels]
    tensor._edge = AccumulateGrad(tensor)
    for level, tangent in zip(levels, tangents, strict=True):
        level.give(tensor, tangent)
    structure_changed()


@method
def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Starts (or stops) recording what is done with this leaf, in place.

    RuntimeError for integer dtypes, and for stopping at a tensor that has a history.

    >>> torch.zeros(2).requires_grad_().requires_grad
    True
    """
    if not requires_grad:
        if type(history(self._edge)) not in (type(None), AccumulateGrad):
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )
        self._edge = None
        structure_changed()
        return self
    if not _requires_grad(self):
        own = batches_of((self._array,)) if thread.batches else ()
        if any([batch not in own for batch in thread.batches]):
            raise RuntimeError(INSIDE)
        make_leaf(self)
    return self


def _requires_grad(self: Tensor) -> bool:
    """Whether operations on it are recorded; set it on leaves."""
    edge = self._edge
    return edge is not None and (type(edge) is not Dual or history(edge) is not None)


def _set_requires_grad(self: Tensor, value: bool) -> None:
    if value and not self.is_leaf:
        raise RuntimeError("you can only change requires_grad flags of leaf variables.")
    requires_grad_(self, value)


def _is_leaf(self: Tensor) -> bool:
    """Whether it was made by the user, not by a recorded operation."""
    edge = history(self._edge)
    return edge is None or type(edge) is AccumulateGrad


def _grad_fn(self: Tensor) -> Node | None:
    """The node that computes the gradients of what it was made from; None for a leaf."""
    node, _ = resolve(self._edge)
    return None if node is None or type(node) is AccumulateGrad else node.shown()


def _output_nr(self: Tensor) -> int:
    """Which output of `grad_fn` it is."""
    return resolve(self._edge)[1]


def _get_grad(self: Tensor) -> Tensor | None:
    """The gradient that `backward()` accumulated; None before the first."""
    gradient = self._grad
    if gradient is None and not self.is_leaf and not self.retains_grad:
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its "
            ".grad attribute won't be populated during autograd.backward(). If you indeed want the "
            ".grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf "
            f"Tensor: this one is the result of {type(self.grad_fn).__name__}",
            stacklevel=2,
        )
    return gradient


def _set_grad(self: Tensor, value: Tensor | None) -> None:
    if value is not None:
        if not isinstance(value, Tensor):
            raise TypeError(
                "assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value._array.shape != self._array.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor "
                f"of size '{list(self._array.shape)}'. Please ensure that the gradient and the "
                "tensor are the same size"
            )
        if value._array.dtype != self._array.dtype:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{value.dtype.title.lower()}' to a "
                f"tensor with grad_dtype '{self.dtype.title}'. The gradient must match the "
                f"tensor's: use .to({self.dtype})"
            )
    self._grad = value


def _delete_grad(self: Tensor) -> None:
    self._grad = None


def _get_data(self: Tensor) -> Tensor:
    """The same memory without history; changes through it are not seen by autograd."""
    other = alias(self)
    other._storage = storage_of(self).untracked()
    return other


def _set_data(self: Tensor, value: Tensor) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(
            f"Variable data has to be a tensor, but got {type(value).__name__}: use torch.tensor"
        )
    if self._edge is not None and value._array.dtype.kind not in "fcV":
        raise RuntimeError(
            "data set to a tensor that requires gradients must be floating point or complex dtype"
        )
    self._storage = storage_of(value)
    self._array = value._array
    structure_changed()
    if type(self._edge) is AccumulateGrad:
        # the leaf keeps its hooks; what the accumulator checks follows the new memory
        self._edge.shape = value._array.shape
        self._edge.dtype = value._array.dtype


Tensor.requires_grad = property(_requires_grad, _set_requires_grad)  # type: ignore[attr-defined]
Tensor.is_leaf = property(_is_leaf)  # type: ignore[attr-defined]
Tensor.grad_fn = property(_grad_fn)  # type: ignore[attr-defined]
Tensor.output_nr = property(_output_nr)  # type: ignore[attr-defined]
Tensor.grad = property(_get_grad, _set_grad, _delete_grad)  # type: ignore[attr-defined]
Tensor.data = property(_get_data, _set_data)  # type: ignore[attr-defined]


@method
def is_inference(input: Tensor) -> bool:
    """Whether it was made in inference mode.

    >>> with torch.inference_mode():
    ...     x = torch.ones(2)
    >>> x.is_inference(), x.clone().is_inference()
    (True, False)
    """
    return type(input._storage) is InferenceStorage


@method
def detach(self: Tensor) -> Tensor:
    """The same memory without history.

    >>> x = torch.ones(2, requires_grad=True)
    >>> (x * 2).detach().requires_grad
    False
    """
    return alias(self)


@method
def detach_(self: Tensor) -> Tensor:
    """Forgets its history, in place; RuntimeError for a view."""
    if self._base is not None and self._base._edge is not None:
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    self._edge = None
    return self


@method
def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Adds the gradients of this tensor to `.grad` of the leaves it was computed from.

    `gradient` (same shape) is needed unless it has one element; `inputs` keeps to those leaves.
    RuntimeError without a history, and the second time unless `retain_graph=True`.

    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> (w * w).backward()
    >>> w.grad
    tensor(6.)
    """
    start = engine.root_gradient(self, gradient, "backward()")
    only = None if inputs is None else accumulators(inputs)
    keep = create_graph if retain_graph is None else retain_graph
    engine.run([(self._edge, start)], keep, create_graph, accumulate_only=only)


@method
def register_hook(self: Tensor, hook: Callable) -> Handle:
    """Calls `hook(gradient)` whenever its gradient is computed; the hook may return another.

    >>> x = torch.ones(2, requires_grad=True)
    >>> handle = x.register_hook(lambda gradient: gradient * 10)
    >>> x.sum().backward()
    >>> x.grad
    tensor([10., 10.])
    """
    if self._edge is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node, index = resolve(self._edge)
    return Handle(hooks_of(node).tensor.setdefault(index, {}), _checked(hook))


def _checked(hook: Callable) -> Callable:
    """The hook, with what it returns held against what it was given."""

    def checked(gradient: Tensor) -> Tensor | None:
        replaced = hook(gradient)
        if replaced is None:
            return None
        name = getattr(hook, "__name__", repr(hook))
        if not isinstance(replaced, Tensor):
            raise TypeError(f"expected Variable, but hook returned '{type(replaced).__name__}'")
        if replaced._array.shape != gradient._array.shape:
            raise RuntimeError(
                f"hook '{name}' has changed the size of value: from {list(gradient._array.shape)} "
                f"to {list(replaced._array.shape)}"
            )
        if replaced._array.dtype != gradient._array.dtype:
            raise RuntimeError(
                f"hook '{name}' has changed the type of value (was "
                f"torch.{gradient.dtype.title}Tensor got torch.{replaced.dtype.title}Tensor)"
            )
        return replaced

    return checked


@method
def register_post_accumulate_grad_hook(self: Tensor, hook: Callable) -> Handle:
    """Calls `hook(leaf)` each time its `.grad` was updated; RuntimeError unless it is a leaf."""
    if type(self._edge) is not AccumulateGrad:
        raise RuntimeError(
            "post accumulate grad hooks cannot be registered on non-leaf tensors"
            if self._edge is not None
            else "cannot register a hook on a tensor that doesn't require gradient"
        )
    return Handle(hooks_of(self._edge).accumulated, hook)


@method
def retain_grad(self: Tensor) -> None:
    """Keeps `.grad` of a tensor that is not a leaf, too.

    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 3
    >>> y.retain_grad()
    >>> y.sum().backward()
    >>> y.grad
    tensor([1., 1.])
    """
    if self._edge is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if not self.is_leaf:
        node, index = resolve(self._edge)
        hooks_of(node).retained[index] = weakref.ref(self)


def _retains_grad(self: Tensor) -> bool:
    """Whether `retain_grad` was called on it."""
    if self.is_leaf:
        return False
    node, index = resolve(self._edge)
    reference = hooks_of(node).retained.get(index)
    return reference is not None and reference() is self


Tensor.retains_grad = property(_retains_grad)  # type: ignore[attr-defined]
