# SPDX-License-Identifier: Apache-2.0
"""The bench package behind the pages."""

import threading
from functools import cache
from typing import Annotated

import numpy as np
from fastapi import Depends

from sichen.adapters.bench_desk import clock_reference, measure_sound, watch_channel
from sichen.bench import Recording, SampleStream, Scene, WatchSound, synthesis_stream
from sichen.bench.reading import Measurement
from sichen.web.bench.session import Engine, Listening, Settings

SAMPLE_SECONDS = 600.0


class OwnEngine:
    """Listens and measures with ``sichen.bench``."""

    def prepare(self) -> None:
        """Load what the first measurement would wait seconds for: libraries and compiled kernels."""
        _prepare()

    def listen(self, sample_rate: float, channels: int, settings: Settings) -> Listening:
        """Begin to listen."""
        from sichen.bench import Listener

        # The pulses of the second are read when the reading is kept; until then they are only not taken for the watch.
        typed = settings.reference.startswith("ppm")
        empty = Recording(np.zeros((0, channels), dtype=np.float32), sample_rate)
        return Listener(
            sample_rate,
            channels,
            channel=watch_channel(None, settings.reference, empty),
            lift_angle=settings.lift_angle,
            lift_angle_source=settings.lift_angle_source,
            reference=clock_reference(settings.reference, empty) if typed else None,
        )

    def measure(self, stream: SampleStream, settings: Settings) -> Measurement:
        """Measure a whole recording."""
        return measure_sound(stream, settings.wish)

    def sample(self) -> SampleStream:
        """Return a lever watch in a quiet room, ten minutes long, a little fast and a little out of beat."""
        watch = WatchSound(rate=4.7, amplitude=272.0, beat_error=0.4, jitter=40e-6)
        sound, _ = synthesis_stream(watch, duration=SAMPLE_SECONDS, scene=Scene(snr_db=16.0, noise="room"), seed=7)
        return sound


@cache
def _prepare() -> None:
    watch, _ = synthesis_stream(WatchSound(), duration=4.0, scene=Scene(snr_db=20.0))
    threading.Thread(target=measure_sound, args=(watch, Settings().wish), daemon=True).start()


def engine_of() -> Engine:
    """Return the bench."""
    return OwnEngine()


BenchEngine = Annotated[Engine, Depends(engine_of)]
