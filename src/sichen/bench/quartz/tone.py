# SPDX-License-Identifier: Apache-2.0
"""A reading from the crystal's own tone, or from the field of a display."""

from dataclasses import replace

import numpy as np

from sichen.bench.quartz.facts import DAY
from sichen.bench.quartz.inhibition import fit_rate
from sichen.bench.quartz.rates import clock_advice, drift_advice, on_reference, with_rates
from sichen.bench.quartz.reading import QuartzReading
from sichen.bench.quartz.tones import Tone
from sichen.bench.reading import ClockReference
from sichen.core import Figure, Message


def read_tone(
    tone: Tone, *, duration: float, reference: ClockReference, inhibition_period: float | None = None
) -> QuartzReading:
    """Turn a tone that was followed into a reading.

    Parameters
    ----------
    tone : Tone
    duration : float
        Seconds of sound.
    reference : ClockReference
    inhibition_period : float, optional
        Seconds, when it is known; 0 for none.

    Returns
    -------
    QuartzReading
        The crystal tells its own rate only: inhibition acts behind it. A display shows both.
    """
    reading = QuartzReading(
        duration,
        kind=tone.kind,
        steps=tone.errors.size,
        snr_db=tone.snr_db,
        false_alarm_probability=float(10.0 ** max(tone.log10_false_alarm, -300.0)),
        reference=reference,
        advice=clock_advice(reference),
    )
    if tone.alias and reference.kind == "none":
        return replace(reading, kind=None, reason=Message("bench.quartz.alias"))
    number = np.arange(tone.errors.size, dtype=np.int64)
    times = number * tone.step + tone.errors
    known = 0.0 if tone.kind == "crystal" else inhibition_period
    fit = fit_rate(number, times, step=tone.step, period=known, blurred=True)
    reading = replace(reading, advice=reading.advice + drift_advice(fit))
    if tone.kind == "lcd":
        return _display(with_rates(reading, fit, given=inhibition_period), tone)
    hidden = Message("bench.quartz.crystal_only")
    crystal = Figure(on_reference(fit.crystal, reference), fit.u_crystal, "s/d")
    return replace(
        reading,
        crystal_rate=crystal,
        scatter=fit.scatter,
        drift=fit.drift,
        rate=Figure.refused("s/d", hidden),
        inhibition_period=Figure.refused("s", hidden),
        advice=(hidden, *reading.advice),
    )


SLIP = 8.0
"""s/d: one cycle of the display per inhibition period must be more than this, or a jump could hide whole cycles."""


def _display(reading: QuartzReading, tone: Tone) -> QuartzReading:
    """Refuse a net rate when the inhibition may have moved the field by more cycles than its phase can show."""
    period = reading.inhibition_period.value
    if period is None or DAY / (tone.nominal * period) > SLIP:
        return reading
    reason = Message("bench.quartz.display_slips", period=f"{period:.0f}")
    return replace(reading, rate=Figure.refused("s/d", reason), inhibition_cycles=None)
