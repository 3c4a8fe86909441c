# SPDX-License-Identifier: Apache-2.0
"""Where all the packets move at once, by more than a beat is looked for: a splice, or samples that were lost.

After a jump by some milliseconds the mean packet is double, and hides from every beat which half it belongs to. So
what a few beats sound like is laid over what the next few sound like, as far as half an oscillation either way,
before any of them is timed.
"""

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import Sound
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.timing import Profile

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

TOGETHER = 8
"""Beats that are laid over one another."""
HEIGHT = 24.0
"""Standard deviations that so many beats must rise above the noise; of faint beats more are taken."""
NEAR = 4
"""Such groups before and after a place that are compared: over a few seconds no line is far off."""
BIN_RATE = 4000.0
"""Bins a second, about."""
SMOOTH = 4e-4
"""Seconds."""
FOOT = 0.15
"""What counts is what rises above the median by this part of the range."""
SHIFTED = 0.0015
"""Seconds by which packets may move without a jump ..."""
UNSHIFTED = 0.85
"""... so that they are there as much alike as this part of the best that any shift makes them ..."""
ALIKE = 0.6
"""... when that shift makes them so much alike at least."""


def shift_at(
    sound: Sound, line: Line, numbers: I64, *, height: float = HEIGHT, known: Profile | None = None
) -> tuple[int, int] | None:
    """Look for the place where the packets move most plainly.

    Parameters
    ----------
    sound : Sound
    line : Line
    numbers : ndarray of int64, shape (n,)
        Beats in this sound.
    height : float
        Standard deviations by which one beat rises above the noise; loud ones, when nothing is given.
    known : Profile, optional
        What the packets looked and where they lay before the first of these beats.

    Returns
    -------
    tuple of int or None
        The last beat that lies where those before it do, and the first that lies where those after it do; the former
        is the number before the first one when all lie elsewhere than was known. None when nothing moves.
    """
    each = 2 * max(TOGETHER // 2, int(np.ceil(0.5 * (HEIGHT / max(height, 1e-3)) ** 2)))
    count = numbers.size // each
    if count < (2 if known is None else 1):
        return None
    for energy in (sound.energy, sound.wide):
        # where the packet is double, the noise between the beats, by which the bands were weighed, holds a packet too
        groups = _groups(energy, sound, line, numbers[: count * each], count)
        first = 0
        if known is not None:
            groups = np.concatenate([_as_group(known, line, groups.shape[1] // 2)[None, :], groups])
            first = 1
        place = _most_plainly(groups, _bin(sound), apart=1 if count < 3 * NEAR // 2 else 2)
        if place is not None:
            before, after = place[0] - first, place[1] - first
            last = int(numbers[0]) - 1 if before < 0 else int(numbers[(before + 1) * each - 1])
            return last, int(numbers[after * each])
    return None


def _bin(sound: Sound) -> float:
    """Return the seconds a bin on which groups are compared."""
    return max(1, round(sound.rate / BIN_RATE)) / sound.rate


def _groups(energy: F32, sound: Sound, line: Line, numbers: I64, count: int) -> F64:
    """Return what each group of beats sounds like over a whole oscillation, tick first; a single knock is left out."""
    from scipy.ndimage import gaussian_filter1d

    width = _bin(sound)
    step = round(width * sound.rate)
    bins = energy.size // step
    # stretches that were taken for knocks are not left out: against a line that is wrong they may be the ticks
    energy = energy[: bins * step].reshape(bins, step).mean(axis=1)
    score = gaussian_filter1d(np.log1p(energy.astype(np.float64)), SMOOTH / width)
    size = round(line.interval / width)
    # from middle to middle: whatever the ticks are late by, two halves make a whole turn
    starts = np.rint((line.first + (numbers - 0.5) * line.interval - sound.start) / width).astype(np.int64)
    rows = score[np.clip(starts[:, None] + np.arange(size)[None, :], 0, bins - 1)]
    rows = rows.reshape(count, -1, 2, size)
    if numbers[0] % 2:
        rows = rows[:, :, ::-1]
    usual = np.median(rows, axis=1)
    return _standing_out(usual.reshape(count, 2 * size))


def _as_group(profile: Profile, line: Line, size: int) -> F64:
    """Return what is known of the packets as if it were a group."""
    from scipy.ndimage import gaussian_filter1d

    width = line.interval / size
    middle = (np.arange(size) + 0.5) * width - 0.5 * line.interval + profile.lead
    grids = (middle - line.sway, middle + line.sway)
    cells = (np.arange(profile.power.shape[1]) + 0.5) * profile.cell
    sides = []
    for grid, power in zip(grids, profile.power, strict=True):
        inside = (grid > cells[0]) & (grid < cells[-1])
        soft = np.interp(grid, cells, gaussian_filter1d(np.log1p(np.maximum(power, 0.0)), SMOOTH / profile.cell))
        sides.append(np.where(inside, soft, np.median(soft[inside])))
    return np.asarray(_standing_out(np.concatenate(sides)[None, :])[0], np.float64)


def _standing_out(rows: F64) -> F64:
    """Return what rises above the foot of each row, every row of the same size."""
    foot = np.median(rows, axis=1) + FOOT * np.ptp(rows, axis=1)
    high = np.maximum(rows - foot[:, None], 0.0)
    return np.asarray(high / np.maximum(np.sqrt((high**2).sum(axis=1)), 1e-12)[:, None], np.float64)


def _most_plainly(groups: F64, width: float, *, apart: int) -> tuple[int, int] | None:
    """Return the last group before and the first after the plainest shift; between them may lie one that holds both."""
    spectra = np.fft.rfft(groups, axis=1)
    size = groups.shape[1]
    reach = max(1, round(SHIFTED / width))
    best, found = UNSHIFTED, None
    for last in range(len(groups) - 1):
        following = last + (apart if last + apart < len(groups) else 1)
        before, after = (
            spectra[part].sum(axis=0) for part in (slice(max(0, last - NEAR + 1), last + 1), slice(following, following + NEAR))
        )
        likeness = np.fft.irfft(np.conj(before) * after, size)
        norm = np.sqrt(np.fft.irfft(np.abs(before) ** 2, size)[0] * np.fft.irfft(np.abs(after) ** 2, size)[0])
        here = max(likeness[: reach + 1].max(), likeness[-reach:].max())
        top = likeness.max()
        if top > ALIKE * norm and here < best * top:
            best, found = here / top, (last, following)
    return found
