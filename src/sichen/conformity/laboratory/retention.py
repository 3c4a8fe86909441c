# SPDX-License-Identifier: Apache-2.0
"""Retention: what is kept for how long, who holds it back, and how it went."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from sichen.conformity.laboratory.keeping import Kept
from sichen.conformity.laboratory.trail import Actor, entry, follow
from sichen.core import JSON, DataError, Instant, Message, Record


@dataclass(frozen=True)
class Retained:
    """Something that is kept for a time: `disposed` says how it went, empty while it is there."""

    kept: Kept
    disposed: str = ""
    last: str = ""


@dataclass(frozen=True)
class Shelved:
    """Something kept, after a step, and the record to be kept of it."""

    retained: Retained
    record: Record


def shelve(subject: str, *, years: int, actor: Actor) -> Shelved:
    """Begin to keep something.

    Raises
    ------
    DataError
        If the time is not a whole number of years from 1 to 100.
    """
    if not 1 <= years <= 100:  # noqa: PLR2004 - a century
        raise DataError(Message("conformity.laboratory.years", found=years))
    body: dict[str, JSON] = {"step": "kept", "years": years}
    return _shelved(None, subject, body, actor)


def hold(one: Retained, *, reason: str, actor: Actor) -> Shelved:
    """Hold something back from disposal, such as for a complaint; an empty reason lets it go."""
    _still_there(one)
    return _shelved(one, one.kept.subject, {"step": "held", "reason": reason.strip()}, actor)


def dispose(one: Retained, *, how: str, actor: Actor) -> Shelved:
    """Note how something went: returned, recycled, destroyed.

    Raises
    ------
    DataError
        If its time is not over, somebody holds it, it went before, or nothing is said.
    """
    _still_there(one)
    if one.kept.hold:
        raise DataError(Message("conformity.laboratory.held", subject=one.kept.subject, reason=one.kept.hold))
    if actor.at < one.kept.until:
        until = one.kept.until.isoformat()[:10]
        raise DataError(Message("conformity.laboratory.too_early", subject=one.kept.subject, until=until))
    if not how.strip():
        raise DataError(Message("conformity.review.no_reason"))
    return _shelved(one, one.kept.subject, {"step": "disposed", "how": how.strip()}, actor)


def retained_after(one: Retained | None, record: Record) -> Retained:
    """Return something kept after one more step of its trail.

    Raises
    ------
    DataError
        If the record does not follow the last step, or is no such step.
    """
    follow(record, "" if one is None else one.last)
    body = cast("Mapping[str, Any]", record.body)
    try:
        if one is None:
            kept = Kept(record.subject.partition(":")[2], record.instant, int(body["years"]))
            return Retained(kept, last=record.digest)
        if body["step"] == "held":
            return replace(one, kept=replace(one.kept, hold=body["reason"]), last=record.digest)
        return replace(one, disposed=body["how"], last=record.digest)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(Message("conformity.trail.unreadable", digest=record.digest[:19], why=str(error))) from error


def overdue(one: Retained, *, now: Instant) -> bool:
    """Tell whether something may be disposed of now."""
    return not one.disposed and not one.kept.hold and one.kept.until < now


def _still_there(one: Retained) -> None:
    if one.disposed:
        raise DataError(Message("conformity.laboratory.gone", subject=one.kept.subject))


def _shelved(one: Retained | None, subject: str, body: Mapping[str, JSON], actor: Actor) -> Shelved:
    record = entry("retention", f"kept:{subject}", body, actor=actor, previous="" if one is None else one.last)
    return Shelved(retained_after(one, record), record)
