# SPDX-License-Identifier: Apache-2.0
"""What the trade calls normal for a kind of watch: guidance beside the figures, not a verdict."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from sichen.bench.series.positions import Series
from sichen.core import Figure

Verdict = Literal["inside", "outside", "undecided", "not measured"]


@dataclass(frozen=True)
class Limit:
    """One range; a side that is None is open."""

    quantity: Literal["rate", "amplitude", "beat_error"]
    positions: Literal["all", "horizontal", "vertical", "mean"]
    low: float | None
    high: float | None
    unit: str


@dataclass(frozen=True)
class WatchClass:
    """A kind of watch and what is normal for it."""

    name: Mapping[str, str]
    limits: tuple[Limit, ...]
    source: str
    verified: bool


@cache
def classes() -> Mapping[str, WatchClass]:
    """Return all classes by name."""
    text = resources.files("sichen.bench").joinpath("data/classes.toml").read_text(encoding="utf-8")
    return {
        key: WatchClass(
            name=row["name"],
            limits=tuple(
                Limit(one["quantity"], one["positions"], one.get("low"), one.get("high"), one["unit"]) for one in row["limits"]
            ),
            source=row["source"],
            verified=row["verified"],
        )
        for key, row in tomllib.loads(text).items()
    }


def compare_with_class(series: Series, watch_class: WatchClass) -> tuple[tuple[Limit, str, Verdict], ...]:
    """Hold a series against what is normal.

    Parameters
    ----------
    series : Series
    watch_class : WatchClass

    Returns
    -------
    tuple of (Limit, str, str)
        Limit, position code or ``mean``, and whether the figure is inside; ``undecided`` when the limit lies
        within two standard uncertainties.
    """
    found: list[tuple[Limit, str, Verdict]] = []
    for limit in watch_class.limits:
        if limit.positions == "mean":
            mean = series.rate.mean if limit.quantity == "rate" else series.amplitude.mean
            found.append((limit, "mean", _place(mean, limit)))
            continue
        for code, row in series.readings.items():
            if limit.positions in {"all", row.position.plane}:
                figure: Figure = getattr(row, limit.quantity)
                found.append((limit, code, _place(figure, limit)))
    return tuple(found)


def _place(figure: Figure, limit: Limit) -> Verdict:
    if figure.value is None:
        return "not measured"
    guard = 2 * (figure.u or 0.0)
    over = max(
        -float("inf") if limit.low is None else limit.low - figure.value,
        -float("inf") if limit.high is None else figure.value - limit.high,
    )
    if abs(over) < guard:
        return "undecided"
    return "outside" if over > 0 else "inside"
