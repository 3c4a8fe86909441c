# SPDX-License-Identifier: Apache-2.0
"""What stations measure or count, against the limits of a plan."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sichen.conformity.decision import conformance_probability, decide
from sichen.conformity.plan import Criterion, Protocol
from sichen.conformity.verdict import CriterionResult
from sichen.core import DataError, Message


@dataclass(frozen=True)
class Reading:
    """One quantity that a station measured or counted.

    Parameters
    ----------
    value : Decimal
        Exactly as written.
    u : float or None
        Standard uncertainty; None takes the plan's usual one where it is in the same unit. A count has none.
    """

    value: Decimal
    u: float | None = None


def judge_stations(protocol: Protocol, readings: Mapping[str, Reading]) -> tuple[CriterionResult, ...]:
    """Judge every criterion that stations answer; what was not measured stays undecided, with the reason."""
    return tuple(_judge(protocol, criterion, readings) for criterion in protocol.station_criteria)


def quantities(protocol: Protocol) -> tuple[str, ...]:
    """Return the quantities that the stations of a protocol must capture, in order."""
    names: dict[str, None] = {}
    for criterion in protocol.station_criteria:
        for name in criterion.parameters.values():
            names[str(name)] = None
    return tuple(names)


def _judge(protocol: Protocol, criterion: Criterion, readings: Mapping[str, Reading]) -> CriterionResult:
    limits = protocol.limits(criterion)
    names = [str(name) for name in criterion.parameters.values()]
    missing = [name for name in names if name not in readings]
    if missing:
        reason = Message("conformity.judge.not_measured", name=", ".join(missing))
        return CriterionResult(criterion, None, None, limits, "undecided", None, reason)
    value, u = _value(protocol, criterion, [readings[name] for name in names])
    low, high = (None if side is None else Fraction(side) for side in (limits.low, limits.high))
    # A count has no spread that a guard band could stand for.
    rule = "simple" if criterion.counted else protocol.decision
    if u is None and rule != "simple":
        reason = Message("conformity.judge.no_u", name=criterion.id, rule=rule)
        return CriterionResult(criterion, value, None, limits, "undecided", None, reason)
    verdict = decide(
        None if low is None else float(value - low),
        None if high is None else float(high - value),
        rule=rule,  # type: ignore[arg-type]
        u=u or 0.0,
        width=None if low is None or high is None else float(high - low),
    )
    probability = None
    if u is not None and (low is not None or high is not None):
        sides = (None if side is None else float(side) for side in (low, high))
        probability = conformance_probability(float(value), u=u, low=next(sides), high=next(sides))
    return CriterionResult(criterion, value, None if criterion.counted else u, limits, verdict, probability)


def _value(protocol: Protocol, criterion: Criterion, readings: list[Reading]) -> tuple[Fraction, float | None]:
    if criterion.counted:
        count = readings[0].value
        if count != count.to_integral_value() or count < 0:
            raise DataError(Message("conformity.judge.no_count", name=criterion.id, value=str(count)))
        return Fraction(count), 0.0
    measurand = protocol.plan.measurand
    usual = float(measurand.reading_u) if measurand.unit == criterion.unit else None
    spreads = [usual if reading.u is None else reading.u for reading in readings]
    known = [spread for spread in spreads if spread is not None]
    u = math.hypot(*known) if len(known) == len(spreads) else None
    if criterion.formula == "change":
        return Fraction(readings[1].value) - Fraction(readings[0].value), u
    return Fraction(readings[0].value), u
