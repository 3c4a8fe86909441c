# SPDX-License-Identifier: Apache-2.0
"""The desk of conformity: tables and bench readings are judged by a plan, and verdicts become records.

The command line, the pages and the demonstration judge and keep through here. A table with one bad row is kept by none
of them: its verdicts can be read, and nothing is stored until the table is right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sichen.adapters.data_folder import DataFolder
from sichen.conformity import (
    Judged,
    Protocol,
    Refusal,
    WatchVerdict,
    batch_of_figures,
    judge,
    judge_table,
    plan,
    read_equipment,
    read_limits,
    read_plan,
    read_stations,
)
from sichen.conformity.batch import Kind
from sichen.conformity.certificate import Equipment
from sichen.conformity.table import instant
from sichen.conformity.uncertainty import Budget, Quantity, budget
from sichen.core import JSON, DataError, Figure, Input, Instant, Message, Record, canonical, is_figure

VERDICT = "conformity.verdict"
COMPARISON, PROFICIENCY = "conformity.comparison", "conformity.proficiency"
CSV = "text/csv"
JSON_TYPE = "application/json"


class RowsRefused(DataError):
    """Rows of a table were refused, so nothing was kept; the first one is told, `refusals` has them all."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].message)
        self.refusals = tuple(refusals)


@dataclass(frozen=True)
class Order:
    """How somebody wants watches to be judged.

    Parameters
    ----------
    plan : str
        Name of a built-in plan; what `plan_text` is called when that is given.
    plan_text : str
        A plan of one's own, as TOML.
    category, decision : str, optional
        As `Plan.choose`.
    choices : mapping of str to str
        What the plan leaves open, such as ``sign_d``.
    limits, stations, instruments : str
        CSV with limits of one's own, with the results of stations, with the instruments that were used.
    kind : {"daily_rate", "acoustic_rate"}
        What a column of rates holds.
    chamber_u : float
        What the temperature adds to each rate, s/d.
    """

    plan: str
    plan_text: str = ""
    category: str | None = None
    decision: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    limits: str = ""
    stations: str = ""
    instruments: str = ""
    kind: Kind = "daily_rate"
    chamber_u: float = 0.0

    def protocol(self) -> Protocol:
        """Return the plan with every choice made.

        Raises
        ------
        ConfigError
            If a choice is missing or unknown.
        RowsRefused
            If a row of the limits cannot be used.
        """
        chosen = read_plan(self.plan_text, name=self.plan) if self.plan_text else plan(self.plan)
        if self.limits:
            entered = read_limits(self.limits, chosen)
            if entered.refusals:
                raise RowsRefused(entered.refusals)
            chosen = chosen.with_limits(entered.limits)
        return chosen.choose(category=self.category or None, decision=self.decision or None, parameters=self.choices)

    def equipment(self, at: Instant) -> tuple[Equipment, ...]:
        """Return the instruments that were used; an expired one is refused with its row."""
        return read_equipment(self.instruments, at=at) if self.instruments else ()


@dataclass(frozen=True)
class Source:
    """A table that somebody sent: its bytes as they came, and what the file was called."""

    content: bytes
    name: str

    @property
    def text(self) -> str:
        """The table as text; bytes that are no UTF-8 are shown as such and refused where they stand."""
        return self.content.decode("utf-8-sig", "replace")


@dataclass(frozen=True)
class BenchRate:
    """One rate of one watch from the bench.

    Parameters
    ----------
    watch, position : str
    rate : Figure
        With the error of the sample clock in its uncertainty.
    name : str
        The file or the record, for people.
    digest : str
        Of the kept reading; empty before it is kept.
    """

    watch: str
    position: str
    rate: Figure
    name: str = ""
    digest: str = ""


def judge_source(order: Order, source: Source, *, now: Instant) -> Judged:
    """Judge the watches of a table; the good ones are judged even where others are refused.

    Raises
    ------
    DataError
        If the table as a whole cannot be read.
    ConfigError
        If the plan or a choice is wrong.
    """
    valid = ((one.id, instant(one.valid_until, end_of_day=True)) for one in order.equipment(now))
    return judge_table(
        source.text,
        order.protocol(),
        now=now,
        kind=order.kind,
        stations=order.stations,
        instruments={name: until for name, until in valid if until is not None},
        chamber_u=order.chamber_u,
    )


def usual_budget(kind: str, *, reading_u: float = 0.0) -> Budget | None:
    """Return the budget that belongs to a measurand; None for results of stations.

    Parameters
    ----------
    kind : str
        ``daily_rate``, ``acoustic_rate`` or ``station``.
    reading_u : float
        The uncertainty that the readings of the bench brought, s/d.
    """
    if kind == "acoustic_rate" and reading_u > 0:
        return budget(kind, reading=Quantity(0.0, reading_u))
    return budget(kind) if kind in {"daily_rate", "acoustic_rate"} else None


def temperature_u(made: Budget | None) -> float:
    """Return what the temperature of the chamber adds to each rate, s/d, by a budget."""
    rows = () if made is None else made.table()
    return sum(abs(row.contribution) for row in rows if row.name == "temperature")


