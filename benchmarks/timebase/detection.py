# SPDX-License-Identifier: Apache-2.0
"""M2: how long a source may run away before it is found, how often honest ones are accused, how far clients are moved.

Three network sources, polled each 16 s, jitter the half difference of two exponentials of 20 µs (14.1 µs), an oscillator
of q2 = 1e-24. The jitter is learned, not told. Alarms are counted on fresh simulated years.
"""

import numpy as np

from benchmarks.stability.table import row
from sichen.timebase import ClockModel, Observer, Oscillator, Traits, read_situation, simulate, simulate_phase
from sichen.timebase.clockmodel import Array
from sichen.timebase.detector import THRESHOLD, watch_many

TICK, BEGIN = 16.0, 2700
MODEL = ClockModel(1e-22, 1e-24)
YEAR = 365.25 * 86400.0
FIRST_SEED = 610_000

SITUATION = """
title = "one of three runs away by {ramp}"
seed = {seed}
hours = 17
[[source]]
name = "A"
u = 1e-6
jitter = 14.1e-6
noise = "exponential"
[[source.event]]
fault = "ramp"
begin = 12
value = {ramp}
[[source]]
name = "B"
u = 1e-6
jitter = 14.1e-6
noise = "exponential"
[[source]]
name = "C"
u = 1e-6
jitter = 14.1e-6
noise = "exponential"
[[limit]]
measure = "detection"
source = "A"
value = 1e9
begin = 12
[[limit]]
measure = "displaced"
value = 25e-6
begin = 12
"""


def detection(*, short: bool) -> int:
    """Print times to detection through the whole arbiter, and false alarms of the detector."""
    count = 8 if short else 60
    print(f"\nM2 detection of one liar of three, {count} attacks a row, through the arbiter")
    missed = 0
    for ramp, limit in ((1e-8, 2300.0), (1e-7, 500.0)):
        runs = [simulate(read_situation(SITUATION.format(ramp=ramp, seed=FIRST_SEED + k))) for k in range(count)]
        times = [run.limits[0].value if run.limits[0].value is not None else np.inf for run in runs]
        moved = max(run.limits[1].value or np.inf for run in runs)
        note = f"median {np.median(times):.0f} s"
        missed += row(
            f"ramp {ramp:g}: 95th percentile of the time to rejection", float(np.quantile(times, 0.95)), limit, "s", note=note
        )
        missed += row(f"ramp {ramp:g}: clients displaced at most", moved, 25e-6, "s")
    return missed + _false_alarms(0.1 if short else 3.0)


def _false_alarms(years: float) -> int:
    print(f"\nM2 false alarms of the detector in {years:g} simulated years of three honest sources")
    found = peak = 0.0
    piece = min(years, 0.25)
    for k in range(round(years / piece)):
        worst = _watch(round(piece * YEAR / TICK), FIRST_SEED * 3 + k)
        above = worst > THRESHOLD
        # The arbiter acts on what lasts three ticks; one alarm counts once while it stands.
        lasting = above[2:] & above[1:-1] & above[:-2]
        found += int(np.sum(np.diff(lasting.astype(np.int8)) > 0))
        peak = max(peak, float(worst.max()))
    return row("alarms", found, max(years / 3.0, 0.99), note=f"greatest value {peak:.2f}, threshold {THRESHOLD}")


def _watch(ticks: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    kind = Oscillator("x", MODEL.q1, MODEL.q2, 0.0, 0.0, 0.0, 0.0, {}, "", verified=True)
    truth = -simulate_phase(kind, count=ticks, interval=TICK, seed=rng, offset=0.0)
    values = truth[:, None] + rng.exponential(1e-5, (ticks, 3)) - rng.exponential(1e-5, (ticks, 3))
    observer = Observer(MODEL, [Traits(1e-6, 14.1e-6)] * 3, drift_spread=1e-15)
    observer.begin(0.0, 0.0, 1e-5)
    return watch_many(observer, values, interval=TICK)
