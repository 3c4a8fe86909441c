# SPDX-License-Identifier: Apache-2.0
"""A plain estimator in numpy and scipy, as any engineer would write it: the peer that can be run in the same process.

No open timegrapher can be installed by pip, so speeds and errors are compared with this one: band-pass, energy in
quarter milliseconds, harmonic sum over a list of beat rates, a folded profile for each side, one correlation peak a
beat, a robust line.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench import Recording

Floats = npt.NDArray[np.float64]
LISTED = (3_600, 5_400, 7_200, 10_800, 12_000, 14_400, 16_200, 18_000, 19_800, 21_600, 25_200, 28_800, 36_000, 43_200, 72_000)
BIN_RATE = 4_000.0
_SEARCH = 1_200.0
_LOCK = 9.0


@dataclass(frozen=True)
class PlainReading:
    """What the plain estimator found: rate in s/d, beat error in ms without its sign."""

    beats_per_hour: float
    rate: float
    beat_error: float


def plain_reading(recording: Recording) -> PlainReading | None:
    """Measure a recording, or return None when no listed beat rate stands out."""
    power, fine_rate = _power(recording)
    step = round(fine_rate / BIN_RATE)
    energy = _bins(power, step)
    found = _harmonic_sum(np.minimum(energy, 1.5 * _typical_maximum(energy)), fine_rate / step)
    if found is None:
        return None
    nominal, frequency = found
    interval, offset = _line(power, 1.0 / frequency, fine_rate)
    return PlainReading(nominal, (3600.0 / (nominal * interval) - 1.0) * 86_400.0, 1e3 * abs(offset))


def _power(recording: Recording) -> tuple[Floats, float]:
    from scipy.signal import butter, sosfilt

    high = min(18_000.0, 0.45 * recording.sample_rate)
    band = butter(3, (2_500.0, high), "bandpass", fs=recording.sample_rate, output="sos")
    power: Floats = sosfilt(band, recording.samples[:, 0].astype(np.float64)) ** 2
    return power, recording.sample_rate


def _bins(power: Floats, step: int) -> Floats:
    count = power.size // step
    bins: Floats = power[: count * step].reshape(count, step).sum(axis=1)
    return bins


def _typical_maximum(energy: Floats) -> float:
    size = int(BIN_RATE / 2)
    return float(np.median(energy[: energy.size // size * size].reshape(-1, size).max(axis=1)))


def _harmonic_sum(energy: Floats, rate: float) -> tuple[float, float] | None:
    from scipy.ndimage import median_filter

    size = 4 << int(np.ceil(np.log2(energy.size)))
    spectrum = np.abs(np.fft.rfft(energy - energy.mean(), size)) ** 2
    spectrum = spectrum[: int(700.0 / rate * size)]
    level = median_filter(spectrum[::8], 401)
    spectrum = np.minimum(spectrum / np.maximum(np.repeat(level, 8)[: spectrum.size], 1e-30), 30.0)
    best: tuple[float, float, float] | None = None
    for nominal in LISTED:
        centre = nominal / 3600.0
        orders = np.arange(1, max(2, min(60, int(600.0 / centre))))
        width = centre * _SEARCH / 86_400.0
        trials = np.linspace(centre - width, centre + width, 4_001)
        lines = np.rint(np.outer(trials, orders) * size / rate).astype(np.int64)
        total = spectrum[np.minimum(lines, spectrum.size - 1)].sum(axis=1)
        count = orders.size / np.log(2.0)
        score = (float(total.max()) - count) / np.sqrt(count)
        if best is None or score > best[0]:
            best = (score, float(nominal), float(trials[np.argmax(total)]))
    return None if best is None or best[0] < _LOCK else best[1:]


def _line(power: Floats, interval: float, rate: float) -> tuple[float, float]:
    from scipy.ndimage import gaussian_filter1d

    smooth = gaussian_filter1d(power, 50e-6 * rate)
    start, beat_error = 0.0, 0.0
    for _ in range(3):
        profile = _fold(smooth, start, interval, rate)
        # The loudest moment goes to the middle, or a beat would be cut where the fold begins.
        start += int(np.argmax(profile.sum(axis=0))) / rate - interval / 2.0
        profile = _fold(smooth, start % interval, interval, rate)
        number, times = _peaks(smooth, profile, start % interval, interval, rate)
        start, interval, beat_error = _robust_line(number, times)
        beat_error += _side_lag(profile) / rate
    return interval, beat_error


def _side_lag(profile: Floats) -> float:
    """How many samples later the beats of the second side come, from the folds of both."""
    lines = np.fft.rfft(profile - profile.mean(axis=1, keepdims=True), axis=1)
    match = np.fft.irfft(lines[1] * lines[0].conj(), profile.shape[1])
    top = int(np.argmax(match))
    lag = top + _bend(match[[top - 1, top, (top + 1) % match.size]])
    return lag if lag < match.size / 2 else lag - match.size


def _bend(three: Floats) -> float:
    """Where the parabola through three points has its summit, from the middle one."""
    return float(0.5 * (three[0] - three[2]) / min(float(three[0] - 2.0 * three[1] + three[2]), -1e-30))


def _fold(power: Floats, start: float, interval: float, rate: float) -> Floats:
    size = round(interval * rate)
    count = int((power.size / rate - start) / interval) - 1
    first = np.rint((start + interval * np.arange(count)) * rate).astype(np.int64)
    rows = power[np.maximum(first, 0)[:, None] + np.arange(size)]
    return np.stack([_trimmed_mean(rows[side::2]) for side in (0, 1)])


def _trimmed_mean(rows: Floats) -> Floats:
    """Mean of the lowest nine tenths of each column."""
    mean: Floats = np.sort(rows, axis=0)[: max(1, int(0.9 * rows.shape[0]))].mean(axis=0)
    return mean


def _peaks(power: Floats, profile: Floats, start: float, interval: float, rate: float) -> tuple[npt.NDArray[np.int64], Floats]:
    noise = float(np.median(profile))
    excess = np.maximum(profile - noise, 0.0)
    weight = excess / (noise * (noise + excess))
    count = int((power.size / rate - start) / interval) - 1
    reach = max(8, round(2e-3 * rate))
    number, times = np.arange(1, count), np.zeros(count - 1)
    for index, beat in enumerate(number.tolist()):
        first = round((start + beat * interval) * rate)
        shape = weight[beat % 2]
        piece = power[first - reach : first + shape.size + reach]
        if piece.size < shape.size + 2 * reach:
            return number[:index], times[:index]
        match = np.correlate(piece, shape, "valid")
        top = int(np.argmax(match))
        bend = _bend(match[top - 1 : top + 2]) if 0 < top < match.size - 1 else 0.0
        times[index] = (first + top - reach + bend) / rate
    return number, times


def _robust_line(number: npt.NDArray[np.int64], times: Floats) -> tuple[float, float, float]:
    design = np.column_stack([np.ones(number.size), number, np.where(number % 2 == 1, 0.5, -0.5)])
    weight = np.ones(number.size)
    for _ in range(10):
        found = np.linalg.lstsq(design * weight[:, None], times * weight, rcond=None)[0]
        rest = times - design @ found
        scale = max(1.4826 * float(np.median(np.abs(rest))), 1e-9)
        weight = 1.0 / np.sqrt(1.0 + (rest / (2.4 * scale)) ** 2)
    return float(found[0]), float(found[1]), float(found[2])
