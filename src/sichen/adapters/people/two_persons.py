# SPDX-License-Identifier: Apache-2.0
"""What two persons do together about watches: stolen, lost, found, recalled, put right, declared an error, extracted.

The subject of a request says all that is done ("stolen https://…"), and its reason is the note that is kept: who approves
sees what will be written, and nothing else can be done with the approval. The event names the request; where one person
did it, because there is nobody else, it says that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sichen.adapters.clock import now
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people.desk import People
from sichen.adapters.people.store import Person
from sichen.core import JSON, DataError, Instant, Message, NotConforming, Record
from sichen.trace.epcis import Table
from sichen.trace.passport import Mark, declared_error, marked, watches_of
from sichen.trace.roles import What, needs_two

EXTRACT = "trace.archive_extract"
ALONE = "one_person"
"""What an event says about its approval where there was nobody to approve."""

ACT_OF: Mapping[What, str] = {
    "recall": "recall",
    "correct": "error_declaration",
    "lose": "status_change",
    "find": "status_change",
    "extract": "archive_extract",
}
_MARKS: Mapping[str, tuple[What, Mark, bool]] = {
    "stolen": ("lose", "stolen", False),
    "lost": ("lose", "lost", False),
    "found": ("find", "stolen", True),
    "remedied": ("recall", "recalled", True),
}
MARKED = frozenset(_MARKS)
"""The words that change what a watch is marked with."""

WORDS: Mapping[str, What] = {
    **{word: what for word, (what, _, _) in _MARKS.items()},
    "recall": "recall",
    "error": "correct",
    "extract": "extract",
}
"""The first word of a subject, and what one must be allowed for it."""


@dataclass(frozen=True)
class Wanted:
    """Something to be done about a watch, a lot or an event.

    Parameters
    ----------
    word : str
        One of `WORDS`.
    name : str
        Digital Link of the watch, name of the lot, identifier of the event.
    note : str
    """

    word: str
    name: str
    note: str = ""

    @property
    def what(self) -> What:
        """What one must be allowed."""
        return WORDS[self.word]

    @property
    def act(self) -> str:
        """Which act of two persons it is."""
        return ACT_OF[self.what]

    @property
    def subject(self) -> str:
        """What a request says."""
        return f"{self.word} {self.name}"


def wanted_of(subject: str, note: str = "") -> Wanted:
    """Read the subject of a request.

    Raises
    ------
    DataError
        If it is none that can be carried out here.

    Examples
    --------
    >>> wanted_of("stolen https://id.gs1.org/01/09520123456788/21/1").act
    'status_change'
    """
    word, _, name = subject.partition(" ")
    if word not in WORDS or not name.strip():
        raise DataError(Message("adapters.people.bad_subject", found=subject[:80], known=", ".join(WORDS)))
    return Wanted(word, name.strip(), note)


def do(
    desk: PassportDesk,
    people: People,
    wanted: Wanted,
    *,
    number: str = "",
    person: Person | None = None,
    at: Instant | None = None,
) -> None:
    """Do something that needs two persons of the house, once it is approved.

    Parameters
    ----------
    desk : PassportDesk
    people : People
    wanted : Wanted
    number : str
        Of the approved request.
    person : Person, optional
        Who does it; see `People.together`.
    at : Instant, optional
        When it happened; now by default.

    Raises
    ------
    NotConforming
        If it is not approved; then nothing is done.
    """
    moment = at or now()
    events = _prepared(desk, wanted, moment)
    if not _needs_two(desk, wanted):
        desk.write(events())
        return
    approval = number if people.needs_second(wanted.act) else ALONE

    def work() -> None:
        desk.write([_stamped(event, approval) for event in events()])
        if wanted.word == "extract":
            _note_extract(desk, wanted, approval, moment)

    people.together(wanted.act, wanted.subject, number, work, person=person)


def events_of(wanted: Wanted, *, at: Instant) -> list[Table]:
    """Return the event that marks a watch."""
    _, mark, lifted = _MARKS[wanted.word]
    return [marked([wanted.name], mark, at=at, lifted=lifted, note=wanted.note)]


def asked_or_done(desk: PassportDesk, people: People, wanted: Wanted, person: Person | None) -> str:
    """Do something at once where one person may, otherwise ask for it; return the number of the request.

    Parameters
    ----------
    desk : PassportDesk
    people : People
    wanted : Wanted
    person : Person or None
        Who has signed in; None in a workshop where nobody has an account.
    """
    if person is None or not (_needs_two(desk, wanted) and people.needs_second(wanted.act)):
        do(desk, people, wanted, person=person)
        return ""
    _prepared(desk, wanted, now())
    return people.ask(person, wanted.act, wanted.subject, wanted.note or "—").number


def carry_out(desk: PassportDesk, people: People, number: str, person: Person) -> Wanted:
    """Do what a request of one's own asked for, now that it is approved; return what it was."""
    request = people.request(number)
    wanted = wanted_of(request.subject, "" if request.reason == "—" else request.reason)
    if request.act != wanted.act:
        raise NotConforming(Message("trace.people.other_act", number=number, subject=request.subject))
    do(desk, people, wanted, number=number, person=person)
    return wanted


def _needs_two(desk: PassportDesk, wanted: Wanted) -> bool:
    sold = wanted.what == "correct" and any(map(desk.is_sold, watches_of(desk.events.store.read(wanted.name))))
    return needs_two("brand_admin", wanted.what, sold=sold)


def _stamped(event: Table, approval: str) -> Table:
    """Say in an event who agreed to it; an error declaration repeats its event, so it says so within."""
    declaration = event.get("errorDeclaration")
    if isinstance(declaration, Mapping):
        return {**event, "errorDeclaration": {**declaration, "sichen:approval": approval}}
    return {**event, "sichen:approval": approval}


def _prepared(desk: PassportDesk, wanted: Wanted, at: Instant) -> Callable[[], list[Table]]:
    """Find out what would be written, before anybody is asked; what cannot be is refused here."""
    if wanted.word in _MARKS:
        named = replace(wanted, name=desk.life(wanted.name).link)
        return lambda: events_of(named, at=at)
    if wanted.word == "recall":
        return lambda: desk.recall_events(wanted.name, note=wanted.note, at=at)
    if wanted.word == "error":
        event = desk.events.store.read(wanted.name)
        return lambda: [declared_error(event, at=at)]
    desk.life(wanted.name)
    return list


def _note_extract(desk: PassportDesk, wanted: Wanted, approval: str, at: Instant) -> None:
    serial = wanted.name.rpartition("/21/")[2]
    body: dict[str, JSON] = {"watch": wanted.name, "reason": wanted.note, "approval": approval}
    desk.folder.records.append(Record(EXTRACT, f"watch:{serial}", body, EXTRACT, "1", at))
