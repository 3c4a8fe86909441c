# SPDX-License-Identifier: Apache-2.0
"""Listening to a watch, from a file or live: feed samples, ask for the reading."""

from collections.abc import Callable

import numpy as np

from sichen.bench.acoustic.advice import no_watch
from sichen.bench.acoustic.compose import NO_BEATS, Heard, Settings, beats_of, compose, hear, refused_reading, scope_of
from sichen.bench.acoustic.engine import Engine
from sichen.bench.acoustic.frontend import channel_of
from sichen.bench.acoustic.hum import SINGLE, Hum, hum_reading
from sichen.bench.reading import Beats, ClockReference, Measurement, Reading, TickScope
from sichen.bench.signal import Samples, SampleStream


class Listener:
    """Hears a watch in samples that arrive in pieces.

    Parameters
    ----------
    sample_rate : float > 0
        Nominal frames a second.
    channels : int >= 1
    channel : int, optional
        The one to listen to; by default the one in which a watch is heard best.
    lift_angle, lift_angle_source, beats_per_hour, reference
        As for `measure`.
    eager : bool
        Whether to search from the first second on, for somebody who waits; then the reading refers to the last ten
        minutes, and neither its cost nor its memory grow with the session. A file can wait for more.

    Examples
    --------
    >>> from sichen.bench import Scene, WatchSound, synthesise
    >>> sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=4.0, scene=Scene(snr_db=20.0))
    >>> listener = Listener(sound.sample_rate)
    >>> for chunk in sound.chunks():
    ...     listener.feed(chunk)
    >>> listener.reading().beats_per_hour
    28800.0
    """

    def __init__(
        self,
        sample_rate: float,
        channels: int = 1,
        *,
        channel: int | None = None,
        lift_angle: float = 52.0,
        lift_angle_source: str = "default",
        beats_per_hour: float | None = None,
        reference: ClockReference | None = None,
        eager: bool = True,
    ) -> None:
        self.settings = Settings(lift_angle, lift_angle_source, beats_per_hour, reference or ClockReference())
        self._engine = Engine(sample_rate, channels, channel=channel, eager=eager)
        self._hums = beats_per_hour is not None and beats_per_hour > SINGLE
        self._hum = Hum(sample_rate, beats_per_hour if self._hums else None)
        self._hum_channel = channel or 0
        self._told = (-1, -1.0)
        self._kept: tuple[tuple[int, bool], Heard | None] | None = None

    def feed(self, samples: Samples) -> None:
        """Take the next samples, of shape (frames, channels), full scale ±1."""
        self._engine.feed(samples)
        if self._engine.lock is None or self._hums:
            self._hum.feed(channel_of(samples, self._hum_channel))
        else:
            self._hum.forget()

    def reading(self, *, final: bool = False) -> Reading:
        """Return what can be said so far.

        Parameters
        ----------
        final : bool, default False
            No more sound will come: search once more in all there is when nothing was found yet.
        """
        return self.measurement(final=final).reading

    def measurement(self, *, final: bool = True) -> Measurement:
        """Return the reading with the beats and the picture it came from."""
        heard = None if self._hums else self._hear(final=final)
        if heard is None:
            refused = refused_reading(no_watch(self._engine), self._engine.seconds, self.settings)
            humming = hum_reading(self._hum, refused, reference=self.settings.reference)
            return Measurement(humming or refused, NO_BEATS, None)
        reading = compose(heard, self._engine, self.settings)
        return Measurement(reading, beats_of(heard), scope_of(heard))

    def new_beats(self) -> Beats:
        """Return the beats that were heard since the last call, for a paper strip."""
        heard = self._hear(final=False)
        if heard is None:
            return NO_BEATS
        beats = beats_of(heard)
        number, time = self._told
        interval = heard.overall.line.interval
        fresh = np.flatnonzero(beats.drop > time + 0.5 * interval)
        if not fresh.size:
            return NO_BEATS
        # a later search may count from another beat: what was told keeps its number, what follows goes on from there
        following = (
            number + max(1, round((beats.drop[fresh[0]] - time) / interval)) if time >= 0 else int(beats.number[fresh[0]])
        )
        numbers = beats.number[fresh] + (following - int(beats.number[fresh[0]]))
        self._told = (int(numbers[-1]), float(beats.drop[fresh[-1]]))
        return Beats(numbers, beats.unlock[fresh], beats.impulse[fresh], beats.drop[fresh])

    def scope(self) -> TickScope | None:
        """Return the averaged tick so far, or None when no watch is heard."""
        heard = self._hear(final=False)
        return None if heard is None else scope_of(heard)

    def _hear(self, *, final: bool) -> Heard | None:
        """Put together what the engine knows; the answer is kept until more sound comes."""
        key = (self._engine.frames, final)
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, hear(self._engine, self.settings, final=final))
        return self._kept[1]


def measure(
    stream: SampleStream,
    *,
    lift_angle: float = 52.0,
    lift_angle_source: str = "default",
    beats_per_hour: float | None = None,
    reference: ClockReference | None = None,
    channel: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Measurement:
    """Measure a recording of a watch.

    Parameters
    ----------
    stream : SampleStream
        Of any length: memory stays flat.
    lift_angle : float > 0, default 52
        Degrees through which the escapement moves the balance; the amplitude is proportional to it.
    lift_angle_source : str
        Who says so; stated with the amplitude.
    beats_per_hour : float, optional
        The nominal to which the rate refers; found when not given.
    reference : ClockReference, optional
        What the sample clock was compared with; by default nothing, which is worth 50 ppm either way.
    channel : int, optional
        The one to listen to; by default the one in which a watch is heard best.
    progress : callable, optional
        Called with the seconds of sound measured so far.

    Returns
    -------
    Measurement
        With a refused reading, and the reason, when no watch is heard.

    Examples
    --------
    >>> from sichen.bench import Scene, WatchSound, synthesise
    >>> sound, _ = synthesise(WatchSound(21_600, rate=12.0), duration=10.0, scene=Scene(snr_db=20.0))
    >>> round(measure(sound).reading.rate.value)
    12
    """
    listener = Listener(
        stream.sample_rate,
        stream.channels,
        channel=channel,
        lift_angle=lift_angle,
        lift_angle_source=lift_angle_source,
        beats_per_hour=beats_per_hour,
        reference=reference,
        eager=False,
    )
    seconds = 0.0
    for samples in stream.chunks():
        listener.feed(samples)
        seconds += samples.shape[0] / stream.sample_rate
        if progress is not None:
            progress(seconds)
    return listener.measurement(final=True)
