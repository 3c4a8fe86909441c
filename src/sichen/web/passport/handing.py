# SPDX-License-Identifier: Apache-2.0
"""Hand a watch over in the browser: the giver shows a code, the taker scans it with his phone and has the watch.

The page that the code opens tells what everybody may know of the watch and names nobody.
"""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.adapters import now
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people import handing_over
from sichen.adapters.people.bonds import spaced
from sichen.adapters.people.desk import People
from sichen.adapters.people.store import Person
from sichen.core import SichenError
from sichen.trace.identifiers.symbols import qr
from sichen.trace.passport import Life, warranty_rules
from sichen.web.conformity.asking import text_in
from sichen.web.pages import page
from sichen.web.passport.desk import Desk
from sichen.web.passport.pages import known_life, path_of, shown
from sichen.web.passport.public import STATES
from sichen.web.passport.viewer import demand
from sichen.web.people.forms import SEE_OTHER, address_of, device_of, person_of
from sichen.web.problems import status_of
from sichen.web.visitor import Accounts, Who, give_token, token_of

router = APIRouter()
TAKE = "/trace/take"


@router.get("/trace/passports/{gtin}/{serial}/hand-over", include_in_schema=False)
def offer_form(request: Request, gtin: str, serial: str, desk: Desk) -> HTMLResponse:
    """Say what a hand-over does, before a code is made."""
    life = known_life(desk, gtin, serial)
    demand(request, "sell" if life.sale is None else "hand_over", life, at=now())
    return _offer(request, life)


@router.post("/trace/passports/{gtin}/{serial}/hand-over", include_in_schema=False)
async def offer(request: Request, gtin: str, serial: str, desk: Desk, people: Accounts) -> Response:
    """Make a code, or take it back."""
    async with request.form() as form:
        warranty, back = text_in(form, "warranty"), text_in(form, "do") == "back"
    life = await asyncio.to_thread(known_life, desk, gtin, serial)
    demand(request, "sell" if life.sale is None else "hand_over", life, at=now())
    person = person_of(request)
    if back:
        await asyncio.to_thread(people.bonds.take_back, person.id, life.link)
        return RedirectResponse(path_of(life.link), status_code=SEE_OTHER)
    try:
        given = await asyncio.to_thread(lambda: handing_over.give(people, life, person, warranty=warranty))
    except SichenError as error:
        return shown(request, life, problem=error)
    return _offer(request, life, given)


@router.get(TAKE, include_in_schema=False)
def take_form(request: Request, desk: Desk, people: Accounts, who: Who, code: str = "") -> HTMLResponse:
    """Show which watch a code hands over, and how to take it."""
    if not code.strip():
        return _take(request, people, who, None)
    try:
        found = handing_over.offer_of(people, code, address=address_of(request))
        return _take(request, people, who, desk.life(found.watch), code=code)
    except SichenError as error:
        return _take(request, people, who, None, problem=error)


@router.post(TAKE, include_in_schema=False)
async def take(request: Request, desk: Desk, people: Accounts, who: Who) -> Response:
    """Take the watch over; who has no account gets one with it."""
    async with request.form() as form:
        given = {name: text_in(form, name) for name in ("code", "account")}
        password = str(form.get("password") or "")

    def work() -> tuple[Life, Person | None]:
        new = None if who.signed is not None else _new_owner(request, people, given, password)
        person = new or person_of(request)
        try:
            return handing_over.take(people, desk, given["code"], person, address=address_of(request)), new
        except SichenError:
            if new is not None:
                people.remove(new.account)
            raise

    try:
        life, new = await asyncio.to_thread(work)
    except SichenError as error:
        life_shown = await asyncio.to_thread(_offered, request, desk, people, given["code"])
        return _take(request, people, who, life_shown, code=given["code"], account=given["account"], problem=error)
    response = RedirectResponse(path_of(life.link), status_code=SEE_OTHER)
    if new is not None:
        old, _ = token_of(request)
        give_token(response, request, await asyncio.to_thread(lambda: people.admit(new, label=device_of(request), old=old)))
    return response


def _new_owner(request: Request, people: People, given: Mapping[str, str], password: str) -> Person:
    """Make an account for somebody who holds a code: nobody else gets one by himself."""
    handing_over.offer_of(people, given["code"], address=address_of(request))
    return people.add(given["account"], "owner", password=password)[0]


def _offered(request: Request, desk: PassportDesk, people: People, code: str) -> Life | None:
    try:
        return desk.life(handing_over.offer_of(people, code, address=address_of(request)).watch)
    except SichenError:
        return None


def _offer(request: Request, life: Life, given: handing_over.Given | None = None) -> HTMLResponse:
    link = "" if given is None else f"{request.url.scheme}://{request.url.netloc}{TAKE}?code={given.code}"
    shown_page = page(
        request,
        "passport/offer.html",
        life=life,
        here=path_of(life.link),
        given=given,
        code="" if given is None else spaced(given.code),
        picture="" if given is None else qr(link).svg(),
        rules=warranty_rules().values() if life.sale is None else (),
    )
    shown_page.headers["Cache-Control"] = "no-store"
    return shown_page


def _take(
    request: Request,
    people: People,
    who: Who,
    life: Life | None,
    *,
    code: str = "",
    account: str = "",
    problem: SichenError | None = None,
) -> HTMLResponse:
    shown_page = page(
        request,
        "passport/take.html",
        status=200 if problem is None else status_of(problem),
        life=life,
        mark="care" if life is None else STATES[life.status],
        code=code,
        account=account,
        problem=problem,
        who=who,
        used=people.is_used(),
    )
    shown_page.headers["Cache-Control"] = "no-store"
    return shown_page
