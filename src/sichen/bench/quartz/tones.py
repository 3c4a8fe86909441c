# SPDX-License-Identifier: Apache-2.0
"""Steady tones of a quartz watch: the crystal itself, and the alternating field that drives a display.

A tone is followed by its phase. Its phase over 2 π f is a time error, as that of a step is, so that the same fit of
slope and saw-tooth serves both.
"""

import math
from array import array
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import DAY, quartz_facts
from sichen.core import constant

Floats = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

CRYSTAL_HOP, CRYSTAL_SPAN = 1.0 / 32.0, 4
"""Seconds between values, and the window in hops: a crystal 10 s/d off on a clock 100 ppm off turns by less than half a
cycle from value to value, and the window is blind from 32 Hz on, where others would mirror."""

FAINTEST = 1e-6
"""Amplitude below which a tone is rounding, full scale."""

FAINTEST_SHARE = 1e-4
"""… and its share of all sound below which it may be a side lobe."""

DISPLAY_BLOCK = 2.0
"""Seconds a piece: with a window of side lobes below −92 dB, mains at 60 Hz do not reach 64 Hz."""

DISPLAY_RATE = 2000.0
"""Values a second that a display field is reduced to."""

DISPLAY_LINES = np.arange(4.0, 260.0, 4.0)
"""Frequencies in Hz at which a display may have lines."""

SEGMENTS = 256
"""Most points of a phase track: enough for a saw-tooth, and each as quiet as can be."""


@dataclass(frozen=True)
class Tone:
    """A tone that was followed.

    Parameters
    ----------
    kind : {"crystal", "lcd"}
    nominal : float
        Hz.
    step : float
        Seconds between two points of the track.
    errors : ndarray, shape (n,)
        Time error (late is positive) of the watch at each point, in seconds.
    snr_db : float
        Power of the tone over that of the noise within one piece.
    log10_false_alarm : float
    alias : bool
        The sample rate is too low; the tone was seen mirrored at half of it.
    """

    kind: Literal["crystal", "lcd"]
    nominal: float
    step: float
    errors: Floats
    snr_db: float
    log10_false_alarm: float
    alias: bool = False


class ToneFinder:
    """Listens for the crystal and for a display: 32 complex numbers a second are kept of each.

    Parameters
    ----------
    sample_rate : float > 0
        Nominal frames a second.
    """

    def __init__(self, sample_rate: float) -> None:
        self.sample_rate = sample_rate
        turns = (constant("quartz_nominal").value / sample_rate) % 1.0
        self.mirrored = turns > 0.5  # noqa: PLR2004 - above half the sample rate a tone appears mirrored
        self._turns = 1.0 - turns if self.mirrored else turns
        self.alias = sample_rate < 2.0 * constant("quartz_nominal").value
        self._hop = round(CRYSTAL_HOP * sample_rate)
        span = CRYSTAL_SPAN * self._hop
        self._wave = np.exp(-2j * np.pi * ((self._turns * np.arange(span)) % 1.0)) * _blackman_harris(span)
        self._recent = np.empty(0)
        self._factor = max(1, int(sample_rate / DISPLAY_RATE))
        self._rest = np.empty(0)
        self._slow = np.empty(0)
        self._pieces = 0
        self._power = 0.0
        self._frames = 0
        self._fields = 0
        self._crystal = array("d")
        self._display = array("f")
        count = round(DISPLAY_BLOCK * sample_rate / self._factor)
        window = _blackman_harris(count)
        self._seconds = count * self._factor / sample_rate
        turn = np.outer(np.arange(count) * self._factor / sample_rate, DISPLAY_LINES)
        waves = np.exp(-2j * np.pi * turn) * window[:, None]
        self._kernel = np.concatenate([waves.real, waves.imag], axis=1)

    def feed(self, samples: Floats) -> None:
        """Take the next samples, shape (n,), float64."""
        from sichen.bench.quartz.kernels import sums_with

        self._power += float(np.sum(samples * samples))
        self._frames += samples.size
        self._recent = np.concatenate([self._recent, samples])
        real, imaginary = (np.ascontiguousarray(part) for part in (self._wave.real, self._wave.imag))
        turning = sums_with(self._recent, real, imaginary, self._hop)
        self._recent = self._recent[turning.size * self._hop :]
        number = self._pieces + np.arange(turning.size)
        turning *= np.exp(-2j * np.pi * ((self._turns * self._hop * number) % 1.0))
        self._pieces += turning.size
        self._crystal.extend(turning.view(np.float64).tolist())
        self._rest = np.concatenate([self._rest, samples])
        count = self._rest.size // self._factor
        self._slow = np.concatenate([self._slow, self._rest[: count * self._factor].reshape(-1, self._factor).mean(axis=1)])
        self._rest = self._rest[count * self._factor :]
        self._fold()

    def _fold(self) -> None:
        count = self._kernel.shape[0]
        while self._slow.size >= count:
            # einsum keeps to one core: threads of a matrix product cost more than this little work.
            parts = np.einsum("i,ij->j", self._slow[:count], self._kernel)
            lines = parts[: DISPLAY_LINES.size] + 1j * parts[DISPLAY_LINES.size :]
            lines *= np.exp(-2j * np.pi * ((DISPLAY_LINES * self._seconds * self._fields) % 1.0))
            self._display.extend(lines.astype(np.complex64).view(np.float32).tolist())
            self._fields += 1
            self._slow = self._slow[count:]

    def _faintest(self) -> float:
        return max(FAINTEST, FAINTEST_SHARE * math.sqrt(self._power / max(self._frames, 1)))

    def crystal(self) -> Tone | None:
        """Return the tone of the crystal, or None when there is none."""
        turning = np.array(self._crystal, dtype=np.float64).view(np.complex128)
        if self.mirrored:
            turning = np.conj(turning)
        nominal = constant("quartz_nominal").value
        track = _follow(turning, self._hop / self.sample_rate, nominal, self._faintest())
        if track is None:
            return None
        return Tone("crystal", nominal, track.step, track.errors, track.snr_db, track.log10_false_alarm, self.alias)

    def display(self) -> Tone | None:
        """Return the field of a display, or None when there is none.

        The fundamental of a square field is its strongest line; the ticks of a mechanical watch, regular as they may
        be, are strongest far above theirs.
        """
        lines = np.array(self._display, dtype=np.float32).view(np.complex64).reshape(-1, DISPLAY_LINES.size)
        if lines.shape[0] < 8:  # noqa: PLR2004 - 16 s
            return None
        for line in _plausible(lines):
            track = _follow(lines[:, line].astype(np.complex128), self._seconds, float(DISPLAY_LINES[line]), self._faintest())
            if track is not None and _powers_of_two(float(DISPLAY_LINES[line])):
                return Tone("lcd", float(DISPLAY_LINES[line]), track.step, track.errors, track.snr_db, track.log10_false_alarm)
        return None


