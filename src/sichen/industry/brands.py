# SPDX-License-Identifier: Apache-2.0
"""Who is an international and who a domestic brand: each criterion met, failed or unknown, and so the whole."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from sichen.core import JSON, DataError, Language, Message, NotFound
from sichen.industry.tables import Refusal, Table
from sichen.industry.values import Value, read_value

State = Literal["met", "failed", "unknown"]
YES, NO = {"yes", "true", "1", "是", "y"}, {"no", "false", "0", "否", "n"}
UNKNOWN = {"", "-", "—", "unknown", "n/a", "na", "不详", "未知"}
ALIASES = {
    "name": "brand",
    "品牌": "brand",
    "registered_abroad": "registrations_abroad",
    "outlet_countries": "outlet_countries_abroad",
    "language_count": "languages",
    "consecutive_fair_years": "fair_years",
    "brand_name": "brand",
    "品牌名称": "brand",
    "境外注册": "registrations_abroad",
    "海外注册": "registrations_abroad",
    "境外注册国家数": "registrations_abroad",
    "海外注册国家数": "registrations_abroad",
    "境外网点国家数": "outlet_countries_abroad",
    "海外网点": "outlet_countries_abroad",
    "海外网点国家数": "outlet_countries_abroad",
    "境外网点": "outlet_countries_abroad",
    "语言": "languages",
    "语言数": "languages",
    "语种数": "languages",
    "参展年数": "fair_years",
    "展会年数": "fair_years",
    "连续参展年数": "fair_years",
    "行业领先": "leading",
    "网点": "outlets",
    "网点数": "outlets",
    "门店数": "outlets",
    "销售网点": "outlets",
    "一线城市": "all_tier1",
    "覆盖全部一线城市": "all_tier1",
    "二线城市": "tier2_percent",
    "二线城市覆盖率": "tier2_percent",
    "所有者": "owner",
    "所有人": "owner",
    "产地": "origin",
    "归属": "owner",
    "原产地": "origin",
    "宣传语言数": "languages",
    "国际展会年数": "fair_years",
    "一线城市全覆盖": "all_tier1",
    "来源地": "origin",
}
"""Other names of the columns of a table of brands."""


@dataclass(frozen=True)
class Judged:
    """One criterion and what the evidence says of it."""

    criterion: str
    state: State
    evidence: str

    def to_json(self) -> dict[str, JSON]:
        """Return the criterion as plain JSON."""
        return {"criterion": self.criterion, "state": self.state, "evidence": self.evidence}


@dataclass(frozen=True)
class Classified:
    """A brand against one set of criteria.

    Parameters
    ----------
    brand, kind, edition : str
    state : {"met", "failed", "unknown"}
        Failed when one criterion failed, met when all are met, else unknown.
    criteria : tuple of Judged
    row : int
        Of the table it came from; 0 when it came from none.
    owner, origin : str
        Who owns the brand and where it is from: not the same, and both may be unknown.
    """

    brand: str
    kind: str
    edition: str
    state: State
    criteria: tuple[Judged, ...]
    row: int = 0
    owner: str = ""
    origin: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the classification as plain JSON."""
        return {
            "brand": self.brand,
            "row": self.row,
            "kind": self.kind,
            "edition": self.edition,
            "state": self.state,
            "owner": self.owner,
            "origin": self.origin,
            "criteria": [one.to_json() for one in self.criteria],
        }


