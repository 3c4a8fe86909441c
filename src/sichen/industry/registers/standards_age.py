# SPDX-License-Identifier: Apache-2.0
"""How old the standards are (标龄), how long editions live, and how long a national one waits for its model."""

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sichen.conformity import Standard, standards
from sichen.core import JSON, DataError, Message
from sichen.industry.survival import Survival, kaplan_meier
from sichen.industry.tables import Refusal, Row, Table

ALIASES = {
    "编号": "number",
    "标准号": "number",
    "年代号": "year",
    "状态": "status",
    "代替": "replaces",
    "被代替": "replaced_by",
    "采标": "equivalent",
    "采用": "equivalent",
    "采用标准": "equivalent",
    "标准编号": "number",
    "标准代号": "number",
    "年份": "year",
    "发布年份": "year",
    "发布日期": "year",
    "标准状态": "status",
    "代替标准": "replaces",
    "被替代": "replaced_by",
    "standard": "number",
    "standard number": "number",
    "edition": "year",
    "published": "year",
    "replaced by": "replaced_by",
    "adopts": "equivalent",
}
LIVING = ("in force", "in use", "current", "现行")
GONE = ("replaced", "withdrawn", "superseded", "废止", "被代替")
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_EDITION = re.compile(r"[:\-]((?:19|20)\d\d)$")
_REPLACES = re.compile(r"replaces ([^)]*)")
_BY = re.compile(r"replaced by [^;,]*[:\-]((?:19|20)\d\d)")
_NUMBER = re.compile(r"(?:GB|QB|ISO|NIHS|DIN|SB|JGJ|RB|T)(?:/T|/TS|/IEC|/SDHA)?\s?[\d.\-]+(?:[:\-](?:19|20)\d\d)")


@dataclass(frozen=True)
class Edition:
    """One edition of a standard: when it came, when it went, after which model."""

    number: str
    year: int
    ended: int | None = None
    living: bool = True
    models: tuple[str, ...] = ()
    row: int = 0


@dataclass(frozen=True)
class StandardsAge:
    """The ages of the standards in force in a year.

    Parameters
    ----------
    year : int
    ages : tuple of (number, age, row)
        The oldest first.
    mean, median : float
        Years.
    over_5, over_10 : float
        Fractions of the standards in force.
    survival : Survival
        From an edition's year to that of the one that replaced it.
    lags : tuple of (number, model, years)
        How long after its model an equivalent standard came.
    unknown : tuple of str
        Numbers in force whose year no source gives.
    refusals : tuple of Refusal
    """

    year: int
    ages: tuple[tuple[str, int, int], ...]
    mean: float
    median: float
    over_5: float
    over_10: float
    survival: Survival
    lags: tuple[tuple[str, str, int], ...]
    unknown: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def median_lag(self) -> float | None:
        """The median adoption lag in years."""
        return statistics.median(lag for *_, lag in self.lags) if self.lags else None

    def to_json(self) -> dict[str, JSON]:
        """Return the ages as plain JSON."""
        ages: list[JSON] = [{"number": number, "age": age, "row": row} for number, age, row in self.ages]
        lags: list[JSON] = [{"number": number, "model": model, "years": lag} for number, model, lag in self.lags]
        return {
            "year": self.year,
            "count": len(self.ages),
            "mean": self.mean,
            "median": self.median,
            "share_over_5_years": self.over_5,
            "share_over_10_years": self.over_10,
            "median_life": self.survival.median,
            "median_adoption_lag": self.median_lag,
            "survival": self.survival.to_json(),
            "lags": lags,
            "ages": ages,
            "unknown_year": list(self.unknown),
            "refusals": [one.to_json() for one in self.refusals],
        }


def standards_age(
    editions: Sequence[Edition], *, year: int, unknown: Sequence[str] = (), refusals: Sequence[Refusal] = ()
) -> StandardsAge:
    """Return the ages of editions in a year.

    Parameters
    ----------
    editions : sequence of Edition
    year : int
        As of its end; editions that came later are left out.

    Raises
    ------
    DataError
        If none is in force.

    Examples
    --------
    >>> found = standards_age([Edition("A-2001", 2001, ended=2011, living=False), Edition("A-2011", 2011)], year=2021)
    >>> found.mean, found.survival.median, found.over_5
    (10, 10, 1.0)
    """
    there = [one for one in editions if one.year <= year]
    living = [one for one in there if one.ended is None or one.ended > year if one.living or (one.ended or 0) > year]
    if not living:
        raise DataError(Message("industry.standards.none", year=year))
    ages = sorted(((one.number, year - one.year, one.row) for one in living), key=lambda entry: (-entry[1], entry[0]))
    years = [age for _, age, _ in ages]
    known = [one for one in there if one.living or one.ended is not None]
    lives = [(min(one.ended or year, year) - one.year, one.ended is not None and one.ended <= year) for one in known]
    return StandardsAge(
        year=year,
        ages=tuple(ages),
        mean=statistics.mean(years),
        median=statistics.median(years),
        over_5=sum(age > 5 for age in years) / len(years),  # noqa: PLR2004 - the usual review cycle
        over_10=sum(age > 10 for age in years) / len(years),  # noqa: PLR2004 - two cycles
        survival=kaplan_meier([life for life, _ in lives], [met for _, met in lives]),
        lags=tuple(_lags(living)),
        unknown=tuple(unknown),
        refusals=tuple(refusals),
    )


