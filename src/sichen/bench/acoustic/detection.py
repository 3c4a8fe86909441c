# SPDX-License-Identifier: Apache-2.0
"""Is there something that beats, and how often? A comb over the spectrum of the energy, no list of beat rates.

The significance of the comb assumes noise without memory, so it only proposes. The verdict is a rank test in
time (`sichen.bench.acoustic.phase`), which no single knock, however loud, can satisfy.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

SLOWEST, FASTEST = 0.4, 21.5
"""Repetitions a second that are looked for: half of 2,900 beats an hour to 77,400."""
TOPS = (30.0, 60.0, 125.0, 250.0, 500.0)
"""Highest harmonic in hertz; which serves best depends on how sharp the ticks are."""
CAP = 30.0
"""No harmonic counts for more: a hum that wavers is one line, a watch is many."""
PROPOSE = 5.0


@dataclass(frozen=True)
class Comb:
    """A repetition found in the spectrum.

    Parameters
    ----------
    frequency : float
        Repetitions a second.
    z : float
        Height over the noise, in standard deviations.
    log10_chance : float
        Logarithm of the chance that noise gave as much anywhere in the scan.
    """

    frequency: float
    z: float
    log10_chance: float


def compress(energies: F32, weights: F64, floor: F64) -> F32:
    """Add the bands up, each relative to its noise, and take the logarithm so that no knock can shout.

    Parameters
    ----------
    energies : ndarray of float32, shape (bands, n)
    weights : ndarray of float64, shape (bands,)
        Adding up to 1.
    floor : ndarray of float64, shape (bands,)
        Noise energy a bin.

    Returns
    -------
    ndarray of float32, shape (n,)
    """
    scale = (weights / floor).astype(np.float32)
    return np.asarray(np.log1p(0.5 * (scale @ energies)), np.float32)


def noise_floor(energies: F32) -> F64:
    """Estimate the noise energy a bin in every band: the median, kept above digital silence."""
    step = max(1, energies.shape[1] // 20_000)
    sample = np.asarray(energies[:, ::step], np.float64)
    middle = np.median(sample, axis=1)
    loud = np.quantile(sample, 0.99, axis=1)
    return np.maximum(np.maximum(middle, 1e-6 * loud), 1e-30)


def comb(score: F32, *, rate: float, candidates: int = 4) -> list[Comb]:
    """Find the repetitions that stand out of the noise, best first.

    Parameters
    ----------
    score : ndarray of float32, shape (n,)
        Compressed energies.
    rate : float
        Bins a second.
    candidates : int
        How many at most.

    Returns
    -------
    list of Comb
    """
    from sichen.bench.acoustic.kernels import comb_scan

    duration = score.size / rate
    power, per_hz = _spectrum(score, rate)
    top = min(TOPS[-1], 0.4 * rate)
    ratio = 1 + 1 / (2 * duration * top)
    slowest = max(SLOWEST, 1.2 / duration)
    frequencies = np.exp(np.arange(np.log(slowest), np.log(FASTEST), np.log(ratio)))
    tops = np.array([value for value in TOPS if value <= top])
    sums = np.empty((frequencies.size, tops.size), np.float32)
    comb_scan(power, per_hz, frequencies, tops, CAP, sums)
    harmonics = np.maximum(np.floor(tops / frequencies[:, None]), 1)
    z = (sums - harmonics) / np.sqrt(harmonics)
    return _peaks(frequencies, z, sums, harmonics, candidates)


def _spectrum(score: F32, rate: float) -> tuple[F32, float]:
    """Return the power spectrum relative to its local median, up to the highest harmonic, and its points a hertz."""
    from scipy import fft

    size = int(fft.next_fast_len(2 * score.size, real=True))
    level = score - score.mean(dtype=np.float64)
    power = np.abs(fft.rfft(level.astype(np.float32), size)) ** 2
    per_hz = size / rate
    power = power[: int((TOPS[-1] + 2) * per_hz)]
    window = max(int(25 * per_hz), 64)
    blocks = max(1, power.size // window)
    medians = np.array([np.median(part) for part in np.array_split(power, blocks)])
    centres = (np.arange(blocks) + 0.5) * power.size / blocks
    local = np.interp(np.arange(power.size), centres, np.maximum(medians, 1e-30)) / np.log(2)
    return (power / local).astype(np.float32), per_hz


def _peaks(frequencies: F64, z: F64, sums: F32, harmonics: F64, candidates: int) -> list[Comb]:
    from scipy.stats import gamma

    best = z.max(axis=1)
    found: list[Comb] = []
    order = np.argsort(best)[::-1]
    trials = np.log10(z.size)
    for i in order[: 40 * candidates]:
        if any(abs(entry.frequency / frequencies[i] - 1) < 0.01 for entry in found):  # noqa: PLR2004 - one peak
            continue
        column = int(np.argmax(z[i]))
        chance = gamma.logsf(float(sums[i, column]), float(harmonics[i, column])) / np.log(10)
        found.append(Comb(float(frequencies[i]), float(best[i]), float(chance + trials)))
        if len(found) == candidates or best[i] < PROPOSE:
            break
    return found
