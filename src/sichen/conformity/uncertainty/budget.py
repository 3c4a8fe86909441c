# SPDX-License-Identifier: Apache-2.0
"""Budgets: the uncertainty of the measurands of a watch laboratory, component by component."""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from sichen.conformity.uncertainty.propagation import Model, Result, propagate
from sichen.conformity.uncertainty.quantity import HALF_WIDTHS, Quantity
from sichen.core import JSON, Figure, Language, Message, NotFound, constant

PPM_TO_RATE = 0.0864
"""Seconds a day in a part per million: 86 400 · 10⁻⁶."""


@dataclass(frozen=True)
class Source:
    """One component of a budget: what it is, how well it is known, and how that is known."""

    name: str
    title_en: str
    title_zh: str
    unit: str
    quantity: Quantity
    source: str
    verified: bool
    given: bool = False

    def title(self, language: Language) -> str:
        """Return what the component is called in one language."""
        return self.title_zh if language == "zh" else self.title_en


@dataclass(frozen=True)
class Row:
    """One row of the table of a budget; `share` is its part of the variance."""

    name: str
    title: str
    value: float
    unit: str
    distribution: str
    u: float
    dof: float
    sensitivity: float
    contribution: float
    share: float
    source: str
    verified: bool


@dataclass(frozen=True)
class Budget:
    """The uncertainty of one measurand.

    Parameters
    ----------
    name, title_en, title_zh, unit : str
    model : callable
        The measurand as a function of the components by name.
    components : tuple of Source
    """

    name: str
    title_en: str
    title_zh: str
    unit: str
    model: Model
    components: tuple[Source, ...]

    def title(self, language: Language) -> str:
        """Return what the measurand is called in one language."""
        return self.title_zh if language == "zh" else self.title_en

    def inputs(self) -> dict[str, Quantity]:
        """Return the components as input quantities by name."""
        return {one.name: one.quantity for one in self.components}

    def result(self) -> Result:
        """Return the measurand by the law of propagation."""
        return propagate(self.model, self.inputs())

    def figure(self) -> Figure:
        """Return the measurand as people read it."""
        result = self.result()
        return Figure(result.value, result.u, self.unit)

    def using(self, **quantities: Quantity) -> "Budget":
        """Return the budget with components as they were measured.

        Raises
        ------
        NotFound
            If a component is unknown.
        """
        known = {one.name for one in self.components}
        for name in quantities:
            if name not in known:
                raise NotFound(
                    Message("conformity.uncertainty.no_component", budget=self.name, name=name, known=", ".join(sorted(known)))
                )
        components = tuple(
            replace(one, quantity=quantities[one.name], source="entered", verified=True) if one.name in quantities else one
            for one in self.components
        )
        return replace(self, components=components)

    def table(self, language: Language = "en") -> tuple[Row, ...]:
        """Return the rows of the budget, greatest contribution first."""
        result = self.result()
        total = sum(one.contribution**2 for one in result.components) or 1.0
        rows = [
            Row(
                known.name,
                known.title(language),
                part.quantity.value,
                known.unit,
                part.quantity.distribution,
                part.quantity.u,
                part.quantity.dof,
                part.sensitivity,
                part.contribution,
                part.contribution**2 / total,
                known.source,
                known.verified,
            )
            for known, part in zip(self.components, result.components, strict=True)
        ]
        return tuple(sorted(rows, key=lambda row: -row.share))

    def to_json(self) -> dict[str, JSON]:
        """Return the budget with its result as plain JSON; infinite degrees of freedom are None."""
        result = self.result()
        chinese = {row.name: row.title for row in self.table("zh")}
        return {
            "name": self.name,
            "title_en": self.title_en,
            "title_zh": self.title_zh,
            "unit": self.unit,
            "value": result.value,
            "u": result.u,
            "dof": _finite(result.dof),
            "components": [
                {
                    "title_en": row.title,
                    "title_zh": chinese[row.name],
                    "value": row.value,
                    "unit": row.unit,
                    "distribution": row.distribution,
                    "u": row.u,
                    "dof": _finite(row.dof),
                    "sensitivity": row.sensitivity,
                    "contribution": row.contribution,
                    "share": row.share,
                    "source": row.source,
                    "verified": row.verified,
                }
                for row in self.table()
            ],
        }


@cache
def budgets() -> Mapping[str, Budget]:
    """Return the built-in budgets by name, with the usual values of their components.

    Examples
    --------
    >>> sorted(budgets())
    ['acoustic_rate', 'daily_rate', 'daily_state', 'quartz_rate', 'temperature']
    """
    text = resources.files("sichen.conformity").joinpath("data/budgets.toml").read_text(encoding="utf-8")
    return {name: _budget(name, table) for name, table in tomllib.loads(text).items()}


def budget(name: str, **measured: Quantity) -> Budget:
    """Return one budget, with the components that were measured in place of the usual ones.

    Raises
    ------
    NotFound
        If there is no such budget or component.

    Examples
    --------
    >>> budget("daily_rate").table()[0].title
    'temperature of the watch over the day'
    """
    try:
        return budgets()[name].using(**measured)
    except KeyError:
        raise NotFound(Message("conformity.uncertainty.no_budget", name=name, known=", ".join(budgets()))) from None


def _budget(name: str, table: Mapping[str, Any]) -> Budget:
    components = tuple(_source(row) for row in table["component"])
    return Budget(name, table["title_en"], table["title_zh"], table["unit"], MODELS[name], components)


def _source(row: Mapping[str, Any]) -> Source:
    u = row["u"] if "u" in row else row["half_width"] / HALF_WIDTHS[row["distribution"]]
    quantity = Quantity(float(row.get("value", 0.0)), float(u), distribution=row["distribution"])
    return Source(
        row["name"],
        row["title_en"],
        row["title_zh"],
        row["unit"],
        quantity,
        row["source"],
        row["verified"],
        row.get("given", False),
    )


def _finite(dof: float | None) -> float | None:
    return dof if dof is not None and math.isfinite(dof) else None


def _acoustic_rate(reading: Any, temperature: Any, coefficient: Any, position: Any) -> Any:  # noqa: ANN401 - real, complex or array
    return reading + coefficient * temperature + position


def _daily_state(reading: Any, reference: Any, resolution: Any) -> Any:  # noqa: ANN401
    return reading - reference + resolution


def _daily_rate(after: Any, before: Any, interval: Any, temperature: Any, coefficient: Any) -> Any:  # noqa: ANN401
    return (after - before) / interval + coefficient * temperature


def _quartz_rate(reading: Any, reference: Any, temperature: Any, turnover: Any) -> Any:  # noqa: ANN401
    curvature = constant("tuning_fork_parabola").value * constant("day").value
    # The rate is referred to 23 °C: what the temperature adds is the difference of two points of the parabola.
    return (
        reading
        - PPM_TO_RATE * reference
        + curvature * ((temperature - turnover) ** 2 - (REFERENCE_TEMPERATURE - turnover) ** 2)
    )


def _temperature(reading: Any, calibration: Any, drift: Any, resolution: Any, gradient: Any) -> Any:  # noqa: ANN401
    return reading + calibration + drift + resolution + gradient


REFERENCE_TEMPERATURE = 23.0
"""Degrees Celsius at which rates are stated: ISO 3159 programme, QB/T usage."""

MODELS: Mapping[str, Callable[..., Any]] = {
    "acoustic_rate": _acoustic_rate,
    "daily_state": _daily_state,
    "daily_rate": _daily_rate,
    "quartz_rate": _quartz_rate,
    "temperature": _temperature,
}
"""The measurand of each budget as a function of its components."""
