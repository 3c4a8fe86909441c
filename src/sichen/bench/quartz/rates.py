# SPDX-License-Identifier: Apache-2.0
"""From a fit of rates to figures that may be stated, and sentences for those that may not."""

import math
from dataclasses import replace

from sichen.bench.quartz.facts import CYCLE, DAY, quartz_facts
from sichen.bench.quartz.inhibition import RateFit, has_double
from sichen.bench.quartz.reading import PPM, QuartzReading
from sichen.bench.reading import ClockReference
from sichen.core import Figure, Message

ROOT3, ROOT12 = math.sqrt(3.0), math.sqrt(12.0)

ONCE_A_MINUTE = 60.0
"""Seconds between the inhibitions of most watches."""
STATED_BOUND = 0.6
"""An unseen inhibition may hide this much, in s/d, before the net rate is refused: the motor class and its margin."""


def with_rates(reading: QuartzReading, fit: RateFit, *, given: float | None) -> QuartzReading:
    """Fill in net rate, crystal rate and inhibition.

    Parameters
    ----------
    reading : QuartzReading
    fit : RateFit
    given : float or None
        The inhibition period if the caller knew it.

    Returns
    -------
    QuartzReading
    """
    reading = replace(reading, scatter=fit.scatter, drift=fit.drift, inhibition_probability=fit.probability)
    crystal = Figure(on_reference(fit.crystal, reading.reference), fit.u_crystal, "s/d")
    net = Figure(on_reference(fit.net, reading.reference), fit.u_net, "s/d")
    reading = replace(reading, rate=net, crystal_rate=crystal)
    if given is not None:
        return _known(reading, fit, given)
    if fit.longer:
        return _longer(reading, fit)
    if fit.ambiguous:
        return _ambiguous(reading, fit)
    step = reading.nominal_step or 0.0
    if fit.period is None:
        return _nothing_seen(reading, fit, too_slow=step >= min(quartz_facts()["usual_inhibition_periods"].values))
    if step and has_double(fit.period, step):
        reason = Message("bench.quartz.steps_too_slow")
        unknown = Figure.refused("s", reason)
        crystal = Figure.refused("s/d", reason)
        return replace(reading, inhibition_seen="ambiguous", inhibition_period=unknown, crystal_rate=crystal)
    return replace(_stated(reading, fit, fit.period), inhibition_seen="found")


def on_reference(rate: float, reference: ClockReference) -> float:
    """Express a rate that was measured on the sampling clock on the reference, s/d: a fast clock sees slow watches."""
    return DAY * ((1.0 + rate / DAY) * (1.0 + 1e-6 * reference.ppm) - 1.0)


def _stated(reading: QuartzReading, fit: RateFit, period: float) -> QuartzReading:
    return replace(
        reading,
        inhibition_period=Figure(period, 0.0, "s"),
        inhibition_cycles=fit.cycles,
        inhibition_step=Figure(DAY * CYCLE / period, 0.0, "s/d"),
    )


def _known(reading: QuartzReading, fit: RateFit, given: float) -> QuartzReading:
    if not given:
        none = Figure.refused("s", Message("bench.quartz.told_none"))
        return replace(reading, inhibition_seen="given", inhibition_period=none)
    reading = replace(_stated(reading, fit, given), inhibition_seen="given")
    if fit.span < given:
        need = f"{math.ceil(2.0 * given / 60)}"
        reason = Message("bench.quartz.told_longer", span=f"{fit.span:.0f}", period=f"{given:g}", need=need)
        return replace(reading, rate=Figure.refused("s/d", reason), advice=(reason, *reading.advice))
    if fit.period is None:
        # Steps as slow as the inhibition show the net rate only.
        return replace(reading, crystal_rate=Figure.refused("s/d", Message("bench.quartz.steps_too_slow")))
    return reading


def _longer(reading: QuartzReading, fit: RateFit) -> QuartzReading:
    reason = _too_short(fit.span, 2.0 * quartz_facts()["longest_inhibition_period"].value)
    return replace(
        reading,
        inhibition_seen="longer",
        rate=Figure.refused("s/d", reason),
        inhibition_period=Figure.refused("s", reason),
        advice=(reason, *reading.advice),
    )


