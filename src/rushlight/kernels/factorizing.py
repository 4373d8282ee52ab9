"""Batched algorithms on matrices that NumPy lacks: triangular systems, LU, where a minor fails.

They work on the last two dims of ndarrays, all matrices of a batch at once, block by block, so that
the arithmetic is in matrix products; where SciPy is installed, large matrices go to its BLAS and
LAPACK. Zero pivots are reported, never raised.
May import: core.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from ..core import optional

ndarray = np.ndarray
BLOCK = 32  # columns that are eliminated one by one; beyond it, products of blocks
LARGE = 64  # rows from which on SciPy is worth its import
CALL = 3  # a step over the rows of all matrices costs as much as so many calls of LAPACK
LETTERS = {"f": "s", "d": "d", "F": "c", "D": "z"}  # of dtypes, in NumPy and in LAPACK


def _faster(module: str, name: str, a: ndarray, count: int) -> Any:
    """The routine of SciPy's for matrices of this dtype, or None where the blocks do as well.

    That depends on the sizes alone, never on what is loaded, so that the digits do too.
    """
    n = a.shape[-1]
    if n < LARGE or count > CALL * n:
        return None
    library = optional.faster(module)
    return None if library is None else getattr(library, LETTERS[a.dtype.char] + name)


def solve_triangular(a: ndarray, b: ndarray, upper: bool, unit: bool) -> ndarray:
    """x with a @ x = b for a triangular a; the other triangle of a is never read.

    A zero on the diagonal gives inf or NaN, as division does.
    """
    batch = a.shape[:-2]
    if batch != b.shape[:-2]:
        batch = np.broadcast_shapes(batch, b.shape[:-2])
        b = np.broadcast_to(b, (*batch, *b.shape[-2:]))
    x = np.array(b, order="C")
    trsm = _faster("scipy.linalg.blas", "trsm", a, math.prod(batch))
    if trsm is not None and x.size:
        a = np.broadcast_to(a, (*batch, *a.shape[-2:]))
        for place in np.ndindex(batch):
            _by_blas(trsm, a[place], x[place], upper, unit)
        return x
    with np.errstate(all="ignore"):
        if upper:  # from the last row up: the lower case, seen upside down
            _forward(a[..., ::-1, ::-1], x[..., ::-1, :], unit)
        else:
            _forward(a, x, unit)
    return x


def _by_blas(trsm: Any, a: ndarray, x: ndarray, upper: bool, unit: bool) -> None:
    """a @ x = b in place, as x^T @ a^T = b^T: the transposes lie in memory as BLAS wants them."""
    across = {"side": 1, "diag": unit, "overwrite_b": 1}
    if a.flags.f_contiguous:
        trsm(1, a, x.T, lower=not upper, trans_a=1, **across)
    else:
        trsm(1, a.T, x.T, lower=upper, **across)


def _forward(a: ndarray, x: ndarray, unit: bool) -> None:
    """Forward substitution, in place."""
    n = a.shape[-1]
    if n > BLOCK:
        half = n // 2
        _forward(a[..., :half, :half], x[..., :half, :], unit)
        x[..., half:, :] -= a[..., half:, :half] @ x[..., :half, :]
        _forward(a[..., half:, half:], x[..., half:, :], unit)
        return
    if math.prod(x.shape[:-2]) <= CALL * n and _at_once(a, x, unit):
        return
    for i in range(n):
        row = x[..., i, :]
        if i:
            row -= (a[..., i : i + 1, :i] @ x[..., :i, :])[..., 0, :]
        if not unit:
            row /= a[..., i, i, None]


@cache
def _upper_half(n: int) -> ndarray:
    return np.tri(n, dtype=np.bool_).T


def _at_once(a: ndarray, x: ndarray, unit: bool) -> bool:
    """Forward substitution by NumPy's solver, unless there is a zero on the diagonal.

    Upside down, where every entry below the diagonal is 0, elimination has nothing to do.
    """
    upper = np.where(_upper_half(a.shape[-1]), a[..., ::-1, ::-1], 0)
    if unit:
        upper[..., range(a.shape[-1]), range(a.shape[-1])] = 1
    try:
        x[...] = np.linalg.solve(upper, x[..., ::-1, :])[..., ::-1, :]
    except np.linalg.LinAlgError:
        return False
    return True


def lu_factor(a: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """Row-pivoted LU: L below the diagonal and U in one array, pivots and infos as in LAPACK.

    Row i was exchanged with row pivots[i] - 1; info is the place of the first zero on U's
    diagonal, counted from 1, or 0.
    """
    *batch, m, n = a.shape
    count, k = math.prod(batch), min(m, n)
    getrf = _faster("scipy.linalg.lapack", "getrf", a, count)
    if getrf is not None and m and count:
        return _by_lapack(getrf, a)
    lu = np.array(a).reshape(count, m, n)
    if n <= BLOCK:  # with the batch innermost in memory, every step goes along whole runs of it
        lu = lu.transpose(1, 2, 0).copy().transpose(2, 0, 1)
    pivots = np.empty((count, k), np.int32)
    info = np.zeros(count, np.int32)
    with np.errstate(all="ignore"):
        for start in range(0, k, BLOCK):
            stop = min(start + BLOCK, k)
            _eliminate(lu, start, stop, pivots, info)
            if stop < n:
                panel = lu[:, start:stop, start:stop]
                _forward(panel, lu[:, start:stop, stop:], True)
                lu[:, stop:, stop:] -= lu[:, stop:, start:stop] @ lu[:, start:stop, stop:]
    return np.ascontiguousarray(lu).reshape(a.shape), pivots.reshape(*batch, k), info.reshape(batch)


def _by_lapack(getrf: Any, a: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    *batch, m, n = a.shape
    lu = np.empty(a.shape, a.dtype)
    pivots = np.empty((*batch, min(m, n)), np.int32)
    info = np.empty(batch, np.int32)
    for place in np.ndindex(*batch):
        lu[place], pivots[place], info[place] = getrf(a[place])
    return lu, pivots + 1, info


def _eliminate(lu: ndarray, start: int, stop: int, pivots: ndarray, info: ndarray) -> None:
    """The columns from start to stop, one by one; rows are exchanged over the whole width."""
    every = np.arange(lu.shape[0])
    for j in range(start, stop):
        column = lu[:, j:, j]
        # LAPACK measures complex numbers by |real| + |imag|
        size = np.abs(column.real) + np.abs(column.imag) if lu.dtype.kind == "c" else abs(column)
        pivot = size.argmax(1) + j if len(every) else pivots[:, j]
        pivots[:, j] = pivot + 1
        if (pivot != j).any():
            taken = lu[every, pivot]
            lu[every, pivot] = lu[:, j]
            lu[:, j] = taken
        divisor = lu[:, j, j].copy()
        zero = divisor == 0
        if zero.any():
            info[zero & (info == 0)] = j + 1
            divisor[zero] = 1
        lu[:, j + 1 :, j] /= divisor[:, None]
        lu[:, j + 1 :, j + 1 : stop] -= lu[:, j + 1 :, j, None] * lu[:, j, None, j + 1 : stop]


def permutation(pivots: ndarray, rows: int) -> ndarray:
    """The order of the rows after all exchanges: a[order] = L @ U."""
    flat = pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1])
    order = np.tile(np.arange(rows), (len(flat), 1))
    every = np.arange(len(flat))
    for i in range(flat.shape[1]):
        other = flat[:, i] - 1
        taken = order[every, other]
        order[every, other] = order[:, i]
        order[:, i] = taken
    return order.reshape(*pivots.shape[:-1], rows)


def solve_by_lu(a: ndarray, b: ndarray) -> tuple[ndarray, ndarray]:
    """x with a @ x = b and the infos of `lu_factor`; x holds inf and NaN where a is singular."""
    lu, pivots, info = lu_factor(a)
    order = permutation(pivots, a.shape[-1])
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    b = np.broadcast_to(b, (*batch, *b.shape[-2:]))
    order = np.broadcast_to(order, (*batch, a.shape[-1]))
    y = solve_triangular(lu, np.take_along_axis(b, order[..., None], -2), False, True)
    return solve_triangular(lu, y, True, False), info


def failing_minor(a: ndarray) -> int:
    """The order of the smallest leading minor of a matrix that is not positive definite, or 0."""
    low, high = 0, a.shape[-1]  # the minor of order low is positive definite
    if _is_positive(a):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        if _is_positive(a[:middle, :middle]):
            low = middle
        else:
            high = middle
    return high


def _is_positive(a: ndarray) -> bool:
    try:
        return bool(np.isfinite(np.linalg.cholesky(a)).all())
    except np.linalg.LinAlgError:
        return False
