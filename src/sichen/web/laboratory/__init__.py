# SPDX-License-Identifier: Apache-2.0
"""The laboratory in the browser: cases, stations for a tablet, instruments, surroundings, what went wrong, the trail."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.adapters.laboratory_book import CASE, world_of
from sichen.core import Message
from sichen.trace.people import Access
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.laboratory import cases, equipment, interface, keeping, overview, stations
from sichen.web.language import thousands

SHOWN = 3


def _summary(folder: DataFolder) -> Summary:
    if not folder.records.count(kind=CASE):
        return Summary(Message("web.laboratory.summary_none"))
    found = list(world_of(folder).cases.values())
    latest = tuple(
        Latest(f"{case.number} · {case.customer.name('en')}", (), f"/laboratory/cases/{case.number}")
        for case in found[-SHOWN:][::-1]
    )
    testing = sum(case.stage == "testing" for case in found)
    says = Message("web.laboratory.summary", count=thousands(len(found)), testing=thousands(testing))
    return Summary(says, latest)


router = APIRouter()
for part in (overview, cases, stations, equipment, keeping, interface):
    router.include_router(part.router)

chapter = Chapter(
    "laboratory",
    router,
    place="conformity",
    pages=(
        Page("/laboratory", "web.laboratory.title"),
        Page("/laboratory/stations", "web.laboratory.stations"),
        Page("/laboratory/instruments", "web.laboratory.instruments"),
        Page("/laboratory/environment", "web.laboratory.environment"),
        Page("/laboratory/nonconforming", "web.laboratory.nonconforming"),
        Page("/laboratory/trail", "web.laboratory.trail"),
    ),
    summary=_summary,
    access=Access(read={"brand_admin", "qc", "lab", "auditor"}, write={"brand_admin", "qc", "lab"}, outside="nothing"),
)
