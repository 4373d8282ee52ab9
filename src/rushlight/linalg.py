"""torch.linalg: linear algebra under PyTorch's names; all of it is defined in ops/.

May import: ops.
"""

from .ops.cholesky import cholesky_ex
from .ops.cholesky import linalg_cholesky as cholesky
from .ops.determinants import det, slogdet
from .ops.eigen import eig, eigh, eigvals, eigvalsh
from .ops.least_squares import lstsq, matrix_rank, pinv
from .ops.matmul import matmul
from .ops.matrices import LinAlgError
from .ops.singular import linalg_svd as svd
from .ops.singular import svdvals
from .ops.solvers import inv, inv_ex, solve, solve_ex, solve_triangular

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "inv_ex",
    "lstsq",
    "matmul",
    "matrix_rank",
    "pinv",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
]
