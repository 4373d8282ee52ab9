"""Bessel functions and Airy's; those of orders 0 and 1 of the first modified kind are our own.

May import: core, kernels, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

from ..core import optional
from ..core.dtype import COMPLEX
from ..core.tracing import as_array
from ..kernels import bessel as kernels
from ..kernels import scalar as s
from ..tensor import Tensor
from .elementwise import in_double, pointwise

__all__ = ["i0"]


def _over(part: Tensor, x: Tensor) -> Tensor:
    """i1(x) / x, and its limit 1/2 at 0."""
    still = x == 0
    return (part / x.masked_fill(still, 1)).masked_fill(still, 0.5)


i0 = pointwise(
    "i0",
    kernels.i0,
    lambda g, x: g * i1(x),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(kernels.i0),
    doc="""The modified Bessel function of the first kind, order 0.

    >>> torch.i0(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 1.2661])
    """,
)
i0e = pointwise(
    "special_i0e",
    kernels.i0e,
    lambda g, x, result: g * (i1e(x) - x.sgn() * result),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=in_double(kernels.i0e),
    doc="""exp(-|input|) `i0`(input).

    >>> torch.special.i0e(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 0.4658])
    """,
)
i1 = pointwise(
    "special_i1",
    kernels.i1,
    lambda g, x, result: g * (i0(x) - _over(result, x)),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=in_double(kernels.i1),
    doc="""The modified Bessel function of the first kind, order 1.

    >>> torch.special.i1(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.5652])
    """,
)
i1e = pointwise(
    "special_i1e",
    kernels.i1e,
    lambda g, x, result: g * (i0e(x) - x.sgn() * result - _over(result, x)),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=in_double(kernels.i1e),
    doc="""exp(-|input|) `i1`(input).

    >>> torch.special.i1e(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2079])
    """,
)


def _documented(name: str, doc: str, shown: str) -> str:
    return f"{doc}\n\n    >>> torch.special.{name}(torch.tensor([1.0]))\n    {shown}\n    "


def _from_scipy(name: str, scipy_name: str, doc: str, shown: str) -> Callable:
    """A function of one element that SciPy computes, without a derivative, as in PyTorch."""

    def compute(x: Any) -> Any:
        found = getattr(optional.require("scipy.special", extra="compile"), scipy_name)(x)
        return as_array(found[0] if isinstance(found, tuple) else found)

    return pointwise(
        f"special_{name}",
        lambda input: compute(input),
        result="float",
        unsupported=(COMPLEX,),
        methods=False,
        kernel=in_double(compute),
        doc=_documented(name, f"{doc} Needs SciPy; it has no derivative here.", shown),
    )


airy_ai = _from_scipy(
    "airy_ai",
    "airy",
    "Airy's function Ai.",
    "tensor([0.1353])",
)
bessel_j0 = _from_scipy(
    "bessel_j0",
    "j0",
    "The Bessel function of the first kind, order 0.",
    "tensor([0.7652])",
)
bessel_j1 = _from_scipy(
    "bessel_j1",
    "j1",
    "The Bessel function of the first kind, order 1.",
    "tensor([0.4401])",
)
bessel_y0 = _from_scipy(
    "bessel_y0",
    "y0",
    "The Bessel function of the second kind, order 0.",
    "tensor([0.0883])",
)
bessel_y1 = _from_scipy(
    "bessel_y1",
    "y1",
    "The Bessel function of the second kind, order 1.",
    "tensor([-0.7812])",
)
modified_bessel_k0 = _from_scipy(
    "modified_bessel_k0",
    "k0",
    "The modified Bessel function of the second kind, order 0.",
    "tensor([0.4210])",
)
modified_bessel_k1 = _from_scipy(
    "modified_bessel_k1",
    "k1",
    "The modified Bessel function of the second kind, order 1.",
    "tensor([0.6019])",
)
scaled_modified_bessel_k0 = _from_scipy(
    "scaled_modified_bessel_k0",
    "k0e",
    "exp(input) `modified_bessel_k0`(input).",
    "tensor([1.1445])",
)
scaled_modified_bessel_k1 = _from_scipy(
    "scaled_modified_bessel_k1",
    "k1e",
    "exp(input) `modified_bessel_k1`(input).",
    "tensor([1.6362])",
)


def _own(name: str, formula: Callable, doc: str, shown: str) -> Callable:
    return pointwise(
        f"special_{name}",
        formula,
        result="float",
        unsupported=(COMPLEX,),
        methods=False,
        kernel=in_double(formula),
        doc=_documented(name, doc, shown),
    )


def _spherical_j0(x: Any) -> Any:
    size = s.abs(x)
    small = size < 0.5
    square = s.where(small, x * x, 0.0)
    series = s.polynomial(
        square, 1 / 6227020800, -1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1.0
    )
    far = s.sin(x) / s.where(small, 1.0, x)
    return s.where(s.isinf(x), 0.0, s.where(small, series, far))


modified_bessel_i0 = _own(
    "modified_bessel_i0",
    kernels.i0,
    "The modified Bessel function of the first kind, order 0.",
    "tensor([1.2661])",
)
modified_bessel_i1 = _own(
    "modified_bessel_i1",
    kernels.i1,
    "The modified Bessel function of the first kind, order 1.",
    "tensor([0.5652])",
)
spherical_bessel_j0 = _own(
    "spherical_bessel_j0",
    _spherical_j0,
    "The spherical Bessel function of the first kind, order 0: sin(x) / x.",
    "tensor([0.8415])",
)
