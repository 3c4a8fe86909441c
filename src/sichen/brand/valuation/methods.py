# SPDX-License-Identifier: Apache-2.0
"""The methods: what each asks for, what it computes from many draws at once, and when it does not apply.

A formula takes arrays of draws by input name and gives an array of values; NaN marks a draw in which the method is not
defined. The same formula on the best single numbers gives the central value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sichen.brand.valuation.inputs import Case
from sichen.core import ConfigError, Language, Message

F64 = NDArray[np.float64]
Draws = Mapping[str, F64]
Refused = NDArray[np.bool_]
GROWTH = "brand.refused.growth"
"""The one refusal that a stream tells of itself, draw by draw: it has no finite value there."""


@dataclass(frozen=True)
class Method:
    """A way to value a brand.

    Parameters
    ----------
    id, en, zh : str
    needs : tuple of str
        Names of inputs, see `input_kinds`.
    formula : callable
        From draws, explicit years and case to values in the case's scale.
    checks : tuple of (callable, str)
        Each tells of many draws at once in which of them the method must be refused, and the key of the reason.
    basis : str
        What the value answers: ``income``, ``market`` or ``cost``.
    source, source_zh : str
    """

    id: str
    en: str
    zh: str
    needs: tuple[str, ...]
    formula: Callable[[Draws, Case], F64]
    basis: str
    source: str
    source_zh: str
    checks: tuple[tuple[Callable[[Draws], Refused], str], ...] = field(default=())
    spending: bool = False

    def title(self, language: Language) -> str:
        """Return its name."""
        return self.zh if language == "zh" else self.en

    def cited(self, language: Language) -> str:
        """Return where it comes from."""
        return self.source_zh if language == "zh" else self.source

    def missing(self, case: Case) -> tuple[str, ...]:
        """Return the inputs that the case does not give."""
        lacking = tuple(name for name in self.needs if case.input(name) is None)
        return (*lacking, "[[spending]]") if self.spending and not case.spending else lacking


def annuity(first: F64, growth: F64, rate: F64, after: F64, years: int) -> F64:
    r"""Return the present value of a stream that grows, for some years at one rate and then for ever at another.

    .. math:: V = \sum_{t=1}^{T} F (1+q)^t (1+R)^{-t} + \frac{F (1+q)^T (1+g)}{R - g} (1+R)^{-T}

    Parameters
    ----------
    first : ndarray
        F, the stream in the year of the accounts.
    growth, rate, after : ndarray
        q, R and g.
    years : int
        T.

    Returns
    -------
    ndarray
        NaN where R ≤ g: there the stream has no finite value.

    Examples
    --------
    >>> one = np.ones(1)
    >>> annuity(62.110 * one, 0 * one, 0.06 * one, 0.02 * one, 5).round(1)
    array([1445.1])
    """
    times = np.arange(1, years + 1)[:, None]
    ratio = (1 + growth) / (1 + rate)
    explicit = first * np.sum(ratio[None, :] ** times, axis=0)
    spread = rate - after
    endless = first * ratio**years * (1 + after) / np.where(spread > 0, spread, np.nan)
    return np.asarray(explicit + endless, np.float64)


def excess_earnings(draws: Draws, case: Case) -> F64:
    """Multi-period excess earnings: what the intangibles earn beyond the tangible assets, and the brand's share of it."""
    tangible = draws["assets_current"] * draws["return_current"] + draws["assets_fixed"] * draws["return_fixed"]
    earned = (draws["net_profit"] - tangible) * draws["brand_share"]
    return annuity(earned, draws["growth"], excess_rate(draws), draws["long_growth"], case.years)


def excess_rate(draws: Draws) -> F64:
    """Return R = Z·K, the discount rate of excess earnings."""
    return draws["industry_return"] * draws["strength_coefficient"]


def royalty_rate(draws: Draws) -> F64:
    """Return the royalty between the weak and the strong end of the trade, by the strength score."""
    return draws["royalty_low"] + (draws["royalty_high"] - draws["royalty_low"]) * draws["strength_score"] / 100


def royalty_relief(draws: Draws, case: Case) -> F64:
    """Royalties that the owner does not have to pay, after tax."""
    saved = draws["sales"] * royalty_rate(draws) * (1 - draws["tax"])
    return annuity(saved, draws["growth"], draws["capital_cost"], draws["long_growth"], case.years)


def strength_rate(draws: Draws) -> F64:
    """Return the discount rate that falls along an S from the weakest to the strongest brand, by the strength score."""
    slope = 10.0
    ends = [1 / (1 + np.exp((score - 50) / slope)) for score in (0.0, 100.0)]
    place = 1 / (1 + np.exp((draws["strength_score"] - 50) / slope))
    part = (place - ends[1]) / (ends[0] - ends[1])
    return np.asarray(draws["rate_strongest"] + (draws["rate_weakest"] - draws["rate_strongest"]) * part, np.float64)


def economic_profit(draws: Draws, case: Case) -> F64:
    """Economic profit times the role of the brand, discounted by its strength."""
    profit = draws["operating_profit_after_tax"] - draws["capital_cost"] * draws["invested_capital"]
    earned = profit * draws["role_of_brand"]
    return annuity(earned, draws["growth"], strength_rate(draws), draws["long_growth"], case.years)


def earnings_multiple(draws: Draws, _case: Case) -> F64:
    """Intangible earnings times a multiple times what consumers say is due to the brand alone."""
    return draws["intangible_earnings"] * draws["brand_multiple"] * draws["brand_contribution"]


