"""unfold and fold: the blocks that a window shows as it slides over images, and their sum.

Each is the transpose of the other, and its gradient.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..kernels.windows import add_windows, window_counts, windows
from ..tensor import Tensor
from .batching import fold as into_first_dim
from .fused import require_tensor
from .op import Op, ndarray

__all__: list[str] = []

Pair = tuple[int, int]


def _blocks(
    input: ndarray, *, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair
) -> ndarray:
    seen = windows(input, kernel, stride, padding, dilation)
    *lead, channels, _, _ = input.shape
    height, width = channels * kernel[0] * kernel[1], seen.shape[-2] * seen.shape[-1]
    out = seen.reshape(*lead, height, width)
    return out.copy() if np.may_share_memory(out, input) else out


def _summed(
    blocks: ndarray, *, sizes: Pair, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair
) -> ndarray:
    whole = [size + 2 * p for size, p in zip(sizes, padding, strict=True)]
    count = window_counts(whole, kernel, stride, dilation)
    *lead, height, _ = blocks.shape
    channels = height // (kernel[0] * kernel[1])
    parts = blocks.reshape(*lead, channels, *kernel, *count)
    if parts.dtype.kind == "b":
        parts = parts.astype(np.uint8)
    out = np.zeros((*lead, channels, *sizes), parts.dtype)
    add_windows(out, parts, stride, padding, dilation)
    return out.astype(blocks.dtype, copy=False)


unfold_blocks = Op(
    "im2col",
    _blocks,
    (
        lambda g, input_shape, kernel, dilation, padding, stride: fold_blocks(
            g, sizes=input_shape[-2:], kernel=kernel, dilation=dilation, padding=padding,
            stride=stride,
        ),
    ),
    backward="Im2ColBackward0", batch=into_first_dim)  # fmt: skip
fold_blocks = Op(
    "col2im",
    _summed,
    (
        lambda g, kernel, dilation, padding, stride: unfold_blocks(
            g, kernel=kernel, dilation=dilation, padding=padding, stride=stride
        ),
    ),
    backward="Col2ImBackward0",
    widen=True,
    batch=into_first_dim,
)


def _pair(value: Any, name: str, function: str) -> Pair:
    """Two ints, from one int or a pair."""
    found = tuple(value) if hasattr(value, "__iter__") else (value, value)
    for position, number in enumerate(found):
        if not hasattr(number, "__index__") or isinstance(number, bool):
            raise TypeError(
                f"{function}(): argument '{name}' must be tuple of ints, but found element of type "
                f"{type(number).__name__} at pos {position}"
            )
    if len(found) != 2:
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(found)}")
    return found[0].__index__(), found[1].__index__()


def _settings(function: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> dict:
    found = {}
    for name, given, short, least in (
        ("kernel_size", kernel_size, "kernel", 1),
        ("dilation", dilation, "dilation", 1),
        ("padding", padding, "pad", 0),
        ("stride", stride, "stride", 1),
    ):
        pair = _pair(given, name, function)
        if min(pair) < least:
            rule = "greater than zero" if least else "non-negative"
            words = name.replace("_", " ")
            raise RuntimeError(
                f"{words} should be {rule}, but got {short}_height: {pair[0]} "
                f"{short}_width: {pair[1]}"
            )
        found["kernel" if name == "kernel_size" else name] = pair
    return found


def unfold(
    input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Every block that a window shows as it slides over images, as a column.

    Shapes (N, C, H, W) or (C, H, W) to (N, C KH KW, blocks) or (C KH KW, blocks). RuntimeError for
    other shapes and for numbers that leave no block.

    >>> x = torch.arange(6.0).view(1, 1, 2, 3)
    >>> torch.nn.functional.unfold(x, (2, 2))
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """
    require_tensor(input, "unfold")
    settings = _settings("im2col", kernel_size, dilation, padding, stride)
    array = input._array
    if array.ndim not in (3, 4) or 0 in array.shape[array.ndim - 3 :]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(array.shape)}"
        )
    if array.dtype.kind in "iu":
        raise NotImplementedError(
            f"\"im2col_out_cpu\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    sizes = array.shape[-2:]
    whole = [size + 2 * p for size, p in zip(sizes, settings["padding"], strict=True)]
    count = window_counts(whole, settings["kernel"], settings["stride"], settings["dilation"])
    if min(count) < 1:
        raise RuntimeError(
            f"Given input with spatial size {sizes}, kernel_size={settings['kernel']}, "
            f"dilation={settings['dilation']}, padding={settings['padding']}, calculated shape of "
            f"the array of sliding blocks as {count}, but its components must be at least one."
        )
    return unfold_blocks(input, **settings)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
    stride: Any = 1,
) -> Tensor:  # fmt: skip
    """The sum of blocks at the places where `unfold` finds them in images of output_size.

    Shapes (N, C KH KW, blocks) or (C KH KW, blocks) to (N, C, H, W) or (C, H, W). RuntimeError
    unless there are as many blocks, and as many elements in one, as the numbers say.

    >>> torch.nn.functional.fold(torch.ones(1, 4, 2), (2, 3), (2, 2))
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """
    require_tensor(input, "fold")
    settings = _settings("col2im", kernel_size, dilation, padding, stride)
    sizes = _pair(output_size, "output_size", "col2im")
    array = input._array
    kernel = settings["kernel"]
    if array.ndim not in (2, 3) or 0 in array.shape[array.ndim - 2 :]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
            f"non-zero dimensions for input, but got: {list(array.shape)}"
        )
    if array.dtype.kind in "iu":
        raise NotImplementedError(
            f"\"col2im_out_cpu\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    height, blocks = array.shape[-2:]
    if height % (kernel[0] * kernel[1]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
            f"but got input.size(1)={height} and kernel_size={kernel}."
        )
    whole = [size + 2 * p for size, p in zip(sizes, settings["padding"], strict=True)]
    count = window_counts(whole, kernel, settings["stride"], settings["dilation"])
    if min(count) < 1 or count[0] * count[1] != blocks:
        raise RuntimeError(
            f"Given output_size={sizes}, kernel_size={kernel}, dilation={settings['dilation']}, "
            f"padding={settings['padding']}, stride={settings['stride']}, expected size of input's "
            f"dimension 2 to match the calculated number of sliding blocks {count[0]} * {count[1]} "
            f"= {count[0] * count[1]}, but got input.size(2)={blocks}."
        )
    return fold_blocks(input, sizes=sizes, **settings)
