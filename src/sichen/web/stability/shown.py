# SPDX-License-Identifier: Apache-2.0
"""Results as a page shows them: rows of text, the values a plot reads out, one CSV for all."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from sichen.core import Figure, Language, Message
from sichen.stability import Deviations, plot_svg
from sichen.web.stability.computing import Result

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN_FROM, PLAIN_TO = 0.01, 1e5
MOST_ROWS = 100
MOST_READ = 600
COLUMNS = "series,statistic"


@dataclass(frozen=True)
class Row:
    """One averaging time as text; `rate` is empty where the statistic is a time."""

    tau: str
    deviation: str
    lower: str
    upper: str
    n: int
    noise: str
    edf: str
    rate: str


@dataclass(frozen=True)
class Picture:
    """A plot of the results that share an axis, with what a pointer on it reads out."""

    svg: Markup
    readings: str


def scientific(value: float | None, digits: int = 3) -> str:
    """Write a number as people write it: plain near one, with a power of ten far from it.

    Examples
    --------
    >>> scientific(1.2345e-11), scientific(0.5), scientific(float("nan"))
    ('1.23·10⁻¹¹', '0.500', '—')
    """
    if value is None or not math.isfinite(value):
        return "—"
    if value == 0:
        return "0"
    lead, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if PLAIN_FROM <= abs(value) < PLAIN_TO:
        return f"{float(lead + 'e' + power):.{max(digits - 1 - exponent, 0)}f}".replace("-", "−")
    return f"{lead.replace('-', '−')}·10{str(exponent).translate(SUPERSCRIPTS)}"


def seconds(value: float) -> str:
    """Write an averaging time without needless digits.

    Examples
    --------
    >>> seconds(64.0), seconds(1 / 7), seconds(1048576.0)
    ('64', '0.1429', '1048576')
    """
    return f"{value:.0f}" if value == round(value) else f"{value:.4g}"


def rows(found: Deviations, language: Language) -> Iterator[Row]:
    """Yield the rows of a table, evenly thinned along the axis where there are very many."""
    for k in _thinned(found, MOST_ROWS):
        yield _row(found, k, language)


def pictures(results: Sequence[Result], language: Language) -> Iterator[Picture]:
    """Yield one plot for rates and one for times, as far as there are any."""
    several = len({id(result.clock) for result in results}) > 1
    for unit in ("1", "s"):
        same = [result for result in results if result.found.unit == unit]
        if not same:
            continue
        names = [_label(result, language, several=several) for result in same]
        limits = {result.verdict.mask.identifier: result.verdict.mask for result in same if result.verdict is not None}
        svg = plot_svg([result.found for result in same], names=names, masks=list(limits.values()), language=language)
        readings = [reading for result, name in zip(same, names, strict=True) for reading in _readings(result, name, language)]
        yield Picture(Markup(svg), json.dumps(readings, ensure_ascii=False))  # noqa: S704 - our own escaping writer


def csv(results: Sequence[Result]) -> str:
    """Return all results as one CSV text."""
    lines: list[str] = []
    for result in results:
        head, *body = result.found.to_csv().splitlines()
        lines = lines or [f"{COLUMNS},{head}"]
        name = '"' + result.clock.name.replace('"', '""') + '"'
        lines += [f"{name},{result.found.statistic},{line}" for line in body]
    return "\n".join(lines) + "\n"


def noise(name: str, language: Language) -> str:
    """Return what a noise is called."""
    return Message(f"stability.noise.{name.replace(' ', '_')}").text(language)


def rate(figure: Figure, language: Language) -> str:
    """Write a mean rate: as every figure, or with a power of ten where it is far below a second a day."""
    if figure.value is None or max(abs(figure.value), figure.u or 0.0) >= PLAIN_FROM:
        return figure.text(language)
    spread = "?" if figure.u is None else scientific(figure.u, 2)
    return f"{scientific(figure.value)} ± {spread} {figure.parts(language).unit}"


def _label(result: Result, language: Language, *, several: bool) -> str:
    return f"{result.found.title} · {result.clock.label(language)}" if several else result.found.title


def _row(found: Deviations, k: int, language: Language) -> Row:
    return Row(
        tau=seconds(float(found.tau[k])),
        deviation=scientific(float(found.deviation[k])),
        lower=scientific(float(found.lower[k])),
        upper=scientific(float(found.upper[k])),
        n=int(found.n[k]),
        noise=noise(found.noise[k], language),
        edf=scientific(float(found.edf[k])),
        rate=scientific(float(found.rates()[k])) if found.unit == "1" else "",
    )


def _readings(result: Result, name: str, language: Language) -> Iterator[tuple[float, float, str]]:
    """Yield τ, deviation and the words for each point that a pointer may read."""
    found = result.found
    for k in _thinned(found, MOST_READ):
        if not found.deviation[k] > 0:
            continue
        row = _row(found, k, language)
        interval = "" if row.lower == "—" else f" ({row.lower} … {row.upper})"
        rate = f" = {row.rate} {'秒/日' if language == 'zh' else 's/d'}" if row.rate else " s"
        yield float(found.tau[k]), float(found.deviation[k]), f"{name}, τ = {row.tau} s: {row.deviation}{interval}{rate}"


def _thinned(found: Deviations, most: int) -> list[int]:
    if found.tau.size <= most:
        return list(range(found.tau.size))
    grid = np.searchsorted(found.tau, np.geomspace(found.tau[0], found.tau[-1], most))
    return [int(k) for k in np.unique(np.minimum(grid, found.tau.size - 1))]
