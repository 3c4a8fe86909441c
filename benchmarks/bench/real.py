# SPDX-License-Identifier: Apache-2.0
"""Real recordings: a Seiko 7S26C, the same with noise added, and forty clocks of the ESC-10 set."""

import csv
import os
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from benchmarks.bench.table import Table
from benchmarks.bench.trial import rms
from sichen.bench import Recording, measure
from sichen.bench.escapement_sounds import BAND

NOISES = 4
"""Noises that are added in turn at every level: at -8 dB a single one puts the rate off by 0.2 s/d."""
ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SICHEN_SHARED_DATA", ROOT.parent / "shared" / "data"))
TRUTH = ROOT / "tests" / "data" / "esc10_truth.tsv"
SEIKO_RATE, SEIKO_DROP, SEIKO_UNLOCK = 4.8, 0.24, 0.38
"""The handbook's values: s/d on the recorder's clock, ms, ms; computed by two programs, not certified."""


@dataclass(frozen=True)
class Clip:
    """What was established by eye about one clip; `u` as in the truth file."""

    name: str
    interval: float
    u: float

    @property
    def tolerance(self) -> float:
        """Relative: 0.2 %, or twice the uncertainty of the truth where that is more."""
        return max(2e-3, 2.0 * self.u / self.interval)


def tables(executor: Executor, short: bool) -> list[Table]:
    """Measure what the data folder holds."""
    if not SHARED.is_dir():
        table = Table("Real recordings")
        table.note("not run", f"needs the data folder {SHARED.name}/ beside the repository, or SICHEN_SHARED_DATA")
        return [table]
    return [_seiko(short), _clips(executor)]


def clips() -> list[Clip]:
    """Read the truth of the ESC-10 clips."""
    lines = [line for line in TRUTH.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t")
    return [Clip(row["clip"], float(row["beat_interval_s"]), float(row["u_s"])) for row in rows]


def load(path: Path) -> Recording:
    """Read a sound file."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return Recording(samples, float(rate))


def _seiko(short: bool) -> Table:
    table = Table("Seiko 7S26C, 40.5 s, laptop microphone; white noise added")
    clean = load(SHARED / "watch-audio" / "seiko7s26" / "test2.wav")
    for snr in (None, 4.0, -8.0) if short else (None, 8.0, 4.0, 0.0, -4.0, -6.0, -8.0):
        name = "as recorded" if snr is None else f"{snr:g} dB, {NOISES} noises"
        sounds = [clean] if snr is None else [with_noise(clean, snr, seed=seed) for seed in range(NOISES)]
        readings = [measure(sound, lift_angle=52.0).reading for sound in sounds]
        rates, drops, unlocks = (
            [figure.value for figure in figures]
            for figures in zip(*((r.rate, r.beat_error, r.beat_error_unlock) for r in readings), strict=True)
        )
        table.limit(
            f"{name}: rate {_texts(rates)} s/d, RMS distance from {SEIKO_RATE}",
            rms([_distance(rate, SEIKO_RATE) for rate in rates]),
            0.3,
            "s/d",
            digits=2,
        )
        table.limit(
            f"{name}: beat error at drop {_texts(drops)} ms, RMS distance from {SEIKO_DROP}",
            rms([_distance(drop, SEIKO_DROP, side=True) for drop in drops]),
            0.1,
            "ms",
        )
        table.note(f"{name}: beat error at unlock, from {SEIKO_UNLOCK} ms", _texts(unlocks))
        table.note(f"{name}: amplitude", readings[0].amplitude.text(), "238° at the landmark of tg")
    return table


def _texts(values: Sequence[float | None]) -> str:
    return ", ".join(_text(value) for value in values)


def _text(value: float | None) -> str:
    return "—" if value is None else f"{value:+.3f}"


def _distance(value: float | None, truth: float, *, side: bool = False) -> float:
    """How far a value is from the truth, not a number when refused; `side`: which side is the tick is not known."""
    if value is None:
        return float("nan")
    return min(abs(value - truth), abs(value + truth)) if side else abs(value - truth)


def with_noise(recording: Recording, snr_db: float, *, seed: int) -> Recording:
    """Add white noise until the signal-to-noise ratio of the packets is as asked, noise of the recording included."""
    sound = recording.samples[:, 0].astype(np.float64)
    packet, floor = _packet_and_floor(sound, recording.sample_rate)
    wanted = packet / 10.0 ** (snr_db / 10.0)
    if wanted <= floor:
        return recording
    high = min(BAND[1], recording.sample_rate / 2.0)
    deviation = np.sqrt((wanted - floor) * recording.sample_rate / 2.0 / (high - BAND[0]))
    noisy = sound + deviation * np.random.default_rng(seed).standard_normal(sound.size)
    return Recording((noisy / np.abs(noisy).max()).astype(np.float32)[:, None], recording.sample_rate)


def _packet_and_floor(sound: npt.NDArray[np.float64], rate: float) -> tuple[float, float]:
    """In-band power of a beat (6 a second) over 10 ms, and of the noise, from 2 ms frames."""
    lines = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(sound.size, 1.0 / rate)
    lines[(frequency < BAND[0]) | (frequency > BAND[1])] = 0.0
    band = np.fft.irfft(lines, sound.size)
    size = round(2e-3 * rate)
    frames = np.mean(band[: sound.size // size * size].reshape(-1, size) ** 2, axis=1)
    floor = float(np.mean(np.sort(frames)[: int(0.7 * frames.size)]))
    return (float(np.mean(frames)) - floor) / 6.0 / 10e-3, floor


def _clips(executor: Executor) -> Table:
    table = Table("ESC-10: forty clock clips of 5 s, beat interval to 0.2 % or twice the truth's uncertainty")
    truth = clips()
    readings = list(executor.map(_interval, truth))
    hits = sum(_right(clip, measured) for clip, measured in zip(truth, readings, strict=True))
    table.share("right beat interval", hits, len(truth), 34 / 40)
    table.note(
        "refused", ", ".join(clip.name for clip, measured in zip(truth, readings, strict=True) if measured is None) or "none"
    )
    for clip, measured in zip(truth, readings, strict=True):
        if measured is not None and not _right(clip, measured):
            table.note(f"wrong: {clip.name}", f"{measured:.4f} s", f"{clip.interval:.4f} s")
    return table


def _interval(clip: Clip) -> float | None:
    reading = measure(load(SHARED / "watch-audio" / "esc10" / f"{clip.name}-A.ogg")).reading
    return reading.beat_interval.value


def _right(clip: Clip, measured: float | None) -> bool:
    return measured is not None and abs(measured / clip.interval - 1.0) <= clip.tolerance
