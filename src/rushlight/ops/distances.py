"""Distances and angles between pairs of vectors.

May import: core, tensor, ops.
"""

from ..core.dtype import promote_types
from ..core.layout import broadcast_shapes, wrap_dim
from ..tensor import Tensor
from .fused import require_tensor
from .norms import vector_norm

__all__ = ["cosine_similarity", "pairwise_distance"]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (|x1| |x2|) along `dim`, with lengths below eps taken as eps.

    RuntimeError for integers.

    >>> a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    >>> torch.nn.functional.cosine_similarity(a, b)
    tensor([0.7071])
    """
    require_tensor(x1, "cosine_similarity", "x1", 1)
    require_tensor(x2, "cosine_similarity", "x2", 2)
    dtype = promote_types(x1.dtype, x2.dtype)
    if not dtype.is_floating_point:
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {dtype.title}"
        )
    shape = broadcast_shapes(x1._array.shape, x2._array.shape)
    dim = wrap_dim(dim, len(shape))
    x1, x2 = x1.to(dtype).expand(shape), x2.to(dtype).expand(shape)
    return (_unit(x1, dim, eps) * _unit(x2, dim, eps)).sum(dim)


def _unit(x: Tensor, dim: int, eps: float) -> Tensor:
    length = vector_norm(x, 2, dim, keepdim=True)
    # the bound holds for the value alone: the gradient passes it
    return x / (length + (length.clamp_min(eps) - length).detach())


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dim. Shapes (..., D) each to (...).

    >>> a, b = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    >>> torch.nn.functional.pairwise_distance(a, b)
    tensor([5.0000])
    """
    return vector_norm(x1 - x2 + eps, p, -1, keepdim=keepdim)
