# SPDX-License-Identifier: Apache-2.0
"""The pages of comparison tests and of proficiency rounds: a table is dropped, ranked or scored, and kept."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from sichen.adapters import DataFolder, now
from sichen.adapters.conformity_desk import Source
from sichen.adapters.contest_desk import (
    Comparison,
    Round,
    compare_source,
    keep_comparison,
    keep_round,
    score_source,
)
from sichen.conformity import MERITS, Ranked
from sichen.core import JSON, DataError, Message, NotFound, Record, SichenError
from sichen.web.conformity.asking import file_in, number, text_in
from sichen.web.conformity.drawing import chances_svg, price_svg
from sichen.web.folder import Folder, resolve
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
BRANDS = """brand,watch,value,u,price
Haiyan,H1,1.2,0.3,2600
Haiyan,H2,2.4,0.3,2600
Haiyan,H3,-0.6,0.3,2600
Haiyan,H4,1.7,0.3,2600
Ningbo,N1,-3.1,0.3,980
Ningbo,N2,-5.4,0.3,980
Ningbo,N3,-1.2,0.3,980
Ningbo,N4,-4.0,0.3,980
Qingquan,Q1,2.9,0.3,7400
Qingquan,Q2,3.6,0.3,7400
Qingquan,Q3,1.8,0.3,7400
Qingquan,Q4,2.5,0.3,7400
"""
LABORATORIES = """laboratory,value,u
L1,4.91,0.10
L2,5.02,0.08
L3,5.11,0.12
L4,4.97,0.10
L5,4.83,0.15
L6,5.20,0.10
L7,5.64,0.11
"""


@dataclass(frozen=True)
class Asked:
    """The fields of both forms as text."""

    table: str = ""
    name: str = "table.csv"
    merit: str = "near_zero"
    shared_u: str = ""
    assigned: str = ""
    u_assigned: str = ""
    deviation: str = ""
    do: str = ""

    @classmethod
    async def of(cls, form: FormData) -> "Asked":
        """Read a form; a file stands before what was pasted."""
        said = {name: text_in(form, name) for name in cls.__dataclass_fields__}
        sent = await file_in(form, "table_file")
        if sent is not None:
            said |= {"table": sent.text, "name": sent.name}
        return cls(**{name: value for name, value in said.items() if value})

    def source(self) -> Source:
        """Return the table; a `DataError` where there is none."""
        if not self.table:
            raise DataError(Message("web.conformity.error.nothing"))
        return Source(self.table.encode("utf-8"), self.name)

    def comparison(self) -> Comparison:
        """Return how brands are compared; a `DataError` where a number is none or the merit unknown."""
        if self.merit not in MERITS:
            raise DataError(Message("web.conformity.error.merit", found=self.merit[:80], known=", ".join(MERITS)))
        return Comparison(self.merit, number("shared_u", self.shared_u) or 0.0)

    def round(self) -> Round:
        """Return the scores of the round."""
        given = {name: number(name, getattr(self, name)) for name in ("assigned", "u_assigned", "deviation")}
        return score_source(self.source(), **given)


@router.get("/conformity/comparison", include_in_schema=False)
def comparison_form(request: Request) -> HTMLResponse:
    """Show the form, with an example when it is asked for."""
    if "sample" not in request.query_params:
        return _comparison(request, Asked())
    asked = Asked(BRANDS, "example.csv")
    return _comparison(request, asked, compare_source(asked.comparison(), asked.source(), None, now=now()))


@router.post("/conformity/comparison", include_in_schema=False)
async def compare_form(request: Request, folder: Folder) -> HTMLResponse:
    """Rank the brands of a table."""
    asked = Asked()
    async with request.form() as form:
        try:
            asked = await Asked.of(form)
            ranked = await asyncio.to_thread(compare_source, asked.comparison(), asked.source(), None, now=now())
            record = _kept_comparison(folder, asked, ranked) if asked.do == "keep" else None
        except SichenError as error:
            return _comparison(request, asked, problem=error)
    return _comparison(request, asked, ranked, record=record)


@router.get("/conformity/comparisons/{digest}", include_in_schema=False)
def kept_comparison(request: Request, digest: str, folder: Folder) -> HTMLResponse:
    """Show a kept comparison."""
    record = _record(folder, digest, "conformity.comparison")
    ranked = tuple(ranked_from(row) for row in cast("list[Mapping[str, JSON]]", record.body["ranking"]))
    asked = Asked(merit=str(record.body["merit"]), shared_u=f"{record.body['shared_u']}")
    return _comparison(request, asked, ranked, record=record)


@router.get("/conformity/proficiency", include_in_schema=False)
def proficiency_form(request: Request) -> HTMLResponse:
    """Show the form, with an example when it is asked for."""
    if "sample" not in request.query_params:
        return _proficiency(request, Asked())
    asked = Asked(LABORATORIES, "example.csv")
    return _proficiency(request, asked, asked.round())


@router.post("/conformity/proficiency", include_in_schema=False)
async def score_form(request: Request, folder: Folder) -> HTMLResponse:
    """Score the laboratories of a table."""
    asked = Asked()
    async with request.form() as form:
        try:
            asked = await Asked.of(form)
            found = await asyncio.to_thread(asked.round)
            record = keep_round(folder, found, asked.source(), at=now()) if asked.do == "keep" else None
        except SichenError as error:
            return _proficiency(request, asked, problem=error)
    return _proficiency(request, asked, found, record=record)


@router.get("/conformity/rounds/{digest}", include_in_schema=False)
def kept_round(request: Request, digest: str, folder: Folder) -> HTMLResponse:
    """Show a kept round, scored again from its own table."""
    record = _record(folder, digest, "conformity.proficiency")
    table = next(entry.digest for entry in record.inputs if entry.role == "table")
    with folder.artifacts.open(table) as file:
        source = Source(file.read(), "table.csv")
    body = record.body
    found = score_source(
        source,
        assigned=cast("float", body["assigned"]),
        u_assigned=cast("float", body["u_assigned"]),
        deviation=cast("float", body["deviation"]),
    )
    return _proficiency(request, Asked(source.text), found, record=record)


def ranked_from(row: Mapping[str, JSON]) -> Ranked:
    """Read a row of a kept ranking."""
    told = json.loads(json.dumps(dict(row)))
    return Ranked(**(told | {name: tuple(told[name]) for name in ("rank_probabilities", "rank_interval")}))


def _record(folder: DataFolder, digest: str, kind: str) -> Record:
    record = folder.records.read(resolve(digest, folder))
    if record.kind != kind:
        raise NotFound(Message("web.readings.other", kind=record.kind))
    return record


def _kept_comparison(folder: DataFolder, asked: Asked, ranked: tuple[Ranked, ...]) -> Record:
    return keep_comparison(folder, asked.comparison(), ranked, asked.source(), None, at=now())


def _comparison(
    request: Request,
    asked: Asked,
    ranked: tuple[Ranked, ...] = (),
    *,
    record: Record | None = None,
    problem: SichenError | None = None,
) -> HTMLResponse:
    language = language_of(request)
    return page(
        request,
        "conformity/comparison.html",
        status=200 if problem is None else status_of(problem),
        asked=asked,
        ranked=[(one, chances_svg(one, language)) for one in ranked],
        prices=price_svg(ranked, language),
        merits=tuple(MERITS),
        record=record,
        problem=problem,
    )


def _proficiency(
    request: Request,
    asked: Asked,
    found: Round | None = None,
    *,
    record: Record | None = None,
    problem: SichenError | None = None,
) -> HTMLResponse:
    return page(
        request,
        "conformity/proficiency.html",
        status=200 if problem is None else status_of(problem),
        asked=asked,
        found=found,
        record=record,
        problem=problem,
        marks={"satisfactory": "good", "questionable": "care", "unsatisfactory": "wrong"},
    )
