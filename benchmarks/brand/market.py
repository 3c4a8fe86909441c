# SPDX-License-Identifier: Apache-2.0
"""A market with known truth: planted specification and brand values recovered, and how often intervals cover them."""

import math

import numpy as np

from benchmarks.brand.table import row
from sichen.brand import Hedonic, fit_hedonic, read_listings

BRANDS = {"Alpha": 0.30, "Beta": -0.10, "Gamma": -0.20}
SLOPES = {"water": 0.02, "reserve": 0.004}


def market(*, short: bool) -> int:
    """Print the table of recovery."""
    print("\nHedonic price, planted truth")
    found = _fit(20_000, seed=1)
    brand = max(abs((1 + one.premium) / math.exp(BRANDS[one.name]) - 1) for one in found.brands)
    slopes = max(abs(one.value / SLOPES[one.name] - 1) for one in found.specifications)
    missed = row("brand values, worst", 100 * brand, 5.0, "%") + row("specification values, worst", 100 * slopes, 5.0, "%")
    runs = 200 if short else 1000
    lists = [_fit(120, seed=seed) for seed in range(runs)]
    inside = np.mean([one.low <= math.expm1(BRANDS[one.name]) <= one.high for fit in lists for one in fit.brands])
    limit = 100 * 3 * math.sqrt(0.0475 / runs)
    return missed + row("95 % intervals of a premium, distance from 95 %", 100 * abs(float(inside) - 0.95), limit, "pts")


def _fit(rows: int, *, seed: int) -> Hedonic:
    generator = np.random.default_rng(seed)
    names = generator.choice(list(BRANDS), rows)
    water, reserve = generator.choice([3, 5, 10, 20], rows), generator.integers(36, 80, rows)
    effect = np.array([BRANDS[name] for name in names])
    prices = np.exp(7 + effect + SLOPES["water"] * water + SLOPES["reserve"] * reserve + 0.15 * generator.standard_normal(rows))
    lines = [f"{name},{price:.6f},{w},{r}" for name, price, w, r in zip(names, prices, water, reserve, strict=True)]
    return fit_hedonic(read_listings("\n".join(["brand,price,water,reserve", *lines])))
