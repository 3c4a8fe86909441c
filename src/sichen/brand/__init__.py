# SPDX-License-Identifier: Apache-2.0
"""Brands: what one is worth, how strong it is, what people know, think, choose and pay; each figure with its evidence.

The names load when they are first used, so that a command which needs one of them does not wait for all.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sichen.brand.choice.data import Choices, choices_from_rows
    from sichen.brand.choice.design import Attribute, Design, design_tasks
    from sichen.brand.choice.hierarchical import Hierarchical, fit_hierarchical
    from sichen.brand.choice.logit import Logit, fit_logit, probabilities
    from sichen.brand.choice.mixed import MixedLogit, fit_mixed_logit, halton_normals
    from sichen.brand.choice.offers import Market, read_market
    from sichen.brand.choice.portfolio import Portfolio, best_portfolios
    from sichen.brand.choice.simulation import Simulation, Tastes, simulate_market
    from sichen.brand.choice.tables import Layout, read_choices
    from sichen.brand.choice.worth import (
        Offer,
        Shares,
        Source,
        Worth,
        equalisation_prices,
        simulate_shares,
        sources_of,
        taste_draws,
        willingness_to_pay,
    )
    from sichen.brand.consumer.dirichlet import ESTIMATORS, Dirichlet, Estimator, fit_dirichlet
    from sichen.brand.consumer.maps import PerceptualMap, perceptual_map
    from sichen.brand.consumer.mentions import Day, watch_mentions
    from sichen.brand.consumer.segments import Segments, choose_segments, fit_segments, needs_another
    from sichen.brand.consumer.survey import (
        FUNNEL,
        SCORES,
        STEPS,
        Average,
        Proportion,
        Survey,
        average,
        effective_size,
        funnel,
        net_promoter,
        proportion,
        read_survey,
    )
    from sichen.brand.consumer.waves import Move, chance_of_seeing, move_between, moves, people_needed
    from sichen.brand.consumer.weighting import Targets, rake, read_targets
    from sichen.brand.hedonic import Effect, Hedonic, Listings, fit_hedonic, read_listings
    from sichen.brand.plots import Row, days_svg, plane_svg, rows_svg, tornado_svg
    from sichen.brand.report import Section, report_html, report_sections
    from sichen.brand.report.page import methods_svg, report_pictures, strength_svg
    from sichen.brand.strategy import CHANNELS, MODELS, Completeness, Strategy, completeness, read_strategy, strategy_rules
    from sichen.brand.strength import (
        ElementScore,
        EvidenceRule,
        Gathered,
        Indicator,
        IndicatorSet,
        Observed,
        ObservedBrand,
        Strength,
        belongs,
        coefficient,
        evidence_kinds,
        evidence_rules,
        gather,
        indicator_set,
        read_observed,
        strength_of,
    )
    from sichen.brand.valuation import Case, Method, Valuation, Valuations, input_kinds, methods, read_case, value, value_by

__all__ = [
    "CHANNELS",
    "ESTIMATORS",
    "FUNNEL",
    "MODELS",
    "SCORES",
    "STEPS",
    "Attribute",
    "Average",
    "Case",
    "Choices",
    "Completeness",
    "Day",
    "Design",
    "Dirichlet",
    "Effect",
    "ElementScore",
    "Estimator",
    "EvidenceRule",
    "Gathered",
    "Hedonic",
    "Hierarchical",
    "Indicator",
    "IndicatorSet",
    "Layout",
    "Listings",
    "Logit",
    "Market",
    "Method",
    "MixedLogit",
    "Move",
    "Observed",
    "ObservedBrand",
    "Offer",
    "PerceptualMap",
    "Portfolio",
    "Proportion",
    "Row",
    "Section",
    "Segments",
    "Shares",
    "Simulation",
    "Source",
    "Strategy",
    "Strength",
    "Survey",
    "Targets",
    "Tastes",
    "Valuation",
    "Valuations",
    "Worth",
    "average",
    "belongs",
    "best_portfolios",
    "chance_of_seeing",
    "choices_from_rows",
    "choose_segments",
    "coefficient",
    "completeness",
    "days_svg",
    "design_tasks",
    "effective_size",
    "equalisation_prices",
    "evidence_kinds",
    "evidence_rules",
    "fit_dirichlet",
    "fit_hedonic",
    "fit_hierarchical",
    "fit_logit",
    "fit_mixed_logit",
    "fit_segments",
    "funnel",
    "gather",
    "halton_normals",
    "indicator_set",
    "input_kinds",
    "methods",
    "methods_svg",
    "move_between",
    "moves",
    "needs_another",
    "net_promoter",
    "people_needed",
    "perceptual_map",
    "plane_svg",
    "probabilities",
    "proportion",
    "rake",
    "read_case",
    "read_choices",
    "read_listings",
    "read_market",
    "read_observed",
    "read_strategy",
    "read_survey",
    "read_targets",
    "report_html",
    "report_pictures",
    "report_sections",
    "rows_svg",
    "simulate_market",
    "simulate_shares",
    "sources_of",
    "strategy_rules",
    "strength_of",
    "strength_svg",
    "taste_draws",
    "tornado_svg",
    "value",
    "value_by",
    "watch_mentions",
    "willingness_to_pay",
]

_HOMES = {
    "choice.data": ["Choices", "choices_from_rows"],
    "choice.design": ["Attribute", "Design", "design_tasks"],
    "choice.hierarchical": ["Hierarchical", "fit_hierarchical"],
    "choice.logit": ["Logit", "fit_logit", "probabilities"],
    "choice.mixed": ["MixedLogit", "fit_mixed_logit", "halton_normals"],
    "choice.offers": ["Market", "read_market"],
    "choice.portfolio": ["Portfolio", "best_portfolios"],
    "choice.simulation": ["Simulation", "Tastes", "simulate_market"],
    "choice.tables": ["Layout", "read_choices"],
    "choice.worth": [
        "Offer",
        "Shares",
        "Source",
        "Worth",
        "equalisation_prices",
        "simulate_shares",
        "sources_of",
        "taste_draws",
        "willingness_to_pay",
    ],
    "consumer.dirichlet": ["Dirichlet", "ESTIMATORS", "Estimator", "fit_dirichlet"],
    "consumer.maps": ["PerceptualMap", "perceptual_map"],
    "consumer.mentions": ["Day", "watch_mentions"],
    "consumer.segments": ["Segments", "choose_segments", "fit_segments", "needs_another"],
    "consumer.survey": [
        "Average",
        "Proportion",
        "STEPS",
        "Survey",
        "average",
        "effective_size",
        "funnel",
        "net_promoter",
        "proportion",
        "read_survey",
        "FUNNEL",
        "SCORES",
    ],
    "consumer.waves": ["Move", "chance_of_seeing", "move_between", "moves", "people_needed"],
    "consumer.weighting": ["Targets", "rake", "read_targets"],
    "hedonic": ["Effect", "Hedonic", "Listings", "fit_hedonic", "read_listings"],
    "plots": ["Row", "days_svg", "plane_svg", "rows_svg", "tornado_svg"],
    "report": ["Section", "report_html", "report_sections"],
    "report.page": ["methods_svg", "report_pictures", "strength_svg"],
    "strategy": ["CHANNELS", "MODELS", "Completeness", "Strategy", "completeness", "read_strategy", "strategy_rules"],
    "strength": [
        "ElementScore",
        "Indicator",
        "IndicatorSet",
        "Observed",
        "ObservedBrand",
        "Strength",
        "coefficient",
        "indicator_set",
        "read_observed",
        "strength_of",
        "EvidenceRule",
        "Gathered",
        "belongs",
        "evidence_kinds",
        "evidence_rules",
        "gather",
    ],
    "valuation": ["Case", "Method", "Valuation", "Valuations", "input_kinds", "methods", "read_case", "value", "value_by"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker knows the names above, and should know no others

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
