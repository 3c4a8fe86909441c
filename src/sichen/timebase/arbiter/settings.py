# SPDX-License-Identifier: Apache-2.0
"""What an operator decides: the table of sources, the oscillator, limits of trust and of slewing."""

from dataclasses import dataclass

from sichen.core import ConfigError, Message
from sichen.timebase.oscillator import Oscillator, oscillator

MOST_SOURCES = 32


@dataclass(frozen=True)
class SourceSettings:
    """One row of the table of sources.

    Parameters
    ----------
    name : str
    u : float > 0
        Precision: standard uncertainty of what does not average out, in s.
    jitter : float > 0
        Standard deviation of one reading, in s; a first guess, it is learned.
    priority : int >= 1, default 1
        Sources of the lowest number that are good are followed together; others stand by.
    group : str, default ""
        Sources that one fault or one attacker moves together (an antenna, a receiver) share a group and count as one
        witness; empty: a group of its own.
    """

    name: str
    u: float
    jitter: float
    priority: int = 1
    group: str = ""

    def __post_init__(self) -> None:
        for key, value in (("u", self.u), ("jitter", self.jitter), ("priority", self.priority)):
            if not value > 0:
                raise ConfigError(Message("timebase.settings.not_positive", name=f"source.{self.name}.{key}", found=value))

    @property
    def witness(self) -> str:
        """The group, or the name where it stands alone."""
        return self.group or self.name


@dataclass(frozen=True)
class ArbiterSettings:
    """How sources are judged.

    Parameters
    ----------
    sources : tuple of SourceSettings
    oscillator : str, default "OCXO"
        Class of the local oscillator.
    room : float >= 0, default 0
        How far the temperature around the oscillator strays (standard deviation), in K; 0 where it is held.
    usable : float, default 1e-3
        Uncertainty in s beyond which the time is called unusable.
    jump : float, optional
        Greatest change of frequency that the oscillator itself is believed capable of; by default of its class.
    threshold : float, default 6.6
        Deviations at which a slope or a step is called one, at a tick of 16 s; with shorter ticks the arbiter raises it
        so that honest sources are accused no more often in a year.
    probation : float, default 1800
        Seconds that a rejected source must agree before it is heard again; doubles each time, up to a day.
    back_after : float, default 300
        Seconds that a source of better priority must be good before it is followed again.
    waiting : float, default 11.4
        Seconds of holdover for each unit of the ratio of precisions, before a less precise source is followed.
    """

    sources: tuple[SourceSettings, ...]
    oscillator: str = "OCXO"
    room: float = 0.0
    usable: float = 1e-3
    jump: float | None = None
    threshold: float = 6.6
    probation: float = 1800.0
    back_after: float = 300.0
    waiting: float = 11.4

    def __post_init__(self) -> None:
        names = [source.name for source in self.sources]
        if not 1 <= len(names) <= MOST_SOURCES or len(set(names)) < len(names):
            raise ConfigError(Message("timebase.settings.sources", found=" ".join(names) or "—", most=MOST_SOURCES))
        self.kind()

    def kind(self) -> Oscillator:
        """Return the class of the oscillator.

        Raises
        ------
        NotFound
            If there is no such class.
        """
        return oscillator(self.oscillator)

    @property
    def plausible_jump(self) -> float:
        """Greatest change of frequency that is put down to the oscillator."""
        return self.kind().jump if self.jump is None else self.jump
