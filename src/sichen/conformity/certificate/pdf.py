# SPDX-License-Identifier: Apache-2.0
"""A certificate on A4 paper: PDF in both languages, with QR code, page numbers and nothing that differs from run to run.

Chinese is set in STSong-Light, one of the character collections that every reader of PDF knows by name: no font file
travels with us, and the text can be searched and copied.
"""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, cast

from sichen.conformity.certificate.content import COVERAGE_FACTOR, Certificate, Line
from sichen.conformity.certificate.html import limits_text, percent, result_text
from sichen.conformity.certificate.paper import (
    INK,
    INNER,
    MARGIN,
    SOFT,
    WIDTH,
    Numbered,
    QrCode,
    both,
    lines_of,
    note,
    styles,
    tell,
)
from sichen.core import JSON, LANGUAGES, Figure, Language, units

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

GAP = 10.0
SIDE = 92.0
"""Width and height of the QR code in points: 32 mm, read by a telephone at arm's length."""


def build(certificate: Certificate, *, scan: str, draft: bool) -> bytes:
    """Write a certificate as PDF; `to_pdf` says how."""
    from reportlab.platypus import SimpleDocTemplate

    out = io.BytesIO()
    title = f"{tell('page.title', 'zh')} {certificate.number}"
    document = SimpleDocTemplate(
        out,
        pagesize=(WIDTH, 841.89),
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author=certificate.laboratory.name("en"),
        subject=certificate.digest,
        creator="Sichen",
        lang="zh-Hans",
        invariant=1,
    )
    canvas = Numbered.of(certificate.number, tell("page.draft", "zh") + " " + tell("page.draft", "en") if draft else "")
    document.build(_story(certificate, scan or certificate.digest), canvasmaker=canvas)  # type: ignore[arg-type] # it passes on whatever it is given
    return out.getvalue()


def _story(own: Certificate, scan: str) -> "list[Flowable]":
    from reportlab.platypus import KeepTogether, Spacer

    space = Spacer(1, GAP)
    story: list[Flowable] = [*_head(own), space, _facts(own), space, _verdict(own), space, _results(own)]
    for one in own.budgets:
        story += [space, KeepTogether(_budget(one))]
    story += [space, *_surroundings(own), *_remarks(own), KeepTogether(_foot(own, scan))]
    return story


def _head(own: Certificate) -> "list[Flowable]":
    from reportlab.platypus import HRFlowable, Paragraph

    names = {one: own.laboratory.name(one) for one in LANGUAGES}
    rows: list[Flowable] = [Paragraph(both(names, joined="　"), styles()["laboratory"])]
    if own.laboratory.accreditation:
        rows.append(Paragraph(note(own.laboratory.accreditation), styles()["small"]))
    rows.append(Paragraph(both({one: tell("page.title", one) for one in LANGUAGES}, joined="　"), styles()["title"]))
    numbered = {one: f"{tell('page.number', one)} {own.number}" for one in LANGUAGES}
    rows.append(Paragraph(note(numbered["zh"]), styles()["text"]))
    if own.replaces:
        rows.append(
            Paragraph(both({one: tell("page.replaces", one, number=own.replaces) for one in LANGUAGES}), styles()["small"])
        )
    rows.append(HRFlowable(width="100%", thickness=0.8, color=INK, spaceBefore=6))
    return rows


def _facts(own: Certificate) -> "Flowable":
    watch = own.item
    rows = [
        ("page.customer", own.customer.name("zh"), own.customer.name("en")),
        ("page.brand", watch.brand, ""),
        ("page.model", watch.model, ""),
        ("page.calibre", watch.calibre, ""),
        ("page.serial", watch.serial, ""),
        ("page.state", watch.state, ""),
        ("page.plan", own.plan_title("zh"), own.plan_title("en")),
        ("page.category", str(own.protocol["category"]), ""),
        ("page.period", f"{own.begun} – {own.ended}", ""),
        ("page.issued", own.issued[:10], ""),
    ]
    pairs = [(key, {"zh": zh, "en": en or zh}) for key, zh, en in rows if zh and zh != "*"]
    cells: list[list[object]] = [[_label(key), _cell(cast("dict[Language, str]", texts))] for key, texts in pairs]
    half = (len(cells) + 1) // 2
    empty: list[list[object]] = [["", ""]] * (half - len(cells[half:]))
    body = [left + right for left, right in zip(cells[:half], [*cells[half:], *empty], strict=True)]
    return _table(body, [INNER * share for share in (0.15, 0.36, 0.15, 0.34)], ruled=False)


def _verdict(own: Certificate) -> "Flowable":
    from reportlab.platypus import Paragraph

    rejected = own.verdict == "reject"
    risk = percent(own.producer_risk if rejected else own.consumer_risk)
    key = "page.producer_risk" if rejected else "page.consumer_risk"
    word = both({one: tell(f"page.{own.verdict}", one) for one in LANGUAGES}, joined="　")
    rule = {one: tell(f"rule.{own.protocol['decision']}", one) for one in LANGUAGES}
    said = both({one: f"{rule[one]}{'；' if one == 'zh' else '; '}{tell(key, one, risk=risk)}" for one in LANGUAGES})
    cell = [Paragraph(word, styles()["verdict"]), Paragraph(said, styles()["small"])]
    return _table([[cell]], [INNER], boxed=True)


def _results(own: Certificate) -> "Flowable":
    heads = [_label(f"page.{key}") for key in ("criterion", "value", "limits", "judged")]
    rows = [
        [
            _title(line),
            _plain(_with_unit(result_text(line), line)),
            _plain(_bounds(line)),
            _label(f"page.{line.verdict}", strong=True),
        ]
        for line in own.lines
    ]
    said = {
        one: f"{tell('page.expanded', one, k=str(COVERAGE_FACTOR))} {tell('page.measurand.' + own.measurand, one)}"
        for one in LANGUAGES
    }
    table = _table([heads, *rows], [INNER * share for share in (0.34, 0.26, 0.24, 0.16)], header=True)
    return _stack([table, lines_of(said)])


