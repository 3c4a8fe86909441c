# SPDX-License-Identifier: Apache-2.0
"""Leap seconds: the table, whether it may be believed, and what to make of a source that announces one."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import resources

from sichen.core import DataError, Duration, Instant, Message, Scale

NTP_TO_POSIX = 2_208_988_800
NS = 1_000_000_000
DAY_NS = 86_400 * NS
DEAF = 2 * NS
WARNING = 60 * DAY_NS  # a table is renewed twice a year: two months are time enough to fetch it


class Leap(IntEnum):
    """What a source says of the end of the current UTC day or month."""

    NONE = 0
    INSERT = 1
    DELETE = 2
    UNKNOWN = 3


@dataclass(frozen=True)
class LeapTable:
    """TAI − UTC since 1972.

    Parameters
    ----------
    since : tuple of int, ascending
        POSIX seconds from which each offset holds.
    offsets : tuple of int
        TAI − UTC in seconds.
    expires : int
        POSIX second after which the table no longer knows.
    source : str
    """

    since: tuple[int, ...]
    offsets: tuple[int, ...]
    expires: int
    source: str

    def offset(self, instant: Instant) -> Duration:
        """Return TAI − UTC at a UTC instant.

        Raises
        ------
        DataError
            Before 1972, when UTC was steered otherwise.

        Examples
        --------
        >>> leap_table().offset(Instant.parse("2017-01-01T00:00:00Z")).seconds
        37.0
        """
        found = [value for start, value in zip(self.since, self.offsets, strict=True) if start * NS <= instant.ns]
        if not found:
            raise DataError(Message("timebase.leap.before_table", instant=instant.isoformat()))
        return Duration(found[-1] * NS)

    def to_tai(self, instant: Instant) -> Instant:
        """Return a UTC instant in TAI.

        Examples
        --------
        >>> leap_table().to_tai(Instant.parse("2026-01-01T00:00:00Z")).isoformat()
        '2026-01-01T00:00:37.000000000 TAI'
        """
        return Instant(instant.ns + self.offset(instant).ns, Scale.TAI)

    def coming(self, instant: Instant) -> Leap:
        """Return what happens at the end of the UTC day of `instant`; unknown when the table has expired."""
        midnight = (instant.ns // DAY_NS + 1) * 86_400
        if instant.ns >= self.expires * NS:
            return Leap.UNKNOWN
        if midnight not in self.since[1:]:
            return Leap.NONE
        k = self.since.index(midnight)
        return Leap.INSERT if self.offsets[k] > self.offsets[k - 1] else Leap.DELETE

    def advice(self, instant: Instant) -> Message | None:
        """Return a warning when the table has expired or soon will."""
        expiry = Instant(self.expires * NS)
        if instant.ns >= expiry.ns:
            return Message("timebase.leap.expired", date=expiry.isoformat()[:10])
        if instant.ns >= expiry.ns - WARNING:
            return Message("timebase.leap.expiring", date=expiry.isoformat()[:10])
        return None


@cache
def leap_table() -> LeapTable:
    """Return the table that comes with Sichen."""
    text = resources.files("sichen.timebase").joinpath("data/leap_seconds.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    since = tuple(Instant.parse(f"{day}T00:00:00Z").ns // NS for day in data["since"])
    return LeapTable(
        since, tuple(data["tai_minus_utc"]), Instant.parse(f"{data['expires']}T00:00:00Z").ns // NS, data["source"]
    )


def read_leap_file(text: str, *, source: str) -> LeapTable:
    """Read a file of the form of the IERS's ``leap-seconds.list``, which tzdata ships.

    Parameters
    ----------
    text : str
        The whole file. Lines ``#$``, ``#@`` and ``#h`` hold its date, its expiry and the SHA-1 of all its digits.
    source : str
        Where it came from, for the record.

    Raises
    ------
    DataError
        If the hash is missing or does not fit, or a line is not two numbers.
    """
    updated = expires = ""
    stated: list[str] = []
    rows: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("#$"):
            updated = line[2:].strip()
        elif line.startswith("#@"):
            expires = line[2:].strip()
        elif line.startswith("#h"):
            stated = line[2:].split()
        elif line.strip() and not line.startswith("#"):
            rows.append(_row(line))
    digits = updated + expires + "".join(start + value for start, value in rows)
    found = hashlib.sha1(digits.encode("ascii", "replace"), usedforsecurity=False).hexdigest()
    if not rows or "".join(word.zfill(8) for word in stated) != found:
        raise DataError(Message("timebase.leap.bad_hash", source=source))
    since = tuple(int(start) - NTP_TO_POSIX for start, _ in rows)
    return LeapTable(since, tuple(int(value) for _, value in rows), int(expires) - NTP_TO_POSIX, source)


def _row(line: str) -> tuple[str, str]:
    words = line.split("#", maxsplit=1)[0].split()
    if len(words) != 2 or not all(word.isdecimal() for word in words):  # noqa: PLR2004 - a second and an offset
        raise DataError(Message("timebase.leap.bad_line", line=line[:60]))
    return words[0], words[1]


@dataclass(frozen=True)
class LeapVerdict:
    """What the clock will do at the end of the day, and why.

    Parameters
    ----------
    leap : Leap
    reasons : tuple of Message
        Who was overruled, and what could not be checked.
    """

    leap: Leap
    reasons: tuple[Message, ...] = ()


def judge_leap(instant: Instant, votes: Mapping[str, Leap], *, table: LeapTable | None) -> LeapVerdict:
    """Decide whether a leap second comes at the end of this UTC day.

    The table decides where it is valid: a source that contradicts it is overruled by name. Without one, more than
    half of the sources that know must announce the same, at least two of them, and the day must be the last of a month.

    Parameters
    ----------
    instant : Instant
    votes : mapping of str to Leap
        What each accepted source announces.
    table : LeapTable or None
        None when no table could be read.

    Examples
    --------
    >>> day = Instant.parse("2026-06-30T12:00:00Z")
    >>> judge_leap(day, {"GPS": Leap.INSERT, "BDS": Leap.NONE, "NTP": Leap.NONE}, table=None).leap
    <Leap.NONE: 0>
    """
    known = {name: vote for name, vote in votes.items() if vote is not Leap.UNKNOWN}
    told = Leap.UNKNOWN if table is None else table.coming(instant)
    warned = () if table is None or (advice := table.advice(instant)) is None else (advice,)
    if told is not Leap.UNKNOWN:
        against = sorted(name for name, vote in known.items() if vote is not told)
        return LeapVerdict(told, warned + tuple(Message("timebase.leap.overruled", source=name) for name in against))
    reasons: tuple[Message, ...] = warned or (Message("timebase.leap.no_table"),)
    for leap in (Leap.INSERT, Leap.DELETE):
        announcing = sorted(name for name, vote in known.items() if vote is leap)
        if len(announcing) >= 2 and 2 * len(announcing) > len(known) and _last_of_month(instant):  # noqa: PLR2004 - two witnesses
            return LeapVerdict(leap, reasons)
        reasons += tuple(Message("timebase.leap.alone", source=name) for name in announcing)
    return LeapVerdict(Leap.NONE, reasons)


def _last_of_month(instant: Instant) -> bool:
    tomorrow = Instant((instant.ns // DAY_NS + 1) * DAY_NS).isoformat()
    return tomorrow[8:10] == "01"


class LeapCount:
    """Turns a count that runs through leap seconds into UTC, and back.

    Parameters
    ----------
    lead : int, default 60 s
        How long before midnight the verdict is taken, in ns; longer than two ticks.

    Notes
    -----
    UTC is the count until the leap. During an inserted second, 23:59:60, it is the count less one second and marked;
    after it the count less one second. After a deleted second it is the count and one second. Two seconds before and
    after the leap no source is heard: half of them are a second off then.

    Examples
    --------
    >>> midnight = Instant.parse("2017-01-01T00:00:00Z").ns
    >>> count = LeapCount()
    >>> count.mind(midnight - 10 * NS, LeapVerdict(Leap.INSERT))
    >>> [count.utc(midnight + k * NS // 2)[1] for k in (-1, 0, 1, 2)]
    [False, True, True, False]
    """

    def __init__(self, *, lead: int = 60 * NS) -> None:
        self.lead = lead
        self.at: int | None = None
        self.by = 0

    def mind(self, count: int, verdict: LeapVerdict) -> None:
        """Take the verdict of this day when its end is near; until `clear` there is at most one leap.

        Parameters
        ----------
        count : int
            In ns of POSIX time.
        verdict : LeapVerdict
        """
        midnight = (count // DAY_NS + 1) * DAY_NS
        if self.at is not None or verdict.leap not in {Leap.INSERT, Leap.DELETE} or midnight - count >= self.lead:
            return
        inserts = verdict.leap is Leap.INSERT
        self.at, self.by = (midnight, 1) if inserts else (midnight - NS, -1)

    def clear(self) -> None:
        """Forget the leap: the count itself has been set by it, or begins anew."""
        self.at, self.by = None, 0

    def over(self, count: int) -> bool:
        """Tell whether there was a leap and sources can be heard again."""
        return self.at is not None and count > self.at + DEAF

    def deaf(self, count: int) -> bool:
        """Tell whether sources had better not be heard now."""
        return self.at is not None and abs(count - self.at) < DEAF

    def utc(self, count: int) -> tuple[int, bool]:
        """Return UTC in ns, and whether it is 23:59:60."""
        if self.at is None or count < self.at:
            return count, False
        return count - self.by * NS, self.by > 0 and count < self.at + NS

    def late(self, count: int) -> int:
        """Return by how many seconds a source's UTC is behind the count now."""
        return self.by if self.at is not None and count >= self.at else 0
