"""Softmax and its relatives as modules.

May import: ops, tensor, nn.
"""

from ..ops.softmax import log_softmax, softmax, softmin
from ..tensor import Tensor
from .module import Module


class _AlongDim(Module):
    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """The dim, as PyTorch prints it."""
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """exp(x) over its sum along dim.

    >>> torch.nn.Softmax(dim=0)(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """softmax along the dim."""
        return softmax(input, self.dim)


class LogSoftmax(_AlongDim):
    """The logarithm of softmax.

    >>> torch.nn.LogSoftmax(dim=0)(torch.zeros(2))
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """log_softmax along the dim."""
        return log_softmax(input, self.dim)


class Softmin(_AlongDim):
    """softmax of -x.

    >>> torch.nn.Softmin(dim=0)(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """softmin along the dim."""
        return softmin(input, self.dim)


class Softmax2d(Module):
    """softmax over the channels at each place. Shape (N, C, H, W) or (C, H, W).

    >>> torch.nn.Softmax2d()(torch.zeros(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """softmax over the third dim from the end."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return softmax(input, -3)
