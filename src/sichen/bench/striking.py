# SPDX-License-Identifier: Apache-2.0
"""When a synthesised watch strikes: unlock, impulse and drop of every beat, from the swing of its balance."""

import numpy as np
import numpy.typing as npt

from sichen.bench.escapement_sounds import escapement
from sichen.bench.reading import Beats, Times
from sichen.bench.watch_sound import Truth, WatchSound
from sichen.core import DataError, Message

DAY = 86_400.0
_SHORTEST_AMPLITUDE_MARGIN = 1.02
_EARLIEST = 2e-3


def strike(watch: WatchSound, duration: float, *, seed: int = 0) -> Truth:
    """Let a watch run and tell when it strikes, without making a sound.

    Parameters
    ----------
    watch : WatchSound
    duration : float > 0
        Seconds of true time.
    seed : int >= 0
        Everything random follows from it.

    Returns
    -------
    Truth

    Raises
    ------
    DataError
        If the duration is not above 0.

    Notes
    -----
    The balance swings as ``A sin(2 pi t / T)``; the roller meets the fork half a lift angle before dead centre
    and the tooth drops half a lift angle after it. The mean beat interval is exactly that of the rate: jitter,
    wander, faults and teeth are added to the ideal times. A passing fault of the amplitude changes no interval
    (the balance is taken as isochronous).

    Examples
    --------
    >>> truth = strike(WatchSound(28_800, amplitude=270.0, lift_angle=52.0, first_beat=0.1), 10.0)
    >>> round(1e3 * float(truth.beats.drop[0] - truth.beats.unlock[0]), 3)
    7.675
    """
    if not duration > 0:
        raise DataError(Message("bench.synthesis.duration", found=f"{duration:g}"))
    number, ideal = _ideal_times(watch, duration, seed)
    amplitude = _amplitudes(watch, ideal)
    offsets = _sound_offsets(watch, number, amplitude)
    shift = _disturbances(watch, number, seed)
    scatter = _generator(seed, 3).standard_normal((number.size, 3)) * np.array(watch.sound_jitter)
    times = (ideal + shift)[:, None] + offsets[:, [0, 1, 3]] + scatter
    heard = _heard(watch, number, times, duration)
    beat_error, at_unlock, at_drop = _beat_errors(watch, amplitude)
    return Truth(
        duration=duration,
        beats_per_hour=watch.beats_per_hour,
        rate=watch.rate,
        rate_heard=_rate_heard(number[heard], times[heard, 2], watch.beats_per_hour),
        beat_error=beat_error,
        beat_error_unlock=at_unlock,
        beat_error_drop=at_drop,
        lift_angle=watch.lift_angle,
        beats=Beats(number[heard], times[heard, 0], times[heard, 1], times[heard, 2]),
        dead_centre=(ideal + shift + offsets[:, 2])[heard],
        amplitude=amplitude[heard],
    )


def time_to_drop(amplitude: npt.ArrayLike, *, lift_angle: float, beat_interval: float, dead_centre: float = 0.0) -> Times:
    """Return the time from unlock to drop, in seconds.

    Parameters
    ----------
    amplitude : array_like of float, shape (...)
        Degrees.
    lift_angle, dead_centre : float
        Degrees.
    beat_interval : float > 0
        Seconds; half an oscillation.

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> round(1e3 * float(time_to_drop(250.0, lift_angle=53.0, beat_interval=1 / 6)), 3)
    11.268
    """
    late = swing_time(dead_centre + lift_angle / 2.0, amplitude=amplitude, beat_interval=beat_interval)
    return late - swing_time(dead_centre - lift_angle / 2.0, amplitude=amplitude, beat_interval=beat_interval)


def swing_time(angle: npt.ArrayLike, *, amplitude: npt.ArrayLike, beat_interval: float) -> Times:
    """Return when the balance reaches an angle, in seconds after it passed its rest position."""
    ratio = np.asarray(angle, dtype=np.float64) / np.asarray(amplitude, dtype=np.float64)
    times: Times = beat_interval / np.pi * np.arcsin(ratio)
    return times


def _generator(seed: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose])


def _ideal_times(watch: WatchSound, duration: float, seed: int) -> tuple[npt.NDArray[np.int64], Times]:
    interval = watch.beat_interval
    first = watch.first_beat
    if first is None:
        first = _EARLIEST + interval * (0.5 + 1.5 * float(_generator(seed, 1).random()))
    last = duration if watch.stops_at is None else min(duration, watch.stops_at)
    count = max(0, int(np.floor((last - first) / interval)) + 1)
    number = np.arange(count, dtype=np.int64)
    ideal = first + number.astype(np.float64) * interval
    return number, ideal


