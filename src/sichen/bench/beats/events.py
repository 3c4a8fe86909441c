# SPDX-License-Identifier: Apache-2.0
"""From a list of beat times to the same reading that a recording gives."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.bench.beats.figures import LandmarkReading, amplitude_figures, instability, landmark_reading
from sichen.bench.beats.grid import find_grid
from sichen.bench.beats.line import Line, fit_line
from sichen.bench.beats.numbering import FEWEST, LONGEST, SHORTEST, NumberedBeats, number_times
from sichen.bench.beats.significance import false_alarm
from sichen.bench.beats.text import BeatList
from sichen.bench.lift import check_lift_angle
from sichen.bench.nominal import DAY, HOUR, Origin, nominal_for, other_nominal, rate_of
from sichen.bench.reading import Beats, ClockReference, Reading
from sichen.bench.series.periodicity import Periodicity, find_periodicities
from sichen.bench.series.tooth_map import ToothMap, tooth_map
from sichen.bench.series.train import Train
from sichen.core import JSON, DataError, Figure, Message, TooFewSamples

Times = npt.NDArray[np.float64]

METHOD, VERSION = "bench.events", "1"
_LOCK = 1e-4  # chance of a beat where there is none, above which nothing is said
_WORTH_SAYING = 1.0  # s/d between two landmarks
_MANY = 0.05  # of the beats
_ORDER = ("unlock", "drop", "impulse", "tick")


@dataclass(frozen=True)
class EventMeasurement:
    """What a list of beat times says.

    Parameters
    ----------
    reading : Reading
    beats : Beats
        The beats that were used, numbered; a single sound stands in the column `drop`.
    segment : ndarray of int64, shape (n,)
        Stretch of unbroken phase of each beat.
    residual : ndarray of float64, shape (n,)
        Seconds late of the straight line, at the landmark of the rate; NaN where it was not heard.
    landmarks : tuple of LandmarkReading
        Rate and beat error at every sound that the list holds.
    periodicities : tuple of Periodicity
        What comes back in the beats, strongest first.
    grid : float
        Step that the times were rounded to, in seconds; 0 when there is none.
    teeth : ToothMap or None
        Where each tooth of the escape wheel comes, when the train is known and the list long enough.
    """

    reading: Reading
    beats: Beats
    segment: npt.NDArray[np.int64]
    residual: Times
    landmarks: tuple[LandmarkReading, ...] = ()
    periodicities: tuple[Periodicity, ...] = ()
    grid: float = 0.0
    teeth: ToothMap | None = None

    def stretches(self) -> Iterator[Beats]:
        """Yield the beats of each stretch of unbroken phase, e.g. to feed a `LongRun`."""
        for number in range(int(self.segment[-1]) + 1 if self.segment.size else 0):
            chosen = self.segment == number
            sounds = (column[chosen] for column in (self.beats.unlock, self.beats.impulse, self.beats.drop))
            yield Beats(self.beats.number[chosen], *sounds)

    def to_json(self) -> dict[str, JSON]:
        """Return the reading with `periodicities` and the figures of each landmark."""
        return self.reading.to_json() | {
            "landmarks": {entry.landmark: entry.to_json() for entry in self.landmarks},
            "breaks": int(self.segment[-1]) if self.segment.size else 0,
            "grid_s": self.grid,
            "periodicities": [entry.to_json() for entry in self.periodicities],
            "tooth_map": None if self.teeth is None else self.teeth.to_json(),
        }


def measure_events(
    beats: BeatList,
    *,
    lift_angle: float | None = None,
    lift_angle_source: str = "given",
    beats_per_hour: float | None = None,
    reference: ClockReference | None = None,
    train: Train | None = None,
) -> EventMeasurement:
    """Measure a watch from the times of its beats.

    Parameters
    ----------
    beats : BeatList
        Times by sound, in seconds.
    lift_angle : float, optional
        Degrees, 10 to 90; 52 with advice when absent.
    lift_angle_source : str
        Who says so: ``given``, or the calibre.
    beats_per_hour : float, optional
        Nominal; found by itself when absent.
    reference : ClockReference, optional
        What the clock that stamped the times was compared with.
    train : Train, optional
        Tooth counts, so that periodicities are named.

    Returns
    -------
    EventMeasurement
        Refused as a whole when no regular beat is found.

    Raises
    ------
    DataError
        If `lift_angle` or `beats_per_hour` is out of range.

    Examples
    --------
    >>> times = 0.125 * np.arange(240) * (1 - 10 / 86400)
    >>> found = measure_events(BeatList({"tick": times}), beats_per_hour=28800)
    >>> round(found.reading.rate.value, 1)
    10.0
    """
    angle = check_lift_angle(52.0 if lift_angle is None else lift_angle)
    source = "default" if lift_angle is None else lift_angle_source
    clock = reference or ClockReference()
    if beats_per_hour is not None and not HOUR / LONGEST <= beats_per_hour <= HOUR / SHORTEST:
        raise DataError(Message("bench.events.bad_nominal", found=f"{beats_per_hour:g}"))
    blank = Reading(duration=_span(beats), lift_angle=angle, lift_angle_source=source, reference=clock)
    times, rows = _reference_times(beats)
    if times.size < FEWEST:
        return _refused(blank, Message("bench.events.too_few", got=times.size, need=FEWEST))
    numbered = number_times(times, beat_interval=None if beats_per_hour is None else HOUR / beats_per_hour)
    if not numbered.index.size:
        return _refused(blank, _why_no_beat(times, beats_per_hour))
    chance = false_alarm(times, numbered)
    if chance > _LOCK:
        return _refused(blank, Message("bench.events.no_beat", count=times.size), chance)
    heard = _hear(beats, rows, numbered)
    if not heard.sounds:
        return _refused(blank, Message("bench.events.too_few", got=0, need=FEWEST), chance)
    interval = heard.line.beat_interval / (1 + clock.ppm * 1e-6)
    chosen = nominal_for(HOUR / interval, given=beats_per_hour)
    nominal, origin = chosen.beats_per_hour, chosen.origin
    reason = other_nominal(interval, given=beats_per_hour)
    if reason is not None:
        return _refused(blank, reason, chance)
    return _assemble(replace(blank, false_alarm_probability=chance), heard, nominal, origin, train)


def _span(beats: BeatList) -> float:
    low = min(float(np.nanmin(column)) for column in beats.columns.values())
    high = max(float(np.nanmax(column)) for column in beats.columns.values())
    return high - low


def _reference_times(beats: BeatList) -> tuple[Times, npt.NDArray[np.int64]]:
    """Return one time a row to count the beats by, and the row of each."""
    order = [name for name in _ORDER if name in beats.columns]
    best = max(order, key=lambda name: int(np.isfinite(beats.columns[name]).sum()))
    time = beats.columns[best].copy()
    for name in order:
        gap = np.isnan(time)
        if name != best and gap.any():
            offset = beats.columns[best] - beats.columns[name]
            if np.isfinite(offset).any():
                time[gap] = beats.columns[name][gap] + np.nanmedian(offset)
    rows = np.flatnonzero(np.isfinite(time))
    rows = rows[np.argsort(time[rows], kind="stable")]
    return time[rows], rows


def _why_no_beat(times: Times, given: float | None) -> Message:
    typical = float(np.median(np.diff(times)))
    if not SHORTEST <= typical <= LONGEST:
        return Message("bench.events.not_seconds", found=f"{typical:.3g}")
    return other_nominal(typical, given=given) or Message("bench.events.no_beat", count=times.size)


def _refused(blank: Reading, reason: Message, chance: float = 1.0) -> EventMeasurement:
    none, numbers = np.zeros(0), np.zeros(0, dtype=np.int64)
    reading = replace(blank, reason=reason, false_alarm_probability=chance)
    return EventMeasurement(reading, Beats(numbers, none, none, none), numbers, none)


@dataclass(frozen=True)
class _Sound:
    """One sound: its line, and which of the numbered beats have it."""

    line: Line
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Heard:
    """The numbered beats with a line through every sound that enough of them have."""

    columns: dict[str, Times]
    numbered: NumberedBeats
    sounds: dict[str, _Sound]
    grid: float

    @property
    def landmark(self) -> str:
        """The sound that scatters least: the rate is taken from it."""
        return min(self.sounds, key=lambda name: self.sounds[name].line.scatter)

    @property
    def line(self) -> Line:
        """The line of the landmark."""
        return self.sounds[self.landmark].line

    def spread(self, values: npt.NDArray[np.generic], *, empty: float) -> npt.NDArray[np.float64]:
        """Return values of the landmark's beats with a row for every numbered beat."""
        out = np.full(self.numbered.index.size, empty)
        out[self.sounds[self.landmark].rows] = values
        return out


