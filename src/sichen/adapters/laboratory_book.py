# SPDX-License-Identifier: Apache-2.0
"""The laboratory as it stands: what all its records add up to, brought up to date by those that came since."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar
from weakref import WeakKeyDictionary

from sichen.adapters.artifacts import ArtifactStore
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.record_store import RecordStore
from sichen.conformity import Plan, plan_from_json, plans
from sichen.conformity.laboratory import (
    Apparatus,
    Case,
    Nonconformity,
    Place,
    Retained,
    apparatus_after,
    case_after,
    keeping,
    place_after,
    retained_after,
)
from sichen.core import DataError, Instant, Message, NotFound, Record

CASE, INSTRUMENT, PLACE = "conformity.case", "conformity.instrument", "conformity.place"
NONCONFORMITY, RETENTION = "conformity.nonconformity", "conformity.retention"
KINDS = (CASE, INSTRUMENT, PLACE, NONCONFORMITY, RETENTION)

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """The laboratory at one moment.

    Parameters
    ----------
    cases, instruments, places, nonconformities, retained : mapping
        By number or name, in the order in which they began.
    begun : mapping of subject to Instant
        When each trail began.
    changed : mapping of subject to Instant
        When its last step was.
    broken : mapping of subject to Message
        Trails that cannot be followed any more, and why.
    """

    cases: Mapping[str, Case] = field(default_factory=dict)
    instruments: Mapping[str, Apparatus] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    nonconformities: Mapping[str, Nonconformity] = field(default_factory=dict)
    retained: Mapping[str, Retained] = field(default_factory=dict)
    begun: Mapping[str, Instant] = field(default_factory=dict)
    changed: Mapping[str, Instant] = field(default_factory=dict)
    broken: Mapping[str, Message] = field(default_factory=dict)

    def case(self, number: str) -> Case:
        """Return a case; raise `NotFound` with advice when there is none, `DataError` when its trail is broken."""
        return self._one(self.cases, number, "case", Message("adapters.laboratory.no_case", number=number))

    def instrument(self, name: str) -> Apparatus:
        """Return an instrument, as `case` returns a case."""
        return self._one(self.instruments, name, "instrument", Message("adapters.laboratory.no_instrument", name=name))

    def place(self, name: str) -> Place:
        """Return a room or a chamber, as `case` returns a case."""
        return self._one(self.places, name, "place", Message("adapters.laboratory.no_place", name=name))

    def nonconformity(self, number: str) -> Nonconformity:
        """Return a report of non-conforming work, as `case` returns a case."""
        missing = Message("adapters.laboratory.no_nonconformity", number=number)
        return self._one(self.nonconformities, number, "nonconformity", missing)

    def kept(self, subject: str) -> Retained:
        """Return something kept, as `case` returns a case."""
        return self._one(self.retained, subject, "kept", Message("adapters.laboratory.not_kept", subject=subject))

    def _one(self, found: Mapping[str, T], name: str, word: str, missing: Message) -> T:
        if f"{word}:{name}" in self.broken:
            raise DataError(self.broken[f"{word}:{name}"])
        if name not in found:
            raise NotFound(missing)
        return found[name]


class Book:
    """What the records of one store add up to; it reads only what came since it last looked."""

    def __init__(self, records: RecordStore, artifacts: ArtifactStore) -> None:
        self._records = records
        self._artifacts = artifacts
        self._next = 0
        self._lock = threading.Lock()
        self._plans: dict[str, Plan] = {}
        self._found: dict[str, dict[str, object]] = {kind: {} for kind in KINDS}
        self._begun: dict[str, Instant] = {}
        self._changed: dict[str, Instant] = {}
        self._broken: dict[str, Message] = {}
        self._steps: Mapping[str, Callable[[object, Record], object]] = {
            CASE: lambda before, record: case_after(before, record, plan_of=self.plan_of),  # type: ignore[arg-type]
            INSTRUMENT: apparatus_after,  # type: ignore[dict-item]
            PLACE: place_after,  # type: ignore[dict-item]
            NONCONFORMITY: keeping.nonconformity_after,  # type: ignore[dict-item]
            RETENTION: retained_after,  # type: ignore[dict-item]
        }

    def world(self) -> World:
        """Return the laboratory as it stands now."""
        with self._lock:
            for position, record in self._records.since(self._next, kinds=KINDS):
                self._take(record)
                self._next = position + 1
            parts = [dict(self._found[kind]) for kind in KINDS]
            return World(*parts, dict(self._begun), dict(self._changed), dict(self._broken))  # type: ignore[arg-type, call-arg]

    def plan_of(self, digest: str) -> Plan:
        """Return the plan with a digest: one of ours, or as it was kept when the case was accepted.

        Raises
        ------
        DataError
            If it is not kept.
        """
        if digest in _built_in():
            return _built_in()[digest]
        if digest not in self._plans:
            try:
                with self._artifacts.open(digest) as file:
                    self._plans[digest] = plan_from_json(json.load(file))
            except NotFound as error:
                raise DataError(Message("adapters.laboratory.no_plan", digest=digest)) from error
        return self._plans[digest]

    def _take(self, record: Record) -> None:
        subject = record.subject
        if subject in self._broken:
            return
        name = subject.partition(":")[2]
        found = self._found[record.kind]
        try:
            found[name] = self._steps[record.kind](found.get(name), record)
        except DataError as error:
            self._broken[subject] = error.message
        self._begun.setdefault(subject, record.instant)
        self._changed[subject] = record.instant


_BOOKS: WeakKeyDictionary[RecordStore, Book] = WeakKeyDictionary()
_BOOKS_LOCK = threading.Lock()


def book_of(folder: DataFolder) -> Book:
    """Return the book of a data folder; one for each open store."""
    with _BOOKS_LOCK:
        if folder.records not in _BOOKS:
            _BOOKS[folder.records] = Book(folder.records, folder.artifacts)
        return _BOOKS[folder.records]


def world_of(folder: DataFolder) -> World:
    """Return the laboratory of a data folder as it stands now."""
    return book_of(folder).world()


@cache
def _built_in() -> Mapping[str, Plan]:
    return {one.digest: one for one in plans().values()}
