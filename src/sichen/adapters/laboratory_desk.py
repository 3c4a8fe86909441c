# SPDX-License-Identifier: Apache-2.0
"""The front desk of the laboratory: cases, samples, plans, and the way of a case to its end.

The command line and the pages both come here; every step is one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import World, world_of
from sichen.adapters.laboratory_steps import Steps, actor, by_row, keep_steps, text_of
from sichen.conformity import Protocol
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Item, Party
from sichen.conformity.table import Row, read_table
from sichen.core import DataError, Message, Record, canonical

YEARS = 6
"""How long samples' papers are kept unless somebody says otherwise: what accreditation bodies here ask for."""
PHOTOGRAPHS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
LARGEST_PHOTOGRAPH = 25_000_000
OVER = {"closed", "declined"}
SAMPLE_COLUMNS = ("serial", "brand", "model", "calibre", "state")
SAMPLE_ALIASES = {"编号": "serial", "watch": "serial", "品牌": "brand", "型号": "model", "机芯": "calibre", "状态": "state"}

Photograph = tuple[str, bytes]
"""A name and the bytes of the file."""


def open_case(folder: DataFolder, customer: Party, *, person: str, number: str = "") -> lab.Case:
    """Open a commission.

    Parameters
    ----------
    folder : DataFolder
    customer : Party
    person : str
        Who does it.
    number : str
        The next one of the year by default.

    Raises
    ------
    DataError
        If the number is taken or something is missing.
    """
    chosen = [number.strip()]

    def decide(world: World) -> Steps:
        who = actor(person)
        chosen[0] = number.strip() or _next_number(world, who.at.isoformat()[:4])
        if chosen[0] in world.cases or f"case:{chosen[0]}" in world.broken:
            raise DataError(Message("adapters.laboratory.case_taken", number=chosen[0]))
        return Steps((lab.open_case(chosen[0], customer, actor=who).record,))

    return keep_steps(folder, decide).case(chosen[0])


def register_sample(
    folder: DataFolder, number: str, item: Item, *, person: str, photographs: Sequence[Photograph] = ()
) -> lab.Case:
    """Register a watch with its photographs.

    Raises
    ------
    NotFound
        If there is no such case.
    DataError
        If the serial number is taken, here or in another case that is not over, or a photograph is none.
    """
    types = [_photograph_type(name, content) for name, content in photographs]

    def decide(world: World) -> Steps:
        _check_elsewhere(world, number, item.serial)
        return Steps((lab.register_sample(world.case(number), item, actor=actor(person)).record,))

    decide(world_of(folder))  # refused before a photograph is kept
    kept = tuple(
        folder.keep(content, media_type=media_type, name=name).digest
        for (name, content), media_type in zip(photographs, types, strict=True)
    )
    item = replace(item, photographs=(*item.photographs, *kept))
    return keep_steps(folder, decide).case(number)


def register_samples(folder: DataFolder, number: str, content: bytes, *, name: str, person: str) -> lab.Case:
    """Register the watches of a table: columns ``serial``, ``brand``, ``state``; optional ``model``, ``calibre``.

    Raises
    ------
    RowsRefused
        If a row is refused: then none is kept.
    """
    rows = read_table(text_of(content, name), required=("serial", "brand", "state"), aliases=SAMPLE_ALIASES).rows
    if not rows:
        raise DataError(Message("adapters.laboratory.no_rows", name=name))

    def decide(world: World) -> Steps:
        case, records = world.case(number), list[Record]()

        def take(row: Row) -> None:
            nonlocal case
            item = Item(**{column: row.text(column) for column in SAMPLE_COLUMNS})  # type: ignore[arg-type]
            _check_elsewhere(world, number, item.serial)
            moved = lab.register_sample(case, item, actor=actor(person))
            case = moved.case
            records.append(moved.record)

        by_row(rows, take, row_of=lambda row: row.number, watch_of=lambda row: row.text("serial"))
        return Steps(tuple(records))

    return keep_steps(folder, decide).case(number)


def accept_case(folder: DataFolder, number: str, protocols: Sequence[Protocol], *, person: str) -> lab.Case:
    """Review the contract and fix the plans; each plan is kept as it is now, whatever later editions say."""

    def decide(world: World) -> Steps:
        return Steps((lab.accept(world.case(number), protocols, actor=actor(person)).record,))

    decide(world_of(folder))
    keep_plans(folder, protocols)
    return keep_steps(folder, decide).case(number)


def keep_plans(folder: DataFolder, protocols: Sequence[Protocol]) -> None:
    """Keep the plans of protocols: the digest of the file is the digest of the plan."""
    for one in protocols:
        content = canonical(one.plan.to_json())
        folder.keep(content, media_type="application/json", name=f"{one.plan.id}.plan.json", expected=one.plan.digest)


def decline_case(folder: DataFolder, number: str, *, reason: str, person: str) -> lab.Case:
    """Decline a commission with the reason."""
    return _step(folder, number, lambda case: lab.decline(case, reason=reason, actor=actor(person)))


