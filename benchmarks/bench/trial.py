# SPDX-License-Identifier: Apache-2.0
"""One synthesised recording, measured, and how far the reading is from the truth."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sichen.bench import ClockReference, Recording, Scene, WatchSound, measure, synthesis_stream, synthesise

if TYPE_CHECKING:
    from sichen.bench.signal import SampleStream

NAN = float("nan")
PERFECT_CLOCK = ClockReference("typed", 0.0, 0.0)
"""The synthesised sampling clock is exact: what is left of u is the measurement's own."""


@dataclass(frozen=True)
class Trial:
    """What to synthesise."""

    watch: WatchSound
    scene: Scene = field(default_factory=Scene)
    duration: float = 30.0
    sample_rate: float = 48_000.0
    seed: int = 0
    lost: tuple[float, float] | None = None
    """Second at which milliseconds are lost, and how many."""

    def text(self) -> str:
        """Name the trial in a table."""
        w = self.watch
        return f"{w.beats_per_hour:g} bph {w.amplitude:g}° {w.escapement} {self.scene.snr_db} dB {self.sample_rate:g} Hz seed {self.seed}"


@dataclass(frozen=True)
class Outcome:
    """Reading minus truth; not a number where the reading refused."""

    trial: Trial
    locked: bool
    interval: float
    """Relative error of the beat interval."""
    rate: float
    rate_u: float
    beat_error: float
    beat_error_unlock: float
    beat_error_u: float
    amplitude: float
    amplitude_u: float

    def text(self) -> str:
        """Name the trial and what went wrong."""
        return f"{self.trial.text()}: interval × {1.0 + self.interval:.4f}, amplitude {self.amplitude:+.1f}°"


def run(trial: Trial) -> Outcome:
    """Synthesise and measure."""
    stream, truth = synthesis_stream(
        trial.watch, duration=trial.duration, sample_rate=trial.sample_rate, scene=trial.scene, seed=trial.seed
    )
    sound: SampleStream = stream if trial.lost is None else _without(trial, *trial.lost)
    reading = measure(sound, lift_angle=trial.watch.lift_angle, reference=PERFECT_CLOCK).reading
    interval = trial.watch.beat_interval
    measured = reading.beat_interval.value
    return Outcome(
        trial=trial,
        locked=reading.reason is None,
        interval=NAN if measured is None else measured / interval - 1.0,
        rate=NAN if measured is None else -86_400.0 * (measured / interval - 1.0),
        rate_u=_number(reading.rate.u),
        beat_error=_signed(reading.beat_error.value, truth.beat_error_drop),
        beat_error_unlock=_signed(reading.beat_error_unlock.value, truth.beat_error_unlock),
        beat_error_u=_number(reading.beat_error.u),
        amplitude=_number(reading.amplitude.value) - (float(np.mean(truth.amplitude)) if truth.amplitude.size else NAN),
        amplitude_u=_number(reading.amplitude.u),
    )


def _without(trial: Trial, at: float, gone: float) -> Recording:
    """Synthesise the same and take some milliseconds out."""
    whole, _ = synthesise(
        trial.watch, duration=trial.duration, sample_rate=trial.sample_rate, scene=trial.scene, seed=trial.seed
    )
    cut = round(at * trial.sample_rate)
    after = cut + round(1e-3 * gone * trial.sample_rate)
    return Recording(np.concatenate([whole.samples[:cut], whole.samples[after:]]), trial.sample_rate)


def run_all(executor: Executor, trials: Iterable[Trial]) -> list[Outcome]:
    """Run trials; the answers do not depend on who runs them."""
    return list(executor.map(run, list(trials)))


def right(outcome: Outcome) -> bool:
    """Tell whether the beat interval is that of the watch, to a part in a thousand."""
    return outcome.locked and abs(outcome.interval) < 1e-3


def rms(values: Sequence[float]) -> float:
    """Root mean square; not a number when there is no value or one is missing."""
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else NAN


def greatest(values: Iterable[float]) -> float:
    """Return the greatest magnitude; not a number when there is no value or one is missing."""
    magnitudes = np.abs(list(values))
    return float(np.max(magnitudes)) if magnitudes.size else NAN


def given(values: Iterable[float]) -> list[float]:
    """Return the values that were not refused."""
    return [value for value in values if not np.isnan(value)]


def _number(value: float | None) -> float:
    return NAN if value is None else value


def _signed(value: float | None, truth: float) -> float:
    """Error of a beat error, which side is the tick being unknown to a listener: the nearer sign counts."""
    if value is None:
        return NAN
    return min(value - truth, value + truth, key=abs)
