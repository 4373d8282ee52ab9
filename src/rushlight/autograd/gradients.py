"""backward and grad: the two ways to ask for gradients of several tensors at once.

`backward` adds to `.grad` of the leaves, `grad` returns gradients and leaves every `.grad` alone.
May import: core, tensor, autograd.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.batch import Batch
from ..tensor import Tensor, wrap
from . import engine
from .graph import GradientEdge, edge_of, resolve

Tensors = Tensor | Sequence[Tensor]
Gradients = Tensor | Sequence[Tensor | None] | None


def _listed(tensors: Any, function: str, name: str) -> list:
    """One tensor or several, as a list; TypeError for anything else in it."""
    found = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    for position, tensor in enumerate(found):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{function}(): argument '{name}' must be Tensor or a sequence of Tensors, "
                f"but element {position} is of type {type(tensor).__name__}"
            )
    return found


def _roots(tensors: list, gradients: Any, function: str) -> list[tuple]:
    """Each tensor's edge with the gradient to start from."""
    if gradients is None:
        given = [None] * len(tensors)
    else:
        given = [gradients] if isinstance(gradients, Tensor) else list(gradients)
    if len(given) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(given)} gradients")
    return [
        (tensor._edge, engine.root_gradient(tensor, gradient, function, position))
        for position, (tensor, gradient) in enumerate(zip(tensors, given, strict=True))
    ]


def accumulators(inputs: Any) -> set | None:
    """The nodes that `inputs` of a backward names; None, for all leaves, where it is not given."""
    if inputs is None:
        return None
    named = _listed(inputs, "backward", "inputs")
    if not named:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    for tensor in named:
        tensor.retain_grad()  # of one that is no leaf; RuntimeError where nothing is recorded
    return {resolve(tensor._edge)[0] for tensor in named}


def backward(
    tensors: Tensors,
    grad_tensors: Gradients = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Gradients = None,
    inputs: Tensors | None = None,
) -> None:
    """Adds to `.grad` of the leaves the gradients of the sum of the tensors.

    `grad_tensors` weighs each tensor, with its shape (None for one of one element); `inputs`
    keeps to those leaves. RuntimeError for a tensor without history.

    >>> x = torch.ones(2, requires_grad=True)
    >>> torch.autograd.backward([x.sum(), x * 3], [None, torch.ones(2)])
    >>> x.grad
    tensor([4., 4.])
    """
    if grad_variables is not None:
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                "`backward()`. Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    only = accumulators(inputs)
    roots = _roots(_listed(tensors, "backward", "tensors"), grad_tensors, "backward()")
    keep = create_graph if retain_graph is None else retain_graph
    engine.run(roots, keep_graph=keep, create_graph=create_graph, accumulate_only=only)


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Gradients = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple:
    """The gradients of the sum of the outputs with respect to each input, as a tuple.

    `grad_outputs` weighs each output; with `create_graph` the gradients can be differentiated
    again. RuntimeError for an input that the outputs do not depend on, unless `allow_unused`
    (None is returned for it) or `materialize_grads` (zeros).

    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> (g,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> g, torch.autograd.grad(g, x)
    (tensor(12., grad_fn=<MulBackward0>), (tensor(12.),))
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    if is_grads_batched:
        return _grads_batched(
            _listed(outputs, "grad", "outputs"), inputs, grad_outputs, retain_graph, create_graph,
            allow_unused, materialize_grads,
        )  # fmt: skip
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To "
            "accumulate gradient for other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    results = _listed(outputs, "grad", "outputs")
    wanted = [inputs] if isinstance(inputs, (Tensor, GradientEdge)) else list(inputs)
    for tensor in wanted:
        if not isinstance(tensor, (Tensor, GradientEdge)):
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {type(tensor).__name__}"
            )
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    roots = _roots(results, grad_outputs, "grad()")
    edges = [edge_of(each) for each in wanted]
    if None in edges:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    targets = engine.Targets(edges)
    keep = create_graph if retain_graph is None else retain_graph
    engine.run(roots, keep_graph=keep, create_graph=create_graph, targets=targets)
    found = [targets.caught.get(resolve(edge)) for edge in edges]
    if materialize_grads:
        return tuple([_or_zeros(each, edge) for each, edge in zip(found, edges, strict=True)])
    unused = [index for index, each in enumerate(found) if each is None]
    if unused and not allow_unused:
        raise RuntimeError(
            f"The differentiated Tensor at index {unused[0]} appears to not have been used in the "
            "graph. Set allow_unused=True if this is the desired behavior."
        )
    return tuple(found)


def _grads_batched(
    outputs: list, inputs: Any, weights: Any, retain_graph: Any, create_graph: bool,
    allow_unused: Any, materialize_grads: bool,
) -> tuple:  # fmt: skip
    """`grad` for a batch of gradients of the outputs, which lie along their first dim."""
    given = [weights] if isinstance(weights, Tensor) else list(weights or ())
    sizes: set[Any] = {w._array.shape[0] if w._array.ndim else None for w in given if w is not None}
    if len(sizes) != 1 or None in sizes:
        raise RuntimeError(
            "is_grads_batched=True: expected grad_outputs to have one more dim than the outputs, "
            f"the first, of the same size for all; got sizes {sorted(map(str, sizes))}"
        )
    for index, (weight, output) in enumerate(zip(given, outputs, strict=False)):
        if weight is not None and weight._array.shape[1:] != output._array.shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output "
                "as the batch dimension. The sizes of the remaining dimensions are expected to "
                "match the shape of corresponding output, but a mismatch was detected: "
                f"grad_output[{index}] has a shape of {weight.shape[1:]} and output[{index}] has "
                f"a shape of {output.shape}."
            )
    batch = Batch(sizes.pop())
    inside = [None if w is None else w._enter(batch, 0) for w in given]
    found = grad(
        outputs, inputs, inside, retain_graph, create_graph, True, allow_unused, False,
        materialize_grads,
    )  # fmt: skip
    return tuple([None if g is None else g._leave(batch, 0) for g in found])


def _or_zeros(gradient: Tensor | None, edge: Any) -> Tensor:
    if gradient is not None:
        return gradient
    node, index = resolve(edge)
    return wrap(np.zeros(*node.output_metadata(index)))


__all__ = ["backward", "grad"]
