"""Scattering along one dim: scatter and its reductions, index_add and its kin, put.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.layout import wrap_dim
from ..core.tracing import is_traced
from ..kernels.placing import scatter_into, slices, wide_copy
from ..tensor import Tensor, method, wrap
from .batching import along
from .copying import element
from .direct import Parts, in_place_of
from .elementwise import refused
from .gathering import (
    check_bounds,
    check_flat,
    check_integer,
    check_ranks,
    check_vector,
    corner_op,
    finished,
    fitted,
    gather_op,
    index_add_op,
    index_select_op,
    put_op,
    scatter_add_op,
    scattered,
    used_part,
)
from .inplace import inplace, write_out
from .op import Op, ndarray

__all__ = [
    "index_add", "index_copy", "index_fill", "index_reduce", "put", "scatter", "scatter_add",
    "scatter_reduce",
]  # fmt: skip

ALL = slice(None)

# ---- scatter


def _scatter(input: ndarray, index: ndarray, src: ndarray, *, dim: int) -> ndarray:
    return scattered(input, index, src, dim)


def _scatter_value(input: ndarray, index: ndarray, *, dim: int, value: Any) -> ndarray:
    return scattered(input, index, np.broadcast_to(value, index.shape), dim)


_scatter_op = Op(
    "scatter",
    _scatter,
    (
        lambda g, index, dim: _scatter_value_op(g, index, dim=dim, value=0),
        None,
        lambda g, index, dim, src_shape: fitted(gather_op(g, index, dim=dim), src_shape),
    ),
    batch=along("dim"),
)
_scatter_value_op = Op(
    "scatter_value",
    _scatter_value,
    (lambda g, index, dim: _scatter_value_op(g, index, dim=dim, value=0), None),
    backward="ScatterBackward1",
    batch=along("dim"),
)


def _check_scatter(input: Tensor, dim: int, index: Tensor, src: Any, name: str) -> int:
    check_integer(index, name)
    shape, seen = input._array.shape or (1,), index._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    if isinstance(src, Tensor) and src._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"{name}(): Expected self.dtype to be equal to src.dtype, but got {input.dtype} "
            f"and {src.dtype}"
        )
    if not index._array.size:
        return dim
    check_ranks(index, input, "self")
    if isinstance(src, Tensor):
        check_ranks(index, src, "src")
        limits = src._array.shape or (1,)
    else:
        limits = seen
    for d, size in enumerate(seen):
        if size > limits[d] or (size > shape[d] and d != dim):
            raise RuntimeError(
                f"Expected index {list(seen)} to be no larger than self {list(shape)} apart from "
                f"dimension {dim} and to be no larger size than src {list(limits)}"
            )
    check_bounds(index._array, shape[dim], dim)
    return dim


def _answer(result: Tensor, out: Tensor | None, *apart_from: Tensor) -> Tensor:
    return result if out is None else write_out(out, result, exact=True, apart_from=apart_from)


def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Any = None,
    *,
    value: Any = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with elements of `src` (or a number) put where `index` says: the inverse of gather.

    `reduce` ("add" or "multiply") combines them with what stands there; `scatter_reduce` is the
    one to prefer.

    >>> torch.scatter(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    if src is None:
        src = value
    dim = _check_scatter(input, dim, index, src, "scatter")
    if reduce is not None:
        return _answer(_scatter_reducing(input, dim, index, src, reduce), out)
    if not index._array.size:
        return _answer(input.clone(), out)
    if isinstance(src, Tensor):
        return _answer(_scatter_op(input, index, src, dim=dim), out)
    number = element(src, input._array.dtype)
    return _answer(_scatter_value_op(input, index, dim=dim, value=number), out)


def _scatter_reducing(input: Tensor, dim: int, index: Tensor, src: Any, reduce: str) -> Tensor:
    names = {"add": "sum", "multiply": "prod"}
    if reduce not in names:
        raise RuntimeError(f"reduce argument must be either add or multiply, got {reduce!r}")
    if not isinstance(src, Tensor):
        dtype = input._array.dtype
        src = wrap(np.full(index._array.shape, element(src, dtype), dtype))
    return scatter_reduce(input, dim, index, src, names[reduce])


def scatter_add(
    input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None
) -> Tensor:
    """A copy with elements of `src` added where `index` says.

    >>> torch.scatter_add(torch.zeros(2), 0, torch.tensor([1, 1]), torch.tensor([1.0, 2.0]))
    tensor([0., 3.])
    """
    dim = _check_scatter(input, dim, index, src, "scatter_add")
    if not index._array.size:
        return _answer(input.clone(), out)
    return _answer(scatter_add_op(input, index, src, dim=dim), out)


# ---- reductions of all that goes to one place


def _identity(reduce: str, dtype: Any) -> Any:
    """What leaves the other operand as it is."""
    if reduce in ("amax", "amin"):
        high = reduce == "amin"
        if dtype.kind == "b":
            return high
        if dtype.kind == "f":
            return np.inf if high else -np.inf
        return np.iinfo(dtype).max if high else np.iinfo(dtype).min
    return 1 if reduce == "prod" else 0


_UFUNCS = {
    "sum": np.add,
    "mean": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
}


def _scatter_reduce(
    input: ndarray, index: ndarray, src: ndarray, *, dim: int, reduce: str, include_self: bool
) -> ndarray:
    out = wide_copy(input)
    index = index.reshape(index.shape or (1,))
    values = used_part(src, index.shape).astype(out.dtype, copy=False)
    if not include_self:
        identity = np.array(_identity(reduce, out.dtype), out.dtype)
        scatter_into(out, index, np.broadcast_to(identity, index.shape), dim)
    scatter_into(out, index, values, dim, _UFUNCS[reduce])
    if reduce == "mean":
        counts = np.full(out.shape, int(include_self), np.int32)
        scatter_into(counts, index, np.ones(index.shape, np.int32), dim, np.add)
        np.maximum(counts, 1, out=counts)
        divide = np.floor_divide if out.dtype.kind in "iu" else np.true_divide
        out = divide(out, counts.astype(out.real.dtype)).astype(out.dtype, copy=False)
    return finished(out, input)


def _scatter_reduce_vjp(
    g: Tensor,
    input: Tensor,
    index: Tensor,
    src: Tensor,
    result: Tensor,
    dim: int,
    reduce: str,
    include_self: bool,
) -> tuple[Tensor, None, Tensor]:
    """The gradients of the input and of the elements of `src` that were used."""

    def at_source(x: Tensor) -> Tensor:
        return gather_op(x, index, dim=dim)

    def collected(x: Tensor, start: Tensor) -> Tensor:
        return scatter_add_op(start, index, x, dim=dim)

    used = src
    if src._array.shape not in (index._array.shape, ()):
        used = corner_op(src, shape=index._array.shape)
    if reduce == "sum":
        to_input, to_source = g, at_source(g)
    elif reduce == "mean":
        ones = wrap(np.ones(used._array.shape, g._array.dtype))
        start = np.full(g._array.shape, int(include_self), g._array.dtype)
        share = g / collected(ones, wrap(start)).clamp(min=1)
        to_input, to_source = share, at_source(share)
    elif reduce == "prod":
        to_input, to_source = _prod_gradients(g, input, index, used, result, dim, include_self)
    else:  # the extreme is shared by all that are equal to it
        mine, theirs = (input == result).to(g.dtype), (used == at_source(result)).to(g.dtype)
        share = g / collected(theirs, mine)
        to_input, to_source = mine * share, theirs * at_source(share)
    if not include_self:
        to_input = _scatter_value_op(to_input, index, dim=dim, value=0)
    return to_input, None, fitted(to_source, src._array.shape)


def _prod_gradients(
    g: Tensor,
    input: Tensor,
    index: Tensor,
    src: Tensor,
    result: Tensor,
    dim: int,
    include_self: bool,
) -> tuple[Tensor, Tensor]:
    """Each factor's gradient is the product of the others, which a division finds unless it is 0.

    A single zero among the factors of `src` is replaced by 1 to find it.
    """

    def product(factors: Tensor, start: Tensor) -> Tensor:
        return _scatter_reduce_op(
            start, index, factors, dim=dim, reduce="prod", include_self=include_self
        )

    def at_source(x: Tensor) -> Tensor:
        return gather_op(x, index, dim=dim)

    start = input.masked_fill(input == 0, 1)
    to_input = g * product(src, start) / start
    zero = src == 0
    zeros = scatter_add_op(wrap(np.zeros(input._array.shape, g._array.dtype)), index,
                           zero.to(g.dtype), dim=dim)  # fmt: skip
    single = zero & (at_source(zeros) == 1)
    others = at_source(g * product(src.masked_fill(single, 1), input))
    to_source = others.where(single, at_source(g * result) / src.masked_fill(zero, 1))
    return to_input, to_source


_scatter_reduce_op = Op("scatter_reduce", _scatter_reduce, _scatter_reduce_vjp, batch=along("dim"))


def scatter_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """A copy in which all elements of `src` that `index` sends to one place are reduced there.

    `reduce` is "sum", "prod", "mean", "amax" or "amin"; `include_self` says whether what stood
    there takes part.

    >>> x, index = torch.tensor([5.0, 1.0]), torch.tensor([0, 0])
    >>> torch.scatter_reduce(x, 0, index, torch.tensor([3.0, 7.0]), "amax")
    tensor([7., 1.])
    """
    if reduce not in _UFUNCS:
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}."
        )
    dim = _check_scatter(input, dim, index, src, "scatter_reduce")
    _check_real(input, reduce, "scatter_reduce")
    if not index._array.size:
        return _answer(input.clone(), out)
    result = _scatter_reduce_op(
        input, index, src, dim=dim, reduce=reduce, include_self=include_self
    )
    return _answer(result, out)


def _check_real(input: Tensor, reduce: str, name: str) -> None:
    kind = input._array.dtype.kind
    no_order = kind == "c" and reduce in ("amax", "amin")
    if no_order or (kind == "b" and (reduce == "mean" or name == "index_reduce")):
        raise NotImplementedError(
            f"\"{name}_cpu_{reduce}\" not implemented for '{input.dtype.title}'"
        )


# ---- whole slices along a dim


def _rows(input: ndarray, index: ndarray, values: Any, dim: int) -> ndarray:
    out = np.array(input, order="C", ndmin=1)
    out[(*(ALL,) * dim, index.reshape(-1))] = values
    return out.reshape(input.shape)


def _index_copy(input: ndarray, index: ndarray, source: ndarray, *, dim: int) -> ndarray:
    return _rows(input, index, source, dim)


def _index_fill(input: ndarray, index: ndarray, value: ndarray, *, dim: int) -> ndarray:
    return _rows(input, index, value, dim)


def _cleared(g: Tensor, index: Tensor, dim: int) -> Tensor:
    return _index_fill_op(g, index, wrap(np.zeros((), g._array.dtype)), dim=dim)


_index_copy_op = Op(
    "index_copy",
    _index_copy,
    (
        lambda g, index, dim: _cleared(g, index, dim),
        None,
        lambda g, index, dim, source_shape: index_select_op(g, index, dim=dim).reshape(
            source_shape
        ),
    ),
)
_index_fill_op = Op(
    "index_fill",
    _index_fill,
    (
        lambda g, index, dim: _cleared(g, index, dim),
        None,
        lambda g, index, dim: index_select_op(g, wrap(np.unique(index._array)), dim=dim).sum(),
    ),
)


def _check_source(input: Tensor, dim: int, index: Tensor, source: Tensor, name: str) -> int:
    check_vector(index, name)
    if not isinstance(source, Tensor):
        raise TypeError(refused(name, "source", 3, source))
    shape = input._array.shape or (1,)
    dim = wrap_dim(dim, len(shape))
    given = source._array.shape or (1,)
    count = index._array.size
    if source._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"{name}_(): self and source expected to have the same dtype, but got (self) "
            f"{input.dtype.title} and (source) {source.dtype.title}"
        )
    if len(given) != len(shape) or given[dim] != count:
        error = IndexError if name == "index_copy" else RuntimeError
        raise error(
            f"{name}_(): Number of indices ({count}) should be equal to source.size(dim): "
            f"({given[dim] if dim < len(given) else 1}), for dim: {dim}"
        )
    if (*given[:dim], *given[dim + 1 :]) != (*shape[:dim], *shape[dim + 1 :]):
        raise RuntimeError(
            f"source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(shape)} source.shape = {list(given)}"
        )
    return dim


def index_add(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    *,
    alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with alpha times the slices of `source` added to those named by `index`.

    >>> torch.index_add(torch.zeros(2), 0, torch.tensor([1, 1]), torch.tensor([1.0, 2.0]))
    tensor([0., 3.])
    """
    dim = _check_source(input, dim, index, source, "index_add")
    check_bounds(index._array, (input._array.shape or (1,))[dim], dim)
    return _answer(index_add_op(input, index, source, dim=dim, alpha=alpha), out)