def begin_case(folder: DataFolder, number: str, *, person: str) -> lab.Case:
    """Send the samples to the stations."""
    return _step(folder, number, lambda case: lab.begin(case, actor=actor(person)))


def finish_case(folder: DataFolder, number: str, *, person: str) -> lab.Case:
    """End the tests when every result is there, and keep the verdicts."""

    def decide(world: World) -> Steps:
        moved = lab.finish(world.case(number), actor=actor(person))
        return Steps((moved.record, *lab.verdict_records(moved.case, at=moved.record.instant)))

    return keep_steps(folder, decide).case(number)


def repeat_result(folder: DataFolder, number: str, serial: str, quantity: str, *, reason: str, person: str) -> lab.Case:
    """Set a result aside while the tests run, to measure it again."""
    return _step(folder, number, lambda case: lab.repeat(case, serial, quantity, reason=reason, actor=actor(person)))


def reopen_case(folder: DataFolder, number: str, *, reason: str, discard: Sequence[tuple[str, str]], person: str) -> lab.Case:
    """Go back to the stations to repeat results (serial number, quantity).

    Raises
    ------
    DataError
        If nothing that was captured is to be repeated, or as `sichen.conformity.laboratory.reopen`.
    """

    def decide(world: World) -> Steps:
        case = world.case(number)
        known = {(one.serial, one.quantity) for one in case.captures}
        for serial, quantity in discard:
            if (serial, quantity) not in known:
                raise DataError(Message("conformity.laboratory.unknown", serial=serial, plan="—", quantity=quantity))
        return Steps((lab.reopen(case, reason=reason, discard=discard, actor=actor(person)).record,))

    return keep_steps(folder, decide).case(number)


def close_case(folder: DataFolder, number: str, *, person: str, years: int = YEARS) -> lab.Case:
    """Close a commission over its certificates and verdicts; from here on its samples' papers are kept for some years."""

    def decide(world: World) -> Steps:
        case, who = world.case(number), actor(person)
        certificates = [record.digest for record in certificates_of(folder, world, case)]
        kept = [record.digest for record in verdicts_of(folder, case)]
        moved = lab.close(case, certificates, verdicts=kept, actor=who)
        shelved = [
            lab.retention.shelve(f"{number}/{serial}", years=years, actor=who).record
            for serial in case.samples
            if f"{number}/{serial}" not in world.retained
        ]
        return Steps((moved.record, *shelved))

    return keep_steps(folder, decide).case(number)


def verdicts_of(folder: DataFolder, case: lab.Case) -> tuple[Record, ...]:
    """Return the kept verdicts that rest on the results as they stand: the latest of each sample and plan."""
    found = []
    for protocol in case.protocols:
        for serial in lab.complete(case, protocol):
            results = {one.record for one in case.captures if (one.plan, one.serial) == (protocol.plan.id, serial)}
            record = _verdict_on(folder, serial, results)
            if record is not None:
                found.append(record)
    return tuple(found)


def certificates_of(folder: DataFolder, world: World, case: lab.Case) -> tuple[Record, ...]:
    """Return the certificates of the samples of a case that were issued since it was opened, oldest first."""
    begun = world.begun[f"case:{case.number}"]
    return tuple(
        record
        for serial in case.samples
        for record in folder.records.trail("conformity.certificate", f"watch:{serial}")
        if not record.instant < begun
    )


def next_number(world: World) -> str:
    """Return the number that the next case would get."""
    return _next_number(world, now().isoformat()[:4])


def _verdict_on(folder: DataFolder, serial: str, results: set[str]) -> Record | None:
    for record in reversed(folder.records.trail("conformity.verdict", f"watch:{serial}")):
        if {link.digest for link in record.inputs if link.role == "result"} == results:
            return record
    return None


def _step(folder: DataFolder, number: str, move: Callable[[lab.Case], lab.Moved]) -> lab.Case:
    return keep_steps(folder, lambda world: Steps((move(world.case(number)).record,))).case(number)


def _next_number(world: World, year: str) -> str:
    taken = {subject.partition(":")[2] for subject in world.begun if subject.startswith("case:")}
    count = sum(1 for name in taken if name.startswith(f"{year}-"))
    while (name := f"{year}-{count + 1:03d}") in taken:
        count += 1
    return name


def _check_elsewhere(world: World, number: str, serial: str) -> None:
    for other, case in world.cases.items():
        if other != number and case.stage not in OVER and serial in case.samples:
            raise DataError(Message("adapters.laboratory.elsewhere", serial=serial, number=other))


def _photograph_type(name: str, content: bytes) -> str:
    if len(content) > LARGEST_PHOTOGRAPH:
        limit = f"{LARGEST_PHOTOGRAPH // 10**6} MB"
        raise DataError(Message("adapters.laboratory.large_photograph", name=name, limit=limit))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    for head, media_type in PHOTOGRAPHS.items():
        if content.startswith(head):
            return media_type
    raise DataError(Message("adapters.laboratory.no_photograph", name=name))
