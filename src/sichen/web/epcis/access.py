# SPDX-License-Identifier: Apache-2.0
"""Who sees and writes which events: the desk of the interface as a visitor has it.

The house's admin has the whole desk, but for acts that need a second person. Everybody else sees each event as his role and
his relation to its watches let him, writes what he may do with them, and has no part in the lists that the house shares:
capture jobs of others, named queries, subscriptions.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import HTTPConnection

from sichen.adapters.epcis.desk import EventDesk
from sichen.adapters.epcis.jobs import Behaviour, CaptureJob, CaptureJobs
from sichen.adapters.epcis.subscriptions import Subscription, Subscriptions
from sichen.adapters.people.desk import People
from sichen.adapters.people.seen_events import SeenStore
from sichen.adapters.people.two_persons import ACT_OF
from sichen.core import Message, NotConforming
from sichen.trace.epcis import Document, Table
from sichen.trace.epcis.canonical_event import canonical_event, identity_of
from sichen.trace.passport import done_by, watches_of
from sichen.trace.roles import RELATIONS, What, allowed, needs_two
from sichen.trace.standing import Standing, house_standing
from sichen.web.visitor import Visitor, people_of, standing_of, visitor_of

APPROVAL = "Sichen-Approval"
"""Header with the numbers of approved requests, by commas, one for each act of two persons, in the order of the events."""


def ruled(whole: EventDesk, connection: HTTPConnection) -> EventDesk:
    """Return the desk as a visitor has it; the whole one in a workshop of one."""
    visitor = visitor_of(connection)
    if not visitor.required:
        return whole
    standing = standing_of(connection)
    numbers = [one.strip() for one in connection.headers.get(APPROVAL, "").split(",") if one.strip()]
    return RuledDesk(whole, standing, visitor, people_of(connection), numbers)


class RuledDesk(EventDesk):
    """The desk of somebody who has signed in; made for one request.

    Parameters
    ----------
    whole : EventDesk
    standing : Standing
    visitor : Visitor
    people : People
    numbers : sequence of str
        Of approved requests.
    """

    def __init__(self, whole: EventDesk, standing: Standing, visitor: Visitor, people: People, numbers: Sequence[str]) -> None:
        self._whole, self._standing, self._visitor, self._people = whole, standing, visitor, people
        self._numbers = list(numbers)
        self._seen = SeenStore(whole.store, standing)
        self.webhooks, self.teller = whole.webhooks, whole.teller
        self._everything = everything = standing == house_standing()
        self.store = whole.store if everything else self._seen
        self.jobs = whole.jobs if everything else OwnJobs(whole.store)
        self.listen = whole.listen  # type: ignore[method-assign] # listeners are those of the whole desk

    @property
    def subscriptions(self) -> Subscriptions:  # type: ignore[override] # it is asked for anew, and refused to some
        """Named queries and subscriptions, for the house alone: what is sent later would outlive a relation."""
        if not self._everything:
            raise NotConforming(Message("web.epcis.no_queries"))
        return self._whole.subscriptions

    def admit(self, events: Sequence[Table]) -> None:
        """Refuse events that the visitor may not write, and acts of two persons that nobody approved."""
        for event in events:
            self._check(event)
        for event in events:
            self._agree(event)

    def admits_at_once(self, event: Table) -> bool:
        """Tell whether the rules ask no database: the house may write what needs no second person."""
        return (self._everything or self._standing.whole) and not done_by(event) & ACT_OF.keys()

    async def arrive(self, event: Table, *, prefixes: Mapping[str, str]) -> Table:
        """Keep one small event that was admitted."""
        return await self._whole.arrive(event, prefixes=prefixes)

    def capture(self, document: Document, *, behaviour: Behaviour = "rollback", job: CaptureJob | None = None) -> CaptureJob:
        """Capture a document whose events were admitted."""
        return self._whole.capture(document, behaviour=behaviour, job=job)

    def capture_one(self, event: Table, *, prefixes: Mapping[str, str]) -> Table:
        """Keep one event that was admitted."""
        return self._whole.capture_one(event, prefixes=prefixes)

    def subscribe(self, query: str, body: Table) -> Subscription:
        """Subscribe an address, where the visitor may."""
        self.subscriptions.query(query)
        return self._whole.subscribe(query, body)

    def _check(self, event: Table) -> None:
        if self._everything:
            return
        wanted, watches = done_by(event), watches_of(event)
        if self._standing.whole:
            may = wanted <= allowed(self._standing.role, RELATIONS)
        else:
            may = bool(watches) and all(wanted <= self._seen.see(watch) for watch in watches)
        if not may:
            raise NotConforming(Message("web.epcis.not_yours"))

    def _agree(self, event: Table) -> None:
        for what in sorted(done_by(event)):
            if what not in ACT_OF or not self._needs_two(event, what):
                continue
            act, subject = ACT_OF[what], f"event {_identity(event)}"
            number = self._numbers.pop(0) if self._numbers else ""
            signed = self._visitor.signed
            self._people.together(act, subject, number, lambda: None, person=None if signed is None else signed.person)

    def _needs_two(self, event: Table, what: What) -> bool:
        sold = what == "correct" and any(map(self._seen.is_sold, watches_of(event)))
        return needs_two(self._standing.role, what, sold=sold)


class OwnJobs(CaptureJobs):
    """Capture jobs of somebody who knows the numbers of his own, and of no others."""

    def listed(self, *, after: int, per_page: int) -> list[CaptureJob]:
        """Return none: the list is the house's."""
        del after, per_page
        return []


def _identity(event: Table) -> str:
    """Return what a request about an event names: a digest of all that it says, but for its name."""
    bare = {name: value for name, value in event.items() if name not in {"eventID", "recordTime"}}
    return f"sha256:{identity_of(canonical_event(bare)).hex()}"