def index_copy(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None
) -> Tensor:
    """A copy with the slices of `source` in place of those named by `index`.

    >>> torch.index_copy(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    dim = _check_source(input, dim, index, source, "index_copy")
    check_bounds(index._array, (input._array.shape or (1,))[dim], dim, IndexError)
    return _answer(_index_copy_op(input, index, source, dim=dim), out)


def index_fill(
    input: Tensor, dim: int, index: Tensor, value: Any, *, out: Tensor | None = None
) -> Tensor:
    """A copy with a number (or 0-d tensor) in the slices named by `index`.

    >>> torch.index_fill(torch.zeros(3), 0, torch.tensor([0, 2]), 5)
    tensor([5., 0., 5.])
    """
    check_vector(index, "index_fill")
    dim = wrap_dim(dim, input._array.ndim or 1)
    size = (input._array.shape or (1,))[dim]
    line = index._array
    # here, and here alone, places count from the end too
    if is_traced(line) or (line.size and line.min() < 0):
        line = np.where(line < 0, line + size, line)
        index = wrap(line)
    check_bounds(line, size, dim, IndexError)
    if not isinstance(value, Tensor):
        dtype = input._array.dtype
        value = wrap(np.array(element(value, dtype), dtype))
    elif value._array.ndim:
        raise RuntimeError(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value._array.ndim} dimension(s)."
        )
    return _answer(_index_fill_op(input, index, value, dim=dim), out)


def index_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """`scatter_reduce` of whole slices: those of `source` that go to one place are reduced there.

    `reduce` is "prod", "mean", "amax" or "amin"; sums are `index_add`'s.

    >>> source = torch.tensor([1.0, 5.0])
    >>> torch.index_reduce(torch.zeros(2), 0, torch.tensor([1, 1]), source, "amax")
    tensor([0., 5.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
            f"{reduce}."
        )
    dim = _check_source(input, dim, index, source, "index_reduce")
    check_bounds(index._array, (input._array.shape or (1,))[dim], dim)
    _check_real(input, reduce, "index_reduce")
    if not source._array.size:
        return _answer(input.clone(), out)
    wide = wrap(slices(index._array, source._array.shape or (1,), dim))
    result = _scatter_reduce_op(
        input, wide, source, dim=dim, reduce=reduce, include_self=include_self
    )
    return _answer(result, out)


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with elements of `source` at places of the flattened input, or added there.

    RuntimeError unless there are as many as places, and of the input's dtype.

    >>> torch.put(torch.zeros(2, 2), torch.tensor([0, -1]), torch.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    if not isinstance(source, Tensor):
        raise TypeError(refused("put", "source", 2, source))
    check_flat(index, input._array.size, "put_")
    if source._array.dtype != input._array.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{input.dtype.title} and source.dtype = {source.dtype.title}"
        )
    if source._array.size != index._array.size:
        raise RuntimeError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source._array.size}, index.numel() = {index._array.size}"
        )
    if not index._array.size:
        return input.clone()
    return put_op(input, index, source, accumulate=accumulate)


