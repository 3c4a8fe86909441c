# SPDX-License-Identifier: Apache-2.0
"""The Core Business Vocabulary, and what Sichen adds to it for watches; both are data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from sichen.core import DataError, Language, Message
from sichen.trace.epcis.context import SICHEN

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "bizStep": "bizStep",
        "disposition": "disposition",
        "set": "disposition",
        "unset": "disposition",
        "bizTransaction.type": "bizTransaction",
        "source.type": "sourceOrDestination",
        "destination.type": "sourceOrDestination",
        "reason": "errorReason",
        "component": "component",
        "sensorReport.type": "measurement",
        "exception": "alert",
    }
)
"""Which vocabulary the values of a field come from."""


@dataclass(frozen=True)
class Vocabulary:
    """The bare terms of one field.

    Parameters
    ----------
    name : str
    source : str
        Where the terms were read.
    web, urn : str
        What completes a term to its address in JSON-LD and to its name in XML; `urn` is empty where XML has none.
    terms : frozenset of str
    """

    name: str
    source: str
    web: str
    urn: str
    terms: frozenset[str]

    def expand(self, value: str) -> str:
        """Return the full address of a term however it is written; another value stays as it is.

        Examples
        --------
        >>> vocabulary("bizStep").expand("urn:epcglobal:cbv:bizstep:shipping")
        'https://ref.gs1.org/cbv/BizStep-shipping'
        """
        term = self.shorten(value)
        return self.web + term if term in self.terms else value

    def shorten(self, value: str) -> str:
        """Return the bare term of an address, a URN or a CURIE; another value stays as it is.

        Examples
        --------
        >>> vocabulary("measurement").shorten("gs1:Temperature")
        'Temperature'
        """
        if value in self.terms:
            return value
        for start in self._starts:
            if value.startswith(start) and value[len(start) :] in self.terms:
                return value[len(start) :]
        return value

    def name_in_xml(self, value: str) -> str:
        """Return the URN of a term, or its address where it has no URN."""
        term = self.shorten(value)
        return (self.urn or self.web) + term if term in self.terms else value

    @cached_property
    def _starts(self) -> tuple[str, ...]:
        curie = self.web.replace("https://ref.gs1.org/cbv/", "cbv:").replace("https://gs1.org/voc/", "gs1:")
        older = self.web.replace("https://gs1.org/voc/", "https://ref.gs1.org/voc/")
        return (self.web, curie, older, *((self.urn,) if self.urn else ()))


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary by its name in ``data/vocabulary.toml``."""
    return _vocabularies()[name]


def of_field(field: str) -> Vocabulary:
    """Return the vocabulary that the values of a field come from, e.g. ``sensorReport.type``."""
    return vocabulary(FIELDS[field])


@lru_cache(maxsize=4096)
def shortened(field: str, value: str) -> str:
    """Return the bare term of a field, however it is written; another value stays as it is.

    Examples
    --------
    >>> shortened("bizStep", "urn:epcglobal:cbv:bizstep:shipping")
    'shipping'
    """
    return of_field(field).shorten(value)


@dataclass(frozen=True)
class WatchTerm:
    """A quantity, position or step that watches need and the trade's vocabulary has no word for.

    Parameters
    ----------
    name : str
        As it stands behind ``sichen:``.
    kind : {"measurement", "component", "bizStep", "bizTransaction", "field"}
    en, zh : str
    unit : str
        Symbol of the unit that goes with it; empty where it has none.
    source : str
    verified : bool
        False where the source was recalled and not read.
    """

    name: str
    kind: str
    en: str
    zh: str
    unit: str
    source: str
    verified: bool

    @property
    def address(self) -> str:
        """The full address of the term."""
        return SICHEN + self.name

    def title(self, language: Language) -> str:
        """Return its name in one language."""
        return self.zh if language == "zh" else self.en


@cache
def watch_terms() -> Mapping[str, WatchTerm]:
    """Return the watch vocabulary by name.

    Examples
    --------
    >>> watch_terms()["DailyRate"].zh
    '日差'
    """
    return {name: WatchTerm(name=name, **row) for name, row in _read("watch.toml").items()}


def watch_term(name: str) -> WatchTerm:
    """Return a term of the watch vocabulary by its name, CURIE or address.

    Raises
    ------
    DataError
        If there is none.
    """
    bare = name.removeprefix(SICHEN).removeprefix("sichen:")
    if bare not in watch_terms():
        raise DataError(Message("trace.epcis.no_watch_term", name=name, known=" ".join(watch_terms())))
    return watch_terms()[bare]


@cache
def _vocabularies() -> Mapping[str, Vocabulary]:
    return {
        name: Vocabulary(name, row["source"], row["web"], row["urn"], frozenset(row["terms"]))
        for name, row in _read("vocabulary.toml").items()
    }


@cache
def _read(name: str) -> dict[str, dict[str, Any]]:
    text = resources.files("sichen.trace.epcis").joinpath("data", name).read_text(encoding="utf-8")
    return tomllib.loads(text)
