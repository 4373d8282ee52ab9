"""Whole numbers: greatest common divisors and least common multiples.

May import: core, kernels, tensor, ops.
"""

from ..core.dtype import BOOL, COMPLEX, FLOATING
from ..kernels import scalar as s
from .elementwise import pointwise

__all__ = ["gcd", "lcm"]

gcd = pointwise(
    "gcd",
    lambda input, other: s.gcd(input, other),
    unsupported=(BOOL, FLOATING, COMPLEX),
    numbers="none",
    doc="""The greatest common divisor of each pair, which is never negative. Integers only.

    >>> torch.gcd(torch.tensor([12, -4]), torch.tensor([18, 6]))
    tensor([6, 2])
    """,
)
lcm = pointwise(
    "lcm",
    lambda input, other: s.lcm(input, other),
    unsupported=(BOOL, FLOATING, COMPLEX),
    numbers="none",
    doc="""The least common multiple of each pair, which is never negative. Integers only.

    >>> torch.lcm(torch.tensor([12, -4]), torch.tensor([18, 6]))
    tensor([36, 12])
    """,
)
