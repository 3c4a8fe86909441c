# SPDX-License-Identifier: Apache-2.0
"""The stability page: one address, asked by link or by form, with or without a script."""

import asyncio
import threading
from collections.abc import Sequence
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile

from sichen.adapters import DataFolder
from sichen.adapters.sample_clocks import sample_clocks
from sichen.core import Language, Message, Record, SichenError
from sichen.stability import masks, multiples_svg
from sichen.web.folder import Folder
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of
from sichen.web.stability import shown
from sichen.web.stability.asking import FURTHER, READS, TITLES, USUAL, Asked
from sichen.web.stability.computing import Answer, Source, WrongFile, answer, keep, sample, source_of
from sichen.web.stability.further import Further, further

router = APIRouter()
SAMPLES = ("quartz", "watch", "three")


@router.get("/stability", include_in_schema=False)
async def ask_by_link(request: Request, folder: Folder) -> HTMLResponse:
    """Show the empty page, a sample clock, or the beats of a kept reading."""
    _prepare()
    asked = Asked()
    try:
        asked = Asked.of(request.query_params)
        if not (asked.sample or asked.reading):
            return _page(request, asked)
        return await _answered(request, asked, (), folder)
    except SichenError as error:
        return _page(request, asked, problem=error)


@router.get("/stability/samples/{name}.txt", include_in_schema=False)
def sample_file(name: str) -> Response:
    """Return the file of a sample clock, which says what it was made of."""
    return Response(sample(name).content, media_type="text/plain", headers={"Content-Disposition": "attachment"})


@router.post("/stability", include_in_schema=False)
async def ask_by_form(request: Request, folder: Folder) -> Response:
    """Answer the form: as a page, or as CSV; with `save` the results are kept."""
    asked = Asked()
    async with request.form(max_files=100) as form:
        try:
            asked = Asked.of(form)
            files = [await source_of(file) for file in _files(form)]
            if form.get("as") == "csv":
                found = await asyncio.to_thread(answer, asked, files, folder)
                headers = {"Content-Disposition": 'attachment; filename="stability.csv"'}
                return Response(shown.csv(found.results), media_type="text/csv", headers=headers)
            return await _answered(request, asked, files, folder, save=form.get("save") == "true")
        except SichenError as error:
            return _page(request, asked, problem=error)


async def _answered(
    request: Request, asked: Asked, files: Sequence[Source], folder: DataFolder, *, save: bool = False
) -> HTMLResponse:
    found, beside = await asyncio.to_thread(_computed, asked, files, folder, language=language_of(request))
    kept = keep(found, asked, folder) if save else ()
    return _page(request, asked, found=found, beside=beside, kept=kept)


def _computed(asked: Asked, files: Sequence[Source], folder: DataFolder, *, language: Language) -> tuple[Answer, Further]:
    found = answer(asked, files, folder)
    return found, further(found, language)


def _page(
    request: Request,
    asked: Asked,
    *,
    found: Answer | None = None,
    beside: Further | None = None,
    kept: Sequence[Record] = (),
    problem: SichenError | None = None,
) -> HTMLResponse:
    language = language_of(request)
    return page(
        request,
        "stability/page.html",
        status=200 if problem is None else status_of(problem),
        asked=asked,
        found=found,
        beside=beside,
        kept=kept,
        problem=problem,
        problem_in=problem.name if isinstance(problem, WrongFile) else "",
        pictures=[] if found is None else list(shown.pictures(found.results, language)),
        course=_course(beside, request),
        shown=shown,
        usual=USUAL,
        rare=FURTHER,
        titles=TITLES,
        reads=READS,
        masks=masks(),
        samples={name: _sample_title(name, request) for name in SAMPLES},
    )


def _course(beside: Further | None, request: Request) -> Markup:
    if beside is None or beside.course is None or beside.course.value is None:
        return Markup()
    return Markup(multiples_svg(beside.course.value, language=language_of(request)))  # noqa: S704 - our own escaping writer


def _sample_title(name: str, request: Request) -> str:
    language = language_of(request)
    clock = sample_clocks().get(name)
    return Message("web.stability.sample.three").text(language) if clock is None else clock.title[language]


def _files(form: FormData) -> list[UploadFile]:
    """Return the files that were chosen; a form without a choice sends one without a name."""
    return [file for file in form.getlist("file") if isinstance(file, UploadFile) and file.filename]


@cache
def _prepare() -> None:
    """Load in the background what the first answer would wait seconds for."""
    clock = sample_clocks()["quartz"]
    series = clock.question.series(clock.content)
    threading.Thread(target=clock.question.answer, args=(series, "oadev"), daemon=True).start()
