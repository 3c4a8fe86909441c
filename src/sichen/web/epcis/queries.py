# SPDX-License-Identifier: Apache-2.0
"""Named queries, their answers, and subscriptions to them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from sichen.adapters.clock import now
from sichen.adapters.epcis.desk import EventDesk, answer_document
from sichen.adapters.epcis.subscriptions import NamedQuery, Subscription, read_subscription
from sichen.adapters.epcis.telling import new_events
from sichen.core import DataError, Message, SichenError
from sichen.trace.epcis import Fault, InvalidDocument, Value, microseconds_text, write_jsonld
from sichen.trace.epcis.event import table_of, text_of
from sichen.trace.epcis.query.parameters import QueryFault
from sichen.trace.epcis.schedule import RANGES
from sichen.web.epcis.answers import VERSIONS, Refused, in_json, next_page, wants_xml
from sichen.web.epcis.bodies import read_body, read_table
from sichen.web.epcis.desk import desk_of
from sichen.web.epcis.events import answered, read_per_page

_PAGE = frozenset({"perPage", "nextPageToken"})
_STREAMING = frozenset({"stream", "reportIfEmpty", "initialRecordTime", *RANGES})
LONGEST_NAP = 30.0


async def list_queries(request: Request) -> Response:
    """List named queries."""
    per_page, after = read_per_page(request), _offset(request)
    desk = desk_of(request)
    found = await run_in_threadpool(lambda: desk.subscriptions.queries(after=after, per_page=per_page + 1))
    return _json_only(request, [_query(one) for one in found[:per_page]], headers=_further(request, found, after, per_page))


async def post_query(request: Request) -> Response:
    """Keep a query under a name."""
    sent = await run_in_threadpool(read_table, request, await read_body(request))
    for name in ("name", "query"):
        if name not in sent:
            raise InvalidDocument([Fault(name, Message("trace.epcis.fault.missing", name=name))])
    query = sent["query"]
    if not isinstance(query, Mapping) or not isinstance(sent["name"], str):
        raise InvalidDocument([Fault("query", Message("trace.epcis.fault.no_table"))])
    desk = desk_of(request)
    made = await run_in_threadpool(lambda: desk.subscriptions.define(text_of(sent, "name"), table_of(query)))
    headers = {**VERSIONS, "Location": f"{request.url.path.rstrip('/')}/{made.name}"}
    return Response(status_code=201, headers=headers)


async def read_query(request: Request) -> Response:
    """Return a named query."""
    desk = desk_of(request)
    return _json_only(request, _query(await run_in_threadpool(lambda: desk.subscriptions.query(_name(request)))))


async def delete_query(request: Request) -> Response:
    """Forget a named query and its subscriptions."""
    desk = desk_of(request)
    await run_in_threadpool(lambda: desk.subscriptions.drop(_name(request)))
    return Response(status_code=204, headers=VERSIONS)


async def query_events(request: Request) -> Response:
    """Answer a named query."""
    given = {name: value for name, value in request.query_params.items() if name not in _STREAMING}
    for name in given:
        if name not in _PAGE:
            raise QueryFault(name, Message("trace.epcis.query.unknown", name=name[:100]))
    desk, name = desk_of(request), _name(request)
    page = await run_in_threadpool(lambda: desk.store.answer(desk.subscriptions.compiled(name, dict(given))))
    return answered(request, page, query=name)


async def list_subscriptions(request: Request) -> Response:
    """List the subscriptions to a query."""
    per_page, after = read_per_page(request), _offset(request)
    desk = desk_of(request)
    found = await run_in_threadpool(lambda: desk.subscriptions.subscriptions(_name(request))[after : after + per_page + 1])
    return _json_only(
        request, [_subscription(one) for one in found[:per_page]], headers=_further(request, found, after, per_page)
    )


async def post_subscription(request: Request) -> Response:
    """Subscribe an address that the operator allowed."""
    sent = await run_in_threadpool(read_table, request, await read_body(request))
    desk, name = desk_of(request), _name(request)
    await run_in_threadpool(lambda: desk.subscriptions.query(name))
    try:
        read_subscription(name, sent)
        made = await run_in_threadpool(lambda: desk.subscribe(name, sent))
    except DataError as error:
        raise Refused(400, "SubscriptionControlsException", "subscription", error.message) from error
    headers = {"Location": f"{request.url.path.rstrip('/')}/{made.id}"}
    return in_json(_subscription(made), status=201, headers=headers)


async def read_one_subscription(request: Request) -> Response:
    """Return one subscription, without its secret."""
    desk = desk_of(request)
    found = await run_in_threadpool(
        lambda: desk.subscriptions.subscription(_name(request), request.path_params["subscription"])
    )
    return _json_only(request, _subscription(found))


async def delete_subscription(request: Request) -> Response:
    """End a subscription."""
    desk = desk_of(request)
    await run_in_threadpool(lambda: desk.subscriptions.cancel(_name(request), request.path_params["subscription"]))
    return Response(status_code=204, headers=VERSIONS)


async def stream_events(socket: WebSocket) -> None:
    """Send the answers of a named query as they come, or by a schedule, until the client goes."""
    desk = desk_of(socket)
    try:
        wanted = await run_in_threadpool(lambda: _streamed(desk, socket))
    except SichenError as error:
        await socket.accept()
        await socket.close(1008, error.message.text("en")[:100])
        return
    await socket.accept()
    woken = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    stop = desk.listen(wake)
    sending = asyncio.create_task(_send_all(socket, desk, wanted, woken))
    try:
        while True:
            await socket.receive()
            if socket.client_state.name == "DISCONNECTED":
                break
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        stop()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _send_all(socket: WebSocket, desk: EventDesk, wanted: Subscription, woken: asyncio.Event) -> None:
    while True:
        woken.clear()
        if wanted.schedule is not None:
            moment = datetime.fromtimestamp(now().ns / 1e9, UTC)
            await asyncio.sleep((wanted.schedule.next_after(moment) - moment).total_seconds())
        page = await run_in_threadpool(new_events, desk.store, desk.subscriptions, wanted)
        if page.events or (wanted.schedule is not None and wanted.report_if_empty):
            document = answer_document(page, query=wanted.query, subscription=wanted.id)
            await socket.send_text(write_jsonld(document).decode())
        wanted = replace(wanted, seen=max(page.last, wanted.seen), notified=0)
        if wanted.schedule is None:
            await woken.wait()


def _streamed(desk: EventDesk, socket: WebSocket) -> Subscription:
    name = str(socket.path_params["query"])
    desk.subscriptions.query(name)
    given = dict(socket.query_params)
    body: dict[str, Value] = {"reportIfEmpty": given.get("reportIfEmpty") == "true"}
    if "initialRecordTime" in given:
        body["initialRecordTime"] = given["initialRecordTime"]
    schedule: dict[str, Value] = {part: given[part] for part in RANGES if part in given}
    if schedule:
        body["schedule"] = schedule
    if given.get("stream") == "true" or not schedule:
        body["stream"] = True
    return replace(read_subscription(name, body), seen=desk.subscriptions.last_leaf())


def _query(one: NamedQuery) -> Value:
    return {"name": one.name, "query": dict(one.parameters)}


def _subscription(one: Subscription) -> Value:
    told: dict[str, Value] = {"lastNotifiedAt": microseconds_text(one.notified)} if one.notified else {}
    when: dict[str, Value] = {"stream": True}
    if one.schedule is not None:
        when = {"schedule": {name: _listed(name, values) for name, values in one.schedule.fields.items()}}
    return {
        "subscriptionID": one.id,
        "dest": one.dest,
        "createdAt": microseconds_text(one.created),
        "reportIfEmpty": one.report_if_empty,
        **when,
        **told,
    }


def _listed(name: str, values: frozenset[int]) -> str:
    low, high = RANGES[name]
    return "*" if len(values) == high - low + 1 else ",".join(map(str, sorted(values)))


def _json_only(request: Request, value: Value, *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer JSON: the standard has no XML for queries and subscriptions."""
    if wants_xml(request):
        raise Refused(406, "NotAcceptableException", "acceptable", Message("web.epcis.acceptable", name="Accept", found="XML"))
    return in_json(value, headers=headers)


def _name(request: Request) -> str:
    return str(request.path_params["query"])


def _offset(request: Request) -> int:
    token = request.query_params.get("nextPageToken", "0")
    if not (token.isascii() and token.isdecimal() and len(token) < 10):  # noqa: PLR2004 - digits
        raise QueryFault("nextPageToken", Message("trace.epcis.query.token"))
    return int(token)


def _further(request: Request, found: list[NamedQuery] | list[Subscription], after: int, per_page: int) -> dict[str, str]:
    following = str(after + per_page) if len(found) > per_page else ""
    return {name: value for name, value in next_page(request, following, 0).items() if name == "Link"}
