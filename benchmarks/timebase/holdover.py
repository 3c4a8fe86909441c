# SPDX-License-Identifier: Apache-2.0
"""M1: a day of holdover after four days of readings, noise learned, beside the optimal predictor that knows it.

The seeds start at 300 000; tuning used none above 10 000. The peer is chronyd's way of predicting, a
straight line through the last 17 minutes, on the same noise; chronyd itself under clknetsim was measured elsewhere on ten
oscillators of each class, and its published figures are printed beside. Half of those figures is less than what the
classes' own noise adds in a day after the last reading, so no predictor can reach it in the mean over many clocks: the
table prints that bound, the square root of q1 T + q2 T³/3, as a share of chronyd's figure, and judges the line instead.
"""

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.stability.table import row
from sichen.timebase import learn_holdover, oscillator, simulate_phase, track, true_model

INTERVAL, TRAINING, HORIZON = 60.0, 5760, 1440
READING = 20e-9 / math.sqrt(60.0)
FIRST_SEED = 300_000
CHRONYD = {"OCXO": 8.45e-6, "TCXO": 424e-6}  # 24 h error RMS, chrony 4.8-dev under clknetsim, 10 oscillators, 3 d training
LINE = 17  # minutes


@dataclass(frozen=True)
class Errors:
    """Errors after a day, of three predictors on the same clocks, and how many were inside three uncertainties."""

    ours: float
    optimal: float
    line: float
    inside: float


def holdover(*, short: bool) -> int:
    """Print the table of holdover errors."""
    count = 12 if short else 100
    print(f"\nM1 holdover of 24 h, RMS of {count} fresh clocks a row, four days of training")
    missed = 0
    # The ratio of two root mean squares of paired errors scatters by about 0.3/√n.
    slack = 0.0 if count >= 100 else 0.3 / math.sqrt(count)
    for name in ("TCXO", "OCXO", "DOCXO", "Rb", "flicker"):
        for ageing in (None, 0.0):
            found = _errors(name, ageing, count)
            words = f"{name}{', no drift' if ageing == 0.0 else ''}"
            note = f"ours {1e6 * found.ours:.4g} µs, optimal {1e6 * found.optimal:.4g}, line of 17 min {1e6 * found.line:.4g}"
            missed += row(f"{words}: ours / optimal", found.ours / found.optimal, 1.10 + slack, note=note)
            missed += row(f"{words}: inside 3 u", found.inside, 0.997 - 3 * math.sqrt(0.003 / count), least=True)
            if ageing is None and name in CHRONYD:
                missed += row(f"{words}: ours / line of 17 min", found.ours / found.line, 0.60 + slack)
                bound = math.sqrt(oscillator(name).model().noise(HORIZON * INTERVAL)[0, 0])
                print(
                    f"  {'':12} chronyd's published {1e6 * CHRONYD[name]:.3g} µs: ours is {found.ours / CHRONYD[name]:.2f} of it, "
                    f"the noise of the day alone {bound / CHRONYD[name]:.2f}; 0.50 is below the bound"
                )
    return missed + _warm(count)


def _errors(name: str, ageing: float | None, count: int) -> Errors:
    kind = oscillator(name)
    model = true_model(kind)
    known = 0.0 if ageing == 0.0 else 1e-6 / 86400
    errors = np.zeros((count, 3))
    inside = 0
    for k in range(count):
        full = simulate_phase(kind, count=TRAINING + HORIZON, interval=INTERVAL, seed=FIRST_SEED + k, ageing=ageing)
        z = full[:TRAINING] + np.random.default_rng(FIRST_SEED * 7 + k).normal(0.0, READING, TRAINING)
        told = learn_holdover(z, interval=INTERVAL).predict(HORIZON * INTERVAL)
        best = track(model, z, interval=INTERVAL, reading=READING**2, drift_spread=known).state
        line = np.polyval(np.polyfit(np.arange(LINE), z[-LINE:], 1), LINE - 1 + HORIZON)
        ahead = float(best.after(HORIZON * INTERVAL, model).mean[0])
        errors[k] = np.array([told.time_error, ahead, line]) - full[-1]
        inside += abs(errors[k, 0]) <= 3 * told.u
    ours, optimal, straight = np.sqrt(np.mean(errors**2, axis=0))
    return Errors(float(ours), float(optimal), float(straight), inside / count)


def _warm(count: int) -> int:
    """Hold over an OCXO in a room that swings by 5 K, its temperature measured, beside the predictor that knows its noise."""
    kind = oscillator("OCXO")
    warmth = 5.0 * np.sin(2 * np.pi * np.arange(TRAINING + HORIZON - 1) / 1440.0 + 1.0)
    heat, later = warmth[: TRAINING - 1] * INTERVAL, float(np.sum(warmth[TRAINING - 1 :]) * INTERVAL)
    errors = []
    for k in range(count):
        full = simulate_phase(kind, count=TRAINING + HORIZON, interval=INTERVAL, seed=2 * FIRST_SEED + k, temperature=warmth)
        z = full[:TRAINING] + np.random.default_rng(FIRST_SEED * 9 + k).normal(0.0, READING, TRAINING)
        told = learn_holdover(z, interval=INTERVAL, heat=heat).predict(HORIZON * INTERVAL, heat=later)
        model = kind.model(heated=True)
        best = track(model, z, interval=INTERVAL, reading=READING**2, heat=heat).state
        ahead = float(best.after(HORIZON * INTERVAL, model, heat=later).mean[0])
        errors.append((told.time_error - full[-1], ahead - full[-1]))
    ours, optimal = np.sqrt(np.mean(np.square(errors), axis=0))
    slack = 0.0 if count >= 100 else 0.3 / math.sqrt(count)
    note = f"ours {1e6 * ours:.4g} µs, optimal {1e6 * optimal:.4g}"
    return row("OCXO, temperature measured: ours / optimal", float(ours / optimal), 1.10 + slack, note=note)
