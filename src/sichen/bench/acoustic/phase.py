# SPDX-License-Identifier: Apache-2.0
"""From a repetition to beats: one or two a repetition, where they lie, and whether they are really there.

A comb in the spectrum says that something repeats. Clocks may be out of beat by a sixth of the beat, loops repeat
after eight beats, and a hum repeats too; so the sound is folded and looked at in time.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.detection import Comb, log10_gamma_tail

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

POINTS = 1200
"""Points of a folded repetition."""
SECOND = 0.3
"""A second packet in a repetition is a beat when it rises to this part of the first, on the compressed scale."""
WIDEST = 0.3
"""A packet longer than this part of the beat is no tick: a hum, a voice, a siren."""
LOUDER = 0.3
"""A beat is the loudest thing between its neighbours when its compressed energy exceeds all else by this."""
MOST = 0.75
FARTHEST_SLIP = 0.04
"""Parts of a beat by which the comb may be wrong over the whole sound."""
MANY_TOPS = 4
"""A fold that is like itself at so many shifts within a beat is that of a hum."""
FASTEST_BEAT = 1 / 21.5
TRIALS = 3.6
"""Decimal logarithm of the phases and repetitions from which the best was taken."""


@dataclass(frozen=True)
class Beating:
    """Beats that were found, before they are timed.

    Parameters
    ----------
    interval : float
        Mean beat interval, in seconds.
    first : float
        Time of the loudest point of the first packet, in seconds.
    limp : float
        The second packet comes this much later than half of a repetition, in seconds.
    log10_chance : float
        Logarithm of the chance that a sound without beats gave as much.
    z : float
        Height of the comb.
    width : float
        Length of a packet as a part of the beat.
    """

    interval: float
    first: float
    limp: float
    log10_chance: float
    z: float
    width: float


def resolve(score: F32, found: Comb, *, rate: float) -> Beating | None:
    """Tell beats from repetitions and test them in time.

    Parameters
    ----------
    score : ndarray of float32, shape (n,)
        Compressed energies.
    found : Comb
    rate : float
        Bins a second.

    Returns
    -------
    Beating or None
        None when what repeats is no row of short sounds.
    """
    period = 1 / found.frequency
    profile = _fold(score, period * rate)
    division = _division(profile)
    if division > 2:  # noqa: PLR2004 - a loop of several beats
        period *= 2 / division
        profile = _fold(score, period * rate)
    while (half := _half(score, profile, period * rate)) is not None:
        period, profile = period / 2, half
    first, second, width = _packets(profile)
    if second is None:
        interval, limp, packets = period, 0.0, [first]
        width *= 1.0
    else:
        interval, limp, packets = period / 2, (second - first - 0.5) * period, [first, second]
        width *= 2.0
    if interval < FASTEST_BEAT or width > WIDEST or _hums(profile, len(packets)):
        return None
    groups = _groups(score, [at * period * rate for at in packets], period * rate, interval * rate)
    chance = _rank_test(groups)
    slip = _slip(groups) * interval
    better = interval + slip / (score.size / rate / interval)
    begin = first * period - 0.5 * slip
    return Beating(better, begin, limp, max(chance, found.log10_chance), found.z, width)


def _fold(score: F32, period: float) -> F64:
    """Average the score over repetitions; the points of the result are a repetition long in all."""
    from sichen.bench.acoustic.kernels import fold

    cells = int(min(POINTS, max(16, period)))
    total, count = np.zeros(cells), np.zeros(cells)
    starts = np.arange(0, score.size, period)
    fold(score, np.ones(score.size, np.bool_), starts, period / cells, total, count)
    return np.asarray(total / np.maximum(count, 1), np.float64)


def _smooth(profile: F64, width: int) -> F64:
    if width <= 1:
        return profile
    wrapped = np.concatenate([profile[-width:], profile, profile[:width]])
    sums = np.cumsum(wrapped)
    start = width - width // 2 - 1
    return np.asarray((sums[start + width : start + width + profile.size] - sums[start : start + profile.size]) / width)


def _division(profile: F64) -> int:
    """Tell how many like parts a repetition has, when there are three or more."""
    level = profile - np.median(profile)
    for parts in range(12, 2, -1):
        smooth = _smooth(level, max(1, int(0.08 * profile.size / parts)))
        smooth = smooth - smooth.mean()
        spectrum = np.fft.rfft(smooth)
        likeness = np.fft.irfft(np.abs(spectrum) ** 2, profile.size)
        likeness /= max(likeness[0], 1e-30)
        reach = max(1, int(0.04 * profile.size / parts))
        lags = [round(i * profile.size / parts) for i in range(1, parts // 2 + 1)]
        if min(likeness[lag - reach : lag + reach + 1].max() for lag in lags) > 0.6:  # noqa: PLR2004 - alike
            return parts
    return 1


def _hums(profile: F64, beats: int) -> bool:
    """Tell whether the sound repeats many times within a beat: a hum, whose fold at any multiple looks like a beat."""
    from scipy.signal import find_peaks

    level = profile - profile.mean()
    spectrum = np.fft.rfft(level)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2, profile.size)
    likeness /= max(likeness[0], 1e-30)
    beat = profile.size // beats
    inside = likeness[int(0.04 * beat) : int(0.96 * beat)]
    tops, _ = find_peaks(inside, height=0.5, prominence=0.2)
    return len(tops) >= MANY_TOPS


def _half(score: F32, profile: F64, period: float) -> F64 | None:
    """Return the fold over half of the period, when both halves are alike and each holds two beats."""
    level = _smooth(profile, max(2, profile.size // 200))
    level = level - level.mean()
    if not np.corrcoef(level, np.roll(level, profile.size // 2))[0, 1] > 0.8:  # noqa: PLR2004 - alike
        return None
    folded = _fold(score, period / 2)
    first, second, _ = _packets(folded)
    across = second is not None and abs(second - first - 0.5) < 0.12  # noqa: PLR2004 - a beat, not a double sound
    return folded if across else None


def _packets(profile: F64) -> tuple[float, float | None, float]:
    """Find the loudest packet and, across from it, a second; positions and length as parts of the repetition."""
    size = profile.size
    smooth = _smooth(profile, max(2, size // 150))
    level = smooth - np.median(smooth)
    first = int(np.argmax(level))
    across = (first + np.arange(int(0.3 * size), int(0.7 * size))) % size
    second = int(across[np.argmax(level[across])])
    height = level[second] / max(level[first], 1e-30)
    width = float(np.count_nonzero(level > 0.5 * level[first]) / size)
    if height < SECOND:
        return first / size, None, width
    both = np.count_nonzero(level > 0.5 * np.minimum(level[first], level[second])) / size
    gap = (second - first) % size
    return first / size, (first + gap) / size, float(both / 2)


def _slip(groups: F64) -> float:
    """Return by how much of a beat the packets drift from the first group to the last, found by laying them straight."""
    count = len(groups)
    if count < 8:  # noqa: PLR2004 - the comb knows better
        return 0.0
    spectrum = np.fft.rfft(groups, axis=1)
    place = (np.arange(count) - 0.5 * (count - 1)) / (count - 1)
    kept = np.arange(1, min(spectrum.shape[1], 64))
    slips = np.arange(-FARTHEST_SLIP, FARTHEST_SLIP + 1e-9, 0.25 / 64)
    turns = np.exp(2j * np.pi * place[None, :, None] * slips[:, None, None] * kept[None, None, :])
    power = (np.abs((turns * spectrum[None, :, kept]).sum(axis=1)) ** 2).sum(axis=1)
    return float(slips[np.argmax(power)])


def _rank_test(groups: F64) -> float:
    """Return the log of the chance that every part of the sound beats in step with all the others.

    The sound was cut into up to sixteen groups of beats. The fold of all other groups is the template for one; its
    place among all shifts within the beat is uniform when nothing beats, however loud a knock is. Long sounds have
    few independent places; only where each beat is the loudest thing between its neighbours, as of a clock in a
    quiet room, is every shift counted.
    """
    if len(groups) < 4:  # noqa: PLR2004 - two ticks are always periodic
        return 0.0
    size = groups.shape[1]
    gap = np.minimum(np.arange(size), size - np.arange(size))
    elsewhere = gap > 0.12 * size
    total = groups.sum(axis=0)
    alone = np.roll(groups, -(size // 2), axis=1)
    loudest = np.mean(alone[:, ~elsewhere].max(axis=1) > alone[:, elsewhere].max(axis=1) + LOUDER)
    logs = []
    for row in groups:
        template = total - row
        template = np.maximum(template - np.median(template) - 0.25 * np.ptp(template), 0.0)
        spectrum = np.conj(np.fft.rfft(template))
        match = np.fft.irfft(np.fft.rfft(row) * spectrum, size)
        likeness = np.fft.irfft(np.abs(spectrum) ** 2, size)
        places = 1.0 if loudest > MOST else float(np.count_nonzero(likeness > 0.5 * likeness[0]))
        beaten = np.count_nonzero(match[elsewhere] >= match[0])
        logs.append(np.log((places + beaten) / (places + np.count_nonzero(elsewhere))))
    return log10_gamma_tail(-float(np.sum(logs)), len(logs)) + TRIALS


def _groups(score: F32, packets: list[float], period: float, interval: float) -> F64:
    """Fold up to sixteen groups of consecutive beats, one a row with the beat in its middle, about their medians."""
    from sichen.bench.acoustic.kernels import fold

    cells = int(min(POINTS, max(16, interval / 2)))
    beats = np.sort(np.concatenate([np.arange(at % period, score.size, period) for at in packets]))
    starts = beats - 0.5 * interval
    starts = starts[(starts > -0.4 * interval) & (starts < score.size - 0.6 * interval)]
    rows = []
    good = np.ones(score.size, np.bool_)
    for part in np.array_split(starts, min(16, max(1, starts.size))):
        total, count = np.zeros(cells), np.zeros(cells)
        fold(score, good, part, interval / cells, total, count)
        heard = count > 0
        if heard.any():
            profile = total / np.maximum(count, 1)
            rows.append(np.where(heard, profile - np.median(profile[heard]), 0.0))
    return np.array(rows)
