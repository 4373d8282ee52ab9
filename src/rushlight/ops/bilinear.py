"""Bilinear: a map that is linear in each of two inputs.

May import: tensor, ops.
"""

from ..tensor import Tensor
from .einsum import einsum

__all__ = ["bilinear"]


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """sum_ij input1[.., i] weight[k, i, j] input2[.., j] + bias[k].

    Shapes (*, I), (*, J), (K, I, J) and (K) to (*, K). RuntimeError where they do not fit.

    >>> weight = torch.tensor([[[1.0, 2.0]]])
    >>> torch.nn.functional.bilinear(torch.tensor([3.0]), torch.tensor([1.0, 1.0]), weight)
    tensor([9.])
    """
    lead = input1.shape[:-1]
    if lead != input2.shape[:-1]:
        raise RuntimeError(
            "bilinear(): input batch dimensions do not match: got shapes "
            f"{list(input1.shape)} and {list(input2.shape)}"
        )
    for number, (given, wanted) in enumerate(
        ((input1.shape[-1], weight.shape[1]), (input2.shape[-1], weight.shape[2])), 1
    ):
        if given != wanted:
            raise RuntimeError(
                f"bilinear(): input{number} size does not match weight size: got {given} but "
                f"expected {wanted}"
            )
    first = input1.reshape(-1, weight.shape[1])
    second = input2.reshape(-1, weight.shape[2])
    result = einsum("ni,kij,nj->nk", first, weight, second)
    if bias is not None:
        result = result + bias
    return result.view(*lead, weight.shape[0])
