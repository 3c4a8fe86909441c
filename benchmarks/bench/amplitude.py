# SPDX-License-Identifier: Apache-2.0
"""Amplitude from 80° to 340° at every beat rate and sample rate: right, or refused, never wrong."""

from concurrent.futures import Executor
from itertools import product

import numpy as np

from benchmarks.bench.table import Table
from benchmarks.bench.trial import Outcome, Trial, given, greatest, rms, run_all
from sichen.bench import Scene, WatchSound, escapement

BEATS = (14_400.0, 18_000.0, 21_600.0, 25_200.0, 28_800.0, 36_000.0, 43_200.0, 72_000.0)
AMPLITUDES = (80.0, 110.0, 140.0, 180.0, 220.0, 260.0, 300.0, 340.0)
SAMPLE_RATES = (22_050.0, 44_100.0, 48_000.0, 96_000.0)
ODD_LEVELS = {
    "weak unlock, 5 % of the drop": (0.05, 0.35, 1.0),
    "weak unlock, 2 % of the drop": (0.02, 0.35, 1.0),
    "no unlock": (0.0, 0.35, 1.0),
    "no impulse": (0.25, 0.0, 1.0),
    "impulse louder than drop": (0.25, 1.3, 1.0),
    "all three alike": (0.9, 0.9, 1.0),
    "drop weaker than unlock": (1.0, 0.5, 0.5),
}
WRONG = 1.0
DROP_RESONANCE = escapement("swiss_lever").resonance[2]


def tables(executor: Executor, short: bool) -> list[Table]:
    """Run the sweeps."""
    return [_clean(executor, short), _odd(executor, short), _noisy(executor, 8 if short else 40), _patterns(executor, short)]


def wrong(outcome: Outcome) -> bool:
    """Tell whether an amplitude was given that is off by more than 1° and four of its own uncertainties."""
    return abs(outcome.amplitude) > max(WRONG, 4.0 * outcome.amplitude_u)


def _clean(executor: Executor, short: bool) -> Table:
    grid = list(product(BEATS, AMPLITUDES, SAMPLE_RATES))
    if short:
        grid = grid[::5]
    trials = [
        Trial(
            WatchSound(beats, rate=4.0, beat_error=0.4 * 28_800 / beats, amplitude=amplitude),
            Scene(snr_db=20.0),
            20.0,
            sample_rate,
            seed,
        )
        for seed, (beats, amplitude, sample_rate) in enumerate(grid)
    ]
    outcomes = run_all(executor, trials)
    table = Table("Amplitude, 14 400 to 72 000 beats × 80 to 340° × 22.05 to 96 kHz, 20 s at 20 dB")
    for sample_rate in SAMPLE_RATES:
        _clean_rows(table, sample_rate, [o for o in outcomes if o.trial.sample_rate == sample_rate])
    return table


def _clean_rows(table: Table, sample_rate: float, outcomes: list[Outcome]) -> None:
    """At 22.05 kHz the resonance of the drop, 11.9 kHz, lies beyond the recorder's band: many may be refused."""
    name = f"{sample_rate / 1e3:g} kHz"
    errors = given(outcome.amplitude for outcome in outcomes)
    if sample_rate > 2.0 * DROP_RESONANCE:
        table.share(f"{name}: given", len(errors), len(outcomes), 0.95)
    else:
        table.note(f"{name}: given", f"{len(errors)} of {len(outcomes)}")
    table.limit(
        f"{name}: 95 % of errors below", float(np.quantile(np.abs(errors), 0.95)) if errors else 0.0, 0.3, "°", digits=2
    )
    table.none(f"{name}: wrong instead of refused", [o.text() for o in outcomes if wrong(o)], len(outcomes))
    inside = sum(abs(o.amplitude) <= 2.0 * o.amplitude_u for o in outcomes)
    table.share(f"{name}: within 2 u", inside, len(errors), 0.88)


def _odd(executor: Executor, short: bool) -> Table:
    table = Table("Amplitude of watches whose sounds are not as in the book, 20 s at 25 and 10 dB")
    for name, levels in ODD_LEVELS.items():
        trials = [
            Trial(
                WatchSound(beats, rate=4.0, beat_error=0.4, amplitude=amplitude, levels=(levels, levels)),
                Scene(snr_db=snr),
                20.0,
                seed=seed,
            )
            for seed, (beats, amplitude, snr) in enumerate(product(BEATS[1::2], AMPLITUDES[:: 3 if short else 1], (25.0, 10.0)))
        ]
        outcomes = run_all(executor, trials)
        table.none(f"{name}: wrong instead of refused", [o.text() for o in outcomes if wrong(o)], len(outcomes))
        table.note(f"{name}: given", f"{len(given(o.amplitude for o in outcomes))} of {len(outcomes)}")
    return table


def _noisy(executor: Executor, seeds: int) -> Table:
    table = Table(f"Amplitude in noise, 28 800 beats, 200 to 320°, 30 s, {seeds} recordings each")
    for snr in (15.0, 10.0, 5.0, 0.0, -4.0, -8.0):
        trials = [
            Trial(
                WatchSound(28_800, rate=4.0, beat_error=0.2, amplitude=200.0 + 120.0 * seed / seeds),
                Scene(snr_db=snr),
                seed=seed,
            )
            for seed in range(seeds)
        ]
        outcomes = run_all(executor, trials)
        errors = given(o.amplitude for o in outcomes)
        table.none(f"{snr:g} dB: wrong instead of refused", [o.text() for o in outcomes if wrong(o)], seeds)
        table.note(f"{snr:g} dB: given, RMS error", f"{len(errors)} of {seeds}, {rms(errors):.2f}°")
    return table


def _patterns(executor: Executor, short: bool) -> Table:
    table = Table("Other escapements, rooms and recorders, 20 s at 20 dB")
    scenes = {
        "reverberation 0.3 s": Scene(snr_db=20.0, reverberation=0.3),
        "telephone": Scene(snr_db=20.0, colour="phone"),
        "contact pickup": Scene(snr_db=20.0, colour="contact"),
        "automatic gain": Scene(snr_db=20.0, automatic_gain=True),
        "clipped at half the drop": Scene(snr_db=20.0, clip_at=0.5),
        "8 bits": Scene(snr_db=20.0, bits=8),
    }
    swings = (150.0, 250.0) if short else (120.0, 160.0, 200.0, 240.0, 280.0, 320.0)
    for name, scene in scenes.items():
        _pattern_rows(
            table,
            name,
            run_all(
                executor,
                [Trial(WatchSound(rate=4.0, beat_error=0.3, amplitude=a), scene, 20.0, seed=i) for i, a in enumerate(swings)],
            ),
        )
    for name, beats, lift in (("pin_lever", 18_000, 45.0), ("cylinder", 18_000, 40.0), ("coaxial", 25_200, 38.0)):
        watches = [WatchSound(beats, rate=4.0, beat_error=0.3, amplitude=a, lift_angle=lift, escapement=name) for a in swings]
        _pattern_rows(
            table, name, run_all(executor, [Trial(w, Scene(snr_db=20.0), 20.0, seed=i) for i, w in enumerate(watches)])
        )
    return table


def _pattern_rows(table: Table, name: str, outcomes: list[Outcome]) -> None:
    table.limit(f"{name}: rate, greatest error", greatest(o.rate for o in outcomes), 0.1, "s/d")
    table.none(f"{name}: wrong amplitude instead of refused", [o.text() for o in outcomes if wrong(o)], len(outcomes))
