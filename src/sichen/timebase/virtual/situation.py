# SPDX-License-Identifier: Apache-2.0
"""A situation: an oscillator, sources with their faults and lies, and the limits that must hold; a TOML file."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sichen.core import ConfigError, Instant, Message
from sichen.timebase.arbiter import State
from sichen.timebase.ranges import SITUATION, check_range
from sichen.timebase.tables import read_table

NS = 1_000_000_000
MOST_TICKS = 10_000_000
FIRST, LAST = Instant.parse("1970-01-01T00:00:00Z"), Instant.parse("2300-01-01T00:00:00Z")
"""A computer without a battery believes in 1970; nobody plans beyond 2300."""
NEEDS_VALUE: Mapping[str, tuple[float, float]] = {
    "every": (1.0, 1e9),
    "jitter": (0.0, 1e9),
    "stale": (0.0, 1e6),
    "leap": (0.0, 3.0),
}

Fault = Literal["lost", "invalid", "jammed", "stale", "frozen", "ramp", "step", "asymmetry", "jitter", "leap", "every"]
Measure = Literal[
    "error", "rms", "honesty", "uncertainty", "jump", "backward", "changes", "detection", "displaced", "state", "rejected",
    "followed", "reason", "leap", "slew", "utc",
]  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What goes wrong with a source, from when to when.

    Parameters
    ----------
    fault : str
        ``lost`` no readings; ``invalid`` it says so itself; ``jammed`` the same, with its reason; ``stale`` readings
        arrive `value` seconds late; ``frozen`` the same time again and again; ``ramp`` its time runs away by `value`
        s/s; ``step`` it is off by `value` s; ``asymmetry`` its path delays one way `value` s more, half of which
        shows; ``jitter`` times `value`; ``leap`` it announces `value` (1 insert, 2 delete); ``every`` only each
        `value`-th reading arrives.
    begin, end : float
        Hours from the start.
    value : float
    """

    fault: Fault
    begin: float = 0.0
    end: float = math.inf
    value: float = 0.0


@dataclass(frozen=True)
class SourcePlan:
    """A source as it is set up and as it really is.

    Parameters
    ----------
    name, u, jitter, priority, group
        As `SourceSettings` takes them.
    offset : float
        Its true systematic error, in s.
    noise : {"normal", "exponential"}
        Shape of its jitter; ``exponential`` is half the difference of two one-sided delays, as on a network.
    event : tuple of Event
    """

    name: str
    u: float
    jitter: float
    priority: int = 1
    group: str = ""
    offset: float = 0.0
    noise: Literal["normal", "exponential"] = "normal"
    event: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Disturbance:
    """What happens to the local counter: a step by another process or a suspended machine, or a jump of frequency.

    Parameters
    ----------
    at : float
        Hours from the start.
    step : float
        Seconds that the counter is put forward.
    frequency : float
        Change of its frequency.
    """

    at: float
    step: float = 0.0
    frequency: float = 0.0


@dataclass(frozen=True)
class OscillatorPlan:
    """The local oscillator.

    Parameters
    ----------
    kind : str
        Its class.
    believed : str, optional
        The class that the arbiter takes it for; by default the true one.
    ageing : float, optional
        Drift in 1/d; by default that of the class.
    offset : float
        Frequency at the start.
    swing : float
        Amplitude of the day's temperature, in K.
    disturbance : tuple of Disturbance
    """

    kind: str = "OCXO"
    believed: str | None = None
    ageing: float | None = None
    offset: float = 2e-9
    swing: float = 0.0
    disturbance: tuple[Disturbance, ...] = ()


@dataclass(frozen=True)
class Limit:
    """A limit to hold.

    Parameters
    ----------
    measure : str
        ``error``, ``rms``, ``uncertainty`` in s; ``honesty`` share of time with the error within 3 u, at least;
        ``jump`` change of the served error between two ticks in s; ``displaced`` change since `begin` in s; ``backward``
        ticks at which served time did not rise; ``slew`` greatest rate beside the counter; ``changes`` of state;
        ``detection`` seconds from `begin` until `source` is rejected; ``state``, ``rejected``, ``followed``, ``reason``:
        `is` is met, at least this share of the time; ``leap`` the verdict at the end is `value`; ``utc`` served UTC beside
        true UTC in s, 23:59:60 and all, at every tick and each half second about the end of a day.
    value : float
    begin, end : float
        Hours from the start; before the first lock nothing is judged.
    source : str
    is : str
        A state, names of sources in the order of the table, or part of the key of a reason.
    """

    measure: Measure
    value: float
    begin: float = 0.0
    end: float = math.inf
    source: str = ""
    meets: str = field(default="", metadata={"key": "is"})


