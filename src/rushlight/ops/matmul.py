"""Matrix products: mm, mv, dot, bmm, addmm and matmul, which chooses among them by shape.

Nodes are named as PyTorch names them, since matmul is made of the others there too.
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import CPP_NAMES, FROM_NUMPY, HALVES
from ..core.layout import broadcast_shapes, product
from ..core.state import shared, thread
from ..tensor import Tensor, method, ndarray
from .batching import added_products, dots, first_rows, products, reshaped, vector_products
from .elementwise import WHOLE_FLOATS
from .inplace import inplace, write_out
from .matrices import check_tensors
from .node import on_arrays
from .op import Op
from .reduce import require_tensor

__all__ = ["addmm", "bmm", "dot", "ger", "matmul", "mm", "mv", "outer", "vdot"]  # fmt: skip

_new = object.__new__


def product_of(a: ndarray, b: ndarray) -> ndarray:
    """NumPy's matmul; halves multiply in float32 and are rounded once."""
    if a.dtype.kind == "f" and a.itemsize > 2 and a.ndim <= 2 and b.ndim <= 2:
        return a.dot(b)  # the same product by a shorter way
    if a.dtype in HALVES:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return np.matmul(a, b)


def _cpp(array: ndarray) -> str:
    return CPP_NAMES[FROM_NUMPY[array.dtype].name]


def check_dtypes(a: ndarray, b: ndarray, name: str = "addmm_impl_cpu_") -> None:
    """RuntimeError unless both have one dtype, which must have a product."""
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {_cpp(a)} != {_cpp(b)}; "
            "convert one, for example with .to(other.dtype)"
        )
    if a.dtype.kind == "b":
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")


def check_mm(a: ndarray, b: ndarray) -> None:
    """RuntimeError unless the two matrices can be multiplied."""
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            "mat1 and mat2 shapes cannot be multiplied "
            f"({a.shape[0]}x{a.shape[1]} and {b.shape[0]}x{b.shape[1]})"
        )
    check_dtypes(a, b)


# ---- mm


def _is_column_major(array: ndarray) -> bool:
    flags = array.flags
    return flags.f_contiguous and not flags.c_contiguous


@on_arrays
def times(a: Any, b: Any) -> Any:
    """a @ b of two matrices, or of a matrix and a vector on either side, for vjps."""
    if isinstance(a, Tensor):
        return mm(a, b) if a._array.ndim == b._array.ndim else matmul(a, b)
    return a.dot(b)


@on_arrays
def transposed(matrix: Any) -> Any:
    """The transpose of a matrix, for vjps."""
    return matrix.t() if isinstance(matrix, Tensor) else matrix.T


def left_gradient(g: Any, right: Any, columns: bool = False) -> Any:
    """g @ right.T, in the memory order of the input: the t() of a weight gets such a gradient."""
    right = right.conj()
    return transposed(times(right, transposed(g))) if columns else times(g, transposed(right))


def right_gradient(g: Any, left: Any, columns: bool = False) -> Any:
    """left.T @ g, in the memory order of the input."""
    left = left.conj()
    return transposed(times(transposed(g), left)) if columns else times(transposed(left), g)


def _mm_kernel(input: ndarray, mat2: ndarray, *, columns: tuple) -> ndarray:
    return product_of(input, mat2)


_mm = Op(
    "mm",
    _mm_kernel,
    (
        lambda g, mat2, columns: left_gradient(g, mat2, columns[0]),
        lambda g, input, columns: right_gradient(g, input, columns[1]),
    ),
    batch=products,
)


