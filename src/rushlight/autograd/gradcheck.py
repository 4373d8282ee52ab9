"""gradcheck: holds the gradients of a function against finite differences.

Every component of every output is differentiated both ways; complex numbers count as pairs of
real ones, with PyTorch's convention for their gradients (the conjugate Wirtinger derivative).
May import: core, tensor, autograd.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor, wrap
from .functional import grad


class GradcheckError(RuntimeError):
    """The gradients of a function are not what finite differences say."""


def _tensors(values: Any) -> list[Tensor]:
    found = [values] if isinstance(values, Tensor) else list(values)
    return [value for value in found if isinstance(value, Tensor)]


def _differentiable(values: Any) -> list[Tensor]:
    return [t for t in _tensors(values) if t.requires_grad]


def _as_inputs(inputs: Any) -> tuple:
    return (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)


def _components(array: np.ndarray) -> np.ndarray:
    """The elements as one row of real float64 numbers, a complex one as two neighbours."""
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.dtype.kind == "c":
        return flat.astype(np.complex128).view(np.float64)
    return flat.astype(np.float64)


def _numerical(function: Callable, inputs: tuple, variable: Tensor, eps: float) -> list:
    """For each output, d components / d components of the variable: (outputs, inputs)."""
    array = variable._array
    columns: list[list[np.ndarray]] = []
    steps = (eps, eps * 1j) if array.dtype.kind == "c" else (eps,)
    for place in np.ndindex(array.shape):
        here = array[place].copy()
        for step in steps:
            array[place] = here + step
            above = [_components(t._array).copy() for t in _tensors(function(*inputs))]
            array[place] = here - step
            below = [_components(t._array).copy() for t in _tensors(function(*inputs))]
            array[place] = here
            columns.append([(a - b) / (2 * eps) for a, b in zip(above, below, strict=True)])
    outputs = len(columns[0]) if columns else 0
    return [np.stack([column[i] for column in columns], axis=1) for i in range(outputs)]


def _analytical(output: Tensor, variable: Tensor) -> np.ndarray:
    """The same by one backward for each component of the output."""
    parts = (1.0, 1.0j) if output._array.dtype.kind == "c" else (1.0,)
    size = variable._array.size * (2 if variable._array.dtype.kind == "c" else 1)
    rows = []
    for place in np.ndindex(output._array.shape):
        for part in parts:
            start = np.zeros(output._array.shape, output._array.dtype)
            start[place] = part
            (found,) = grad(output, variable, wrap(start), retain_graph=True, allow_unused=True)
            rows.append(np.zeros(size) if found is None else _components(found._array))
    return np.stack(rows) if rows else np.zeros((0, size))


def _check_inputs(inputs: tuple, eps: float) -> None:
    if not _differentiable(inputs):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them "
            "have requires_grad=True."
        )
    for position, tensor in enumerate(inputs):
        if not isinstance(tensor, Tensor) or not tensor.requires_grad:
            continue
        if eps < 1e-4 and tensor._array.dtype not in (np.float64, np.complex128):
            raise GradcheckError(
                f"Input #{position} requires gradient and is not a double precision floating point "
                f"or complex: it is {tensor.dtype}, in which differences over {eps} drown in "
                "rounding; use .double() or a larger eps"
            )
        if 0 in tensor._array.strides and tensor._array.size > 1:
            raise GradcheckError(
                f"The {position}th input has a dimension with stride 0. gradcheck only supports "
                "inputs that are non-overlapping; use .clone()"
            )


def _check(
    function: Callable, inputs: tuple, eps: float, atol: float, rtol: float, nondet_tol: float
) -> None:
    _check_inputs(inputs, eps)
    outputs = _tensors(function(*inputs))
    again = _tensors(function(*inputs))
    if not any([t.requires_grad for t in outputs]):
        for position, tensor in enumerate(_differentiable(inputs)):
            for numerical in _numerical(function, inputs, tensor, eps):
                if not np.allclose(numerical, 0.0, atol=atol):
                    raise GradcheckError(
                        f"Numerical gradient for function expected to be zero: the outputs do not "
                        f"require grad, but they change with input {position}"
                    )
        return
    for tensor in _differentiable(inputs):
        position = next(i for i, value in enumerate(inputs) if value is tensor)
        numericals = _numerical(function, inputs, tensor, eps)
        for index, numerical in enumerate(numericals):
            if not outputs[index].requires_grad:
                continue
            analytical = _analytical(outputs[index], tensor)
            if not np.allclose(analytical, numerical, rtol=rtol, atol=atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {index} with respect to input {position},\n"
                    f"numerical:{wrap(numerical.T.copy())}\n"
                    f"analytical:{wrap(analytical.T.copy())}\n"
                )
            repeated = _analytical(again[index], tensor)
            if not np.allclose(analytical, repeated, rtol=0, atol=nondet_tol):
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and "
                    "grad_output multiple times gives different values, although analytical "
                    f"gradient matches numerical gradient. The tolerance was {nondet_tol}."
                )


def gradcheck(
    func: Callable,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    fast_mode: bool = False,
) -> bool:
    """Whether the gradients of `func(*inputs)` agree with central differences.

    Inputs that require grad must be float64 (or complex128). GradcheckError, a RuntimeError, when
    they disagree; False instead with `raise_exception=False`. Every element is checked, with
    `fast_mode` too.

    >>> x = torch.tensor([0.5, 2.0], dtype=torch.double, requires_grad=True)
    >>> torch.autograd.gradcheck(lambda x: x * x * x, (x,))
    True
    """
    try:
        _check(func, _as_inputs(inputs), eps, atol, rtol, nondet_tol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    fast_mode: bool = False,
) -> bool:
    """Whether the second derivatives of `func(*inputs)` agree with central differences.

    The gradients are checked as functions of the inputs and of `grad_outputs`, which are drawn at
    random (always the same numbers) unless given.

    >>> x = torch.tensor([0.5, 2.0], dtype=torch.double, requires_grad=True)
    >>> torch.autograd.gradgradcheck(lambda x: x * x * x, (x,))
    True
    """
    inputs = _as_inputs(inputs)
    outputs = _differentiable(func(*inputs))
    if grad_outputs is None:
        given = tuple([_random_like(t, seed) for seed, t in enumerate(outputs)])
    else:
        given = _as_inputs(grad_outputs)
    count = len(given)

    def gradients(*arguments: Any) -> tuple:
        values, weights = arguments[:-count], arguments[-count:]
        results = _differentiable(func(*values))
        wanted = _differentiable(values)
        found = grad(results, wanted, weights, create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])

    return gradcheck(
        gradients,
        (*inputs, *given),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        fast_mode=fast_mode,
    )


def _random_like(tensor: Tensor, seed: int) -> Tensor:
    draw = np.random.default_rng(seed)
    array = draw.standard_normal(tensor._array.shape)
    if tensor._array.dtype.kind == "c":
        array = array + 1j * draw.standard_normal(tensor._array.shape)
    return wrap(np.asarray(array, tensor._array.dtype)).requires_grad_()
