# SPDX-License-Identifier: Apache-2.0
"""The judging page: a table is dropped or pasted, judged, kept, and made into drafts of certificates."""

import asyncio
import threading
from dataclasses import dataclass, replace
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.adapters import DataFolder, now
from sichen.adapters.certificate_desk import Docket, draft_certificates
from sichen.adapters.conformity_desk import (
    RowsRefused,
    judge_bench,
    judge_source,
    keep_bench_verdicts,
    keep_table_verdicts,
    kept_rates,
    temperature_u,
    usual_budget,
)
from sichen.conformity import Judged, plan, plans
from sichen.conformity.plan import RULES
from sichen.core import Message, NotFound, Record, SichenError
from sichen.web.conformity import shown
from sichen.web.conformity.asking import Asked, open_choices, text_in
from sichen.web.folder import Folder, resolve
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
SAMPLE = "iso3159-sample.csv"
SAMPLE_RATES = ("2.1", "2.5", "1.0", "0.6", "-0.4", "0.2", "4.1", "4.5", "3.9", "3.5", "0.2", "3.0", "5.9", "2.4", "2.6")


@dataclass(frozen=True)
class Answer:
    """What judging gave: verdicts, and the records and drafts when they were asked for."""

    judged: Judged
    records: tuple[Record, ...] = ()
    dockets: tuple[Docket, ...] = ()


def answered(folder: DataFolder, asked: Asked, *, keep: bool, certify: bool) -> Answer:
    """Judge a table, keep the verdicts, draft certificates, as far as it is asked for.

    Raises
    ------
    RowsRefused
        If anything is to be kept and a row was refused.
    """
    at, order, source = now(), asked.order(), asked.source()
    budget = usual_budget(order.kind if order.protocol().plan.length else "station")
    if certify and not asked.chamber_u:
        order = replace(order, chamber_u=temperature_u(budget))
    judged = judge_source(order, source, now=at)
    if not (keep or certify):
        return Answer(judged)
    said = asked.particulars(tuple(one.watch for one in judged.verdicts), at)
    records = keep_table_verdicts(folder, judged, order, source, at=at)
    if not certify:
        return Answer(judged, records)
    said = replace(said, budgets=() if budget is None else (budget,))
    return Answer(judged, records, draft_certificates(folder, judged.verdicts, records, said, at=at))


def answered_from_bench(folder: DataFolder, asked: Asked, digests: list[str]) -> Answer:
    """Judge kept readings of the bench and draft a certificate for each watch."""
    at, rates = now(), kept_rates(folder, digests)
    budget = usual_budget("acoustic_rate", reading_u=max((one.rate.u or 0.0 for one in rates), default=0.0))
    order = asked.order()
    order = order if asked.chamber_u else replace(order, chamber_u=temperature_u(budget))
    judged = judge_bench(order, rates)
    said = asked.particulars(tuple(one.watch for one in judged.verdicts), at)
    said = replace(said, budgets=() if budget is None else (budget,))
    records = keep_bench_verdicts(folder, judged, order, rates, at=at)
    return Answer(judged, records, draft_certificates(folder, judged.verdicts, records, said, at=at))


@router.get("/conformity", include_in_schema=False)
def empty_form(request: Request) -> HTMLResponse:
    """Show the form, filled with the worked example when it is asked for."""
    _prepare()
    wanted = request.query_params.get("plan", "")
    asked = Asked(plan=wanted) if wanted else Asked()
    if "sample" not in request.query_params:
        return _page(request, asked)
    asked = Asked(table=sample_table(), name=SAMPLE)
    return _page(request, asked, Answer(judge_source(asked.order(), asked.source(), now=now())))


@router.post("/conformity", include_in_schema=False)
async def judge_form(request: Request, folder: Folder) -> Response:
    """Answer the form: verdicts on the page, or the drafts that were made of them."""
    asked = Asked()
    async with request.form(max_files=10, max_part_size=20_000_000) as form:
        try:
            asked = await Asked.of(form)
            do = text_in(form, "do")
            found = await asyncio.to_thread(answered, folder, asked, keep=do == "keep", certify=do == "certify")
        except SichenError as error:
            return _page(request, asked, problem=error)
    if found.dockets:
        return RedirectResponse("/conformity/certificates", status_code=303)
    return _page(request, asked, found)


@router.get("/conformity/verdicts/{digest}", include_in_schema=False)
def kept_verdict(request: Request, digest: str, folder: Folder) -> HTMLResponse:
    """Show a kept verdict."""
    record = folder.records.read(resolve(digest, folder))
    if record.kind != "conformity.verdict":
        raise NotFound(Message("web.readings.other", kind=record.kind))
    protocol = record.body["protocol"]
    return page(
        request, "conformity/verdict.html", one=shown.kept(record, language_of(request)), record=record, protocol=protocol
    )


@router.get("/conformity/sample.csv", include_in_schema=False)
def sample_file() -> Response:
    """Return the worked example as a file."""
    return Response(sample_table(), media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{SAMPLE}"'})


def sample_table() -> str:
    """Return the worked example: a watch that passes, one that fails, one on the limit."""
    lines = ["watch,day,rate_s_per_d,position"]
    steps = plan("iso3159")
    for watch, shift in (("example-1", 0.0), ("example-2", 5.1), ("example-3", 3.8)):
        for day, rate in enumerate(SAMPLE_RATES, 1):
            lines.append(f"{watch},{day},{float(rate) + shift:.1f},{steps.step_of(day).position}")
    return "\n".join(lines) + "\n"


@cache
def _prepare() -> None:
    """Load in the background what the first verdict would wait seconds for."""
    asked = Asked(table=sample_table())
    threading.Thread(target=judge_source, args=(asked.order(), asked.source()), kwargs={"now": now()}, daemon=True).start()


def _page(request: Request, asked: Asked, found: Answer | None = None, *, problem: SichenError | None = None) -> HTMLResponse:
    language = language_of(request)
    refusals = problem.refusals if isinstance(problem, RowsRefused) else ()
    if found is not None:
        refusals = found.judged.refusals
    failed = problem is not None or bool(refusals)
    status = 200 if not failed else status_of(problem) if problem is not None else 422
    return page(
        request,
        "conformity/judge.html",
        status=status,
        asked=asked,
        found=found,
        rows=() if found is None else tuple(shown.fresh(found.judged, found.records, language)),
        refusals=refusals,
        problem=None if isinstance(problem, RowsRefused) else problem,
        plans=plans(),
        rules=RULES,
        choices=open_choices(),
        state=shown.STATE,
    )
