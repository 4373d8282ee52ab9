"""The error function and its relatives.

May import: core, kernels, tensor, ops.
"""

from ..core.dtype import COMPLEX
from ..kernels.erf import erf as erf_formula
from ..kernels.erf import erfc as erfc_formula
from .elementwise import in_double, pointwise

__all__ = [
    "erf",
    "erfc",
]

erf = pointwise(
    "erf",
    erf_formula,
    lambda g, x: g * ((x * x).neg().exp() * 1.1283791670955126),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(erf_formula),
    doc="""The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0.

    >>> torch.erf(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """,
)
erfc = pointwise(
    "erfc",
    erfc_formula,
    lambda g, x: g * ((x * x).neg().exp() * -1.1283791670955126),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(erfc_formula),
    doc="""1 - erf(input), accurate where it is tiny.

    >>> torch.erfc(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 0.1573])
    """,
)
