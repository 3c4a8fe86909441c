# SPDX-License-Identifier: Apache-2.0
"""What is told of one second, and how each form of output says it."""

import math
from dataclasses import dataclass

from sichen.core import Instant
from sichen.timebase.arbiter import State
from sichen.timebase.irig import IrigTime, frame_of, irig_time
from sichen.timebase.leap import Leap
from sichen.timebase.outputs import PulseState, TimeOfDay, dlt_string, rmc, time_of_day, zda
from sichen.timebase.service.plan import OutputPlan

NS = 1_000_000_000
MINUTE = 60
FAILED = 15
FINEST, COARSEST = -9, 1
"""Powers of ten of the seconds that the quality codes 1 … 11 of IRIG-B stand for."""


@dataclass(frozen=True)
class Told:
    """What stands behind one served second.

    Parameters
    ----------
    second : Instant
        A whole UTC second; during an inserted leap second the one before it.
    u : float
        Standard uncertainty in s.
    state : State
    leap : Leap
        What comes at the end of this UTC day.
    gps_leap : int
        GPS − UTC in s.
    leap_second : bool
        It is 23:59:60.
    followed : tuple of str
        Sources behind it.
    """

    second: Instant
    u: float
    state: State
    leap: Leap = Leap.NONE
    gps_leap: int = 18
    leap_second: bool = False
    followed: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether anybody should set a clock by it."""
        return self.state is not State.UNUSABLE

    @property
    def quality(self) -> int:
        """The quality code of IRIG-B and DL/T 1100.1: 0 locked, 1 … 11 within 10^(n−10) s, 15 failed.

        Three standard uncertainties are what it says.
        """
        if not self.usable or not self.u > 0:
            return FAILED
        power = math.ceil(math.log10(3 * self.u) - 1e-9)
        if self.state is State.LOCKED and power <= FINEST + 3:
            return 0
        return FAILED if power > COARSEST else max(power, FINEST) + 10

    @property
    def leap_near(self) -> bool:
        """Whether a leap second comes within a minute: then the codes announce it."""
        return self.leap in {Leap.INSERT, Leap.DELETE} and 86_400 - self.second.ns // NS % 86_400 <= MINUTE


def strings_of(plan: OutputPlan, told: Told) -> bytes:
    """Return the sentences and frames that a line carries for a second, one behind the other."""
    return b"".join(_string(sentence, plan, told) for sentence in plan.sentences)


def _string(sentence: str, plan: OutputPlan, told: Told) -> bytes:
    if sentence == "zda":
        return zda(told.second, talker=plan.talker, offset=plan.offset) if told.usable else b""
    if sentence == "rmc":
        return rmc(told.second, talker=plan.talker, locked=told.usable)
    if sentence == "dlt":
        deletes = told.leap is Leap.DELETE
        return dlt_string(
            told.second, offset=plan.offset, quality=told.quality, leap_pending=told.leap_near, leap_delete=deletes
        )
    return time_of_day(TimeOfDay(told.second, told.gps_leap, _pulse_state(told), 3 * told.u if told.usable else None))


def _pulse_state(told: Told) -> PulseState:
    if not told.usable:
        return PulseState.DO_NOT_USE
    return PulseState.NORMAL if told.followed else PulseState.CRYSTAL_HOLDOVER


def irig_told(plan: OutputPlan, told: Told) -> IrigTime:
    """Return what an IRIG-B frame tells of a second."""
    return irig_time(
        told.second,
        form=plan.irig_form,
        offset=plan.offset,
        quality=told.quality,
        leap_second=told.leap_second,
        leap_pending=told.leap_near,
        leap_delete=told.leap is Leap.DELETE,
    )


def irig_symbols(plan: OutputPlan, told: Told) -> str:
    """Return the hundred symbols of the IRIG-B frame of a second."""
    return frame_of(irig_told(plan, told), form=plan.irig_form)
