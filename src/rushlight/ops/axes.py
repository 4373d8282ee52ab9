"""Views that reorder dims: t, transpose, permute, movedim and the attributes T, mT, H and mH.

May import: core, tensor, ops.
"""

import warnings
from typing import Any

from ..core.layout import as_shape, wrap_dim
from ..tensor import Tensor, method
from .elementwise import refused
from .op import ndarray
from .view_op import ViewOp

__all__ = [
    "adjoint", "moveaxis", "movedim", "permute", "swapaxes", "swapdims", "t", "transpose",
]  # fmt: skip


def _permute(input: ndarray, *, dims: tuple[int, ...]) -> ndarray:
    return input.transpose(dims)


def _inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(dims)), key=dims.__getitem__))


t_op = ViewOp("t", lambda input: input.T, (lambda g: g.t(),))
_transpose = ViewOp(
    "transpose",
    lambda input, *, dim0, dim1: input.swapaxes(dim0, dim1) if input.ndim else input[...],
    (lambda g, dim0, dim1: g.transpose(dim0, dim1),),
)
_permute_op = ViewOp("permute", _permute, (lambda g, dims: g.permute(_inverse(dims)),))


def t(input: Tensor) -> Tensor:
    """A matrix with its two dims exchanged, a view; a vector or a 0-d tensor as it is.

    RuntimeError for more than two dims.

    >>> torch.t(torch.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("t", "input", 1, input))
    array = input._array
    if array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {array.ndim}D")
    return t_op.show(input, array.T, {})


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dims exchanged; IndexError for dims it does not have.

    >>> torch.transpose(torch.zeros(2, 3, 4), 0, 2).shape
    torch.Size([4, 3, 2])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("transpose", "input", 1, input))
    array = input._array
    dim0 = wrap_dim(dim0, array.ndim)
    dim1 = wrap_dim(dim1, array.ndim)
    return _transpose(input, dim0=dim0, dim1=dim1)


swapaxes = swapdims = transpose


@method
def permute(input: Tensor, *axes: Any, dims: Any = None) -> Tensor:
    """A view with the dims in this order; RuntimeError unless each is named once.

    >>> torch.permute(torch.zeros(2, 3, 4), (2, 0, 1)).shape
    torch.Size([4, 2, 3])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("permute", "input", 1, input))
    order = as_shape(axes if dims is None else (dims,))
    ndim = input._array.ndim
    if len(order) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            "length of the desired ordering of dimensions i.e. "
            f"input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    order = tuple([wrap_dim(d, ndim) for d in order])
    if len(set(order)) != ndim:
        raise RuntimeError(f"permute(): duplicate dims are not allowed. Got {list(order)}")
    return _permute_op(input, dims=order)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """A view with some dims moved to other places, the rest in their order.

    >>> torch.movedim(torch.zeros(2, 3, 4), 0, -1).shape
    torch.Size([3, 4, 2])
    """
    if isinstance(source, int) != isinstance(destination, int):
        raise TypeError(
            "movedim() received an invalid combination of arguments: source and destination must "
            f"both be ints or both tuples of ints, got {source!r} and {destination!r}"
        )
    ndim = input._array.ndim
    sources = (source,) if isinstance(source, int) else tuple(source)
    places = (destination,) if isinstance(destination, int) else tuple(destination)
    if len(sources) != len(places):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(sources)} dims) should "
            f"contain the same number of dims as destination ({list(places)} dims)"
        )
    sources = tuple([wrap_dim(d, ndim) for d in sources])
    places = tuple([wrap_dim(d, ndim) for d in places])
    for name, dims in (("source", sources), ("destination", places)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(dims)})")
    order = [d for d in range(ndim) if d not in sources]
    if not ndim:
        return permute(input, ())
    for place, moved in sorted(zip(places, sources, strict=True)):
        order.insert(place, moved)
    return permute(input, tuple(order))


moveaxis = movedim


def _matrix(self: Tensor, name: str) -> None:
    if self._array.ndim < 2:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. "
            f"Got {self._array.ndim}-D tensor."
        )


def _get_T(self: Tensor) -> Tensor:
    """A view with the dims in reverse order."""
    array = self._array
    if array.ndim != 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is "
            "deprecated and it will throw an error in a future release. Consider `x.mT` to "
            "transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
            "reverse the dimensions of a tensor.",
            UserWarning,
            stacklevel=2,
        )
    return _permute_op.show(self, array.T, {"dims": tuple(range(array.ndim - 1, -1, -1))})


def _get_mT(self: Tensor) -> Tensor:
    """A view with the last two dims exchanged."""
    _matrix(self, "mT")
    return transpose(self, -2, -1)


def adjoint(input: Tensor) -> Tensor:
    """The last two dims exchanged, and the conjugate of complex numbers.

    >>> torch.adjoint(torch.tensor([[1 + 1j, 2], [3, 4]]))[0, 0]
    tensor(1.-1.j)
    """
    _matrix(input, "adjoint()")
    flipped = transpose(input, -2, -1)
    return flipped.conj() if input._array.dtype.kind == "c" else flipped


def _get_mH(self: Tensor) -> Tensor:
    """The last two dims exchanged, and the conjugate of complex numbers."""
    _matrix(self, "mH")
    return adjoint(self)


def _get_H(self: Tensor) -> Tensor:
    """The conjugate transpose of a matrix."""
    if self._array.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self._array.ndim}-D "
            "tensor. For batches of matrices, consider using tensor.mH"
        )
    return adjoint(self) if self._array.ndim else self


for _function in (adjoint, movedim, t, transpose):
    method(_function)
method(transpose, "swapaxes")
method(transpose, "swapdims")
method(movedim, "moveaxis")
Tensor.T = property(_get_T)  # type: ignore[attr-defined]
Tensor.mT = property(_get_mT)  # type: ignore[attr-defined]
Tensor.H = property(_get_H)  # type: ignore[attr-defined]
Tensor.mH = property(_get_mH)  # type: ignore[attr-defined]
