# SPDX-License-Identifier: Apache-2.0
"""Regions of China and the places that the policy names: one tile for each province-level division."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from sichen.core import JSON, Language

COUNTRY = "CN"
_COUNTRY_NAMES = {
    "cn",
    "china",
    "prc",
    "p.r. china",
    "people's republic of china",
    "mainland china",
    "中国",
    "全国",
    "中华人民共和国",
}


@dataclass(frozen=True)
class Division:
    """A province-level division.

    Parameters
    ----------
    code : str
        Two letters, as ``FJ``.
    en, zh, full : str
        Names; `full` is the Chinese name with what kind of division it is.
    tile : (int, int)
        Column and row of its square, from the north-west.
    """

    code: str
    en: str
    zh: str
    full: str
    tile: tuple[int, int]

    def name(self, language: Language) -> str:
        """Return its short name."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Place:
    """A region, area, cluster or platform that a text names, with its clause."""

    regions: tuple[str, ...]
    kind: str
    en: str
    zh: str
    clause: str
    source: str

    def name(self, language: Language) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en

    def to_json(self) -> dict[str, JSON]:
        """Return the place as plain JSON."""
        return {**vars(self), "regions": list(self.regions)}


@cache
def divisions() -> tuple[Division, ...]:
    """Return the 34 province-level divisions in the order of their codes' standard.

    Examples
    --------
    >>> len(divisions()), len({one.tile for one in divisions()}), divisions()[0].full
    (34, 34, '北京市')
    """
    return tuple(
        Division(code, row["en"], row["zh"], row["full"], (row["tile"][0], row["tile"][1]))
        for code, row in _data()["division"].items()
    )


@cache
def places() -> tuple[Place, ...]:
    """Return the places that the policy and the supplied figures name."""
    return tuple(Place(**{**row, "regions": tuple(row["regions"])}) for row in _data()["place"])


def find_division(name: str) -> Division | None:
    """Return the division of a name: Chinese or English, short or full, or its code, with or without ``CN-``.

    Examples
    --------
    >>> [one.code for name in ("福建省", "Fujian", "CN-Fujian", "FJ", "CN-GD") if (one := find_division(name))]
    ['FJ', 'FJ', 'FJ', 'FJ', 'GD']
    >>> find_division("Zhangzhou") is None
    True
    """
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    head, dash, tail = plain.partition("-")
    return _names().get(tail if dash and head in _COUNTRY_NAMES else plain)


def area_of(name: str) -> str:
    """Return one name for one area: the country is ``CN``, a division ``CN-Fujian``; any other stays as it is.

    Examples
    --------
    >>> area_of("全国"), area_of("福建"), area_of("CN-Zhangzhou"), area_of("CH")
    ('CN', 'CN-Fujian', 'CN-Zhangzhou', 'CH')
    """
    plain = unicodedata.normalize("NFKC", name).strip()
    if plain.casefold() in _COUNTRY_NAMES:
        return COUNTRY
    head, dash, _ = plain.partition("-")
    found = find_division(plain) if dash or len(plain) > 2 or not plain.isascii() else None  # noqa: PLR2004 - two letters are a country
    if found is not None and found.code in {"HK", "MO", "TW"} and not dash:
        return plain  # these keep statistics of their own, and are no parts of a sum of the mainland's
    if found is not None:
        return f"{COUNTRY}-{found.en}"
    return f"{COUNTRY}{plain[len(head) :]}" if dash and head.casefold() in _COUNTRY_NAMES else plain


@cache
def _names() -> Mapping[str, Division]:
    rows = _data()["division"]
    found: dict[str, Division] = {}
    for one in divisions():
        for name in (one.code, one.en, one.zh, one.full, f"{one.en} Province", *rows[one.code].get("also", ())):
            found[name.casefold()] = one
    return found


@cache
def _data() -> Mapping[str, Any]:
    text = resources.files("sichen.industry").joinpath("data/regions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
