# SPDX-License-Identifier: Apache-2.0
"""The page that a tag opens: is its message right, is it fresh, and what that is worth."""

import re
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.adapters import now
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.tag_desk import TagKeys, read_keys
from sichen.adapters.tap_register import TapRegister
from sichen.core import Message, SichenError
from sichen.trace.passport import Life
from sichen.trace.tag import SunReading, TagEvidence, TapJudgement, check_sun, judge_taps, read_sun_url, weigh_tag
from sichen.web.pages import page
from sichen.web.passport.desk import Desk, Taps
from sichen.web.passport.public import STATES
from sichen.web.problems import status_of

router = APIRouter()
KEYS = "tag-keys.toml"
COOKIE = "sichen_visit"
MINUTES = 10
MARKS = {"consistent": "good", "undecided": "care", "inconsistent": "wrong"}
_VISIT = re.compile(r"[A-Za-z0-9_-]{22}")


@router.get("/t", include_in_schema=False)
def tapped(request: Request, desk: Desk, taps: Taps) -> HTMLResponse:
    """Check what a tag sent; without a message, tell what the page is for."""
    keys = desk.folder.path / KEYS
    if not request.url.query or request.url.query.startswith(("lang=", "theme=")):
        return _page(request, ready=keys.exists())
    if not keys.exists():
        return _page(request, ready=False)
    visit = request.cookies.get(COOKIE, "")
    visit = visit if _VISIT.fullmatch(visit) else secrets.token_urlsafe(16)
    try:
        answer = _checked(request, read_keys(keys), desk, taps, visit)
    except SichenError as error:
        return _page(request, ready=True, problem=error)
    # Strict would keep the cookie from a page that a tag opened: the phone comes from outside each time.
    answer.set_cookie(COOKIE, visit, max_age=MINUTES * 60, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


def _checked(request: Request, keys: TagKeys, desk: PassportDesk, taps: TapRegister, visit: str) -> HTMLResponse:
    reading = check_sun(read_sun_url(str(request.url), layout=keys.layout), keys.ring)
    at = now()
    if reading.uid and not taps.may_check(reading.uid, at):
        return _page(request, ready=True, slow=True)
    judged: TapJudgement | None = None
    if reading.valid and reading.counter is not None:
        so_far = taps.tap(visit, reading.uid, reading.counter, at)
        judged = judge_taps(so_far.history, so_far.taps[0], so_far.taps[1:])
    return _page(
        request,
        ready=True,
        reading=reading,
        judged=judged,
        evidence=weigh_tag(reading, taps=judged),
        life=_life(desk, taps, reading),
    )


def _life(desk: PassportDesk, taps: TapRegister, reading: SunReading) -> Life | None:
    link = taps.link_of(reading.uid) if reading.valid else ""
    return desk.life(link) if link and desk.is_known(link) else None


def _page(
    request: Request,
    *,
    ready: bool,
    reading: SunReading | None = None,
    judged: TapJudgement | None = None,
    evidence: TagEvidence | None = None,
    life: Life | None = None,
    slow: bool = False,
    problem: SichenError | None = None,
) -> HTMLResponse:
    return page(
        request,
        "passport/tap.html",
        status=429 if slow else 200 if problem is None else status_of(problem),
        ready=ready,
        reading=reading,
        judged=judged,
        evidence=evidence,
        mark="care" if evidence is None else MARKS[evidence.wording],
        life=life,
        states=STATES,
        slow=Message("web.passport.tap_slow") if slow else None,
        problem=problem,
    )
