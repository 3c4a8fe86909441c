# SPDX-License-Identifier: Apache-2.0
"""Calendar fields of binary messages: an instant, or None when they are no date."""

from datetime import UTC, datetime, timedelta

from sichen.core import Instant

NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEAP_SECOND = 60


def instant_of(year: int, month: int, day: int, hour: int, minute: int, second: int, nano: int = 0) -> Instant | None:  # noqa: PLR0917 - the order of a calendar
    """Return the UTC instant of calendar fields.

    Parameters
    ----------
    second : int
        0 … 60; a leap second is counted as the second after 59, as POSIX does.
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
    return Instant(((minute_begins - _EPOCH) // timedelta(seconds=1) + second) * NS + nano)
