# SPDX-License-Identifier: Apache-2.0
"""Watches too fast for single beats: the hum of a tuning fork, and stopwatches of a hundred beats a second.

A fork is a line in the sound, a fast stopwatch a line in its energy. The line is mixed down to nothing and its phase
followed: the slope of the phase is the rate. Such a sound has no unlock and no drop.

A steady line is no proof of a watch: mains, fans and coils hum as steadily. Unless somebody says what is to be heard,
only a line beside 360 Hz is taken, alone among the harmonics of the mains; and the false alarm probability counts the
tones that houses hold, which no longer recording makes fewer.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.nominal import DAY, HOUR, nominal_for, rate_of
from sichen.bench.reading import ClockReference, Reading
from sichen.core import Figure, Message

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
C128 = npt.NDArray[np.complex128]

SINGLE = 80_000.0
"""Beats an hour above which no beat is heard by itself."""
FORK = 1_296_000.0
SLOWEST_FORK = 700_000.0
"""Beats an hour from which the watch hums; below, it ticks."""
STEP = 1 / 32
"""Seconds from one point of the phase to the next; tones outside ±16 Hz are kept out by windows of four steps."""
OVERLAP = 4
JOINED = 8
"""Points that are averaged before the phase is read."""
REACH = 0.0105
"""Relative: how far a watch may be from its nominal."""
ALONE = 5e-4
"""Relative: how near 360 Hz a hum must be that nobody announced."""
TONES = 1 / 3
"""Steady tones in a recording, a unit of the logarithm of frequency: two between 20 Hz and 8 kHz, from mains, fans, coils."""
LONELY = 2e-3
"""Part of the recordings that hold a harmonic of the mains whose neighbours are not heard. Both are estimates, not measured."""
MAINS = tuple(order / 6 for order in (2, 4, 5, 7, 8))
"""360 Hz is the sixth harmonic of 60 Hz: these are its neighbours, relative to it."""
NEIGHBOUR = 0.1
"""Neighbours of this part of the line's height are mains."""
SHORTEST = 4.0
CERTAIN = -9.0
CLEAN = 0.5
"""Part of the power near the line that is in the line, for a hum that nobody announced."""
STEADY = 0.5
"""Scatter of the phase, in radians, that belongs to one line."""
GROUPS = 12


@dataclass(frozen=True)
class Tone:
    """A line: cycles a second with standard uncertainty, and how it stands out."""

    frequency: float
    u: float
    log10_chance: float
    clean: float
    scatter: float
    snr_db: float


