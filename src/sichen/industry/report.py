# SPDX-License-Identifier: Apache-2.0
"""The report as static pages in both languages: every number leads to the row that it came from."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from sichen.core import Language, Message
from sichen.industry.evidence import Rung
from sichen.industry.flow_picture import chain_svg
from sichen.industry.flows import Chain, dependences
from sichen.industry.grades import GRADES, Grade
from sichen.industry.lint import Finding
from sichen.industry.registers.measures import Measure
from sichen.industry.registry import Observation
from sichen.industry.targets import TargetAnswer
from sichen.industry.tile_map import TileMap, map_svg

_PAGE = re.compile(r"https?://([\w.:\-]+)")
_STYLE = """
:root{color-scheme:light dark;--paper:#faf8f3;--ink:#1c1c1a;--soft:#5c5a54;--line:#d8d3c6;--link:#1f4e79}
@media(prefers-color-scheme:dark){:root{--paper:#171715;--ink:#ece8dd;--soft:#a9a598;--line:#3b3934;--link:#8db8de}}
body{margin:0 auto;max-width:64rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}a{color:var(--link)}
.wide{overflow-x:auto}.drawn{background:#faf8f3}.drawn svg{max-width:44rem}table{border-collapse:collapse;min-width:min(100%,34rem);font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem .35rem 0;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}.soft{color:var(--soft)}tr:target{outline:2px solid var(--link)}
td,th,p,li{overflow-wrap:break-word}td:not(.n):first-child{min-width:9rem}td:not(.n){min-width:4rem}
@media print{body{background:#fff;color:#000}}
"""


@dataclass(frozen=True)
class Contents:
    """What a report tells.

    Parameters
    ----------
    area : str
        The region, or an empty text for the whole country.
    target : TargetAnswer
    rungs : tuple of Rung
    findings : tuple of Finding
    figures, brands : tuple of Observation
        The source rows; each is an anchor of the page.
    measures : tuple of Measure
        As they stand, with what is kept of them.
    regions : TileMap or None
        On the map; the row of each is one of `figures`.
    chain : Chain or None
        A supply chain, where somebody gave one.
    """

    area: str
    target: TargetAnswer
    rungs: tuple[Rung, ...]
    findings: tuple[Finding, ...]
    figures: tuple[Observation, ...]
    brands: tuple[Observation, ...]
    measures: tuple[Measure, ...]
    regions: TileMap | None = None
    chain: Chain | None = None


@dataclass(frozen=True)
class Section:
    """A part of a report: a heading, sentences and a table, which both HTML and Word show, and a drawing for the page."""

    title: str
    says: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple["Cell", ...], ...]
    drawing: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell: text, perhaps with links to source rows or a page, perhaps an anchor."""

    text: str
    links: tuple[tuple[str, str], ...] = ()
    anchor: str = ""
    numeric: bool = False


def title(contents: Contents, language: Language) -> str:
    """Return the title of a report."""
    return Message("industry.report.area_title", area=contents.area).text(language) if contents.area else _t("title", language)


def sections(contents: Contents, language: Language) -> tuple[Section, ...]:
    """Return the parts of a report in one language."""
    return (
        _answer(contents, language),
        _path(contents.target, language),
        _findings(contents.findings, language),
        _figures(contents.figures, "figures", language),
        _figures(contents.brands, "brands", language),
        _measures(contents.measures, language),
        *_regions(contents, language),
        *_chain(contents.chain, language),
    )


def report_html(contents: Contents, *, language: Language, other: str) -> str:
    """Return a report as one page without scripts.

    Parameters
    ----------
    contents : Contents
    language : {"en", "zh"}
    other : str
        File name of the page in the other language.
    """
    parts = "".join(_section(one) for one in sections(contents, language))
    tongue = "zh-Hans" if language == "zh" else "en"
    switch = f'<p><a href="{escape(other)}">{"English" if language == "zh" else "中文"}</a> · <a href="figures.csv">figures.csv</a> · <a href="findings.csv">findings.csv</a></p>'
    heading = escape(title(contents, language))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{tongue}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{heading}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{heading}</h1>{switch}{parts}</main></body></html>\n"
    )


def _section(section: Section) -> str:
    says = "".join(f"<p>{escape(sentence)}</p>" for sentence in section.says)
    if not section.rows:
        return f"<section><h2>{escape(section.title)}</h2>{says}</section>\n"
    head = "".join(_head(name, cell) for name, cell in zip(section.head, section.rows[0], strict=True))
    body = "".join(_row(row) for row in section.rows)
    label = escape(section.title)
    table = f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    drawing = f'<div class="wide drawn">{section.drawing}</div>' if section.drawing else ""
    return f"<section><h2>{label}</h2>{says}{drawing}{table}</section>\n"


def _head(name: str, cell: Cell) -> str:
    kind = ' class="n"' if cell.numeric else ""
    return f'<th scope="col"{kind}>{escape(name)}</th>'


def _row(row: Sequence[Cell]) -> str:
    anchor = next((f' id="{escape(cell.anchor)}"' for cell in row if cell.anchor), "")
    return f"<tr{anchor}>{''.join(_cell(cell) for cell in row)}</tr>"


def _cell(cell: Cell) -> str:
    links = " ".join(f'<a href="{escape(to, quote=True)}">{escape(name)}</a>' for name, to in cell.links)
    inner = " ".join(part for part in (escape(cell.text), links) if part)
    return f'<td class="n">{inner}</td>' if cell.numeric else f"<td>{inner}</td>"


def _answer(contents: Contents, language: Language) -> Section:
    rows = []
    for rung in contents.rungs:
        links = _rows_of(rung.rests_on, contents)
        shares = [_bound(rung, grade, links) for grade in GRADES]
        state = rung.bounds.holds(contents.target.target.target) if rung.bounds else "unknown"
        rows.append((Cell(rung.assumes.text(language), links), *shares, Cell(_t(state, language))))
    names = tuple(_t(name, language) for name in ("assumes", "high", "mid", "low", "state"))
    return Section(
        _t("answer", language), (_t("answer_says", language), contents.target.said.text(language)), names, tuple(rows)
    )


def _bound(rung: Rung, grade: Grade, links: tuple[tuple[str, str], ...]) -> Cell:
    """Return the bounds of one share; the numbers themselves lead to the row that limits them first."""
    ends = rung.bounds.shares[grade] if rung.bounds else (0.0, 1.0)
    said = " – ".join(f"{100 * end:.2f}" for end in ends)
    return Cell("", ((said, links[0][1]),), numeric=True) if links else Cell(said, numeric=True)


def _path(target: TargetAnswer, language: Language) -> Section:
    years = range(target.target.base_year, target.target.year + 1)
    rests_on = tuple((f"[{row}]", f"#figures-{row}") for row in target.structures.rows[:1])
    rows = tuple(
        (
            Cell(str(year), rests_on if year == target.target.base_year else ()),
            *(Cell(f"{100 * part:.2f}", numeric=True) for part in row),
        )
        for year, row in zip(years, target.path, strict=True)
    )
    growth = ", ".join(f"{100 * part:+.1f} %".replace("-", "−") for part in target.growth)
    says = Message("industry.report.path_says", growth=growth, source=target.target.source).text(language)
    return Section(_t("path", language), (says,), tuple(_t(name, language) for name in ("year", "high", "mid", "low")), rows)


def _findings(findings: Sequence[Finding], language: Language) -> Section:
    rows = tuple(
        (
            Cell("", tuple((str(row), f"#figures-{row}") for row in one.rows)),
            Cell(_t(f"rule.{one.rule.replace(' ', '_').replace('-', '_')}", language)),
            Cell(one.arithmetic(language)),
        )
        for one in findings
    )
    says = Message("industry.report.findings_says", count=len(findings)).text(language)
    return Section(
        _t("findings", language), (says,), tuple(_t(name, language) for name in ("rows", "rule_name", "arithmetic")), rows
    )


def _figures(figures: Sequence[Observation], place: str, language: Language) -> Section:
    rows = tuple(
        (
            Cell(str(one.row), anchor=f"{place}-{one.row}", numeric=True),
            Cell(one.period.text),
            Cell(one.area),
            Cell(one.name),
            Cell(one.value.text, numeric=True),
            Cell(one.unit.text),
            Cell(one.grade),
            Cell("", _page(one.source)) if _page(one.source) else Cell(one.source),
        )
        for one in figures
    )
    head = ("row", "year", "area", "indicator", "value", "unit", "grade", "source")
    return Section(_t(place, language), (), tuple(_t(name, language) for name in head), rows)


def _measures(measures: Sequence[Measure], language: Language) -> Section:
    rows = tuple(
        (
            Cell(one.clause),
            Cell(one.name(language)),
            Cell(one.owner(language)),
            Cell(one.due),
            Cell(_t(one.status, language)),
            Cell(one.evidence),
        )
        for one in measures
    )
    head = ("clause", "measure", "owner", "due", "state", "evidence")
    return Section(_t("measures", language), (), tuple(_t(name, language) for name in head), rows)


def _regions(contents: Contents, language: Language) -> Iterator[Section]:
    tiles = contents.regions
    if tiles is None or not tiles.values:
        return
    shown = {one.row for one in contents.figures}
    rows = tuple(
        (
            Cell(one.name(language), ((f"[{row}]", f"#figures-{row}"),) if row in shown else ()),
            Cell(tiles.written(value), numeric=True),
        )
        for one, value, row in tiles.values
    )
    head = (_t("area", language), tiles.column)
    yield Section(_t("regions", language), (_t("regions_says", language),), head, rows, map_svg(tiles, language, alone=True))


def _chain(chain: Chain | None, language: Language) -> Iterator[Section]:
    if chain is None:
        return
    first = tuple(
        (
            Cell(one.name),
            Cell(str(one.suppliers), numeric=True),
            Cell(f"{one.largest} {one.largest_percent:.1f} %"),
            Cell(f"{one.hhi:.0f}", numeric=True),
            Cell(f"{one.import_percent:.1f} %", tuple((f"[{row}]", f"#chain-{row}") for row in one.rows), numeric=True),
        )
        for one in dependences(chain)
    )
    names = ("taker", "suppliers", "largest", "hhi", "imported")
    says = Message("industry.report.chain_says", year=chain.year, unit=chain.unit).text(language)
    head = tuple(_t(name, language) for name in names)
    yield Section(_t("chain", language), (says,), head, first, chain_svg(chain, language, alone=True))
    flows = tuple(
        (
            Cell(str(one.row), anchor=f"chain-{one.row}", numeric=True),
            Cell(one.giver),
            Cell(one.taker),
            Cell(f"{one.amount:g}", numeric=True),
            Cell(one.origin),
            Cell("", _page(one.source)) if _page(one.source) else Cell(one.source),
        )
        for one in chain.deliveries
    )
    flow = ("row", "giver", "taker", "value", "origin", "source")
    yield Section(_t("flows", language), (), tuple(_t(name, language) for name in flow), flows)


def _rows_of(rests_on: Iterable[Observation], contents: Contents) -> tuple[tuple[str, str], ...]:
    brands = {id(one) for one in contents.brands}
    places = (("brands" if id(one) in brands else "figures", one.row) for one in rests_on)
    return tuple((f"[{row}]", f"#{place}-{row}") for place, row in places)


def _page(source: str) -> tuple[tuple[str, str], ...]:
    match = _PAGE.match(source)
    return ((match.group(1), source),) if match else ()


def _t(key: str, language: Language) -> str:
    return Message(f"industry.report.{key}").text(language)
