# SPDX-License-Identifier: Apache-2.0
"""A bench that hears the same watch in every sound: the pages are tested apart from the measurement."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench import Recording, Samples, SampleStream
from sichen.bench.reading import Beats, Measurement, Reading, TickScope
from sichen.core import Figure, Message
from sichen.web.bench.session import Listening, Settings

BEAT = 0.125
RATE = 4.73
BEAT_ERROR = 0.4e-3
SILENT = Message.plain("no watch is heard")


def beats(begin: float, end: float) -> Beats:
    """Return the drops between two seconds of a watch that gains 4.73 s/d and limps by 0.4 ms."""
    number = np.arange(np.ceil(begin / BEAT), np.ceil(end / BEAT), dtype=np.int64)
    drop: npt.NDArray[np.float64] = number.astype(np.float64) * BEAT / (1 + RATE / 86400) + np.where(
        number % 2, BEAT_ERROR, -BEAT_ERROR
    )
    return Beats(number, drop - 9e-3, drop - 6e-3, drop)


def reading(seconds: float, settings: Settings) -> Reading:
    """Return the figures after some seconds: the uncertainty falls as the watch is heard longer."""
    if seconds < 1:
        return Reading(seconds, reason=SILENT)
    return Reading(
        duration=seconds,
        beats_per_hour=28800.0,
        nominal="listed",
        rate=Figure(RATE, 2.0 / seconds, "s/d"),
        amplitude=Figure(271.6 * settings.lift_angle / 52, 0.6, "°"),
        beat_error=Figure(BEAT_ERROR * 1e3, 0.012, "ms"),
        lift_angle=settings.lift_angle,
        lift_angle_source=settings.lift_angle_source,
        snr_db=12.4,
        beats=int(seconds / BEAT),
        false_alarm_probability=1e-30,
    )


def scope() -> TickScope:
    """Three bursts, 9 and 6 ms before the drop and at it."""
    time = np.arange(-0.015, 0.010, 0.05e-3)
    power = sum(level * np.exp(-(time - at) / 1e-3) * (time >= at) for at, level in ((-9e-3, 0.1), (-6e-3, 0.2), (0.0, 1.0)))
    marks: dict[str, tuple[float | None, float | None]] = {
        "unlock": (-9e-3, -9e-3),
        "impulse": (-6e-3, None),
        "drop": (0.0, 0.0),
    }
    return TickScope(0.05e-3, -0.015, np.asarray(power), 0.8 * np.asarray(power), marks)


@dataclass
class FakeListener:
    """Counts the seconds it was fed."""

    sample_rate: float
    settings: Settings
    heard: float = 0.0
    told: float = 0.0

    def feed(self, samples: Samples) -> None:
        self.heard += len(samples) / self.sample_rate

    def reading(self) -> Reading:
        return reading(self.heard, self.settings)

    def new_beats(self) -> Beats:
        found = beats(self.told, self.heard)
        self.told = self.heard
        return found

    def scope(self) -> TickScope | None:
        return scope() if self.heard > 2 else None


class FakeBench:
    """Plays the bench behind the pages."""

    def prepare(self) -> None:
        pass

    def listen(self, sample_rate: float, channels: int, settings: Settings) -> Listening:  # noqa: ARG002 - the port's
        return FakeListener(sample_rate, settings)

    def measure(self, stream: SampleStream, settings: Settings) -> Measurement:
        seconds = sum(len(piece) for piece in stream.chunks()) / stream.sample_rate
        return Measurement(reading(seconds, settings), beats(0.0, seconds), scope())

    def sample(self) -> SampleStream:
        return Recording(np.zeros((48_000 * 20, 1), dtype=np.float32), 48_000.0)