def register_editions() -> tuple[tuple[Edition, ...], tuple[str, ...]]:
    """Return the editions that the register of conformity knows, and the numbers in force without a year."""
    rows = standards()
    found: dict[str, Edition] = {}
    for place, row in enumerate(rows, 1):
        if row.year is not None:
            living = row.status in LIVING
            ended = _edition_year(row.replaced_by)
            if living or ended is not None:
                found[row.number] = Edition(row.number, row.year, ended, living, _models(row), place)
    for place, row in enumerate(rows, 1):
        for before in row.replaces:
            year = _edition_year(before)
            if year is not None and row.year is not None:
                found[before] = Edition(before, year, row.year, living=False, row=place)
    unknown = tuple(row.number for row in rows if row.year is None and row.status in LIVING)
    return _first_replacement(found.values()), unknown


def read_editions(table: Table) -> tuple[tuple[Edition, ...], tuple[str, ...], tuple[Refusal, ...]]:
    """Read editions from a table with a column number and, where known, year, status, replaces, replaced_by, equivalent.

    Returns
    -------
    editions, unknown, refusals
        Unknown are numbers in force without a year.
    """
    table.require("number")
    found: dict[str, Edition] = {}
    unknown: list[str] = []
    refusals = list(table.refusals)
    for row in table.rows:
        number, status = row.text("number"), row.text("status").casefold()
        year, living = _row_year(row), not status or status.startswith(LIVING)
        if number in found and found[number].row:
            refusals.append(_refused(row, "number", Message("industry.structure.twice", name=number)))
        elif row.text("year") and year is None and any(letter.isdigit() for letter in row.text("year")):
            refusals.append(_refused(row, "year", Message("industry.period.unreadable", text=row.text("year"))))
        elif year is None and living:
            unknown.append(number)
        elif year is not None:
            ended = _edition_year(row.text("replaced_by")) or _by(status)
            if living or ended is not None or not status.startswith(GONE):
                found[number] = Edition(
                    number, year, ended, living, _named(row.text("equivalent") or row.text("status")), row.number
                )
            for before, earlier in _before(row):
                found.setdefault(before, Edition(before, earlier, year, living=False))
    return _first_replacement(found.values()), tuple(unknown), tuple(refusals)


def _before(row: Row) -> Iterable[tuple[str, int]]:
    """Yield the editions that a row says it replaced, with their years; a bare year is one of the same number."""
    said = " ".join([row.text("replaces"), *_REPLACES.findall(f"{row.text('year')} {row.text('status')}")])
    for before in _named(said):
        if (earlier := _edition_year(before)) is not None:
            yield before, earlier
    if (bare := re.match(r"\s*((?:19|20)\d\d)\b", said)) is not None:
        yield f"{row.text('number')} ({bare.group(1)})", int(bare.group(1))


def _by(status: str) -> int | None:
    """Return the year of the edition that a status names as the successor."""
    match = _BY.search(status)
    return int(match.group(1)) if match else None


def _first_replacement(editions: Iterable[Edition]) -> tuple[Edition, ...]:
    """Leave out what cannot be: an edition that ended before it came."""
    return tuple(one for one in editions if one.ended is None or one.ended >= one.year)


def _lags(living: Sequence[Edition]) -> Iterable[tuple[str, str, int]]:
    for one in living:
        if not one.number.startswith(("GB", "QB")):
            continue
        for model in one.models:
            year = _edition_year(model)
            if model.startswith("ISO") and year is not None and one.year >= year:
                yield one.number, model, one.year - year


def _models(row: Standard) -> tuple[str, ...]:
    return tuple(name for name in row.equivalent if name.startswith("ISO"))


def _named(text: str) -> tuple[str, ...]:
    return tuple(match.group(0) for match in _NUMBER.finditer(text))


def _edition_year(number: str) -> int | None:
    match = _EDITION.search(number.strip())
    return int(match.group(1)) if match else None


def _row_year(row: Row) -> int | None:
    match = _YEAR.search(row.text("year"))
    return int(match.group(0)) if match else _edition_year(row.text("number")) if not row.text("year") else None


def _refused(row: Row, column: str, message: Message) -> Refusal:
    return Refusal(row.number, column, message, tuple(row.cells.values()))
