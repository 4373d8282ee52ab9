"""Convolutions over one to three dims as modules, and transposed ones.

The weights start uniform in +-1/sqrt(fan), fan being what one output element sums over.
May import: ops, tensor, nn.
"""

import math
from typing import Any

from ..ops import convolution
from ..ops.filled import empty
from ..ops.padding import pad
from ..tensor import Tensor
from . import init
from .module import Module
from .parameter import Parameter

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def along(value: Any, dims: int) -> tuple:
    """One number for every dim: a tuple of the value, unless it is a tuple already."""
    return tuple(value) if hasattr(value, "__iter__") else (value,) * dims


class _Convolution(Module):
    """What all convolutions share: settings, parameters, their starting values and printed form."""

    dims: int

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        transposed: bool,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        _check_settings(in_channels, out_channels, stride, padding, groups, padding_mode)
        dims = self.dims
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = along(kernel_size, dims)
        self.stride = along(stride, dims)
        self.padding = padding if isinstance(padding, str) else along(padding, dims)
        self.dilation = along(dilation, dims)
        self.transposed = transposed
        self.output_padding = along(output_padding, dims)
        self.groups = groups
        self.padding_mode = padding_mode
        first, second = in_channels, out_channels
        if not transposed:
            first, second = second, first
        shape = (first, second // groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew."""
        if not self.weight.numel():
            return
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The settings that are not the usual ones, as PyTorch prints them."""
        dims = self.dims
        shown = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        for name, usual in (
            ("padding", (0,) * dims),
            ("dilation", (1,) * dims),
            ("output_padding", (0,) * dims),
            ("groups", 1),
        ):
            if getattr(self, name) != usual:
                shown += f", {name}={getattr(self, name)}"
        if self.bias is None:
            shown += ", bias=False"
        if self.padding_mode != "zeros":
            shown += f", padding_mode={self.padding_mode}"
        return shown

    def _summary(self) -> str:
        return f"{self._get_name()}({self.in_channels} -> {self.out_channels})"


def _check_settings(
    in_channels: int, out_channels: int, stride: Any, padding: Any, groups: int, mode: str
) -> None:
    """ValueError for settings that no convolution can have."""
    if groups <= 0:
        raise ValueError(f"groups must be a positive integer, but got {groups}")
    if in_channels % groups:
        raise ValueError(
            f"in_channels must be divisible by groups, but got {in_channels} and {groups}"
        )
    if out_channels % groups:
        raise ValueError(
            f"out_channels must be divisible by groups, but got {out_channels} and {groups}"
        )
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(
                f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}"
            )
        if padding == "same" and any([s != 1 for s in along(stride, 1)]):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if mode not in PADDING_MODES:
        raise ValueError(
            "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got "
            f"padding_mode={mode!r}"
        )


class _Conv(_Convolution):
    function: Any

    def __init__(
        self,
        in_channels: int,
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
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, False, 0, groups,
            bias, padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of the input."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = pad(input, self._edges(), self.padding_mode), 0
        return type(self).function(
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def _edges(self) -> list[int]:
        """What padding modes other than zeros add, as pairs with the last dim first."""
        edges = []
        for dim in reversed(range(self.dims)):
            if self.padding == "same":
                total = self.dilation[dim] * (self.kernel_size[dim] - 1)
                edges += [total // 2, total - total // 2]
            else:
                edges += [0 if self.padding == "valid" else self.padding[dim]] * 2
        return edges


class Conv1d(_Conv):
    """A convolution of sequences. Shapes (N, C, L) or (C, L) to (N, O, M) or (O, M).

    ValueError for channels that groups do not divide and for unknown paddings.

    >>> torch.nn.Conv1d(2, 4, 3)(torch.zeros(5, 2, 10)).shape
    torch.Size([5, 4, 8])
    """

    dims = 1
    function = staticmethod(convolution.conv1d)


class Conv2d(_Conv):
    """A convolution of images. Shapes (N, C, H, W) or (C, H, W) to (N, O, H', W') or (O, H', W').

    ValueError for channels that groups do not divide and for unknown paddings.

    >>> torch.nn.Conv2d(3, 8, 3, stride=2, padding=1)(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 8, 16, 16])
    """

    dims = 2
    function = staticmethod(convolution.conv2d)


class Conv3d(_Conv):
    """A convolution of volumes. Shapes (N, C, D, H, W) or (C, D, H, W).

    ValueError for channels that groups do not divide and for unknown paddings.

    >>> torch.nn.Conv3d(1, 2, 3, padding="same")(torch.zeros(1, 1, 4, 4, 4)).shape
    torch.Size([1, 2, 4, 4, 4])
    """

    dims = 3
    function = staticmethod(convolution.conv3d)


class _ConvTranspose(_Convolution):
    function: Any

    def __init__(
        self,
        in_channels: int,
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
        if padding_mode != "zeros":
            raise ValueError(
                f'Only "zeros" padding mode is supported for {type(self).__name__}, '
                f"but got {padding_mode!r}"
            )
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, True,
            output_padding, groups, bias, padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """The transposed convolution; with `output_size`, of that size where it can be."""
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        return type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups,
            self.dilation,
        )  # fmt: skip

    def _extra(self, input: Tensor, output_size: Any) -> list[int]:
        """The output padding that gives this size; ValueError when there is none."""
        dims = self.dims
        sizes = list(output_size)
        ndim, lead = input.dim(), input.dim() - dims
        if len(sizes) == ndim:
            sizes = sizes[lead:]
        if len(sizes) != dims:
            raise ValueError(
                f"ConvTranspose{dims}D: for {ndim}D input, output_size must have {dims} or {ndim} "
                f"elements (got {len(sizes)})"
            )
        least = [
            (input.size(d + lead) - 1) * self.stride[d]
            - 2 * self.padding[d]
            + self.dilation[d] * (self.kernel_size[d] - 1)
            + 1
            for d in range(dims)
        ]
        most = [low + step - 1 for low, step in zip(least, self.stride, strict=True)]
        for size, low, high in zip(sizes, least, most, strict=True):
            if not low <= size <= high:
                raise ValueError(
                    f"requested an output size of {output_size}, but valid sizes range from "
                    f"{least} to {most} (for an input of {input.size()[lead:]})"
                )
        return [size - low for size, low in zip(sizes, least, strict=True)]


class ConvTranspose1d(_ConvTranspose):
    """The transposed map of Conv1d. Shapes (N, C, L) or (C, L) to (N, O, M) or (O, M).

    ValueError for channels that groups do not divide.

    >>> torch.nn.ConvTranspose1d(4, 2, 3, stride=2)(torch.zeros(5, 4, 10)).shape
    torch.Size([5, 2, 21])
    """

    dims = 1
    function = staticmethod(convolution.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """The transposed map of Conv2d. Shapes (N, C, H, W) or (C, H, W).

    ValueError for channels that groups do not divide.

    >>> layer = torch.nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1)
    >>> layer(torch.zeros(1, 8, 16, 16), output_size=(32, 32)).shape
    torch.Size([1, 3, 32, 32])
    """

    dims = 2
    function = staticmethod(convolution.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """The transposed map of Conv3d. Shapes (N, C, D, H, W) or (C, D, H, W).

    ValueError for channels that groups do not divide.

    >>> torch.nn.ConvTranspose3d(2, 1, 2)(torch.zeros(1, 2, 3, 3, 3)).shape
    torch.Size([1, 1, 4, 4, 4])
    """

    dims = 3
    function = staticmethod(convolution.conv_transpose3d)
