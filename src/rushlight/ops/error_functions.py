"""The error function, the normal distribution, and their inverses.

May import: core, kernels, tensor, ops.
"""

import numpy as np

from ..core.dtype import COMPLEX
from ..kernels import erf as erf_kernels
from ..kernels import inverse_erf as inverse
from ..kernels import single
from .elementwise import in_double, pointwise

__all__ = [
    "erf",
    "erfc",
    "erfinv",
]


erf = pointwise(
    "erf",
    erf_kernels.erf,
    lambda g, x: g * ((x * x).neg().exp() * 1.1283791670955126),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(erf_kernels.erf, single.erf),
    doc="""The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0.

    >>> torch.erf(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """,
)
erfc = pointwise(
    "erfc",
    erf_kernels.erfc,
    lambda g, x: g * ((x * x).neg().exp() * -1.1283791670955126),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(erf_kernels.erfc, single.erfc),
    doc="""1 - erf(input), accurate where it is tiny.

    >>> torch.erfc(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 0.1573])
    """,
)


erfinv = pointwise(
    "erfinv",
    inverse.erfinv,
    lambda g, result: g * ((result * result).exp() * 0.886226925452758),
    result="float",
    unsupported=(COMPLEX,),
    kernel=in_double(inverse.erfinv, single.erfinv),
    doc="""The y with erf(y) = input; infinite at 1 and -1, nan beyond.

    >>> torch.erfinv(torch.tensor([0.0, 0.5, 1.0]))
    tensor([0.0000, 0.4769,    inf])
    """,
)
erfcx = pointwise(
    "special_erfcx",
    erf_kernels.erfcx,
    lambda g, x, result: g * (2 * x * result - 1.1283791670955126),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=in_double(erf_kernels.erfcx),
    doc="""exp(input^2) erfc(input), which neither overflows nor vanishes for large input.

    >>> torch.special.erfcx(torch.tensor([0.0, 100.0]))
    tensor([1.0000, 0.0056])
    """,
)


def _single_ndtr(x: np.ndarray) -> np.ndarray:
    return np.float32(0.5) * single.erfc(x * np.float32(-0.7071067811865476))


ndtr = pointwise(
    "special_ndtr",
    erf_kernels.ndtr,
    lambda g, x: g * ((x * x * -0.5).exp() * 0.3989422804014327),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=in_double(erf_kernels.ndtr, _single_ndtr),
    doc="""The normal distribution function: how likely a standard normal number is below input.

    >>> torch.special.ndtr(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([0.1587, 0.5000, 0.8413])
    """,
)
log_ndtr = pointwise(
    "special_log_ndtr",
    erf_kernels.log_ndtr,
    lambda g, x: g / (erfcx(x * -0.7071067811865476) * 1.2533141373155001),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=in_double(erf_kernels.log_ndtr),
    doc="""The logarithm of `ndtr`, accurate also where that is tiny.

    >>> torch.special.log_ndtr(torch.tensor([-10.0, 0.0]))
    tensor([-53.2313,  -0.6931])
    """,
)
ndtri = pointwise(
    "special_ndtri",
    inverse.ndtri,
    lambda g, result: g * ((result * result * 0.5).exp() * 2.5066282746310002),
    result="float",
    unsupported=(COMPLEX,),
    methods=False,
    kernel=in_double(inverse.ndtri),
    doc="""The x with ndtr(x) = input; infinite at 0 and 1, nan beyond.

    >>> torch.special.ndtri(torch.tensor([0.0, 0.5, 0.8413447]))
    tensor([  -inf, 0.0000, 1.0000])
    """,
)
