"""Matrix products: mm, mv, dot, bmm, addmm, and matmul made of them.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, HALVES
from ..core.layout import broadcast_shapes
from ..tensor import Tensor, method
from .inplace import write_out
from .op import Op

__all__ = ["addmm", "addmv", "baddbmm", "bmm", "dot", "linear", "matmul", "mm", "mv", "outer"]


def _multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """NumPy's product; halves are multiplied in float32 and rounded once."""
    if a.dtype in HALVES:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return np.matmul(a, b)


def _same_dtype(first: Tensor, second: Tensor, words: str) -> None:
    a, b = first._array.dtype, second._array.dtype
    if a != b:
        names = [FROM_NUMPY[d].title.lower().replace("long", "int64_t") for d in (a, b)]
        raise RuntimeError(
            f"expected {words} to have the same dtype, but got: {names[0]} != {names[1]}"
        )


def _mm_right(g: Tensor, input: Tensor, mat2: Tensor) -> Tensor:
    # The transpose of a weight has its columns in memory: a product computed transposed gives a
    # gradient whose transpose, the weight's own, is contiguous.
    strides = mat2._array.strides
    if strides[0] < strides[1]:
        return _mm(g.t(), input.conj()).t()
    return _mm(input.t().conj(), g)


_mm = Op(
    "mm",
    lambda input, mat2: _multiply(input, mat2),
    (lambda g, mat2: _mm(g, mat2.t().conj()), lambda g, input, mat2: _mm_right(g, input, mat2)),
)
_mv = Op(
    "mv",
    lambda input, vec: _multiply(input, vec),
    (lambda g, vec: outer(g, vec.conj()), lambda g, input: _mv(input.t().conj(), g)),
)
_dot = Op(
    "dot",
    lambda input, tensor: _multiply(input, tensor),
    (lambda g, tensor: g * tensor.conj(), lambda g, input: g * input.conj()),
)
_bmm = Op(
    "bmm",
    lambda input, mat2: _multiply(input, mat2),
    (
        lambda g, mat2: _bmm(g, mat2.transpose(1, 2).conj()),
        lambda g, input: _bmm(input.transpose(1, 2).conj(), g),
    ),
)


def _addmm_kernel(input: Any, mat1: Any, mat2: Any) -> np.ndarray:
    out = _multiply(mat1, mat2)
    return np.add(out, input, out=out)


_addmm = Op(
    "addmm",
    _addmm_kernel,
    (
        lambda g: g,
        lambda g, mat2: _mm(g, mat2.t().conj()),
        lambda g, mat1, mat2: _mm_right(g, mat1, mat2),
    ),
)


def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices, (n, m) x (m, p) -> (n, p). RuntimeError for other shapes.

    >>> torch.mm(torch.ones(2, 3), torch.ones(3, 1))
    tensor([[3.],
            [3.]])
    """
    _check_matrices("mm", input, mat2)
    result = _mm(input, mat2)
    return result if out is None else write_out(out, result)


def _check_matrices(name: str, input: Tensor, mat2: Tensor) -> None:
    a, b = input._array, mat2._array
    if a.ndim != 2 or b.ndim != 2:
        raise RuntimeError(
            f"{'self' if a.ndim != 2 else 'mat2'} must be a matrix: {name} got shapes "
            f"{list(a.shape)} and {list(b.shape)}"
        )
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            "mat1 and mat2 shapes cannot be multiplied "
            f"({a.shape[0]}x{a.shape[1]} and {b.shape[0]}x{b.shape[1]})"
        )
    if a.dtype != b.dtype:
        _same_dtype(input, mat2, "m1 and m2")


def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of a matrix and a vector, (n, m) x (m) -> (n). RuntimeError for other shapes.

    >>> torch.mv(torch.ones(2, 3), torch.ones(3))
    tensor([3., 3.])
    """
    a, b = input._array, vec._array
    if a.ndim != 2 or b.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got 1, {a.ndim}, {b.ndim}: "
            f"shapes {list(a.shape)} and {list(b.shape)}"
        )
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({a.shape[0]}), mat ({a.shape[0]}x{a.shape[1]}), "
            f"vec ({b.shape[0]})"
        )
    _same_dtype(input, vec, "mat and vec")
    result = _mv(input, vec)
    return result if out is None else write_out(out, result)


def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of two vectors of one length. RuntimeError for other shapes.

    >>> torch.dot(torch.tensor([2.0, 3.0]), torch.tensor([1.0, 2.0]))
    tensor(8.)
    """
    a, b = input._array, tensor._array
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors: shapes "
            f"{list(a.shape)} and {list(b.shape)}"
        )
    if a.shape != b.shape:
        raise RuntimeError(
            "inconsistent tensor size, expected tensor "
            f"[{a.shape[0]}] and src [{b.shape[0]}] to have the same number of elements, but got "
            f"{a.shape[0]} and {b.shape[0]} elements respectively"
        )
    _same_dtype(input, tensor, "both vectors")
    result = _dot(input, tensor)
    return result if out is None else write_out(out, result)


def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Products of pairs of matrices, (b, n, m) x (b, m, p) -> (b, n, p).

    >>> torch.bmm(torch.ones(2, 1, 3), torch.ones(2, 3, 1)).shape
    torch.Size([2, 1, 1])
    """
    a, b = input._array, mat2._array
    if a.ndim != 3 or b.ndim != 3:
        raise RuntimeError(
            f"batch1 must be a 3D tensor: bmm got shapes {list(a.shape)} and {list(b.shape)}"
        )
    if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a.shape[0]}, {a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}]."
        )
    _same_dtype(input, mat2, "batch1 and batch2")
    result = _bmm(input, mat2)
    return result if out is None else write_out(out, result)


