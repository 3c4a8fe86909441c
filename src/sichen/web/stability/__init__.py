# SPDX-License-Identifier: Apache-2.0
"""Stability in the browser: dropped files, pasted numbers, sample clocks and the beats of kept readings."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.adapters.stability_desk import METHOD
from sichen.core import Message
from sichen.trace.people import STAFF, Access
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.language import thousands
from sichen.web.stability import interface, pages

SHOWN = 3


def _summary(folder: DataFolder) -> Summary:
    count = folder.records.count(kind=METHOD)
    latest = tuple(
        Latest(f"{record.subject.partition(':')[2]} · {str(record.body['statistic']).upper()}", (), f"/records/{record.digest}")
        for record in folder.records.find(kind=METHOD, limit=SHOWN)
    )
    says = Message("web.stability.kept_count" if count else "web.stability.kept_none", count=thousands(count))
    return Summary(says, latest)


router = APIRouter()
for part in (pages, interface):
    router.include_router(part.router)

chapter = Chapter(
    "stability",
    router,
    place="time",
    pages=(Page("/stability", "web.stability.title"),),
    summary=_summary,
    access=Access(read=STAFF | {"auditor"}, write=STAFF),
)
