"""Fourier transforms of one dim, and the three primitives behind all: c2c, r2c and c2r.

Each is linear, so its gradient is the transform the other way with the other normalization; the
real ones are each other's gradient, up to the weight of the frequencies that stand for two.
May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core import optional
from ..core.dtype import FLOATING, HALVES
from ..core.layout import wrap_dim, wrap_dims
from ..tensor import Tensor, ndarray, wrap
from .arranging import roll
from .batching import along
from .creation import finish
from .inplace import write_out
from .joining import cat
from .matrices import check_tensor
from .op import Op

__all__: list[str] = []

LARGE = 1 << 16  # elements from which on SciPy is worth its import
# which normalization makes a transform the adjoint of one the other way
ADJOINT = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


# ---- primitives


def _library(size: int) -> Any:
    """SciPy's transforms, where installed, are several times as fast as NumPy's on large arrays."""
    return (optional.faster("scipy.fft") if size >= LARGE else None) or np.fft


def _c2c_kernel(input: ndarray, *, dims: tuple, inverse: bool, norm: Any) -> ndarray:
    library = _library(input.size)
    if len(dims) == 1:
        return (library.ifft if inverse else library.fft)(input, None, dims[0], norm)
    return (library.ifftn if inverse else library.fftn)(input, axes=dims, norm=norm)


def _r2c_kernel(input: ndarray, *, dims: tuple, norm: Any, half: bool) -> ndarray:
    library = _library(input.size)
    if len(dims) == 1:
        return (library.rfft if half else library.fft)(input, None, dims[0], norm)
    return (library.rfftn if half else library.fftn)(input, axes=dims, norm=norm)


def _c2r_kernel(input: ndarray, *, dims: tuple, norm: Any, length: int) -> ndarray:
    library = _library(input.size)
    if len(dims) == 1:
        return library.irfft(input, length, dims[0], norm)
    sizes = [*[input.shape[d] for d in dims[:-1]], length]
    return library.irfftn(input, sizes, axes=dims, norm=norm)


def _weights(g: Tensor, shape: tuple, dim: int, length: int, middle: float) -> Tensor:
    """Weights of the half spectrum: 1 where a frequency is its own mirror image, else `middle`."""
    count = shape[dim]
    found = np.full(count, middle, g._array.real.dtype)
    found[0] = 1
    if length % 2 == 0 and count == length // 2 + 1:
        found[-1] = 1
    return wrap(found.reshape([count if d == dim else 1 for d in range(len(shape))]))


def _r2c_gradient(g: Tensor, input_shape: tuple, dims: tuple, norm: str, half: bool) -> Tensor:
    norm = ADJOINT[norm]
    if not half:
        return _c2c(g, dims=dims, inverse=True, norm=norm).real
    last = dims[-1]
    length = input_shape[last]
    weighted = g * _weights(g, g._array.shape, last, length, 0.5)
    return _c2r(weighted, dims=dims, norm=norm, length=length)


def _c2r_gradient(g: Tensor, input_shape: tuple, dims: tuple, norm: str, length: int) -> Tensor:
    last = dims[-1]
    found = _r2c(g, dims=dims, norm=ADJOINT[norm], half=True)
    return found * _weights(g, input_shape, last, length, 2)


_c2c = Op(
    "fft_c2c",
    _c2c_kernel,
    (lambda g, dims, inverse, norm: _c2c(g, dims=dims, inverse=not inverse, norm=ADJOINT[norm]),),
    backward="FftC2CBackward0",
    batch=along("dims"),
)
_r2c = Op("fft_r2c", _r2c_kernel, (_r2c_gradient,), backward="FftR2CBackward0", batch=along("dims"))
_c2r = Op("fft_c2r", _c2r_kernel, (_c2r_gradient,), backward="FftC2RBackward0", batch=along("dims"))


# ---- checks


def norm_of(norm: str | None) -> str:
    """The normalization; RuntimeError for a name that is none."""
    norm = norm or "backward"
    if norm not in ADJOINT:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    return norm


def floating(input: Any, name: str) -> Tensor:
    """The input, integers as the default float; RuntimeError for 16-bit floats."""
    check_tensor(input, f"fft.{name}", "input")
    if input._array.dtype in HALVES:
        raise RuntimeError(f"Unsupported dtype {input.dtype.title}")
    if input.dtype.category < FLOATING:
        return input.to(dtypes.get_default_dtype())
    return input


def as_complex(input: Tensor) -> Tensor:
    """The input as complex numbers."""
    return input if input.is_complex() else input.to(input.dtype.to_complex())


def require_real(input: Tensor, message: str) -> None:
    """RuntimeError for complex input."""
    if input.is_complex():
        raise RuntimeError(f"{message}, but got {input.dtype.title}")


def resized(input: Tensor, dim: int, size: int) -> Tensor:
    """The input cut, or continued with zeros, to this size along a dim."""
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    shape = input._array.shape
    if shape[dim] > size:
        return input.narrow(dim, 0, size)
    if shape[dim] < size:
        blank = [size - n if d == dim else n for d, n in enumerate(shape)]
        return cat([input, input.new_zeros(blank)], dim)
    return input


def _line(input: Tensor, n: Any, dim: int, name: str) -> int:
    """The dim to transform, counted from the front."""
    if not input._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    if n is not None and not isinstance(n, int):
        raise TypeError(f"fft_{name}(): argument 'n' must be int, not {type(n).__name__}")
    return wrap_dim(dim, input._array.ndim)


def deliver(result: Tensor, out: Tensor | None, name: str) -> Tensor:
    """The result, written into `out` if given, which must be complex or not as the result is."""
    if out is None:
        return result
    if out.is_complex() != result.is_complex():
        kind = "complex" if result.is_complex() else "floating-point"
        raise RuntimeError(f"{name} expects a {kind} output tensor, but got {out.dtype.title}")
    return write_out(out, result)


# ---- transforms


def transform(input: Tensor, dims: tuple, inverse: bool, norm: str) -> Tensor:
    """The complex transform over these dims, also of real numbers."""
    if not dims:
        return as_complex(input)
    if input.is_complex() or inverse:
        return _c2c(as_complex(input), dims=dims, inverse=inverse, norm=norm)
    return _r2c(input, dims=dims, norm=norm, half=False)


def half_spectrum(input: Tensor, dims: tuple, norm: str) -> Tensor:
    """The transform of real numbers; along the last of the dims no negative frequencies."""
    return _r2c(input, dims=dims, norm=norm, half=True)


def from_half_spectrum(input: Tensor, dims: tuple, length: int, norm: str) -> Tensor:
    """The real numbers that have this half spectrum, `length` of them along the last dim."""
    half = resized(as_complex(input), dims[-1], length // 2 + 1)
    return _c2r(half, dims=dims, norm=norm, length=length)


def _complex_line(input: Any, n: Any, dim: int, norm: str | None, out: Any, name: str) -> Tensor:
    x = floating(input, name)
    dim = _line(x, n, dim, name)
    x = resized(x, dim, x._array.shape[dim] if n is None else n)
    return deliver(transform(x, (dim,), name == "ifft", norm_of(norm)), out, name)


def fft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """sum_j x[j] exp(-2 pi i j k / n) along a dim, complex.

    The input is cut or filled with zeros to n. `norm`: "backward" leaves it so, "forward" divides
    by n, "ortho" by its root. RuntimeError for n < 1 and 16-bit floats.

    >>> torch.fft.fft(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _complex_line(input, n, dim, norm, out, "fft")


def ifft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `fft`: the exponent's sign turned, and by default divided by n.

    >>> torch.fft.ifft(torch.tensor([1.0, 1.0]))
    tensor([1.+0.j, 0.+0.j])
    """
    return _complex_line(input, n, dim, norm, out, "ifft")


def _from_real(input: Any, n: Any, dim: int, norm: str, out: Any, name: str) -> Tensor:
    x = floating(input, name)
    require_real(x, f"{name} expects a real input tensor")
    dim = _line(x, n, dim, name)
    x = resized(x, dim, x._array.shape[dim] if n is None else n)
    found = half_spectrum(x, (dim,), norm)
    return deliver(found.conj() if name == "ihfft" else found, out, name)


def rfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`fft` of real numbers without the negative frequencies, which mirror the others.

    n // 2 + 1 numbers come out. RuntimeError for complex input.

    >>> torch.fft.rfft(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _from_real(input, n, dim, norm_of(norm), out, "rfft")


def ihfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`ifft` of real numbers without the negative times: the inverse of `hfft`.

    >>> torch.fft.ihfft(torch.tensor([2.0, 0.0]))
    tensor([1.-0.j, 1.-0.j])
    """
    return _from_real(input, n, dim, ADJOINT[norm_of(norm)], out, "ihfft")


def _to_real(input: Any, n: Any, dim: int, norm: str, out: Any, name: str) -> Tensor:
    x = floating(input, name)
    dim = _line(x, n, dim, name)
    length = 2 * (x._array.shape[dim] - 1) if n is None else n
    if length < 1:
        raise RuntimeError(f"Invalid number of data points ({length}) specified")
    if name == "hfft" and x.is_complex():
        x = x.conj()
    return deliver(from_half_spectrum(x, (dim,), length, norm), out, name)


def irfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `rfft`: real numbers, 2 * (m - 1) of them unless n says otherwise.

    >>> torch.fft.irfft(torch.tensor([2.0 + 0j, 2.0]))
    tensor([2., 0.])
    """
    return _to_real(input, n, dim, norm_of(norm), out, "irfft")


def hfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`fft` of a signal whose negative times mirror the given ones: real numbers.

    >>> torch.fft.hfft(torch.tensor([1.0 + 0j, 1.0]))
    tensor([2., 0.])
    """
    return _to_real(input, n, dim, ADJOINT[norm_of(norm)], out, "hfft")


# ---- frequencies and their order


def _frequencies(
    places: ndarray, n: int, d: float, dtype: Any, requires_grad: bool, out: Any, name: str
) -> Tensor:
    dtype = dtype or (out.dtype if out is not None else dtypes.get_default_dtype())
    if dtype.category < FLOATING:
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    found = wrap((places / (n * d) if n else places).astype(dtype.numpy))
    return finish(found, requires_grad) if out is None else write_out(out, found)


def fftfreq(
    n: int, d: float = 1.0, *, out: Tensor | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The frequencies of `fft` of n samples d apart: 0, 1, ..., -2, -1 over n d.

    >>> torch.fft.fftfreq(4)
    tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    places = np.arange(n, dtype=np.float64)
    places[(n + 1) // 2 :] -= n
    return _frequencies(places, n, d, dtype, requires_grad, out, "fftfreq")


def rfftfreq(
    n: int, d: float = 1.0, *, out: Tensor | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The frequencies of `rfft` of n samples d apart: 0, 1, ..., n // 2 over n d.

    >>> torch.fft.rfftfreq(4)
    tensor([0.0000, 0.2500, 0.5000])
    """
    places = np.arange(n // 2 + 1, dtype=np.float64)
    return _frequencies(places, n, d, dtype, requires_grad, out, "rfftfreq")


def _shifted_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    if dim is not None and not ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dims(dim, ndim)


def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The frequency 0 moved from the front to the middle, along the given dims or all.

    >>> torch.fft.fftshift(torch.tensor([0, 1, -2, -1]))
    tensor([-2, -1,  0,  1])
    """
    check_tensor(input, "fft.fftshift", "input")
    shape = input._array.shape
    dims = _shifted_dims(dim, len(shape))
    return roll(input, [shape[d] // 2 for d in dims], dims) if dims else input.clone()


def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The inverse of `fftshift`.

    >>> torch.fft.ifftshift(torch.tensor([-2, -1, 0, 1]))
    tensor([ 0,  1, -2, -1])
    """
    check_tensor(input, "fft.ifftshift", "input")
    shape = input._array.shape
    dims = _shifted_dims(dim, len(shape))
    return roll(input, [(shape[d] + 1) // 2 for d in dims], dims) if dims else input.clone()
