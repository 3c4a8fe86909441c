# SPDX-License-Identifier: Apache-2.0
"""Daily states or rates from a laboratory's table: the good watches as a batch, the others refused with row and remedy."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np

from sichen.conformity.batch import LARGEST, Batch, Kind, whole_numbers
from sichen.conformity.plan import Limits, Plan, Protocol
from sichen.conformity.stations import Reading, quantities
from sichen.conformity.table import Refusal, Row, Table, decimal, instant, read_at, read_table
from sichen.core import DataError, Instant, Message

STATE, RATE = "state_s", "rate_s_per_d"
UNITS = {STATE: "s", RATE: "s/d"}
SAME_POSITION = {"CB": "FH"}
LONGEST_DAY = 6
"""Digits of a day's number."""
LONGEST_SHOWN = 40
"""Characters of a wrong cell that a refusal repeats."""
STOPPED = Decimal(600)
"""A watch that gains or loses more than this many seconds in a day was stopped or set: no verdict."""


@dataclass(frozen=True)
class Capture:
    """What a table held.

    Parameters
    ----------
    batch : Batch
        The watches without fault.
    refusals : tuple of Refusal
        The others, and why.
    usual_u : bool
        The table brought no uncertainty: the plan's usual one was taken.
    ignored : tuple of str
        Columns that nobody reads.
    """

    batch: Batch
    refusals: tuple[Refusal, ...]
    usual_u: bool
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class Stations:
    """What a table of station results held: readings by watch and quantity, and refusals."""

    readings: Mapping[str, Mapping[str, Reading]]
    refusals: tuple[Refusal, ...]


KNOWN = ("watch", "day", STATE, RATE, "u", "unit", "position", "temperature", "date", "instrument", "instrument_valid_until")

ALIASES = {
    "serial": "watch",
    "手表": "watch",
    "编号": "watch",
    "天": "day",
    "位置": "position",
    "温度": "temperature",
    "temperature_c": "temperature",
    "日期": "date",
    "read_at": "date",
    "仪器": "instrument",
    "valid_until": "instrument_valid_until",
    "calibration_valid_until": "instrument_valid_until",
    "量": "quantity",
    "数值": "value",
}
"""What laboratories call the columns."""


@dataclass(frozen=True)
class EnteredLimits:
    """Limits that a user typed, by criterion, as `Plan.with_limits` takes them, and refusals."""

    limits: Mapping[str, Limits]
    refusals: tuple[Refusal, ...]


def read_days(
    text: str,
    protocol: Protocol,
    *,
    now: Instant,
    kind: Kind = "daily_rate",
    instruments: Mapping[str, Instant] | None = None,
) -> Capture:
    r"""Read a table of daily states or rates.

    Parameters
    ----------
    text : str
        Columns ``watch``, ``day`` and either ``state_s`` (days 0 … n: the start and the end of each day) or
        ``rate_s_per_d`` (days 1 … n); optional ``u``, ``unit``, ``position``, ``temperature``, ``date``,
        ``instrument``, ``instrument_valid_until``.
    protocol : Protocol
    now : Instant
        No reading may lie after it.
    kind : {"daily_rate", "acoustic_rate"}
        What a column of rates holds. States always make daily rates.
    instruments : mapping of str to Instant, optional
        Until when each instrument's calibration is valid.

    Returns
    -------
    Capture

    Raises
    ------
    DataError
        If the table as a whole cannot be read: a column is missing, its unit is another, or there is no row.

    Examples
    --------
    >>> from sichen.conformity import plan
    >>> rows = "".join(f"A,{day},{2 * day}\n" for day in range(16))
    >>> protocol = plan("iso3159").choose(category="1")
    >>> read_days("watch,day,state_s\n" + rows, protocol, now=Instant(0)).batch.rates[0, :3].tolist()
    [2, 2, 2]
    """
    table = read_table(text, required=("watch", "day"), aliases=ALIASES)
    column = _value_column(table)
    if not table.rows:
        raise DataError(Message("conformity.table.no_rows"))
    refusals: list[Refusal] = []
    good: dict[str, list[Row]] = {}
    limits = _Bounds(protocol, column, now, instruments or {})
    for watch, rows in _by_watch(table).items():
        faults = [fault for row in rows if (fault := _fault(row, limits)) is not None] or list(_gaps(watch, rows, limits))
        if faults:
            refusals += faults
        else:
            good[watch] = sorted(rows, key=lambda row: int(row.text("day")))
    batch, stopped = _batch(good, limits, "daily_rate" if column == STATE else kind)
    ignored = tuple(name for name in table.columns if name not in KNOWN)
    ordered = sorted([*refusals, *stopped], key=lambda one: one.row or 0)
    return Capture(batch, tuple(ordered), "u" not in table.columns, ignored)


