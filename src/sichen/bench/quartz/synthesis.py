# SPDX-License-Identifier: Apache-2.0
"""Recordings of quartz watches as a coil, a plate or a microphone picks them up, with exact truth."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import CYCLE, DAY, quartz_facts
from sichen.bench.quartz.watch import QuartzTruth, QuartzWatch, simulate_steps
from sichen.bench.signal import Recording
from sichen.bench.synthesis_limits import check_limits
from sichen.core import DataError, Message, constant

Floats = npt.NDArray[np.float64]

FINE = 64
"""Points a sample on which the answer to one edge is tabulated."""


@dataclass(frozen=True)
class Pickup:
    """How the watch is listened to.

    Parameters
    ----------
    signal : {"coil", "sound", "crystal", "lcd"}
        Stray field of the motor, sound of the step, tone of the crystal, field of the display.
    amplitude : float in (0, 1]
        Height of an edge, or of the tone, in full scale.
    snr_db : float
        Mean power within the pulse (of the tone, for tones) over the power of the white noise; inf for none.
    hum : float >= 0
        Amplitude of the mains, in units of `amplitude`; its harmonics fall as 1/order.
    hum_frequency : float
        Hz.
    clock_ppm : float
        How fast the sampling clock runs.
    time_constant : float
        L/R of the motor coil, in seconds: how fast the answer to an edge fades.
    rotor : float
        Height of the swing that the rotor induces, in units of `amplitude`.
    lcd_frequency : float
        Hz.
    """

    signal: Literal["coil", "sound", "crystal", "lcd"] = "coil"
    amplitude: float = 0.2
    snr_db: float = 30.0
    hum: float = 0.0
    hum_frequency: float = 50.0
    clock_ppm: float = 0.0
    time_constant: float = 1.0e-3
    rotor: float = 0.15
    lcd_frequency: float = 64.0

    def __post_init__(self) -> None:
        check_limits("pickup", self)


DEFAULT_PICKUP = Pickup()


def synthesise_quartz(
    watch: QuartzWatch,
    *,
    duration: float,
    sample_rate: float = 48_000.0,
    seed: int = 0,
    pickup: Pickup = DEFAULT_PICKUP,
) -> tuple[Recording, QuartzTruth]:
    """Make the recording of a quartz watch.

    Parameters
    ----------
    watch : QuartzWatch
    duration : float > 0
        True seconds.
    sample_rate : float > 0
        Nominal frames a second.
    seed : int
        For noise, jitter and the phase of the hum.
    pickup : Pickup

    Returns
    -------
    Recording
        One channel.
    QuartzTruth

    Raises
    ------
    DataError
        If the crystal is asked for and the sample rate cannot carry 32 768 Hz even as an alias.

    Notes
    -----
    A coil sees the change of the motor current. For a drive u(t) on a coil with L and R that is the drive through
    a high pass of time constant L/R: every edge answers with a jump that fades. The jump is band-limited below
    half the sample rate, so that the place of an edge between two samples is exact.

    Examples
    --------
    >>> recording, truth = synthesise_quartz(QuartzWatch(), duration=2.0, sample_rate=8000.0)
    >>> recording.frames, len(truth.roles)
    (16000, 2)
    """
    truth = simulate_steps(watch, duration=duration, seed=seed, clock_ppm=pickup.clock_ppm)
    frames = round(duration * sample_rate * (1.0 + 1e-6 * pickup.clock_ppm))
    rng = np.random.default_rng([seed, 1])
    if pickup.signal in {"coil", "sound"}:
        clean = (
            _coil(truth, pickup, frames, sample_rate) if pickup.signal == "coil" else _sound(truth, pickup, frames, sample_rate)
        )
        inside = _inside(truth, frames, sample_rate)
        power = float(np.mean(clean[inside] ** 2)) if inside.any() else 0.0
    else:
        clean = _tone(watch, pickup, frames, sample_rate, duration)
        power = float(np.mean(clean**2))
    noise = math.sqrt(power * 10.0 ** (-pickup.snr_db / 10.0)) if math.isfinite(pickup.snr_db) else 0.0
    clean += noise * rng.standard_normal(frames) + _hum(pickup, frames, sample_rate, rng)
    return Recording(np.clip(clean, -1.0, 1.0).astype(np.float32)[:, None], sample_rate), truth


def drive_edges(truth: QuartzTruth) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Return where the drive of the motor jumps (s, sampling clock), by how much, and of which pulse.

    Examples
    --------
    >>> from sichen.bench.quartz import QuartzWatch, simulate_steps
    >>> truth = simulate_steps(QuartzWatch(chopping=0.0, pulse_width=0.005), duration=0.5)
    >>> drive_edges(truth)[1].tolist()
    [1.0, -1.0]
    """
    when: list[Floats] = []
    height: list[Floats] = []
    owner: list[npt.NDArray[np.int64]] = []
    for index, (start, width, duty) in enumerate(zip(truth.clock_times, truth.widths, truth.duties, strict=True)):
        chopped = duty < 1.0 and truth.watch.chopping > 0.0
        length = 1.0 / truth.watch.chopping if chopped else width
        count = max(1, math.ceil(width / length - 1e-9))
        on = np.arange(count) * length
        off = np.minimum(on + (duty if chopped else 1.0) * length, width)
        when.append(start + np.stack([on, off], axis=1).ravel())
        height.append(truth.polarity[index] * np.tile([1.0, -1.0], count))
        owner.append(np.full(2 * count, index, dtype=np.int64))
    if not when:
        return np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)
    return np.concatenate(when), np.concatenate(height), np.concatenate(owner)


