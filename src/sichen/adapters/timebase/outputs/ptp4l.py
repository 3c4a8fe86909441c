# SPDX-License-Identifier: Apache-2.0
"""A PTP grandmaster run by ptp4l, which gives away the system's clock; what it says of that clock is told by us.

With stamps of software ptp4l serves the clock of the system, in UTC and not in TAI. So its announcements must not claim the time scale of PTP
(every slave would be 37 s wrong), and their accuracy holds what the system's clock is off from the disciplined one.
"""

import shutil
import subprocess
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from sichen.adapters.timebase.outputs.giving import Disciplined, SecondOutput
from sichen.adapters.timebase.ptp_source import GRACE, PLACES
from sichen.core import Message, SourceError
from sichen.timebase.ptp import Flag, Standing
from sichen.timebase.service import OutputPlan, Told

PATIENCE = 5.0
FRESH = 16
"""Seconds after which the same is told again: ptp4l may have been restarted meanwhile."""


class Ptp4lOutput(SecondOutput):
    """The grandmaster of ptp4l on an interface, steering nothing."""

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        super().__init__(plan, clock)
        self._running: subprocess.Popen[bytes] | None = None
        self._place = Path(tempfile.mkdtemp(prefix="sichen-"))
        self._standing: Standing | None = None
        self._told_at = 0
        self._guard = threading.Lock()

    def tell(self, told: Told) -> None:
        """Keep ptp4l running and tell it how the clock stands, when that has changed."""
        found = self.clock.as_ptp(self._standing, system=True)
        if found is None:
            return
        with self._guard:
            self._keep_running()
        second = told.second.ns // 10**9
        if found != self._standing or second - self._told_at >= FRESH:
            self._set(found)
            self._standing, self._told_at = found, second

    def _keep_running(self) -> None:
        if self._running is not None and self._running.poll() is None:
            return
        program = shutil.which("ptp4l", path=PLACES)
        if program is None:
            raise SourceError(Message("adapters.time.no_ptp4l"))
        if self._running is not None:
            self._running = self._standing = None
            raise SourceError(Message("adapters.time.ptp4l_ended", interface=self.plan.path, said="—"))
        plan = self.plan
        facts = {
            "free_running": 1, "uds_address": self._uds, "domainNumber": plan.domain, "priority1": plan.priority1,
            "priority2": plan.priority2, "logAnnounceInterval": plan.log_announce, "logSyncInterval": plan.log_sync,
            "logMinDelayReqInterval": plan.log_delay, "clockClass": 248, "clockAccuracy": 0xFE,
        }  # fmt: skip
        words = ["-S", "-q", "-4" if plan.transport == "udp" else "-2", "-i", plan.path]
        self._running = subprocess.Popen(  # noqa: S603 - no shell, and the words are ours
            [program, *words, *(f"--{key}={value}" for key, value in facts.items())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._place,
        )

    @property
    def _uds(self) -> str:
        return f"{self._place}/ptp4l"

    def _set(self, standing: Standing) -> None:
        """Tell ptp4l by pmc; until its socket is there nothing is told, and the next second tries again."""
        program = shutil.which("pmc", path=PLACES)
        if program is None:
            raise SourceError(Message("adapters.time.no_ptp4l"))
        words = ["-u", "-b", "0", "-d", str(self.plan.domain), "-s", self._uds, "-i", f"{self._place}/pmc"]
        done = subprocess.run(  # noqa: S603 - no shell, and the words are ours
            [program, *words, settings_words(standing)], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if "RESPONSE" not in done.stdout:
            raise SourceError(Message("adapters.time.ptp4l_silent", interface=self.plan.path))

    def close(self) -> None:
        """End ptp4l."""
        with self._guard:
            if self._running is not None:
                self._running.terminate()
                try:
                    self._running.wait(timeout=GRACE)
                except subprocess.TimeoutExpired:
                    self._running.kill()
                self._running = None
        shutil.rmtree(self._place, ignore_errors=True)


def settings_words(standing: Standing) -> str:
    """Return what pmc tells ptp4l; never the time scale of PTP, for software stamps are UTC.

    Examples
    --------
    >>> from sichen.timebase.ptp import ClockQuality
    >>> words = settings_words(Standing(ClockQuality(6, 0x27), Flag.PTP_TIMESCALE | Flag.TIME_TRACEABLE, 37, 0x20))
    >>> "clockClass 6" in words, "ptpTimescale 0" in words, "timeTraceable 1" in words
    (True, True, True)
    """
    told = replace(standing, flags=standing.flags & ~Flag.PTP_TIMESCALE)
    quality = told.quality
    facts = {
        "clockClass": quality.clock_class,
        "clockAccuracy": f"{quality.accuracy:#x}",
        "offsetScaledLogVariance": f"{quality.variance:#x}",
        "currentUtcOffset": told.utc_offset,
    }
    bits = {
        "leap61": Flag.LEAP_61, "leap59": Flag.LEAP_59, "currentUtcOffsetValid": Flag.UTC_OFFSET_VALID,
        "ptpTimescale": Flag.PTP_TIMESCALE, "timeTraceable": Flag.TIME_TRACEABLE, "frequencyTraceable": Flag.FREQUENCY_TRACEABLE,
    }  # fmt: skip
    words = {
        **facts,
        **{key: int(bool(told.flags & flag)) for key, flag in bits.items()},
        "timeSource": f"{told.time_source:#x}",
    }
    return " ".join(["SET GRANDMASTER_SETTINGS_NP", *(f"{key} {value}" for key, value in words.items())])
