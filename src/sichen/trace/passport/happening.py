# SPDX-License-Identifier: Apache-2.0
"""What an EPCIS event says about a watch, whoever wrote it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sichen.core import DataError, Instant, SichenError
from sichen.trace.epcis.event import EMPTY, Table, items_of, table_of, tables_of, text_of, texts_of
from sichen.trace.epcis.keys import canonical_key
from sichen.trace.passport.writing import LOST, ON_HAND_OVER, Part

Kind: TypeAlias = Literal[
    "commissioned",
    "assembled",
    "installed",
    "removed",
    "inspected",
    "shipped",
    "received",
    "sold",
    "handed_over",
    "serviced",
    "stolen",
    "lost",
    "recalled",
    "found",
    "remedied",
    "retired",
    "other",
]
_MARKS: Mapping[str, Kind] = {"stolen": "stolen", "recalled": "recalled", LOST: "lost"}
_LIFTED: Mapping[str, Kind] = {"stolen": "found", LOST: "found", "recalled": "remedied"}
_STEPS: Mapping[str, Kind] = {
    "commissioning": "commissioned",
    "inspecting": "inspected",
    "shipping": "shipped",
    "receiving": "received",
    "retail_selling": "sold",
    "repairing": "serviced",
    "destroying": "retired",
    "decommissioning": "retired",
    ON_HAND_OVER: "handed_over",
}


@dataclass(frozen=True)
class Happening:
    """One thing that happened.

    Parameters
    ----------
    kind : Kind
    at : Instant
    event : str
        Identifier of the event.
    watches : tuple of str
        Whom it is about; for parts that went in or out, the thing they went into.
    parts : tuple of Part
    place : str
    said : mapping
        What the extension of this kind says, else the whole event.
    recorded : str
        When the ledger took it.
    """

    kind: Kind
    at: Instant
    event: str
    watches: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    place: str = ""
    said: Table = field(default_factory=dict)
    recorded: str = ""


def happenings(events: Iterable[Table]) -> list[Happening]:
    """Read events in the order of time; an event that was declared an error did not happen.

    Parameters
    ----------
    events : iterable of mapping
        As the event store returns them.

    Returns
    -------
    list of Happening
    """
    known = list(events)
    errors = {text_of(event, "eventID") for event in known if "errorDeclaration" in event}
    found = [one for event in known if text_of(event, "eventID") not in errors for one in _read(event)]
    return sorted(found, key=lambda one: (one.at.ns, _ORDER[one.kind]))


# At the same moment a watch is commissioned before parts go in, and old parts go out before new ones go in.
_ORDER = {kind: place for place, kind in enumerate(("commissioned", "assembled", "removed", "installed"))}
for _kind in ("inspected", "shipped", "received", "sold", "handed_over", "serviced", "found", "remedied", "other"):
    _ORDER[_kind] = 4
for _kind in ("stolen", "lost", "recalled", "retired"):
    _ORDER[_kind] = 5


def _read(event: Table) -> Iterator[Happening]:
    try:
        at = Instant.parse(text_of(event, "eventTime"))
    except (DataError, SichenError):
        return
    name, place = text_of(event, "eventID"), text_of(table_of(event.get("readPoint")), "id")
    recorded = text_of(event, "recordTime")
    for kind, watches, parts in _kinds(event):
        yield Happening(kind, at, name, watches, parts, place, _said(event, kind), recorded)


def _kinds(event: Table) -> Iterator[tuple[Kind, tuple[str, ...], tuple[Part, ...]]]:
    kind = text_of(event, "type")
    if kind == "TransformationEvent":
        inputs = (*(Part(epc) for epc in _keys(event, "inputEPCList")), *_lots(event, "inputQuantityList", {}))
        yield "assembled", _keys(event, "outputEPCList"), inputs
        return
    if kind in {"AssociationEvent", "AggregationEvent"}:
        if kind == "AssociationEvent" and text_of(event, "action") != "OBSERVE":
            roles = {
                canonical_key(text_of(one, "sichen:part")): text_of(one, "sichen:role")
                for one in tables_of(event, "sichen:parts")
            }
            single = (Part(epc, roles.get(epc) or "part") for epc in _keys(event, "childEPCs"))
            parts = (*single, *_lots(event, "childQuantityList", roles))
            yield (
                "installed" if text_of(event, "action") == "ADD" else "removed",
                (canonical_key(text_of(event, "parentID")),),
                parts,
            )
        return
    watches = _keys(event, "epcList")
    marks = list(_marks(event))
    for mark in marks:
        yield mark, watches, ()
    if not marks:
        yield _STEPS.get(_bare(text_of(event, "bizStep")), "other"), watches, ()


def _marks(event: Table) -> Iterator[Kind]:
    persistent = table_of(event.get("persistentDisposition"))
    for name in texts_of(persistent, "set"):
        if _bare(name) in _MARKS:
            yield _MARKS[_bare(name)]
    for name in texts_of(persistent, "unset"):
        if _bare(name) in _LIFTED:
            yield _LIFTED[_bare(name)]
    # Others may say the same with the simple disposition, which lasts until the next one.
    if not persistent and _bare(text_of(event, "disposition")) in _MARKS:
        yield _MARKS[_bare(text_of(event, "disposition"))]


def _keys(event: Table, name: str) -> tuple[str, ...]:
    """Return things by their Digital Links, however the event names them."""
    return tuple(canonical_key(epc) for epc in texts_of(event, name))


def _lots(event: Table, name: str, roles: Mapping[str, str]) -> tuple[Part, ...]:
    found = (canonical_key(text_of(table_of(item), "epcClass")) for item in items_of(event.get(name)))
    return tuple(Part(lot, roles.get(lot) or "lot", lot=True) for lot in found if lot)


_SAYING: Mapping[Kind, str] = {"sold": "sichen:sale", "handed_over": "sichen:handOver", "serviced": "sichen:repair"}


def _said(event: Table, kind: Kind) -> Table:
    if kind == "commissioned":
        return {**table_of(table_of(event.get("ilmd")).get("sichen:product")), "sichen:maker": text_of(event, "sichen:maker")}
    if kind in _SAYING:
        return table_of(event.get(_SAYING[kind])) or EMPTY
    if kind in {"shipped", "received"}:
        return table_of(event.get("sichen:holder")) or EMPTY
    return {name: text_of(event, name) for name in ("sichen:note", "sichen:approval") if name in event} or EMPTY


def _bare(term: str) -> str:
    """Return the term of the vocabulary without its address; a term of ours keeps it."""
    for start in ("https://ref.gs1.org/cbv/BizStep-", "https://ref.gs1.org/cbv/Disp-", "cbv:BizStep-", "cbv:Disp-"):
        term = term.removeprefix(start)
    return term.removeprefix("urn:epcglobal:cbv:bizstep:").removeprefix("urn:epcglobal:cbv:disp:")
