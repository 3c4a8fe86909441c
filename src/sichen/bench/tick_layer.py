# SPDX-License-Identifier: Apache-2.0
"""The beats of a watch as sound: each at its exact fraction of a sample, the same whichever block asks for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sichen.bench.escapement_sounds import GUARD, Floats, Resonance, escapement
from sichen.bench.watch_sound import Truth, WatchSound

FORK_BAND = (200.0, 2_000.0)
"""Where the signal-to-noise ratio of a tuning fork's hum is defined, in hertz."""

_FORK_HARMONICS = (1.0, 0.35, 0.1)
_COHERENT_PHASE = (0.3, 1.1, 2.0)


def resonances(watch: WatchSound, sample_rate: float) -> tuple[Resonance, Resonance, Resonance]:
    """Return the three sounds of a watch, in the order unlock, impulse, drop."""
    pattern = escapement(watch.escapement)
    unlock, impulse, drop = (
        Resonance(*shape, sample_rate) for shape in zip(pattern.resonance, pattern.decay, pattern.rise, strict=True)
    )
    return unlock, impulse, drop


def levels(watch: WatchSound) -> Floats:
    """Return the median level of each sound, shape (2, 3): tick and tock; unlock, impulse, drop."""
    pattern = escapement(watch.escapement)
    return np.array(watch.levels if watch.levels is not None else (pattern.tick, pattern.tock))


def spread(watch: WatchSound) -> float:
    """Return the standard deviation of the logarithm of a level from beat to beat."""
    if watch.spread is not None:
        return watch.spread
    return 0.0 if watch.coherent else escapement(watch.escapement).spread


def mean_beat_energy(watch: WatchSound, sample_rate: float, power_gain: Callable[[Floats], Floats]) -> float:
    """Return the energy of a mean beat under a weight of frequencies, in full scale² times seconds."""
    power = np.mean(levels(watch) ** 2, axis=0) * np.exp(2.0 * spread(watch) ** 2)
    sounds = resonances(watch, sample_rate)
    return float(sum(weight * sound.energy(power_gain(sound.frequencies)) for weight, sound in zip(power, sounds, strict=True)))


@dataclass
class Ticks:
    """The beats of one watch.

    Parameters
    ----------
    watch : WatchSound
    truth : Truth
        When it strikes.
    sample_rate : float > 0
        True frames a second.
    seed : int
    level : float
        Height of the tick's drop.
    """

    watch: WatchSound
    truth: Truth
    sample_rate: float
    seed: int
    level: float
    _positions: Floats = field(init=False)
    _sounds: tuple[Resonance, Resonance, Resonance] = field(init=False)

    def __post_init__(self) -> None:
        beats = self.truth.beats
        self._positions = np.stack([beats.unlock, beats.impulse, beats.drop]) * self.sample_rate
        self._sounds = resonances(self.watch, self.sample_rate)

    def block(self, start: int, frames: int) -> Floats:
        """Return samples; a beat that reaches into two blocks is made for both."""
        reach = max(sound.length for sound in self._sounds)
        out = np.zeros(frames + 2 * reach)
        drops = self._positions[2]
        packet = float(np.max(drops - self._positions[0], initial=0.0))
        first, last = np.searchsorted(drops, [start - reach - packet, start + frames + reach + packet])
        chosen = slice(int(first), int(last))
        phase, loudness = self._character(self.truth.beats.number[chosen])
        for which, sound in enumerate(self._sounds):
            position = self._positions[which, chosen]
            near = (position > start - reach) & (position < start + frames + GUARD)
            if near.any() and loudness[near, which].any():
                _add(out, position[near] - (start - reach), sound, phase[near, which], loudness[near, which])
        return out[reach : reach + frames]

    def _character(self, number: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Phase and level of each sound of some beats, shape (n, 3), the same for a beat whoever asks."""
        median = self.level * levels(self.watch)[number % 2]
        page = 256
        draws = np.empty((number.size, 2, 3))
        for index in np.unique(number // page):
            mine = number // page == index
            table = np.random.default_rng([self.seed, 10, int(index)])
            uniform, normal = table.random((page, 3)), table.standard_normal((page, 3))
            draws[mine, 0], draws[mine, 1] = uniform[number[mine] % page], normal[number[mine] % page]
        loudness = median * np.exp(spread(self.watch) * draws[:, 1])
        if self.watch.coherent:
            return np.broadcast_to(np.array(_COHERENT_PHASE), loudness.shape), loudness
        return 2.0 * np.pi * draws[:, 0], loudness


def _add(out: Floats, position: Floats, sound: Resonance, phase: Floats, level: Floats) -> None:
    whole = np.floor(position)
    rows = sound.render(fraction=position - whole, phase=phase, level=level)
    for first, row in zip((whole - GUARD).astype(np.int64).tolist(), rows, strict=True):
        low, high = max(first, 0), min(first + row.size, out.size)
        out[low:high] += row[low - first : high - first]


def fork_power(power_gain: Callable[[Floats], Floats]) -> float:
    """Return the mean power of the hum under a weight of frequencies."""
    frequency = np.array([360.0 * order for order in range(1, len(_FORK_HARMONICS) + 1)])
    return float(np.sum(np.array(_FORK_HARMONICS) ** 2 * power_gain(frequency)) / 2.0)


@dataclass
class ForkHum:
    """The hum of a tuning-fork watch: its phase runs through a whole turn between two oscillations.

    Parameters
    ----------
    truth : Truth
    sample_rate : float > 0
    level : float
        Amplitude of the fundamental.
    """

    truth: Truth
    sample_rate: float
    level: float

    def block(self, start: int, frames: int) -> Floats:
        """Return samples; silence before the first oscillation and after the last."""
        beats = self.truth.beats
        seconds = (start + np.arange(frames)) / self.sample_rate
        if beats.number.size < 2:  # noqa: PLR2004 - a phase needs two passages
            return np.zeros(frames)
        turns = np.interp(seconds, beats.drop, beats.number.astype(np.float64))
        wave = np.zeros(frames)
        for order, weight in enumerate(_FORK_HARMONICS, start=1):
            wave += weight * np.sin(2.0 * np.pi * order * turns)
        inside = (seconds >= beats.drop[0]) & (seconds <= beats.drop[-1])
        hum: Floats = self.level * wave * inside
        return hum
