# SPDX-License-Identifier: Apache-2.0
"""Sounds of a house in which no watch ticks, some of them nearly as even as one."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Maker = Callable[[np.random.Generator, float, float], F64]
"""From a generator, a duration in seconds and a sample rate to a sound."""


def coloured(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Noise of any slope, sometimes clipped, sometimes swelling slowly."""
    size = int(duration * sample_rate)
    spectrum = np.fft.rfft(generator.normal(0.0, 1.0, size))
    spectrum *= np.maximum(np.arange(spectrum.size), 1.0) ** -generator.uniform(-0.5, 1.0)
    sound = np.fft.irfft(spectrum, size)
    sound *= 0.2 / sound.std()
    if generator.random() < 0.3:
        sound *= 1 + 0.9 * np.sin(2 * np.pi * generator.uniform(0.05, 0.5) * np.arange(size) / sample_rate)
    return np.clip(4 * sound, -1.0, 1.0) if generator.random() < 0.4 else np.asarray(sound, np.float64)


def strikes(times: F64, generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Short sounds at given times, alike but for their loudness, over faint noise."""
    sound = generator.normal(0.0, 10 ** generator.uniform(-4.0, -2.0), int(duration * sample_rate))
    ringing, decay = generator.uniform(300.0, 0.4 * sample_rate), 10 ** generator.uniform(-3.3, -1.5)
    grid = np.arange(int(6 * decay * sample_rate)) / sample_rate
    for time in times[(times > 0) & (times < duration - 6 * decay - 0.01)]:
        start = int(time * sample_rate)
        shape = np.sin(2 * np.pi * ringing * generator.uniform(0.8, 1.2) * grid + generator.uniform(0.0, 6.28))
        mixed = shape * generator.uniform(0.2, 1.0) + generator.normal(0.0, generator.uniform(0.1, 1.0), grid.size)
        sound[start : start + grid.size] += 0.3 * generator.lognormal(0.0, 0.4) * mixed * np.exp(-grid / decay)
    return sound


def by_hand(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Knocks that somebody tries to make evenly: 3 to 8 % of scatter, and a tempo that wanders."""
    return _walking(generator, duration, sample_rate, generator.uniform(0.12, 1.2), generator.uniform(0.03, 0.08))


def footsteps(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Make steps, left and right unlike, 2.5 to 5 % of scatter."""
    return _walking(generator, duration, sample_rate, generator.uniform(0.4, 0.7), generator.uniform(0.025, 0.05))


def typing(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Keys in runs, with pauses."""
    gaps = generator.lognormal(np.log(generator.uniform(0.1, 0.25)), 0.35, int(20 * duration))
    gaps += np.where(generator.random(gaps.size) < 0.1, generator.exponential(0.6, gaps.size), 0.0)
    return strikes(np.cumsum(gaps), generator, duration, sample_rate)


def dripping(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Make drops from a tap, 4 to 15 % of scatter."""
    gaps = generator.uniform(0.2, 2.0) * (1 + generator.uniform(0.04, 0.15) * generator.normal(0.0, 1.0, int(8 * duration)))
    return strikes(np.cumsum(np.maximum(gaps, 0.05)), generator, duration, sample_rate)


def random_knocks(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Knocks at any time."""
    return strikes(
        generator.uniform(0.0, duration, generator.poisson(generator.uniform(0.3, 12.0) * duration)),
        generator,
        duration,
        sample_rate,
    )


def music(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Play as somebody who keeps time to 15 ms, with rests, accents, and tones that ring on."""
    step = generator.uniform(0.12, 0.35)
    grid = np.arange(0.1, duration, step)
    played = grid[generator.random(grid.size) < generator.uniform(0.4, 0.8)]
    sound = strikes(played + generator.normal(0.0, 0.015, played.size), generator, duration, sample_rate)
    time = np.arange(sound.size) / sample_rate
    for onset in played:
        tone = 220.0 * 2 ** (generator.integers(0, 24) / 12)
        after = np.maximum(time - onset, 0.0)
        sound += np.where(time > onset, 0.05 * np.sin(2 * np.pi * tone * after) * np.exp(-after / 0.3), 0.0)
    return sound


def tones(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Hum with harmonics, beating tones, warble, over faint noise."""
    time = np.arange(int(duration * sample_rate)) / sample_rate
    base = generator.uniform(30.0, 2000.0)
    sound = generator.normal(0.0, 10 ** generator.uniform(-4.5, -2.0), time.size)
    for harmonic in range(1, int(generator.integers(1, 20))):
        detuned = base * harmonic * (1 + generator.normal(0.0, 1e-3))
        if detuned < 0.5 * sample_rate:
            sound += 0.1 / harmonic * np.sin(2 * np.pi * detuned * time + generator.uniform(0.0, 6.28))
    if generator.random() < 0.3:
        sound *= 1 + 0.8 * np.sin(2 * np.pi * generator.uniform(0.3, 8.0) * time)
    return sound


def voices(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Syllables: bursts of a buzz through a few resonances, four to six a second, with pauses for breath."""
    size = int(duration * sample_rate)
    pitch = generator.uniform(90.0, 250.0) * (1 + 0.1 * np.sin(2 * np.pi * 0.4 * np.arange(size) / sample_rate))
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / sample_rate)) + generator.normal(0.0, 0.3, size)
    spectrum, frequency = np.fft.rfft(buzz), np.fft.rfftfreq(size, 1 / sample_rate)
    spectrum *= sum(np.exp(-(((frequency - middle) / 250.0) ** 2)) for middle in generator.uniform(300.0, 3500.0, 4))
    envelope, at = np.zeros(size), 0.1
    while at < duration:
        length = generator.uniform(0.08, 0.25)
        part = slice(int(at * sample_rate), min(size, int((at + length) * sample_rate)))
        envelope[part] = generator.uniform(0.3, 1.0) * np.hanning(part.stop - part.start)
        at += length + generator.exponential(0.04) + (generator.exponential(0.6) if generator.random() < 0.12 else 0.0)
    sound = np.fft.irfft(spectrum, size) * envelope
    return np.asarray(0.2 * sound / max(sound.std(), 1e-9) + generator.normal(0.0, 1e-3, size), np.float64)


def snippet(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Any of the others, cut to a second or two."""
    maker = list(HOUSE.values())[int(generator.integers(len(HOUSE) - 1))]
    return maker(generator, duration, sample_rate)[: int(generator.uniform(0.3, 2.5) * sample_rate)]


def _walking(generator: np.random.Generator, duration: float, sample_rate: float, gap: float, scatter: float) -> F64:
    """Strikes whose gaps scatter independently about a tempo that wanders, as hands and feet do."""
    count = int(1.5 * duration / gap) + 2
    tempo = 1 + np.cumsum(generator.normal(0.0, 0.25 * scatter, count))
    gaps = gap * np.clip(tempo + scatter * generator.normal(0.0, 1.0, count), 0.3, 3.0)
    return strikes(np.cumsum(gaps), generator, duration, sample_rate)


HOUSE: dict[str, Maker] = {
    "coloured noise": coloured,
    "knocks by hand": by_hand,
    "footsteps": footsteps,
    "typing": typing,
    "dripping": dripping,
    "random knocks": random_knocks,
    "music": music,
    "tones": tones,
    "voices": voices,
    "snippets": snippet,
}
