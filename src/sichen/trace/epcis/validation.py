# SPDX-License-Identifier: Apache-2.0
"""The judge of events and documents: shape by schema, the rest by rules, every fault with its field."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from sichen.core import Message
from sichen.trace.epcis.context import KNOWN
from sichen.trace.epcis.event import EVENT_TYPES, Document, Form, Table, text_of
from sichen.trace.epcis.faults import Fault, InvalidDocument, field_path
from sichen.trace.epcis.rules import Clock, check_event, check_identifiers, keeps_the_rules
from sichen.trace.epcis.schema import CONTEXT, document_schema, event_schema

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

SHOWN = 60
"""How much of a wrong value a sentence repeats."""


def faults_of_event(
    event: Table, *, place: int | None = None, clock: Clock | None = None, form: Form = "json"
) -> tuple[Fault, ...]:
    """Judge one event.

    Parameters
    ----------
    event : mapping
        As JSON-LD has it.
    place : int, optional
        Where it stands in its document.
    clock : Clock, optional
        Without one, times in the future are let pass.
    form : {"json", "xml"}
        How it was written.

    Returns
    -------
    tuple of Fault
        Empty when nothing is wrong.

    Examples
    --------
    >>> wrong = {"type": "ObjectEvent", "eventTime": "2026-02-30T08:00:00Z", "eventTimeZoneOffset": "+08:00",
    ...          "action": "OBSERVE", "epcList": []}
    >>> [fault.field for fault in faults_of_event(wrong)]
    ['eventTime']
    """
    kind = text_of(event, "type")
    judge = _event_judge(kind if kind in EVENT_TYPES else "", form)
    if judge.is_valid(event):
        if keeps_the_rules(event, clock=clock):
            return ()
        found = tuple(check_event(event, clock=clock))
    else:
        found = tuple(fault for error in judge.iter_errors(event) for fault in _faults(error))
    return found if place is None else tuple(Fault(fault.field, fault.message, place) for fault in found)


def is_right(event: Table, *, clock: Clock | None = None, form: Form = "json") -> bool:
    """Tell whether `faults_of_event` would find nothing, without saying what."""
    kind = text_of(event, "type")
    if not _event_judge(kind if kind in EVENT_TYPES else "", form).is_valid(event):
        return False
    return keeps_the_rules(event, clock=clock) or not any(check_event(event, clock=clock))


def faults_of_context(raw: Table) -> tuple[Fault, ...]:
    """Judge the ``@context`` of an event that stands alone."""
    context = raw.get("@context")
    if isinstance(context, list) and len(context) == 1 and isinstance(context[0], str) and context[0] in KNOWN:
        return ()  # as nearly every event has it
    return tuple(fault for error in _context_judge().iter_errors(raw) for fault in _faults(error))


def faults_of_document(raw: Table) -> tuple[Fault, ...]:
    """Judge a JSON-LD document around its events."""
    judge = _document_judge()
    if judge.is_valid(_without_events(raw)):
        return ()
    return tuple(fault for error in judge.iter_errors(raw) for fault in _faults(error))


def _without_events(raw: Table) -> Table:
    """Leave out the events of a capture document where each is all that is asked of it here: a table with a type."""
    body = raw.get("epcisBody")
    events = body.get("eventList") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(events, list):
        return raw
    if not all(isinstance(event, dict) and isinstance(event.get("type"), str) for event in events):
        return raw
    return {**raw, "epcisBody": {**body, "eventList": []}}


def faults_of_events(document: Document, *, clock: Clock | None = None) -> tuple[Fault, ...]:
    """Judge the events of one document, each and together."""
    each = (
        fault
        for place, event in enumerate(document.events)
        for fault in faults_of_event(event, place=place, clock=clock, form=document.form)
    )
    return (*each, *check_identifiers(document.events))


def check_document(document: Document, *, clock: Clock | None = None) -> Document:
    """Return a document in which nothing is wrong.

    Raises
    ------
    InvalidDocument
        With every fault found.
    """
    faults = faults_of_events(document, clock=clock)
    if faults:
        raise InvalidDocument(faults)
    return document


@cache
def _event_judge(kind: str, form: Form) -> "Validator":
    import jsonschema_rs

    return jsonschema_rs.validator_for(event_schema(kind, form=form), validate_formats=True)


@cache
def _context_judge() -> "Validator":
    import jsonschema_rs

    schema = {"type": "object", "required": ["@context"], "properties": {"@context": CONTEXT}}
    return jsonschema_rs.validator_for(schema, validate_formats=True)


@cache
def _document_judge() -> "Validator":
    import jsonschema_rs

    return jsonschema_rs.validator_for(document_schema(), validate_formats=True)


def _faults(error: "ValidationError") -> Iterator[Fault]:
    steps = list(error.instance_path)
    kind = error.kind
    if kind.name == "required":
        name = str(kind.as_dict()["property"])
        yield Fault(field_path([*steps, name]), Message("trace.epcis.fault.missing", name=name))
    elif kind.name == "additionalProperties":
        for name in kind.as_dict()["unexpected"]:
            yield Fault(field_path([*steps, name]), Message("trace.epcis.fault.unknown", name=name))
    else:
        key = _SENTENCES.get(kind.name, "shape")
        found = repr(error.instance)
        yield Fault(
            field_path(steps),
            Message(
                f"trace.epcis.fault.{key}",
                found=found if len(found) <= SHOWN else found[:SHOWN] + "…",
                rule=error.message[:200],
            ),
        )


_SENTENCES = {
    "enum": "value",
    "anyOf": "value",
    "format": "format",
    "pattern": "format",
    "uniqueItems": "repeated",
    "type": "type",
}
