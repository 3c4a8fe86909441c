# SPDX-License-Identifier: Apache-2.0
"""Which of the epochs that a short counter allows is meant, told by a witness.

A GPS receiver counts weeks in ten bits (1024 weeks, 19.6 years), newer messages in thirteen; BeiDou in thirteen; NTP counts seconds in
32 bits (136 years). The counter alone cannot say which turn it is in. One bit more can: a time known to be near, a time before which it
cannot be (the build of the program, the last time kept), or a leap count that the earlier turn had not yet reached.
"""

from dataclasses import dataclass

from sichen.core import DataError, Instant, Message
from sichen.timebase.leap import LeapTable, leap_table

NS = 1_000_000_000
WEEK_NS = 604_800 * NS
GPS_EPOCH_NS = 315_964_800 * NS  # 1980-01-06
BEIDOU_EPOCH_NS = 1_136_073_600 * NS  # 2006-01-01
NTP_EPOCH_NS = -2_208_988_800 * NS  # 1900-01-01
GPS_TURN = 1024
TAI_LESS_GPS = 19
GPS_LESS_BEIDOU = 14


@dataclass(frozen=True)
class Witness:
    """What is known of the time apart from the receiver.

    Parameters
    ----------
    near : Instant, optional
        A UTC instant less than half a turn away.
    not_before : Instant, optional
        A UTC instant that is surely past.
    """

    near: Instant | None = None
    not_before: Instant | None = None


NOBODY = Witness()


def resolve(found: Instant, *, turn_weeks: int, witness: Witness = NOBODY, leap: int | None = None) -> Instant:
    """Move an instant by whole turns of its week counter to where the witness says it is.

    Parameters
    ----------
    found : Instant
        UTC, as the receiver has it.
    turn_weeks : int
        Weeks after which the counter begins anew: 1024 or 8192.
    witness : Witness
    leap : int, optional
        GPS − UTC as the receiver states it. It only ever grew: a date when it was smaller is a turn too early.

    Returns
    -------
    Instant
        `found` itself when no witness speaks against it.

    Examples
    --------
    >>> told = Instant.parse("2000-08-25T05:12:50Z")
    >>> resolve(told, turn_weeks=1024, leap=18).isoformat()
    '2020-04-10T05:12:50.000000000Z'
    >>> resolve(told, turn_weeks=1024, witness=Witness(near=Instant.parse("2021-01-01T00:00:00Z"))).isoformat()[:10]
    '2020-04-10'
    """
    turn = turn_weeks * WEEK_NS
    if witness.near is not None:
        # Nearest multiple of a turn, halves away from the past.
        return Instant(found.ns + turn * ((2 * (witness.near.ns - found.ns) + turn) // (2 * turn)))
    ns = found.ns
    if witness.not_before is not None and ns < witness.not_before.ns:
        ns += turn * -((ns - witness.not_before.ns) // turn)
    table = leap_table()
    while (
        leap is not None
        and ns < table.expires * NS
        and _leap_at(table, Instant(ns)) < leap <= _leap_at(table, Instant(table.expires * NS))
    ):
        ns += turn
    return Instant(ns)


def gps_leap(instant: Instant, *, table: LeapTable | None = None) -> int:
    """Return GPS − UTC in whole seconds at a UTC instant, by the table.

    Examples
    --------
    >>> gps_leap(Instant.parse("2024-01-01T00:00:00Z"))
    18
    """
    return _leap_at(table or leap_table(), instant)


def from_gps(week: int, second_ns: int, *, leap: int | None = None, witness: Witness = NOBODY) -> tuple[Instant, int]:
    """Return the UTC instant of a GPS week and time of week, and GPS − UTC used for it.

    Parameters
    ----------
    week : int
        Since 1980-01-06, as received: in ten bits, thirteen or whole.
    second_ns : int
        Nanoseconds since the week began.
    leap : int, optional
        GPS − UTC when the receiver knows it for sure; the table's when not given.
    witness : Witness
    """
    return _from_epoch(GPS_EPOCH_NS, week, second_ns, leap=leap, turn=GPS_TURN, ahead=0, witness=witness)


def from_beidou(week: int, second_ns: int, *, leap: int | None = None, witness: Witness = NOBODY) -> tuple[Instant, int]:
    """Return the UTC instant of a BeiDou week and time of week, and GPS − UTC used for it; `leap` is BeiDou's own, BDT − UTC."""
    stated = None if leap is None else leap + GPS_LESS_BEIDOU
    return _from_epoch(BEIDOU_EPOCH_NS, week, second_ns, leap=stated, turn=8192, ahead=GPS_LESS_BEIDOU, witness=witness)


def from_ntp(seconds: int, *, witness: Witness) -> Instant:
    """Return the UTC instant of NTP's 32-bit seconds in the era that the witness tells.

    Raises
    ------
    DataError
        If there is no witness: a count of 32 bits means one second in every 136 years.

    Examples
    --------
    >>> from_ntp(0, witness=Witness(near=Instant.parse("2030-01-01T00:00:00Z"))).isoformat()
    '2036-02-07T06:28:16.000000000Z'
    """
    era = 2**32 * NS
    found = NTP_EPOCH_NS + seconds * NS
    if witness.near is not None:
        return Instant(found + era * ((2 * (witness.near.ns - found) + era) // (2 * era)))
    if witness.not_before is None:
        raise DataError(Message("timebase.receivers.no_witness"))
    return Instant(found + era * max(0, -((found - witness.not_before.ns) // era)))


def _from_epoch(
    epoch: int, week: int, second_ns: int, *, leap: int | None, turn: int, ahead: int, witness: Witness
) -> tuple[Instant, int]:
    counted = epoch + week * WEEK_NS + (second_ns + ahead * NS)
    stated = leap or 0
    utc = resolve(Instant(counted - stated * NS), turn_weeks=turn, witness=witness, leap=leap)
    if leap is not None:
        return utc, leap
    # The table is asked for the UTC that it gives itself, so that the seconds about a leap are right.
    used = gps_leap(Instant(utc.ns - gps_leap(utc) * NS))
    return Instant(utc.ns - used * NS), used


def _leap_at(table: LeapTable, instant: Instant) -> int:
    first = Instant(table.since[0] * NS)
    return table.offset(instant if instant.ns >= first.ns else first).ns // NS - TAI_LESS_GPS
