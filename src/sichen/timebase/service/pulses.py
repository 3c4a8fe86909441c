# SPDX-License-Identifier: Apache-2.0
"""When pulses go to slave clocks and when bells ring."""

import re
from dataclasses import dataclass

from sichen.core import ConfigError, Instant, Message

NS = 1_000_000_000
DAY = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
THURSDAY = 3
"""Weekday of 1970-01-01."""
_BELL = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?(?: ([a-z,-]+))?(?: (\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Bell:
    """A bell: its local second of the day, the weekdays from Monday = 0, and how long it rings in s."""

    second: int
    days: frozenset[int]
    length: float


def parse_bell(text: str) -> Bell:
    """Read ``08:00 mon-fri 5``: weekdays and seconds may be left out.

    Raises
    ------
    ConfigError
        If it cannot be read.

    Examples
    --------
    >>> bell = parse_bell("08:00 mon-fri 5")
    >>> bell.second, sorted(bell.days), bell.length
    (28800, [0, 1, 2, 3, 4], 5.0)
    """
    match = _BELL.fullmatch(text.strip())
    days = None if match is None else _days(match[4] or "mon-sun")
    if match is None or days is None or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:  # noqa: PLR2004 - a clock
        raise ConfigError(Message("timebase.service.bad_bell", found=text))
    return Bell((int(match[1]) * 60 + int(match[2])) * 60 + int(match[3] or 0), days, float(match[5] or 3.0))


def _days(text: str) -> frozenset[int] | None:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            return None
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found |= set(range(begin, end + 1)) if begin <= end else {*range(begin, 7), *range(end + 1)}
    return frozenset(found)


def rings(bells: tuple[Bell, ...], second: Instant, *, offset: int) -> Bell | None:
    """Return the bell that rings at a whole UTC second.

    Parameters
    ----------
    bells : tuple of Bell
    second : Instant
    offset : int
        Minutes that local time is ahead of UTC.

    Examples
    --------
    >>> monday = Instant.parse("2026-11-23T08:00:00+08:00")
    >>> rings((parse_bell("08:00 mon-fri"),), monday, offset=480) is not None
    True
    """
    days, at = divmod(second.ns // NS + offset * 60, DAY)
    weekday = (days + THURSDAY) % 7
    return next((bell for bell in bells if bell.second == at and weekday in bell.days), None)


def pulse_due(second: Instant, *, every: float, offset: int = 0) -> bool:
    """Tell whether a pulse that comes every so many seconds falls on this one; minutes and hours are local."""
    return (second.ns // NS + offset * 60) % max(round(every), 1) == 0


def polarity(second: Instant, *, every: float, offset: int = 0) -> int:
    """Return +1 or −1: the polarity of a pulse of a line of slave clocks, by local time, so that a restart goes on right.

    Even minutes are positive: whoever sets the hands by hand sets them so.
    """
    return 1 if (second.ns // NS + offset * 60) // max(round(every), 1) % 2 == 0 else -1
