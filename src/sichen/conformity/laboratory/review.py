# SPDX-License-Identifier: Apache-2.0
"""What a case's results say: a verdict for each sample and plan, resting on the records of the results."""

import math

import numpy as np

from sichen.conformity.batch import Batch, Kind, whole_numbers
from sichen.conformity.judge import judge
from sichen.conformity.laboratory.case import Capture, Case, wanted
from sichen.conformity.laboratory.quantities import DAY
from sichen.conformity.plan import Protocol
from sichen.conformity.verdict import WatchVerdict
from sichen.core import Input, Instant, Record


def complete(case: Case, protocol: Protocol) -> tuple[str, ...]:
    """Return the serial numbers whose results for a protocol are all there."""
    asked = set(wanted(protocol))
    have: dict[str, set[str]] = {}
    for one in case.captures:
        if one.plan == protocol.plan.id:
            have.setdefault(one.serial, set()).add(one.quantity)
    return tuple(serial for serial in case.samples if asked <= have.get(serial, set()))


def verdicts(case: Case, protocol: Protocol) -> tuple[WatchVerdict, ...]:
    """Judge the samples of a case whose results for a protocol are all there."""
    serials = complete(case, protocol)
    if not serials:
        return ()
    return judge(_batch(case, protocol, serials), protocol, stations=case.readings(protocol.plan.id))


def verdict_records(case: Case, *, at: Instant) -> tuple[Record, ...]:
    """Return a record for each verdict of a case; its inputs are the plan and the records of the results."""
    return tuple(
        verdict.to_record(at=at, inputs=_results(case, protocol, verdict.watch))
        for protocol in case.protocols
        for verdict in verdicts(case, protocol)
    )


def _results(case: Case, protocol: Protocol, serial: str) -> tuple[Input, ...]:
    return tuple(Input("result", one.record) for one in case.captures if (one.plan, one.serial) == (protocol.plan.id, serial))


def _batch(case: Case, protocol: Protocol, serials: tuple[str, ...]) -> Batch:
    """Return the series of the samples; a plan of stations only has one of length 0."""
    kind: Kind = "acoustic_rate" if protocol.plan.measurand.kind == "acoustic_rate" else "daily_rate"
    days = protocol.plan.length
    readings = days + (kind == "daily_rate")
    if not days:
        return Batch(serials, np.zeros((len(serials), 0), np.int64), 0, kind, np.ones((1, readings)))
    rows = [_days(case, protocol, serial) for serial in serials]
    whole, decimals = whole_numbers([[one.reading.value for one in row] for row in rows])
    usual = math.hypot(float(protocol.plan.measurand.reading_u), 10.0**-decimals / math.sqrt(12))
    u = np.array([[_spread(row, usual, kind)] * readings for row in rows])
    return Batch(serials, whole, decimals, kind, u[:1] if bool((u == u.flat[0]).all()) else u)


def _days(case: Case, protocol: Protocol, serial: str) -> list[Capture]:
    found = [one for one in case.captures if (one.plan, one.serial) == (protocol.plan.id, serial)]
    return sorted((one for one in found if one.quantity.startswith(DAY)), key=lambda one: int(one.quantity.removeprefix(DAY)))


def _spread(row: list[Capture], usual: float, kind: Kind) -> float:
    """Return u of one reading: a daily rate has the spread of two states."""
    known = [one.reading.u for one in row if one.reading.u]
    if not known:
        return usual
    mean = math.sqrt(sum(u * u for u in known) / len(known))
    return mean / math.sqrt(2) if kind == "daily_rate" else mean
