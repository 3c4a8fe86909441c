# SPDX-License-Identifier: Apache-2.0
"""What can be said of the product structure when nobody published price bands: an interval, and what moves it most."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message
from sichen.industry.grades import GRADES, Bands, Grade

Interval = tuple[float, float]
FULL: Interval = (0.0, 1.0)
SURE = 1.959964  # standard uncertainties that hold 95 % of a normal distribution


@dataclass(frozen=True)
class BrandSales:
    """What is known of one brand's sales in a year.

    Parameters
    ----------
    brand : str
    revenue : tuple of two float
        At least and at most, in one currency; both ends are what is believed with 95 %.
    prices : tuple of two float, optional
        Between which all its retail prices lie, in yuan.
    mean_price : tuple of two float, optional
        Of a piece sold, in yuan, at least and at most.
    sigma : tuple of two float, optional
        Standard deviation of the logarithm of the price, at least and at most; given, prices are taken as log-normal.
    row : int
        Of the table it came from.
    """

    brand: str
    revenue: Interval
    prices: Interval | None = None
    mean_price: Interval | None = None
    sigma: Interval | None = None
    row: int = 0

    def shares(self, bands: Bands) -> dict[Grade, Interval]:
        """Return the bounds of each grade's share of this brand's revenue.

        Examples
        --------
        >>> BrandSales("core series", (700, 740), prices=(2000, 4000)).shares(Bands())
        {'high': (0.0, 0.0), 'mid': (1.0, 1.0), 'low': (0.0, 0.0)}
        """
        if self.prices is not None and len(only := bands.grades_of(*self.prices)) == 1:
            return {grade: (1.0, 1.0) if grade == only[0] else (0.0, 0.0) for grade in GRADES}
        high, above = self._above(bands.high, bands.high_inclusive), self._above(bands.mid, bands.mid_inclusive)
        mid = (max(0.0, above[0] - high[1]), min(1.0, above[1] - high[0]))
        return {"high": high, "mid": mid, "low": (1 - above[1], 1 - above[0])}

    def _above(self, edge: float, inclusive: bool) -> Interval:
        """Return the bounds of the share of revenue from prices above an edge, or on it where that counts."""
        lowest, highest = self.prices or (0.0, math.inf)
        if lowest > edge or (inclusive and lowest == edge):
            return 1.0, 1.0
        if highest < edge or (highest == edge and not inclusive):
            return 0.0, 0.0
        if self.mean_price is None:
            return FULL
        if self.sigma is not None:
            return _log_normal_above(edge, self.mean_price, self.sigma)
        return _above_least(edge, self.mean_price[0], highest), _above_most(edge, self.mean_price[1], lowest)


def _above_least(edge: float, mean: float, highest: float) -> float:
    """Return the least share of revenue above an edge: sales just below it and, as few as the mean allows, at the top."""
    if mean <= edge:
        return 0.0
    return (mean - edge) / mean if math.isinf(highest) else highest * (mean - edge) / ((highest - edge) * mean)


def _above_most(edge: float, mean: float, lowest: float) -> float:
    """Return the greatest share of revenue above an edge: sales just on it and, as few as the mean allows, at the bottom."""
    return 1.0 if mean >= edge else max(0.0, edge * (mean - lowest) / ((edge - lowest) * mean))


def _log_normal_above(edge: float, mean: Interval, sigma: Interval) -> Interval:
    """Return the share above an edge for log-normal prices, over all means and spreads allowed."""

    def share(price: float, spread: float) -> float:
        return 0.5 * math.erfc(-(math.log(price / edge) / spread + spread / 2) / math.sqrt(2))

    spreads = [*sigma]
    turning = math.sqrt(2 * math.log(mean[0] / edge)) if mean[0] > edge else 0.0
    if sigma[0] < turning < sigma[1]:
        spreads.append(turning)
    return min(share(mean[0], one) for one in spreads), max(share(mean[1], one) for one in spreads)


@dataclass(frozen=True)
class StructureBounds:
    """Bounds of the product structure.

    Parameters
    ----------
    shares : mapping of grade to (lower, upper)
        Fractions of the total.
    total : tuple of two float or None
        What was taken as all own-brand sales; None where the brands are all there is.
    known : float
        Least fraction of the total that the brands cover.
    widest : str
        What widens the bounds most: the brand, or ``rest`` for sales of unknown brands.
    rows : tuple of int
        Source rows.
    """

    shares: dict[Grade, Interval]
    total: Interval | None
    known: float
    widest: str
    rows: tuple[int, ...]

    def holds(self, target: Sequence[float]) -> str:
        """Tell whether the bounds allow a target of high, mid and low: "met", "failed" or "unknown".

        The target is met when high is no less and low no more than it says.
        """
        whole = math.fsum(target)
        high, low = target[0] / whole, target[2] / whole
        if self.shares["high"][0] >= high and self.shares["low"][1] <= low:
            return "met"
        return "failed" if self.shares["high"][1] < high or self.shares["low"][0] > low else "unknown"

    def to_json(self) -> dict[str, JSON]:
        """Return the bounds as plain JSON, in per cent."""
        shares: dict[str, JSON] = {name: [100 * lower, 100 * upper] for name, (lower, upper) in self.shares.items()}
        return {
            "shares_percent": shares,
            "total": None if self.total is None else list(self.total),
            "known_percent": 100 * self.known,
            "widest": self.widest,
            "rows": list(self.rows),
        }


def structure_bounds(
    brands: Sequence[BrandSales], *, total: Interval | None = None, bands: Bands | None = None
) -> StructureBounds:
    """Return the tightest bounds of the product structure that the evidence allows.

    Parameters
    ----------
    brands : sequence of BrandSales
        Revenues in one currency and for one year.
    total : tuple of two float, optional
        All own-brand sales, at least and at most; what the brands do not cover may be of any grade. Without it the brands
        are taken as all there is.
    bands : Bands, optional

    Returns
    -------
    StructureBounds

    Raises
    ------
    DataError
        If nothing is known at all, a revenue is negative, or the total is less than the brands sell.

    Notes
    -----
    Each share is a ratio of linear functions of the revenues, so its extremes lie where every revenue is at one of its
    ends; they are found by raising or lowering revenues against the current ratio until it stands still.

    Examples
    --------
    >>> found = structure_bounds([BrandSales("core", (722, 722), prices=(2000, 4000))], total=(1444, 1444))
    >>> found.shares["mid"], found.shares["high"]
    ((0.5, 1.0), (0.0, 0.5))
    """
    edges = bands or Bands()
    if not brands and total is None:
        raise DataError(Message("industry.bounds.nothing"))
    if any(not 0 <= one.revenue[0] <= one.revenue[1] for one in brands):
        raise DataError(Message("industry.bounds.revenue"))
    least = math.fsum(one.revenue[0] for one in brands)
    if total is not None and not (0 < total[0] <= total[1] and least <= total[1]):
        raise DataError(Message("industry.bounds.total", total=f"{total[1]:g}", brands=f"{least:g}"))
    own = [one.shares(edges) for one in brands]
    bounds = {grade: _bound(brands, [one[grade] for one in own], total) for grade in GRADES}
    return StructureBounds(
        shares=_consistent(bounds),
        total=total,
        known=1.0 if total is None else least / total[1],
        widest=_widest(brands, own, total),
        rows=tuple(one.row for one in brands if one.row),
    )


def _bound(brands: Sequence[BrandSales], shares: Sequence[Interval], total: Interval | None) -> Interval:
    revenues = [one.revenue for one in brands]
    if total is None:
        return _extreme(revenues, [low for low, _ in shares]), 1 - _extreme(revenues, [1 - high for _, high in shares])
    lower = math.fsum(money[0] * low for money, (low, _) in zip(revenues, shares, strict=True)) / total[1]
    missing = math.fsum(money[0] * (1 - high) for money, (_, high) in zip(revenues, shares, strict=True)) / total[1]
    return lower, 1 - missing


def _extreme(revenues: Sequence[Interval], shares: Sequence[float]) -> float:
    """Return the least revenue-weighted mean of shares over all revenues allowed."""
    ratio, before = 1.0, math.inf
    while ratio < before:
        before = ratio
        weights = [money[1] if share < ratio else money[0] for money, share in zip(revenues, shares, strict=True)]
        whole = math.fsum(weights)
        ratio = math.fsum(weight * share for weight, share in zip(weights, shares, strict=True)) / whole if whole else 0.0
    return min(ratio, before)


def _consistent(bounds: dict[Grade, Interval]) -> dict[Grade, Interval]:
    """Use that the shares sum to one."""
    tight: dict[Grade, Interval] = {}
    for grade in GRADES:
        others = [bounds[other] for other in GRADES if other != grade]
        lower = max(bounds[grade][0], 1 - math.fsum(high for _, high in others))
        upper = min(bounds[grade][1], 1 - math.fsum(low for low, _ in others))
        tight[grade] = (max(0.0, lower), max(0.0, lower, min(1.0, upper)))
    return tight


def _widest(brands: Sequence[BrandSales], own: Sequence[dict[Grade, Interval]], total: Interval | None) -> str:
    open_by = {
        one.brand: one.revenue[1] * max(high - low for low, high in shares.values())
        for one, shares in zip(brands, own, strict=True)
    }
    if total is not None:
        open_by["rest"] = total[1] - math.fsum(one.revenue[0] for one in brands)
    return max(open_by, key=lambda name: open_by[name])


def widened(value: float, u: float) -> Interval:
    """Return the 95 % interval of a positive value with a relative standard uncertainty.

    Examples
    --------
    >>> [round(end, 1) for end in widened(100, 0.05)]
    [90.2, 109.8]
    """
    half = SURE * abs(u)
    return value * max(0.0, 1 - half), value * (1 + half)
