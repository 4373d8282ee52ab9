"""What a primitive does with batches: the rules of `vmap`, and where a batch begins and ends.

An op says in its definition how its kernel takes extra leading dims (`Op(..., batch=rule)`); one
that says nothing is called for each example. Views need no rule: all examples have one layout.
May import: core, tensor, autograd, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.levels import history
from ..core.batch import (
    Batch,
    BatchArray,
    batches_of,
    broadcast,
    full_in,
    loop,
    shifted,
    whole_in,
)
from ..tensor import Tensor, wrap

ndarray = np.ndarray
Rule = Callable[[Any, list, dict[str, Any], tuple[Batch, ...]], Any]


def concerns(arrays: Any, attrs: dict[str, Any]) -> bool:
    """Whether any of the arrays is a batch."""
    return any([type(array) is BatchArray for array in arrays]) or bool(
        attrs and batches_of(attrs)
    )


def compute(op: Any, arrays: list, attrs: dict[str, Any]) -> Any:
    """What the kernel of an op gives for all examples: a batch, or a tuple of them."""
    rule = op.batch
    if rule is not None and not batches_of(attrs):
        batches = batches_of(arrays)
        found = rule(op, arrays, attrs, batches)
        if found is not None:
            if type(found) is tuple:
                return tuple([BatchArray(part, batches) for part in found])
            return BatchArray(found, batches)
    return loop(op.compute, (arrays,), {"attrs": attrs})


# ---- rules: the whole result for whole inputs, or None where the op must be called one by one


def elementwise(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """The kernel works element by element, with broadcasting."""
    ndim = max([array.ndim for array in arrays if array is not None])
    return op.compute([whole_in(a, batches, ndim) for a in arrays], attrs=attrs)


def along(*names: str) -> Rule:
    """The kernel works along the dims that these attributes name, and needs all of the examples."""

    def rule(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
        lead = len(batches)
        ndim = arrays[0].ndim
        if not ndim or any([a is not None and a.ndim != ndim for a in arrays]):
            return None
        moved = dict(attrs)
        for name in names:
            dim = attrs[name]
            if dim is None:
                moved[name] = tuple(range(lead, lead + ndim))
            elif isinstance(dim, tuple):
                moved[name] = tuple([shifted(d, lead) for d in dim])
            else:
                moved[name] = shifted(dim, lead)
        wholes = [None if a is None else full_in(a, batches) for a in arrays]
        if len(wholes) == 1:
            wholes = [arrays[0].whole]
        return op.compute(wholes, attrs=moved)

    return rule


def leading(*ndims: int) -> Rule:
    """The kernel works on the last dims, so many of each input, and takes any number before them."""

    def rule(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
        extra = max([a.ndim - n for a, n in zip(arrays, ndims, strict=False) if a is not None])
        wholes = [
            None if a is None else whole_in(a, batches, extra + n)
            for a, n in zip(arrays, ndims, strict=False)
        ]
        return op.compute(wholes, attrs=attrs)

    return rule


def matrix_product(a: Any, b: Any, batches: tuple[Batch, ...]) -> ndarray:
    """The whole product of batches of matrices; the rows of all examples at once where one side is
    the same for all."""
    left, right = whole_in(a, batches, 2), whole_in(b, batches, 2)
    lead = len(batches)
    if _same_for_all(right, b) and left.ndim > 2 and left.dtype.kind == "f":
        matrix = right.reshape(right.shape[-2:])
        rows = np.ascontiguousarray(left).reshape(-1, left.shape[-1])
        return _product(rows, matrix).reshape(*left.shape[:-1], matrix.shape[-1])
    if _same_for_all(left, a) and right.ndim > 2 and left.dtype.kind == "f":
        matrix = left.reshape(left.shape[-2:])
        # (m, k) x (..., k, n): as (..., n, k) x (k, m), turned back
        turned = np.ascontiguousarray(right.swapaxes(-1, -2))
        rows = _product(turned.reshape(-1, turned.shape[-1]), matrix.T)
        return rows.reshape(*turned.shape[:-1], matrix.shape[0]).swapaxes(-1, -2)
    assert lead
    return _product(left, right)


def _same_for_all(whole: ndarray, array: Any) -> bool:
    return type(array) is not BatchArray or whole.size == array.size


def _product(a: ndarray, b: ndarray) -> ndarray:
    if a.dtype.itemsize == 2 and a.dtype.kind in "fV":
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return np.matmul(a, b)


# ---- where a batch begins and ends


def edges_into(inputs: Any, result: Any) -> list:
    """The edges of the inputs, through a sum over the batches that only the result has.

    An input that is the same for all examples gets the sum of their gradients.
    """
    parts = result if type(result) is tuple else (result,)
    batches = batches_of(tuple([part._array for part in parts]))
    edges = []
    for tensor in inputs:
        edge = None if tensor is None else history(tensor._edge)
        if edge is not None and batches:
            own = batches_of((tensor._array,))
            missing = tuple([batch for batch in batches if batch not in own])
            if missing:
                edge = summed_edge(tensor, edge, missing)
        edges.append(edge)
    return edges


def summed_edge(tensor: Tensor, edge: Any, batches: tuple[Batch, ...]) -> Any:
    """An edge that sums gradients over these batches and hands them on."""
    stand_in = wrap(tensor._array)
    _sum_of_examples.link((edge,), {"batches": batches}, stand_in)
    return stand_in._edge


def sum_kernel(input: Any, *, batches: tuple[Batch, ...]) -> Any:
    """The sum over the examples of these batches; one that all have in common counts for each."""
    factor = 1
    axes = []
    own = input.batches if type(input) is BatchArray else ()
    for batch in batches:
        if batch not in own:
            factor *= batch.size
        else:
            axis = own.index(batch)
            axes.append(axis)
            if input.whole.shape[axis] == 1:
                factor *= batch.size
    whole = input.whole if type(input) is BatchArray else input
    if axes:
        whole = np.add.reduce(whole, tuple(axes))
    if factor != 1:
        whole = whole * whole.dtype.type(factor)
    left = tuple([batch for batch in own if batch not in batches])
    return BatchArray(np.asarray(whole), left) if left else np.asarray(whole)


def enter_kernel(input: Any, *, batch: Batch, dim: int) -> BatchArray:
    """The array as a batch of those along a dim."""
    own = input.batches if type(input) is BatchArray else ()
    whole = input.whole if own else input
    whole = np.moveaxis(whole, shifted(dim, len(own)), len(own))
    batches = (*own, batch)
    if len(own) and own[-1].number > batch.number:
        order = sorted(range(len(batches)), key=lambda axis: batches[axis].number)
        whole = whole.transpose(*order, *range(len(batches), whole.ndim))
        batches = tuple([batches[axis] for axis in order])
    return BatchArray(whole, batches)


def leave_kernel(input: Any, *, batch: Batch, dim: int) -> Any:
    """The examples of a batch along a dim; the same one for each where it is no batch."""
    own = input.batches if type(input) is BatchArray else ()
    whole = input.whole if own else input
    if batch in own:
        axis = own.index(batch)
        if whole.shape[axis] != batch.size:
            shape = list(whole.shape)
            shape[axis] = batch.size
            whole = np.broadcast_to(whole, shape).copy()
    else:
        axis = 0
        whole = np.broadcast_to(whole, (batch.size, *whole.shape)).copy()
    left = tuple([each for each in own if each is not batch])
    whole = np.moveaxis(whole, axis, shifted(dim, len(left)))
    return BatchArray(whole, left) if left else whole


def spread_kernel(input: Any, *, batches: tuple[Batch, ...]) -> Any:
    """The array as a batch of one example that stands for all."""
    own = batches_of((input,))
    together = tuple(sorted({*own, *batches}, key=lambda batch: batch.number))
    whole = whole_in(input, together, input.ndim)
    if type(input) is not BatchArray:
        whole = input[(None,) * len(together)]
    return BatchArray(whole, together)


_sum_of_examples: Any = None


def set_sum(op: Any) -> None:
    """Called once by the module that makes the ops of this one."""
    global _sum_of_examples
    _sum_of_examples = op