def _coil(truth: QuartzTruth, pickup: Pickup, frames: int, sample_rate: float) -> Floats:
    from sichen.bench.quartz.kernels import add_edges

    signal = np.zeros(frames)
    when, height, _ = drive_edges(truth)
    shape, lead = _edge_answer(pickup.time_constant * sample_rate)
    add_edges(signal, when * sample_rate, pickup.amplitude * height, shape, lead, FINE)
    swing, _ = _swing(sample_rate)
    add_edges(signal, truth.clock_times * sample_rate, pickup.amplitude * pickup.rotor * truth.polarity, swing, 0.0, FINE)
    return signal


def _edge_answer(fade: float) -> tuple[Floats, float]:
    """Return the band-limited answer to a unit jump that fades over `fade` samples, and where its jump stands."""
    lead, tail = 24.0, 8.0 * fade
    grid = np.arange(round((lead + tail) * FINE)) / FINE - lead
    wide = np.concatenate([np.arange(-lead, 0.0, 1.0 / FINE), [0.0], np.arange(1.0 / FINE, lead, 1.0 / FINE)])
    kernel = 0.9 * np.sinc(0.9 * wide) * (0.5 + 0.5 * np.cos(np.pi * wide / lead)) / FINE
    jump = np.where(grid >= 0.0, np.exp(-np.maximum(grid, 0.0) / fade), 0.0)
    jump[np.argmin(np.abs(grid))] = 0.5
    from scipy.signal import fftconvolve

    answer: Floats = fftconvolve(jump, kernel, mode="full")[kernel.size // 2 : kernel.size // 2 + grid.size]
    return np.append(answer, answer[-1]), lead


def _swing(sample_rate: float) -> tuple[Floats, float]:
    """Return what the rotor induces while it swings into its new place: slow and damped, from 2 ms on."""
    t = np.arange(round(0.04 * sample_rate * FINE)) / (sample_rate * FINE)
    late = np.maximum(t - 2e-3, 0.0)
    return np.sin(2.0 * np.pi * 180.0 * late) * np.exp(-late / 6e-3) * (1.0 - np.exp(-late / 1e-3)), 0.0


def _sound(truth: QuartzTruth, pickup: Pickup, frames: int, sample_rate: float) -> Floats:
    """Return the ticks of the gears: two resonances, always struck alike."""
    from sichen.bench.quartz.kernels import add_edges

    t = np.arange(round(0.02 * sample_rate * FINE)) / (sample_rate * FINE)
    ring = np.sin(2 * np.pi * 3100.0 * t) * np.exp(-t / 1.5e-3) + 0.5 * np.sin(2 * np.pi * 1900.0 * t) * np.exp(-t / 2.5e-3)
    ring *= 1.0 - np.exp(-t / 2e-4)
    signal = np.zeros(frames)
    add_edges(signal, truth.clock_times * sample_rate, np.full(truth.times.size, pickup.amplitude), ring, 0.0, FINE)
    return signal


def _inside(truth: QuartzTruth, frames: int, sample_rate: float) -> npt.NDArray[np.bool_]:
    inside = np.zeros(frames, dtype=bool)
    for start, width in zip(truth.clock_times, truth.widths, strict=True):
        inside[int(start * sample_rate) : int((start + width) * sample_rate)] = True
    return inside


def _tone(watch: QuartzWatch, pickup: Pickup, frames: int, sample_rate: float, duration: float) -> Floats:
    """Return the tone of the crystal, or the square field of a display, on a clock that is off."""
    crystal = constant("quartz_nominal").value
    nominal = crystal if pickup.signal == "crystal" else pickup.lcd_frequency
    if pickup.signal == "crystal" and sample_rate < crystal:
        raise DataError(Message("bench.quartz.rate_too_low", rate=round(sample_rate)))
    t = np.arange(frames) / (sample_rate * (1.0 + 1e-6 * pickup.clock_ppm))
    grid = np.linspace(0.0, duration + 1.0, max(2, int(duration) + 2))
    cold = watch.temperature + watch.warming * grid / 3600.0 - quartz_facts()["turnover_temperature"].value
    offset = watch.crystal_rate / DAY + quartz_facts()["temperature_coefficient"].value * cold**2
    gained = np.concatenate([[0.0], np.cumsum((offset[1:] + offset[:-1]) / 2.0 * np.diff(grid))])
    shown = t + np.interp(t, grid, gained)
    if pickup.signal == "crystal":
        tone: Floats = pickup.amplitude * np.sin(2.0 * np.pi * nominal * shown)
        return tone
    if watch.inhibition_period:
        # The display stands behind the divider that leaves cycles out.
        length = watch.inhibition_period + watch.inhibition_cycles * CYCLE
        shown -= np.floor(shown / length + watch.inhibition_phase) * watch.inhibition_cycles * CYCLE
    cycles = nominal * shown
    field = np.zeros(frames)
    for order in range(1, int(0.4 * sample_rate / nominal) + 1, 2):
        if order > 41:  # noqa: PLR2004 - the segments of a display round the edges off
            break
        field += np.sin(2.0 * np.pi * order * cycles) / order
    return pickup.amplitude * field


def _hum(pickup: Pickup, frames: int, sample_rate: float, rng: np.random.Generator) -> Floats:
    if not pickup.hum:
        return np.zeros(frames)
    t = np.arange(frames) / sample_rate
    cycles = pickup.hum_frequency * t + 97.0 / (2.0 * np.pi) * (0.02 - 0.02 * np.cos(2.0 * np.pi * t / 97.0))
    total = np.zeros(frames)
    for order, phase in zip((1, 2, 3, 4, 5, 7, 9, 11, 13, 17, 19, 23), rng.uniform(0.0, 2.0 * np.pi, 12), strict=True):
        if order * pickup.hum_frequency < 0.45 * sample_rate:
            total += np.sin(2.0 * np.pi * order * cycles + phase) / order
    return pickup.amplitude * pickup.hum * total
