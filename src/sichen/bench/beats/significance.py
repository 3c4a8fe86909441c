# SPDX-License-Identifier: Apache-2.0
"""How likely times without a watch would have looked as regular."""

import numpy as np
import numpy.typing as npt

from sichen.bench.beats.numbering import NumberedBeats

_BLOCK = 64  # beats: shorter than what the rate of a watch needs to drift by a tenth of a beat
_MOST = 256  # blocks
_TRIALS = 1000  # beat intervals and ways of counting that a block could be fitted with


def false_alarm(times: npt.NDArray[np.float64], numbered: NumberedBeats) -> float:
    """Return the chance that times thrown at random would lie on a comb as well as these.

    Parameters
    ----------
    times : ndarray of float64, shape (n,), ascending
        All times that were given, also those that were left out.
    numbered : NumberedBeats
        What was found in them.

    Returns
    -------
    float
        Between 1e-300 and 1.

    Notes
    -----
    Modulo one beat, the phases of random times fill a unit cube. The share of it where they lie as close to a
    comb as these do is the volume of a ball of that radius; three dimensions of each block of 64 beats are
    spent on its own phase, interval and beat error. Times that were left out count with their distance.
    """
    radius, dimensions, blocks = 0.0, 0, 0
    left_out = np.delete(times, numbered.index)
    borders = np.flatnonzero(np.diff(numbered.segment)) + 1
    stretches = np.split(np.arange(numbered.index.size), borders)
    parts = [part for rows in stretches for part in np.array_split(rows, max(1, rows.size // _BLOCK))]
    # A day has ten thousand blocks; some hundreds, evenly spread, leave no doubt either.
    for part in parts[:: max(1, len(parts) // _MOST)]:
        square, free = _block_distance(times[numbered.index[part]], numbered.number[part], left_out)
        radius, dimensions, blocks = radius + square, dimensions + free, blocks + 1
    log = _log_ball(dimensions, radius) + blocks * np.log(_TRIALS)
    return float(np.exp(np.clip(log, -690.0, 0.0)))


def _log_ball(dimensions: int, square: float) -> float:
    """Return the logarithm of the volume of a ball of squared radius `square`."""
    from scipy.special import gammaln

    # Rounded or perfect times lie nowhere closer than a billionth of a beat.
    root = np.log(max(square, 1e-18 * dimensions)) / 2
    return float(dimensions / 2 * np.log(np.pi) - gammaln(dimensions / 2 + 1) + dimensions * root)


def _block_distance(
    t: npt.NDArray[np.float64], k: npt.NDArray[np.int64], left_out: npt.NDArray[np.float64]
) -> tuple[float, int]:
    """Return the squared distance of one block from its comb, in beats, and in how many dimensions."""
    inside = left_out[np.searchsorted(left_out, t[0]) : np.searchsorted(left_out, t[-1])]
    design = np.column_stack([np.ones(k.size), k - k[0], (k & 1) - 0.5])
    level, period, error = np.linalg.lstsq(design, t, rcond=None)[0]
    phase = (np.concatenate([t - error * ((k & 1) - 0.5), inside]) - level) / period
    off = phase - np.round(phase)
    return float(off @ off), max(off.size - 3, 0)
