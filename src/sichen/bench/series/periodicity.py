# SPDX-License-Identifier: Apache-2.0
"""What comes back in the beats: wheels, counted in beats and named where the train is known."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sichen.bench.series.train import Train
from sichen.core import JSON, Figure, Message

Values = npt.NDArray[np.float64]

HARMONICS = (1, 2, 4, 8, 16, 32)
FAP = 1e-6
_FEWEST = 256  # beats
_TURNS = 8  # that a period must come back in the run
_SHORTEST = 2.02  # beats: at two, beat error stands
_FAR = 8.0  # robust standard deviations
_STRAY = 1e-3  # s: no tooth is so far out, a knock is
_FLANK = 0.05  # of the run at each end
_MOST = 24  # passes
_RISE = 2.5  # times the line before: a harmonic is not larger by more
_SURE = 6.0  # standard deviations: a line that is a wheel's own
_ALONE = 9.0  # e^-9: chance of one line in a spectrum of noise


@dataclass(frozen=True)
class Periodicity:
    """One thing that comes back.

    Parameters
    ----------
    period : float
        Beats of one turn.
    period_u : float
        Standard uncertainty in beats.
    amplitude : Figure, µs
        Of the sine wave of the same power: √2 times the effective value of the timing wave.
    swing : Figure, s/d
        Amplitude of the rate that goes with it, of the fundamental alone.
    harmonics : tuple of float
        Amplitude of each harmonic, µs, the fundamental first.
    false_alarm_probability : float
        Chance that white jitter would show a wave as strong anywhere in the spectrum.
    seconds : float
        Period in seconds at the measured beat interval.
    wheel : str or None
        Name in the train, when a wheel fits.
    order : int
        Which harmonic of the wheel the period is; 1 is one turn.
    """

    period: float
    period_u: float
    amplitude: Figure
    swing: Figure
    harmonics: tuple[float, ...]
    false_alarm_probability: float
    seconds: float
    wheel: str | None = None
    order: int = 1

    @property
    def message(self) -> Message:
        """The entry in words, without the name of its wheel."""
        size = {
            "period": f"{self.period:.4g}",
            "seconds": f"{self.seconds:.4g}",
            "amplitude": f"{self.amplitude.value or 0:.3g}",
        }
        return Message("bench.periodicity.found", **size)

    def to_json(self) -> dict[str, JSON]:
        """Return the entry as plain JSON."""
        return {
            "period_beats": self.period,
            "period_u_beats": self.period_u,
            "period_s": self.seconds,
            "amplitude_us": self.amplitude.value,
            "amplitude_u_us": self.amplitude.u,
            "swing_s_per_d": self.swing.value,
            "harmonics_us": list(self.harmonics),
            "false_alarm_probability": self.false_alarm_probability,
            "wheel": self.wheel,
            "order": self.order,
        }


def find_periodicities(
    number: npt.ArrayLike,
    residual: npt.ArrayLike,
    *,
    beat_interval: float,
    segment: npt.ArrayLike | None = None,
    train: Train | None = None,
    grid: float = 0.0,
) -> tuple[Periodicity, ...]:
    """Find everything that comes back in a row of beats.

    Parameters
    ----------
    number : array_like of int, shape (n,)
        Which beat each is.
    residual : array_like of float, shape (n,)
        Seconds late of a straight line, beat error removed; NaN where there is none.
    beat_interval : float > 0
        Seconds.
    segment : array_like of int, shape (n,), optional
        Stretch of unbroken phase; only the longest is searched, because no wheel keeps its place across a
        pause that nobody counted.
    train : Train, optional
        Names the wheels.
    grid : float >= 0
        Step of rounded times, seconds: the beats of rounding are not taken for a wheel.

    Returns
    -------
    tuple of Periodicity
        Strongest first; empty for fewer than 256 beats. Each has a false-alarm probability below 1e-6.

    Notes
    -----
    The spectrum of the differences of successive beats, divided by its local median, is summed over 1, 2, 4 …
    32 harmonics of every trial period (H-test). The best comb is fitted, taken off with all its harmonics,
    and the search repeated: wheel ratios are whole numbers, and one fault would otherwise appear several
    times. What is left of a comb after that joins its first entry.

    Examples
    --------
    >>> k = np.arange(4000)
    >>> late = 20e-6 * np.sin(2 * np.pi * k / 40) + np.random.default_rng(1).normal(0, 30e-6, k.size)
    >>> [(round(wave.period, 1), wave.wheel) for wave in find_periodicities(k, late, beat_interval=0.125, train=Train(20))]
    [(40.0, 'escape_wheel')]
    """
    row = beat_row(number, residual, segment)
    if row.size < _FEWEST:
        return ()
    steps = np.diff(row)
    steps -= steps.mean()
    waves: list[_Comb] = []
    for _ in range(_MOST):
        comb = _strongest(steps)
        if comb is None:
            break
        waves.append(comb)
    kept = [comb for comb in _joined(waves) if not _is_rounding(comb, grid, beat_interval, row.size)]
    if train is not None:
        kept = [part for comb in kept for part in _by_wheel(comb, train)]
    entries = [_entry(comb, beat_interval, train, row.size) for comb in kept]
    return tuple(sorted(_one_a_wheel(entries), key=lambda entry: -(entry.amplitude.value or 0.0)))


def longest_stretch(
    number: npt.ArrayLike, residual: npt.ArrayLike, segment: npt.ArrayLike | None = None
) -> tuple[npt.NDArray[np.int64], Values]:
    """Return numbers and residuals of the longest stretch of unbroken phase, without what is missing."""
    k, x = np.asarray(number, dtype=np.int64), np.asarray(residual, dtype=np.float64)
    chosen = np.isfinite(x)
    if segment is not None and chosen.any():
        parts = np.asarray(segment, dtype=np.int64)
        chosen &= parts == np.argmax(np.bincount(parts[chosen]))
    return k[chosen], x[chosen]


def beat_row(number: npt.ArrayLike, residual: npt.ArrayLike, segment: npt.ArrayLike | None = None) -> Values:
    """Return the residuals of the longest stretch, one a beat, strays and missing beats filled by a straight line."""
    k, x = longest_stretch(number, residual, segment)
    if k.size < _FEWEST:
        return np.zeros(0)
    level = np.interp(k, k[4:-4], np.convolve(x, np.ones(9) / 9, mode="valid"))
    rest = x - level
    good = np.abs(rest) <= max(_FAR * 1.4826 * float(np.median(np.abs(rest))), _STRAY)
    every = np.arange(k[0], k[-1] + 1)
    return np.asarray(np.interp(every, k[good], x[good]), dtype=np.float64)


def log_gamma_tail(total: npt.ArrayLike, count: int) -> npt.NDArray[np.float64]:
    """Return the logarithm of the chance that `count` unit exponentials sum to more than `total`.

    Notes
    -----
    exp(−s) Σ s^j/j! over j below `count`, summed in logarithms so that it never underflows.

    Examples
    --------
    >>> round(float(log_gamma_tail(20.0, 1)), 6)
    -20.0
    """
    from scipy.special import gammaln, logsumexp

    s = np.atleast_1d(np.maximum(np.asarray(total, dtype=np.float64), 1e-300))
    j = np.arange(count)[:, None]
    out: npt.NDArray[np.float64] = np.minimum(logsumexp(j * np.log(s) - gammaln(j + 1), axis=0) - s, 0.0)
    return out[0] if np.ndim(total) == 0 else out


@dataclass(frozen=True)
class _Comb:
    """A fitted comb: frequency in turns a beat, its uncertainty, amplitudes in seconds, noise of one amplitude."""

    frequency: float
    spread: float
    lines: Values
    noise: float
    chance: float


def _strongest(steps: Values) -> _Comb | None:
    """Find the strongest comb, take it off `steps` in place, and return it."""
    from scipy.fft import next_fast_len, rfft

    from sichen.bench.series.kernels import best_comb, subtract_wave

    length = next_fast_len(2 * steps.size, real=True)
    taper = _taper(steps.size)
    spectrum = np.abs(rfft(steps * taper, length)) ** 2
    fine = length / steps.size
    noise, weight = _local_noise(spectrum, fine)
    score = weight * np.log1p(spectrum / noise / weight)
    lowest, highest = _TURNS * fine, length / _SHORTEST
    score[: int(lowest)] = 0.0
    score[int(highest) :] = 0.0
    score = score[: int(highest) + 1]
    best: tuple[float, float, int] = (0.0, 0.0, 1)
    for count in HARMONICS:
        total, where = best_comb(score, lowest, count, 2)
        log = float(log_gamma_tail(total, count)) if total > 0 else 0.0
        if log < best[0]:
            best = (log, where, count)
    log = best[0] + math.log(2.0 * steps.size * len(HARMONICS))
    if log > math.log(FAP):
        return None
    frequency, lines, spread, level = _fit(steps * taper, best[1] / length, best[2], noise, fine)
    for harmonic, line in enumerate(lines, start=1):
        subtract_wave(steps, frequency * harmonic, complex(line))
    # A step is the wave one beat on minus the wave: its amplitude is 2 sin(πf) times that of the wave.
    gain = 2 * np.sin(np.pi * frequency * np.arange(1, len(lines) + 1))
    return _Comb(frequency, spread, np.abs(lines) / gain, level, math.exp(max(log, -690.0)))


def _taper(size: int) -> Values:
    """Return a window with cosine flanks: cut off sharply, the jitter of the two end beats would cover slow wheels."""
    flank = max(1, int(_FLANK * size))
    rise = np.sin(np.pi / 2 * (np.arange(flank) + 0.5) / flank) ** 2
    return np.concatenate([rise, np.ones(size - 2 * flank), rise[::-1]])


def _local_noise(spectrum: Values, fine: float) -> tuple[Values, Values]:
    """Return the mean noise power around each line, and how many independent lines stand behind it.

    Medians over stretches that grow with frequency: wheels are narrow and do not lift a median, and the
    slope of wander is followed.
    """
    natural = spectrum[:: max(1, round(fine))]
    edges = [1.0]
    while edges[-1] < natural.size - 1:
        edges.append(min(edges[-1] + float(np.clip(edges[-1] / 2, 16, 512)), natural.size - 1.0))
    bounds = np.asarray(edges).astype(np.int64)
    if bounds.size > 2 and bounds[-1] - bounds[-2] < 8:  # noqa: PLR2004 - a stump joins its neighbour
        bounds = np.delete(bounds, -2)
    parts = [natural[a:b] for a, b in pairwise(bounds)]
    centre = (bounds[:-1] + bounds[1:]) / 2
    level = np.array([max(float(np.median(part)), 1e-300) / math.log(2) for part in parts])
    size = np.array([part.size for part in parts])
    place = np.arange(spectrum.size) / max(1, round(fine))
    # Straight in both logarithms: the spectrum of wander is a power of frequency.
    noise = np.exp(np.interp(np.log(np.maximum(place, 1.0)), np.log(centre), np.log(level)))
    # A median is worth half as many lines as a mean; between two stretches both lend theirs.
    return noise, np.asarray(np.interp(place, centre, size / 2.0), dtype=np.float64)


def _fit(
    steps: Values, frequency: float, count: int, noise: Values, fine: float
) -> tuple[float, npt.NDArray[np.complex128], float, float]:
    """Refine a comb and return frequency, complex amplitudes, frequency uncertainty and noise of a wave amplitude."""
    from scipy.optimize import minimize_scalar

    from sichen.bench.series.kernels import block_phasors

    size, weight = steps.size, float(_taper(steps.size).sum())
    most = max(count, min(int(0.5 / frequency - 1e-9), 2 * count))
    orders = np.arange(1, most + 1)
    blocks = min(64, size // 4)
    middle = (np.arange(blocks) + 0.5) / blocks * size
    sums = np.array([block_phasors(steps, frequency * h, blocks) for h in orders])
    floor = noise[np.clip(np.round(orders * frequency * size * fine).astype(np.int64), 0, noise.size - 1)]

    def lines_at(shift: float) -> npt.NDArray[np.complex128]:
        turned = np.exp(-2j * np.pi * shift * np.outer(orders, middle))
        return np.asarray(2 / weight * np.sum(sums * turned, axis=1), dtype=np.complex128)

    def power_at(shift: float) -> Values:
        return np.asarray(np.abs(lines_at(shift)) ** 2 * weight**2 / 4 / floor, dtype=np.float64)

    def refined(chosen: npt.NDArray[np.bool_]) -> float:
        width = 0.6 / (size * float(orders[chosen].max()))

        def score(shift: float) -> float:
            return -float(np.sum(power_at(shift)[chosen]))

        return float(minimize_scalar(score, bounds=(-width, width), method="bounded", options={"xatol": width * 1e-6}).x)

    first = power_at(refined(orders <= count))
    # In timing, not in its steps: the lines of one bad tooth are then equal, those of a bent wheel fall.
    chosen = _chain(first, np.sqrt(first * floor) / orders, count, size)
    shift = refined(chosen)
    common = math.gcd(*(int(order) for order in orders[chosen]))
    if common > 1:
        # Only every second (third …) harmonic is there: the wave itself is that much faster.
        return _fit(steps, (frequency + shift) * common, max(1, count // common), noise, fine)
    last = int(np.flatnonzero(chosen)[-1]) + 1
    lines, power, orders = np.where(chosen, lines_at(shift), 0)[:last], power_at(shift)[:last], orders[:last]
    # Cramér–Rao: var f = 6 / (4π² n² Σ h² · power over noise).
    information = float(np.sum((orders**2 * power)[chosen[:last]]))
    gain = 2 * np.sin(np.pi * frequency * orders)
    level = float(np.sqrt(np.mean(2 * floor[:last] / weight**2 / gain**2)))
    return frequency + shift, lines, math.sqrt(6 / information) / (2 * math.pi * weight), level


def _chain(power: Values, size_of: Values, count: int, size: int) -> npt.NDArray[np.bool_]:
    """Choose the harmonics that hang together.

    Lines that stand out by themselves are taken from the first on, as long as they follow closely and do not rise:
    a faster wheel is a far harmonic of a slower one, with nothing between, or with little. Where no line stands
    out, all of the comb that was found are taken.
    """
    alone = power > math.log(size) + _ALONE
    if not alone.any():
        return np.arange(1, power.size + 1) <= count
    reached = 0
    chosen = np.zeros(power.size, dtype=np.bool_)
    for order in np.flatnonzero(alone) + 1:
        if reached and (order > _reach(reached) or _rises(size_of[order - 1], size_of[:reached])):
            break
        chosen[order - 1] = True
        reached = int(order)
    return chosen


def _reach(order: int) -> int:
    """Return the farthest order that may follow one: every second is missing where the two halves of a turn mirror."""
    return order + max(2, order // 2)


def _rises(size: float, before: Values) -> bool:
    """Tell whether a line is too large to follow the lines before it."""
    return bool(size > _RISE * np.max(before[before.size // 2 :]))


def _joined(waves: list[_Comb]) -> list[_Comb]:
    """Let the remains of a comb join the entry that they are harmonics of."""
    kept: list[_Comb] = []
    for wave in waves:
        size = float(np.max(wave.lines))
        home = next(
            (i for i, first in enumerate(kept) if _belongs(wave, first) and not _rises(size, _lines_below(wave, first))), None
        )
        if home is None:
            kept.append(wave)
            continue
        first = kept[home]
        order = round(wave.frequency / first.frequency)
        lines = np.zeros(max(first.lines.size, order * wave.lines.size))
        lines[: first.lines.size] = first.lines
        places = order * np.arange(1, wave.lines.size + 1) - 1
        lines[places] = np.hypot(lines[places], wave.lines)
        kept[home] = _Comb(first.frequency, first.spread, lines, first.noise, min(first.chance, wave.chance))
    return kept


def _belongs(wave: _Comb, first: _Comb) -> bool:
    ratio = wave.frequency / first.frequency
    order = round(ratio)
    allowed = 4 * (wave.spread + max(order, 1) * first.spread)
    return 1 <= order <= _reach(first.lines.size) and abs(wave.frequency - order * first.frequency) <= allowed


def _lines_below(wave: _Comb, first: _Comb) -> Values:
    """Return the lines of a comb up to the one where another begins."""
    return first.lines[: max(1, round(wave.frequency / first.frequency))]


def _by_wheel(comb: _Comb, train: Train) -> list[_Comb]:
    """Give a faster wheel of the train the lines that are its own turn and its harmonics."""
    lines, taken = comb.lines.copy(), []
    for turn in train.periods.values():
        ratio = 1 / (comb.frequency * float(turn))
        order = round(ratio)
        close = abs(ratio - order) <= max(4 * comb.spread / comb.frequency, 1e-6) * order
        # Of one line its noise: that of the comb is mostly the first line's.
        noise = comb.noise * math.sqrt(comb.lines.size) / max(order, 1)
        if order > 1 and close and order <= lines.size and lines[order - 1] > _SURE * noise:
            taken.append(
                _Comb(comb.frequency * order, comb.spread * order, lines[order - 1 :: order].copy(), noise, comb.chance)
            )
            lines[order - 1 :: order] = 0.0
    if not taken:
        return [comb]
    left = np.flatnonzero(lines)
    rest = [_Comb(comb.frequency, comb.spread, lines[: left[-1] + 1], comb.noise, comb.chance)] if left.size else []
    return [*rest, *taken]


def _is_rounding(comb: _Comb, grid: float, beat_interval: float, size: int) -> bool:
    """Tell whether a wave is the beat between the watch and the grid that its times were rounded to."""
    if grid <= 0:
        return False
    for order in range(1, 9):
        turn = (order * beat_interval / grid) % 1.0
        for alias in (turn, 1 - turn, abs(turn - 0.5)):
            if abs(comb.frequency - alias) < 2 / size:
                return True
    return False


def _entry(comb: _Comb, beat_interval: float, train: Train | None, size: int) -> Periodicity:
    period = 1 / comb.frequency
    spread = comb.spread * period**2
    named = train.name(period, max(4 * spread, 1e-6 * period) + 0.02 * period**2 / size) if train else None
    used = comb.lines[comb.lines > 0]
    amplitude = math.sqrt(float(np.sum(used**2)))
    first = float(comb.lines[0])
    swing = 2 * math.pi / (period * beat_interval) * 86400
    return Periodicity(
        period=period,
        period_u=spread,
        amplitude=Figure(amplitude * 1e6, comb.noise * 1e6, "µs"),
        swing=Figure(first * swing, comb.noise * swing, "s/d"),
        harmonics=tuple(float(line) * 1e6 for line in comb.lines),
        false_alarm_probability=comb.chance,
        seconds=period * beat_interval,
        wheel=named[0] if named else None,
        order=named[1] if named else 1,
    )


def _one_a_wheel(entries: list[Periodicity]) -> list[Periodicity]:
    """Fold the entries of one wheel into that of its lowest order."""
    kept: list[Periodicity] = []
    for entry in sorted(entries, key=lambda one: one.order):
        home = next((i for i, first in enumerate(kept) if entry.wheel and first.wheel == entry.wheel), None)
        if home is None:
            kept.append(entry)
            continue
        first = kept[home]
        both = math.hypot(first.amplitude.value or 0.0, entry.amplitude.value or 0.0)
        fields = {**first.__dict__, "amplitude": Figure(both, first.amplitude.u, "µs")}
        kept[home] = Periodicity(**fields)
    return kept
