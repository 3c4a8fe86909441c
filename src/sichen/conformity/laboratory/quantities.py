# SPDX-License-Identifier: Apache-2.0
"""What stations capture: which station, which unit, what is plausible, and what it may do to the watch."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib import resources

from sichen.conformity.plan import SEVERITIES, Protocol, Step
from sichen.conformity.plans import harm
from sichen.core import Language

Bounds = tuple[Decimal, Decimal]
DAY = "day "
ROOM = (Decimal(18), Decimal(28))
"""Degrees Celsius: a step outside needs a chamber."""


@dataclass(frozen=True)
class Station:
    """A place where one kind of test is done: its name and what its operator is told."""

    id: str
    en: str
    zh: str
    says_en: str
    says_zh: str

    def name(self, language: Language) -> str:
        """Return what the station is called in one language."""
        return self.zh if language == "zh" else self.en

    def says(self, language: Language) -> str:
        """Return what its operator is told, in one language."""
        return self.says_zh if language == "zh" else self.says_en


@dataclass(frozen=True)
class Quantity:
    """A quantity that stations capture.

    Parameters
    ----------
    id, en, zh : str
    station : str
        Empty for what the harshest step of a plan leaves behind, such as the rate after it.
    severity : str
        What capturing it may do to the watch, one of `SEVERITIES`.
    low, high : Decimal
        Outside, it is a slip of the finger and no result: not a limit of any standard.
    """

    id: str
    en: str
    zh: str
    station: str
    severity: str
    low: Decimal
    high: Decimal

    def name(self, language: Language) -> str:
        """Return what the quantity is called in one language."""
        return self.zh if language == "zh" else self.en


@cache
def stations() -> Mapping[str, Station]:
    """Return the kinds of station, by identifier, in the order in which a watch visits them.

    Examples
    --------
    >>> list(stations())[:3]
    ['look', 'rate', 'chamber']
    """
    return {name: Station(name, **row) for name, row in _table()["station"].items()}


@cache
def known_quantities() -> Mapping[str, Quantity]:
    """Return every quantity that the built-in plans ask for."""
    return {
        name: Quantity(
            name, row["en"], row["zh"], row["station"], row["severity"], Decimal(str(row["low"])), Decimal(str(row["high"]))
        )
        for name, row in _table()["quantity"].items()
    }


def quantity_of(protocol: Protocol, name: str) -> Quantity:
    """Return what is known of a quantity; one that only a laboratory's own plan has is looked at by its unit."""
    known = known_quantities()
    if name.startswith(DAY):
        number = name.removeprefix(DAY)
        day = known["day"]
        step = protocol.plan.step_of(int(number))
        warm = step.temperature is not None and not ROOM[0] <= step.temperature <= ROOM[1]
        station = "chamber" if warm else day.station
        return replace(day, id=name, en=f"{day.en} {number}", zh=f"第{number}天{day.zh}", station=station)
    widest = SEVERITIES[harm(protocol.plan)]
    if name in known:
        found = known[name]
        return found if found.station else replace(found, station=widest, severity=widest)
    title = next((one for one in protocol.station_criteria if name in one.parameters.values()), None)
    low, high = (Decimal(str(side)) for side in _table()["unit"].get(unit_of(protocol, name), _table()["unit"]["other"]))
    station = widest if widest in stations() else "wear"
    return Quantity(name, title.title_en if title else name, title.title_zh if title else name, station, widest, low, high)


def bounds_of(protocol: Protocol, name: str) -> Bounds:
    """Return what is plausible for a quantity."""
    found = quantity_of(protocol, name)
    return found.low, found.high


def severity_of(protocol: Protocol, name: str) -> int:
    """Return how much capturing a quantity may harm the watch, as a rank: results of lower rank come first."""
    return SEVERITIES.index(quantity_of(protocol, name).severity)


def unit_of(protocol: Protocol, name: str) -> str:
    """Return the unit that a quantity is captured in."""
    if name.startswith(DAY):
        return protocol.plan.measurand.unit
    return next((one.unit for one in protocol.station_criteria if name in one.parameters.values()), "1")


def steps_for(protocol: Protocol, name: str) -> tuple[Step, ...]:
    """Return the steps of a plan in which a quantity is captured: those that may do to the watch what it may."""
    if name.startswith(DAY):
        return (protocol.plan.step_of(int(name.removeprefix(DAY))),)
    severity = quantity_of(protocol, name).severity
    fitting = tuple(step for step in protocol.plan.steps if step.severity == severity)
    return fitting or protocol.plan.steps or (Step(),)


def name_of(name: str, language: Language) -> str:
    """Return what a quantity is called in one language; one that only a laboratory's own plan has, by its identifier.

    Examples
    --------
    >>> name_of("day 3", "zh"), name_of("air_leak", "en")
    ('第3天日差', 'air leak')
    """
    known = known_quantities()
    if name.startswith(DAY):
        number, day = name.removeprefix(DAY), known["day"]
        return f"第{number}天{day.zh}" if language == "zh" else f"{day.en} {number}"
    return known[name].name(language) if name in known else name


@cache
def _table() -> Mapping[str, dict[str, dict[str, str]]]:
    text = resources.files("sichen.conformity").joinpath("data/laboratory.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