def _budget(one: Mapping[str, JSON]) -> "list[Flowable]":
    from reportlab.platypus import Paragraph

    total = Figure(cast("float", one["value"]), cast("float", one["u"]), str(one["unit"])).text("en")
    title = both({tongue: str(one[f"title_{tongue}"]) for tongue in LANGUAGES}, joined=" ") + note(f": {total} (k = 1)")
    heads = [_label(f"page.{key}") for key in ("component", "u", "contribution", "share")]
    rows = [
        [
            _cell({"en": str(row["title_en"]), "zh": str(row["title_zh"])}),
            _plain(f"{cast('float', row['u']):.2g} {row['unit']}"),
            _plain(f"{cast('float', row['contribution']):.2g}"),
            _plain(f"{100 * cast('float', row['share']):.0f} %"),
        ]
        for row in cast("list[Mapping[str, JSON]]", one["components"])
    ]
    table = _table([heads, *rows], [INNER * share for share in (0.52, 0.18, 0.15, 0.15)], header=True)
    heading = both({tongue: tell("page.budgets", tongue) for tongue in LANGUAGES}, joined=" ")
    return [Paragraph(heading, styles()["heading"]), Paragraph(title, styles()["small"]), table]


def _surroundings(own: Certificate) -> "list[Flowable]":
    from reportlab.platypus import Paragraph

    found: list[Flowable] = []
    if own.conditions:
        found.append(Paragraph(_heading("page.conditions"), styles()["heading"]))
        for one in own.conditions:
            shown = f" {one.low:g} … {one.high:g} {one.unit}"
            found.append(Paragraph(_heading(f"page.{one.quantity}") + note(shown), styles()["small"]))
    if own.equipment:
        found.append(Paragraph(_heading("page.equipment"), styles()["heading"]))
        for tool in own.equipment:
            until = f" {tool.id} ({tell('name.valid_until', 'zh')} {tool.valid_until})"
            named = both({tongue: tool.name(tongue) for tongue in LANGUAGES}, joined=" ")
            found.append(Paragraph(named + note(until), styles()["small"]))
    return found


def _remarks(own: Certificate) -> "list[Flowable]":
    from reportlab.platypus import Paragraph

    if not own.remarks:
        return []
    rows: list[Flowable] = [Paragraph(_heading("page.remarks"), styles()["heading"])]
    rows += [lines_of({one: remark.text(one) for one in LANGUAGES}) for remark in own.remarks]
    return rows


def _foot(own: Certificate, scan: str) -> "list[Flowable]":
    people = [(key, getattr(own, key)) for key in ("tested_by", "reviewed_by", "released_by")]
    signed = _table([[_label(f"page.{key}"), _plain(name or "—")] for key, name in people], [110.0, 220.0], ruled=False)
    digests = [
        lines_of({one: f"{tell(f'name.{key}', one)} {digest}" for one in LANGUAGES}, only="zh", style="digest")
        for key, digest in (("content_digest", own.digest), ("plan_digest", own.plan_digest))
    ]
    code = _stack([QrCode(scan, SIDE), lines_of({one: tell("page.verify", one) for one in LANGUAGES}, style="caption")])
    return [_table([[[signed, *digests], code]], [INNER - SIDE - 12, SIDE + 12], ruled=False)]


def _heading(key: str) -> str:
    return both({one: tell(key, one) for one in LANGUAGES}, joined=" ")


def _title(line: Line) -> "Flowable":
    symbol = f" {line.symbol}" if line.symbol else ""
    return _cell({"zh": line.title("zh") + symbol, "en": line.title("en")})


def _bounds(line: Line) -> str:
    return _with_unit(limits_text(line), line) if line.low or line.high else "—"


def _with_unit(text: str, line: Line) -> str:
    return text if line.unit == "1" else f"{text} {units()[line.unit].symbol}"


def _label(key: str, *, strong: bool = False) -> "Flowable":
    return _cell({one: tell(key, one) for one in LANGUAGES}, colour=INK if strong else SOFT)


def _cell(texts: Mapping[Language, str], *, colour: str = INK) -> "Flowable":
    return lines_of(texts, style="cell", colour=colour)


def _plain(text: str) -> "Flowable":
    from reportlab.platypus import Paragraph

    return Paragraph(note(text), styles()["cell"])


@cache
def _plain_style() -> tuple[tuple[object, ...], ...]:
    return (
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    )


def _table(
    rows: Sequence[Sequence[object]], widths: Sequence[float], *, header: bool = False, ruled: bool = True, boxed: bool = False
) -> "Flowable":
    from reportlab.platypus import Table

    style: list[tuple[object, ...]] = list(_plain_style())
    if boxed:
        style += [("BOX", (0, 0), (-1, -1), 0.8, INK), ("LEFTPADDING", (0, 0), (-1, -1), 8)]
    elif ruled:
        style.append(("LINEBELOW", (0, 0), (-1, -1), 0.3, SOFT))
    if header:
        style.append(("LINEBELOW", (0, 0), (-1, 0), 0.8, INK))
    return Table(rows, colWidths=list(widths), style=style, repeatRows=1 if header else 0, hAlign="LEFT")  # type: ignore[arg-type]


def _stack(flowables: "Sequence[Flowable]") -> "Flowable":
    from reportlab.platypus import Table

    style = [*_plain_style(), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]
    return Table([[one] for one in flowables], style=style, hAlign="LEFT", splitByRow=1)  # type: ignore[arg-type]
