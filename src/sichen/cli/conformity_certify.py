# SPDX-License-Identifier: Apache-2.0
"""``sichen conformity certify``: from a table, recordings or kept readings to certificates, in one command."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from sichen.adapters import AudioFile, DataFolder, now, open_recording
from sichen.adapters.bench_desk import Wish, keep_reading, measure_sound
from sichen.adapters.certificate_desk import (
    FILES,
    Docket,
    Particulars,
    draft_certificates,
    form_of,
    release_certificate,
    review_certificate,
)
from sichen.adapters.conformity_desk import (
    BenchRate,
    Order,
    RowsRefused,
    Source,
    judge_bench,
    judge_source,
    keep_bench_verdicts,
    keep_table_verdicts,
    kept_rates,
    rate_of,
    temperature_u,
    usual_budget,
)
from sichen.adapters.issuing_house import check_named, house, set_house
from sichen.adapters.named_files import make_folder, read_named, write_named
from sichen.bench import Measurement, position_in_name
from sichen.cli.bench_options import BeatsPerHour, LiftAngle, Reference, wish
from sichen.cli.conformity_options import (
    Acoustic,
    AsJson,
    Category,
    Choices,
    Data,
    Decision,
    Instruments,
    LimitsFile,
    PlanName,
    StationsFile,
    order,
)
from sichen.cli.output import complain, note, print_json, print_table, say
from sichen.conformity import Judged, read_items
from sichen.conformity.certificate import Item, Party
from sichen.core import JSON, ConfigError, DataError, Instant, Message, Record

if TYPE_CHECKING:
    from sichen.conformity.uncertainty import Budget

TABLES = {".csv", ".tsv", ".txt"}
Name = Annotated[str, Parameter(help="Name of the person.")]


def certify(
    *files: Path,
    plan_: PlanName,
    category: Category = None,
    decision: Decision = None,
    set_: Choices = None,
    limits: LimitsFile = None,
    acoustic: Acoustic = False,
    stations: StationsFile = None,
    instruments: Instruments = None,
    chamber_u: Annotated[
        float | None, Parameter(help="What the temperature adds to each rate, s/d; by default the usual budget's.")
    ] = None,
    readings: Annotated[list[str] | None, Parameter(name="--reading", help="Digest of a kept reading of the bench.")] = None,
    watch: Annotated[str, Parameter(help="Serial number of the watch that the recordings are of.")] = "",
    lift_angle: LiftAngle = None,
    beats_per_hour: BeatsPerHour = None,
    reference: Reference = "none",
    brand: Annotated[str, Parameter(help="Brand of the watches.")] = "",
    model: Annotated[str, Parameter(help="Model of the watches.")] = "",
    calibre: Annotated[str, Parameter(help="Calibre of the watches.")] = "",
    state: Annotated[str, Parameter(help="State on arrival.")] = "",
    watches: Annotated[Path | None, Parameter(help="CSV (watch, brand, model, calibre, state) instead of these.")] = None,
    customer: Annotated[str, Parameter(help="Who asked for the test.")] = "",
    laboratory: Annotated[str, Parameter(help="Name of the laboratory; kept, see `sichen conformity house`.")] = "",
    tested_by: Name = "",
    reviewed_by: Name = "",
    released_by: Name = "",
    begun: Annotated[str, Parameter(help="First day of the test, 2026-11-01.")] = "",
    ended: Annotated[str, Parameter(help="Last day of the test.")] = "",
    replaces: Annotated[str, Parameter(help="Number of the certificate that is replaced.")] = "",
    release: Annotated[
        bool, Parameter(negative=(), help="Review and release at once: the two named people have both seen the results.")
    ] = False,
    out: Annotated[
        Path | None, Parameter(help="Write the certificates into this folder: PDF, HTML and, released, XML.")
    ] = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Judge watches and make a certificate for each: draft, or with --release signed and printed.

    Leaves with 0 when every watch is accepted, 1 when one is rejected or undecided, 2 when anything was refused;
    then nothing is kept.

    Parameters
    ----------
    files
        One table of daily states or rates (CSV), or recordings of one watch, each named with its position.
    """
    asked = order(
        plan_,
        category=category,
        decision=decision,
        choices=set_,
        limits=limits,
        stations=stations,
        instruments=instruments,
        acoustic=acoustic,
    )
    said = Particulars(
        customer=Party(customer, customer),
        tested_by=tested_by,
        reviewed_by=reviewed_by,
        released_by=released_by,
        begun=_day(begun),
        ended=_day(ended),
        equipment=asked.equipment(now()),
        replaces=replaces,
    )
    if release and not (tested_by and reviewed_by and released_by):
        raise ConfigError(Message("cli.conformity.three_names"))
    if out is not None:
        make_folder(out)
    known = read_items(Source(read_named(watches), watches.name).text) if watches is not None else {}
    with DataFolder.open(data) as folder:
        if laboratory:
            set_house(folder.path, replace(house(folder.path), laboratory=Party(laboratory, laboratory)))
        if release:
            check_named(folder.path)
        desk = _Desk(folder, asked, chamber_u, now())
        try:
            judged, records = desk.judge(files, readings or [], watch, wish(lift_angle, beats_per_hour, reference, None))
        except RowsRefused as error:
            for refusal in error.refusals:
                complain(refusal.message)
            complain(Message("cli.conformity.nothing_kept"))
            return error.exit_code
        items = {one.watch: known.get(one.watch, Item(one.watch, brand, model, calibre, state)) for one in judged.verdicts}
        said = replace(said, items=items, budgets=() if desk.budget is None else (desk.budget,))
        made = draft_certificates(folder, judged.verdicts, records, said, at=desk.at)
        if release:
            made = tuple(_released(folder, one.certificate.number, reviewed_by, released_by, desk.at) for one in made)
        for one in made:
            show(folder, one, out, json=json)
    return 0 if all(one.verdict == "accept" for one in judged.verdicts) else 1


