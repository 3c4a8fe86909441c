# SPDX-License-Identifier: Apache-2.0
"""A reading from motor pulses."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import DAY, quartz_facts
from sichen.bench.quartz.inhibition import RateFit, fit_rate
from sichen.bench.quartz.pulses import FoundPulses
from sichen.bench.quartz.rates import clock_advice, drift_advice, with_rates
from sichen.bench.quartz.reading import PulseTrain, QuartzMeasurement, QuartzReading
from sichen.bench.quartz.steps import CORRECTED, DOUBLE, STEP, STRAY, Steps, order_steps
from sichen.bench.reading import ClockReference
from sichen.core import Figure, Message

Floats = npt.NDArray[np.float64]

SIGNIFICANT = -6.0
"""log10 of the false alarm probability below which pulses count as a watch."""

STEADIEST = 300e-6
"""Scatter in s above which steps are not those of a quartz divider, however they were picked up."""

SWEEP = 0.9
"""Step periods in s below this are believed from a coil only: mechanical watches beat 8 times a second too."""

FEW = 200
"""Steps below which each end of the recording counts."""

WEAK = 12.0
"""SNR in dB below which the first edge of a pulse is sometimes lost."""


@dataclass(frozen=True)
class _Chosen:
    """Pulses loud enough to belong together, with their places."""

    steps: Steps
    kept: npt.NDArray[np.int64]


def read_motor(
    found: FoundPulses,
    *,
    duration: float,
    sample_rate: float,
    reference: ClockReference,
    inhibition_period: float | None = None,
) -> QuartzMeasurement:
    """Turn pulses into a reading.

    Parameters
    ----------
    found : FoundPulses
    duration : float
        Seconds of sound.
    sample_rate : float
        Frames a second; limits how well a width is known.
    reference : ClockReference
    inhibition_period : float, optional
        Seconds, when it is known; 0 for none.

    Returns
    -------
    QuartzMeasurement
        Refused when the pulses are too few, not regular, or not those of a quartz watch.
    """
    refused = QuartzReading(duration, Message("bench.quartz.no_pulses"), reference=reference)
    chosen = _chosen(found)
    if chosen is None:
        return QuartzMeasurement(refused)
    pulses, steps = found.take(chosen.kept), chosen.steps
    reading = _read(steps, pulses.times, refused, inhibition_period)
    reading = replace(reading, snr_db=10.0 * math.log10(max(float(np.median(pulses.power[steps.index])), 1e-12)))
    reason = _not_a_motor(reading, pulses, steps)
    if reading.reason is None and reason is not None:
        reading = replace(refused, reason=reason)
    if reading.reason is not None:
        return QuartzMeasurement(reading)
    reading = _with_shape(reading, pulses.take(steps.index), sample_rate)
    reading = replace(reading, alternating=_alternates(pulses, steps), advice=reading.advice + _advice(reading))
    return QuartzMeasurement(reading, _train(pulses, steps))


def read_times(times: Floats, *, reference: ClockReference, inhibition_period: float | None = None) -> QuartzReading:
    """Turn step times alone into a reading; see `quartz_events`."""
    duration = float(times[-1] - times[0]) if times.size else 0.0
    refused = QuartzReading(duration, Message("bench.quartz.no_steps"), reference=reference)
    steps = order_steps(times)
    if steps is None or steps.log10_false_alarm > SIGNIFICANT:
        return refused
    reading = _read(steps, times, refused, inhibition_period)
    return reading if reading.reason is not None else replace(reading, advice=reading.advice + _advice(reading))


def _chosen(found: FoundPulses) -> _Chosen | None:
    """Try all pulses and the louder ones alone; keep what is most regular."""
    if found.times.size < 4:  # noqa: PLR2004 - a slope and a scatter need more than three
        return None
    best: _Chosen | None = None
    loud = np.quantile(found.height, [0.5, 0.75, 0.95]) * 0.5
    for least in (0.0, *loud.tolist()):
        kept = np.flatnonzero(found.height >= least)
        sign = found.sign[kept]
        turning = kept.size > 1 and float(np.mean(sign[1:] != sign[:-1])) > 0.6  # noqa: PLR2004 - most of them turn
        steps = order_steps(found.times[kept], sign if turning else None)
        better = best is None or (steps is not None and steps.log10_false_alarm < best.steps.log10_false_alarm)
        if steps is not None and better:
            best = _Chosen(steps, kept)
    return best if best is not None and best.steps.log10_false_alarm < SIGNIFICANT else None


def _read(steps: Steps, times: Floats, refused: QuartzReading, period: float | None) -> QuartzReading:
    """Fit the rates and refuse what no quartz watch does."""
    number, when = _without_outliers(steps.number, times[steps.index], steps.period)
    fit = fit_rate(number, when, step=steps.period, period=period)
    reason = _told_wrongly(number, when, steps.period, period) or _not_quartz(fit)
    if reason is not None:
        return replace(refused, reason=reason)
    mean = steps.period / (1.0 + fit.net / DAY) * (1.0 - 1e-6 * refused.reference.ppm)
    reading = QuartzReading(
        refused.duration,
        kind="motor",
        nominal_step=steps.period,
        step_period=Figure(mean, steps.period * fit.u_net / DAY, "s"),
        missed=tuple(steps.missed.tolist()),
        doubles=tuple(times[steps.doubles].tolist()),
        corrections=tuple(times[steps.corrections].tolist()),
        steps=number.size,
        false_alarm_probability=float(10.0 ** max(steps.log10_false_alarm, -300.0)),
        reference=refused.reference,
        advice=clock_advice(refused.reference) + drift_advice(fit),
    )
    return with_rates(reading, fit, given=period)


def _without_outliers(number: npt.NDArray[np.int64], times: Floats, period: float) -> tuple[npt.NDArray[np.int64], Floats]:
    """Leave out steps that agree with neither side: a knock, or a pulse whose first edge was lost.

    A step next to an inhibition agrees with one side, and stays.
    """
    error = times - times[0] - number * period
    moves = np.diff(error) - np.median(np.diff(error))
    apart = np.minimum(np.abs(np.append(np.inf, moves)), np.abs(np.append(moves, np.inf)))
    kept = apart <= 8.0 * max(1.4826 * float(np.median(apart)), 1e-6)
    if error.size < FEW:
        # The last step may be the only witness of an inhibition.
        kept[[0, -1]] = True
    return number[kept], times[kept]


def _told_wrongly(number: npt.NDArray[np.int64], when: Floats, step: float, given: float | None) -> Message | None:
    """Say that the steps show another inhibition than was given; None where they agree, or show none for certain."""
    if given is None:
        return None
    seen = fit_rate(number, when, step=step).period
    if seen is None or abs(seen - given) < step:
        return None
    return Message("bench.quartz.told_other", seen=f"{seen:g}", given=f"{given:g}")


def _not_quartz(fit: RateFit) -> Message | None:
    most = quartz_facts()["greatest_rate"].value
    if max(abs(fit.net), abs(fit.crystal)) > most:
        return Message("bench.quartz.not_quartz_rate", rate=f"{fit.net:+.1f}", most=f"{most:.0f}")
    if fit.scatter > STEADIEST:
        return Message("bench.quartz.not_quartz_scatter", scatter=f"{1e6 * fit.scatter:.0f}", most=f"{1e6 * STEADIEST:.0f}")
    return None


def _not_a_motor(reading: QuartzReading, pulses: FoundPulses, steps: Steps) -> Message | None:
    """Fast steps are believed only from pulses with clean edges that turn their sign every time."""
    if reading.reason is not None or steps.period >= SWEEP:
        return None
    clean = float(np.mean(np.isfinite(pulses.width[steps.index])))
    if clean > 0.5 and _alternates(pulses, steps):  # noqa: PLR2004 - more than half
        return None
    return Message("bench.quartz.maybe_mechanical", beats=f"{3600.0 / steps.period:.0f}")


def _alternates(pulses: FoundPulses, steps: Steps) -> bool:
    """Whether the polarity turns from step to step; a double step turns it once more, a missed one too."""
    order = np.sort(np.concatenate([steps.index, steps.doubles]))
    sign = pulses.sign[order]
    number = np.full(pulses.times.size, -1, dtype=np.int64)
    number[steps.index] = steps.number
    ahead = np.diff(number[order])
    plain = (number[order][1:] >= 0) & (number[order][:-1] >= 0)
    turned = sign[1:] != sign[:-1]
    right = turned[plain] == (ahead[plain] % 2 == 1)
    return right.size > 0 and float(np.mean(right)) > 0.9 and float(np.mean(turned)) > 0.5  # noqa: PLR2004 - nearly all


def _with_shape(reading: QuartzReading, pulses: FoundPulses, sample_rate: float) -> QuartzReading:
    """State width, duty and chopping from the steps whose edges are clean."""
    clean = np.isfinite(pulses.width)
    if np.count_nonzero(clean) < max(3, 0.5 * clean.size):
        reason = Message("bench.quartz.shape_unclear")
        return replace(
            reading,
            pulse_width=Figure.refused("ms", reason),
            duty=Figure.refused("1", reason),
            chopping=Figure.refused("Hz", reason),
        )
    place = 0.1 / sample_rate
    width = _typical(pulses.width[clean], place)
    duty = _typical(pulses.duty[clean], 0.0)
    chopped = pulses.chopping[np.isfinite(pulses.chopping)]
    if chopped.size < 0.5 * np.count_nonzero(clean):
        chopping = Figure.refused("Hz", Message("bench.quartz.fixed_pulse"))
    else:
        value, u = _typical(chopped, 0.0)
        chopping = Figure(value, math.hypot(u, value * place / width[0]), "Hz")
        duty = (duty[0], math.hypot(duty[1], 2.0 * place * value))
    return replace(
        reading, pulse_width=Figure(1e3 * width[0], 1e3 * width[1], "ms"), duty=Figure(*duty, "1"), chopping=chopping
    )


def _typical(values: Floats, least: float) -> tuple[float, float]:
    """Return the median and its standard uncertainty, with what averaging does not take away."""
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return float(np.median(values)), math.hypot(1.2533 * spread / math.sqrt(values.size), least)


def _advice(reading: QuartzReading) -> tuple[Message, ...]:
    advice = []
    if reading.corrections:
        advice.append(Message("bench.quartz.corrections", count=len(reading.corrections)))
    if reading.missed:
        advice.append(Message("bench.quartz.missed", count=len(reading.missed)))
    if reading.doubles:
        advice.append(Message("bench.quartz.doubles", count=len(reading.doubles)))
    if reading.snr_db is not None and reading.snr_db < WEAK:
        advice.append(Message("bench.quartz.weak", snr=f"{reading.snr_db:.0f}"))
    return tuple(advice)


def _train(pulses: FoundPulses, steps: Steps) -> PulseTrain:
    names = {STEP: "step", CORRECTED: "correction", DOUBLE: "double", STRAY: "stray"}
    role = np.full(pulses.times.size, STRAY, dtype=np.int64)
    role[steps.index], role[steps.corrections], role[steps.doubles] = STEP, CORRECTED, DOUBLE
    number = np.full(pulses.times.size, -1, dtype=np.int64)
    number[steps.index] = steps.number
    return PulseTrain(
        times=pulses.times,
        polarity=pulses.sign * pulses.sign[steps.index[0]],
        widths=pulses.width,
        duties=pulses.duty,
        chopping=pulses.chopping,
        roles=tuple(names[each] for each in role.tolist()),
        numbers=number,
    )
