"""Windows: the bells a signal is multiplied with before it is transformed.

Each is a formula over M points, of which a periodic window leaves out the last. The older
functions (`hann_window`) are periodic unless told otherwise, those of `signal.windows` symmetric.
May import: core, tensor, ops.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..core.dtype import FLOATING, float32, float64, get_default_dtype
from ..core.dtype import dtype as Dtype
from ..core.formats import strided
from ..tensor import Tensor, ndarray, wrap
from .creation import finish

__all__ = [
    "bartlett_window",
    "blackman_window",
    "hamming_window",
    "hann_window",
    "kaiser_window",
]

BLACKMAN = (0.42, 0.5, 0.08)
NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)


# ---- formulas over the places 0 .. M - 1 of a window that ends at `end`


def _cosines(coefficients: Iterable[float]) -> Callable:
    """a0 - a1 cos(x) + a2 cos(2 x) - ..., x once around."""
    weights = list(coefficients)

    def formula(places: ndarray, end: int) -> ndarray:
        angles = 2 * np.pi * places / end
        terms = [(-1) ** k * a * np.cos(k * angles) for k, a in enumerate(weights)]
        return np.add.reduce(terms)

    return formula


def _triangle(places: ndarray, end: int) -> ndarray:
    return 1 - np.abs(2 * places / end - 1)


def _kaiser(beta: float) -> Callable:
    def formula(places: ndarray, end: int) -> ndarray:
        across = 2 * places / end - 1
        return np.i0(beta * np.sqrt(np.maximum(1 - across * across, 0))) / np.i0(beta)

    return formula


# ---- the older functions


def _older(
    name: str, length: int, periodic: bool, formula: Callable, dtype: Dtype | None,
    requires_grad: bool,
) -> Tensor:  # fmt: skip
    dtype = dtype or get_default_dtype()
    if dtype.category < FLOATING:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {dtype}")
    if dtype.category > FLOATING:
        raise NotImplementedError(f"\"{name}\" not implemented for '{dtype.title}'")
    if not isinstance(length, int):
        raise TypeError(
            f"{name}(): argument 'window_length' (position 1) must be int, "
            f"not {type(length).__name__}"
        )
    if length < 0:
        raise RuntimeError(
            f"{name} requires non-negative window_length, got window_length={length}"
        )
    places = np.arange(length, dtype=np.float64)
    end = length if periodic else length - 1
    found = formula(places, end) if length > 1 else np.ones(length)
    return finish(wrap(found.astype(dtype.numpy)), requires_grad)


def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """1 - |2 n / N - 1|, a triangle; N is the length, less 1 unless `periodic`.

    RuntimeError for a negative length or an integer dtype.

    >>> torch.bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _older("bartlett_window", window_length, periodic, _triangle, dtype, requires_grad)


def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N); see `bartlett_window`.

    >>> torch.blackman_window(4)[1:]
    tensor([0.3400, 1.0000, 0.3400])
    """
    formula = _cosines(BLACKMAN)
    return _older("blackman_window", window_length, periodic, formula, dtype, requires_grad)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *,
    dtype: Dtype | None = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """alpha - beta cos(2 pi n / N), a bell that ends a little above 0; see `bartlett_window`.

    >>> torch.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    formula = _cosines((alpha, beta))
    return _older("hamming_window", window_length, periodic, formula, dtype, requires_grad)


