"""Signals in time and frequency: windows and the short-time Fourier transform.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core.dtype import dtype as Dtype
from ..core.dtype import get_default_dtype
from ..tensor import Tensor, method, ndarray, wrap
from .creation import finish
from .op import Op
from .reduce import require_tensor

__all__ = ["hamming_window", "hann_window", "stft"]

PAD_MODES = {"reflect": "reflect", "constant": "constant", "replicate": "edge", "circular": "wrap"}


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Dtype | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """alpha - beta * cos(2 pi n / N), a bell that ends a little above 0.

    N is the length, less 1 unless `periodic`. RuntimeError for a negative length.

    >>> torch.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    if window_length < 0:
        raise RuntimeError(
            f"hamming_window requires non-negative window_length, got window_length={window_length}"
        )
    numpy_dtype = (dtype or get_default_dtype()).numpy
    if window_length == 1:
        return finish(wrap(np.ones(1, numpy_dtype)), requires_grad)
    steps = window_length if periodic else window_length - 1
    angles = 2 * np.pi * np.arange(window_length) / max(steps, 1)
    return finish(wrap((alpha - beta * np.cos(angles)).astype(numpy_dtype)), requires_grad)


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Dtype | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """(1 - cos(2 pi n / N)) / 2, a bell that ends at 0; see `hamming_window`.

    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return hamming_window(
        window_length, periodic, 0.5, 0.5, dtype=dtype, requires_grad=requires_grad
    )


# The transform is linear, so each direction is the gradient of the other.
_half_spectrum = Op(
    "rfft",
    lambda input: np.fft.rfft(input),
    (lambda g, input_shape: _half_spectrum_adjoint(g, length=input_shape[-1]),),
    backward="FftR2CBackward0",
)


def _adjoint_kernel(input: ndarray, *, length: int) -> ndarray:
    full = np.zeros((*input.shape[:-1], length), input.dtype)
    full[..., : input.shape[-1]] = input
    return np.fft.ifft(full, norm="forward").real


_half_spectrum_adjoint = Op(
    "rfft_adjoint",
    _adjoint_kernel,
    (lambda g: _half_spectrum(g),),
    backward="FftC2RBackward0",
)
_spectrum = Op(
    "fft",
    lambda input: np.fft.fft(input),
    (lambda g: _spectrum_adjoint(g),),
    backward="FftC2CBackward0",
)
_spectrum_adjoint = Op(
    "fft_adjoint",
    lambda input: np.fft.ifft(input, norm="forward"),
    (lambda g: _spectrum(g),),
    backward="FftC2CBackward0",
)


def _padded(input: Tensor, amount: int, mode: str) -> Tensor:
    """The signal continued at both ends."""
    if mode not in PAD_MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}: use one of {[*PAD_MODES]}")
    length = input._array.shape[-1]
    if mode == "reflect" and amount >= length:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but "
            f"got: padding ({amount}, {amount}) at dimension {input.dim()} of input "
            f"{list(input.shape)}"
        )
    places = np.arange(length)
    if mode == "constant":
        places = np.pad(places, amount, constant_values=0)
        inside = np.pad(np.ones(length, bool), amount)
        return input.index_select(-1, wrap(places)).masked_fill(wrap(~inside), 0)
    places = np.pad(places, amount, mode=PAD_MODES[mode])  # type: ignore[call-overload]
    return input.index_select(-1, wrap(places))


def _window_of(window: Tensor | None, win_length: int, n_fft: int, input: Tensor) -> Tensor:
    if window is not None and window._array.shape != (win_length,):
        raise RuntimeError(
            "stft: expected a 1D window tensor of size equal to win_length="
            f"{win_length}, but got window with size {list(window.shape)}"
        )
    if window is None:
        real = input._array.real.dtype
        window = wrap(np.ones(win_length, real))
    left = (n_fft - win_length) // 2
    if win_length == n_fft:
        return window
    full = wrap(np.zeros(n_fft, window._array.dtype))
    places = wrap(np.arange(left, left + win_length))
    return full.index_add(0, places, window)


@method
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: Any = None,
) -> Tensor:
    """The Fourier transform of overlapping windows. Shape (B, T) or (T) to (B, N, frames).

    N is n_fft // 2 + 1, or n_fft when not `onesided` or the input is complex; frames start every
    `hop_length` (n_fft // 4) samples. RuntimeError for sizes that do not fit, and for a real input
    without `return_complex=True`.

    >>> torch.stft(torch.ones(16), 8, window=torch.hann_window(8), return_complex=True).shape
    torch.Size([5, 9])
    """
    array = require_tensor(input, "stft")._array
    hop = n_fft // 4 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    is_complex = array.dtype.kind == "c"
    if not return_complex and not is_complex and return_complex is None:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further "
            "require that return_complex=True in a future PyTorch release."
        )
    if array.ndim not in (1, 2) or array.dtype.kind not in "fcV":
        raise RuntimeError(
            f"stft: expected a 1D or 2D tensor of floating types, but got {input.dtype} of shape "
            f"{list(array.shape)}"
        )
    if center:
        input = _padded(input, n_fft // 2, pad_mode)
    length = input._array.shape[-1]
    if not 0 < n_fft <= length:
        raise RuntimeError(f"stft: expected 0 < n_fft < {length}, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"stft: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(
            f"stft: expected 0 < win_length <= n_fft, but got win_length={win_length}"
        )
    frames = input.unfold(-1, n_fft, hop) * _window_of(window, win_length, n_fft, input)
    half = not frames.is_complex() and onesided is not False
    if half:
        found = _half_spectrum(frames)
    else:
        found = _spectrum(frames if frames.is_complex() else frames + 0j)
    if normalized:
        found = found / n_fft**0.5
    found = found.transpose(-1, -2)
    return found if return_complex or is_complex else found.view_as_real()
