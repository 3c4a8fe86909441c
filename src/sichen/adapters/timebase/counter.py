# SPDX-License-Identifier: Apache-2.0
"""The counter of this computer: its own oscillator, which nobody steers; the system's clock is read beside it and never set."""

import threading
import time
from typing import Protocol

from sichen.core import Instant

NS = 1_000_000_000
TRIES = 5


class Counter(Protocol):
    """Something that counts nanoseconds at the rate of an oscillator."""

    def read(self) -> int:
        """Return the reading, in ns."""
        ...

    def pair(self) -> tuple[int, Instant]:
        """Return a reading and the system's clock at the same moment."""
        ...

    def stood_still(self) -> float:
        """Return for how many seconds it has stood still since it was made, because the computer slept."""
        ...

    def wait(self, local_ns: int, stop: threading.Event) -> bool:
        """Wait until a reading is reached; return whether `stop` was set meanwhile."""
        ...


class MachineCounter:
    """The oscillator of this computer, as the kernel counts it without corrections.

    Examples
    --------
    >>> counter = MachineCounter()
    >>> counter.read() <= counter.read()
    True
    """

    def __init__(self) -> None:
        self._origin = self._gap()

    def read(self) -> int:
        """Return the reading, in ns."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)

    def pair(self) -> tuple[int, Instant]:
        """Return a reading and the system's clock at the same moment: the closest of a few tries, its middle."""
        best: tuple[int, int, int] | None = None
        for _ in range(TRIES):
            before = self.read()
            system = time.time_ns()
            after = self.read()
            if best is None or after - before < best[0]:
                best = (after - before, (before + after) // 2, system)
        _, local, system = best or (0, 0, 0)
        return local, Instant(system)

    def _gap(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)

    def stood_still(self) -> float:
        """Return for how many seconds the computer has slept."""
        return self._gap() - self._origin

    def wait(self, local_ns: int, stop: threading.Event) -> bool:
        """Wait until a reading is reached; return whether `stop` was set meanwhile."""
        while (left := local_ns - self.read()) > 0:
            if stop.wait(left / NS):
                return True
        return stop.is_set()
