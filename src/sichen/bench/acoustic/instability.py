# SPDX-License-Identifier: Apache-2.0
"""How unsteady the watch itself is: the Allan deviation of its beats, with the noise of the measurement taken away."""

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.summary import Overall
from sichen.bench.nominal import DAY
from sichen.core import Figure, Message

F64 = npt.NDArray[np.float64]

PREFERRED = 10.0
"""Averaging time in seconds, when the recording is long enough."""
PARTS = 4
"""Means taken in one averaging time."""
SHORTEST = 8.0


def instability(overall: Overall) -> tuple[Figure, float | None]:
    """Estimate the Allan deviation of the watch.

    Parameters
    ----------
    overall : Overall

    Returns
    -------
    Figure, s/d
        Refused when the recording is too short, or when the beats drown in noise.
    float or None
        Averaging time in seconds.

    Notes
    -----
    Overlapping second differences of means over a quarter of the averaging time. Independent noise of variance v in
    a mean adds 3 v / tau² to the Allan variance, which is taken away.
    """
    heard = overall.segments == np.bincount(overall.segments).argmax() if overall.segments.size else np.zeros(0, bool)
    times, residuals = overall.times[heard], overall.residuals[heard]
    kept = np.isfinite(residuals)
    times, residuals = times[kept], residuals[kept]
    span = float(np.ptp(times)) if times.size else 0.0
    if not overall.single or span < SHORTEST:
        return Figure.refused("s/d", Message("bench.acoustic.instability_needs_more")), None
    tau = PREFERRED if span >= 4 * PREFERRED else span / 4
    width = tau / PARTS
    place = ((times - times[0]) / width).astype(int)
    count = np.bincount(place)
    means = np.where(count > 0, np.bincount(place, residuals) / np.maximum(count, 1), np.nan)
    bend = means[2 * PARTS :] - 2 * means[PARTS:-PARTS] + means[: -2 * PARTS]
    bend = bend[np.isfinite(bend)]
    if bend.size < PARTS:
        return Figure.refused("s/d", Message("bench.acoustic.instability_needs_more")), None
    raw = float(np.mean(bend**2)) / (2 * tau**2)
    noise = 3 * overall.noise**2 / float(np.median(count[count > 0])) / tau**2
    free = max(1.0, bend.size / PARTS)
    u_raw = raw * np.sqrt(2 / free)
    own = max(raw - noise, 0.0)
    value = float(np.sqrt(own)) * DAY
    u = float(u_raw / (2 * np.sqrt(max(own, u_raw)))) * DAY
    return Figure(value, u, "s/d"), tau
