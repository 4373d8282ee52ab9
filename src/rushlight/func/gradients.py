"""Gradients of functions: grad, grad_and_value, vjp, and what they share.

A transform gives the function inputs of its own, leaves of the ordinary graph, and asks for the
gradients with respect to them. What the function also depends on keeps its history, so that
transforms nest in each other and in ordinary backward.
May import: core, tensor, autograd, ops.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.grad_mode import enable_grad
from ..autograd.gradients import grad as gradients_of
from ..autograd.graph import AccumulateGrad, Node, resolve
from ..autograd.levels import levels_of, tangent_at
from ..core.batch import BatchArray
from ..core.state import thread
from ..core.trees import Spec, flatten, unflatten
from ..tensor import Tensor, alias, wrap
from .vmap import name_of


class Inputs:
    """The inputs that a transform gives to a function, and what their gradients need."""

    count = 0

    def __init__(self, values: Any) -> None:
        Inputs.count += 1
        self.number = Inputs.count
        leaves, self.spec = flatten(values)
        self.outside = thread.grad_enabled is True  # whether somebody records us
        self.tensors = [self._own(leaf) for leaf in leaves]

    def _own(self, value: Any) -> Tensor:
        """A leaf over the same memory; behind the value's history where that is recorded."""
        if not isinstance(value, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(value)}")
        if self.outside and value.requires_grad:
            with enable_grad():
                return value.view_as(value)._spread(thread.batches)
        own = closed(value)._spread(thread.batches).requires_grad_()
        resolve(own._edge)[0].made_by = self.number
        return own

    def tree(self) -> Any:
        """The inputs in the form of the values they were made from."""
        return unflatten(self.tensors, self.spec)

    def concern_others(self, outputs: list) -> bool:
        """Whether gradients with respect to anything but the inputs may be asked for later."""
        if not self.outside:
            return False
        own = {resolve(tensor._edge)[0] for tensor in self.tensors}
        if any([type(node) is not AccumulateGrad for node in own]):
            return True
        return self._reaches_others(outputs, own)

    def _reaches_others(self, tensors: list, own: set[Node]) -> bool:
        """Whether the history leads to a leaf of the user, or of a transform around this one."""
        seen = set(own)
        stack = [resolve(t._edge)[0] for t in tensors if isinstance(t, Tensor)]
        while stack:
            node = stack.pop()
            if node is None or node in seen:
                continue
            if type(node) is AccumulateGrad and node.made_by < self.number:
                return True
            seen.add(node)
            stack.extend([resolve(edge)[0] for edge in node.edges if edge is not None])
        return False


def closed(tensor: Tensor) -> Tensor:
    """The tensor without history, but with its tangents."""
    other = alias(tensor)
    for level in levels_of([tensor]):
        tangent = tangent_at(tensor, level)
        assert tangent is not None
        level.give(other, tangent)
    return other


def shown(values: Any, others: bool) -> Any:
    """The results as the caller sees them: with history only where somebody else has a part."""
    if others:
        return values
    leaves, spec = flatten(values)
    return unflatten([closed(v) if isinstance(v, Tensor) else v for v in leaves], spec)


def zeros_for(tensor: Tensor) -> Tensor:
    """Zeros for one that the result does not depend on."""
    array: Any = tensor._array
    if type(array) is BatchArray:
        array = BatchArray(np.zeros(array.whole.shape, array.dtype), array.batches)
        return wrap(array)
    return wrap(np.zeros(array.shape, array.dtype))


def pulled_back(outputs: list, weights: list, inputs: Inputs, create_graph: bool) -> list[Tensor]:
    """The gradients of the weighed outputs with respect to the inputs."""
    pairs = [(o, w) for o, w in zip(outputs, weights, strict=True) if o.requires_grad]
    found: Any = [None] * len(inputs.tensors)
    if pairs:
        results, given = zip(*pairs, strict=True)
        found = gradients_of(
            results, inputs.tensors, given, retain_graph=True, create_graph=create_graph,
            allow_unused=True,
        )  # fmt: skip
    return [
        zeros_for(tensor) if gradient is None else gradient
        for gradient, tensor in zip(found, inputs.tensors, strict=True)
    ]


