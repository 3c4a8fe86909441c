# SPDX-License-Identifier: Apache-2.0
"""``sichen demo``: a workshop's dozen of synthesised watches, measured through the real chain."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.demonstration import DemonstrationTake, prepare_demonstration, workshop
from sichen.bench import Reading
from sichen.cli.bench_options import progress
from sichen.cli.output import language, print_json, print_table, say
from sichen.core import JSON, Message, Record, term


def demo(
    *,
    data: Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")] = None,
    json: Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object a recording.")] = False,
) -> int:
    """Prepare the demonstration data: twelve synthesised watches, recorded, measured and kept.

    Prints the truth that each was made from beside what was measured. Preparing it twice keeps it once.
    """
    rows = prepare(data)
    if json:
        for take, reading, record in rows:
            print_json(_row(take, reading, record))
    else:
        header = [term("watch"), term("position"), term("rate"), term("amplitude"), term("beat_error")]
        print_table((_cells(take, reading) for take, reading, _ in rows), header=[entry.text(language()) for entry in header])
    return 0


def prepare(data: Path | None) -> list[tuple[DemonstrationTake, Reading, Record | None]]:
    """Make the demonstration in a data folder, showing how far it is."""
    with DataFolder.open(data) as folder, progress(say(Message("cli.demo.preparing")), len(workshop())) as bar:
        report = None if bar is None else (lambda done, _all, _name: bar(done))
        return list(prepare_demonstration(folder, report=report))


def _row(take: DemonstrationTake, reading: Reading, record: Record | None) -> dict[str, JSON]:
    truth: dict[str, JSON] = {
        "rate_s_per_d": take.sound.rate,
        "amplitude_deg": take.sound.amplitude,
        "beat_error_ms": take.sound.beat_error,
    }
    digest = None if record is None else record.digest
    return {"watch": take.watch, "position": take.position, "truth": truth, "digest": digest, **reading.to_json()}


def _cells(take: DemonstrationTake, reading: Reading) -> list[str]:
    if reading.reason is not None:
        return [take.watch, take.position, "—", "—", "—", say(reading.reason)]
    spoken = language()
    return [
        take.watch,
        take.position,
        f"{reading.rate.text(spoken)} ({take.sound.rate:+g})",
        f"{reading.amplitude.text(spoken)} ({take.sound.amplitude:g})",
        f"{reading.beat_error.text(spoken, signed=True)} ({take.sound.beat_error:+g})",
    ]
