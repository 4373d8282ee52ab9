"""Indexing: `x[...]`, `x[...] = y` and index_put_, by PyTorch's rules.

Ints, slices, None and Ellipsis make a view; what remains, lists and tensors of ints and bools,
then picks from that view into a copy. That order is what sets PyTorch's rules apart from NumPy's.
May import: core, kernels, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, HALVES
from ..core.layout import product
from ..core.state import shared, thread
from ..core.tracing import contiguous
from ..kernels.placing import combine_flat, nonzero_places, scatter_into, slices
from ..tensor import Tensor, method, storage_of, wrap
from .batching import indexed
from .copying import copy_, element, fill_
from .index_plan import Plan
from .inplace import check_overlap, needs_history, overwrite, recorded
from .op import Op, ndarray
from .parts import ALL, select_op, slice_op
from .view_op import ViewOp
from .views import alias_view, expand, unsqueeze

__all__ = ["index_put"]

LONG = np.dtype(np.int64)

# ---- picking with index arrays


def _translated(error: Exception, indices: Sequence[Any]) -> Exception:
    text = str(error)
    if "could not be broadcast" in text and "indexing" in text:
        shapes = ", ".join(str(list(i.shape)) for i in indices if isinstance(i, ndarray))
        return IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes " + shapes
        )
    if "out of bounds for axis" in text:
        # PyTorch counts among the dims that are indexed
        start, _, rest = text.partition("axis ")
        axis = int(rest.split()[0])
        arrays = sum([isinstance(i, ndarray) for i in indices[:axis]])
        return IndexError(f"{start}dimension {arrays}{rest.removeprefix(str(axis))}")
    return IndexError(text)


def _check_empty(input: ndarray, indices: tuple[Any, ...]) -> None:
    """NumPy does not look at indices into a dim of size 0 when the result is empty anyhow."""
    dim = 0
    for item in indices:
        whole = isinstance(item, ndarray) and item.dtype.kind != "b"
        if whole and item.size and not input.shape[dim]:
            raise IndexError("index is out of bounds for dimension with size 0")
        dim += item.ndim if isinstance(item, ndarray) and not whole else 1


def _index(input: ndarray, *, indices: tuple[Any, ...]) -> ndarray:
    if not input.size:
        _check_empty(input, indices)
    try:
        if len(indices) == 1 and indices[0].dtype.kind != "b":
            return np.take(input, indices[0], axis=0)
        picked = [d for d, i in enumerate(indices) if isinstance(i, ndarray)]
        if len(picked) == 1 and indices[picked[0]].dtype.kind != "b":
            return np.take(input, indices[picked[0]], axis=picked[0])
        # NumPy may lay the result out in another order than PyTorch's
        return contiguous(input[indices])
    except IndexError as error:
        raise _translated(error, indices) from None


def add_at(out: ndarray, indices: Sequence[Any], values: ndarray) -> None:
    """out[indices] += values, where an element that is named twice gets both values."""
    if not values.size:
        return
    if len(indices) == 1 and indices[0].dtype.kind == "b":
        out[indices[0]] += values
        return
    if not out.flags.c_contiguous:
        straight = out.copy()
        add_at(straight, indices, values)
        out[...] = straight
        return
    if not all([isinstance(item, ndarray) for item in indices]):
        places = np.arange(out.size).reshape(out.shape)[tuple(indices)]
        combine_flat(out, places, values)
        return
    arrays: list[ndarray] = []
    for item in indices:
        arrays += nonzero_places(item) if item.dtype.kind == "b" else [item]
    picked = np.broadcast_arrays(*arrays) if len(arrays) > 1 else arrays
    lead = out.shape[: len(arrays)]
    line = np.zeros(picked[0].size, np.int64)
    for array, size in zip(picked, lead, strict=True):
        flat = array.reshape(-1)
        line = line * size + np.where(flat < 0, flat + size, flat)
    if line.size:
        rows = out.reshape(product(lead), -1)
        parts = values.reshape(line.size, -1)
        scatter_into(rows, slices(line, parts.shape, 0), parts, 0, np.add)


def _index_backward(g: ndarray, *, shape: tuple[int, ...], indices: tuple[Any, ...]) -> ndarray:
    half = g.dtype in HALVES
    out = np.zeros(shape, np.float32 if half else g.dtype)
    add_at(out, indices, g.astype(np.float32) if half else g)
    return out.astype(g.dtype) if half else out


index_op = Op(
    "index",
    _index,
    (lambda g, input_shape, indices: index_backward(g, shape=input_shape, indices=indices),),
    batch=indexed,
)
index_backward = Op("index_backward", _index_backward, (lambda g, indices: pick(g, indices),))


def pick(input: Tensor, indices: Any) -> Tensor:
    """`input[indices]` of index arrays."""
    return index_op(input, indices=indices)


def _put(input: ndarray, values: ndarray, *, indices: Any, accumulate: bool) -> ndarray:
    out = input.copy()
    _put_into(out, indices, values, accumulate)
    return out


def _put_into(out: ndarray, indices: Any, values: Any, accumulate: bool = False) -> None:
    try:
        if accumulate:
            shape = _picked_shape(out, indices)
            add_at(out, indices, np.broadcast_to(values, shape))
        else:
            out[indices] = values
    except (ValueError, TypeError):  # the latter for values of too many dims under a mask
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(np.shape(values))} cannot be broadcast "
            f"to indexing result of shape {list(_picked_shape(out, indices))}"
        ) from None
    except IndexError as error:
        raise _translated(error, indices) from None


def _picked_shape(array: ndarray, indices: Any) -> tuple[int, ...]:
    # one byte of memory seen under the array's shape
    return np.broadcast_to(np.False_, array.shape)[indices].shape


_index_put_op = Op(
    "index_put",
    _put,
    (
        lambda g, indices, accumulate: g if accumulate else _put_zero(g, indices),
        lambda g, indices: pick(g, indices),
    ),
)


def _put_zero(g: Tensor, indices: Any) -> Tensor:
    return _index_put_op(g, _scalar(0, g), indices=indices, accumulate=False)


def _scalar(value: Any, like: Tensor) -> Tensor:
    dtype = like._array.dtype
    return wrap(np.array(element(value, dtype), dtype))


def _kept(indices: Sequence[Any], tensor: Tensor) -> tuple[Any, ...]:
    """The indices; copies of them where a node will hold them and the user might change them."""
    if tensor._edge is not None and thread.grad_enabled:
        return tuple([i.copy() if isinstance(i, ndarray) else i for i in indices])
    return tuple(indices)


# ---- x[index]


@method
def __getitem__(self: Tensor, index: Any) -> Tensor:
    array = self._array
    kind = type(index)
    try:
        if kind is int:
            return select_op.show(self, array[index, ...], {"key": (index, ...)})
        if kind is slice and index.step is None:
            return slice_op.show(self, array[index], {"key": (index, ...)})
        if kind is tuple:
            op = _quick(index)
            if op is not None:
                key = index if Ellipsis in index else (*index, ...)
                return op.show(self, array[key], {"key": key})
        if index is None:
            return unsqueeze(self, 0)
        if kind is Tensor and index._array.dtype is LONG and index._array.ndim and array.size:
            return _rows(self, index._array)
    except IndexError:
        pass  # the slow path says it in PyTorch's words
    plan = Plan(array.shape, index)
    if not plan.indices:
        if plan.op is None and kind is slice:
            plan.op = slice_op  # of all elements
        return alias_view(self) if plan.op is None else plan.view(self)
    seen = plan.view(self)
    return index_op(seen, indices=_kept(plan.indices, seen))


def _rows(self: Tensor, places: ndarray) -> Tensor:
    """`self[places]` for an array of ints; IndexError for one that is not there."""
    array = self._array
    plain = type(array) is ndarray and type(places) is ndarray and not shared.watched
    if plain and (self._edge is None or not thread.grad_enabled):
        return wrap(array.take(places, 0))
    return index_op(self, indices=_kept((places,), self))


def _quick(index: tuple) -> ViewOp | None:
    """The op for a tuple of ints, plain slices and an Ellipsis; None for all else."""
    op = None
    for item in index:
        if item is Ellipsis:
            continue
        if type(item) is int:
            op = select_op
        elif type(item) is slice and item.step is None:
            if item.start is not None or item.stop is not None:
                op = slice_op
        else:
            return None
    return op


# ---- x[index] = value


def _check_value(self: Tensor, value: Any) -> None:
    if not isinstance(value, (Tensor, int, float, complex, np.generic)):
        raise TypeError(
            f"can't assign a {_type_name(value)} to a torch.{self.dtype.title}Tensor: "
            "use torch.tensor(...) for the value"
        )


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _trimmed(value: Tensor, ndim: int) -> Tensor:
    """The value without leading dims of size 1, as far as it has too many."""
    shape = value._array.shape
    extra = 0
    while len(shape) - extra > ndim and shape[extra] == 1:
        extra += 1
    return value.reshape(shape[extra:]) if extra else value


def _set_quickly(self: Tensor, index: Any, value: Any) -> bool:
    """Writes a number or a tensor to a plain part, where that is all there is to do; if it did."""
    array = self._array
    if type(value) is float and array.dtype.kind == "f":
        source: Any = value
    elif isinstance(value, Tensor) and value._array.dtype is array.dtype:
        source = value._array
    else:
        return False
    kind = type(index)
    plain = kind is int or (kind is tuple and _quick(index) is not None)
    key = index if kind is tuple else (index,)
    if not plain or shared.watched or 0 in array.strides or type(array) is not ndarray:
        return False
    if thread.grad_enabled and needs_history(self, (value,)):
        return False
    try:
        region = array[key if Ellipsis in key else (*key, ...)]
    except IndexError:
        return False  # the long way says it in PyTorch's words
    if type(source) is not float and source.shape != region.shape:
        return False
    storage_of(self).version += 1
    region[...] = source
    return True


@method
def __setitem__(self: Tensor, index: Any, value: Any) -> None:
    if _set_quickly(self, index, value):
        return
    _check_value(self, value)
    plan = Plan(self._array.shape, index)
    history = thread.grad_enabled and needs_history(self, (value,))
    if not history:
        storage_of(self).version += 0  # RuntimeError where it may not be changed
        _set_plainly(self, plan, value)
        return
    seen = plan.view(self)
    if plan.indices:
        if isinstance(value, Tensor):
            value = _trimmed(value, len(_picked_shape(seen._array, tuple(plan.indices))))
        else:
            value = _scalar(value, seen)
        _put_recorded(seen, plan.indices, value, False)
    elif isinstance(value, Tensor):
        value = _trimmed(value, seen._array.ndim)
        copy_(seen, expand(value, seen._array.shape))
    else:
        fill_(seen, _scalar(value, seen))


def _set_plainly(self: Tensor, plan: Plan, value: Any) -> None:
    region = self._array[tuple(plan.key)]
    if plan.indices:
        indices = tuple(plan.indices)
        if isinstance(value, Tensor):
            _check_put_dtype(region, value._array)
            value = _trimmed(value, len(_picked_shape(region, indices)))._array
        else:
            value = element(value, region.dtype)
        _put_into(region, indices, value)
    elif isinstance(value, Tensor):
        source = value._array
        if source.shape != region.shape:
            value = _trimmed(value, region.ndim)
            source = value._array
            if source.shape != region.shape:
                expand(value, region.shape)
        check_overlap(region)
        if source.dtype.kind == "c" and region.dtype.kind != "c":
            source = source.real
        overwrite(region, source)
    else:
        check_overlap(region)
        region[...] = element(value, region.dtype)
    storage_of(self).version += 1


def _check_put_dtype(target: ndarray, source: ndarray) -> None:
    if target.dtype != source.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{FROM_NUMPY[target.dtype].title} for the destination and "
            f"{FROM_NUMPY[source.dtype].title} for the source."
        )


# ---- index_put


def _put_recorded(self: Tensor, indices: Any, values: Tensor, accumulate: bool) -> Tensor:
    _check_put_dtype(self._array, values._array)
    kept = tuple([i.copy() if isinstance(i, ndarray) else i for i in indices])
    return recorded(_index_put_op, self, (values,), {"indices": kept, "accumulate": accumulate})


def _index_arrays(input: Tensor, indices: Any) -> tuple[Any, ...]:
    items = tuple([ALL if i is None else i for i in indices])
    return tuple(Plan(input._array.shape, items).indices) or (ALL,)


def index_put(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """A copy with the values put at the indices, or added to what stands there.

    >>> torch.index_put(torch.zeros(3), (torch.tensor([0, 0]),), torch.ones(2), accumulate=True)
    tensor([2., 0., 0.])
    """
    _check_put_dtype(input._array, values._array)
    arrays = tuple(
        [i.copy() if isinstance(i, ndarray) else i for i in _index_arrays(input, indices)]
    )
    return _index_put_op(input, values, indices=arrays, accumulate=accumulate)


method(index_put)


@method
def index_put_(
    self: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """`index_put` into this tensor.

    >>> torch.zeros(3).index_put_((torch.tensor([1]),), torch.tensor(5.0))
    tensor([0., 5., 0.])
    """
    arrays = _index_arrays(self, indices)
    if thread.grad_enabled and needs_history(self, (values,)):
        return _put_recorded(self, arrays, values, accumulate)
    _check_put_dtype(self._array, values._array)
    storage_of(self).version += 1
    _put_into(self._array, arrays, values._array, accumulate)
    return self
