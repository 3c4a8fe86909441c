# SPDX-License-Identifier: Apache-2.0
"""Non-conforming work, retention and the audit trail, as the laboratory keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import KINDS, World, world_of
from sichen.adapters.laboratory_steps import Steps, actor, keep_steps
from sichen.conformity import laboratory as lab
from sichen.conformity.laboratory import keeping, retention
from sichen.core import DataError, Instant, Message, NotFound, Record

ACTIONS = ("evaluated", "corrected", "closed")


@dataclass(frozen=True)
class TrailState:
    """Whether one trail holds.

    Parameters
    ----------
    subject, kind : str
    steps : int
    last : Record or None
    faults : tuple of Message
        Empty when the trail is unbroken and its records are what they were.
    """

    subject: str
    kind: str
    steps: int
    last: Record | None
    faults: tuple[Message, ...]


def affected(folder: DataFolder, *, instrument: str, since: Instant, until: Instant | None = None) -> tuple[lab.Affected, ...]:
    """Return every result that an instrument took in a period, until now by default.

    Raises
    ------
    NotFound
        If there is no such instrument.
    """
    world = world_of(folder)
    world.instrument(instrument)
    return lab.affected_by(world.cases.values(), instrument=instrument, since=since, until=until or now())


def report(
    folder: DataFolder,
    what: str,
    *,
    person: str,
    instrument: str = "",
    since: Instant | None = None,
    until: Instant | None = None,
) -> lab.Nonconformity:
    """Report work that does not conform, with the results that an instrument took in a period.

    Raises
    ------
    DataError
        If nobody says what went wrong, or an instrument is named without a beginning.
    """
    if instrument and since is None:
        raise DataError(Message("conformity.laboratory.since_when", name=instrument))
    chosen = [""]

    def decide(world: World) -> Steps:
        who = actor(person)
        touched: tuple[lab.Affected, ...] = ()
        if instrument and since is not None:
            world.instrument(instrument)
            touched = lab.affected_by(world.cases.values(), instrument=instrument, since=since, until=until or who.at)
        chosen[0] = _next_number(world, who.at.isoformat()[:4])
        return Steps((keeping.report(chosen[0], what, touched, actor=who).record,))

    return keep_steps(folder, decide).nonconformity(chosen[0])


def advance(folder: DataFolder, number: str, action: str, *, note: str, person: str, recall: bool = False) -> lab.Nonconformity:
    """Take a report one step on: evaluated, corrected, closed.

    Raises
    ------
    DataError
        If the step is not the next one, or nothing is said.
    """
    if action not in ACTIONS:
        known = ", ".join(ACTIONS)
        raise DataError(Message("conformity.laboratory.stage", now="—", wanted=action, allowed=known))

    def decide(world: World) -> Steps:
        one, who = world.nonconformity(number), actor(person)
        if action == "evaluated":
            noted = keeping.evaluate(one, recall=recall, finding=note, actor=who)
        elif action == "corrected":
            noted = keeping.correct(one, action=note, actor=who)
        else:
            noted = keeping.close(one, check=note, actor=who)
        return Steps((noted.record,))

    return keep_steps(folder, decide).nonconformity(number)


def shelve(folder: DataFolder, subject: str, *, years: int, person: str) -> lab.Retained:
    """Begin to keep something: a sample, a box of papers."""

    def decide(world: World) -> Steps:
        if not subject.strip() or subject in world.retained:
            raise DataError(Message("conformity.laboratory.kept_already", subject=subject or "—"))
        return Steps((retention.shelve(subject, years=years, actor=actor(person)).record,))

    return keep_steps(folder, decide).kept(subject)


def hold(folder: DataFolder, subject: str, *, reason: str, person: str) -> lab.Retained:
    """Hold something back from disposal; an empty reason lets it go."""
    return keep_steps(
        folder, lambda world: Steps((retention.hold(world.kept(subject), reason=reason, actor=actor(person)).record,))
    ).kept(subject)


def dispose(folder: DataFolder, subject: str, *, how: str, person: str) -> lab.Retained:
    """Note how something went; its records stay."""
    return keep_steps(
        folder, lambda world: Steps((retention.dispose(world.kept(subject), how=how, actor=actor(person)).record,))
    ).kept(subject)


def trails(folder: DataFolder, subject: str = "") -> Iterator[TrailState]:
    """Check the trails of the laboratory, the oldest first; of one subject when it is named.

    Raises
    ------
    NotFound
        If the subject has no trail.
    """
    by_trail: dict[tuple[str, str], list[Record]] = {}
    for _, record in folder.records.since(0, kinds=KINDS):
        if subject in {"", record.subject}:
            by_trail.setdefault((record.kind, record.subject), []).append(record)
    if subject and not by_trail:
        raise NotFound(Message("conformity.laboratory.no_trail", subject=subject))
    for (kind, about), records in by_trail.items():
        # Each step is held by the digest that the next one names; the last is held by nothing but its own.
        changed = folder.verify([records[-1].digest])[1]
        faults = (*lab.check_trail(records), *(problem.message for problem in changed))
        yield TrailState(about, kind, len(records), records[-1], faults)


def _next_number(world: World, year: str) -> str:
    begun = sum(1 for subject in world.begun if subject.startswith(f"nonconformity:N-{year}-"))
    return f"N-{year}-{begun + 1:03d}"
