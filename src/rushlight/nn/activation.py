"""Activations and dropout as modules.

May import: ops, tensor, nn.
"""

from typing import Any

from ..ops.activations import gelu, leaky_relu, relu, relu_
from ..ops.dropout import dropout
from ..ops.softmax import log_softmax, softmax
from ..tensor import Tensor
from .module import Module


class ReLU(Module):
    """max(0, x).

    >>> torch.nn.ReLU()(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """relu of each element."""
        return relu_(input) if self.inplace else relu(input)

    def extra_repr(self) -> str:
        """Whether it works in place."""
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """x where positive, negative_slope * x elsewhere.

    >>> torch.nn.LeakyReLU(0.1)(torch.tensor([-1.0, 2.0]))
    tensor([-0.1000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """leaky_relu of each element."""
        return leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The slope, as PyTorch prints it."""
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> torch.nn.Sigmoid()(torch.tensor([0.0]))
    tensor([0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """sigmoid of each element."""
        return input.sigmoid()


class Tanh(Module):
    """The hyperbolic tangent.

    >>> torch.nn.Tanh()(torch.tensor([0.0]))
    tensor([0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """tanh of each element."""
        return input.tanh()


class GELU(Module):
    """x times the normal distribution's cumulative probability of x (Hendrycks and Gimpel, 2016).

    >>> torch.nn.GELU()(torch.tensor([1.0]))
    tensor([0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """gelu of each element."""
        return gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """The formula used, as PyTorch prints it."""
        return f"approximate={self.approximate!r}"


class Softmax(Module):
    """exp(x) over its sum along dim.

    >>> torch.nn.Softmax(dim=0)(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """softmax along the dim."""
        return softmax(input, self.dim)

    def extra_repr(self) -> str:
        """The dim, as PyTorch prints it."""
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """The logarithm of softmax.

    >>> torch.nn.LogSoftmax(dim=0)(torch.zeros(2))
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """log_softmax along the dim."""
        return log_softmax(input, self.dim)


class Dropout(Module):
    """Zeroes elements with probability p while training, and scales the others by 1/(1 - p).

    ValueError for p outside [0, 1].
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p: Any = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """dropout of each element, while training."""
        return dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        return f"p={self.p}, inplace={self.inplace}"
