# SPDX-License-Identifier: Apache-2.0
"""What of an event somebody may see, and what an event does, as the rules of access ask.

Shown is what is named here; everything else is withheld, so that an extension nobody foresaw (a price, a customer) is seen
by the house alone. An event of many watches tells of those that may be seen, and does not tell that there were others.
"""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from sichen.trace.epcis.context import SICHEN, declared
from sichen.trace.epcis.event import Table, Value, is_extension, table_of, text_of, texts_of
from sichen.trace.epcis.keys import canonical_key
from sichen.trace.passport.happening import Kind, happenings
from sichen.trace.roles import What
from sichen.trace.standing import plain_party

See: TypeAlias = Callable[[str], frozenset[What]]
"""Tells what somebody may see of a watch and do with it."""

WITHHELD = "sichen:withheld"
"""The field of a shortened event that names what is missing; its identifier is still that of the whole event."""

_NEEDS: Mapping[Kind, What] = {
    "commissioned": "public",
    "assembled": "parts",
    "installed": "parts",
    "removed": "parts",
    "inspected": "readings",
    "shipped": "custody",
    "received": "custody",
    "sold": "warranty",
    "handed_over": "custody",
    "serviced": "service",
}
_DOES: Mapping[Kind, What] = {
    "commissioned": "commission",
    "assembled": "commission",
    "installed": "case",
    "removed": "case",
    "inspected": "certify",
    "shipped": "ship",
    "received": "ship",
    "sold": "sell",
    "handed_over": "hand_over",
    "serviced": "service_entry",
    "stolen": "lose",
    "lost": "lose",
    "found": "find",
    "recalled": "recall",
    "remedied": "recall",
    "retired": "retire",
}
_BONE = frozenset(
    {
        "@context",
        "type",
        "eventID",
        "eventTime",
        "recordTime",
        "eventTimeZoneOffset",
        "action",
        "bizStep",
        "disposition",
        "persistentDisposition",
        "transformationID",
        "errorDeclaration",
        "epcList",
        "parentID",
        "outputEPCList",
    }
)
_FURTHER: Mapping[What, frozenset[str]] = {
    "parts": frozenset(
        {
            "childEPCs",
            "childQuantityList",
            "inputEPCList",
            "inputQuantityList",
            "outputQuantityList",
            "sichen:parts",
        }
    ),
    "readings": frozenset({"sensorElementList", "certificationInfo"}),
    "service": frozenset({"sichen:repair"}),
    "timeline": frozenset({"sichen:note", "sichen:approval", "readPoint"}),
    "custody": frozenset(
        {"readPoint", "bizLocation", "bizTransactionList", "sourceList", "destinationList", "sichen:holder", "sichen:handOver"}
    ),
}
_WITHIN = frozenset(
    f"sichen:{name}"
    for name in (
        *("part", "role", "name", "old", "new", "parts"),
        *("sheet", "state", "fault", "work", "before", "after", "waterTest", "technician", "warrantyMonths", "accepted", "by"),
        *("party", "kind", "owner", "retailer", "warranty", "from", "to", "at", "signature"),
    )
)
"""Extensions that may stand inside what is shown."""

_OWN = frozenset({"sichen:holder", "sichen:handOver"})
"""What somebody sees whole where it names him: that he got the watch, or gave it."""

_PRODUCT = frozenset({"sichen:brand", "sichen:reference", "sichen:name", "sichen:calibre"})
_THINGS: Mapping[str, Literal["one", "many"]] = {"epcList": "many", "parentID": "one", "outputEPCList": "many"}


