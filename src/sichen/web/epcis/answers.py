# SPDX-License-Identifier: Apache-2.0
"""How the EPCIS interface answers: headers, formats, and its own kinds of problem."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import wraps
from urllib.parse import urlencode

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from sichen import __version__
from sichen.adapters.epcis.store import TooManyEvents
from sichen.adapters.epcis.subscriptions import QueryExists
from sichen.adapters.epcis.tables import Conflict
from sichen.core import JSON, DataError, Message, NotConforming, NotFound, SichenError, SourceError
from sichen.trace.epcis import CONTEXT, InvalidDocument, Value, microseconds_text, write_json
from sichen.trace.epcis.query.paging import BadToken
from sichen.trace.epcis.query.parameters import QueryFault
from sichen.web.language import language_of

log = logging.getLogger(__name__)

VERSION = "2.0.0"
EPCIS = "urn:epcglobal:epcis:xsd:2"
LONGEST_ADDRESS = 8192
VERSIONS = {"GS1-EPCIS-Version": VERSION, "GS1-CBV-Version": VERSION}
DISCOVERY = {
    **VERSIONS,
    "GS1-EPCIS-Min": VERSION,
    "GS1-EPCIS-Max": VERSION,
    "GS1-CBV-Min": VERSION,
    "GS1-CBV-Max": VERSION,
    "GS1-EPC-Format": "No_Preference, Never_Translates, Always_GS1_Digital_Link",
    "GS1-CBV-XML-Format": "No_Preference, Always_URN",
    "GS1-Extensions": "sichen=https://sichen.org/voc/",
    "GS1-Vendor-Version": f"Sichen {__version__}",
}
LINKS = "Always_GS1_Digital_Link"
"""The form of keys that a question without the header is answered in, as the standard's OpenAPI has it.

What is stored, proved and sent to subscribers stays as it was captured; ``Never_Translates`` and ``No_Preference`` show it.
"""
JSON_TYPES = ("application/json", "application/ld+json")
XML_TYPES = ("application/xml", "text/xml")

_KINDS: tuple[tuple[type[SichenError], int, str, str], ...] = (
    (TooManyEvents, 413, "QueryTooLargeException", "query_large"),
    (QueryExists, 409, "ResourceAlreadyExistsException", "exists"),
    (Conflict, 409, "ResourceAlreadyExistsException", "exists"),
    (BadToken, 400, "QueryParameterException", "parameter"),
    (QueryFault, 400, "QueryParameterException", "parameter"),
    (NotConforming, 403, "SecurityException", "not_yours"),
    (NotFound, 404, "NoSuchResourceException", "missing"),
    (InvalidDocument, 400, "ValidationException", "invalid"),
    (DataError, 400, "ValidationException", "invalid"),
    (SourceError, 500, "ImplementationException", "ours"),
)


class Refused(SichenError):
    """A request that cannot be served as it was put.

    Parameters
    ----------
    status : int
    kind : str
        Which of the standard's exceptions it is.
    title : str
        Key of the title below ``web.epcis.title``.
    message : Message
    """

    def __init__(self, status: int, kind: str, title: str, message: Message) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.title = title


Handler = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler) -> Handler:
    """Check what every request must satisfy, and make every error one of the standard's problems."""

    @wraps(handler)
    async def run(request: Request) -> Response:
        try:
            _check(request)
            return await handler(request)
        except SichenError as error:
            return problem(request, error)
        except Exception as error:
            log.exception("unexpected error at %s", request.url.path)
            return problem(request, error)

    return run


def problem(request: Request, error: Exception) -> Response:
    """Answer an error as problem+json, or as problem+xml when only XML is accepted."""
    status, kind, title, message = _told(error)
    language = language_of(request)
    body: dict[str, JSON] = {
        "type": f"epcisException:{kind}",
        "title": Message(f"web.epcis.title.{title}").text(language),
        "status": status,
        "detail": message.text(language),
    }
    if isinstance(error, InvalidDocument):
        body["errors"] = [fault.to_json() for fault in error.faults[:100]]
    if isinstance(error, QueryFault):
        body["parameter"] = error.parameter
    headers = {**VERSIONS, "Content-Language": language, "Cache-Control": "no-store"}
    if wants_xml(request, strict=False):
        return Response(_problem_xml(body), status, headers, "application/problem+xml")
    return Response(write_json(_value(body)), status, headers, "application/problem+json")


def _told(error: Exception) -> tuple[int, str, str, Message]:
    if isinstance(error, Refused):
        return error.status, error.kind, error.title, error.message
    if isinstance(error, SichenError):
        for kind, status, name, title in _KINDS:
            if isinstance(error, kind):
                return status, name, title, error.message
        return 400, "ValidationException", "invalid", error.message
    return 500, "ImplementationException", "ours", Message("web.error.unexpected")


