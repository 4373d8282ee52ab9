"""Pools as modules: the largest, the mean or the power mean of windows, and max pools undone.

May import: ops, tensor, nn.
"""

from typing import Any

from ..ops import avg_pool, fractional_max_pool, max_pool
from ..tensor import Tensor
from .convolution import along
from .module import Module


class _MaxPool(Module):
    """kernel_size, stride, padding and dilation are an int or one a dim."""

    function: Any

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The largest element of each window, and where it stands if return_indices."""
        return type(self).function(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode,
            self.return_indices,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """The settings, as PyTorch prints them."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest element of each window. Shapes (N, C, L) or (C, L) to (..., M).

    >>> torch.nn.MaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 5.0]]))
    tensor([[3., 5.]])
    """

    function = staticmethod(max_pool.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest element of each window. Shapes (N, C, H, W) or (C, H, W) to (..., H', W').

    >>> torch.nn.MaxPool2d(2)(torch.arange(16.0).view(1, 4, 4))
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """

    function = staticmethod(max_pool.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest element of each window. Shapes (N, C, D, H, W) or (C, D, H, W).

    >>> torch.nn.MaxPool3d(2)(torch.zeros(1, 4, 4, 4)).shape
    torch.Size([1, 2, 2, 2])
    """

    function = staticmethod(max_pool.max_pool3d)


class _MaxUnpool(Module):
    dims: int
    function: Any

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = along(kernel_size, self.dims)
        self.stride = along(kernel_size if stride is None else stride, self.dims)
        self.padding = along(padding, self.dims)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The elements back at their indices, and zeros elsewhere."""
        return type(self).function(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    def extra_repr(self) -> str:
        """The settings, as PyTorch prints them."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Undoes MaxPool1d, as far as its indices tell. Shapes (N, C, M) or (C, M).

    >>> torch.nn.MaxUnpool1d(2)(torch.tensor([[3.0, 5.0]]), torch.tensor([[1, 3]]))
    tensor([[0., 3., 0., 5.]])
    """

    dims = 1
    function = staticmethod(max_pool.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Undoes MaxPool2d, as far as its indices tell. Shapes (N, C, H, W) or (C, H, W).

    >>> torch.nn.MaxUnpool2d(2)(torch.ones(1, 1, 1), torch.tensor([[[3]]]))
    tensor([[[0., 0.],
             [0., 1.]]])
    """

    dims = 2
    function = staticmethod(max_pool.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Undoes MaxPool3d, as far as its indices tell. Shapes (N, C, D, H, W) or (C, D, H, W).

    >>> torch.nn.MaxUnpool3d(2)(torch.ones(1, 1, 1, 1), torch.tensor([[[[7]]]])).shape
    torch.Size([1, 2, 2, 2])
    """

    dims = 3
    function = staticmethod(max_pool.max_unpool3d)


class AvgPool1d(Module):
    """The mean of each window. Shapes (N, C, L) or (C, L) to (..., M).

    >>> torch.nn.AvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 5.0]]))
    tensor([[2.0000, 3.5000]])
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = along(kernel_size, 1)
        self.stride = along(kernel_size if stride is None else stride, 1)
        self.padding = along(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The mean of each window."""
        return avg_pool.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """The settings, as PyTorch prints them."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(Module):
    function: Any

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The mean of each window."""
        return type(self).function(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad, self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """The settings, as PyTorch prints them."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The mean of each window. Shapes (N, C, H, W) or (C, H, W) to (..., H', W').

    >>> torch.nn.AvgPool2d(2)(torch.arange(16.0).view(1, 4, 4))
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """

    function = staticmethod(avg_pool.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of each window. Shapes (N, C, D, H, W) or (C, D, H, W).

    >>> torch.nn.AvgPool3d(2)(torch.zeros(1, 4, 4, 4)).shape
    torch.Size([1, 2, 2, 2])
    """

    function = staticmethod(avg_pool.avg_pool3d)


class _LPPool(Module):
    function: Any

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The root of the sum of each window's powers."""
        return type(self).function(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self) -> str:
        """The settings, as PyTorch prints them."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """The root of the sum of each window's powers. Shapes (N, C, L) or (C, L).

    >>> torch.nn.LPPool1d(2, 2)(torch.tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """

    function = staticmethod(avg_pool.lp_pool1d)


class LPPool2d(_LPPool):
    """The root of the sum of each window's powers. Shapes (N, C, H, W) or (C, H, W).

    >>> torch.nn.LPPool2d(1, 2)(torch.ones(1, 4, 4))
    tensor([[[4., 4.],
             [4., 4.]]])
    """

    function = staticmethod(avg_pool.lp_pool2d)


class LPPool3d(_LPPool):
    """The root of the sum of each window's powers. Shapes (N, C, D, H, W) or (C, D, H, W).

    >>> torch.nn.LPPool3d(1, 2)(torch.ones(1, 2, 2, 2))
    tensor([[[[8.]]]])
    """

    function = staticmethod(avg_pool.lp_pool3d)


class _AdaptivePool(Module):
    function: Any

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The mean of each window."""
        return type(self).function(input, self.output_size)

    def extra_repr(self) -> str:
        """The output size, as PyTorch prints it."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """The mean of each of output_size windows. Shapes (N, C, L) or (C, L).

    >>> torch.nn.AdaptiveAvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 5.0]]))
    tensor([[2.0000, 3.5000]])
    """

    function = staticmethod(avg_pool.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean of each window of an even grid. Shapes (N, C, H, W) or (C, H, W).

    >>> torch.nn.AdaptiveAvgPool2d((1, None))(torch.zeros(1, 8, 7, 5)).shape
    torch.Size([1, 8, 1, 5])
    """

    function = staticmethod(avg_pool.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptivePool):
    """The mean of each window of an even grid. Shapes (N, C, D, H, W) or (C, D, H, W).

    >>> torch.nn.AdaptiveAvgPool3d(2)(torch.zeros(1, 8, 7, 5, 3)).shape
    torch.Size([1, 8, 2, 2, 2])
    """

    function = staticmethod(avg_pool.adaptive_avg_pool3d)


class _AdaptiveMaxPool(_AdaptivePool):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """The largest element of each window, and where it stands if return_indices."""
        return type(self).function(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest element of each of output_size windows. Shapes (N, C, L) or (C, L).

    >>> torch.nn.AdaptiveMaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 5.0]]))
    tensor([[3., 5.]])
    """

    function = staticmethod(max_pool.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest element of each window of an even grid. Shapes (N, C, H, W) or (C, H, W).

    >>> torch.nn.AdaptiveMaxPool2d((3, None))(torch.zeros(1, 8, 7, 5)).shape
    torch.Size([1, 8, 3, 5])
    """

    function = staticmethod(max_pool.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest element of each window of an even grid. Shapes (N, C, D, H, W) or (C, D, H, W).

    >>> torch.nn.AdaptiveMaxPool3d(2)(torch.zeros(1, 8, 7, 5, 3)).shape
    torch.Size([1, 8, 2, 2, 2])
    """

    function = staticmethod(max_pool.adaptive_max_pool3d)


class _FractionalMaxPool(Module):
    dims: int
    function: Any

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = along(kernel_size, self.dims)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else along(output_size, self.dims)
        self.output_ratio = None if output_ratio is None else along(output_ratio, self.dims)
        if output_size is None and output_ratio is None:
            raise ValueError(
                f"{name} requires specifying either an output size, or a pooling ratio"
            )
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all([0 < r < 1 for r in self.output_ratio]):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        """The largest element of each window, and where it stands if return_indices."""
        return type(self).function(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices,
            self._random_samples,
        )  # fmt: skip


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest elements of windows at random distances. Shapes (N, C, H, W) or (C, H, W).

    ValueError unless just one of output_size and output_ratio is given.

    >>> torch.nn.FractionalMaxPool2d(2, output_ratio=0.5)(torch.zeros(1, 8, 6)).shape
    torch.Size([1, 4, 3])
    """

    dims = 2
    function = staticmethod(fractional_max_pool.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest elements of windows at random distances. Shapes (N, C, D, H, W).

    ValueError unless just one of output_size and output_ratio is given.

    >>> torch.nn.FractionalMaxPool3d(2, output_size=3)(torch.zeros(1, 8, 6, 7)).shape
    torch.Size([1, 3, 3, 3])
    """

    dims = 3
    function = staticmethod(fractional_max_pool.fractional_max_pool3d)