def _amplitudes(watch: WatchSound, ideal: Times) -> Times:
    if watch.hums:
        return np.full(ideal.size, np.nan)
    least = _SHORTEST_AMPLITUDE_MARGIN * (
        watch.lift_angle / 2.0 + abs(watch.lift_difference) / 4.0 + abs(watch.dead_centre_angle)
    )
    return np.maximum(watch.amplitude - watch.amplitude_decay / 3600.0 * ideal, min(least, watch.amplitude))


def _sound_offsets(watch: WatchSound, number: npt.NDArray[np.int64], amplitude: Times) -> Times:
    """Unlock, impulse, dead centre and drop after the balance passed its rest position, shape (n, 4)."""
    if watch.hums:
        return np.zeros((number.size, 4))
    is_tock = number % 2 == 1
    lift = watch.lift_angle + watch.lift_difference * np.where(is_tock, 0.5, -0.5)
    centre = watch.dead_centre_angle * np.where(is_tock, 1.0, -1.0)
    unlock, middle, drop = (
        swing_time(centre + half * lift, amplitude=amplitude, beat_interval=watch.beat_interval) for half in (-0.5, 0.0, 0.5)
    )
    impulse = unlock + escapement(watch.escapement).impulse_at * (drop - unlock)
    return np.column_stack([unlock, impulse, middle, drop])


def _beat_errors(watch: WatchSound, amplitude: Times) -> tuple[float, float, float]:
    """Signed beat error in ms at dead centre, unlock and drop, averaged over the amplitudes that occurred."""
    if watch.hums:
        return 0.0, 0.0, 0.0
    swings = amplitude if amplitude.size else np.array([watch.amplitude])
    tick = _sound_offsets(watch, np.zeros(swings.size, dtype=np.int64), swings).mean(axis=0)
    tock = _sound_offsets(watch, np.ones(swings.size, dtype=np.int64), swings).mean(axis=0)
    unlock, _, middle, drop = (1e3 * (tock - tick)).tolist()
    return middle, unlock, drop


def _disturbances(watch: WatchSound, number: npt.NDArray[np.int64], seed: int) -> Times:
    """Return how late each beat comes for every reason but its geometry, in seconds."""
    shift = watch.jitter * _generator(seed, 2).standard_normal(number.size)
    for fault in watch.wheel_faults:
        shift += fault.offsets(number)
    if watch.tooth_offsets:
        teeth = np.array(watch.tooth_offsets)
        shift += teeth[(number // 2) % teeth.size]
    if watch.flicker:
        shift += _flicker(number.size, watch, _generator(seed, 4))
    if watch.random_walk:
        shift += _random_walk(number.size, watch, _generator(seed, 5))
    return shift


def _flicker(count: int, watch: WatchSound, generator: np.random.Generator) -> Times:
    """Phase of flicker frequency noise: the Allan deviation is sqrt(2 ln 2 h) at every averaging time."""
    interval = watch.beat_interval
    size = 2 * count
    strength = (watch.flicker / DAY) ** 2 / (2.0 * np.log(2.0))
    lines = np.fft.rfft(generator.standard_normal(size))
    frequency = np.fft.rfftfreq(size, interval)
    lines[1:] *= np.sqrt(strength / frequency[1:] / (2.0 * interval))
    lines[0] = 0.0
    phase: Times = -interval * np.cumsum(np.fft.irfft(lines, size)[:count])
    return phase


def _random_walk(count: int, watch: WatchSound, generator: np.random.Generator) -> Times:
    """Phase of random-walk frequency noise: the Allan variance is q tau / 3."""
    interval = watch.beat_interval
    density = 3.0 * (watch.random_walk / DAY) ** 2 / 3600.0
    frequency = np.cumsum(generator.standard_normal(count)) * np.sqrt(density * interval)
    phase: Times = -interval * np.cumsum(frequency)
    return phase


def _heard(watch: WatchSound, number: npt.NDArray[np.int64], times: Times, duration: float) -> npt.NDArray[np.bool_]:
    inside = (times.min(axis=1, initial=np.inf) >= 0.0) & (times.max(axis=1, initial=-np.inf) < duration)
    heard: npt.NDArray[np.bool_] = inside & ~np.isin(number, watch.silent_beats)
    return heard


def _rate_heard(number: npt.NDArray[np.int64], drop: Times, beats_per_hour: float) -> float:
    if number.size < 4:  # noqa: PLR2004 - three unknowns: start, interval, beat error
        return float("nan")
    centred = number - number.mean()
    design = np.column_stack([np.ones(number.size), centred, np.where(number % 2 == 1, 1.0, -1.0)])
    interval = float(np.linalg.lstsq(design, drop - drop.mean(), rcond=None)[0][1])
    return (3600.0 / (beats_per_hour * interval) - 1.0) * DAY
