"""Whole Jacobians and Hessians of functions: one vmap over the unit vectors.

May import: core, tensor, autograd, ops, func.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.trees import Spec, flatten, unflatten
from ..tensor import Tensor, wrap
from .gradients import picked, replaced, vjp, with_aux
from .tangents import jvp
from .vmap import vmap


def _basis(tensors: list[Tensor]) -> list[Tensor]:
    """Unit vectors of all elements of the tensors: for each tensor, its part of every one."""
    sizes = [tensor._array.size for tensor in tensors]
    total = sum(sizes)
    basis = []
    start = 0
    for tensor, size in zip(tensors, sizes, strict=True):
        part = np.zeros((total, size), tensor._array.dtype)
        part[np.arange(start, start + size), np.arange(size)] = 1
        basis.append(wrap(part.reshape(total, *tensor._array.shape)))
        start += size
    return basis


def _split(rows: Tensor, tensors: list[Tensor]) -> list[Tensor]:
    """The rows that belong to each of the tensors."""
    return list(rows.split([tensor._array.size for tensor in tensors], 0))


def jacrev(
    func: Callable, argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable:
    """A function that returns the Jacobian of `func`, row by row, by reverse mode.

    For an output and an input the result has their shapes, one after the other; the structure is
    that of the outputs, with that of the inputs inside. All rows are computed at once, or
    `chunk_size` of them. The better choice where there are fewer outputs than inputs.

    >>> torch.func.jacrev(lambda x: x * x)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func, updated=())
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        values = picked(args, argnums, "jacrev(f, argnums)")

        def of_values(chosen: Any) -> Any:
            return func(*replaced(args, argnums, chosen), **kwargs)

        output, pull, *aux = vjp(of_values, values, has_aux=has_aux)
        outputs, out_spec = flatten(output)
        inputs, in_spec = flatten(values)

        def row(*weights: Tensor) -> tuple:
            return tuple(flatten(pull(unflatten(list(weights), out_spec))[0])[0])

        basis = _basis(outputs)
        rows = vmap(row, chunk_size=chunk_size)(*basis)
        blocks: list[list] = [[] for _ in outputs]
        for found, tensor in zip(rows, inputs, strict=True):
            for block, part, out in zip(blocks, _split(found, outputs), outputs, strict=True):
                block.append(part.reshape(*out._array.shape, *tensor._array.shape))
        result = _nested(blocks, out_spec, in_spec)
        return (result, aux[0]) if has_aux else result

    return wrapped


def _nested(blocks: list[list], out_spec: Spec, in_spec: Spec) -> Any:
    return unflatten([unflatten(block, in_spec) for block in blocks], out_spec)


def jacfwd(
    func: Callable, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable:
    """A function that returns the Jacobian of `func`, column by column, by forward mode.

    The result is that of `jacrev`. The better choice where there are fewer inputs than outputs.

    >>> torch.func.jacfwd(lambda x: x * x)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func, updated=())
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        values = picked(args, argnums, "jacfwd(f, argnums)")
        inputs, in_spec = flatten(values)
        kept: list = []  # (structure of the output, output, aux), the same for every column

        def column(*tangents: Tensor) -> tuple:
            def of_leaves(*leaves: Tensor) -> Any:
                chosen = unflatten(list(leaves), in_spec)
                result = func(*replaced(args, argnums, chosen), **kwargs)
                return with_aux(result, True, "jacfwd(f)") if has_aux else (result, None)

            output, pushed, aux = jvp(of_leaves, tuple(inputs), tangents, has_aux=True)
            outputs, out_spec = flatten(output)
            kept[:] = [out_spec, [out._array.shape for out in outputs], flatten(aux)[1]]
            rest = flatten(aux)[0] if has_aux else []
            return tuple(flatten(pushed)[0]), tuple(rest)

        columns, rest = vmap(column, randomness=randomness)(*_basis(inputs))
        out_spec, shapes, aux_spec = kept
        blocks: list[list] = []
        for found, shape in zip(columns, shapes, strict=True):
            parts = _split(found, inputs)
            blocks.append(
                [
                    part.movedim(0, -1).reshape(*shape, *tensor._array.shape)
                    for part, tensor in zip(parts, inputs, strict=True)
                ]
            )
        result = _nested(blocks, out_spec, in_spec)
        if not has_aux:
            return result
        return result, unflatten([each[0] for each in rest], aux_spec)

    return wrapped


def hessian(func: Callable, argnums: Any = 0) -> Callable:
    """A function that returns the second derivatives of `func`: forward mode over reverse mode.

    >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
