# SPDX-License-Identifier: Apache-2.0
"""One energy from several bands: weighted by what each band hears of the watch, knocks marked."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.frontend import Bank
from sichen.bench.acoustic.line import Line

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

PRE, POST = 0.30, 0.20
"""A packet of sound begins and ends this part of a beat before and after its loudest point."""
SILENCE = 1e-5
"""The noise is no weaker than this part of the ticks: below there is only the rounding of the samples and of the filters."""
STRETCH = 64
"""Bins whose mean is taken before the loudest are left out."""
ENOUGH = 40_000
"""Bins between the beats that tell how the noise is distributed."""
GATE = 0.020
"""A knock is told by its energy in this many seconds ..."""
GATE_FACTOR = 3.5
"""... being so many times that of a usual tick."""
GATE_SHARE = 0.25
"""When more of the beats than this look like knocks, they are not: the watch is uneven, so nothing is gated."""


@dataclass(frozen=True)
class Mix:
    """How the bands are added up.

    Parameters
    ----------
    weights : ndarray of float64, shape (bands,)
        Applied to energies; the sum is 1 on average where there is only noise.
    snr : ndarray of float64, shape (bands,)
        Mean power of the packet over the noise, in every band.
    shape : float
        Half the degrees of freedom of a bin of noise.
    wide_noise : float
        Noise energy a bin in the wide band.
    lift, wide_lift : float
        What the sound lacks of a mean of 1 where the recording is quieter than `SILENCE` allows: it is added, as the
        noise of a quieter room would.
    """

    weights: F64
    snr: F64
    shape: float
    wide_noise: float
    lift: float = 0.0
    wide_lift: float = 0.0


@dataclass(frozen=True)
class Sound:
    """One window of sound, ready to be timed.

    Parameters
    ----------
    energy : ndarray of float32, shape (n,)
        1 on average where there is only noise.
    wide : ndarray of float32, shape (n,)
        The wide band, 1 on average where there is only noise.
    good : ndarray of bool, shape (n,)
        False where somebody knocked.
    rate : float
        Bins a second.
    start : float
        Time of the beginning of the first bin, in seconds.
    shape : float
        Half the degrees of freedom of a bin of noise.
    """

    energy: F32
    wide: F32
    good: npt.NDArray[np.bool_]
    rate: float
    start: float
    shape: float


def delays(bank: Bank, rate: float) -> I64:
    """Return by how many bins each band lags behind the wide one, which is the last."""
    return np.append(np.rint(bank.delay * rate), 0).astype(np.int64)


def aligned(bands: F32, shifts: I64) -> F32:
    """Shift the bands so that all of them speak of the same instant; the sound ends a few bins earlier."""
    size = max(0, bands.shape[1] - int(shifts.max()))
    return np.stack([row[shift : shift + size] for row, shift in zip(bands, shifts, strict=True)])


def packet_mask(size: int, line: Line, rate: float, start: float) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Mark the bins inside the loud part of the packets, and those well away from them."""
    inside = np.zeros(size, np.bool_)
    away = np.ones(size, np.bool_)
    first, last = line.number_at(start) - 1, line.number_at(start + size / rate) + 1
    middles = (line.times(np.arange(first, last + 1)) - start) * rate - 0.5
    beat = line.interval * rate
    parts = np.stack([middles + part * beat for part in (-0.06, 0.04, -PRE, POST)], axis=1)
    for left, right, far_left, far_right in np.clip(np.ceil(parts), 0, size).astype(int).tolist():
        inside[left:right] = True
        away[far_left:far_right] = False
    return inside, away


