# SPDX-License-Identifier: Apache-2.0
"""Drawings of conformity as inline SVG: rates against limits, ranks, price against performance. No style, no script."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from sichen.conformity import Batch, Ranked, WatchVerdict
from sichen.core import Language, Message, units

WIDE, HIGH = 720.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 118.0, 18.0, 46.0
AIMED = 5
MEANS = {"mean_rate", "greatest_rate", "least_rate"}
"""Formulas whose limits are rates that the eye may compare with single rates."""


@dataclass(frozen=True)
class Scale:
    """A straight scale: values from `low` to `high` on pixels from `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self) -> list[float]:
        """Return round values to label."""
        span = (self.high - self.low) / AIMED
        power = 10.0 ** math.floor(math.log10(span))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= span)
        first = math.ceil(self.low / step)
        return [place * step for place in range(first, math.floor(self.high / step) + 1)]


def rates_svg(verdict: WatchVerdict, batch: Batch, place: int, language: Language) -> Markup:
    """Draw the rates of a watch by measurement, with error bars, the mean and the limits that are rates.

    Parameters
    ----------
    verdict : WatchVerdict
    batch : Batch
        What was judged; the watch is its row `place`.
    """
    rates = [float(value) / 10**batch.decimals for value in batch.rates[place]]
    spreads = _rate_u(batch, place)
    lines = _limit_lines(verdict, language)
    ends = [value for value, _ in lines] + [r + s * 2 for r, s in zip(rates, spreads, strict=True)]
    ends += [0.0] + [r - s * 2 for r, s in zip(rates, spreads, strict=True)]
    margin = 0.06 * (max(ends) - min(ends) or 1.0)
    y = Scale(min(ends) - margin, max(ends) + margin, HIGH - BOTTOM, TOP)
    x = Scale(0.5, len(rates) + 0.5, LEFT, WIDE - RIGHT)
    unit = units()["s/d"].zh if language == "zh" else "s/d"
    parts = [_grid(y, x), _text(LEFT - 8, TOP - 4, unit, anchor="end")]
    parts += [_level(y(value), name) for value, name in _apart(lines, y)]
    for number, (rate, spread) in enumerate(zip(rates, spreads, strict=True), 1):
        step = verdict.protocol.plan.step_of(number)
        warm = "" if step.temperature is None else f", {step.temperature:g} °C"
        told = f"{number} · {step.position}{warm}: {rate:+.2f} ± {spread:.2g} {unit}".replace("-", "−")
        parts.append(
            f'<g class="point"><title>{escape(told)}</title>'
            f'<path class="bar" d="M{x(number):.1f} {y(rate - spread):.1f}V{y(rate + spread):.1f}"/>'
            f'<circle cx="{x(number):.1f}" cy="{y(rate):.1f}" r="4"/></g>'
        )
        parts.append(_text(x(number), HIGH - BOTTOM + 16, step.position, anchor="middle"))
        if step.temperature is not None:
            parts.append(_text(x(number), HIGH - BOTTOM + 32, f"{step.temperature:g}°", anchor="middle"))
    label = Message("web.conformity.plot.rates", watch=verdict.watch).text(language)
    return _svg(parts, label)


def price_svg(ranked: Sequence[Ranked], language: Language) -> Markup:
    """Draw price against result with its uncertainty; brands that no cheaper one beats are filled. Empty without prices."""
    rows = [one for one in ranked if one.price is not None]
    if len(rows) < 2:  # noqa: PLR2004 - one point is no picture
        return Markup()
    prices = [math.log10(one.price or 1.0) for one in rows]
    ends = [one.value + side * 2 * one.u for one in rows for side in (-1, 1)] + [0.0]
    margin = 0.06 * (max(ends) - min(ends))
    y = Scale(min(ends) - margin, max(ends) + margin, HIGH - BOTTOM, TOP)
    x = Scale(min(prices) - 0.15, max(prices) + 0.15, LEFT, WIDE - RIGHT)
    parts = [_grid(y, x)]
    for one in rows:
        across, likely = x(math.log10(one.price or 1.0)), (one.efficient or 0.0) > 0.5  # noqa: PLR2004 - rather than not
        told = f"{one.name}: {one.price:g}; {one.value:+.3g} ± {one.u:.2g}".replace("-", "−")
        parts.append(
            f'<g class="point{"" if likely else " hollow"}"><title>{escape(told)}</title>'
            f'<path class="bar" d="M{across:.1f} {y(one.value - one.u):.1f}V{y(one.value + one.u):.1f}"/>'
            f'<circle cx="{across:.1f}" cy="{y(one.value):.1f}" r="5"/></g>'
        )
        parts.append(_text(across + 9, y(one.value) + 4, one.name, kind="name"))
    axis = sorted({one.price or 1.0 for one in rows})
    parts += [_text(x(math.log10(price)), HIGH - BOTTOM + 16, f"{price:g}", anchor="middle") for price in axis]
    parts.append(
        _text((LEFT + WIDE - RIGHT) / 2, HIGH - 8, Message("web.conformity.plot.price").text(language), anchor="middle")
    )
    return _svg(parts, Message("web.conformity.plot.price_label").text(language))


def chances_svg(one: Ranked, language: Language) -> Markup:
    """Draw the probability of each rank of one brand as columns."""
    count, tall, wide = len(one.rank_probabilities), 34.0, 26.0
    parts = []
    for place, share in enumerate(one.rank_probabilities):
        height = max(share * tall, 0.6)
        told = Message("web.conformity.plot.chance", rank=place + 1, percent=f"{100 * share:.0f}").text(language)
        parts.append(
            f'<g><title>{escape(told)}</title><rect class="chance" x="{place * wide + 3:.1f}" y="{tall - height + 2:.1f}" '
            f'width="{wide - 6:.1f}" height="{height:.1f}"/>{_text(place * wide + wide / 2, tall + 14, str(place + 1), anchor="middle")}</g>'
        )
    size = f'viewBox="0 0 {count * wide:.0f} {tall + 18:.0f}" width="{count * wide:.0f}" height="{tall + 18:.0f}"'
    shares = ", ".join(f"{place}: {100 * share:.0f} %" for place, share in enumerate(one.rank_probabilities, 1))
    made = f'<svg class="chances" {size} role="img" aria-label="{escape(shares)}">{"".join(parts)}</svg>'
    return Markup(made)  # noqa: S704 - every text in it was escaped


def _rate_u(batch: Batch, place: int) -> list[float]:
    """Return the standard uncertainty of each single rate."""
    errors = batch.errors()
    own = errors[place if len(errors) > 1 else 0]
    variance = (batch.mixing() ** 2) @ own**2
    return [math.sqrt(value) for value in variance]


def _limit_lines(verdict: WatchVerdict, language: Language) -> list[tuple[float, str]]:
    found = []
    for one in verdict.criteria:
        if one.criterion.formula in MEANS:
            name = one.criterion.symbol or one.criterion.title(language)
            found += [
                (float(end), f"{name} {_signed(float(end))}") for end in (one.limits.low, one.limits.high) if end is not None
            ]
    return found


def _apart(lines: list[tuple[float, str]], y: Scale) -> list[tuple[float, str]]:
    """Join the names of limits that lie on each other."""
    joined: dict[float, list[str]] = {}
    for value, name in lines:
        joined.setdefault(round(y(value)), []).append(name)
    return [(value, " · ".join(dict.fromkeys(joined.pop(round(y(value)))))) for value, _ in lines if round(y(value)) in joined]


def _level(height: float, name: str) -> str:
    line = f'<path class="limit" d="M{LEFT} {height:.1f}H{WIDE - RIGHT}"/>'
    return line + _text(WIDE - RIGHT + 6, height + 4, name)


def _grid(y: Scale, x: Scale) -> str:
    rows = []
    for value in y.ticks():
        kind = "zero" if abs(value) < 1e-12 else "grid"  # noqa: PLR2004 - rounding of the scale
        rows.append(f'<path class="{kind}" d="M{x.start:.1f} {y(value):.1f}H{x.stop:.1f}"/>')
        rows.append(_text(LEFT - 8, y(value) + 4, _signed(value), anchor="end"))
    return "".join(rows)


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", "−") if abs(value) > 1e-12 else "0"  # noqa: PLR2004


def _text(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], label: str) -> Markup:
    made = f'<svg class="plot sketch" viewBox="0 0 {WIDE:.0f} {HIGH:.0f}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    return Markup(made)  # noqa: S704 - every text in it was escaped