def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices. Shapes (n, k) and (k, m) to (n, m).

    RuntimeError for other shapes and for different dtypes.

    >>> torch.mm(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]))
    tensor([[11.]])
    """
    a, b = require_tensor(input, "mm")._array, require_tensor(mat2, "mm")._array
    if a.ndim != 2:
        raise RuntimeError(f"self must be a matrix: it has shape {list(a.shape)}")
    if b.ndim != 2:
        raise RuntimeError(f"mat2 must be a matrix: it has shape {list(b.shape)}")
    if a.shape[1] != b.shape[0] or a.dtype is not b.dtype or a.dtype.kind == "b":
        check_mm(a, b)
    if shared.watched:
        result = _mm(input, mat2, columns=(_is_column_major(a), _is_column_major(b)))
        return result if out is None else write_out(out, result)
    result = _new(Tensor)
    result._array = product_of(a, b)
    if (input._edge is not None or mat2._edge is not None) and thread.grad_enabled:
        columns = (_is_column_major(a), _is_column_major(b))
        _mm.record((input, mat2), {"columns": columns}, result)
    return result if out is None else write_out(out, result)


# ---- addmm


def _addmm_kernel(
    input: ndarray, mat1: ndarray, mat2: ndarray, *, beta: Any, alpha: Any, columns: tuple
) -> ndarray:
    if mat1.dtype in HALVES:
        wide = [x.astype(np.float32) for x in (input, mat1, mat2)]
        return _addmm_kernel(*wide, beta=beta, alpha=alpha, columns=columns).astype(mat1.dtype)
    out = mat1.dot(mat2)
    if alpha != 1:
        out *= alpha
    if beta == 1:
        out += input
    elif beta != 0:  # 0 ignores the input, NaN and all
        out += input * out.dtype.type(beta)
    return out


def _scaled(x: Tensor, factor: Any) -> Tensor:
    """The gradient of what was multiplied by a number."""
    if factor == 1:
        return x
    return x * (factor.conjugate() if isinstance(factor, complex) else factor)


_addmm = Op(
    "addmm",
    _addmm_kernel,
    (
        lambda g, beta: _scaled(g, beta),
        lambda g, mat2, alpha, columns: _scaled(left_gradient(g, mat2, columns[0]), alpha),
        lambda g, mat1, alpha, columns: _scaled(right_gradient(g, mat1, columns[1]), alpha),
    ),
    batch=added_products,
)


def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """beta * input + alpha * (mat1 @ mat2); the input broadcasts to the product's shape.

    >>> torch.addmm(torch.ones(1), torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]))
    tensor([[12.]])
    """
    if not (isinstance(mat1, Tensor) and isinstance(mat2, Tensor)):
        check_tensors("addmm", input=input, mat1=mat1, mat2=mat2)
    a, b, c = mat1._array, mat2._array, require_tensor(input, "addmm")._array
    if a.ndim != 2 or b.ndim != 2:
        which, seen = ("mat1", a) if a.ndim != 2 else ("mat2", b)
        raise RuntimeError(f"{which} must be a matrix, got {seen.ndim}-D tensor")
    if a.shape[1] != b.shape[0] or a.dtype is not b.dtype or a.dtype.kind == "b":
        check_mm(a, b)
    if c.dtype != a.dtype:
        raise RuntimeError(
            "self and mat2 must have the same dtype, but got "
            f"{input.dtype.title} and {mat2.dtype.title}"
        )
    shape = (a.shape[0], b.shape[1])
    if c.shape not in (shape, shape[1:]) and broadcast_shapes(c.shape, shape) != shape:
        raise RuntimeError(
            f"The expanded size of the tensor {list(shape)} must match the existing size "
            f"{list(c.shape)}: input does not broadcast to the product"
        )
    if shared.watched:
        columns = (_is_column_major(a), _is_column_major(b))
        result = _addmm(input, mat1, mat2, beta=beta, alpha=alpha, columns=columns)
        return result if out is None else write_out(out, result)
    result = _new(Tensor)
    if beta == 1 and alpha == 1 and a.dtype.kind == "f" and a.itemsize > 2:
        result._array = a.dot(b)
        result._array += c
    else:
        result._array = _addmm_kernel(c, a, b, beta=beta, alpha=alpha, columns=())
    edges = input._edge is not None or mat1._edge is not None or mat2._edge is not None
    if edges and thread.grad_enabled:
        columns = (_is_column_major(a), _is_column_major(b))
        attrs = {"beta": beta, "alpha": alpha, "columns": columns}
        _addmm.record((input, mat1, mat2), attrs, result)
    return result if out is None else write_out(out, result)


# ---- products with vectors


_mv = Op(
    "mv",
    lambda input, vec: product_of(input, vec),
    (lambda g, vec: outer(g, vec.conj()), lambda g, input: times(g, input.conj())),
    batch=vector_products,
)
_dot = Op(
    "dot",
    lambda input, tensor: product_of(input, tensor),
    (lambda g, tensor: g * tensor.conj(), lambda g, input: g * input.conj()),
    batch=dots,
)


def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of a matrix and a vector. Shapes (n, k) and (k) to (n).

    >>> torch.mv(torch.tensor([[1.0, 2.0]]), torch.tensor([3.0, 4.0]))
    tensor([11.])
    """
    a, b = require_tensor(input, "mv")._array, require_tensor(vec, "mv")._array
    if a.ndim != 2 or b.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {a.ndim}, {a.ndim}, {b.ndim}: "
            f"shapes {list(a.shape)} and {list(b.shape)}"
        )
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({a.shape[0]}), mat ({a.shape[0]}x{a.shape[1]}), "
            f"vec ({b.shape[0]})"
        )
    if a.dtype is not b.dtype or a.dtype.kind == "b":
        check_dtypes(a, b, "addmv_impl_cpu")
    if shared.watched:
        result = _mv(input, vec)
        return result if out is None else write_out(out, result)
    result = _new(Tensor)
    result._array = product_of(a, b)
    if (input._edge is not None or vec._edge is not None) and thread.grad_enabled:
        _mv.record((input, vec), {}, result)
    return result if out is None else write_out(out, result)


