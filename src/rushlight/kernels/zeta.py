"""Hurwitz's zeta function by the Euler-Maclaurin formula, on arrays.

May import: core.
"""

from typing import Any

import numpy as np

# B(2k) / (2k)! for k from 1 to 12
_COEFFICIENTS = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
    -3617 / 10670622842880000,
    43867 / 5109094217170944000,
    -174611 / 802857662698291200000,
    77683 / 14101100039391805440000,
    -236364091 / 1693824136731743669452800000,
)


def zeta(x: Any, q: Any) -> Any:
    """The sum of (k + q) ** -x over k = 0, 1, ... as float64, for arrays that broadcast.

    inf at x = 1 and at the poles q = 0, -1, ...; nan for x < 1 and, with a fractional x, for
    negative q.
    """
    x, q = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(q, np.float64))
    with np.errstate(all="ignore"):
        total = np.zeros(x.shape)
        place = q.copy()
        valid = (x > 1) & np.isfinite(q) & ~((q <= 0) & ((q == np.floor(q)) | (x != np.floor(x))))
        # from here on the series converges to the last digit
        far = np.clip(x, 10.0, 60.0)
        place[~valid] = 60.0
        near = place < far
        while near.any():
            total[near] += place[near] ** -x[near]
            place[near] += 1
            near = place < far
        power = place**-x
        total += power * (place / (x - 1) + 0.5)
        factor = x * power / place
        for k, coefficient in enumerate(_COEFFICIENTS):
            total += coefficient * factor
            factor = factor * (x + (2 * k + 1)) * (x + (2 * k + 2)) / (place * place)
        limit = np.where(q > 1, 0.0, np.where(q == 1, 1.0, np.inf))
        total = np.where(np.isinf(x) & valid, limit, total)
        pole = (x == 1) | ((q <= 0) & (q == np.floor(q)) & (x > 1))
        vanishing = (x > 1) & np.isposinf(q)
        total = np.where(valid, total, np.where(vanishing, 0.0, np.where(pole, np.inf, np.nan)))
        return np.where(np.isnan(x) | np.isnan(q), np.nan, total)
