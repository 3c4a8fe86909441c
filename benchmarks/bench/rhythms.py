# SPDX-License-Identifier: Apache-2.0
"""More sounds without a watch, on which no rule was tuned: rhythms of hands, bodies, beasts and water, and machines."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Maker = Callable[[np.random.Generator, float, float], F64]

LEAST_VARIED = 0.1
"""The least scatter of the logarithm of loudness: the evenest of hands."""


def _paced(generator: np.random.Generator, duration: float, gap: float, scatter: float, wander: float = 0.0) -> F64:
    """Return times whose gaps scatter independently, about a tempo that walks by `wander` a beat."""
    count = int(1.6 * duration / gap) + 4
    tempo = 1 + np.cumsum(generator.normal(0.0, wander, count)) if wander else np.ones(count)
    gaps = gap * np.clip(tempo + generator.normal(0.0, scatter, count), 0.2, 4.0)
    return np.asarray(generator.uniform(0.0, gap) + np.cumsum(gaps), np.float64)


def _struck(generator: np.random.Generator, times: F64, duration: float, sample_rate: float, **how: float) -> F64:
    """Lay sounds of one body at the given times: partials and noise that die away together."""
    sound = generator.normal(0.0, 10 ** generator.uniform(-4.5, -2.0), int(duration * sample_rate))
    decay = how.get("decay", 10 ** generator.uniform(-2.9, -1.4))
    rise = how.get("rise", 10 ** generator.uniform(-4.0, -2.7))
    varied = how.get("varied", generator.uniform(LEAST_VARIED, 0.6))
    top = min(0.4 * sample_rate, how.get("top", 8000.0))
    grid = np.arange(int(7 * decay * sample_rate)) / sample_rate
    partials = np.exp(generator.uniform(np.log(200.0), np.log(top), int(generator.integers(1, 6))))
    noisy = generator.uniform(0.1, 1.0)
    envelope = (1 - np.exp(-grid / rise)) * np.exp(-grid / decay)
    for time in times[(times > 0) & (times < duration - grid[-1] - 0.01)]:
        ring = sum(np.sin(2 * np.pi * tone * grid + generator.uniform(0.0, 6.28)) for tone in partials) / partials.size
        start = int(time * sample_rate)
        body = (1 - noisy) * ring + noisy * generator.normal(0.0, 0.6, grid.size)
        sound[start : start + grid.size] += 0.2 * np.exp(generator.normal(0.0, varied)) * body * envelope
    return sound


def clapping(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Clap without a metronome: 2 to 6 % of scatter and a tempo that drifts."""
    times = _paced(generator, duration, generator.uniform(0.22, 0.9), generator.uniform(0.02, 0.06), 0.005)
    return _struck(generator, times, duration, sample_rate, decay=0.006)


