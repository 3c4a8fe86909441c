# SPDX-License-Identifier: Apache-2.0
"""Rows on one axis: a value with its interval, or a bar of what an input does. Names stand above, so that a phone shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from sichen.brand.valuation import Valuation
from sichen.brand.valuation.written import span, unit_of
from sichen.core import Drawing, Language

WIDTH, LEFT, RIGHT, STEP, FOOT = 440.0, 8.0, 432.0, 42.0, 26.0
FONT = 13.0
MIDDLE = 28.0
"""Where the bar of a row lies below its top."""
TICKS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Row:
    """One row.

    Parameters
    ----------
    name, says : str
        What stands at the left and at the right above the row.
    value : float or None
        Where its point is; none is drawn where there is no value.
    low, high : float or None
        Ends of the interval; an open end runs to the edge.
    certain : tuple of float or None
        A part of the interval that is drawn full, such as what is known of a score.
    state : str
        ``good``, ``care``, ``wrong`` or empty: a class and a shape.
    """

    name: str
    says: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    certain: tuple[float, float] | None = None
    state: str = ""


def rows_svg(
    rows: Sequence[Row], *, title: str, unit: str = "", ends: tuple[float, float] | None = None, marks: Sequence[float] = ()
) -> str:
    """Draw rows with their points and intervals on one axis.

    Parameters
    ----------
    rows : sequence of Row
    title : str
        What a screen reader says.
    unit : str
        Under the axis.
    ends : tuple of float, optional
        Of the axis; found from the rows when not given.
    marks : sequence of float
        Where a dashed line stands, such as zero.

    Examples
    --------
    >>> rows_svg([Row("a", "1", 1.0, 0.5, 2.0)], title="x").startswith("<svg")
    True
    """
    scale = _Scale(*(ends or _ends(rows, marks)))
    drawing = Drawing(WIDTH, len(rows) * STEP + FOOT, title, "; ".join(f"{row.name} {row.says}" for row in rows))
    drawing.notes["class"] = "rows-plot"
    _axis(drawing, scale, len(rows) * STEP, unit, marks)
    for at, row in enumerate(rows):
        _row(drawing, scale, row, at * STEP)
    return drawing.text()


def tornado_svg(found: Valuation, *, language: Language, most: int = 8) -> str:
    """Draw what each uncertain input alone does to a value, widest first; an open end runs to the edge.

    Parameters
    ----------
    found : Valuation
        One that applies.
    language : {"en", "zh"}
    most : int
        Inputs that are shown.
    """
    rows = []
    for swing in found.swings[:most]:
        given = found.case.input(swing.name)
        name = swing.name if given is None else given.kind.title(language)
        low, high = sorted((_open(swing.value_low), _open(swing.value_high)))
        rows.append(
            Row(name, span(swing.at_low, swing.at_high, digits=3), None, low, None if math.isinf(high) else high, (low, high))
        )
    centre = () if found.value is None else (found.value,)
    return rows_svg(rows, title=found.method.title(language), unit=unit_of(found.case, language), marks=centre)


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = (low, high) if high > low else (low - 0.5, low + 0.5)

    def at(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return LEFT + (RIGHT - LEFT) * min(max(part, 0.0), 1.0)

    def ticks(self) -> list[float]:
        rough = (self.high - self.low) / 4
        decade = 10.0 ** math.floor(math.log10(rough))
        step = next(decade * tick for tick in TICKS if decade * tick >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        return [k * step for k in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _ends(rows: Sequence[Row], marks: Sequence[float]) -> tuple[float, float]:
    told = [one for row in rows for one in (row.value, row.low, row.high, *(row.certain or ())) if one is not None]
    numbers = [one for one in (*told, *marks) if math.isfinite(one)] or [0.0, 1.0]
    low, high = min(numbers), max(numbers)
    room = 0.06 * (high - low or abs(high) or 1.0)
    return (low - room if low < 0 or low - room > 0 else 0.0), high + room


def _axis(drawing: Drawing, scale: _Scale, floor: float, unit: str, marks: Sequence[float]) -> None:
    drawing.add("line", x1=LEFT, x2=RIGHT, y1=floor, y2=floor, stroke="currentColor", stroke_opacity=0.4)
    ticks = scale.ticks()
    for tick in ticks:
        drawing.add("line", x1=scale.at(tick), x2=scale.at(tick), y1=4.0, y2=floor, stroke="currentColor", stroke_opacity=0.12)
        anchor = "start" if scale.at(tick) < LEFT + 20 else "end" if scale.at(tick) > RIGHT - 20 else "middle"
        label = f"{tick:.10g}".replace("-", "−") + (f" {unit}" if tick == ticks[-1] and unit else "")
        drawing.add("text", label, x=scale.at(tick), y=floor + 17, text_anchor="end" if tick == ticks[-1] and unit else anchor,
                    font_size=FONT - 1, fill="currentColor", fill_opacity=0.75)  # fmt: skip
    for mark in marks:
        for top in range(round(floor / STEP)):
            middle = top * STEP + MIDDLE
            drawing.add("line", x1=scale.at(mark), x2=scale.at(mark), y1=middle - 9, y2=middle + 9, stroke="currentColor",
                        stroke_width=1.2, stroke_dasharray="4 3")  # fmt: skip


def _row(drawing: Drawing, scale: _Scale, row: Row, top: float) -> None:
    drawing.open(class_=f"row {row.state}".strip())
    drawing.add(
        "text",
        fitted(row.name, RIGHT - LEFT - width_of(row.says) - 14),
        x=LEFT,
        y=top + 15,
        font_size=FONT,
        fill="currentColor",
    )
    drawing.add("text", row.says, x=RIGHT, y=top + 15, font_size=FONT, fill="currentColor", text_anchor="end", font_weight=600)
    middle = top + MIDDLE
    if row.low is not None or row.high is not None:
        begin = LEFT if row.low is None else scale.at(row.low)
        end = RIGHT if row.high is None else scale.at(row.high)
        drawing.add("line", class_="interval", x1=begin, x2=end, y1=middle, y2=middle, stroke="currentColor", stroke_width=1.5)
        for x, known in ((begin, row.low), (end, row.high)):
            if known is not None:
                drawing.add("line", x1=x, x2=x, y1=middle - 5, y2=middle + 5, stroke="currentColor", stroke_width=1.5)
    if row.certain is not None:
        begin, end = (scale.at(one) for one in row.certain)
        drawing.add("rect", class_="known", x=begin, y=middle - 6, width=max(end - begin, 1.5), height=12.0, rx=1.5,
                    fill="#1f4e79")  # fmt: skip
    if row.value is not None:
        drawing.add("circle", class_="value", cx=scale.at(row.value), cy=middle, r=4.5, fill="#1f4e79", stroke="#fffdf9")
    drawing.close()


def width_of(text: str) -> float:
    """Return about how wide a text is, in the units of the picture; a Chinese character is a square."""
    return sum(FONT if east_asian_width(one) in "WF" else 0.6 * FONT for one in text)


def fitted(text: str, room: float) -> str:
    """Cut a text that has no room; the table beside a picture has it whole.

    Examples
    --------
    >>> fitted("return on current assets", 100.0)
    'return on c…'
    """
    if width_of(text) <= room:
        return text
    kept = text
    while kept and width_of(kept + "…") > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _open(number: float) -> float:
    """Return infinity for what has no finite value, so that it stands above all others."""
    return number if math.isfinite(number) else math.inf
