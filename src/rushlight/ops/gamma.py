"""The gamma function's relatives: lgamma, digamma, polygamma, zeta, the incomplete ones.

May import: core, kernels, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core import optional
from ..core.dtype import COMPLEX, get_default_dtype
from ..kernels import gamma as kernels
from ..kernels import zeta as zeta_kernel
from ..tensor import Tensor, method, ndarray
from .elementwise import Elementwise, in_double, pointwise, refused
from .inplace import inplace, write_out

__all__ = ["digamma", "igamma", "igammac", "lgamma", "mvlgamma", "polygamma"]

lgamma = pointwise(
    "lgamma",
    kernels.lgamma,
    lambda g, x: g * x.digamma(),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(kernels.lgamma),
    doc="""log(|gamma(input)|); infinite at 0 and the negative integers.

    >>> torch.lgamma(torch.tensor([1.0, 5.0, -1.0]))
    tensor([0.0000, 3.1781,    inf])
    """,
)
digamma = pointwise(
    "digamma",
    kernels.digamma,
    lambda g, x: g * polygamma(1, x),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(kernels.digamma),
    doc="""The derivative of lgamma; infinite at 0, nan at the negative integers.

    >>> torch.digamma(torch.tensor([1.0, 0.5]))
    tensor([-0.5772, -1.9635])
    """,
)


def _no_derivative(name: str, argument: str) -> Any:
    def refuse(g: Tensor) -> Tensor:
        raise RuntimeError(f"the derivative for '{argument}' of {name} is not implemented")

    return refuse


def _narrow(out: Any, like: Any) -> Any:
    return out if like.dtype == np.float64 else out.astype(like.dtype)


def _zeta(input: Any, other: Any) -> Any:
    wide = input if isinstance(input, np.ndarray) else other
    return _narrow(zeta_kernel.zeta(input, other), wide)


zeta = pointwise(
    "special_zeta",
    lambda input, other: _zeta(input, other),
    (
        _no_derivative("zeta", "input"),
        lambda g, input, other: g * (-input * zeta(input + 1, other)),
    ),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=_zeta,
    doc="""Hurwitz's zeta function, the sum of (k + other) ** -input over k = 0, 1, 2, ...

    >>> torch.special.zeta(torch.tensor([2.0]), 1.0)
    tensor([1.6449])
    """,
)


# ---- polygamma


def _polygamma_kernel(input: ndarray, *, n: int) -> ndarray:
    if n == 0:
        return in_double(kernels.digamma)(input)
    sign = 1.0 if n % 2 else -1.0
    return _narrow(sign * math.factorial(n) * zeta_kernel.zeta(n + 1.0, input), input)


_polygamma = Elementwise(
    "polygamma",
    lambda input, *, n=0: _polygamma_kernel(input, n=n),
    (lambda g, input, n: g * polygamma(n + 1, input),),
    None,
    "float",
    (COMPLEX,),
    _polygamma_kernel,
)


def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The n-th derivative of digamma. RuntimeError for a negative n.

    >>> torch.polygamma(1, torch.tensor([1.0]))
    tensor([1.6449])
    """
    if not isinstance(input, Tensor):
        raise TypeError(refused("polygamma", "input", 2, input))
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n: got n = {n}")
    result = _polygamma(input, n=int(n))
    return result if out is None else write_out(out, result)


@method
def polygamma_(self: Tensor, n: int) -> Tensor:
    """`polygamma`, written into this tensor. RuntimeError for a leaf that needs grad."""
    return _polygamma_in_place(self, n)


method(lambda self, n: polygamma(n, self), "polygamma")
_polygamma_in_place = inplace(lambda self, n: polygamma(n, self), "polygamma")


def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p.

    p (p - 1) / 4 log(pi) + the sum of lgamma(input - i / 2) over i = 0 ... p - 1. RuntimeError
    for p < 1.

    >>> torch.mvlgamma(torch.tensor([3.0]), 2)
    tensor([1.5502])
    """
    if p < 1:
        raise RuntimeError(f"p has to be greater than or equal to 1, but got p = {p}")
    if input._array.dtype.kind in "iub":
        if input._array.dtype.kind == "b":
            raise RuntimeError("mvlgamma: The input tensor may not be a boolean tensor.")
        input = input.to(get_default_dtype())
    result = lgamma(input)
    for i in range(1, p):
        result = result + lgamma(input - i / 2)
    result = result + p * (p - 1) / 4 * math.log(math.pi)
    return result if out is None else write_out(out, result)


# ---- the incomplete gamma functions


def _incomplete(name: str) -> Any:
    def kernel(input: Any, other: Any) -> Any:
        function = getattr(optional.require("scipy.special", extra="compile"), name)
        wide = input if isinstance(input, np.ndarray) else other
        return np.asarray(function(input, other)).astype(wide.dtype, copy=False)

    return kernel


def _density(input: Tensor, other: Tensor) -> Tensor:
    return (-other + (input - 1) * other.log() - lgamma(input)).exp()


igamma = pointwise(
    "igamma",
    lambda input, other: _incomplete("gammainc")(input, other),
    (_no_derivative("igamma", "input"), lambda g, input, other: g * _density(input, other)),
    result="float",
    unsupported=(COMPLEX,),
    numbers="none",
    kernel=_incomplete("gammainc"),
    doc="""The regularized lower incomplete gamma function P(input, other). Needs SciPy.

    >>> torch.igamma(torch.tensor([4.0]), torch.tensor([3.0]))
    tensor([0.3528])
    """,
)
igammac = pointwise(
    "igammac",
    lambda input, other: _incomplete("gammaincc")(input, other),
    (_no_derivative("igammac", "input"), lambda g, input, other: -g * _density(input, other)),
    result="float",
    unsupported=(COMPLEX,),
    numbers="none",
    kernel=_incomplete("gammaincc"),
    doc="""The regularized upper incomplete gamma function, 1 - `igamma`. Needs SciPy.

    >>> torch.igammac(torch.tensor([4.0]), torch.tensor([3.0]))
    tensor([0.6472])
    """,
)
method(mvlgamma)
method(inplace(mvlgamma), "mvlgamma_")
