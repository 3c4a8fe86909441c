# SPDX-License-Identifier: Apache-2.0
"""The desk of regions and chains: tables become a map, a supply chain, a transfer between regions; lists become registers."""

from sichen.adapters.industry_desk import Source, matrix_of, registry_of, usual_column
from sichen.adapters.industry_report import SHARES, supplied
from sichen.core import LANGUAGES, DataError, Language, Message
from sichen.industry import Refusal
from sichen.industry.flow_picture import chain_svg
from sichen.industry.flows import ALIASES as FLOW_NAMES
from sichen.industry.flows import Chain, read_chain
from sichen.industry.registers import bodies, people
from sichen.industry.tile_map import MEASURES, TileMap, map_svg, tile_map
from sichen.industry.transfer import ALIASES as TRANSFER_NAMES
from sichen.industry.transfer import Transfer, read_transfer

SAMPLES = ("sample-chain.csv", "sample-transfer.csv", "sample-experts.csv", "sample-bodies.csv", "sample-fair.json")
"""Invented tables that show a question; none of their numbers is about a real firm."""


def map_of(source: Source, *, column: str | None = None, measure: str = "value") -> TileMap:
    """Put a column of a table on the map.

    Raises
    ------
    DataError
        If the measure is none, or the table has no such column.
    """
    if measure not in MEASURES:
        raise DataError(Message("adapters.industry.measure", measure=measure, known=", ".join(MEASURES)))
    matrix = matrix_of(source)
    return tile_map(matrix, column=column or usual_column(matrix), measure=measure)


def map_files(tiles: TileMap) -> dict[Language, str]:
    """Return the map as an SVG file in each language."""
    return {language: map_svg(tiles, language, alone=True) for language in LANGUAGES}


def supplied_map() -> tuple[Source, tuple[int, ...]]:
    """Return the shares of clock output that were published for 2012H1 as a table, and the rows they came from."""
    registry = registry_of(supplied("figures.tsv"))
    rows = [one for one in registry.observations if one.name == SHARES and one.period.text == "2012H1"]
    text = "\n".join(["region,share", *(f"{one.area},{one.value.text}" for one in rows)])
    return Source(text.encode(), "clock-output-2012H1.csv"), tuple(one.row for one in rows)


def chain_of(source: Source) -> Chain:
    """Read a supply chain."""
    return read_chain(source.table.renamed(FLOW_NAMES))


def chain_files(chain: Chain) -> dict[Language, str]:
    """Return the chain as an SVG file in each language."""
    return {language: chain_svg(chain, language, alone=True) for language in LANGUAGES}


def transfer_of(source: Source, *, first: int | None = None, last: int | None = None) -> Transfer:
    """Split the change of output between two years into whole, mix and region."""
    return read_transfer(source.table.renamed(TRANSFER_NAMES), first=first, last=last)


def bodies_of(source: Source) -> tuple[tuple[bodies.Body, ...], tuple[Refusal, ...]]:
    """Read training bases, studios, test bodies, museums, fairs and platforms."""
    return bodies.read_bodies(source.table.renamed(bodies.ALIASES))


def people_of(source: Source) -> tuple[tuple[people.Person, ...], tuple[Refusal, ...]]:
    """Read people with skill, certificate, validity and consent."""
    return people.read_people(source.table.renamed(people.ALIASES))
