"""Linear maps of each of the last dims by a matrix of its own: means, interpolations.

May import: core.
"""

from collections.abc import Sequence

import numpy as np

from ..core.layout import product

ndarray = np.ndarray
Matrices = Sequence[ndarray | None]  # (out, in) for each of the last dims; None leaves a dim alone


def map_dims(input: ndarray, matrices: Matrices) -> ndarray:
    """The input with each of its last dims mapped; those that shrink it most go first."""
    lead = input.ndim - len(matrices)
    maps = [(lead + i, m) for i, m in enumerate(matrices) if m is not None]
    for dim, matrix in sorted(maps, key=lambda each: each[1].shape[0] / max(each[1].shape[1], 1)):
        input = _map(input, dim, matrix.astype(input.dtype, copy=False))
    return input if maps else input.copy()


def _map(input: ndarray, dim: int, matrix: ndarray) -> ndarray:
    shape = input.shape
    made = (*shape[:dim], len(matrix), *shape[dim + 1 :])
    if dim == len(shape) - 1:
        return np.matmul(input.reshape(-1, shape[dim]), matrix.T).reshape(made)
    blocks = input.reshape(product(shape[:dim]), shape[dim], product(shape[dim + 1 :]))
    return np.matmul(matrix, blocks).reshape(made)


def transposed(matrices: Matrices) -> list[ndarray | None]:
    """The matrices of the transposed maps."""
    return [None if m is None else m.T for m in matrices]
