# SPDX-License-Identifier: Apache-2.0
"""Query schedules: at which seconds a standing query is answered."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sichen.core import DataError, Message
from sichen.trace.epcis.event import Value

RANGES = {"month": (1, 12), "dayOfMonth": (1, 31), "dayOfWeek": (1, 7), "hour": (0, 23), "minute": (0, 59), "second": (0, 59)}
"""Fields of a schedule with their ranges; Monday is day 1 of the week."""

_CLOCK = ("hour", "minute", "second")
_PART = re.compile(r"(\d{1,2})|\[(\d{1,2})-(\d{1,2})\]", re.ASCII)
_YEARS = 9


@dataclass(frozen=True)
class Schedule:
    """When a standing query is answered.

    Parameters
    ----------
    fields : mapping of str to frozenset of int
        The values that each field may have.
    """

    fields: Mapping[str, frozenset[int]]

    def next_after(self, moment: datetime) -> datetime:
        """Return the first time behind a moment that fits, in the moment's own time zone.

        Raises
        ------
        DataError
            If no day ever fits, such as the 31st of February.

        Examples
        --------
        >>> read_schedule({"hour": "1", "minute": "5"}).next_after(datetime(2026, 3, 1, 1, 5))
        datetime.datetime(2026, 3, 2, 1, 5)
        """
        start = moment.replace(microsecond=0) + timedelta(seconds=1)
        day = start.replace(hour=0, minute=0, second=0)
        for _ in range(366 * _YEARS):
            if self._day_fits(day):
                found = self._time_in(day, start)
                if found is not None:
                    return found
            day += timedelta(days=1)
        raise DataError(Message("trace.epcis.schedule.never"))

    def _day_fits(self, day: datetime) -> bool:
        found = {"month": day.month, "dayOfMonth": day.day, "dayOfWeek": calendar.weekday(day.year, day.month, day.day) + 1}
        return all(value in self.fields[name] for name, value in found.items())

    def _time_in(self, day: datetime, start: datetime) -> datetime | None:
        hours, minutes, seconds = (sorted(self.fields[name]) for name in _CLOCK)
        for hour in hours:
            if day.replace(hour=hour, minute=59, second=59) < start:
                continue
            for minute in minutes:
                for second in seconds:
                    found = day.replace(hour=hour, minute=minute, second=second)
                    if found >= start:
                        return found
        return None


def read_schedule(value: Value) -> Schedule:
    """Read a schedule.

    Parameters
    ----------
    value : mapping of str to str
        Each field a list of numbers and ranges, ``0,15,[30-35]``. What is finer than the finest field given is 0; what is
        coarser and not given is any.

    Returns
    -------
    Schedule

    Raises
    ------
    DataError
        If a field does not exist or is out of its range.
    """
    if not isinstance(value, Mapping) or not value:
        raise DataError(Message("trace.epcis.schedule.empty", known=" ".join(RANGES)))
    unknown = [name for name in value if name not in RANGES]
    if unknown:
        raise DataError(Message("trace.epcis.schedule.field", name=unknown[0][:40], known=" ".join(RANGES)))
    given = {name: _numbers(name, text) for name, text in value.items()}
    finest = max((list(RANGES).index(name) for name in given), default=0)
    fields = {}
    for place, (name, (low, high)) in enumerate(RANGES.items()):
        anything = frozenset(range(low, high + 1))
        fields[name] = given.get(name, frozenset({0}) if name in _CLOCK and place > finest else anything)
    return Schedule(fields)


def _numbers(name: str, value: Value) -> frozenset[int]:
    low, high = RANGES[name]
    text = str(value).strip()
    if text == "*":
        return frozenset(range(low, high + 1))
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise DataError(Message("trace.epcis.schedule.value", name=name, found=text[:40], low=low, high=high))
        first, last = (match[1], match[1]) if match[1] else (match[2], match[3])
        found |= set(range(int(first), int(last) + 1))
    if not found or min(found) < low or max(found) > high:
        raise DataError(Message("trace.epcis.schedule.value", name=name, found=text[:40], low=low, high=high))
    return frozenset(found)
