# SPDX-License-Identifier: Apache-2.0
"""The audit trail: every step of the laboratory is a record that names the one before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sichen.core import JSON, PREVIOUS, DataError, Input, Instant, Message, Record

VERSION = "1"


@dataclass(frozen=True)
class Actor:
    """Who does a step, and when.

    Raises
    ------
    DataError
        If nobody is named.
    """

    person: str
    at: Instant

    def __post_init__(self) -> None:
        if not self.person.strip():
            raise DataError(Message("conformity.laboratory.nobody"))


def entry(
    kind: str,
    subject: str,
    body: Mapping[str, JSON],
    *,
    actor: Actor,
    previous: str = "",
    inputs: Iterable[Input] = (),
) -> Record:
    """Make the record of a step.

    Parameters
    ----------
    kind : str
        The word after ``conformity.``.
    subject : str
    body : mapping
    actor : Actor
        Goes into the record.
    previous : str
        Digest of the step before, or empty for the first.
    inputs : iterable of Input
        What else it rests on.
    """
    links = (Input(PREVIOUS, previous),) if previous else ()
    return Record(
        kind=f"conformity.{kind}",
        subject=subject,
        body={**body, "person": actor.person},
        method=f"conformity.laboratory.{kind}",
        version=VERSION,
        instant=actor.at,
        inputs=(*links, *inputs),
    )


def previous_of(record: Record) -> str:
    """Return the digest of the step before, empty for the first."""
    return next((link.digest for link in record.inputs if link.role == PREVIOUS), "")


def follow(record: Record, last: str) -> None:
    """Check that a record follows the last step that is known.

    Raises
    ------
    DataError
        If it follows another one: the trail is broken.
    """
    if previous_of(record) != last:
        raise DataError(Message("conformity.trail.broken", digest=record.digest[:19], kind=record.kind))


def check_trail(records: Iterable[Record]) -> tuple[Message, ...]:
    """Check that records form one unbroken trail, in order.

    Parameters
    ----------
    records : iterable of Record
        All of one subject, oldest first.

    Returns
    -------
    tuple of Message
        What is wrong; empty when nothing is.
    """
    faults: list[Message] = []
    before: Record | None = None
    for record in records:
        links = [link.digest for link in record.inputs if link.role == PREVIOUS]
        if links != ([] if before is None else [before.digest]):
            faults.append(Message("conformity.trail.broken", digest=record.digest[:19], kind=record.kind))
        if before is not None and record.instant < before.instant:
            faults.append(Message("conformity.trail.backwards", digest=record.digest[:19], kind=record.kind))
        before = record
    return tuple(faults)
