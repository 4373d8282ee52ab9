"""Functions of whole matrices: powers, the exponential, products of several, tensors as matrices.

May import: core, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.layout import product, wrap_dim
from ..tensor import Tensor, method, ndarray, wrap
from .batching import leading
from .joining import cat
from .matmul import matmul
from .matrices import adjoint, check_square, check_tensor, deliver
from .op import Op
from .solvers import inv, solve

__all__ = ["chain_matmul", "matrix_exp", "matrix_power", "vander"]

# the numerator of Pade's approximant of exp of order 13, and how far it reaches in double
# precision (Higham, The scaling and squaring method for the matrix exponential revisited, 2005)
PADE_13 = [
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
    129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0,
    40840800.0, 960960.0, 16380.0, 182.0, 1.0,
]  # fmt: skip
REACH_13 = 5.371920351148152


# ---- exp


def _exp_kernel(A: ndarray) -> ndarray:
    if not A.size:
        return A.copy()
    wide = A.astype(np.complex128 if A.dtype.kind == "c" else np.float64)
    norm = np.abs(wide).sum(-2).max(-1)
    finite = np.isfinite(norm)
    with np.errstate(all="ignore"):
        halvings = np.ceil(np.log2(np.where(finite & (norm > REACH_13), norm, 1) / REACH_13))
    halvings = np.maximum(halvings, 0).astype(np.int64)
    scaled = np.where(finite[..., None, None], wide, 0) / 2.0 ** halvings[..., None, None]
    found = _pade(scaled)
    with np.errstate(all="ignore"):
        for step in range(int(halvings.max())):
            more = (halvings > step)[..., None, None]
            found = np.where(more, found @ found, found)
    found[~finite] = math.nan
    return found.astype(A.dtype)


def _pade(A: ndarray) -> ndarray:
    """exp(A) for a small A, as a quotient of polynomials of A in six products."""
    b = PADE_13
    eye = np.eye(A.shape[-1], dtype=A.dtype)
    A2 = A @ A
    A4 = A2 @ A2
    A6 = A2 @ A4
    odd = A @ (
        A6 @ (b[13] * A6 + b[11] * A4 + b[9] * A2)
        + b[7] * A6 + b[5] * A4 + b[3] * A2 + b[1] * eye
    )  # fmt: skip
    even = (
        A6 @ (b[12] * A6 + b[10] * A4 + b[8] * A2)
        + b[6] * A6 + b[4] * A4 + b[2] * A2 + b[0] * eye
    )  # fmt: skip
    return np.linalg.solve(even - odd, even + odd)


def _exp_gradient(g: Tensor, A: Tensor) -> Tensor:
    """The slope of exp at A^H in the direction g: a corner of one exponential of twice the size."""
    n = A._array.shape[-1]
    Ah = adjoint(A)
    block = cat([cat([Ah, g], -1), cat([Ah * 0, Ah], -1)], -2)
    return _exp(block)[..., :n, n:]


_exp = Op("linalg_matrix_exp", _exp_kernel, (_exp_gradient,), widen=True, batch=leading(2))


def matrix_exp(A: Tensor) -> Tensor:
    """The exponential of square matrices, sum A^k / k!. Shapes (*, n, n) to (*, n, n).

    >>> torch.matrix_exp(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    check_square(A, "linalg.matrix_exp")
    if A._array.dtype.kind in "iub":
        raise RuntimeError(
            "linalg.matrix_exp: Expected a floating point or complex tensor as input. "
            f"Got {A.dtype.title}"
        )
    return _exp(A)


# ---- powers and products


def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """The n-th power of square matrices by repeated squaring; of the inverse when n < 0.

    >>> torch.matrix_power(torch.tensor([[1, 1], [1, 0]]), 10)
    tensor([[89, 55],
            [55, 34]])
    """
    check_square(input, "linalg.matrix_power")
    if not isinstance(n, int):
        raise TypeError(
            f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}"
        )
    if n < 0:
        return matrix_power(inv(input), -n, out=out)
    if n == 0:
        array = input._array
        eye = np.eye(array.shape[-1], dtype=array.dtype)
        return deliver(input * 0 + wrap(eye), out) if array.size else deliver(input.clone(), out)
    result = None
    square = input
    while n:
        if n & 1:
            result = square if result is None else matmul(result, square)
        n >>= 1
        if n:
            square = matmul(square, square)
    assert result is not None
    return deliver(result.clone() if result is input else result, out)


def multi_dot(tensors: Any, *, out: Tensor | None = None) -> Tensor:
    """The product of several matrices in the order that takes the fewest multiplications.

    The first and the last may be vectors. RuntimeError for fewer than two, or shapes that differ.

    >>> torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(3, 4), torch.ones(4)])
    tensor([12., 12.])
    """
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(
            "linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, "
            f"not {type(tensors).__name__}"
        )
    tensors = list(tensors)
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    _check_chain(tensors)
    first, last = tensors[0], tensors[-1]
    matrices = [
        first.unsqueeze(0) if first._array.ndim == 1 else first,
        *tensors[1:-1],
        last.unsqueeze(-1) if last._array.ndim == 1 else last,
    ]
    for i in range(len(matrices) - 1):
        a, b = matrices[i]._array.shape, matrices[i + 1]._array.shape
        if a[1] != b[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(a)} and {list(b)} cannot "
                "be multiplied"
            )
    result = _multiplied(matrices)
    if last._array.ndim == 1:
        result = result.squeeze(-1)
    if first._array.ndim == 1:
        result = result.squeeze(0)
    return deliver(result, out)


