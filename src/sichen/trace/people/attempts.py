# SPDX-License-Identifier: Apache-2.0
"""Back-off: after a few failures each further attempt has to wait, twice as long each time.

An account and an address are counted apart. A stranger who guesses at one account makes its owner wait a quarter of an
hour at the most, and is not able to lock it for ever; one who tries one password on many accounts is stopped by his address.
"""

from collections import OrderedDict
from dataclasses import dataclass

from sichen.core import Duration, Instant


@dataclass(frozen=True)
class Limits:
    """When attempts begin to wait.

    Parameters
    ----------
    free : int
        Failures that cost nothing.
    first, longest : Duration
        The wait after the next failure, and the longest one.
    forgotten : Duration
        After so long without a failure all is forgotten.
    """

    free: int
    first: Duration
    longest: Duration
    forgotten: Duration

    def wait(self, failures: int) -> Duration:
        """Return how long to wait after so many failures.

        Examples
        --------
        >>> [ACCOUNT.wait(count).seconds for count in (4, 5, 6, 7, 100)]
        [0.0, 2.0, 4.0, 8.0, 900.0]
        """
        if failures < self.free:
            return Duration(0)
        return Duration(min(self.first.ns << min(failures - self.free, 40), self.longest.ns))


ACCOUNT = Limits(5, Duration.of_seconds(2), Duration.of_seconds(900), Duration.of_seconds(86400))
ADDRESS = Limits(20, Duration.of_seconds(2), Duration.of_seconds(900), Duration.of_seconds(3600))
MOST_KEYS = 10_000


class Attempts:
    """Counts failures by key, in memory, within a fixed room.

    Parameters
    ----------
    limits : Limits
    most : int
        Keys that are remembered; the one whose last failure is oldest is forgotten first.
    """

    def __init__(self, limits: Limits, *, most: int = MOST_KEYS) -> None:
        self.limits = limits
        self._most = most
        self._failures: OrderedDict[str, tuple[int, Instant]] = OrderedDict()

    def remaining(self, key: str, now: Instant) -> Duration:
        """Return how long this key has still to wait."""
        count, last = self._failures.get(key, (0, now))
        if (now - last).ns >= self.limits.forgotten.ns:
            return Duration(0)
        return Duration(max(0, self.limits.wait(count).ns - (now - last).ns))

    def failed(self, key: str, now: Instant) -> int:
        """Note a failure and return how many there are."""
        count, last = self._failures.pop(key, (0, now))
        count = 1 if (now - last).ns >= self.limits.forgotten.ns else count + 1
        self._failures[key] = (count, now)
        while len(self._failures) > self._most:
            self._failures.popitem(last=False)
        return count

    def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)
