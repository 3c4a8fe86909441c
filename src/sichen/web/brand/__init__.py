# SPDX-License-Identifier: Apache-2.0
"""Brands in the browser: value, strength, buyers, choice, price, map and strategy, each from a file and down to its evidence."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.adapters.brand_desk import KINDS, STRENGTH, VALUE
from sichen.adapters.brand_market_desk import MARKET_KINDS
from sichen.core import Figure, Message, is_figure
from sichen.trace.people import Access
from sichen.web.brand import interface, market_interface, pages
from sichen.web.brand.topics import TOPICS
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.language import thousands

SHOWN = 3


def _summary(folder: DataFolder) -> Summary:
    count = sum(folder.records.count(kind=kind) for kind in (*KINDS, *MARKET_KINDS))
    latest = []
    for kind in (STRENGTH, VALUE):
        for record in folder.records.find(kind=kind, limit=SHOWN):
            body = record.body.get("brand_strength")
            figures = (Figure.from_json(body),) if isinstance(body, dict) and is_figure(body) else ()
            name = record.subject.partition(":")[2]
            latest.append(Latest(name, figures, f"/brand/kept/{record.digest}"))
    says = Message("web.brand.kept_count" if count else "web.brand.kept_none", count=thousands(count))
    return Summary(says, tuple(latest[:SHOWN]))


router = APIRouter()
for part in (pages, interface, market_interface):
    router.include_router(part.router)

chapter = Chapter(
    "brand",
    router,
    place="brand",
    pages=tuple(Page(topic.path, f"web.brand.{name}.title") for name, topic in TOPICS.items()),
    summary=_summary,
    opens=dict.fromkeys((*KINDS, *MARKET_KINDS), "/brand/kept/"),
    access=Access(read={"brand_admin", "auditor"}, write={"brand_admin"}, outside="nothing"),
)
