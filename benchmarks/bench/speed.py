# SPDX-License-Identifier: Apache-2.0
"""Speeds, in processor time of this very run: reported, never a gate."""

import time
from collections.abc import Callable
from concurrent.futures import Executor

from benchmarks.bench.reference import plain_reading
from benchmarks.bench.table import Table
from benchmarks.bench.trial import rms
from sichen.bench import Scene, WatchSound, measure, synthesise

WATCH = WatchSound(28_800, rate=7.3, beat_error=0.6, amplitude=255.0)


def tables(_executor: Executor, short: bool) -> list[Table]:
    """Time the measurement and the plain peer on the same recordings, in this process."""
    return [_speed(60.0 if short else 600.0), _side_by_side(4 if short else 20)]


def _speed(duration: float) -> Table:
    table = Table(f"Speed on {duration:g} s at 48 kHz, one core")
    first, _ = synthesise(WATCH, duration=10.0, scene=Scene(snr_db=15.0))
    measure(first)  # the first calls import and compile
    made = time.process_time()
    recording, _ = synthesise(WATCH, duration=duration, scene=Scene(snr_db=15.0))
    table.note("synthesis", f"{duration / (time.process_time() - made):.0f} × real time", "≥ 20 ×")
    ours = _seconds(lambda: measure(recording))
    peer = _seconds(lambda: plain_reading(recording))
    table.note("measurement", f"{duration / ours:.0f} × real time", "≥ 500 ×")
    table.note("plain numpy peer", f"{duration / peer:.0f} × real time")
    table.note("ratio to the peer", f"{peer / ours:.1f}")
    return table


def _seconds(work: Callable[[], object]) -> float:
    """Best of three in processor time: other programs on the machine only ever add."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _side_by_side(seeds: int) -> Table:
    table = Table(f"Rate over 32 s beside the plain peer, {seeds} recordings each: RMS error of those read, share read")
    for snr in (20.0, 0.0, -8.0, -12.0, -15.0):
        ours, peers = [], []
        for seed in range(seeds):
            recording, truth = synthesise(WATCH, duration=32.0, scene=Scene(snr_db=snr), seed=500 + seed)
            ours += _error(measure(recording).reading.rate.value, truth.rate)
            found = plain_reading(recording)
            peers += _error(None if found is None else found.rate, truth.rate)
        table.note(f"{snr:g} dB: ours", _text(ours, seeds))
        table.note(f"{snr:g} dB: plain peer", _text(peers, seeds))
    return table


def _error(rate: float | None, truth: float) -> list[float]:
    return [] if rate is None else [rate - truth]


def _text(errors: list[float], seeds: int) -> str:
    return f"{rms(errors):.4f} s/d, {100 * len(errors) // seeds} %"
