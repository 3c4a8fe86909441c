# SPDX-License-Identifier: Apache-2.0
"""The environment log: what temperature and humidity were while a watch was tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sichen.conformity.certificate.content import Condition
from sichen.conformity.plan import Step
from sichen.core import DataError, Duration, Instant, Message


@dataclass(frozen=True)
class Surroundings:
    """One reading of the room or the chamber; humidity is relative, in per cent."""

    at: Instant
    temperature: float
    humidity: float


@dataclass(frozen=True)
class Excursion:
    """A reading outside what a step allows."""

    reading: Surroundings
    message: Message


def conditions(
    log: Sequence[Surroundings], *, start: Instant, end: Instant, longest_gap: Duration
) -> tuple[Condition, Condition]:
    """Return the least and greatest temperature and humidity of a period, as a certificate states them.

    Parameters
    ----------
    log : sequence of Surroundings, in order of time
    start, end : Instant
    longest_gap : Duration
        Longer without a reading, and nobody knows what the surroundings were.

    Raises
    ------
    DataError
        If the log has no reading in the period, or a longer gap.
    """
    inside = [one for one in log if start <= one.at and one.at <= end]
    times = [start, *(one.at for one in inside), end]
    for before, after in pairwise(times):
        if (after - before).ns > longest_gap.ns:
            raise DataError(Message("conformity.laboratory.log_gap", start=before.isoformat()[:16], end=after.isoformat()[:16]))
    if not inside:
        raise DataError(Message("conformity.laboratory.log_gap", start=start.isoformat()[:16], end=end.isoformat()[:16]))
    temperatures, humidities = [one.temperature for one in inside], [one.humidity for one in inside]
    return (
        Condition("temperature", "°C", min(temperatures), max(temperatures)),
        Condition("humidityRelative", "%", min(humidities), max(humidities)),
    )


def excursions(log: Sequence[Surroundings], step: Step, *, start: Instant, end: Instant) -> tuple[Excursion, ...]:
    """Return the readings of a period that were outside the temperature that a step allows."""
    if step.temperature is None or step.temperature_tolerance is None:
        return ()
    low = float(step.temperature - step.temperature_tolerance)
    high = float(step.temperature + step.temperature_tolerance)
    return tuple(
        Excursion(
            one,
            Message(
                "conformity.laboratory.excursion",
                at=one.at.isoformat()[:16],
                found=f"{one.temperature:g}",
                low=f"{low:g}",
                high=f"{high:g}",
            ),
        )
        for one in log
        if start <= one.at and one.at <= end and not low <= one.temperature <= high
    )
