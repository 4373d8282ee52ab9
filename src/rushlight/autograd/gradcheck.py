"""gradcheck: holds the gradients of a function against finite differences.

Every component of every output is differentiated both ways; complex numbers count as pairs of
real ones, with PyTorch's convention for their gradients (the conjugate Wirtinger derivative).
May import: core, tensor, autograd.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor, wrap
from .forward_ad import dual_at, parts_at
from .gradients import grad
from .levels import Level


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


class _Options:
    """How to check, and how close numbers must be."""

    def __init__(self, **options: Any) -> None:
        self.eps: float = options["eps"]
        self.atol: float = options["atol"]
        self.rtol: float = options["rtol"]
        self.nondet_tol: float = options["nondet_tol"]
        self.forward: bool = options["forward"]
        self.backward: bool = options["backward"]
        self.batched: bool = options["batched"]
        self.batched_forward: bool = options["batched_forward"]
        assert self.forward or self.backward, (
            "Expected at least one of check_forward_ad or check_backward_ad to be True"
        )

    def close(self, a: np.ndarray, b: np.ndarray) -> bool:
        return np.allclose(a, b, rtol=self.rtol, atol=self.atol)


def _check(function: Callable, inputs: tuple, options: _Options) -> None:
    _check_inputs(inputs, options.eps)
    outputs = _tensors(function(*inputs))
    again = _tensors(function(*inputs))
    if not any([t.requires_grad for t in outputs]):
        for position, tensor in enumerate(_differentiable(inputs)):
            for numerical in _numerical(function, inputs, tensor, options.eps):
                if not np.allclose(numerical, 0.0, atol=options.atol):
                    raise GradcheckError(
                        f"Numerical gradient for function expected to be zero: the outputs do not "
                        f"require grad, but they change with input {position}"
                    )
        return
    for tensor in _differentiable(inputs):
        position = next(i for i, value in enumerate(inputs) if value is tensor)
        numericals = _numerical(function, inputs, tensor, options.eps)
        if options.forward:
            _check_forward(function, inputs, position, numericals, options)
        if options.backward:
            for index, numerical in enumerate(numericals):
                if outputs[index].requires_grad:
                    pair = outputs[index], again[index]
                    _check_backward(pair, tensor, numerical, (index, position), options)


def _check_backward(
    pair: tuple, tensor: Tensor, numerical: np.ndarray, where: tuple, options: _Options
) -> None:
    """The gradient of an output of both runs with respect to an input."""
    output, again = pair
    analytical = _analytical(output, tensor)
    if not options.close(analytical, numerical):
        raise GradcheckError(_mismatch("Jacobian", where, numerical, analytical))
    if not np.allclose(analytical, _analytical(again, tensor), rtol=0, atol=options.nondet_tol):
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and "
            "grad_output multiple times gives different values, although analytical "
            f"gradient matches numerical gradient. The tolerance was {options.nondet_tol}."
        )
    if options.batched:
        _check_batched(output, tensor, analytical, where)


def _check_batched(output: Tensor, tensor: Tensor, analytical: np.ndarray, where: tuple) -> None:
    """The gradients of several gradients of the output at once."""
    weights = np.stack([_random(output._array, seed) for seed in range(2)])
    try:
        (together,) = grad(
            output, tensor, wrap(weights), retain_graph=True, allow_unused=True,
            is_grads_batched=True,
        )  # fmt: skip
    except Exception as error:
        raise GradcheckError(
            "While computing batched gradients, got the error above; to skip this check, pass "
            "check_batched_grad=False"
        ) from error
    for index, weight in enumerate(weights):
        (alone,) = grad(output, tensor, wrap(weight), retain_graph=True, allow_unused=True)
        if alone is not None and not np.allclose(together._array[index], alone._array):
            raise GradcheckError(
                f"For output {where[0]} and input {where[1]}: batched gradients differ from those "
                "computed one by one"
            )


def _check_forward(
    function: Callable, inputs: tuple, position: int, numericals: list, options: _Options
) -> None:
    """The tangents of all outputs for each direction of one input."""
    array = inputs[position]._array
    columns: list[list[np.ndarray]] = []
    for place in np.ndindex(array.shape):
        for part in (1.0, 1.0j) if array.dtype.kind == "c" else (1.0,):
            direction = np.zeros(array.shape, array.dtype)
            direction[place] = part
            columns.append(_pushed(function, inputs, position, wrap(direction)))
    for index, numerical in enumerate(numericals):
        if not columns:
            continue
        analytical = np.stack([column[index] for column in columns], axis=1)
        if not options.close(analytical, numerical):
            what = "Jacobian computed with forward mode"
            raise GradcheckError(_mismatch(what, (index, position), numerical, analytical))


def _pushed(function: Callable, inputs: tuple, position: int, direction: Tensor) -> list:
    arguments = list(inputs)
    with Level() as level:
        arguments[position] = dual_at(level, inputs[position], direction)
        found = []
        for output in _tensors(function(*arguments)):
            tangent = parts_at(level, output).tangent
            array = np.zeros(output._array.shape) if tangent is None else tangent._array
            found.append(_components(array.astype(output._array.dtype)))
    return found


def _mismatch(what: str, where: tuple, numerical: np.ndarray, analytical: np.ndarray) -> str:
    return (
        f"{what} mismatch for output {where[0]} with respect to input {where[1]},\n"
        f"numerical:{wrap(numerical.T.copy())}\nanalytical:{wrap(analytical.T.copy())}\n"
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
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func(*inputs)` agree with central differences.

    Inputs that require grad must be float64 (or complex128). GradcheckError, a RuntimeError, when
    they disagree; False instead with `raise_exception=False`. `check_forward_ad` checks forward
    mode too, `check_batched_grad` several gradients at once. Every element is checked, with
    `fast_mode` too; gradients always have the dtype of their inputs.

    >>> x = torch.tensor([0.5, 2.0], dtype=torch.double, requires_grad=True)
    >>> torch.autograd.gradcheck(lambda x: x * x * x, (x,), check_forward_ad=True)
    True
    """
    options = _Options(
        eps=eps, atol=atol, rtol=rtol, nondet_tol=nondet_tol, forward=check_forward_ad,
        backward=check_backward_ad, batched=check_batched_grad,
        batched_forward=check_batched_forward_grad,
    )  # fmt: skip
    try:
        _check(func, _as_inputs(inputs), options)
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
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the second derivatives of `func(*inputs)` agree with central differences.

    The gradients are checked as functions of the inputs and of `grad_outputs`, which are drawn at
    random (always the same numbers) unless given. `check_fwd_over_rev` checks forward mode through
    the gradients.

    >>> x = torch.tensor([0.5, 2.0], dtype=torch.double, requires_grad=True)
    >>> torch.autograd.gradgradcheck(lambda x: x * x * x, (x,), check_fwd_over_rev=True)
    True
    """
    inputs = _as_inputs(inputs)
    outputs = _differentiable(func(*inputs))
    if grad_outputs is None:
        given = tuple([_random_like(t, seed) for seed, t in enumerate(outputs)])
        if gen_non_contig_grad_outputs:
            given = tuple([_with_gaps(t) for t in given])
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
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
    )


def _with_gaps(tensor: Tensor) -> Tensor:
    """The same numbers, every second element of its memory."""
    array = np.repeat(tensor._array[..., None], 2, axis=-1)[..., 0]
    return wrap(array).requires_grad_()


def _random(like: np.ndarray, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    array = draw.standard_normal(like.shape)
    if like.dtype.kind == "c":
        array = array + 1j * draw.standard_normal(like.shape)
    return np.asarray(array, like.dtype)


def _random_like(tensor: Tensor, seed: int) -> Tensor:
    return wrap(_random(tensor._array, seed)).requires_grad_()
