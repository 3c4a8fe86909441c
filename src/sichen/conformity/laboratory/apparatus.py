# SPDX-License-Identifier: Apache-2.0
"""The life of an instrument: entered, calibrated, checked with its check watch, taken out of use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from sichen.conformity.laboratory.instruments import CheckChart, Instrument, Signal, check_chart, signals
from sichen.conformity.laboratory.trail import Actor, entry, follow
from sichen.conformity.table import decimal
from sichen.core import JSON, DataError, Figure, Instant, Message, Record, units

KIND = "conformity.instrument"


@dataclass(frozen=True)
class Check:
    """One reading of the check watch."""

    value: Decimal
    at: str
    person: str
    record: str


@dataclass(frozen=True)
class Apparatus:
    """An instrument with its history.

    Parameters
    ----------
    instrument : Instrument
        As it is now.
    stations : tuple of str
        Where it is used; empty for anywhere.
    unit : str
        Of the readings of its check watch.
    checks : tuple of Check
    baseline : tuple of (int, int) or None
        First of the checks that fix the chart, and the one after the last of them.
    answered : int
        Alarms before this check were dealt with.
    calibration : str
        Digest of the record of the calibration in force.
    last : str
        Digest of the record of the last step.
    """

    instrument: Instrument
    stations: tuple[str, ...] = ()
    unit: str = "s/d"
    checks: tuple[Check, ...] = ()
    baseline: tuple[int, int] | None = None
    answered: int = 0
    calibration: str = ""
    last: str = ""

    @property
    def chart(self) -> CheckChart | None:
        """The control chart of the check watch; None before its baseline is fixed."""
        if self.baseline is None:
            return None
        first, end = self.baseline
        return check_chart([float(one.value) for one in self.checks[first:end]])

    @property
    def alarms(self) -> tuple[Signal, ...]:
        """What the chart says of the checks after the baseline; places count all checks, from 0."""
        if self.baseline is None or self.chart is None:
            return ()
        end = self.baseline[1]
        found = signals(self.chart, [float(one.value) for one in self.checks[end:]])
        return tuple(_shifted(one, end) for one in found)

    @property
    def open_alarms(self) -> tuple[Signal, ...]:
        """Alarms that nobody has dealt with."""
        return tuple(one for one in self.alarms if one.place >= self.answered)

    @property
    def last_good(self) -> str:
        """When the last check before the first open alarm was; empty when there is none."""
        if not self.open_alarms or self.open_alarms[0].place == 0:
            return ""
        return self.checks[self.open_alarms[0].place - 1].at


@dataclass(frozen=True)
class Served:
    """An instrument after a step, and the record to be kept of it."""

    apparatus: Apparatus
    record: Record


def enrol(
    instrument: Instrument, *, actor: Actor, stations: tuple[str, ...] = (), unit: str = "s/d", known: bool = False
) -> Served:
    """Enter an instrument with its calibration.

    Parameters
    ----------
    instrument : Instrument
    actor : Actor
    stations : tuple of str
    unit : str
    known : bool
        Whether an instrument of that name is there already.

    Raises
    ------
    DataError
        If it has no name or one that is taken, its unit is unknown, or its calibration is in the future or ends before it begins.
    """
    if known or not instrument.id.strip():
        raise DataError(Message("conformity.laboratory.instrument_name", name=instrument.id or "—"))
    if unit not in units():
        raise DataError(Message("core.unknown_unit", unit=unit, known=" ".join(units())))
    _check_period(instrument, actor)
    body = {"step": "entered", "name_en": instrument.name_en, "name_zh": instrument.name_zh, **_calibration(instrument)}
    return _served(Apparatus(instrument), body | {"stations": list(stations), "unit": unit}, actor)


def recalibrate(apparatus: Apparatus, *, certificate: str, calibrated: Instant, valid_until: Instant, actor: Actor) -> Served:
    """Note a new calibration; an instrument that was out of use is in use again.

    Raises
    ------
    DataError
        If the calibration is in the future, older than the one in force, or ends before it begins.
    """
    fresh = replace(
        apparatus.instrument, certificate=certificate, calibrated=calibrated, valid_until=valid_until, withdrawn=False
    )
    _check_period(fresh, actor)
    if calibrated < apparatus.instrument.calibrated:
        until = apparatus.instrument.calibrated.isoformat()[:10]
        raise DataError(Message("conformity.laboratory.older_calibration", name=fresh.id, since=until))
    return _served(apparatus, {"step": "calibrated", **_calibration(fresh)}, actor)


def withdraw(apparatus: Apparatus, *, reason: str, actor: Actor) -> Served:
    """Take an instrument out of use.

    Raises
    ------
    DataError
        If no reason is given.
    """
    return _served(apparatus, {"step": "withdrawn", "reason": _reason(reason)}, actor)


def check(apparatus: Apparatus, text: str, *, actor: Actor, unit: str = "", u: float | None = None) -> Served:
    """Keep a reading of the check watch.

    Raises
    ------
    DataError
        If it is no number or in another unit.
    """
    value = decimal(text.strip())
    if value is None:
        raise DataError(Message("conformity.laboratory.no_reading", found=text or "—", name=apparatus.instrument.id))
    if unit and unit != apparatus.unit:
        raise DataError(
            Message("conformity.laboratory.unit", quantity=apparatus.instrument.id, found=unit, wanted=apparatus.unit)
        )
    body: dict[str, JSON] = {"step": "checked", "value": str(value)}
    body["check_watch"] = Figure(float(value), u, apparatus.unit).to_json()
    return _served(apparatus, body, actor)


def fix_baseline(apparatus: Apparatus, *, actor: Actor, count: int | None = None) -> Served:
    """Fix the control chart from the last readings of the check watch, taken when all was well.

    Parameters
    ----------
    apparatus : Apparatus
    actor : Actor
    count : int, optional
        How many; all since the baseline before by default.

    Raises
    ------
    TooFewSamples
        If there are fewer than ten.
    DataError
        If they do not scatter at all.
    """
    end = len(apparatus.checks)
    first = 0 if apparatus.baseline is None else apparatus.baseline[1]
    first = first if count is None else max(end - count, 0)
    check_chart([float(one.value) for one in apparatus.checks[first:end]])
    return _served(apparatus, {"step": "baseline", "first": first, "end": end}, actor)


def answer(apparatus: Apparatus, *, finding: str, actor: Actor) -> Served:
    """Say what was found after an alarm of the chart, and what was done.

    Raises
    ------
    DataError
        If nothing is said or there is no open alarm.
    """
    if not apparatus.open_alarms:
        raise DataError(Message("conformity.laboratory.no_alarm", name=apparatus.instrument.id))
    return _served(apparatus, {"step": "answered", "finding": _reason(finding), "checks": len(apparatus.checks)}, actor)


def apparatus_after(apparatus: Apparatus | None, record: Record) -> Apparatus:
    """Return an instrument after one more step of its trail.

    Raises
    ------
    DataError
        If the record does not follow the last step, or is no step of an instrument.
    """
    follow(record, "" if apparatus is None else apparatus.last)
    body = cast("Mapping[str, Any]", record.body)
    try:
        return replace(_after(apparatus, record, body), last=record.digest)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(Message("conformity.trail.unreadable", digest=record.digest[:19], why=str(error))) from error


def _after(apparatus: Apparatus | None, record: Record, body: Mapping[str, Any]) -> Apparatus:
    step = body["step"]
    if apparatus is None:
        entered = Instrument(record.subject.partition(":")[2], body["name_en"], body["name_zh"], **_period(body))
        return Apparatus(entered, tuple(body["stations"]), body["unit"], calibration=record.digest)
    if step == "calibrated":
        fresh = replace(apparatus.instrument, **_period(body), withdrawn=False)
        return replace(apparatus, instrument=fresh, calibration=record.digest)
    if step == "withdrawn":
        return replace(apparatus, instrument=replace(apparatus.instrument, withdrawn=True))
    if step == "checked":
        made = Check(Decimal(body["value"]), record.instant.isoformat(), body["person"], record.digest)
        return replace(apparatus, checks=(*apparatus.checks, made))
    if step == "baseline":
        return replace(apparatus, baseline=(body["first"], body["end"]), answered=body["end"])
    return replace(apparatus, answered=body["checks"])


def _shifted(signal: Signal, by: int) -> Signal:
    """Return a signal that counts from the first of all checks."""
    place = signal.place + by
    return Signal(place, signal.rule, Message(signal.message.key, **{**dict(signal.message.values), "place": place + 1}))


def _period(body: Mapping[str, Any]) -> dict[str, Any]:
    calibrated, valid_until = Instant.parse(body["calibrated"]), Instant.parse(body["valid_until"])
    return {"certificate": body["certificate"], "calibrated": calibrated, "valid_until": valid_until}


def _calibration(one: Instrument) -> dict[str, JSON]:
    return {
        "certificate": one.certificate,
        "calibrated": one.calibrated.isoformat(),
        "valid_until": one.valid_until.isoformat(),
    }


def _check_period(one: Instrument, actor: Actor) -> None:
    if actor.at < one.calibrated:
        raise DataError(Message("conformity.laboratory.future", quantity=one.id, at=one.calibrated.isoformat()[:10]))
    if not one.calibrated < one.valid_until:
        dates = (one.calibrated.isoformat()[:10], one.valid_until.isoformat()[:10])
        raise DataError(Message("conformity.laboratory.validity", name=one.id, calibrated=dates[0], until=dates[1]))


def _reason(text: str) -> str:
    if not text.strip():
        raise DataError(Message("conformity.review.no_reason"))
    return text.strip()


def _served(apparatus: Apparatus, body: Mapping[str, JSON], actor: Actor) -> Served:
    subject = f"instrument:{apparatus.instrument.id}"
    record = entry("instrument", subject, body, actor=actor, previous=apparatus.last)
    before = None if not apparatus.last else apparatus
    return Served(apparatus_after(before, record), record)
