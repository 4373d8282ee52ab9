"""Convolutions that find their in_channels in the first input they see.

May import: tensor, nn.
"""

from typing import Any

from ..tensor import Tensor
from . import convolution
from .lazy import LazyModuleMixin
from .parameter import UninitializedParameter


class _LazyConvolution(LazyModuleMixin):
    """What lazy convolutions share: parameters without a shape, and how they get one."""

    def _forget_shapes(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.out_channels = out_channels
        self.weight: Any = UninitializedParameter(**made)
        if bias:
            self.bias: Any = UninitializedParameter(**made)

    def reset_parameters(self) -> None:
        """Draws weight and bias anew, once they have a shape."""
        if not self.has_uninitialized_params() and self.in_channels:
            super().reset_parameters()  # type: ignore[misc]  of the convolution beside it

    def _channels(self, input: Tensor) -> int:
        dims = self.dims
        if input.ndim not in (dims + 1, dims + 2):
            raise RuntimeError(
                f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to "
                f"{self._get_name()}, but got input of size: {input.shape}"
            )
        return input.shape[input.ndim - dims - 1]

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Takes the number of channels of the input; ValueError when groups do not divide it."""
        if not self.has_uninitialized_params():
            self.in_channels = self.in_channels or self._channels(input)
            return
        self.in_channels = self._channels(input)
        if self.in_channels % self.groups:
            raise ValueError(
                f"in_channels must be divisible by groups, but got {self.in_channels} and "
                f"{self.groups}"
            )
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        self.weight.materialize((first, second // self.groups, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()


class _LazyConv(_LazyConvolution):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        conv: Any = super()
        conv.__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode)
        self._forget_shapes(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, convolution.Conv1d):
    """A Conv1d whose in_channels are those of the first input.

    >>> torch.nn.LazyConv1d(4, 3)(torch.rand(2, 3, 8)).shape
    torch.Size([2, 4, 6])
    """

    cls_to_become = convolution.Conv1d


class LazyConv2d(_LazyConv, convolution.Conv2d):
    """A Conv2d whose in_channels are those of the first input.

    >>> layer = torch.nn.LazyConv2d(4, 3)
    >>> layer(torch.rand(2, 3, 8, 8)).shape
    torch.Size([2, 4, 6, 6])
    >>> layer
    Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))
    """

    cls_to_become = convolution.Conv2d


class LazyConv3d(_LazyConv, convolution.Conv3d):
    """A Conv3d whose in_channels are those of the first input.

    >>> torch.nn.LazyConv3d(5, 3)(torch.rand(1, 2, 4, 4, 4)).shape
    torch.Size([1, 5, 2, 2, 2])
    """

    cls_to_become = convolution.Conv3d


class _LazyConvTranspose(_LazyConvolution):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        conv: Any = super()
        conv.__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation,
            padding_mode,
        )  # fmt: skip
        self._forget_shapes(out_channels, bias, device, dtype)


class LazyConvTranspose1d(_LazyConvTranspose, convolution.ConvTranspose1d):
    """A ConvTranspose1d whose in_channels are those of the first input.

    >>> torch.nn.LazyConvTranspose1d(5, 3)(torch.rand(1, 2, 4)).shape
    torch.Size([1, 5, 6])
    """

    cls_to_become = convolution.ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, convolution.ConvTranspose2d):
    """A ConvTranspose2d whose in_channels are those of the first input.

    >>> torch.nn.LazyConvTranspose2d(4, 3)(torch.rand(2, 3, 8, 8)).shape
    torch.Size([2, 4, 10, 10])
    """

    cls_to_become = convolution.ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, convolution.ConvTranspose3d):
    """A ConvTranspose3d whose in_channels are those of the first input.

    >>> torch.nn.LazyConvTranspose3d(5, 3)(torch.rand(1, 2, 4, 4, 4)).shape
    torch.Size([1, 5, 6, 6, 6])
    """

    cls_to_become = convolution.ConvTranspose3d
