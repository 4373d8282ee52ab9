"""Max pools that return where their elements stand as well, under the names of that form.

May import: tensor, ops.
"""

from typing import Any

from ..tensor import Tensor
from . import fractional_max_pool, max_pool

__all__ = ["adaptive_max_pool1d", "max_pool1d_with_indices"]


def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool1d`, and where in the input each of the largest elements stands.

    >>> torch.max_pool1d_with_indices(torch.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)
    (tensor([[3., 5.]]), tensor([[1, 3]]))
    """
    return max_pool.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool2d`, and where in its plane each of the largest elements stands.

    >>> torch.nn.functional.max_pool2d_with_indices(torch.arange(4.0).view(1, 2, 2), 2)
    (tensor([[[3.]]]), tensor([[[3]]]))
    """
    return max_pool.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool3d`, and where in its volume each of the largest elements stands.

    >>> torch.nn.functional.max_pool3d_with_indices(torch.arange(8.0).view(1, 2, 2, 2), 2)
    (tensor([[[[7.]]]]), tensor([[[[7]]]]))
    """
    return max_pool.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The largest element of each of output_size windows, and where it stands.

    >>> torch.adaptive_max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)
    (tensor([[3., 5.]]), tensor([[1, 3]]))
    """
    return max_pool.adaptive_max_pool1d(input, output_size, True)


def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool1d`, and where in the input each of the largest elements stands.

    >>> x = torch.tensor([[1.0, 3.0, 2.0, 5.0]])
    >>> torch.nn.functional.adaptive_max_pool1d_with_indices(x, 2)
    (tensor([[3., 5.]]), tensor([[1, 3]]))
    """
    return adaptive_max_pool1d(input, output_size)


def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool2d`, and where in its plane each of the largest elements stands.

    >>> torch.nn.functional.adaptive_max_pool2d_with_indices(torch.arange(4.0).view(1, 2, 2), 1)
    (tensor([[[3.]]]), tensor([[[3]]]))
    """
    return max_pool.adaptive_max_pool2d(input, output_size, True)


def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool3d`, and where in its volume each of the largest elements stands.

    >>> x = torch.arange(8.0).view(1, 2, 2, 2)
    >>> torch.nn.functional.adaptive_max_pool3d_with_indices(x, 1)
    (tensor([[[[7.]]]]), tensor([[[[7]]]]))
    """
    return max_pool.adaptive_max_pool3d(input, output_size, True)


def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
    return_indices: bool = False, _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`fractional_max_pool2d`, and where in its plane each of the largest elements stands.

    >>> x = torch.arange(4.0).view(1, 2, 2)
    >>> torch.nn.functional.fractional_max_pool2d_with_indices(x, 2, 1)
    (tensor([[[3.]]]), tensor([[[3]]]))
    """
    return fractional_max_pool.fractional_max_pool2d(
        input, kernel_size, output_size, output_ratio, True, _random_samples
    )


def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
    return_indices: bool = False, _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`fractional_max_pool3d`, and where in its volume each of the largest elements stands.

    >>> x = torch.zeros(1, 3, 3, 3)
    >>> torch.nn.functional.fractional_max_pool3d_with_indices(x, 2, 1)[1]
    tensor([[[[13]]]])
    """
    return fractional_max_pool.fractional_max_pool3d(
        input, kernel_size, output_size, output_ratio, True, _random_samples
    )
