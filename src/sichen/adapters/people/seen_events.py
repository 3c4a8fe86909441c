# SPDX-License-Identifier: Apache-2.0
"""Events as somebody may see them, behind the same face as all events: no answer differs by what is hidden.

A question is put to the shortened events, not to the whole ones, so that nobody finds out a withheld value by asking for
it; counts, pages, lists of names and "there is no such event" come from what may be seen alone. A page is fixed by the
moment of its first one, never by a position in the ledger, which would tell how much happened elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from sichen.adapters.clock import now
from sichen.adapters.epcis.store import EventStore, Names, Page, TooManyEvents
from sichen.adapters.passport_lineage import events_about
from sichen.core import Message, NotFound
from sichen.trace.epcis import Table, Value
from sichen.trace.epcis.event import text_of
from sichen.trace.epcis.moments import microseconds
from sichen.trace.epcis.query.paging import LIFETIME, Position, read_token, write_token
from sichen.trace.epcis.query.parameters import Query, read_query
from sichen.trace.epcis.query.rows import IndexRow, index_row
from sichen.trace.epcis.query.selecting import ordered
from sichen.trace.passport import PREFIXES, disclosed, fold, watches_of
from sichen.trace.roles import Bond, What
from sichen.trace.standing import Standing

MOST = 50_000
"""Events that one answer to somebody who is related to every watch looks at."""

_AT_ONCE = 50
_PAGE = "1000"
_COLUMNS = {
    "eventTypes": "type",
    "bizSteps": "biz_step",
    "bizLocations": "biz_location",
    "readPoints": "read_point",
    "dispositions": "disposition",
}
_ROLES = frozenset({"child", "epc", "input", "output", "parent"})


class SeenStore(EventStore):
    """The events of a store as somebody may see them now; made for one request.

    Parameters
    ----------
    whole : EventStore
        Stays open; whoever opened it closes it.
    standing : Standing
    """

    def __init__(self, whole: EventStore, standing: Standing) -> None:
        self.ledger, self.master = whole.ledger, whole.master
        self._secret, self._revoked = whole._secret, whole._revoked  # noqa: SLF001 - the same store, seen by another
        self.standing = standing
        self._whole = whole
        self._at = now()
        self._names = standing.keys | ({standing.party} if standing.party else set())
        self._bonds: dict[str, tuple[Bond, ...]] = {}

    def see(self, watch: str) -> frozenset[What]:
        """Return what may be seen of a watch and done with it."""
        if watch not in self._bonds:
            self._bonds[watch] = () if self.standing.whole else fold(watch, self._about(watch), at=self._at).bonds
        return self.standing.may(watch, self._bonds[watch], at=self._at)

    def shows_all_of(self, event: Table) -> bool:
        """Tell whether nothing of an event is hidden, no other watch that it names among it."""
        return self._shown(event) == event

    def is_sold(self, watch: str) -> bool:
        """Tell whether a watch has an owner."""
        return fold(watch, self._about(watch), at=self._at).sale is not None

    def read(self, event_id: str) -> Table:
        """Return an event with an identifier; one that may not be seen is told as one that is not there."""
        found = self._shown(self._whole.read(event_id))
        if found is None:
            raise NotFound(Message("adapters.epcis.no_event", id=event_id))
        return found

    def ask(self, parameters: Mapping[str, Value], *, prefixes: Mapping[str, str] | None = None) -> Page:
        """Answer a query given by its parameters."""
        return self.answer(read_query(parameters, prefixes=prefixes, master=self.master))

    def answer(self, query: Query, *, since: int = -1) -> Page:
        """Answer a query from what may be seen."""
        del since  # only those who keep up with the whole ledger ask from a leaf on
        seconds = now().ns // 10**9
        position = Position((), now().ns // 1000)
        if query.token:
            self._check_revoked(query.token)
            position = read_token(query.token, question=query.parameters, secret=self._secret, now=seconds)
        found = self._found(query, until=position.until)
        if query.maximum is not None and len(found) > query.maximum:
            raise TooManyEvents(Message("trace.epcis.query.too_many", most=query.maximum))
        found = found[: query.limit] if query.limit is not None else found
        start, end = position.returned, position.returned + query.per_page
        if end >= len(found):
            return Page(tuple(found[start:]))
        after = Position((), position.until, end)
        token = write_token(after, question=query.parameters, secret=self._secret, now=seconds)
        return Page(tuple(found[start:end]), token, seconds + LIFETIME)

    def names(self, kind: str, *, token: str = "", per_page: int = 30) -> Names:
        """List the values that occur in what may be seen."""
        seconds, question = now().ns // 10**9, {"list": (kind,)}
        start = 0
        if token:
            self._check_revoked(token)
            start = read_token(token, question=question, secret=self._secret, now=seconds).returned
        found = sorted(self._values(kind))
        end = start + per_page
        if end >= len(found):
            return Names(tuple(found[start:]))
        following = write_token(Position((), 0, end), question=question, secret=self._secret, now=seconds)
        return Names(tuple(found[start:end]), following, seconds + LIFETIME)

    def has(self, column: str, value: str) -> bool:
        """Tell whether some event that may be seen has a value."""
        return value in self._values("epcs" if column == "epc" else column)

    def close(self) -> None:
        """Leave the store open: it is not ours."""

    def _about(self, watch: str) -> list[Table]:
        return events_about(self._whole, [watch])

    def _shown(self, event: Table) -> Table | None:
        # Who is related to few watches does not read the histories of the others that an event names.
        if self.mine is not None and not watches_of(event) & self.mine:
            return None
        return disclosed(event, self.see, names=self._names)

    def _found(self, query: Query, *, until: int) -> list[Table]:
        rows: list[tuple[int, IndexRow]] = []
        events: list[Table] = []
        for event in self._candidates(query):
            shown = self._shown(event)
            record_time = microseconds(text_of(event, "recordTime")) or 0
            if shown is not None and record_time <= until:
                rows.append((len(events), index_row(shown, record_time=record_time)))
                events.append(shown)
        return [events[place] for place, _ in ordered(query, rows)]

    def _candidates(self, query: Query) -> list[Table]:
        mine = self.mine
        if mine is not None:
            wanted = sorted(mine)
            parts = (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
            found = (event for part in parts for event in events_about(self._whole, part))
            return sorted(_once(found), key=lambda event: text_of(event, "recordTime"))
        return sorted(_once(self._pages(query)), key=lambda event: text_of(event, "recordTime"))

    def _pages(self, query: Query) -> Iterator[Table]:
        """Read the answers of the whole store: a shortened event answers nothing that the whole one does not."""
        token, count = "", 0
        while True:
            question = Query(query.conditions, per_page=int(_PAGE), token=token, parameters={"seen": tuple(query.parameters)})
            page = self._whole.answer(question)
            yield from page.events
            token, count = page.token, count + len(page.events)
            if not token:
                return
            if count >= MOST:
                raise TooManyEvents(Message("trace.epcis.query.too_many", most=MOST))

    @cached_property
    def mine(self) -> frozenset[str] | None:
        """Watches to which somebody may be related; None where they are all of them."""
        if self.standing.sees_all_watches:
            return None
        given = {one.watch for one in self.standing.mandates}
        return frozenset(given.union(*(watches_of(event) for event in self._naming())))

    def _naming(self) -> Iterator[Table]:
        """Yield the events that name a party or a key of whoever looks."""
        spelled = [*self.standing.keys, *_spellings(self.standing.party)]
        if not spelled:
            return
        for field in ("party", "retailer", "owner", "to"):
            token = ""
            while True:
                asked: dict[str, Value] = {f"EQ_INNER_sichen:{field}": list(spelled), "perPage": _PAGE}
                page = self._whole.ask({**asked, **({"nextPageToken": token} if token else {})}, prefixes=PREFIXES)
                yield from page.events
                token = page.token
                if not token:
                    break

    def _values(self, kind: str) -> set[str]:
        found: set[str] = set()
        for event in self._found(Query(), until=now().ns // 1000):
            row = index_row(event, record_time=0)
            if kind == "epcs":
                found |= {value for name, value in row.keys if name in _ROLES}
            elif (value := row.column(_COLUMNS[kind])) is not None:
                found.add(str(value))
        return found


def related(whole: EventStore, standing: Standing) -> list[str]:
    """Return the watches to which somebody is related now, because an event names him or the house gave him a mandate."""
    seen = SeenStore(whole, standing)
    return sorted(watch for watch in seen.mine or () if "/21/" in watch and seen.see(watch) > {"public"})


def _once(events: Iterable[Table]) -> Sequence[Table]:
    """Leave out what came twice; an error declaration shares the identifier of the event that it is about."""
    return list({f"{text_of(event, 'eventID')} {'errorDeclaration' in event}": event for event in events}.values())


def _spellings(party: str) -> tuple[str, ...]:
    return (party, party.replace("/417/", "/414/")) if party else ()


__all__ = ["MOST", "SeenStore", "related"]
