# SPDX-License-Identifier: Apache-2.0
"""What speaks against a time that a receiver stands behind: its leap count, its date, the times before and after it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sichen.core import Instant, Message
from sichen.timebase.leap import leap_table
from sichen.timebase.receivers.framer import Protocol
from sichen.timebase.receivers.reported import Reported
from sichen.timebase.receivers.rollover import NOBODY, Witness, gps_leap

NS = 1_000_000_000
DAY = 86_400 * NS
YEAR = 365.25 * DAY
FIRST = Instant.parse("1990-01-01T00:00:00Z")
"""No receiver wrote such logs before: an earlier date is that of one which has lost it, unless a witness says more."""
LAST = Instant.parse("2100-01-01T00:00:00Z")
FAR = 10 * YEAR
BACK, AHEAD = 10 * NS, 3600 * NS
"""Times of one stream follow each other within these bounds; beyond, a new run of times begins."""
SHORT = 6
"""Messages of a run that may be a damaged message and those that took its date."""


def doubt(one: Reported, witness: Witness = NOBODY) -> Message | None:
    """Return what speaks against a single time; None when nothing does.

    Parameters
    ----------
    one : Reported
    witness : Witness
    """
    if one.leap is not None and not _leap_fits(one):
        return Message("timebase.receivers.leap_differs", leap=one.leap, table=gps_leap(one.utc))
    if witness.near is not None:
        known = abs(one.utc.ns - witness.near.ns) <= FAR
    else:
        known = (witness.not_before or FIRST).ns <= one.utc.ns < LAST.ns
    return None if known else Message("timebase.receivers.no_such_time", utc=one.utc.isoformat()[:10])


def _leap_fits(one: Reported) -> bool:
    around = {gps_leap(Instant(one.utc.ns + shift * NS)) for shift in (-2, 0, 2)}
    if one.leap in around:
        return True
    beyond = one.utc.ns - leap_table().expires * NS
    return beyond > 0 and abs((one.leap or 0) - max(around)) <= 1 + beyond / YEAR


def weigh(times: Iterable[Reported]) -> list[Reported]:
    """Take validity from times that the others of their stream contradict.

    Parameters
    ----------
    times : iterable of Reported

    Returns
    -------
    list of Reported
        As many. Not valid any more are: both dates of a second that two messages date differently; a few messages that stand alone
        while those before and behind them go on as if nothing had been; what falls back by more than a day.
    """
    found = list(times)
    reasons: dict[int, Message] = {}
    for protocol in Protocol:
        places = [at for at, one in enumerate(found) if one.protocol is protocol]
        reasons |= _contradicted(found, places)
        valid = [at for at in places if found[at].valid and at not in reasons]
        reasons |= _alone(found, valid)
        reasons |= _fallen_back(found, [at for at in valid if at not in reasons])
    return [replace(one, valid=False, reason=reasons[at]) if at in reasons else one for at, one in enumerate(found)]


def _contradicted(found: Sequence[Reported], places: Sequence[int]) -> dict[int, Message]:
    """Return the messages whose second another one, told apart as contradictory, dates differently."""
    reasons: dict[int, Message] = {}
    for index, at in enumerate(places):
        why = found[at].reason
        if why is None or why.key != "timebase.receivers.dates_differ":
            continue
        for earlier in reversed(places[max(index - SHORT, 0) : index]):
            if (found[at].utc.ns - found[earlier].utc.ns) % DAY:
                break
            if found[earlier].valid:
                reasons[earlier] = why
    return reasons


def _alone(found: Sequence[Reported], valid: Sequence[int]) -> dict[int, Message]:
    runs: list[list[int]] = []
    for at in valid:
        if runs and -BACK <= found[at].utc.ns - found[runs[-1][-1]].utc.ns <= AHEAD:
            runs[-1].append(at)
        else:
            runs.append([at])
    reasons: dict[int, Message] = {}
    before: list[int] = []
    for number, run in enumerate(runs):
        behind = runs[number + 1] if number + 1 < len(runs) else []
        if len(run) <= SHORT and _stands_alone(found, before, run, behind):
            reasons |= dict.fromkeys(run, Message("timebase.receivers.stands_alone"))
        else:
            before = [*before[-SHORT:], *run]
    return reasons


def _stands_alone(found: Sequence[Reported], before: Sequence[int], run: Sequence[int], behind: Sequence[int]) -> bool:
    begin = found[run[0]].utc.ns
    if before and behind:
        return -BACK <= found[behind[0]].utc.ns - found[before[-1]].utc.ns <= AHEAD
    if behind:
        return len(behind) > len(run) and begin > found[behind[0]].utc.ns + BACK
    return len(before) >= len(run) and begin > found[before[-1]].utc.ns + DAY


def _fallen_back(found: Sequence[Reported], valid: Sequence[int]) -> dict[int, Message]:
    reasons: dict[int, Message] = {}
    latest: int | None = None
    for at in valid:
        if latest is not None and found[at].utc.ns < latest - DAY:
            reasons[at] = Message("timebase.receivers.fell_back")
        else:
            latest = found[at].utc.ns
    return reasons
