# SPDX-License-Identifier: Apache-2.0
"""``sichen trace hash``, ``capture`` and ``events``: EPCIS documents on the command line."""

from pathlib import Path
from typing import Annotated, cast

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.epcis.desk import EventDesk, answer_document
from sichen.adapters.epcis.jobs import CaptureJob
from sichen.adapters.named_files import read_named
from sichen.cli.output import complain, note, print_json, print_table, say
from sichen.core import JSON, ConfigError, DataError, Message
from sichen.trace.epcis import (
    Table,
    Value,
    ambiguities,
    event_hash,
    read_document,
    refuse_ambiguous,
    to_jsonld,
    write_json,
    write_xml,
)
from sichen.trace.epcis.event import table_of, text_of, texts_of

Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
SHOWN = 10
"""Errors of one file that are told; --json tells all."""


def hash_file(
    file: Path,
    /,
    *,
    strict: Annotated[bool, Parameter(negative=(), help="Refuse events whose hash is ambiguous.")] = False,
    json: AsJson = False,
) -> int:
    """Compute the event hash ID of every event in a document, one a line.

    Parameters
    ----------
    file
        JSON-LD, or XML of EPCIS 1.2 or 2.0.
    """
    document = read_document(read_named(file), exact=True, once=strict, judged=False)
    for place, event in enumerate(document.events):
        if strict:
            try:
                refuse_ambiguous(event, document.prefixes)
            except DataError as error:
                raise DataError(Message("cli.trace.event_refused", place=place, problem=say(error.message))) from error
    for event in document.events:
        name = event_hash(event, document.prefixes)
        if json:
            found = ambiguities(event, document.prefixes)
            unclear: list[JSON] = [{"kind": one.kind, "field": one.field, "found": one.found} for one in found]
            print_json({"hash": name, "eventID": text_of(event, "eventID") or None, "ambiguities": unclear})
        else:
            print(name)
    return 0


def capture(
    *files: Path,
    proceed: Annotated[bool, Parameter(negative=(), help="Keep the right events of a file that has wrong ones.")] = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Capture EPCIS documents into the ledger: each file all or nothing.

    Parameters
    ----------
    files
        JSON-LD, or XML of EPCIS 1.2 or 2.0.
    """
    if not files:
        raise ConfigError(Message("cli.trace.no_files"))
    good = True
    with DataFolder.open(data) as folder, EventDesk(folder) as desk:
        for file in files:
            document = read_document(read_named(file))
            job = desk.capture(document, behaviour="proceed" if proceed else "rollback")
            good = good and job.success
            if json:
                print_json({"file": str(file), **job.to_json()})
            else:
                _tell(file, job)
    return 0 if good else 2


def events(
    *conditions: str,
    every: Annotated[bool, Parameter(name="--all", negative=(), help="All pages, not only the first.")] = False,
    xml: Annotated[bool, Parameter(negative=(), help="Print one XML query document.")] = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """List captured events that meet conditions, the latest first.

    Parameters
    ----------
    conditions
        Parameters of the EPCIS query as NAME=VALUE: EQ_bizStep=repairing, MATCH_epc=urn:epc:id:sgtin:…, orderBy=eventTime.
    """
    parameters: dict[str, Value] = {}
    for condition in conditions:
        name, sign, value = condition.partition("=")
        if not sign:
            raise ConfigError(Message("cli.trace.no_condition", found=condition))
        parameters[name] = value
    with DataFolder.open(data) as folder, EventDesk(folder) as desk:
        page = desk.store.ask(parameters)
        found, token = list(page.events), page.token
        while every and token:
            following = desk.store.ask({**parameters, "nextPageToken": token})
            found += following.events
            token = following.token
        document = answer_document(page if not every else type(page)(tuple(found)))
    if xml:
        print(write_xml(document).decode())
    elif json:
        print(write_json(to_jsonld(document)).decode())
    else:
        print_table(map(_row, found))
        if token:
            note(say(Message("cli.trace.more_events", count=len(found))))
    return 0


def _tell(file: Path, job: CaptureJob) -> None:
    print(say(Message("cli.trace.captured", file=file.name, kept=job.kept, known=job.known, given=job.given)))
    for error in job.errors[:SHOWN]:
        complain(Message("cli.trace.fault", file=file.name, field=str(error["field"]) or "/", detail=str(error["detail"])))
    if len(job.errors) > SHOWN:
        complain(Message("cli.trace.more_faults", count=len(job.errors) - SHOWN))


def _row(event: Table) -> tuple[str, ...]:
    things = [*texts_of(event, "epcList"), *texts_of(event, "childEPCs"), *texts_of(event, "outputEPCList")]
    shown = [text_of(event, "parentID"), *things[:1], f"+{len(things) - 1}" if len(things) > 1 else ""]
    place = cast("str", table_of(event.get("readPoint")).get("id", ""))
    return (
        text_of(event, "eventTime"),
        text_of(event, "type").removesuffix("Event"),
        text_of(event, "action"),
        text_of(event, "bizStep"),
        " ".join(one for one in shown if one),
        place,
    )
