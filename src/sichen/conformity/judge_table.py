# SPDX-License-Identifier: Apache-2.0
"""From a table to verdicts: what the command line and the pages call."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sichen.conformity.batch import Batch, Kind
from sichen.conformity.capture import read_days, read_stations
from sichen.conformity.judge import judge
from sichen.conformity.plan import Protocol
from sichen.conformity.table import Refusal
from sichen.conformity.verdict import WatchVerdict
from sichen.core import JSON, ConfigError, Instant, Message


@dataclass(frozen=True)
class Judged:
    """Verdicts on the good watches of a table, and why the others were refused; `batch` is what was judged."""

    verdicts: tuple[WatchVerdict, ...]
    refusals: tuple[Refusal, ...]
    ignored: tuple[str, ...] = ()
    batch: Batch | None = None

    def to_json(self) -> list[JSON]:
        """Return one object a watch, in the order of the table."""
        return [one.to_json() for one in self.verdicts]


def judge_table(
    text: str,
    protocol: Protocol,
    *,
    now: Instant,
    kind: Kind = "daily_rate",
    stations: str = "",
    instruments: Mapping[str, Instant] | None = None,
    chamber_u: float = 0.0,
) -> Judged:
    r"""Judge the watches of a table.

    Parameters
    ----------
    text : str
        Days (columns ``watch``, ``day``, ``state_s`` or ``rate_s_per_d``; see `read_days`) for a plan with a series;
        station results (columns ``watch``, ``quantity``, ``value``; see `read_stations`) for a plan without.
    protocol : Protocol
    now : Instant
    kind : {"daily_rate", "acoustic_rate"}
        What a column of rates holds.
    stations : str
        Station results beside a series.
    instruments : mapping of str to Instant, optional
        Until when each instrument's calibration is valid.
    chamber_u : float >= 0
        What the chamber adds to each day's rate, s/d, from the budget of its temperature.

    Returns
    -------
    Judged
        Nothing is judged of a watch that was refused, in either table.

    Raises
    ------
    DataError
        If the table as a whole cannot be read.
    ConfigError
        If the plan takes no such table.

    Examples
    --------
    >>> from sichen.conformity import plan
    >>> table = "watch,quantity,value\nA,rate_before,2.0\nA,rate_after,9.5\nA,stops,0\n"
    >>> judged = judge_table(table, plan("iso764").choose(category="mechanical"), now=Instant(0))
    >>> judged.verdicts[0].verdict
    'accept'
    """
    if protocol.plan.length == 0:
        if stations:
            raise ConfigError(Message("conformity.judge.one_table", plan=protocol.plan.id))
        return _stations_only(text, protocol)
    days = read_days(text, protocol, now=now, kind=kind, instruments=instruments)
    batch = days.batch.in_chamber(chamber_u) if chamber_u > 0 else days.batch
    found = read_stations(stations, protocol) if stations else None
    refusals = days.refusals if found is None else (*days.refusals, *found.refusals)
    verdicts = judge(batch, protocol, stations=None if found is None else found.readings)
    refused = {one.watch for one in refusals}
    notes = (Message("conformity.flag.usual_u", u=str(protocol.plan.measurand.reading_u)),) if days.usual_u else ()
    kept = tuple(replace(one, notes=notes) for one in verdicts if one.watch not in refused)
    return Judged(kept, refusals, days.ignored, batch)


def _stations_only(text: str, protocol: Protocol) -> Judged:
    found = read_stations(text, protocol)
    refused = {one.watch for one in found.refusals}
    watches = tuple(watch for watch in found.readings if watch not in refused)
    batch = Batch(watches, np.zeros((len(watches), 0), np.int64), 0, "daily_rate", np.zeros((1, 1)))
    return Judged(judge(batch, protocol, stations=found.readings), found.refusals)
