"""Padding: the edges of a tensor moved outwards, or inwards where the number is negative.

The numbers are pairs (before, after), the last dim's first. Each padding is linear; its gradient
is the transposed map, whose gradient is the padding again.
May import: core, kernels, tensor, ops.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..kernels.edges import extend, fold_back
from ..tensor import Tensor
from .batching import fold, last
from .fused import require_tensor
from .op import Op, ndarray

__all__ = ["constant_pad_nd"]

# ---- with a constant


def _pair(pad: Sequence[int], from_last: int) -> tuple[int, int]:
    """What is added before and after a dim, which is counted from the last one."""
    if 2 * from_last >= len(pad):
        return 0, 0
    return pad[2 * from_last], pad[2 * from_last + 1]


def _constant(input: ndarray, *, pad: tuple[int, ...], value: Any) -> ndarray:
    shape, there, here = list(input.shape), [], []
    for dim, size in enumerate(input.shape):
        before, after = _pair(pad, input.ndim - 1 - dim)
        shape[dim] = size + before + after
        there.append(slice(max(before, 0), shape[dim] - max(after, 0)))
        here.append(slice(max(-before, 0), size - max(-after, 0)))
    out = np.full(shape, value, input.dtype) if value else np.zeros(shape, input.dtype)
    out[tuple(there)] = input[tuple(here)]
    return out


_constant_op = Op(
    "constant_pad_nd",
    _constant,
    (lambda g, pad: _constant_op(g, pad=tuple([-p for p in pad]), value=0),),
    backward="ConstantPadNdBackward0",
    batch=last,
)


def constant_pad_nd(input: Tensor, pad: Sequence[int], value: Any = 0) -> Tensor:
    """The input with `value` around it; pad has a pair (before, after) a dim, last dim first.

    A negative number cuts off. RuntimeError for an odd number of them, for more pairs than dims,
    and where more is cut off than there is.

    >>> torch.constant_pad_nd(torch.tensor([1, 2]), (1, 2))
    tensor([0, 1, 2, 0, 0])
    """
    pad = tuple([int(p) for p in pad])
    shape = input._array.shape
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * len(shape):
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. "
            f"Pad length is {len(pad)} while the input has {len(shape)} dimensions."
        )
    for dim, size in enumerate(shape):
        before, after = _pair(pad, len(shape) - 1 - dim)
        if size + before + after < 0:
            raise RuntimeError(
                f"narrow(): length must be non-negative: the input size {size}, plus negative "
                f"padding {before} and {after}, resulted in a negative output size, which is "
                f"invalid. Check dimension {dim} of your input."
            )
    return _constant_op(input, pad=pad, value=value)


# ---- with what is there already


def _edge_ops(mode: str, title: str) -> dict[int, Op]:
    """The padding of the last one, two and three dims, under the names PyTorch has for each."""

    def kernel(input: ndarray, *, dims: Any) -> ndarray:
        return extend(input, dims, mode)

    def transposed(input: ndarray, *, sizes: Any, dims: Any) -> ndarray:
        return fold_back(input, sizes, dims, mode)

    def of(count: int) -> Op:
        name = title.format(count)
        back = Op(
            f"{mode}_pad{count}d_backward", transposed, (lambda g, dims: forward(g, dims=dims),),
            backward=f"{name}BackwardBackward0", widen=True,
        )  # fmt: skip
        forward = Op(
            f"{mode}_pad{count}d",
            kernel,
            (lambda g, input_shape, dims: back(g, sizes=input_shape, dims=dims),),
            backward="CopySlices" if mode == "circular" else f"{name}Backward0",
            batch=fold,
        )
        return forward

    return {count: of(count) for count in (1, 2, 3)}


_EDGES = {
    "reflect": _edge_ops("reflect", "ReflectionPad{}D"),
    "replicate": _edge_ops("replicate", "ReplicationPad{}D"),
    "circular": _edge_ops("circular", "CircularPad{}D"),
}
_SUPPORTED = """Padding size {} is not supported for {}D input tensor.
Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def _check_edges(input: Tensor, dims: list[tuple[int, int, int]], mode: str) -> None:
    """RuntimeError where there is not enough to repeat."""
    shape = input._array.shape
    for position, (dim, before, after) in enumerate(reversed(dims)):
        size = shape[dim]
        inside = size + min(before, 0) + min(after, 0)
        if mode == "circular":
            if before > size or after > size:
                raise RuntimeError(
                    "Padding value causes wrapping around more than once. Padding "
                    f"({before}, {after}) at dimension {dim} of input {list(shape)}"
                )
            if size + before + after <= 0 or (inside <= 0 and max(before, after) > 0):
                raise RuntimeError(
                    "Negative padding value is resulting in an empty dimension. Padding "
                    f"({before}, {after}) at dimension {dim} of input {list(shape)}"
                )
            continue
        if mode == "reflect" and (before >= size or after >= size):
            raise RuntimeError(
                f"Argument #{4 + 2 * position}: Padding size should be less than the corresponding "
                f"input dimension, but got: padding ({before}, {after}) at dimension {dim} of "
                f"input {list(shape)}"
            )
        if size + before + after < 1:
            letter = "WHD"[position]
            raise RuntimeError(
                f"input ({letter}: {size}) is too small. Calculated output {letter}: "
                f"{size + before + after}"
            )


