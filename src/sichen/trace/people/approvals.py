# SPDX-License-Identifier: Apache-2.0
"""Acts that nobody does alone: one person asks, another one who has the right approves, then it is done, once.

The acts are those by which one insider could do the most harm: an extract of the archives lends a forgery its papers, a
key ceremony decides who signs the log, a recall or an error declaration on a sold watch touches what its owner believes,
a change of its status in a register (stolen, found) what the police believes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sichen.core import DataError, Duration, Instant, Message, NotConforming, NotFound
from sichen.trace.people.roles import Role

Stage = Literal["asked", "approved", "done", "refused", "expired"]

APPROVABLE = Duration.of_seconds(72 * 3600)
"""How long a request waits for a second person."""

DOABLE = Duration.of_seconds(24 * 3600)
"""How long an approval holds."""

LONGEST_REASON = 500


@dataclass(frozen=True)
class Act:
    """An act of two persons.

    Parameters
    ----------
    name : str
    asks, approves : collection of Role
    """

    name: str
    asks: Collection[Role]
    approves: Collection[Role]


ACTS: Mapping[str, Act] = {
    act.name: act
    for act in (
        Act("archive_extract", {"brand_admin", "service_centre", "officer"}, {"brand_admin", "auditor"}),
        Act("key_ceremony", {"brand_admin"}, {"brand_admin", "auditor"}),
        Act("recall", {"brand_admin", "qc"}, {"brand_admin", "qc"}),
        Act("error_declaration", {"brand_admin", "factory_line", "qc", "retailer", "service_centre"}, {"brand_admin", "qc"}),
        Act("status_change", {"brand_admin", "retailer", "service_centre", "officer"}, {"brand_admin", "officer"}),
    )
}


@dataclass(frozen=True)
class Request:
    """A request for an act.

    Parameters
    ----------
    number : str
    act : str
        A name of `ACTS`.
    subject : str
        What it is about: ``watch:…``, ``lot:…``, ``log:…``.
    reason : str
        Why, without naming anybody: it stays in the audit log.
    asked_by, decided_by : str
        Accounts.
    asked_at, decided_at : Instant
    stage : Stage
    """

    number: str
    act: str
    subject: str
    reason: str
    asked_by: str
    asked_at: Instant
    stage: Stage = "asked"
    decided_by: str = ""
    decided_at: Instant | None = None

    def at(self, now: Instant) -> "Request":
        """Return it as it stands at a moment: expired when nobody acted in time."""
        late = {"asked": self.asked_at + APPROVABLE, "approved": (self.decided_at or self.asked_at) + DOABLE}.get(self.stage)
        return replace(self, stage="expired") if late is not None and late < now else self


def check_person(act: str, role: Role, *, approving: bool) -> Act:
    """Return an act that a role may ask for, or approve.

    Raises
    ------
    NotFound
        If there is no such act.
    NotConforming
        If the role may not.
    """
    if act not in ACTS:
        raise NotFound(Message("trace.people.no_act", found=act, known=", ".join(ACTS)))
    if role not in (ACTS[act].approves if approving else ACTS[act].asks):
        raise NotConforming(Message("trace.people.may_not_approve" if approving else "trace.people.may_not_ask"))
    return ACTS[act]


def ask(number: str, act: str, subject: str, *, reason: str, account: str, role: Role, now: Instant) -> Request:
    """Begin a request.

    Raises
    ------
    DataError
        If the subject or the reason is missing or too long.
    """
    check_person(act, role, approving=False)
    if not subject.strip() or not reason.strip():
        raise DataError(Message("trace.people.say_why"))
    if max(len(subject), len(reason)) > LONGEST_REASON:
        raise DataError(Message("trace.people.say_less", most=LONGEST_REASON))
    return Request(number, act, subject.strip(), reason.strip(), account, now)


def approve(request: Request, *, account: str, role: Role, now: Instant) -> Request:
    """Approve a request of somebody else.

    Raises
    ------
    NotConforming
        If it is one's own, is not open any more, or the role may not.
    """
    _check_open(request, "asked", now)
    check_person(request.act, role, approving=True)
    if account == request.asked_by:
        raise NotConforming(Message("trace.people.own_request"))
    return replace(request, stage="approved", decided_by=account, decided_at=now)


def refuse(request: Request, *, account: str, role: Role, now: Instant) -> Request:
    """Refuse a request, or take one's own back."""
    _check_open(request, "asked", now)
    if account != request.asked_by:
        check_person(request.act, role, approving=True)
    return replace(request, stage="refused", decided_by=account, decided_at=now)


def carry_out(request: Request, *, act: str, subject: str, account: str, now: Instant) -> Request:
    """Use an approval, which can be done once, by the one who asked, for what he asked.

    Raises
    ------
    NotConforming
        If it is not approved, expired, used, of somebody else or for something else.
    """
    if (request.act, request.subject) != (act, subject):
        raise NotConforming(Message("trace.people.other_act", number=request.number, subject=request.subject))
    if account != request.asked_by:
        raise NotConforming(Message("trace.people.not_yours", number=request.number))
    _check_open(request, "approved", now)
    return replace(request, stage="done")


def _check_open(request: Request, stage: Stage, now: Instant) -> None:
    found = request.at(now).stage
    if found != stage:
        raise NotConforming(Message("trace.people.stage", number=request.number, found=Message(f"trace.people.stages.{found}")))