def picked(args: tuple, argnums: Any, name: str) -> Any:
    """The arguments that argnums names: one, or a tuple of them."""
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    if not numbers:
        raise RuntimeError(f"{name}: argnums must be non-empty")
    for number in numbers:
        if not isinstance(number, int):
            raise RuntimeError(
                f"{name}: argnum must be int or Tuple[int, ...], got: {type(number)}"
            )
        if not -len(args) <= number < len(args):
            raise RuntimeError(f"Got argnum={number}, but only {len(args)} positional inputs")
    if len({number % len(args) for number in numbers}) != len(numbers):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    if isinstance(argnums, tuple):
        return tuple([args[number] for number in argnums])
    return args[argnums]


def replaced(args: tuple, argnums: Any, values: Any) -> tuple:
    """The arguments with those that argnums names replaced."""
    new = list(args)
    if isinstance(argnums, tuple):
        for number, value in zip(argnums, values, strict=True):
            new[number] = value
    else:
        new[argnums] = values
    return tuple(new)


def with_aux(result: Any, has_aux: bool, what: str) -> tuple:
    """(the output, what the function returned besides)."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            f"{what}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return result


def grad_and_value(func: Callable, argnums: Any = 0, has_aux: bool = False) -> Callable:
    """A function that returns (the gradient of `func`, its value).

    See `grad`. With `has_aux`, the value is (value, aux).

    >>> torch.func.grad_and_value(lambda x: x**3)(torch.tensor(2.0))
    (tensor(12.), tensor(8.))
    """

    @functools.wraps(func, updated=())
    def wrapped(*args: Any, **kwargs: Any) -> tuple:
        what = "grad_and_value(f)(*args)"
        inputs = Inputs(picked(args, argnums, what))
        with enable_grad():
            result = func(*replaced(args, argnums, inputs.tree()), **kwargs)
            output, aux = with_aux(result, has_aux, what)
            if not isinstance(output, Tensor):
                raise RuntimeError(
                    f"{what}: Expected f(*args) to return a Tensor, got {type(output)}"
                )
            if output._array.ndim:
                raise RuntimeError(
                    f"{what}: Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{output._array.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs "
                    "instead?"
                )
            others = inputs.concern_others([output])
            found = pulled_back([output], [None], inputs, others)
        gradient = unflatten(found, inputs.spec)
        value = shown(output, others)
        return gradient, (value, shown(aux, others)) if has_aux else value

    return wrapped


def grad(func: Callable, argnums: Any = 0, has_aux: bool = False) -> Callable:
    """A function that returns the gradient of `func`, whose result is one number.

    The gradient is taken with respect to the argument (or, with a tuple, the arguments) that
    `argnums` names, each a tensor or nested tuples, lists and dicts of them. With `has_aux`, `func`
    returns (output, aux), and the result is (gradient, aux). RuntimeError unless the output is one
    0-d tensor.

    >>> from rushlight.func import grad
    >>> grad(torch.sin)(torch.tensor(0.0)), grad(grad(lambda x: x**3))(torch.tensor(2.0))
    (tensor(1.), tensor(12.))
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func, updated=())
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return wrapped


def tensors_in(result: Any, what: str) -> tuple[list, Spec]:
    """The tensors of a result, and its structure; RuntimeError for anything else in it."""
    leaves, spec = flatten(result)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                f"{what}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(leaf)}"
            )
    return leaves, spec


def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """(func(*primals), a function from cotangents to gradients).

    The cotangents have the structure of the output; the gradients that of the primals, without the
    tuple where there is one primal. With `has_aux`, `func` returns (output, aux), and aux comes
    third.

    >>> x = torch.tensor([1.0, 2.0])
    >>> output, pull = torch.func.vjp(lambda x: x * x, x)
    >>> output, pull(torch.ones(2))
    (tensor([1., 4.]), (tensor([2., 4.]),))
    """
    inputs = Inputs(primals)
    what = f"vjp({name_of(func)}, *primals)"
    with enable_grad():
        output, aux = with_aux(func(*inputs.tree()), has_aux, what)
    outputs, spec = tensors_in(output, "vjp(f, *primals)")
    others = inputs.concern_others(outputs)

    def pull(*cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given = cotangents if len(cotangents) != 1 else cotangents[0]
        weights, weights_spec = flatten(given)
        if weights_spec != spec:
            raise RuntimeError(
                f"Expected pytree structure of cotangents to be the same as pytree structure of "
                f"outputs to the function. cotangents: {weights_spec}, primal output: {spec}"
            )
        recording = thread.grad_enabled is True
        if create_graph is None:
            create_graph = recording and (others or any([w.requires_grad for w in weights]))
        return unflatten(pulled_back(outputs, weights, inputs, create_graph), inputs.spec)

    if has_aux:
        return shown(output, others), pull, shown(aux, others)
    return shown(output, others), pull
