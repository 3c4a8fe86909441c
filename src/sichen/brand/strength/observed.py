# SPDX-License-Identifier: Apache-2.0
"""What was observed of a brand: indicator values, each with its source or the records it was computed from."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sichen.brand.strength.indicators import CLOSE, Element, IndicatorSet, indicator_set
from sichen.core import ConfigError, Message, is_digest

WHOLE = 100.0
_TABLES = {"brand", "indicators", "weights", "evidence"}
_EVIDENCE = {"watches"}
_BRAND = {"name", "owner", "year"}
_ROW = {"value", "u", "source", "grade", "records"}


@dataclass(frozen=True)
class Observed:
    """A value of one indicator.

    Parameters
    ----------
    value : float
    u : float
        Standard uncertainty; 0 when it was counted.
    source : str
    grade : str
    records : tuple of str
        Digests of the records that it was computed from.
    """

    value: float
    u: float
    source: str
    grade: str = "C"
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class ObservedBrand:
    """A brand in a year with what was observed.

    Parameters
    ----------
    name : str
    year : int
    observed : mapping of str to Observed
    indicators : IndicatorSet
        With the file's own weights where it has any.
    own_weights : bool
    watches : tuple of str
        Names of its watches, with ``*`` for anything, whose records are its evidence.
    """

    name: str
    year: int
    observed: Mapping[str, Observed]
    indicators: IndicatorSet
    own_weights: bool = False
    watches: tuple[str, ...] = ()

    def with_evidence(self, found: Mapping[str, Observed]) -> "ObservedBrand":
        """Return the brand with values computed from records in place of typed ones."""
        return replace(self, observed={**self.observed, **found})


def read_observed(text: str, *, name: str = "brand", indicators: IndicatorSet | None = None) -> ObservedBrand:
    """Read what was observed from TOML: ``[brand]``, ``[indicators]`` and, if wanted, ``[weights]`` of the elements.

    ``[evidence]`` with ``watches = ["Sinan-*"]`` says whose records count.

    Raises
    ------
    ConfigError
        If a key is unknown, a value has neither source nor records, a percentage lies outside 0 … 100, or weights do not add up to 1.
    """
    known = indicators or indicator_set()
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("brand.case.not_toml", file=name, problem=str(error))) from error
    _known(table, _TABLES, name)
    brand, rows = table.get("brand", {}), table.get("indicators", {})
    _known(brand, _BRAND, f"{name} [brand]")
    for key in ("name", "year"):
        if not brand.get(key):
            raise ConfigError(Message("brand.case.missing", where=f"{name} [brand]", entry=key))
    _known(rows, set(known.indicators), f"{name} [indicators]")
    observed = {key: _observed(row, known.indicators[key].unit, f"{name} {key}") for key, row in rows.items()}
    weights = table.get("weights")
    if weights is not None:
        known = replace(known, elements=_reweighted(known.elements, weights, name))
    evidence = table.get("evidence", {})
    _known(evidence, _EVIDENCE, f"{name} [evidence]")
    watches = tuple(str(one) for one in evidence.get("watches", ()))
    year = int(_number(brand["year"], f"{name} [brand] year"))
    return ObservedBrand(str(brand["name"]), year, observed, known, own_weights=weights is not None, watches=watches)


def _observed(row: object, unit: str, where: str) -> Observed:
    if not isinstance(row, Mapping):
        raise ConfigError(Message("brand.case.no_source", where=where, entry="value"))
    _known(row, _ROW, where)
    value, u = (_number(row.get(key, fallback), where) for key, fallback in (("value", None), ("u", 0.0)))
    records = tuple(str(one) for one in row.get("records", ()))
    for digest in records:
        if not is_digest(digest):
            raise ConfigError(Message("brand.strength.not_digest", where=where, found=digest))
    if not records and not str(row.get("source", "")).strip():
        raise ConfigError(Message("brand.case.no_source", where=where, entry="value"))
    if u < 0 or (unit == "%" and where.rsplit(" ", 1)[-1] not in _MAY_BE_NEGATIVE and not 0 <= value <= WHOLE):
        raise ConfigError(Message("brand.case.bounds", where=where, found=f"{value:g}", low="0", high="100"))
    return Observed(value, u, str(row.get("source", "")), str(row.get("grade", "C")), records)


_MAY_BE_NEGATIVE = {"price_premium", "gross_margin"}


def _reweighted(elements: Mapping[str, Element], weights: Mapping[str, Any], name: str) -> dict[str, Element]:
    _known(weights, set(elements), f"{name} [weights]")
    for key in elements:
        if key not in weights:
            raise ConfigError(Message("brand.case.missing", where=f"{name} [weights]", entry=key))
    numbers = {key: _number(weights[key], f"{name} [weights] {key}") for key in elements}
    if abs(sum(numbers.values()) - 1) > CLOSE or min(numbers.values()) < 0:
        raise ConfigError(Message("brand.strength.weights", where=f"{name} [weights]", total=f"{sum(numbers.values()):g}"))
    return {key: replace(one, weight=numbers[key]) for key, one in elements.items()}


def _number(found: object, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise ConfigError(Message("brand.case.number", where=where, found=str(found)))
    return float(found)


def _known(row: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise ConfigError(Message("brand.case.unknown_key", where=where, entry=str(key), known=", ".join(sorted(known))))
