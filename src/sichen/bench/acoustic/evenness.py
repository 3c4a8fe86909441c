# SPDX-License-Identifier: Apache-2.0
"""How late each beat comes against an even row, timed by what the other beats sound like.

A beat must not be timed by a mean packet that it is part of: its own noise would draw it to where it was laid. And it
must be looked for far and wide: within a short reach even a drummer keeps time.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import POST, PRE, Sound
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.timing import Fit

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
C128 = npt.NDArray[np.complex128]

REACH, NEAR = 0.35, 0.12
"""Part of the beat within which a beat, and a group of faint beats, is looked for."""
MOST = 64
"""Single beats that are looked at, at most."""
BIN_RATE = 4000.0
"""Bins a second, about, on which beats are compared."""
SMOOTH = 1e-3
"""Seconds."""
TURNS = 2
PLAIN, MOST_TOGETHER = 24.0, 12
"""Standard deviations that a beat, or a few together, must rise to be looked for by itself; and how many those are at most."""
CLEAR = 8.0
"""Standard deviations by which a group of faint beats rises."""
FEWEST_GROUPS, MOST_GROUPS = 6, 8
INSIDE = 0.1
"""The middle of a beat lies at least this part of it inside the sound."""
FOOT = 0.15
"""A template is what rises above its median by this part of its range."""


@dataclass(frozen=True)
class Row:
    """Beats, or groups of beats, one after another.

    Parameters
    ----------
    numbers : ndarray of float64, shape (n,)
        Beat numbers; of a group the mean.
    late : ndarray of float64, shape (n,)
        How late each came against the line, as a part of the beat.
    together : float
        Beats in a group; 1 when each was timed by itself.
    """

    numbers: F64
    late: F64
    together: float


def row_of(sound: Sound, fit: Fit, *, logarithmic: bool = True) -> Row:
    """Time the beats of a fit anew, each, or each group of faint ones, by the mean of the others.

    Parameters
    ----------
    sound : Sound
    fit : Fit
        Of this sound; only its line is believed, and whether the beats are loud.
    logarithmic : bool
        Compare logarithms of the energy, which see how a sound begins and dies; else its root, which sees what is loud.

    Returns
    -------
    Row
        Not a number where a beat has no others of its side.
    """
    numbers = np.arange(int(fit.numbers[0]) - 1, int(fit.numbers[-1]) + 2)
    middle = fit.line.times(numbers) - sound.start
    end = sound.energy.size / sound.rate
    numbers = numbers[(middle > INSIDE * fit.line.interval) & (middle < end - INSIDE * fit.line.interval)]
    if fit.single:
        few = int(np.clip(np.ceil((PLAIN / fit.strength) ** 2), 1, max(1, min(MOST_TOGETHER, numbers.size // FEWEST_GROUPS))))
        start = max(0, (numbers.size - MOST * few) // 2)
        numbers = numbers[start : start + MOST * few]
        groups, together = np.arange(numbers.size) // few, float(few)
    else:
        each = max(fit.total, 1.0) / np.sqrt(fit.numbers.size)
        count = int(np.clip(numbers.size * (each / CLEAR) ** 2, FEWEST_GROUPS, MOST_GROUPS))
        count = min(count, numbers.size)
        groups, together = np.arange(numbers.size) * count // numbers.size, numbers.size / count
    packets = _Packets.cut(sound, fit.line, numbers, reach=REACH if fit.single else NEAR, logarithmic=logarithmic)
    late = packets.late(numbers % 2, groups)
    weight = np.bincount(groups)
    return Row(np.bincount(groups, numbers) / weight, late, together)


@dataclass(frozen=True)
class _Packets:
    """The surroundings of all beats: their spectra, and where in them each beat is expected, in bins."""

    spectra: C128
    size: int
    core: int
    reach: int
    part: F64
    beat: float

    @classmethod
    def cut(cls, sound: Sound, line: Line, numbers: I64, *, reach: float, logarithmic: bool) -> "_Packets":
        from scipy.ndimage import gaussian_filter1d

        step = max(1, round(sound.rate / BIN_RATE))
        count = sound.energy.size // step
        energy = np.where(sound.good, sound.energy, np.float32(1.0))[: count * step]
        energy = energy.reshape(count, step).mean(axis=1)
        score = np.log1p(0.5 * energy) if logarithmic else np.sqrt(energy)
        rate = sound.rate / step
        score = gaussian_filter1d(score.astype(np.float64), SMOOTH * rate)
        score -= np.median(score)
        beat = line.interval * rate
        core, far = int((PRE + POST) * beat), max(3, int(reach * beat))
        at = (line.times(numbers) - sound.start) * rate - PRE * beat
        first = np.rint(at).astype(np.int64)
        places = first[:, None] + np.arange(-far, core + far)[None, :]
        rows = np.where((places >= 0) & (places < count), score[np.clip(places, 0, count - 1)], 0.0)
        size = 1 << int(np.ceil(np.log2(rows.shape[1] + core)))
        return cls(np.fft.rfft(rows, size, axis=1), size, core, far, at - first, beat)

    def late(self, side: I64, groups: I64) -> F64:
        """Return how late each group came, as a part of the beat, after improving the others' places by turns."""
        late = np.zeros(int(groups.max()) + 1)
        frequency = 2j * np.pi * np.fft.rfftfreq(self.size)
        for _ in range(TURNS):
            moved = self.spectra * np.exp(frequency * (self.reach + self.part + late[groups])[:, None])
            straight = np.fft.irfft(moved, self.size, axis=1)[:, : self.core]
            likeness = np.zeros((late.size, self.size))
            others = np.zeros(late.size)
            for which in (0, 1):
                mine = side == which
                sums, count = _by_group(straight[mine], groups[mine], late.size)
                rest = count.sum() - count
                template = (sums.sum(axis=0) - sums) / np.maximum(rest, 1)[:, None]
                foot = np.median(template, axis=1) + FOOT * np.ptp(template, axis=1)
                template = np.maximum(template - foot[:, None], 0.0)
                here = self.spectra[mine] * np.exp(frequency * self.part[mine][:, None])
                spectra, _ = _by_group(here, groups[mine], late.size)
                known = rest > 0
                likeness[known] += np.fft.irfft(spectra * np.conj(np.fft.rfft(template, self.size, axis=1)), self.size, axis=1)[
                    known
                ]
                others += count * np.where(known, rest / np.maximum(count.sum(), 1), np.nan)
            place = _highest(likeness[:, : 2 * self.reach + 1]) - self.reach
            # the mean of the others lacks this one: what is seen is the distance to them, not to the mean of all
            share = others / np.maximum(np.bincount(groups), 1)
            late += np.where(np.isfinite(share), (place - late) * share, 0.0)
            late[~np.isfinite(share)] = np.nan
            if np.isnan(late).any():
                return np.asarray(np.where(np.isfinite(late), late, np.nan) / self.beat, np.float64)
        return np.asarray(late / self.beat, np.float64)


def _by_group(rows: npt.NDArray[np.generic], groups: I64, count: int) -> tuple[npt.NDArray[np.generic], I64]:
    """Add up the rows of each group."""
    sums = np.zeros((count, rows.shape[1]), rows.dtype)
    np.add.at(sums, groups, rows)
    return sums, np.bincount(groups, minlength=count)


def _highest(rows: F64) -> F64:
    """Return where each row is highest, between its points."""
    top = np.clip(np.argmax(rows, axis=1), 1, rows.shape[1] - 2)
    index = np.arange(len(rows))
    left, here, right = rows[index, top - 1], rows[index, top], rows[index, top + 1]
    bend = left - 2 * here + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0)
    return np.asarray(top + np.clip(shift, -1.0, 1.0), np.float64)
