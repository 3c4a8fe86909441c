# SPDX-License-Identifier: Apache-2.0
"""The two oldest time services: RFC 868 (seconds since 1900 in 32 bits) and RFC 867 (a line for people)."""

from datetime import UTC, datetime, timedelta

from sichen.core import DataError, Instant, Message
from sichen.timebase.receivers.rollover import NTP_EPOCH_NS, Witness, from_ntp

NS = 1_000_000_000
LAYOUT = "%a %b %d %H:%M:%S %Y UTC"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def time_protocol(instant: Instant) -> bytes:
    """Return the answer of RFC 868.

    Examples
    --------
    >>> time_protocol(Instant.parse("1970-01-01T00:00:00Z")).hex()
    '83aa7e80'
    """
    return ((instant.ns - NTP_EPOCH_NS) // NS % 2**32).to_bytes(4, "big")


def read_time_protocol(data: bytes, *, witness: Witness) -> Instant:
    """Read an answer of RFC 868; the witness tells the era, as the count begins anew in 2036.

    Raises
    ------
    DataError
        If it is not four bytes, or there is no witness.
    """
    if len(data) != 4:  # noqa: PLR2004 - 32 bits
        raise DataError(Message("timebase.outputs.not_time_protocol", size=len(data)))
    return from_ntp(int.from_bytes(data, "big"), witness=witness)


def daytime(instant: Instant) -> bytes:
    r"""Return the line of RFC 867, in English whatever the locale.

    Examples
    --------
    >>> daytime(Instant.parse("2026-11-23T08:00:00Z"))
    b'Mon Nov 23 08:00:00 2026 UTC\r\n'
    """
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant.ns // NS)
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02d} {at:%H:%M:%S} {at.year:04d} UTC\r\n".encode("ascii")


def read_daytime(data: bytes) -> Instant:
    """Read a line that `daytime` wrote.

    Raises
    ------
    DataError
        If it is another one: RFC 867 leaves the layout open.
    """
    words = data.decode("ascii", "replace").split()
    try:
        _, month, day, clock, year, zone = words
        hour, minute, second = (int(part) for part in clock.split(":"))
        at = datetime(int(year), _MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise DataError(Message("timebase.outputs.not_daytime")) from error
    if zone != "UTC":
        raise DataError(Message("timebase.outputs.not_daytime"))
    return Instant((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * NS)
