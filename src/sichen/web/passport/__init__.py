# SPDX-License-Identifier: Apache-2.0
"""Passports in the browser: what a phone opens, what the house and its partners see, recall, register, ledger."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.adapters.ledger.desk import has_ledger
from sichen.adapters.passport_desk import PassportDesk
from sichen.core import Message
from sichen.trace.people import EVERYBODY, PRIVATE, Access
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.language import thousands
from sichen.web.passport import acting, handing, log, missing, pages, public, recalls, sheets, tapping

SHOWN = 3


def _summary(folder: DataFolder) -> Summary:
    if not has_ledger(folder):
        return Summary(Message("web.passport.summary_none"))
    with PassportDesk(folder) as desk:
        links = desk.watches(limit=SHOWN)
        size = desk.events.store.ledger.reader.checkpoint()
        says = Message(
            "web.passport.summary",
            leaves=thousands(0 if size is None else size.size),
            missing=thousands(len(desk.missing())),
        )
    latest = tuple(Latest(link.rpartition("/21/")[2], (), pages.path_of(link)) for link in links[:SHOWN])
    return Summary(says, latest)


router = APIRouter()
for part in (public, handing, pages, acting, sheets, recalls, missing, tapping, log):
    router.include_router(part.router)

chapter = Chapter(
    "passport",
    router,
    place="trace",
    pages=(
        Page("/trace", "web.passport.passports"),
        Page("/trace/recall", "web.passport.recall"),
        Page("/trace/missing", "web.passport.missing"),
        Page("/trace/ledger", "web.passport.ledger"),
    ),
    summary=_summary,
    # What a phone opens is for everybody; the pages show each role its part, and every act asks for its right.
    access=Access(
        read=EVERYBODY,
        write=PRIVATE,
        apart={
            "/trace/recall": Access({"brand_admin", "qc"}, {"brand_admin", "qc"}, outside="nothing"),
            # Whoever holds a code may take the watch, and gets an account with it.
            handing.TAKE: Access(EVERYBODY, EVERYBODY),
            # A log asks as a program without an account; what it may have signed is decided by its own keys.
            "/trace/witness": Access(EVERYBODY, EVERYBODY),
        },
    ),
)