def hann_window(
    window_length: int, periodic: bool = True, *, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """(1 - cos(2 pi n / N)) / 2, a bell that ends at 0; see `bartlett_window`.

    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    formula = _cosines((0.5, 0.5))
    return _older("hann_window", window_length, periodic, formula, dtype, requires_grad)


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Dtype | None = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """I0(beta sqrt(1 - (2 n / N - 1)^2)) / I0(beta); see `bartlett_window`.

    >>> torch.kaiser_window(3, periodic=False)[1]
    tensor(1.)
    """
    return _older("kaiser_window", window_length, periodic, _kaiser(beta), dtype, requires_grad)


# ---- signal.windows


def _window(
    name: str, M: int, sym: bool, formula: Callable, dtype: Dtype | None, layout: Any,
    requires_grad: bool,
) -> Tensor:  # fmt: skip
    dtype = dtype or get_default_dtype()
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout not in (None, strided):
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if dtype not in (float32, float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
    places = np.arange(M, dtype=np.float64)
    found = formula(places, M - 1 if sym else M) if M > 1 else np.ones(M)
    return finish(wrap(np.asarray(found).astype(dtype.numpy)), requires_grad)


def bartlett(
    M: int, *, sym: bool = True, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """1 - |2 n / N - 1|, a triangle over M points; N is M - 1, or M when not `sym`.

    ValueError for a negative M and for a dtype that is neither float32 nor float64.

    >>> torch.signal.windows.bartlett(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _window("bartlett", M, sym, _triangle, dtype, layout, requires_grad)


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Dtype | None = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """a[0] - a[1] cos(x) + a[2] cos(2 x) - ..., x = 2 pi n / N; see `bartlett`.

    >>> torch.signal.windows.general_cosine(3, a=[0.5, 0.5])
    tensor([0., 1., 0.])
    """
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    coefficients = list(a)
    if not coefficients:
        raise ValueError("Coefficients cannot be empty")
    formula = _cosines(coefficients)
    return _window("general_cosine", M, sym, formula, dtype, layout, requires_grad)


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Dtype | None = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """alpha - (1 - alpha) cos(2 pi n / N); see `bartlett`.

    >>> torch.signal.windows.general_hamming(3, alpha=0.5)
    tensor([0., 1., 0.])
    """
    formula = _cosines((alpha, 1 - alpha))
    return _window("general_hamming", M, sym, formula, dtype, layout, requires_grad)


def hamming(
    M: int, *, sym: bool = True, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """0.54 - 0.46 cos(2 pi n / N), a bell that ends a little above 0; see `bartlett`.

    >>> torch.signal.windows.hamming(3)
    tensor([0.0800, 1.0000, 0.0800])
    """
    return _window("hamming", M, sym, _cosines((0.54, 0.46)), dtype, layout, requires_grad)


def hann(
    M: int, *, sym: bool = True, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """(1 - cos(2 pi n / N)) / 2, a bell that ends at 0; see `bartlett`.

    >>> torch.signal.windows.hann(3)
    tensor([0., 1., 0.])
    """
    return _window("hann", M, sym, _cosines((0.5, 0.5)), dtype, layout, requires_grad)


def blackman(
    M: int, *, sym: bool = True, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N); see `bartlett`.

    >>> torch.signal.windows.blackman(3)[1]
    tensor(1.)
    """
    return _window("blackman", M, sym, _cosines(BLACKMAN), dtype, layout, requires_grad)


def nuttall(
    M: int, *, sym: bool = True, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Nuttall's window of four cosines, whose side lobes are the lowest; see `bartlett`.

    >>> torch.signal.windows.nuttall(3)
    tensor([3.6280e-04, 1.0000e+00, 3.6280e-04])
    """
    return _window("nuttall", M, sym, _cosines(NUTTALL), dtype, layout, requires_grad)


def cosine(
    M: int, *, sym: bool = True, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """sin(pi (n + 1/2) / (N + 1)), half a wave; see `bartlett`.

    >>> torch.signal.windows.cosine(3)
    tensor([0.5000, 1.0000, 0.5000])
    """
    formula = lambda places, end: np.sin(np.pi * (places + 0.5) / (end + 1))
    return _window("cosine", M, sym, formula, dtype, layout, requires_grad)


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True,
    dtype: Dtype | None = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """exp(-|n - center| / tau); the center is the middle, and open only when not `sym`.

    >>> torch.signal.windows.exponential(3)
    tensor([0.3679, 1.0000, 0.3679])
    """
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")

    def formula(places: ndarray, end: int) -> ndarray:
        return np.exp(-np.abs(places - (end / 2 if center is None else center)) / tau)

    return _window("exponential", M, sym, formula, dtype, layout, requires_grad)


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Dtype | None = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """exp(-((n - N / 2) / std)^2 / 2); see `bartlett`.

    >>> torch.signal.windows.gaussian(3)
    tensor([0.6065, 1.0000, 0.6065])
    """
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    formula = lambda places, end: np.exp(-(((places - end / 2) / std) ** 2) / 2)
    return _window("gaussian", M, sym, formula, dtype, layout, requires_grad)


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Dtype | None = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """I0(beta sqrt(1 - (2 n / N - 1)^2)) / I0(beta); see `bartlett`.

    >>> torch.signal.windows.kaiser(3, beta=0.0)
    tensor([1., 1., 1.])
    """
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    return _window("kaiser", M, sym, _kaiser(beta), dtype, layout, requires_grad)
