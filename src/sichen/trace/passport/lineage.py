# SPDX-License-Identifier: Apache-2.0
"""The links of genealogy that events mean: what is in what, and who holds it, from when until when."""

from collections.abc import Iterable

from sichen.core import Instant
from sichen.trace.epcis.event import Table, text_of
from sichen.trace.genealogy import FOREVER, Link
from sichen.trace.passport.happening import Happening, happenings

_RETURN = "sichen:accepted"


def links_of(thing: str, events: Iterable[Table]) -> list[Link[str]]:
    """Return the links whose child is one thing, from all events that name it.

    Parameters
    ----------
    thing : str
        A watch or a part with a serial number; or a lot, for what it went into.
    events : iterable of mapping
        In any order; what was declared an error does not count.

    Returns
    -------
    list of Link
        A casing that was undone ends when it was; a new holder ends the one before.

    Examples
    --------
    >>> from sichen.trace.passport.writing import Part, installed, removed
    >>> day, later = Instant(10**18), Instant(2 * 10**18)
    >>> watch, movement = (f"https://id.gs1.org/01/09520123456788/21/{n}" for n in ("W1", "M1"))
    >>> parts = [Part(movement, "movement")]
    >>> links = links_of(movement, [removed(watch, parts, at=later), installed(watch, parts, at=day)])
    >>> [(link.parent == watch, link.start, link.end) for link in links]
    [(True, 1000000000000000000, 2000000000000000000)]
    """
    told = happenings(events)
    return [*_places(thing, told), *_holders(thing, told)]


def _places(thing: str, told: Iterable[Happening]) -> list[Link[str]]:
    opened: dict[str, tuple[int, str]] = {}
    found: list[Link[str]] = []
    for one in told:
        part = next((part for part in one.parts if part.link == thing), None)
        if part is None:
            continue
        if one.kind == "assembled":
            opened |= {made: (one.at.ns, "part") for made in one.watches if made != thing and made not in opened}
        for parent in one.watches if one.kind in {"installed", "removed"} else ():
            if one.kind == "installed" and parent not in opened:
                opened[parent] = one.at.ns, "casing" if part.role in {"movement", "case"} else "part"
            elif one.kind == "removed" and parent in opened:
                start, kind = opened.pop(parent)
                found += [Link(thing, parent, start, one.at.ns, kind)] if start < one.at.ns else []
    return [*found, *(Link(thing, parent, start, kind=kind) for parent, (start, kind) in opened.items())]


def _holders(thing: str, told: Iterable[Happening]) -> list[Link[str]]:
    """Return who held a thing; a holder of one kind ends the others, but an owner keeps what he lends for service."""
    opened: dict[str, tuple[str, Instant]] = {}
    found: list[Link[str]] = []

    def close(kind: str, at: Instant) -> None:
        party, start = opened.pop(kind)
        if start.ns < at.ns:
            found.append(Link(thing, party, start.ns, at.ns, kind))

    for one in told:
        if thing not in one.watches:
            continue
        kind, party = _holder(one)
        if kind == "returned":
            close("service", one.at) if "service" in opened else None
        elif party and opened.get(kind, ("",))[0] != party:
            for other in list(opened):
                if not (other == "owner" and kind in {"service", "shipment"}):
                    close(other, one.at)
            opened[kind] = party, one.at
    return [*found, *(Link(thing, party, start.ns, FOREVER, kind) for kind, (party, start) in opened.items())]


def _holder(one: Happening) -> tuple[str, str]:
    if one.kind == "sold":
        return "owner", _owner(text_of(one.said, "sichen:owner"))
    if one.kind == "handed_over":
        return "owner", _owner(text_of(one.said, "sichen:to"))
    if one.kind in {"shipped", "received"}:
        return text_of(one.said, "sichen:kind") or "shipment", text_of(one.said, "sichen:party")
    if one.kind == "serviced" and one.said.get(_RETURN) is True:
        return "returned", ""
    return "", ""


def _owner(key: str) -> str:
    return f"owner:{key[:16]}" if key else ""