class Hum:
    """Mixes the sound, or its energy, down by one frequency and by its neighbours.

    Parameters
    ----------
    sample_rate : float > 0
    beats_per_hour : float, optional
        What the user says; by default a fork of 360 Hz is listened for.
    """

    def __init__(self, sample_rate: float, beats_per_hour: float | None = None) -> None:
        self.asked = beats_per_hour is not None
        self.beats_per_hour = FORK if beats_per_hour is None else beats_per_hour
        self.frequency = self.beats_per_hour / HOUR
        self.ticks = self.beats_per_hour < SLOWEST_FORK
        self.hop = max(1, round(STEP * sample_rate))
        self.step = self.hop / sample_rate
        ratios = (1.0,) if self.asked else (1.0, *MAINS)
        self._turns = self.frequency * np.array(ratios) / sample_rate
        size = OVERLAP * self.hop
        window = np.hanning(size + 2)[1:-1]
        carrier = window * np.exp(-2j * np.pi * np.outer(self._turns, np.arange(size)))
        parts = np.stack([carrier.real, carrier.imag]).astype(np.float32)
        # the windows overlap: each stretch of a step is taken once, with every part of the window
        self._by_step = np.ascontiguousarray(parts[:, 0].reshape(2 * OVERLAP, self.hop).T)
        self._others = np.ascontiguousarray(parts[:, 1:].reshape(-1, size).T)
        self._size = size
        self._points: list[complex] = []
        self._beside: list[C128] = []
        self._rest = np.empty(0, np.float32)
        self._last = np.float32(0.0)
        self._blocks = 0

    def feed(self, samples: F32) -> None:
        """Take the next samples of one channel."""
        clean = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        if self.ticks and clean.size:
            sharp = np.diff(clean, prepend=self._last)
            self._last = clean[-1]
            clean = sharp * sharp
        joined = np.concatenate([self._rest, clean])
        if joined.size < self._size:
            self._rest = joined
            return
        steps = joined[: joined.size // self.hop * self.hop].reshape(-1, self.hop)
        count = len(steps) - OVERLAP + 1
        blocks = self._blocks + np.arange(count)
        turned = np.exp(-2j * np.pi * np.mod(np.outer(blocks * self.hop, self._turns), 1.0))
        products = (steps @ self._by_step).reshape(-1, 2, OVERLAP)
        real, imaginary = (sum(products[i : i + count, part, i] for i in range(OVERLAP)) for part in (0, 1))
        self._points.extend(((real + 1j * imaginary) * turned[:, 0]).tolist())
        apart = np.flatnonzero(blocks % OVERLAP == 0)
        windows = np.stack([steps[i : i + OVERLAP].ravel() for i in apart]) if apart.size else np.empty((0, self._size))
        beside = (windows @ self._others).reshape(apart.size, 2, self._turns.size - 1)
        self._beside.extend((beside[:, 0] + 1j * beside[:, 1]) * turned[apart, 1:])
        self._blocks += count
        self._rest = joined[count * self.hop :].copy()

    def forget(self) -> None:
        """Drop what was heard: it is a watch that ticks."""
        self._points.clear()
        self._beside.clear()

    def tone(self) -> Tone | None:
        """Return the line that is heard, None when there is none."""
        if len(self._points) * self.step < SHORTEST:
            return None
        points = np.array(self._points)
        if not np.abs(points).any():
            return None
        found = self._line(points)
        return None if found is None or (not self.asked and self._is_mains(points, found)) else found

    def _line(self, points: C128) -> Tone | None:
        """Follow the phase of the strongest line, None when it is too far from the nominal."""
        size = 1 << int(np.ceil(np.log2(4 * points.size)))
        power = np.abs(np.fft.fft(points, size)) ** 2
        offsets = np.fft.fftfreq(size, self.step)
        offset = float(offsets[int(np.argmax(power))])
        if abs(offset) > REACH * self.frequency:
            return None
        count = points.size // JOINED
        still = points * np.exp(-2j * np.pi * offset * np.arange(points.size) * self.step)
        still = still[: count * JOINED].reshape(count, JOINED).mean(axis=1)
        time = (np.arange(count) + 0.5) * JOINED * self.step
        mean = complex(still.mean())
        phase = np.unwrap(np.angle(still * np.conj(mean)))
        slope, start = np.polyfit(time - time.mean(), phase, 1)
        residuals = phase - start - slope * (time - time.mean())
        scatter = float(np.sqrt(np.sum(residuals**2) / max(count - 2, 1)))
        total = float(np.mean(np.abs(points) ** 2))
        straight = still * np.exp(-1j * (start + slope * (time - time.mean())))
        line = abs(complex(straight.mean())) ** 2
        noise = max(total - line, 1e-12 * total)
        independent = points.size / OVERLAP
        chance = -independent * line / noise / np.log(10) + np.log10(independent)
        u = scatter * np.sqrt(_correlation(residuals, scatter) / np.sum((time - time.mean()) ** 2)) / (2 * np.pi)
        return Tone(
            self.frequency + offset + slope / (2 * np.pi),
            float(max(u, 1e-12)),
            float(chance),
            line / total,
            scatter,
            float(10 * np.log10(line / noise)),
        )

    def _is_mains(self, points: C128, tone: Tone) -> bool:
        """Tell whether the harmonics beside it are heard too, or the line is not clean enough for a fork."""
        if tone.clean < CLEAN or tone.scatter > STEADY:
            return True
        beside = np.array(self._beside)
        ratio = tone.frequency / self.frequency - 1
        time = np.arange(len(beside)) * OVERLAP * self.step
        turned = np.exp(-2j * np.pi * ratio * self.frequency * np.outer(time, MAINS))
        height = np.sqrt(tone.clean * float(np.mean(np.abs(points) ** 2)))
        return bool(np.abs(np.mean(beside * turned, axis=0)).max() > NEIGHBOUR * height)


def chance_of_a_tone(reach: float) -> float:
    """Return the chance that a recording holds a steady tone that no watch made, so near a frequency, relative.

    Examples
    --------
    >>> f"{chance_of_a_tone(5e-4):.1e}"
    '2.3e-03'
    """
    return 2 * reach * TONES + LONELY


def _correlation(residuals: F64, scatter: float) -> float:
    """Return by how much slow residuals exceed what independent ones would leave in their means, at least 1."""
    if residuals.size < 4 * GROUPS or scatter == 0.0:
        return 1.0
    parts = np.array_split(residuals, GROUPS)
    return max(1.0, sum(part.size * float(part.mean()) ** 2 for part in parts) / scatter**2 / (GROUPS - 2))


def hum_reading(hum: Hum, blank: Reading, *, reference: ClockReference) -> Reading | None:
    """Return the reading of a watch that hums, None when none is heard.

    Parameters
    ----------
    hum : Hum
    blank : Reading
        With what is known before anything is heard.
    reference : ClockReference

    Returns
    -------
    Reading or None
        With rate; amplitude and beat error are refused with the reason.
    """
    tone = hum.tone()
    if tone is None or tone.log10_chance > CERTAIN:
        return None
    reach = REACH if hum.asked else ALONE
    if abs(tone.frequency / hum.frequency - 1) > reach:
        return None
    frequency = tone.frequency * (1 + 1e-6 * reference.ppm)
    nominal = nominal_for(frequency * HOUR, given=hum.beats_per_hour if hum.asked else None)
    relative = tone.u / tone.frequency
    reason = Message("bench.hum.ticks_too_fast" if hum.ticks else "bench.hum.no_escapement")
    doubt = Message("bench.hum.unproven", found=f"{frequency:.1f}")
    clock = () if reference.kind != "none" else (Message("bench.acoustic.clock_unknown"),)
    return Reading(
        duration=blank.duration,
        beats_per_hour=nominal.beats_per_hour,
        nominal=nominal.origin,
        beat_interval=Figure(1 / frequency, relative / frequency, "s"),
        rate=Figure(rate_of(1 / frequency, beats_per_hour=nominal.beats_per_hour), relative * DAY, "s/d"),
        amplitude=Figure.refused("°", reason),
        amplitude_linear=Figure.refused("°", reason),
        amplitude_third=Figure.refused("°", reason),
        beat_error=Figure.refused("ms", reason),
        beat_error_unlock=Figure.refused("ms", reason),
        instability=Figure.refused("s/d", reason),
        lift_angle=blank.lift_angle,
        lift_angle_source=blank.lift_angle_source,
        snr_db=tone.snr_db,
        false_alarm_probability=min(1.0, float(10 ** max(tone.log10_chance, -300.0)) + chance_of_a_tone(reach)),
        beats=int(blank.duration * frequency),
        reference=reference,
        advice=(doubt, *clock),
    )