def _check_chain(tensors: list) -> None:
    for place, x in enumerate(tensors):
        check_tensor(x, "multi_dot", "tensors")
        end = place in (0, len(tensors) - 1)
        ndim = x._array.ndim
        if ndim != 2 and not (end and ndim == 1):
            which = {0: "the first tensor", len(tensors) - 1: "the last tensor"}
            what = which.get(place, f"tensor {place}")
            sizes = "1D or 2D" if end else "2D"
            raise RuntimeError(f"multi_dot(): {what} must be {sizes} but got {ndim}D")
        if x._array.dtype != tensors[0]._array.dtype:
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{tensors[0].dtype.title} and tensor {place} {x.dtype.title}"
            )


def _multiplied(matrices: list[Tensor]) -> Tensor:
    """The chain rule of dynamic programming: the cheapest split of every run of matrices."""
    sizes = [m._array.shape[0] for m in matrices] + [matrices[-1]._array.shape[1]]
    count = len(matrices)
    cost = {(i, i): 0 for i in range(count)}
    split = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )

    def run(i: int, j: int) -> Tensor:
        if i == j:
            return matrices[i]
        return matmul(run(i, split[i, j]), run(split[i, j] + 1, j))

    return run(0, count - 1)


def chain_matmul(*matrices: Any, out: Tensor | None = None) -> Tensor:
    """The older `linalg.multi_dot`, of matrices alone; a single one is returned as it is.

    >>> torch.chain_matmul(torch.ones(1, 2), torch.ones(2, 3)).shape
    torch.Size([1, 3])
    """
    if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)):
        matrices = tuple(matrices[0])
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for x in matrices:
        if x._array.ndim != 2:
            raise RuntimeError(
                f"Tensor dimension is {x._array.ndim}, expected 2 instead: chain_matmul takes "
                "matrices"
            )
    return deliver(matrices[0] if len(matrices) == 1 else multi_dot(matrices), out)


# ---- powers of vectors


def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Rows of powers, x^0 to x^(N-1). Shapes (*, n) to (*, n, N); N is n unless given.

    >>> torch.linalg.vander(torch.tensor([1, 2, 3]), N=3)
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    check_tensor(x, "linalg.vander", "x")
    shape = x._array.shape
    if x._array.dtype.kind == "b":
        x = x.to(dtypes.int64)
    count = (shape[-1] if shape else 1) if N is None else N
    if count <= 1:
        raise RuntimeError(
            f"N must be greater than 1. Got {count} for a vector of shape {list(shape)}"
        )
    shape = shape or (1,)
    ones = wrap(np.ones((*shape, 1), x._array.dtype))
    powers = x.reshape(*shape, 1).expand(*shape, count - 1).cumprod(-1)
    return cat([ones, powers], -1)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Rows of powers of a vector, falling unless `increasing`. Shape (n) to (n, N).

    >>> torch.vander(torch.tensor([2, 3]), N=3)
    tensor([[4, 2, 1],
            [9, 3, 1]])
    """
    check_tensor(x, "vander", "x")
    if x._array.ndim != 1:
        raise RuntimeError(
            f"x must be a one-dimensional tensor, but it has shape {list(x._array.shape)}"
        )
    size = x._array.shape[0]
    count = size if N is None else N
    if count < 0:
        raise RuntimeError(f"N must be non-negative, but got {count}")
    if x._array.dtype.kind in "iub":
        x = x.to(dtypes.int64)
    ones = wrap(np.ones((size, min(count, 1)), x._array.dtype))
    if count > 1:
        ones = cat([ones, x.unsqueeze(-1).expand(size, count - 1).cumprod(-1)], -1)
    return ones if increasing else ones.flip(-1)


# ---- tensors as matrices


def tensorinv(A: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a tensor whose first `ind` dims are rows and whose others are columns.

    >>> torch.linalg.tensorinv(torch.eye(4).reshape(2, 2, 4), ind=2).shape
    torch.Size([4, 2, 2])
    """
    check_tensor(A, "linalg.tensorinv")
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    shape = A._array.shape
    rows, columns = shape[:ind], shape[ind:]
    if product(rows) != product(columns):
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {product(columns)} != {product(rows)}"
        )
    found = inv(A.reshape(product(rows), product(columns)))
    return deliver(found.reshape(*columns, *rows), out, exact=False)


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None, *, out: Tensor | None = None) -> Tensor:
    """The X with tensordot(A, X, X.ndim) = B; the dims of A in `dims` are moved last first.

    >>> A = torch.eye(6).reshape(2, 3, 6)
    >>> torch.linalg.tensorsolve(A, torch.ones(2, 3)).shape
    torch.Size([6])
    """
    check_tensor(A, "linalg.tensorsolve")
    check_tensor(B, "linalg.tensorsolve", "B", 2)
    if dims is not None:
        dims = [wrap_dim(d, A._array.ndim) for d in ((dims,) if isinstance(dims, int) else dims)]
        kept = [d for d in range(A._array.ndim) if d not in dims]
        A = A.permute(*kept, *dims)
    columns = A._array.shape[B._array.ndim :]
    size = product(columns)
    if size != B._array.size:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {size} != {B._array.size}"
        )
    return deliver(solve(A.reshape(size, size), B.reshape(-1)).reshape(columns), out, exact=False)


for _function in (matrix_exp, matrix_power):
    method(_function)
