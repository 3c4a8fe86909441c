# SPDX-License-Identifier: Apache-2.0
"""Deviations over averaging time, with error bars, masks and a second axis in seconds a day."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sichen.core import DataError, Drawing, Language, Message, convert
from sichen.stability.masks import Mask
from sichen.stability.plot.scale import LogScale
from sichen.stability.results import Deviations

# Blued steel, ruby, jade, brass, and two more that keep apart in grey and for the colour-blind; shapes differ too.
COLOURS = ("#1f4e79", "#a3262a", "#2f6f5e", "#8a6d1f", "#6b4c8a", "#4a4a48")
BARS = 120  # more points than this are a line without bars
LINE = 14.0  # height of a line of text
LETTER = 7.0  # width of a letter, about
POINTS = 1500  # and more than this are thinned


def plot_svg(
    results: Deviations | Sequence[Deviations],
    *,
    masks: Mask | Sequence[Mask] = (),
    language: Language = "en",
    names: Sequence[str] = (),
    width: float = 760.0,
    height: float = 480.0,
    per_day: bool = True,
) -> str:
    """Draw results as an SVG picture.

    Parameters
    ----------
    results : Deviations or sequence of Deviations
        All of one unit: rates, or times.
    masks : Mask or sequence of Mask
        Drawn as dashed lines with their names.
    language : {"en", "zh"}
    names : sequence of str
        A label for each result; default its statistic.
    width, height : float
        In pixels; the picture scales.
    per_day : bool
        Whether rates get a second axis in s/d.

    Returns
    -------
    str
        SVG with presentation attributes only: no style, no script, no reference to anything outside.

    Raises
    ------
    DataError
        If there is nothing positive to draw, or rates and times are mixed.
    """
    several = [results] if isinstance(results, Deviations) else list(results)
    limits = [masks] if isinstance(masks, Mask) else list(masks)
    if len({result.unit for result in several}) > 1:
        raise DataError(Message("stability.plot_mixed"))
    tau, size = _ranges(several, limits)
    rates = several[0].unit == "1" and per_day
    right = width - (62.0 if rates else 16.0)
    across = LogScale.over(tau, 78.0, right)
    up = LogScale.over(size, height - 50.0, 30.0)
    labels = list(names) + [result.title for result in several[len(names) :]]
    notes = {"data-tau": f"{across.low!r} {across.high!r}", "data-size": f"{up.low!r} {up.high!r}"}
    drawing = Drawing(width, height, _title(labels, language), _description(several, labels, language), notes=notes)
    _frame(drawing, across, up, several[0].unit, language)
    if rates:
        _second_axis(drawing, up, right, language)
    for limit in limits:
        _mask(drawing, limit, across, up, language)
    taken: list[float] = []
    for k, (result, name) in enumerate(zip(several, labels, strict=True)):
        _series(drawing, result, k, across, up)
        x, y = _label_place(result, across, up, taken, width=LETTER * len(name))
        drawing.add("text", name, x=x, y=y, fill=COLOURS[k % len(COLOURS)], font_weight="600", class_=f"name name-{k}")
    return drawing.text()


def _ranges(results: Sequence[Deviations], limits: Sequence[Mask]) -> tuple[list[float], list[float]]:
    tau: list[float] = []
    size: list[float] = []
    for result in results:
        drawn = (result.deviation > 0) & np.isfinite(result.deviation)
        tau += result.tau[drawn].tolist()
        for values in (result.deviation, result.lower, result.upper):
            size += values[drawn & (values > 0) & np.isfinite(values)].tolist()
    if not tau:
        raise DataError(Message("stability.plot_empty"))
    for limit in limits:
        values = limit.limit(np.geomspace(min(tau), max(tau), 50) if max(tau) > min(tau) else np.array(tau[:1]))
        size += values[np.isfinite(values)].tolist()
    return tau, size


def _title(labels: Sequence[str], language: Language) -> str:
    names = ", ".join(labels)
    return Message("stability.plot_title", names=names).text(language)


def _description(results: Sequence[Deviations], labels: Sequence[str], language: Language) -> str:
    """Say in words what the picture shows, for a screen reader."""
    said = []
    for result, name in zip(results, labels, strict=True):
        best = int(np.nanargmin(result.deviation))
        said.append(
            Message(
                "stability.plot_description",
                name=name,
                first=f"{result.tau[0]:g}",
                last=f"{result.tau[-1]:g}",
                best=f"{result.deviation[best]:.3g}",
                at=f"{result.tau[best]:g}",
            ).text(language)
        )
    return " ".join(said)


def _frame(drawing: Drawing, across: LogScale, up: LogScale, unit: str, language: Language) -> None:
    left, right, bottom, top = across.first, across.last, up.first, up.last
    drawing.open(stroke="currentColor", stroke_opacity=0.10, stroke_width=0.6, class_="grid-minor")
    for value in across.minor():
        drawing.add("line", x1=across.at(value), x2=across.at(value), y1=bottom, y2=top)
    for value in up.minor():
        drawing.add("line", x1=left, x2=right, y1=up.at(value), y2=up.at(value))
    drawing.close()
    drawing.open(stroke="currentColor", stroke_opacity=0.28, stroke_width=0.8, class_="grid")
    for value, _ in across.marks():
        drawing.add("line", x1=across.at(value), x2=across.at(value), y1=bottom, y2=top)
    for value, _ in up.marks():
        drawing.add("line", x1=left, x2=right, y1=up.at(value), y2=up.at(value))
    drawing.close()
    drawing.add(
        "rect",
        x=left,
        y=top,
        width=right - left,
        height=bottom - top,
        fill="none",
        stroke="currentColor",
        stroke_width=1.0,
        class_="frame",
    )
    drawing.open(fill="currentColor", class_="labels")
    for value, words in across.marks():
        drawing.add("text", words, x=across.at(value), y=bottom + 18.0, text_anchor="middle")
    for value, words in up.marks():
        drawing.add("text", words, x=left - 7.0, y=up.at(value) + 4.0, text_anchor="end")
    drawing.add(
        "text",
        Message("stability.plot_tau").text(language),
        x=0.5 * (left + right),
        y=bottom + 38.0,
        text_anchor="middle",
        class_="x-name",
    )
    key = "stability.plot_time" if unit == "s" else "stability.plot_rate"
    drawing.add("text", Message(key).text(language), x=left, y=top - 10.0, text_anchor="start", class_="y-name")
    drawing.close()


def _second_axis(drawing: Drawing, up: LogScale, right: float, language: Language) -> None:
    factor = convert(1.0, unit="s/s", to="s/d")
    daily = LogScale(up.low * factor, up.high * factor, up.first, up.last)
    drawing.open(fill="currentColor", class_="labels daily")
    for value, words in daily.marks():
        place = daily.at(value)
        drawing.add("line", x1=right, x2=right + 5.0, y1=place, y2=place, stroke="currentColor", stroke_width=1.0)
        drawing.add("text", words, x=right + 8.0, y=place + 4.0, text_anchor="start")
    drawing.add("text", "秒/日" if language == "zh" else "s/d", x=right, y=up.last - 10.0, text_anchor="start")
    drawing.close()


def _series(drawing: Drawing, result: Deviations, k: int, across: LogScale, up: LogScale) -> None:
    colour = COLOURS[k % len(COLOURS)]
    points = [(i, across.at(float(result.tau[i])), up.at(float(result.deviation[i]))) for i in _shown(result)]
    drawing.open(stroke=colour, fill=colour, class_=f"series series-{k}")
    path = "M" + "L".join(f"{x:.2f} {y:.2f}" for _, x, y in points)
    drawing.add("path", d=path, fill="none", stroke_width=1.5, stroke_linejoin="round")
    if len(points) <= BARS:
        for i, x, y in points:
            _bar(drawing, result, i, x, up)
            _mark(drawing, k, x, y)
    drawing.close()


def _shown(result: Deviations) -> Iterator[int]:
    drawn = np.flatnonzero((result.deviation > 0) & np.isfinite(result.deviation))
    if drawn.size > POINTS:  # as many to each stretch of the axis
        grid = np.searchsorted(result.tau[drawn], np.geomspace(result.tau[drawn[0]], result.tau[drawn[-1]], POINTS))
        drawn = drawn[np.unique(np.minimum(grid, drawn.size - 1))]
    return iter(drawn.tolist())


def _bar(drawing: Drawing, result: Deviations, i: int, x: float, up: LogScale) -> None:
    low, high = float(result.lower[i]), float(result.upper[i])
    if not (math.isfinite(low) and math.isfinite(high) and low > 0):
        return
    bottom, top = up.at(max(low, up.low)), up.at(min(high, up.high))
    drawing.add("path", d=f"M{x - 3:.2f} {top:.2f}h6m-3 0V{bottom:.2f}m-3 0h6", fill="none", stroke_width=1.0)


def _mark(drawing: Drawing, k: int, x: float, y: float) -> None:
    if k % 3 == 0:
        drawing.add("circle", cx=x, cy=y, r=3.0)
    elif k % 3 == 1:
        drawing.add("rect", x=x - 2.8, y=y - 2.8, width=5.6, height=5.6)
    else:
        drawing.add("path", d=f"M{x:.2f} {y - 3.8:.2f}l3.8 6.6h-7.6z")


def _label_place(
    result: Deviations, across: LogScale, up: LogScale, taken: list[float], *, width: float
) -> tuple[float, float]:
    """Find room for a name `width` long: above the line from its first point on, or below it at the top of the frame."""
    points = [(across.at(float(result.tau[k])), up.at(float(result.deviation[k]))) for k in _shown(result)]
    x = points[0][0] + 8.0
    over = [y for place, y in points if place <= x + width] + [y for place, y in points if place > x + width][:1]
    y = min(over) - 8.0
    down = y < up.last + LINE
    if down:
        y = points[0][1] + 0.5 * LINE
    while any(abs(y - other) < LINE for other in taken):
        y += LINE if down else -LINE
    taken.append(y)
    return x, y


def _mask(drawing: Drawing, limit: Mask, across: LogScale, up: LogScale, language: Language) -> None:
    tau = np.geomspace(across.low, across.high, 300)
    values = limit.limit(tau)
    pieces: list[str] = []
    pen = "M"
    last = None
    for t, value in zip(tau.tolist(), values.tolist(), strict=True):
        if not (math.isfinite(value) and up.inside(value)):
            pen = "M"
            continue
        last = (across.at(t), up.at(value))
        pieces.append(f"{pen}{last[0]:.2f} {last[1]:.2f}")
        pen = "L"
    if last is None:
        return
    drawing.open(stroke="currentColor", class_="mask")
    drawing.add("path", d="".join(pieces), fill="none", stroke_width=1.2, stroke_dasharray="6 4")
    drawing.close()
    name = (
        limit.name(language) if limit.verified else Message("stability.plot_recalled", name=limit.name(language)).text(language)
    )
    drawing.add(
        "text",
        name,
        x=last[0] - 4.0,
        y=max(last[1] - 6.0, up.last + 12.0),
        text_anchor="end",
        fill="currentColor",
        class_="mask-name",
    )
