"""Interpolation: images, sequences and volumes at other sizes.

Each dim is mapped linearly on its own; the gradient is the transposed map, and its gradient the
map again.
May import: core, kernels, tensor, ops.
"""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..kernels.resampling import Taps, interpolation, map_bytes, map_dims, map_dims_back
from ..tensor import Tensor
from .avg_pool import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .batching import fold
from .fused import require_tensor
from .op import Op, ndarray

__all__ = ["_upsample_bilinear2d_aa"]

Sizes = tuple[int, ...]
Scales = tuple[float | None, ...]


def _maps(
    sizes: Sizes, counts: Sizes, kind: str, scales: Scales, align_corners: bool, antialias: bool
) -> list[Taps]:
    return [
        interpolation(kind, size, count, scale, align_corners, antialias)
        for size, count, scale in zip(sizes, counts, scales, strict=True)
    ]


def _resample(
    input: ndarray, *, counts: Sizes, kind: str, scales: Scales, align_corners: bool,
    antialias: bool,
) -> ndarray:  # fmt: skip
    sizes = input.shape[2:]
    maps = _maps(sizes, counts, kind, scales, align_corners, antialias)
    if input.dtype == np.uint8 and maps[0].weights is not None:
        return map_bytes(input, maps)
    return map_dims(input, maps)


def _resample_back(
    g: ndarray, *, sizes: Sizes, kind: str, scales: Scales, align_corners: bool, antialias: bool
) -> ndarray:
    return map_dims_back(g, _maps(sizes, g.shape[2:], kind, scales, align_corners, antialias))


def _interpolation_op(name: str, title: str) -> Op:
    back = Op(
        f"{name}_backward",
        _resample_back,
        (
            lambda g, g_shape, kind, scales, align_corners, antialias: op(
                g, counts=g_shape[2:], kind=kind, scales=scales, align_corners=align_corners,
                antialias=antialias,
            ),
        ),
        backward=f"{title}BackwardBackward0",
        widen=True, batch=fold)  # fmt: skip
    op = Op(
        name,
        _resample,
        (
            lambda g, input_shape, kind, scales, align_corners, antialias: back(
                g, sizes=input_shape[2:], kind=kind, scales=scales, align_corners=align_corners,
                antialias=antialias,
            ),
        ),
        backward=f"{title}Backward0",
        widen=True, batch=fold)  # fmt: skip
    return op


# mode -> (kind of map, {dims: op}); the ops bear PyTorch's names
_MODES: dict[str, tuple[str, dict[int, Op]]] = {
    "nearest": (
        "nearest",
        {d: _interpolation_op(f"upsample_nearest{d}d", f"UpsampleNearest{d}D") for d in (1, 2, 3)},
    ),
    "nearest-exact": (
        "nearest-exact",
        {
            d: _interpolation_op(f"upsample_nearest_exact{d}d", f"UpsampleNearestExact{d}D")
            for d in (1, 2, 3)
        },
    ),
    "linear": ("linear", {1: _interpolation_op("upsample_linear1d", "UpsampleLinear1D")}),
    "bilinear": ("linear", {2: _interpolation_op("upsample_bilinear2d", "UpsampleBilinear2D")}),
    "bicubic": ("cubic", {2: _interpolation_op("upsample_bicubic2d", "UpsampleBicubic2D")}),
    "trilinear": ("linear", {3: _interpolation_op("upsample_trilinear3d", "UpsampleTrilinear3D")}),
}
_ANTIALIASED = {
    "bilinear": ("linear", _interpolation_op("upsample_bilinear2d_aa", "UpsampleBilinear2DAa")),
    "bicubic": ("cubic", _interpolation_op("upsample_bicubic2d_aa", "UpsampleBicubic2DAa")),
    "lanczos": ("lanczos", _interpolation_op("upsample_lanczos2d_aa", "UpsampleLanczos2DAa")),
}
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}
_NEEDS = {"linear": 3, "bilinear": 4, "trilinear": 5}
_ALIGNED = ("linear", "bilinear", "bicubic", "trilinear")


def _unsupported(ndim: int, mode: str) -> NotImplementedError:
    return NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: "
        "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got "
        f"{mode})"
    )


def _per_dim(value: Any, dims: int, what: str, sizes: Sizes) -> tuple:
    """One value a dim, from one or as many as there are dims."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return (value,) * dims
    if len(value) != dims:
        shape = "output size of" if what == "output size" else f"{what} of shape"
        subject = "output" if what == "output size" else what
        raise ValueError(
            f"Input and {subject} must have the same number of spatial dimensions, but got input "
            f"with spatial dimensions of {list(sizes)} and {shape} {tuple(value)}. Please provide "
            f"input tensor in (N, C, d1, d2, ...,dK) format and {what} in (o1, o2, ...,oK) format."
        )
    return tuple(value)


def _wanted(
    sizes: Sizes, size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[Sizes, Scales]:
    """The sizes asked for, and the scales to reckon with where they are not those sizes' own."""
    dims = len(sizes)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        counts = _per_dim(size, dims, "output size", sizes)
        if not all([hasattr(count, "__index__") for count in counts]):
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or "
                f"Tuple[int, int, int], but got size with types {[type(c) for c in counts]}"
            )
        return tuple([count.__index__() for count in counts]), (None,) * dims
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    scales = _per_dim(scale_factor, dims, "scale_factor", sizes)
    for scale in scales:
        if isinstance(scale, (str, bytes)) or not hasattr(scale, "__float__"):
            raise TypeError(
                f"interpolate(): argument 'scale_factor' must be float or tuple of floats, not "
                f"{type(scale).__name__}"
            )
    scales = tuple([float(scale) for scale in scales])
    counts = tuple([math.floor(n * scale) for n, scale in zip(sizes, scales, strict=True)])
    return counts, (None,) * dims if recompute else scales