def read_stations(text: str, protocol: Protocol) -> Stations:
    """Read a table of station results.

    Parameters
    ----------
    text : str
        Columns ``watch``, ``quantity``, ``value``; optional ``u`` and ``unit``.
    protocol : Protocol
        Its station criteria say which quantities there are.

    Raises
    ------
    DataError
        If a column is missing.
    """
    table = read_table(text, required=("watch", "quantity", "value"), aliases=ALIASES)
    known = quantities(protocol)
    readings: dict[str, dict[str, Reading]] = {}
    refusals: list[Refusal] = []
    for row in table.rows:
        watch, name = row.text("watch"), row.text("quantity")
        value, u = decimal(row.text("value")), decimal(row.text("u") or "0")
        message = None
        if name not in known:
            message = Message("conformity.capture.quantity", row=row.number, name=name, known=", ".join(known))
        elif value is None or u is None or u < 0:
            message = Message("conformity.capture.no_number", row=row.number, watch=watch, found=row.text("value") or "—")
        elif name in readings.get(watch, {}):
            message = Message("conformity.capture.duplicate", row=row.number, watch=watch, day=name)
        if message is not None:
            refusals.append(Refusal(row.number, watch, message))
        elif value is not None and u is not None:
            readings.setdefault(watch, {})[name] = Reading(value, float(u) if row.text("u") else None)
    return Stations(readings, tuple(refusals))


def read_limits(text: str, plan: Plan) -> EnteredLimits:
    r"""Read limits that a user has a right to and we have not seen.

    Parameters
    ----------
    text : str
        Columns ``criterion``, ``low``, ``high``; an empty cell is no limit on that side.
    plan : Plan

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> from sichen.conformity import plans
    >>> read_limits("criterion,low,high\nposition_spread,,12\n", plans()["metas"]).limits["position_spread"].high
    Decimal('12')
    """
    table = read_table(text, required=("criterion", "low", "high"))
    known = [one.id for one in plan.criteria]
    limits: dict[str, Limits] = {}
    refusals: list[Refusal] = []
    for row in table.rows:
        name, sides = row.text("criterion"), (row.text("low"), row.text("high"))
        numbers = [decimal(side) for side in sides]
        message = None
        if name not in known:
            message = Message("conformity.capture.criterion", row=row.number, name=name, known=", ".join(known))
        elif any(side and number is None for side, number in zip(sides, numbers, strict=True)) or not any(sides):
            message = Message("conformity.capture.no_limit", row=row.number, low=sides[0] or "—", high=sides[1] or "—")
        elif numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
            message = Message("conformity.capture.reversed", row=row.number, low=sides[0], high=sides[1])
        elif name in limits:
            message = Message("conformity.capture.criterion_twice", row=row.number, name=name)
        if message is None:
            limits[name] = Limits(*numbers)
        else:
            refusals.append(Refusal(row.number, "", message))
    return EnteredLimits(limits, tuple(refusals))


@dataclass(frozen=True)
class _Bounds:
    """What every row is checked against."""

    protocol: Protocol
    column: str
    now: Instant
    instruments: Mapping[str, Instant]

    @property
    def days(self) -> range:
        return range(0 if self.column == STATE else 1, self.protocol.plan.length + 1)


def _value_column(table: Table) -> str:
    other = [name for name in table.columns if name.startswith(("state", "rate")) and name not in UNITS]
    if other:
        raise DataError(Message("conformity.capture.unit_column", name=other[0], known=", ".join(UNITS)))
    found = [name for name in UNITS if name in table.columns]
    if len(found) != 1:
        raise DataError(Message("conformity.capture.one_column", found=", ".join(found) or "—"))
    return found[0]


def _by_watch(table: Table) -> dict[str, list[Row]]:
    watches: dict[str, list[Row]] = {}
    for row in table.rows:
        watches.setdefault(row.text("watch"), []).append(row)
    return watches


def _fault(row: Row, bounds: _Bounds) -> Refusal | None:
    """Return what is wrong with one row, or None."""
    watch = row.text("watch")
    for check in (_number_fault, _unit_fault, _condition_fault, _time_fault):
        message = check(row, bounds)
        if message is not None:
            return Refusal(row.number, watch, message)
    return None


def _number_fault(row: Row, bounds: _Bounds) -> Message | None:
    watch, days = row.text("watch"), bounds.days
    if not watch:
        return Message("conformity.capture.no_watch", row=row.number)
    if not row.text("day").isdecimal() or len(row.text("day")) > LONGEST_DAY or int(row.text("day")) not in days:
        found = row.text("day")[:LONGEST_SHOWN]
        return Message("conformity.capture.bad_day", row=row.number, found=found, first=days[0], last=days[-1])
    number = decimal(row.text(bounds.column))
    if number is None or abs(number) > LARGEST:
        found = row.text(bounds.column)[:LONGEST_SHOWN] or "—"
        return Message("conformity.capture.no_number", row=row.number, watch=watch, found=found)
    u = row.text("u")
    if u and ((spread := decimal(u)) is None or spread <= 0):
        return Message("conformity.capture.bad_u", row=row.number, found=u)
    return None


