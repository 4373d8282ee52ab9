"""What pools have in common: their numbers read and checked, and how many windows there are.

May import: core, tensor, ops.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..tensor import Tensor
from .fused import require_tensor
from .op import ndarray

Sizes = tuple[int, ...]
_PLACES = {"kernel_size": 2, "stride": 3, "padding": 4, "dilation": 5}
_WORDS = {1: "an int", 2: "two ints", 3: "three ints"}


def numbers(value: Any, dims: int, name: str, function: str, optional: bool = False) -> Sizes:
    """An int for every dim, from one int or as many as there are dims."""
    if type(value) is int:
        return (value,) * dims
    argument = f"{function}(): argument '{name}' (position {_PLACES[name]}) must be tuple of ints"
    if isinstance(value, (bool, str, float)) or not (
        hasattr(value, "__index__") or isinstance(value, Sequence)
    ):
        raise TypeError(f"{argument}, not {type(value).__name__}")
    found = tuple(value) if isinstance(value, Sequence) else (value,)
    for position, number in enumerate(found):
        if not hasattr(number, "__index__") or isinstance(number, bool):
            raise TypeError(
                f"{argument}, but found element of type {type(number).__name__} at pos {position}"
            )
    if len(found) not in (1, dims):
        if dims == 1:
            raise RuntimeError(
                f"{function}() {name} must be an int, list of ints or tuple of ints of size 1 but "
                f"got size {len(found)}"
            )
        either = "be omitted, a single int, or" if optional else "either be a single int, or"
        if optional:
            either = f"either {either}"
        raise RuntimeError(f"{function}: {name} must {either} a tuple of {_WORDS[dims]}")
    found = tuple([number.__index__() for number in found])
    return found * dims if len(found) == 1 else found


def check_planes(input: Any, dims: int, function: str) -> ndarray:
    """The array of an input with `dims` dims after the channels, with or without a batch dim."""
    require_tensor(input, function)
    array = input._array
    if dims > 1 and array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{function}: non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for "
            f"input, but got: {list(array.shape)}"
        )
    if array.ndim not in (dims + 1, dims + 2) or 0 in array.shape[array.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{function}: Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 "
            f"dim batch size for input, but got:{list(array.shape)}"
        )
    return array


def pool_settings(
    function: str, dims: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Sizes, Sizes, Sizes, Sizes]:
    """Kernel, stride, padding and dilation for every dim; the stride is the kernel by default."""
    kernel = numbers(kernel_size, dims, "kernel_size", function)
    no_stride = stride is None or (isinstance(stride, Sequence) and len(stride) == 0)
    step = kernel if no_stride else numbers(stride, dims, "stride", function, optional=True)
    edge = numbers(padding, dims, "padding", function)
    spread = numbers(dilation, dims, "dilation", function)
    _check_settings(function, kernel, step, edge, spread)
    return kernel, step, edge, spread


@lru_cache(maxsize=256)
def _check_settings(function: str, kernel: Sizes, step: Sizes, edge: Sizes, spread: Sizes) -> None:
    """RuntimeError for numbers that no pool can have; those that can be are remembered."""
    dims = len(kernel)
    for name, found in (("kernel_size", kernel), ("stride", step), ("dilation", spread)):
        if min(found) <= 0:
            raise RuntimeError(
                "stride should not be zero"
                if name == "stride" and dims > 1 and min(found) == 0
                else f"{function}() {name} must be greater than zero, but got "
                f"{found[0] if dims == 1 else list(found)}"
            )
    for p, k, d in zip(edge, kernel, spread, strict=True):
        if p < 0:
            raise RuntimeError(
                f"{function}() padding must be non-negative, but got {p}"
                if dims == 1
                else f"pad must be non-negative, but got pad: {p} ({function})"
            )
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, "
                f"kernel_size={k} and dilation={d} ({function})"
            )


@lru_cache(maxsize=256)
def pool_counts(
    shape: Sizes, function: str, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes,
    ceil_mode: bool,
) -> Sizes:  # fmt: skip
    """How many windows there are along each dim; in ceil_mode also one that is cut short."""
    sizes = shape[len(shape) - len(kernel) :]
    counts = []
    for size, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        room = size + 2 * p - d * (k - 1) - 1
        count = (-(-room // s) if ceil_mode else room // s) + 1
        if ceil_mode and (count - 1) * s >= size + p:
            count -= 1  # no window starts in the padding behind
        counts.append(count)
    if min(counts) < 1:
        channels = shape[len(shape) - len(kernel) - 1]
        shown = "x".join(map(str, (channels, *sizes)))
        made = "x".join(map(str, (channels, *counts)))
        raise RuntimeError(
            f"Given input size: ({shown}). Calculated output size: ({made}). Output size is too "
            f"small: no window of {function} fits into the input"
        )
    return tuple(counts)


@lru_cache(maxsize=256)
def behind(
    sizes: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, counts: Sizes
) -> Sizes:
    """How much must stand after each dim for the last window, when `padding` stands before."""
    return tuple(
        [
            max(0, (n - 1) * s + d * (k - 1) + 1 - size - p)
            for size, k, s, p, d, n in zip(
                sizes, kernel, stride, padding, dilation, counts, strict=True
            )
        ]
    )


def output_sizes(output_size: Any, input: Tensor, dims: int, function: str) -> Sizes:
    """The sizes an adaptive pool is asked for; None keeps that of the input."""
    if isinstance(output_size, Sequence):
        wanted = tuple(output_size)
        if len(wanted) != dims:
            raise RuntimeError(
                f"{function}() argument 'output_size' should contain one int (got {len(wanted)})"
                if dims == 1
                else f"{function}: output_size must be {dims}, but got {len(wanted)} elements"
            )
    else:
        wanted = (output_size,) * dims
    have = input._array.shape[input._array.ndim - dims :]
    found = []
    for want, size in zip(wanted, have, strict=True):
        if want is not None and (not hasattr(want, "__index__") or isinstance(want, bool)):
            raise TypeError(
                f"{function}(): argument 'output_size' must be tuple of ints, not "
                f"{type(want).__name__}"
            )
        found.append(size if want is None else want.__index__())
    if min(found) < 0:
        raise RuntimeError(
            f"{function}: elements of output_size must be greater than or equal to 0 but received "
            f"{{{', '.join(map(str, found))}}}"
        )
    return tuple(found)


def check_adaptive(input: Any, dims: int, function: str) -> ndarray:
    """The array of the input of an adaptive pool: planes that are not empty."""
    require_tensor(input, function)
    array = input._array
    if dims > 1 and array.ndim <= dims:
        raise ValueError(
            f"Input dimension should be at least {dims + 1}, but {function} got shape "
            f"{list(array.shape)}"
        )
    if array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{function}(): Expected {dims + 1}D or {dims + 2}D tensor, but got: "
            f"{list(array.shape)}"
        )
    for dim in range(array.ndim - dims, array.ndim):
        if array.shape[dim] == 0:
            raise RuntimeError(
                f"{function}(): Expected input to have non-zero size for non-batch dimensions, but "
                f"input has sizes {list(array.shape)} with dimension {dim} being empty"
            )
    return array
