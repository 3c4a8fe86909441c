# SPDX-License-Identifier: Apache-2.0
"""The rules that a schema cannot say, or says without naming the field."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sichen.core import Message
from sichen.trace.epcis.event import EVENT_TYPES, Table, Value, is_plain, items_of, table_of, text_of
from sichen.trace.epcis.faults import Fault
from sichen.trace.epcis.moments import microseconds, microseconds_text

DEEPEST = 40
"""How many tables and lists may stand inside each other in an extension."""
PATIENCE = 600.0
"""Seconds that the clock of whoever captured an event may be ahead of ours."""


@dataclass(frozen=True)
class Clock:
    """What time it is for the judge of an event.

    Parameters
    ----------
    now : int
        Microseconds since 1970.
    patience : float >= 0
        Seconds that an event may lie ahead of `now`.
    """

    now: int
    patience: float = PATIENCE

    def ahead(self, moment: int) -> bool:
        """Tell whether a time lies in the future."""
        return moment > self.now + int(self.patience * 1e6)


def check_event(event: Table, *, clock: Clock | None = None) -> Iterator[Fault]:
    """Yield what breaks a rule in an event whose shape is right.

    Parameters
    ----------
    event : mapping
    clock : Clock, optional
        Without one, times in the future are let pass.
    """
    kind = text_of(event, "type")
    check = _OF_TYPE.get(kind)
    if check is not None:
        yield from check(event)
    for name in ("eventTime", "recordTime"):
        if name in event:
            yield from _time(text_of(event, name), name, clock if name == "eventTime" else None)
    if "errorDeclaration" in event:
        yield from _declaration(event, clock)
    if not is_plain(event) and _depth(event) > DEEPEST:
        yield Fault("", Message("trace.epcis.fault.deep", most=DEEPEST))


def check_identifiers(events: Sequence[Table]) -> Iterator[Fault]:
    """Yield events of one document that share an identifier, unless one of them declares the other an error."""
    seen: dict[str, int] = {}
    for place, event in enumerate(events):
        name = text_of(event, "eventID")
        if not name or "errorDeclaration" in event:
            continue
        if name in seen:
            yield Fault("eventID", Message("trace.epcis.fault.twice", id=name, first=seen[name]), place)
        seen.setdefault(name, place)


def _time(text: str, field: str, clock: Clock | None) -> Iterator[Fault]:
    moment = microseconds(text)
    if moment is None:
        yield Fault(field, Message("trace.epcis.fault.time", found=text))
    elif clock is not None and clock.ahead(moment):
        yield Fault(field, Message("trace.epcis.fault.future", found=text, now=microseconds_text(clock.now)))


def _full(event: Table, *names: str) -> bool:
    return any(len(items_of(event.get(name))) > 0 for name in names)


def _object(event: Table) -> Iterator[Fault]:
    action = text_of(event, "action")
    sensed = _full(event, "sensorElementList") and "readPoint" in event
    if "epcList" not in event and not _full(event, "quantityList") and not sensed:
        yield Fault("epcList", Message("trace.epcis.fault.what", lists="epcList, quantityList"))
    if "ilmd" in event and action != "ADD":
        yield Fault("ilmd", Message("trace.epcis.fault.ilmd", action=action))


def _children(event: Table) -> Iterator[Fault]:
    action, parent = text_of(event, "action"), text_of(event, "parentID")
    if action != "DELETE" and not _full(event, "childEPCs", "childQuantityList"):
        yield Fault("childEPCs", Message("trace.epcis.fault.what", lists="childEPCs, childQuantityList"))
    if not parent and action != "OBSERVE":
        yield Fault("parentID", Message("trace.epcis.fault.parent", action=action))
    if parent and parent in items_of(event.get("childEPCs")):
        yield Fault("parentID", Message("trace.epcis.fault.own_parent", id=parent))


def _transaction(event: Table) -> Iterator[Fault]:
    if not _full(event, "bizTransactionList"):
        yield Fault("bizTransactionList", Message("trace.epcis.fault.empty"))
    if text_of(event, "action") != "DELETE" and "epcList" not in event and not _full(event, "quantityList"):
        yield Fault("epcList", Message("trace.epcis.fault.what", lists="epcList, quantityList"))


def _transformation(event: Table) -> Iterator[Fault]:
    into = _full(event, "inputEPCList", "inputQuantityList")
    out = _full(event, "outputEPCList", "outputQuantityList")
    linked = "transformationID" in event
    if not into and not (linked and out):
        yield Fault("inputEPCList", Message("trace.epcis.fault.transformation", lists="inputEPCList, inputQuantityList"))
    if not out and not (linked and into):
        yield Fault("outputEPCList", Message("trace.epcis.fault.transformation", lists="outputEPCList, outputQuantityList"))


def _declaration(event: Table, clock: Clock | None) -> Iterator[Fault]:
    declaration = table_of(event["errorDeclaration"])
    yield from _time(text_of(declaration, "declarationTime"), "errorDeclaration.declarationTime", clock)
    own = text_of(event, "eventID")
    if own and own in items_of(declaration.get("correctiveEventIDs")):
        yield Fault("errorDeclaration.correctiveEventIDs", Message("trace.epcis.fault.corrects_itself", id=own))


def _depth(value: Value) -> int:
    """Measure how deep tables and lists stand inside each other, without climbing further than needed."""
    level: list[Value] = [value]
    depth = 0
    while level and depth <= DEEPEST:
        level = [inner for item in level for inner in _inner(item) if isinstance(inner, dict | list | tuple)]
        depth += 1
    return depth


def _inner(item: Value) -> Iterable[Value]:
    return item.values() if isinstance(item, dict) else item if isinstance(item, list | tuple) else ()


_OF_TYPE = dict(zip(EVENT_TYPES, (_object, _children, _transaction, _transformation, _children), strict=True))