@cache
def criteria() -> Mapping[str, Any]:
    """Return the criteria of each kind of brand, as the data file has them."""
    text = resources.files("sichen.industry").joinpath("data/brand_criteria.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def criterion_name(kind: str, criterion: str, language: Language) -> str:
    """Return what a criterion is called."""
    found = next(one for one in criteria()[kind]["criterion"] if one["id"] == criterion)
    return str(found[language])


def classify(brand: str, evidence: Mapping[str, str], *, kind: str = "international", row: int = 0) -> Classified:
    """Judge a brand by the criteria of one kind.

    Parameters
    ----------
    brand : str
    evidence : mapping of str to str
        By field: numbers as published (``>=15``, ``1573``), yes or no, empty where nothing is known.
    kind : {"international", "domestic"}
    row : int

    Returns
    -------
    Classified

    Raises
    ------
    NotFound
        If there is no such kind.
    DataError
        If a field holds what is neither a number nor yes or no.

    Examples
    --------
    >>> classify("Tian Wang", {"outlets": "1573"}, kind="domestic").state
    'unknown'
    >>> classify("X", {"registrations_abroad": "14"}).state
    'failed'
    """
    if kind not in criteria():
        raise NotFound(Message("industry.brand.kind", kind=kind, known=", ".join(criteria())))
    rules = criteria()[kind]
    judged = tuple(_judge(one, evidence) for one in rules["criterion"])
    states = {one.state for one in judged}
    state: State = "failed" if "failed" in states else "unknown" if "unknown" in states else "met"
    return Classified(brand, kind, rules["edition"], state, judged, row, evidence.get("owner", ""), evidence.get("origin", ""))


def classify_table(table: Table) -> tuple[tuple[Classified, ...], tuple[Refusal, ...]]:
    """Judge every brand of a table by both kinds.

    Parameters
    ----------
    table : Table
        Column brand, and the fields of the criteria where known.

    Returns
    -------
    classified, refusals
        A row with a cell that cannot be read is refused; the others stand.
    """
    table.require("brand")
    found: list[Classified] = []
    refusals = list(table.refusals)
    for row in table.rows:
        try:
            pair = [classify(row.text("brand"), row.cells, kind=kind, row=row.number) for kind in criteria()]
        except DataError as error:
            column = str(dict(error.message.values).get("field", ""))
            refusals.append(Refusal(row.number, column, error.message, tuple(row.cells.values())))
        else:
            found += pair
    return tuple(found), tuple(refusals)


def count_bounds(found: tuple[Classified, ...], *, kind: str, others: int | None = None) -> tuple[int, int | None]:
    """Return how many brands of a kind there are at least and at most.

    Parameters
    ----------
    found : tuple of Classified
    kind : str
    others : int, optional
        How many brands nobody has looked at; without it there is no upper bound.

    Returns
    -------
    lower : int
        Brands that meet every criterion.
    upper : int or None
        Brands that failed none, with the others.
    """
    mine = [one for one in found if one.kind == kind]
    lower = sum(one.state == "met" for one in mine)
    return lower, None if others is None else others + sum(one.state != "failed" for one in mine)


def _judge(rule: Mapping[str, Any], evidence: Mapping[str, str]) -> Judged:
    """Judge one criterion: any of its tests suffices; one without tests is a stated gap."""
    states: list[State] = []
    said: list[str] = []
    for test in rule.get("any", []):
        parts = [_test(part, evidence) for part in test["all"]]
        states.append("failed" if "failed" in parts else "unknown" if "unknown" in parts else "met")
        said += [f"{part['field']} = {evidence[part['field']]}" for part in test["all"] if evidence.get(part["field"])]
    state: State = "met" if "met" in states else "unknown" if "unknown" in states or not states else "failed"
    return Judged(rule["id"], state, "; ".join(said))


def _test(part: Mapping[str, Any], evidence: Mapping[str, str]) -> State:
    field, text = part["field"], evidence.get(part["field"], "").strip()
    if text.casefold() in UNKNOWN:
        return "unknown"
    if part.get("yes"):
        if text.casefold() not in YES | NO:
            raise DataError(Message("industry.brand.yes_or_no", field=field, text=text))
        return "met" if text.casefold() in YES else "failed"
    value = read_value(text)
    if value.kind not in {"number", "bound", "range"} or value.numbers[0] < 0:
        raise DataError(Message("industry.brand.number", field=field, text=text))
    return _compare(value, float(part["limit"]), above=bool(part.get("above")))


def _compare(value: Value, limit: float, *, above: bool) -> State:
    """Compare a published value with a least value; `above` means it must be exceeded."""
    exact = value.kind == "number" and not value.about
    lower, upper = (value.numbers[0], value.numbers[0]) if exact else value.interval()
    strict_bound = value.relation == ">"
    if lower > limit or (lower == limit and (not above or strict_bound)):
        return "met"
    failed = upper < limit or (upper == limit and (above or value.relation == "<"))
    return "failed" if failed else "unknown"
