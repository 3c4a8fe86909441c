# SPDX-License-Identifier: Apache-2.0
"""NMEA 0183: times of RMC, ZDA, GGA, GNS and GLL of any talker, and the sky of GSV."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sichen.core import Instant, Message
from sichen.timebase.receivers.calendar import inserted_before
from sichen.timebase.receivers.framer import Frame, Protocol
from sichen.timebase.receivers.reported import Reported, Sky
from sichen.timebase.receivers.rollover import GPS_TURN, NOBODY, Witness, resolve

NS = 1_000_000_000
DAY_NS = 86_400 * NS
NO_FIX = {"0": "no_fix", "6": "dead_reckoning", "7": "manual", "8": "simulated"}
NO_MODE = {"N": "no_fix", "E": "dead_reckoning", "M": "manual", "S": "simulated"}
CENTURY = 80
"""Two-digit years from here on are of the twentieth century: GPS time begins in 1980."""
ADDRESS = 5
"""Two letters of the talker, three of the sentence."""
USED = 7
"""Field of GGA and GNS that counts the satellites used."""
FIELDS = {"RMC": 10, "ZDA": 5, "GGA": 7, "GNS": 7, "GLL": 7}


@dataclass(frozen=True)
class _Fix:
    """What the stream last said of the fix: None is one, else the reason why there is none."""

    missing: Message | None
    known: bool


class NmeaDecoder:
    """Follow the sentences of one receiver: a date comes from one, the fix from another.

    Parameters
    ----------
    witness : Witness
        What tells the turn of the week counter when the receiver has lost it.
    """

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._witness = witness
        self._fix = _Fix(Message("timebase.receivers.fix_not_told"), known=False)
        self._told: tuple[int, int] | None = None
        self._told_with_fix = False
        self._told_by = ""
        self._differ = False
        self._last: tuple[int, bool, bool] | None = None
        self._signals: dict[str, dict[int, list[float]]] = {}
        self.sky = Sky()

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a sentence; empty when it has none."""
        kind = frame.data[3:6].decode("ascii")
        if (kind not in FIELDS and kind != "GSV") or frame.data[1:2] == b"P":
            return []
        fields = frame.data[1:-3].decode("ascii").split(",")
        if kind in {"GGA", "GNS"} and len(fields) > USED and fields[USED].isdecimal():
            self.sky = replace(self.sky, used=int(fields[USED][:3]))
        if kind == "GSV":
            self._gsv(fields)
            return []
        if len(fields[0]) != ADDRESS or len(fields) < FIELDS[kind]:
            return []
        try:
            found = getattr(self, f"_{kind.lower()}")(fields)
        except ValueError:
            return []
        if found is None:
            return []
        return self._report(kind, found, frame.position)

    def _rmc(self, fields: list[str]) -> tuple[int, int | None] | None:
        mode = fields[12] if len(fields) > 12 else ""
        if fields[2] != "A":
            self._no("no_fix")
        elif mode in NO_MODE:
            self._no(NO_MODE[mode])
        else:
            self._fix = _Fix(None, known=True)
        if not fields[1] or not fields[9]:
            return None
        day, month, year = (_number(fields[9][at : at + 2], 2) for at in (0, 2, 4))
        if len(fields[9]) != 6:
            return None
        return _day(self._year(year), month, day), _seconds(fields[1])

    def _year(self, digits: int) -> int:
        """Return the year of two digits: the one next to what the witness knows, else one since GPS began."""
        known = self._witness.near or self._witness.not_before
        if known is None:
            return 1900 + digits if digits >= CENTURY else 2000 + digits
        about = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=known.ns // NS)).year
        return min((century + digits for century in range(1900, 2200, 100)), key=lambda year: abs(year - about))

    def _zda(self, fields: list[str]) -> tuple[int, int | None] | None:
        if not all(fields[1:5]):
            return None
        return _day(_number(fields[4], 4), _number(fields[3], 2), _number(fields[2], 2)), _seconds(fields[1])

    def _gga(self, fields: list[str]) -> tuple[int, int | None] | None:
        self._set(NO_FIX.get(fields[6] or "0"))
        return self._of_today(fields[1])

    def _gns(self, fields: list[str]) -> tuple[int, int | None] | None:
        modes = set(fields[6]) - {"N"}
        self._set(None if modes - set(NO_MODE) else NO_MODE[min(modes)] if modes else "no_fix")
        return self._of_today(fields[1])

    def _gll(self, fields: list[str]) -> tuple[int, int | None] | None:
        mode = fields[7] if len(fields) > 7 else ""
        self._set(NO_MODE.get(mode) if fields[6] == "A" else "no_fix")
        return self._of_today(fields[5])

    def _of_today(self, clock: str) -> tuple[int, int | None] | None:
        """Return the last day told with a new time of day; past midnight it is the next one."""
        if not clock or self._told is None:
            return None
        day, before = self._told
        now = _seconds(clock)
        return (day + 1 if before - now > DAY_NS // 2 else day), now

    def _report(self, kind: str, found: tuple[int, int | None], position: int) -> list[Reported]:
        day, second = found
        if second is None:
            return []
        whole = resolve(Instant(day * DAY_NS + second), turn_weeks=GPS_TURN, witness=self._witness)
        leaps = second >= DAY_NS
        if leaps and not inserted_before(Instant(whole.ns // NS * NS)):
            return []
        dated = kind in {"RMC", "ZDA"}
        if dated:
            self._take_date(kind, day, second)
        self._told = (day, second)
        reason = Message("timebase.receivers.dates_differ") if self._differ else self._fix.missing
        if reason is None and not self._told_with_fix:
            reason = Message("timebase.receivers.date_without_fix")
        now = (whole.ns, reason is None, leaps)
        if now == self._last and not dated:
            return []
        self._last = now
        return [Reported(Protocol.NMEA, kind, whole, reason is None, reason=reason, position=position, leap_second=leaps)]

    def _take_date(self, kind: str, day: int, second: int) -> None:
        """Weigh a date: two sentences that contradicted each other are believed again when they agree on a second."""
        if self._told is not None and self._told[1] == second and kind != self._told_by:
            self._differ = self._told[0] != day
        self._told_by = kind
        # A date told without a fix is a guess, and stays one when another sentence says that there is a fix now.
        self._told_with_fix = self._fix.missing is None

    def _set(self, reason: str | None) -> None:
        if reason is None:
            self._fix = _Fix(None, known=True)
        else:
            self._no(reason)

    def _no(self, reason: str) -> None:
        self._fix = _Fix(Message(f"timebase.receivers.{reason}"), known=True)

    def _gsv(self, fields: list[str]) -> None:
        """Gather the C/N0 of one talker; the last sentence of its group closes it."""
        try:
            total, number = int(fields[1]), int(fields[2])
            levels = [float(fields[at]) for at in range(7, len(fields), 4) if fields[at]]
        except (ValueError, IndexError):
            return
        group = self._signals.setdefault(fields[0], {})
        if number == 1:
            group.clear()
        group[number] = levels
        if number == total:
            signals = tuple(level for one in self._signals.values() for part in one.values() for level in part)
            self.sky = replace(self.sky, signals=signals)


def _day(year: int, month: int, day: int) -> int:
    return (datetime(year, month, day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days


def _number(text: str, width: int) -> int:
    if not text.isdecimal() or len(text) > width:
        raise ValueError(text)
    return int(text)


def _seconds(text: str) -> int:
    """Return nanoseconds of the day of hhmmss.sss; a leap second counts as the one after 59."""
    whole, _, decimals = text.partition(".")
    if len(whole) != 6 or not whole.isdecimal() or (decimals and not decimals.isdecimal()):
        raise ValueError(text)
    hour, minute, second = int(whole[:2]), int(whole[2:4]), int(whole[4:])
    if hour > 23 or minute > 59 or second > 60 or (second == 60 and (hour, minute) != (23, 59)):
        raise ValueError(text)
    return ((hour * 60 + minute) * 60 + second) * NS + int((decimals or "0")[:9].ljust(9, "0"))
