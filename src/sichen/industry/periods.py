# SPDX-License-Identifier: Apache-2.0
"""The time a figure is for: a year, a half, months, a span, a business year; a forecast, a base, an inference."""

import re
import unicodedata
from dataclasses import dataclass

from sichen.core import DataError, Message

YEAR, HALF, QUARTER = 12, 6, 3
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FORECAST = re.compile(r"[ \-]*\(?(forecast|expected|target|plan|预测|目标)\)?", re.IGNORECASE)
_INFERRED = re.compile(r"\s*\((?:inferred|推定)\)", re.IGNORECASE)
_BASE = re.compile(r"-?(?:base|基期)", re.IGNORECASE)
_FISCAL = re.compile(r"(?:([HQ][1-4]) )?FY(\d{4})(?: \((?:to )?([A-Za-z]{3})[a-z]*(?: \d{4})?\))?")
_DIGITS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_NAME = "((?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)"
_NAMED_MONTHS = re.compile(rf"{_NAME}\.?(?: ?[-–] ?{_NAME}\.?)? (\d{{4}})", re.IGNORECASE)
_YEAR = r"((?:18|19|20|21)\d\d)"
_FORMS = (
    (re.compile(rf"{_YEAR}(?:年度?|年?全年)?"), "year"),
    (re.compile(rf"{_YEAR}年?-?H([12])"), "half"),
    (re.compile(rf"{_YEAR}年?([上下])半年"), "half"),
    (re.compile(rf"{_YEAR}年?-?Q([1-4])"), "quarter"),
    (re.compile(rf"{_YEAR}-(\d\d)"), "months"),
    (re.compile(rf"{_YEAR}-(\d\d)\.\.(\d\d)"), "months"),
    (re.compile(rf"{_YEAR}年(\d\d?)(?:-(\d\d?))?月"), "months"),
    (re.compile(rf"{_YEAR}[/.](\d\d?)"), "months"),
    (re.compile(rf"{_YEAR}-(\d\d?)[~-](\d\d?)"), "months"),
    (re.compile(rf"{_YEAR}年第?([1-4])季度"), "quarter"),
    (re.compile(rf"{_YEAR} (?:H|Half )([12])"), "half"),
    (re.compile(rf"{_YEAR} Q([1-4])"), "quarter"),
    (re.compile(rf"{_YEAR}-{_YEAR}"), "span"),
    (re.compile(rf"(?:to|至) ?{_YEAR}"), "to"),
)


@dataclass(frozen=True)
class Period:
    """A stretch of calendar months.

    Parameters
    ----------
    text : str
        As it was written.
    start, end : int
        Months since year 0, `end` not included; `start` equals `end` for "up to".
    forecast, inferred, base, fiscal : bool
        Whether the writer says so.
    """

    text: str
    start: int
    end: int
    forecast: bool = False
    inferred: bool = False
    base: bool = False
    fiscal: bool = False

    @property
    def months(self) -> int:
        """Length in months."""
        return self.end - self.start

    @property
    def year(self) -> int:
        """The year it begins in, or ends in for a business year."""
        return (self.end - 1) // YEAR if self.fiscal or self.months <= 0 else self.start // YEAR

    @property
    def middle(self) -> float:
        """The middle of the period, in years."""
        return (self.start + self.end) / 2 / YEAR

    def same_time(self, other: "Period") -> bool:
        """Tell whether two periods cover the same months, whatever was said of them."""
        return (self.start, self.end, self.fiscal) == (other.start, other.end, other.fiscal)

    def follows(self, other: "Period", *, years: int = 1) -> bool:
        """Tell whether this period is the other one so many years later."""
        shift = YEAR * years
        return (self.start - shift, self.end - shift, self.fiscal) == (other.start, other.end, other.fiscal)


def read_period(text: str) -> Period:
    """Read the time of a figure.

    Parameters
    ----------
    text : str
        ``2021``, ``2012H1``, ``2018-01..05``, ``2025Q2``, ``2024-02``, ``2013-2023``, ``to 2023``, ``2014-base``,
        ``2020-forecast``, ``2020 (inferred)``, ``FY2025 (to Mar 2025)``, ``2018年1-5月`` and the like.

    Raises
    ------
    DataError
        If it is none of them, or names a month that does not exist.

    Examples
    --------
    >>> read_period("2012H1").months, read_period("2018-01..05").months, read_period("2020-forecast").forecast
    (6, 5, True)
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("–", "-")
    forecast, inferred = _FORECAST.search(plain) is not None, _INFERRED.search(plain) is not None
    base = _BASE.search(plain) is not None
    plain = _turned(plain)
    bare = _BASE.sub("", _FORECAST.sub("", _INFERRED.sub("", plain))).strip()
    if match := _FISCAL.fullmatch(bare):
        start, end = _fiscal(*match.groups())
        return Period(text, start, end, forecast, inferred, base, fiscal=True)
    for pattern, kind in _FORMS:
        if match := pattern.fullmatch(bare):
            start, end = _span(kind, match.groups())
            if end < start or _month_is_wrong(kind, match.groups()):
                break
            return Period(text, start, end, forecast, inferred, base)
    raise DataError(Message("industry.period.unreadable", text=text))


def _turned(text: str) -> str:
    """Write a period that begins with its part, or names months, the way the forms have it."""
    plain = text.replace("—", "-").replace("至", "-") if re.search(r"\d年?\d*[—至]\d", text) else text
    plain = re.sub("|".join(_DIGITS), lambda match: _DIGITS[match.group(0)], plain) if "季" in plain else plain
    plain = plain.replace("年前3季度", "年1-9月").replace("年前三季度", "年1-9月")
    if match := re.fullmatch(r"([HQ][1-4]) ?(\d{4})", plain):
        return f"{match.group(2)}{match.group(1)}"
    if match := _NAMED_MONTHS.fullmatch(plain):
        first, last = (_MONTHS.index(name[:3].lower()) + 1 if name else 0 for name in match.groups()[:2])
        return f"{match.group(3)}-{first:02d}" + (f"..{last:02d}" if last else "")
    return plain


def _span(kind: str, found: tuple[str | None, ...]) -> tuple[int, int]:
    first = int(found[0] or 0) * YEAR
    last = found[-1]
    if kind == "year":
        return first, first + YEAR
    if kind == "half":
        begin = first + (HALF if last in {"2", "下"} else 0)
        return begin, begin + HALF
    if kind == "quarter":
        begin = first + QUARTER * (int(last or 1) - 1)
        return begin, begin + QUARTER
    if kind == "months":
        begin = int(found[1] or 1)
        return first + begin - 1, first + int(found[-1] or begin)
    if kind == "span":
        return first, int(last or 0) * YEAR + YEAR
    return first + YEAR, first + YEAR


def _month_is_wrong(kind: str, found: tuple[str | None, ...]) -> bool:
    return kind == "months" and any(not 1 <= int(month) <= YEAR for month in found[1:] if month)


def _fiscal(part: str | None, year: str, month: str | None) -> tuple[int, int]:
    """Return the months of a business year; one that does not say when it ends is taken as the calendar year."""
    last = _MONTHS.index(month.lower()) + 1 if month and month.lower() in _MONTHS else YEAR
    end = int(year) * YEAR + last
    start = end - YEAR
    if part is None:
        return start, end
    length = HALF if part[0] == "H" else QUARTER
    begin = start + length * (int(part[1]) - 1)
    return begin, begin + length
