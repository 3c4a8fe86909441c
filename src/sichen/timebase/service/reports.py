# SPDX-License-Identifier: Apache-2.0
"""From what a receiver reports, and when its bytes came, to samples."""

from collections.abc import Callable, Iterable

from sichen.core import Instant, Message
from sichen.timebase.receivers import Reported, Sky, warnings
from sichen.timebase.source import Sample

NS = 1_000_000_000
JAMMED = {"timebase.receivers.spoofing", "timebase.receivers.even_signals"}


class Pairing:
    """Pair the times of a stream with the counter: the first message of each second counts, the others repeat it.

    Parameters
    ----------
    name : str
        Of the source.
    delay : float
        How late its messages come, in s.
    offset : callable
        From a UTC instant and a reading of the counter to the offset of a sample.
    """

    def __init__(self, name: str, *, delay: float, offset: Callable[[Instant, int], float]) -> None:
        self.name, self.delay, self._offset = name, delay, offset
        self._last: Instant | None = None

    def samples(self, times: Iterable[Reported], *, arrived_ns: int, sky: Sky) -> list[Sample]:
        """Return the samples of what came in one piece.

        Parameters
        ----------
        times : iterable of Reported
        arrived_ns : int
            Reading of the counter when its first byte came.
        sky : Sky
            What the stream says of it; signs of spoofing take the validity away.
        """
        found = []
        for one in times:
            if self._last is not None and abs(one.utc.ns - self._last.ns) < NS // 20:
                continue
            self._last = one.utc
            local_ns = arrived_ns - round(self.delay * NS)
            sample = Sample(local_ns / NS, self._offset(one.utc, local_ns), one.u, one.valid, reason=one.reason)
            found.append(self._doubted(sample, sky))
        return found

    def _doubted(self, sample: Sample, sky: Sky) -> Sample:
        told = warnings(sky)
        grave = next((one for one in told if one.key in JAMMED), None)
        if grave is not None and sample.valid:
            return sample.refused(Message("timebase.service.told_by", source=self.name, said=grave))
        return sample


def mean_of(samples: list[Sample]) -> Sample | None:
    """Return one sample for all that came since the last tick: the mean of the valid ones, else the newest; None for none.

    Examples
    --------
    >>> mean_of([Sample(1.0, 0.2), Sample(3.0, 0.4)])
    Sample(local=2.0, offset=0.30000000000000004, u=None, valid=True, leap=<Leap.UNKNOWN: 3>, reason=None)
    """
    good = [one for one in samples if one.valid]
    if len(good) < 2:  # noqa: PLR2004 - a mean takes two
        return good[0] if good else samples[-1] if samples else None
    count = len(good)
    u = max((one.u for one in good if one.u is not None), default=None)
    # Means of differences: an offset may have ten digits before the point.
    first = good[0]
    local = first.local + sum(one.local - first.local for one in good) / count
    offset = first.offset + sum(one.offset - first.offset for one in good) / count
    return Sample(local, offset, u, leap=good[-1].leap)
