# SPDX-License-Identifier: Apache-2.0
"""The page of regions and the supply chain: a map, who delivers to whom, what moved between regions."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from sichen.adapters.industry_chain_desk import chain_files, chain_of, map_files, map_of, supplied_map, transfer_of
from sichen.adapters.industry_desk import Source
from sichen.adapters.industry_report import rows_csv, supplied
from sichen.core import Language, SichenError
from sichen.industry.flow_picture import chain_svg
from sichen.industry.flows import Chain, Dependence, dependences
from sichen.industry.regions import places
from sichen.industry.tile_map import MEASURES, TileMap, map_svg
from sichen.industry.transfer import Transfer
from sichen.web.industry.forms import source_in
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
CHAIN, TRANSFER = "sample-chain.csv", "sample-transfer.csv"
QUESTIONS = ("map", "chain", "transfer")


@dataclass(frozen=True)
class Shown:
    """What the page shows: each part from the reader's table or from the one that comes with Sichen."""

    tiles: TileMap
    drawn: Markup
    chain: Chain
    drawn_chain: Markup
    dependence: tuple[Dependence, ...]
    transfer: Transfer
    files: Mapping[str, Mapping[str, str]]


@router.get("/industry/regions", include_in_schema=False)
async def sample_regions(request: Request) -> HTMLResponse:
    """Show published shares on the map, and invented tables of a chain and of a transfer."""
    return await _answered(request, {})


@router.post("/industry/regions", include_in_schema=False)
async def own_regions(request: Request) -> HTMLResponse:
    """Answer one of the three questions from a table that was sent."""
    async with request.form() as form:
        asked = str(form.get("ask", "map"))
        asked = asked if asked in QUESTIONS else "map"
        try:
            source = await source_in(form)
        except SichenError as error:
            return await _answered(request, {}, asked=asked, problem=error)
        chosen = (str(form.get("column", "")).strip() or None, str(form.get("measure", "value")))
    return await _answered(request, {asked: source}, asked=asked, chosen=chosen)


async def _answered(
    request: Request,
    own: dict[str, Source],
    *,
    asked: str = "",
    chosen: tuple[str | None, str] = (None, "share"),
    problem: SichenError | None = None,
) -> HTMLResponse:
    language = language_of(request)
    try:
        shown = await asyncio.to_thread(_shown, own, chosen, language)
    except SichenError as error:
        shown, problem, own = _shown({}, (None, "share"), language), error, {}
    return page(
        request,
        "industry/regions.html",
        status=200 if problem is None else status_of(problem),
        shown=shown,
        own=own,
        asked=asked,
        measures=MEASURES,
        measure=shown.tiles.measure,
        map_rows=supplied_map()[1],
        places=places(),
        problem=problem,
    )


def _shown(own: dict[str, Source], chosen: tuple[str | None, str], language: Language) -> Shown:
    column, measure = chosen if "map" in own else (None, "share")
    tiles = map_of(own.get("map") or supplied_map()[0], column=column, measure=measure)
    chain = chain_of(own.get("chain") or supplied(CHAIN))
    return Shown(
        tiles,
        Markup(map_svg(tiles, language)),  # noqa: S704 - every text in it is escaped
        chain,
        Markup(chain_svg(chain, language)),  # noqa: S704 - every text in it is escaped
        dependences(chain),
        transfer_of(own.get("transfer") or supplied(TRANSFER)),
        _files(tiles, chain, language),
    )


def _files(tiles: TileMap, chain: Chain, language: Language) -> Mapping[str, Mapping[str, str]]:
    """Return drawings and tables to take along: name and address that holds the whole file, for nothing sent is kept here."""
    regions = [[one.code, one.en, one.zh, repr(value), str(row)] for one, value, row in tiles.values]
    flows = [[str(one.row), one.giver, one.taker, repr(one.amount), one.origin, one.source] for one in chain.deliveries]
    return {
        "map": {
            "map.svg": _held("image/svg+xml", map_files(tiles)[language].encode()),
            "map.csv": _held("text/csv", rows_csv(["code", "en", "zh", tiles.column, "row"], regions)),
        },
        "chain": {
            "supply-chain.svg": _held("image/svg+xml", chain_files(chain)[language].encode()),
            "supply-chain.csv": _held("text/csv", rows_csv(["row", "from", "to", "value", "origin", "source"], flows)),
        },
    }


def _held(media: str, content: bytes) -> str:
    return f"data:{media};base64,{base64.b64encode(content).decode()}"
