# SPDX-License-Identifier: Apache-2.0
"""Times as events write them: exact, whatever their number of digits."""

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

_FORM = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:([Zz])|([+-])(\d{2}):(\d{2}))", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - one spelling in this file
_MILLIONTH = 10**6
_SECONDS = frozenset(f"{second:02}" for second in range(60))


@lru_cache(maxsize=8192)
def microseconds(text: str) -> int | None:
    """Return a time as microseconds since 1970, UTC, further digits cut off; None when it is no time.

    Parameters
    ----------
    text : str
        RFC 3339, with an offset from UTC. The judge asks first and the index again, so the last ones are remembered.

    Returns
    -------
    int or None

    Examples
    --------
    >>> microseconds("1970-01-01T01:00:00.0000019+01:00")
    1
    """
    # Events come many a minute and from few zones: what stands around the seconds is nearly always known.
    zone = -1 if text.endswith("Z") else -6
    minute = _minute_around(text[:17], text[zone:])
    second, point, fraction = text[17:zone].partition(".")
    if minute is not None and second in _SECONDS and (fraction.isdecimal() and fraction.isascii() if point else not fraction):
        return (minute + int(second)) * _MILLIONTH + (int(fraction[:6].ljust(6, "0")) if point else 0)
    return _microseconds(text)


def _microseconds(text: str) -> int | None:
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    seconds = _seconds(match)
    return None if seconds is None else seconds * _MILLIONTH + int((match[3] or "0")[:6].ljust(6, "0"))


@lru_cache(maxsize=4096)
def _minute_around(head: str, zone: str) -> int | None:
    """Return the minute of a time of which only the seconds are not known; None when there is none such."""
    match = _FORM.fullmatch(f"{head}00{zone}")
    return None if match is None else _seconds(match)


def milliseconds_text(text: str) -> str | None:
    """Write a time in UTC with three decimals, rounded half up; None when it is no time.

    Examples
    --------
    >>> milliseconds_text("2023-02-02T12:04:59.9995+01:00")
    '2023-02-02T11:05:00.000Z'
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    fraction = (match[3] or "").ljust(4, "0")
    thousandths = int(fraction[:3]) + (fraction[3] >= "5")
    seconds = _seconds(match)
    if seconds is None:
        return None
    carried = seconds + thousandths // 1000
    return f"{_written(carried)}.{thousandths % 1000:03d}Z"


def microseconds_text(moment: int) -> str:
    """Write microseconds since 1970 as RFC 3339 in UTC, with as many decimals as needed, three at least.

    Examples
    --------
    >>> microseconds_text(1)
    '1970-01-01T00:00:00.000001Z'
    """
    seconds, fraction = divmod(moment, _MILLIONTH)
    decimals = f"{fraction:06d}"
    return f"{_written(seconds)}.{decimals[:3]}{decimals[3:].rstrip('0')}Z"


def _seconds(match: re.Match[str]) -> int | None:
    minute = _minute(match[1], match[2][:5], match[5], match[6], match[7])
    second = int(match[2][6:])
    # A leap second is the last of its minute, and the next minute has its number.
    return None if minute is None or second > 60 or (second == 60 and match[2][3:5] != "59") else minute + second  # noqa: PLR2004 - seconds


@lru_cache(maxsize=4096)
def _minute(day: str, clock: str, sign: str | None, hours: str | None, minutes: str | None) -> int | None:
    """Return a minute as seconds since 1970; events come many a minute."""
    try:
        local = datetime.fromisoformat(f"{day}T{clock}:00+00:00")
    except ValueError:
        return None
    whole = local - _EPOCH
    seconds = whole.days * 86400 + whole.seconds
    if sign is None or hours is None or minutes is None:
        return seconds
    if int(hours) > 23 or int(minutes) > 59:  # noqa: PLR2004 - of a clock
        return None
    offset = int(hours) * 3600 + int(minutes) * 60
    return seconds - offset if sign == "+" else seconds + offset


@lru_cache(maxsize=4096)
def _written(seconds: int) -> str:
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    except OverflowError:
        return f"epoch+{seconds}s"
