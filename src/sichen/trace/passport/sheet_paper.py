# SPDX-License-Identifier: Apache-2.0
"""A repair sheet on A4 paper, in both languages: received, measured, done, measured again, handed back, signed."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sichen.core import LANGUAGES, Figure, Language, Message, Record, is_figure
from sichen.trace.passport.life import Life, Service
from sichen.trace.passport.views import FIGURES

if TYPE_CHECKING:
    from reportlab.platypus import Flowable, Table, TableStyle

_HEIGHT = 841.89
_LABEL = 130.0
_CODE = 62.0


def sheet_pdf(life: Life, service: Service) -> bytes:
    """Write an entry of the service book as PDF.

    Parameters
    ----------
    life : Life
    service : Service
        One of its entries.

    Returns
    -------
    bytes
        The same for the same entry.
    """
    from reportlab.platypus import SimpleDocTemplate

    from sichen.conformity.certificate.paper import MARGIN, WIDTH, Numbered

    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=(WIDTH, _HEIGHT),
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"{_said('title')['zh']} {service.sheet.number}",
        creator="Sichen",
        lang="zh-Hans",
        invariant=1,
    )
    canvas = Numbered.of(service.sheet.number, "")
    document.build(_story(life, service), canvasmaker=canvas)  # type: ignore[arg-type] # it passes on whatever it is given
    return out.getvalue()


def _story(life: Life, service: Service) -> "list[Flowable]":
    from reportlab.platypus import HRFlowable, Paragraph, Spacer

    from sichen.conformity.certificate.paper import INK, QrCode, both, lines_of, note, styles

    sheet = service.sheet
    named = " ".join(filter(None, (life.product.get("brand"), life.product.get("name") or life.product.get("reference"))))
    story: list[Flowable] = [Paragraph(both(_said("title"), joined="　"), styles()["title"])]
    story += [Paragraph(note(f"{sheet.number} · {service.at.isoformat()[:10]}"), styles()["laboratory"])]
    story += [HRFlowable(width="100%", thickness=0.8, color=INK, spaceAfter=6)]
    story += [_facts({"watch": f"{named} {life.serial}", "by": service.by, "state": sheet.state, "fault": sheet.fault})]
    story += _readings("before", service.before)
    water = "" if sheet.water_test is None else f"{sheet.water_test:g} bar"
    story += [_heading("done"), _facts({"work": sheet.work, "water": water, "technician": sheet.technician})]
    if sheet.parts:
        rows = [(part.name, _short(part.old), _short(part.new)) for part in sheet.parts]
        story += [_heading("parts"), _grid(("what", "old", "new"), rows)]
    story += _readings("after", service.after)
    until = "" if service.warranty_until is None else service.warranty_until.isoformat()[:10]
    accepted = _said("was_signed" if sheet.accepted else "not_signed")
    story += [_heading("back"), _facts({"warranty": until, "accepted": " ".join(accepted[one] for one in ("zh", "en"))})]
    story += [Spacer(1, 12), _facts({"signature": "_" * 30, "day": "_" * 16}), Spacer(1, 4)]
    return [*story, QrCode(life.link, _CODE), Paragraph(note(life.link), styles()["digest"]), lines_of(_said("aligned"))]


def _readings(name: str, records: Iterable[Record]) -> "list[Flowable]":
    rows = [
        (
            str(record.body.get("position") or "—"),
            *(_figure(record.body.get(one)) for one in FIGURES),
            record.instant.isoformat()[:10],
        )
        for record in records
    ]
    if not rows:
        return [_heading(name), _text(" ".join(_said("unmeasured")[one] for one in ("zh", "en")))]
    return [_heading(name), _grid(("position", *FIGURES, "day"), rows)]


def _figure(value: object) -> str:
    return Figure.from_json(value).text() if isinstance(value, Mapping) and is_figure(value) else "—"


def _facts(facts: Mapping[str, str]) -> "Table":
    from reportlab.platypus import Table

    from sichen.conformity.certificate.paper import INNER, lines_of

    rows = [[lines_of(_said(name)), _text(value or "—")] for name, value in facts.items()]
    return Table(rows, colWidths=[_LABEL, INNER - _LABEL], style=_ruled(), hAlign="LEFT")


def _grid(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> "Table":
    from reportlab.platypus import Table

    from sichen.conformity.certificate.paper import INNER, lines_of

    cells: list[list[Flowable]] = [[lines_of(_said(name)) for name in head]]
    cells += [[_text(value) for value in row] for row in rows]
    return Table(cells, colWidths=[INNER / len(head)] * len(head), style=_ruled(), repeatRows=1, hAlign="LEFT")


def _heading(name: str) -> "Flowable":
    from reportlab.platypus import Paragraph

    from sichen.conformity.certificate.paper import both, styles

    return Paragraph(both(_said(name), joined="　"), styles()["heading"])


def _text(text: str) -> "Flowable":
    from reportlab.platypus import Paragraph

    from sichen.conformity.certificate.paper import note, styles

    return Paragraph(note(text), styles()["cell"])


def _ruled() -> "TableStyle":
    from reportlab.platypus import TableStyle

    return TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, "#999999"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ]
    )


def _short(link: str) -> str:
    return link.rsplit("/", 1)[-1] if "/21/" in link or "/10/" in link else link


def _said(name: str) -> dict[Language, str]:
    return {one: Message(f"trace.passport.sheet.{name}").text(one) for one in LANGUAGES}