def judge_bench(order: Order, rates: Sequence[BenchRate]) -> Judged:
    """Judge watches by their readings at the bench.

    Parameters
    ----------
    order : Order
        Its plan has one position a measurement; readings of one position are taken in the order given.
    rates : sequence of BenchRate

    Raises
    ------
    RowsRefused
        If a watch lacks a position, or has one that the plan does not ask for.
    DataError
        If a reading gave no rate.
    """
    protocol = order.protocol()
    by_watch: dict[str, list[BenchRate]] = {}
    for one in rates:
        by_watch.setdefault(one.watch, []).append(one)
    refusals = [fault for watch, rows in by_watch.items() if (fault := _unfit(watch, rows, protocol)) is not None]
    if not by_watch:
        raise DataError(Message("adapters.conformity.no_readings"))
    if refusals:
        raise RowsRefused(refusals)
    batch = batch_of_figures({watch: [one.rate for one in in_order(rows, protocol)] for watch, rows in by_watch.items()})
    batch = batch.in_chamber(order.chamber_u) if order.chamber_u > 0 else batch
    found = read_stations(order.stations, protocol) if order.stations else None
    if found is not None and found.refusals:
        raise RowsRefused(found.refusals)
    return Judged(judge(batch, protocol, stations=None if found is None else found.readings), (), (), batch)


def in_order(rows: Sequence[BenchRate], protocol: Protocol) -> tuple[BenchRate, ...]:
    """Return the readings of one watch as the plan counts them, or nothing where they do not fit."""
    left = list(rows)
    found = []
    for number in range(1, protocol.plan.length + 1):
        wanted = protocol.plan.step_of(number).position
        fitting = next((one for one in left if one.position == wanted), None)
        if fitting is None:
            return ()
        left.remove(fitting)
        found.append(fitting)
    return () if left else tuple(found)


def kept_rates(folder: DataFolder, digests: Sequence[str]) -> tuple[BenchRate, ...]:
    """Return the rates of kept readings of the bench.

    Raises
    ------
    NotFound
        If a digest is unknown.
    DataError
        If a record is no reading of a mechanical watch in a known position.
    """
    return tuple(rate_of(folder.records.read(folder.records.resolve(digest))) for digest in digests)


def rate_of(record: Record) -> BenchRate:
    """Return the rate of a kept reading, its uncertainty with that of the sample clock."""
    rate, position = record.body.get("rate"), record.body.get("position")
    if record.kind != "bench.reading" or not isinstance(rate, Mapping) or not is_figure(rate):
        raise DataError(Message("adapters.conformity.no_reading", digest=record.digest, kind=record.kind))
    total = record.body.get("rate_u_total_s_per_d")
    figure = Figure.from_json(rate)
    figure = replace(figure, u=float(total)) if isinstance(total, int | float) else figure
    watch = record.subject.partition(":")[2]
    return BenchRate(watch, str(position or ""), figure, record.digest[:15], record.digest)


def keep_table_verdicts(folder: DataFolder, judged: Judged, order: Order, source: Source, *, at: Instant) -> tuple[Record, ...]:
    """Keep the verdicts on a table: records that rest on the table, the stations' results, the limits and the plan.

    Raises
    ------
    RowsRefused
        If a row was refused: then nothing is kept.
    """
    if judged.refusals:
        raise RowsRefused(judged.refusals)
    table = folder.keep(source.content, media_type=CSV, name=source.name)
    behind = (Input("table", table.digest), *_beside(folder, order))
    return _keep(folder, [(verdict, behind) for verdict in judged.verdicts], at=at)


def keep_bench_verdicts(
    folder: DataFolder, judged: Judged, order: Order, rates: Sequence[BenchRate], *, at: Instant
) -> tuple[Record, ...]:
    """Keep the verdicts on readings of the bench: each rests on its readings, and through them on the recordings."""
    beside = _beside(folder, order)
    rows = [
        (verdict, (*(Input("reading", one.digest) for one in rates if one.watch == verdict.watch), *beside))
        for verdict in judged.verdicts
    ]
    return _keep(folder, rows, at=at)


def keep_finding(
    folder: DataFolder, kind: str, body: Mapping[str, JSON], sources: Sequence[Source], *, subject: str, at: Instant
) -> Record:
    """Keep what a comparison or a proficiency round found, as a record that rests on its tables."""
    inputs = tuple(
        Input("table", folder.keep(one.content, media_type=CSV, name=one.name).digest) for one in sources if one.content
    )
    record = Record(kind, subject, body, kind, "1", at, inputs=inputs)
    folder.records.append(record)
    return record


def _beside(folder: DataFolder, order: Order) -> tuple[Input, ...]:
    """Keep what else decided: the plan in its canonical form is found under its own digest."""
    chosen = order.protocol().plan
    folder.keep(canonical(chosen.to_json()), media_type=JSON_TYPE, name=f"{chosen.id}.plan.json", expected=chosen.digest)
    tables = (("stations", order.stations), ("limits", order.limits))
    return tuple(
        Input(role, folder.keep(text.encode(), media_type=CSV, name=f"{role}.csv").digest) for role, text in tables if text
    )


def _keep(folder: DataFolder, rows: Sequence[tuple[WatchVerdict, tuple[Input, ...]]], *, at: Instant) -> tuple[Record, ...]:
    records = tuple(verdict.to_record(at=at, inputs=behind) for verdict, behind in rows)
    folder.records.append_all(records)
    return records


def _unfit(watch: str, rows: Sequence[BenchRate], protocol: Protocol) -> Refusal | None:
    if in_order(rows, protocol):
        return None
    steps = (protocol.plan.step_of(number).position for number in range(1, protocol.plan.length + 1))
    got = ", ".join(one.position or "—" for one in rows)
    return Refusal(None, watch, Message("adapters.conformity.positions", watch=watch, wanted=", ".join(steps) or "—", got=got))
