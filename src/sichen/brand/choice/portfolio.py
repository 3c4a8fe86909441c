# SPDX-License-Identifier: Apache-2.0
"""Which of one's own offers to keep: every set of candidates is tried against the rivals, with what keeping each costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.worth import Offer, simulate_shares
from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
MOST = 12
"""Candidates: each one more doubles the sets that are tried."""


@dataclass(frozen=True)
class Portfolio:
    """A set of own offers.

    Parameters
    ----------
    names : tuple of str
    share : float
        Of all of them together.
    profit : float
        Of all own offers for one buyer, those that were sold before too, less the upkeep of every new one.
    """

    names: tuple[str, ...]
    share: float
    profit: float

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {"offers": list(self.names), "share": self.share, "profit": self.profit}


def best_portfolios(
    tastes: F64, names: Sequence[str], rivals: Sequence[Offer], candidates: Sequence[Offer], *, upkeep: float = 0.0
) -> tuple[Portfolio, ...]:
    """Try every set of candidates, and return them from the most profitable to the least.

    Parameters
    ----------
    tastes : ndarray
        As for `simulate_shares`.
    names : sequence of str
    rivals, candidates : sequences of Offer
        What is sold now, "none" among it where people may buy nothing; and what one thinks of adding, with margins. What a
        candidate takes from one's own offers is lost again.
    upkeep : float
        What each offer costs for one buyer of the market, whether it sells or not.

    Raises
    ------
    DataError
        If there are no or too many candidates, or an offer has an attribute that no coefficient knows.
    """
    if not 1 <= len(candidates) <= MOST or not rivals:
        raise DataError(Message("brand.choice.candidates", found=len(candidates), most=MOST))
    sets = chain.from_iterable(combinations(candidates, size) for size in range(1, len(candidates) + 1))
    found = [_portfolio(tastes, names, rivals, chosen, upkeep) for chosen in sets]
    return tuple(sorted(found, key=lambda one: -one.profit))


def _portfolio(tastes: F64, names: Sequence[str], rivals: Sequence[Offer], chosen: Sequence[Offer], upkeep: float) -> Portfolio:
    offers = [*rivals, *chosen]
    found = simulate_shares(tastes, names, offers)
    share = sum(float(one) for one, offer in zip(found.value, offers, strict=True) if offer.own)
    return Portfolio(tuple(one.name for one in chosen), share, found.profit - upkeep * len(chosen))
