# SPDX-License-Identifier: Apache-2.0
"""A statistic in the course of a record, one small panel an averaging time, all on one logarithmic scale."""

import numpy as np

from sichen.core import Drawing, Language, Message
from sichen.stability.dynamic import DynamicDeviations
from sichen.stability.plot.loglog import COLOURS
from sichen.stability.plot.scale import LogScale

PANELS = 6
WIDTH, HEIGHT = 150.0, 86.0
ACROSS = 3
LEFT, TOP, BELOW = 46.0, 20.0, 20.0


def multiples_svg(found: DynamicDeviations, *, language: Language = "en") -> str:
    """Draw a dynamic deviation as small multiples.

    Parameters
    ----------
    found : DynamicDeviations
        Of its averaging times at most six are drawn, from the shortest to the longest.
    language : {"en", "zh"}

    Returns
    -------
    str
        SVG with presentation attributes only; empty when there is nothing positive.
    """
    shown = np.unique(np.linspace(0, found.tau.size - 1, PANELS).round().astype(int))
    values = found.deviation[:, shown]
    good = values[np.isfinite(values) & (values > 0)]
    if good.size == 0:
        return ""
    down = -(-shown.size // ACROSS)
    title = Message("stability.plot_course", statistic=found.statistic.upper()).text(language)
    drawing = Drawing(LEFT + ACROSS * (WIDTH + 12.0), down * (HEIGHT + TOP + BELOW), title, title)
    scale = LogScale.over(good.tolist(), 0.0, 1.0)
    for place, k in enumerate(shown.tolist()):
        x = LEFT + (place % ACROSS) * (WIDTH + 12.0)
        y = TOP + (place // ACROSS) * (HEIGHT + TOP + BELOW)
        _panel(drawing, found, k, scale=scale, corner=(x, y), language=language)
    return drawing.text()


def _panel(
    drawing: Drawing, found: DynamicDeviations, k: int, *, scale: LogScale, corner: tuple[float, float], language: Language
) -> None:
    x, y = corner
    words = Message("stability.plot_panel", tau=f"{found.tau[k]:g}").text(language)
    drawing.add("text", words, x=x, y=y - 6.0, fill="currentColor")
    drawing.add("rect", x=x, y=y, width=WIDTH, height=HEIGHT, fill="none", stroke="currentColor", stroke_opacity=0.4)
    axis = LogScale(scale.low, scale.high, y + HEIGHT, y)
    for value, text in axis.marks():
        drawing.add(
            "line", x1=x, x2=x + WIDTH, y1=axis.at(value), y2=axis.at(value), stroke="currentColor", stroke_opacity=0.15
        )
        if x == LEFT:
            drawing.add("text", text, x=x - 5.0, y=axis.at(value) + 4.0, text_anchor="end", fill="currentColor")
    span = float(found.time[-1] - found.time[0]) or 1.0
    points = [
        f"{x + 4.0 + (time - found.time[0]) / span * (WIDTH - 8.0):.1f} {axis.at(value):.1f}"
        for time, value in zip(found.time.tolist(), found.deviation[:, k].tolist(), strict=True)
        if value > 0
    ]
    if points:
        drawing.open(stroke=COLOURS[0], class_="series series-0")
        drawing.add("path", d="M" + "L".join(points), fill="none", stroke_width=1.3, stroke_linecap="round")
        drawing.close()
    end = Message("stability.plot_end", hours=f"{(found.time[-1] - found.time[0]) / 3600.0:.3g}").text(language)
    drawing.add("text", end, x=x + WIDTH, y=y + HEIGHT + 14.0, text_anchor="end", fill="currentColor", fill_opacity=0.8)