def _edges(input: Tensor, pad: tuple[int, ...], mode: str) -> Tensor:
    array = input._array
    count, ndim = len(pad) // 2, array.ndim
    if not 1 <= count <= 3 or ndim not in (count + 1, count + 2):
        raise NotImplementedError(_SUPPORTED.format(len(pad), ndim))
    if mode != "circular":
        lead = 1 if ndim == count + 2 else 0
        if 0 in array.shape[lead:]:
            raise RuntimeError(
                f"Expected {count + 1}D or {count + 2}D (batch mode) tensor with possibly 0 batch "
                f"size and other non-zero dimensions for input, but got: {list(array.shape)}"
            )
        if array.dtype.kind == "b":
            name = "reflection" if mode == "reflect" else "replication"
            raise NotImplementedError(f"\"{name}_pad{count}d\" not implemented for 'Bool'")
    dims = [(dim, *_pair(pad, ndim - 1 - dim)) for dim in range(ndim - count, ndim)]
    _check_edges(input, dims, mode)
    return _EDGES[mode][count](input, dims=tuple(dims))


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: Any = None) -> Tensor:
    """The input with edges added: pairs (before, after), the last dim's first.

    Modes: "constant" (any dims, with `value`), and for the last one to three dims of an input with
    channels "reflect", "replicate" and "circular". Negative numbers cut off. RuntimeError for
    numbers that do not fit the shape, NotImplementedError for other modes and dims.

    >>> x = torch.tensor([[1.0, 2.0, 3.0]])
    >>> torch.nn.functional.pad(x, (1, 1)), torch.nn.functional.pad(x, (2, 0), mode="reflect")
    (tensor([[0., 1., 2., 3., 0.]]), tensor([[3., 2., 1., 2., 3.]]))
    """
    require_tensor(input, "pad")
    if isinstance(pad, str) or not hasattr(pad, "__iter__"):
        raise TypeError(
            f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}"
        )
    for position, amount in enumerate(pad):
        if not hasattr(amount, "__index__") or isinstance(amount, bool):
            raise TypeError(
                "pad(): argument 'pad' (position 2) must be tuple of ints, but found element of "
                f"type {type(amount).__name__} at pos {position}"
            )
    amounts = tuple([p.__index__() for p in pad])
    if len(amounts) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2, but it is {len(amounts)}")
    ndim = input._array.ndim
    if len(amounts) > 2 * ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(amounts)} and input of dimension {ndim}"
        )
    if mode == "constant":
        if isinstance(value, complex) and not FROM_NUMPY[input._array.dtype].is_complex:
            raise TypeError("pad(): argument 'value' (position 4) must be float, not complex")
        return constant_pad_nd(input, amounts, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in _EDGES:
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}: use 'constant', 'reflect', 'replicate' or "
            "'circular'"
        )
    return _edges(input, amounts, mode)