def disclosed(event: Table, see: See, *, names: frozenset[str] = frozenset()) -> Table | None:
    """Return an event as somebody may see it; None where he may not see that it happened.

    Parameters
    ----------
    event : mapping
        Whole, self-contained.
    see : callable
    names : frozenset of str
        The party and the keys under which events know whoever looks: what names him he may see.

    Returns
    -------
    mapping or None
        With ``sichen:withheld`` where something is missing.
    """
    if _foreign_prefix(event):
        return None
    kinds = kinds_of(event)
    shown = {watch for watch in watches_of(event) if _may_see(event, kinds, see(watch), names)}
    if not shown:
        return None
    wide = frozenset.intersection(*(see(watch) for watch in shown))
    known = _BONE.union(*(fields for what, fields in _FURTHER.items() if what in wide))
    out: dict[str, Value] = {}
    for name, value in event.items():
        if name in _THINGS:
            out[name] = _things(value, shown)
        elif name in known or (name in _OWN and _names(value, names)):
            out[name] = _known_within(value)
        elif (inside := _partly(name, value, wide, names)) is not None:
            out[name] = inside
    # That things were left out of a list is not told: how many there were is nobody's business.
    withheld = sorted(name for name in event if name not in out or (name not in _THINGS and out[name] != event[name]))
    if not withheld:
        return out
    return {**out, WITHHELD: [*withheld], "@context": _with_prefix(event)}


def kinds_of(event: Table) -> frozenset[Kind]:
    """Return what an event says that happened, also when it declares that to be an error."""
    bare = {name: value for name, value in event.items() if name != "errorDeclaration"}
    return frozenset(one.kind for one in happenings([bare]))


def done_by(event: Table) -> frozenset[What]:
    """Return what somebody must be allowed who writes an event.

    An event that says nothing about a watch that we know is work of whoever commissions.
    """
    if "errorDeclaration" in event:
        return frozenset({"correct"})
    return frozenset(_DOES.get(kind, "commission") for kind in kinds_of(event)) or frozenset({"commission"})


def watches_of(event: Table) -> frozenset[str]:
    """Return the things whose history an event belongs to, by their Digital Links."""
    named = (*texts_of(event, "epcList"), *texts_of(event, "outputEPCList"), text_of(event, "parentID"))
    return frozenset(canonical_key(name) for name in named if name)


def _may_see(event: Table, kinds: frozenset[Kind], seen: frozenset[What], names: frozenset[str]) -> bool:
    needed = {_NEEDS.get(kind, "timeline") for kind in kinds} or {"timeline"}
    if needed == {"public"}:
        return seen > {"public"}
    related = seen > {"public"} and any(
        _names(event.get(name), names) for name in ("sichen:holder", "sichen:sale", "sichen:handOver")
    )
    return needed <= seen or related


def _things(value: Value, shown: set[str]) -> Value:
    if isinstance(value, str):
        return value
    return [one for one in texts_of({"list": value}, "list") if canonical_key(one) in shown]


def _partly(name: str, value: Value, wide: frozenset[What], names: frozenset[str]) -> Value:
    """Return the facts of a field that stay when its persons are taken out."""
    if name == "sichen:sale":
        said = table_of(value)
        mine = {field for field in ("sichen:retailer", "sichen:owner") if plain_party(text_of(said, field)) in names}
        kept = {"sichen:warranty"} | mine | ({"sichen:retailer"} if "custody" in wide else set())
        return {field: said[field] for field in kept & said.keys()} or None
    if name == "ilmd":
        product = table_of(table_of(value).get("sichen:product"))
        facts: Table = {field: product[field] for field in sorted(_PRODUCT & product.keys())}
        return {"sichen:product": facts} if facts else None
    return None


def _known_within(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {name: _known_within(inner) for name, inner in value.items() if not is_extension(name) or name in _WITHIN}
    if isinstance(value, list):
        return [_known_within(inner) for inner in value]
    return value


def _foreign_prefix(event: Table) -> bool:
    """Tell whether our prefix stands for the vocabulary of somebody else: then no field is what its name says."""
    own = declared(event.get("@context")) if "@context" in event else {}
    return own.get("sichen", SICHEN) != SICHEN


def _names(value: Value, names: frozenset[str]) -> bool:
    """Tell whether a part of an event names whoever looks as one of its parties."""
    said = table_of(value)
    fields = ("sichen:party", "sichen:retailer", "sichen:owner", "sichen:from", "sichen:to")
    return bool(names & {plain_party(text_of(said, field)) for field in fields})


def _with_prefix(event: Table) -> Value:
    own = declared(event.get("@context")) if "@context" in event else {}
    return [{name: address} for name, address in {**own, "sichen": SICHEN}.items()]