def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of two vectors. Shapes (n) and (n) to ().

    >>> torch.dot(torch.tensor([2.0, 3.0]), torch.tensor([2.0, 1.0]))
    tensor(7.)
    """
    a, b = require_tensor(input, "dot")._array, require_tensor(tensor, "dot")._array
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        raise RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{input.dtype.title} and {tensor.dtype.title}"
        )
    if a.size != b.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the "
            f"same number of elements, but got {a.size} and {b.size} elements respectively"
        )
    check_dtypes(a, b, "dot")
    result = _dot(input, tensor)
    return result if out is None else write_out(out, result)


def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`dot`, with the conjugate of the first vector.

    >>> torch.vdot(torch.tensor([2.0, 3.0]), torch.tensor([2.0, 1.0]))
    tensor(7.)
    """
    check_tensors("vdot", input=input, other=other)
    return dot(input.conj(), other, out=out)


def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of all pairs. Shapes (n) and (m) to (n, m).

    >>> torch.outer(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    check_tensors("outer", input=input, vec2=vec2)
    for name, x in (("self", input), ("vec2", vec2)):
        if x._array.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x._array.ndim}-D")
    result = input.unsqueeze(1) * vec2
    return result if out is None else write_out(out, result)


ger = outer


# ---- batches

_bmm = Op(
    "bmm",
    lambda input, mat2: product_of(input, mat2),
    (
        lambda g, mat2: bmm(g, mat2.conj().transpose(1, 2)),
        lambda g, input: bmm(input.conj().transpose(1, 2), g),
    ),
    batch=products,
)


