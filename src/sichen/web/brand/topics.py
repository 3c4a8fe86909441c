# SPDX-License-Identifier: Apache-2.0
"""The pages of the chapter: what each takes, what it answers, how it keeps; all by the functions of the desk."""

from collections.abc import Mapping, Sequence
from datetime import date

from sichen.adapters import DataFolder, now
from sichen.adapters.brand_desk import (
    HEDONIC,
    STRATEGY,
    STRENGTH,
    SURVEY,
    VALUE,
    judge_strategy,
    keep_hedonic,
    keep_strategy,
    keep_strength,
    keep_survey,
    keep_value,
    score_brand,
    survey_answer,
    survey_of,
)
from sichen.brand import (
    fit_hedonic,
    read_case,
    read_listings,
    report_pictures,
    report_sections,
    value,
)
from sichen.brand.report.sections import best_of
from sichen.brand.valuation import Valuations
from sichen.brand.valuation.written import money, rounded, unit_of
from sichen.core import Instant, Language, Record
from sichen.web.brand import market, shown
from sichen.web.brand.topic import Asked, Topic, Values


def _value(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = _valued(asked)
    chosen = asked.fields.get("method") or None
    best = best_of(found, chosen)
    pictures = report_pictures(found, language=language, chosen=chosen)
    sections = {one.plot or one.heading: one for one in report_sections(found, language=language, chosen=chosen)}
    return {
        "found": found, "best": best, "pictures": shown.safe(pictures), "money": money, "rounded": rounded, "unit": unit_of(found.case, language),
        "methods": next(one.table for one in sections.values() if one.table is not None),
        "sensitivity": sections["tornado"].table if "tornado" in sections else None,
        "digest": found.case.digest,
    }  # fmt: skip


def _keep_value(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    found = _valued(asked)
    best = best_of(found, asked.fields.get("method"))
    return (keep_value(folder, found, asked.main, at=at, chosen=best, asked=asked.fields),)


def _valued(asked: Asked) -> Valuations:
    level, seed = asked.number("level", 0.9), int(asked.number("seed", 1))
    return value(read_case(asked.main.text, name=asked.main.name), level=level, seed=seed)


def _strength(asked: Asked, folder: DataFolder, language: Language) -> Values:
    then = asked.fields.get("at")
    at = Instant.parse(then) if then else None
    scored = score_brand(asked.main, folder if asked.fields.get("evidence") else None, at=at)
    reasons = {one.indicator: one.reason for one in scored.gathered if one.reason is not None}
    return {
        "found": scored.strength,
        "reasons": reasons,
        "pictures": shown.safe({"elements": shown.elements_svg(scored.strength, language=language)}),
    }


def _keep_strength(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    scored = score_brand(asked.main, folder if asked.fields.get("evidence") else None)
    return (keep_strength(folder, scored, asked.main, at=at),)


def _survey(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    answers = survey_of(asked.main, asked.further.get("targets"))
    found = survey_answer(answers)
    return {"found": found, "plots": shown.survey_plots(found, language), "funnels": shown.funnels(found)}


def _keep_survey(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    targets = asked.further.get("targets")
    return keep_survey(folder, survey_of(asked.main, targets), asked.main, at=at, targets=targets)


def _price(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = fit_hedonic(read_listings(asked.main.text, logarithms=asked.words("logarithms"), name=asked.main.name))
    return {"found": found, "pictures": shown.safe({"premiums": shown.premiums_svg(found, language)})}


def _keep_price(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    found = fit_hedonic(read_listings(asked.main.text, logarithms=asked.words("logarithms"), name=asked.main.name))
    return keep_hedonic(folder, found, asked.main, at=at)


def _strategy(asked: Asked, _folder: DataFolder, _language: Language) -> Values:
    return {"found": judge_strategy(asked.main, on=today())}


def _keep_strategy(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    return (keep_strategy(folder, judge_strategy(asked.main, on=today()), asked.main, at=at),)


def today() -> date:
    """Return the day by the clock of this computer, in UTC."""
    return date.fromisoformat(now().isoformat()[:10])


TOPICS: Mapping[str, Topic] = {
    "value": Topic("/brand", "value.toml", _value, _keep_value, VALUE, fields={"method": "", "level": "0.9", "seed": "1"}),
    "strength": Topic("/brand/strength", "strength.toml", _strength, _keep_strength, STRENGTH, fields={"evidence": ""}),
    "survey": Topic("/brand/survey", "survey.csv", _survey, _keep_survey, SURVEY, {"targets": "targets.toml"}),
    "choice": market.CHOICE,
    "tastes": market.TASTES_PAGE,
    "design": market.DESIGN_PAGE,
    "price": Topic("/brand/price", "listings.csv", _price, _keep_price, HEDONIC, fields={"logarithms": ""}),
    "map": market.MAP_PAGE,
    "dirichlet": market.DIRICHLET_PAGE,
    "segments": market.SEGMENTS_PAGE,
    "mentions": market.MENTIONS_PAGE,
    "strategy": Topic("/brand/strategy", "strategy.toml", _strategy, _keep_strategy, STRATEGY),
}  # fmt: skip
"""The pages by name, in the order of the rail."""
