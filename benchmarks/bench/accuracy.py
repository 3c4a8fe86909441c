# SPDX-License-Identifier: Apache-2.0
"""Rate, beat error and lock against noise, beat rate, beat error and knocks."""

from concurrent.futures import Executor

import numpy as np

from benchmarks.bench.table import Table
from benchmarks.bench.trial import Outcome, Trial, given, greatest, right, rms, run_all
from sichen.bench import Scene, WatchSound, rate_bound

BASE = WatchSound(28_800, rate=7.3, beat_error=0.6, amplitude=255.0)
NOISES = {20.0: 1.3, 10.0: 1.3, 0.0: 1.3, -4.0: 1.3, -6.0: 2.0, -8.0: 2.0, -10.0: 2.0}
KNOCKS = {"knocks_per_second": 1.5, "knock_level": 4.0}


def tables(executor: Executor, short: bool) -> list[Table]:
    """Run the sweeps."""
    return [
        _noise(executor, 12 if short else 60),
        _faint(executor, 12 if short else 40),
        _jumps(executor, short),
        _lock(executor, 20 if short else 100, 2 if short else 6),
        _beat_rates(executor, 12 if short else 48),
        _beat_errors(executor, short),
        _knocks(executor, 8 if short else 24),
    ]


def _watch(seed: int) -> WatchSound:
    """Make a watch like the base, at a rate that no estimator has as its favourite."""
    generator = np.random.default_rng([seed, 77])
    return WatchSound(28_800, rate=generator.uniform(-30.0, 30.0), beat_error=0.6, amplitude=255.0)


def _noise(executor: Executor, seeds: int) -> Table:
    table = Table(f"Rate over 30 s, 28 800 beats per hour, 255°, beat error 0.6 ms, white noise, {seeds} recordings each")
    everything: list[Outcome] = []
    for snr, factor in NOISES.items():
        trials = [Trial(_watch(seed), Scene(snr_db=snr), seed=seed) for seed in range(seeds)]
        outcomes = run_all(executor, trials)
        bound = rate_bound(BASE, duration=30.0, snr_db=snr)
        error = rms([outcome.rate for outcome in outcomes])
        if snr == 20.0:
            table.limit("20 dB: rate, RMS error", error, 0.010, "s/d", digits=4)
        table.limit(f"{snr:g} dB: rate, RMS error / bound {bound:.4f} s/d", error / bound, factor, digits=2)
        ratio = float(np.mean([outcome.rate_u for outcome in outcomes])) / error
        table.note(f"{snr:g} dB: mean u / RMS error", f"{ratio:.2f}", "near 1")
        everything += outcomes
        _beat_error_row(table, snr, outcomes)
    _coverage(table, everything)
    return table


def _coverage(table: Table, outcomes: list[Outcome]) -> None:
    """95.4 % of normal errors lie within 2 u; all noises are pooled, or the share itself would be too uncertain."""
    inside = sum(abs(outcome.rate) <= 2.0 * outcome.rate_u for outcome in outcomes)
    table.share("all noises: rate within 2 u", inside, len(outcomes), 0.90)


def _faint(executor: Executor, seeds: int) -> Table:
    """Count errors within u and 2 u: of normal ones 68 % and 95 %; the limits leave room for the chance of so few."""
    table = Table(f"Uncertainties of faint watches, 30 s, {seeds} recordings each")
    for snr in (-8.0, -12.0):
        trials = [Trial(_watch(500 + seed), Scene(snr_db=snr), seed=500 + seed) for seed in range(seeds)]
        outcomes = run_all(executor, trials)
        for name, ratios in (
            ("rate", [abs(o.rate) / o.rate_u for o in outcomes]),
            ("beat error", [abs(o.beat_error) / o.beat_error_u for o in outcomes]),
        ):
            for reach, least in ((1, 0.5), (2, 0.83)):
                what = f"{snr:g} dB: {name} within {reach} u"
                table.share(what, sum(ratio <= reach for ratio in ratios), len(ratios), least)
    return table


def _jumps(executor: Executor, short: bool) -> Table:
    """Lose some samples once in a minute of sound."""
    lost = (0.1, 3.0, 10.0, 62.5) if short else (0.1, 1.0, 3.0, 10.0, 30.0, 62.5, 100.0)
    places = (16.0, 45.0) if short else (5.0, 16.0, 31.0, 45.0)
    trials = [
        Trial(WatchSound(28_800, rate=5.0, beat_error=0.6, amplitude=270.0), Scene(snr_db=15.0), 60.0, seed=3, lost=(at, gone))
        for gone in lost
        for at in places
    ]
    outcomes = run_all(executor, trials)
    table = Table("A minute of which 0.1 to 100 ms are cut out, 28 800 beats per hour, 270°, 15 dB")
    table.none("refused", [o.text() for o in outcomes if not o.locked], len(outcomes))
    table.limit("rate, greatest error", greatest(o.rate for o in outcomes), 0.02, "s/d")
    table.limit("rate, greatest error / u", greatest(o.rate / o.rate_u for o in outcomes), 4.0, digits=1)
    table.limit("beat error at drop, greatest error", greatest(given(o.beat_error for o in outcomes)), 0.01, "ms")
    amplitudes = given(o.amplitude for o in outcomes)
    table.limit("amplitude, greatest error", greatest(amplitudes), 0.5, "°")
    table.share("amplitude given", len(amplitudes), len(outcomes), 0.8)
    return table


