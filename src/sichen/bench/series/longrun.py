# SPDX-License-Identifier: Apache-2.0
"""A run of hours or days, summed up as the beats come, in constant memory."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.bench.lift import amplitude_from_lift_time, amplitude_slope, check_lift_angle
from sichen.bench.nominal import DAY, HOUR, rate_of
from sichen.bench.reading import Beats
from sichen.bench.series import bins
from sichen.bench.series.octaves import Octaves, Stability
from sichen.bench.series.steadiness import Steadiness, judge_steadiness
from sichen.bench.series.train import Train
from sichen.bench.series.wheel_fold import FoldedWheel, WheelFold
from sichen.core import JSON, DataError, Message

Values = npt.NDArray[np.float64]

_BRIDGE = 64  # beats: a longer hole is a lost phase
_FOLDED = 40_000  # beats: slower wheels would need more memory than all the rest


@dataclass(frozen=True)
class LongRunResult:
    """What a long run has shown so far.

    Parameters
    ----------
    time : ndarray of float64, shape (n,)
        Middle of each stretch, seconds from the first beat.
    rate, rate_u : ndarray of float64, shape (n,)
        s/d, with the white uncertainty; NaN where too few beats came.
    amplitude, amplitude_u : ndarray of float64, shape (n,)
        Degrees; NaN where unlock or drop was not heard.
    beat_error : ndarray of float64, shape (n,)
        Milliseconds, signed, even beats taken as ticks.
    stretch : float
        Length of a stretch in seconds; it doubles as the run grows.
    stability : tuple of Stability
    wheels : tuple of FoldedWheel
    steadiness : Steadiness
    beats, missed, breaks : int
    """

    time: Values
    rate: Values
    rate_u: Values
    amplitude: Values
    amplitude_u: Values
    beat_error: Values
    stretch: float
    stability: tuple[Stability, ...]
    wheels: tuple[FoldedWheel, ...]
    steadiness: Steadiness
    beats: int
    missed: int
    breaks: int

    def to_json(self) -> dict[str, JSON]:
        """Return the run as plain JSON, null where nothing was measured."""
        columns = ("time", "rate", "rate_u", "amplitude", "amplitude_u", "beat_error")
        rows: dict[str, JSON] = {
            name: [value if np.isfinite(value) else None for value in getattr(self, name).tolist()] for name in columns
        }
        return rows | {
            "stretch_s": self.stretch,
            "stability": [entry.to_json() for entry in self.stability],
            "wheels": [entry.to_json() for entry in self.wheels],
            "steadiness": self.steadiness.to_json(),
            "beats": self.beats,
            "missed": self.missed,
            "breaks": self.breaks,
        }


class LongRun:
    """Sum up a run of any length.

    Parameters
    ----------
    beats_per_hour : float > 0
        Nominal that the rates refer to.
    lift_angle : float
        Degrees, for the amplitude.
    landmark : {"drop", "unlock"}
        Sound that the rate is taken from; a single sound stands in `drop`.
    stretch : float > 0
        Seconds that one point of the trends spans at first.
    most : int >= 64
        Points that are kept; when they are full, every two become one.
    train : Train, optional
        Wheels to fold.

    Examples
    --------
    >>> run = LongRun(beats_per_hour=28800)
    >>> for part in np.array_split(np.arange(28800), 10):
    ...     times = part * 0.125 * (1 - 5 / 86400)
    ...     silent = np.full(part.size, np.nan)
    ...     run.feed(Beats(part, silent, silent, times))
    >>> float(np.round(np.median(run.result().rate), 3))
    5.0
    """

    def __init__(
        self,
        *,
        beats_per_hour: float,
        lift_angle: float = 52.0,
        landmark: Literal["drop", "unlock"] = "drop",
        stretch: float = 30.0,
        most: int = 4096,
        train: Train | None = None,
    ) -> None:
        self._nominal, self._interval = beats_per_hour, HOUR / beats_per_hour
        self._lift_angle, self._landmark = check_lift_angle(lift_angle), landmark
        # An even number of beats: as many ticks as tocks.
        self._width = 2 * max(8, round(stretch / self._interval / 2))
        self._most = most
        self._rows = np.zeros((0, bins.WIDTH))
        self._octaves = Octaves(2 * self._interval)
        periods = train.periods if train is not None else {}
        self._folds = [WheelFold(name, period) for name, period in periods.items() if period <= _FOLDED]
        self._first = self._last = -1
        self._held, self._next = np.zeros((2, 0)), -1
        self._beats = self._missed = self._breaks = 0

    def feed(self, beats: Beats, *, new_phase: bool = False) -> None:
        """Take the next beats of the run.

        Parameters
        ----------
        beats : Beats
            Numbers go on from those fed before.
        new_phase : bool
            The phase was lost before the first of them: the rate is not averaged across.

        Raises
        ------
        DataError
            If the numbers do not rise.
        """
        time = getattr(beats, self._landmark)
        heard = np.isfinite(time)
        number, time, lift = beats.number[heard], time[heard], (beats.drop - beats.unlock)[heard]
        if not number.size:
            return
        if (np.diff(number) <= 0).any() or number[0] <= self._last:
            raise DataError(Message("bench.longrun.numbers", found=str(int(number[0])), last=str(self._last)))
        if self._first < 0:
            self._first = int(number[0]) - (int(number[0]) & 1)
            self._last = int(number[0]) - 1
        phase = time - (number - self._first) * self._interval
        holes = np.diff(number, prepend=self._last) > _BRIDGE
        holes[0] |= new_phase
        for part in np.split(np.arange(number.size), np.flatnonzero(holes)):
            if part.size:
                self._take(number[part], phase[part], lift[part], broken=bool(holes[part[0]]))

    def _take(self, number: npt.NDArray[np.int64], phase: Values, lift: Values, *, broken: bool) -> None:
        if broken:
            self._breaks += 1
            self._octaves.break_phase()
            self._held, self._next = np.zeros((2, 0)), -1
        else:
            self._missed += int(number[-1]) - self._last - number.size
        self._beats += number.size
        self._add_rows(number, phase, lift, broken=broken)
        self._add_even(number, phase)
        self._last = int(number[-1])

    def _add_rows(self, number: npt.NDArray[np.int64], phase: Values, lift: Values, *, broken: bool) -> None:
        place = (number - self._first) // self._width
        start = int(place[0])
        fresh = np.zeros((int(place[-1]) + 1, bins.WIDTH))
        fresh[start:] = bins.sum_up(number - self._first, phase, lift, place - start)
        fresh[start, bins.BROKEN] = float(broken)
        if self._rows.shape[0] > start:
            fresh[start] = bins.merge(self._rows[start : start + 1], fresh[start : start + 1])[0]
        self._rows = np.concatenate([self._rows[:start], fresh[self._rows[:start].shape[0] :]])
        while self._rows.shape[0] > self._most:
            if self._rows.shape[0] % 2:
                self._rows = np.concatenate([self._rows, np.zeros((1, bins.WIDTH))])
            self._rows = bins.merge(self._rows[0::2], self._rows[1::2])
            self._width *= 2

    def _add_even(self, number: npt.NDArray[np.int64], phase: Values) -> None:
        """Hand an unbroken row of phases, one a beat, to the octaves and the wheels: whole oscillations only."""
        begun = self._next >= 0
        known, level = np.concatenate([self._held, np.stack([number, phase])], axis=1)
        first = self._next if begun else int(known[0]) + (int(known[0]) - self._first) % 2
        last = int(known[-1]) - (int(known[-1]) - first + 1) % 2
        if last <= first:
            self._held = np.stack([known, level])
            return
        row = np.interp(np.arange(first, last + 1), known, level)
        pairs = row.reshape(-1, 2)
        # The mean of an oscillation is free of beat error; for the wheels half of it is taken off each side.
        error = float(np.median(np.diff(pairs, axis=1)))
        self._octaves.feed(pairs.mean(axis=1))
        for fold in self._folds:
            if not begun:
                fold.break_phase(first - self._first)
            fold.feed((pairs + np.array([error / 2, -error / 2])).ravel())
        kept = int(np.searchsorted(known, last, side="right")) - 1
        self._held, self._next = np.stack([known[kept:], level[kept:]]), last + 1

    def result(self) -> LongRunResult:
        """Return what the run has shown so far; it may go on."""
        rows = self._rows
        slope, spread = bins.slopes(rows)
        interval = self._interval + slope
        rate = np.array([rate_of(value, beats_per_hour=self._nominal) for value in interval])
        rate_u = spread / self._interval * DAY
        stretch = self._width * self._interval
        amplitude, amplitude_u = self._amplitude(rows)
        leaps, gaps = _leaps(rows)
        return LongRunResult(
            time=np.asarray((np.arange(rows.shape[0]) + 0.5) * stretch, dtype=np.float64),
            rate=rate,
            rate_u=rate_u,
            amplitude=amplitude,
            amplitude_u=amplitude_u,
            beat_error=bins.beat_errors(rows) * 1e3,
            stretch=stretch,
            stability=self._octaves.result(),
            wheels=tuple(wheel for wheel in (fold.result() for fold in self._folds) if wheel is not None),
            steadiness=judge_steadiness(rate, u=rate_u, stretch=stretch, leaps=leaps, gaps=gaps),
            beats=self._beats,
            missed=self._missed,
            breaks=self._breaks,
        )

    def _amplitude(self, rows: Values) -> tuple[Values, Values]:
        count = rows[:, bins.LIFTS]
        time = np.where(count >= 8, rows[:, bins.LIFT], np.nan)  # noqa: PLR2004 - fewer say nothing of their scatter
        amplitude = amplitude_from_lift_time(time, lift_angle=self._lift_angle, beat_interval=self._interval)
        spread = np.sqrt(rows[:, bins.LIFT_SQUARE] / np.maximum(count - 1, 1) / np.maximum(count, 1))
        slope = np.array(
            [
                amplitude_slope(value, lift_angle=self._lift_angle, beat_interval=self._interval)
                if np.isfinite(value) and value > 0
                else np.nan
                for value in time
            ]
        )
        return amplitude, slope * spread


def _leaps(rows: Values) -> tuple[Values, Values]:
    """Return how far the phase leaps between stretches, and the whole gaps with their signs, over their uncertainties.

    A rate that changes bends the phase; a landmark that hops tears it. The lines of two neighbours are drawn to
    their border: twice as far as a changing rate would part them there is a leap.
    """
    slope, spread = bins.slopes(rows)
    count = rows[:, bins.COUNT]
    total = np.maximum(count.sum(axis=1), 1)
    middle = (count * rows[:, bins.NUMBER]).sum(axis=1) / total
    level = (count * rows[:, bins.PHASE]).sum(axis=1) / total
    border = (middle[1:] + middle[:-1]) / 2
    gap = (level[1:] + slope[1:] * (border - middle[1:])) - (level[:-1] + slope[:-1] * (border - middle[:-1]))
    width = (middle[1:] - middle[:-1]) / 2
    u = np.hypot(spread[1:], spread[:-1]) * width * 2
    fits = np.isfinite(gap) & (rows[1:, bins.BROKEN] == 0) & (u > 0)
    bend = np.abs(slope[1:] - slope[:-1]) * width
    return (np.abs(gap[fits]) - bend[fits]).clip(min=0) / u[fits], gap[fits] / u[fits]
