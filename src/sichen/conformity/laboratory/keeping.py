# SPDX-License-Identifier: Apache-2.0
"""Non-conforming work and what it touches; retention of samples and records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from sichen.conformity.laboratory.case import Case
from sichen.conformity.laboratory.trail import Actor, entry, follow
from sichen.core import DataError, Instant, Message, Record

Stage = Literal["reported", "evaluated", "corrected", "closed"]
NEXT: Mapping[Stage, Stage | None] = {"reported": "evaluated", "evaluated": "corrected", "corrected": "closed", "closed": None}


@dataclass(frozen=True)
class Affected:
    """A result that may be wrong."""

    case: str
    serial: str
    quantity: str


@dataclass(frozen=True)
class Nonconformity:
    """Work that went wrong, on its way to being put right.

    Parameters
    ----------
    number, what : str
    affected : tuple of Affected
    stage : {"reported", "evaluated", "corrected", "closed"}
    recall : bool or None
        Whether certificates are revoked; decided when evaluated.
    last : str
        Digest of the record of the last step.
    """

    number: str
    what: str
    affected: tuple[Affected, ...]
    stage: Stage = "reported"
    recall: bool | None = None
    last: str = ""


@dataclass(frozen=True)
class Noted:
    """A nonconformity after a step, and the record to be kept of it."""

    nonconformity: Nonconformity
    record: Record


def affected_by(cases: Iterable[Case], *, instrument: str, since: Instant, until: Instant) -> tuple[Affected, ...]:
    """Return every result that an instrument took in a period, e.g. since its last good check."""
    return tuple(
        Affected(case.number, one.serial, one.quantity)
        for case in cases
        for one in case.captures
        if one.instrument == instrument and since <= Instant.parse(one.at) and Instant.parse(one.at) <= until
    )


def report(number: str, what: str, affected: Sequence[Affected], *, actor: Actor) -> Noted:
    """Report work that does not conform.

    Raises
    ------
    DataError
        If nobody says what went wrong.
    """
    if not what.strip():
        raise DataError(Message("conformity.review.no_reason"))
    return _noted(Nonconformity(number, what, tuple(affected)), what, actor)


def evaluate(one: Nonconformity, *, recall: bool, finding: str, actor: Actor) -> Noted:
    """Decide how much it matters, and whether certificates are revoked."""
    return _noted(replace(_next(one, "evaluated"), recall=recall), finding, actor)


def correct(one: Nonconformity, *, action: str, actor: Actor) -> Noted:
    """Say what was done about it."""
    return _noted(_next(one, "corrected"), action, actor)


def close(one: Nonconformity, *, check: str, actor: Actor) -> Noted:
    """Close it when the action was found to work; `check` says how that was seen."""
    return _noted(_next(one, "closed"), check, actor)


def nonconformity_after(one: Nonconformity | None, record: Record) -> Nonconformity:
    """Return a nonconformity after one more step of its trail.

    Raises
    ------
    DataError
        If the record does not follow the last step, or is no such step.
    """
    follow(record, "" if one is None else one.last)
    body = cast("Mapping[str, Any]", record.body)
    try:
        if one is None:
            affected = tuple(Affected(*row) for row in body["affected"])
            number = record.subject.partition(":")[2]
            return Nonconformity(number, body["note"], affected, last=record.digest)
        return replace(one, stage=body["stage"], recall=body["recall"], last=record.digest)
    except (KeyError, TypeError) as error:
        raise DataError(Message("conformity.trail.unreadable", digest=record.digest[:19], why=str(error))) from error


@dataclass(frozen=True)
class Kept:
    """Something that is kept for a time: a sample, a recording, a certificate."""

    subject: str
    since: Instant
    years: int
    hold: str = ""

    @property
    def until(self) -> Instant:
        """When it may be disposed of, by the calendar."""
        text = self.since.isoformat()
        month_day = "02-28" if text[5:10] == "02-29" else text[5:10]
        return Instant.parse(f"{int(text[:4]) + self.years:04d}-{month_day}{text[10:]}")


def disposable(things: Iterable[Kept], *, now: Instant) -> tuple[Kept, ...]:
    """Return what may be disposed of: its time is over and nobody holds it, such as for a complaint."""
    return tuple(one for one in things if not one.hold and one.until < now)


def _next(one: Nonconformity, stage: Stage) -> Nonconformity:
    if NEXT[one.stage] != stage:
        raise DataError(Message("conformity.laboratory.stage", now=one.stage, wanted=stage, allowed=NEXT[one.stage] or "—"))
    return replace(one, stage=stage)


def _noted(one: Nonconformity, note: str, actor: Actor) -> Noted:
    if not note.strip():
        raise DataError(Message("conformity.review.no_reason"))
    body = {
        "stage": one.stage,
        "note": note,
        "recall": one.recall,
        "affected": [[thing.case, thing.serial, thing.quantity] for thing in one.affected],
    }
    record = entry("nonconformity", f"nonconformity:{one.number}", body, actor=actor, previous=one.last)
    return Noted(replace(one, last=record.digest), record)