def _beat_error_row(table: Table, snr: float, outcomes: list[Outcome]) -> None:
    for name, errors in (
        ("drop", [outcome.beat_error for outcome in outcomes]),
        ("unlock", given(outcome.beat_error_unlock for outcome in outcomes)),
    ):
        what = f"{snr:g} dB: beat error at {name}, RMS error"
        if snr >= 0.0 and (name == "drop" or errors):
            table.limit(what, rms(errors), 0.005, "ms", digits=4)
        else:
            table.note(what, f"{rms(errors):.4f} ms" if errors else "refused")


def _lock(executor: Executor, seeds: int, long_seeds: int) -> Table:
    table = Table("Lock on beats deep in noise, 28 800 beats per hour")
    for snr, duration, count, least in (
        (-12.0, 32.0, seeds, 0.99),
        (-15.0, 32.0, seeds, 0.90),
        (-20.0, 600.0, long_seeds, 0.9),
    ):
        trials = [Trial(_watch(seed), Scene(snr_db=snr), duration, seed=1000 + seed) for seed in range(count)]
        outcomes = run_all(executor, trials)
        table.share(f"{snr:g} dB, {duration:g} s: locked at the right rate", sum(map(right, outcomes)), count, least)
        wrong = [outcome.text() for outcome in outcomes if outcome.locked and not right(outcome)]
        table.none(f"{snr:g} dB, {duration:g} s: wrong reading", wrong, count)
        errors = [outcome.rate for outcome in outcomes if right(outcome)]
        if snr == -12.0:
            table.limit(f"{snr:g} dB, {duration:g} s: rate, RMS error", rms(errors), 0.2, "s/d")
        else:
            table.note(f"{snr:g} dB, {duration:g} s: rate, RMS error", f"{rms(errors):.3f} s/d")
    return table


def _beat_rates(executor: Executor, count: int) -> Table:
    generator = np.random.default_rng(5)
    listed = [
        3_600.0,
        5_400.0,
        12_000.0,
        14_400.0,
        16_200.0,
        18_000.0,
        19_800.0,
        21_600.0,
        25_200.0,
        28_800.0,
        36_000.0,
        43_200.0,
        72_000.0,
    ]
    drawn = np.exp(generator.uniform(np.log(3_600.0), np.log(72_000.0), count)).tolist()
    trials = [
        Trial(WatchSound(beats, rate=11.0, beat_error=0.3, amplitude=260.0), Scene(snr_db=15.0), seed=seed)
        for seed, beats in enumerate([*listed, *drawn])
    ]
    outcomes = run_all(executor, trials)
    table = Table("Any beat rate from 3 600 to 72 000 per hour, listed or not, 30 s at 15 dB")
    missed = [outcome.text() for outcome in outcomes if not right(outcome)]
    table.none("beat interval missed or wrong", missed, len(outcomes))
    ratios = [o.rate / rate_bound(o.trial.watch, duration=30.0, snr_db=15.0) for o in outcomes if right(o)]
    worst = greatest(ratios)
    table.note("worst rate error / bound", f"{worst:.1f}", "3 in 60 are expected above 2")
    return table


def _beat_errors(executor: Executor, short: bool) -> Table:
    values = [-20.0, -8.0, -0.05, 0.0, 0.6, 3.0, 12.0, 20.0] if short else np.linspace(-20.0, 20.0, 41).tolist()
    trials = [
        Trial(
            WatchSound(28_800, rate=3.0, beat_error=value, amplitude=270.0, lift_difference=lift), Scene(snr_db=20.0), seed=seed
        )
        for seed, value in enumerate(values)
        for lift in (0.0, 4.0)
    ]
    outcomes = run_all(executor, trials)
    table = Table("Beat error from -20 to 20 ms, pallets alike and 4° unlike, 30 s at 20 dB")
    table.none(
        "beat interval missed or wrong",
        [f"{o.trial.watch.beat_error:g} ms: interval × {1.0 + o.interval:.4f}" for o in outcomes if not right(o)],
        len(outcomes),
    )
    table.limit("at drop, greatest error", greatest(outcome.beat_error for outcome in outcomes), 0.005, "ms", digits=4)
    unlock = given(outcome.beat_error_unlock for outcome in outcomes)
    table.limit("at unlock, greatest error", greatest(unlock), 0.005, "ms", digits=4)
    table.share("at unlock, given", len(unlock), len(outcomes), 0.9)
    return table


def _knocks(executor: Executor, seeds: int) -> Table:
    outcomes = run_all(
        executor,
        [Trial(_watch(seed), Scene(snr_db=20.0, **KNOCKS), seed=seed) for seed in range(seeds)],  # type: ignore[arg-type]
    )
    table = Table("Knocks of 4 × the tick, 1.5 a second, 30 s at 20 dB")
    table.limit("rate, greatest error", greatest(outcome.rate for outcome in outcomes), 0.05, "s/d")
    amplitudes = given(outcome.amplitude for outcome in outcomes)
    table.limit("amplitude, greatest error", greatest(amplitudes), 1.0, "°", digits=2)
    table.share("amplitude given", len(amplitudes), len(outcomes), 0.9)
    return table
