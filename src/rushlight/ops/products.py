"""The vector product, and other products made of `mm` and its sisters.

May import: core, tensor, ops.
"""

import numpy as np

from ..core.layout import broadcast_shapes, product, wrap_dim
from ..tensor import Tensor, method, ndarray
from .batching import along
from .inplace import write_out
from .matmul import dot, mm, vdot
from .matrices import check_tensors
from .op import Op

__all__ = ["cross", "inner", "kron"]


def _cross_kernel(input: ndarray, other: ndarray, *, dim: int) -> ndarray:
    a, b = input.swapaxes(dim, -1), other.swapaxes(dim, -1)
    out = np.empty(input.shape, input.dtype)
    c = out.swapaxes(dim, -1)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        part = a[..., j] * b[..., k]
        part -= a[..., k] * b[..., j]
        c[..., i] = part
    return out


_cross = Op(
    "cross",
    _cross_kernel,
    (
        lambda g, other, dim: _cross(other.conj().expand_as(g), g, dim=dim),
        lambda g, input, dim: _cross(g, input.conj().expand_as(g), dim=dim),
    ),
    backward="LinalgCrossBackward0",
    batch=along("dim"),
)


def cross(
    input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The vector product along a dim of size 3 (the first such dim, unless given).

    RuntimeError where there is none, or the shapes do not broadcast.

    >>> torch.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]), dim=0)
    tensor([0., 0., 1.])
    """
    check_tensors("cross", input=input, other=other)
    if input._array.dtype != other._array.dtype:
        raise RuntimeError(
            f"expected scalar type {input.dtype.title} but found {other.dtype.title}"
        )
    if input._array.dtype.kind == "b":
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    ndim = input._array.ndim
    if other._array.ndim != ndim:
        raise RuntimeError(
            "linalg.cross: inputs must have the same number of dimensions, but they have "
            f"{ndim} and {other._array.ndim}"
        )
    if dim is None:
        if 3 not in input._array.shape:
            raise RuntimeError(
                f"no dimension of size 3 in input: its shape is {list(input._array.shape)}"
            )
        dim = input._array.shape.index(3)
    place = wrap_dim(dim, ndim) - ndim
    sizes = [x._array.shape[place] if ndim else 1 for x in (input, other)]
    if sizes != [3, 3]:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes[0]} and "
            f"{sizes[1]}"
        )
    shape = broadcast_shapes(input._array.shape, other._array.shape)
    result = _cross(input.expand(shape), other.expand(shape), dim=place)
    return result if out is None else write_out(out, result, exact=True)


def linalg_cross(
    input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None
) -> Tensor:
    """The vector product along a dim of size 3, the last unless given.

    >>> torch.linalg.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    check_tensors("linalg_cross", input=input, other=other)
    return cross(input, other, dim, out=out)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """The dot products along a dim, with the conjugate of the first; the rest broadcasts.

    >>> torch.linalg.vecdot(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    check_tensors("linalg_vecdot", x=x, y=y)
    for value in (x, y):
        if value._array.dtype.kind not in "fcV":
            raise RuntimeError(
                "linalg.vecdot: Expected a floating point or complex tensor as input. "
                f"Got {value.dtype.title}"
            )
    if x._array.dtype != y._array.dtype:
        raise RuntimeError(
            "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            f"{x.dtype.title} and y of type {y.dtype.title} instead"
        )
    if x._array.ndim == 1 and y._array.ndim == 1:
        wrap_dim(dim, 1)
        return vdot(x, y, out=out)
    first = x.conj() if x.is_complex() else x
    result = (first * y).sum(dim)
    return result if out is None else write_out(out, result, exact=True)


def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The dot products of the last dims of the two.

    >>> torch.inner(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor(11.)
    """
    check_tensors("inner", input=input, other=other)
    a, b = input._array.shape, other._array.shape
    if not a or not b:
        result = input * other
    elif a[-1] != b[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(a)} and {list(b)}"
        )
    elif len(a) == 1 and len(b) == 1:
        result = dot(input, other)
    else:
        rows = [x.reshape(product(x._array.shape[:-1]), a[-1]) for x in (input, other)]
        flat = mm(rows[0], rows[1].t())
        result = flat.reshape(*a[:-1], *b[:-1])
    return result if out is None else write_out(out, result)


def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kronecker's product: a copy of `other` for each element of the input, times it.

    >>> torch.kron(torch.eye(2), torch.ones(1, 2))
    tensor([[1., 1., 0., 0.],
            [0., 0., 1., 1.]])
    """
    check_tensors("kron", input=input, other=other)
    ndim = max(input._array.ndim, other._array.ndim)
    a = (1,) * (ndim - input._array.ndim) + input._array.shape
    b = (1,) * (ndim - other._array.ndim) + other._array.shape
    left = input.reshape([size for x in a for size in (x, 1)])
    right = other.reshape([size for x in b for size in (1, x)])
    result = (left * right).reshape([x * y for x, y in zip(a, b)])
    return result if out is None else write_out(out, result)


for _function in (cross, inner, kron):
    method(_function)