def _unit_fault(row: Row, bounds: _Bounds) -> Message | None:
    unit = row.text("unit")
    if unit and unit.replace("秒/日", "s/d").replace("秒", "s") != UNITS[bounds.column]:
        return Message("conformity.capture.unit", row=row.number, found=unit, want=UNITS[bounds.column])
    return None


def _condition_fault(row: Row, bounds: _Bounds) -> Message | None:
    day = int(row.text("day"))
    if day == 0:
        return None
    step = bounds.protocol.plan.step_of(day)
    position = row.text("position").upper()
    position = SAME_POSITION.get(position, position)
    if position and step.position and position != step.position:
        return Message("conformity.capture.position", row=row.number, day=day, found=position, want=step.position)
    text = row.text("temperature")
    if text and step.temperature is not None and step.temperature_tolerance is not None:
        degrees = decimal(text)
        if degrees is None or abs(degrees - step.temperature) > step.temperature_tolerance:
            want = f"{step.temperature} ± {step.temperature_tolerance}"
            return Message("conformity.capture.temperature", row=row.number, day=day, found=text, want=want)
    return None


def _time_fault(row: Row, bounds: _Bounds) -> Message | None:
    read = bounds.now
    if text := row.text("date"):
        found = read_at(text, now=bounds.now)
        if found is None:
            return Message("conformity.capture.bad_date", row=row.number, found=text)
        if bounds.now < found:
            return Message("conformity.capture.future", row=row.number, found=text)
        read = found
    name = row.text("instrument")
    if name and bounds.instruments and name not in bounds.instruments:
        return Message("conformity.capture.unknown_instrument", row=row.number, name=name)
    until = bounds.instruments.get(name)
    if text := row.text("instrument_valid_until"):
        until = instant(text, end_of_day=True)
        if until is None:
            return Message("conformity.capture.bad_date", row=row.number, found=text)
    if until is not None and until < read:
        return Message("conformity.capture.expired", row=row.number, name=name or "—", until=until.isoformat()[:10])
    return None


def _gaps(watch: str, rows: list[Row], bounds: _Bounds) -> Iterable[Refusal]:
    """Yield what is wrong with the days of one watch together."""
    seen: dict[int, int] = {}
    for row in rows:
        day = int(row.text("day"))
        if day in seen:
            yield Refusal(row.number, watch, Message("conformity.capture.duplicate", row=row.number, watch=watch, day=day))
        seen.setdefault(day, row.number)
    missing = [day for day in bounds.days if day not in seen]
    if missing:
        named = ", ".join(map(str, missing))
        key = "conformity.capture.missing_start" if missing == [0] else "conformity.capture.missing_day"
        yield Refusal(rows[-1].number, watch, Message(key, row=rows[-1].number, watch=watch, days=named))


def _batch(good: Mapping[str, list[Row]], bounds: _Bounds, kind: Kind) -> tuple[Batch, list[Refusal]]:
    refusals: list[Refusal] = []
    values: dict[str, list[Decimal]] = {}
    for watch, rows in good.items():
        numbers = [decimal(row.text(bounds.column)) or Decimal(0) for row in rows]
        rates = [b - a for a, b in pairwise(numbers)] if bounds.column == STATE else numbers
        worst = next((place for place, rate in enumerate(rates) if abs(rate) > STOPPED), None)
        if worst is None:
            values[watch] = numbers
            continue
        row = rows[worst + (bounds.column == STATE)]
        stopped = Message(
            "conformity.capture.stopped", row=row.number, watch=watch, day=row.text("day"), rate=str(rates[worst])
        )
        refusals.append(Refusal(row.number, watch, stopped))
    return _exact(values, good, bounds, kind), refusals


def _exact(values: Mapping[str, list[Decimal]], good: Mapping[str, list[Row]], bounds: _Bounds, kind: Kind) -> Batch:
    days = bounds.protocol.plan.length
    readings = days + (kind == "daily_rate")
    if not values:
        return Batch((), np.zeros((0, days), np.int64), 0, kind, np.zeros((1, readings)))
    whole, decimals = whole_numbers(list(values.values()))
    rates = np.diff(whole, axis=1) if bounds.column == STATE else whole
    usual = float(bounds.protocol.plan.measurand.reading_u)
    # What was written with one decimal is known no better than that decimal.
    usual = math.hypot(usual, 10.0**-decimals / math.sqrt(12))
    u = np.array([_spreads(good[watch], usual, readings) for watch in values])
    uniform = u.size > 0 and bool((u == u.flat[0]).all())
    return Batch(tuple(values), rates, decimals, kind, u[:1] if uniform else u)


def _spreads(rows: list[Row], usual: float, readings: int) -> list[float]:
    """Return u of each independent reading of a watch; rates from states that nobody kept share the usual one."""
    typed = [float(row.text("u")) if row.text("u") else None for row in rows]
    if len(rows) == readings:
        return [usual if u is None else u for u in typed]
    # Daily rates only: u belongs to a rate, and a rate has the spread of two states.
    known = [u / math.sqrt(2) for u in typed if u is not None]
    state = math.sqrt(sum(u * u for u in known) / len(known)) if known else usual
    return [state] * readings
