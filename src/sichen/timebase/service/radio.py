# SPDX-License-Identifier: Apache-2.0
"""A radio time code as a source: what a decoder hands over, whichever it is, and when it is believed."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sichen.core import DataError, Instant, Message
from sichen.timebase.leap import Leap
from sichen.timebase.source import Sample

NS = 1_000_000_000
LEAPS = {"none": Leap.NONE, "insert": Leap.INSERT, "delete": Leap.DELETE, "unknown": Leap.UNKNOWN}
TOGETHER = 0.5
"""Difference in s between two frames, each beside the counter, above which one of them was misread."""
APART = 600.0
"""Seconds after which a frame no longer bears witness for the next."""


@dataclass(frozen=True)
class RadioFrame:
    """One frame of a radio time code, decoded.

    Parameters
    ----------
    station : str
        Such as ``BPC`` or ``DCF77``.
    utc : Instant
        The minute, or whatever second the mark stands for.
    mark_ns : int
        Reading of the counter when that second's mark was heard.
    u : float
        Standard uncertainty of the mark in s: the edge of a long wave in noise is good to milliseconds.
    valid : bool
        Whether the decoder stands behind it: parity, quality of the signal.
    leap : Leap
        What the frame announces.
    reason : Message, optional
        Why it is not valid.
    """

    station: str
    utc: Instant
    mark_ns: int
    u: float
    valid: bool = True
    leap: Leap = Leap.UNKNOWN
    reason: Message | None = None


class RadioDecoder(Protocol):
    """What hears a radio time code in sound or in the pulses of a module."""

    def feed(self, sound: NDArray[np.float64], *, sample_rate: float, begun_ns: int) -> Sequence[RadioFrame]:
        """Take a piece of signal and return the frames that ended in it.

        Parameters
        ----------
        sound : ndarray of float, shape (n,)
        sample_rate : float
        begun_ns : int
            Reading of the counter at its first sample.
        """
        ...


class RadioPairing:
    """Turn frames into samples: the codes of long wave have weak parity, so each needs one before it that agrees.

    Parameters
    ----------
    name : str
        Of the source.
    delay : float
        Way of the wave and delay of the receiver, in s: 3.34 µs for each kilometre.
    offset : callable
        From a UTC instant and a reading of the counter to the offset of a sample.
    """

    def __init__(self, name: str, *, delay: float, offset: Callable[[Instant, int], float]) -> None:
        self.name, self.delay, self._offset = name, delay, offset
        self._before: Sample | None = None

    def sample(self, frame: RadioFrame) -> Sample:
        """Return the sample of a frame."""
        offset = self._offset(frame.utc, frame.mark_ns) + self.delay
        found = Sample(frame.mark_ns / NS, offset, frame.u, leap=frame.leap)
        if not frame.valid:
            return found.refused(frame.reason or Message("timebase.radio.doubtful", station=frame.station))
        before, self._before = self._before, found
        near = before is not None and 0 < found.local - before.local < APART
        if before is None or not near or abs(before.offset - found.offset) > TOGETHER:
            return found.refused(Message("timebase.radio.alone", station=frame.station))
        return found


def read_radio_line(line: bytes, *, arrived_ns: int) -> RadioFrame:
    """Read a frame that a decoder in a program of its own hands over as one line of JSON.

    Parameters
    ----------
    line : bytes
        ``station``, ``utc``, ``age_s`` (seconds since the mark when the line was written), ``u_s``; ``valid`` and ``leap`` may be left out.
    arrived_ns : int
        Reading of the counter when the line came.

    Raises
    ------
    DataError
        If it is another thing.

    Examples
    --------
    >>> line = b'{"station": "BPC", "utc": "2026-11-23T08:00:00Z", "age_s": 0.25, "u_s": 0.004}'
    >>> read_radio_line(line, arrived_ns=1_000_000_000).mark_ns
    750000000
    """
    try:
        said = json.loads(line)
        age, u = float(said["age_s"]), float(said["u_s"])
        if not (0 <= age < APART and 0 < u < APART and math.isfinite(age + u)):
            raise DataError(Message("timebase.radio.bad_line"))
        return RadioFrame(
            str(said["station"])[:16],
            Instant.parse(said["utc"]),
            arrived_ns - round(age * NS),
            u,
            valid=said.get("valid", True) is True,
            leap=LEAPS[said.get("leap", "unknown")],
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise DataError(Message("timebase.radio.bad_line")) from error
