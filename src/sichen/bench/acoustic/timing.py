# SPDX-License-Identifier: Apache-2.0
"""Timing of the beats in one window of sound.

The energy of a tick is random and only its profile in time is fixed, so the best weight for the energy of a bin is
s / (1 + s), s being the excess over the noise; its correlation with the sound is the log-likelihood of each beat's
time. Loud beats are timed one by one. Faint ones are timed together: the sum of the log-likelihoods is maximised
over first beat, interval and sway.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import POST, PRE, Sound
from sichen.bench.acoustic.line import Line, design

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

SLOW_REACH = 0.025
"""... and in a search this part of the beat, so that syllables and steps show how uneven they are."""
UNEVEN = 0.004
"""Residuals up to this part of the beat are no outliers: a clock may be that uneven."""
FEW = 12
"""Fewer beats than this are too few to call one of them an outlier."""
ANCHOR = 0.25
"""The last sound of this part of the power of the loudest is taken as the reference of a packet."""
CELL = 0.5
"""Width of a point of the profiles, in bins."""
LOUD = 10.0
"""Beats are timed one by one from this many standard deviations of the noise in the log-likelihood."""
NEVER_LATE = np.zeros(2)
ALIKE = 0.02
"""A beat that is heard has at least this part of the usual height."""
WIDEST_STEP = 8
"""Bins over which the curvature of faint beats is looked for."""
REACH = 0.0015
"""Beats are looked for this far from where they are expected, in seconds."""


@dataclass(frozen=True)
class Profile:
    """The mean packet of each side.

    Parameters
    ----------
    power : ndarray of float64, shape (2, cells)
        Mean energy, 1 for noise; ticks first.
    count : ndarray of float64, shape (2, cells)
        Bins behind each point.
    lead : float
        Seconds from the beginning of the packet to its reference, which the line follows.
    cell : float
        Seconds a point.
    wide : ndarray of float64, shape (2, cells)
        Mean energy in the wide band.
    """

    power: F64
    count: F64
    lead: float
    cell: float
    wide: F64

    def exchanged(self) -> "Profile":
        """Return the profile with tick and tock exchanged."""
        return replace(self, power=self.power[::-1], count=self.count[::-1], wide=self.wide[::-1])

    @property
    def beats(self) -> float:
        """How many packets there are behind it."""
        return 2 * float(np.median(self.count)) / CELL

    def fading(self, most: float) -> "Profile":
        """Return the same profile with no more weight than that of so many packets, so that newer ones count."""
        return self if self.beats <= most else replace(self, count=self.count * (most / self.beats))

    def add(self, other: "Profile") -> "Profile":
        """Return the mean of two profiles of the same packet."""
        count = self.count + other.count
        power = (self.power * self.count + other.power * other.count) / np.maximum(count, 1e-9)
        wide = (self.wide * self.count + other.wide * other.count) / np.maximum(count, 1e-9)
        return replace(self, power=power, count=count, wide=wide)


@dataclass(frozen=True)
class Packet:
    """The mean packets with their excess over the noise, shape (2, cells), and the seconds each side is timed late by."""

    profile: Profile
    above: F64
    late: F64


@dataclass(frozen=True)
class Fit:
    """The beats of one window.

    Parameters
    ----------
    line : Line
    numbers : ndarray of int64, shape (n,)
        All the beats that should be in the window.
    times : ndarray of float64, shape (n,)
        When each came, in seconds; NaN where it was not heard.
    origin : float
        The number of the beat in the middle, from which `covariance` counts.
    covariance : ndarray of float64, shape (3, 3)
        Of first (at `origin`), interval and sway, noise and watch together, in s².
    noise : float
        Standard deviation of the time of one beat that noise alone explains, in seconds.
    single : bool
        Whether the beats were loud enough to be timed one by one.
    strength : float
        Median height of a beat in the log-likelihood, in standard deviations of the noise.
    total : float
        Height of all beats together.
    profile : Profile
    gated : float
        Seconds that were left out because somebody knocked.
    patchy : bool
        Whether some beats are loud and more than half are missing, as in music: a faint watch is faint throughout.
    """

    line: Line
    numbers: I64
    times: F64
    origin: float
    covariance: F64
    noise: float
    single: bool
    strength: float
    total: float
    profile: Profile
    gated: float
    patchy: bool

    @property
    def heard(self) -> npt.NDArray[np.bool_]:
        """Which beats were heard."""
        return np.isfinite(self.times)

    @property
    def height(self) -> float:
        """How many standard deviations a beat rises above the noise."""
        return self.strength if self.single else max(self.total, 1.0) / float(np.sqrt(self.numbers.size))


def window_numbers(sound: Sound, line: Line) -> I64:
    """Return the beats whose middles lie in the sound."""
    margin = REACH + 0.01 * line.interval + abs(line.sway)
    first = int(np.ceil((sound.start + margin - line.first) / line.interval))
    last = int(np.floor((sound.start + sound.energy.size / sound.rate - margin - line.first) / line.interval))
    return np.arange(first, last + 1, dtype=np.int64)


def anchored(sound: Sound, line: Line) -> Line:
    """Move the reference of each side to its last strong sound, where all the beats are laid over one another."""
    from scipy.ndimage import gaussian_filter1d

    from sichen.bench.acoustic.kernels import fold

    numbers = window_numbers(sound, line)
    lead = 0.35 * line.interval
    cells = int(2 * lead * sound.rate / CELL)
    moves = []
    for side in (0, 1):
        total, count = np.zeros(cells), np.zeros(cells)
        starts = (line.times(numbers[numbers % 2 == side]) - lead - sound.start) * sound.rate
        fold(sound.energy, sound.good, starts, CELL, total, count)
        soft = gaussian_filter1d(total / np.maximum(count, 1), 0.0003 * sound.rate / CELL)
        level = soft - np.median(soft)
        spread = 1.4826 * float(np.median(np.abs(level)))
        strong = np.flatnonzero(level >= max(ANCHOR * level.max(), 8 * spread))
        at = int(np.argmax(level))
        if strong.size:
            run = strong[-1] - np.argmax(np.diff(strong[::-1], append=strong[0] - 2) < -1)
            at = int(run + np.argmax(level[run : strong[-1] + 1]))
        moves.append((at + 0.5) * CELL / sound.rate - lead)
    if abs(moves[0] - moves[1]) > 0.2 * line.interval:
        return line
    return Line(line.first + (moves[0] + moves[1]) / 2, line.interval, line.sway + (moves[0] - moves[1]) / 2)


def fold_sides(sound: Sound, line: Line, numbers: I64, times: F64 | None = None, *, like: Profile | None = None) -> Profile:
    """Average the packets of each side, about the line or about the times of the single beats."""
    from sichen.bench.acoustic.kernels import fold_both

    cells = like.power.shape[1] if like else int((PRE + POST) * line.interval * sound.rate / CELL)
    lead = like.lead if like else PRE * line.interval
    totals, count = np.zeros((2, 2, cells)), np.zeros((2, cells))
    at = line.times(numbers) if times is None else times
    kept = np.isfinite(at)
    starts = (at - lead - sound.start) * sound.rate
    for side in (0, 1):
        mine = starts[kept & (numbers % 2 == side)]
        fold_both(sound.energy, sound.wide, sound.good, mine, CELL, totals[side], count[side])
    power, broad = (np.where(count > 0, totals[:, row] / np.maximum(count, 1), 1.0) for row in (0, 1))
    return Profile(power, count, lead, CELL / sound.rate, broad)


def excess(profile: Profile, shape: float, *, smooth: float | None = None) -> F64:
    """Return the excess of the profile over the noise, smoothed as far as its noise demands, zero where there is none."""
    from scipy.ndimage import gaussian_filter1d

    out = np.zeros_like(profile.power)
    for side, (power, count) in enumerate(zip(profile.power, profile.count, strict=True)):
        level = float(np.median(power))
        spread = level / np.sqrt(shape * max(float(np.median(count)), 0.5))
        widths = (0.00025, 0.00012, 0.00006, 0.00003) if smooth is None else (smooth,)
        best = np.zeros(power.size)
        for width in widths:
            cells = width / profile.cell
            soft = gaussian_filter1d(power - level, cells, mode="nearest")
            noise = spread / np.sqrt(2 * np.sqrt(np.pi) * max(cells, 0.3))
            kept = np.where(soft > 3 * noise, soft, 0.0)
            if width != widths[0] and kept.max(initial=0.0) < 40 * noise:
                break
            best = kept
        out[side] = best / max(level, 1e-9)
    return out


def likelihoods(sound: Sound, packet: Packet, line: Line, numbers: I64, *, reach: float) -> F32:
    """Return the log-likelihood of every beat against its time about the line, one row a beat, a column a bin."""
    from sichen.bench.acoustic.kernels import correlate

    profile = packet.profile
    lags = max(3, int(np.ceil(reach * sound.rate)))
    rows = np.empty((numbers.size, 2 * lags + 1), np.float32)
    starts = (line.times(numbers) - profile.lead - sound.start) * sound.rate
    energy = np.where(sound.good, sound.energy, np.float32(1.0))
    for side in (0, 1):
        mine = np.flatnonzero(numbers % 2 == side)
        part = np.empty((mine.size, rows.shape[1]), np.float32)
        weights = sound.shape * packet.above[side] / (1 + packet.above[side])
        correlate(energy, weights, profile.cell * sound.rate, starts[mine], lags, part)
        rows[mine] = part
    return rows


def peaks(rows: F32) -> tuple[F64, F64]:
    """Return where each row is highest, in columns from the middle, and how high above its median, in spreads."""
    middle = rows.shape[1] // 2
    top = np.argmax(np.nan_to_num(rows, nan=-np.inf), axis=1)
    inner = np.clip(top, 1, rows.shape[1] - 2)
    index = np.arange(len(rows))
    left, here, right = rows[index, inner - 1], rows[index, inner], rows[index, inner + 1]
    bend = left - 2 * here + right
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.where(bend < 0, 0.5 * (left - right) / bend, 0.0)
    edge = (top == 0) | (top == rows.shape[1] - 1)
    at = np.where(edge, np.nan, inner - middle + np.clip(shift, -1, 1))
    return at.astype(np.float64), here.astype(np.float64)


def together(rows: F32, numbers: I64, origin: float) -> tuple[F64, F64]:
    """Maximise the sum of the rows over a straight line with sway.

    Returns
    -------
    ndarray of float64, shape (3,)
        Offset, slope and sway against the rows' middle, in columns.
    ndarray of float64, shape (3, 3)
        Their covariance, from the scatter of the slopes of the rows: noise and watch together.
    """
    columns = design(numbers, origin)
    middle = rows.shape[1] // 2
    index = np.arange(len(rows))
    usable = np.isfinite(rows[:, 0])
    side = numbers % 2
    rows = np.nan_to_num(rows)
    theta = _coarse(rows, columns, usable)
    covariance = np.full((3, 3), np.inf)
    width = 1
    for _ in range(12):
        while True:
            at = np.clip(columns @ theta, -middle + width + 0.5, middle - width - 0.5)
            near = np.rint(at).astype(int) + middle
            left, here, right = rows[index, near - width], rows[index, near], rows[index, near + width]
            bend = (left - 2 * here + right) / width**2
            slope = 0.5 * (right - left) / width + bend * (at + middle - near)
            curvature = np.array([-bend[usable & (side == which)].mean() for which in (0, 1)])
            if (curvature > 0).all():
                break
            # deep in noise the top is rough from bin to bin, and round only when it is seen from farther away
            width *= 2
            if width > min(WIDEST_STEP, middle // 2):
                return theta, np.full((3, 3), np.inf)
        used = columns[usable]
        inverse = np.linalg.inv(used.T @ (used * curvature[side[usable], None]))
        move = inverse @ (used.T @ slope[usable])
        largest = float(np.abs(columns @ move).max())
        theta = theta + move * min(1.0, 2.0 / max(largest, 1e-12))
        scatter = used.T @ (used * slope[usable, None] ** 2)
        covariance = inverse @ scatter @ inverse
        if largest < 0.003:  # noqa: PLR2004 - far below any uncertainty
            break
    return theta, covariance


def _coarse(rows: F32, columns: F64, usable: npt.NDArray[np.bool_]) -> F64:
    """Find the best offset and slope on a grid, beats taken in up to 32 groups."""
    middle = rows.shape[1] // 2
    groups = [part for part in np.array_split(np.flatnonzero(usable), min(32, max(1, int(usable.sum())))) if part.size]
    sums = np.stack([rows[part].sum(axis=0, dtype=np.float64) for part in groups])
    places = np.array([columns[part, 1].mean() for part in groups])
    extent = max(np.abs(places).max(), 1e-9)
    best, theta = -np.inf, np.zeros(3)
    half = min(max(1, middle // 2), 24)
    most = min(middle - half - 1, 48)
    for slip in np.arange(-most, most + 1):
        drift = np.rint(slip * places / extent).astype(int)
        for offset in range(-half, half + 1):
            value = sums[np.arange(len(groups)), middle + drift + offset].sum()
            if value > best:
                best, theta = value, np.array([offset, slip / extent, 0.0])
    return theta


def robust_line(at: F64, numbers: I64, origin: float, *, uneven: float) -> tuple[F64, F64, float]:
    """Fit offset, slope and sway to the times of single beats, by Huber's rule; a few beats are all believed.

    Parameters
    ----------
    at : ndarray of float64, shape (n,)
        NaN where a beat was not heard.
    numbers : ndarray of int64, shape (n,)
    origin : float
    uneven : float
        Residuals up to this are never called outliers.

    Returns
    -------
    ndarray of float64, shape (3,)
    ndarray of float64, shape (n,)
        Residuals; NaN for outliers too.
    float
        Standard deviation of one beat, outliers aside, enlarged where few beats make it doubtful.
    """
    from sichen.bench.acoustic.kernels import normal_equations

    kept = np.isfinite(at)
    few = kept.sum() < FEW
    place: F64 = np.asarray(numbers - origin, np.float64)
    side: F64 = np.asarray(1.0 - 2.0 * (numbers % 2), np.float64)
    theta = np.array([np.nanmedian(at), 0.0, 0.0])
    values = np.where(kept, at, 0.0)
    residuals: F64 = np.asarray(values - theta[0], np.float64)
    weights = kept.astype(np.float64)
    for _ in range(15):
        matrix, right = normal_equations(place, side, residuals, weights)
        move = np.linalg.lstsq(matrix, right, rcond=None)[0]
        theta = theta + move
        residuals = np.asarray(values - (theta[0] + theta[1] * place + theta[2] * side), np.float64)
        scale = 1.4826 * float(np.median(np.abs(residuals[kept]))) + 1e-12
        if few or abs(move[0]) + abs(move[1]) * max(place[-1], -place[0]) + abs(move[2]) < 1e-3 * scale:
            break
        weights = np.where(kept, np.minimum(1.0, 2.5 * scale / np.maximum(np.abs(residuals), 1e-15)), 0.0)
        weights = np.where(np.abs(residuals) > max(8 * scale, uneven), 0.0, weights)
    inside = kept & (few | (np.abs(residuals) <= max(8 * scale, uneven)))
    free = float(inside.sum()) - 3.0
    limited = residuals[inside] if few else np.clip(residuals[inside], -2.5 * scale, 2.5 * scale)
    sigma = float(np.sqrt(np.sum(limited**2) / max(free, 0.5))) * (1 + 0.7 / max(free, 0.5) ** 1.3)
    # the mean packet of a side holds the beat that is timed by it, and draws it to where the others are
    each = max(0.5 * float(inside.sum()), 2.0)
    sigma *= each / (each - 1.0)
    return theta, np.where(inside, residuals, np.nan), max(sigma, 1e-12)


def fit_window(
    sound: Sound,
    line: Line,
    *,
    known: Profile | None = None,
    late: F64 = NEVER_LATE,
    passes: int = 4,
    after: int | None = None,
    before: int | None = None,
) -> Fit | None:
    """Time the beats of a window.

    Parameters
    ----------
    sound : Sound
    line : Line
        Where the beats are expected, to about a millisecond.
    known : Profile, optional
        What the packets of this watch look like; found from the window itself when not given.
    late : ndarray of float64, shape (2,)
        Seconds by which the known packets time the beats of each side late.
    passes : int
        How often profile and line are improved by turns.
    after : int, optional
        Beats up to this number were timed before.
    before : int, optional
        Beats from this number lie elsewhere.

    Returns
    -------
    Fit or None
        None when there are too few beats or nothing rises out of the noise.
    """
    numbers = window_numbers(sound, line)
    numbers = numbers if after is None else numbers[numbers > after]
    numbers = numbers if before is None else numbers[numbers < before]
    if numbers.size < 4:  # noqa: PLR2004 - three unknowns
        return None
    fit: Fit | None = None
    for turn in range(passes):
        aligned = fit.times if fit is not None and fit.single and fit.strength > 2 * LOUD else None
        profile = known or fold_sides(sound, line, numbers, aligned)
        above = excess(profile, sound.shape, smooth=0.0005 if turn == 0 and known is None else None)
        if not above.any(axis=1).all():
            return None
        reach = REACH if known is not None else max(REACH if turn else 2 * REACH, SLOW_REACH * line.interval)
        fit = _fit_once(sound, Packet(profile, above, late), line, numbers, reach=reach)
        if fit is None:
            return None
        line = fit.line
        if known is not None and fit.single:
            break
    return fit


def _fit_once(sound: Sound, packet: Packet, line: Line, numbers: I64, *, reach: float) -> Fit | None:
    rows = likelihoods(sound, packet, line, numbers, reach=reach)
    origin = float(numbers.mean().round())
    at, height = peaks(rows)
    at -= packet.late[numbers % 2] * sound.rate
    strength, total = _strengths(rows, height, packet, sound, numbers)
    by_side = [float(np.nanmedian(strength[numbers % 2 == side])) for side in (0, 1)]
    single = min(by_side) > LOUD
    if single:
        # what is heard of a far louder sound that came much too early or late is no beat
        at = np.where(strength > np.maximum(0.4 * LOUD, ALIKE * np.array(by_side))[numbers % 2], at, np.nan)
        if np.isfinite(at).sum() < 4:  # noqa: PLR2004 - three unknowns
            return None
        theta, residuals, sigma = robust_line(at, numbers, origin, uneven=UNEVEN * line.interval * sound.rate)
        at = np.where(np.isfinite(residuals), at, np.nan)
        used = design(numbers, origin)[np.isfinite(at)]
        covariance = np.asarray(sigma**2 * np.linalg.pinv(used.T @ used), np.float64)
    else:
        theta, covariance = together(rows, numbers, origin)
        theta -= np.array([packet.late.mean(), 0.0, 0.5 * (packet.late[0] - packet.late[1])]) * sound.rate
    if not np.isfinite(covariance).all():
        return None
    bin_s = 1 / sound.rate
    moved = Line(
        line.first + (theta[0] - theta[1] * origin) * bin_s, line.interval + theta[1] * bin_s, line.sway + theta[2] * bin_s
    )
    times = line.times(numbers) + at * bin_s
    if not single:
        times = np.where(strength > 0.5 * LOUD, times, np.nan)
    noise = _noise_of_one(packet.above, packet.profile, sound)
    gated = float(np.count_nonzero(~sound.good)) / sound.rate
    strong = [float(np.nanquantile(strength[numbers % 2 == side], 0.8)) for side in (0, 1)]
    patchy = any(high > 5 * LOUD and usual < LOUD for high, usual in zip(strong, by_side, strict=True))
    return Fit(
        moved, numbers, times, origin, covariance * bin_s**2, noise, single, min(by_side), total, packet.profile, gated, patchy
    )


def _strengths(rows: F32, height: F64, packet: Packet, sound: Sound, numbers: I64) -> tuple[F64, float]:
    """Return how far every beat, and all of them at the line, rise above what noise gives, in standard deviations."""
    weights = sound.shape * packet.above / (1 + packet.above)
    per_bin = packet.profile.cell * sound.rate
    mean = weights.sum(axis=1) * per_bin
    spread = np.sqrt((weights**2).sum(axis=1) * per_bin / sound.shape)
    side = numbers % 2
    each = (height - mean[side]) / spread[side]
    on_line = np.nan_to_num(rows[:, rows.shape[1] // 2] - mean[side])
    return each, float(on_line.sum() / np.sqrt((spread[side] ** 2).sum()))


def _noise_of_one(above: F64, profile: Profile, sound: Sound) -> float:
    """Return the standard deviation that noise and the randomness of the tick leave to the time of one beat."""
    slope = np.diff(np.log1p(above), axis=1) / profile.cell
    information = sound.shape * (slope**2).sum(axis=1) * profile.cell * sound.rate
    return float(np.sqrt(np.mean(1 / np.maximum(information, 1e-9))))