def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of a batch of pairs of matrices. Shapes (b, n, k) and (b, k, m) to (b, n, m).

    >>> torch.bmm(torch.ones(2, 1, 3), torch.ones(2, 3, 1)).shape
    torch.Size([2, 1, 1])
    """
    a, b = require_tensor(input, "bmm")._array, require_tensor(mat2, "bmm")._array
    for name, x in (("batch1", a), ("batch2", b)):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor: it has shape {list(x.shape)}")
    if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a.shape[0]}, {a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}]."
        )
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {mat2.dtype.title}")
    check_dtypes(a, b, "bmm")
    result = _bmm(input, mat2)
    return result if out is None else write_out(out, result)


_unsafe_view = Op(
    "unsafe_view",
    lambda input, *, shape: input.reshape(shape),
    (lambda g, input_shape: g.reshape(input_shape),),
    batch=reshaped,
)


# PyTorch squeezes in place here, which is what the number in the node's name says
_only_row = Op(
    "only_row",
    lambda input: input[0],
    (lambda g: g.unsqueeze(0),),
    backward="SqueezeBackward4",
    batch=first_rows,
)


def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product, what `@` does: vectors dot, matrices multiply, batches broadcast.

    RuntimeError for a 0-d tensor and for shapes that do not fit.

    >>> torch.matmul(torch.ones(4, 2, 3), torch.ones(3)).shape
    torch.Size([4, 2])
    """
    if not isinstance(input, Tensor) or not isinstance(other, Tensor):
        require_tensor(input, "matmul")
        require_tensor(other, "matmul")
    a, b = input._array, other._array
    rows, columns = a.ndim, b.ndim
    if rows == 2 and 1 <= columns <= 2 and out is None:
        quick = _quick(input, other, a, b, columns)
        if quick is not None:
            return quick
    if rows == 2 and columns == 2:
        result = mm(input, other)
    elif not rows or not columns:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {a.ndim}D and {b.ndim}D"
        )
    elif rows == 1 and columns == 1:
        result = dot(input, other)
    elif rows == 2 and columns == 1:
        result = mv(input, other)
    elif rows == 1 and columns == 2:
        result = _only_row(mm(input.unsqueeze(0), other))
    elif columns <= 2:
        result = _folded(input, other)
    else:
        result = _batched(input, other)
    return result if out is None else write_out(out, result)


def _quick(input: Tensor, other: Tensor, a: ndarray, b: ndarray, columns: int) -> Tensor | None:
    """`mm` or `mv` where there is nothing to look out for; None where there is."""
    if a.dtype is not b.dtype or a.dtype not in WHOLE_FLOATS or shared.watched:
        return None
    result = _new(Tensor)
    try:
        result._array = a.dot(b)
    except ValueError:  # the shapes do not fit
        return None
    if (input._edge is not None or other._edge is not None) and thread.grad_enabled:
        if columns == 1:
            _mv.record((input, other), {}, result)
        else:
            order = (_is_column_major(a), _is_column_major(b))
            _mm.record((input, other), {"columns": order}, result)
    return result


def _folded(input: Tensor, other: Tensor) -> Tensor:
    """A batch times one matrix or vector: the rows of all the batch in one product."""
    shape = input._array.shape
    rows = input.reshape(product(shape[:-1]), shape[-1])
    if other._array.ndim == 1:
        return _unsafe_view(mv(rows, other), shape=shape[:-1])
    return _unsafe_view(mm(rows, other), shape=(*shape[:-1], other._array.shape[1]))


def _batched(input: Tensor, other: Tensor) -> Tensor:
    a, b = input._array.shape, other._array.shape
    left = input.unsqueeze(0) if len(a) == 1 else input
    right = other.unsqueeze(-1) if len(b) == 1 else other
    n, k = left._array.shape[-2:]
    m = right._array.shape[-1]
    batch = tuple(broadcast_shapes(left._array.shape[:-2], right._array.shape[:-2]))
    count = product(batch)
    left = left.expand(*batch, n, k).reshape(count, n, k)
    right = right.expand(*batch, *right._array.shape[-2:]).reshape(count, right._array.shape[-2], m)
    shape = (*batch, *((n,) if len(a) > 1 else ()), *((m,) if len(b) > 1 else ()))
    return _unsafe_view(bmm(left, right), shape=shape)


for _function in (mm, addmm, mv, dot, vdot, outer, bmm, matmul):
    method(_function)
method(outer, "ger")
method(inplace(addmm, "addmm"), "addmm_")


def _at(self: Tensor, other: Any) -> Any:
    return matmul(self, other) if isinstance(other, Tensor) else NotImplemented


def _rat(self: Tensor, other: Any) -> Any:
    return matmul(other, self) if isinstance(other, Tensor) else NotImplemented


method(_at, "__matmul__")
method(_rat, "__rmatmul__")
