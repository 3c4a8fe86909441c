# SPDX-License-Identifier: Apache-2.0
"""``sichen bench events`` and ``sichen bench run``: lists of beat times, minutes or days long."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters.named_files import read_named
from sichen.bench import EventMeasurement, LongRunResult, Reading, Train, measure_events, parse_beat_list
from sichen.bench.beats.following import follow
from sichen.cli.bench_options import REFUSED, AsJson, BeatsPerHour, LiftAngle, complain_no_files, print_reading
from sichen.cli.bench_run_tables import print_trends
from sichen.cli.output import language, note, print_json, say
from sichen.core import JSON, SichenError, term

Escape = Annotated[int | None, Parameter(name="--escape-teeth", help="Teeth of the escape wheel, to name its period.")]
Counts = Annotated[
    list[str] | None,
    Parameter(
        name="--wheel",
        help="TEETH/LEAVES, repeated for each wheel from the fourth to the barrel, e.g. 84/7; needs --escape-teeth.",
    ),
]


def events(
    *files: Path,
    json: AsJson = False,
    lift_angle: LiftAngle = None,
    beats_per_hour: BeatsPerHour = None,
    escape_teeth: Escape = None,
    wheel: Counts = None,
) -> int:
    """Analyse lists of beat times, in seconds: rate, beat error, amplitude, and what comes back in the beats.

    Parameters
    ----------
    files
        CSV or .npy: one column of ticks, or unlock, impulse and drop.
    """
    if not files:
        return complain_no_files()
    train = Train.parse(escape_teeth, wheel or ())

    def analyse(path: Path, content: bytes) -> int:
        found = measure_events(parse_beat_list(content), lift_angle=lift_angle, beats_per_hour=beats_per_hour, train=train)
        return _tell(path, found, as_json=json)

    return max(_each(path, analyse, as_json=json) for path in files)


def run(
    file: Path,
    /,
    *,
    json: AsJson = False,
    lift_angle: LiftAngle = None,
    beats_per_hour: BeatsPerHour = None,
    escape_teeth: Escape = None,
    wheel: Counts = None,
) -> int:
    """Analyse a run of hours or days: trends, Allan deviation, wheels, and whether the rate was steady.

    Parameters
    ----------
    file
        CSV or .npy of beat times, as for `events`.
    """
    train = Train.parse(escape_teeth, wheel or ())

    def analyse(path: Path, content: bytes) -> int:
        listed = parse_beat_list(content)
        found = measure_events(listed, lift_angle=lift_angle, beats_per_hour=beats_per_hour, train=train)
        result = follow(found, train=train)
        if result is None:
            return _tell(path, found, as_json=json)
        _tell_run(path, found, result, as_json=json)
        return 0

    return _each(file, analyse, as_json=json)


def _each(path: Path, analyse: Callable[[Path, bytes], int], *, as_json: bool) -> int:
    """Analyse one file; what is wrong with it is told and becomes the exit code."""
    try:
        return analyse(path, read_named(path))
    except SichenError as error:
        _show(path, Reading(0.0, error.message), {}, as_json=as_json)
        return error.exit_code


def _tell(path: Path, found: EventMeasurement, *, as_json: bool) -> int:
    extra = {key: value for key, value in found.to_json().items() if key not in found.reading.to_json()}
    _show(path, found.reading, extra, as_json=as_json)
    if not as_json:
        _print_periodicities(found)
    return 0 if found.reading.status == "ok" else REFUSED


def _print_periodicities(found: EventMeasurement) -> None:
    for entry in found.periodicities:
        wheel = "" if entry.wheel is None else f"{term(entry.wheel).text(language())} ({entry.order}): "
        note(f"  {wheel}{say(entry.message)}")


def _show(path: Path, reading: Reading, extra: dict[str, JSON], *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(path), **reading.to_json(), "periodicities": [], **extra})
    else:
        print_reading(str(path), reading)


def _tell_run(path: Path, found: EventMeasurement, result: LongRunResult, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(path), **found.to_json(), "run": result.to_json()})
        return
    print_reading(str(path), found.reading)
    note("  " + say(result.steadiness.message))
    _print_periodicities(found)
    print_trends(result)
