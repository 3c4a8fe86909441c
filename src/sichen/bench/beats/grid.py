# SPDX-License-Identifier: Apache-2.0
"""Times that were rounded to a grid: which grid, and what the rounding hides."""

import math

import numpy as np
import numpy.typing as npt

_ENOUGH = 512  # times; over more of them the last digits of the step would no longer tell the phase
FINEST = 1e-7
"""Seconds: a finer grid is not looked for, so that exact times may stand on one."""
_OF_A_BEAT = 0.45
"""A coarser grid than this is the beat itself, ticking exactly."""


def find_grid(times: npt.ArrayLike) -> float:
    """Find the step that all times are multiples of.

    Parameters
    ----------
    times : array_like of float, shape (n,)
        Beat times in seconds; NaN is ignored.

    Returns
    -------
    float >= 0
        The step in seconds; 0 when the times lie on no grid coarser than 0.1 µs and finer than the beats.

    Examples
    --------
    >>> round(find_grid(80e-6 * np.array([0, 2087, 4170, 6256, 8340, 10425, 12507])), 9)
    8e-05
    """
    t = np.asarray(times, dtype=np.float64)
    t = t[np.isfinite(t)][:_ENOUGH]
    gaps = np.diff(np.sort(np.diff(t)))
    gaps = gaps[gaps > FINEST]
    if not gaps.size:
        return 0.0
    step = float(gaps.min())
    for _ in range(3):
        turns = np.round(gaps / step)
        if np.max(np.abs(gaps / step - turns)) > 0.02:  # noqa: PLR2004 - of a step
            return 0.0
        step = float(np.sum(gaps) / np.sum(turns))
    # One gap is a multiple of itself: the times themselves must stand on the grid.
    if step > _OF_A_BEAT * _beat(t):
        return 0.0
    on_grid = abs(np.mean(np.exp(2j * np.pi * (t - t[0]) / step))) > 0.95  # noqa: PLR2004 - of a perfect comb
    return step if on_grid else 0.0


def _beat(t: npt.NDArray[np.float64]) -> float:
    apart = np.diff(t)
    apart = apart[apart > 0]
    return float(np.median(apart)) if apart.size else math.inf


def rounding_left(step: float, *, scatter: float) -> float:
    """Return how much of the rounding does not average away.

    Parameters
    ----------
    step : float >= 0
        Grid in seconds.
    scatter : float >= 0
        Standard deviation of the beats about their line, rounding included, in seconds.

    Returns
    -------
    float >= 0
        Standard uncertainty in seconds that all beats may share: step/√12 for a watch that never leaves its
        grid point, and nothing once its own jitter spans the grid.

    Notes
    -----
    The mean rounding error of a normal variable of standard deviation s is a series in
    exp(−2π²s²/step²): its characteristic function at the multiples of 2π/step. Only the first counts.
    """
    if step <= 0:
        return 0.0
    own = max(scatter**2 - step**2 / 12, 0.0)
    return step / math.sqrt(12) * math.exp(-2 * math.pi**2 * own / step**2)
