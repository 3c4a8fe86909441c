# SPDX-License-Identifier: Apache-2.0
"""What the quartz bench reaches: targets and measured values, from synthesised watches with exact truth."""

import math
import time
from concurrent.futures import Executor

import numpy as np

from benchmarks.bench.table import Row, Table
from sichen.bench.quartz import Pickup, QuartzWatch, measure_quartz, quartz_events, simulate_steps, synthesise_quartz
from sichen.bench.reading import ClockReference
from sichen.bench.signal import Recording

EXACT = ClockReference("typed", 0.0, 0.0)
CYCLE = 1.0 / 32768.0


def rows() -> list[Row]:
    """Measure everything; about a minute."""
    return [*_periods(), _ten_minutes(), *_widths(), _false_readings(), _speed()]


def tables(executor: Executor, short: bool) -> list[Table]:
    """Return the table of the quartz bench; it is short as it is, and runs where it is called."""
    del executor, short
    return [Table("quartz", rows())]


def made(rng: np.random.Generator, period: float) -> QuartzWatch:
    """Make a watch as makers do: a crystal 1 … 10 s/d fast, slowed to −0.1 … +0.5 s/d, steps 20 µs unsteady."""
    crystal = rng.uniform(1.0, 10.0)
    cycles = max(1, int((crystal - rng.uniform(-0.1, 0.5)) * period / 86400 / CYCLE))
    return QuartzWatch(
        crystal_rate=crystal,
        inhibition_period=period,
        inhibition_cycles=cycles,
        inhibition_phase=rng.uniform(),
        jitter=20e-6,
    )


def _periods() -> list[Row]:
    table = []
    for period, count in ((10, 60), (20, 60), (30, 60), (60, 60), (120, 40), (240, 20), (480, 10), (960, 6)):
        rng = np.random.default_rng(period)
        found = []
        for seed in range(count):
            truth = simulate_steps(made(rng, period), duration=2 * period + 2, seed=seed)
            found.append(quartz_events(truth.clock_times, reference=EXACT).inhibition_period.value)
        right, wrong = found.count(period), sum(value not in {period, None} for value in found)
        measured = f"{right} right, {wrong} wrong, {count - right - wrong} refused"
        name = f"inhibition every {period} s, two periods, 20 µs"
        # Twenty steps with jumps of a few σ cannot always be told apart; what cannot is refused, never wrong.
        share = 0.9 if period < 20 else 1.0
        table.append(Row(name, f"{100 * share:.0f} %, 0 wrong", measured, wrong == 0 and right >= share * count))
    return table


def _ten_minutes() -> Row:
    rng = np.random.default_rng(1)
    pulls, widths = [], []
    for seed in range(60):
        watch = made(rng, float(rng.choice([10, 20, 30, 60, 120])))
        rate = quartz_events(simulate_steps(watch, duration=600.0, seed=seed).clock_times, reference=EXACT).rate
        widths.append(rate.u or math.inf)
        pulls.append(((rate.value or math.inf) - watch.net_rate) / widths[-1])
    rms = math.sqrt(float(np.mean(np.square(pulls))))
    measured = f"u {max(widths):.5f}, error / u RMS {rms:.2f}"
    return Row("net rate in 10 min, greatest u in s/d", "≤ 0.005", measured, max(widths) <= 0.005 and 0.75 < rms < 1.25)


def _widths() -> list[Row]:
    table = []
    for hum in (0.0, 4.0):
        worst = 0.0
        for width in (2.9296875e-3, 6.8359375e-3, 7.8125e-3, 15.625e-3, 31.25e-3):
            for chopping in (0.0, 1024.0):
                watch = QuartzWatch(pulse_width=width, chopping=chopping)
                recording, _ = synthesise_quartz(watch, duration=8.0, pickup=Pickup(hum=hum, amplitude=0.1))
                value = measure_quartz(recording).reading.pulse_width.value
                worst = max(worst, abs((value or math.inf) - 1e3 * width))
        name = f"pulse width 2.9 … 31 ms, greatest error, hum × {hum:.0f}"
        table.append(Row(name, "≤ 0.05 ms", f"{worst:.4f} ms", worst <= 0.05))
    return table


def _false_readings() -> Row:
    count, false = 150, 0
    for seed in range(count):
        false += measure_quartz(Recording(_nothing(seed), 16_000.0)).reading.status == "ok"
    return Row(f"false readings in {count} recordings without a watch", "0", str(false), false == 0)


def _nothing(seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Make 12 s of noise, hum, clicks or the ticks of a mechanical watch."""
    rng = np.random.default_rng(seed)
    size = 16_000 * 12
    sound = 10 ** rng.uniform(-4, -1) * rng.standard_normal(size)
    if seed % 3 == 0:
        sound += rng.uniform(0.05, 0.5) * np.sin(2 * np.pi * rng.choice([50.0, 60.0]) / 16_000 * np.arange(size))
    if seed % 3 == 1:
        places = rng.integers(0, size - 200, rng.integers(5, 200))
    else:
        interval = 16_000 * 3600 / rng.choice([18000, 21600, 28800, 36000]) * (1 + rng.uniform(-3e-4, 3e-4))
        number = np.arange(int(size / interval) - 1)
        places = np.rint(100 + number * interval + 1.5 * rng.standard_normal(number.size)).astype(np.int64)
    for place in places:
        sound[place : place + 100] += 0.1 * rng.standard_normal(100) * np.exp(-np.arange(100) / 8)
    return np.clip(sound, -1, 1).astype(np.float32)[:, None]


def _speed() -> Row:
    recording, _ = synthesise_quartz(QuartzWatch(), duration=300.0)
    measure_quartz(recording)
    start = time.process_time()
    measure_quartz(recording)
    speed = 300.0 / (time.process_time() - start)
    return Row("speed at 48 kHz, × real time on one core", "≥ 500", f"{speed:.0f}", None)
