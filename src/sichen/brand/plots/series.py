# SPDX-License-Identifier: Apache-2.0
"""A series of daily counts with what was expected, the count that raises the alarm, and the days that did."""

from collections.abc import Sequence

from sichen.brand.consumer.mentions import Day
from sichen.core import Drawing

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FLOOR = 440.0, 230.0, 36.0, 434.0, 14.0, 202.0
FONT = 13.0
HALF = 0.5


def days_svg(days: Sequence[Day], *, title: str, limit: str) -> str:
    """Draw a watched series; days of alarm carry a triangle.

    Parameters
    ----------
    days : sequence of Day
    title : str
        What a screen reader says.
    limit : str
        What the dashed line is called.
    """
    most = max(max(day.mentions, day.limit or 0) for day in days) * 1.08 or 1.0

    def across(at: int) -> float:
        return LEFT + (RIGHT - LEFT) * (at + HALF) / len(days)

    def up(count: float) -> float:
        return FLOOR - (FLOOR - TOP) * count / most

    alarms = ", ".join(f"{day.label} {day.mentions}" for day in days if day.alarm)
    drawing = Drawing(WIDTH, HEIGHT, title, alarms)
    drawing.notes["class"] = "rows-plot"
    step = 10 ** len(str(int(most / 4))) / 2
    ticks = [k * step for k in range(int(most / step) + 1)]
    for tick in ticks[:: max(len(ticks) // 4, 1)]:
        drawing.add("line", x1=LEFT, x2=RIGHT, y1=up(tick), y2=up(tick), stroke="currentColor", stroke_opacity=0.15)
        drawing.add("text", f"{tick:g}", x=LEFT - 5, y=up(tick) + 4, text_anchor="end", font_size=FONT, fill="currentColor")
    for name, style in (("expected", {"stroke_opacity": 0.5}), ("limit", {"stroke_dasharray": "5 4"})):
        told = [(across(at), up(getattr(day, name))) for at, day in enumerate(days) if getattr(day, name) is not None]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in told)
        drawing.add("polyline", points=points, fill="none", stroke="currentColor", stroke_width=1.2, **style)
    first = next(((at, day.limit) for at, day in enumerate(days) if day.limit is not None), None)
    if first is not None:
        drawing.add("text", limit, x=across(first[0]), y=up(first[1]) - 8, font_size=FONT, fill="currentColor")
    points = " ".join(f"{across(at):.1f},{up(day.mentions):.1f}" for at, day in enumerate(days))
    drawing.add("polyline", class_="line", points=points, fill="none", stroke="#1f4e79", stroke_width=1.6)
    for at, day in enumerate(days):
        if day.alarm:
            x, y = across(at), up(day.mentions)
            drawing.add("path", class_="alarm", d=f"M{x:.1f} {y - 11:.1f} l5 8 h-10 z", fill="#a3262a")
    for at, anchor in ((0, "start"), (len(days) - 1, "end")):
        place = LEFT if at == 0 else RIGHT
        drawing.add("text", days[at].label, x=place, y=HEIGHT - 10, text_anchor=anchor, font_size=FONT, fill="currentColor")
    return drawing.text()
