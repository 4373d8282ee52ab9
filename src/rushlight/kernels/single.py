"""float32's own, shorter formulas: erf, erfc and erfinv, to a few units in the last place.

May import: kernels.
"""

import numpy as np

from . import scalar as s

# erf(x) = x P(x^2)/Q(x^2) on |x| <= 3.92, to float32's precision; beyond it is 1
_SINGLE_P = (
    2.047272346317186e-06,
    0.0002847921277862042,
    0.003768517170101404,
    0.05275675654411316,
    0.19049474596977234,
    1.1283791065216064,
)
_SINGLE_Q = (
    3.805804226431064e-05,
    0.001162957982160151,
    0.014975002966821194,
    0.11414232850074768,
    0.5021542906761169,
    1.0,
)
# erfc(x) = exp(-x^2) t P(t) with t = 2 / (2 + x), on x >= 0
_ERFC = (
    0.037787485867738724,
    -0.20294971764087677,
    0.4121984839439392,
    -0.33532941341400146,
    0.021231090649962425,
    0.008396605029702187,
    0.06617283076047897,
    0.18248485028743744,
    0.2457173615694046,
    0.2821996808052063,
    0.2820907235145569,
)
# erfinv(x) = x P(w - 5/2) with w = -log(1 - x^2) up to 5, and x P(sqrt(w) - 3) from there on
_CENTRAL = (
    -8.830160602713022e-09,
    2.324643411100169e-08,
    4.6671323161717737e-07,
    -3.462872200543643e-06,
    -4.965848347637802e-06,
    0.0002183450706070289,
    -0.001252737594768405,
    -0.004177387338131666,
    0.24664027988910675,
    1.5014094114303589,
)
_TAIL = (
    0.00011396568879717961,
    -0.0003082863986492157,
    -5.400329609983601e-05,
    0.0014835126930847764,
    -0.0035989887546747923,
    0.005687552038580179,
    -0.007636933121830225,
    0.00944522488862276,
    1.0016748905181885,
    2.832976818084717,
)


def erf(x: np.ndarray) -> np.ndarray:
    """erf of float32 numbers in float32, to a few units in the last place."""
    inside = np.clip(x, np.float32(-3.92), np.float32(3.92))
    square = inside * inside
    out = s.polynomial(square, *_SINGLE_P)
    out *= inside
    out /= s.polynomial(square, *_SINGLE_Q)
    np.clip(out, np.float32(-1), np.float32(1), out=out)
    far = np.abs(x) > 3.83  # from here on 1 is the nearest float32
    if far.any():
        np.copyto(out, np.sign(x), where=far)
    return out


def erfc(x: np.ndarray) -> np.ndarray:
    """erfc of float32 numbers in float32."""
    size = np.minimum(np.abs(x), np.float32(12))
    high = np.trunc(size * np.float32(16)) / np.float32(16)  # its square is exact
    scale = np.exp(-high * high)
    scale *= np.exp((high - size) * (size + high))
    t = np.float32(2) / (size + np.float32(2))
    scale *= t
    scale *= s.polynomial(t, *_ERFC)
    return s.where(x < 0, np.float32(2) - scale, scale)


def erfinv(x: np.ndarray) -> np.ndarray:
    """erfinv of float32 numbers in float32."""
    one = np.float32(1)
    w = -np.log((one - x) * (one + x))
    central = s.polynomial(np.minimum(w, np.float32(5)) - np.float32(2.5), *_CENTRAL)
    root = np.sqrt(np.maximum(w, np.float32(5))) - np.float32(3)
    value = s.where(w < 5, central, s.polynomial(root, *_TAIL)) * x
    return s.where(np.isinf(w), np.copysign(w, x), value)
