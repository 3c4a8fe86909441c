# SPDX-License-Identifier: Apache-2.0
"""Short help for every page, in both languages: one small template a topic and language."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.core import Message, NotFound
from sichen.web.chapters import Chapter
from sichen.web.pages import page

router = APIRouter()
TOPICS = {
    "bench": "/bench",
    "guided": "/bench?guided=true",
    "watches": "/bench/watches",
    "clock": "/bench",
    "quartz": "/bench/quartz",
    "beats": "/bench/beats",
    "synthesis": "/bench/synthesis",
    "stability": "/stability",
    "conformity": "/conformity",
    "certificates": "/conformity/certificates",
    "laboratory": "/laboratory",
    "stations": "/laboratory/stations",
    "records": "/records",
}
"""What there is help for, and the page that it is about."""


@router.get("/guide", include_in_schema=False)
def contents(request: Request) -> HTMLResponse:
    """Show what there is help for."""
    return page(request, "guide/contents.html", topics=tuple(TOPICS))


@router.get("/guide/{topic}", include_in_schema=False)
def one(request: Request, topic: str) -> HTMLResponse:
    """Show the help for one page."""
    if topic not in TOPICS:
        raise NotFound(Message("web.guide.unknown", topic=topic))
    return page(request, "guide/topic.html", topic=topic, about=TOPICS[topic], topics=tuple(TOPICS))


chapter = Chapter("guide", router)