@dataclass(frozen=True)
class ArbiterPlan:
    """Settings of the arbiter and the clock that differ from their defaults; see `ArbiterSettings`, `SteeredClock`."""

    room: float = 0.0
    usable: float = 1e-3
    jump: float | None = None
    threshold: float = 6.6
    probation: float = 1800.0
    back_after: float = 300.0
    waiting: float = 11.4
    slew: float = 5e-4
    settle: float = 64.0
    leap_table: bool = True


@dataclass(frozen=True)
class Situation:
    """A physical situation and its limits.

    Parameters
    ----------
    title : str
    seed : int
    hours : float
    tick : float
        Seconds between two readings.
    start : str
        UTC at the beginning.
    leap : {0, 1, -1}
        Whether a second is really inserted or deleted at the end of the first UTC day; the sources count it, and an
        event ``leap`` says who announces it.
    """

    title: str
    source: tuple[SourcePlan, ...]
    limit: tuple[Limit, ...] = ()
    seed: int = 1
    hours: float = 24.0
    tick: float = 16.0
    start: str = "2026-01-01T00:00:00Z"
    leap: int = 0
    oscillator: OscillatorPlan = field(default_factory=OscillatorPlan)
    arbiter: ArbiterPlan = field(default_factory=ArbiterPlan)

    @property
    def instant(self) -> Instant:
        """The beginning."""
        return Instant.parse(self.start)


def read_situation(text: str) -> Situation:
    r"""Read a situation.

    Parameters
    ----------
    text : str
        TOML; the keys are the fields of `Situation`, with tables ``[oscillator]``, ``[arbiter]``, ``[[source]]``,
        ``[[source.event]]``, ``[[oscillator.disturbance]]`` and ``[[limit]]``.

    Raises
    ------
    ConfigError
        If it is no TOML, or a key is unknown, missing or of the wrong kind; the message names the key.

    Examples
    --------
    >>> read_situation('title = "x"\nsauce = 1')
    Traceback (most recent call last):
    ...
    sichen.core.errors.ConfigError: sauce is not a key here; known: title source limit seed hours tick start leap oscillator arbiter
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("timebase.situation.no_toml", problem=str(error))) from error
    found = read_table(Situation, table, ranges=SITUATION)
    _check(found)
    return found


def _check(found: Situation) -> None:
    for key, value, most in (("tick", found.tick, 3600.0), ("hours", found.hours, 24.0 * 3653)):
        if not 0.0 < value <= most:
            raise ConfigError(Message("timebase.situation.range", name=key, found=f"{value:g}", most=f"{most:g}"))
    if found.hours * 3600 > MOST_TICKS * found.tick:
        raise ConfigError(
            Message("timebase.situation.too_many_ticks", count=f"{found.hours * 3600 / found.tick:.3g}", most=MOST_TICKS)
        )
    check_range("start", found.instant.ns / NS, (FIRST.ns / NS, LAST.ns / NS))
    if found.leap not in {-1, 0, 1}:
        raise ConfigError(Message("timebase.situation.range", name="leap", found=str(found.leap), most="1"))
    names = {plan.name for plan in found.source}
    for event in (one for plan in found.source for one in plan.event):
        _check_event(event)
    for limit in found.limit:
        _check_limit(limit, names)


def _check_event(event: Event) -> None:
    if event.fault in NEEDS_VALUE:
        check_range("source.event.value", event.value, NEEDS_VALUE[event.fault])
    check_range("source.event.end", event.end, (event.begin, math.inf))


def _check_limit(limit: Limit, names: set[str]) -> None:
    if (limit.source or limit.measure == "detection") and limit.source not in names:
        raise ConfigError(Message("timebase.situation.no_source", name="limit.source", found=limit.source))
    check_range("limit.end", limit.end, (limit.begin, math.inf))
    states = [state.value for state in State]
    if limit.measure == "state" and limit.meets not in states:
        raise ConfigError(Message("timebase.situation.choice", name="limit.is", found=limit.meets, known=" ".join(states)))
