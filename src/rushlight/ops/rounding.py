"""Rounding: down, up, towards zero, to the nearest, and what is left over.

May import: core, kernels, tensor, ops.
"""

from ..core.dtype import BOOL, COMPLEX
from ..kernels import scalar as s
from ..tensor import Tensor, method
from .elementwise import Elementwise, pointwise
from .inplace import inplace, write_out

__all__ = [
    "ceil",
    "fix",
    "floor",
    "frac",
    "round",
    "trunc",
]

floor = pointwise(
    "floor",
    lambda input: s.floor(input),
    lambda g: g * 0,
    unsupported=(BOOL, COMPLEX),
    doc="""Each element rounded down.

    >>> torch.floor(torch.tensor([1.5, -1.5]))
    tensor([ 1., -2.])
    """,
)
ceil = pointwise(
    "ceil",
    lambda input: s.ceil(input),
    lambda g: g * 0,
    unsupported=(BOOL, COMPLEX),
    doc="""Each element rounded up.

    >>> torch.ceil(torch.tensor([1.5, -1.5]))
    tensor([ 2., -1.])
    """,
)
trunc = pointwise(
    "trunc",
    lambda input: s.trunc(input),
    lambda g: g * 0,
    unsupported=(BOOL, COMPLEX),
    alias_of=("fix",),
    doc="""Each element rounded towards 0.

    >>> torch.trunc(torch.tensor([1.5, -1.5]))
    tensor([ 1., -1.])
    """,
)
fix = trunc
_round_whole = Elementwise(
    "round",
    lambda input: s.round(input),
    (lambda g: g * 0,),
    "RoundBackward0",
    "same",
    (BOOL, COMPLEX),
)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Each element rounded, halves to the even neighbour; `decimals` may be negative.

    >>> torch.round(torch.tensor([0.5, 1.5, 2.567])), torch.round(torch.tensor(2.567), decimals=2)
    (tensor([0., 2., 3.]), tensor(2.5700))
    """
    if input._array.dtype.kind in "iu":
        if decimals:
            raise RuntimeError(
                f"round_cpu not implemented for '{input.dtype.title}': integers have no decimals"
            )
        result = input.clone()
    elif decimals == 0:
        result = _round_whole(input)
    else:
        scale = 10.0 ** (decimals if decimals > 0 else -decimals)
        scaled = input * scale if decimals > 0 else input / scale
        whole = _round_whole(scaled)
        result = whole / scale if decimals > 0 else whole * scale
    return result if out is None else write_out(out, result)


def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """input - trunc(input).

    >>> torch.frac(torch.tensor([1.5, -1.25]))
    tensor([ 0.5000, -0.2500])
    """
    result = input - input.trunc()
    return result if out is None else write_out(out, result)


for _function in (round, frac):
    method(_function)
    method(inplace(_function, _function.__name__), f"{_function.__name__}_")
