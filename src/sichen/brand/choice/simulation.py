# SPDX-License-Identifier: Apache-2.0
"""A simulated market from choices to shares: tastes, shares now, who loses to each candidate, and the best sets of candidates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.data import Choices
from sichen.brand.choice.hierarchical import fit_hierarchical
from sichen.brand.choice.logit import fit_logit
from sichen.brand.choice.offers import Market
from sichen.brand.choice.portfolio import Portfolio, best_portfolios
from sichen.brand.choice.worth import Shares, Source, Worth, equalisation_prices, simulate_shares, sources_of, taste_draws
from sichen.core import JSON, ConfigError, Message

F64 = NDArray[np.float64]
Tastes = Literal["mnl", "hb"]
FLAT = 2


@dataclass(frozen=True)
class Simulation:
    """What a simulated market says.

    Parameters
    ----------
    shares : Shares
        Of what is offered now.
    prices : tuple of Worth
        Equalisation prices; empty where no price was named.
    sources : mapping of str to tuple of Source
        For each candidate, from whom it would take its share.
    portfolios : tuple of Portfolio
        Sets of candidates, the most profitable first.
    """

    shares: Shares
    prices: tuple[Worth, ...]
    sources: Mapping[str, tuple[Source, ...]]
    portfolios: tuple[Portfolio, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        rows = zip(self.shares.names, self.shares.value, self.shares.low, self.shares.high, strict=True)
        return {
            "shares": [{"offer": a, "share": float(b), "low": float(c), "high": float(d)} for a, b, c, d in rows],
            "profit": self.shares.profit,
            "equalisation_prices": {one.name: {"value": one.value, "u": one.u} for one in self.prices},
            "sources": {
                new: [{"offer": one.name, "taken": one.taken, "own": one.own} for one in rows]
                for new, rows in self.sources.items()
            },
            "portfolios": [one.to_json() for one in self.portfolios],
        }


def simulate_market(
    choices: Choices, market: Market, *, tastes: Tastes = "mnl", price: str = "", rounds: int = 4_000, seed: int = 1
) -> Simulation:
    """Simulate a market with the tastes that choices tell.

    Parameters
    ----------
    choices : Choices
    market : Market
    tastes : {"mnl", "hb"}
        One taste for all with its uncertainty, or one a person.
    price : str
        Coefficient of the price; empty when equalisation prices are not asked for.
    rounds : int
        Of hierarchical Bayes; half of them warm up.
    seed : int

    Raises
    ------
    DataError
        If the choices cannot tell a coefficient, or an offer has an attribute that none knows.
    ConfigError
        If there is no such kind of tastes.
    """
    if tastes not in get_args(Tastes):
        raise ConfigError(Message("brand.strategy.word", where="tastes", found=tastes, known=", ".join(get_args(Tastes))))
    draws = _draws(choices, tastes, rounds, seed)
    names, now = choices.names, market.offers
    middle = draws if draws.ndim == FLAT else draws.mean(axis=1)
    return Simulation(
        simulate_shares(draws, names, now),
        equalisation_prices(middle, names, now, price=price) if price else (),
        {one.name: sources_of(draws, names, now, one) for one in market.candidates},
        best_portfolios(draws, names, now, market.candidates, upkeep=market.upkeep) if market.candidates else (),
    )


def _draws(choices: Choices, tastes: Tastes, rounds: int, seed: int) -> F64:
    if tastes == "mnl":
        return taste_draws(fit_logit(choices), seed=seed)
    return fit_hierarchical(choices, rounds=rounds, burn_in=rounds // 2, seed=seed).taste_draws
