# SPDX-License-Identifier: Apache-2.0
"""How well anybody could time a synthesised watch: the bound that estimators are measured against."""

import numpy as np

from sichen.bench.escapement_sounds import BAND, Floats, escapement
from sichen.bench.striking import time_to_drop
from sichen.bench.synthesis import PACKET
from sichen.bench.tick_layer import levels, resonances, spread
from sichen.bench.watch_sound import WatchSound

DAY = 86_400.0
_STEP = 2e-6
_BEFORE = 2e-3
_AFTER = 8e-3


def beat_timing_bound(watch: WatchSound, *, snr_db: float, sample_rate: float = 48_000.0) -> float:
    """Return the smallest standard error of the time of one beat from the power of the whole band, in seconds.

    Parameters
    ----------
    watch : WatchSound
        Its amplitude and escapement give the profile of a beat; both sides are averaged.
    snr_db : float
        As in `Scene`.
    sample_rate : float > 0
        Half of it ends the band when that is below 20 kHz.

    Returns
    -------
    float > 0

    Notes
    -----
    A beat is taken as noise of unknown waveform whose variance s(t), as the band lets it through, is known, on noise
    of variance v. Its Fisher
    information about its time is ``1/2 sum (d ln(v + s) / dt)^2`` over the ``2 B T`` independent samples of a band
    of width B [1]_. It binds estimators that weigh the whole band alike, as all in print do. One that learns where
    in the band this very watch rings, and listens there, can go below it where the noise is strong; and where the
    noise is weak, beats as regular as the synthesised ones carry a little more than noise of that variance would.

    References
    ----------
    .. [1] S. M. Kay, Fundamentals of Statistical Signal Processing: Estimation Theory (1993), section 3.9.
    """
    high = min(BAND[1], sample_rate / 2.0)
    low = min(BAND[0], high / 2.0)
    information = 0.0
    for side in (0, 1):
        profile = _profile(watch, side, (low, high))
        noise = float(np.sum(profile) * _STEP) / PACKET / 10.0 ** (snr_db / 10.0)
        slope = np.gradient(np.log(noise + profile), _STEP)
        information += 0.5 * float(np.sum(slope**2)) * _STEP * (high - low)
    return float(information**-0.5)


def rate_bound(watch: WatchSound, *, duration: float, snr_db: float, sample_rate: float = 48_000.0) -> float:
    """Return the smallest standard error of the rate, in s/d.

    The least-squares line through the beats, each as good as `beat_timing_bound` and the watch's own jitter allow.

    Parameters
    ----------
    watch : WatchSound
    duration : float > 0
        Seconds.
    snr_db : float
    sample_rate : float > 0

    Examples
    --------
    >>> round(rate_bound(WatchSound(28_800, amplitude=255.0), duration=32.0, snr_db=20.0), 3)
    0.003
    """
    count = duration / watch.beat_interval
    one = np.hypot(beat_timing_bound(watch, snr_db=snr_db, sample_rate=sample_rate), watch.jitter)
    return float(DAY * one / watch.beat_interval * np.sqrt(12.0 / (count * (count**2 - 1.0))))


def _profile(watch: WatchSound, side: int, band: tuple[float, float]) -> Floats:
    """Mean power of a beat over time within a band, in steps of 2 µs."""
    lift = float(time_to_drop(watch.amplitude, lift_angle=watch.lift_angle, beat_interval=watch.beat_interval))
    size = 1 << int(np.ceil(np.log2((_BEFORE + lift + _AFTER) / _STEP)))
    frequency = np.arange(size).astype(np.float64) / (_STEP * size)
    passed = (frequency >= band[0]) / (1.0 + (frequency / band[1]) ** 8) ** 0.5
    starts = (0.0, escapement(watch.escapement).impulse_at * lift, lift)
    power = np.zeros(size)
    gain = np.exp(2.0 * spread(watch) ** 2) / 2.0
    for start, level, sound in zip(starts, levels(watch)[side], resonances(watch, 96_000.0), strict=True):
        delay = np.exp(-2j * np.pi * frequency * (start + _BEFORE))
        power += gain * level**2 * np.abs(np.fft.ifft(sound.spectrum(frequency) * passed * delay) / _STEP) ** 2
    return power
