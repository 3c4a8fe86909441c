# SPDX-License-Identifier: Apache-2.0
"""The state of a running service as people and programs ask for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sichen.core import JSON, DataError, Instant, Language, Message
from sichen.timebase.arbiter import State
from sichen.timebase.service.engine import Engine

FORM = "sichen.timebase.status/1"
AHEAD = (3600.0, 43_200.0, 86_400.0)
Said = Mapping[str, str]


@dataclass(frozen=True)
class SourceStatus:
    """One source.

    Parameters
    ----------
    name, kind : str
    offset : float or None
        Its time minus the served one, in s; None when it said nothing.
    u : float
        What the operator said of it.
    jitter : float or None
        Standard deviation of one reading as learned, in s.
    state : {"followed", "good", "doubtful", "rejected", "silent"}
    reason : mapping of language to str
    detail : mapping of str to JSON
        What its adapter knows: satellites, stratum, delay.
    """

    name: str
    kind: str
    offset: float | None
    u: float
    jitter: float | None
    state: str
    reason: Said = field(default_factory=dict)
    detail: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True)
class OutputStatus:
    """One output: how much it gave, and what is wrong with it."""

    name: str
    kind: str
    count: int
    problem: Said = field(default_factory=dict)
    detail: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """A running service.

    Parameters
    ----------
    name : str
    title : str
    at : Instant
        By the served clock; by the system's where there is none.
    state : State
    u : float or None
        Standard uncertainty of the served time, in s.
    frequency : float
        Of the oscillator against true time, in s/s.
    system : float or None
        Served time minus the system's clock, in s.
    reasons : sequence of mapping
        Sentences in both languages.
    sources : tuple of SourceStatus
    outputs : tuple of OutputStatus
    leap : str
    budget : float or None
        Seconds that the oscillator alone would stay usable.
    ahead : tuple of (float, float)
        Seconds without a source, and the standard uncertainty then.
    tick : float
    """

    name: str
    title: str
    at: Instant
    state: State
    u: float | None
    frequency: float
    system: float | None
    reasons: tuple[Said, ...]
    sources: tuple[SourceStatus, ...]
    outputs: tuple[OutputStatus, ...]
    leap: str
    budget: float | None
    ahead: tuple[tuple[float, float], ...]
    tick: float

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {
            "form": FORM,
            "name": self.name,
            "title": self.title,
            "at": self.at.isoformat(),
            "state": self.state.value,
            "u_s": self.u,
            "frequency": self.frequency,
            "system_offset_s": self.system,
            "reasons": [dict(one) for one in self.reasons],
            "sources": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "offset_s": one.offset,
                    "u_s": one.u,
                    "jitter_s": one.jitter,
                    "state": one.state,
                    "reason": dict(one.reason),
                    "detail": dict(one.detail),
                }
                for one in self.sources
            ],
            "outputs": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "count": one.count,
                    "problem": dict(one.problem),
                    "detail": dict(one.detail),
                }
                for one in self.outputs
            ],
            "leap": self.leap,
            "holdover_s": self.budget,
            "ahead": [[seconds, u] for seconds, u in self.ahead],
            "tick_s": self.tick,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> "Status":
        """Read it back.

        Raises
        ------
        DataError
            If it is another thing.
        """
        try:
            rows = cast("list[dict[str, JSON]]", data["sources"])
            sources = tuple(_source_from(row) for row in rows)
            outputs = tuple(_output_from(row) for row in cast("list[dict[str, JSON]]", data["outputs"]))
            return cls(
                str(data["name"]),
                str(data["title"]),
                Instant.parse(str(data["at"])),
                State(str(data["state"])),
                cast("float | None", data["u_s"]),
                cast("float", data["frequency"]),
                cast("float | None", data["system_offset_s"]),
                tuple(cast("list[dict[str, str]]", data["reasons"])),
                sources,
                outputs,
                str(data["leap"]),
                cast("float | None", data["holdover_s"]),
                tuple((float(a), float(b)) for a, b in cast("list[list[float]]", data["ahead"])),
                cast("float", data["tick_s"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(Message("timebase.service.no_status")) from error


def _output_from(row: Mapping[str, JSON]) -> OutputStatus:
    return OutputStatus(
        str(row["name"]),
        str(row["kind"]),
        int(cast("int", row["count"])),
        cast("Said", row["problem"]),
        cast("Mapping[str, JSON]", row.get("detail", {})),
    )


def _source_from(row: Mapping[str, JSON]) -> SourceStatus:
    return SourceStatus(
        str(row["name"]),
        str(row["kind"]),
        cast("float | None", row["offset_s"]),
        cast("float", row["u_s"]),
        cast("float | None", row["jitter_s"]),
        str(row["state"]),
        cast("Said", row["reason"]),
        cast("Mapping[str, JSON]", row["detail"]),
    )


def said(message: Message | None) -> Said:
    """Return a sentence in both languages; nothing for None."""
    return {} if message is None else {language: message.text(language) for language in _languages()}


def _languages() -> tuple[Language, ...]:
    return ("en", "zh")


def status_of(
    engine: Engine,
    local_ns: int,
    *,
    system: Instant,
    outputs: tuple[OutputStatus, ...] = (),
    details: Mapping[str, Mapping[str, JSON]] | None = None,
    notes: tuple[Message, ...] = (),
) -> Status:
    """Return the state of an engine at a reading of its counter.

    Parameters
    ----------
    engine : Engine
    local_ns : int
    system : Instant
        The system's clock at that reading.
    outputs : tuple of OutputStatus
    details : mapping, optional
        What the adapters know of their sources.
    notes : tuple of Message
        What else an operator should know.
    """
    served, decision = engine.serve(local_ns), engine.decision
    state = State.UNUSABLE if decision is None else decision.state
    reasons = [*(() if decision is None else decision.reasons), *engine.leap.reasons, *engine.notes, *notes]
    seats = engine.arbiter.seats
    sigma = engine.arbiter.observer.sigma
    sources = tuple(
        _source(
            engine, k, local_ns / 1e9, None if not seats[k].readings else float(sigma[k]), (details or {}).get(plan.name, {})
        )
        for k, plan in enumerate(engine.plan.source)
    )
    known = served is not None and math.isfinite(served.u)
    return Status(
        engine.plan.name,
        engine.plan.title,
        system if served is None else served.instant,
        state,
        served.u if served is not None and known else None,
        0.0 if decision is None else decision.frequency,
        None if served is None else (served.instant.ns - system.ns) / 1e9,
        tuple(said(one) for one in dict.fromkeys(reasons)),
        sources,
        outputs,
        engine.leap.leap.name.lower(),
        engine.budget(),
        tuple((seconds, u) for seconds in AHEAD if (u := engine.ahead(seconds)) is not None),
        engine.plan.tick,
    )


def _source(engine: Engine, k: int, local: float, jitter: float | None, detail: Mapping[str, JSON]) -> SourceStatus:
    plan, seat = engine.plan.source[k], engine.arbiter.seats[k]
    heard = engine.offsets.get(plan.name)
    offset = None if heard is None or local - heard[0] > 4 * engine.plan.tick else heard[1]
    followed = engine.decision is not None and plan.name in engine.decision.followed
    if seat.rejected is not None:
        state = "rejected"
    elif seat.doubt is not None:
        state = "doubtful"
    elif seat.heard == -math.inf:
        state = "silent"
    else:
        state = "followed" if followed else "good"
    return SourceStatus(plan.name, plan.kind, offset, plan.u, jitter, state, said(seat.rejected or seat.doubt), detail)
