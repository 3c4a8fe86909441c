# SPDX-License-Identifier: Apache-2.0
"""The application: the door, the chapters and the errors put together."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sichen import __version__
from sichen.adapters import DataFolder
from sichen.adapters.file_stamp import FileStamp
from sichen.adapters.people.desk import People
from sichen.adapters.people.passkeys import Passkeys
from sichen.adapters.people.store import FILE
from sichen.web import problems
from sichen.web.chapters import chapters
from sichen.web.description import Described
from sichen.web.epcis.routes import PREFIX
from sichen.web.epcis.routes import router as events
from sichen.web.gate import Gate
from sichen.web.guard import LOOPBACK, Guard
from sichen.web.metrics import Counting, Metrics
from sichen.web.statics import serve_static
from sichen.web.straight import Straight, straight_routes

UPLOAD_LIMIT = 2 * 10**9
"""Default for the most bytes one request may send: a day of sound at 48 kHz, packed without loss."""


def create_app(
    folder: DataFolder,
    *,
    hosts: tuple[str, ...] = (),
    upload_limit: int = UPLOAD_LIMIT,
    sign_in: bool = False,
    invitation: str = "",
    people: People | None = None,
) -> FastAPI:
    """Make the workbench for one data folder.

    Parameters
    ----------
    folder : DataFolder
        Where records and raw data are kept.
    hosts : tuple of str, optional
        Further names, without port, that the workbench answers to beside the loopback names, such as the
        name of this computer on the workshop's network; ``*`` for any, when something before it checks.
    upload_limit : int
        Most bytes that one request may send; more is answered with 413.
    sign_in : bool
        Let nobody in without an account, even while there is none: for a workbench that other computers reach.
    invitation : str
        Secret that lets a phone work at the bench while nobody has an account; see `Gate`.
    people : People, optional
        The accounts; those of the folder by default.

    Returns
    -------
    FastAPI
    """
    app = Described(
        title="Sichen",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        telemetry={"tracing": False, "metrics": False, "logs": False},  # what happens here is told to nobody elsewhere
    )
    metrics = Metrics()
    app.state.folder = folder
    app.state.metrics = metrics
    app.state.upload_limit = upload_limit
    app.state.people = people or People(folder)
    app.state.invitation = invitation
    app.state.passkeys = Passkeys(app.state.people)
    # Routes are tried one after the other: events come thousands a second, pages do not.
    for chapter in sorted(chapters(), key=lambda one: one.name != "epcis"):
        app.include_router(chapter.router)
    app.add_route("/static/{edition}/{path:path}", serve_static, include_in_schema=False)
    app.add_route("/metrics", metrics.page, include_in_schema=False)
    app.add_route("/healthz", _healthy, include_in_schema=False)
    problems.install(app)
    # The last one added is the first one asked.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(Straight, routes=straight_routes(events.routes, ("POST", f"{PREFIX}/events")))
    app.add_middleware(
        Gate,
        people=app.state.people,
        chapters=chapters(),
        always=sign_in,
        invitation=invitation,
        changes=_changes(folder),
    )
    app.add_middleware(Guard, hosts=(*LOOPBACK, *hosts), upload_limit=upload_limit)
    app.add_middleware(Counting, metrics=metrics)
    return app


def _changes(folder: DataFolder) -> Callable[[], object]:
    """Return what tells whether the accounts have changed; on a server nothing tells it without being asked."""
    if folder.database is not None and folder.database.startswith("postgres"):
        return lambda: None
    file = folder.path / "people" / FILE
    return FileStamp(file, file.with_name(f"{FILE}-wal"))


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
