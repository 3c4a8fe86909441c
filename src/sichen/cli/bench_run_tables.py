# SPDX-License-Identifier: Apache-2.0
"""How a long run is printed: its trend in a screenful of rows, its instability by averaging time, its wheels."""

import math

import numpy as np
import numpy.typing as npt

from sichen.bench import LongRunResult
from sichen.cli.output import language, print_table, say
from sichen.core import Figure, Message, term

MOST_ROWS = 24
"""Rows of a trend that one screen holds."""

Values = npt.NDArray[np.float64]


def print_trends(result: LongRunResult) -> None:
    """Print rate and amplitude over time, the Allan deviation of the rate, and what each known wheel does."""
    spoken = language()
    print_table(_trend(result), header=_words("time", "rate", "amplitude"))
    if result.stability:
        print()
        rows = (
            [f"{entry.tau:g}", Figure(entry.allan, entry.u, "s/d").text(spoken, signed=False)] for entry in result.stability
        )
        print_table(rows, header=_words("tau", "allan"))
    if result.wheels:
        print()
        wheels = (
            [term(wheel.wheel).text(spoken), f"{wheel.period:g}", wheel.amplitude.text(spoken), f"{wheel.turns:.0f}"]
            for wheel in result.wheels
        )
        print_table(wheels, header=_words("wheel", "beats", "wave", "turns"))


def _words(*names: str) -> list[str]:
    return [say(Message(f"cli.run.{name}")) for name in names]


def _trend(result: LongRunResult) -> list[list[str]]:
    """Return at most a screenful of rows: neighbouring stretches are averaged, those without a rate left out."""
    # An even number: a wheel that turns in two stretches then cancels.
    together = 1 if result.time.size <= MOST_ROWS else 2 * math.ceil(result.time.size / MOST_ROWS / 2)
    rows = []
    for start in range(0, result.time.size, together):
        part = slice(start, start + together)
        known = np.isfinite(result.rate[part]) & np.isfinite(result.rate_u[part])
        if not known.any():
            continue
        rate, u = result.rate[part][known], result.rate_u[part][known]
        figure = Figure(float(rate.mean()), float(np.sqrt(np.sum(u**2))) / rate.size, "s/d")
        parts = figure.parts("en", signed=True)
        swing = _mean(result.amplitude[part])
        rows.append([f"{result.time[part].mean():.0f}", f"{parts.value} ± {parts.u}" if parts.u else parts.value, swing])
    return rows


def _mean(amplitude: Values) -> str:
    known = amplitude[np.isfinite(amplitude)]
    return f"{known.mean():.1f}" if known.size else "—"
