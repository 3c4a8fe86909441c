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
from sichen.bench import Reading
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
    parts = [f"{term(key).text(spoken)} {_shown(key, figure)}" for key, figure in figures.items()]
    print(f"{name}  {beats}/h  " + "  ".join(parts))
    for key, figure in figures.items():
        if figure.reason is not None:
            note(f"  {term(key).text(spoken)}: {say(figure.reason)}")
    clock = reading.reference
    if clock.kind != "none":
        values = {"ppm": f"{clock.ppm:+.4g}", "u": f"{clock.u_ppm:.2g}"}
        note("  " + say(Message("cli.bench.calibrated", kind=clock.kind, **values)))
    for message in reading.advice:
        note(f"  {say(message)}")


def _shown(name: str, figure: Figure) -> str:
    return figure.text(language(), signed=name in {"rate", "beat_error"})
