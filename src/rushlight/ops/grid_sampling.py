"""Images and volumes read at any points, and the grids of points that affine maps make.

Points are given in coordinates from -1 to 1 over each dim, x (the last dim) first. Reading is a
sum of neighbours with weights that are ordinary functions of the grid, hence its gradients of
every order.
May import: core, kernels, tensor, ops.
"""

import warnings
from collections.abc import Sequence
from itertools import product as combinations
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, HALVES
from ..core.everywhere import every
from ..core.layout import product
from ..tensor import Tensor, wrap
from .fused import require_tensor
from .masking import where
from .op import Op, ndarray

__all__ = ["affine_grid_generator", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d"]

INTERPOLATIONS = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")
_CHANGED = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. "
    "Please specify align_corners=True if the old behavior is desired."
)

# ---- elements read at places that all channels share: the channels of an element are a row


def _read(rows: ndarray, places: ndarray, *, count: int) -> ndarray:
    """rows (N, count, C) at places (N, P): (N, P, C)."""
    images, _, channels = rows.shape
    flat = places + (np.arange(images) * count)[:, None]
    return rows.reshape(images * count, channels).take(flat, 0)


def _write(values: ndarray, places: ndarray, *, count: int) -> ndarray:
    images, _, channels = values.shape
    out = np.zeros((images, count, channels), values.dtype)
    flat = (places + (np.arange(images) * count)[:, None]) * channels
    flat = flat[..., None] + np.arange(channels)
    np.add.at(out.reshape(-1), flat.reshape(-1), values.reshape(-1))
    return out


read_rows = Op(
    "read_rows",
    _read,
    (lambda g, places, count: write_rows(g, places, count=count), None),
    backward="GridSamplerBackward0",
)
write_rows = Op(
    "write_rows",
    _write,
    (lambda g, places, count: read_rows(g, places, count=count), None),
    backward="GridSamplerBackwardBackward0",
)


# ---- where a point stands


def _unnormalized(coordinate: Tensor, size: int, align_corners: bool) -> Tensor:
    """From [-1, 1] to the places of elements, which are the centers of cells or the corners."""
    if align_corners:
        return (coordinate + 1) * ((size - 1) / 2)
    return ((coordinate + 1) * size - 1) / 2


def _reflected(at: Tensor, size: int, align_corners: bool) -> Tensor:
    """The point mirrored at both ends until it is inside."""
    low, span = (0.0, float(size - 1)) if align_corners else (-0.5, float(size))
    if not span:
        return at * 0
    distance = (at - low).abs()
    rest = distance.fmod(span)
    turned = wrap(np.floor(distance._array / span) % 2 == 1)
    return where(turned, span - rest, rest) + low


def _padded(at: Tensor, size: int, padding: str, align_corners: bool) -> Tensor:
    """The point as the padding mode moves it; "zeros" leaves it outside."""
    if padding == "reflection":
        at = _reflected(at, size, align_corners)
    return at if padding == "zeros" else at.clamp(0, size - 1)


def _whole(at: ndarray) -> ndarray:
    """As integers, whatever it is; what does not fit stands outside of every image."""
    with np.errstate(invalid="ignore"):
        inside = np.abs(at) < 2**62
        return np.where(inside, at, -(2.0**62)).astype(np.int64)


def _kept(places: ndarray, weight: Tensor, size: int) -> tuple[ndarray, Tensor]:
    """Places that can be read, and the weights, 0 of those outside."""
    inside = (places >= 0) & (places < size)
    if every(inside):
        return places, weight
    return places.clip(0, size - 1), where(wrap(inside), weight, 0.0)


# For each dim the neighbours of all points: a list of (places, weights).
Neighbours = list[tuple[ndarray, Tensor]]


def _linear(at: Tensor, size: int, padding: str, align_corners: bool) -> Neighbours:
    at = _padded(at, size, padding, align_corners)
    base = at._array
    base = np.floor(base)
    share = at - wrap(base)
    first = _whole(base)
    return [_kept(first, 1 - share, size), _kept(first + 1, share, size)]


def _nearest(at: Tensor, size: int, padding: str, align_corners: bool) -> Neighbours:
    at = _padded(at, size, padding, align_corners).clamp(-2, size + 1).round()
    # its gradient is zero, not missing
    return [_kept(_whole(at._array), at - at.detach() + 1, size)]


