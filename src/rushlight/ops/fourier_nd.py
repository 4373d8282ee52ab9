"""Fourier transforms over several dims, made of the primitives in fourier.py.

The first of the dims are transformed as complex numbers; in the real transforms the last one holds
the half spectrum.
May import: core, tensor, ops.
"""

from typing import Any

from ..core.layout import wrap_dim
from ..tensor import Tensor
from .fourier import (
    ADJOINT,
    deliver,
    floating,
    from_half_spectrum,
    half_spectrum,
    norm_of,
    require_real,
    resized,
    transform,
)

__all__: list[str] = []


def _plan(input: Tensor, s: Any, dim: Any) -> tuple[tuple[int, ...], list[int]]:
    """The dims, counted from the front, and the size of each; -1 stands for its own size."""
    shape = input._array.shape
    dim = (dim,) if isinstance(dim, int) else dim
    s = (s,) if isinstance(s, int) else s
    if dim is not None:
        dims = tuple([_dim(d, len(shape)) for d in dim])
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(dims):
            raise RuntimeError(
                "When given, dim and shape arguments must have the same length, but they are "
                f"{list(dim)} and {list(s)}"
            )
    elif s is not None:
        if len(s) > len(shape):
            raise RuntimeError(
                f"Got shape with {len(s)} values but input tensor only has {len(shape)} dimensions."
            )
        dims = tuple(range(len(shape) - len(s), len(shape)))
    else:
        dims = tuple(range(len(shape)))
    sizes = [shape[d] for d in dims] if s is None else list(s)
    return dims, [shape[d] if n == -1 else n for d, n in zip(dims, sizes)]


def _dim(dim: int, ndim: int) -> int:
    if not ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, ndim)


def _complex(input: Any, s: Any, dim: Any, norm: str | None, out: Any, name: str) -> Tensor:
    x = floating(input, name)
    dims, sizes = _plan(x, s, dim)
    for d, size in zip(dims, sizes):
        x = resized(x, d, size)
    return deliver(transform(x, dims, name.startswith("i"), norm_of(norm)), out, name)


def _from_real(input: Any, s: Any, dim: Any, norm: str, out: Any, name: str) -> Tensor:
    x = floating(input, name)
    require_real(x, f"{name} expects a real-valued input tensor")
    dims, sizes = _plan(x, s, dim)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    for d, size in zip(dims, sizes):
        x = resized(x, d, size)
    found = half_spectrum(x, dims, norm)
    return deliver(found.conj() if "h" in name else found, out, name)


def _to_real(input: Any, s: Any, dim: Any, norm: str, out: Any, name: str) -> Tensor:
    x = floating(input, name)
    dims, sizes = _plan(x, s, dim)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    given = s if s is None or isinstance(s, int) else s[-1]
    length = 2 * (x._array.shape[dims[-1]] - 1) if given in (None, -1) else sizes[-1]
    if length < 1:
        raise RuntimeError(f"Invalid number of data points ({length}) specified")
    for d, size in zip(dims[:-1], sizes):
        x = resized(x, d, size)
    if "h" in name and x.is_complex():
        x = x.conj()
    return deliver(from_half_spectrum(x, dims, length, norm), out, name)


def fftn(
    input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`fft` over several dims, cut or filled with zeros to the sizes s.

    All dims, unless `dim` names some or `s` counts the last ones.

    >>> torch.fft.fftn(torch.ones(2, 2))
    tensor([[4.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]])
    """
    return _complex(input, s, dim, norm, out, "fftn")


def ifftn(
    input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `fftn`.

    >>> torch.fft.ifftn(torch.ones(2, 2))[0, 0]
    tensor(1.+0.j)
    """
    return _complex(input, s, dim, norm, out, "ifftn")


def rfftn(
    input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`fftn` of real numbers, without the negative frequencies of the last dim.

    >>> torch.fft.rfftn(torch.ones(4, 4)).shape
    torch.Size([4, 3])
    """
    return _from_real(input, s, dim, norm_of(norm), out, "rfftn")


def irfftn(
    input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `rfftn`: real numbers; the last dim gets 2 * (m - 1) unless s says otherwise.

    >>> torch.fft.irfftn(torch.fft.rfftn(torch.ones(2, 4)))
    tensor([[1., 1., 1., 1.],
            [1., 1., 1., 1.]])
    """
    return _to_real(input, s, dim, norm_of(norm), out, "irfftn")


def hfftn(
    input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`fftn` of a signal that mirrors itself; only half of its last dim is given.

    >>> torch.fft.hfftn(torch.ones(2, 3)).shape
    torch.Size([2, 4])
    """
    return _to_real(input, s, dim, ADJOINT[norm_of(norm)], out, "hfftn")


def ihfftn(
    input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `hfftn`.

    >>> torch.fft.ihfftn(torch.ones(2, 4)).shape
    torch.Size([2, 3])
    """
    return _from_real(input, s, dim, ADJOINT[norm_of(norm)], out, "ihfftn")


def fft2(
    input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`fftn` over the last two dims.

    >>> torch.fft.fft2(torch.ones(3, 2, 2))[:, 0, 0].real
    tensor([4., 4., 4.])
    """
    return fftn(input, s, dim, norm, out=out)


def ifft2(
    input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`ifftn` over the last two dims.

    >>> torch.fft.ifft2(torch.fft.fft2(torch.eye(2))).real
    tensor([[1., 0.],
            [0., 1.]])
    """
    return ifftn(input, s, dim, norm, out=out)


def rfft2(
    input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`rfftn` over the last two dims.

    >>> torch.fft.rfft2(torch.ones(3, 4, 4)).shape
    torch.Size([3, 4, 3])
    """
    return rfftn(input, s, dim, norm, out=out)


def irfft2(
    input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`irfftn` over the last two dims.

    >>> torch.fft.irfft2(torch.ones(3, 4, 3)).shape
    torch.Size([3, 4, 4])
    """
    return irfftn(input, s, dim, norm, out=out)


def hfft2(
    input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`hfftn` over the last two dims.

    >>> torch.fft.hfft2(torch.ones(3, 4, 3)).shape
    torch.Size([3, 4, 4])
    """
    return hfftn(input, s, dim, norm, out=out)


def ihfft2(
    input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`ihfftn` over the last two dims.

    >>> torch.fft.ihfft2(torch.ones(3, 4, 4)).shape
    torch.Size([3, 4, 3])
    """
    return ihfftn(input, s, dim, norm, out=out)
