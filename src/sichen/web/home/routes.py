# SPDX-License-Identifier: Apache-2.0
"""The first page: the chain with what each chapter holds. The search: pages, terms, watches, digests."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.adapters import DataFolder
from sichen.core import Language, Message, SichenError, digest_prefix, glossary
from sichen.web.chapters import Chapter, rail
from sichen.web.folder import Folder
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.records.access import Eyes, Looking

router = APIRouter()
WATCHES = 20


@dataclass(frozen=True)
class Hit:
    """One thing found."""

    name: str
    says: str
    path: str


@router.get("/", include_in_schema=False)
def home(request: Request, folder: Folder, eyes: Looking) -> HTMLResponse:
    """Show what Sichen does, and what it holds that is for who looks."""
    summaries = {
        stop.name: [
            made(folder) for chapter in stop.chapters if (made := chapter.summary) is not None and _is_for(chapter, eyes)
        ]
        for stop in rail()
    }
    chain = eyes.role in {"brand_admin", "auditor"}
    return page(request, "home/home.html", summaries=summaries, empty=not folder.records.count(), chain=chain)


@router.get("/search", include_in_schema=False)
def search(request: Request, folder: Folder, eyes: Looking, q: str = "") -> Response:
    """Find a page, a term, a watch or a record that is for who asks; a digest leads straight to it."""
    wanted = q.strip()
    seen = folder if eyes.everything else replace(folder, records=folder.records.seen_by(eyes.sees))
    digest = _digest(wanted, seen)
    if digest is not None:
        return RedirectResponse(f"/records/{digest}", status_code=303)
    language = language_of(request)
    found = {
        "pages": _pages(wanted, language),
        "watches": _watches(wanted, seen),
        "terms": _terms(wanted, language),
    }
    return page(request, "home/search.html", wanted=wanted, found=found, count=sum(len(hits) for hits in found.values()))


def _is_for(chapter: Chapter, eyes: Eyes) -> bool:
    """Tell whether a chapter's numbers and latest are for somebody: what the house holds is for its people and auditors."""
    house = eyes.of_the_house or eyes.role == "auditor"
    return house and bool(chapter.pages) and chapter.access.lets(eyes.role, "GET", chapter.pages[0].path)


def _digest(wanted: str, folder: DataFolder) -> str | None:
    try:
        return folder.records.resolve(digest_prefix(wanted))
    except SichenError:
        return None


def _pages(wanted: str, language: Language) -> list[Hit]:
    named = [(Message(entry.title).text(language), entry.path) for stop in rail() for entry in stop.pages]
    return [Hit(name, "", path) for name, path in named if wanted and wanted.lower() in name.lower()]


def _terms(wanted: str, language: Language) -> list[Hit]:
    return [
        Hit(f"{term.text(language)} · {term.en if language == 'zh' else term.zh}", term.meaning(language), f"/glossary#{name}")
        for name, term in glossary().items()
        if wanted and (wanted.lower() in term.en.lower() or wanted in term.zh)
    ]


def _watches(wanted: str, folder: DataFolder) -> list[Hit]:
    if not wanted:
        return []
    subjects: dict[str, str] = {}
    for record in folder.records.find(limit=5000):
        if wanted.lower() in record.subject.lower():
            subjects.setdefault(record.subject, record.kind)
        if len(subjects) == WATCHES:
            break
    return [Hit(subject, kind, f"/records?subject={subject}") for subject, kind in subjects.items()]
