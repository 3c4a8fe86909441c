# SPDX-License-Identifier: Apache-2.0
"""Industries whose truth is known: reports without a mistake, and brands whose structure is known to the last yuan."""

import math
import random
from dataclasses import dataclass

import numpy as np

from sichen.industry import BrandSales, StructureBounds, structure_bounds
from sichen.industry.bounds import widened

RECEIPTS, REVENUE_U, TOTAL_U = 100, 0.03, 0.02
SIGMA = (0.2, 0.8)
EDGES = (2000.0, 10_000.0)


@dataclass(frozen=True)
class Trial:
    """A synthetic industry: the true shares of high, mid and low, and the bounds found for them."""

    truth: tuple[float, float, float]
    bounds: StructureBounds

    @property
    def covered(self) -> bool:
        """Whether all three bounds hold the truth."""
        pairs = zip(self.truth, self.bounds.shares.values(), strict=True)
        return all(low - 1e-12 <= true <= high + 1e-12 for true, (low, high) in pairs)


def industry(seed: int, *, brands: int = 25) -> Trial:
    """Make brands with log-normal prices, publish noisy figures of the larger ones, and bound the structure by these.

    Each brand has 100 receipts, its revenue is known to 3 %, all own-brand sales to 2 %; a fifth of the sales belongs to
    brands that publish nothing. The spread of prices is only known to lie between 0.2 and 0.8.
    """
    dice = np.random.default_rng(seed)
    mean = np.exp(dice.uniform(math.log(100), math.log(30_000), brands))
    sigma = dice.uniform(*SIGMA, brands)
    revenue = np.sort(dice.lognormal(0, 1.2, brands))[::-1]
    high, above = (np.array([_above(edge, *pair) for pair in zip(mean, sigma, strict=True)]) for edge in EDGES[::-1])
    weight = revenue / revenue.sum()
    truth = (float(weight @ high), float(weight @ (above - high)), float(weight @ (1 - above)))
    known = int(np.searchsorted(np.cumsum(weight), 0.8)) + 1
    published = []
    for k in range(min(known, brands)):
        prices = mean[k] * np.exp(sigma[k] * dice.standard_normal(RECEIPTS) - sigma[k] ** 2 / 2)
        seen, spread = float(prices.mean()), float(prices.std(ddof=1)) / math.sqrt(RECEIPTS)
        sales = widened(float(revenue[k] * (1 + REVENUE_U * dice.standard_normal())), REVENUE_U)
        published.append(BrandSales(f"brand {k}", sales, mean_price=widened(seen, spread / seen), sigma=SIGMA))
    total = widened(float(revenue.sum() * (1 + TOTAL_U * dice.standard_normal())), TOTAL_U)
    return Trial(truth, structure_bounds(published, total=total))


def _above(edge: float, mean: float, sigma: float) -> float:
    """Return the share of revenue above a price, for log-normal prices."""
    return 0.5 * math.erfc(-(math.log(mean / edge) / sigma + sigma / 2) / math.sqrt(2))


def report(seed: int) -> list[str]:
    """Make a true industry of six years and write it down as an office does: rounded, with growth in the notes."""
    dice = random.Random(seed)  # noqa: S311 - a synthetic industry is no secret
    exports, imports, output = dice.uniform(2, 8), dice.uniform(2, 8), dice.uniform(30, 90)
    pieces = dice.uniform(300, 900)
    rows: list[str] = []
    before: dict[str, float] = {}
    for year in range(2015, 2021):
        exports, imports, output, pieces = (value * dice.uniform(0.8, 1.3) for value in (exports, imports, output, pieces))
        part = dice.uniform(0.2, 0.7)
        now = {"exports": exports, "imports": imports, "exports+imports": exports + imports, "gross output": output}
        for name, value in now.items():
            note = f"{100 * (value / before[name] - 1):+.1f}%" if name in before else ""
            rows.append(
                f"{year}|CN|{name}|{value:.{dice.choice([1, 2, 3])}f}|{'bn CNY' if 'output' in name else 'bn USD'}|{note}"
            )
        rows += [f"{year}|CN-A|share of output|{100 * part:.1f}|%", f"{year}|CN-B|share of output|{100 * (1 - part):.1f}|%"]
        rows += [f"{year}|CN-A|gross output|{output * part:.2f}|bn CNY", f"{year}H1|CN|gross output|{output * 0.45:.1f}|bn CNY"]
        rows += [
            f"{year}|CN|watch exports, value|{exports * 700:.0f}|m USD",
            f"{year}|CN|watch exports, quantity|{pieces:.1f}|million pieces",
        ]
        rows += [f"{year}|CN|mean price of watch exports|{exports * 700 / pieces:.2f}|USD/piece"]
        before = now
    return rows
