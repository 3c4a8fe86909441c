# SPDX-License-Identifier: Apache-2.0
"""From a measured list of beats to its long-run trends."""

from sichen.bench.beats.events import EventMeasurement
from sichen.bench.series.longrun import LongRun, LongRunResult
from sichen.bench.series.train import Train


def follow(found: EventMeasurement, *, train: Train | None = None) -> LongRunResult | None:
    """Follow rate and amplitude through a list of beats that was measured.

    Parameters
    ----------
    found : EventMeasurement
    train : Train, optional
        Wheels to fold.

    Returns
    -------
    LongRunResult or None
        None when the measurement was refused.

    Examples
    --------
    >>> import numpy as np
    >>> from sichen.bench import BeatList, measure_events
    >>> found = measure_events(BeatList({"tick": 0.125 * np.arange(4800) * (1 - 10 / 86400)}))
    >>> follow(found).rate.round(1)[0]
    np.float64(10.0)
    """
    reading = found.reading
    if reading.reason is not None or reading.beats_per_hour is None:
        return None
    run = LongRun(beats_per_hour=reading.beats_per_hour, lift_angle=reading.lift_angle, train=train)
    for number, part in enumerate(found.stretches()):
        run.feed(part, new_phase=number > 0)
    return run.result()
