# SPDX-License-Identifier: Apache-2.0
"""Page and REST interface of the chain."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from sichen.adapters import DataFolder
from sichen.adapters.chain_desk import ENDS, STATIONS, WAYS, Chain, Link, chain_json, chain_of
from sichen.adapters.industry_report import rows_csv
from sichen.core import JSON, Message, NotFound, Record, SichenError
from sichen.web.bodies import figures
from sichen.web.folder import Folder
from sichen.web.pages import page

router = APIRouter()
OFFERED = 4
"""Figures of a kind that the page offers."""


@router.get("/chain", include_in_schema=False)
def chain(request: Request, folder: Folder, digest: str = "", verify: bool = False) -> HTMLResponse:
    """Show what a figure rests on, from the brand down to the second."""
    found, problem = None, None
    try:
        found = chain_of(folder, digest.strip() or None)
    except SichenError as error:
        problem = error.message
    values = {
        "chain": found,
        "problem": problem,
        "digest": digest,
        "stations": STATIONS,
        "ways": () if found is None else _ways(found),
        "examples": {} if found is None else _examples(found),
        "offered": _offered(folder),
        "figures": lambda record: list(figures(record.body))[:3],
        "worth": worth,
        "broken": folder.verify(found.links)[1] if verify and found is not None else None,
    }
    return page(request, "chain/chain.html", status=200 if problem is None else 404, **values)


@router.get("/chain/ways.csv", include_in_schema=False)
def ways_as_table(folder: Folder, digest: str = "") -> Response:
    """Return the ways down as a table: way, step, role, station, kind, subject, digest."""
    found = chain_of(folder, digest.strip() or None)
    if found is None:
        raise NotFound(Message("web.chain.empty"))
    rows = [
        [to, str(number), one.role, one.station, *_named(one), one.digest]
        for to in WAYS
        for number, one in enumerate(found.way(to=to), 1)
    ]
    table = rows_csv(["way", "step", "role", "station", "kind", "subject", "digest"], rows)
    headers = {"Content-Disposition": f'attachment; filename="chain-{found.top[7:19]}.csv"'}
    return Response(table, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/chain", tags=["records"])
def chain_as_json(folder: Folder, digest: str | None = None) -> JSONResponse:
    """Return what a record rests on by station, and a way down to a second, a recording and a source row; newest by default."""
    found = chain_of(folder, digest)
    if found is None:
        raise NotFound(Message("web.chain.empty"))
    return JSONResponse(chain_json(found))


def worth(body: Mapping[str, JSON]) -> Mapping[str, JSON] | None:
    """Return the value of a brand, or of brands together, that a body holds: value, low, high, currency, year."""
    for held in (body, body.get("brand_value")):
        if isinstance(held, Mapping) and {"value", "low", "high", "currency"} <= set(held) and held["value"] is not None:
            return held
    return None


def _named(one: Link) -> tuple[str, str]:
    """Return kind and subject of a record, or media type and name of raw data."""
    if one.record is not None:
        return one.record.kind, one.record.subject
    return ("", "") if one.artifact is None else (one.artifact.media_type, one.artifact.name)


def _ways(found: Chain) -> list[tuple[str, tuple[Link, ...], int]]:
    """Return each way down, and how many of its first links a reader has seen: all but the one where it leaves the way above."""
    ways: list[tuple[str, tuple[Link, ...], int]] = []
    seen: list[str] = []
    for to in WAYS:
        way = found.way(to=to)
        if way:
            same = next((k for k, one in enumerate(way) if k >= len(seen) or one.digest != seen[k]), len(way))
            ways.append((to, way, max(same - 1, 0)))
            seen = seen or [one.digest for one in way]
    return ways


def _examples(found: Chain) -> dict[str, str]:
    """Return a record of each station: one on the way down where it passes there."""
    on_the_way = {one.station: one.digest for to in WAYS for one in found.way(to=to)}
    return {
        name: on_the_way.get(name) or next(digest for digest, one in found.links.items() if one.station == name)
        for name, count in found.counts.items()
        if count
    }


def _offered(folder: DataFolder) -> list[Record]:
    """Return figures that a reader may want to open, the farthest from the second first."""
    found: dict[tuple[str, str], Record] = {}
    for kind in ENDS:
        for record in folder.records.find(kind=kind, limit=OFFERED):
            found.setdefault((kind, record.subject), record)
    return list(found.values())
