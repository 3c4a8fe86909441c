# SPDX-License-Identifier: Apache-2.0
"""Passports in the workbench: the list, one passport with its timeline and evidence, its forms to take along."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.adapters import now
from sichen.adapters.epcis.store import kept_event
from sichen.adapters.epcis.tables import KIND as EVENT
from sichen.adapters.ledger import desk as ledgers
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_exports import FORMS, export
from sichen.adapters.people.seen_events import SeenStore, related
from sichen.adapters.verification import read_record
from sichen.core import Message, NotFound, SichenError
from sichen.trace.identifiers.symbols import qr
from sichen.trace.ledger.commitment import RECORD
from sichen.trace.passport import Happening, Life
from sichen.trace.roles import ROLES
from sichen.web.description import sends
from sichen.web.folder import Folder
from sichen.web.pages import page
from sichen.web.passport.desk import Desk
from sichen.web.passport.public import STATES
from sichen.web.passport.viewer import HOUSE, demand, is_house, rights, viewer_of
from sichen.web.problems import status_of

router = APIRouter()
LISTED = 60
FIGURES = ("rate", "amplitude", "beat_error")
_WRONG = frozenset({"stolen", "lost", "recalled", "retired"})


def link_of(gtin: str, serial: str) -> str:
    """Return the Digital Link that an address of ours means."""
    return f"https://id.gs1.org/01/{gtin.zfill(14)}/21/{serial}"


def path_of(link: str) -> str:
    """Return the address of a passport in the workbench."""
    gtin, _, serial = link.rpartition("/01/")[2].partition("/21/")
    return f"/trace/passports/{gtin}/{serial}"


@router.get("/trace", include_in_schema=False)
def overview(request: Request, desk: Desk, q: str = "") -> Response:
    """Show the latest passports, and find one."""
    problem: SichenError | None = None
    if q.strip():
        try:
            return RedirectResponse(path_of(desk.life(q.strip()).link), status_code=303)
        except SichenError as error:
            problem = error
    links = desk.watches(limit=LISTED) if is_house(request) else related(desk.events.store, viewer_of(request))
    lives = [desk.life(link) for link in links[:LISTED]]
    return page(
        request,
        "passport/overview.html",
        status=200 if problem is None else status_of(problem),
        lives=lives,
        house=is_house(request),
        problem=problem,
        asked=q.strip(),
        marks=STATES,
        path_of=path_of,
    )


@router.get("/trace/passports/{gtin}/{serial}", include_in_schema=False)
def one(request: Request, gtin: str, serial: str, desk: Desk) -> HTMLResponse:
    """Show a passport as this viewer may see it."""
    life = desk.life(link_of(gtin, serial))
    # What only the bench knows has no public side: its name alone would tell what a workshop has on its table.
    if not life.timeline and not is_house(request):
        raise NotFound(Message("adapters.passport.unknown", name=serial))
    return shown(request, life)


def shown(request: Request, life: Life, *, problem: SichenError | None = None) -> HTMLResponse:
    """Return the page of a passport."""
    may = rights(request, life, at=now())
    return page(
        request,
        "passport/one.html",
        status=200 if problem is None else status_of(problem),
        life=life,
        may=may,
        told=_told(life),
        here=path_of(life.link),
        mark=STATES[life.status],
        wrong=_WRONG,
        role=viewer_of(request).role,
        roles=ROLES if is_house(request) else (),
        forms=[form for form in FORMS if form != "epcis" or {"timeline", "parts", "custody"} <= may],
        names=FIGURES,
        problem=problem,
        today=now(),
    )


@router.get("/trace/passports/{gtin}/{serial}/qr.svg", include_in_schema=False)
def code(gtin: str, serial: str) -> Response:
    """Return the code to print: the Digital Link."""
    return Response(qr(link_of(gtin, serial)).svg(), media_type="image/svg+xml", headers={"Cache-Control": "no-cache"})


@router.get("/trace/passports/{gtin}/{serial}/files/{form}", include_in_schema=False)
def download(request: Request, gtin: str, serial: str, form: str, desk: Desk) -> Response:
    """Return a passport in a form of others, with what this viewer may see."""
    life = desk.life(link_of(gtin, serial))
    content = export(desk, life, form, may_see=rights(request, life, at=now()))
    known = FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="{life.serial}.{known.ending}"', "Cache-Control": "no-store"}
    return Response(content, media_type=known.media_type, headers=headers)


@router.get("/trace/passports/{gtin}/{serial}/bundle", include_in_schema=False)
def bundle(request: Request, gtin: str, serial: str, desk: Desk, folder: Folder) -> Response:
    """Return the proof of a watch: what the ledger says of it, verified without a network."""
    life = desk.life(link_of(gtin, serial))
    demand(request, "evidence", life, at=now())
    ledger, name = desk.events.store.ledger, life.link if desk.is_known(life.link) else serial
    content = ledgers.bundle(folder, ledger, name, shows=None if viewer_of(request) == HOUSE else _whole(request, desk))
    headers = {"Content-Disposition": f'attachment; filename="{life.serial}.sichen"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get(
    "/api/trace/passports/{gtin}/{serial}", tags=["passports"], response_class=Response, responses=sends("application/ld+json")
)
def as_json(request: Request, gtin: str, serial: str, desk: Desk) -> Response:
    """Return a passport as this viewer may see it, as JSON-LD."""
    life = desk.life(link_of(gtin, serial))
    content = export(desk, life, "dpp", may_see=rights(request, life, at=now()))
    return Response(content, media_type=FORMS["dpp"].media_type, headers={"Cache-Control": "no-store"})


def _whole(request: Request, desk: PassportDesk) -> Callable[[str, bytes], bool]:
    """Return what tells whether the visitor may see all of an entry of the log: a bundle cannot shorten one."""
    from sichen.web.records.access import Eyes  # it asks passports itself, so neither can stand above the other

    seen, eyes = SeenStore(desk.events.store, viewer_of(request)), Eyes(request)

    def shows(kind: str, body: bytes) -> bool:
        if kind == RECORD:
            record = read_record(body)
            return eyes.sees(record) and not eyes.shown(record).withheld
        return kind == EVENT and seen.shows_all_of(kept_event(body))

    return shows


def _told(life: Life) -> list[tuple[Happening, Message]]:
    """Return the timeline with the latest on top, each with its word."""
    return [(one, Message(f"trace.passport.kind.{one.kind}")) for one in reversed(life.timeline)]


def known_life(desk: Desk, gtin: str, serial: str) -> Life:
    """Return a passport that events tell of.

    Raises
    ------
    NotFound
        If only records do: it has no identity yet.
    """
    life = desk.life(link_of(gtin, serial))
    if not life.timeline:
        raise NotFound(Message("adapters.passport.unknown", name=serial))
    return life