def _check_sizes(array: ndarray, counts: Sizes) -> None:
    sizes = array.shape[2:]
    if min(sizes) <= 0 or min(counts) <= 0:
        names = "DHW"[-len(sizes) :]
        have = ", ".join([f"{name}: {n}" for name, n in zip(names, sizes, strict=True)])
        want = ", ".join([f"{name}: {n}" for name, n in zip(names, counts, strict=True)])
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({have}) output "
            f"({want})"
        )
    if not array.shape[1]:
        raise RuntimeError(
            f"Non-empty {array.ndim}D data tensor expected but got a tensor with sizes "
            f"{list(array.shape)}"
        )


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The input at another size. Shapes (N, C, L), (N, C, H, W) or (N, C, D, H, W).

    Modes: nearest, nearest-exact and area for all of them, linear, bilinear, bicubic, trilinear.
    With align_corners the corner elements keep their values. antialias widens the filter of
    bilinear, bicubic and lanczos where the size shrinks. ValueError for settings that exclude each
    other, NotImplementedError for a mode that does not go with the shape, RuntimeError for sizes
    below 1.

    >>> x = torch.tensor([[[1.0, 2.0]]])
    >>> torch.nn.functional.interpolate(x, scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    >>> torch.nn.functional.interpolate(x, size=4, mode="linear")
    tensor([[[1.0000, 1.2500, 1.7500, 2.0000]]])
    """
    require_tensor(input, "interpolate")
    array = input._array
    if mode == "lanczos":
        if align_corners:
            raise ValueError("Lanczos mode does not support align_corners=True")
        if not antialias:
            raise ValueError("Lanczos mode requires antialias=True")
    elif mode in _ALIGNED:
        align_corners = bool(align_corners)
    elif align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear "
            "| bicubic | trilinear"
        )
    sizes = array.shape[2:]
    counts, scales = _wanted(sizes, size, scale_factor, recompute_scale_factor)
    if antialias and not (mode in _ANTIALIASED and array.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires "
            "a 4-D tensor as input"
        )
    dims = array.ndim - 2
    if mode == "area" and dims in _AREA:
        return _AREA[dims](input, counts)
    if antialias:
        kind, op = _ANTIALIASED[mode]
    else:
        kind, ops = _MODES.get(mode, ("", {}))
        if dims not in ops:
            if mode in _NEEDS and dims in (1, 2, 3):
                raise NotImplementedError(
                    f"Got {array.ndim}D input, but {mode} mode needs {_NEEDS[mode]}D input"
                )
            raise _unsupported(array.ndim, mode)
        op = ops[dims]
    _check_sizes(array, counts)
    integers = array.dtype == np.uint8 and (dims == 2 or kind.startswith("nearest"))
    if array.dtype.kind not in "fV" and not integers:
        raise NotImplementedError(
            f"\"{op.name}\" not implemented for '{FROM_NUMPY[array.dtype].title}'"
        )
    return op(
        input, counts=counts, kind=kind, scales=scales, align_corners=bool(align_corners),
        antialias=antialias,
    )  # fmt: skip


def _upsample_bilinear2d_aa(
    input: Tensor, output_size: Any, align_corners: bool, scale_factors: Any = None, *,
    scales_h: float | None = None, scales_w: float | None = None,
) -> Tensor:  # fmt: skip
    """The antialiased bilinear interpolation under the name of its kernel.

    >>> torch._upsample_bilinear2d_aa(torch.ones(1, 1, 2, 2), (1, 1), False)
    tensor([[[[1.]]]])
    """
    require_tensor(input, "_upsample_bilinear2d_aa")
    counts, scales = _wanted(input._array.shape[2:], output_size, scale_factors, False)
    if scale_factors is None:
        scales = (scales_h, scales_w)
    _check_sizes(input._array, counts)
    kind, op = _ANTIALIASED["bilinear"]
    return op(
        input, counts=counts, kind=kind, scales=scales, align_corners=align_corners, antialias=True
    )


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:  # fmt: skip
    """`interpolate` under its former name; UserWarning.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     torch.nn.functional.upsample(torch.ones(1, 1, 1), 2)
    tensor([[[1., 1.]]])
    """
    warnings.warn(
        "`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with nearest neighbours, under its former name; UserWarning.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     torch.nn.functional.upsample_nearest(torch.ones(1, 1, 1), 2)
    tensor([[[1., 1.]]])
    """
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate`, bilinear with aligned corners, under its former name; UserWarning.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     torch.nn.functional.upsample_bilinear(torch.ones(1, 1, 1, 1), (1, 2))
    tensor([[[[1., 1.]]]])
    """
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)
