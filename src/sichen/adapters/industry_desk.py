# SPDX-License-Identifier: Apache-2.0
"""The desk of the industry: files are read, questions answered, answers kept with the rows that they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.sheets import read_sheet
from sichen.core import JSON, Artifact, DataError, Input, Instant, Message, Record
from sichen.industry import (
    Advantage,
    Classified,
    Concentration,
    Finding,
    Matrix,
    Refusal,
    Registry,
    Rung,
    Table,
    TargetAnswer,
    Trade,
    advantages,
    answer_structures,
    classify_table,
    concentration,
    empty_structures,
    evidence,
    lint,
    location_quotients,
    read_brand_sales,
    read_matrix,
    read_registry,
    read_structures,
    read_trade,
    structures_of,
)
from sichen.industry import registry as figures
from sichen.industry.brands import ALIASES as BRAND_NAMES
from sichen.industry.matrices import is_many
from sichen.industry.registers.standards_age import ALIASES as STANDARD_NAMES
from sichen.industry.registers.standards_age import StandardsAge, read_editions, register_editions, standards_age
from sichen.industry.structures import ALIASES as STRUCTURE_NAMES
from sichen.industry.tables import bare_heading
from sichen.industry.trade import ALIASES as TRADE_NAMES

FIGURE = "industry.figure"
VERSION = "1"
PRODUCT = "91"
SOLE = 1
WATCHES = ("watch", "clock", "钟表", "手表")
AMOUNTS = ("value", "share", "amount", "数值", "份额", "占比", "金额", "产值", "销售额", "产量")
"""Columns that are meant where nobody names one, the first that a table has."""


@dataclass(frozen=True)
class Source:
    """A file as it came."""

    content: bytes
    name: str

    @cached_property
    def table(self) -> Table:
        """Its table, with the columns as the file calls them."""
        return read_sheet(self.content, self.name)


@dataclass(frozen=True)
class Quotients:
    """Location quotients with the table they came from."""

    matrix: Matrix
    quotients: tuple[tuple[str, str, float, int], ...]

    def to_json(self) -> list[JSON]:
        """Return the quotients as plain JSON."""
        return [{"region": name, "industry": column, "lq": value, "row": row} for name, column, value, row in self.quotients]


def registry_of(source: Source) -> Registry:
    """Read a table of figures."""
    return read_registry(source.table.renamed(figures.ALIASES))


def target_of(
    source: Source,
    *,
    basis: str | None = None,
    year: int | None = None,
    total_growth: float = 0.0,
    brands: Source | None = None,
    seed: int = 0,
) -> TargetAnswer:
    """Answer whether the product structure meets its target, from structures by year, sales of brands, or figures.

    Raises
    ------
    DataError
        If the table is none of these, or mixes bases.
    """
    sold = None if brands is None or is_figures(brands) else read_brand_sales(brands.table.renamed(STRUCTURE_NAMES))
    named = source.table.renamed(STRUCTURE_NAMES)
    columns = set(named.columns)
    if {"high", "mid", "low"} <= columns or "ratio" in columns:
        seen = read_structures(named, basis=basis)
    elif {"brand", "revenue"} <= columns:
        sold = read_brand_sales(named)
        seen = empty_structures()
    else:
        seen = structures_of(registry_of(source), basis=basis)
    return answer_structures(seen, basis=basis, year=year, total_growth=total_growth, brands=sold, seed=seed)


def is_figures(source: Source) -> bool:
    """Tell whether a table holds published figures, one a row."""
    return {"indicator", "value"} <= set(source.table.renamed(figures.ALIASES).columns)


def evidence_of(source: Source, brands: Source | None) -> tuple[Rung, ...]:
    """Return the bounds that figures of an industry and of brands allow; none where one of them is missing."""
    if brands is None or not (is_figures(source) and is_figures(brands)):
        return ()
    return evidence(registry_of(source), registry_of(brands))


def cited_rows(source: Source, rungs: Sequence[Rung]) -> tuple[int, ...]:
    """Return the rows of a table that bounds rest on."""
    own = set(registry_of(source).observations) if rungs else set()
    return tuple(dict.fromkeys(one.row for rung in rungs for one in rung.rests_on if one in own))


def lint_of(source: Source) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """Find contradictions in a table of figures; refusals that a finding does not tell stand beside."""
    registry = registry_of(source)
    found = lint(registry)
    told = {row for one in found for row in one.rows}
    return found, tuple(one for one in registry.refusals if one.row not in told)


def matrix_of(source: Source) -> Matrix:
    """Read a table of names and amounts."""
    return read_matrix(source.table)


def advantages_of(source: Source, product: str | None = None) -> tuple[tuple[Advantage, ...], Matrix]:
    """Return revealed comparative advantages; of chapter 91 unless another product is named."""
    matrix = matrix_of(source)
    return advantages(matrix, product or usual_column(matrix)), matrix


def concentration_of(source: Source, column: str | None = None) -> tuple[Concentration, Matrix]:
    """Return the concentration of one column: the only one, chapter 91, or the one named; a row of others is no firm."""
    matrix = matrix_of(source)
    chosen = (column or usual_column(matrix)) if matrix.columns else None
    amounts = matrix.sums if chosen is None else matrix.column(chosen)
    whole = matrix.whole_total if chosen is None else matrix.whole(chosen)
    listed = [place for place, name in enumerate(matrix.names) if not is_many(name)]
    if len(listed) < len(matrix.names):
        whole = max(whole or 0.0, float(amounts.sum()))
    names, rows = [matrix.names[place] for place in listed], [matrix.rows[place] for place in listed]
    return concentration(amounts[listed], names=names, rows=rows, whole=whole), matrix


def quotients_of(source: Source, industry: str | None = None) -> Quotients:
    """Return the location quotients of every region, the highest first within an industry."""
    matrix = matrix_of(source)
    values = location_quotients(matrix)
    rows = [
        (matrix.names[k], matrix.columns[j], float(values[k, j]), matrix.rows[k])
        for j in range(len(matrix.columns))
        for k in range(len(matrix.names))
        if industry in {None, matrix.columns[j]} and values[k, j] == values[k, j]
    ]
    order = {name: place for place, name in enumerate(matrix.columns)}
    return Quotients(matrix, tuple(sorted(rows, key=lambda one: (order[one[1]], -one[2], one[0]))))


def classified_of(source: Source) -> tuple[tuple[Classified, ...], tuple[Refusal, ...]]:
    """Judge the brands of a table by both sets of criteria."""
    return classify_table(source.table.renamed(BRAND_NAMES))


def standards_of(source: Source | None, *, year: int) -> StandardsAge:
    """Return the ages of the standards of a table, or of the register that comes with Sichen."""
    if source is None:
        editions, unknown = register_editions()
        return standards_age(editions, year=year, unknown=unknown)
    editions, unknown, refusals = read_editions(source.table.renamed(STANDARD_NAMES))
    return standards_age(editions, year=year, unknown=unknown, refusals=refusals)


def trade_of(source: Source, *, reporter: str = "China", flow: str = "import") -> Trade:
    """Read a file of trade."""
    return read_trade(source.table.renamed(TRADE_NAMES), reporter=reporter, flow=flow)


def keep_answer(
    folder: DataFolder,
    kind: str,
    *,
    subject: str,
    body: Mapping[str, JSON],
    source: Source,
    rows: Sequence[int] = (),
    behind: Sequence[Input] = (),
    at: Instant,
) -> Record:
    """Keep an answer as a record that rests on its source rows, and these on the file.

    Parameters
    ----------
    folder : DataFolder
    kind : str
        Such as ``industry.target``.
    subject : str
        Such as ``target:product_structure``.
    body : mapping of str to JSON
    source : Source
    rows : sequence of int
        Rows that the answer cites; each becomes a record of its own.
    behind : sequence of Input
        Records that it rests on besides.
    at : Instant

    Returns
    -------
    Record
    """
    kept = folder.keep(source.content, media_type=_media_type(source), name=source.name)
    inputs = [Input(f"row {row}", keep_row(folder, source, row, kept=kept, at=at).digest) for row in dict.fromkeys(rows)]
    record = Record(kind, subject, body, kind, VERSION, at, inputs=(*behind, *inputs, Input("table", kept.digest)))
    folder.records.append(record)
    return record


def keep_row(folder: DataFolder, source: Source, row: int, *, kept: Artifact, at: Instant) -> Record:
    """Keep one source row as a record that rests on its file."""
    cells = next((one.cells for one in source.table.rows if one.number == row), None)
    if cells is None:
        raise DataError(Message("adapters.industry.no_row", row=row, name=source.name))
    named: dict[str, JSON] = {name or f"column {place}": cell for place, (name, cell) in enumerate(cells.items(), 1) if cell}
    body: dict[str, JSON] = {"file": source.name, "row": row, "cells": named}
    about = f"figure:{source.name}#{row}"
    record = Record(FIGURE, about, body, FIGURE, VERSION, at, inputs=(Input("table", kept.digest),))
    folder.records.append(record)
    return record


def usual_column(matrix: Matrix) -> str:
    """Return the column that is meant where nobody names one.

    Raises
    ------
    DataError
        If the table has several that may be meant.
    """
    if len(matrix.columns) == SOLE:
        return matrix.columns[0]
    bare = {bare_heading(name): name for name in reversed(matrix.columns)}
    for name in (PRODUCT, *AMOUNTS):
        if name in bare:
            return bare[name]
    numbered = [name for name in matrix.columns if PRODUCT in name.replace("_", " ").split()]
    meant = numbered or [name for name in matrix.columns if name.startswith(WATCHES)]
    if not meant and matrix.totals is None:
        raise DataError(Message("industry.structure.which", known=", ".join(matrix.columns[:12])))
    return meant[0] if meant else matrix.columns[0]


def _media_type(source: Source) -> str:
    if source.content.startswith(b"PK"):
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return "text/tab-separated-values" if source.name.endswith(".tsv") else "text/csv"
