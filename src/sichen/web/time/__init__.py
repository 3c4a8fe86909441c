# SPDX-License-Identifier: Apache-2.0
"""Standard time in the browser: the running service, what it served, and situations on virtual time."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.adapters.time_service_desk import statuses
from sichen.core import Message
from sichen.timebase.service import KIND
from sichen.trace.people import STAFF, Access
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.language import thousands
from sichen.web.time import live, pages, situations


def _summary(folder: DataFolder) -> Summary:
    running = statuses(folder)
    if running:
        status = running[0][0]
        return Summary(status.state.message(), tuple(Latest(one.title or one.name, (), "/time") for one, _ in running))
    count = folder.records.count(kind=KIND)
    return Summary(Message("web.time.kept_count" if count else "web.time.kept_none", count=thousands(count)))


router = APIRouter()
for part in (pages, live, situations):
    router.include_router(part.router)

chapter = Chapter(
    "time",
    router,
    place="time",
    pages=(Page("/time", "web.time.title"), Page("/time/situations", "web.time.situations")),
    summary=_summary,
    access=Access(read=STAFF | {"auditor"}, write=STAFF),
)
