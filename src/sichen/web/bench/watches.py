# SPDX-License-Identifier: Apache-2.0
"""The pages of the watches: one watch in its positions, what they say together, and what is normal for its kind."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import QUARTZ_KIND, keep_series, series_record
from sichen.bench.series import Limit, SeriesReport, classes, report
from sichen.bench.series.classes import Verdict
from sichen.core import DataError, Figure, Message, NotFound, Record, SichenError
from sichen.web.bench.rounds import Round, Watch, watch, watches
from sichen.web.folder import Folder, resolve
from sichen.web.pages import page

router = APIRouter()
CREATED = 201
VERDICTS = {"inside": "good", "outside": "wrong", "undecided": "care", "not measured": "open"}


@router.get("/bench/watches", include_in_schema=False)
def listed(request: Request, folder: Folder) -> HTMLResponse:
    """Show every watch that was measured."""
    return page(request, "bench/watches.html", watches=list(watches(folder)))


@router.get("/bench/watches/{name:path}", include_in_schema=False)
def one(
    request: Request, folder: Folder, name: str, *, series: str | None = None, earlier: str | None = None, against: str = ""
) -> HTMLResponse:
    """Show one watch: its round of positions and what follows from it."""
    found = watch(folder, name)
    quartz = list(folder.records.find(kind=QUARTZ_KIND, subject=f"watch:{name}"))
    if not found.readings and not quartz:
        raise NotFound(Message("web.watches.unknown", name=name))
    if not found.rounds:
        return page(request, "bench/watch.html", watch=found, quartz=quartz, round=None)
    shown = _shown(folder, found, series=series, earlier=earlier, against=against)
    return page(
        request,
        "bench/watch.html",
        watch=found,
        quartz=quartz,
        round=shown.round,
        earlier=shown.earlier,
        report=shown.report,
        kept=shown.kept,
        verdicts=_by_limit(shown.report),
        verdict_marks=VERDICTS,
        against=against,
        classes=classes(),
    )


@router.post("/bench/series", include_in_schema=False)
def keep(
    folder: Folder,
    name: Annotated[str, Form()],
    series: Annotated[str, Form()] = "",
    earlier: Annotated[str | None, Form()] = None,
    against: Annotated[str, Form()] = "",
) -> Response:
    """Keep the summary that the page shows, and show it again with its seals."""
    found = watch(folder, name)
    chosen, before = _chosen(found, series, earlier)
    keep_series(folder, chosen.records, earlier=before.records if before else (), class_name=against or None)
    asked = {"series": series, "earlier": "" if before is None else before.name, "against": against}
    return RedirectResponse(f"/bench/watches/{quote(name)}?{urlencode(asked)}", status_code=303)


@router.get("/bench/series/{digest}", include_in_schema=False)
def kept_one(folder: Folder, digest: str) -> Response:
    """Lead from a kept summary to the page of its watch."""
    record = folder.records.read(resolve(digest, folder))
    asked = {"series": str(record.body.get("round") or ""), "against": str(record.body.get("class") or "")}
    return RedirectResponse(f"/bench/watches/{quote(record.subject.partition(':')[2])}?{urlencode(asked)}", status_code=307)


@router.post("/api/bench/series", tags=["bench"])
def keep_for_program(
    folder: Folder,
    readings: Annotated[list[str], Form(description="Digests of kept readings of one watch, one a position.")],
    earlier: Annotated[list[str] | None, Form(description="Those of a round at another wind.")] = None,
    against: Annotated[str, Form(description="Class to hold them against, e.g. gents.")] = "",
) -> JSONResponse:
    """Put kept readings in several positions together and keep what they say as a record.

    The answer has the keys of `sichen bench series --json` and the digest of the record.
    """
    rows, before = ([folder.records.read(resolve(digest, folder)) for digest in group] for group in (readings, earlier or []))
    record = keep_series(folder, rows, earlier=before, class_name=against or None)
    return JSONResponse({**record.body, "digest": record.digest}, CREATED)


@router.get("/bench/positions", include_in_schema=False)
def drawn(folder: Folder, name: str, quantity: str, series: str = "") -> JSONResponse:
    """Return rate or amplitude against position for the plots of a watch."""
    chosen, _ = _chosen(watch(folder, name), series, None)
    codes = list(chosen.readings)
    found: list[Figure] = [entry.figures[quantity] for entry in chosen.readings.values() if quantity in entry.figures]
    rows = [[place, figure.value, figure.u or 0.0] for place, figure in enumerate(found) if figure.ok]
    return JSONResponse({"rows": rows, "places": [[place, code] for place, code in enumerate(codes)]})


def _chosen(found: Watch, series: str | None, earlier: str | None) -> tuple[Round, Round | None]:
    """Return the round asked for, else the latest, and the one before it, else the next older."""
    rounds = {entry.name: entry for entry in found.rounds}
    if not rounds:
        raise NotFound(Message("web.watches.no_round", name=found.name))
    chosen = rounds.get(series or "", found.rounds[0])
    older = [entry for entry in found.rounds if entry.latest < chosen.latest]
    if earlier is not None:
        return chosen, rounds.get(earlier) if earlier != chosen.name else None
    return chosen, older[0] if older else None


@dataclass(frozen=True)
class Shown:
    """A round as its page shows it; `kept` is the digest of its summary, empty while that is not kept."""

    round: Round
    earlier: Round | None
    report: SeriesReport
    kept: str


def _shown(folder: DataFolder, found: Watch, *, series: str | None, earlier: str | None, against: str) -> Shown:
    chosen, before = _chosen(found, series, earlier)
    wanted = against or None
    try:
        said = report(chosen.rows, earlier=before.rows if before else (), class_name=wanted)
    except DataError:
        # Two rounds that share no position say nothing of isochronism, but each speaks for itself.
        before = None
        said = report(chosen.rows, class_name=wanted)
    record = series_record(chosen.records, earlier=before.records if before else (), class_name=wanted)
    return Shown(chosen, before, said, record.digest if _is_kept(folder, record) else "")


def _by_limit(said: SeriesReport) -> dict[Limit, dict[Verdict, list[str]]]:
    """Return for each limit the positions of each verdict."""
    rows: dict[Limit, dict[Verdict, list[str]]] = {}
    for limit, code, verdict in said.verdicts:
        rows.setdefault(limit, {}).setdefault(verdict, []).append(code)
    return rows


def _is_kept(folder: DataFolder, record: Record) -> bool:
    try:
        folder.records.read(record.digest)
    except SichenError:
        return False
    return True
