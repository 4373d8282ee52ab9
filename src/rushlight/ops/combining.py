"""Several tensors combined: all pairs and tuples of elements, blocks on a diagonal.

May import: core, tensor, ops.
"""

import itertools
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..tensor import Tensor, method, wrap
from .joining import cat, stack
from .matrices import check_tensor
from .ranges import meshgrid

__all__ = ["block_diag", "cartesian_prod", "combinations"]


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of r elements of a vector, in order, as rows.

    Shape (n) to (count, r). RuntimeError for a negative r, or an input that is no vector.

    >>> torch.combinations(torch.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    check_tensor(input, "combinations", "input")
    if input._array.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input._array.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input.new_empty(0)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = list(choose(range(input._array.shape[0]), r))
    return input[wrap(np.array(places, np.int64).reshape(-1, r))]


def cartesian_prod(*tensors: Any) -> Tensor:
    """All tuples of one element of each vector, as rows; a single vector as it is.

    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    for x in tensors:
        check_tensor(x, "cartesian_prod", "tensors")
        if x._array.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x._array.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    grids = meshgrid(*tensors, indexing="ij")
    return stack([grid.reshape(-1) for grid in grids], 1)


def block_diag(*tensors: Any) -> Tensor:
    """The matrices along a diagonal, zeros elsewhere; vectors count as rows, numbers as 1 x 1.

    RuntimeError for more than two dims.

    >>> torch.block_diag(torch.tensor([1, 2]), torch.tensor(3))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    for place, x in enumerate(tensors):
        check_tensor(x, "block_diag", "tensors")
        if x._array.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. "
                f"Input {place} has {x._array.ndim} dimensions"
            )
    if not tensors:
        return wrap(np.zeros((1, 0), dtypes.get_default_dtype().numpy))
    common = tensors[0].dtype
    for x in tensors[1:]:
        common = dtypes.promote_types(common, x.dtype)
    blocks = [x.to(common).reshape((1, 1, *x._array.shape)[-2:]) for x in tensors]
    width = sum(block._array.shape[1] for block in blocks)
    rows, before = [], 0
    for block in blocks:
        height, size = block._array.shape
        sides = [(height, before), (height, width - before - size)]
        left, right = [wrap(np.zeros(side, common.numpy)) for side in sides]
        rows.append(cat([left, block, right], 1))
        before += size
    return cat(rows, 0)


method(combinations)
