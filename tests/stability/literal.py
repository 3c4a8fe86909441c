# SPDX-License-Identifier: Apache-2.0
"""The statistics word for word from their definitions, slow and plain: oracles for the kernels."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def mean_square(terms: npt.ArrayLike) -> float:
    """Return the mean of the squares of the terms that exist."""
    squares = np.asarray(terms, dtype=np.float64) ** 2
    return float(np.mean(squares[~np.isnan(squares)]))


def allan(x: Array, m: int, *, stride: int = 1) -> float:
    return mean_square([x[i + 2 * m] - 2 * x[i + m] + x[i] for i in range(0, x.size - 2 * m, stride)]) / (2 * m * m)


def hadamard(x: Array, m: int, *, stride: int = 1) -> float:
    rows = [x[i + 3 * m] - 3 * x[i + 2 * m] + 3 * x[i + m] - x[i] for i in range(0, x.size - 3 * m, stride)]
    return mean_square(rows) / (6 * m * m)


def modified(x: Array, m: int) -> float:
    rows = [
        np.mean(x[i + 2 * m : i + 3 * m]) - 2 * np.mean(x[i + m : i + 2 * m]) + np.mean(x[i : i + m])
        for i in range(x.size - 3 * m + 1)
    ]
    return mean_square(rows) / (2 * m * m)


def total(x: Array, m: int) -> float:
    n = x.size
    left = 2 * x[0] - x[n - 2 : 0 : -1]
    right = 2 * x[-1] - x[n - 2 : 0 : -1]
    y = np.concatenate([left, x, right])
    start = left.size
    return mean_square([y[start + i - m] - 2 * y[start + i] + y[start + i + m] for i in range(1, n - 1)]) / (2 * m * m)


def extended_window(window: Array, m: int) -> float:
    """Return the mean square of the second differences of a window without its slope, reflected at both ends."""
    length = window.size
    half = length // 2
    run = 0.5 * length if length % 2 == 0 else 0.5 * (length - 1) + 1
    slope = (window[-half:].mean() - window[:half].mean()) / run
    flat = window - slope * np.arange(length)
    y = np.concatenate([flat[::-1], flat, flat[::-1]])
    means = np.array([y[j : j + m].mean() for j in range(y.size - m + 1)])
    return float(np.mean((means[: 6 * m] - 2 * means[m : 7 * m] + means[2 * m : 8 * m]) ** 2))


def modified_total(x: Array, m: int) -> float:
    return float(np.mean([extended_window(x[n : n + 3 * m], m) for n in range(x.size - 3 * m + 1)])) / (2 * m * m)


def hadamard_total(x: Array, m: int) -> float:
    if m == 1:
        return hadamard(x, 1)
    y = np.diff(x)
    return float(np.mean([extended_window(y[n : n + 3 * m], m) for n in range(y.size - 3 * m + 1)])) / 6


def theo1(x: Array, m: int) -> float:
    half = m // 2
    total_ = 0.0
    for i in range(x.size - m):
        for d in range(half):
            total_ += ((x[i] - x[i - d + half]) + (x[i + m] - x[i + d + half])) ** 2 / (half - d)
    return total_ / (0.75 * (x.size - m) * m * m)


def parabolic(x: Array, m: int) -> float:
    if m == 1:
        return allan(x, 1)
    weights = (m - 1) / 2 - np.arange(m)
    rows = [float(weights @ (x[i : i + m] - x[i + m : i + 2 * m])) for i in range(x.size - 2 * m)]
    return 72 * mean_square(rows) / m**6


def tie_rms(x: Array, m: int) -> float:
    return mean_square([x[i + m] - x[i] for i in range(x.size - m)])


def mtie(x: Array, m: int) -> float:
    windows = [x[i : i + m + 1] for i in range(x.size - m)]
    return float(max(np.nanmax(w) - np.nanmin(w) for w in windows if not np.isnan(w).all()))
