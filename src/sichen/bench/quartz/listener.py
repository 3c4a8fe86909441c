# SPDX-License-Identifier: Apache-2.0
"""The face of the quartz bench: sound in pieces, or step times, become a reading."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.motor import read_motor, read_times
from sichen.bench.quartz.pulses import PulseFinder
from sichen.bench.quartz.reading import QuartzMeasurement, QuartzReading
from sichen.bench.quartz.tone import read_tone
from sichen.bench.quartz.tones import ToneFinder
from sichen.bench.reading import ClockReference
from sichen.bench.signal import Samples, SampleStream
from sichen.core import DataError, Message

LOWEST_RATE = 8000.0
"""Frames a second below which the edges of a pulse cannot be timed."""


class QuartzListener:
    """Listens to a quartz watch piece by piece; the pieces may be of any size.

    Memory grows by a few numbers a pulse and by 130 numbers a second, not by the sound.

    Parameters
    ----------
    sample_rate : float >= 8000
        Nominal frames a second.
    channels : int >= 1
    channel : int, optional
        Which channel carries the watch; the first when None.
    reference : ClockReference
        What the sampling clock was compared with.
    inhibition_period : float, optional
        Seconds, when it is known from the calibre; 0 when the watch has none. Found from the signal when None.

    Raises
    ------
    DataError
        If the sample rate is too low or there is no such channel.

    Examples
    --------
    >>> from sichen.bench.quartz import QuartzWatch, synthesise_quartz
    >>> recording, truth = synthesise_quartz(QuartzWatch(inhibition_period=10.0, inhibition_cycles=11), duration=62.0)
    >>> listener = QuartzListener(recording.sample_rate, recording.channels)
    >>> for chunk in recording.chunks():
    ...     listener.feed(chunk)
    >>> reading = listener.reading()
    >>> reading.inhibition_period.value, reading.inhibition_cycles
    (10.0, 11)
    >>> abs(reading.rate.value - truth.net_rate) < 3 * reading.rate.u
    True
    """

    def __init__(
        self,
        sample_rate: float,
        channels: int,
        *,
        channel: int | None = None,
        reference: ClockReference | None = None,
        inhibition_period: float | None = None,
    ) -> None:
        if sample_rate < LOWEST_RATE:
            raise DataError(Message("bench.quartz.rate_too_low", rate=round(sample_rate)))
        if not 0 <= (channel or 0) < channels:
            raise DataError(Message("bench.quartz.no_channel", channel=channel or 0, channels=channels))
        self.sample_rate = sample_rate
        self._channel = channel or 0
        self._reference = reference or ClockReference()
        self._inhibition = inhibition_period
        self._frames = 0
        self._strange = 0
        self._pulses = PulseFinder(sample_rate)
        self._tones = ToneFinder(sample_rate)

    def feed(self, samples: Samples) -> None:
        """Take the next samples, shape (frames, channels); what is not a finite number counts as silence."""
        sound = samples[:, self._channel].astype(np.float64)
        strange = ~np.isfinite(sound)
        if strange.any():
            self._strange += int(np.count_nonzero(strange))
            sound[strange] = 0.0
        self._frames += sound.size
        self._pulses.feed(sound)
        self._tones.feed(sound)

    def reading(self) -> QuartzReading:
        """Return what has been heard so far; listening may go on."""
        return self.measurement().reading

    def measurement(self) -> QuartzMeasurement:
        """Return the reading with its pulses; listening may go on.

        Motor pulses carry everything and come first; then the crystal, then a display.
        """
        duration = self._frames / self.sample_rate
        if self._strange > 0.01 * max(self._frames, 1):
            reason = Message("bench.quartz.not_numbers", share=f"{100 * self._strange / self._frames:.0f}")
            return QuartzMeasurement(QuartzReading(duration, reason, reference=self._reference))
        motor = read_motor(
            self._pulses.found(),
            duration=duration,
            sample_rate=self.sample_rate,
            reference=self._reference,
            inhibition_period=self._inhibition,
        )
        if motor.reading.reason != Message("bench.quartz.no_pulses"):
            return motor
        for tone in (self._tones.crystal(), self._tones.display()):
            if tone is not None:
                return QuartzMeasurement(
                    read_tone(tone, duration=duration, reference=self._reference, inhibition_period=self._inhibition)
                )
        return motor


def measure_quartz(
    stream: SampleStream,
    *,
    reference: ClockReference | None = None,
    channel: int | None = None,
    inhibition_period: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> QuartzMeasurement:
    """Measure a recording of a quartz watch of any length.

    Parameters
    ----------
    stream : SampleStream
    reference : ClockReference, optional
        What the sampling clock was compared with; an uncalibrated clock when None.
    channel : int, optional
        Which channel carries the watch; the first when None.
    inhibition_period : float, optional
        Seconds, when it is known from the calibre; 0 when the watch has none.
    progress : callable, optional
        Called with the seconds heard so far.

    Returns
    -------
    QuartzMeasurement

    Raises
    ------
    DataError
        If the sample rate is below 8000 or there is no such channel.

    Examples
    --------
    >>> from sichen.bench.quartz import QuartzWatch, synthesise_quartz
    >>> recording, truth = synthesise_quartz(QuartzWatch(), duration=20.0)
    >>> reading = measure_quartz(recording).reading
    >>> round(reading.pulse_width.value, 2), round(reading.duty.value, 2), reading.alternating
    (7.81, 0.75, True)
    """
    listener = QuartzListener(
        stream.sample_rate, stream.channels, channel=channel, reference=reference, inhibition_period=inhibition_period
    )
    frames = 0
    for chunk in stream.chunks():
        listener.feed(chunk)
        frames += chunk.shape[0]
        if progress is not None:
            progress(frames / stream.sample_rate)
    return listener.measurement()


def quartz_events(
    times: npt.ArrayLike, *, reference: ClockReference | None = None, inhibition_period: float | None = None
) -> QuartzReading:
    """Read a quartz watch from the times of its steps alone.

    Parameters
    ----------
    times : array_like of float, shape (n,)
        Seconds; any order; missed, double and correction pulses may be among them.
    reference : ClockReference, optional
        What the clock of the times was compared with.
    inhibition_period : float, optional
        Seconds, when it is known; 0 when the watch has none.

    Returns
    -------
    QuartzReading
        Refused when nothing steps regularly.

    Raises
    ------
    DataError
        If a time is not a finite number.

    Examples
    --------
    >>> from sichen.bench.quartz import QuartzWatch, simulate_steps
    >>> truth = simulate_steps(QuartzWatch(jitter=20e-6), duration=600.0)
    >>> reading = quartz_events(truth.clock_times)
    >>> reading.inhibition_period.value, reading.inhibition_cycles, reading.rate.u < 0.005
    (60.0, 68, True)
    """
    when = np.sort(np.asarray(times, dtype=np.float64).ravel())
    if not np.isfinite(when).all():
        raise DataError(Message("bench.quartz.times_not_numbers"))
    return read_times(when, reference=reference or ClockReference(), inhibition_period=inhibition_period)
