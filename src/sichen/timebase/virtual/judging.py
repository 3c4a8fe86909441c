# SPDX-License-Identifier: Apache-2.0
"""Hold a run against the limits of its situation."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sichen.core import JSON
from sichen.timebase.arbiter import Decision
from sichen.timebase.virtual.situation import Limit, Situation

if TYPE_CHECKING:
    from sichen.timebase.virtual.simulation import Trace

Flags = npt.NDArray[np.bool_]
HOUR = 3600.0
OF_STATES = {"state", "rejected", "followed", "reason", "changes", "detection"}
AT_LEAST = {"honesty", "state", "rejected", "followed", "reason"}


@dataclass(frozen=True)
class Judged:
    """A limit and what came of it.

    Parameters
    ----------
    name : str
    value : float or None
        None when there was nothing to judge, which is no success.
    limit : float
    ok : bool
    """

    name: str
    value: float | None
    limit: float
    ok: bool

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {"name": self.name, "value": self.value, "limit": self.limit, "ok": self.ok}


def judge_limits(situation: Situation, trace: "Trace") -> tuple[Judged, ...]:
    """Judge every limit of a situation.

    Parameters
    ----------
    situation : Situation
    trace : Trace

    Returns
    -------
    tuple of Judged
        In the order of the file.
    """
    return tuple(_judge(limit, trace) for limit in situation.limit)


def _judge(limit: Limit, trace: "Trace") -> Judged:
    chosen = (trace.time >= limit.begin * HOUR) & (trace.time <= limit.end * HOUR)
    if limit.measure not in OF_STATES:
        chosen &= np.isfinite(trace.error)
    value = _NUMBERS[limit.measure](limit, trace, chosen) if chosen.any() or limit.measure == "leap" else math.nan
    known = math.isfinite(value)
    ok = known and (value >= limit.value if limit.measure in AT_LEAST else value <= limit.value)
    if limit.measure == "leap":
        ok = value == limit.value
    return Judged(_name(limit), float(value) if known else None, limit.value, bool(ok))


def _name(limit: Limit) -> str:
    words = [limit.measure, limit.source, limit.meets]
    if limit.begin > 0 or limit.end < math.inf:
        words.append(f"{limit.begin:g}h-" + (f"{limit.end:g}h" if limit.end < math.inf else ""))
    return " ".join(word for word in words if word)


def _honesty(_: Limit, trace: "Trace", chosen: Flags) -> float:
    return float(np.mean(np.abs(trace.error[chosen]) <= 3 * trace.u[chosen]))


def _backward(_: Limit, trace: "Trace", chosen: Flags) -> float:
    return float(np.sum(1.0 + trace.rate[chosen] <= 0.0))


def _detection(limit: Limit, trace: "Trace", chosen: Flags) -> float:
    for k in np.flatnonzero(chosen):
        if limit.source in trace.decisions[int(k)].rejected:
            return float(trace.time[k] - limit.begin * HOUR)
    return math.inf


def _changes(_: Limit, trace: "Trace", chosen: Flags) -> float:
    states = [trace.decisions[int(k)].state for k in np.flatnonzero(chosen)]
    return float(sum(a is not b for a, b in pairwise(states)))


def _share(test: Callable[[Limit, Decision], bool]) -> Callable[[Limit, "Trace", Flags], float]:
    def share(limit: Limit, trace: "Trace", chosen: Flags) -> float:
        return float(np.mean([test(limit, trace.decisions[int(k)]) for k in np.flatnonzero(chosen)]))

    return share


def _says(limit: Limit, decision: Decision) -> bool:
    return any(limit.meets in message.key for message in (*decision.reasons, *decision.rejected.values()))


_NUMBERS: dict[str, Callable[[Limit, "Trace", Flags], float]] = {
    "error": lambda _, trace, chosen: float(np.max(np.abs(trace.error[chosen]))),
    "rms": lambda _, trace, chosen: float(np.sqrt(np.mean(trace.error[chosen] ** 2))),
    "honesty": _honesty,
    "uncertainty": lambda _, trace, chosen: float(np.max(trace.u[chosen])),
    "jump": lambda _, trace, chosen: float(np.max(np.abs(np.diff(trace.error[chosen])), initial=0.0)),
    "displaced": lambda _, trace, chosen: float(np.max(np.abs(trace.error[chosen] - trace.error[chosen][0]))),
    "backward": _backward,
    "slew": lambda _, trace, chosen: float(np.max(np.abs(trace.rate[chosen]))),
    "changes": _changes,
    "detection": _detection,
    "state": _share(lambda limit, decision: decision.state.value == limit.meets),
    "rejected": _share(lambda limit, decision: " ".join(decision.rejected) == limit.meets),
    "followed": _share(lambda limit, decision: " ".join(decision.followed) == limit.meets),
    "reason": _share(_says),
    "utc": lambda _, trace, chosen: float(np.nanmax(trace.utc[chosen])),
    "leap": lambda _, trace, __: float(trace.leap.leap),
}
