# SPDX-License-Identifier: Apache-2.0
"""A known wheel folded turn upon turn, from beats as they come, in constant memory."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, Figure

Values = npt.NDArray[np.float64]

_MOST_BINS = 120


@dataclass(frozen=True)
class FoldedWheel:
    """What a wheel does to the timing in one turn.

    Parameters
    ----------
    wheel : str
    period : float
        Beats of one turn.
    wave : ndarray of float64, shape (n,)
        Seconds late over the turn, from the first beat of the run.
    u : float
        Standard uncertainty of each point, seconds.
    amplitude : Figure, µs
        Of the first harmonic.
    turns : float
    """

    wheel: str
    period: float
    wave: Values
    u: float
    amplitude: Figure
    turns: float

    def to_json(self) -> dict[str, JSON]:
        """Return the wave in µs."""
        return {
            "wheel": self.wheel,
            "period_beats": self.period,
            "wave_us": (self.wave * 1e6).tolist(),
            "u_us": self.u * 1e6,
            "amplitude": self.amplitude.to_json(),
            "turns": self.turns,
        }


class WheelFold:
    """Fold evenly spaced phases over the turn of one wheel.

    Parameters
    ----------
    wheel : str
    period : Fraction
        Beats of one turn.

    Notes
    -----
    The mean over one turn about each beat is taken off, so that wander does not enter; two turns of beats are
    kept for it.
    """

    def __init__(self, wheel: str, period: Fraction) -> None:
        self._wheel, self._period = wheel, period
        self._turn = max(2, round(period))
        self._bins = min(self._turn, _MOST_BINS)
        self._sums = np.zeros((3, self._bins))
        self.break_phase(0)

    def break_phase(self, number: int) -> None:
        """Begin anew at a beat number after a lost phase; what was folded stays where the wheel is still known."""
        self._held, self._first = np.zeros(0), number

    def feed(self, phase: Values) -> None:
        """Take the next phases, one a beat, in seconds."""
        row = np.concatenate([self._held, phase])
        half = self._turn // 2
        if row.size <= 2 * half:
            self._held = row
            return
        total = np.concatenate([[0.0], np.cumsum(row - row[0])])
        # One turn about each beat, half weight at both ends so that it is centred.
        late, early = total[2 * half + 1 :] - total[: -2 * half - 1], total[2 * half : -1] - total[1 : -2 * half]
        mean = (late + early) / (4 * half) + row[0]
        flat = row[half : half + mean.size] - mean
        number = self._first + half + np.arange(flat.size)
        # Exact in integers: the place in the turn of beat k is k mod p/q.
        place = (number * self._period.denominator) % self._period.numerator
        chosen = (place * self._bins) // self._period.numerator
        for power in range(3):
            self._sums[power] += np.bincount(chosen, weights=flat**power, minlength=self._bins)
        self._held, self._first = row[flat.size :], self._first + flat.size

    def result(self) -> FoldedWheel | None:
        """Return the folded wheel, None before two turns."""
        count = self._sums[0]
        turns = float(count.sum()) / float(self._period)
        if turns < 2 or count.min() < 2:  # noqa: PLR2004 - one turn has no scatter
            return None
        wave = self._sums[1] / count
        scatter = math.sqrt(float(np.sum(self._sums[2] - count * wave**2)) / float(count.sum() - self._bins))
        turn = np.exp(-2j * np.pi * (np.arange(self._bins) + 0.5) / self._bins)
        size = 2 * abs(complex(np.mean(wave * turn)))
        u = scatter * math.sqrt(2 / float(count.sum()))
        figure = Figure(size * 1e6, u * 1e6, "µs")
        return FoldedWheel(self._wheel, float(self._period), wave, scatter / math.sqrt(float(count.mean())), figure, turns)
