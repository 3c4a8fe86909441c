# SPDX-License-Identifier: Apache-2.0
"""Drawings of the industry as inline SVG: bounds, paths, shares, survival. No style, no script."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from sichen.core import Language, Message
from sichen.industry import Rung, TargetAnswer
from sichen.industry.composition import PARTS, Floats
from sichen.industry.survival import Survival

WIDE = 640.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 92.0, 14.0, 34.0
STEP = 25


def bounds_svg(rungs: Sequence[Rung], target: TargetAnswer, language: Language) -> Markup:
    """Draw the bounds of each share under each set of assumptions, with the target as a dashed line."""
    high = TOP + 34.0 * len(rungs) * len(PARTS) / 2 + 22 * len(PARTS) + BOTTOM
    parts: list[str] = []
    y = TOP
    for place, name in enumerate(PARTS):
        y += 14
        parts.append(_text(LEFT - 8, y + 8, _word(name, language), anchor="end", kind="name"))
        first = y
        for number, rung in enumerate(rungs, 1):
            low, top = rung.bounds.shares[name] if rung.bounds else (0.0, 1.0)  # type: ignore[index]
            x, width = _x(100 * low), max(_x(100 * top) - _x(100 * low), 1.5)
            said = f"{_word(name, language)} ({number}): {100 * low:.2f} – {100 * top:.2f} %"
            parts.append(
                f'<rect class="band" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="10"><title>{escape(said)}</title></rect>'
            )
            parts.append(_text(WIDE - RIGHT + 6, y + 9, f"{100 * low:.1f} – {100 * top:.1f}"))
            y += 15
        goal = 100 * target.target.target[place] / sum(target.target.target)
        parts.append(f'<path class="limit" d="M{_x(goal):.1f} {first - 4:.1f}V{y - 1:.1f}"/>')
        y += 6
    axis = _axis(y + 4)
    high = y + BOTTOM
    return _svg(high, "".join(parts) + axis, Message("web.industry.bounds_plot").text(language), "bounds")


def path_svg(
    years: Sequence[int], path: Floats, goal: Sequence[float], language: Language, *, scenario: Floats | None = None
) -> Markup:
    """Draw the high and mid shares by year, the target's path and a scenario; low is what is left."""
    high = 230.0
    top = max(
        30.0, 100 * float(path[:, :2].max()) * 1.15, 0.0 if scenario is None else 100 * float(scenario[:, :2].max()) * 1.1
    )

    def at(year: int, share: float) -> str:
        x = LEFT + (year - years[0]) / max(years[-1] - years[0], 1) * (WIDE - LEFT - RIGHT)
        return f"{x:.1f} {high - BOTTOM - share / top * (high - BOTTOM - TOP):.1f}"

    parts = [
        f'<path class="grid" d="M{at(years[0], value)}L{at(years[-1], value)}"/>'
        + _text(LEFT - 8, float(at(years[0], value).split()[1]) + 4, f"{value:g} %", anchor="end")
        for value in range(0, int(top) + 1, 10)
    ]
    for place, name in enumerate(PARTS[:2]):
        for values, kind in ((path, "line"), (scenario, "fit")):
            if values is None:
                continue
            points = [at(year, 100 * float(row[place])) for year, row in zip(years, values, strict=True)]
            parts.append(f'<path class="{kind}" d="M{"L".join(points)}"/>')
            x, y = map(float, points[-1].split())
            word = _word(name, language) if kind == "line" else Message("web.industry.scenario_short").text(language)
            parts.append(
                _text(x + 6, y + (4 if kind == "line" else -8), f"{word} {100 * float(values[-1][place]):.1f}", kind="label")
            )
        parts.append(f'<path class="limit" d="M{at(years[0], goal[place])}L{at(years[-1], goal[place])}"/>')
    parts += [_text(float(at(year, 0).split()[0]), high - BOTTOM + 18, str(year), anchor="middle") for year in years]
    return _svg(high, "".join(parts), Message("web.industry.path_plot").text(language), "path")


def bars_svg(rows: Iterable[tuple[str, float]], label: str, *, unit: str = "%") -> Markup:
    """Draw amounts as bars with their names, the largest first."""
    listed = list(rows)
    largest = max((value for _, value in listed), default=1.0) or 1.0
    parts = []
    start = 190.0
    for place, (name, value) in enumerate(listed):
        y = TOP + 22 * place
        width = value / largest * (WIDE - start - RIGHT)
        parts.append(_text(start - 8, y + 12, name, anchor="end", kind="name"))
        parts.append(f'<rect class="band" x="{start}" y="{y}" width="{max(width, 0.5):.1f}" height="15"/>')
        parts.append(_text(start + width + 6, y + 12, f"{value:.2f} {unit}".strip()))
    return _svg(TOP * 2 + 22 * len(listed), "".join(parts), label, "bars")


def survival_svg(curve: Survival, language: Language) -> Markup:
    """Draw how many editions live how long, with 95 % bounds."""
    high, last = 230.0, max(curve.times or (1.0,))

    def at(time: float, left: float) -> str:
        return f"{LEFT + time / last * (WIDE - LEFT - RIGHT):.1f} {high - BOTTOM - left * (high - BOTTOM - TOP):.1f}"

    def stairs(values: Sequence[float]) -> list[str]:
        points, before = [at(0, 1)], 1.0
        for time, left in zip(curve.times, values, strict=True):
            points += [at(time, before), at(time, left)]
            before = left
        return points

    band = "L".join([*stairs(curve.upper), *reversed(stairs(curve.lower))])
    parts = [
        f'<path class="grid" d="M{at(0, part)}L{at(last, part)}"/>'
        + _text(LEFT - 8, float(at(0, part).split()[1]) + 4, f"{part:.0%}", anchor="end")
        for part in (0, 0.5, 1)
    ]
    parts += [f'<path class="wave tick" d="M{band}Z"/>', f'<path class="line" d="M{"L".join(stairs(curve.survival))}"/>']
    years = Message("web.industry.years").text(language)
    parts += [
        _text(float(at(year, 0).split()[0]), high - BOTTOM + 18, f"{year}", anchor="middle")
        for year in range(0, int(last) + 1, 5)
    ]
    parts.append(_text(WIDE - RIGHT + 10, high - BOTTOM + 18, years))
    return _svg(high, "".join(parts), Message("web.industry.survival_plot").text(language), "survival")


def _axis(y: float) -> str:
    lines = "".join(
        f'<path class="grid" d="M{_x(value):.1f} {TOP}V{y:.1f}"/>' + _text(_x(value), y + 16, f"{value} %", anchor="middle")
        for value in range(0, 101, STEP)
    )
    return lines


def _x(percent: float) -> float:
    return LEFT + percent / 100 * (WIDE - LEFT - RIGHT)


def _word(name: str, language: Language) -> str:
    return Message(f"industry.report.{name}").text(language)


def _text(x: float, y: float, said: str, *, anchor: str = "start", kind: str = "") -> str:
    attributes = f' class="{kind}"' if kind else ""
    return f'<text{attributes} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _svg(high: float, inner: str, label: str, name: str) -> Markup:
    head = f'<svg class="plot sketch {name}" viewBox="0 0 {WIDE:g} {high:.0f}" role="img" aria-label="{escape(label)}">'
    return Markup(f"{head}{inner}</svg>")  # noqa: S704 - every text in it is escaped
