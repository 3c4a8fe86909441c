# SPDX-License-Identifier: Apache-2.0
"""``sichen bench series``: one watch in several positions."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import open_recording
from sichen.adapters.bench_desk import Wish, measure_sound
from sichen.adapters.named_files import read_named
from sichen.bench import PositionReading, position_in_name, read_measurement
from sichen.bench.series import SeriesReport, report
from sichen.cli.bench_options import AsJson, BeatsPerHour, LiftAngle, complain_no_files, wish
from sichen.cli.output import language, print_json, print_table, say
from sichen.core import DataError, Figure, Message, term

VERDICTS = {
    "inside": "cli.series.inside",
    "outside": "cli.series.outside",
    "undecided": "cli.series.undecided",
    "not measured": "bench.not_measured",
}

MAGNITUDES = {"D", "DVm", "N"}
"""Differences of a largest and a smallest, which have no sign."""


def series(
    *files: Path,
    json: AsJson = False,
    positions: Annotated[
        list[str] | None, Parameter(help="Position of a file, repeated for each in their order; else from the names.")
    ] = None,
    earlier: Annotated[
        list[Path] | None, Parameter(help="The same watch at another wind, repeated for each file: isochronism.")
    ] = None,
    against: Annotated[str | None, Parameter(name="--class", help="Hold the series against a class, e.g. gents.")] = None,
    lift_angle: LiftAngle = None,
    beats_per_hour: BeatsPerHour = None,
) -> int:
    """Put readings in several positions together: X, D, DVH, Di, poise, isochronism.

    Parameters
    ----------
    files
        Recordings whose names hold a position (CH FH 3H 6H 9H 12H), or one open measurement file.
    """
    if not files:
        return complain_no_files()
    wanted = wish(lift_angle, beats_per_hour, "none", None)
    before = _readings(tuple(earlier), None, wanted) if earlier else []
    found = report(_readings(files, positions, wanted), earlier=before, class_name=against)
    if json:
        print_json(found.to_json())
    else:
        _print(found)
    return 0


def _readings(files: tuple[Path, ...], named: list[str] | None, wanted: Wish) -> list[PositionReading]:
    if len(files) == 1 and files[0].suffix == ".json":
        takes = read_measurement(read_named(files[0])).takes
        placed = [PositionReading.of(take.position, take.reading) for take in takes if take.position is not None]
        if not placed:
            raise DataError(Message("cli.series.no_positions", file=files[0].name))
        return placed
    if named is not None and len(named) != len(files):
        raise DataError(Message("cli.series.count", files=len(files), positions=len(named)))
    rows = []
    for number, path in enumerate(files):
        code = named[number] if named is not None else position_in_name(path.stem)
        if code is None:
            raise DataError(Message("cli.series.no_position", file=path.name))
        rows.append(PositionReading.of(code, measure_sound(open_recording(path), wanted).reading))
    return rows


def _print(found: SeriesReport) -> None:
    spoken = language()
    header = [term(name).text(spoken) for name in ("position", "rate", "amplitude", "beat_error")]
    rows = [
        [
            f"{code} {term(code).text(spoken)}",
            one.rate.text(spoken),
            one.amplitude.text(spoken),
            one.beat_error.text(spoken, signed=True),
        ]
        for code, one in found.series.readings.items()
    ]
    print_table(rows, header=header)
    print()
    print_table(_lines(found))
    for limit, code, verdict in found.verdicts:
        low, high = ("…" if bound is None else f"{bound:g}".replace("-", "−") for bound in (limit.low, limit.high))
        bounds = f"{low} – {high} {limit.unit}"
        print(f"{term(limit.quantity).text(spoken)} {code}: {bounds}  {say(Message(VERDICTS[verdict]))}")


def _lines(found: SeriesReport) -> list[list[str]]:
    figures: dict[str, Figure] = {
        "X": found.series.rate.mean,
        "D": found.series.rate.spread,
        "DVH": found.series.rate.vertical_minus_horizontal,
        "Di": found.series.di,
        "DVm": found.poise.largest_difference,
        "φ": found.poise.angle,
    }
    across = found.isochronism
    if across is not None:
        figures |= {"Im": across.largest, "Ie": across.mean_change, "N": across.witschi_n}
    return [
        [
            name,
            figure.text(language(), signed=False if name in MAGNITUDES else None),
            "" if figure.reason is None else say(figure.reason),
        ]
        for name, figure in figures.items()
    ]
