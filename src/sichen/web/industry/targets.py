# SPDX-License-Identifier: Apache-2.0
"""The page of targets: what public evidence bounds, the path, a scenario, and the reader's own table."""

import asyncio
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from sichen.adapters import DataFolder, now
from sichen.adapters.industry_desk import Source, classified_of, keep_answer, target_of
from sichen.adapters.industry_register_desk import measures_of
from sichen.adapters.industry_report import contents_of, report_files, supplied
from sichen.core import LANGUAGES, DataError, Message, NotFound, Record, SichenError
from sichen.industry import TargetAnswer, scenario
from sichen.industry.brands import criterion_name
from sichen.industry.report import Contents
from sichen.web.folder import Folder
from sichen.web.industry.drawing import bounds_svg, path_svg
from sichen.web.industry.forms import number_in, source_in
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
SLIDERS = {"high": 20.1, "mid": 7.8, "low": -2.1}
MEDIA = {"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8"}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@cache
def supplied_contents() -> Contents:
    """Return what the supplied figures tell."""
    return contents_of()


@router.get("/industry", include_in_schema=False)
async def targets(request: Request) -> HTMLResponse:
    """Show the answer that public evidence allows, and a scenario."""
    try:
        growth = {name: number_in(request.query_params, name, usual=usual, low=-30, high=60) for name, usual in SLIDERS.items()}
    except SichenError as error:
        return await _page(request, dict(SLIDERS), problem=error)
    return await _page(request, growth)


@router.post("/industry", include_in_schema=False)
async def own_table(request: Request, folder: Folder) -> HTMLResponse:
    """Answer from a table of the reader's own; with `do=keep` the answer becomes a record."""
    async with request.form() as form:
        try:
            source = await source_in(form)
            basis = str(form.get("basis", "")) or None
            found = await asyncio.to_thread(target_of, source, basis=basis)
            record = _kept(folder, source, found) if form.get("do") == "keep" else None
        except SichenError as error:
            return await _page(request, dict(SLIDERS), problem=error)
    return await _page(request, dict(SLIDERS), own=found, record=record)


@router.get("/industry/report/{name}", include_in_schema=False)
async def report_file(name: str, folder: Folder) -> Response:
    """Return a file of the report, to keep or to publish, with the measures as the data folder keeps them."""
    measures = tuple(one for one, _ in measures_of(folder))
    files = await asyncio.to_thread(report_files, measures=measures)
    if name not in files:
        raise NotFound(Message("web.industry.error.report", name=name[:80]))
    media = MEDIA.get(name.rpartition(".")[2], WORD)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(files[name], media_type=media, headers=headers)


def _kept(folder: DataFolder, source: Source, found: TargetAnswer) -> Record:
    subject = f"target:product_structure {found.target.basis}"
    if found.structures.refusals:
        raise DataError(Message("web.industry.error.refused", count=len(found.structures.refusals)))
    return keep_answer(
        folder, "industry.target", subject=subject, body=found.to_json(), source=source, rows=found.structures.rows, at=now()
    )


async def _page(
    request: Request,
    growth: dict[str, float],
    *,
    own: TargetAnswer | None = None,
    record: Record | None = None,
    problem: SichenError | None = None,
) -> HTMLResponse:
    language = language_of(request)
    contents = await asyncio.to_thread(supplied_contents)
    target = contents.target.target
    years = range(target.base_year, target.year + 1)
    walked = scenario(target.base, growth=[growth[name] / 100 for name in SLIDERS], years=len(years) - 1)
    brands, _ = classified_of(supplied("brands.csv"))
    return page(
        request,
        "industry/targets.html",
        status=200 if problem is None else status_of(problem),
        contents=contents,
        bounds=bounds_svg(contents.rungs, contents.target, language),
        drawn=path_svg(years, contents.target.path, target.target, language, scenario=walked),
        rows=list(zip(years, contents.target.path, walked, strict=True)),
        growth=growth,
        reached=walked[-1],
        own=own,
        record=record,
        problem=problem,
        brands=brands,
        criterion=lambda kind, name: criterion_name(kind, name, language),
        files=[f"index.{one}.html" for one in LANGUAGES]
        + [f"report.{one}.docx" for one in LANGUAGES]
        + ["figures.csv", "findings.csv", "measures.csv"],
        states={"met": "good", "failed": "wrong", "unknown": "open"},
        placed=lambda one: "brands" if one in contents.brands else "figures",
    )
