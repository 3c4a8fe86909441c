# SPDX-License-Identifier: Apache-2.0
"""How figures of time are written and drawn on its pages."""

import math
from collections.abc import Callable
from html import escape

from sichen.core import Language
from sichen.timebase.service import SourceStatus, Status

SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
K = 3.0
WIDTH, ROW, LEFT, RIGHT = 640, 34, 120, 20
MARKS = {"followed": "good", "good": "open", "doubtful": "care", "rejected": "wrong", "silent": "care"}
STATES = {"locked": "good", "backup": "care", "holdover": "care", "rejected": "wrong", "unusable": "wrong"}


def seconds(value: float | None, *, signed: bool = False, digits: int = 3) -> str:
    """Write a time with its unit, such as ``+12.3 µs``.

    Examples
    --------
    >>> seconds(1.234e-5, signed=True)
    '+12.3 µs'
    """
    if value is None or not math.isfinite(value):
        return "—"
    scale, unit = next(((scale, unit) for scale, unit in SCALES if abs(value) >= scale), SCALES[-1])
    number = float(f"{value / scale:.{digits}g}")
    decimals = max(digits - 1 - (math.floor(math.log10(abs(number))) if number else 0), 0)
    return f"{number:{'+' if signed else ''}.{decimals}f} {unit}".replace("-", "−")


def span(value: float | None, language: Language) -> str:
    """Write how long something lasts."""
    if value is None:
        return "—"
    units = {"en": ("s", "min", "h", "d"), "zh": ("秒", "分钟", "小时", "天")}[language]
    for size, unit in zip((86_400.0, 3600.0, 60.0), reversed(units[1:]), strict=True):
        if value >= 2 * size or value == size:
            return f"{value / size:.0f} {unit}"
    return f"{value:.0f} {units[0]}"


def offsets_svg(status: Status, *, label: str) -> str:
    """Draw each source's offset with three standard uncertainties, zero being the served time and its own band.

    Parameters
    ----------
    status : Status
    label : str
        What the picture is called for those who do not see it.
    """
    rows = [one for one in status.sources if one.offset is not None]
    reach = max([abs(one.offset or 0.0) + K * one.u for one in rows] + [K * (status.u or 0.0), 1e-9])
    scale = next(size for size, _ in SCALES if reach >= size or size == SCALES[-1][0])
    unit = dict(SCALES)[scale]

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value / reach + 1) / 2

    height = ROW * len(rows) + 40
    band = K * (status.u or 0.0)
    parts = [
        f'<svg class="plot offsets" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">',
        f'<path class="band" d="M{x(-band):.1f} 8H{x(band):.1f}V{height - 30}H{x(-band):.1f}z"/>',
        f'<path class="zero" d="M{x(0):.1f} 8V{height - 30}"/>',
    ]
    for k, one in enumerate(rows):
        parts += _bar(one, y=8 + ROW * (k + 0.5), x=x)
    parts += [_axis(x(place * reach), height - 12, place * reach / scale, unit) for place in (-0.75, 0.0, 0.75)]
    return "".join([*parts, "</svg>"])


def _axis(x: float, y: float, value: float, unit: str) -> str:
    written = f"{value:+.3g}".replace("-", "\u2212") if value else "0"
    return f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{written} {unit}</text>'


def _bar(one: SourceStatus, *, y: float, x: Callable[[float], float]) -> list[str]:
    offset = one.offset or 0.0
    low, middle, high = (x(offset + sign * K * one.u) for sign in (-1, 0, 1))
    kind = MARKS.get(one.state, "open")
    return [
        f'<text class="label" x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(one.name[:14])}</text>',
        f'<path class="error {kind}" d="M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 5:.1f}v10M{high:.1f} {y - 5:.1f}v10"/>',
        f'<circle class="dot {kind}" cx="{middle:.1f}" cy="{y:.1f}" r="4"/>',
    ]