def _cubic(at: Tensor, size: int, padding: str, align_corners: bool) -> Neighbours:
    base = np.floor(at._array)
    share = at - wrap(base)
    first = _whole(base)
    found = []
    for offset, weight in enumerate(_cubic_weights(share), -1):
        places = first + offset
        if padding != "zeros":
            moved = _padded(wrap(places.astype(base.dtype)), size, padding, align_corners)
            places = _whole(moved._array)
        found.append(_kept(places, weight, size))
    return found


def _cubic_weights(t: Tensor, a: float = -0.75) -> list[Tensor]:
    """Keys' four weights for a point t of the way from the second neighbour to the third."""

    def near(x: Tensor) -> Tensor:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Tensor) -> Tensor:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


_NEIGHBOURS = {"bilinear": _linear, "nearest": _nearest, "bicubic": _cubic}


def _sample(input: Tensor, grid: Tensor, mode: str, padding: str, align_corners: bool) -> Tensor:
    images, channels, *sizes = input._array.shape
    points = grid._array.shape[1:-1]
    flat = grid.reshape(images, product(points), len(sizes))
    along = [
        _NEIGHBOURS[mode](
            _unnormalized(flat.select(2, len(sizes) - 1 - dim), size, align_corners),
            size, padding, align_corners,
        )
        for dim, size in enumerate(sizes)
    ]  # fmt: skip
    count = product(sizes)
    rows = input.reshape(images, channels, count).transpose(1, 2).contiguous()
    total: Any = None
    for corner in combinations(*along):
        places, weight = corner[0]
        for (more, factor), size in zip(corner[1:], sizes[1:], strict=True):
            places = places * size + more
            weight = weight * factor
        part = read_rows(rows, wrap(places), count=count) * weight.unsqueeze(2)
        total = part if total is None else total + part
    return total.transpose(1, 2).reshape(images, channels, *points)


def _check(input: Any, grid: Any, mode: str) -> None:
    require_tensor(input, "grid_sampler")
    require_tensor(grid, "grid_sampler", "grid", 2)
    x, points = list(input._array.shape), list(grid._array.shape)
    both = f"but got input with sizes {x} and grid with sizes {points}"
    if x[:1] != points[:1]:
        raise RuntimeError(
            f"grid_sampler(): expected grid and input to have same batch size, {both}"
        )
    if points[-1] != len(x) - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {len(x) - 2} in last dimension, but got "
            f"grid with sizes {points}"
        )
    if len(x) not in (4, 5) or len(points) != len(x):
        wanted = f"{len(x)}D" if len(x) in (4, 5) else "4D or 5D"
        raise RuntimeError(
            f"grid_sampler(): expected {wanted} input and grid with same number of dimensions, "
            f"{both}"
        )
    for dim, size in enumerate(x[2:], 2):
        if not size:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input "
                f"has sizes {x} with dimension {dim} being empty"
            )
    if mode == "bicubic" and len(x) != 4:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    found, other = FROM_NUMPY[input._array.dtype], FROM_NUMPY[grid._array.dtype]
    if found is not other:
        raise RuntimeError(
            f"expected scalar type {found.title} but found {other.title}: input and grid must have "
            "one dtype"
        )
    if not found.is_floating_point:
        raise NotImplementedError(
            f"\"grid_sampler_{len(x) - 2}d_cpu_kernel_impl\" not implemented for '{found.title}'"
        )