def price_premium(draws: Draws, case: Case) -> F64:
    """Sum up the difference of price to the same watch without the brand, on all pieces sold, after cost and tax."""
    piece = draws["price"] - draws["price_reference"] - draws["cost_premium"]
    earned = piece * draws["quantity"] * (1 - draws["tax"]) / case.scale
    return annuity(earned, draws["growth"], draws["capital_cost"], draws["long_growth"], case.years)


def market_comparison(draws: Draws, _case: Case) -> F64:
    """Sales times what was paid for comparable brands over their sales."""
    return draws["sales"] * draws["market_multiple"]


def restated_cost(draws: Draws, case: Case) -> F64:
    """Restate what was spent on the brand, at today's prices, less what time has worn away."""
    today = max(case.spending, key=lambda one: one.year).index
    total = np.zeros_like(draws["obsolescence"])
    for one in case.spending:
        total = total + one.amount * today / one.index * (1 - draws["obsolescence"]) ** (case.year - one.year)
    return total


def _loss(draws: Draws) -> Refused:
    tangible = draws["assets_current"] * draws["return_current"] + draws["assets_fixed"] * draws["return_fixed"]
    return draws["net_profit"] <= tangible


_GROWS_TOO_FAST = (lambda draws: draws["capital_cost"] <= draws["long_growth"], GROWTH)
_STREAM = ("growth", "long_growth")


@cache
def methods() -> Mapping[str, Method]:
    """Return the methods by identifier, in the order in which they are tried."""
    return {one.id: one for one in _methods()}


def method(name: str) -> Method:
    """Return one method.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    if name not in methods():
        raise ConfigError(Message("brand.refused.unknown_method", name=name, known=", ".join(methods())))
    return methods()[name]


def _methods() -> Sequence[Method]:
    return (
        Method(
            "excess-earnings", "multi-period excess earnings", "多周期超额收益法",
            ("net_profit", "assets_current", "assets_fixed", "return_current", "return_fixed", "brand_share",
             "industry_return", "strength_coefficient", *_STREAM),
            excess_earnings, "income", "GB/T 29188, equations (1)–(4) as GB/T 39870-2021 quotes them", "GB/T 29188 式 (1)–(4)，据 GB/T 39870-2021 的引述",
            ((lambda draws: draws["net_profit"] <= 0, "brand.refused.loss"),
             (_loss, "brand.refused.no_excess"),
             (lambda draws: excess_rate(draws) <= draws["long_growth"], GROWTH)),
        ),
        Method(
            "royalty-relief", "royalty relief", "许可费节省法",
            ("sales", "royalty_low", "royalty_high", "strength_score", "tax", "capital_cost", *_STREAM),
            royalty_relief, "income", "ISO 10668:2010 (GB/T 29187-2012), income approach", "GB/T 29187-2012（ISO 10668:2010）收益途径",
            (_GROWS_TOO_FAST,
             (lambda draws: draws["royalty_low"] > draws["royalty_high"], "brand.refused.royalty_order"),
             (lambda draws: draws["sales"] <= 0, "brand.refused.no_sales")),
        ),
        Method(
            "price-premium", "price premium", "溢价法",
            ("price", "price_reference", "cost_premium", "quantity", "tax", "capital_cost", *_STREAM),
            price_premium, "income", "ISO 10668:2010 (GB/T 29187-2012), income approach", "GB/T 29187-2012（ISO 10668:2010）收益途径",
            (_GROWS_TOO_FAST,
             (lambda draws: draws["price"] <= draws["price_reference"] + draws["cost_premium"],
              "brand.refused.no_premium")),
        ),
        Method(
            "economic-profit", "economic profit by role and strength of the brand (Interbrand type)",
            "经济利润法（Interbrand 型）",
            ("operating_profit_after_tax", "capital_cost", "invested_capital", "role_of_brand", "strength_score",
             "rate_strongest", "rate_weakest", *_STREAM),
            economic_profit, "income", "published outline of the house; its curve is not public", "该机构公开的方法概要；其曲线未公开",
            ((lambda draws: draws["operating_profit_after_tax"] <= draws["capital_cost"] * draws["invested_capital"], "brand.refused.no_economic_profit"),
             (lambda draws: strength_rate(draws) <= draws["long_growth"], GROWTH)),
        ),
        Method(
            "earnings-multiple", "intangible earnings by multiple and brand contribution (BrandZ type)",
            "收益倍数法（BrandZ 型）",
            ("intangible_earnings", "brand_multiple", "brand_contribution"),
            earnings_multiple, "income", "published outline of the house", "该机构公开的方法概要",
            ((lambda draws: draws["intangible_earnings"] <= 0, "brand.refused.no_intangible"),),
        ),
        Method(
            "market", "comparable transactions", "市场法", ("sales", "market_multiple"), market_comparison, "market",
            "ISO 10668:2010 (GB/T 29187-2012), market approach", "GB/T 29187-2012（ISO 10668:2010）市场途径",
            ((lambda draws: draws["sales"] <= 0, "brand.refused.no_sales"),),
        ),
        Method(
            "cost", "restated cost", "成本法", ("obsolescence",), restated_cost, "cost",
            "ISO 10668:2010 (GB/T 29187-2012), cost approach", "GB/T 29187-2012（ISO 10668:2010）成本途径", (), spending=True,
        ),
    )  # fmt: skip
