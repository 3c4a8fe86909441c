# SPDX-License-Identifier: Apache-2.0
"""The industry in the browser: targets, contradictions, structure, registers, report."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.core import Message
from sichen.trace.people import Access
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.industry import (
    experts,
    fair,
    figures,
    interface,
    kept_interface,
    makers,
    regions,
    registers,
    standing,
    structure,
    targets,
)
from sichen.web.language import thousands

SHOWN = 3
KINDS = ("industry.target", "industry.lint")


def _summary(folder: DataFolder) -> Summary:
    count = sum(folder.records.count(kind=kind) for kind in KINDS)
    latest = tuple(
        Latest(record.subject.partition(":")[2].replace("_", " "), (), f"/records/{record.digest}")
        for kind in KINDS
        for record in folder.records.find(kind=kind, limit=SHOWN)
    )
    return Summary(Message("web.industry.kept_count" if count else "web.industry.kept_none", count=thousands(count)), latest)


router = APIRouter()
for part in (targets, figures, structure, regions, registers, standing, experts, fair, makers, kept_interface, interface):
    router.include_router(part.router)

chapter = Chapter(
    "industry",
    router,
    place="industry",
    pages=(
        Page("/industry", "web.industry.targets"),
        Page("/industry/figures", "web.industry.figures"),
        Page("/industry/structure", "web.industry.structure"),
        Page("/industry/regions", "web.industry.regions"),
        Page("/industry/registers", "web.industry.registers"),
        Page("/industry/makers", "web.industry.makers"),
        Page("/industry/measures", "web.industry.measures"),
        Page("/industry/experts", "web.industry.experts"),
        Page("/industry/fair", "web.industry.fair"),
        Page("/industry/credit", "web.industry.credit"),
    ),
    summary=_summary,
    access=Access(read={"brand_admin", "auditor", "officer"}, write={"brand_admin"}, outside="look"),
)