def in_time(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Tap along with music that is not recorded: 12 to 40 ms about an even beat, errors made good at once."""
    beat = generator.uniform(0.25, 0.9)
    grid = np.arange(generator.uniform(0.0, beat), duration, beat)
    times = grid + generator.normal(0.0, max(generator.uniform(0.012, 0.04), 0.03 * beat), grid.size)
    return _struck(generator, np.sort(times), duration, sample_rate)


def hammering(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Drive nails: strokes with 3 to 8 %, a pause after every nail."""
    gaps = generator.uniform(0.3, 0.9) * (1 + generator.normal(0.0, generator.uniform(0.03, 0.08), 60))
    gaps[:: int(generator.integers(4, 9))] += generator.uniform(0.5, 2.0)
    return _struck(generator, np.cumsum(np.maximum(gaps, 0.1)), duration, sample_rate)


def chopping(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Chop: fast strokes of a knife that speed up and slow down."""
    times = _paced(generator, duration, generator.uniform(0.1, 0.35), generator.uniform(0.03, 0.1), 0.01)
    return _struck(generator, times, duration, sample_rate, decay=0.01)


def keyboard(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Type in a steady rhythm: press and release, 5 to 20 % of scatter."""
    press = _paced(generator, duration, generator.uniform(0.09, 0.3), generator.uniform(0.05, 0.2))
    release = press + generator.normal(0.08, 0.015, press.size)
    return _struck(generator, np.sort(np.concatenate([press, release])), duration, sample_rate, decay=0.004)


def walking_pair(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Walk in step-like pairs: left and right unlike, strides with 1.5 to 4 % of scatter."""
    stride = _paced(generator, duration, generator.uniform(0.95, 1.25), generator.uniform(0.015, 0.04), 0.004)
    other = stride + generator.normal(0.5, 0.012, stride.size) * np.median(np.diff(stride))
    return _struck(generator, np.sort(np.concatenate([stride, other])), duration, sample_rate, decay=0.02)


def gutter(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Let two taps drip into one gutter, each with 2 to 10 % of scatter."""
    drips = [_paced(generator, duration, generator.uniform(0.25, 1.6), generator.uniform(0.02, 0.1)) for _ in range(2)]
    one, other = (_struck(generator, times, duration, sample_rate, varied=0.1, decay=0.02) for times in drips)
    return np.asarray(one + other, np.float64)


def slow_drip(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Let one tap drip evenly: 1.5 to 5 % of scatter, drops alike."""
    times = _paced(generator, duration, generator.uniform(0.3, 1.3), generator.uniform(0.015, 0.05), 0.002)
    return _struck(generator, times, duration, sample_rate, varied=0.1, decay=0.015)


def train(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Roll over joints: pairs of bogies, speed that changes by a few percent, rails that are not alike."""
    joint = _paced(generator, duration, generator.uniform(0.5, 1.6), generator.uniform(0.01, 0.03), 0.004)
    gap = generator.uniform(0.08, 0.2)
    times = np.sort(np.concatenate([joint, joint + gap, joint + 0.45, joint + 0.45 + gap]))
    rumble = np.cumsum(generator.normal(0.0, 1.0, int(duration * sample_rate)))
    rumble -= np.convolve(rumble, np.ones(401) / 401, "same")
    return np.asarray(_struck(generator, times, duration, sample_rate, decay=0.03) + 0.02 * rumble / rumble.std(), np.float64)


def heart(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Beat as a heart: two dull sounds a beat, intervals that breathe by 2 to 8 %."""
    gap = generator.uniform(0.55, 1.1)
    count = int(1.5 * duration / gap) + 3
    breath = generator.uniform(0.01, 0.06) * np.sin(2 * np.pi * gap * generator.uniform(0.15, 0.3) * np.arange(count))
    first = np.cumsum(gap * (1 + breath + generator.normal(0.0, generator.uniform(0.012, 0.03), count)))
    second = first + generator.normal(0.3, 0.006, count)
    return _struck(generator, np.sort(np.concatenate([first, second])), duration, sample_rate, decay=0.03, top=600.0)


def breathing(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Breathe: long swells of noise."""
    times = _paced(generator, duration, generator.uniform(1.2, 4.0), 0.08)
    return _struck(generator, times, duration, sample_rate, decay=0.3, rise=0.2)


def barking(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Bark in series."""
    gaps = generator.uniform(0.3, 0.7) * (1 + generator.normal(0.0, generator.uniform(0.04, 0.15), 60))
    gaps[:: int(generator.integers(3, 8))] += generator.uniform(0.3, 2.0)
    return _struck(generator, np.cumsum(np.maximum(gaps, 0.1)), duration, sample_rate, decay=0.05, rise=0.01, top=2500.0)


def birds(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Sing as a bird: trills of 5 to 25 notes a second that quicken or slacken, with pauses."""
    times, at = [], 0.2
    while at < duration:
        gap, bend = generator.uniform(0.04, 0.2), generator.uniform(-0.02, 0.02)
        for number in range(int(generator.integers(5, 40))):
            at += gap * (1 + bend * number) * (1 + generator.normal(0.0, 0.02)) if abs(bend * number) < 0.8 else gap
            times.append(at)
        at += generator.exponential(0.8)
    return _struck(generator, np.array(times), duration, sample_rate, decay=0.01, rise=0.003, varied=0.2)


def woodpecker(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Drum as a woodpecker: rolls of 10 to 25 strokes at 12 to 20 a second."""
    times, at = [], generator.uniform(0.1, 1.0)
    while at < duration:
        gap, bend = generator.uniform(0.05, 0.085), generator.uniform(-0.012, 0.003)
        for number in range(int(generator.integers(10, 25))):
            at += gap * (1 + bend * number + generator.normal(0.0, 0.02))
            times.append(at)
        at += generator.uniform(1.0, 5.0)
    return _struck(generator, np.array(times), duration, sample_rate, varied=0.2)


def crickets(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Chirp as a cricket: chirps of three or four pulses, 2 to 4 % of scatter."""
    chirps = _paced(generator, duration, generator.uniform(0.3, 0.8), generator.uniform(0.02, 0.04), 0.003)
    pulses = np.arange(int(generator.integers(3, 5))) * 0.022
    return _struck(generator, np.sort((chirps[:, None] + pulses).ravel()), duration, sample_rate, decay=0.008, varied=0.15)


def bouncing(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Drop a ball again and again, each bounce sooner than the last."""
    times, at = [], 0.2
    while at < duration:
        gap, ratio = generator.uniform(0.4, 0.9), generator.uniform(0.75, 0.95)
        while gap > 0.03:
            at += gap
            times.append(at)
            gap *= ratio
        at += generator.uniform(0.3, 1.5)
    return _struck(generator, np.array(times), duration, sample_rate)


def sewing(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Sew under a foot: 4 to 18 stitches a second, the speed walks."""
    gap = 1 / generator.uniform(4.0, 18.0)
    times = _paced(generator, duration, gap, generator.uniform(0.005, 0.02), generator.uniform(0.004, 0.02))
    return _struck(generator, times, duration, sample_rate, decay=0.008, varied=0.15)


def printer(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Print: strokes of the carriage of unlike length, buzzes between them."""
    gaps = generator.uniform(0.4, 1.2) * (1 + generator.uniform(0.03, 0.3) * generator.normal(0.0, 1.0, 60))
    starts = np.cumsum(np.maximum(gaps, 0.1))
    sound = _struck(generator, starts, duration, sample_rate, decay=0.02)
    time = np.arange(sound.size) / sample_rate
    buzz = np.sign(np.sin(2 * np.pi * generator.uniform(80.0, 400.0) * time))
    on = (np.searchsorted(starts, time) % 2).astype(np.float64)
    return sound + 0.03 * buzz * on


def telephone(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Buzz as a telephone on a table, on and off."""
    time = np.arange(int(duration * sample_rate)) / sample_rate
    period, share = generator.uniform(0.5, 3.0), generator.uniform(0.3, 0.7)
    on = (time / period % 1.0) < share
    buzz = np.sin(2 * np.pi * generator.uniform(130.0, 220.0) * time)
    rattle = np.abs(buzz) ** 8 * generator.normal(0.0, 1.0, time.size)
    return np.asarray(on * (0.2 * buzz + 0.2 * rattle) + generator.normal(0.0, 1e-3, time.size), np.float64)


def rain(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Rain on a sheet: drops at any time, many, over a hiss, and a spout that drips."""
    drops = generator.uniform(0.0, duration, generator.poisson(generator.uniform(10.0, 150.0) * duration))
    spout = _paced(generator, duration, generator.uniform(0.2, 1.0), generator.uniform(0.03, 0.2))
    return _struck(generator, np.sort(drops), duration, sample_rate, varied=1.0, decay=0.004) + _struck(
        generator, spout, duration, sample_rate
    )


def rubbing(generator: np.random.Generator, duration: float, sample_rate: float) -> F64:
    """Brush, saw or sweep to and fro: strokes of noise with 3 to 8 % of scatter."""
    times = _paced(generator, duration, generator.uniform(0.15, 0.6), generator.uniform(0.03, 0.08))
    return _struck(generator, times, duration, sample_rate, decay=0.04, rise=0.02)


RHYTHMS: dict[str, Maker] = {
    "clapping": clapping,
    "tapping in time": in_time,
    "hammering": hammering,
    "chopping": chopping,
    "steady typing": keyboard,
    "walking in pairs": walking_pair,
    "two drips": gutter,
    "an even drip": slow_drip,
    "train": train,
    "heart": heart,
    "breathing": breathing,
    "dog": barking,
    "bird": birds,
    "woodpecker": woodpecker,
    "cricket": crickets,
    "bouncing ball": bouncing,
    "sewing machine": sewing,
    "printer": printer,
    "telephone": telephone,
    "rain": rain,
    "brush or saw": rubbing,
}
