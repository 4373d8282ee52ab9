"""What a primitive does with batches: the rules of `vmap`.

An op says in its definition how its kernel takes extra leading dims (`Op(..., batch=rule)`); one
that says nothing is called for each example. Views need no rule: all examples have one layout.
May import: core.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batch import Batch, BatchArray, batches_of, full_in, loop, shifted, whole_in
from ..core.layout import product

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


def joined(op: Any, arrays: list, attrs: dict[str, Any]) -> Any:
    """An op of a list of arrays along `dim` (cat, stack), for all examples."""
    batches = batches_of(arrays)
    wholes = [full_in(array, batches) for array in arrays]
    found = op.kernel(wholes, **{**attrs, "dim": shifted(attrs["dim"], len(batches))})
    return BatchArray(found, batches)


def fold(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """The kernel works on each of the first dim of its first input by itself; nothing else may be a
    batch: the examples become more of that dim."""
    first, *rest = arrays
    if any([type(array) is BatchArray for array in rest]) or not first.size:
        return None
    if not first.ndim:
        return None
    lead = first.whole.shape[: len(batches)]
    whole = first.whole.reshape(product(lead) * first.shape[0], *first.shape[1:])
    found = op.compute([whole, *rest], attrs=attrs)

    def unfolded(part: ndarray) -> ndarray:
        return part.reshape(*lead, part.shape[0] // product(lead), *part.shape[1:])

    if type(found) is tuple:
        return tuple([unfolded(part) for part in found])
    return unfolded(found)


def last(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """The kernel counts its dims from the last one."""
    return op.compute([arrays[0].whole], attrs=attrs)


def _leads(array: Any, batches: tuple) -> tuple[int, ...]:
    """The sizes of the batch dims of an array that has them all."""
    return array.whole.shape[: len(batches)]


def reshaped(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """`shape` is that of the result."""
    return arrays[0].whole.reshape(*_leads(arrays[0], batches), *attrs["shape"])


def cloned(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """A copy; one in an order of its own is made one by one."""
    format = attrs["format"]
    return arrays[0].whole.copy() if getattr(format, "order", None) is None else None


def first_rows(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """The first row of each."""
    return arrays[0].whole[(slice(None),) * len(batches) + (0,)]


def standardized(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """The norms: `view` and `axes` get the dims of the batch in front."""
    if any([type(array) is BatchArray for array in arrays[1:]]):
        return None
    lead = _leads(arrays[0], batches)
    axes = tuple([axis + len(lead) for axis in attrs["axes"]])
    moved = {**attrs, "view": (*lead, *attrs["view"]), "axes": axes}
    return op.compute([arrays[0].whole, *arrays[1:]], attrs=moved)


def losses(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """Losses of a difference: computed element by element, then reduced for each example."""
    ndim = max([array.ndim for array in arrays])
    wholes = [whole_in(array, batches, ndim) for array in arrays]
    found = op.compute(wholes, attrs={**attrs, "reduction": "none"})
    return _reduced(found, len(batches), attrs["reduction"])


def _reduced(found: ndarray, lead: int, reduction: str) -> ndarray:
    """What was computed element by element, as a loss of each example."""
    if reduction == "none":
        return found
    axes = tuple(range(lead, found.ndim))
    return np.add.reduce(found, axes) if reduction == "sum" else np.mean(found, axes)


def likelihoods(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """nll_loss without weights and without anything to ignore: the examples as more rows."""
    input, target, weight = arrays
    if weight is not None or attrs["ignore_index"] is not None or input.ndim < 2:
        return None
    rows, places = full_in(input, batches), full_in(target, batches)
    shape = places.shape
    lead = len(batches)
    rows = rows.reshape(-1, *rows.shape[lead + 1 :]) if rows.size else None
    if rows is None:
        return None
    places = places.reshape(-1, *shape[lead + 1 :])
    found = op.compute([rows, places, None], attrs={**attrs, "reduction": "none"})
    return _reduced(found.reshape(shape), lead, attrs["reduction"])


def likelihood_slopes(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """The gradient of nll_loss, in the same cases."""
    gradient, target, weight = arrays
    shape, reduction = attrs["shape"], attrs["reduction"]
    if weight is not None or attrs["ignore_index"] is not None or len(shape) < 2:
        return None
    places = full_in(target, batches)
    if not places.size:
        return None
    lead = places.shape[: len(batches)]
    share = full_in(gradient, batches)
    if reduction != "none":
        share = share.reshape(*lead, *(1,) * target.ndim)
        if reduction == "mean":
            share = share / share.dtype.type(target.size)
    share = np.broadcast_to(share, places.shape).reshape(-1, *target.shape[1:])
    places = places.reshape(-1, *target.shape[1:])
    own = {**attrs, "reduction": "none", "shape": (product(lead) * shape[0], *shape[1:])}
    return op.compute([share, places, None], attrs=own).reshape(*lead, *shape)


def indexed(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """Indexing by arrays alone, which are the same for all examples."""
    indices = attrs["indices"]
    if not all([type(index) is ndarray for index in indices]):
        return None
    return arrays[0].whole[(slice(None),) * len(batches) + tuple(indices)]


def picked_rows(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """Rows of one table, for indices of any shape."""
    table, indices = arrays
    if type(table) is BatchArray:
        return None
    return op.compute([table, indices.whole], attrs=attrs)


# ---- matrix products


def products(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """Matrices, or batches of matrices of the user's own."""
    if arrays[0].ndim == 2:
        a, b = arrays
        return matrix_product(a, b, batches)
    return _product(*[whole_in(array, batches, 3) for array in arrays])


