# SPDX-License-Identifier: Apache-2.0
"""The inputs of a valuation: what was said, how sure it is, and who said it. Nothing enters without a source."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from sichen.core import JSON, ConfigError, Language, Message, digest_of, is_digest

Shape = Literal["fixed", "triangular", "uniform", "normal"]
SHAPES: tuple[Shape, ...] = ("fixed", "triangular", "uniform", "normal")
GRADES = ("A", "B", "C", "derived", "assumed", "demonstration")
EDITIONS = ("GB/T 29188-2022", "GB/T 29188-2012")
_CASE = {"brand", "inputs", "spending", "report"}
_REPORT = {"appraiser", "audience", "date", "asset", "legal", "behaviour", "financial", "limits"}
_BRAND = {"name", "owner", "currency", "scale", "year", "edition", "years", "purpose", "base"}
_INPUT = {"value", "low", "high", "sd", "shape", "source", "grade", "year", "currency", "note", "record"}
_CURRENCY = re.compile("[A-Z]{3}")
_SPENDING = {"year", "amount", "index", "source", "grade"}


@dataclass(frozen=True)
class Kind:
    """What an input is: its unit, the bounds of the possible, and what stands in when a case says nothing."""

    name: str
    unit: str
    en: str
    zh: str
    low: float = -math.inf
    high: float = math.inf
    default: float | None = None
    source: str = ""
    source_zh: str = ""
    verified: bool = True

    def title(self, language: Language) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en

    def unit_text(self, currency: str) -> str:
        """Return the unit as people write it: money and prices in a currency, rates as parts of one."""
        return {"money": currency, "price": currency, "rate": "1", "number": "1", "count": "1"}.get(self.unit, self.unit)


@dataclass(frozen=True)
class Input:
    """One number that goes in.

    Parameters
    ----------
    kind : Kind
    value : float
        The best single number.
    low, high : float
        Ends of a triangular or uniform shape; equal to `value` when it is fixed.
    sd : float
        Standard deviation of a normal shape, else 0.
    shape : {"fixed", "triangular", "uniform", "normal"}
    source : str
    grade : str
        One of ``GRADES``; ``assumed`` for what stands in by default.
    record : str
        Digest of the record that it was taken from, where there is one.
    """

    kind: Kind
    value: float
    low: float
    high: float
    sd: float
    shape: Shape
    source: str
    grade: str
    record: str = ""

    def cited(self, language: Language) -> str:
        """Return where it comes from; what stands in by default is told in the language of the reader."""
        return self.kind.source_zh if language == "zh" and self.grade == "assumed" and self.kind.source_zh else self.source

    @property
    def certain(self) -> bool:
        """Whether it stands as one number."""
        return self.shape == "fixed"

    def to_json(self) -> dict[str, JSON]:
        """Return it as it goes into a record."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "sd": self.sd,
            "shape": self.shape,
            "unit": self.kind.unit,
            "source": self.source,
            "grade": self.grade,
            **({"record": self.record} if self.record else {}),
        }


@dataclass(frozen=True)
class Spending:
    """Money spent on the brand in one year, with the price index of that year."""

    year: int
    amount: float
    index: float
    source: str
    grade: str


@dataclass(frozen=True)
class Case:
    """One brand to be valued.

    Parameters
    ----------
    name, owner, currency : str
        `currency` by ISO 4217.
    scale : float
        What one unit of the money inputs is worth, e.g. 1e6 for millions.
    year : int
        Of the accounts; the value stands at its end.
    edition : str
        Of the standard that excess earnings follows.
    years : int
        Explicit years, T.
    inputs : mapping of str to Input
    spending : tuple of Spending
    purpose, base : str
        Of the valuation, as its report says them.
    text : str
        The file it came from.
    report : mapping of str to str
        What else its report says: appraiser, audience, date, asset, legal, behaviour, financial, limits.
    """

    name: str
    owner: str
    currency: str
    scale: float
    year: int
    edition: str
    years: int
    inputs: Mapping[str, Input]
    spending: tuple[Spending, ...] = ()
    purpose: str = ""
    base: str = ""
    text: str = field(default="", repr=False)
    report: Mapping[str, str] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """Return what the case says under a heading of its report; empty where it says nothing."""
        return self.report.get(name, "")

    def input(self, name: str) -> Input | None:
        """Return an input, what stands in for it, or None when the case has none."""
        return self.inputs.get(name) or _default(input_kinds()[name])

    @property
    def digest(self) -> str:
        """The digest of everything that was said."""
        said: dict[str, JSON] = {name: one.to_json() for name, one in self.inputs.items()}
        spent: list[JSON] = [[one.year, one.amount, one.index, one.source] for one in self.spending]
        return digest_of(
            {
                "brand": self.name,
                "owner": self.owner,
                "currency": self.currency,
                "scale": self.scale,
                "year": self.year,
                "edition": self.edition,
                "years": self.years,
                "inputs": said,
                "spending": spent,
            }
        )


