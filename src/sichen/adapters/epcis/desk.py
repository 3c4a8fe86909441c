# SPDX-License-Identifier: Apache-2.0
"""The events of a data folder as the command line and the interface use them."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.epcis.arrivals import LetterBox
from sichen.adapters.epcis.jobs import Behaviour, CaptureJob, CaptureJobs
from sichen.adapters.epcis.store import EventStore, Page, kept_event
from sichen.adapters.epcis.subscriptions import Subscription, Subscriptions
from sichen.adapters.epcis.tables import Conflict
from sichen.adapters.epcis.telling import Teller
from sichen.adapters.epcis.webhooks import Webhooks
from sichen.trace.epcis import Document, Table, gathered, microseconds_text

FOLDER = "ledger"


class EventDesk:
    """Store, capture jobs, named queries and subscriptions together; use it in a ``with`` block.

    Parameters
    ----------
    folder : DataFolder
    webhooks : Webhooks, optional
        Addresses that answers may be sent to; by default what the environment allows.
    """

    def __init__(self, folder: DataFolder, *, webhooks: Webhooks | None = None) -> None:
        self.store = EventStore(folder.path / FOLDER, database=folder.database)
        self.jobs = CaptureJobs(self.store)
        self.subscriptions = Subscriptions(self.store)
        self.webhooks = webhooks or Webhooks.configured()
        self.teller = Teller(self.subscriptions, self.store, self.webhooks)
        self._listeners: set[Callable[[], None]] = set()
        self._lock = threading.Lock()
        self._box: LetterBox | None = None

    def admit(self, events: Sequence[Table]) -> None:
        """Refuse events that whoever sends them may not write; the house itself may write all of them."""

    def admits_at_once(self, event: Table) -> bool:
        """Tell whether `admit` asks no database about an event."""
        del event
        return True

    def capture(self, document: Document, *, behaviour: Behaviour = "rollback", job: CaptureJob | None = None) -> CaptureJob:
        """Capture a document and return the finished job.

        Parameters
        ----------
        document : Document
        behaviour : {"rollback", "proceed"}
            Whether one wrong event keeps the others out.
        job : CaptureJob, optional
            Begun already.
        """
        begun = job or self.jobs.begin(behaviour, given=len(document.events))
        done = self.jobs.run(begun, document)
        if done.kept:
            self._tell()
        return done

    def capture_one(self, event: Table, *, prefixes: Mapping[str, str]) -> Table:
        """Keep one event that was judged, and return it as it is kept.

        Raises
        ------
        Conflict
            If another event has its identifier.
        """
        (captured,) = self.store.capture([event], prefixes=prefixes)
        if captured.new:
            self._tell()
        return self.store.read(captured.event_id)

    async def arrive(self, event: Table, *, prefixes: Mapping[str, str]) -> Table:
        """Keep one event as `capture_one` does, from a loop and without a thread of its own; meant for small events.

        Raises
        ------
        Conflict
            If another event has its identifier.
        """
        ledger = self.store.ledger
        if not ledger.is_writing:
            await asyncio.to_thread(lambda: ledger.writer)
        loop = asyncio.get_running_loop()
        box = self._box
        if box is None or box.loop is not loop:
            box = self._box = LetterBox(loop)
        answer = box.expect()
        entry = self.store.submit(event, answer, prefixes=prefixes)
        try:
            receipt = await answer.future
        except Conflict:
            return await asyncio.to_thread(self.capture_one, event, prefixes=prefixes)
        if not receipt.new[0]:
            return await asyncio.to_thread(self.store.read_leaf, receipt.leaves[0])
        self._tell()
        return kept_event(entry.body)

    def subscribe(self, query: str, body: Table) -> Subscription:
        """Subscribe an address to a query; it must be among the allowed ones."""
        self.webhooks.check(str(body.get("dest", "")))
        made = self.subscriptions.subscribe(query, body)
        self.teller.start()
        self.teller.wake()
        return made

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function after each capture, from any thread, until the returned one is called."""
        with self._lock:
            self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def close(self) -> None:
        """Stop telling subscribers and let go of the database."""
        self.teller.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _tell(self) -> None:
        self.teller.wake()
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()


def answer_document(page: Page, *, query: str = "SimpleEventQuery", subscription: str = "") -> Document:
    """Put the events of a page into a query document."""
    events, prefixes = gathered(page.events)
    created = microseconds_text(now().ns // 1000)
    return Document(events, prefixes, "EPCISQueryDocument", created=created, query=query, subscription=subscription)