def _ambiguous(reading: QuartzReading, fit: RateFit) -> QuartzReading:
    """Several periods fit: the net rate is known to within one jump, the crystal is not."""
    reason = Message("bench.quartz.ambiguous_inhibition", span=f"{fit.span:.0f}")
    u = math.hypot(fit.u_net, DAY * abs(fit.jump) / fit.span)
    return replace(
        reading,
        inhibition_seen="ambiguous",
        rate=Figure(reading.rate.value, u, "s/d"),
        crystal_rate=Figure.refused("s/d", reason),
        inhibition_period=Figure.refused("s", reason),
        advice=(reason, *reading.advice),
    )


def _nothing_seen(reading: QuartzReading, fit: RateFit, *, too_slow: bool) -> QuartzReading:
    """No saw-tooth: either there is none, or it is longer than half of the recording.

    A hidden inhibition can only take what the crystal gains, down to the class of medium watches: at most the rate
    that was measured and 0.1 s/d. A small bound is stated within u; a large one refuses the net rate.
    """
    facts = quartz_facts()
    if too_slow:
        # Inhibition as fast as the steps, or faster, is in every step: what is seen is the net rate.
        reading = replace(reading, crystal_rate=Figure.refused("s/d", Message("bench.quartz.steps_too_slow")))
    else:
        reading = replace(reading, crystal_rate=_with_hidden(reading.crystal_rate, fit))
    u = math.hypot(fit.u_net, DAY * CYCLE / (fit.span * ROOT12))
    value = reading.rate.value or 0.0
    if fit.span >= 1.99 * facts["longest_inhibition_period"].value:
        none = Figure.refused("s", Message("bench.quartz.no_inhibition"))
        return replace(reading, inhibition_seen="none", rate=Figure(value, u, "s/d"), inhibition_period=none)
    bound = abs(value) + abs(facts["class_medium"].value)
    reason = _unseen(fit.span, bound)
    stated = bound <= STATED_BOUND
    return replace(
        reading,
        inhibition_seen="unseen",
        rate=Figure(value, math.hypot(u, bound / ROOT3), "s/d") if stated else Figure.refused("s/d", reason),
        rate_bounds=(value - bound, value),
        inhibition_period=Figure.refused("s", reason),
        advice=(reason, *reading.advice),
    )


def _unseen(span: float, bound: float) -> Message:
    """Ask for what shows the usual inhibitions first; only where these were excluded, for what excludes the slowest."""
    facts = quartz_facts()
    need = 2.0 * facts["longest_inhibition_period"].value / 60
    blanks = {"span": f"{span:.0f}", "bound": f"{bound:.2f}", "need": f"{need:.0f}"}
    if span >= 2.0 * ONCE_A_MINUTE:
        return Message("bench.quartz.unseen_inhibition", **blanks)
    return Message("bench.quartz.unseen_yet", usual=f"{2.0 * ONCE_A_MINUTE / 60 + 1:.0f}", **blanks)


def _with_hidden(crystal: Figure, fit: RateFit) -> Figure:
    """Widen u by the fastest usual inhibition that is too weak to show: a saw-tooth of four standard deviations.

    It is in the net rate all the same. Where a single cycle would show there is nothing to add.
    """
    jump = 4.0 * fit.scatter * ROOT12 / math.sqrt(fit.residuals.size)
    if jump < CYCLE or crystal.u is None:
        return crystal
    hidden = DAY * jump / min(quartz_facts()["usual_inhibition_periods"].values) / ROOT3
    return Figure(crystal.value, math.hypot(crystal.u, hidden), "s/d")


def _too_short(span: float, need: float) -> Message:
    return Message("bench.quartz.longer_inhibition", span=f"{span:.0f}", need=f"{need / 60:.1f}")


def clock_advice(reference: ClockReference) -> tuple[Message, ...]:
    """Say what an uncalibrated clock does to a quartz rate, and what to do."""
    if reference.kind != "none":
        return ()
    limit = reference.u_ppm * ROOT3
    return (Message("bench.quartz.uncalibrated", ppm=f"{limit:.0f}", rate=f"{limit * PPM:.1f}"),)


def drift_advice(fit: RateFit) -> tuple[Message, ...]:
    """Say that the rate moved during the recording."""
    if abs(fit.drift) < max(0.02, 4.0 * fit.u_net):
        return ()
    return (Message("bench.quartz.drift", drift=f"{fit.drift:+.2f}"),)
