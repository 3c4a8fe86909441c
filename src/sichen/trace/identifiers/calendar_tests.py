# SPDX-License-Identifier: Apache-2.0
"""Tests of dates and clock times inside fields."""

from calendar import monthrange
from collections.abc import Callable, Mapping

MONTHS = 12
LEAP_CENTURY = 2000


def short_date(value: str) -> str | None:
    """Six digits YYMMDD of a day that exists."""
    return _day(LEAP_CENTURY + int(value[:2]), value[2:4], value[4:6])


def date_or_month(value: str) -> str | None:
    """Six digits YYMMDD, where day 00 stands for the whole month."""
    if value[4:6] == "00":
        return None if 1 <= int(value[2:4]) <= MONTHS else "no_month"
    return short_date(value)


def long_date(value: str) -> str | None:
    """Eight digits YYYYMMDD of a day that exists."""
    return _day(int(value[:4]), value[4:6], value[6:8])


def clock(value: str) -> str | None:
    """Four digits, hour and minute."""
    return hour(value[:2]) or minute(value[2:4])


def hour(value: str) -> str | None:
    """Two digits below 24."""
    return None if int(value) < 24 else "no_hour"  # noqa: PLR2004 - hours of a day


def minute(value: str) -> str | None:
    """Two digits below 60."""
    return None if int(value) < 60 else "no_minute"  # noqa: PLR2004 - minutes of an hour


def second(value: str) -> str | None:
    """Two digits below 60."""
    return None if int(value) < 60 else "no_second"  # noqa: PLR2004 - seconds of a minute


def _day(year: int, month: str, day: str) -> str | None:
    if not 1 <= int(month) <= MONTHS:
        return "no_month"
    # Year 0000 exists on a field though not in the calendar: its February is judged like that of 2000.
    last = monthrange(year or LEAP_CENTURY, int(month))[1]
    return None if 1 <= int(day) <= last else "no_day"


TESTS: Mapping[str, Callable[[str], str | None]] = {
    "date": short_date,
    "date-or-month": date_or_month,
    "long-date": long_date,
    "clock": clock,
    "hour": hour,
    "minute": minute,
    "second": second,
}
