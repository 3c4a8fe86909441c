# SPDX-License-Identifier: Apache-2.0
"""The timing bench in the browser: live measuring, dropped recordings, kept readings."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import QUARTZ_KIND, SERIES_KIND
from sichen.core import Message
from sichen.trace.people import STAFF, Access
from sichen.web.bench import beats, live, measuring, pages, quartz, synthesis, watches
from sichen.web.bench.keeping import KIND, kept
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.language import thousands

SHOWN = 3


def _summary(folder: DataFolder) -> Summary:
    count = folder.records.count(kind=KIND)
    latest = tuple(
        Latest(entry.watch, (entry.figures["rate"], entry.figures["amplitude"]), entry.path)
        for entry in kept(folder, limit=SHOWN)
    )
    return Summary(Message("web.home.readings" if count else "web.home.no_readings", count=thousands(count)), latest)


router = APIRouter()
for part in (pages, measuring, live, watches, quartz, beats, synthesis):
    router.include_router(part.router)

chapter = Chapter(
    "bench",
    router,
    place="bench",
    pages=(
        Page("/bench", "web.bench.title"),
        Page("/bench/watches", "web.watches.title"),
        Page("/bench/quartz", "web.quartz.title"),
        Page("/bench/beats", "web.beats.title"),
        Page("/bench/synthesis", "web.synthesis.title"),
        Page("/bench/readings", "web.readings.title"),
    ),
    summary=_summary,
    access=Access(read=STAFF | {"auditor"}, write=STAFF),
    opens={KIND: "/bench/readings/", QUARTZ_KIND: "/bench/quartz/", SERIES_KIND: "/bench/series/"},
)
