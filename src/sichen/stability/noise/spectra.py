# SPDX-License-Identifier: Apache-2.0
"""What the statistics of discrete power-law noise are exactly: the spectrum times the response of their differences.

The phase of noise α, sampled at tau0, has the spectrum q · (2 sin πf)^(α−2), f in cycles a sample: white for α = 2,
its running sum for α = 0, its running sum of running sums for α = −2, and the fractional sums of Kasdin between.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sichen.stability.families import statistic

Array = npt.NDArray[np.float64]

GRID = 64  # points of the spectrum for each sample of the averaging factor; aliasing falls as its square


def response(kind: str, m: int, length: int) -> Array:
    """Return |H(f)|² of the differences that a statistic squares, at rfft frequencies of `length` points."""
    f = np.arange(length // 2 + 1) / length
    swing = 2.0 * np.sin(np.pi * f * m)
    if kind == "phase":
        return swing**2
    if kind in {"allan", "total"}:
        return swing**4
    if kind in {"hadamard", "hadamard_total"}:
        return swing**6
    if kind in {"modified", "modified_total"}:
        return swing**4 * _box(f, m)
    taps = np.concatenate([0.5 * (m - 1) - np.arange(m), np.arange(m) - 0.5 * (m - 1)])
    return np.abs(np.fft.rfft(taps, length)) ** 2 if m > 1 else swing**4 / 144.0


def _box(f: Array, m: int) -> Array:
    """Return the squared response of the sum of m samples."""
    box = np.full(f.shape, float(m * m))
    sine = np.sin(np.pi * f)
    np.divide(np.sin(np.pi * f * m) ** 2, sine**2, out=box, where=sine != 0.0)
    return box


def autocovariance(kind: str, *, m: int, alpha: float, lags: int) -> Array:
    """Return the autocovariance of the differences of a statistic, at lags 0 … `lags` − 1, for q = 1.

    Parameters
    ----------
    kind : str
        ``allan``, ``modified``, ``hadamard``, ``parabolic`` or ``phase``.
    m : int >= 1
    alpha : float
        Exponent; it must leave the variance finite: > −3 for the second differences, > −5 for the third, > −1 for the first.
    lags : int >= 1
        Lags beyond what matters (64 spans of the differences) are zero.
    """
    order = statistic_order(kind)
    span = 64 * (order + 1) * m
    length = fast_length(2 * min(lags, span) + GRID * m)
    power = power_spectrum(kind, m, alpha, length)
    found = np.fft.irfft(power, length)[: min(lags, span, length // 2)]
    return np.concatenate([found, np.zeros(lags - found.size)]) if found.size < lags else found


def expected_mean_square(kind: str, *, m: int, alpha: float) -> float:
    """Return the mean square of the differences of a statistic for q = 1."""
    return _mean_square(kind, m, alpha)


@lru_cache(maxsize=4096)
def _mean_square(kind: str, m: int, alpha: float) -> float:
    length = fast_length(GRID * m)
    power = power_spectrum(kind, m, alpha, length)
    return float((2.0 * power.sum() - power[0] - power[-1]) / length)


def power_spectrum(kind: str, m: int, alpha: float, length: int) -> Array:
    """Return the power spectrum of the differences of a statistic for q = 1, at rfft frequencies of `length` points."""
    power = response(kind, m, length)
    sine = 2.0 * np.sin(np.pi * np.arange(length // 2 + 1) / length)
    power[1:] *= sine[1:] ** (alpha - 2.0)
    # At f = 0 the differences cancel the pole: nothing is left, or for the steepest noise a constant.
    power[0] = _at_rest(kind, m) if alpha - 2.0 <= -2.0 * statistic_order(kind) else 0.0
    return power


def _at_rest(kind: str, m: int) -> float:
    """Return |H|² / (2πf)^2p at f = 0, p the order of the differences: the square of their leading moment."""
    if kind == "parabolic":
        k = np.arange(m, dtype=np.float64)
        lever = 0.5 * (m - 1) - k
        moment = 0.5 * float(lever @ (k**2 - (k + m) ** 2)) if m > 1 else 1.0 / 12.0
        return moment**2
    return float(m) ** {"phase": 2, "allan": 4, "total": 4}.get(kind, 6)


def statistic_order(kind: str) -> int:
    """Return how many differences a kind of statistic takes."""
    return {"phase": 1, "hadamard": 3, "hadamard_total": 3}.get(kind, 2)


def expected_deviation(name: str, *, m: int, alpha: float, tau0: float = 1.0, q: float = 1.0) -> float:
    """Return the deviation that a statistic must show, on average of its square, for a noise of given level.

    Parameters
    ----------
    name : str
        A statistic whose expectation is closed: ADEV, MDEV, TDEV, HDEV and their overlapping forms, PDEV, TIE rms.
    m : int >= 1
    alpha : float
    tau0 : float > 0
        Seconds.
    q : float > 0
        Level: the spectrum of the phase is q (2 sin πf)^(α−2) s² a cycle per sample.

    Examples
    --------
    White FM falls as the root of the averaging time:

    >>> expected_deviation("oadev", m=1, alpha=0) / expected_deviation("oadev", m=16, alpha=0)
    4.0
    """
    row = statistic(name)
    scale = float(row.scale(np.array([float(m)]), tau0)[0])
    return float(np.sqrt(q * scale * expected_mean_square(row.kind, m=m, alpha=alpha)))


def fast_length(length: int) -> int:
    """Return an even length, not smaller, that transforms fast."""
    from scipy.fft import next_fast_len

    return 2 * int(next_fast_len(max(length, 512) // 2 + 1, real=True))
