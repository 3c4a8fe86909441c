# SPDX-License-Identifier: Apache-2.0
"""Genealogy kept in step with the events of the ledger.

What stands in the ledger is the truth; the links are made from it, up to the leaf that is noted beside them. So a crash
between an event and its links costs nothing: the next one who asks reads on from there.
"""

from collections.abc import Iterable, Sequence

from sichen.adapters.epcis.store import EventStore
from sichen.adapters.genealogy_store import GenealogyStore
from sichen.trace.epcis.event import Table, Value, table_of, tables_of, text_of, texts_of
from sichen.trace.epcis.keys import canonical_key
from sichen.trace.epcis.query.parameters import Query, read_query
from sichen.trace.genealogy import Link
from sichen.trace.passport import happenings, links_of

_PAGE = "1000"
_LEVELS = 4
"""How deep a passport looks for the lots of parts of parts."""


def events_about(store: EventStore, things: Sequence[str]) -> list[Table]:
    """Return all events that name one of some things, whatever their part in it.

    Parameters
    ----------
    store : EventStore
    things : sequence of str
        Digital Links with a serial number.
    """
    return list(_all(store, {"MATCH_anyEPC": list(things)})) if things else []


def family(store: EventStore, watch: str) -> list[Table]:
    """Return the events of a watch, of its parts, and of what went into those."""
    found: dict[str, Table] = {}
    known: set[str] = set()
    wanted = [watch]
    for _ in range(_LEVELS):
        events = events_about(store, wanted)
        # An error declaration shares the identifier of the event that it is about.
        found |= {f"{text_of(event, 'eventID')} {'errorDeclaration' in event}": event for event in events}
        known |= set(wanted)
        wanted = sorted(_inside(events, known) - known)
        if not wanted:
            break
    return list(found.values())


def catch_up(store: EventStore, genealogy: GenealogyStore) -> int:
    """Turn the events that came since the last time into links; return how many there were."""
    since = genealogy.progress
    query = read_query({"orderBy": "eventTime", "orderDirection": "ASC", "perPage": _PAGE})
    last = since
    fresh: list[Table] = []
    while True:
        page = store.answer(query, since=since)
        fresh += page.events
        last = max(last, page.last)
        if not page.token:
            break
        query = _next(page.token)
    if last > since:
        anew, added = _changes(store, fresh)
        genealogy.follow(added, anew=anew, leaf=last)
    return len(fresh)


def _changes(store: EventStore, fresh: Sequence[Table]) -> tuple[set[str], list[Link[str]]]:
    """Return the things whose links are made anew, and all links to add."""
    anew = {thing for event in fresh for thing in _singles(event)}
    anew |= {lot for event in fresh if not _is_making(event) for lot in _lots(event)}
    used = {lot for event in fresh if _is_making(event) for lot in _lots(event)} - anew
    anew |= {lot for lot in used if _was_replaced(store, lot)}
    links: list[Link[str]] = []
    for event in filter(_is_making, fresh):
        # What goes into something seldom comes out again: its event alone is enough, and a lot has thousands.
        parts = {*_lots(event), *map(canonical_key, texts_of(event, "inputEPCList"))} - anew
        links += [link for thing in sorted(parts) for link in links_of(thing, [event])]
    for thing in sorted(anew):
        links += links_of(thing, _of_thing(store, thing))
    return anew, links


def _was_replaced(store: EventStore, lot: str) -> bool:
    """Tell whether some of a lot was put in or taken out by hand, so that its making alone does not tell where it is."""
    wanted: dict[str, Value] = {"MATCH_anyEPCClass": [lot], "eventType": ["AssociationEvent"], "perPage": "1"}
    return bool(store.ask(wanted).events)


def _is_making(event: Table) -> bool:
    return text_of(event, "type") == "TransformationEvent" and "errorDeclaration" not in event


def _of_thing(store: EventStore, thing: str) -> list[Table]:
    if "/21/" in thing or "/10/" not in thing:
        return events_about(store, [thing])
    return list(_all(store, {"MATCH_anyEPCClass": [thing]}))


def _singles(event: Table) -> Iterable[str]:
    """Yield the things with a serial number whose place or holder an event may change."""
    if text_of(event, "type") != "TransformationEvent":
        yield from (canonical_key(epc) for name in ("childEPCs", "epcList") for epc in texts_of(event, name))
    elif "errorDeclaration" in event:
        yield from (canonical_key(epc) for epc in texts_of(event, "inputEPCList"))
        yield from _lots(event)


def _lots(event: Table) -> Iterable[str]:
    for name in ("childQuantityList", "inputQuantityList"):
        yield from (canonical_key(text_of(table_of(one), "epcClass")) for one in tables_of(event, name))


def _inside(events: Iterable[Table], known: set[str]) -> set[str]:
    told = happenings(events)
    return {part.link for one in told if known & set(one.watches) for part in one.parts if not part.lot}


def _all(store: EventStore, wanted: dict[str, Value]) -> Iterable[Table]:
    token = ""
    while True:
        page = store.ask({**wanted, "perPage": _PAGE, **({"nextPageToken": token} if token else {})})
        yield from page.events
        token = page.token
        if not token:
            return


def _next(token: str) -> Query:
    return read_query({"orderBy": "eventTime", "orderDirection": "ASC", "perPage": _PAGE, "nextPageToken": token})
