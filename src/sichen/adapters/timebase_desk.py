# SPDX-License-Identifier: Apache-2.0
"""The desk of the time base: situations and phase records from files, the leap-second file of this machine."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sichen.adapters.named_files import read_named, shown
from sichen.core import JSON, ConfigError, Instant, Message
from sichen.stability import read_column
from sichen.timebase import Holdover, LeapTable, Outcome, Prediction, leap_table, learn_holdover, read_leap_file, simulate
from sichen.timebase import read_situation as read_text
from sichen.timebase.receivers import Receiver, Reported, Witness, warnings, weigh

LEAP_FILES = (Path("/usr/share/zoneinfo/leap-seconds.list"), Path("/etc/ntp/leap-seconds.list"))


def simulate_file(path: Path) -> Outcome:
    """Run the situation in a file.

    Raises
    ------
    ConfigError
        If the file is no situation; the message names the key.
    SourceError
        If it cannot be read.
    """
    content = read_named(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(Message("timebase.situation.no_toml", problem=str(error))) from error
    return simulate(read_text(text))


@dataclass(frozen=True)
class Decoded:
    """What the log of a receiver tells.

    Parameters
    ----------
    times : tuple of Reported
    passed_over : int
        Bytes that belong to no message.
    warnings : tuple of Message
        What an operator should know of the sky at the end of the log.
    """

    times: tuple[Reported, ...]
    passed_over: int
    warnings: tuple[Message, ...]


def decode_file(path: Path, *, witness: Witness) -> Decoded:
    """Read the times of a receiver's log.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    receiver = Receiver(witness)
    times = tuple(weigh(receiver.feed(read_named(path), final=True)))
    return Decoded(times, receiver.passed_over, warnings(receiver.sky))


@dataclass(frozen=True)
class HeldOver:
    """A learned clock and its predictions.

    Parameters
    ----------
    clock : Holdover
    interval : float
        Seconds between two readings.
    predictions : tuple of Prediction
    """

    clock: Holdover
    interval: float
    predictions: tuple[Prediction, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return noise and predictions as plain JSON."""
        noise = self.clock.noise
        return {
            "interval_s": self.interval,
            "noise": {
                "q1_s": noise.model.q1,
                "q2_per_s": noise.model.q2,
                "q3_per_s3": noise.model.q3,
                "flicker": noise.model.flicker,
                "reading_s": noise.reading**0.5,
            },
            "predictions": [prediction.to_json() for prediction in self.predictions],
        }


def holdover_file(
    path: Path, *, after: tuple[float, ...], tau0: float | None = None, unit: str | None = None, column: str | int | None = None
) -> HeldOver:
    """Learn a clock from a file of phase readings and predict it.

    Parameters
    ----------
    path : Path
        As ``sichen stability`` reads it.
    after : tuple of float
        Seconds after the last reading.
    tau0, unit, column
        As `Column.series` takes them.

    Raises
    ------
    DataError
        If the numbers are too few or no phase.
    SourceError
        If the file cannot be read.
    """
    series = read_column(read_named(path), column=column).series("phase", tau0=tau0, unit=unit)
    last = np.flatnonzero(np.isfinite(series.phase))
    phase = series.phase[: last[-1] + 1] if last.size else series.phase
    clock = learn_holdover(phase, interval=series.tau0)
    return HeldOver(clock, series.tau0, tuple(clock.predict(seconds) for seconds in after))


def machine_leap_table(instant: Instant) -> tuple[LeapTable, Message | None]:
    """Return the leap-second table of this machine, or ours where it has none or a worse one, and what to say of it.

    Parameters
    ----------
    instant : Instant
        Now.
    """
    best = leap_table()
    for path in LEAP_FILES:
        try:
            found = read_leap_file(read_named(path).decode("ascii", "replace"), source=shown(path))
        except (OSError, ValueError):
            continue
        if found.expires > best.expires:
            best = found
    return best, best.advice(instant)
