# SPDX-License-Identifier: Apache-2.0
"""What a source of time hands over, whatever its protocol."""

from dataclasses import dataclass, replace
from typing import Protocol

from sichen.core import Message
from sichen.timebase.leap import Leap


@dataclass(frozen=True)
class Sample:
    """One comparison of a source with the local oscillator.

    Parameters
    ----------
    local : float
        Reading of the local oscillator's counter when the comparison was made, in s since the counter's origin.
    offset : float
        Time of the source minus that reading, in s. Positive: the local counter is behind.
    u : float, optional
        Standard uncertainty of what does not average out (half a round trip, a cable), in s, when the source knows
        it better than its settings; it only ever widens what they say.
    valid : bool, default True
        Whether the source itself stands behind it.
    leap : Leap, default Leap.UNKNOWN
        What it says of the end of this UTC day.
    reason : Message, optional
        Why it is not valid, or what else an operator should know: jamming, no fix, antenna open.

    Examples
    --------
    >>> Sample(100.0, 2.5e-6).valid
    True
    """

    local: float
    offset: float
    u: float | None = None
    valid: bool = True
    leap: Leap = Leap.UNKNOWN
    reason: Message | None = None

    def refused(self, reason: Message) -> "Sample":
        """Return the sample with its validity taken away."""
        return replace(self, valid=False, reason=reason)


class Source(Protocol):
    """A receiver, a server, a pulse: an adapter reads it, a chapter of `receivers` understands it."""

    @property
    def name(self) -> str:
        """The name that settings, states and records use."""
        ...

    def sample(self, local: float) -> Sample | None:
        """Return the newest comparison not handed over yet, or None; `local` is the counter's reading now."""
        ...
