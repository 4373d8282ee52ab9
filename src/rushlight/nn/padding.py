"""Padding as modules: with zeros, a constant, or what stands at the edges already.

May import: ops, tensor, nn.
"""

from typing import Any

from ..ops.padding import pad
from ..tensor import Tensor
from .module import Module


class _Padding(Module):
    """The last dims of the input padded by (before, after) pairs, the last dim's first."""

    dims: int
    mode: str = "constant"

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.dims) if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""
        return pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """The padding, as PyTorch prints it."""
        return f"{self.padding}"


class _ConstantPad(_Padding):
    value: float

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""
        return pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The padding and its value, as PyTorch prints them."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The padding, as PyTorch prints it."""
        return f"{self.padding}"


class _CircularPad(_Padding):
    mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """The padded input; ValueError unless its dims are those wanted, with or without batch."""
        if input.dim() not in (self.dims + 1, self.dims + 2):
            raise ValueError(
                f"expected {self.dims + 1}D or {self.dims + 2}D input (got {input.dim()}D input)"
            )
        return super().forward(input)


class ConstantPad1d(_ConstantPad):
    """The last dim padded with one value.

    >>> torch.nn.ConstantPad1d(1, 9.0)(torch.arange(3.0).view(1, 3))
    tensor([[9., 0., 1., 2., 9.]])
    """

    dims = 1


class ConstantPad2d(_ConstantPad):
    """The last two dims padded with one value.

    >>> torch.nn.ConstantPad2d(1, 9.0)(torch.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2


class ConstantPad3d(_ConstantPad):
    """The last three dims padded with one value.

    >>> torch.nn.ConstantPad3d(1, 9.0)(torch.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3


class ZeroPad1d(_ZeroPad):
    """The last dim padded with zeros.

    >>> torch.nn.ZeroPad1d(1)(torch.arange(3.0).view(1, 3))
    tensor([[0., 0., 1., 2., 0.]])
    """

    dims = 1


class ZeroPad2d(_ZeroPad):
    """The last two dims padded with zeros.

    >>> torch.nn.ZeroPad2d(1)(torch.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2


class ZeroPad3d(_ZeroPad):
    """The last three dims padded with zeros.

    >>> torch.nn.ZeroPad3d(1)(torch.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3


class ReflectionPad1d(_Padding):
    """The last dim padded with the mirror of the inside.

    >>> torch.nn.ReflectionPad1d(1)(torch.arange(3.0).view(1, 3))
    tensor([[1., 0., 1., 2., 1.]])
    """

    dims = 1
    mode = "reflect"


class ReflectionPad2d(_Padding):
    """The last two dims padded with the mirror of the inside.

    >>> torch.nn.ReflectionPad2d(1)(torch.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2
    mode = "reflect"


class ReflectionPad3d(_Padding):
    """The last three dims padded with the mirror of the inside.

    >>> torch.nn.ReflectionPad3d(1)(torch.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3
    mode = "reflect"


class ReplicationPad1d(_Padding):
    """The last dim padded with the outermost elements repeated.

    >>> torch.nn.ReplicationPad1d(1)(torch.arange(3.0).view(1, 3))
    tensor([[0., 0., 1., 2., 2.]])
    """

    dims = 1
    mode = "replicate"


class ReplicationPad2d(_Padding):
    """The last two dims padded with the outermost elements repeated.

    >>> torch.nn.ReplicationPad2d(1)(torch.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2
    mode = "replicate"


class ReplicationPad3d(_Padding):
    """The last three dims padded with the outermost elements repeated.

    >>> torch.nn.ReplicationPad3d(1)(torch.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3
    mode = "replicate"


class CircularPad1d(_CircularPad):
    """The last dim padded with the elements of the other end.

    >>> torch.nn.CircularPad1d(1)(torch.arange(3.0).view(1, 3))
    tensor([[2., 0., 1., 2., 0.]])
    """

    dims = 1


class CircularPad2d(_CircularPad):
    """The last two dims padded with the elements of the other end.

    >>> torch.nn.CircularPad2d(1)(torch.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2


class CircularPad3d(_CircularPad):
    """The last three dims padded with the elements of the other end.

    >>> torch.nn.CircularPad3d(1)(torch.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3