def vector_products(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """A matrix and a vector."""
    matrix, vector = arrays
    return matrix_product(matrix, vector[..., None], batches)[..., 0]


def dots(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """Two vectors."""
    a, b = [whole_in(array, batches, 1) for array in arrays]
    return _product(a[..., None, :], b[..., None])[..., 0, 0]


def added_products(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """beta * input + alpha * product."""
    input, a, b = arrays
    beta, alpha = attrs["beta"], attrs["alpha"]
    found = matrix_product(a, b, batches)
    found = found if alpha == 1 else found * found.dtype.type(alpha)
    if beta == 0:
        return found
    input = whole_in(input, batches, 2)
    return found + (input if beta == 1 else input * found.dtype.type(beta))


def linear_layers(op: Any, arrays: list, attrs: dict[str, Any], batches: tuple) -> Any:
    """input @ weight.T + bias."""
    bias, input, weight = arrays
    return matrix_product(input, weight.T, batches) + whole_in(bias, batches, 2)


def matrix_product(a: Any, b: Any, batches: tuple[Batch, ...]) -> ndarray:
    """The whole product of batches of matrices; the rows of all examples at once where one side is
    the same for all."""
    left, right = whole_in(a, batches, 2), whole_in(b, batches, 2)
    plain = left.dtype.kind == "f" and left.size and right.size
    if plain and _same_for_all(right, b) and left.ndim > 2:
        matrix = right.reshape(right.shape[-2:])
        rows = np.ascontiguousarray(left).reshape(-1, left.shape[-1])
        return _product(rows, matrix).reshape(*left.shape[:-1], matrix.shape[-1])
    if plain and _same_for_all(left, a) and right.ndim > 2:
        matrix = left.reshape(left.shape[-2:])
        # (m, k) x (..., k, n): as (..., n, k) x (k, m), turned back
        turned = np.ascontiguousarray(right.swapaxes(-1, -2))
        rows = _product(turned.reshape(-1, turned.shape[-1]), matrix.T)
        return rows.reshape(*turned.shape[:-1], matrix.shape[0]).swapaxes(-1, -2)
    return _product(left, right)


def _same_for_all(whole: ndarray, array: Any) -> bool:
    return type(array) is not BatchArray or whole.size == array.size


def _product(a: ndarray, b: ndarray) -> ndarray:
    if a.dtype.itemsize == 2 and a.dtype.kind in "fV":
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return np.matmul(a, b)