# ---- in place


def _scatter_parts(
    self: Tensor,
    dim: int,
    index: Tensor,
    src: Any = None,
    *,
    value: Any = None,
    reduce: str | None = None,
) -> Parts | None:
    src = value if src is None else src
    dim = _check_scatter(self, dim, index, src, "scatter")
    if reduce is not None or not index._array.size:
        return None
    if isinstance(src, Tensor):
        return dim, index._array, used_part(src._array, index._array.shape), None
    number = np.array(element(src, self._array.dtype), self._array.dtype)
    return dim, index._array, np.broadcast_to(number, index._array.shape), None


def _scatter_add_parts(self: Tensor, dim: int, index: Tensor, src: Tensor) -> Parts | None:
    dim = _check_scatter(self, dim, index, src, "scatter_add")
    if not index._array.size:
        return None
    return dim, index._array, used_part(src._array, index._array.shape), np.add


def _slice_parts(self: Tensor, dim: int, index: Tensor, source: Tensor, ufunc: Any) -> Parts:
    values = source._array
    return dim, slices(index._array.reshape(-1), values.shape, dim), values, ufunc


def _index_add_parts(
    self: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1
) -> Parts | None:
    dim = _check_source(self, dim, index, source, "index_add")
    check_bounds(index._array, self._array.shape[dim], dim)
    return _slice_parts(self, dim, index, source, np.add) if alpha == 1 else None


def _index_copy_parts(self: Tensor, dim: int, index: Tensor, source: Tensor) -> Parts:
    dim = _check_source(self, dim, index, source, "index_copy")
    check_bounds(index._array, self._array.shape[dim], dim, IndexError)
    return _slice_parts(self, dim, index, source, None)


for _function in (
    index_add, index_copy, index_fill, index_reduce, put, scatter, scatter_add, scatter_reduce,
):  # fmt: skip
    method(_function)
for _function in (index_fill, index_reduce, put, scatter_reduce):
    method(inplace(_function), f"{_function.__name__}_")
for _function, _parts in (
    (scatter, _scatter_parts), (scatter_add, _scatter_add_parts), (index_add, _index_add_parts),
    (index_copy, _index_copy_parts),
):  # fmt: skip
    method(in_place_of(_function, _parts), f"{_function.__name__}_")
