# SPDX-License-Identifier: Apache-2.0
"""The variance of anything that is a weighted sum of phase samples, under power-law noise."""

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Array = npt.NDArray[np.float64]

PADDING = 8  # the spectrum is sampled this many times finer than the record


def functional_variance(weights: Array, *, alpha: float, q: float = 1.0) -> float:
    """Return the variance of Σ w[i] x[i] when x is power-law phase noise.

    Parameters
    ----------
    weights : ndarray of float64, shape (n,)
        They must cancel what the noise leaves undefined: a constant for α < 1, a line too for α <= −1.
    alpha : float
        Exponent, −3 < α <= 2.
    q : float
        Level of the phase spectrum q (2 sin πf)^(α−2).

    Returns
    -------
    float >= 0

    Raises
    ------
    DataError
        If the weights leave the variance infinite.

    Examples
    --------
    The mean of four readings of white phase noise:

    >>> functional_variance(np.full(4, 0.25), alpha=2)
    0.25
    """
    order = _zeros_at_rest(weights)
    if 2.0 * order + alpha - 2.0 <= -1.0:
        raise DataError(Message("stability.infinite_variance", alpha=f"{alpha:g}"))
    # Summing the weights divides their response by 2 sin πf: do it until the pole of the spectrum is mild.
    summed = weights - 0.0
    steps = min(order, round((2.0 - alpha) / 2.0))
    for _ in range(steps):
        summed = np.cumsum(summed)
    left = alpha - 2.0 + 2.0 * steps
    length = 1 << (PADDING * weights.size - 1).bit_length()
    power = np.abs(np.fft.rfft(summed, length)) ** 2
    if left == 0.0:
        return float(q * np.dot(summed, summed))
    f = np.arange(power.size) / length
    power[1:] *= (2.0 * np.sin(np.pi * f[1:])) ** left
    power[0] = _cell_at_rest(power[1], left, order - steps)
    return float(q * (power[0] + 2.0 * power[1:-1].sum() + power[-1]) / length)


def _cell_at_rest(neighbour: float, left: float, zeros: int) -> float:
    """Integrate a power f^p over the cell around f = 0, in units of the cell, from its value one cell away."""
    p = left + 2.0 * zeros
    return float(neighbour * 0.5**p / (p + 1.0))


def _zeros_at_rest(weights: Array) -> int:
    """Count how many of the powers 1, t, t² the weights cancel."""
    t = np.linspace(-1.0, 1.0, weights.size)
    size = float(np.abs(weights).sum())
    count = 0
    while count < 3 and abs(float(weights @ t**count)) <= 1e-9 * size:  # noqa: PLR2004 - more is never needed
        count += 1
    return count
