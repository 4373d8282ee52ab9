"""Orthogonal polynomials by their recurrences: Chebyshev, Hermite, Laguerre, Legendre.

Each function takes the points and the degrees; a negative degree gives 0. They have no derivative
here, as in PyTorch.
May import: core, kernels, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dtype import COMPLEX
from .elementwise import pointwise


def _chebyshev(k: int, x: Any, this: Any, last: Any) -> Any:
    return 2 * x * this - last


def _polynomial(
    name: str, first: Callable, step: Callable, doc: str, shown: str, shifted: bool = False
) -> Any:
    """The function of the polynomials p(0) = 1, p(1) = first(x), and so on by `step`."""

    def kernel(input: Any, n: Any) -> Any:
        x, degree = np.broadcast_arrays(np.asarray(input), np.asarray(n))
        dtype = x.dtype if x.dtype.kind == "f" and np.ndim(input) else np.result_type(input, n)
        wide = x.astype(np.float64)
        if shifted:
            wide = 2 * wide - 1
        degree = np.trunc(degree.astype(np.float64))
        out = np.where(degree == 0, 1.0, 0.0)
        last, this = np.ones(wide.shape), first(wide)
        for k in range(1, int(degree.max(initial=0)) + 1):
            out = np.where(degree == k, this, out)
            last, this = this, step(k, wide, this, last)
        return np.where(np.isnan(wide) & (degree > 0), wide, out).astype(dtype)

    return pointwise(
        f"special_{name}",
        lambda input, n: kernel(input, n),
        result="float",
        unsupported=(COMPLEX,),
        methods=False,
        kernel=kernel,
        doc=f"{doc}\n\n    >>> torch.special.{name}(torch.tensor([0.5]), 3)\n    {shown}\n    ",
    )


chebyshev_polynomial_t = _polynomial(
    "chebyshev_polynomial_t",
    lambda x: x,
    _chebyshev,
    "The Chebyshev polynomial of the first kind: T(n, cos(a)) = cos(n a).",
    "tensor([-1.])",
)
chebyshev_polynomial_u = _polynomial(
    "chebyshev_polynomial_u",
    lambda x: 2 * x,
    _chebyshev,
    "The Chebyshev polynomial of the second kind.",
    "tensor([-1.])",
)
chebyshev_polynomial_v = _polynomial(
    "chebyshev_polynomial_v",
    lambda x: 2 * x - 1,
    _chebyshev,
    "The Chebyshev polynomial of the third kind.",
    "tensor([-1.])",
)
chebyshev_polynomial_w = _polynomial(
    "chebyshev_polynomial_w",
    lambda x: 2 * x + 1,
    _chebyshev,
    "The Chebyshev polynomial of the fourth kind.",
    "tensor([-1.])",
)
shifted_chebyshev_polynomial_t = _polynomial(
    "shifted_chebyshev_polynomial_t",
    lambda x: x,
    _chebyshev,
    "`chebyshev_polynomial_t` at 2 input - 1.",
    "tensor([-0.])",
    shifted=True,
)
shifted_chebyshev_polynomial_u = _polynomial(
    "shifted_chebyshev_polynomial_u",
    lambda x: 2 * x,
    _chebyshev,
    "`chebyshev_polynomial_u` at 2 input - 1.",
    "tensor([-0.])",
    shifted=True,
)
shifted_chebyshev_polynomial_v = _polynomial(
    "shifted_chebyshev_polynomial_v",
    lambda x: 2 * x - 1,
    _chebyshev,
    "`chebyshev_polynomial_v` at 2 input - 1.",
    "tensor([1.])",
    shifted=True,
)
shifted_chebyshev_polynomial_w = _polynomial(
    "shifted_chebyshev_polynomial_w",
    lambda x: 2 * x + 1,
    _chebyshev,
    "`chebyshev_polynomial_w` at 2 input - 1.",
    "tensor([-1.])",
    shifted=True,
)
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h",
    lambda x: 2 * x,
    lambda k, x, this, last: 2 * x * this - 2 * k * last,
    "The Hermite polynomial of the physicists.",
    "tensor([-5.])",
)
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he",
    lambda x: x,
    lambda k, x, this, last: x * this - k * last,
    "The Hermite polynomial of probability theory.",
    "tensor([-1.3750])",
)
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l",
    lambda x: 1 - x,
    lambda k, x, this, last: ((2 * k + 1 - x) * this - k * last) / (k + 1),
    "The Laguerre polynomial.",
    "tensor([-0.1458])",
)
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p",
    lambda x: x,
    lambda k, x, this, last: ((2 * k + 1) * x * this - k * last) / (k + 1),
    "The Legendre polynomial.",
    "tensor([-0.4375])",
)
