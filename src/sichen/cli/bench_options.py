# SPDX-License-Identifier: Apache-2.0
"""Options that several verbs of the bench share, and how a reading is printed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import read_configuration
from sichen.adapters.bench_desk import Wish
from sichen.bench import ClockReference, Reading
from sichen.cli.output import complain, language, note, say
from sichen.core import Figure, Message, term

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object a file.")]
Save = Annotated[bool, Parameter(negative=(), help="Keep the recording and its reading as records.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
LiftAngle = Annotated[float | None, Parameter(help="Lift angle in degrees; 52 when not given.")]
BeatsPerHour = Annotated[float | None, Parameter(help="Nominal beats per hour; found when not given.")]
Reference = Annotated[str, Parameter(help="Time reference: none, pps, pps:CHANNEL, ntp:FILE, ppm:VALUE or ppm:VALUE:U.")]
Channel = Annotated[int | None, Parameter(help="Channel with the watch, counted from 1; the best one when not given.")]
Subject = Annotated[str, Parameter(help="Name of the watch, e.g. 0042.")]
Position = Annotated[str | None, Parameter(help="Position after ISO 3158: CH, FH, 3H, 6H, 9H, 12H.")]

REFUSED = 2
WORTH_SAYING = 1.05
"""Times its own uncertainty from which that of the clock is shown beside a rate."""
CLOCKS = {"pps": "pulses", "ntp-log": "network", "typed": "typed"}


def complain_no_files() -> int:
    """Say that a file must be named."""
    complain(Message("cli.no_files"))
    return REFUSED


def wish(lift_angle: float | None, beats_per_hour: float | None, reference: str, channel: int | None) -> Wish:
    """Put the options together; a lift angle that nobody typed comes from the configuration."""
    settings = read_configuration()
    source = "given" if lift_angle is not None else settings.origins.get("lift_angle", "default")
    angle = settings.lift_angle if lift_angle is None else lift_angle
    return Wish(angle, source, beats_per_hour, reference, channel)


@contextmanager
def progress(label: str, total: float | None) -> Iterator[Callable[[float], None] | None]:
    """Show how far a long measurement is, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda seconds: bar.update(task, completed=seconds)


def print_reading(name: str, reading: Reading) -> None:
    """Print a reading for people: figures on stdout, what to do about them on stderr."""
    if reading.reason is not None:
        print(f"{name}: {say(reading.reason)}")
        return
    spoken = language()
    beats = "—" if reading.beats_per_hour is None else f"{reading.beats_per_hour:,.6g}".replace(",", " ")
    figures = {"rate": reading.rate, "amplitude": reading.amplitude, "beat_error": reading.beat_error}
    parts = [f"{term(key).text(spoken)} {_shown(key, reading)}" for key in figures]
    print(f"{name}  {beats}/h  " + "  ".join(parts))
    for key, figure in figures.items():
        if figure.reason is not None:
            note(f"  {term(key).text(spoken)}: {say(figure.reason)}")
    _print_instability(reading)
    print_clock(reading.reference)
    for message in dict.fromkeys(reading.advice):
        note(f"  {say(message)}")


def print_clock(clock: ClockReference) -> None:
    """Tell what the sample clock was compared with, if with anything."""
    if clock.kind == "none":
        return
    values = {"ppm": f"{clock.ppm:+.4g}".replace("-", "−"), "u": f"{clock.u_ppm:.2g}"}
    note("  " + say(Message(f"cli.bench.calibrated.{CLOCKS[clock.kind]}", **values)))


def rate_text(rate: Figure, total: float | None) -> str:
    """Write a rate; where the clock behind it is less certain than the measurement, with what that makes of it.

    Parameters
    ----------
    rate : Figure, s/d
        Its u is on the recorder's own clock.
    total : float or None
        Standard uncertainty with that of the clock, s/d.
    """
    spoken = language()
    text = rate.text(spoken, signed=True)
    if rate.value is None or total is None or total <= WORTH_SAYING * (rate.u or 0.0):
        return text
    return f"{text} {say(Message('cli.bench.with_clock', u=Figure(rate.value, total, rate.unit).parts(spoken).u))}"


def _print_instability(reading: Reading) -> None:
    unsteady = reading.instability
    if unsteady.ok and reading.instability_tau is not None:
        words = f"{term('instability').text(language())} {unsteady.text(language(), signed=False)}"
        note(f"  {words}  (τ = {reading.instability_tau:.3g} s)")


def _shown(name: str, reading: Reading) -> str:
    if name == "rate":
        return rate_text(reading.rate, reading.rate_u_total)
    figure = reading.amplitude if name == "amplitude" else reading.beat_error
    return figure.text(language(), signed=name == "beat_error")
