# SPDX-License-Identifier: Apache-2.0
"""A commission from the front desk to the certificate: samples, contract review, stations, captures, verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from sichen.conformity.certificate.content import Item, Party
from sichen.conformity.laboratory.instruments import Instrument
from sichen.conformity.laboratory.quantities import Bounds, bounds_of, severity_of, steps_for, unit_of
from sichen.conformity.laboratory.trail import Actor, entry
from sichen.conformity.plan import Protocol, Step
from sichen.conformity.plans import harm, in_order
from sichen.conformity.stations import Reading
from sichen.conformity.table import decimal
from sichen.core import JSON, DataError, Figure, Input, Instant, Message, Record

Stage = Literal["opened", "accepted", "declined", "testing", "tested", "closed"]
NEXT: Mapping[Stage, tuple[Stage, ...]] = {
    "opened": ("accepted", "declined"),
    "accepted": ("testing",),
    "declined": (),
    "testing": ("tested",),
    "tested": ("closed", "testing"),
    "closed": (),
}


@dataclass(frozen=True)
class Capture:
    """One result that a station captured.

    Parameters
    ----------
    serial, plan, quantity : str
        A measurement of a series is called ``day 1``, ``day 2`` …
    reading : Reading
    instrument, person, at : str
    artifact : str
        Digest of the recording or file it came from, or empty for a manual entry.
    record : str
        Digest of the record of this capture.
    """

    serial: str
    plan: str
    quantity: str
    reading: Reading
    instrument: str
    person: str
    at: str
    artifact: str = ""
    record: str = ""


@dataclass(frozen=True)
class Case:
    """One commission with all that belongs to it; every change is a new case and a record.

    Parameters
    ----------
    number : str
    customer : Party
    stage : Stage
    samples : mapping of serial to Item
    protocols : tuple of Protocol
        In the order in which they are run.
    captures : tuple of Capture
    last : str
        Digest of the record of the last step.
    """

    number: str
    customer: Party
    stage: Stage = "opened"
    samples: Mapping[str, Item] = field(default_factory=dict)
    protocols: tuple[Protocol, ...] = ()
    captures: tuple[Capture, ...] = ()
    last: str = ""

    def readings(self, plan: str) -> dict[str, dict[str, Reading]]:
        """Return what stations captured for one plan, by serial and quantity, as `judge` takes it."""
        found: dict[str, dict[str, Reading]] = {}
        for one in self.captures:
            if one.plan == plan:
                found.setdefault(one.serial, {})[one.quantity] = one.reading
        return found


@dataclass(frozen=True)
class Moved:
    """A case after a step, and the record to be kept of it."""

    case: Case
    record: Record


@dataclass(frozen=True)
class Task:
    """What a station has to do next for one sample."""

    serial: str
    plan: str
    step: Step
    quantities: tuple[str, ...]


def open_case(number: str, customer: Party, *, actor: Actor) -> Moved:
    """Open a commission at the front desk.

    Raises
    ------
    DataError
        If the number or the customer has no name.
    """
    if not number.strip() or not (customer.name_en or customer.name_zh).strip():
        raise DataError(Message("conformity.laboratory.no_customer"))
    body: dict[str, JSON] = {"stage": "opened", "number": number, "customer": asdict(customer)}
    return _moved(Case(number, customer), body, actor)


def register_sample(case: Case, item: Item, *, actor: Actor) -> Moved:
    """Register a watch: serial number, state, photographs.

    Raises
    ------
    DataError
        If the serial number is empty or registered already, the state was not noted, or testing has begun.
    """
    if case.stage not in {"opened", "accepted"}:
        raise _wrong_stage(case, "opened")
    if not item.serial.strip() or item.serial in case.samples:
        raise DataError(Message("conformity.laboratory.serial", serial=item.serial or "—"))
    if not item.state.strip():
        raise DataError(Message("conformity.laboratory.no_state", serial=item.serial))
    body: dict[str, JSON] = {"step": "sample", "serial": item.serial, "brand": item.brand, "model": item.model}
    body |= {"calibre": item.calibre, "state": item.state}
    inputs = tuple(Input("photograph", digest) for digest in item.photographs)
    return _moved(replace(case, samples={**case.samples, item.serial: item}), body, actor, inputs)


def accept(case: Case, protocols: Sequence[Protocol], *, actor: Actor) -> Moved:
    """Review the contract: fix plans, editions, categories; they are put in an order that spoils no result.

    Raises
    ------
    DataError
        If the stage does not allow it, or there is no sample or no plan.
    """
    _allow(case, "accepted")
    if not case.samples or not protocols:
        raise DataError(Message("conformity.laboratory.nothing"))
    by_plan = {one.plan.id: one for one in protocols}
    ordered = tuple(by_plan[plan.id] for plan in in_order(one.plan for one in by_plan.values()))
    inputs = tuple(Input("plan", one.plan.digest) for one in ordered)
    body: dict[str, JSON] = {"stage": "accepted", "protocols": [one.to_json() for one in ordered]}
    return _moved(replace(case, stage="accepted", protocols=ordered), body, actor, inputs)


def decline(case: Case, *, reason: str, actor: Actor) -> Moved:
    """Decline a commission with the reason.

    Raises
    ------
    DataError
        If the stage does not allow it or no reason is given.
    """
    _allow(case, "declined")
    if not reason.strip():
        raise DataError(Message("conformity.review.no_reason"))
    return _moved(replace(case, stage="declined"), {"stage": "declined", "reason": reason}, actor)


def begin(case: Case, *, actor: Actor) -> Moved:
    """Send the samples to the stations."""
    _allow(case, "testing")
    return _moved(replace(case, stage="testing"), {"stage": "testing"}, actor)


def capture(
    case: Case,
    serial: str,
    plan: str,
    quantity: str,
    text: str,
    *,
    instrument: Instrument,
    actor: Actor,
    u: float | None = None,
    unit: str = "",
    bounds: Bounds | None = None,
    artifact: str = "",
    at: Instant | None = None,
    rests_on: Sequence[Input] = (),
) -> Moved:
    """Capture one result at a station, typed or measured.

    Parameters
    ----------
    case : Case
    serial, plan, quantity : str
    text : str
        The number as written.
    instrument : Instrument
        Must be calibrated at that time.
    actor : Actor
    u : float, optional
        Standard uncertainty; the plan's usual one by default.
    unit : str
        What the number is in, where somebody said so: it must be the plan's.
    bounds : tuple of Decimal, optional
        What is plausible for this quantity: a slip of the finger is caught before it is kept. By default
        what `bounds_of` says.
    artifact : str
        Digest of the file it came from.
    at : Instant, optional
        When it was measured; by default when it is captured.
    rests_on : sequence of Input
        What else stands behind it, such as a kept reading or the record of the instrument's calibration.

    Raises
    ------
    DataError
        If the sample, plan or quantity is unknown, the result was captured before, it is no number, outside the
        bounds or in another unit, it lies in the future, the instrument is not calibrated, or a result that this
        test may spoil has not been captured yet.
    """
    protocol = _protocol_of(case, serial, plan, quantity)
    _check_order(case, protocol, serial, quantity)
    measured = at or actor.at
    if actor.at < measured:
        raise DataError(Message("conformity.laboratory.future", quantity=quantity, at=measured.isoformat()[:19]))
    instrument.check(measured)
    wanted_unit = unit_of(protocol, quantity)
    if unit and unit != wanted_unit:
        raise DataError(Message("conformity.laboratory.unit", quantity=quantity, found=unit, wanted=wanted_unit))
    value, low_high = decimal(text.strip()), bounds or bounds_of(protocol, quantity)
    if value is None or not low_high[0] <= value <= low_high[1]:
        low, high = map(str, low_high)
        raise DataError(Message("conformity.laboratory.implausible", quantity=quantity, found=text, low=low, high=high))
    body: dict[str, JSON] = {"step": "capture", "serial": serial, "plan": plan, "quantity": quantity, "value": str(value)}
    body |= {"u": u, "measured_at": measured.isoformat(), "instrument": instrument.id}
    body["result"] = Figure(float(value), u, wanted_unit).to_json()
    moved = _moved(case, body, actor, [*([Input("raw data", artifact)] if artifact else []), *rests_on])
    kept = Capture(
        serial,
        plan,
        quantity,
        Reading(value, u),
        instrument.id,
        actor.person,
        measured.isoformat(),
        artifact,
        moved.record.digest,
    )
    return replace(moved, case=replace(moved.case, captures=(*case.captures, kept)))


def finish(case: Case, *, actor: Actor) -> Moved:
    """End the tests when every result of every sample is there.

    Raises
    ------
    DataError
        If results are missing; the message names the first.
    """
    _allow(case, "tested")
    open_ = tasks(case)
    if open_:
        first = open_[0]
        raise DataError(
            Message("conformity.laboratory.missing", count=len(open_), serial=first.serial, quantity=first.quantities[0])
        )
    return _moved(replace(case, stage="tested"), {"stage": "tested"}, actor)


def reopen(case: Case, *, reason: str, discard: Sequence[tuple[str, str]], actor: Actor) -> Moved:
    """Go back to the stations to repeat results; what was captured before stays on record.

    Parameters
    ----------
    case : Case
    reason : str
    discard : sequence of (serial, quantity)
        Results that are to be measured again.
    actor : Actor

    Raises
    ------
    DataError
        If the stage does not allow it or no reason is given.
    """
    _allow(case, "testing")
    if not reason.strip():
        raise DataError(Message("conformity.review.no_reason"))
    kept = tuple(one for one in case.captures if (one.serial, one.quantity) not in set(discard))
    body = {"stage": "testing", "reason": reason, "repeat": [list(pair) for pair in discard]}
    return _moved(replace(case, stage="testing", captures=kept), body, actor)


def repeat(case: Case, serial: str, quantity: str, *, reason: str, actor: Actor) -> Moved:
    """Set a result aside while the tests run, to measure it again; it stays on record.

    Raises
    ------
    DataError
        If the tests do not run, the result was not captured, or no reason is given.
    """
    if case.stage != "testing":
        raise _wrong_stage(case, "testing")
    if not any((one.serial, one.quantity) == (serial, quantity) for one in case.captures):
        raise DataError(Message("conformity.laboratory.unknown", serial=serial, plan="—", quantity=quantity))
    if not reason.strip():
        raise DataError(Message("conformity.review.no_reason"))
    kept = tuple(one for one in case.captures if (one.serial, one.quantity) != (serial, quantity))
    body: dict[str, JSON] = {"stage": "testing", "reason": reason, "repeat": [[serial, quantity]]}
    return _moved(replace(case, captures=kept), body, actor)


def close(case: Case, certificates: Sequence[str], *, actor: Actor, verdicts: Sequence[str] = ()) -> Moved:
    """Close a commission when its certificates are released; `certificates` and `verdicts` are digests."""
    _allow(case, "closed")
    inputs = [*(Input("certificate", one) for one in certificates), *(Input("verdict", one) for one in verdicts)]
    return _moved(replace(case, stage="closed"), {"stage": "closed"}, actor, inputs)


def wanted(protocol: Protocol) -> tuple[str, ...]:
    """Return every quantity that a protocol needs of a sample: days of the series, then station quantities.

    What may spoil a result comes after it.
    """
    from sichen.conformity.stations import quantities

    found = [*(f"day {number}" for number in range(1, protocol.plan.length + 1)), *quantities(protocol)]
    return tuple(sorted(found, key=lambda name: severity_of(protocol, name)))


def tasks(case: Case) -> tuple[Task, ...]:
    """Return what is still to be done, in the order of plans and samples; a station shows its own."""
    done = {(one.serial, one.plan, one.quantity) for one in case.captures}
    found = []
    for protocol in case.protocols:
        asked = wanted(protocol)
        for serial in case.samples:
            missing = [name for name in asked if (serial, protocol.plan.id, name) not in done]
            if missing:
                found.append(Task(serial, protocol.plan.id, steps_for(protocol, missing[0])[-1], tuple(missing)))
    return tuple(found)


def must_come_first(case: Case, serial: str, plan: str, quantity: str) -> str:
    """Return an open quantity of a sample that this one may spoil, or an empty text.

    Milder plans come before harsher ones; within a plan, what is read before what may harm.
    """
    by_plan = {one.plan.id: one for one in case.protocols}
    own = severity_of(by_plan[plan], quantity)
    for task in tasks(case):
        other = by_plan[task.plan]
        if task.serial != serial:
            continue
        if task.plan != plan and harm(other.plan) < harm(by_plan[plan].plan):
            return task.quantities[0]
        if task.plan == plan and severity_of(other, task.quantities[0]) < own:
            return task.quantities[0]
    return ""


def _protocol_of(case: Case, serial: str, plan: str, quantity: str) -> Protocol:
    """Return the protocol of a result that may be captured now."""
    if case.stage != "testing":
        raise _wrong_stage(case, "testing")
    protocol = next((one for one in case.protocols if one.plan.id == plan), None)
    if serial not in case.samples or protocol is None or quantity not in wanted(protocol):
        raise DataError(Message("conformity.laboratory.unknown", serial=serial, plan=plan, quantity=quantity))
    if any((one.serial, one.plan, one.quantity) == (serial, plan, quantity) for one in case.captures):
        raise DataError(Message("conformity.laboratory.captured", serial=serial, quantity=quantity))
    return protocol


def _check_order(case: Case, protocol: Protocol, serial: str, quantity: str) -> None:
    first = must_come_first(case, serial, protocol.plan.id, quantity)
    if first:
        raise DataError(Message("conformity.laboratory.order", serial=serial, quantity=quantity, first=first))


def _moved(case: Case, body: Mapping[str, JSON], actor: Actor, inputs: Sequence[Input] = ()) -> Moved:
    record = entry(
        "case",
        f"case:{case.number}",
        body,
        actor=actor,
        previous=case.last,
        inputs=inputs,
    )
    return Moved(replace(case, last=record.digest), record)


def _allow(case: Case, stage: Stage) -> None:
    if stage not in NEXT[case.stage]:
        raise _wrong_stage(case, stage)


def _wrong_stage(case: Case, wanted_stage: str) -> DataError:
    allowed = ", ".join(NEXT[case.stage]) or "—"
    return DataError(Message("conformity.laboratory.stage", now=case.stage, wanted=wanted_stage, allowed=allowed))