def _blackman_harris(size: int) -> Floats:
    """Return a window of sum 1 whose side lobes are below −92 dB."""
    angle = 2.0 * np.pi * np.arange(size) / size
    window: Floats = 0.35875 - 0.48829 * np.cos(angle) + 0.14128 * np.cos(2 * angle) - 0.01168 * np.cos(3 * angle)
    return window / float(window.sum())


def _plausible(lines: npt.NDArray[np.complex64]) -> list[int]:
    """Return the strongest line away from the mains, if it stands well above its multiples."""
    power = np.mean(np.abs(lines) ** 2, axis=0)
    apart = np.ones(DISPLAY_LINES.size, dtype=bool)
    for mains in (50.0, 60.0):
        apart &= np.abs(DISPLAY_LINES - mains * np.round(DISPLAY_LINES / mains)) > 3.0  # noqa: PLR2004 - Hz
    line = int(np.argmax(np.where(apart, power, 0.0)))
    multiples = np.arange(2 * line + 1, DISPLAY_LINES.size, line + 1)
    above = multiples[apart[multiples]]
    if power[line] <= 0.0 or (above.size and power[line] < 4.0 * float(power[above].max())):
        return []
    return [line]


def _powers_of_two(frequency: float) -> bool:
    return math.log2(frequency).is_integer()


@dataclass(frozen=True)
class _Track:
    step: float
    errors: Floats
    snr_db: float
    log10_false_alarm: float


def _follow(turning: Complex, step: float, nominal: float, faintest: float) -> _Track | None:
    """Find a tone near its nominal in a series of complex pieces, and unwrap its phase."""
    if turning.size < 8:  # noqa: PLR2004 - fewer pieces show no line
        return None
    limit = quartz_facts()["greatest_rate"].value / DAY * nominal
    coarse = _peak(turning[:4096], step, limit)
    if coarse is None:
        return None
    frequency, ratio, trials, height = coarse
    log10_false_alarm = min(0.0, math.log10(trials) - ratio / math.log(10.0))
    if height < faintest or log10_false_alarm > -9.0:  # noqa: PLR2004 - one in a million, with room for overlapping pieces
        return None
    group = max(1, math.ceil(turning.size / SEGMENTS)) if step < 1.0 else 1
    count = turning.size // group
    when = step * np.arange(turning.size)
    still = turning * np.exp(-2j * np.pi * frequency * when)
    points = still[: count * group].reshape(count, group).mean(axis=1)
    phase = _unwrapped(points)
    if phase is None:
        return None
    middle = step * group * (np.arange(count) + (group - 1) / (2.0 * group))
    errors = -(phase / (2.0 * np.pi) + frequency * middle) / nominal
    snr = 10.0 * math.log10(max(ratio / min(turning.size, 4096), 1e-12))
    return _Track(step * group, errors, snr, log10_false_alarm)


def _peak(turning: Complex, step: float, limit: float) -> tuple[float, float, float, float] | None:
    """Return frequency, power over noise, independent trials and amplitude of the highest line within ± `limit` Hz."""
    size = 8 * turning.size
    spectrum = np.abs(np.fft.fft(turning, size)) ** 2
    frequency = np.fft.fftfreq(size, step)
    inside = np.abs(frequency) <= min(limit, 0.5 / step)
    best = int(np.argmax(np.where(inside, spectrum, -1.0)))
    total = float(np.sum(np.abs(turning) ** 2))
    noise = max(total - spectrum[best] / turning.size, 1e-9 * total) / turning.size
    if noise <= 0.0:
        return None
    left, centre, right = spectrum[best - 1], spectrum[best], spectrum[(best + 1) % size]
    bend = left - 2.0 * centre + right
    shift = 0.5 * (left - right) / bend if bend < 0.0 else 0.0
    trials = max(1.0, 2.0 * limit * step * turning.size)
    height = 2.0 * math.sqrt(centre) / turning.size
    return float(frequency[best] + shift / (size * step)), float(centre / turning.size / noise), trials, height


def _unwrapped(points: Complex) -> Floats | None:
    """Return the phase of a slow track, or None when noise makes it jump."""
    phase: Floats = np.unwrap(np.angle(points))
    moves = np.diff(phase)
    if moves.size < 4 or float(np.std(moves - np.median(moves))) > 0.7:  # noqa: PLR2004 - rad: slips are rarer than 1e-5
        return None
    return phase
