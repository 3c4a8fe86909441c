# SPDX-License-Identifier: Apache-2.0
"""What a microphone hears besides the watch: noise of several colours, hum, knocks, speech-like bursts.

Every piece is drawn from its own seed, so that a sound is the same however it is cut into chunks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from sichen.bench.escapement_sounds import Floats

NoiseKind = Literal["white", "pink", "brown", "room", "hum"]
Filter = npt.NDArray[np.float64]
"""Second-order sections, shape (sections, 6)."""

MAINS = 50.0
KNOCK_LENGTH = 21e-3
_TABLE = 1 << 14
_WHITE: Filter = np.array([[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]])


class Layer(Protocol):
    """A sound that is added to others, block after block from the beginning."""

    def block(self, start: int, frames: int) -> Floats:
        """Return `frames` samples from sample `start`."""
        ...


def noise_filter(kind: NoiseKind, sample_rate: float) -> Filter:
    """Return the filter that turns white noise into noise of a kind.

    Parameters
    ----------
    kind : {"white", "pink", "brown", "room", "hum"}
        ``pink`` falls 3 dB an octave above 20 Hz, ``brown`` 6 dB; ``room`` is a quiet office: rumble below
        300 Hz over a faint hiss. A ``hum`` has no filter: the answer is that of white noise.
    sample_rate : float > 0

    Returns
    -------
    ndarray of float64, shape (sections, 6)
    """
    nyquist = sample_rate / 2.0
    if kind == "pink":
        poles = np.array([20.0 * 4.0**step for step in range(6)])
        return _ladder(poles[poles < nyquist], 2.0, sample_rate)
    if kind == "brown":
        return _ladder(np.array([20.0]), nyquist / 20.0, sample_rate)
    if kind == "room":
        return _ladder(np.array([60.0, 300.0]), 6.0, sample_rate)
    return _WHITE


def _ladder(poles: Floats, step: float, sample_rate: float) -> Filter:
    """First-order poles, each with its zero `step` times higher: a slope between flat ends."""
    from scipy.signal import bilinear_zpk, zpk2sos

    zeros = np.minimum(poles * step, 0.98 * sample_rate / 2.0)
    warp = 2.0 * sample_rate * np.tan(np.pi * np.stack([zeros, poles]) / sample_rate)
    sections: Filter = zpk2sos(*bilinear_zpk(-warp[0], -warp[1], 1.0, fs=sample_rate))
    return sections


def power_gain(sections: Filter, frequency: Floats, sample_rate: float) -> Floats:
    """Return by how much a filter multiplies power at each frequency."""
    from scipy.signal import sosfreqz

    _, response = sosfreqz(sections, worN=2.0 * np.pi * frequency / sample_rate)
    gain: Floats = np.abs(response) ** 2
    return gain


@dataclass
class Noise:
    """Gaussian noise of a colour.

    Parameters
    ----------
    kind : NoiseKind
    level : float >= 0
        Standard deviation before the filter.
    sample_rate : float > 0
    seed : sequence of int
    """

    kind: NoiseKind
    level: float
    sample_rate: float
    seed: tuple[int, ...]
    _sections: Filter = field(init=False)
    _state: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._sections = noise_filter(self.kind, self.sample_rate)
        self._state = np.zeros((self._sections.shape[0], 2))

    def block(self, start: int, frames: int) -> Floats:
        """Return the next samples; the filter remembers the last ones."""
        from scipy.signal import sosfilt

        white = self.level * np.random.default_rng([*self.seed, start]).standard_normal(frames)
        if self._sections is _WHITE:
            return white
        coloured: Floats
        coloured, self._state = sosfilt(self._sections, white, zi=self._state)
        return coloured


@dataclass
class Hum:
    """Mains hum and buzz: harmonics of 50 Hz up to the band's end, with the sharp edge that rectifiers give.

    Parameters
    ----------
    level : float >= 0
        Scale of the harmonics; harmonic h has the amplitude ``level * harmonic(h)``.
    sample_rate : float > 0
    """

    level: float
    sample_rate: float
    _table: Floats = field(init=False)

    def __post_init__(self) -> None:
        order = np.arange(1, _TABLE // 2)
        lines = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
        audible = order * MAINS < 0.45 * self.sample_rate
        lines[1:-1][audible] = self.harmonics(self.sample_rate)[0] * np.exp(2j * np.pi * 0.381966 * order[audible] ** 2)
        self._table = self.level * np.fft.irfft(lines, _TABLE) * _TABLE / 2.0

    @staticmethod
    def harmonics(sample_rate: float) -> tuple[Floats, Floats]:
        """Return amplitudes and frequencies of the harmonics below the end of the band."""
        order = np.arange(1, _TABLE // 2)
        order = order[order * MAINS < 0.45 * sample_rate]
        height: Floats = np.where(order % 2 == 0, 1.0, 0.3) / order**0.7
        return height, order.astype(np.float64) * MAINS

    def block(self, start: int, frames: int) -> Floats:
        """Return samples by looking the wave up; between two entries it is straight."""
        place = ((start + np.arange(frames)) * (MAINS * _TABLE / self.sample_rate)) % _TABLE
        low = place.astype(np.int64)
        here, there = self._table[low % _TABLE], self._table[(low + 1) % _TABLE]
        wave: Floats = here + (there - here) * (place - low)
        return wave


@dataclass
class Intrusions:
    """Bursts that begin at random: knocks on the bench, words.

    Parameters
    ----------
    starts : ndarray of int64, shape (n,)
        First sample of each burst, ascending.
    length : int
        Samples that the longest burst may have.
    make : callable
        Random generator → the samples of one burst.
    seed : sequence of int
    """

    starts: npt.NDArray[np.int64]
    length: int
    make: Callable[[np.random.Generator], Floats]
    seed: tuple[int, ...]

    def block(self, start: int, frames: int) -> Floats:
        """Return samples; a burst that reaches into the next block is made again there, from the same seed."""
        out = np.zeros(frames)
        first, last = np.searchsorted(self.starts, [start - self.length, start + frames])
        for index in range(int(first), int(last)):
            burst = self.make(np.random.default_rng([*self.seed, index]))
            offset = int(self.starts[index]) - start
            low, high = max(offset, 0), min(offset + burst.size, frames)
            if low < high:
                out[low:high] += burst[low - offset : high - offset]
        return out


def random_starts(per_second: float, duration: float, sample_rate: float, seed: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Draw the first samples of bursts that come independently, `per_second` on average."""
    generator = np.random.default_rng(seed)
    count = int(generator.poisson(per_second * duration))
    return np.sort(generator.uniform(0.0, duration * sample_rate, count)).astype(np.int64)


