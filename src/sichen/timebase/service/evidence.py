# SPDX-License-Identifier: Apache-2.0
"""What stood behind each served second: one record a minute, each linked to the one before."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

from sichen.core import JSON, DataError, Duration, Input, Instant, Message, Record
from sichen.core.record import PREVIOUS
from sichen.timebase.service.engine import Engine
from sichen.timebase.service.told import Told

NS = 1_000_000_000
KIND = "timebase.served"
METHOD, VERSION = "timebase.service", "1"
MINUTE = 60


def subject_of(name: str) -> str:
    """Return whom the records of a clock are about."""
    return f"clock:{name}"


@dataclass
class Minute:
    """The seconds of a minute as they were served.

    Parameters
    ----------
    name : str
        Of the clock.
    """

    name: str
    start: Instant | None = None
    _seconds: list[int] = field(default_factory=list)
    _offsets: list[float] = field(default_factory=list)
    _u: list[float | None] = field(default_factory=list)
    _states: list[dict[str, JSON]] = field(default_factory=list)
    _readings: dict[str, list[list[float]]] = field(default_factory=dict)
    _noted: dict[str, float] = field(default_factory=dict)

    def add(self, told: Told, *, engine: Engine, system_offset: float) -> None:
        """Note one second.

        Parameters
        ----------
        told : Told
        engine : Engine
            As it stands at that second.
        system_offset : float
            Served time minus the system's clock, in s.
        """
        if self.start is None:
            self.start = told.second
        at = (told.second.ns - self.start.ns) // NS + int(told.leap_second)
        self._seconds.append(at)
        self._offsets.append(round(system_offset, 9))
        self._u.append(_short(told.u))
        state = _state(told, engine)
        if not self._states or {key: value for key, value in self._states[-1].items() if key != "second"} != state:
            self._states.append({"second": at, **state})
        for name, (local, offset) in engine.offsets.items():
            if self._noted.get(name) != local:
                self._noted[name] = local
                self._readings.setdefault(name, []).append([at, float(f"{offset:.6g}")])

    @property
    def size(self) -> int:
        """Seconds noted."""
        return len(self._seconds)

    def full(self, second: Instant) -> bool:
        """Tell whether a second belongs to another minute than those that were noted."""
        return self.start is not None and second.ns // NS // MINUTE != self.start.ns // NS // MINUTE

    def close(self, previous: str | None) -> Record:
        """Return the record of the minute and begin the next.

        Parameters
        ----------
        previous : str or None
            Digest of the record before it.

        Raises
        ------
        DataError
            If nothing was noted.
        """
        if self.start is None:
            raise DataError(Message("timebase.service.empty_minute"))
        body: dict[str, JSON] = {
            "from": self.start.isoformat(),
            "seconds": cast("JSON", self._seconds),
            "system_offset_s": cast("JSON", self._offsets),
            "u_s": cast("JSON", self._u),
            "states": cast("JSON", self._states),
            "readings": cast("JSON", self._readings),
        }
        known = [u for u in self._u if u is not None]
        record = Record(
            KIND,
            subject_of(self.name),
            body,
            METHOD,
            VERSION,
            self.start,
            Duration.of_seconds(max(known)) if known else None,
            () if previous is None else (Input(PREVIOUS, previous),),
        )
        self.start, self._seconds, self._offsets, self._u, self._states, self._readings = None, [], [], [], [], {}
        return record


def _short(u: float) -> float | None:
    return float(f"{u:.3g}") if math.isfinite(u) else None


def _state(told: Told, engine: Engine) -> dict[str, JSON]:
    decision = engine.decision
    rejected = {} if decision is None else decision.rejected
    reasons = () if decision is None else decision.reasons
    return {
        "state": told.state.value,
        "followed": list(told.followed),
        "rejected": {name: _plain(why) for name, why in rejected.items()},
        # How long a holdover has lasted changes each second; that it lasts does not.
        "reasons": [_plain(why) for why in reasons if why.key != "timebase.reason.held"],
        "leap": told.leap.name.lower(),
    }


def _plain(message: Message) -> dict[str, JSON]:
    return {"en": message.text("en"), "zh": message.text("zh")}


@dataclass(frozen=True)
class Behind:
    """What stood behind one second.

    Parameters
    ----------
    record : Record
    second : Instant
    state : mapping
        As recorded: state, followed, rejected, reasons, leap.
    u : float or None
        Standard uncertainty in s.
    system_offset : float
        Served time minus the system's clock, in s.
    readings : mapping of str to float
        Each source's last time minus the served one until then within the minute, in s.
    """

    record: Record
    second: Instant
    state: dict[str, JSON]
    u: float | None
    system_offset: float
    readings: dict[str, float]

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {
            "second": self.second.isoformat(),
            **self.state,
            "u_s": self.u,
            "system_offset_s": self.system_offset,
            "readings_s": cast("JSON", self.readings),
            "record": self.record.digest,
            "previous": next((entry.digest for entry in self.record.inputs if entry.role == PREVIOUS), None),
        }


def behind(records: Iterable[Record], instant: Instant) -> Behind | None:
    """Return what stood behind the second of an instant; None when no record holds it.

    Parameters
    ----------
    records : iterable of Record
        Of one clock, in any order.
    instant : Instant
    """
    second = Instant(instant.ns // NS * NS)
    for record in records:
        start = Instant.parse(str(record.body["from"]))
        at = (second.ns - start.ns) // NS
        seconds = cast("list[int]", record.body["seconds"])
        if at not in seconds:
            continue
        k = seconds.index(at)
        states = [one for one in cast("list[dict[str, JSON]]", record.body["states"]) if cast("int", one["second"]) <= at]
        readings = cast("dict[str, list[list[float]]]", record.body["readings"])
        newest = {name: before[-1][1] for name, rows in readings.items() if (before := [row for row in rows if row[0] <= at])}
        state = {key: value for key, value in states[-1].items() if key != "second"}
        u = cast("list[float | None]", record.body["u_s"])[k]
        return Behind(record, second, state, u, cast("list[float]", record.body["system_offset_s"])[k], newest)
    return None


def broken_links(records: Sequence[Record]) -> list[str]:
    """Return the digests of records that do not name the one before them, oldest first; the first of all may name one or none."""
    return [
        later.digest
        for earlier, later in pairwise(records)
        if not any(entry.role == PREVIOUS and entry.digest == earlier.digest for entry in later.inputs)
    ]
