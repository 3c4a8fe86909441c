# SPDX-License-Identifier: Apache-2.0
"""The report as files: static pages in both languages, tables as CSV, and Word."""

import csv
import io
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

from sichen.adapters.industry_desk import Source, registry_of
from sichen.adapters.word import word_document
from sichen.core import LANGUAGES
from sichen.industry import Registry, Structures, answer_structures, empty_structures, evidence, lint, structures_of
from sichen.industry.flows import ALIASES as FLOW_NAMES
from sichen.industry.flows import read_chain
from sichen.industry.matrices import read_matrix
from sichen.industry.registers.measures import Measure, policy_measures
from sichen.industry.registry import Observation
from sichen.industry.report import Contents, report_html, sections, title
from sichen.industry.tables import Row, Table
from sichen.industry.tile_map import TileMap, tile_map

SHARES = "share of national clock output"
# A cell that begins so is a formula to a spreadsheet: it gets an apostrophe.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@cache
def supplied(name: str) -> Source:
    """Return a table that comes with Sichen: ``figures.tsv``, ``brand-figures.tsv`` or ``brands.csv``; SOURCES.tsv beside."""
    content = resources.files("sichen.adapters").joinpath(f"data/industry/{name}").read_bytes()
    return Source(content, name)


def contents_of(
    *,
    figures: Source | None = None,
    brands: Source | None = None,
    area: str = "",
    measures: Sequence[Measure] | None = None,
    chain: Source | None = None,
) -> Contents:
    """Gather what a report tells.

    Parameters
    ----------
    figures, brands : Source, optional
        Tables of figures; those that come with Sichen by default.
    area : str
        Only figures of this area and its parts; the whole country when empty.
    measures : sequence of Measure, optional
        As they stand in a data folder; without them every one is unknown.
    chain : Source, optional
        Flows of a supply chain; there is none that comes with Sichen and is true.
    """
    registry, sold = registry_of(figures or supplied("figures.tsv")), registry_of(brands or supplied("brand-figures.tsv"))
    shown = tuple(one for one in registry.observations if not area or one.area == area or one.area.startswith(f"{area}-"))
    return Contents(
        area=area,
        target=answer_structures(_seen(registry)),
        rungs=evidence(registry, sold),
        findings=lint(Registry(shown, registry.refusals if not area else ())),
        figures=shown,
        brands=() if area else sold.observations,
        measures=policy_measures() if measures is None else tuple(measures),
        regions=_regions(shown),
        chain=None if chain is None else read_chain(chain.table.renamed(FLOW_NAMES)),
    )


def report_files(
    *,
    figures: Source | None = None,
    brands: Source | None = None,
    area: str = "",
    measures: Sequence[Measure] | None = None,
    chain: Source | None = None,
) -> dict[str, bytes]:
    """Return the files of a report by name: pages, tables and Word documents; the parameters are those of `contents_of`."""
    contents = contents_of(figures=figures, brands=brands, area=area, measures=measures, chain=chain)
    files: dict[str, bytes] = {}
    for language in LANGUAGES:
        other = next(f"index.{one}.html" for one in LANGUAGES if one != language)
        files[f"index.{language}.html"] = report_html(contents, language=language, other=other).encode()
        files[f"report.{language}.docx"] = word_document(title(contents, language), sections(contents, language), language)
    files["figures.csv"] = figures_csv(contents.figures)
    files["findings.csv"] = rows_csv(
        ["rows", "rule", "arithmetic_en", "arithmetic_zh"],
        ([" ".join(map(str, one.rows)), one.rule, one.arithmetic("en"), one.arithmetic("zh")] for one in contents.findings),
    )
    files["measures.csv"] = rows_csv(
        ["clause", "measure_en", "measure_zh", "owner_zh", "due", "status", "evidence", "note"],
        ([one.clause, one.en, one.zh, one.owner_zh, one.due, one.status, one.evidence, one.note] for one in contents.measures),
    )
    return files


def figures_csv(figures: Iterable[Observation]) -> bytes:
    """Return figures as CSV with their rows, so that a number of the report is found in it."""
    head = ["row", "year", "area", "indicator", "basis", "value", "unit", "note", "source", "grade"]
    rows = (
        [
            str(one.row),
            one.period.text,
            one.area,
            one.name,
            one.indicator.basis,
            one.value.text,
            one.unit.text,
            one.note,
            one.source,
            one.grade,
        ]
        for one in figures
    )
    return rows_csv(head, rows)


def rows_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write CSV that a spreadsheet opens as text and numbers, never as formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    if not cell.startswith(FORMULAS) or cell.lstrip("+-").replace(".", "", 1).rstrip("%").isdigit():
        return cell
    return f"'{cell}"


def _regions(figures: Sequence[Observation]) -> TileMap | None:
    """Put the newest shares of a national output that were published by region on the map; None where there are none."""
    shares = [one for one in figures if one.name == SHARES and one.amount is not None]
    if not shares:
        return None
    newest = max(shares, key=lambda one: one.period.end).period
    rows = [one for one in shares if one.period.same_time(newest)]
    column = f"{SHARES} {newest.text} %".casefold()
    table = Table(("region", column), tuple(Row(one.row, {"region": one.area, column: one.value.text}) for one in rows))
    return tile_map(read_matrix(table), column=column, measure="share")


def _seen(registry: Registry) -> Structures:
    return structures_of(registry, basis="sales_own_brand") if registry.observations else empty_structures()
