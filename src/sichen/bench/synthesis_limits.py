# SPDX-License-Identifier: Apache-2.0
"""What may be synthesised: a watch or a recording that cannot exist is refused with the range that can."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core import DataError, Message


@dataclass(frozen=True)
class Limit:
    """The closed range of one property, and its unit."""

    low: float
    high: float
    unit: str


@cache
def synthesis_limits(kind: str) -> Mapping[str, Limit]:
    """Return the limits of ``watch``, ``scene``, ``quartz`` or ``pickup`` by property; see `data/synthesis_limits.toml`."""
    text = resources.files("sichen.bench").joinpath("data/synthesis_limits.toml").read_text(encoding="utf-8")
    return {name: Limit(**row) for name, row in tomllib.loads(text)[kind].items()}


def check_limits(kind: str, thing: object) -> None:
    """Refuse a property outside its limits, also one that is no number; None is always allowed.

    Raises
    ------
    DataError
        Naming the property, its value and the range.
    """
    for name, limit in synthesis_limits(kind).items():
        for value in _numbers(getattr(thing, name)):
            if not limit.low <= value <= limit.high:
                raise DataError(_refusal(name, value, limit))


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, tuple):
        for entry in value:
            yield from _numbers(entry)
    elif isinstance(value, int | float):
        yield float(value)


def _refusal(name: str, value: float, limit: Limit) -> Message:
    unit = limit.unit if limit.unit in {"", "°"} else f" {limit.unit}"
    found, low, high = (f"{number:g}".replace("-", "−") for number in (value, limit.low, limit.high))
    return Message("bench.synthesis.outside", option=name.replace("_", "-"), found=found, unit=unit, low=low, high=high)
