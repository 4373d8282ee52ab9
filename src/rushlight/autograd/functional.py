"""Whole derivatives of functions: Jacobians, Hessians, and their products with vectors.

Inputs and outputs are a tensor or a tuple of tensors; the results have the same form. Everything is
made of `grad`, called once for each row, or once for all rows with `vectorize`.
May import: core, tensor, autograd.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batch import Batch
from ..tensor import Tensor, wrap
from .forward_ad import dual_at, parts_at
from .grad_mode import enable_grad
from .gradients import grad
from .levels import Level

STRICT_OUTPUT = (
    "Output {} of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode."
)
STRICT_JACOBIAN = (
    "The jacobian of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode when create_graph=True."
)


def _as_tuple(values: Any, what: str, function: str) -> tuple[bool, tuple]:
    """(whether it was a tuple, the tensors); TypeError for anything else."""
    single = isinstance(values, Tensor)
    if not single and not isinstance(values, tuple):
        raise TypeError(
            f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the "
            f"given {what} has type {type(values)}."
        )
    for index, value in enumerate((values,) if single else values):
        if not isinstance(value, Tensor):
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but "
                f"the value at index {index} has type {type(value)}."
            )
    return not single, (values,) if single else values


def _ready(inputs: tuple, create_graph: bool) -> tuple:
    """The inputs as the function gets them: with a history of their own, or with the outer one."""
    ready = []
    for tensor in inputs:
        if create_graph and tensor.requires_grad:
            ready.append(tensor.view_as(tensor))
        else:
            ready.append(tensor.detach().requires_grad_(True))
    return tuple(ready)


def _done(tensors: Any, create_graph: bool) -> Any:
    """The results as the user gets them: without history, unless it was asked for."""
    if create_graph:
        return tensors
    if isinstance(tensors, tuple):
        return tuple([_done(each, create_graph) for each in tensors])
    return tensors.detach()


def _form(is_tuple: bool, values: tuple) -> Any:
    return values if is_tuple else values[0]


def _outputs(function: Callable, inputs: tuple, name: str) -> tuple[bool, tuple]:
    what = "outputs of the user-provided function"
    return _as_tuple(function(*inputs), what, name)


def _require_history(outputs: tuple) -> None:
    for index, output in enumerate(outputs):
        if not output.requires_grad:
            raise RuntimeError(
                f"Output {index} of the user-provided function does not require gradients. The "
                "outputs must be computed in a differentiable manner from the input when running "
                "in strict mode."
            )


def _gradients(outputs: tuple, inputs: tuple, weights: tuple | None, create_graph: bool) -> list:
    """`grad`, with None where an output or an input has nothing to do with it."""
    weights = weights or (None,) * len(outputs)
    pairs = [(o, w) for o, w in zip(outputs, weights, strict=True) if o.requires_grad]
    if not pairs:
        return [None] * len(inputs)
    found, given = zip(*pairs, strict=True)
    return list(
        grad(found, inputs, given, retain_graph=True, create_graph=create_graph, allow_unused=True)
    )


def _filled(
    gradients: list, inputs: tuple, strict: bool, create_graph: bool, message: str, second: str
) -> tuple:
    """Zeros for None; RuntimeError instead in strict mode, and for what has no history there."""
    found = []
    for index, (gradient, tensor) in enumerate(zip(gradients, inputs, strict=True)):
        if gradient is None:
            if strict:
                raise RuntimeError(message.format(index))
            gradient = _zeros(tensor._array.shape, tensor)
        elif strict and create_graph and not gradient.requires_grad:
            raise RuntimeError(second.format(index))
        found.append(gradient)
    return tuple(found)


def _zeros(shape: tuple, like: Tensor) -> Tensor:
    return wrap(np.zeros(shape, like._array.dtype))


def _vectors(v: Any, like: tuple, is_tuple: bool, none: str, function: str) -> tuple:
    """The vectors to multiply with, held against the tensors they belong to; 1 for None."""
    if v is None:
        if len(like) != 1 or like[0]._array.size != 1:
            raise RuntimeError(f"The vector v can only be None if {none} a single element.")
        return (wrap(np.ones(like[0]._array.shape, like[0]._array.dtype)),)
    _, vectors = _as_tuple(v, "v", function)
    if len(vectors) != len(like):
        if is_tuple:
            raise RuntimeError(
                f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}."
            )
        raise RuntimeError("The given v should contain a single Tensor.")
    for index, (vector, tensor) in enumerate(zip(vectors, like, strict=True)):
        if vector.shape != tensor.shape:
            which = f"Entry {index} in " if is_tuple else ""
            raise RuntimeError(
                f"{which}v has invalid size: should be {tensor.shape} but got {vector.shape}."
            )
    return tuple([vector.detach() for vector in vectors])


def vjp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """(func(*inputs), v times the Jacobian): the gradients of the outputs weighed by `v`.

    `v` has the form of the outputs (None for one output of one element). With `strict`,
    RuntimeError for an input that an output does not depend on; zeros otherwise.

    >>> torch.autograd.functional.vjp(lambda x: x * x, torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        is_tuple, given = _as_tuple(inputs, "inputs", "vjp")
        ready = _ready(given, create_graph)
        outputs_tuple, outputs = _outputs(func, ready, "vjp")
        if strict:
            _require_history(outputs)
        none = "the user-provided function returns a single Tensor with"
        weights = _vectors(v, outputs, outputs_tuple, none, "vjp")
        found = _gradients(outputs, ready, weights, create_graph)
        message = STRICT_OUTPUT.replace("Output {}", "The output", 1)
        rows = _filled(found, ready, strict, create_graph, message, STRICT_JACOBIAN)
    return (
        _done(_form(outputs_tuple, outputs), create_graph),
        _done(_form(is_tuple, rows), create_graph),
    )


def jvp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """(func(*inputs), the Jacobian times v): how the outputs change along `v`.

    `v` has the form of the inputs (None for one input of one element). It differentiates a
    gradient with respect to its weights; `torch.func.jvp` does it in one pass.

    >>> torch.autograd.functional.jvp(lambda x: x * x, torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        is_tuple, given = _as_tuple(inputs, "inputs", "jvp")
        none = "the input to the user-provided function is a single Tensor with"
        vectors = _vectors(v, given, is_tuple, none, "jvp")
        ready = _ready(given, create_graph)
        outputs_tuple, outputs = _outputs(func, ready, "jvp")
        if strict:
            _require_history(outputs)
        weights = tuple([_zeros(o._array.shape, o).requires_grad_() for o in outputs])
        found = _gradients(outputs, ready, weights, True)
        message = STRICT_OUTPUT.replace("Output {}", "The output", 1)
        rows = _filled(found, ready, strict, create_graph, message, STRICT_JACOBIAN)
        columns = _gradients(rows, weights, vectors, create_graph)
        pushed = _filled(columns, outputs, strict, create_graph, STRICT_OUTPUT, STRICT_JACOBIAN)
    return (
        _done(_form(outputs_tuple, outputs), create_graph),
        _done(_form(outputs_tuple, pushed), create_graph),
    )


# ---- whole matrices


def _units(count: int, like: Tensor) -> Tensor:
    """The rows of a unit matrix, each in the shape of the tensor."""
    return wrap(np.eye(count, dtype=like._array.dtype).reshape(count, *like._array.shape))


def _rows(
    output: Tensor, index: int, inputs: tuple, create_graph: bool, strict: bool
) -> list[Tensor]:
    """d output / d input for each input, one row after the other."""
    rows: list[list] = [[] for _ in inputs]
    for element in output.reshape(-1) if output.requires_grad else ():
        found = _gradients((element,), inputs, None, create_graph)
        for position, gradient in enumerate(found):
            if gradient is None:
                if strict:
                    raise RuntimeError(STRICT_OUTPUT.format(index, position))
                gradient = _zeros(inputs[position]._array.shape, inputs[position])
            elif strict and create_graph and not gradient.requires_grad:
                raise RuntimeError(STRICT_JACOBIAN.format(position))
            rows[position].append(gradient)
    shape = output._array.shape
    return [
        Tensor._stack(row).reshape(*shape, *tensor._array.shape)  # type: ignore[attr-defined]
        if row
        else _zeros((*shape, *tensor._array.shape), tensor)
        for row, tensor in zip(rows, inputs, strict=True)
    ]


def _rows_at_once(output: Tensor, inputs: tuple, create_graph: bool) -> list[Tensor]:
    """The same with a batch of gradients."""
    shape = output._array.shape
    if output.requires_grad and output._array.size:
        found = grad(
            output,
            inputs,
            _units(output._array.size, output),
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
            is_grads_batched=True,
        )
    else:
        found = (None,) * len(inputs)
    return [
        _zeros((*shape, *tensor._array.shape), tensor)
        if rows is None
        else rows.reshape(*shape, *tensor._array.shape)
        for rows, tensor in zip(found, inputs, strict=True)
    ]


def _columns(func: Callable, inputs: tuple) -> tuple[bool, tuple]:
    """The Jacobian by forward mode, with a batch of tangents for each input."""
    found: list[tuple] = []
    outputs_tuple = False
    for position, tensor in enumerate(inputs):
        count = tensor._array.size
        with Level() as level:
            batch = Batch(count)
            tangent = _units(count, tensor)._enter(batch, 0)
            arguments = list(inputs)
            arguments[position] = dual_at(level, tensor, tangent)
            outputs_tuple, outputs = _outputs(func, tuple(arguments), "jacobian")
            column = []
            for output in outputs:
                primal, pushed = parts_at(level, output)
                shape = (*primal._array.shape, *tensor._array.shape)
                if pushed is None:
                    column.append(_zeros(shape, output))
                else:
                    column.append(pushed._leave(batch, -1 % (pushed.ndim + 1)).reshape(shape))
            found.append(tuple(column))
    return outputs_tuple, tuple(zip(*found, strict=True))


def jacobian(
    func: Callable,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All first derivatives: for an output and an input, a tensor of shape output + input.

    Tuples of outputs or inputs give (nested) tuples. `vectorize` computes all rows at once;
    `strategy="forward-mode"`, with it, all columns.

    >>> torch.autograd.functional.jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(
                "torch.autograd.functional.jacobian: `create_graph=True` and "
                '`strategy="forward-mode"` are not supported together (yet). Please either set '
                '`create_graph=False` or `strategy="reverse-mode"`.'
            )
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian is"
                "only implemented for `vectorize=True`."
            )
    if strict and vectorize:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not "
            "supported together. Please either set `strict=False` or `vectorize=False`."
        )
    is_tuple, given = _as_tuple(inputs, "inputs", "jacobian")
    if strategy == "forward-mode":
        outputs_tuple, rows = _columns(func, tuple([t.detach() for t in given]))
        return _form(outputs_tuple, tuple([_form(is_tuple, row) for row in rows]))
    with enable_grad():
        ready = _ready(given, create_graph)
        outputs_tuple, outputs = _outputs(func, ready, "jacobian")
        if strict:
            _require_history(outputs)
        found = []
        for index, output in enumerate(outputs):
            if vectorize:
                row = _rows_at_once(output, ready, create_graph)
            else:
                row = _rows(output, index, ready, create_graph, strict)
            found.append(_form(is_tuple, tuple(row)))
    return _done(_form(outputs_tuple, tuple(found)), create_graph)


def _one_number(outputs: tuple, is_tuple: bool, name: str) -> None:
    if is_tuple:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0]._array.size != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element"
        )


def hessian(
    func: Callable,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second derivatives of a function with one number as its result.

    >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    is_tuple, given = _as_tuple(inputs, "inputs", "hessian")

    def number(*arguments: Tensor) -> Tensor:
        outputs_tuple, outputs = _outputs(func, arguments, "hessian")
        _one_number(outputs, outputs_tuple, "hessian")
        return outputs[0].squeeze()

    def first(*arguments: Tensor) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            arguments = tuple([argument.requires_grad_(True) for argument in arguments])
        found = jacobian(number, arguments, create_graph=True)
        if strict:
            for index, each in enumerate(found):
                if not each.requires_grad:
                    raise RuntimeError(
                        "While computing the hessian, found that the jacobian of the user-provided "
                        f"function with respect to input {index} is independent of the input. This "
                        "is not allowed in strict mode."
                    )
        return found

    rows = jacobian(
        first, given, create_graph=create_graph, strict=strict, vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )  # fmt: skip
    return rows if is_tuple else rows[0][0]


def _second(
    func: Callable, inputs: tuple, create_graph: bool, strict: bool, name: str
) -> tuple[Tensor, tuple, tuple]:
    """(the function's number, the inputs as it got them, its gradients, which have a history)."""
    ready = _ready(inputs, create_graph)
    outputs_tuple, outputs = _outputs(func, ready, name)
    _one_number(outputs, outputs_tuple, name)
    if strict:
        _require_history(outputs)
    found = _gradients(outputs, ready, None, True)
    message = STRICT_OUTPUT.replace("Output {}", "The output", 1)
    second = (
        "The jacobian of the user-provided function is independent of input {}. This is not "
        "allowed in strict mode when create_graph=True."
    )
    return outputs[0], ready, _filled(found, ready, strict, True, message, second)


STRICT_HESSIAN = (
    "The hessian of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode."
)
STRICT_HESSIAN_GRAPH = STRICT_HESSIAN[:-1] + " when create_graph=True."


def vhp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """(func(*inputs), v times the Hessian) of a function with one number as its result.

    >>> torch.autograd.functional.vhp(lambda x: (x**3).sum(), torch.tensor([1.0]), torch.ones(1))
    (tensor(1.), tensor([6.]))
    """
    with enable_grad():
        is_tuple, given = _as_tuple(inputs, "inputs", "vhp")
        none = "the input to the user-provided function is a single Tensor with"
        vectors = _vectors(v, given, is_tuple, none, "vhp")
        output, ready, first = _second(func, given, create_graph, strict, "vhp")
        found = _gradients(first, ready, vectors, create_graph)
        rows = _filled(found, ready, strict, create_graph, STRICT_HESSIAN, STRICT_HESSIAN_GRAPH)
    return _done(output, create_graph), _done(_form(is_tuple, rows), create_graph)


def hvp(
    func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """(func(*inputs), the Hessian times v) of a function with one number as its result.

    `vhp` is cheaper and, where the Hessian is symmetric, the same.

    >>> torch.autograd.functional.hvp(lambda x: (x**3).sum(), torch.tensor([1.0]), torch.ones(1))
    (tensor(1.), tensor([6.]))
    """
    with enable_grad():
        is_tuple, given = _as_tuple(inputs, "inputs", "hvp")
        none = "the input to the user-provided function is a single Tensor with"
        vectors = _vectors(v, given, is_tuple, none, "hvp")
        output, ready, first = _second(func, given, create_graph, strict, "hvp")
        weights = tuple([_zeros(t._array.shape, t).requires_grad_() for t in given])
        back = _gradients(first, ready, weights, True)
        rows = _filled(back, ready, strict, create_graph, STRICT_HESSIAN, STRICT_HESSIAN_GRAPH)
        found = _gradients(rows, weights, vectors, create_graph)
        columns = _filled(found, ready, strict, create_graph, STRICT_HESSIAN, STRICT_HESSIAN_GRAPH)
    return _done(output, create_graph), _done(_form(is_tuple, columns), create_graph)


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