class _Desk:
    """Judges whatever came, keeps it only when all of it is right, and remembers the budget that belongs to it."""

    def __init__(self, folder: DataFolder, asked: Order, chamber_u: float | None, at: Instant) -> None:
        self.folder, self.asked, self.at = folder, asked, at
        self.chamber_u = chamber_u
        self.budget: Budget | None = None

    def judge(
        self, files: Sequence[Path], readings: Sequence[str], watch: str, wanted: Wish
    ) -> tuple[Judged, tuple[Record, ...]]:
        """Judge a table, kept readings or recordings, whichever was given."""
        if readings and not files:
            return self.of_readings(kept_rates(self.folder, readings))
        if len(files) == 1 and files[0].suffix.lower() in TABLES:
            return self.of_table(Source(read_named(files[0]), files[0].name))
        return self.of_recordings([(path, *_heard(path, wanted)) for path in files], watch)

    def of_table(self, source: Source) -> tuple[Judged, tuple[Record, ...]]:
        series = self.asked.protocol().plan.length > 0
        asked = self._with_budget(self.asked.kind if series else "station")
        judged = judge_source(asked, source, now=self.at)
        return judged, keep_table_verdicts(self.folder, judged, asked, source, at=self.at)

    def of_readings(self, rates: Sequence[BenchRate]) -> tuple[Judged, tuple[Record, ...]]:
        asked = self._of_bench(rates)
        judged = judge_bench(asked, rates)
        return judged, keep_bench_verdicts(self.folder, judged, asked, rates, at=self.at)

    def of_recordings(
        self, heard: Sequence[tuple[Path, AudioFile, Measurement]], watch: str
    ) -> tuple[Judged, tuple[Record, ...]]:
        named = [(path, sound, found, watch or _watch_in(path)) for path, sound, found in heard]
        rates = [_rate(path, found, name) for path, _, found, name in named]
        asked = self._of_bench(rates)
        judged = judge_bench(asked, rates)  # before anything is kept
        kept = []
        for path, sound, found, name in named:
            artifact = self.folder.keep(path, media_type=sound.media_type, name=path.name)
            where = position_in_name(path.stem)
            kept.append(
                rate_of(
                    keep_reading(self.folder, found, sound=artifact, subject=f"watch:{name}", instant=self.at, position=where)
                )
            )
        return judged, keep_bench_verdicts(self.folder, judged, asked, kept, at=self.at)

    def _of_bench(self, rates: Sequence[BenchRate]) -> Order:
        return self._with_budget("acoustic_rate", max((one.rate.u or 0.0 for one in rates), default=0.0))

    def _with_budget(self, kind: str, reading_u: float = 0.0) -> Order:
        self.budget = usual_budget(kind, reading_u=reading_u)
        return replace(self.asked, chamber_u=temperature_u(self.budget) if self.chamber_u is None else self.chamber_u)


def _heard(path: Path, wanted: Wish) -> tuple[AudioFile, Measurement]:
    sound = open_recording(path)
    found = measure_sound(sound, wanted)
    if found.reading.reason is not None:
        reason = found.reading.reason
        raise DataError(Message("cli.conformity.no_reading", file=path.name, why=say(reason)))
    return sound, found


def _rate(path: Path, found: Measurement, watch: str) -> BenchRate:
    reading = found.reading
    position = position_in_name(path.stem)
    if position is None:
        raise DataError(Message("cli.conformity.no_position", file=path.name))
    return BenchRate(watch, position, replace(reading.rate, u=reading.rate_u_total), path.name)


def _watch_in(path: Path) -> str:
    """Return the serial number in a file name: what stands before its position."""
    position = position_in_name(path.stem) or ""
    return path.stem.partition(position)[0].strip(" _-") or path.stem if position else path.stem


def _released(folder: DataFolder, number: str, reviewer: str, releaser: str, at: Instant) -> Docket:
    said = Message("cli.conformity.in_one_command").text("en")
    review_certificate(folder, number, person=reviewer, at=at, note=said)
    return release_certificate(folder, number, person=releaser, at=at, note=said)


def show(folder: DataFolder, one: Docket, out: Path | None, *, json: bool) -> None:
    """Print a certificate's state, and write its forms into a folder when one is named."""
    files = {} if out is None else _written(folder, one, out)
    own = one.certificate
    if json:
        print_json(told(one, files))
        return
    stage = say(Message(f"cli.conformity.stage.{one.stage}"))
    print_table([[own.number, own.item.serial, say(Message(f"cli.conformity.{own.verdict}")), stage, own.digest]])
    for path in files.values():
        note(f"  {path}")
    if one.issued is not None:
        note(say(Message("cli.bench.kept", file=own.number, digest=one.issued.digest)))


def told(one: Docket, files: Mapping[str, str]) -> dict[str, JSON]:
    """Return what a program is told of a certificate."""
    return {**one.to_json(), "files": dict(files)}


def _written(folder: DataFolder, one: Docket, out: Path) -> dict[str, str]:
    paths = {}
    for ending in FILES if one.issued is not None else ("pdf", "html"):
        path = out / f"{one.certificate.number}.{ending}"
        write_named(path, form_of(folder, one, ending))
        paths[ending] = str(path)
    return paths


def _day(text: str) -> str:
    if text:
        Instant.parse(f"{text}T00:00:00Z")
    return text
