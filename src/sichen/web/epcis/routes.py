# SPDX-License-Identifier: Apache-2.0
"""The 63 operations of the EPCIS 2.0 REST binding, and its websocket."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sichen.web.epcis import capture, events, queries
from sichen.web.epcis.answers import DISCOVERY, VERSIONS, Handler, guarded
from sichen.web.epcis.bodies import MOST_BYTES, MOST_EVENTS
from sichen.web.epcis.desk import desk_of

PREFIX = "/api/epcis"
router = APIRouter()

_CAPTURING = {
    "GS1-EPCIS-Capture-Limit": str(MOST_EVENTS),
    "GS1-EPCIS-Capture-File-Size-Limit": str(MOST_BYTES),
    "GS1-Capture-Error-Behaviour": "rollback, proceed",
}


def _add(path: str, *, discovery: Mapping[str, str] | None = None, **handlers: Handler) -> None:
    """Add the operations of one resource, and the one that describes it."""
    allowed = ", ".join(["OPTIONS", *(method.upper() for method in handlers)])

    async def describe(_: Request) -> Response:
        return Response(status_code=204, headers={"Allow": allowed, **DISCOVERY, **(discovery or {})})

    router.add_route(PREFIX + path, guarded(describe), methods=["OPTIONS"], include_in_schema=False)
    for method, handler in handlers.items():
        router.add_route(PREFIX + path, guarded(handler), methods=[method.upper()], include_in_schema=False)


async def _revoke(request: Request) -> Response:
    """Make a page token worthless."""
    desk = desk_of(request)
    await run_in_threadpool(lambda: desk.store.revoke(request.path_params["token"]))
    return Response(status_code=204, headers=VERSIONS)


_add("", get=events.top)
_add("/", get=events.top)
_add("/capture", discovery=_CAPTURING, get=capture.list_jobs, post=capture.post_capture)
_add("/capture/{name}", get=capture.read_job)
_add("/events", get=events.list_events, post=events.post_event)
_add("/events/{name:path}", get=events.read_event)
for _kind in events.RESOURCES:
    _add(f"/{_kind}", get=events.listing(_kind))
    _add(f"/{_kind}/{{name:path}}/events", get=events.events_of(_kind))
    _add(f"/{_kind}/{{name:path}}", get=events.below(_kind))
_add("/queries", get=queries.list_queries, post=queries.post_query)
_add("/queries/{query}", get=queries.read_query, delete=queries.delete_query)
_add("/queries/{query}/events", get=queries.query_events)
_add("/queries/{query}/subscriptions", get=queries.list_subscriptions, post=queries.post_subscription)
_add(
    "/queries/{query}/subscriptions/{subscription}",
    get=queries.read_one_subscription,
    delete=queries.delete_subscription,
)
router.add_route(PREFIX + "/nextPageToken/{token:path}", guarded(_revoke), methods=["DELETE"], include_in_schema=False)
router.add_websocket_route(PREFIX + "/queries/{query}/events", queries.stream_events)
