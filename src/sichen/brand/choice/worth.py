# SPDX-License-Identifier: Apache-2.0
"""What tastes mean in money and in shares: willingness to pay, equalisation price, share simulator, cannibalisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.logit import Logit, probabilities
from sichen.core import DataError, Message

F64 = NDArray[np.float64]
FLAT = 2
"""Dimensions of tastes without people: draws by coefficients."""


@dataclass(frozen=True)
class Worth:
    """A willingness to pay: the price that an attribute makes up for, with its standard uncertainty."""

    name: str
    value: float
    u: float


@dataclass(frozen=True)
class Offer:
    """A product on the simulated market: its attributes by coefficient, and what one piece earns beyond its cost."""

    name: str
    attributes: Mapping[str, float]
    margin: float = 0.0
    own: bool = False


@dataclass(frozen=True)
class Shares:
    """Shares of a market.

    Parameters
    ----------
    names : tuple of str
    value, low, high : ndarray of shape (offers,)
        Means over the draws and their 2.5 % and 97.5 % quantiles.
    profit : float
        Of the own offers, for one buyer.
    """

    names: tuple[str, ...]
    value: F64
    low: F64
    high: F64
    profit: float


@dataclass(frozen=True)
class Source:
    """From whom a new offer takes its share: positive numbers add up to the new share."""

    name: str
    taken: float
    own: bool


def willingness_to_pay(fit: Logit, *, price: str) -> tuple[Worth, ...]:
    """Return −β/β_price of every other coefficient, with its uncertainty by the delta method.

    Parameters
    ----------
    fit : Logit
    price : str
        Name of the price's coefficient; the answers have its unit.

    Raises
    ------
    DataError
        If there is no such coefficient, or price does not lower the choice beyond two standard errors.
    """
    at = _place(fit.names, price)
    slope = fit.coefficients[at]
    if slope > -2 * fit.errors[at]:
        raise DataError(Message("brand.choice.price", name=price, value=f"{slope:.4g}", u=f"{fit.errors[at]:.2g}"))
    found = []
    for place, name in enumerate(fit.names):
        if place == at:
            continue
        gradient = np.zeros(len(fit.names))
        gradient[place], gradient[at] = -1 / slope, fit.coefficients[place] / slope**2
        found.append(Worth(name, float(-fit.coefficients[place] / slope), float(np.sqrt(gradient @ fit.covariance @ gradient))))
    return tuple(found)


def equalisation_prices(tastes: F64, names: Sequence[str], offers: Sequence[Offer], *, price: str) -> tuple[Worth, ...]:
    """Return for each offer the price at which all would sell alike.

    Swait, Erdem, Louviere & Dubelaar (1993): the price that makes an offer's utility equal to a common level, here the mean over the
    offers at their own prices. The difference between two offers is what the brand is worth to the buyer.

    Parameters
    ----------
    tastes : ndarray of shape (draws, coefficients)
        Draws of the population's taste, such as from a fit's covariance or a posterior.
    names : sequence of str
    offers : sequence of Offer
    price : str

    Returns
    -------
    tuple of Worth
        Medians over the draws, with half the central 68 % as their standard uncertainty.

    Raises
    ------
    DataError
        If there is no such coefficient, or an offer has an attribute that none knows.
    """
    at = _place(names, price)
    table = _attributes(offers, names)
    utility = tastes @ table.T
    prices = table[:, at] + (utility.mean(axis=1, keepdims=True) - utility) / tastes[:, [at]]
    middle, spread = np.median(prices, axis=0), (np.quantile(prices, 0.841, axis=0) - np.quantile(prices, 0.159, axis=0)) / 2
    return tuple(Worth(offer.name, float(value), float(u)) for offer, value, u in zip(offers, middle, spread, strict=True))


def simulate_shares(tastes: F64, names: Sequence[str], offers: Sequence[Offer]) -> Shares:
    """Return what each offer would sell.

    Parameters
    ----------
    tastes : ndarray of shape (draws, coefficients) or (draws, people, coefficients)
        Of one population, or of people in every draw of a posterior.
    names : sequence of str
    offers : sequence of Offer
        Attributes that an offer does not name are 0.

    Raises
    ------
    DataError
        If an offer has an attribute that no coefficient knows, or there are fewer than two.
    """
    if len(offers) == 1:
        raise DataError(Message("brand.choice.one_alternative", case=1))
    each = probabilities(_attributes(offers, names), tastes)
    draws = each if tastes.ndim == FLAT else each.mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    value = draws.mean(axis=0)
    margins = np.array([offer.margin if offer.own else 0.0 for offer in offers])
    return Shares(tuple(offer.name for offer in offers), value, low, high, float(value @ margins))


def sources_of(tastes: F64, names: Sequence[str], offers: Sequence[Offer], new: Offer) -> tuple[Source, ...]:
    """Return from which offers a new one takes its share: cannibalisation where they are one's own."""
    before, after = simulate_shares(tastes, names, offers), simulate_shares(tastes, names, [*offers, new])
    lost = before.value - after.value[:-1]
    return tuple(Source(offer.name, float(taken), offer.own) for offer, taken in zip(offers, lost, strict=True))


def taste_draws(fit: Logit, *, draws: int = 2000, seed: int = 1) -> F64:
    """Return draws of the coefficients from their estimated distribution, shape (draws, coefficients)."""
    generator = np.random.default_rng(seed)
    return generator.multivariate_normal(fit.coefficients, fit.covariance, size=draws, method="eigh")


def _attributes(offers: Sequence[Offer], names: Sequence[str]) -> F64:
    for offer in offers:
        unknown = [name for name in offer.attributes if name not in names]
        if unknown:
            raise DataError(Message("brand.choice.unknown_column", name=unknown[0], known=", ".join(names)))
    return np.array([[offer.attributes.get(name, 0.0) for name in names] for offer in offers])


def _place(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise DataError(Message("brand.choice.unknown_column", name=name, known=", ".join(names)))
    return list(names).index(name)
