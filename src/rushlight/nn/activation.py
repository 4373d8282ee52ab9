"""Activations as modules: rectifiers and smooth curves.

The hard, piecewise linear ones stand in piecewise.py, softmax and its relatives in softmax.py.
May import: ops, tensor, nn.
"""

from typing import Any

from ..ops import activations, rectifiers
from ..ops.filled import full
from ..ops.noisy import rrelu
from ..tensor import Tensor
from .module import Module
from .parameter import Parameter


class Switched(Module):
    """An activation without other settings that can write its result into its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Whether it works in place."""
        return "inplace=True" if self.inplace else ""


def settings(inplace: bool, **named: Any) -> str:
    """`name=value, ...` as PyTorch prints them."""
    shown = [f"{name}={value}" for name, value in named.items()]
    return ", ".join(shown + ["inplace=True"] * inplace)


class ReLU(Switched):
    """max(0, x).

    >>> torch.nn.ReLU()(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """relu of each element."""
        return rectifiers.relu(input, self.inplace)


class LeakyReLU(Module):
    """x where it is positive, negative_slope * x elsewhere.

    >>> torch.nn.LeakyReLU(0.1)(torch.tensor([-1.0, 2.0]))
    tensor([-0.1000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """leaky_relu of each element."""
        return rectifiers.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The slope, as PyTorch prints it."""
        return settings(self.inplace, negative_slope=self.negative_slope)


class RReLU(Module):
    """x where it is positive, else x times a slope drawn from [lower, upper] while training.

    In eval mode the slope is the middle.

    >>> torch.nn.RReLU(0.1, 0.3).eval()(torch.tensor([-1.0, 2.0]))
    tensor([-0.2000,  2.0000])
    """

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """rrelu of each element."""
        return rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The bounds, as PyTorch prints them."""
        return settings(self.inplace, lower=self.lower, upper=self.upper)


class PReLU(Module):
    """x where it is positive, weight * x elsewhere, with one learnt weight or one a channel.

    >>> torch.nn.PReLU()(torch.tensor([-1.0, 2.0])).tolist()
    [-0.25, 2.0]
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(full((num_parameters,), float(init), device=device, dtype=dtype))

    def reset_parameters(self) -> None:
        """Sets every weight to `init` again."""
        self.weight.detach().fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        """prelu of each element."""
        return rectifiers.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """The number of weights, as PyTorch prints it."""
        return f"num_parameters={self.num_parameters}"


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> torch.nn.Sigmoid()(torch.tensor([0.0]))
    tensor([0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """sigmoid of each element."""
        return input.sigmoid()


class LogSigmoid(Module):
    """log(1 / (1 + exp(-x))).

    >>> torch.nn.LogSigmoid()(torch.tensor([0.0]))
    tensor([-0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """logsigmoid of each element."""
        return activations.logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent.

    >>> torch.nn.Tanh()(torch.tensor([0.0]))
    tensor([0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """tanh of each element."""
        return input.tanh()


class Tanhshrink(Module):
    """x - tanh(x).

    >>> torch.nn.Tanhshrink()(torch.tensor([1.0]))
    tensor([0.2384])
    """

    def forward(self, input: Tensor) -> Tensor:
        """tanhshrink of each element."""
        return activations.tanhshrink(input)


class GELU(Module):
    """x times the normal distribution's share below x (Hendrycks and Gimpel, 2016).

    >>> torch.nn.GELU()(torch.tensor([1.0]))
    tensor([0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """gelu of each element."""
        return activations.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """The formula used, as PyTorch prints it."""
        return f"approximate={self.approximate!r}"


class SiLU(Switched):
    """x * sigmoid(x).

    >>> torch.nn.SiLU()(torch.tensor([1.0]))
    tensor([0.7311])
    """

    def forward(self, input: Tensor) -> Tensor:
        """silu of each element."""
        return activations.silu(input, self.inplace)


class Mish(Switched):
    """x * tanh(softplus(x)) (Misra, 2019).

    >>> torch.nn.Mish()(torch.tensor([1.0]))
    tensor([0.8651])
    """

    def forward(self, input: Tensor) -> Tensor:
        """mish of each element."""
        return activations.mish(input, self.inplace)


class Softplus(Module):
    """log(1 + exp(beta x)) / beta; x itself where beta x is above the threshold.

    >>> torch.nn.Softplus()(torch.tensor([0.0]))
    tensor([0.6931])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """softplus of each element."""
        return activations.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """x / (1 + |x|).

    >>> torch.nn.Softsign()(torch.tensor([3.0]))
    tensor([0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        """softsign of each element."""
        return activations.softsign(input)


class ELU(Module):
    """x where it is positive, alpha (exp(x) - 1) elsewhere (Clevert et al., 2015).

    >>> torch.nn.ELU()(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """elu of each element."""
        return activations.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """alpha, as PyTorch prints it."""
        return settings(self.inplace, alpha=self.alpha)


class CELU(ELU):
    """x where it is positive, alpha (exp(x / alpha) - 1) elsewhere (Barron, 2017).

    >>> torch.nn.CELU(2.0)(torch.tensor([-1.0, 2.0]))
    tensor([-0.7869,  2.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """celu of each element."""
        return activations.celu(input, self.alpha, self.inplace)


class SELU(Switched):
    """elu scaled so that layers keep mean 0 and variance 1 (Klambauer et al., 2017).

    >>> torch.nn.SELU()(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    def forward(self, input: Tensor) -> Tensor:
        """selu of each element."""
        return activations.selu(input, self.inplace)


class GLU(Module):
    """The first half of the input along a dim times the sigmoid of the second.

    >>> torch.nn.GLU()(torch.tensor([1.0, 0.0]))
    tensor([0.5000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """glu along the dim."""
        return activations.glu(input, self.dim)

    def extra_repr(self) -> str:
        """The dim, as PyTorch prints it."""
        return f"dim={self.dim}"
