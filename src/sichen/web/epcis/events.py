# SPDX-License-Identifier: Apache-2.0
"""Events and the things they name: ``/events``, ``/epcs``, ``/bizSteps`` and their like."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sichen.adapters.clock import now
from sichen.adapters.epcis.desk import answer_document
from sichen.adapters.epcis.store import Page
from sichen.core import Message, NotFound
from sichen.trace.epcis import (
    CONTEXT,
    EVENT_TYPES,
    Clock,
    Document,
    Fault,
    InvalidDocument,
    Value,
    canonical_key,
    faults_of_events,
    of_field,
    to_jsonld,
    write_event_xml,
    write_xml,
)
from sichen.trace.epcis.key_forms import in_links
from sichen.trace.epcis.query.parameters import MOST_PER_PAGE, PER_PAGE, QueryFault
from sichen.web.epcis.answers import LINKS, collection, header, in_json, in_xml, next_page, wants_xml
from sichen.web.epcis.bodies import extensions, read_body, read_sent
from sichen.web.epcis.desk import desk_of

RESOURCES: dict[str, tuple[str, Callable[[str], str]]] = {
    "eventTypes": ("eventType", str),
    "epcs": ("MATCH_anyEPC", canonical_key),
    "bizSteps": ("EQ_bizStep", of_field("bizStep").shorten),
    "bizLocations": ("EQ_bizLocation", canonical_key),
    "readPoints": ("EQ_readPoint", canonical_key),
    "dispositions": ("EQ_disposition", of_field("disposition").shorten),
}
"""The lists of things that events name, with the query parameter of each and the spelling of the index."""

SMALL = 16 * 2**10
"""Bytes that are read at once, without a thread for it."""

TOP = (*RESOURCES, "events", "queries", "capture")
Handler = Callable[[Request], Awaitable[Response]]


async def top(request: Request) -> Response:
    """List what there is."""
    return collection(request, TOP)


async def list_events(request: Request) -> Response:
    """Answer a query given in the address."""
    return await ask(request, {})


async def post_event(request: Request) -> Response:
    """Keep one event, on the disk before the answer."""
    body = await read_body(request)
    # One event is judged in less time than a thread takes to be woken; a body that is no such thing must not hold up the others.
    small = len(body) <= SMALL
    document = _one_event(request, body) if small else await run_in_threadpool(_one_event, request, body)
    desk, given = desk_of(request), document.events[0]
    if desk.admits_at_once(given):
        desk.admit((given,))
    else:
        await run_in_threadpool(desk.admit, (given,))
    if small:
        event = await desk.arrive(given, prefixes=document.prefixes)
    else:
        event = await run_in_threadpool(lambda: desk.capture_one(given, prefixes=document.prefixes))
    headers = {"Location": f"{request.scope['path'].rstrip('/')}/{event['eventID']}"}
    event = in_links(event) if wants_links(request) else event
    if wants_xml(request):
        return in_xml(write_event_xml(event), status=201, headers=headers)
    return in_json(to_jsonld_event(event), status=201, headers=headers)


def _one_event(request: Request, body: bytes) -> Document:
    """Read and judge a body that must be one event.

    Raises
    ------
    InvalidDocument
        If it is not one, or breaks the rules.
    """
    document = read_sent(request, body)
    if len(document.events) != 1:
        raise InvalidDocument([Fault("", Message("web.epcis.one_event", found=len(document.events)))])
    faults = faults_of_events(document, clock=Clock(now().ns // 1000))
    if faults:
        raise InvalidDocument([Fault(fault.field, fault.message) for fault in faults])
    return document


async def read_event(request: Request) -> Response:
    """Return one event by its identifier."""
    name = request.path_params["name"]
    query = request.url.query  # an event hash ID ends in a question mark and its version
    desk = desk_of(request)

    def find() -> Mapping[str, Value]:
        try:
            return desk.store.read(name)
        except NotFound:
            if not query:
                raise
            return desk.store.read(f"{name}?{query}")

    return answered(request, Page((await run_in_threadpool(find),)))


def listing(kind: str) -> Handler:
    """Return the handler that lists the values that occur."""

    async def run(request: Request) -> Response:
        per_page = read_per_page(request)
        store = desk_of(request).store
        found = await run_in_threadpool(
            lambda: store.names(kind, token=request.query_params.get("nextPageToken", ""), per_page=per_page)
        )
        members = list(found.members)
        if kind == "eventTypes":
            members = [*EVENT_TYPES, *(one for one in members if one not in EVENT_TYPES)]
        return collection(request, members, headers=next_page(request, found.token, found.expires))

    return run


def below(kind: str) -> Handler:
    """Return the handler that lists what is known of one thing: its events."""

    async def run(request: Request) -> Response:
        await _known(request, kind)
        return collection(request, ["events"])

    return run


def events_of(kind: str) -> Handler:
    """Return the handler that answers with the events of one thing."""

    async def run(request: Request) -> Response:
        await _known(request, kind)
        return await ask(request, {RESOURCES[kind][0]: request.path_params["name"]})

    return run


async def ask(request: Request, more: Mapping[str, Value]) -> Response:
    """Answer the query in the address, with further parameters."""
    given: dict[str, Value] = {}
    for name, value in request.query_params.multi_items():
        given[name] = f"{given[name]}|{value}" if name in given else value
    parameters: dict[str, Value] = {**given, **{name: [value] for name, value in more.items()}}
    desk = desk_of(request)
    page = await run_in_threadpool(lambda: desk.store.ask(parameters, prefixes=extensions(request)))
    return answered(request, page)


def wants_links(request: Request) -> bool:
    """Tell whether keys are answered as Digital Links: in a question that says nothing of it, as the standard has it.

    Who posts an event is told what was kept: there the header is none of the standard's, and is heeded where it stands.
    """
    return header(request, b"gs1-epc-format", LINKS if request.method == "GET" else "") == LINKS


def answered(request: Request, page: Page, *, query: str = "SimpleEventQuery") -> Response:
    """Put a page of events into a query document, JSON or XML."""
    if wants_links(request):
        page = replace(page, events=tuple(map(in_links, page.events)))
    document = answer_document(page, query=query)
    headers = next_page(request, page.token, page.expires)
    if wants_xml(request):
        return in_xml(write_xml(document), headers=headers)
    return in_json(to_jsonld(document), headers=headers)


def read_per_page(request: Request) -> int:
    """Return how many members a page may have.

    Raises
    ------
    QueryFault
        If it is no number.
    """
    text = request.query_params.get("perPage", str(PER_PAGE))
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) < 1:  # noqa: PLR2004 - digits
        raise QueryFault("perPage", Message("trace.epcis.query.count", name="perPage", found=text[:60]))
    return min(int(text), MOST_PER_PAGE)


def to_jsonld_event(event: Mapping[str, Value]) -> Value:
    """Return an event that stands alone: with the context of the standard."""
    own = event.get("@context")
    return {**event, "@context": [CONTEXT, *(own if isinstance(own, list) else [])]}


async def _known(request: Request, kind: str) -> None:
    name = request.path_params["name"]
    if kind == "eventTypes" and name in EVENT_TYPES:
        return
    column = "epc" if kind == "epcs" else kind
    store = desk_of(request).store
    if not await run_in_threadpool(lambda: store.has(column, RESOURCES[kind][1](name))):
        raise NotFound(Message("web.epcis.no_resource", kind=kind, name=name[:100]))
