# SPDX-License-Identifier: Apache-2.0
"""The pages of the chapter: what each takes, what it answers, how it keeps; all by the functions of the desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sichen.adapters import DataFolder, now
from sichen.adapters.brand_desk import (
    HEDONIC,
    STRATEGY,
    STRENGTH,
    SURVEY,
    VALUE,
    Sent,
    judge_strategy,
    keep_hedonic,
    keep_strategy,
    keep_strength,
    keep_survey,
    keep_value,
    map_of,
    score_brand,
    survey_answer,
    survey_of,
)
from sichen.adapters.sample_brands import sample_file
from sichen.brand import (
    Layout,
    Tastes,
    fit_hedonic,
    fit_logit,
    plane_svg,
    read_case,
    read_choices,
    read_listings,
    read_market,
    report_pictures,
    report_sections,
    simulate_market,
    value,
    willingness_to_pay,
)
from sichen.brand.report.sections import best_of
from sichen.brand.valuation.written import money, rounded, unit_of
from sichen.core import Instant, Language, Message, Record
from sichen.web.brand import shown

Fields = Mapping[str, str]
Values = dict[str, object]
DRAWS = 4096
ROUNDS = 1500


@dataclass(frozen=True)
class Asked:
    """What somebody asks: the file, further files, the fields of the form."""

    main: Sent
    further: Mapping[str, Sent] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a field with commas."""
        return tuple(word.strip() for word in self.fields.get(name, "").split(",") if word.strip())


@dataclass(frozen=True)
class Topic:
    """One page.

    Parameters
    ----------
    path : str
    sample : str
        The sample file it teaches with.
    answer : callable
        From what was asked, the data folder and the language to what the template shows.
    keep : callable, optional
    kind : str
        Of the records it keeps.
    further : mapping of str to str
        Further files it takes, each with its sample.
    fields : mapping of str to str
        Fields of its form with what they hold for the sample.
    """

    path: str
    sample: str
    answer: Callable[[Asked, DataFolder, Language], Values]
    keep: Callable[[Asked, DataFolder, Instant], Sequence[Record]] | None = None
    kind: str = ""
    further: Mapping[str, str] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)

    def sample_asked(self) -> Asked:
        """Return the question that the samples ask."""
        further = {name: Sent(sample_file(sample), sample) for name, sample in self.further.items()}
        return Asked(Sent(sample_file(self.sample), self.sample), further, dict(self.fields))


def _value(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = value(read_case(asked.main.text, name=asked.main.name), draws=DRAWS)
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
    found = value(read_case(asked.main.text, name=asked.main.name))
    return (keep_value(folder, found, asked.main, at=at, chosen=best_of(found, asked.fields.get("method"))),)


def _strength(asked: Asked, folder: DataFolder, language: Language) -> Values:
    scored = score_brand(asked.main, folder if asked.fields.get("evidence") else None)
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


def _choice(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    layout = Layout(
        asked.fields.get("choice") or "choice", asked.words("columns"), case=asked.fields.get("case", ""),
        person=asked.fields.get("person", ""), alternative=asked.fields.get("alternative", ""),
        weights=asked.fields.get("weights", ""),
    )  # fmt: skip
    choices = read_choices(asked.main.text, layout, name=asked.main.name)
    fit, price = fit_logit(choices), asked.fields.get("price", "")
    worth = willingness_to_pay(fit, price=price) if price else ()
    market = asked.further.get("market")
    simulated = None
    if market is not None:
        tastes: Tastes = "hb" if asked.fields.get("tastes") == "hb" else "mnl"
        simulated = simulate_market(
            choices, read_market(market.text, name=market.name), tastes=tastes, price=price, rounds=ROUNDS
        )
    return {
        "told": shown.told,
        "fit": fit,
        "worth": worth,
        "simulated": simulated,
        "pictures": shown.choice_plots(worth, simulated, language),
    }


def _price(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = fit_hedonic(read_listings(asked.main.text, logarithms=asked.words("logarithms"), name=asked.main.name))
    return {"found": found, "pictures": shown.safe({"premiums": shown.premiums_svg(found, language)})}


def _keep_price(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    found = fit_hedonic(read_listings(asked.main.text, logarithms=asked.words("logarithms"), name=asked.main.name))
    return keep_hedonic(folder, found, asked.main, at=at)


def _map(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = map_of(asked.main)
    title = Message("web.brand.map.title").text(language)
    return {"found": found, "pictures": shown.safe({"plane": plane_svg(found, title=title)})}


def _strategy(asked: Asked, _folder: DataFolder, _language: Language) -> Values:
    return {"found": judge_strategy(asked.main, on=today())}


def _keep_strategy(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    return (keep_strategy(folder, judge_strategy(asked.main, on=today()), asked.main, at=at),)


def today() -> date:
    """Return the day by the clock of this computer, in UTC."""
    return date.fromisoformat(now().isoformat()[:10])


TOPICS: Mapping[str, Topic] = {
    "value": Topic("/brand", "value.toml", _value, _keep_value, VALUE, fields={"method": ""}),
    "strength": Topic("/brand/strength", "strength.toml", _strength, _keep_strength, STRENGTH, fields={"evidence": ""}),
    "survey": Topic("/brand/survey", "survey.csv", _survey, _keep_survey, SURVEY, {"targets": "targets.toml"}),
    "choice": Topic(
        "/brand/choice", "choices.csv", _choice, None, "", {"market": "market.toml"},
        {"choice": "choice", "columns": "brand,movement,certificate,price", "case": "task", "person": "person",
         "price": "price", "alternative": "", "weights": "", "tastes": "mnl"},
    ),
    "price": Topic("/brand/price", "listings.csv", _price, _keep_price, HEDONIC, fields={"logarithms": ""}),
    "map": Topic("/brand/map", "map.csv", _map),
    "strategy": Topic("/brand/strategy", "strategy.toml", _strategy, _keep_strategy, STRATEGY),
}  # fmt: skip
"""The pages by name, in the order of the rail."""
