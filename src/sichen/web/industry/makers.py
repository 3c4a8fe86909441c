# SPDX-License-Identifier: Apache-2.0
"""The page of makers: who has a brand strategy, what the brands are worth together, and the records behind both."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse

from sichen.adapters import DataFolder, now
from sichen.adapters.industry_desk import Source
from sichen.adapters.industry_report import supplied
from sichen.adapters.makers_desk import MAKERS, differing, keep_makers, makers_of
from sichen.core import DataError, Message, Record, SichenError
from sichen.industry import Makers, Refusal
from sichen.industry.makers import TARGET
from sichen.web.folder import Folder
from sichen.web.industry.forms import source_in
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
SAMPLE = "makers.csv"
LATEST = 5


@router.get("/industry/makers", include_in_schema=False)
async def sample_makers(request: Request, folder: Folder) -> HTMLResponse:
    """Answer from the invented table that comes with Sichen, with what the records of its brands say."""
    return await _answered(request, folder, supplied(SAMPLE), evidence=True, sample=True)


@router.post("/industry/makers", include_in_schema=False)
async def own_makers(request: Request, folder: Folder) -> HTMLResponse:
    """Answer from a table that was sent; with `do=keep` the answer becomes a record."""
    async with request.form() as form:
        try:
            source = await source_in(form)
        except SichenError as error:
            return _page(request, folder, problem=error)
        keep, evidence = form.get("do") == "keep", form.get("evidence") == "yes"
    return await _answered(request, folder, source, evidence=evidence, keep=keep)


@router.post("/api/industry/makers", tags=["industry"])
async def makers(
    folder: Folder,
    file: Annotated[UploadFile, File(description="CSV, TSV or XLSX with the columns maker and brand.")],
    *,
    evidence: Annotated[bool, Form(description="Let records of the brands stand above the cells.")] = False,
    save: Annotated[bool, Form(description="Keep the answer as a record.")] = False,
) -> JSONResponse:
    """Tell which makers have a brand strategy, and add up what their brands are worth."""
    source = Source(await file.read(), file.filename or "makers.csv")
    found, refusals = await asyncio.to_thread(makers_of, source, folder if evidence else None)
    record = _kept(folder, source, found, refusals).digest if save else None
    return JSONResponse({**found.to_json(), "refusals": [one.to_json() for one in refusals], "record": record})


async def _answered(
    request: Request, folder: DataFolder, source: Source, *, evidence: bool, keep: bool = False, sample: bool = False
) -> HTMLResponse:
    try:
        found, refusals = await asyncio.to_thread(makers_of, source, folder if evidence else None)
        record = _kept(folder, source, found, refusals) if keep else None
    except SichenError as error:
        return _page(request, folder, problem=error)
    return _page(request, folder, found=found, refusals=refusals, record=record, sample=sample)


def _kept(folder: DataFolder, source: Source, found: Makers, refusals: tuple[Refusal, ...]) -> Record:
    if refusals:
        raise DataError(Message("web.industry.error.refused", count=len(refusals)))
    return keep_makers(folder, found, source, at=now())


def _page(
    request: Request,
    folder: DataFolder,
    *,
    found: Makers | None = None,
    refusals: tuple[Refusal, ...] = (),
    record: Record | None = None,
    sample: bool = False,
    problem: SichenError | None = None,
) -> HTMLResponse:
    return page(
        request,
        "industry/makers.html",
        status=200 if problem is None else status_of(problem),
        found=found,
        differs=() if found is None else differing(found),
        refusals=refusals,
        record=record,
        sample=sample,
        target=TARGET,
        kept_before=list(folder.records.find(kind=MAKERS, limit=LATEST)),
        problem=problem,
    )