def _check(request: Request) -> None:
    length = len(request.scope["path"]) + len(request.scope["query_string"])
    if length > LONGEST_ADDRESS:
        raise Refused(414, "URITooLongException", "long", Message("web.epcis.long", found=length, most=LONGEST_ADDRESS))
    if not any(name.startswith(b"gs1-") for name, _ in request.scope["headers"]):
        return
    for name in ("GS1-EPCIS", "GS1-CBV"):
        low, high = request.headers.get(f"{name}-Min", ""), request.headers.get(f"{name}-Max", "")
        if (low and _version(low, name) > (2, 0)) or (high and _version(high, name)[:1] < (2,)):
            raise not_acceptable(f"{name}-Min/Max", f"{low}–{high}")
    for name, known in (
        ("GS1-EPC-Format", {"No_Preference", "Never_Translates", LINKS}),
        ("GS1-CBV-XML-Format", {"No_Preference", "Never_Translates", "Always_URN"}),
    ):
        wanted = request.headers.get(name, "No_Preference")
        if wanted not in known:
            raise not_acceptable(name, wanted)


def header(request: Request, name: bytes, default: str = "") -> str:
    """Return the first header of a name in small letters, at a tenth of the cost of the general search."""
    for given, value in request.scope["headers"]:
        if given == name:
            return str(value, "latin-1")
    return default


def _version(text: str, name: str) -> tuple[int, ...]:
    parts = text.strip().split(".")
    if not all(part.isascii() and part.isdecimal() and len(part) < 5 for part in parts):  # noqa: PLR2004 - digits
        raise not_acceptable(name, text)
    return tuple(map(int, parts))[:2]


def not_acceptable(name: str, found: str) -> Refused:
    """Return the refusal of something asked for in a header."""
    return Refused(406, "NotAcceptableException", "acceptable", Message("web.epcis.acceptable", name=name, found=found[:60]))


def wants_xml(request: Request, *, strict: bool = True) -> bool:
    """Tell whether the answer is to be XML.

    Raises
    ------
    Refused
        If neither JSON nor XML is accepted; only when `strict`.
    """
    accept = header(request, b"accept", "*/*").lower()
    return False if accept == "*/*" else _prefers_xml(accept, strict=strict)


def _prefers_xml(accept: str, *, strict: bool) -> bool:
    offers = sorted((_weighed(part, place) for place, part in enumerate(accept.split(",")) if part.strip()), reverse=True)
    for weight, _, kind in offers:
        if weight <= 0:
            continue
        if kind in {*JSON_TYPES, "*/*", "application/*", "application/problem+json"}:
            return False
        if kind in {*XML_TYPES, "application/problem+xml", "text/*"}:
            return True
    if strict and offers:
        raise not_acceptable("Accept", accept)
    return False


def _weighed(part: str, place: int) -> tuple[float, int, str]:
    kind, *options = (piece.strip() for piece in part.split(";"))
    weight = 1.0
    for option in options:
        name, _, text = option.partition("=")
        if name.strip() == "q":
            try:
                weight = float(text)
            except ValueError:
                weight = 0.0
    return weight, -place, kind


def in_json(value: Value, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer JSON."""
    return Response(write_json(value), status, {**VERSIONS, **(headers or {})}, "application/json")


def in_xml(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer XML."""
    return Response(body, status, {**VERSIONS, **(headers or {})}, "application/xml")


def collection(request: Request, members: Sequence[str], *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a list of names."""
    if wants_xml(request):
        root = etree.Element(f"{{{EPCIS}}}Collection", nsmap={"epcis": EPCIS})
        for one in members:
            etree.SubElement(root, "member").text = "".join(sign if sign.isprintable() else "\ufffd" for sign in one)
        return in_xml(etree.tostring(root, xml_declaration=True, encoding="UTF-8"), headers=headers)
    return in_json({"@context": [CONTEXT], "type": "Collection", "member": list(members)}, headers=headers)


def next_page(request: Request, token: str, expires: int) -> dict[str, str]:
    """Return the headers that lead to the next page; none on the last."""
    if not token:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "nextPageToken"]
    query = urlencode([*kept, ("nextPageToken", token)])
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace").partition("?")[0]
    return {
        "Link": f'<{request.url.scheme}://{request.url.netloc}{path}?{query}>; rel="next"',
        "GS1-Next-Page-Token-Expires": microseconds_text(expires * 10**6),
    }


def _problem_xml(body: Mapping[str, JSON]) -> bytes:
    root = etree.Element(f"{{{EPCIS}}}EPCISException", nsmap={"epcis": EPCIS})
    for name in ("type", "title", "status", "detail"):
        etree.SubElement(root, name).text = "".join(sign if sign.isprintable() else " " for sign in str(body[name]))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _value(body: dict[str, JSON]) -> Value:
    return dict(body)
