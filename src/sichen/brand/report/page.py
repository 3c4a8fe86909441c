# SPDX-License-Identifier: Apache-2.0
"""The report as one file of HTML that prints on A4 and needs nothing from outside."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from sichen.brand.plots import Row, rows_svg, tornado_svg
from sichen.brand.report.sections import Section, Table, best_of, report_sections
from sichen.brand.strength.score import Strength
from sichen.brand.valuation import Valuations
from sichen.brand.valuation.written import rounded, unit_of
from sichen.core import Language, Message

STYLE = """
@page { size: A4; margin: 18mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); } }
body { font: 10.5pt/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #000; background: #fff;
  max-width: 178mm; margin: 10mm auto; font-variant-numeric: tabular-nums; }
h1 { font-size: 17pt; font-weight: 600; margin: 0 0 2mm; } h2 { font-size: 11.5pt; font-weight: 600; margin: 6mm 0 1.5mm; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; } th, td { text-align: left; vertical-align: top; padding: 1mm 2mm 1mm 0;
  border-bottom: 0.2mm solid #bbb; } p { margin: 0 0 1.5mm; } svg { max-width: 120mm; height: auto; display: block; margin: 2mm 0; break-inside: avoid; }
td:first-child { white-space: pre-wrap; } .foot { margin-top: 8mm; font-size: 8.5pt; color: #444; }
"""


def report_html(
    found: Valuations,
    *,
    languages: Sequence[Language] = ("zh", "en"),
    strength: Strength | None = None,
    chosen: str | None = None,
) -> str:
    r"""Write the report as HTML, one part a language.

    Parameters
    ----------
    found : Valuations
    languages : sequence of {"en", "zh"}
    strength : Strength, optional
    chosen : str, optional
        The method to report first.

    Examples
    --------
    >>> from sichen.brand import read_case, value
    >>> case = read_case('[brand]\nname = "X"\ncurrency = "CNY"\nyear = 2024\n[inputs]')
    >>> "No method applies" in report_html(value(case), languages=["en"])
    True
    """
    parts = "".join(_part(found, language, strength, chosen) for language in languages)
    first = "zh-Hans" if languages[0] == "zh" else "en"
    head = f'<meta charset="utf-8"><title>{escape(found.case.name)} {found.case.year}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="{first}"><head>{head}</head><body>{parts}</body></html>\n'


def report_pictures(
    found: Valuations, *, language: Language, strength: Strength | None = None, chosen: str | None = None
) -> dict[str, str]:
    """Return the pictures of a report as SVG, by the names that its sections use."""
    best = best_of(found, chosen)
    pictures = {"methods": methods_svg(found, language=language)}
    if best is not None and best.swings:
        pictures["tornado"] = tornado_svg(best, language=language)
    if strength is not None:
        pictures["strength"] = strength_svg(strength, language=language)
    return pictures


def methods_svg(found: Valuations, *, language: Language) -> str:
    """Draw the methods that apply side by side; empty when there is none."""
    rows = []
    for one in found.all:
        if one.value is None or one.interval is None:
            continue
        rows.append(
            Row(
                one.method.title(language),
                rounded(one.value, one.interval.low, one.interval.high),
                one.value,
                one.interval.low,
                one.interval.high,
            )
        )
    title = Message("brand.report.heading.methods").text(language)
    return rows_svg(rows, title=title, unit=unit_of(found.case, language)) if rows else ""


def strength_svg(strength: Strength, *, language: Language) -> str:
    """Draw the elements of strength: the full bar is what is known, the line what unknown indicators leave open."""
    rows = []
    for one in strength.elements:
        says = "—" if one.value is None else f"{one.value:.0f}"
        percent = f"{100 * one.element.weight:.0f} %"
        rows.append(Row(f"{one.element.title(language)} · {percent}", says, one.value, one.low, one.high, (0.0, one.low)))
    return rows_svg(rows, title=Message("brand.report.strength_title").text(language), ends=(0.0, 100.0))


def _part(found: Valuations, language: Language, strength: Strength | None, chosen: str | None) -> str:
    pictures = report_pictures(found, language=language, strength=strength, chosen=chosen)
    title = Message("brand.report.title", brand=found.case.name).text(language)
    sections = report_sections(found, language=language, strength=strength, chosen=chosen)
    body = "".join(_section(number, one, pictures) for number, one in enumerate(sections, 1))
    foot = Message("brand.report.foot", digest=found.case.digest).text(language)
    code = "zh-Hans" if language == "zh" else "en"
    return f'<section lang="{code}"><h1>{escape(title)}</h1>{body}<p class="foot">{escape(foot)}</p></section>'


def _section(number: int, one: Section, pictures: dict[str, str]) -> str:
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in one.paragraphs)
    table = "" if one.table is None else _table(one.table)
    return f"<h2>{number} {escape(one.heading)}</h2>{paragraphs}{pictures.get(one.plot, '')}{table}"


def _table(one: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in one.head)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in one.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
