# SPDX-License-Identifier: Apache-2.0
"""What a phone opens from the code on a watch: the resolver of Digital Links, and one small page of public facts.

The page is one answer without script, picture or style sheet of its own address: on a slow network each further request
would cost more than the whole page.
"""

import base64
import hashlib
from functools import cache
from importlib import resources

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sichen.adapters import now
from sichen.core import JSON, NotFound
from sichen.trace.identifiers import ResolverEntry, WebLink, parse_link, resolve, wish_of
from sichen.trace.identifiers.resolver import LINKSET_TYPE, VOCABULARY
from sichen.trace.passport import Life
from sichen.web.language import language_of
from sichen.web.pages import render
from sichen.web.passport.desk import Desk

router = APIRouter()
STATES = {
    "made": "good",
    "sold": "good",
    "in_service": "good",
    "lost": "wrong",
    "stolen": "wrong",
    "recalled": "care",
    "retired": "care",
    "unknown": "care",
}
"""The mark of a state; its word stands beside it."""


@router.get("/01/{gtin}/21/{serial}", include_in_schema=False)
def follow(request: Request, gtin: str, serial: str, desk: Desk) -> Response:
    """Resolve a Digital Link: to the page of the watch, or to the list of all pages about it."""
    link = parse_link(str(request.url).replace("http://", "https://", 1))
    known = desk.is_known(f"https://id.gs1.org/01/{gtin.zfill(14)}/21/{serial}")
    entries = [_entry(gtin, serial)] if known else []
    headers = request.headers
    wish = wish_of(link, accept=headers.get("accept", "*/*"), accept_language=headers.get("accept-language", ""))
    found = resolve(entries, link, wish=wish)
    more = {"Link": found.link_header} if found.link_header else {}
    more |= {"Vary": found.vary, "Access-Control-Allow-Origin": "*"}
    if found.location:
        return RedirectResponse(found.location, status_code=found.status, headers=more)
    if found.linkset is None:
        return _page(request, None, gtin, serial)
    return JSONResponse(found.linkset, status_code=found.status, headers=more, media_type=LINKSET_TYPE)


@router.get("/.well-known/gs1resolver", include_in_schema=False)
def describe(request: Request) -> JSONResponse:
    """Tell what the resolver of this house does."""
    root = f"{request.url.scheme}://{request.url.netloc}"
    kinds: list[JSON] = [VOCABULARY + "pip", VOCABULARY + "epcis", VOCABULARY + "certificationInfo"]
    told: dict[str, JSON] = {
        "name": "Sichen",
        "resolverRoot": root,
        "supportedPrimaryKeys": ["01"],
        "supportedLinkType": kinds,
    }
    return JSONResponse(told, headers={"Access-Control-Allow-Origin": "*"})


@router.get("/p/{gtin}/{serial}", include_in_schema=False)
def public_page(request: Request, gtin: str, serial: str, desk: Desk) -> HTMLResponse:
    """Show what everybody may know of a watch."""
    try:
        life = desk.life(f"https://id.gs1.org/01/{gtin.zfill(14)}/21/{serial}")
    except NotFound:
        life = None
    return _page(request, life, gtin, serial)


def _page(request: Request, life: Life | None, gtin: str, serial: str) -> HTMLResponse:
    style, digest = _style()
    language = language_of(request)
    html = render(
        language,
        "passport/public.html",
        style=style,
        life=life,
        gtin=gtin,
        serial=serial,
        mark="care" if life is None else STATES[life.status],
        today=now(),
    )
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
    return HTMLResponse(html, status_code=200 if life else 404, headers=headers)


@cache
def _style() -> tuple[str, str]:
    """Return the style of the page and its digest, by which the policy knows it."""
    text = (resources.files("sichen.web.passport") / "static" / "public.css").read_text(encoding="utf-8")
    packed = "".join(line.strip() for line in text.splitlines() if not line.startswith("/*"))
    return packed, base64.b64encode(hashlib.sha256(packed.encode()).digest()).decode()


def _entry(gtin: str, serial: str) -> ResolverEntry:
    page, events = f"/p/{gtin}/{serial}", f"/api/epcis/epcs/https%3A%2F%2Fid.gs1.org%2F01%2F{gtin}%2F21%2F{serial}/events"
    links = (
        WebLink(VOCABULARY + "pip", f"{page}?lang=zh", "钟表护照", "text/html", ("zh",)),
        WebLink(VOCABULARY + "pip", f"{page}?lang=en", "Passport of the watch", "text/html", ("en",)),
        WebLink(VOCABULARY + "certificationInfo", "/conformity/verify", "Certificates", "text/html"),
        WebLink(VOCABULARY + "epcis", events, "EPCIS 2.0 events", "application/ld+json"),
    )
    return ResolverEntry(f"/01/{gtin.zfill(14)}", links, serial, VOCABULARY + "pip", (("21", serial),))
