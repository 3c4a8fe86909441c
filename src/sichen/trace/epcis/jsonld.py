# SPDX-License-Identifier: Apache-2.0
"""Read and write EPCIS documents in JSON-LD. Contexts are known by name and never fetched."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from sichen.core import DataError, Message
from sichen.trace.epcis.context import declared, document_context
from sichen.trace.epcis.decimals import fits_double
from sichen.trace.epcis.event import Document, Kind, Table, Value, is_plain, table_of, tables_of, text_of
from sichen.trace.epcis.faults import Fault, InvalidDocument
from sichen.trace.epcis.validation import faults_of_context, faults_of_document

LARGEST = 256 * 2**20
"""Most bytes of one document."""
# Sixteen signs of a number are checked; fewer always fit a double.
_LONG_NUMBER = re.compile(rb"[:,\[]\s*-?[0-9][0-9.eE+\-]{14,}\s*[,}\]]")
_NAMES = frozenset({"id", "sender", "receiver", "instanceIdentifier"})
_OUTSIDE = frozenset({"@context", "type", "schemaVersion", "creationDate", "epcisBody"})


def parse_json(data: bytes, *, exact: bool = False, once: bool = False, checked: bool = True, largest: int = LARGEST) -> Value:
    """Parse JSON text.

    Parameters
    ----------
    data : bytes
        UTF-8.
    exact : bool
        Whether numbers with a fraction become `Decimal`, for the event hash. Otherwise a number that a double cannot
        hold is refused, so that no digit is lost silently.
    once : bool
        Whether a table that names a member twice is refused; otherwise the last one counts.
    checked : bool
        Whether to look for numbers that a double cannot hold; the caller may know that there are none.
    largest : int
        Most bytes.

    Raises
    ------
    DataError
        If it is too large, no JSON, names a member twice where `once` is asked for, or holds a number that would
        be changed.
    """
    if len(data) > largest:
        raise DataError(Message("trace.epcis.too_large", found=len(data), most=largest))
    if exact or once or (checked and _LONG_NUMBER.search(data)):
        return _parse_slowly(data, exact=exact, once=once)
    import orjson

    try:
        return cast("Value", orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise DataError(Message("trace.epcis.not_json", problem=str(error))) from error


def read_jsonld(
    data: bytes, *, exact: bool = False, once: bool = False, judged: bool = True, largest: int = LARGEST
) -> Document:
    """Read a JSON-LD document, or one event that stands alone.

    Parameters
    ----------
    data : bytes
    exact : bool
        Whether numbers keep all their digits, as `Decimal`.
    once : bool
        Whether a table that names a member twice is refused.
    judged : bool
        Whether what surrounds the events must follow the rules.
    largest : int
        Most bytes.

    Returns
    -------
    Document
        Its events are not judged yet.

    Raises
    ------
    InvalidDocument
        If what surrounds the events breaks the rules.
    DataError
        If it is no JSON.
    """
    raw = parse_json(data, exact=exact, once=once, checked=False, largest=largest)
    if not isinstance(raw, Mapping):
        raise InvalidDocument([Fault("", Message("trace.epcis.fault.no_table"))])
    document = document_of(raw, judged=judged)
    # Where nothing but text may stand there is no number that could lose a digit.
    if exact or (not document.envelope.keys() - _NAMES and all(map(is_plain, document.events))):
        return document
    return document_of(table_of(parse_json(data, once=once, largest=largest)), judged=judged)


def document_of(raw: Table, *, judged: bool = True) -> Document:
    """Make a document of parsed JSON; an event that stands alone becomes a document of one.

    Raises
    ------
    InvalidDocument
        If what surrounds the events breaks the rules.
    """
    kind = text_of(raw, "type")
    if kind not in {"EPCISDocument", "EPCISQueryDocument"} and kind and "epcisBody" not in raw:
        faults = faults_of_context(raw)
        if faults and judged:
            raise InvalidDocument(faults)
        bare = {name: value for name, value in raw.items() if name != "@context"}
        return Document((bare,), declared(raw.get("@context")))
    faults = faults_of_document(raw)
    if faults and judged:
        raise InvalidDocument(faults)
    body = table_of(raw.get("epcisBody"))
    answer = table_of(body.get("queryResults"))
    holder = table_of(answer.get("resultsBody")) if answer else body
    if "eventList" not in holder:
        raise InvalidDocument(faults or [Fault("epcisBody.eventList", Message("trace.epcis.fault.missing", name="eventList"))])
    return Document(
        events=tuple(tables_of(holder, "eventList")),
        prefixes=declared(raw.get("@context")),
        kind=cast("Kind", kind),
        schema_version=text_of(raw, "schemaVersion") or "2.0",
        created=text_of(raw, "creationDate"),
        envelope={name: value for name, value in raw.items() if name not in _OUTSIDE},
        query=text_of(answer, "queryName"),
        subscription=text_of(answer, "subscriptionID"),
    )


def to_jsonld(document: Document) -> dict[str, Value]:
    """Return a document as a JSON-LD table."""
    head: dict[str, Value] = {
        "@context": document_context(document),
        **document.envelope,
        "type": document.kind,
        "schemaVersion": document.schema_version,
        "creationDate": document.created,
    }
    if document.kind == "EPCISDocument":
        return {**head, "epcisBody": {"eventList": list(document.events)}}
    results: dict[str, Value] = {"queryName": document.query}
    if document.subscription:
        results["subscriptionID"] = document.subscription
    results["resultsBody"] = {"eventList": list(document.events)}
    return {**head, "epcisBody": {"queryResults": results}}


def write_jsonld(document: Document) -> bytes:
    """Write a document as JSON-LD, UTF-8, numbers with all their digits."""
    return write_json(to_jsonld(document))


def write_json(value: Value) -> bytes:
    """Write a value as JSON, UTF-8."""
    import orjson

    return orjson.dumps(value, default=_number)


def _number(value: object) -> int | float:
    """Write a decimal that a double holds; a reader of ours makes no other."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    raise TypeError(type(value).__name__)


def _parse_slowly(data: bytes, *, exact: bool, once: bool) -> Value:
    def decimal(text: str) -> Decimal | float:
        if exact:
            return Decimal(text)
        if not fits_double(text):
            raise DataError(Message("trace.epcis.long_number", found=text[:60]))
        return float(text)

    def whole(text: str) -> int | float:
        if not exact and len(text) > 15 and not fits_double(text):  # noqa: PLR2004 - what a double always holds
            raise DataError(Message("trace.epcis.long_number", found=text[:60]))
        return int(text)

    try:
        hook = _once if once else None
        return cast(
            "Value",
            json.loads(
                data.decode("utf-8"), parse_float=decimal, parse_int=whole, parse_constant=_no_constant, object_pairs_hook=hook
            ),
        )
    except DataError:
        raise
    except (ValueError, RecursionError) as error:
        raise DataError(Message("trace.epcis.not_json", problem=str(error))) from error


def _once(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(Message("trace.epcis.named_twice", name=twice))
    return found


def _no_constant(text: str) -> Value:
    raise DataError(Message("trace.epcis.not_json", problem=text))
