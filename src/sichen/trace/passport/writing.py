# SPDX-License-Identifier: Apache-2.0
"""The life of a watch written as EPCIS 2.0 events.

What the Core Business Vocabulary has a word for is said with it; the rest stands in extensions ``sichen:…``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sichen.core import Instant
from sichen.trace.epcis.context import SICHEN
from sichen.trace.epcis.event import Table, Value
from sichen.trace.epcis.moments import microseconds_text
from sichen.trace.passport.ownership import HandOver, check_owner_key
from sichen.trace.passport.repair import RepairSheet, Replacement
from sichen.trace.passport.warranty import warranty_rule

PREFIXES: Mapping[str, str] = {"sichen": SICHEN}
LOST, ON_HAND_OVER = SICHEN + "lost", SICHEN + "handing_over"
Mark: TypeAlias = Literal["stolen", "lost", "recalled"]
Holder: TypeAlias = Literal["shipment", "retailer", "service"]
MARKS: Mapping[Mark, str] = {"stolen": "stolen", "lost": LOST, "recalled": "recalled"}


@dataclass(frozen=True)
class Part:
    """A part of a watch, and what it is there: movement, case, dial, strap …; a lot where `lot` is true."""

    link: str
    role: str = "part"
    lot: bool = False


def commissioned(watch: str, *, at: Instant, product: Mapping[str, str], maker: str = "", place: str = "") -> Table:
    """Write that a watch or a movement got its identity.

    Parameters
    ----------
    watch : str
        Digital Link with the serial number.
    at : Instant
    product : mapping of str to str
        What it is: brand, reference, name, calibre.
    maker : str
        Identifier of the maker.
    place : str
        Identifier of where.
    """
    said = {f"sichen:{name}": value for name, value in sorted(product.items()) if value}
    ilmd: dict[str, Value] = {"sichen:product": said} if said else {}
    extra: dict[str, Value] = {"sichen:maker": maker} if maker else {}
    bare: dict[str, Value] = {"epcList": [watch], "action": "ADD", "bizStep": "commissioning", "disposition": "active"}
    return _event("ObjectEvent", at, place, {**bare, **({"ilmd": ilmd} if ilmd else {}), **extra})


def assembled(movement: str, lots: Sequence[str], *, at: Instant, place: str = "") -> Table:
    """Write that lots of parts went into a movement."""
    inputs = [{"epcClass": lot} for lot in lots]
    body: dict[str, Value] = {
        "inputQuantityList": inputs,
        "outputEPCList": [movement],
        "bizStep": "assembling",
        "disposition": "active",
    }
    return _event("TransformationEvent", at, place, body)


def installed(watch: str, parts: Sequence[Part], *, at: Instant, place: str = "") -> Table:
    """Write that parts were put into a watch: its movement, its case, a lot of hands."""
    return _associated(watch, parts, at, place, ("ADD", "installing"))


def removed(watch: str, parts: Sequence[Part], *, at: Instant, place: str = "") -> Table:
    """Write that parts were taken out of a watch."""
    return _associated(watch, parts, at, place, ("DELETE", "removing"))


def passed_on(watch: str, *, to: str, kind: Holder, at: Instant, place: str = "") -> Table:
    """Write that a watch is with a retailer, a service centre, or on its way."""
    step = "shipping" if kind == "shipment" else "receiving"
    return _observed([watch], at, place, {"bizStep": step, "sichen:holder": {"sichen:party": to, "sichen:kind": kind}})


def sold(watch: str, *, owner: str, at: Instant, warranty: str = "", retailer: str = "", place: str = "") -> Table:
    """Write the first sale.

    Parameters
    ----------
    watch : str
    owner : str
        The owner's key for this watch.
    at : Instant
    warranty : str
        Name of a rule.
    retailer : str
        Identifier of who sold it.
    place : str
    """
    said: dict[str, Value] = {"sichen:owner": check_owner_key(owner)}
    said |= {"sichen:warranty": warranty_rule(warranty).name} if warranty else {}
    said |= {"sichen:retailer": retailer} if retailer else {}
    return _observed([watch], at, place, {"bizStep": "retail_selling", "disposition": "retail_sold", "sichen:sale": said})


def handed_over(over: HandOver, *, place: str = "") -> Table:
    """Write that a watch went from one owner to the next."""
    said = {
        "sichen:from": over.giver,
        "sichen:to": over.taker,
        "sichen:at": over.at.isoformat(),
        "sichen:signature": over.signature,
    }
    return _observed([over.watch], over.at, place, {"bizStep": ON_HAND_OVER, "sichen:handOver": said})


def serviced(
    watch: str, sheet: RepairSheet, *, at: Instant, by: str = "", place: str = "", within: Mapping[str, str] | None = None
) -> list[Table]:
    """Write an entry of the service book, and the parts that it changed.

    Parameters
    ----------
    watch : str
    sheet : RepairSheet
    at : Instant
    by : str
        Identifier of the service centre.
    place : str
    within : mapping of str to str, optional
        Of an old part that is not in the watch itself, the part that it is in: a mainspring is in the movement. There it
        comes out, and the new one goes in. See `Life.places`.

    Returns
    -------
    list of Table
        The repair; then, where parts with an address were replaced, the old ones out and the new ones in.
    """
    said = {**sheet.to_event(), **({"sichen:by": by} if by else {})}
    events = [_observed([watch], at, place, {"bizStep": "repairing", "sichen:repair": said})]
    for home in dict.fromkeys(_home(watch, part, within or {}) for part in sheet.parts):
        mine = [part for part in sheet.parts if _home(watch, part, within or {}) == home]
        old = [Part(part.old, part.name, _is_lot(part.old)) for part in mine if _is_link(part.old)]
        new = [Part(part.new, part.name, _is_lot(part.new)) for part in mine if _is_link(part.new)]
        events += [removed(home, old, at=at, place=place)] if old else []
        events += [installed(home, new, at=at, place=place)] if new else []
    return events


def marked(watches: Sequence[str], mark: Mark, *, at: Instant, lifted: bool = False, note: str = "", place: str = "") -> Table:
    """Write that watches are stolen, lost or recalled, or no longer."""
    body: dict[str, Value] = {"bizStep": "other", "persistentDisposition": {"unset" if lifted else "set": [MARKS[mark]]}}
    return _observed(watches, at, place, {**body, **({"sichen:note": note} if note else {})})


def retired(watch: str, *, at: Instant, reason: str = "", place: str = "") -> Table:
    """Write the end of a watch."""
    extra: dict[str, Value] = {"sichen:note": reason} if reason else {}
    body: dict[str, Value] = {"epcList": [watch], "action": "DELETE", "bizStep": "destroying", "disposition": "destroyed"}
    return _event("ObjectEvent", at, place, {**body, **extra})


def declared_error(event: Table, *, at: Instant, reason: str = "incorrect_data") -> Table:
    """Write that an event never happened as it says; the event itself stays."""
    kept = {name: value for name, value in event.items() if name != "recordTime"}
    return {**kept, "errorDeclaration": {"declarationTime": _time(at), "reason": reason}}


def _associated(watch: str, parts: Sequence[Part], at: Instant, place: str, how: tuple[str, str]) -> Table:
    roles: list[Value] = [{"sichen:part": part.link, "sichen:role": part.role} for part in parts]
    body: dict[str, Value] = {"parentID": watch, "action": how[0], "bizStep": how[1], "sichen:parts": roles}
    if single := [part.link for part in parts if not part.lot]:
        body["childEPCs"] = single
    if lots := [part.link for part in parts if part.lot]:
        body["childQuantityList"] = [{"epcClass": lot} for lot in lots]
    return _event("AssociationEvent", at, place, body)


def _observed(watches: Sequence[str], at: Instant, place: str, body: Mapping[str, Value]) -> Table:
    return _event("ObjectEvent", at, place, {"epcList": list(watches), "action": "OBSERVE", **body})


def _event(kind: str, at: Instant, place: str, body: Mapping[str, Value]) -> Table:
    where: dict[str, Value] = {"readPoint": {"id": place}} if place else {}
    return {"type": kind, "eventTime": _time(at), "eventTimeZoneOffset": "+00:00", **body, **where}


def _time(at: Instant) -> str:
    return microseconds_text(at.ns // 1000)


def _home(watch: str, part: Replacement, within: Mapping[str, str]) -> str:
    return within.get(part.old, watch)


def _is_link(text: str) -> bool:
    return text.startswith("https://") and "/01/" in text


def _is_lot(text: str) -> bool:
    return "/21/" not in text
