# SPDX-License-Identifier: Apache-2.0
"""Recordings of watches that never were, with their exact truth: for tests, for demonstrations, for teaching."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from sichen.bench.disturbances import (
    KNOCK_LENGTH,
    SPEECH_LENGTH,
    Hum,
    Intrusions,
    Layer,
    Noise,
    NoiseKind,
    knock,
    noise_filter,
    phrase,
    power_gain,
    random_starts,
)
from sichen.bench.escapement_sounds import BAND, Floats
from sichen.bench.recorder import AutomaticGain, Colour, Coloured, Reverberation, colour_filter, quantise
from sichen.bench.signal import Recording, Samples
from sichen.bench.striking import strike
from sichen.bench.synthesis_limits import check_limits
from sichen.bench.tick_layer import FORK_BAND, ForkHum, Ticks, fork_power, mean_beat_energy
from sichen.bench.watch_sound import Truth, WatchSound
from sichen.core import DataError, Message

BLOCK = 24_000
PACKET = 10e-3
"""Seconds over which the energy of a beat is spread in the definition of the signal-to-noise ratio."""

_LOWEST_SAMPLE_RATE = 4_000.0
_EDGE = 2.0
_PULSE = 20e-3


@dataclass(frozen=True)
class Scene:
    """Where and how a watch is recorded. Levels are relative to the drop of the tick.

    Parameters
    ----------
    snr_db : float, optional
        Mean power of a beat spread over 10 ms, over the noise power, both between 3 and 20 kHz (or up to the end
        of the recorder's band) and as the microphone gives them, before the room. None records no noise.
    noise : {"white", "pink", "brown", "room", "hum"}
        Its colour: a flat hiss, 3 or 6 dB an octave down, a quiet office, or mains hum.
    knocks_per_second : float >= 0
        Knocks on the bench, at random; each is 21 ms of noise under a Hann window.
    knock_level : float >= 0
        Height of a knock.
    speech_per_second : float >= 0
        Speech-like phrases of about one second, at random.
    speech_level : float >= 0
        Root mean square of a phrase.
    reverberation : float >= 0
        Seconds in which the room's tail falls by 60 dB; 0 for a dead room.
    reverberation_level : float >= 0
        Root energy of the room's tail.
    colour : {"flat", "phone", "laptop", "contact"}
        The microphone.
    clip_at : float, optional
        Height at which the recorder clips, in full scale.
    automatic_gain : bool
        Whether the recorder turns its gain down after every loud sound.
    bits : int, optional
        Of the converter, 8 to 32; floating point when not given.
    clock_ppm : float
        By how much the sampling clock runs fast.
    pps : bool
        Whether channel 2 carries a pulse at each true second.
    pps_jitter : float >= 0
        Scatter of the pulses, in seconds.
    pps_start : float in [0, 1]
        Second of the first pulse.
    second_watch : WatchSound, optional
        Another watch in the same recording.
    second_level : float >= 0
        How loud the other watch is.
    level : float, optional
        Height of the tick's drop in full scale; by default as high as noise and knocks allow.
    """

    snr_db: float | None = None
    noise: NoiseKind = "white"
    knocks_per_second: float = 0.0
    knock_level: float = 4.0
    speech_per_second: float = 0.0
    speech_level: float = 1.0
    reverberation: float = 0.0
    reverberation_level: float = 0.5
    colour: Colour = "flat"
    clip_at: float | None = None
    automatic_gain: bool = False
    bits: int | None = None
    clock_ppm: float = 0.0
    pps: bool = False
    pps_jitter: float = 0.0
    pps_start: float = 0.25
    second_watch: WatchSound | None = None
    second_level: float = 0.5
    level: float | None = None

    def __post_init__(self) -> None:
        check_limits("scene", self)


@dataclass(frozen=True)
class SynthesisedSound:
    """A recording that is made while it is read: a `SampleStream` of any length in little memory.

    Made by `synthesis_stream`; `truth` tells what is true of it.
    """

    watch: WatchSound | None
    scene: Scene
    duration: float
    sample_rate: float
    seed: int
    truth: Truth = field(repr=False)

    @property
    def channels(self) -> int:
        """Two with pulses of the second, else one."""
        return 2 if self.scene.pps else 1

    @property
    def frames(self) -> int:
        """Number of frames in all."""
        return int(np.floor(self.duration * self.true_rate))

    @property
    def true_rate(self) -> float:
        """Frames in a true second."""
        return self.sample_rate * (1.0 + self.scene.clock_ppm * 1e-6)

    def chunks(self) -> Iterator[Samples]:
        """Yield the sound from its beginning, 24 000 frames at a time; may be called again."""
        scale = _Scale.of(self)
        sources, noise, chain = self._sources(), self._noise(scale.noise), self._chain(scale.gain)
        room = self._room()
        for start in range(0, self.frames, BLOCK):
            sound = np.zeros(BLOCK)
            for source in sources:
                sound += source.block(start, BLOCK)
            sound = room(sound)
            if noise is not None:
                sound += noise.block(start, BLOCK)
            for stage in chain:
                sound = stage(sound)
            yield self._frames(sound, start)

    def _frames(self, sound: Floats, start: int) -> Samples:
        count = min(BLOCK, self.frames - start)
        out = np.zeros((count, self.channels), dtype=np.float32)
        out[:, 0] = sound[:count]
        if self.scene.pps:
            out[:, 1] = _pulses(self.truth, start, count)
        return out

    def _sources(self) -> list[Layer]:
        scene, rate = self.scene, self.true_rate
        sources: list[Layer] = []
        if self.watch is not None:
            sources.append(_voice(self.watch, self.truth, rate, self.seed, 1.0))
        if scene.second_watch is not None and self.truth.second is not None:
            sources.append(_voice(scene.second_watch, self.truth.second, rate, self.seed + 1, scene.second_level))
        if scene.knocks_per_second > 0:
            starts = random_starts(scene.knocks_per_second, self.duration, rate, (self.seed, 20))
            length = round(KNOCK_LENGTH * rate) + 1
            sources.append(Intrusions(starts, length, knock(scene.knock_level, rate), (self.seed, 21)))
        if scene.speech_per_second > 0:
            starts = random_starts(scene.speech_per_second, self.duration, rate, (self.seed, 22))
            sources.append(Intrusions(starts, int(SPEECH_LENGTH * rate) + 1, phrase(scene.speech_level, rate), (self.seed, 23)))
        return sources

    def _room(self) -> Callable[[Floats], Floats]:
        if self.scene.reverberation <= 0:
            return lambda sound: sound
        return Reverberation(self.scene.reverberation, self.scene.reverberation_level, self.true_rate, (self.seed, 24))

    def _noise(self, level: float) -> Layer | None:
        if self.scene.snr_db is None:
            return None
        if self.scene.noise == "hum":
            return Hum(level, self.true_rate)
        return Noise(self.scene.noise, level, self.true_rate, (self.seed, 25))

    def _chain(self, gain: float) -> list[Callable[[Floats], Floats]]:
        scene = self.scene
        stages: list[Callable[[Floats], Floats]] = []
        response = colour_filter(scene.colour, self.true_rate)
        if response is not None:
            stages.append(Coloured(response))
        if scene.automatic_gain:
            stages.append(AutomaticGain(1.0, self.true_rate))
        if scene.clip_at is not None:
            ceiling = scene.clip_at
            stages.append(lambda sound: np.clip(sound, -ceiling, ceiling))
        stages.append(lambda sound: sound * gain)
        if scene.bits is not None:
            bits = scene.bits
            stages.append(lambda sound: quantise(sound, bits))
        return stages


def synthesise(
    watch: WatchSound | None,
    *,
    duration: float,
    sample_rate: float = 48_000.0,
    scene: Scene | None = None,
    seed: int = 0,
) -> tuple[Recording, Truth]:
    """Record a synthesised watch.

    Parameters
    ----------
    watch : WatchSound or None
        None leaves only the noises of the scene, as loud as they would be beside a Swiss lever watch.
    duration : float > 0
        Seconds of true time.
    sample_rate : float >= 4000
        Nominal frames a second.
    scene : Scene, optional
        By default a recording without noise.
    seed : int >= 0
        Everything random follows from it.

    Returns
    -------
    Recording
        float32, shape (frames, 1), or (frames, 2) with pulses of the second.
    Truth

    Raises
    ------
    DataError
        If the duration or the sample rate is out of range.

    Examples
    --------
    >>> recording, truth = synthesise(WatchSound(rate=4.7), duration=2.0, scene=Scene(snr_db=20.0), seed=1)
    >>> recording.samples.shape, truth.beats.drop.size
    ((96000, 1), 15)
    """
    stream, truth = synthesis_stream(watch, duration=duration, sample_rate=sample_rate, scene=scene, seed=seed)
    return Recording(np.concatenate(list(stream.chunks())), sample_rate), truth


def synthesis_stream(
    watch: WatchSound | None,
    *,
    duration: float,
    sample_rate: float = 48_000.0,
    scene: Scene | None = None,
    seed: int = 0,
) -> tuple[SynthesisedSound, Truth]:
    """Prepare a synthesised recording that is made while it is read; parameters as for `synthesise`."""
    scene = Scene() if scene is None else scene
    if not sample_rate >= _LOWEST_SAMPLE_RATE:
        raise DataError(Message("bench.synthesis.sample_rate", found=f"{sample_rate:g}"))
    if not duration * sample_rate >= 1.0:
        raise DataError(Message("bench.synthesis.duration", found=f"{duration:g}"))
    silent = WatchSound(stops_at=0.0, first_beat=1.0)
    truth = strike(silent if watch is None else watch, duration, seed=seed)
    truth = replace(truth, snr_db=scene.snr_db, sample_rate=sample_rate, clock_ppm=scene.clock_ppm)
    if scene.second_watch is not None:
        other = strike(scene.second_watch, duration, seed=seed + 1)
        truth = replace(truth, second=replace(other, sample_rate=sample_rate, clock_ppm=scene.clock_ppm))
    if scene.pps:
        seconds = np.arange(scene.pps_start, duration - _PULSE, 1.0)
        scatter = np.random.default_rng([seed, 26]).standard_normal(seconds.size)
        truth = replace(truth, pps=seconds + scene.pps_jitter * scatter)
    return SynthesisedSound(watch, scene, duration, sample_rate, seed, truth), truth


def _voice(watch: WatchSound, truth: Truth, rate: float, seed: int, level: float) -> Layer:
    return ForkHum(truth, rate, level) if watch.hums else Ticks(watch, truth, rate, seed, level)


def _pulses(truth: Truth, start: int, count: int) -> Floats:
    """Pulses whose edges are straight over four samples and half high at their exact instant."""
    out = np.zeros(count)
    if truth.pps is None:
        return out
    rises = truth.samples(truth.pps)
    width = _PULSE * float(truth.samples(np.ones(1))[0])
    place = np.arange(start, start + count)
    for rise in rises[(rises > start - width - _EDGE) & (rises < start + count + _EDGE)]:
        up = np.clip((place - rise) / (2.0 * _EDGE) + 0.5, 0.0, 1.0)
        down = np.clip((place - rise - width) / (2.0 * _EDGE) + 0.5, 0.0, 1.0)
        out += 0.5 * (up - down)
    return out


@dataclass(frozen=True)
class _Scale:
    """How strong the noise is beside a drop of 1, and what brings the sum to full scale."""

    noise: float
    gain: float

    @classmethod
    def of(cls, sound: SynthesisedSound) -> "_Scale":
        scene, rate = sound.scene, sound.true_rate
        watch = sound.watch or WatchSound()
        response = colour_filter(scene.colour, rate)
        level, spread = (0.0, 0.0) if scene.snr_db is None else _noise_level(watch, scene, rate)
        if scene.level is not None:
            return cls(level, scene.level)
        loudest = 1.5 + 4.0 * spread + (3.0 * scene.knock_level if scene.knocks_per_second else 0.0)
        loudest += (5.0 * scene.speech_level if scene.speech_per_second else 0.0) + (0.0 if response is None else 1.0)
        return cls(level, 0.9 / (max(8.0, loudest) if scene.automatic_gain else loudest))


def _noise_level(watch: WatchSound, scene: Scene, rate: float) -> tuple[float, float]:
    """Scale of the noise before its filter, and its standard deviation over the whole band."""
    response = colour_filter(scene.colour, rate)

    def microphone(frequency: Floats) -> Floats:
        return np.ones(frequency.size) if response is None else power_gain(response, frequency, rate)

    low, high = FORK_BAND if watch.hums else BAND
    high = min(high, rate / 2.0)
    low = min(low, high / 2.0)

    def in_band(frequency: Floats) -> Floats:
        return microphone(frequency) * ((frequency >= low) & (frequency <= high))

    signal = fork_power(in_band) if watch.hums else mean_beat_energy(watch, rate, in_band) / PACKET
    frequency = np.linspace(0.0, rate / 2.0, 8193)
    if scene.noise == "hum":
        amplitude, lines = Hum.harmonics(rate)
        unit, whole = (float(np.sum(amplitude**2 * weight(lines)) / 2.0) for weight in (in_band, microphone))
    else:
        shape = power_gain(noise_filter(scene.noise, rate), frequency, rate)
        unit, whole = (float(np.mean(shape * weight(frequency))) for weight in (in_band, microphone))
    power = signal / 10.0 ** ((scene.snr_db or 0.0) / 10.0)
    level = float(np.sqrt(power / unit))
    return level, level * float(np.sqrt(whole))
