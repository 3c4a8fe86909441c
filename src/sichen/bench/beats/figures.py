# SPDX-License-Identifier: Apache-2.0
"""The figures of one list of beats: each landmark, the amplitude, the instability."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.beats.grid import FINEST
from sichen.bench.beats.line import Line
from sichen.bench.beats.noise import mean_variance
from sichen.bench.beats.numbering import FEWEST, NumberedBeats
from sichen.bench.lift import LARGEST, SMALLEST, Formula, amplitude_from_lift_time, amplitude_slope
from sichen.bench.nominal import DAY, rate_of
from sichen.core import JSON, Figure, Message

Times = npt.NDArray[np.float64]

_MEDIAN_LOSS = math.pi / 2  # variance of a median over that of a mean, for normal values
_UNLIKE = 10.0  # °: sides further apart are worth a word
_LONG_ENOUGH = 64  # beats: two averaging times of eight oscillations and some degrees of freedom


@dataclass(frozen=True)
class LandmarkReading:
    """Rate and beat error by one sound.

    Parameters
    ----------
    landmark : str
        ``unlock``, ``impulse``, ``drop`` or ``tick``.
    rate : Figure, s/d
    beat_error : Figure, ms
    scatter : Figure, µs
        Standard deviation of the beats about the straight line.
    beats : int
        Beats used.
    beat_interval, beat_interval_u : float
        Seconds on the clock that stamped the times, with standard uncertainty.
    """

    landmark: str
    rate: Figure
    beat_error: Figure
    scatter: Figure
    beats: int
    beat_interval: float
    beat_interval_u: float

    def to_json(self) -> dict[str, JSON]:
        """Return the figures as plain JSON."""
        return {
            "rate_s_per_d": self.rate.value,
            "rate_u_s_per_d": self.rate.u,
            "beat_error_ms": self.beat_error.value,
            "beat_error_u_ms": self.beat_error.u,
            "scatter_us": self.scatter.value,
            "beats": self.beats,
        }


def landmark_reading(landmark: str, line: Line, nominal: float, clock: float) -> LandmarkReading:
    """Turn a line into the figures of its sound.

    Parameters
    ----------
    landmark : str
    line : Line
    nominal : float
        Beats an hour.
    clock : float
        By how much the clock that stamped the times runs fast, 1 when right.
    """
    interval = line.beat_interval / clock
    u = line.beat_interval_u / line.beat_interval * DAY
    error = Figure(line.beat_error * 1e3 / clock, line.beat_error_u * 1e3, "ms")
    if not line.sides_known:
        error = Figure.refused("ms", Message("bench.events.sides_unknown"))
    return LandmarkReading(
        landmark=landmark,
        rate=Figure(rate_of(interval, beats_per_hour=nominal), u, "s/d"),
        beat_error=error,
        scatter=Figure(line.scatter * 1e6, line.scatter * 1e6 / math.sqrt(2 * max(int(line.used.sum()) - 3, 1)), "µs"),
        beats=int(line.used.sum()),
        beat_interval=line.beat_interval,
        beat_interval_u=line.beat_interval_u,
    )


@dataclass(frozen=True)
class AmplitudeFigures:
    """Amplitude by the three formulas, by side, with what to say about it."""

    exact: Figure
    linear: Figure
    third: Figure
    sides: tuple[Figure, ...] = ()
    advice: tuple[Message, ...] = ()

    @classmethod
    def refused(cls, reason: Message) -> "AmplitudeFigures":
        """Make figures that could not be measured."""
        none = Figure.refused("°", reason)
        return cls(none, none, none)


def amplitude_figures(
    heard: dict[str, Times],
    side: npt.NDArray[np.float64],
    *,
    sides_known: bool,
    lift_angle: float,
    beat_interval: float,
    grid: float,
) -> AmplitudeFigures:
    """Measure the amplitude from the time between unlock and drop.

    Parameters
    ----------
    heard : dict of str to ndarray of float64, shape (n,)
        Times by sound; both ``unlock`` and ``drop`` are needed.
    side : ndarray of float64, shape (n,)
        0 tick, 1 tock, -1 not known.
    sides_known : bool
        Whether tick was told from tock throughout.
    lift_angle : float
        Degrees.
    beat_interval : float
        Seconds.
    grid : float
        Step of rounded times, in seconds.

    Notes
    -----
    The amplitude is that of the median lift time of all beats. When the two sides differ by more than their
    scatter, the truth may be either: a rectangle as wide as the difference is added to the uncertainty.
    """
    lift_time = heard["drop"] - heard["unlock"] if {"unlock", "drop"} <= heard.keys() else None
    refusal = _no_lift_time(lift_time)
    if lift_time is None or refusal is not None:
        return AmplitudeFigures.refused(refusal or Message("bench.events.no_unlock"))
    groups = _by_side(lift_time, side if sides_known else np.full(side.size, -1.0))
    middles = [float(np.median(group)) for group in groups]
    variances = [_median_variance(group) for group in groups]
    # A median of rounded values is itself a step of the grid, whatever the jitter.
    rounding = max(grid, FINEST) ** 2 / 12
    time = float(np.nanmedian(lift_time))

    def swing(at: float, formula: Formula = "exact") -> float:
        found = amplitude_from_lift_time(at, lift_angle=lift_angle, beat_interval=beat_interval, formula=formula)
        return float(found)

    exact = swing(time)
    if not SMALLEST <= exact <= LARGEST:
        return AmplitudeFigures.refused(Message("bench.events.amplitude_range", found=f"{exact:.0f}"))
    slope = amplitude_slope(time, lift_angle=lift_angle, beat_interval=beat_interval)
    apart = middles[-1] - middles[0]
    excess = max(apart**2 - float(np.sum(variances)) - 2 * rounding, 0.0)
    u = slope * math.sqrt(float(np.sum(variances)) / len(groups) ** 2 + rounding + excess / 12)
    sides = tuple(Figure(swing(m), slope * math.sqrt(v + rounding), "°") for m, v in zip(middles, variances, strict=True))
    unlike = abs(slope * apart)
    return AmplitudeFigures(
        exact=Figure(exact, u, "°"),
        linear=Figure(swing(time, "linear"), u, "°"),
        third=Figure(swing(time, "third"), u, "°"),
        sides=sides if len(groups) > 1 else (),
        advice=(Message("bench.events.advice_sides", difference=f"{unlike:.0f}"),) if unlike > _UNLIKE else (),
    )


def _no_lift_time(lift_time: Times | None) -> Message | None:
    """Return why no amplitude can be had, None when it can."""
    if lift_time is None:
        return Message("bench.events.no_unlock")
    pairs = int(np.isfinite(lift_time).sum())
    if pairs < FEWEST:
        return Message("bench.events.few_pairs", got=pairs, need=FEWEST)
    return Message("bench.events.swapped") if np.nanmedian(lift_time) <= 0 else None


def _by_side(lift_time: Times, side: Times) -> list[Times]:
    """Return the lift times of tick and tock, or all together where a side has too few or nobody can tell them."""
    known = np.isfinite(lift_time)
    groups = [lift_time[(side == s) & known] for s in (0, 1)]
    return groups if min(group.size for group in groups) >= FEWEST // 2 else [lift_time[known]]


def _median_variance(values: Times) -> float:
    """Return the variance of a median, from the middle of the values so that stray ones do not count."""
    low, high = np.quantile(values, [0.05, 0.95])
    spread = mean_variance(np.clip(values, low, high)) * 1.3  # what clipping at ±1.64 s takes from a normal variance
    return _MEDIAN_LOSS * spread


def instability(residual: Times, numbered: NumberedBeats, beat_interval: float) -> tuple[Figure, float | None]:
    """Return the Allan deviation of the watch, its beat jitter removed, and the averaging time.

    Parameters
    ----------
    residual : ndarray of float64, shape (n,)
        Seconds late of a straight line; NaN where a beat was not used.
    numbered : NumberedBeats
    beat_interval : float
        Seconds.

    Notes
    -----
    Phases averaged over the averaging time (the modified deviation), the longest that fits eight times into
    the longest stretch. White jitter of variance v on n beats leaves √(6v/n)/τ, which is taken off.
    """
    sizes = np.bincount(numbered.segment)
    rows = np.flatnonzero((numbered.segment == int(np.argmax(sizes))) & np.isfinite(residual))
    if rows.size < _LONG_ENOUGH:
        return Figure.refused("s/d", Message("bench.events.instability_short", need=_LONG_ENOUGH)), None
    k, x = numbered.number[rows] - numbered.number[rows[0]], residual[rows]
    width = 2 * max(4, 2 ** int(math.log2((k[-1] + 1) / 16)))
    block = k // width
    count = np.bincount(block)
    means = (np.bincount(block, weights=x) / np.maximum(count, 1))[count > width // 2]
    bend = np.diff(means, 2)
    tau = width * beat_interval
    jitter = float(np.median(np.abs(np.diff(x, 2)))) / 0.6745  # √6 times the jitter of one beat
    seen, white = float(np.mean(bend**2)) / (2 * tau**2), jitter**2 / width / (2 * tau**2)
    spread = math.sqrt(2 / max(bend.size / 2, 1))
    if seen - white <= 2 * white * spread:
        return Figure.refused("s/d", Message("bench.events.instability_below", tau=f"{tau:.0f}")), tau
    value = math.sqrt(seen - white) * DAY
    return Figure(value, value * seen / (seen - white) * spread / 2, "s/d"), tau