def _hear(beats: BeatList, rows: npt.NDArray[np.int64], numbered: NumberedBeats) -> _Heard:
    grid = max(find_grid(column) for column in beats.columns.values())
    columns = {name: column[rows[numbered.index]] for name, column in beats.columns.items()}
    sounds = {}
    for name, column in columns.items():
        chosen = np.flatnonzero(np.isfinite(column))
        if chosen.size >= FEWEST and np.unique(numbered.number[chosen] & 1).size > 1:
            line = fit_line(column[chosen], numbered.number[chosen], segment=numbered.segment[chosen], grid=grid)
            sounds[name] = _Sound(line, chosen)
    return _Heard(columns, numbered, sounds, grid)


def _assemble(blank: Reading, heard: _Heard, nominal: float, origin: Origin, train: Train | None) -> EventMeasurement:
    line, numbered = heard.line, heard.numbered
    clock = 1 + blank.reference.ppm * 1e-6
    interval = line.beat_interval / clock
    landmarks = tuple(landmark_reading(name, sound.line, nominal, clock) for name, sound in heard.sounds.items())
    difference = _disagreement(line, landmarks)
    swing = amplitude_figures(
        heard.columns,
        heard.spread(line.side, empty=-1.0),
        sides_known=line.sides_known,
        lift_angle=blank.lift_angle,
        beat_interval=interval,
        grid=heard.grid,
    )
    residual = heard.spread(line.residual, empty=np.nan)
    calm = heard.spread(np.where(line.used, line.residual, np.nan), empty=np.nan)
    unsteady, tau = instability(calm, numbered, interval)
    errors = {entry.landmark: entry.beat_error for entry in landmarks}
    reading = replace(
        blank,
        beats_per_hour=nominal,
        nominal=origin,
        beat_interval=Figure(interval, line.beat_interval_u, "s"),
        rate=_rate(line, nominal, origin, difference=difference, clock=blank.reference),
        amplitude=swing.exact,
        amplitude_linear=swing.linear,
        amplitude_third=swing.third,
        amplitude_sides=swing.sides,
        beat_error=errors.get("drop") or errors.get("tick") or _absent("drop"),
        beat_error_unlock=errors.get("unlock") or _absent("unlock"),
        instability=unsteady,
        instability_tau=tau,
        landmark=heard.landmark,
        beats=int(line.used.sum()),
        missed=numbered.missed,
    )
    reading = replace(reading, advice=_advice(reading, heard, difference, swing.advice))
    waves = find_periodicities(
        numbered.number, residual, segment=numbered.segment, beat_interval=interval, train=train, grid=heard.grid
    )
    teeth = _teeth(numbered, residual, train)
    return EventMeasurement(reading, _beats(heard), numbered.segment, residual, landmarks, waves, heard.grid, teeth)


