"""torch.linalg: linear algebra under PyTorch's names; all of it is defined in ops/.

May import: ops.
"""

from .ops.cholesky import cholesky_ex
from .ops.cholesky import linalg_cholesky as cholesky
from .ops.determinants import det, slogdet
from .ops.eigen import eig, eigh, eigvals, eigvalsh
from .ops.householder import householder_product
from .ops.householder import linalg_qr as qr
from .ops.ldl import ldl_factor, ldl_factor_ex, ldl_solve
from .ops.least_squares import lstsq, matrix_rank, pinv
from .ops.lu import linalg_lu as lu
from .ops.lu import linalg_lu_solve as lu_solve
from .ops.lu import lu_factor, lu_factor_ex
from .ops.matmul import matmul
from .ops.matrices import LinAlgError
from .ops.matrix_functions import linalg_vander as vander
from .ops.matrix_functions import matrix_exp, matrix_power, multi_dot, tensorinv, tensorsolve
from .ops.matrix_norms import cond, matrix_norm
from .ops.matrix_norms import linalg_norm as norm
from .ops.norms import vector_norm
from .ops.parts import linalg_diagonal as diagonal
from .ops.products import linalg_cross as cross
from .ops.products import vecdot
from .ops.singular import linalg_svd as svd
from .ops.singular import svdvals
from .ops.solvers import inv, inv_ex, solve, solve_ex, solve_triangular

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]
