# SPDX-License-Identifier: Apache-2.0
"""Capture jobs: what was sent, what of it was kept, what was wrong with the rest."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, cast

from sichen.adapters.clock import now
from sichen.adapters.epcis.store import Captured, EventStore
from sichen.adapters.epcis.tables import Conflict
from sichen.adapters.ledger.statements import Statements
from sichen.core import JSON, DataError, Message, NotFound, SichenError
from sichen.trace.epcis import Clock, Document, Fault, InvalidDocument, microseconds_text

Behaviour: TypeAlias = Literal["rollback", "proceed"]
SHOWN = 1000
"""Most errors that a job keeps."""


@dataclass(frozen=True)
class CaptureJob:
    """One capture and its outcome.

    Parameters
    ----------
    id : str
    behaviour : {"rollback", "proceed"}
        Whether one wrong event keeps the others out.
    created, finished : int
        Microseconds since 1970; 0 while it runs.
    errors : tuple of dict
        One for each thing that was wrong: event, field, detail.
    kept, known, given : int
        Events that were added, that were there already, and that were sent.
    """

    id: str
    behaviour: Behaviour
    created: int
    finished: int = 0
    errors: tuple[Mapping[str, JSON], ...] = ()
    kept: int = 0
    known: int = 0
    given: int = 0
    captured: tuple[Captured, ...] = field(default=(), compare=False)

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return not self.finished

    @property
    def success(self) -> bool:
        """Whether nothing was wrong."""
        return not self.errors

    def to_json(self) -> dict[str, JSON]:
        """Return the job as the interface tells it."""
        return {
            "captureID": self.id,
            "running": self.running,
            "success": self.success,
            "captureErrorBehaviour": self.behaviour,
            "createdAt": microseconds_text(self.created),
            **({"finishedAt": microseconds_text(self.finished)} if self.finished else {}),
            "errors": list(self.errors),
            "eventsCaptured": self.kept,
            "eventsKnown": self.known,
            "eventsGiven": self.given,
        }


class CaptureJobs:
    """The capture jobs of a store."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    def begin(self, behaviour: Behaviour, *, given: int) -> CaptureJob:
        """Note a job before its work is done; one that a crash interrupts stays running for ever, and tells so."""
        job = CaptureJob(secrets.token_hex(16), behaviour, now().ns // 1000, given=given)
        self._store.ledger.writer.run(lambda statements: _insert(statements, job))
        return job

    def run(self, job: CaptureJob, document: Document) -> CaptureJob:
        """Do the work of a job and note the outcome."""
        try:
            done = capture(self._store, document, job)
        except SichenError as error:
            done = replace(job, errors=({"event": None, "field": "", "detail": error.message.text("en")},))
        done = replace(done, finished=now().ns // 1000)
        self._store.ledger.writer.run(lambda statements: _update(statements, done))
        return done

    def read(self, name: str) -> CaptureJob:
        """Return a job.

        Raises
        ------
        NotFound
            If there is none.
        """
        with self._store.ledger.backend.reading() as statements:
            rows = statements.run("SELECT body FROM epcis_job WHERE id = ?", (name,))
        if not rows:
            raise NotFound(Message("adapters.epcis.no_job", id=name))
        return _job(str(rows[0][0]))

    def listed(self, *, after: int, per_page: int) -> list[CaptureJob]:
        """Return jobs, newest first, behind the `after` newest ones."""
        with self._store.ledger.backend.reading() as statements:
            rows = statements.run("SELECT body FROM epcis_job ORDER BY created DESC, id LIMIT ? OFFSET ?", (per_page, after))
        return [_job(str(body)) for (body,) in rows]


def capture(store: EventStore, document: Document, job: CaptureJob) -> CaptureJob:
    """Judge the events of a document and keep those that are right, as the job's behaviour asks.

    Returns
    -------
    CaptureJob
        The job with its errors and counts; not finished yet.
    """
    faults: list[Fault] = []
    try:
        captured = store.admit(document, clock=Clock(now().ns // 1000))
    except InvalidDocument as error:
        faults += error.faults
        if job.behaviour == "rollback":
            return replace(job, errors=_errors(faults))
        captured = _keep(store, document, _right(document, faults), faults, job.behaviour)
    except DataError:
        captured = _keep(store, document, _right(document, faults), faults, job.behaviour)
    store.master.keep(document)
    kept = sum(one.new for one in captured)
    return replace(job, errors=_errors(faults), kept=kept, known=len(captured) - kept, captured=tuple(captured))


def _right(document: Document, faults: Sequence[Fault]) -> list[int]:
    wrong = {fault.event for fault in faults}
    return [place for place in range(len(document.events)) if place not in wrong]


def _keep(
    store: EventStore, document: Document, places: Sequence[int], faults: list[Fault], behaviour: Behaviour
) -> list[Captured]:
    events = [document.events[place] for place in places]
    try:
        return store.capture(events, prefixes=document.prefixes) if events else []
    except Conflict as error:
        taken = set(error.identifiers) | store.conflicts(events, prefixes=document.prefixes)
        clashing = [place for place in places if document.events[place].get("eventID") in taken]
        faults += [
            Fault("eventID", Message("adapters.epcis.conflict", id=str(document.events[place].get("eventID")), count=1), place)
            for place in clashing
        ]
        if behaviour == "rollback" or not clashing:
            return []
        return _keep(store, document, [place for place in places if place not in clashing], faults, behaviour)
    except DataError:
        if behaviour == "rollback" or len(places) == 1:
            raise
        return _one_by_one(store, document, places, faults)


def _one_by_one(store: EventStore, document: Document, places: Sequence[int], faults: list[Fault]) -> list[Captured]:
    """Keep what can be kept when an event breaks a rule that only canonical JSON knows."""
    captured: list[Captured] = []
    for place in places:
        try:
            captured += store.capture([document.events[place]], prefixes=document.prefixes)
        except DataError as error:
            faults.append(Fault("", error.message, place))
    return captured


def _errors(faults: Sequence[Fault]) -> tuple[Mapping[str, JSON], ...]:
    return tuple(fault.to_json() for fault in faults[:SHOWN])


def _insert(statements: Statements, job: CaptureJob) -> None:
    statements.run("INSERT INTO epcis_job (id, created, body) VALUES (?, ?, ?)", (job.id, job.created, _body(job)))


def _update(statements: Statements, job: CaptureJob) -> None:
    statements.run("UPDATE epcis_job SET body = ? WHERE id = ?", (_body(job), job.id))


def _body(job: CaptureJob) -> str:
    known = ("id", "behaviour", "created", "finished", "kept", "known", "given")
    return json.dumps({**{name: getattr(job, name) for name in known}, "errors": list(job.errors)})


def _job(body: str) -> CaptureJob:
    data = json.loads(body)
    return CaptureJob(**{**data, "errors": tuple(cast("list[Mapping[str, JSON]]", data["errors"]))})
