"""Convolutions over one to three dims, and transposed ones: one op and its weight's gradient.

The gradient of a convolution by its input is a transposed convolution and the other way round;
the two ops here are linear in each input and close under differentiation.
May import: core, kernels, tensor, ops.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..core.dtype import CPP_NAMES, FROM_NUMPY
from ..kernels.convolution import correlate, spread, spread_sizes, weigh
from ..kernels.windows import window_counts
from ..tensor import Tensor
from .batching import fold
from .fused import require_tensor
from .op import Op, ndarray
from .padding import constant_pad_nd

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "convolution",
]  # fmt: skip

Sizes = tuple[int, ...]


def _kernel(
    input: ndarray,
    weight: ndarray,
    bias: ndarray | None,
    *,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    transposed: bool,
    output_padding: Sizes,
    groups: int,
) -> ndarray:
    if transposed:
        return spread(input, weight, bias, stride, padding, dilation, output_padding, groups)
    return correlate(input, weight, bias, stride, padding, dilation, groups)


def _back(
    g: Tensor, weight: Tensor, shape: Sizes, transposed: bool, steps: dict[str, Any]
) -> Tensor:
    """The gradient of a convolution by its input, of this shape: the opposite convolution."""
    dims = len(shape) - 2
    extra: Sizes = (0,) * dims
    if not transposed:
        least = spread_sizes(
            g._array.shape[2:], weight._array.shape[2:], **_along(steps), extra=extra
        )
        extra = tuple([size - n for size, n in zip(shape[2:], least, strict=True)])
    result = _convolution(
        g, weight.conj(), None, transposed=not transposed, output_padding=extra, **steps
    )
    return result if result._array.shape == shape else _cropped(result, shape)


def _along(steps: dict[str, Any]) -> dict[str, Any]:
    return {name: steps[name] for name in ("stride", "padding", "dilation")}


def _cropped(result: Tensor, shape: Sizes) -> Tensor:
    """Without the windows that fit into a large output padding alone."""
    for dim in range(2, len(shape)):
        result = result.narrow(dim, 0, shape[dim])
    return result


def _input_vjp(
    g: Tensor, input_shape: Any, weight: Tensor, stride: Any, padding: Any, dilation: Any,
    transposed: bool, groups: int,
) -> Tensor:  # fmt: skip
    steps = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return _back(g, weight, input_shape, transposed, steps)


def _weight_vjp(
    g: Tensor, input: Tensor, weight_shape: Any, stride: Any, padding: Any, dilation: Any,
    transposed: bool, groups: int,
) -> Tensor:  # fmt: skip
    read, written = (g, input.conj()) if transposed else (input.conj(), g)
    return _convolution_weight(
        read, written, kernel=weight_shape[2:],
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


_convolution = Op(
    "convolution",
    _kernel,
    (_input_vjp, _weight_vjp, lambda g: g.sum((0, *range(2, g._array.ndim)))),
    widen=True,
    batch=fold,
)


# `kernel` is the sizes of the weight here
def _weigh(
    input: ndarray,
    gradient: ndarray,
    *,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
) -> ndarray:
    return weigh(input, gradient, kernel, stride, padding, dilation, groups)


def _weigh_input_vjp(
    g: Tensor, input_shape: Any, gradient: Tensor, stride: Any, padding: Any, dilation: Any,
    groups: int,
) -> Tensor:  # fmt: skip
    steps = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return _back(gradient.conj(), g.conj(), input_shape, False, steps)


def _weigh_gradient_vjp(
    g: Tensor, input: Tensor, gradient_shape: Any, stride: Any, padding: Any, dilation: Any,
    groups: int,
) -> Tensor:  # fmt: skip
    result = _convolution(
        input.conj(), g, None, stride=stride, padding=padding, dilation=dilation,
        transposed=False, output_padding=(0,) * len(stride), groups=groups,
    )  # fmt: skip
    shape = gradient_shape
    return result if result._array.shape == shape else _cropped(result, shape)


_convolution_weight = Op(
    "convolution_weight",
    _weigh,
    (_weigh_input_vjp, _weigh_gradient_vjp),
    backward="ConvolutionBackwardBackward0",
    widen=True,
)


# ---- what may be asked for


def integers(value: Any, dims: int, name: str, function: str, what: str = "convolution") -> Sizes:
    """One int for every dim, from an int or a sequence of 1 or `dims` ints."""
    if type(value) is int:
        return (value,) * dims
    try:
        if isinstance(value, (bool, str)):
            raise TypeError
        found = (
            (value.__index__(),)
            if hasattr(value, "__index__") and not isinstance(value, Sequence)
            else tuple([v.__index__() for v in value])
        )
    except (TypeError, AttributeError):
        kind = type(value).__name__
        raise TypeError(
            f"{function}(): argument '{name}' must be tuple of ints, not {kind}"
        ) from None
    if len(found) == 1:
        return found * dims
    if len(found) != dims:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {dims} values to match the "
            f"{what} dimensions, but got {name}={list(found)}"
        )
    return found


def _check_steps(stride: Sizes, padding: Sizes, dilation: Sizes, groups: int, extra: Sizes) -> None:
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(extra) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")


def _check_dims(x: Sizes, w: Sizes) -> None:
    if len(x) != len(w):
        raise RuntimeError(
            f"Expected {len(w)}-dimensional input for {len(w)}-dimensional weight "
            f"{list(w)}, but got {len(x)}-dimensional input of size {list(x)} instead"
        )


def _check_shapes(x: Sizes, w: Sizes, b: Sizes | None, groups: int, transposed: bool) -> None:
    """RuntimeError unless channels, groups and bias fit each other."""
    _check_dims(x, w)
    shape, seen = list(w), list(x)
    if w[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but "
            f"got weight of size {shape} instead"
        )
    if w[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size [{shape}] instead"
        )
    given = "transposed=1" if transposed else f"groups={groups}"
    wanted = w[0] if transposed else w[1] * groups
    if x[1] != wanted:
        raise RuntimeError(
            f"Given {given}, weight of size {shape}, expected input{seen} to have {wanted} "
            f"channels, but got {x[1]} channels instead"
        )
    features = w[1] * groups if transposed else w[0]
    if b is not None and b != (features,):
        given = "transposed=1, " if transposed else ""
        raise RuntimeError(
            f"Given {given}weight of size {shape}, expected bias to be 1-dimensional with "
            f"{features} elements, but got bias of size {list(b)} instead"
        )


def _check_dtypes(x: ndarray, w: ndarray, b: ndarray | None) -> None:
    if x.dtype.kind == "b":
        raise NotImplementedError("\"slow_conv2d_cpu\" not implemented for 'Bool'")
    if w.dtype != x.dtype:
        raise RuntimeError(
            f"expected scalar type {FROM_NUMPY[x.dtype].title} but found "
            f"{FROM_NUMPY[w.dtype].title}: input and weight must have one dtype"
        )
    if b is not None and b.dtype != x.dtype:
        names = [FROM_NUMPY[a.dtype].name for a in (x, b)]
        first, second = [CPP_NAMES[name] for name in names]
        raise RuntimeError(f"Input type ({first}) and bias type ({second}) should be the same")


def _shown(sizes: Sequence[int]) -> str:
    return f"({' x '.join(map(str, sizes))})"


@lru_cache(maxsize=512)
def _check(
    x: Sizes, w: Sizes, b: Sizes | None, stride: Sizes, padding: Sizes, dilation: Sizes,
    transposed: bool, extra: Sizes, groups: int,
) -> None:  # fmt: skip
    """RuntimeError for shapes and numbers that do not fit; those that did are remembered."""
    _check_steps(stride, padding, dilation, groups, extra)
    _check_shapes(x, w, b, groups, transposed)
    _check_sizes(x, w, stride, padding, dilation, transposed, extra)


def _check_sizes(
    x: Sizes, w: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, transposed: bool,
    extra: Sizes,
) -> None:  # fmt: skip
    """RuntimeError where a kernel does not fit into the input, or nothing would come out."""
    kernel = w[2:]
    if min(kernel) <= 0:
        raise RuntimeError(f"kernel size should be greater than zero, but got {list(kernel)}")
    if transposed:
        for e, s, d in zip(extra, stride, dilation, strict=True):
            if e >= s and e >= d:
                raise RuntimeError(
                    "output padding must be smaller than either stride or dilation, but got "
                    f"output_padding: {list(extra)} stride: {list(stride)} "
                    f"dilation: {list(dilation)}"
                )
        sizes = spread_sizes(x[2:], kernel, stride, padding, dilation, extra)
        if min(sizes) < 1 and min(x[2:]) > 0:
            raise RuntimeError(
                f"Given input size per channel: {_shown(x[2:])}. Calculated output size per "
                f"channel: {_shown(sizes)}. Output size is too small"
            )
    else:
        sizes = tuple([size + 2 * p for size, p in zip(x[2:], padding, strict=True)])
        if min(window_counts(sizes, kernel, (1,) * len(sizes), dilation)) < 1:
            reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
            raise RuntimeError(
                f"Calculated padded input size per channel: {_shown(sizes)}. Kernel size: "
                f"{_shown(reach)}. Kernel size can't be greater than actual input size"
            )
    if min(x[2:]) == 0 and x[0] and x[1]:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(x)}"
        )


def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Tensor:
    """Any convolution of the input (N, C, *sizes), transposed or not, over one to three dims.

    The weight is (O, C/groups, *kernel), or (C, O/groups, *kernel) when transposed; the bias (O).
    RuntimeError for shapes, numbers and dtypes that do not fit.

    >>> x, w = torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2)
    >>> torch.convolution(x, w, None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1)
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """
    dims = weight._array.ndim - 2
    if not 1 <= dims <= 3:
        raise RuntimeError(
            f"unsupported ConvNd parameters: the weight has {dims + 2} dims, not 3, 4 or 5"
        )
    stride = integers(stride, dims, "stride", "convolution")
    padding = integers(padding, dims, "padding", "convolution")
    dilation = integers(dilation, dims, "dilation", "convolution")
    extra = integers(output_padding, dims, "output_padding", "convolution")
    if not transposed:
        extra = (0,) * dims
    return _checked(input, weight, bias, stride, padding, dilation, transposed, extra, groups)


def _checked(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes,
    dilation: Sizes, transposed: bool, extra: Sizes, groups: int,
) -> Tensor:  # fmt: skip
    """The op, after a look at everything that may not fit."""
    x, w = input._array, weight._array
    b = None if bias is None else bias._array
    shape = None if b is None else b.shape
    _check(x.shape, w.shape, shape, stride, padding, dilation, transposed, extra, groups)
    if x.dtype is not w.dtype or (b is not None and b.dtype is not w.dtype) or x.dtype.kind == "b":
        _check_dtypes(x, w, b)
    return _convolution(
        input, weight, bias, stride=stride, padding=padding, dilation=dilation,
        transposed=transposed, output_padding=extra, groups=groups,
    )  # fmt: skip


def _same_padding(input: Tensor, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Any:
    """The input and the padding that keep the sizes; where it is odd, one more at the end."""
    if max(stride) > 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if any([t % 2 for t in total]):
        after = [amount for t in reversed(total) for amount in (0, t % 2)]
        input = constant_pad_nd(input, after)
    return input, tuple([t // 2 for t in total])


def _along_dims(
    function: str,
    dims: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
    output_padding: Any = None,
) -> Tensor:
    """What all the functions below do; transposed when there is an output padding."""
    require_tensor(input, function)
    require_tensor(weight, function, "weight", 2)
    if bias is not None:
        require_tensor(bias, function, "bias", 3)
    if type(groups) is not int:
        raise TypeError(f"{function}(): argument 'groups' must be int, not {type(groups).__name__}")
    ndim = input._array.ndim
    if ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {function}, "
            f"but got input of size: {list(input._array.shape)}"
        )
    if weight._array.ndim < 3:
        raise RuntimeError(
            f"weight should have at least three dimensions, but it has {weight._array.ndim}"
        )
    single = ndim == dims + 1
    x = input.unsqueeze(0) if single else input
    stride = integers(stride, weight._array.ndim - 2, "stride", function)
    dilation = integers(dilation, dims, "dilation", function)
    transposed = output_padding is not None
    if isinstance(padding, str) and not transposed:
        if padding == "same":
            _check_dims(x._array.shape, weight._array.shape)
            x, padding = _same_padding(x, weight._array.shape[2:], stride, dilation)
        elif padding == "valid":
            padding = 0
        else:
            raise RuntimeError(f"Invalid padding string: '{padding}'; use 'same' or 'valid'")
    padding = integers(padding, dims, "padding", function)
    extra = integers(output_padding if transposed else 0, dims, "output_padding", function)
    result = _checked(x, weight, bias, stride, padding, dilation, transposed, extra, groups)
    return result.squeeze(0) if single else result


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """out[n, o, p] = bias[o] + sum of weight[o, c, k] * input[n, c, stride p + dilation k].

    Shapes (N, C, L) or (C, L), (O, C/groups, K) and (O) to (N, O, M) or (O, M). `padding` zeros
    stand on both sides: an int, "valid" (none) or "same" (M is L, for stride 1). RuntimeError for
    shapes, numbers and dtypes that do not fit.

    >>> torch.conv1d(torch.tensor([[[1.0, 2.0, 4.0]]]), torch.tensor([[[1.0, -1.0]]]))
    tensor([[[-1., -2.]]])
    """
    return _along_dims("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The convolution of images: conv1d's formula over two dims.

    Shapes (N, C, H, W) or (C, H, W), (O, C/groups, KH, KW) and (O) to (N, O, H', W') or
    (O, H', W'). Numbers may be one int or one a dim; `padding` may be "valid" or "same".
    RuntimeError for shapes, numbers and dtypes that do not fit.

    >>> torch.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 3, 3), padding=1)
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """
    return _along_dims("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The convolution of volumes: conv1d's formula over three dims.

    Shapes (N, C, D, H, W) or (C, D, H, W), (O, C/groups, KD, KH, KW) and (O) to (N, O, ...).
    RuntimeError for shapes, numbers and dtypes that do not fit.

    >>> torch.conv3d(torch.ones(1, 1, 2, 2, 2), torch.ones(1, 1, 2, 2, 2))
    tensor([[[[[8.]]]]])
    """
    return _along_dims("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """The transposed map of conv1d: each element adds the kernel, times itself, to the output.

    Shapes (N, C, L) or (C, L), (C, O/groups, K) and (O) to (N, O, M) or (O, M), with
    M = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.
    RuntimeError for shapes, numbers and dtypes that do not fit.

    >>> torch.conv_transpose1d(torch.tensor([[[1.0, 2.0]]]), torch.ones(1, 1, 2), stride=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    return _along_dims(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, dilation, groups,
        output_padding,
    )  # fmt: skip


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """The transposed map of conv2d. Shapes (N, C, H, W), (C, O/groups, KH, KW) and (O).

    RuntimeError for shapes, numbers and dtypes that do not fit.

    >>> torch.conv_transpose2d(torch.ones(1, 1, 1, 2), torch.ones(1, 1, 1, 2))
    tensor([[[[1., 2., 1.]]]])
    """
    return _along_dims(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, dilation, groups,
        output_padding,
    )  # fmt: skip


def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """The transposed map of conv3d. Shapes (N, C, D, H, W), (C, O/groups, KD, KH, KW) and (O).

    RuntimeError for shapes, numbers and dtypes that do not fit.

    >>> torch.conv_transpose3d(torch.ones(1, 1, 1, 1, 1), torch.ones(1, 2, 1, 1, 2)).shape
    torch.Size([1, 2, 1, 1, 2])
    """
    return _along_dims(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, dilation, groups,
        output_padding,
    )  # fmt: skip


def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """conv1d in another order: (T, N, C), weight (K, C, O) and bias (O) to (T', N, O).

    RuntimeError unless all dims are there.

    >>> torch.conv_tbc(torch.ones(3, 1, 1), torch.ones(2, 1, 1), torch.zeros(1)).flatten()
    tensor([2., 2.])
    """
    for name, tensor, dims in (("input", input, 3), ("weight", weight, 3), ("bias", bias, 1)):
        if tensor._array.ndim != dims:
            raise RuntimeError(
                f"{name.title()} must have {dims} dims: "
                f"{'time, batch, in_channel' if name == 'input' else 'see conv_tbc'}, but it has "
                f"shape {list(tensor._array.shape)}"
            )
    result = conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return result.permute(2, 0, 1)
