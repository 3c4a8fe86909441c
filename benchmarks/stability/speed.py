# SPDX-License-Identifier: Apache-2.0
"""Processor time on one core, beside allantools and ntpstats on the same record in the same run."""

import os
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.stability.table import once, processor_time, row
from sichen.stability import PhaseSeries, RunningStability, deviations
from sichen.stability.every import EVERY, every_moments
from sichen.stability.families import statistic

# Without intervals both sides are near the speed of memory; the goal of five times is for results with intervals.
LEAST = 1.5
SIX = ("oadev", "mdev", "tdev", "ohdev", "totdev", "mtie")


def speed(*, short: bool) -> int:
    """Print the tables of speed."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    n = 100_000 if short else 1_000_000
    x = np.random.default_rng(1).standard_normal(n).cumsum() * 1e-9
    series = PhaseSeries.from_phase(x, tau0=1.0)
    missed = _six(series, short=short) + _each(series)
    missed += _every(series, short=short) + _totals(series, short=short)
    return missed + _streams()


def _six(series: PhaseSeries, *, short: bool) -> int:
    print(f"\nSix statistics with 68 % and 95 % intervals, octave, N = {series.size}, CPU")

    def ours() -> None:
        for name in SIX:
            deviations(series, name, confidence=0.683).bounds(0.95)

    mine = processor_time(ours)
    missed = row("ours, noise identified, both intervals", mine, 0.15 if short else 0.5, "s")
    overhead = processor_time(lambda: deviations(series, "oadev")) - processor_time(
        lambda: deviations(series, "oadev", alpha=0)
    )
    print(f"  {'of which noise identification, one statistic':58} {1e3 * overhead:11.4g} ms")
    peer = _ntpstats_six(series.phase)
    return missed + row("ntpstats, one interval, over ours", peer / mine, 5.0, "×", note=f"{peer:.3g} s", least=True)


def _ntpstats_six(x: np.ndarray) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ntpstats.stability import compute

        def job() -> None:
            for name in ("oadev", "mdev", "tdev", "hdev", "totdev", "mtie"):
                compute(x, 1.0, name, taus="octave", ci=0.683)

        return processor_time(job, repeat=1)


def _each(series: PhaseSeries) -> int:
    print(f"\nOne statistic without interval, octave, N = {series.size}, CPU: allantools over ours")
    import allantools

    missed = 0
    for name in ("oadev", "mdev", "ohdev", "totdev"):
        row_ = statistic(name)
        factors = np.int64(1) << np.arange(row_.reach(series.size).bit_length())
        mine = processor_time(partial(row_.moments, series.phase, factors))
        theirs = processor_time(_allantools(getattr(allantools, name), series.phase), repeat=1)
        note = f"ours {1e3 * mine:.3g} ms, allantools {1e3 * theirs:.4g} ms"
        missed += row(name, theirs / mine, LEAST, "×", note=note, least=True)
    return missed


def _allantools(function: Callable[..., object], x: np.ndarray) -> Callable[[], object]:
    return lambda: function(x, rate=1.0, data_type="phase", taus="octave")


def _every(series: PhaseSeries, *, short: bool) -> int:
    print(f"\nEvery averaging factor, N = {series.size}, CPU")
    missed = 0
    for name, limit in (("oadev", 3.0), ("ohdev", 6.0), ("mdev", 8.0)):
        factors = np.arange(1, statistic(name).reach(series.size) + 1)
        seconds = once(partial(every_moments, series.phase, factors, EVERY[name]))
        missed += row(f"{name}, {factors.size} factors", seconds, limit / (5 if short else 1), "s")
    seconds = once(partial(deviations, series, "oadev", taus="all"))
    print(f"  {'oadev with noise and intervals':58} {seconds:11.4g} s")
    return missed


def _totals(series: PhaseSeries, *, short: bool) -> int:
    missed = 0
    for n in (100_000,) if short else (100_000, 1_000_000):
        print(f"\nExact total statistics, octave, N = {n}, CPU (allantools: hours; ntpstats samples them)")
        part = PhaseSeries.from_phase(series.phase[:n], tau0=1.0)
        for name in ("mtotdev", "ttotdev", "htotdev", "theo1"):
            seconds = once(partial(deviations, part, name, bias="raw"))
            missed += row(name, seconds, 2.0 if n == 100_000 else 20.0, "s")
    return missed


def _streams() -> int:
    print("\nStreaming: 1000 watches at 8 samples a second, 12 octaves, five statistics each")
    running = RunningStability(tau0=0.125, octaves=12, clocks=1000)
    samples = np.random.default_rng(2).standard_normal((1000, 80)).cumsum(axis=1) * 1e-6
    running.push(samples[:, :8])
    start = time.process_time()
    for first in range(0, 80, 8):
        running.push(samples[:, first : first + 8])
    used = (time.process_time() - start) / 10.0
    return row("share of one core", used, 1.0, "s/s", note=f"{8000 / used:.3g} samples a second")