@cache
def input_kinds() -> Mapping[str, Kind]:
    """Return everything that a valuation may ask for, by name."""
    text = resources.files("sichen.brand").joinpath("data/valuation_inputs.toml").read_text(encoding="utf-8")
    return {name: Kind(name, **row) for name, row in tomllib.loads(text).items()}


def read_case(text: str, *, name: str = "case") -> Case:
    """Read a case from TOML.

    Parameters
    ----------
    text : str
        Tables ``[brand]``, ``[inputs]`` and, for the cost method, ``[[spending]]``. An input is
        ``{value, source}``, with ``low`` and ``high`` or ``sd`` where it is not sure.
    name : str
        What errors call the file.

    Raises
    ------
    ConfigError
        If a key is unknown or missing, a number has no source, lies outside the possible, or is of another currency or year.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("brand.case.not_toml", file=name, problem=str(error))) from error
    _known(table, _CASE, name)
    brand = _table(table, "brand", name)
    _known(brand, _BRAND, f"{name} [brand]")
    currency, year = _word(brand, "currency", name), _whole(brand, "year", name, low=1900, high=2200)
    if not _CURRENCY.fullmatch(currency):
        raise ConfigError(Message("brand.case.no_currency", where=f"{name} [brand] currency", found=currency))
    scale = _number(brand.get("scale", 1.0), f"{name} [brand] scale")
    if scale <= 0:
        raise ConfigError(Message("brand.case.bounds", where=f"{name} [brand] scale", found=f"{scale:g}", low="0", high="∞"))
    given = _table(table, "inputs", name)
    inputs = {key: _input(key, row, f"{name} [inputs]", currency, year) for key, row in given.items()}
    report = _table(table, "report", name) if "report" in table else {}
    _known(report, _REPORT, f"{name} [report]")
    edition = str(brand.get("edition", EDITIONS[0]))
    if edition not in EDITIONS:
        raise ConfigError(Message("brand.case.edition", file=name, found=edition, known=", ".join(EDITIONS)))
    return Case(
        name=_word(brand, "name", name),
        owner=str(brand.get("owner", "")),
        currency=currency,
        scale=scale,
        year=year,
        edition=edition,
        years=_whole(brand, "years", name, low=1, high=20, default=5),
        inputs=inputs,
        spending=tuple(_spending(row, name, year) for row in table.get("spending", [])),
        purpose=str(brand.get("purpose", "")),
        base=str(brand.get("base", "")),
        text=text,
        report={key: str(value) for key, value in report.items()},
    )


def _input(key: str, row: object, where: str, currency: str, year: int) -> Input:
    kind = input_kinds().get(key)
    if kind is None:
        raise ConfigError(Message("brand.case.unknown_input", where=where, entry=key, known=", ".join(input_kinds())))
    if not isinstance(row, Mapping):
        raise ConfigError(Message("brand.case.no_source", where=where, entry=key))
    _known(row, _INPUT, f"{where} {key}")
    if not str(row.get("source", "")).strip():
        raise ConfigError(Message("brand.case.no_source", where=where, entry=key))
    if str(row.get("currency", currency)) != currency:
        raise ConfigError(Message("brand.case.currency", where=where, entry=key, found=str(row["currency"]), wanted=currency))
    if row.get("year", year) != year:
        raise ConfigError(Message("brand.case.year", where=where, entry=key, found=str(row["year"]), wanted=year))
    if "value" not in row:
        raise ConfigError(Message("brand.case.missing", where=f"{where} {key}", entry="value"))
    return _shaped(kind, row, f"{where} {key}")


def _shaped(kind: Kind, row: Mapping[str, Any], where: str) -> Input:
    value = _bounded(kind, row["value"], where)
    low, high = (_bounded(kind, row.get(end, value), f"{where} {end}") for end in ("low", "high"))
    sd = _number(row.get("sd", 0.0), f"{where} sd")
    shape = row.get("shape") or ("normal" if sd else "triangular" if low < high else "fixed")
    if shape not in SHAPES:
        raise ConfigError(Message("brand.case.shape", where=where, found=str(shape), known=", ".join(SHAPES)))
    if not low <= value <= high:
        raise ConfigError(Message("brand.case.order", where=where, low=f"{low:g}", value=f"{value:g}", high=f"{high:g}"))
    if sd < 0 or (shape == "normal") != (sd > 0) or (shape in {"triangular", "uniform"} and low == high):
        raise ConfigError(Message("brand.case.spread", where=where, shape=str(shape)))
    if shape in {"fixed", "normal"} and low < high:
        raise ConfigError(Message("brand.case.ends_unused", where=where, shape=str(shape)))
    grade = str(row.get("grade", "C"))
    if grade not in GRADES:
        raise ConfigError(Message("brand.case.grade", where=where, found=grade, known=", ".join(GRADES)))
    record = str(row.get("record", ""))
    if record and not is_digest(record):
        raise ConfigError(Message("brand.strength.not_digest", where=where, found=record))
    return Input(kind, value, low, high, sd, shape, str(row["source"]), grade, record)


def _default(kind: Kind) -> Input | None:
    if kind.default is None:
        return None
    return Input(kind, kind.default, kind.default, kind.default, 0.0, "fixed", kind.source, "assumed")


def _spending(row: object, name: str, latest: int) -> Spending:
    where = f"{name} [[spending]]"
    if not isinstance(row, Mapping):
        raise ConfigError(Message("brand.case.missing", where=where, entry="year"))
    _known(row, _SPENDING, where)
    if not str(row.get("source", "")).strip():
        raise ConfigError(Message("brand.case.no_source", where=where, entry="amount"))
    amount, index = (_number(row.get(key), f"{where} {key}") for key in ("amount", "index"))
    if amount < 0 or index <= 0:
        raise ConfigError(Message("brand.case.bounds", where=where, found=f"{min(amount, index):g}", low="0", high="∞"))
    spent = _whole(row, "year", name, low=1800, high=latest)
    return Spending(spent, amount, index, str(row["source"]), str(row.get("grade", "C")))


def _bounded(kind: Kind, found: object, where: str) -> float:
    number = _number(found, where)
    if not kind.low <= number <= kind.high:
        bounds = {"low": f"{kind.low:g}", "high": f"{kind.high:g}"}
        hint = "brand.case.percent" if kind.unit == "rate" and abs(number) > 1 else "brand.case.bounds"
        raise ConfigError(Message(hint, where=where, found=f"{number:g}", **bounds))
    return number


def _number(found: object, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise ConfigError(Message("brand.case.number", where=where, found=str(found)))
    return float(found)


def _whole(row: Mapping[str, Any], key: str, name: str, *, low: int, high: int, default: int | None = None) -> int:
    found = row.get(key, default)
    if found is None:
        raise ConfigError(Message("brand.case.missing", where=name, entry=key))
    if isinstance(found, bool) or not isinstance(found, int):
        raise ConfigError(Message("brand.case.number", where=f"{name} {key}", found=repr(found)))
    if not low <= found <= high:
        raise ConfigError(Message("brand.case.bounds", where=f"{name} {key}", found=str(found), low=str(low), high=str(high)))
    return found


def _word(row: Mapping[str, Any], key: str, name: str) -> str:
    if not str(row.get(key, "")).strip():
        raise ConfigError(Message("brand.case.missing", where=name, entry=key))
    return str(row[key])


def _table(table: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    found = table.get(key)
    if not isinstance(found, Mapping):
        raise ConfigError(Message("brand.case.missing", where=name, entry=f"[{key}]"))
    return found


def _known(row: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise ConfigError(Message("brand.case.unknown_key", where=where, entry=str(key), known=", ".join(sorted(known))))