def _teeth(numbered: NumberedBeats, residual: Times, train: Train | None) -> ToothMap | None:
    if train is None:
        return None
    try:
        return tooth_map(numbered.number, residual, teeth=train.escape_teeth, segment=numbered.segment)
    except TooFewSamples:
        return None


def _beats(heard: _Heard) -> Beats:
    number = _even_ticks(heard.numbered, heard.spread(heard.line.side, empty=-1.0))
    missing = np.full(heard.numbered.index.size, np.nan)
    columns = heard.columns
    drop = columns.get("drop", columns.get("tick", missing))
    return Beats(number, columns.get("unlock", missing), columns.get("impulse", missing), drop)


def _even_ticks(numbered: NumberedBeats, side: Times) -> npt.NDArray[np.int64]:
    """Shift the numbers of later segments by one where needed, so that ticks are even throughout."""
    number = numbered.number.copy()
    for segment in range(1, numbered.breaks + 1):
        rows = np.flatnonzero((numbered.segment == segment) & (side >= 0))
        if rows.size and (number[rows[0]] & 1) != int(side[rows[0]]):
            number[numbered.segment >= segment] += 1
    return number


def _absent(landmark: str) -> Figure:
    return Figure.refused("ms", Message("bench.events.no_drop" if landmark == "drop" else "bench.events.no_unlock_time"))


def _disagreement(line: Line, landmarks: tuple[LandmarkReading, ...]) -> float:
    """Return by how much unlock and drop disagree beyond their own uncertainties, in s/d."""
    scale = DAY / line.beat_interval
    excess = 0.0
    for entry in landmarks:
        if entry.landmark in {"unlock", "drop"}:
            apart = entry.beat_interval - line.beat_interval
            excess = max(excess, apart**2 - line.beat_interval_u**2 - entry.beat_interval_u**2)
    return math.sqrt(excess) * scale


def _rate(line: Line, nominal: float, origin: Origin, *, difference: float, clock: ClockReference) -> Figure:
    interval = line.beat_interval / (1 + clock.ppm * 1e-6)
    if origin == "measured":
        return Figure.refused("s/d", Message("bench.events.no_nominal", found=f"{HOUR / interval:.1f}"))
    own = line.beat_interval_u / line.beat_interval * DAY
    # The truth may lie anywhere between the landmarks: a rectangle as wide as their difference.
    u = math.hypot(own, difference / math.sqrt(12))
    return Figure(rate_of(interval, beats_per_hour=nominal), u, "s/d")


def _advice(reading: Reading, heard: _Heard, difference: float, sides: tuple[Message, ...]) -> tuple[Message, ...]:
    numbered, said = heard.numbered, []
    left_out = numbered.doubled + numbered.strays
    if numbered.breaks:
        said.append(Message("bench.events.advice_breaks", count=numbered.breaks))
    if difference > _WORTH_SAYING:
        said.append(Message("bench.events.advice_landmarks", difference=f"{difference:.1f}"))
    said += sides
    if heard.line.scatter < heard.grid:
        said.append(Message("bench.events.advice_grid", step=f"{heard.grid * 1e6:.3g}"))
    if numbered.missed > _MANY * numbered.index.size:
        said.append(Message("bench.events.advice_missed", count=numbered.missed))
    if left_out:
        said.append(Message("bench.events.advice_strays", count=left_out))
    if reading.amplitude.value is not None and reading.lift_angle_source == "default":
        slope = reading.amplitude.value / reading.lift_angle
        said.append(Message("bench.events.advice_lift_angle", angle=f"{reading.lift_angle:g}", slope=f"{slope:.1f}"))
    if reading.reference.kind == "none":
        said.append(Message("bench.events.advice_clock"))
    return tuple(said)
