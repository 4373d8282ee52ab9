"""Piecewise linear activations as modules: hard limits, thresholds, shrinkage.

May import: ops, tensor, nn.
"""

from ..ops import rectifiers
from ..tensor import Tensor
from .activation import settings
from .module import Module


class Hardtanh(Module):
    """x cut off below min_val and above max_val. ValueError unless max_val is the larger.

    >>> torch.nn.Hardtanh()(torch.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if max_val <= min_val:
            raise ValueError(
                f"max_val must be larger than min_val, but got max_val={max_val} and "
                f"min_val={min_val}"
            )
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """hardtanh of each element."""
        return rectifiers.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """The limits, as PyTorch prints them."""
        return settings(self.inplace, min_val=self.min_val, max_val=self.max_val)


class ReLU6(Hardtanh):
    """min(max(0, x), 6).

    >>> torch.nn.ReLU6()(torch.tensor([-1.0, 9.0]))
    tensor([0., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        """Whether it works in place."""
        return settings(self.inplace)


class _Hard(Module):
    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class Hardsigmoid(_Hard):
    """x / 6 + 1/2, cut off at 0 and 1.

    >>> torch.nn.Hardsigmoid()(torch.tensor([0.0]))
    tensor([0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """hardsigmoid of each element."""
        return rectifiers.hardsigmoid(input, self.inplace)


class Hardswish(_Hard):
    """x * hardsigmoid(x) (Howard et al., 2019).

    >>> torch.nn.Hardswish()(torch.tensor([1.5]))
    tensor([1.1250])
    """

    def forward(self, input: Tensor) -> Tensor:
        """hardswish of each element."""
        return rectifiers.hardswish(input, self.inplace)


class Threshold(Module):
    """x above the threshold, `value` in place of the rest.

    >>> torch.nn.Threshold(0.1, 20)(torch.tensor([0.0, 1.0]))
    tensor([20.,  1.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """threshold of each element."""
        return rectifiers.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        return settings(self.inplace, threshold=self.threshold, value=self.value)


class _Shrink(Module):
    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        """lambd, as PyTorch prints it."""
        return str(self.lambd)


class Hardshrink(_Shrink):
    """x where its magnitude is above lambd, 0 elsewhere.

    >>> torch.nn.Hardshrink()(torch.tensor([-1.0, 0.25]))
    tensor([-1., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """hardshrink of each element."""
        return rectifiers.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """x moved towards 0 by lambd, 0 where its magnitude is less.

    >>> torch.nn.Softshrink()(torch.tensor([-1.0, 0.25]))
    tensor([-0.5000, 0.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """softshrink of each element."""
        return rectifiers.softshrink(input, self.lambd)
