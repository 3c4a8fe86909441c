# SPDX-License-Identifier: Apache-2.0
"""The strategy file: for whom, what for, under which brands, where sold, by which steps, for how much, judged by what."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sichen.core import ConfigError, Message

MODELS = ("single", "multi", "endorsed")
CHANNELS = ("own-shops", "chain", "e-commerce", "rural")
WHOLE = 100.0
_PARTS: Mapping[str, frozenset[str]] = {
    "brand": frozenset({"name", "owner", "year"}),
    "segment": frozenset({"who", "price_low", "price_high", "currency"}),
    "position": frozenset({"promise", "proofs", "against"}),
    "model": frozenset({"kind", "brands"}),
    "channels": frozenset({"kind", "places", "share"}),
    "plan": frozenset({"begins", "ends", "steps"}),
    "budget": frozenset({"currency", "total", "items"}),
    "kpis": frozenset({"measure", "unit", "now", "goal", "due", "source"}),
    "crisis": frozenset({"lead", "answer_within_h", "steps"}),
    "review": frozenset({"every_months", "next", "by"}),
}
_ROWS: Mapping[str, frozenset[str]] = {
    "plan.steps": frozenset({"what", "due", "who"}),
    "budget.items": frozenset({"what", "amount"}),
}
_NUMBERS = {"price_low", "price_high", "share", "places", "total", "amount", "answer_within_h", "every_months", "now", "goal"}
_MAY_BE_NEGATIVE = {"now", "goal"}
_DATES = {"due", "begins", "ends", "next"}


@dataclass(frozen=True)
class Strategy:
    """A brand strategy.

    Parameters
    ----------
    name, owner : str
        Of the brand.
    year : int
    table : mapping
        Its parts as they were written, keys and numbers checked.
    """

    name: str
    owner: str
    year: int
    table: Mapping[str, Any]

    def at(self, path: str) -> object:
        """Return what stands at a dotted path; None where nothing does."""
        found: object = self.table
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def rows(self, path: str) -> list[Mapping[str, Any]]:
        """Return the items of a list; empty where there is none."""
        found = self.at(path)
        return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def read_strategy(text: str, *, name: str = "strategy") -> Strategy:
    """Read a strategy from TOML.

    Parameters
    ----------
    text : str
        ``[brand]`` with a name, and whatever there is of ``[segment]``, ``[position]``, ``[model]``, ``[[channels]]``,
        ``[plan]`` with ``[[plan.steps]]``, ``[budget]`` with ``[[budget.items]]``, ``[[kpis]]``, ``[crisis]`` and ``[review]``.
    name : str
        What errors call the file.

    Raises
    ------
    ConfigError
        If a part or key is unknown, a number is none or negative, a share exceeds 100 %, a day is none, a model or a channel
        unknown, or a channel stands twice.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("brand.case.not_toml", file=name, problem=str(error))) from error
    _known(table, frozenset(_PARTS), name)
    for part, keys in _PARTS.items():
        _part(table, part, keys, name)
    brand = table.get("brand", {})
    if not str(brand.get("name", "")).strip():
        raise ConfigError(Message("brand.case.missing", where=f"{name} [brand]", entry="name"))
    found = Strategy(str(brand["name"]), str(brand.get("owner", "")), int(brand.get("year", 0)), table)
    _words(found, name)
    return found


def _part(table: Mapping[str, Any], part: str, keys: frozenset[str], name: str) -> None:
    found = table.get(part, {})
    for number, row in enumerate(found if isinstance(found, list) else [found], 1):
        where = f"{name} [[{part}]] {number}" if isinstance(found, list) else f"{name} [{part}]"
        if not isinstance(row, Mapping) or (isinstance(found, list) != (part in {"channels", "kpis"}) and part in table):
            raise ConfigError(Message("brand.strategy.shape", where=where, part=part))
        _row(row, keys, where)
        for path, row_keys in _ROWS.items():
            outer, _, inner = path.partition(".")
            if outer == part and inner in row:
                for place, item in enumerate(row[inner], 1):
                    _row(item, row_keys, f"{name} [[{path}]] {place}")


def _row(row: Mapping[str, Any], keys: frozenset[str], where: str) -> None:
    _known(row, keys, where)
    for key, value in row.items():
        if key in _NUMBERS:
            _number(key, value, f"{where} {key}")
        if key in _DATES and not _is_day(value):
            raise ConfigError(Message("brand.strategy.day", where=f"{where} {key}", found=str(value)))


def _number(key: str, value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(Message("brand.case.number", where=where, found=str(value)))
    high = WHOLE if key == "share" else math.inf
    if (value < 0 and key not in _MAY_BE_NEGATIVE) or value > high:
        raise ConfigError(
            Message("brand.case.bounds", where=where, found=f"{value:g}", low="0", high="∞" if math.isinf(high) else "100")
        )


def _words(found: Strategy, name: str) -> None:
    kind = found.at("model.kind")
    if kind is not None and kind not in MODELS:
        raise ConfigError(
            Message("brand.strategy.word", where=f"{name} [model] kind", found=str(kind), known=", ".join(MODELS))
        )
    seen = set()
    for number, row in enumerate(found.rows("channels"), 1):
        channel, where = str(row.get("kind", "")), f"{name} [[channels]] {number} kind"
        if channel not in CHANNELS:
            raise ConfigError(Message("brand.strategy.word", where=where, found=channel, known=", ".join(CHANNELS)))
        if channel in seen:
            raise ConfigError(Message("brand.strategy.twice", where=where, found=channel))
        seen.add(channel)


def _is_day(value: object) -> bool:
    if isinstance(value, date):
        return True
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _known(row: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise ConfigError(Message("brand.case.unknown_key", where=where, entry=str(key), known=", ".join(sorted(known))))
