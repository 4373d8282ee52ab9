"""Products with logarithms, which are 0 where the factor is: xlogy, xlog1py, entr.

May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import COMPLEX
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..tensor import Tensor
from .elementwise import pointwise

__all__ = ["xlogy"]


def _factor_first(logarithm: Any) -> Any:
    """input * logarithm(other), 0 where the input is 0 and other is a number."""

    def kernel(input: Any, other: Any) -> Any:
        with np.errstate(all="ignore"):
            product = as_array(input * logarithm(other))
        return np.where(np.equal(input, 0) & ~np.isnan(other), product.dtype.type(0), product)

    return kernel


def _of_factor(g: Tensor, input: Tensor, other: Tensor, slope: Tensor, low: float) -> Tensor:
    return (g * slope).masked_fill((input == 0) & (other <= low), 0)


xlogy = pointwise(
    "xlogy",
    lambda input, other: s.where(s.eq(input, 0) & ~s.isnan(other), 0.0, input * s.log(other)),
    (
        lambda g, input, other: _of_factor(g, input, other, other.log(), 0),
        lambda g, input, other: g * (input / other),
    ),
    result="float",
    unsupported=(COMPLEX,),
    kernel=_factor_first(np.log),
    doc="""input * log(other), which is 0 where input is 0 and nan where other is nan.

    >>> torch.xlogy(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """,
)
xlog1py = pointwise(
    "special_xlog1py",
    lambda input, other: s.where(s.eq(input, 0) & ~s.isnan(other), 0.0, input * s.log1p(other)),
    (
        lambda g, input, other: _of_factor(g, input, other, other.log1p(), -1),
        lambda g, input, other: g * (input / (other + 1)),
    ),
    backward="SpecialXlog1PyBackward0",
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=_factor_first(np.log1p),
    doc="""input * log(1 + other), which is 0 where input is 0 and nan where other is nan.

    >>> torch.special.xlog1py(torch.tensor([0.0, 2.0]), torch.tensor([-1.0, 0.0]))
    tensor([0., 0.])
    """,
)
entr = pointwise(
    "special_entr",
    lambda input: s.where(input > 0, -input * s.log(input), s.where(input < 0, -np.inf, input)),
    lambda g, input: g * (-input.log() - 1).where(input >= 0, float("-inf")),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    doc="""-input * log(input) above 0, 0 at 0, and -inf below: the terms of an entropy.

    >>> torch.special.entr(torch.tensor([0.0, 0.5, -1.0]))
    tensor([0.0000, 0.3466,   -inf])
    """,
)
