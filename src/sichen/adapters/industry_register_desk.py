# SPDX-License-Identifier: Apache-2.0
"""The desk of the registers: credit entries with their trail and the state of the policy's measures, kept as records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.record_store import Overtaken
from sichen.core import JSON, DataError, Input, Instant, Message, NotFound, Record, SourceError
from sichen.industry.registers import credit
from sichen.industry.registers.measures import STATES, Measure, measure, policy_measures

CREDIT, MEASURE = "industry.credit", "industry.measure"
VERSION = "1"
MOST = 10_000
ATTEMPTS = 50
CHANGES = ("appealed", "upheld", "struck", "repaired")


@dataclass(frozen=True)
class Filed:
    """An entry of a firm's credit record as it stands, with every record that led to it, the first one first."""

    number: int
    entry: credit.Entry
    trail: tuple[Record, ...]


@dataclass(frozen=True)
class Standing:
    """A firm's credit record on a day with the trail of each line, in the order of the lines."""

    record: credit.CreditRecord
    filed: tuple[Filed, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the record with the number and trail of each line as plain JSON."""
        lines = self.record.to_json()["lines"]
        numbered: list[JSON] = [
            {**line, "number": one.number, "trail": [step.digest for step in one.trail]}
            for line, one in zip(lines if isinstance(lines, list) else [], self.filed, strict=True)
            if isinstance(line, dict)
        ]
        return {**self.record.to_json(), "lines": numbered}


def firms(folder: DataFolder) -> tuple[str, ...]:
    """Return the firms that have a credit record, by name."""
    return tuple(sorted({str(one.body["firm"]) for one in folder.records.find(kind=CREDIT, limit=MOST)}))


def standing(folder: DataFolder, firm: str, *, date: str) -> Standing:
    """Return a firm's record on a day; entries that were made of later events do not count yet and are left out."""
    filed = tuple(
        sorted(
            _filed(folder.records.trail(CREDIT, f"credit:{firm.strip()}")),
            key=lambda one: (one.entry.date, one.entry.rule, one.number),
        )
    )
    known = tuple(one for one in filed if one.entry.date <= date)
    return Standing(credit.credit_record(firm, [one.entry for one in known], date=date), known)


def enter(folder: DataFolder, firm: str, entry: credit.Entry, *, at: Instant) -> Record:
    """Add an entry to a firm's record.

    Raises
    ------
    DataError
        If the firm, the reason or the source is missing, the date is none or still to come.
    NotFound
        If the rule was not published.
    """
    firm = firm.strip()
    if not firm:
        raise DataError(Message("industry.registry.empty", column="firm"))
    credit.credit_record(firm, [entry], date=at.isoformat()[:10])

    def follow(steps: Sequence[Record]) -> Record:
        number = max((one.number for one in _filed(steps)), default=0) + 1
        return _step_of(firm, number, entry, at=at)

    return _follow(folder, CREDIT, f"credit:{firm}", follow)


def change(folder: DataFolder, firm: str, number: int, *, to: str, note: str, at: Instant) -> Record:
    """Move an entry on: an appeal, its decision, or a repair; every step stays.

    Raises
    ------
    NotFound
        If the firm has no such entry.
    DataError
        If the step is not allowed from where the entry stands, or has no note.
    """
    firm = firm.strip()
    if to not in CHANGES:
        raise DataError(Message("adapters.industry.no_step", step=to, known=", ".join(CHANGES)))

    def follow(steps: Sequence[Record]) -> Record:
        found = next((one for one in _filed(steps) if one.number == number), None)
        if found is None:
            raise NotFound(Message("adapters.industry.no_entry", firm=firm, number=number))
        return _step_of(firm, number, _moved(found.entry, to, note), at=at, before=found.trail[-1])

    return _follow(folder, CREDIT, f"credit:{firm}", follow)


def measures_of(folder: DataFolder) -> tuple[tuple[Measure, Record | None], ...]:
    """Return every measure of the policy as it stands, with the record that says so."""
    latest: dict[str, Record] = {}
    for record in folder.records.find(kind=MEASURE, limit=MOST):
        known = latest.get(str(record.body["clause"]))
        if known is None or _step(record) > _step(known):
            latest[str(record.body["clause"])] = record
    return tuple((_with(one, latest.get(one.clause)), latest.get(one.clause)) for one in policy_measures())


def tell_measure(folder: DataFolder, clause: str, said: Mapping[str, str], *, at: Instant) -> Record:
    """Say how a measure stands: status, evidence, owner, due, note; what was said before stays in its trail.

    Raises
    ------
    NotFound
        If the policy has no such clause.
    DataError
        If the status is none, or another than unknown comes without evidence.
    """
    measure(clause)
    status, evidence = said.get("status", ""), said.get("evidence", "").strip()
    if status not in STATES:
        raise DataError(Message("industry.measure.status", status=status, known=", ".join(STATES)))
    if status != "unknown" and not evidence:
        raise DataError(Message("industry.measure.evidence", status=status))

    def follow(steps: Sequence[Record]) -> Record:
        return _told(clause, said, steps, at=at)

    return _follow(folder, MEASURE, f"measure:{clause}", follow)


def _told(clause: str, said: Mapping[str, str], steps: Sequence[Record], *, at: Instant) -> Record:
    before = max(steps, key=_step, default=None)
    body: dict[str, JSON] = {
        "clause": clause,
        "status": said.get("status", ""),
        **{name: said.get(name, "").strip() for name in ("evidence", "owner", "due", "note")},
        "step": 1 if before is None else _step(before) + 1,
    }
    inputs = () if before is None else (Input("before", before.digest),)
    return Record(MEASURE, f"measure:{clause}", body, MEASURE, VERSION, at, inputs=inputs)


def _follow(folder: DataFolder, kind: str, subject: str, follow: Callable[[Sequence[Record]], Record]) -> Record:
    """Keep the step that follows from a trail as it stands; where somebody else was faster, look again.

    Raises
    ------
    SourceError
        If others were faster every time.
    """
    overtaken: SourceError | None = None
    for _ in range(ATTEMPTS):
        steps = folder.records.trail(kind, subject)
        record = follow(steps)
        try:
            folder.records.append_following([record], after={(kind, subject): steps[-1].digest if steps else ""})
        except Overtaken as error:
            overtaken = error
        else:
            return record
    raise overtaken or SourceError(Message("adapters.store.overtaken", subject=subject))


def _with(one: Measure, record: Record | None) -> Measure:
    if record is None:
        return one
    said = {name: str(record.body[name]) for name in ("status", "evidence", "owner", "due", "note")}
    owner = said["owner"]
    return replace(
        one,
        status=said["status"],
        evidence=said["evidence"],
        note=said["note"],
        due=said["due"] or one.due,
        owner_en=owner or one.owner_en,
        owner_zh=owner or one.owner_zh,
    )


def _filed(kept: Sequence[Record]) -> tuple[Filed, ...]:
    """Return the entries of a trail, each with its steps."""
    steps: dict[int, list[Record]] = {}
    for record in kept:
        steps.setdefault(int(str(record.body["number"])), []).append(record)
    found = []
    for number, records in sorted(steps.items()):
        trail = tuple(sorted(records, key=_step))
        found.append(Filed(number, _entry(trail[-1]), trail))
    return tuple(found)


def _entry(record: Record) -> credit.Entry:
    said = {name: str(record.body[name]) for name in ("rule", "date", "reason", "source", "note")}
    state = next(one for one in ("standing", *CHANGES) if one == record.body["state"])
    return credit.Entry(**said, state=state)  # type: ignore[arg-type]


def _moved(entry: credit.Entry, to: str, note: str) -> credit.Entry:
    if to == "appealed":
        return credit.appealed(entry, note=note)
    if to == "repaired":
        return credit.repaired(entry, note=note)
    return credit.decided(entry, upheld=to == "upheld", note=note)


def _step_of(firm: str, number: int, entry: credit.Entry, *, at: Instant, before: Record | None = None) -> Record:
    step = 1 if before is None else _step(before) + 1
    body: dict[str, JSON] = {"firm": firm, "number": number, "step": step, **vars(entry)}
    inputs = () if before is None else (Input("before", before.digest),)
    return Record(CREDIT, f"credit:{firm}", body, CREDIT, VERSION, at, inputs=inputs)


def _step(record: Record) -> int:
    return int(str(record.body["step"]))