def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:  # fmt: skip
    """The input read at the points of a grid, between elements too.

    Shapes (N, C, H, W) and (N, H', W', 2) to (N, C, H', W'), or (N, C, D, H, W) and
    (N, D', H', W', 3). Modes bilinear, nearest and (for images) bicubic; points outside read zeros,
    the border, or the reflection. ValueError for other modes, RuntimeError for other shapes.

    >>> x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> torch.nn.functional.grid_sample(x, torch.zeros(1, 1, 1, 2), align_corners=False)
    tensor([[[[2.5000]]]])
    """
    if mode not in INTERPOLATIONS:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            f"but got: '{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            f"'reflection', but got: '{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(_CHANGED, stacklevel=2)
    _check(input, grid, mode)
    if input._array.dtype in HALVES:
        wide = _sample(input.float(), grid.float(), mode, padding_mode, bool(align_corners))
        return wide.to(input.dtype)
    return _sample(input, grid, mode, padding_mode, bool(align_corners))


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`nn.functional.grid_sample` with its modes as numbers, in the order they are named there.

    >>> x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> torch.grid_sampler(x, torch.zeros(1, 1, 1, 2), 0, 0, False)
    tensor([[[[2.5000]]]])
    """
    mode, padding = INTERPOLATIONS[interpolation_mode], PADDINGS[padding_mode]
    return grid_sample(input, grid, mode, padding, align_corners)


def grid_sampler_2d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sampler` of images.

    >>> x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> torch.grid_sampler_2d(x, torch.ones(1, 1, 1, 2), 1, 1, True)
    tensor([[[[4.]]]])
    """
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def grid_sampler_3d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sampler` of volumes.

    >>> torch.grid_sampler_3d(torch.ones(1, 1, 2, 2, 2), torch.ones(1, 1, 1, 1, 3), 1, 1, True)
    tensor([[[[[1.]]]]])
    """
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


# ---- grids


def _points(sizes: Sequence[int], align_corners: bool, dtype: Any) -> ndarray:
    """The centers (or corners) of all cells, x first and a 1 at the end: (P, dims + 1)."""
    lines = []
    for size in sizes:
        line = np.linspace(-1, 1, size) if size > 1 else np.zeros(1)
        lines.append(line if align_corners else line * ((size - 1) / size))
    mesh = np.meshgrid(*lines, indexing="ij")
    columns = [axis.reshape(-1) for axis in reversed(mesh)]
    return np.stack([*columns, np.ones(product(sizes))], 1).astype(dtype)


def _grid(theta: ndarray, *, sizes: Any, align_corners: bool) -> ndarray:
    points = _points(sizes, align_corners, theta.dtype)
    return np.matmul(points, theta.swapaxes(1, 2)).reshape(len(theta), *sizes, len(sizes))


def _grid_back(g: ndarray, *, sizes: Any, align_corners: bool) -> ndarray:
    points = _points(sizes, align_corners, g.dtype)
    return np.matmul(g.reshape(len(g), len(points), len(sizes)).swapaxes(1, 2), points)


_affine_grid = Op(
    "affine_grid_generator",
    _grid,
    (lambda g, sizes, align_corners: _affine_back(g, sizes=sizes, align_corners=align_corners),),
    widen=True,
)
_affine_back = Op(
    "affine_grid_generator_backward",
    _grid_back,
    (lambda g, sizes, align_corners: _affine_grid(g, sizes=sizes, align_corners=align_corners),),
    widen=True,
)


def affine_grid_generator(theta: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """`nn.functional.affine_grid` with `align_corners` given.

    >>> torch.affine_grid_generator(torch.tensor([[[1.0, 0, 0], [0, 1, 0]]]), (1, 1, 1, 2), True)
    tensor([[[[-1.,  0.],
              [ 1.,  0.]]]])
    """
    if theta._array.shape[0] != size[0]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{size[0]}, {len(size) - 1}] but got: [{theta._array.shape[0]}, {len(size) - 1}]."
        )
    return _affine_grid(theta, sizes=tuple([int(s) for s in size[2:]]), align_corners=align_corners)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The points that affine maps (N, 2, 3) or (N, 3, 4) give for an image or volume of this size.

    size (N, C, H, W) to a grid (N, H, W, 2), or (N, C, D, H, W) to (N, D, H, W, 3), for
    `grid_sample`. ValueError for maps and sizes that do not fit, NotImplementedError for other
    dims.

    >>> theta = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> torch.nn.functional.affine_grid(theta, (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.0000],
              [ 0.5000,  0.0000]]]])
    """
    require_tensor(theta, "affine_grid", "theta")
    size = tuple([s.__index__() for s in size])
    if not FROM_NUMPY[theta._array.dtype].is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {size}."
        )
    dims = len(size) - 2
    if theta._array.ndim != 3 or theta._array.shape[1:] != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size "
            f"{size}. Got {theta.shape}."
        )
    if align_corners is None:
        warnings.warn(_CHANGED, stacklevel=2)
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return affine_grid_generator(theta, size, bool(align_corners))
