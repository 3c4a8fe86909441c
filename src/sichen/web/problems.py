# SPDX-License-Identifier: Apache-2.0
"""Errors as answers: problem+json (RFC 9457) for programs, a page in the reader's language for people."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, Response

from sichen.adapters.people.desk import SignInRefused, TooManyAttempts
from sichen.core import ConfigError, DataError, Message, NotConforming, NotFound, SichenError, SourceError
from sichen.web.language import language_of, theme_of

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[SichenError], int], ...] = (
    (SignInRefused, 401),
    (TooManyAttempts, 429),
    (NotFound, 404),
    (NotConforming, 409),
    (SourceError, 503),
    (DataError, 422),
    (ConfigError, 422),
)
UNEXPECTED = 500


class Refusal(HTTPException):
    """A refusal of the door, with a sentence."""

    def __init__(self, status: int, message: Message, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message.text("en"), headers)
        self.message = message


def status_of(error: SichenError) -> int:
    """Return the HTTP status of an error of ours."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 422)


def install(app: FastAPI) -> None:
    """Make every foreseen error of this application one of the two answers; the door catches the rest."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer(request, error)

    for kind in (SichenError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, handle)


def answer(connection: HTTPConnection, error: Exception) -> Response:
    """Return the answer to an error: what happened and what to do, never a traceback."""
    status, message = _told(connection, error)
    if status == UNEXPECTED:
        log.error("unexpected error at %s", connection.url.path, exc_info=error)
    if wants_page(connection):
        return _page(connection, status, message, further(error))
    language = language_of(connection)
    problem = {
        "type": f"urn:sichen:problem:{message.key}",
        "title": Message(_title(status)).text(language),
        "status": status,
        "detail": message.text(language),
        "key": message.key,
    }
    headers = {"Content-Language": language, "Cache-Control": "no-store", **further(error)}
    return JSONResponse(problem, status, headers, media_type="application/problem+json")


def further(error: Exception) -> Mapping[str, str]:
    """Return the headers that belong to an error, such as how long to wait."""
    if isinstance(error, TooManyAttempts):
        return {"Retry-After": str(error.seconds)}
    return (error.headers or {}) if isinstance(error, Refusal) else {}


def wants_page(connection: HTTPConnection) -> bool:
    """Tell whether a person's browser asked, not a program."""
    return not connection.url.path.startswith("/api/") and "text/html" in connection.headers.get("accept", "")


def _told(connection: HTTPConnection, error: Exception) -> tuple[int, Message]:
    if isinstance(error, SichenError):
        return status_of(error), error.message
    if isinstance(error, Refusal):
        return error.status_code, error.message
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return 422, Message("web.error.parameter", where=where, found=str(first["msg"]))
    if isinstance(error, HTTPException):
        missing = error.status_code == 404  # noqa: PLR2004 - the status itself
        path = connection.url.path
        return error.status_code, Message("web.error.no_page", path=path) if missing else Message.plain(str(error.detail))
    return UNEXPECTED, Message("web.error.unexpected")


def _title(status: int) -> str:
    known = {401: "sign_in", 403: "forbidden", 404: "missing", 409: "not_conforming", 413: "size", 503: "source", 500: "ours"}
    return f"web.error.title.{known.get(status, 'request')}"


def _page(connection: HTTPConnection, status: int, message: Message, headers: Mapping[str, str]) -> HTMLResponse:
    from sichen.web.chapters import rail
    from sichen.web.pages import render

    html = render(
        language_of(connection),
        "error.html",
        request=connection,
        theme=theme_of(connection),
        rail=rail(),
        status=status,
        heading=Message(_title(status)),
        message=message,
    )
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", **headers})
