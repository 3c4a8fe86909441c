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
SLOW = 1.6
"""Below so many repetitions a second a long sound is scanned with fewer harmonics first: there are very many."""
LENGTHY = 4000.0
"""Highest harmonic times duration up to which they are all taken at once."""
ONE_PEAK = 0.01
"""Frequencies that differ by less than this part belong to one peak."""
STEPS = 1024.0
"""The power is counted in steps of so small a part; the greatest sum stays below 2**31."""


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


def comb(score: F32, *, rate: float, candidates: int = 4, top: float = TOPS[-1]) -> list[Comb]:
    """Find the repetitions that stand out of the noise, best first.

    Parameters
    ----------
    score : ndarray of float32, shape (n,)
        Compressed energies.
    rate : float
        Bins a second.
    candidates : int
        How many at most.
    top : float
        Highest harmonic in hertz.

    Returns
    -------
    list of Comb
    """
    duration = score.size / rate
    power, per_hz = _spectrum(score, rate)
    tops = np.array([value for value in TOPS if value <= min(top, 0.4 * rate)])
    scan = _Scan(np.minimum(STEPS * power, STEPS * CAP).astype(np.int32), per_hz, 2 * duration)
    fast = scan.over(_grid(SLOW, FASTEST, scan.per_hz_top * tops[-1]), tops)
    few = tops[tops * duration <= max(LENGTHY, tops[0] * duration)]
    slow = scan.over(_grid(max(SLOWEST, 1.2 / duration), SLOW, scan.per_hz_top * few[-1]), few)
    trials = fast.sums.size + slow.sums.size
    if few.size < tops.size:
        near = [slow.frequencies[i] for i in slow.best(2 * candidates)]
        near += [fast.frequencies[i] / part for i in fast.best(candidates) for part in (2, 3, 4, 6)]
        wide = 1 / (scan.per_hz_top * few[-1])
        grids = [_grid(at * (1 - wide), at * (1 + wide), scan.per_hz_top * tops[-1]) for at in near if at < SLOW]
        slow = scan.over(np.unique(np.concatenate(grids)), tops) if grids else slow
    return _peaks([fast, slow], candidates, trials)


def _grid(low: float, high: float, fineness: float) -> F64:
    """Return frequencies from `low` to `high`, each the `fineness`-th part above the one before."""
    if low >= high:
        return np.empty(0)
    return np.asarray(np.exp(np.arange(np.log(low), np.log(high), np.log1p(1 / fineness))), np.float64)


@dataclass(frozen=True)
class _Sums:
    """What the comb gathered at some frequencies, up to each of several highest harmonics."""

    frequencies: F64
    sums: F64
    harmonics: F64

    @property
    def z(self) -> F64:
        """Height over the noise in standard deviations."""
        return np.asarray((self.sums - self.harmonics) / np.sqrt(self.harmonics), np.float64)

    def best(self, count: int) -> list[int]:
        """Return where the highest are, one of a peak."""
        height = self.z.max(axis=1, initial=0.0)
        found: list[int] = []
        most = min(40 * count, height.size)
        order = np.argpartition(height, -most)[-most:] if most else np.empty(0, np.int64)
        order = order[np.argsort(-height[order], kind="stable")]
        for i in order:
            if all(abs(self.frequencies[k] / self.frequencies[i] - 1) >= ONE_PEAK for k in found):
                found.append(int(i))
                if len(found) == count or height[i] < PROPOSE:
                    break
        return found


@dataclass(frozen=True)
class _Scan:
    """A power spectrum in whole steps, its points a hertz, and the grid points a hertz of the highest harmonic."""

    power: npt.NDArray[np.int32]
    per_hz: float
    per_hz_top: float

    def over(self, frequencies: F64, tops: F64) -> _Sums:
        """Add up the harmonics of every frequency."""
        from sichen.bench.acoustic.kernels import comb_scan

        steps = np.empty((frequencies.size, tops.size), np.int32)
        comb_scan(self.power, self.per_hz, frequencies, tops, steps)
        return _Sums(frequencies, steps / STEPS, np.maximum(np.floor(tops / frequencies[:, None]), 1))


def _spectrum(score: F32, rate: float) -> tuple[F32, float]:
    """Return the power spectrum relative to its local median, up to the highest harmonic, and its points a hertz."""
    size = fast_size(2 * score.size)
    level = score - np.float32(score.mean(dtype=np.float64))
    power = np.abs(np.fft.rfft(level, size)) ** 2
    per_hz = size / rate
    power = power[: int((TOPS[-1] + 2) * per_hz)]
    window = max(int(25 * per_hz), 64)
    blocks = max(1, power.size // window)
    medians = np.array([np.median(part) for part in np.array_split(power, blocks)])
    centres = (np.arange(blocks) + 0.5) * power.size / blocks
    local = np.interp(np.arange(power.size), centres, np.maximum(medians, 1e-30)) / np.log(2)
    return (power / local).astype(np.float32), per_hz


def _peaks(parts: list[_Sums], candidates: int, trials: int) -> list[Comb]:
    """Return the highest peaks of all parts of a scan, with the chance that noise gave as much anywhere."""
    found = []
    for part in parts:
        z = part.z
        for i in part.best(candidates):
            column = int(np.argmax(z[i]))
            chance = log10_gamma_tail(float(part.sums[i, column]), int(part.harmonics[i, column]))
            found.append(Comb(float(part.frequencies[i]), float(z[i, column]), chance + float(np.log10(max(trials, 1)))))
    return sorted(found, key=lambda entry: -entry.z)[:candidates]


def log10_gamma_tail(value: float, shape: int) -> float:
    """Return the decimal logarithm of the chance that `shape` exponential variables of mean 1 add up to more.

    Parameters
    ----------
    value : float >= 0
    shape : int >= 1

    Returns
    -------
    float
        Of ``exp(-value) * sum(value**k / k! for k < shape)``, without underflow.

    Examples
    --------
    >>> round(log10_gamma_tail(10.0, 1), 4)
    -4.3429
    """
    if value <= 0:
        return 0.0
    terms = np.concatenate([[0.0], np.cumsum(np.log(value) - np.log(np.arange(1, shape)))])
    top = terms.max()
    return float((top + np.log(np.exp(terms - top).sum()) - value) / np.log(10))


def fast_size(least: int) -> int:
    """Return the smallest product of 2, 3 and 5 that is not below `least`: Fourier transforms like it."""
    best = 1 << max(least - 1, 0).bit_length()
    for fives in (1, 5, 25, 125):
        for threes in (1, 3, 9, 27):
            factor = fives * threes
            best = min(best, factor << max(-(-least // factor) - 1, 0).bit_length())
    return best