def mix_for(bands: F32, bank: Bank, line: Line, *, rate: float, start: float) -> Mix:
    """Weigh the bands by what they hear at the beats and between them."""
    inside, away = packet_mask(bands.shape[1], line, rate, start)
    if not inside.any() or not away.any():
        inside = away = np.ones_like(away)
    noise = _quiet_means(bands[:, away])
    loud = _quiet_means(bands[:, inside])
    every: F64 = np.asarray(np.maximum(noise, np.maximum(SILENCE * loud, 1e-30)), np.float64)
    lacking = 1.0 - noise / every
    wide_noise, noise, loud = float(every[-1]), every[:-1], loud[:-1]
    snr: F64 = np.maximum(loud / noise - 1.0, 0.0)
    spread = 1 / np.sqrt(1 + np.count_nonzero(inside))
    share = np.where(snr > 2 * spread, snr, 0.0) if (snr > 2 * spread).any() else np.ones_like(snr)
    weights: F64 = bank.width * share / (1.0 + share) ** 1.5
    weights = weights / weights.sum()
    between = np.flatnonzero(away)
    mixed = (weights / noise).astype(np.float32) @ bands[:-1, between[:: max(1, between.size // ENOUGH)]]
    lift = float(weights @ lacking[:-1])
    return Mix(weights / noise, snr, _gamma_shape(mixed), wide_noise, lift, float(lacking[-1]))


def _quiet_means(bands: F32) -> F64:
    """Average stretches of a few milliseconds of each band, without the loudest tenth, in which a knock would sit."""
    rows = bands.shape[1] // STRETCH
    if rows < 10:  # noqa: PLR2004 - nothing to leave out
        return bands.mean(axis=1, dtype=np.float64) if bands.shape[1] else np.zeros(len(bands))
    starts = np.arange(0, rows * STRETCH, STRETCH)
    means = np.add.reduceat(bands[:, : rows * STRETCH], starts, axis=1) / STRETCH
    kept = max(1, int(0.9 * rows))
    return np.asarray(np.partition(means, kept - 1, axis=1)[:, :kept].mean(axis=1, dtype=np.float64))


def _gamma_shape(values: F32) -> float:
    """Estimate the shape of a gamma distribution (half the degrees of freedom) from its mean and mean logarithm."""
    limit = 8.0 * float(np.median(values)) if values.size else 0.0
    kept = values[(values > 0) & (values <= max(limit, 1e-30))].astype(np.float64)
    if kept.size < 100:  # noqa: PLR2004 - too few to tell
        return 1.0
    gap = float(np.log(kept.mean()) - np.log(kept).mean())
    return float(np.clip((3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * max(gap, 1e-6)), 0.3, 50.0))


def mixed_sound(bands: F32, shifts: I64, mix: Mix, line: Line, *, rate: float, start: float) -> Sound:
    """Add the bands up, each shifted by its delay, and mark knocks."""
    from sichen.bench.acoustic.kernels import mix_bands

    energy, wide = np.empty((2, max(0, bands.shape[1] - int(shifts.max()))), np.float32)
    mix_bands(bands, shifts, np.append(mix.weights, 1 / mix.wide_noise).astype(np.float32), energy, wide)
    if mix.lift > 0 or mix.wide_lift > 0:
        energy += np.float32(mix.lift)
        wide += np.float32(mix.wide_lift)
    return Sound(energy, wide, ~knocks(energy, line, rate, start), rate, start, mix.shape)


def knocks(energy: F32, line: Line, rate: float, start: float) -> npt.NDArray[np.bool_]:
    """Mark every stretch of `GATE` seconds that holds much more energy than a usual tick."""
    step = max(1, round(0.001 * rate))
    rows = energy.size // step
    steps = energy[: rows * step].reshape(rows, step).sum(axis=1, dtype=np.float64)
    width = max(1, round(GATE * rate / step))
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    if rows < 2 * width:
        return np.zeros(energy.size, np.bool_)
    windows = sums[width:] - sums[:-width]
    loudest = _loudest_per_beat(windows, line, rate / step, start, width)
    if loudest.size < 4:  # noqa: PLR2004 - no usual tick to compare with
        return np.zeros(energy.size, np.bool_)
    quiet = np.median(windows)
    usual = np.quantile(loudest, 0.4)
    limit = quiet + GATE_FACTOR * max(usual - quiet, 0.5 * usual)
    if np.mean(loudest > limit) > 2 * GATE_SHARE:
        return np.zeros(energy.size, np.bool_)
    hot = np.flatnonzero(windows > limit)
    marks = np.zeros(rows + width + 1, np.int64)
    np.add.at(marks, hot, 1)
    np.add.at(marks, hot + width, -1)
    if not hot.size:
        return np.zeros(energy.size, np.bool_)
    marked = np.repeat(np.cumsum(marks)[:rows] > 0, step)
    return np.concatenate([marked, np.zeros(energy.size - marked.size, np.bool_)])


def _loudest_per_beat(windows: F64, line: Line, rate: float, start: float, width: int) -> F64:
    """Return the loudest window of every whole beat."""
    end = start + windows.size / rate
    numbers = np.arange(line.number_at(start) + 1, line.number_at(end))
    if not numbers.size:
        return np.empty(0)
    at = np.rint((line.times(numbers) - start) * rate).astype(int) - width // 2
    reach = max(1, round(0.1 * line.interval * rate))
    grid = np.clip(at[:, None] + np.arange(-reach, reach + 1, max(1, reach // 4))[None, :], 0, windows.size - 1)
    return np.asarray(windows[grid].max(axis=1), np.float64)
