# SPDX-License-Identifier: Apache-2.0
"""The register of lost and stolen watches: asked by the first digits of a hash, so that nobody tells which watch he means."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from sichen.core import JSON, SichenError
from sichen.trace.passport.register import SALT
from sichen.web.pages import page
from sichen.web.passport.desk import Desk
from sichen.web.passport.pages import path_of
from sichen.web.passport.viewer import is_house, viewer_of
from sichen.web.problems import status_of

router = APIRouter()


@router.get("/trace/missing", include_in_schema=False)
def register(request: Request, desk: Desk, prefix: str = "") -> HTMLResponse:
    """Show the register's question, or its answer."""
    problem: SichenError | None = None
    found = None
    if prefix:
        try:
            found = desk.ask_register(prefix, who=viewer_of(request).role)
        except SichenError as error:
            problem = error
    return page(
        request,
        "passport/missing.html",
        status=200 if problem is None else status_of(problem),
        found=found,
        prefix=prefix,
        salt=SALT.decode(),
        longest=desk.longest_prefix(),
        problem=problem,
        missing=desk.missing() if is_house(request) else (),
        path_of=path_of,
    )


@router.get("/api/trace/missing", tags=["passports"])
def ask(request: Request, desk: Desk, prefix: str) -> JSONResponse:
    """Return all entries of the register whose salted hash begins with a prefix; that it was asked is kept."""
    found = desk.ask_register(prefix, who=viewer_of(request).role)
    entries: list[JSON] = [{"hash": one.hash, "state": one.state, "since": one.since} for one in found.entries]
    told: dict[str, JSON] = {"prefix": found.prefix, "longest": found.longest, "salt": SALT.decode(), "entries": entries}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})
