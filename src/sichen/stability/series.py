# SPDX-License-Identifier: Apache-2.0
"""The phase of a clock over time: evenly spaced, with gaps, in segments that are never compared with each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message, TooFewSamples, convert

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Segment:
    """A stretch of samples whose phase is continuous.

    Parameters
    ----------
    start, stop : int
        First sample, and the one after the last.
    name : str
        What sets it apart: a position such as ``CH``, a temperature such as ``23 °C``. Names may repeat.
    """

    start: int
    stop: int
    name: str = ""


@dataclass(frozen=True)
class PhaseSeries:
    """Readings of a clock minus the reference, evenly spaced.

    Parameters
    ----------
    phase : ndarray of float64, shape (n,)
        Time error in seconds; positive: the clock is ahead. NaN where a reading is missing.
    tau0 : float > 0
        Time between two readings, in seconds.
    segments : tuple of Segment
        Stretches of continuous phase. No statistic takes a difference across their borders.

    Examples
    --------
    >>> PhaseSeries.from_phase([0.0, 1.0, 3.0], tau0=2.0).size
    3
    """

    phase: Array
    tau0: float
    segments: tuple[Segment, ...]

    @classmethod
    def from_phase(
        cls, values: npt.ArrayLike, *, tau0: float, unit: str = "s", segments: Sequence[Segment] = ()
    ) -> "PhaseSeries":
        """Take readings of phase (time error).

        Parameters
        ----------
        values : array_like of float, shape (n,)
            NaN where a reading is missing; the phase stays continuous over such a gap.
        tau0 : float > 0
            Seconds between two readings.
        unit : str
            Any unit of time that `sichen.core` knows.
        segments : sequence of Segment, optional
            Default: one over everything.

        Raises
        ------
        DataError
            If the values are not one column of numbers, hold an infinity, or do not vary; if `tau0` is not positive.
        """
        phase = _column(values) * convert(1.0, unit=unit, to="s")
        return cls(phase, _interval(tau0), _checked(segments, phase.size) or (Segment(0, phase.size),))

    @classmethod
    def from_frequency(
        cls, values: npt.ArrayLike, *, tau0: float, unit: str = "s/s", segments: Sequence[Segment] = ()
    ) -> "PhaseSeries":
        """Take readings of fractional frequency, or of rate in s/d, each a mean over `tau0`.

        Parameters
        ----------
        values : array_like of float, shape (n,)
            NaN where a reading is missing: what the phase did meanwhile is not known, so a new segment begins.
        tau0 : float > 0
            Seconds that each value covers.
        unit : str
            ``s/s`` (fractional), ``s/d``, ``ppm`` …
        segments : sequence of Segment, optional
            In terms of `values`: a segment of k values becomes one of k + 1 phase points.

        Raises
        ------
        DataError
            As `from_phase`.
        """
        rates = _column(values) * convert(1.0, unit=unit, to="s/s")
        interval = _interval(tau0)
        pieces: list[Array] = []
        found: list[Segment] = []
        start = 0
        for part in _checked(segments, rates.size) or (Segment(0, rates.size),):
            for first, last in _runs(~np.isnan(rates[part.start : part.stop])):
                steps = rates[part.start + first : part.start + last] * interval
                pieces.append(_integral(steps))
                found.append(Segment(start, start + steps.size + 1, part.name))
                start += steps.size + 1
        return cls(np.concatenate(pieces), interval, tuple(found))

    @classmethod
    def from_beats(cls, times: npt.ArrayLike, *, beat: float, number: npt.ArrayLike | None = None) -> "PhaseSeries":
        """Take the instants at which a watch ticked, on a good clock.

        The balance itself is the clock: sample k is the k-th beat, and the time base is the beat count. A watch
        that gains beats early, so its phase is the time it should show minus the time that passed.

        Parameters
        ----------
        times : array_like of float, shape (n,), ascending
            Seconds.
        beat : float > 0
            Nominal beat interval in seconds: 0.125 at 28 800 beats an hour.
        number : array_like of int, shape (n,), optional
            Which beat each is. By default counted from the times; a missed beat leaves a gap, never a zero.

        Raises
        ------
        DataError
            If times do not rise, or two claim the same number.
        """
        instants = _column(times)
        interval = _interval(beat)
        if np.isnan(instants).any() or (np.diff(instants) <= 0).any():
            raise DataError(Message("stability.beats_out_of_order"))
        counted = _count_beats(instants, interval) if number is None else np.asarray(number, dtype=np.int64)
        if counted.shape != instants.shape or (np.diff(counted) <= 0).any():
            raise DataError(Message("stability.beats_out_of_order"))
        counted = counted - counted[0]
        phase = np.full(int(counted[-1]) + 1, np.nan)
        phase[counted] = counted * interval - (instants - instants[0])
        return cls(phase, interval, (Segment(0, phase.size),))

    @classmethod
    def from_events(
        cls, times: npt.ArrayLike, values: npt.ArrayLike, *, tau0: float, unit: str = "s", tolerance: float = 0.1
    ) -> "PhaseSeries":
        """Take readings of phase made at irregular instants, such as daily states read by hand.

        Parameters
        ----------
        times : array_like of float, shape (n,), ascending
            Seconds.
        values : array_like of float, shape (n,)
            Time error at those instants.
        tau0 : float > 0
            Spacing of the grid that the readings are put on.
        unit : str
        tolerance : float, default 0.1
            How far from its grid point a reading may be, in units of `tau0`. The reading is used as it is, not
            interpolated: a reading that is late by 0.1 of the interval alters a rate by a tenth at most.

        Raises
        ------
        DataError
            If a reading is off the grid or two fall on the same point.
        """
        instants = _column(times)
        readings = _column(values) * convert(1.0, unit=unit, to="s")
        interval = _interval(tau0)
        if instants.size != readings.size:
            raise DataError(Message("stability.mixed_lengths", left=instants.size, right=readings.size))
        place = (instants - instants[0]) / interval
        index = np.rint(place).astype(np.int64)
        off = np.abs(place - index)
        if np.isnan(instants).any() or off.max() > tolerance:
            worst = int(np.nanargmax(off))
            raise DataError(Message("stability.off_the_grid", row=worst + 1, off=f"{off[worst]:.2f}"))
        if (np.diff(index) <= 0).any():
            raise DataError(Message("stability.beats_out_of_order"))
        phase = np.full(int(index[-1]) + 1, np.nan)
        phase[index] = readings
        return cls(phase, interval, (Segment(0, phase.size),))

    @property
    def size(self) -> int:
        """Number of samples, gaps included."""
        return int(self.phase.size)

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the last."""
        return (self.size - len(self.segments)) * self.tau0

    @property
    def missing(self) -> int:
        """Number of samples that are missing."""
        return int(np.isnan(self.phase).sum())

    def pieces(self) -> tuple[Array, ...]:
        """Return the phase of each segment, trimmed of gaps at its ends."""
        return tuple(piece for piece in (_trimmed(self.phase[part.start : part.stop]) for part in self.segments) if piece.size)

    def names(self) -> tuple[str, ...]:
        """Return the names of the segments, each once, in order of appearance."""
        return tuple(dict.fromkeys(part.name for part in self.segments))

    def only(self, name: str) -> "PhaseSeries":
        """Return the series with the segments of one name only."""
        return PhaseSeries(self.phase, self.tau0, tuple(part for part in self.segments if part.name == name))

    def frequency(self) -> Array:
        """Return fractional frequency, shape (n − 1,); NaN across gaps and borders of segments."""
        rates = np.full(max(self.size - 1, 0), np.nan)
        for part in self.segments:
            rates[part.start : part.stop - 1] = np.diff(self.phase[part.start : part.stop]) / self.tau0
        return rates