def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: Any = 1,
    alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2); the input broadcasts.

    >>> torch.addmm(torch.ones(1), torch.ones(2, 3), torch.ones(3, 1))
    tensor([[4.],
            [4.]])
    """
    _check_matrices("addmm", mat1, mat2)
    if beta == 1 and alpha == 1 and input._array.dtype == mat1._array.dtype:
        broadcast_shapes(input._array.shape, (mat1._array.shape[0], mat2._array.shape[1]))
        result = _addmm(input, mat1, mat2)
    else:
        result = input * beta + _mm(mat1, mat2) * alpha
    return result if out is None else write_out(out, result)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec).

    >>> torch.addmv(torch.ones(2), torch.ones(2, 3), torch.ones(3))
    tensor([4., 4.])
    """
    return input * beta + mv(mat, vec) * alpha


def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1
) -> Tensor:
    """beta * input + alpha * (batch1 @ batch2), matrix by matrix.

    >>> torch.baddbmm(torch.ones(1, 1, 1), torch.ones(2, 1, 3), torch.ones(2, 3, 1)).flatten()
    tensor([4., 4.])
    """
    return input * beta + bmm(batch1, batch2) * alpha


def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Every product of an element of one vector with one of the other.

    >>> torch.outer(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    if input._array.ndim != 1 or vec2._array.ndim != 1:
        raise RuntimeError(
            "outer: Expected 1-D argument self and vec2, but got "
            f"{input._array.ndim}-D and {vec2._array.ndim}-D"
        )
    result = input.unsqueeze(1) * vec2
    return result if out is None else write_out(out, result)


def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product of the last two dims; the others broadcast, vectors are rows or columns.

    RuntimeError for 0-d tensors and sizes that do not fit.

    >>> torch.matmul(torch.ones(2, 3), torch.ones(3))
    tensor([3., 3.])
    >>> torch.matmul(torch.ones(5, 2, 3), torch.ones(3, 4)).shape
    torch.Size([5, 2, 4])
    """
    if not isinstance(other, Tensor):
        raise TypeError(
            f"matmul(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}"
        )
    dims = (input._array.ndim, other._array.ndim)
    if dims == (2, 2):
        result = mm(input, other)
    elif dims == (2, 1):
        result = mv(input, other)
    elif dims == (1, 1):
        result = dot(input, other)
    elif dims == (1, 2):
        result = mm(input.unsqueeze(0), other).squeeze(0)
    elif 0 in dims:
        raise RuntimeError(
            "both arguments to matmul need to be at least 1D, but they are "
            f"{dims[0]}D and {dims[1]}D"
        )
    else:
        result = _batched(input, other)
    return result if out is None else write_out(out, result)


def _batched(input: Tensor, other: Tensor) -> Tensor:
    if input._array.ndim == 1:
        return _batched(input.unsqueeze(0), other).squeeze(-2)
    if other._array.ndim == 1:
        return _batched(input, other.unsqueeze(1)).squeeze(-1)
    a, b = input._array.shape, other._array.shape
    if len(b) == 2:  # one matrix for all: a single product of the stacked rows
        rows = input.reshape(-1, a[-1])
        return mm(rows, other).view(*a[:-1], b[-1])
    batch = broadcast_shapes(a[:-2], b[:-2])
    if a[-1] != b[-2]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({a[-2]}x{a[-1]} and {b[-2]}x{b[-1]})"
        )
    left = input.expand(*batch, *a[-2:]).reshape(-1, *a[-2:])
    right = other.expand(*batch, *b[-2:]).reshape(-1, *b[-2:])
    return bmm(left, right).view(*batch, a[-2], b[-1])


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.t() + bias. Shapes: (*, in), (out, in), (out) -> (*, out).

    >>> torch.nn.functional.linear(torch.ones(1, 3), torch.ones(2, 3), torch.ones(2))
    tensor([[4., 4.]])
    """
    if input._array.ndim == 2 and bias is not None:
        return addmm(bias, input, weight.t())
    result = matmul(input, weight.t())
    return result if bias is None else result + bias


for _function in (mm, mv, dot, bmm, addmm, addmv, baddbmm, outer, matmul):
    method(_function)


@method
def __matmul__(self: Tensor, other: Any) -> Any:
    """self @ other."""
    return matmul(self, other) if isinstance(other, Tensor) else NotImplemented
