"""The short-time Fourier transform, and the signal back from it.

May import: core, tensor, ops.
"""

import warnings
from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..tensor import Tensor, method, wrap
from .complex_numbers import view_as_real
from .fourier import from_half_spectrum, half_spectrum, transform
from .joining import cat
from .reduce import require_tensor
from .strided import unfold_backward

__all__ = ["istft", "stft"]

PAD_MODES = {"reflect": "reflect", "constant": "constant", "replicate": "edge", "circular": "wrap"}


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


def _window_of(window: Tensor | None, win_length: int, n_fft: int, like: Tensor) -> Tensor:
    """The window, with zeros at both ends up to n_fft."""
    if window is None:
        window = wrap(np.ones(win_length, like._array.real.dtype))
    left = (n_fft - win_length) // 2
    if win_length == n_fft:
        return window
    ends = [window.new_zeros(left), window, window.new_zeros(n_fft - win_length - left)]
    return cat(ends, 0)


def _check_window(window: Tensor | None, win_length: int, name: str) -> None:
    if window is not None and window._array.shape != (win_length,):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={win_length}, but "
            f"got window with size {list(window.shape)}. Invalid window shape. window has to be "
            "1D and length of `win_length`"
        )


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
    is_complex = array.dtype.kind == "c" or (window is not None and window.is_complex())
    if return_complex is None and not is_complex:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further "
            "require that return_complex=True in a future PyTorch release."
        )
    if array.ndim not in (1, 2):
        raise RuntimeError(
            f"stft: expected a 1D or 2D tensor, but got {input.dtype} of shape {list(array.shape)}"
        )
    if array.dtype.kind not in "fc" or array.dtype in HALVES:
        raise RuntimeError(
            f"stft: expected a tensor of floating point or complex values, got {input.dtype}"
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
    _check_window(window, win_length, "stft")
    if onesided and is_complex:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    frames = input.unfold(-1, n_fft, hop)
    if window is not None or win_length < n_fft:
        frames = frames * _window_of(window, win_length, n_fft, input)
    last = (frames._array.ndim - 1,)
    norm = "ortho" if normalized else "backward"
    if onesided is False or is_complex:
        found = transform(frames, last, False, norm)
    else:
        found = half_spectrum(frames, last, norm)
    found = found.transpose(-1, -2)
    return found if return_complex or return_complex is None else view_as_real(found)


def _check_spectrum(
    input: Tensor, n_fft: int, hop: int, win_length: int, window: Tensor | None, onesided: bool
) -> None:
    """RuntimeError unless it is what `stft` returns."""
    shape = input._array.shape
    if not input.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            "return_complex=True."
        )
    if not input._array.size:
        raise RuntimeError(f"istft: input tensor cannot be empty. Its shape is {list(shape)}")
    if len(shape) not in (2, 3):
        raise RuntimeError(f"istft: expected a tensor with 2 or 3 dimensions, but got {len(shape)}")
    if shape[-2] != (n_fft // 2 + 1 if onesided else n_fft):
        size, which = ("n_fft / 2 + 1", "True") if onesided else ("n_fft", "False")
        raise RuntimeError(
            "istft: expected the frequency dimension (3rd to the last) of the input tensor to "
            f"match {size} when onesided={which}, but got {shape[-2]}"
        )
    if not 0 < hop <= win_length:
        raise RuntimeError(f"istft: expected 0 < hop_length <= win_length, but got {hop}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"istft: expected 0 < win_length <= n_fft, but got {win_length}")
    _check_window(window, win_length, "istft")


def _overlapped(frames: Tensor, hop: int, length: int) -> Tensor:
    """The frames added up where they overlap. Shape (B, frames, n) to (B, length)."""
    shape = (frames._array.shape[0], length)
    size = frames._array.shape[-1]
    return unfold_backward(frames, shape=shape, dimension=1, size=size, step=hop)


@method
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The signal of which `stft` with the same arguments made the input: windows added up.

    Shape (B, N, frames) or (N, frames) to (B, T) or (T); the sum is divided by the squares of the
    windows, which must not vanish anywhere (RuntimeError).

    >>> x, window = torch.arange(16.0), torch.hann_window(8)
    >>> found = torch.istft(torch.stft(x, 8, window=window, return_complex=True), 8, window=window)
    >>> torch.allclose(found, x, atol=1e-5)
    True
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    half = input._array.shape[-2:-1] != (n_fft,) if onesided is None else onesided
    _check_spectrum(input, n_fft, hop, win_length, window, half)
    if return_complex and half:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex and window is not None and window.is_complex():
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    batched = input._array.ndim == 3
    frames = (input if batched else input.unsqueeze(0)).transpose(1, 2)
    norm = "ortho" if normalized else "backward"
    if return_complex:
        frames = transform(frames, (2,), True, norm)
    else:  # a real signal is in the first half of the frequencies
        frames = from_half_spectrum(frames, (2,), n_fft, norm)
    found = _signal(frames, _window_of(window, win_length, n_fft, input), hop, center, length)
    return found if batched else found.squeeze(0)


def _signal(frames: Tensor, window: Tensor, hop: int, center: bool, length: int | None) -> Tensor:
    """The frames laid over each other, the windows taken out, cut to the length."""
    count, n_fft = frames._array.shape[1:]
    whole = n_fft + hop * (count - 1)
    start = n_fft // 2 if center else 0
    if length is not None:
        stop = min(start + length, whole)
    else:
        stop = whole - n_fft // 2 if center else whole
    total = _overlapped(frames * window, hop, whole)[:, start:stop]
    squares = (window * window).expand(1, count, n_fft)
    envelope = _overlapped(squares, hop, whole)[:, start:stop]
    smallest = np.abs(envelope._array).min(initial=np.inf)
    if smallest <= 1e-11:
        raise RuntimeError(
            f"istft: window overlap add min: {smallest:g}. Somewhere no window reaches the signal; "
            "choose a smaller hop_length or another window"
        )
    found = total / envelope
    missing = 0 if length is None else length - found._array.shape[1]
    if missing > 0:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded "
            "with zeros in the tail. Please check your center and hop_length settings.",
            UserWarning,
            stacklevel=3,
        )
        found = cat([found, found.new_zeros((found._array.shape[0], missing))], 1)
    return found