def knock(level: float, sample_rate: float) -> Callable[[np.random.Generator], Floats]:
    """Return a maker of knocks: 21 ms of noise under a Hann window whose summit has the standard deviation `level`."""
    size = max(4, round(KNOCK_LENGTH * sample_rate))
    window = level * np.hanning(size)

    def make(generator: np.random.Generator) -> Floats:
        return window * generator.standard_normal(size)

    return make


SPEECH_LENGTH = 1.6
"""Seconds that a speech-like phrase lasts at most."""

_FORMANTS = ((700.0, 1200.0, 2600.0), (350.0, 2000.0, 2900.0), (500.0, 900.0, 2500.0), (450.0, 1700.0, 2600.0))


def phrase(level: float, sample_rate: float) -> Callable[[np.random.Generator], Floats]:
    """Return a maker of speech-like phrases: syllables of a buzz through formants, with hisses between them.

    Parameters
    ----------
    level : float >= 0
        Root mean square of a phrase.
    sample_rate : float > 0
    """

    def make(generator: np.random.Generator) -> Floats:
        pieces = []
        for _ in range(int(generator.integers(3, 7))):
            pieces += [_hiss(generator, sample_rate), _vowel(generator, sample_rate)]
        sound = np.concatenate(pieces)[: int(SPEECH_LENGTH * sample_rate)]
        scaled: Floats = sound * (level / np.sqrt(np.mean(sound**2)))
        return scaled

    return make


def _vowel(generator: np.random.Generator, sample_rate: float) -> Floats:
    from scipy.signal import iirpeak, lfilter

    size = int(generator.uniform(0.10, 0.20) * sample_rate)
    pitch = generator.uniform(90.0, 230.0)
    periods = np.cumsum(generator.normal(1.0, 0.01, int(pitch * size / sample_rate) + 1)) * sample_rate / pitch
    source = np.zeros(size)
    source[periods[periods < size].astype(np.int64)] = 1.0
    voice = np.zeros(size)
    for formant in _FORMANTS[int(generator.integers(len(_FORMANTS)))]:
        if formant < 0.45 * sample_rate:
            voice += lfilter(*iirpeak(formant, 8.0, fs=sample_rate), source)
    shaped: Floats = voice * np.hanning(size)
    return shaped / max(float(np.abs(shaped).max(initial=0.0)), 1e-12)


def _hiss(generator: np.random.Generator, sample_rate: float) -> Floats:
    size = int(generator.uniform(0.04, 0.10) * sample_rate)
    white = generator.standard_normal(size)
    bright: Floats = np.diff(white, prepend=0.0) * np.hanning(size)
    return generator.uniform(0.02, 0.3) * bright / max(float(np.abs(bright).max(initial=0.0)), 1e-12)
