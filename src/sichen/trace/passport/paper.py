# SPDX-License-Identifier: Apache-2.0
"""A passport on A4 paper, in both languages: what somebody may see of it, its timeline, and the service book."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sichen.core import JSON, LANGUAGES, Figure, Language, Message, is_figure
from sichen.trace.passport.views import Section

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

_HEIGHT = 841.89
_CODE = 92.0
_DEEPEST = 4


def to_pdf(link: str, sections: Mapping[str, Section], *, scan: str = "") -> bytes:
    """Write a passport as PDF.

    Parameters
    ----------
    link : str
        Digital Link of the watch.
    sections : mapping
        As `view` gives them: nothing else is printed.
    scan : str, optional
        What the code holds; the link by default.

    Returns
    -------
    bytes
        The same for the same passport.
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
        title=f"{_said('paper.title')['zh']} {sections['product']['serial']}",
        creator="Sichen",
        lang="zh-Hans",
        invariant=1,
    )
    canvas = Numbered.of(str(sections["product"]["serial"]), "")
    document.build(_story(link, sections, scan or link), canvasmaker=canvas)  # type: ignore[arg-type] # it passes on whatever it is given
    return out.getvalue()


def _story(link: str, sections: Mapping[str, Section], scan: str) -> "list[Flowable]":
    from reportlab.platypus import HRFlowable, Paragraph, Spacer

    from sichen.conformity.certificate.paper import INK, QrCode, both, lines_of, note, styles

    story: list[Flowable] = [Paragraph(both(_said("paper.title"), joined="　"), styles()["title"])]
    story += [Paragraph(note(link), styles()["small"]), HRFlowable(width="100%", thickness=0.8, color=INK, spaceAfter=6)]
    for name, section in sections.items():
        story.append(Paragraph(both(_said(f"section.{name}"), joined="　"), styles()["heading"]))
        story += [Paragraph(note(line), styles()["cell"]) for line in _lines(section)]
    return [*story, Spacer(1, 12), QrCode(scan, _CODE), lines_of(_said("paper.caution"))]


def _said(key: str) -> dict[Language, str]:
    return {one: Message(f"trace.passport.{key}").text(one) for one in LANGUAGES}


def _lines(section: Mapping[str, JSON], depth: int = 0) -> "list[str]":
    """Return a section as lines: names before values, figures as figures."""
    found: list[str] = []
    for name, value in section.items():
        start = f"{'　' * depth}{name}: "
        if isinstance(value, Mapping) and is_figure(value):
            found.append(start + Figure.from_json(value).text())
        elif isinstance(value, Mapping) and depth < _DEEPEST:
            found += [start, *_lines(value, depth + 1)]
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                inner = item if isinstance(item, Mapping) else {"": item}
                found += [f"{start}{number}", *_lines(inner, depth + 1)]
        else:
            found.append(start + str(value))
    return found
