"""Extremes: the largest and smallest elements, and where they stand.

May import: core, tensor, ops.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.layout import Shape, wrap_dim, wrap_dims
from ..core.tracing import as_array
from ..tensor import Tensor, method, wrap
from .batching import along
from .inplace import write_out, write_outs
from .op import Op
from .reduce import require_tensor

__all__ = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "max",
    "min",
]


def _expand_back(g: Tensor, shape: Shape, dims: Shape, keepdim: bool) -> Tensor:
    """The gradient of a reduction, standing again over every element that went into it."""
    if not keepdim and g._array.ndim:
        g = g.reshape([1 if i in dims else n for i, n in enumerate(shape)])
    return g.expand(shape)


def _even_share(g: Tensor, input: Tensor, result: Tensor, dims: Shape, keepdim: bool) -> Tensor:
    """The gradient shared evenly by the elements that are the extreme."""
    peak = _expand_back(result, input.shape, dims, keepdim)
    mask = (input == peak).to(g.dtype)
    return _expand_back(g, input.shape, dims, keepdim) * mask / mask.sum(dims, True)


SHARED_VJP = (lambda g, input, result, dims, keepdim: _even_share(g, input, result, dims, keepdim),)
_amax = Op(
    "amax",
    lambda input, *, dims, keepdim: np.maximum.reduce(input, axis=dims, keepdims=keepdim),
    SHARED_VJP,
    batch=along("dims"),
)
_amin = Op(
    "amin",
    lambda input, *, dims, keepdim: np.minimum.reduce(input, axis=dims, keepdims=keepdim),
    SHARED_VJP,
    batch=along("dims"),
)
_max_all = Op("max_all", _amax.kernel, SHARED_VJP, backward="MaxBackward1", batch=along("dims"))
_min_all = Op("min_all", _amin.kernel, SHARED_VJP, backward="MinBackward1", batch=along("dims"))


def pick(find: Callable) -> Callable:
    def kernel(input: Any, *, dim: int, keepdim: bool) -> tuple:
        if not input.ndim:
            return input.copy(), np.zeros((), np.int64)
        indices = np.expand_dims(find(input, axis=dim), dim)
        values = np.take_along_axis(input, indices, dim)
        if not keepdim:
            values, indices = values.squeeze(dim), indices.squeeze(dim)
        return as_array(values), as_array(indices, np.int64)

    return kernel


def pick_vjp(g: Any, input: Any, result: Any, dim: int, keepdim: bool) -> Tensor:
    slope, indices = g[0], result[1].detach()
    zero = wrap(np.zeros(input._array.shape, input._array.dtype))
    if not input._array.ndim:
        return zero + slope
    if not keepdim:
        slope, indices = slope.unsqueeze(dim), indices.unsqueeze(dim)
    return zero.scatter(dim, indices, slope)


_max_dim = Op("max_dim", pick(np.argmax), (pick_vjp,), backward="MaxBackward0", batch=along("dim"))
_min_dim = Op("min_dim", pick(np.argmin), (pick_vjp,), backward="MinBackward0", batch=along("dim"))


def result_type(name: str) -> Any:
    """The named pair that PyTorch returns, printed over two lines."""

    class Pair(namedtuple(name, ("values", "indices"))):
        __slots__ = ()

        def __repr__(self) -> str:
            values, indices = self
            return f"torch.return_types.{name}(\nvalues={values!r},\nindices={indices!r})"

    Pair.__name__ = Pair.__qualname__ = name
    return Pair


MAX, MIN = result_type("max"), result_type("min")


def _ordered(input: Tensor, name: str) -> np.ndarray:
    """The array; NotImplementedError for complex numbers, which have no order."""
    array = require_tensor(input, name)._array
    if array.dtype.kind == "c":
        raise NotImplementedError(
            f"\"{name}\" not implemented for '{input.dtype.title}': complex numbers have no order"
        )
    return array


def _extreme(name: str, input: Tensor, dim: Any, keepdim: bool) -> Any:
    whole, along, pair = (_max_all, _max_dim, MAX) if name == "max" else (_min_all, _min_dim, MIN)
    array = _ordered(input, name)
    if isinstance(dim, Tensor):
        return input.maximum(dim) if name == "max" else input.minimum(dim)
    if dim is None:
        if not array.size:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
                "Specify the reduction dim with the 'dim' argument."
            )
        return whole(input, dims=tuple(range(array.ndim)), keepdim=False)
    dim = wrap_dim(dim, array.ndim)
    if array.ndim and not array.shape[dim]:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
    return pair(*along(input, dim=dim, keepdim=keepdim))


def written(result: Any, out: Any) -> Any:
    """The result, in the tensor or the pair of tensors given as `out=`, if any was."""
    if out is None:
        return result
    if isinstance(result, Tensor):
        return write_out(out, result)
    return write_outs(out, result)


def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The largest element; along `dim` a pair (values, indices); of two tensors, `maximum`.

    >>> torch.max(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1).indices
    tensor([1, 0])
    """
    return written(_extreme("max", input, dim, keepdim), out)


def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The smallest element; along `dim` a pair (values, indices); of two tensors, `minimum`.

    >>> torch.min(torch.tensor([[1.0, 5.0], [7.0, 2.0]]))
    tensor(1.)
    """
    return written(_extreme("min", input, dim, keepdim), out)


def _reduced(name: str, op: Op, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    array = _ordered(input, name)
    dims = wrap_dims(dim, array.ndim)
    if not array.size and array.ndim:
        if dim is None or dim == () or dim == []:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
                "Specify the reduction dim with the 'dim' argument."
            )
        for d in dims:
            if not array.shape[d]:
                raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return op(input, dims=dims, keepdim=keepdim)


def amax(
    input: Tensor, dim: Any = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The largest element over the dims; equal ones share the gradient.

    RuntimeError or IndexError where there is none.

    >>> torch.amax(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), 0)
    tensor([7., 5.])
    """
    return written(_reduced("amax", _amax, input, dim, keepdim), out)


def amin(
    input: Tensor, dim: Any = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The smallest element over the dims; equal ones share the gradient.

    RuntimeError or IndexError where there is none.

    >>> torch.amin(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), 0)
    tensor([1., 2.])
    """
    return written(_reduced("amin", _amin, input, dim, keepdim), out)


def _position(find: Callable, name: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    array = _ordered(input, name)
    if dim is None:
        if not array.size:
            raise IndexError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        found = as_array(find(array), np.int64)
        return wrap(found.reshape((1,) * array.ndim) if keepdim else found)
    dim = wrap_dim(dim, array.ndim)
    if not array.ndim:
        return wrap(np.zeros((), np.int64))
    if not array.shape[dim]:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
    return wrap(as_array(find(array, axis=dim, keepdims=keepdim), np.int64))


def argmax(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The index of the largest element, of the flattened tensor or along `dim`.

    >>> torch.argmax(torch.tensor([[1.0, 5.0], [7.0, 2.0]])), torch.tensor([3, 9]).argmax(0)
    (tensor(2), tensor(1))
    """
    return written(_position(np.argmax, "argmax", input, dim, keepdim), out)


def argmin(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The index of the smallest element, of the flattened tensor or along `dim`.

    >>> torch.argmin(torch.tensor([[1.0, 5.0], [7.0, 2.0]]))
    tensor(0)
    """
    return written(_position(np.argmin, "argmin", input, dim, keepdim), out)


for _function in (max, min, amax, amin, argmax, argmin):
    method(_function)
