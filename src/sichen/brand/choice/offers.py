# SPDX-License-Identifier: Apache-2.0
"""The file of a simulated market: what is offered, by whom, at what margin, and which candidates one thinks of adding."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sichen.brand.choice.worth import Offer
from sichen.core import ConfigError, Message

_TABLES = {"offers", "candidates", "upkeep"}
_OFFER = {"name", "own", "margin", "attributes"}


@dataclass(frozen=True)
class Market:
    """A simulated market.

    Parameters
    ----------
    offers : tuple of Offer
        What is sold now.
    candidates : tuple of Offer
        What one thinks of adding; own ones.
    upkeep : float
        What keeping one candidate costs for each buyer of the market.
    """

    offers: tuple[Offer, ...]
    candidates: tuple[Offer, ...]
    upkeep: float


def read_market(text: str, *, name: str = "market") -> Market:
    """Read a market from TOML: ``[[offers]]`` and ``[[candidates]]`` with ``name``, ``attributes``, ``margin``, ``own``.

    Raises
    ------
    ConfigError
        If a key is unknown, an attribute is no number, or a name stands twice.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("brand.case.not_toml", file=name, problem=str(error))) from error
    _known(table, _TABLES, name)
    offers = [_offer(row, f"{name} [[offers]] {at}") for at, row in enumerate(_rows(table, "offers", name), 1)]
    wanted = [_offer(row, f"{name} [[candidates]] {at}", own=True) for at, row in enumerate(table.get("candidates", []), 1)]
    names = [one.name for one in (*offers, *wanted)]
    for one in names:
        if names.count(one) > 1:
            raise ConfigError(Message("brand.strategy.twice", where=name, found=one))
    return Market(tuple(offers), tuple(wanted), _number(table.get("upkeep", 0.0), f"{name} upkeep"))


def _offer(row: Mapping[str, Any], where: str, *, own: bool = False) -> Offer:
    _known(row, _OFFER, where)
    if not str(row.get("name", "")).strip():
        raise ConfigError(Message("brand.case.missing", where=where, entry="name"))
    attributes = {key: _number(value, f"{where} {key}") for key, value in row.get("attributes", {}).items()}
    margin = _number(row.get("margin", 0.0), f"{where} margin")
    return Offer(str(row["name"]), attributes, margin, own=own or bool(row.get("own", False)))


def _rows(table: Mapping[str, Any], key: str, name: str) -> Sequence[Mapping[str, Any]]:
    found = table.get(key)
    if not isinstance(found, list) or not found:
        raise ConfigError(Message("brand.case.missing", where=name, entry=f"[[{key}]]"))
    return found


def _number(found: object, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise ConfigError(Message("brand.case.number", where=where, found=str(found)))
    return float(found)


def _known(row: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise ConfigError(Message("brand.case.unknown_key", where=where, entry=str(key), known=", ".join(sorted(known))))
