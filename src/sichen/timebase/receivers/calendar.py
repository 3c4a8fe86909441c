# SPDX-License-Identifier: Apache-2.0
"""Calendar fields of messages: an instant, or None when they are no date; and which seconds are numbered 60."""

from datetime import UTC, datetime, timedelta

from sichen.core import Instant
from sichen.timebase.leap import leap_table

NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEAP_SECOND = 60


def instant_of(year: int, month: int, day: int, hour: int, minute: int, second: int, nano: int = 0) -> Instant | None:  # noqa: PLR0917 - the order of a calendar
    """Return the UTC instant of calendar fields.

    Parameters
    ----------
    second : int
        0 … 60; a leap second is counted as the second after 59, as POSIX does, and only where there is one.
    nano : int
        May be negative: some receivers round to the nearest second.

    Returns
    -------
    Instant or None
        None when the fields are no date or time.

    Examples
    --------
    >>> instant_of(2024, 2, 30, 0, 0, 0) is None
    True
    """
    if not 0 <= second <= LEAP_SECOND:
        return None
    try:
        minute_begins = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    found = Instant(((minute_begins - _EPOCH) // timedelta(seconds=1) + second) * NS + nano)
    if second == LEAP_SECOND and not inserted_before(Instant(found.ns - nano)):
        return None
    return found


def inserted_before(instant: Instant) -> bool:
    """Tell whether the second before an instant may be numbered 60.

    By the table of leap seconds; behind its end, at each end of a month.

    Examples
    --------
    >>> inserted_before(Instant.parse("2017-01-01T00:00:00Z")), inserted_before(Instant.parse("2017-01-01T12:35:00Z"))
    (True, False)
    """
    table, second = leap_table(), instant.ns // NS
    if second < table.expires:
        place = table.since.index(second) if second in table.since else 0
        return place > 0 and table.offsets[place] > table.offsets[place - 1]
    begin = _EPOCH + timedelta(seconds=second)
    return begin.day == 1 and begin.hour == begin.minute == begin.second == 0
