"""Products added to something: addmv, addr, addbmm, baddbmm; `addmm` stands in matmul.py.

May import: core, tensor, ops.
"""

from typing import Any

from ..core.dtype import CPP_NAMES
from ..core.layout import broadcast_shapes
from ..tensor import Tensor, method
from .inplace import inplace, write_out
from .matmul import bmm, mv, outer
from .matrices import check_tensors

__all__ = ["addbmm", "addmv", "addr", "baddbmm"]


def _plus(input: Tensor, found: Tensor, beta: Any, alpha: Any) -> Tensor:
    """beta * input + alpha * found, in the shape of what was found; a beta of 0 drops the input."""
    if found._array.dtype.kind in "iu":  # a fraction of an integer matrix is rounded down first
        beta, alpha = int(beta), int(alpha)
    shape = found._array.shape
    found = found if alpha == 1 else found * alpha
    if beta == 0:
        return found
    input = input if beta == 1 else input * beta
    return (input if input._array.shape == shape else input.expand(shape)) + found


def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """beta * input + alpha * bmm(batch1, batch2); the input broadcasts to the products' shape.

    RuntimeError for dtypes that differ and shapes that do not fit.

    >>> torch.baddbmm(torch.ones(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1)).flatten()
    tensor([4., 4.])
    """
    check_tensors("baddbmm", input=input, batch1=batch1, batch2=batch2)
    if not input.dtype is batch1.dtype is batch2.dtype:
        names = [CPP_NAMES[x.dtype.name] for x in (input, batch1, batch2)]
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {names[0]}, batch1: {names[1]}, "
            f"batch2: {names[2]}"
        )
    result = _plus(input, bmm(batch1, batch2), beta, alpha)
    return result if out is None else write_out(out, result, exact=True)


def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """beta * input + alpha * the sum of bmm(batch1, batch2) over the batch.

    >>> torch.addbmm(torch.ones(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1))
    tensor([[7.]])
    """
    check_tensors("addbmm", input=input, batch1=batch1, batch2=batch2)
    counts = [x._array.shape[:1] for x in (batch1, batch2)]
    if batch1._array.ndim == batch2._array.ndim == 3 and counts[0] != counts[1]:
        raise RuntimeError(
            "batch1 and batch2 must have same number of batches, got "
            f"{counts[0][0]} and {counts[1][0]}"
        )
    products = bmm(batch1, batch2)
    if input.dtype is not batch2.dtype:
        raise RuntimeError(
            "self and mat2 must have the same dtype, but got "
            f"{input.dtype.title} and {batch2.dtype.title}"
        )
    result = _plus(input, products.sum(0, dtype=products.dtype), beta, alpha)
    return result if out is None else write_out(out, result)


def addmv(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """beta * input + alpha * (mat @ vec).

    >>> torch.addmv(torch.ones(1), torch.ones(1, 2), torch.ones(2))
    tensor([3.])
    """
    check_tensors("addmv", input=input, mat=mat, vec=vec)
    dims = [x._array.ndim for x in (mat, vec, input)]
    if dims[:2] != [2, 1] or dims[2] > 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {dims[2]}, {dims[0]}, {dims[1]}"
        )
    if not mat.dtype is vec.dtype is input.dtype:
        raise RuntimeError(
            "addmv input tensors must have the same dtype, but got "
            f"{input.dtype.title}, {mat.dtype.title}, and {vec.dtype.title}"
        )
    rows = mat._array.shape[0]
    if input._array.size not in (1, rows):
        raise RuntimeError(
            f"size mismatch, got input ({input._array.size}), mat ({rows}x{mat._array.shape[1]}), "
            f"vec ({vec._array.shape[0]})"
        )
    result = _plus(input, mv(mat, vec), beta, alpha)
    return result if out is None else write_out(out, result, exact=True)


def addr(
    input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """beta * input + alpha * outer(vec1, vec2); dtypes are promoted, bools combined by or.

    >>> torch.addr(torch.ones(1, 1), torch.ones(1), torch.ones(1))
    tensor([[2.]])
    """
    check_tensors("addr", input=input, vec1=vec1, vec2=vec2)
    for name, x in (("vec1", vec1), ("vec2", vec2)):
        if x._array.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x._array.ndim}-D")
    products = outer(vec1, vec2)
    both = products._array.dtype.kind + input._array.dtype.kind
    if both == "bb":
        result = products if alpha else products.logical_and(products.logical_not())
        result = result.logical_or(input) if beta else result
    else:
        for name, factor in (("beta", beta), ("alpha", alpha)):
            if isinstance(factor, float) and set(both) <= set("biu"):
                raise RuntimeError(
                    f"For integral input tensors, argument {name} must not be a floating point "
                    "number."
                )
        broadcast_shapes(input._array.shape, products._array.shape)
        result = _plus(input, products, beta, alpha)
    return result if out is None else write_out(out, result)


for _function in (baddbmm, addbmm, addmv, addr):
    method(_function)
    method(inplace(_function, _function.__name__), f"{_function.__name__}_")
