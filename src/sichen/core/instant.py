# SPDX-License-Identifier: Apache-2.0
"""Instants and durations: whole nanoseconds inside, so that no difference of two times loses a digit."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import overload

from sichen.core.errors import DataError
from sichen.core.message import Message

NS_PER_S = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PATTERN = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d| TAI)")


class Scale(StrEnum):
    """The time scale that an instant is counted in."""

    UTC = "UTC"
    TAI = "TAI"


@dataclass(frozen=True, order=True)
class Duration:
    """A length of time in whole nanoseconds; may be negative.

    Examples
    --------
    >>> Duration.of_seconds(0.125) * 8
    Duration(ns=1000000000)
    """

    ns: int

    @classmethod
    def of_seconds(cls, seconds: float) -> "Duration":
        """Round seconds to the nearest nanosecond."""
        return cls(round(seconds * NS_PER_S))

    @property
    def seconds(self) -> float:
        """The duration in seconds, as the nearest double."""
        return self.ns / NS_PER_S

    def __add__(self, other: "Duration") -> "Duration":
        return Duration(self.ns + other.ns)

    def __sub__(self, other: "Duration") -> "Duration":
        return Duration(self.ns - other.ns)

    def __neg__(self) -> "Duration":
        return Duration(-self.ns)

    def __mul__(self, factor: int) -> "Duration":
        return Duration(self.ns * factor)


@dataclass(frozen=True)
class Instant:
    """A point in time: nanoseconds since 1970-01-01T00:00:00 of its own scale.

    Parameters
    ----------
    ns : int
        Nanoseconds. In UTC they are counted as POSIX does, without leap seconds.
    scale : Scale, default UTC

    Notes
    -----
    UTC and TAI never mix silently: their difference needs the leap-second table, which belongs to the
    timebase package.

    Examples
    --------
    >>> Instant.parse("2026-11-23T08:00:00.5+08:00").isoformat()
    '2026-11-23T00:00:00.500000000Z'
    """

    ns: int
    scale: Scale = Scale.UTC

    @classmethod
    def parse(cls, text: str) -> "Instant":
        """Read ``2026-11-23T08:00:00.123456789Z``, an offset such as ``+08:00``, or `` TAI``.

        Raises
        ------
        DataError
            If the text is not such a time.
        """
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise DataError(Message("core.bad_instant", text=text))
        stamp, decimals, zone = match.groups()
        tai = zone == " TAI"
        try:
            moment = datetime.fromisoformat(stamp + ("+00:00" if tai or zone == "Z" else zone))
        except ValueError as error:
            raise DataError(Message("core.bad_instant", text=text)) from error
        whole = (moment - _EPOCH) // timedelta(seconds=1)
        return cls(whole * NS_PER_S + int((decimals or "0").ljust(9, "0")), Scale.TAI if tai else Scale.UTC)

    def isoformat(self) -> str:
        """Write the instant with nine decimals; UTC ends in ``Z``, TAI in `` TAI``."""
        whole, rest = divmod(self.ns, NS_PER_S)
        stamp = (_EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
        return f"{stamp}.{rest:09d}" + ("Z" if self.scale is Scale.UTC else " TAI")

    def __add__(self, other: Duration) -> "Instant":
        return Instant(self.ns + other.ns, self.scale)

    @overload
    def __sub__(self, other: Duration) -> "Instant": ...
    @overload
    def __sub__(self, other: "Instant") -> Duration: ...
    def __sub__(self, other: "Instant | Duration") -> "Instant | Duration":
        if isinstance(other, Duration):
            return Instant(self.ns - other.ns, self.scale)
        self._same_scale(other)
        return Duration(self.ns - other.ns)

    def __lt__(self, other: "Instant") -> bool:
        self._same_scale(other)
        return self.ns < other.ns

    def __le__(self, other: "Instant") -> bool:
        return not other < self

    def _same_scale(self, other: "Instant") -> None:
        if self.scale is not other.scale:
            raise DataError(Message("core.mixed_scales", left=self.isoformat(), right=other.isoformat()))
