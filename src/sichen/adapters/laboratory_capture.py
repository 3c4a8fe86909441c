# SPDX-License-Identifier: Apache-2.0
"""The stations of the laboratory: results typed, read from a file, or taken over from the bench."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import hypot

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import World, world_of
from sichen.adapters.laboratory_steps import RowsRefused, Steps, actor, by_row, keep_steps, text_of, unmoved
from sichen.conformity import Protocol, Refusal, read_days
from sichen.conformity import laboratory as lab
from sichen.conformity.capture import ALIASES
from sichen.conformity.table import Table, decimal, instant, read_table
from sichen.core import DataError, Figure, Input, Instant, Message, Record, digest_of_bytes, is_figure

SAME_POSITION = {"CB": "FH"}
READINGS = ("bench.reading", "bench.quartz")
DECIMALS = 6


@dataclass(frozen=True)
class Slot:
    """The place of one result: case, plan, serial number, quantity."""

    case: str
    plan: str
    serial: str
    quantity: str


@dataclass(frozen=True)
class Result:
    """One result on its way into a case.

    Parameters
    ----------
    serial, quantity, text : str
    u : float or None
    unit, instrument : str
    at : Instant or None
        When it was measured; now when nobody says.
    row : int
        Of the file; 0 where there is none.
    rests_on : tuple of Input
    """

    serial: str
    quantity: str
    text: str
    u: float | None = None
    unit: str = ""
    instrument: str = ""
    at: Instant | None = None
    row: int = 0
    rests_on: tuple[Input, ...] = ()


def capture(folder: DataFolder, number: str, plan: str, result: Result, *, person: str) -> lab.Case:
    """Capture one result that somebody typed.

    Raises
    ------
    NotFound
        If there is no such case or instrument.
    DataError
        As `sichen.conformity.laboratory.capture`.
    """
    return keep_steps(folder, lambda world: _captured(world, number, plan, [result], person=person)).case(number)


def capture_reading(folder: DataFolder, slot: Slot, reading: Record, *, instrument: str, person: str) -> lab.Case:
    """Capture the rate of a kept reading of the bench; the result rests on it.

    Raises
    ------
    DataError
        If it is of another watch or position, has no rate, or the plan asks for another measurand.
    """
    protocol = _protocol(world_of(folder).case(slot.case), slot.plan)
    result = _result_of(reading, protocol, slot.serial, slot.quantity, instrument)
    return capture(folder, slot.case, slot.plan, result, person=person)


def fitting_readings(folder: DataFolder, protocol: Protocol, serial: str, quantity: str) -> tuple[Record, ...]:
    """Return the kept readings of the bench that a result could be taken from, newest first."""
    found = []
    for kind in READINGS:
        for record in folder.records.find(kind=kind, subject=f"watch:{serial}", limit=20):
            try:
                _result_of(record, protocol, serial, quantity, "")
            except DataError:
                continue
            found.append(record)
    return tuple(sorted(found, key=lambda record: -record.instant.ns))


def capture_file(
    folder: DataFolder, number: str, plan: str, content: bytes, *, name: str, instrument: str = "", person: str
) -> lab.Case:
    """Capture the results of a file; all of them or none.

    Parameters
    ----------
    folder : DataFolder
    number, plan : str
    content : bytes
        A table with a column ``day``, as `sichen.conformity.read_days` reads it, or one with the columns
        ``watch``, ``quantity``, ``value`` and optional ``u``, ``unit``, ``date``, ``instrument``.
    name : str
        What the file is called.
    instrument : str
        For rows that name none.
    person : str

    Raises
    ------
    RowsRefused
        If rows are refused.
    DataError
        If the table as a whole cannot be read.
    """
    text = text_of(content, name)
    artifact = digest_of_bytes(content)

    def decide(world: World) -> Steps:
        results = _results(text, world, number, plan, instrument)
        if not results:
            raise DataError(Message("adapters.laboratory.no_rows", name=name))
        return _captured(world, number, plan, results, person=person, artifact=artifact)

    decide(world_of(folder))  # a file that is refused is not kept
    folder.keep(content, media_type="text/csv", name=name, expected=artifact)
    return keep_steps(folder, decide).case(number)


def _captured(world: World, number: str, plan: str, results: Sequence[Result], *, person: str, artifact: str = "") -> Steps:
    case, records, rests_on = world.case(number), list[Record](), dict[tuple[str, str], str]()

    def take(one: Result) -> None:
        nonlocal case
        used = world.instrument(one.instrument)
        moved = lab.capture(
            case,
            one.serial,
            plan,
            one.quantity,
            one.text,
            instrument=used.instrument,
            actor=actor(person),
            u=one.u,
            unit=one.unit,
            at=one.at,
            artifact=artifact,
            rests_on=(*one.rests_on, Input("calibration", used.calibration)),
        )
        case = moved.case
        records.append(moved.record)
        rests_on.update(unmoved(world, one.instrument))

    if artifact:
        order = {quantity: place for place, quantity in enumerate(lab.wanted(_protocol(case, plan)))}
        ready = sorted(results, key=lambda one: order.get(one.quantity, len(order)))
        by_row(ready, take, row_of=lambda one: one.row, watch_of=lambda one: one.serial)
    else:
        for one in results:
            take(one)
    return Steps(tuple(records), rests_on)


def _results(text: str, world: World, number: str, plan: str, instrument: str) -> list[Result]:
    table = read_table(text, required=("watch",), aliases=ALIASES)
    protocol = _protocol(world.case(number), plan)
    if "day" in table.columns:
        return _from_days(text, table, protocol, world, instrument)
    table = read_table(text, required=("watch", "quantity", "value"), aliases=ALIASES)
    refusals: list[Refusal] = []
    results: list[Result] = []
    for row in table.rows:
        u, at = decimal(row.text("u") or "1"), instant(row.text("date")) if row.text("date") else None
        message = None
        if u is None or u <= 0:
            message = Message("conformity.capture.bad_u", row=row.number, found=row.text("u"))
        elif row.text("date") and at is None:
            message = Message("conformity.capture.bad_date", row=row.number, found=row.text("date"))
        elif not (row.text("instrument") or instrument):
            message = Message("adapters.laboratory.no_instrument_named", row=row.number)
        if message is not None:
            refusals.append(Refusal(row.number, row.text("watch"), message))
            continue
        spread = float(u) if row.text("u") and u is not None else None
        cells = (row.text("watch"), row.text("quantity"), row.text("value"), spread, row.text("unit"))
        results.append(Result(*cells, row.text("instrument") or instrument, at, row.number))
    if refusals:
        raise RowsRefused(refusals)
    return results


def _from_days(text: str, table: Table, protocol: Protocol, world: World, instrument: str) -> list[Result]:
    """Return a daily rate a day; days of states have the instrument and the date of their end."""
    known = lab.validities(one.instrument for one in world.instruments.values())
    found = read_days(text, protocol, now=actor("desk").at, instruments=known)
    if found.refusals:
        raise RowsRefused(found.refusals)
    rows = {(row.text("watch"), row.text("day")): row for row in table.rows}
    results: list[Result] = []
    batch = found.batch
    for watch, rates, spreads in zip(batch.watches, batch.rates, _rows_of(batch.u.tolist(), len(batch.watches)), strict=True):
        for day in range(1, len(rates) + 1):
            row = rows[watch, str(day)]
            used = row.text("instrument") or instrument
            if not used:
                raise RowsRefused(
                    [Refusal(row.number, watch, Message("adapters.laboratory.no_instrument_named", row=row.number))]
                )
            value = Decimal(int(rates[day - 1])).scaleb(-batch.decimals)
            u = None if found.usual_u else _spread_of_rate(spreads, day)
            at = instant(row.text("date")) if row.text("date") else None
            results.append(Result(watch, f"day {day}", str(value), u, "", used, at, row.number))
    return results


def _rows_of(u: list[list[float]], count: int) -> list[list[float]]:
    return u * count if len(u) == 1 else u


def _spread_of_rate(spreads: Sequence[float], day: int) -> float:
    """Return u of a daily rate from the spreads of the states at its two ends."""
    return round(hypot(float(spreads[day - 1]), float(spreads[day])), 9)


def _protocol(case: lab.Case, plan: str) -> Protocol:
    for one in case.protocols:
        if one.plan.id == plan:
            return one
    raise DataError(Message("conformity.laboratory.unknown", serial="—", plan=plan, quantity="—"))


def _result_of(reading: Record, protocol: Protocol, serial: str, quantity: str, instrument: str) -> Result:
    if reading.kind not in READINGS:
        raise DataError(Message("adapters.laboratory.not_a_reading", kind=reading.kind))
    if reading.subject != f"watch:{serial}":
        raise DataError(Message("adapters.laboratory.other_watch", found=reading.subject.partition(":")[2], serial=serial))
    if lab.unit_of(protocol, quantity) != "s/d":
        raise DataError(Message("adapters.laboratory.not_a_rate", quantity=quantity))
    if quantity.startswith("day ") and protocol.plan.measurand.kind == "daily_rate":
        raise DataError(Message("adapters.laboratory.another_measurand", quantity=quantity))
    _check_position(reading, protocol, quantity)
    rate = _rate(reading.body)
    text = str(Decimal(repr(rate.value)).quantize(Decimal(1).scaleb(-DECIMALS)).normalize() + 0)
    return Result(
        serial,
        quantity,
        f"{Decimal(text):f}",
        rate.u,
        "s/d",
        instrument,
        reading.instant,
        rests_on=(Input("reading", reading.digest),),
    )


def _check_position(reading: Record, protocol: Protocol, quantity: str) -> None:
    position = str(reading.body.get("position") or "")
    position = SAME_POSITION.get(position, position)
    if quantity.startswith("day "):
        asked = protocol.plan.step_of(int(quantity.removeprefix("day "))).position
    else:
        asked = next((step.position for step in protocol.plan.steps if step.position), "")
    if position and asked and position != asked:
        raise DataError(Message("adapters.laboratory.other_position", found=position, wanted=asked))


def _rate(body: Mapping[str, object]) -> Figure:
    found = body.get("rate")
    if not isinstance(found, Mapping) or not is_figure(found):
        raise DataError(Message("adapters.laboratory.no_rate", why="—"))
    rate = Figure.from_json(found)
    if rate.value is None or rate.u is None:
        raise DataError(Message("adapters.laboratory.no_rate", why=rate.reason or "—"))
    return rate.to("s/d")
