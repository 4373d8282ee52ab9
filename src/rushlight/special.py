"""torch.special: special functions under the names of mathematics.

The functions stand in ops/; those that `torch` has too go by both names.
May import: ops.
"""

from .ops.circular import sinc
from .ops.entropy import entr, xlog1py, xlogy
from .ops.error_functions import erf, erfc
from .ops.pointwise import exp2, expm1, log1p, logit
from .ops.pointwise import sigmoid as expit
from .ops.reduce import logsumexp
from .ops.rounding import round
from .ops.softmax import log_softmax, softmax

__all__ = [
    "entr",
    "erf",
    "erfc",
    "exp2",
    "expit",
    "expm1",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]
