# SPDX-License-Identifier: Apache-2.0
"""Where each tooth of the escape wheel comes early or late."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.series.periodicity import beat_row, longest_stretch
from sichen.core import JSON, TooFewSamples

_TURNS = 4


@dataclass(frozen=True)
class ToothMap:
    """Timing of each tooth on both pallets, against the mean of its pallet.

    Parameters
    ----------
    tick, tock : ndarray of float64, shape (teeth,)
        Seconds late, for the even and the odd beats of a turn. Which tooth is the first is not known.
    u : ndarray of float64, shape (2, teeth)
        Standard uncertainty of each, seconds.
    turns : int
        Turns averaged.
    """

    tick: npt.NDArray[np.float64]
    tock: npt.NDArray[np.float64]
    u: npt.NDArray[np.float64]
    turns: int

    def to_json(self) -> dict[str, JSON]:
        """Return the map in µs."""
        return {
            "tick_us": (self.tick * 1e6).tolist(),
            "tock_us": (self.tock * 1e6).tolist(),
            "u_us": (self.u * 1e6).tolist(),
            "turns": self.turns,
        }


def tooth_map(number: npt.ArrayLike, residual: npt.ArrayLike, *, teeth: int, segment: npt.ArrayLike | None = None) -> ToothMap:
    """Average the beats of every tooth.

    Parameters
    ----------
    number : array_like of int, shape (n,)
        Which beat each is.
    residual : array_like of float, shape (n,)
        Seconds late of a straight line.
    teeth : int >= 2
        Of the escape wheel; a turn takes twice as many beats.
    segment : array_like of int, shape (n,), optional
        Only the longest stretch is used.

    Returns
    -------
    ToothMap

    Raises
    ------
    TooFewSamples
        If the stretch holds fewer than four turns.

    Notes
    -----
    The mean over exactly one turn about each beat is taken off first: it follows the wander of the watch and
    leaves every harmonic of the wheel untouched.

    Examples
    --------
    >>> k = np.arange(3000)
    >>> late = np.where(k % 40 == 6, 40e-6, 0.0)
    >>> found = tooth_map(k, late, teeth=20)
    >>> int(np.argmax(found.tick)), round(float(found.tick.max() * 1e6))
    (3, 38)
    """
    turn = 2 * teeth
    row = beat_row(number, residual, segment)
    if row.size < (_TURNS + 1) * turn:
        raise TooFewSamples(got=row.size, need=(_TURNS + 1) * turn)
    first = int(longest_stretch(number, residual, segment)[0][0])
    # Half weight at both ends makes the window symmetric and still exactly one turn long.
    window = np.ones(turn + 1)
    window[[0, -1]] = 0.5
    sums = np.convolve(row, window / turn, mode="valid")
    flat = row[turn // 2 : turn // 2 + sums.size] - sums
    flat = flat[: flat.size // turn * turn].reshape(-1, turn)
    place = (turn // 2 + first) % turn
    means = np.roll(np.mean(flat, axis=0), place)
    spread = np.roll(np.std(flat, axis=0, ddof=1), place) / math.sqrt(flat.shape[0])
    tick, tock = means[0::2], means[1::2]
    return ToothMap(tick - tick.mean(), tock - tock.mean(), np.stack([spread[0::2], spread[1::2]]), flat.shape[0])
