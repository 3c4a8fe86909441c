# SPDX-License-Identifier: Apache-2.0
"""Telling subscribers: a thread that sends what is new, at once or by the schedule, and tries again when it fails."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

from sichen.adapters.clock import now
from sichen.adapters.epcis.store import EventStore, Page
from sichen.adapters.epcis.subscriptions import Subscription, Subscriptions
from sichen.adapters.epcis.webhooks import Webhooks
from sichen.core import SichenError
from sichen.trace.epcis import Document, gathered, microseconds_text, write_jsonld
from sichen.trace.epcis.query.conditions import ColumnCompared

LONGEST_NAP = 60.0
RETRY = 30.0
"""Seconds until an answer that did not arrive is sent again."""


class Teller:
    """Sends answers to the addresses that subscribed; it begins when somebody has."""

    def __init__(self, subscriptions: Subscriptions, store: EventStore, webhooks: Webhooks) -> None:
        self._subscriptions = subscriptions
        self._store = store
        self._webhooks = webhooks
        self._awake = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None
        self._due: dict[str, datetime] = {}

    def start(self) -> None:
        """Begin, if it has not begun."""
        if self._thread is None and not self._ended:
            self._thread = threading.Thread(target=self._work, name="epcis-teller", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Look at once whether somebody must be told."""
        self._awake.set()

    def close(self) -> None:
        """Stop."""
        self._ended = True
        self._awake.set()
        if self._thread is not None:
            self._thread.join()

    def tell_all(self, moment: datetime) -> float:
        """Tell everybody who is due; return the seconds until somebody is again."""
        nap = LONGEST_NAP
        for one in self._subscriptions.subscriptions():
            if not one.dest:
                continue
            due = self._due.get(one.id)
            if due is None:
                due = moment if one.schedule is None else one.schedule.next_after(moment)
                self._due[one.id] = due
            if due <= moment:
                self._due[one.id] = self._told(one, moment)
            if one.schedule is not None or self._due[one.id] > moment:
                nap = min(nap, max((self._due[one.id] - moment).total_seconds(), 0.05))
        return nap

    def _told(self, one: Subscription, moment: datetime) -> datetime:
        try:
            self._send(one)
        except SichenError:
            return datetime.fromtimestamp(moment.timestamp() + RETRY, UTC)
        return moment if one.schedule is None else one.schedule.next_after(moment)

    def _send(self, one: Subscription) -> None:
        page = new_events(self._store, self._subscriptions, one)
        if not page.events and (one.schedule is None or not one.report_if_empty):
            return
        while True:
            body = write_jsonld(_document(page, one))
            self._webhooks.send(one.dest, body, secret=one.secret)
            if not page.token:
                break
            query = self._subscriptions.compiled(one.query)
            page = self._store.answer(replace(query, token=page.token, order="record_time", descending=False), since=one.seen)
        self._subscriptions.told(one, seen=max(page.last, one.seen))

    def _work(self) -> None:
        while not self._ended:
            self._awake.clear()
            nap = self.tell_all(datetime.fromtimestamp(now().ns / 1e9, UTC))
            self._awake.wait(nap)


def new_events(store: EventStore, subscriptions: Subscriptions, one: Subscription) -> Page:
    """Return the first page of what a subscriber has not heard of, in the order of capture."""
    query = subscriptions.compiled(one.query)
    conditions = query.conditions
    if one.since is not None and one.notified is None:
        conditions = (*conditions, ColumnCompared("record_time", ">=", one.since))
    query = replace(
        query, conditions=conditions, order="record_time", descending=False, maximum=None, limit=None, per_page=1000
    )
    return store.answer(query, since=one.seen if one.since is None or one.notified is not None else -1)


def _document(page: Page, one: Subscription) -> Document:
    events, prefixes = gathered(page.events)
    created = microseconds_text(now().ns // 1000)
    return Document(events, prefixes, "EPCISQueryDocument", created=created, query=one.query, subscription=one.id)