SMALLEST, LARGEST = 1e-100, 1e100
"""Seconds by which the phase may move: beyond, its squares leave the range of numbers."""
SHORTEST, LONGEST = 1e-12, 1e12
"""Seconds between two readings, from a period of light to thousands of years."""


def check_varies(series: PhaseSeries) -> None:
    """Refuse a series that cannot have a stability: too short, empty, or the same value throughout."""
    pieces = series.pieces()
    if not pieces:
        raise DataError(Message("stability.all_missing"))
    most = max(piece.size - int(np.isnan(piece).sum()) for piece in pieces)
    if most < 3:  # noqa: PLR2004 - one second difference
        raise TooFewSamples(got=most, need=3)
    spread = max(float(np.nanmax(piece) - np.nanmin(piece)) for piece in pieces)
    if spread == 0.0:
        raise DataError(Message("stability.constant"))
    if not SMALLEST <= spread <= LARGEST:
        raise DataError(Message("stability.beyond_reason", found=f"{spread:.2g}"))


def _column(values: npt.ArrayLike) -> Array:
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(Message("stability.not_numbers")) from error
    if column.ndim != 1:
        raise DataError(Message("stability.not_a_column", shape="×".join(map(str, column.shape)) or "0"))
    if column.size == 0 or np.isnan(column).all():
        raise DataError(Message("stability.all_missing"))
    if np.isinf(column).any():
        raise DataError(Message("stability.infinite", row=int(np.isinf(column).argmax()) + 1))
    return column


def _interval(tau0: float) -> float:
    if not SHORTEST <= tau0 <= LONGEST:
        raise DataError(Message("stability.bad_interval", found=f"{tau0:g}"))
    return float(tau0)


def _checked(segments: Sequence[Segment], size: int) -> tuple[Segment, ...]:
    end = 0
    for part in segments:
        if not end <= part.start < part.stop <= size:
            raise DataError(
                Message("stability.bad_segment", name=part.name or "—", start=part.start, stop=part.stop, size=size)
            )
        end = part.stop
    return tuple(segments)


def _integral(steps: Array) -> Array:
    """Integrate frequency to phase about its mean: the mean carries no instability, but would cost digits."""
    phase = np.zeros(steps.size + 1)
    np.cumsum(steps - steps.mean(), out=phase[1:])
    return np.asarray(phase + np.arange(steps.size + 1) * steps.mean())


def _runs(valid: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], valid, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _trimmed(piece: Array) -> Array:
    if piece.size and not (np.isnan(piece[0]) or np.isnan(piece[-1])):
        return piece
    there = np.flatnonzero(~np.isnan(piece))
    return piece[there[0] : there[-1] + 1] if there.size else piece[:0]


def _count_beats(instants: Array, beat: float) -> npt.NDArray[np.int64]:
    """Count beats from interval to interval, so that a rate error cannot add up to a lost beat."""
    return np.concatenate([[0], np.cumsum(np.maximum(np.rint(np.diff(instants) / beat), 1))]).astype(np.int64)
