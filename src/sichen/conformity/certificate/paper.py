# SPDX-License-Identifier: Apache-2.0
"""What a printed certificate is made of: two kinds of type, bilingual paragraphs, the QR code, numbered pages."""

from collections.abc import Mapping
from functools import cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from sichen.conformity.certificate.html import qr_code
from sichen.core import Language, Message

if TYPE_CHECKING:
    from sichen.core import JSON

WIDTH = 595.28
MARGIN = 48.0
INNER = WIDTH - 2 * MARGIN - 12
"""Width for tables: the frame keeps six points on each side."""
INK, SOFT = "#1c1c1a", "#5b574d"
LATIN, CHINESE = "Helvetica", "STSong-Light"
ORDER: tuple[Language, ...] = ("zh", "en")
PLAIN = {"−": "–"}
"""The standard Latin type has no minus sign; its en dash looks the same."""
MACRON = "\u0304"


def tell(key: str, language: Language, **blanks: str) -> str:
    """Return a sentence of the certificate in one language."""
    return Message(f"conformity.certificate.{key}", **blanks).text(language)


def note(text: str) -> str:
    """Mark up plain text so that every character finds its type.

    Examples
    --------
    >>> note("±5 秒/日")
    '±5 <font name="STSong-Light">秒</font>/<font name="STSong-Light">日</font>'
    """
    shown = "".join(PLAIN.get(character, character) for character in text)
    before, macron, after = shown.partition(MACRON)
    if macron and before:  # the types know no combining macron: the letter is drawn with a line above it
        return f'{note(before[:-1])}<u offset="0.8*F" width="0.06*F">{escape(before[-1])}</u>{note(after)}'
    return "".join(
        escape("".join(run)) if latin else f'<font name="{CHINESE}">{escape("".join(run))}</font>'
        for latin, run in groupby(shown, key=_is_latin)
    )


def both(texts: Mapping[Language, str], *, joined: str = "<br/>") -> str:
    """Return both languages one after the other, the same text once."""
    shown = list(dict.fromkeys(texts[one] for one in ORDER))
    return (note(joined) if joined != "<br/>" else joined).join(note(text) for text in shown)


def lines_of(
    texts: Mapping[Language, str], *, style: str = "small", colour: str = "", only: Language | None = None
) -> Paragraph:
    """Return a paragraph with Chinese above and English, smaller, below it."""
    chosen = (texts[only],) if only else tuple(dict.fromkeys(texts[one] for one in ORDER))
    size = styles()[style].fontSize
    rows = [note(chosen[0]), *(f'<font size="{size - 1:g}" color="{SOFT}">{note(text)}</font>' for text in chosen[1:])]
    text = "<br/>".join(rows)
    return Paragraph(f'<font color="{colour}">{text}</font>' if colour else text, styles()[style])


@cache
def styles() -> "Mapping[str, ParagraphStyle]":
    """Return the styles of a certificate by name; the type is made known with them."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    sizes = {
        "title": 19,
        "laboratory": 12,
        "verdict": 15,
        "heading": 9.5,
        "text": 10,
        "cell": 8.5,
        "small": 8,
        "caption": 7.5,
        "digest": 6.5,
    }
    made = {
        name: ParagraphStyle(name, fontName=LATIN, fontSize=size, leading=size * 1.4, textColor=HexColor(INK))
        for name, size in sizes.items()
    }
    made["heading"].spaceBefore, made["heading"].spaceAfter = 8, 2
    made["small"].spaceAfter = 2
    made["title"].spaceBefore = 4
    made["caption"].alignment = TA_CENTER
    return made


class QrCode(Flowable):
    """A QR code drawn as squares, with its quiet zone."""

    QUIET = 4

    def __init__(self, text: str, side: float) -> None:
        super().__init__()
        self.rows = tuple(tuple(row) for row in qr_code(text).matrix)
        self.width = self.height = side

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002, N803 - the names of the overridden method
        """Return the size."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw each run of dark modules of a row as one rectangle."""
        module = self.width / (len(self.rows) + 2 * self.QUIET)
        self.canv.setFillColor("#000000")
        for number, row in enumerate(self.rows):
            place = self.QUIET
            for dark, run in groupby(row):
                length = len(list(run))
                if dark:
                    top = self.height - (number + self.QUIET + 1) * module
                    self.canv.rect(place * module, top, length * module, module, stroke=0, fill=1)
                place += length


class Numbered(Canvas):
    """A canvas that knows how many pages there are before it numbers them, and marks each page of a draft."""

    number = ""
    mark = ""

    @classmethod
    def of(cls, number: str, mark: str) -> "type[Numbered]":
        """Return a canvas for one certificate."""
        return type("NumberedPages", (cls,), {"number": number, "mark": mark})

    def __init__(self, *words: "JSON", **named: "JSON") -> None:
        super().__init__(*words, **named)  # type: ignore[arg-type]
        self.waiting: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802 - overridden
        """Keep the page until all are there."""
        self.waiting.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined] # the stubs leave it out; the handbook's own recipe

    def save(self) -> None:
        """Write the pages, each with its number."""
        for place, state in enumerate(self.waiting, 1):
            self.__dict__.update(state)
            self._furnish(f"{self.number}   {place} / {len(self.waiting)}")
            super().showPage()
        super().save()

    def _furnish(self, foot: str) -> None:
        self.setFillColor(SOFT)
        self.setFont(LATIN, 7.5)
        self.drawRightString(WIDTH - MARGIN, MARGIN / 2, foot)
        if self.mark:
            self.saveState()
            self.setFillColor(SOFT)
            self.setFillAlpha(0.2)
            self.translate(WIDTH / 2, 420)
            self.rotate(50)
            self.setFont(CHINESE, 64)
            self.drawCentredString(0, 0, self.mark)
            self.restoreState()


def _is_latin(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
