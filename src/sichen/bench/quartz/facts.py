# SPDX-License-Identifier: Apache-2.0
"""What is known about quartz drives: the numbers of ``data/quartz.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core import constant

CYCLE = 1.0 / constant("quartz_nominal").value
"""One cycle of the crystal, in seconds."""

DAY = constant("day").value
"""Seconds in a day."""


@dataclass(frozen=True)
class Fact:
    """One fact about quartz watches.

    Parameters
    ----------
    values : tuple of float
        The number, the ends of a range, or a list; in `unit`.
    unit, source : str
    verified : bool
        Whether the source was read.
    """

    values: tuple[float, ...]
    unit: str
    source: str
    verified: bool

    @property
    def value(self) -> float:
        """The first number."""
        return self.values[0]


@cache
def quartz_facts() -> Mapping[str, Fact]:
    """Return all facts by name.

    Examples
    --------
    >>> quartz_facts()["longest_inhibition_period"].value
    960.0
    """
    text = resources.files("sichen.bench").joinpath("data/quartz.toml").read_text(encoding="utf-8")
    return {
        name: Fact(_numbers(row["value"]), row["unit"], row["source"], row["verified"])
        for name, row in tomllib.loads(text).items()
    }


def _numbers(value: float | list[float]) -> tuple[float, ...]:
    return tuple(float(number) for number in value) if isinstance(value, list) else (float(value),)
