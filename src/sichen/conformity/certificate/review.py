# SPDX-License-Identifier: Apache-2.0
"""Review, release and revocation of a certificate: who may do what next, and the record that each step leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sichen.conformity.certificate.content import Certificate
from sichen.core import DataError, Input, Instant, Message, Record

Stage = Literal["draft", "reviewed", "released", "returned", "revoked"]
VERSION = "1"
METHOD = "conformity.certificate.review"
NEXT: dict[Stage, tuple[Stage, ...]] = {
    "draft": ("reviewed", "returned"),
    "returned": ("draft",),
    "reviewed": ("released", "returned"),
    "released": ("revoked",),
    "revoked": (),
}
"""Which stage may follow which."""


@dataclass(frozen=True)
class Dossier:
    """A certificate on its way through the laboratory.

    Parameters
    ----------
    certificate : Certificate
    stage : {"draft", "reviewed", "released", "returned", "revoked"}
    author, reviewer, releaser : str
        People who did the step; empty before it.
    last : str
        Digest of the record of the last step, or empty.
    """

    certificate: Certificate
    stage: Stage = "draft"
    author: str = ""
    reviewer: str = ""
    releaser: str = ""
    last: str = ""


@dataclass(frozen=True)
class Step:
    """A dossier after a step, and the record to be kept of it."""

    dossier: Dossier
    record: Record


def draft(certificate: Certificate, *, author: str, at: Instant, rests_on: Sequence[Input] = ()) -> Step:
    """Open a dossier; `rests_on` is what the certificate was made from, such as the record of its verdict."""
    return _step(Dossier(certificate, author=author), "draft", person=author, at=at, rests_on=rests_on)


def review(dossier: Dossier, *, reviewer: str, at: Instant, note: str = "") -> Step:
    """Confirm a draft. The reviewer is not the author; where the draft names nobody, the name is put in.

    Raises
    ------
    DataError
        If the stage does not allow it, or the reviewer wrote it, tested, or is not the one the certificate names.
    """
    _allow(dossier, "reviewed")
    _other(reviewer, dossier.author)
    _other(reviewer, dossier.certificate.tested_by)
    _named(reviewer, dossier.certificate.reviewed_by)
    reviewed = replace(dossier.certificate, reviewed_by=reviewer)
    moved = replace(dossier, certificate=reviewed, stage="reviewed", reviewer=reviewer)
    return _step(moved, "reviewed", person=reviewer, at=at, note=note)


def give_back(dossier: Dossier, *, person: str, at: Instant, note: str) -> Step:
    """Return a draft to its author with the reason.

    Raises
    ------
    DataError
        If the stage does not allow it or no reason is given.
    """
    _allow(dossier, "returned")
    if not note.strip():
        raise DataError(Message("conformity.review.no_reason"))
    return _step(replace(dossier, stage="returned", reviewer=""), "returned", person=person, at=at, note=note)


def redraft(dossier: Dossier, certificate: Certificate, *, author: str, at: Instant, rests_on: Sequence[Input] = ()) -> Step:
    """Put a corrected certificate in place of a returned one.

    Raises
    ------
    DataError
        If the dossier was not returned, or the number changed.
    """
    _allow(dossier, "draft")
    if certificate.number != dossier.certificate.number:
        raise DataError(Message("conformity.review.number", old=dossier.certificate.number, new=certificate.number))
    fresh = Dossier(certificate, author=author, last=dossier.last)
    return _step(fresh, "draft", person=author, at=at, rests_on=rests_on)


def release(dossier: Dossier, *, releaser: str, at: Instant, note: str = "") -> Step:
    """Release a reviewed certificate; only now it may be signed and leave the house. The reviewer may not release.

    The certificate takes the instant of its release as that of its issue, and the name where the draft named nobody.

    Raises
    ------
    DataError
        If the stage does not allow it, or the releaser is the reviewer or not the one the certificate names.
    """
    _allow(dossier, "released")
    _other(releaser, dossier.reviewer)
    _named(releaser, dossier.certificate.released_by)
    issued = replace(dossier.certificate, released_by=releaser, issued=at.isoformat())
    moved = replace(dossier, certificate=issued, stage="released", releaser=releaser)
    return _step(moved, "released", person=releaser, at=at, note=note)


def revoke(dossier: Dossier, *, person: str, at: Instant, reason: str) -> Step:
    """Revoke a released certificate; it stays on record with the reason.

    Raises
    ------
    DataError
        If it was not released, or no reason is given.
    """
    _allow(dossier, "revoked")
    if not reason.strip():
        raise DataError(Message("conformity.review.no_reason"))
    return _step(replace(dossier, stage="revoked"), "revoked", person=person, at=at, note=reason)


def _step(dossier: Dossier, stage: Stage, *, person: str, at: Instant, note: str = "", rests_on: Sequence[Input] = ()) -> Step:
    certificate = dossier.certificate
    before = [Input("previous step", dossier.last)] if dossier.last else []
    inputs = [Input("certificate", certificate.digest), *before, *rests_on]
    record = Record(
        kind="conformity.review",
        subject=f"certificate:{certificate.number}",
        body={"stage": stage, "person": person, "note": note},
        method=METHOD,
        version=VERSION,
        instant=at,
        inputs=tuple(inputs),
    )
    return Step(replace(dossier, last=record.digest), record)


def _allow(dossier: Dossier, stage: Stage) -> None:
    if stage not in NEXT[dossier.stage]:
        allowed = ", ".join(NEXT[dossier.stage]) or "—"
        raise DataError(Message("conformity.review.stage", now=dossier.stage, wanted=stage, allowed=allowed))


def _other(person: str, before: str) -> None:
    if not person.strip() or person == before:
        raise DataError(Message("conformity.certificate.one_person", person=person or "—"))


def _named(person: str, named: str) -> None:
    if named and person != named:
        raise DataError(Message("conformity.review.person", person=person, named=named))
