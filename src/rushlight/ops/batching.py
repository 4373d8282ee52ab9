"""What a primitive does with batches: the rules of `vmap`.

An op says in its definition how its kernel takes extra leading dims (`Op(..., batch=rule)`); one
that says nothing is called for each example. Views need no rule: all examples have one layout.
May import: core.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batch import Batch, BatchArray, batches_of, full_in, loop, shifted, whole_in

ndarray = np.ndarray
Rule = Callable[[Any, list, dict[str, Any], tuple[Batch, ...]], Any]


def concerns(arrays: Any, attrs: dict[str, Any]) -> bool:
    """Whether any of the arrays is a batch."""
    return any([type(array) is BatchArray for array in arrays]) or bool(attrs and batches_of(attrs))


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
    """The kernel works on the last dims, so many of each input, with any number before them."""

    def rule(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
        extra = max([a.ndim - n for a, n in zip(arrays, ndims, strict=False) if a is not None])
        wholes = [
            None if a is None else whole_in(a, batches, extra + n)
            for a, n in zip(arrays, ndims, strict=False)
        ]
        return op.compute(wholes, attrs=attrs)

    return rule


def joined(op: Any, arrays: list, attrs: dict[str, Any]) -> BatchArray:
    """An op of a list of arrays along `dim` (cat, stack), for all examples."""
    batches = batches_of(arrays)
    wholes = [full_in(array, batches) for array in arrays]
    found = op.kernel(wholes, **{**attrs, "dim": shifted(attrs["dim"], len(batches))})
    return BatchArray(found, batches)


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
