# SPDX-License-Identifier: Apache-2.0
"""Rooms and chambers: what is allowed in them, and the logs of what was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sichen.conformity.laboratory.environment import Surroundings
from sichen.conformity.laboratory.trail import Actor, entry, follow
from sichen.conformity.table import Refusal, Row, decimal, instant, read_table
from sichen.core import JSON, DataError, Input, Instant, Message, Record

Band = tuple[float, float]
COLDEST, WARMEST = -60.0, 120.0
WETTEST = 100.0
ALIASES = {
    "at": "time",
    "date": "time",
    "时间": "time",
    "temperature": "temperature_c",
    "温度": "temperature_c",
    "humidity": "humidity_percent",
    "湿度": "humidity_percent",
}


@dataclass(frozen=True)
class Log:
    """One imported log: digest of its file, first and last reading."""

    file: str
    first: Instant
    last: Instant
    record: str


@dataclass(frozen=True)
class Place:
    """A room or a chamber.

    Parameters
    ----------
    id, name_en, name_zh : str
    temperature, humidity : (float, float)
        Lowest and highest that is allowed, in degrees Celsius and in per cent.
    logs : tuple of Log
    last : str
        Digest of the record of the last step.
    """

    id: str
    name_en: str
    name_zh: str
    temperature: Band
    humidity: Band
    logs: tuple[Log, ...] = ()
    last: str = ""


@dataclass(frozen=True)
class Settled:
    """A place after a step, and the record to be kept of it."""

    place: Place
    record: Record


@dataclass(frozen=True)
class Episode:
    """A time in which a place was outside what is allowed.

    Parameters
    ----------
    quantity : {"temperature", "humidity"}
    first, last : Surroundings
    worst : float
    """

    quantity: str
    first: Surroundings
    last: Surroundings
    worst: float


@dataclass(frozen=True)
class ReadLog:
    """What a log held: readings in order of time, or why rows were refused."""

    readings: tuple[Surroundings, ...]
    refusals: tuple[Refusal, ...]


def read_log(text: str, *, now: Instant) -> ReadLog:
    r"""Read a log of temperature and humidity.

    Parameters
    ----------
    text : str
        Columns ``time``, ``temperature_c``, ``humidity_percent``.
    now : Instant
        No reading may lie after it.

    Raises
    ------
    DataError
        If a column is missing or its unit is another.

    Examples
    --------
    >>> log = "time,temperature_c,humidity_percent\n2026-11-23T08:00:00Z,23.1,48\n"
    >>> read_log(log, now=Instant.parse("2026-11-23T09:00:00Z")).readings[0].temperature
    23.1
    """
    table = read_table(text, required=("time", "temperature_c", "humidity_percent"), aliases=ALIASES)
    readings: list[Surroundings] = []
    refusals: list[Refusal] = []
    for row in table.rows:
        found = _surroundings(row, now, readings[-1] if readings else None)
        if isinstance(found, Message):
            refusals.append(Refusal(row.number, "", found))
        else:
            readings.append(found)
    return ReadLog(tuple(readings), tuple(refusals))


def settle(place: Place, *, actor: Actor, known: bool = False) -> Settled:
    """Enter a room or a chamber with what is allowed in it.

    Raises
    ------
    DataError
        If it has no name or one that is taken, or a lowest value lies above the highest.
    """
    if known or not place.id.strip():
        raise DataError(Message("conformity.laboratory.place_name", name=place.id or "—"))
    for low, high in (place.temperature, place.humidity):
        if not low < high:
            raise DataError(Message("conformity.plan.limits_reversed", low=f"{low:g}", high=f"{high:g}"))
    body: dict[str, JSON] = {"step": "entered", "name_en": place.name_en, "name_zh": place.name_zh}
    body |= {"temperature_c": list(place.temperature), "humidity_percent": list(place.humidity)}
    return _settled(place, body, actor)


def note_log(place: Place, readings: Sequence[Surroundings], *, file: str, actor: Actor) -> Settled:
    """Note an imported log; `file` is the digest of it.

    Raises
    ------
    DataError
        If it holds no reading, or was noted before.
    """
    if not readings:
        raise DataError(Message("conformity.laboratory.empty_log"))
    if any(one.file == file for one in place.logs):
        raise DataError(Message("conformity.laboratory.log_again", place=place.id))
    temperatures, humidities = [one.temperature for one in readings], [one.humidity for one in readings]
    body: dict[str, JSON] = {"step": "log", "rows": len(readings)}
    body |= {"first": readings[0].at.isoformat(), "last": readings[-1].at.isoformat()}
    body |= {"temperature_c": [min(temperatures), max(temperatures)], "humidity_percent": [min(humidities), max(humidities)]}
    return _settled(place, body, actor, Input("environment log", file))


def episodes(log: Sequence[Surroundings], place: Place) -> tuple[Episode, ...]:
    """Return when a place was outside what is allowed; readings that follow one another make one episode."""
    found = [
        *_episodes(log, "temperature", [one.temperature for one in log], place.temperature),
        *_episodes(log, "humidity", [one.humidity for one in log], place.humidity),
    ]
    return tuple(sorted(found, key=lambda one: one.first.at.ns))


def place_after(place: Place | None, record: Record) -> Place:
    """Return a place after one more step of its trail.

    Raises
    ------
    DataError
        If the record does not follow the last step, or is no step of a place.
    """
    follow(record, "" if place is None else place.last)
    body = cast("Mapping[str, Any]", record.body)
    try:
        if place is None:
            bands = (tuple(body["temperature_c"]), tuple(body["humidity_percent"]))
            name = record.subject.partition(":")[2]
            return Place(name, body["name_en"], body["name_zh"], *bands, last=record.digest)
        file = next(link.digest for link in record.inputs if link.role == "environment log")
        log = Log(file, Instant.parse(body["first"]), Instant.parse(body["last"]), record.digest)
        return replace(place, logs=(*place.logs, log), last=record.digest)
    except (KeyError, TypeError, StopIteration) as error:
        raise DataError(Message("conformity.trail.unreadable", digest=record.digest[:19], why=str(error))) from error


def _surroundings(row: Row, now: Instant, before: Surroundings | None) -> Surroundings | Message:
    at, degrees, percent = instant(row.text("time")), decimal(row.text("temperature_c")), decimal(row.text("humidity_percent"))
    if at is None:
        return Message("conformity.capture.bad_date", row=row.number, found=row.text("time"))
    if now < at:
        return Message("conformity.capture.future", row=row.number, found=row.text("time"))
    if before is not None and not before.at < at:
        return Message("conformity.laboratory.log_order", row=row.number, found=row.text("time"))
    if degrees is None or not COLDEST <= degrees <= WARMEST:
        return Message("conformity.laboratory.log_temperature", row=row.number, found=row.text("temperature_c") or "—")
    if percent is None or not 0 <= percent <= WETTEST:
        return Message("conformity.laboratory.log_humidity", row=row.number, found=row.text("humidity_percent") or "—")
    return Surroundings(at, float(degrees), float(percent))


def _episodes(log: Sequence[Surroundings], quantity: str, values: Sequence[float], band: Band) -> list[Episode]:
    found: list[Episode] = []
    inside = True
    for one, value in zip(log, values, strict=True):
        outside = not band[0] <= value <= band[1]
        if outside and inside:
            found.append(Episode(quantity, one, one, value))
        elif outside:
            before = found[-1]
            worst = max(before.worst, value, key=lambda each: max(band[0] - each, each - band[1]))
            found[-1] = replace(before, last=one, worst=worst)
        inside = not outside
    return found


def _settled(place: Place, body: Mapping[str, JSON], actor: Actor, *inputs: Input) -> Settled:
    record = entry("place", f"place:{place.id}", body, actor=actor, previous=place.last, inputs=inputs)
    return Settled(place_after(place if place.last else None, record), record)
