# SPDX-License-Identifier: Apache-2.0
"""What room and recorder do to a sound: reverberation, microphone colour, automatic gain, clipping, quantisation."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sichen.bench.disturbances import Filter
from sichen.bench.escapement_sounds import Floats

Colour = Literal["flat", "phone", "laptop", "contact"]
_SILENCE_60_DB = 6.907755278982137  # ln(1000): the amplitude falls by it within the reverberation time


def colour_filter(colour: Colour, sample_rate: float) -> Filter | None:
    """Return the response of a microphone.

    Parameters
    ----------
    colour : {"flat", "phone", "laptop", "contact"}
        ``phone`` cuts below 150 Hz and above 15 kHz and peaks near 9 kHz; ``laptop`` cuts below 300 Hz and above
        8 kHz; ``contact`` is a piezo pickup, resonant near 4 kHz.
    sample_rate : float > 0

    Returns
    -------
    ndarray of float64, shape (sections, 6), or None for ``flat``
    """
    if colour == "flat":
        return None
    from scipy.signal import butter, iirpeak, tf2sos

    low, high, peak, sharpness, height = {
        "phone": (150.0, 15_000.0, 9_000.0, 3.0, 1.0),
        "laptop": (300.0, 8_000.0, 5_000.0, 4.0, 0.7),
        "contact": (80.0, 12_000.0, 4_000.0, 5.0, 3.0),
    }[colour]
    usable = 0.45 * sample_rate
    sections = [butter(1, low, "highpass", fs=sample_rate, output="sos")]
    if high < usable:
        sections.append(butter(2, high, "lowpass", fs=sample_rate, output="sos"))
    if peak < usable:
        numerator, denominator = iirpeak(peak, sharpness, fs=sample_rate)
        sections.append(tf2sos(denominator + height * numerator, denominator))
    stacked: Filter = np.vstack(sections)
    return stacked


@dataclass
class Coloured:
    """A filter that remembers the last block."""

    sections: Filter
    _state: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._state = np.zeros((self.sections.shape[0], 2))

    def __call__(self, sound: Floats) -> Floats:
        """Filter the next block."""
        from scipy.signal import sosfilt

        filtered: Floats
        filtered, self._state = sosfilt(self.sections, sound, zi=self._state)
        return filtered


@dataclass
class Reverberation:
    """A room: the direct sound, then a tail of noise that dies away.

    Parameters
    ----------
    time : float > 0
        Seconds in which the tail falls by 60 dB.
    level : float >= 0
        Root energy of the tail relative to the direct sound.
    sample_rate : float > 0
    seed : sequence of int
    """

    time: float
    level: float
    sample_rate: float
    seed: tuple[int, ...]
    _response: Floats = field(init=False)
    _tail: Floats = field(init=False)

    def __post_init__(self) -> None:
        size = max(2, round(self.time * self.sample_rate))
        fall = np.exp(-_SILENCE_60_DB * np.arange(size) / size)
        tail = fall * np.random.default_rng(self.seed).standard_normal(size)
        tail[: round(1e-3 * self.sample_rate)] = 0.0
        tail *= self.level / max(float(np.sqrt(np.sum(tail**2))), 1e-12)
        tail[0] = 1.0
        self._response = tail
        self._tail = np.zeros(size - 1)

    def __call__(self, sound: Floats) -> Floats:
        """Let the next block sound in the room."""
        from scipy.signal import oaconvolve

        whole = oaconvolve(sound, self._response)
        whole[: self._tail.size] += self._tail
        self._tail = whole[sound.size :]
        heard: Floats = whole[: sound.size]
        return heard


@dataclass
class AutomaticGain:
    """A gain that turns loud sounds down quickly and quiet ones up slowly: ticks pump it.

    Parameters
    ----------
    target : float > 0
        Level that the gain aims at.
    sample_rate : float > 0
    attack, release : float > 0
        Seconds.
    most : float >= 1
        Greatest gain.
    """

    target: float
    sample_rate: float
    attack: float = 2e-3
    release: float = 0.25
    most: float = 8.0
    _follower: float = 0.0
    _gain: float = 1.0

    def __call__(self, sound: Floats) -> Floats:
        """Adjust the next block, a gain each millisecond, straight in between."""
        step = max(1, round(1e-3 * self.sample_rate))
        count = -(-sound.size // step)
        padded = np.zeros(count * step)
        padded[: sound.size] = np.abs(sound)
        peaks = padded.reshape(count, step).max(axis=1).tolist()
        rise, fall = 1.0 - np.exp(-1e-3 / self.attack), 1.0 - np.exp(-1e-3 / self.release)
        gains = [self._gain]
        for peak in peaks:
            self._follower += (rise if peak > self._follower else fall) * (peak - self._follower)
            gains.append(min(self.most, self.target / max(self._follower, 1e-12)))
        self._gain = gains[-1]
        curve = np.interp(np.arange(sound.size), np.arange(count + 1) * step, gains)
        adjusted: Floats = sound * curve
        return adjusted


def quantise(sound: Floats, bits: int) -> Floats:
    """Round to the steps of a converter of so many bits, full scale ±1, without dither."""
    steps = 2.0 ** (bits - 1)
    rounded: Floats = np.clip(np.round(sound * steps), -steps, steps - 1.0) / steps
    return rounded
