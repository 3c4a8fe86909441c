# SPDX-License-Identifier: Apache-2.0
"""Degrees of freedom in closed form, as Stable32 computes them.

References
----------
.. [1] C. A. Greenhall, W. J. Riley, "Uncertainty of stability variances based on finite differences",
   35th PTTI, 2003; NIST SP 1065, section 5.4.1.
"""

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

J_MAX = 100
FINE = 2e4
# (a0, a1) by order of difference and alpha: modified statistics (table 1) and the others (table 2) of [1], to the three
# decimals that are printed there and that Stable32 works with: 0.667 and not 2/3 decides its fourth digit.
_MODIFIED = {
    2: {2: (0.778, 0.500), 1: (0.997, 0.616), 0: (1.033, 0.607), -1: (1.048, 0.534), -2: (1.302, 0.535)},
    3: {
        2: (0.880, 0.667), 1: (1.141, 0.843), 0: (1.184, 0.848), -1: (1.180, 0.816), -2: (1.175, 0.777),
        -3: (1.194, 0.703), -4: (1.489, 0.702),
    },
}  # fmt: skip
_PLAIN = {
    2: {1: (790.0, 410.0), 0: (0.667, 0.333), -1: (0.852, 0.375), -2: (1.079, 0.368)},
    3: {
        1: (9950.0, 6520.0), 0: (0.778, 0.500), -1: (0.997, 0.617), -2: (1.033, 0.607), -3: (1.053, 0.553), -4: (1.302, 0.535),
    },
}  # fmt: skip
_WHITE = {2: 1.944, 3: 2.31}  # C(4d, 2d) / C(2d, d)², as Stable32 rounds it
_FLICKER = {2: (15.23, 12.0), 3: (47.8, 40.0)}


def greenhall_edf(*, alpha: int, order: int, m: int, points: int, overlapping: bool = True, modified: bool = False) -> float:
    """Return the equivalent degrees of freedom of a variance of finite differences.

    Parameters
    ----------
    alpha : int
        Exponent of the noise, −2 … 2 for order 2, −4 … 2 for order 3.
    order : {2, 3}
        Allan or Hadamard.
    m : int >= 1
        Averaging factor.
    points : int > (order) m
        Phase points.
    overlapping, modified : bool
        Whether differences start at every sample; whether the phase is averaged over m first.

    Returns
    -------
    float > 0

    Examples
    --------
    >>> round(greenhall_edf(alpha=0, order=2, m=4, points=1001), 1)
    306.1
    """
    width = 1.0 if modified else float(m)
    stride = m if overlapping else 1
    span = m / width + m * order
    terms = 1 + math.floor(stride * (points - span) / m)
    longest = min(terms, (order + 1) * stride)
    ratio = terms / stride
    if alpha == 2 and not modified and m > 1:  # noqa: PLR2004 - white PM; at m = 1 nothing is averaged, so: modified
        return 1.0 / _white_phase(order, terms, ratio)
    if longest <= J_MAX:
        f = width if modified or alpha == 1 or m * (order + 1) <= J_MAX else math.inf
        zero = float(_s_z(np.zeros(1), f, alpha, order)[0])
        return zero**2 * terms / _basic_sum(longest, terms=terms, stride=stride, f=f, alpha=alpha, order=order)
    table = _MODIFIED if modified else _PLAIN
    if alpha == 1 and not modified:
        return 1.0 / _flicker_phase(order, m, ratio)
    if ratio > order + 1:
        a0, a1 = table[order][alpha]
        return ratio / (a0 - a1 / ratio)
    f = 1.0 if modified else math.inf
    zero = _s_z(np.zeros(1), f, alpha, order)[0]
    return float(J_MAX * zero**2) / _basic_sum(J_MAX, terms=J_MAX, stride=J_MAX / ratio, f=f, alpha=alpha, order=order)


def _white_phase(order: int, terms: int, ratio: float) -> float:
    if ratio > order:
        return (_WHITE[order] - 0.5 * order / ratio) / terms
    full = math.comb(2 * order, order)
    last = min(order, math.ceil(ratio) - 1)
    return (
        1.0 + 2.0 * sum((1.0 - k / ratio) * (math.comb(2 * order, order - k) / full) ** 2 for k in range(1, last + 1))
    ) / terms


def _flicker_phase(order: int, m: int, ratio: float) -> float:
    b0, b1 = _FLICKER[order]
    if ratio > order + 1:
        a0, a1 = _PLAIN[order][1]
        return (a0 - a1 / ratio) / (ratio * (b0 + b1 * math.log(m)) ** 2)
    each = J_MAX / ratio
    return _basic_sum(J_MAX, terms=J_MAX, stride=each, f=each, alpha=1, order=order) / (J_MAX * (b0 + b1 * math.log(m)) ** 2)


def _basic_sum(longest: int, *, terms: float, stride: float, f: float, alpha: int, order: int) -> float:
    j = np.arange(longest + 1, dtype=np.float64)
    squares = _s_z(j / stride, f, alpha, order) ** 2
    inner = squares[1:longest] * (1.0 - j[1:longest] / terms)
    return float(squares[0] + (1.0 - longest / terms) * squares[longest] + 2.0 * inner.sum())


def _s_w(t: Array, alpha: int) -> Array:
    size = np.abs(t)
    power = size ** (3 - alpha)
    if alpha % 2 == 0:
        return power if alpha % 4 == 0 else -power
    log = np.log(size, out=np.zeros_like(size), where=size > 0)
    return power * log * (1 if alpha % 4 == 1 else -1)


def _s_x(t: Array, f: float, alpha: int) -> Array:
    if math.isinf(f):
        return _s_w(t, alpha + 2)
    if alpha == 1 and f > FINE:  # the difference below would lose its digits: take the second derivative
        return np.where(t == 0.0, 2.0 * math.log(f), -2.0 * np.log(np.abs(t), out=np.zeros_like(t), where=t != 0.0) - 3.0)
    return f * f * (2.0 * _s_w(t, alpha) - _s_w(t - 1.0 / f, alpha) - _s_w(t + 1.0 / f, alpha))


def _s_z(t: Array, f: float, alpha: int, order: int) -> Array:
    total = np.zeros_like(t)
    for k in range(-order, order + 1):
        total += (-1) ** k * math.comb(2 * order, order + k) * _s_x(t + k, f, alpha)
    return total
