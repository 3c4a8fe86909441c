# SPDX-License-Identifier: Apache-2.0
"""What clients send to the EPCIS interface: bounded, of a known type, read by the right reader."""

from collections.abc import Mapping

from starlette.requests import Request

from sichen.adapters.epcis.jobs import Behaviour
from sichen.core import Message
from sichen.trace.epcis import Document, Fault, InvalidDocument, Table, parse_json, read_jsonld, read_xml
from sichen.web.epcis.answers import JSON_TYPES, XML_TYPES, Refused, header, not_acceptable

MOST_BYTES = 32 * 2**20
MOST_EVENTS = 10_000
_EDITIONS = ("1.0", "1.1", "1.2", "2.0")


async def read_body(request: Request) -> bytes:
    """Read the whole body.

    Raises
    ------
    Refused
        If it is larger than one capture may be.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise too_large(Message("trace.epcis.too_large", found=size, most=MOST_BYTES))
        chunks.append(chunk)
    return b"".join(chunks)


def too_large(message: Message) -> Refused:
    """Return the refusal of a capture that is too large."""
    return Refused(413, "CaptureLimitExceededException", "large", message)


def read_sent(request: Request, body: bytes) -> Document:
    """Read a document by the type that the client says it has.

    Raises
    ------
    Refused
        If the type is none of ours, or there are more events than one capture may have.
    InvalidDocument
        If it breaks the rules.
    """
    version = header(request, b"gs1-epcis-version", "2.0")
    if not version.startswith(_EDITIONS):
        raise not_acceptable("GS1-EPCIS-Version", version)
    kind = media_type(request)
    if kind in XML_TYPES:
        document = read_xml(body)
    elif kind in JSON_TYPES:
        document = read_jsonld(body)
    else:
        raise unsupported(kind)
    if len(document.events) > MOST_EVENTS:
        raise too_large(Message("web.epcis.many_events", found=len(document.events), most=MOST_EVENTS))
    return document


def read_table(request: Request, body: bytes) -> Table:
    """Read a JSON object.

    Raises
    ------
    Refused
        If the client says that it is something else.
    InvalidDocument
        If it is no object.
    """
    kind = media_type(request)
    if kind not in JSON_TYPES:
        raise unsupported(kind)
    value = parse_json(body)
    if not isinstance(value, Mapping):
        raise InvalidDocument([Fault("", Message("trace.epcis.fault.no_table"))])
    return value


def media_type(request: Request) -> str:
    """Return what the client says it sends, without parameters."""
    return header(request, b"content-type").partition(";")[0].strip().lower()


def unsupported(kind: str) -> Refused:
    """Return the refusal of a media type."""
    message = Message("web.epcis.media_type", found=kind[:60] or "—", known=", ".join((*JSON_TYPES, *XML_TYPES)))
    return Refused(415, "UnsupportedMediaTypeException", "media_type", message)


def behaviour(request: Request) -> Behaviour:
    """Return what one wrong event means for the others.

    Raises
    ------
    Refused
        If the header has a value that the standard does not know.
    """
    wanted = request.headers.get(
        "GS1-Capture-Error-Behaviour", request.headers.get("GS1-EPCIS-Capture-Error-Behaviour", "rollback")
    )
    if wanted not in {"rollback", "proceed"}:
        raise not_acceptable("GS1-Capture-Error-Behaviour", wanted)
    return "proceed" if wanted == "proceed" else "rollback"


def extensions(request: Request) -> dict[str, str]:
    """Return the prefixes that the client declares in ``GS1-Extensions``."""
    found = {"sichen": "https://sichen.org/voc/"}
    for part in request.headers.get("GS1-Extensions", "").split(","):
        name, _, namespace = part.strip().partition("=")
        if name and namespace:
            found[name] = namespace
    return found
