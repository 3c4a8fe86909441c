# SPDX-License-Identifier: Apache-2.0
"""Serial strings: NMEA 0183 ZDA and RMC, and the string of DL/T 1100.1 for substations."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sichen.core import DataError, Instant, Message

NS = 1_000_000_000
UNKNOWN_POSITION = ",,,"


@dataclass(frozen=True)
class DltString:
    """What a DL/T 1100.1 string tells.

    Parameters
    ----------
    utc : Instant
    offset : int
        Minutes that the printed time is ahead of UTC.
    leap_pending, leap_delete, dst_pending, dst : bool
    quality : int
        0 locked, else the power of ten of the error, 15 failed.
    """

    utc: Instant
    offset: int
    leap_pending: bool
    leap_delete: bool
    dst_pending: bool
    dst: bool
    quality: int


def zda(instant: Instant, *, talker: str = "GP", offset: int = 0) -> bytes:
    r"""Return the sentence of date and time for a whole second.

    Parameters
    ----------
    talker : str
        GP, BD, GN …
    offset : int
        Minutes of the local zone, told beside UTC.

    Examples
    --------
    >>> zda(Instant.parse("2026-11-23T08:00:00Z"))
    b'$GPZDA,080000.00,23,11,2026,00,00*69\r\n'
    """
    at = _calendar(instant)
    hours, minutes = divmod(abs(offset), 60)
    zone = f"{'-' if offset < 0 else ''}{hours:02d},{minutes:02d}"
    return _sentence(f"{talker}ZDA,{_clock(instant)},{at:%d,%m,%Y},{zone}")


def rmc(instant: Instant, *, talker: str = "GP", locked: bool = True, position: tuple[float, float] | None = None) -> bytes:
    """Return the sentence of time and position; status V when the clock is not locked.

    Parameters
    ----------
    position : (latitude, longitude), optional
        Degrees, north and east positive; empty fields when not given.
    """
    at = _calendar(instant)
    place = UNKNOWN_POSITION if position is None else f"{_degrees(position[0], 2, 'NS')},{_degrees(position[1], 3, 'EW')}"
    status, mode = ("A", "A") if locked else ("V", "N")
    return _sentence(f"{talker}RMC,{_clock(instant)},{status},{place},0.0,0.0,{at:%d%m%y},,,{mode}")


def dlt_string(
    instant: Instant,
    *,
    offset: int = 480,
    quality: int = 0,
    leap_pending: bool = False,
    leap_delete: bool = False,
    dst_pending: bool = False,
    dst: bool = False,
) -> bytes:
    r"""Return the string of DL/T 1100.1 for a whole second (layout recalled, not seen in the standard's text).

    ``#``, four status characters, year to second, the exclusive or of all since ``#`` in two hexadecimal digits, CR, LF. The
    status characters are hexadecimal: leap and summer time; sign of the zone and half an hour; its hours; the quality.

    Parameters
    ----------
    offset : int
        Minutes that the printed time is ahead of UTC.
    quality : int
        0 locked … 15 failed.

    Examples
    --------
    >>> dlt_string(Instant.parse("2026-11-23T00:00:00Z"))
    b'#00802026112308000007\r\n'
    """
    at = _calendar(Instant(instant.ns + offset * 60 * NS))
    flags = leap_pending << 3 | leap_delete << 2 | dst_pending << 1 | dst
    zone = (offset < 0) << 3 | (abs(offset) % 60 >= 30) << 2  # noqa: PLR2004 - half an hour
    body = f"{flags:X}{zone:X}{abs(offset) // 60:X}{quality:X}{at:%Y%m%d%H%M%S}"
    return f"#{body}{_exclusive_or(body):02X}\r\n".encode("ascii")


def read_dlt_string(data: bytes) -> DltString:
    """Read a string of DL/T 1100.1.

    Raises
    ------
    DataError
        If it is cut, its checksum is wrong, or it is no time.
    """
    text = data.decode("ascii", "replace").strip()
    body, total = text[1:-2], text[-2:]
    if len(text) != 21 or text[0] != "#" or f"{_exclusive_or(body):02X}" != total.upper():  # noqa: PLR2004 - of the layout
        raise DataError(Message("timebase.outputs.not_dlt", found=text[:40]))
    try:
        flags, zone, hours, quality = (int(character, 16) for character in body[:4])
        local = datetime.strptime(body[4:], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise DataError(Message("timebase.outputs.not_dlt", found=text[:40])) from error
    offset = (hours * 60 + (30 if zone & 4 else 0)) * (-1 if zone & 8 else 1)
    second = (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) - offset * 60
    return DltString(Instant(second * NS), offset, bool(flags & 8), bool(flags & 4), bool(flags & 2), bool(flags & 1), quality)


def _sentence(body: str) -> bytes:
    return f"${body}*{_exclusive_or(body):02X}\r\n".encode("ascii")


def _exclusive_or(text: str) -> int:
    total = 0
    for byte in text.encode("ascii", "replace"):
        total ^= byte
    return total


def _calendar(instant: Instant) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant.ns // NS)


def _clock(instant: Instant) -> str:
    return f"{_calendar(instant):%H%M%S}.{instant.ns % NS // 10_000_000:02d}"


def _degrees(value: float, width: int, sides: str) -> str:
    # Whole ten-thousandths of a minute first: 59.99996 minutes must become a degree, not sixty minutes.
    whole, rest = divmod(round(abs(value) * 600_000), 600_000)
    return f"{whole:0{width}d}{rest / 10_000:07.4f},{sides[value < 0]}"
