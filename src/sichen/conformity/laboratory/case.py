# SPDX-License-Identifier: Apache-2.0
"""A commission from the front desk to the certificate: samples, contract review, stations, captures, verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from sichen.conformity.certificate.content import Item, Party
from sichen.conformity.laboratory.instruments import Instrument
from sichen.conformity.laboratory.trail import Actor, entry
from sichen.conformity.plan import Protocol, Step
from sichen.conformity.plans import in_order
from sichen.conformity.stations import Reading
from sichen.conformity.table import decimal
from sichen.core import DataError, Input, Message, Record

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
    """

    serial: str
    plan: str
    quantity: str
    reading: Reading
    instrument: str
    person: str
    at: str
    artifact: str = ""


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
    """Open a commission at the front desk."""
    body = {"stage": "opened", "customer": customer.name("en"), "customer_zh": customer.name("zh")}
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
    body = {"step": "sample", "serial": item.serial, "brand": item.brand, "model": item.model, "state": item.state}
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
    body = {"stage": "accepted", "protocols": [one.to_json() for one in ordered]}
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
    bounds: tuple[Decimal, Decimal] | None = None,
    artifact: str = "",
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
    bounds : tuple of Decimal, optional
        What is plausible for this quantity: a slip of the finger is caught before it is kept.
    artifact : str
        Digest of the file it came from.

    Raises
    ------
    DataError
        If the sample, plan or quantity is unknown, the result was captured before, it is no number or outside the
        bounds, or the instrument is not calibrated.
    """
    if case.stage != "testing":
        raise _wrong_stage(case, "testing")
    protocol = next((one for one in case.protocols if one.plan.id == plan), None)
    if serial not in case.samples or protocol is None or quantity not in wanted(protocol):
        raise DataError(Message("conformity.laboratory.unknown", serial=serial, plan=plan, quantity=quantity))
    if any((one.serial, one.plan, one.quantity) == (serial, plan, quantity) for one in case.captures):
        raise DataError(Message("conformity.laboratory.captured", serial=serial, quantity=quantity))
    instrument.check(actor.at)
    value = decimal(text.strip())
    if value is None or (bounds is not None and not bounds[0] <= value <= bounds[1]):
        low, high = ("—", "—") if bounds is None else (str(bounds[0]), str(bounds[1]))
        raise DataError(Message("conformity.laboratory.implausible", quantity=quantity, found=text, low=low, high=high))
    kept = Capture(serial, plan, quantity, Reading(value, u), instrument.id, actor.person, actor.at.isoformat(), artifact)
    body = {"step": "capture", "serial": serial, "plan": plan, "quantity": quantity, "value": str(value), "u": u}
    inputs = (Input("raw data", artifact),) if artifact else ()
    return _moved(replace(case, captures=(*case.captures, kept)), {**body, "instrument": instrument.id}, actor, inputs)


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


def close(case: Case, certificates: Sequence[str], *, actor: Actor) -> Moved:
    """Close a commission when its certificates are released; `certificates` are their digests."""
    _allow(case, "closed")
    inputs = tuple(Input("certificate", digest) for digest in certificates)
    return _moved(replace(case, stage="closed"), {"stage": "closed"}, actor, inputs)


def wanted(protocol: Protocol) -> tuple[str, ...]:
    """Return every quantity that a protocol needs of a sample: days of the series, then station quantities."""
    from sichen.conformity.stations import quantities

    return (*(f"day {number}" for number in range(1, protocol.plan.length + 1)), *quantities(protocol))


def tasks(case: Case) -> tuple[Task, ...]:
    """Return what is still to be done, in the order of plans and samples; a station shows its own."""
    done = {(one.serial, one.plan, one.quantity) for one in case.captures}
    found = []
    for protocol in case.protocols:
        for serial in case.samples:
            missing = [name for name in wanted(protocol) if (serial, protocol.plan.id, name) not in done]
            if missing:
                found.append(Task(serial, protocol.plan.id, _step_of(protocol, missing[0]), tuple(missing)))
    return tuple(found)


def _step_of(protocol: Protocol, quantity: str) -> Step:
    steps = protocol.plan.steps
    return protocol.plan.step_of(int(quantity.removeprefix("day "))) if quantity.startswith("day ") else steps[-1]


def _moved(case: Case, body: Mapping[str, object], actor: Actor, inputs: Sequence[Input] = ()) -> Moved:
    record = entry(
        "case",
        f"case:{case.number}",
        body,  # type: ignore[arg-type]
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
