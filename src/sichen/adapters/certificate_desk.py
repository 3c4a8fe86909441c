# SPDX-License-Identifier: Apache-2.0
"""The desk of certificates: drafted from kept verdicts, reviewed and released by two people, signed, printed, revoked.

Every step is a record that rests on the content it was taken on, so the state of a certificate is what its records say.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.issuing_house import NOBODY, house, locked, publish_trust, signing_key
from sichen.conformity import WatchVerdict
from sichen.conformity.certificate import (
    Certificate,
    Condition,
    Dossier,
    Equipment,
    Item,
    Party,
    Remark,
    ReviewStep,
    certificate_of,
    draft,
    give_back,
    release,
    review,
    revoke,
    scan_text,
    sign,
    stamp,
    to_document,
    to_html,
    to_pdf,
    verify,
)
from sichen.conformity.certificate.review import Stage
from sichen.conformity.uncertainty import Budget
from sichen.core import JSON, DataError, Input, Instant, Message, NotFound, Record, canonical

REVIEW, CERTIFICATE = "conformity.review", "conformity.certificate"
FILES = {
    "xml": ("signed file", "application/xml"),
    "pdf": ("printed form", "application/pdf"),
    "html": ("page", "text/html"),
}
"""The forms of a released certificate: ending, role among the inputs of its record, media type."""
MANY = 10_000


@dataclass(frozen=True)
class Particulars:
    """What certificates say beside the verdict.

    Parameters
    ----------
    customer : Party
    items : mapping of serial to Item
        What is known of each watch; others have a serial number only.
    tested_by, reviewed_by, released_by : str
        Empty leaves it to whoever takes the step.
    begun, ended : str
        First and last day of the tests; empty takes the day of the draft, and the certificate says so.
    equipment, conditions, budgets : tuple
    replaces : str
        Number of the certificate that is replaced.
    """

    customer: Party = NOBODY
    items: Mapping[str, Item] = field(default_factory=dict)
    tested_by: str = ""
    reviewed_by: str = ""
    released_by: str = ""
    begun: str = ""
    ended: str = ""
    equipment: tuple[Equipment, ...] = ()
    conditions: tuple[Condition, ...] = ()
    budgets: tuple[Budget, ...] = ()
    replaces: str = ""

    def __post_init__(self) -> None:
        """Refuse people who hold roles that exclude each other, before anything is kept.

        Raises
        ------
        DataError
            If the reviewer also tested or releases.
        """
        if self.reviewed_by and self.reviewed_by in {self.tested_by, self.released_by}:
            raise DataError(Message("conformity.certificate.one_person", person=self.reviewed_by))


@dataclass(frozen=True)
class Docket:
    """A certificate as it stands in the data folder.

    Parameters
    ----------
    dossier : Dossier
    steps : tuple of Record
        Of its review, oldest first.
    verdict : str
        Digest of the record that it was drafted from.
    issued : Record or None
        The certificate's own record, once it is released.
    """

    dossier: Dossier
    steps: tuple[Record, ...]
    verdict: str
    issued: Record | None = None

    @property
    def certificate(self) -> Certificate:
        """What it says."""
        return self.dossier.certificate

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return self.dossier.stage

    def file(self, ending: str) -> str:
        """Return the digest of one form of a released certificate; empty where there is none."""
        role = FILES[ending][0]
        return next((one.digest for one in self.issued.inputs if one.role == role), "") if self.issued else ""

    def to_json(self) -> dict[str, JSON]:
        """Return how the certificate stands, as plain JSON."""
        own = self.certificate
        return {
            "number": own.number,
            "watch": own.item.serial,
            "verdict": own.verdict,
            "stage": self.stage,
            "content_digest": own.digest,
            "plan_digest": own.plan_digest,
            "verdict_record": self.verdict,
            "record": None if self.issued is None else self.issued.digest,
            "tested_by": own.tested_by,
            "reviewed_by": own.reviewed_by,
            "released_by": own.released_by,
            "steps": [
                {
                    "stage": one.body["stage"],
                    "person": one.body["person"],
                    "note": one.body["note"],
                    "at": one.instant.isoformat(),
                }
                for one in self.steps
            ],
        }


def draft_certificates(
    folder: DataFolder,
    verdicts: Sequence[WatchVerdict],
    records: Sequence[Record],
    particulars: Particulars,
    *,
    at: Instant,
) -> tuple[Docket, ...]:
    """Draft a certificate for each kept verdict, all or none.

    Parameters
    ----------
    folder : DataFolder
    verdicts : sequence of WatchVerdict
    records : sequence of Record
        Those verdicts as they were kept, in the same order.
    particulars : Particulars
    at : Instant

    Raises
    ------
    DataError
        If one person holds roles that exclude each other.
    """
    with locked(folder.path):
        own = house(folder.path).laboratory
        first = _next_number(folder, at)
        dockets = []
        for count, (verdict, record) in enumerate(zip(verdicts, records, strict=True)):
            content = _content(folder, verdict, record, particulars, number=_number(at, first + count), laboratory=own, at=at)
            step = draft(content, author=particulars.tested_by, at=at, rests_on=(Input("verdict", record.digest),))
            dockets.append(Docket(step.dossier, (step.record,), record.digest))
        for docket in dockets:
            _keep_content(folder, docket.certificate)
        folder.records.append_all(docket.steps[0] for docket in dockets)
    return tuple(dockets)


def docket(folder: DataFolder, number: str) -> Docket:
    """Return a certificate by its number.

    Raises
    ------
    NotFound
        If there is none of that number.
    """
    steps = tuple(folder.records.find(kind=REVIEW, subject=f"certificate:{number}", limit=MANY))[::-1]
    if not steps:
        raise NotFound(Message("adapters.certificate.unknown", number=number))
    return _docket(folder, steps)


def dockets(folder: DataFolder, *, limit: int = 200) -> Iterator[Docket]:
    """Yield the certificates that were last worked on, newest first."""
    seen: dict[str, None] = {}
    for record in folder.records.find(kind=REVIEW, limit=MANY):
        seen.setdefault(record.subject.partition(":")[2])
        if len(seen) == limit:
            break
    for number in seen:
        yield docket(folder, number)


def review_certificate(folder: DataFolder, number: str, *, person: str, at: Instant, note: str = "") -> Docket:
    """Confirm a draft; the person is neither its author nor the tester."""
    with locked(folder.path):
        before = docket(folder, number)
        return _move(folder, before, review(before.dossier, reviewer=person.strip(), at=at, note=note))


def return_certificate(folder: DataFolder, number: str, *, person: str, at: Instant, reason: str) -> Docket:
    """Give a draft back with the reason."""
    with locked(folder.path):
        before = docket(folder, number)
        return _move(folder, before, give_back(before.dossier, person=person.strip(), at=at, note=reason))


def release_certificate(folder: DataFolder, number: str, *, person: str, at: Instant, note: str = "") -> Docket:
    """Release a reviewed certificate: sign it, print it, keep all its forms, and publish the trust.

    Raises
    ------
    DataError
        If it is not reviewed, the releaser is its reviewer, or nobody is named as tester.
    ConfigError
        If nobody said which laboratory this is, or the key is not safe.
    """
    with locked(folder.path):
        before = docket(folder, number)
        own = house(folder.path)
        dossier = before.dossier
        if dossier.certificate.laboratory == NOBODY:  # named after the draft was made
            dossier = replace(dossier, certificate=replace(dossier.certificate, laboratory=own.laboratory))
        step = release(dossier, releaser=person.strip(), at=at, note=note)
        if not step.dossier.certificate.tested_by:
            raise DataError(Message("adapters.certificate.no_tester", number=number))
        private = signing_key(folder.path, at=at)
        return _issue(folder, before, step, private, verify_at=own.verify_at, at=at)


def revoke_certificate(folder: DataFolder, number: str, *, person: str, at: Instant, reason: str) -> Docket:
    """Revoke a released certificate; it stays on record, and every verifier with the new file of trust knows."""
    with locked(folder.path):
        before = docket(folder, number)
        moved = _move(folder, before, revoke(before.dossier, person=person.strip(), at=at, reason=reason))
        publish_trust(folder.path, _revoked(folder))
        return moved


def form_of(folder: DataFolder, one: Docket, ending: str) -> bytes:
    """Return one form of a certificate: the kept file once it is released, before that a draft that says so.

    Raises
    ------
    NotFound
        If the ending is unknown, or a signed file is asked for before the release.
    """
    if ending not in FILES:
        raise NotFound(Message("adapters.certificate.no_form", ending=ending, known=", ".join(FILES)))
    digest = one.file(ending)
    if digest:
        with folder.artifacts.open(digest) as file:
            return file.read()
    if ending == "xml":
        raise NotFound(Message("adapters.certificate.unsigned", number=one.certificate.number))
    if ending == "pdf":
        return to_pdf(one.certificate, draft=True)
    return to_document(one.certificate).encode("utf-8")


def article_of(folder: DataFolder, one: Docket) -> str:
    """Return what a page shows of a certificate: once it is released, exactly what was kept then."""
    if one.issued is None:
        return to_html(one.certificate)
    page = form_of(folder, one, "html").decode("utf-8")
    return page[page.index("<article") : page.index("</article>") + len("</article>")]


def _issue(folder: DataFolder, before: Docket, step: ReviewStep, private: bytes, *, verify_at: str, at: Instant) -> Docket:
    content = step.dossier.certificate
    signed = sign(content, private=private, when=at)
    trust = publish_trust(folder.path, _revoked(folder))
    found = verify(signed, trust=trust, now=at)
    if not found.intact:  # such as a key that is not valid yet, or no longer
        raise DataError(Message("adapters.certificate.not_verified", number=content.number, why=found.reasons[0].text("en")))
    scan = scan_text(stamp(content, private=private), verify_at=verify_at)
    made = {"xml": signed, "pdf": to_pdf(content, scan=scan), "html": to_document(content, verify_at=scan).encode("utf-8")}
    kept = {
        ending: folder.keep(data, media_type=FILES[ending][1], name=f"{content.number}.{ending}").digest
        for ending, data in made.items()
    }
    _keep_content(folder, content)
    beside = (
        Input(FILES["pdf"][0], kept["pdf"]),
        Input(FILES["html"][0], kept["html"]),
        Input("verdict", before.verdict),
        Input("release", step.record.digest),
    )
    record = content.to_record(file=kept["xml"], beside=beside)
    folder.records.append_all([step.record, record])
    return Docket(step.dossier, (*before.steps, step.record), before.verdict, record)


def _move(folder: DataFolder, before: Docket, step: ReviewStep) -> Docket:
    _keep_content(folder, step.dossier.certificate)
    folder.records.append(step.record)
    return Docket(step.dossier, (*before.steps, step.record), before.verdict, before.issued)


def _content(
    folder: DataFolder,
    verdict: WatchVerdict,
    record: Record,
    said: Particulars,
    *,
    number: str,
    laboratory: Party,
    at: Instant,
) -> Certificate:
    today = at.isoformat()[:10]
    made = certificate_of(
        verdict,
        number=number,
        issued=at,
        begun=said.begun or today,
        ended=said.ended or today,
        laboratory=laboratory,
        customer=said.customer,
        item=said.items.get(verdict.watch, Item(verdict.watch, "")),
        equipment=said.equipment,
        conditions=said.conditions,
        tested_by=said.tested_by,
        reviewed_by=said.reviewed_by,
        released_by=said.released_by,
        inputs=tuple(dict.fromkeys(_raw(folder, record))),
        replaces=said.replaces,
        budgets=said.budgets,
    )
    if said.begun and said.ended:
        return made
    undated = Message("adapters.certificate.undated")
    return replace(made, remarks=(*made.remarks, Remark(undated.text("en"), undated.text("zh"))))


def _raw(folder: DataFolder, record: Record) -> Iterator[str]:
    """Yield the digests of the raw data of a verdict: its tables, and the recordings behind its readings."""
    for entry in record.inputs:
        if entry.role in {"table", "stations"}:
            yield entry.digest
        elif entry.role == "reading":
            yield from (one.digest for one in folder.records.read(entry.digest).inputs if one.role == "audio")


def _docket(folder: DataFolder, steps: tuple[Record, ...]) -> Docket:
    people = {str(step.body["stage"]): str(step.body["person"]) for step in steps}
    last = steps[-1]
    content = next(entry.digest for entry in last.inputs if entry.role == "certificate")
    with folder.artifacts.open(content) as file:
        certificate = Certificate.from_json(json.load(file))
    stage = str(last.body["stage"])
    dossier = Dossier(
        certificate,
        stage,  # type: ignore[arg-type] # written by ourselves
        people.get("draft", ""),
        people.get("reviewed", ""),
        people.get("released", ""),
        last.digest,
    )
    verdict = next((entry.digest for step in steps for entry in step.inputs if entry.role == "verdict"), "")
    own = (one for one in folder.records.find(kind=CERTIFICATE, subject=f"watch:{certificate.item.serial}", limit=MANY))
    issued = next((one for one in own if one.body["number"] == certificate.number), None)
    return Docket(dossier, steps, verdict, issued)


def _keep_content(folder: DataFolder, certificate: Certificate) -> None:
    folder.keep(
        canonical(certificate.to_json()),
        media_type="application/json",
        name=f"{certificate.number}.json",
        expected=certificate.digest,
    )


def _revoked(folder: DataFolder) -> dict[str, str]:
    steps = folder.records.find(kind=REVIEW, limit=MANY)
    return {one.subject.partition(":")[2]: str(one.body["note"]) for one in steps if one.body["stage"] == "revoked"}


def _number(at: Instant, count: int) -> str:
    return f"S-{at.isoformat()[:4]}-{count:04d}"


def _next_number(folder: DataFolder, at: Instant) -> int:
    """Find the first free number of the year: they are given one after the other, so halving finds it."""

    def taken(count: int) -> bool:
        return next(folder.records.find(subject=f"certificate:{_number(at, count)}", limit=1), None) is not None

    high = 1
    while taken(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if taken(middle) else (low, middle)
    return high
