# SPDX-License-Identifier: Apache-2.0
"""Comparison tests (对比测试): many brands, one protocol, and how sure the ranking is."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.conformity.verdict import WatchVerdict
from sichen.core import JSON, DataError, Message, TooFewSamples

Floats = npt.NDArray[np.float64]


def _absolute(x: Floats) -> Floats:
    return np.asarray(np.abs(x))


def _low(x: Floats) -> Floats:
    return x


def _high(x: Floats) -> Floats:
    return -x


MERITS: Mapping[str, Callable[[Floats], Floats]] = {"near_zero": _absolute, "low": _low, "high": _high}
"""What counts as better: a value near zero (a rate), a low one (a spread), a high one (a reserve)."""


@dataclass(frozen=True)
class Contestant:
    """A brand with the results of its watches.

    Parameters
    ----------
    name : str
    values : tuple of float, length >= 2
        One result a watch: a single watch says nothing of its brand.
    u : float >= 0
        Standard uncertainty of one result, independent from watch to watch.
    price : float, optional
        For the picture of price against performance.
    """

    name: str
    values: tuple[float, ...]
    u: float
    price: float | None = None


@dataclass(frozen=True)
class Ranked:
    """A brand in the ranking.

    Parameters
    ----------
    name : str
    value, u : float
        Mean of its watches and standard uncertainty as an estimate of the brand, shared error included.
    rank : int
        By the mean alone, 1 is best.
    rank_probabilities : tuple of float
        That its true rank is 1, 2, 3 …
    rank_interval : tuple of int
        Ranks that cover 95 %.
    price : float or None
    efficient : float or None
        Probability that no cheaper brand is better; None without price.
    """

    name: str
    value: float
    u: float
    rank: int
    rank_probabilities: tuple[float, ...]
    rank_interval: tuple[int, int]
    price: float | None
    efficient: float | None

    def to_json(self) -> dict[str, JSON]:
        """Return the row as plain JSON."""
        return {
            "name": self.name,
            "value": self.value,
            "u": self.u,
            "rank": self.rank,
            "rank_probabilities": list(self.rank_probabilities),
            "rank_interval": list(self.rank_interval),
            "price": self.price,
            "efficient": self.efficient,
        }


def contestants(
    verdicts: Sequence[WatchVerdict],
    criterion: str,
    *,
    brands: Mapping[str, str],
    prices: Mapping[str, float] | None = None,
) -> tuple[Contestant, ...]:
    """Gather verdicts on watches into the contestants of a comparison by one criterion.

    Parameters
    ----------
    verdicts : sequence of WatchVerdict
        All by one plan.
    criterion : str
    brands : mapping of serial to brand
    prices : mapping of brand to price, optional

    Raises
    ------
    DataError
        If a watch has no brand, or no value or uncertainty of the criterion.
    """
    gathered: dict[str, list[tuple[float, float]]] = {}
    for verdict in verdicts:
        result = verdict.criterion(criterion)
        if verdict.watch not in brands or result.value is None or result.u is None:
            raise DataError(Message("conformity.comparison.no_value", watch=verdict.watch, name=criterion))
        gathered.setdefault(brands[verdict.watch], []).append((float(result.value), result.u))
    return tuple(
        Contestant(
            brand,
            tuple(value for value, _ in rows),
            math.sqrt(sum(u * u for _, u in rows) / len(rows)),
            None if prices is None else prices.get(brand),
        )
        for brand, rows in gathered.items()
    )


def compare(
    contestants: Sequence[Contestant],
    *,
    merit: str = "near_zero",
    shared_u: float = 0.0,
    draws: int = 20_000,
    seed: int = 8,
) -> tuple[Ranked, ...]:
    """Rank brands and say how sure each rank is.

    Parameters
    ----------
    contestants : sequence of Contestant, length >= 2
    merit : str
        One of `MERITS`.
    shared_u : float >= 0
        Standard uncertainty of what all results share, such as the time reference: it moves all brands together.
    draws : int >= 1000
    seed : int

    Returns
    -------
    tuple of Ranked, best first

    Raises
    ------
    DataError
        If a name comes twice or the merit is unknown.
    TooFewSamples
        If a brand has fewer than two watches, or there are fewer than two brands.

    Notes
    -----
    A brand's mean is drawn from the t-distribution of its watches, widened by the uncertainty of the results;
    one shared error is drawn for all. Ranks are counted over the draws.

    Examples
    --------
    >>> brands = [Contestant("A", (1.0, 1.2, 0.9), 0.1, 800), Contestant("B", (5.0, 5.3, 5.1), 0.1, 900)]
    >>> [(one.name, one.rank_probabilities[0] > 0.99) for one in compare(brands)]
    [('A', True), ('B', False)]
    """
    names = [one.name for one in contestants]
    if merit not in MERITS or len(set(names)) != len(names):
        raise DataError(Message("conformity.comparison.merit", merit=merit, known=", ".join(MERITS)))
    least = min((len(one.values) for one in contestants), default=0)
    if least < 2 or len(contestants) < 2:  # noqa: PLR2004 - one watch is no brand, one brand no comparison
        raise TooFewSamples(got=min(least, len(contestants)), need=2)
    better = MERITS[merit]
    merits = better(_draw(contestants, shared_u, draws, seed))
    ranks = merits.argsort(axis=1).argsort(axis=1)
    means = np.array([np.mean(one.values) for one in contestants])
    order = [int(index) for index in better(means).argsort(kind="stable")]
    return tuple(
        Ranked(
            name=names[index],
            value=float(means[index]),
            u=_spread(contestants[index], shared_u),
            rank=place,
            rank_probabilities=tuple(float(share) for share in np.bincount(ranks[:, index], minlength=len(names)) / draws),
            rank_interval=_interval(ranks[:, index]),
            price=contestants[index].price,
            efficient=_efficient(contestants, index, merits),
        )
        for place, index in enumerate(order, 1)
    )


def _draw(contestants: Sequence[Contestant], shared_u: float, draws: int, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    columns = []
    for one in contestants:
        count = len(one.values)
        scatter = float(np.std(one.values, ddof=1)) / math.sqrt(count) * generator.standard_t(count - 1, draws)
        # The scatter of the results holds their own errors already; where they agree by chance, the errors remain.
        errors = one.u / math.sqrt(count) * generator.standard_normal(draws)
        columns.append(np.mean(one.values) + scatter + errors)
    return np.column_stack(columns) + shared_u * generator.standard_normal((draws, 1))


def _spread(one: Contestant, shared_u: float) -> float:
    count = len(one.values)
    return math.sqrt(float(np.var(one.values, ddof=1)) / count + one.u**2 / count + shared_u**2)


def _interval(ranks: npt.NDArray[np.int64]) -> tuple[int, int]:
    low, high = np.percentile(ranks, [2.5, 97.5], method="nearest")
    return int(low) + 1, int(high) + 1


def _efficient(contestants: Sequence[Contestant], index: int, merits: Floats) -> float | None:
    """Return the probability that nobody who is no dearer is better."""
    price = contestants[index].price
    if price is None:
        return None
    rivals = [i for i, one in enumerate(contestants) if i != index and one.price is not None and one.price <= price]
    if not rivals:
        return 1.0
    return float((merits[:, index] <= merits[:, rivals].min(axis=1)).mean())
