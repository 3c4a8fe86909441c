# SPDX-License-Identifier: Apache-2.0
"""Brands in the demonstration: the invented house Sinan, whose quality is what the bench heard of the workshop's watches."""

from datetime import date

from sichen.adapters.brand_desk import (
    Sent,
    judge_strategy,
    keep_hedonic,
    keep_strategy,
    keep_strength,
    keep_survey,
    keep_value,
    score_brand,
    survey_of,
)
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.sample_brands import sample_file
from sichen.brand import fit_hedonic, read_case, read_listings, value
from sichen.core import Instant, Record

DRAWS = 2048


def keep_demonstration_brand(folder: DataFolder, *, at: Instant) -> tuple[Record, ...]:
    """Keep survey, premium, strength, value and strategy of the invented brand; keeping them twice keeps them once.

    Parameters
    ----------
    folder : DataFolder
        With the workshop's readings; verdicts on its watches count where there are any.
    at : Instant

    Returns
    -------
    tuple of Record
        The last ones rest on those before.
    """
    answers, targets, listings = (_sample(name) for name in ("survey.csv", "targets.toml", "listings.csv"))
    kept = list(keep_survey(folder, survey_of(answers, targets), answers, at=at, targets=targets))
    kept += keep_hedonic(folder, fit_hedonic(read_listings(listings.text)), listings, at=at)
    written = _sample("strength.toml")
    strength = keep_strength(folder, score_brand(written, folder, at=at), written, at=at)
    case = _resting_on(_sample("value.toml"), strength)
    found = value(read_case(case.text, name=case.name), draws=DRAWS)
    plan = _sample("strategy.toml")
    judged = judge_strategy(plan, on=date.fromisoformat(at.isoformat()[:10]))
    return (*kept, strength, keep_value(folder, found, case, at=at), keep_strategy(folder, judged, plan, at=at))


def _sample(name: str) -> Sent:
    return Sent(sample_file(name), name)


def _resting_on(case: Sent, strength: Record) -> Sent:
    """Return the case with its strength taken from the record, so that the value opens to it."""
    mark = "strength_score = {"
    return Sent(case.text.replace(mark, f'{mark} record = "{strength.digest}",').encode(), case.name)
