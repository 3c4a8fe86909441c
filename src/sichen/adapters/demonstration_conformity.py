# SPDX-License-Identifier: Apache-2.0
"""Conformity in the demonstration: the workshop's watches judged and certified, three brands compared."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from sichen.adapters.certificate_desk import (
    REVIEW,
    Docket,
    Particulars,
    draft_certificates,
    release_certificate,
    review_certificate,
)
from sichen.adapters.clock import now
from sichen.adapters.conformity_desk import (
    Order,
    Source,
    judge_bench,
    judge_source,
    keep_bench_verdicts,
    keep_table_verdicts,
    rate_of,
    temperature_u,
    usual_budget,
)
from sichen.adapters.contest_desk import Comparison, compare_source, keep_comparison
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.issuing_house import House, house, set_house
from sichen.conformity.certificate import Item, Party
from sichen.core import Instant, Record


def keep_demonstration_conformity(folder: DataFolder) -> tuple[Docket, ...]:
    """Judge, certify and compare; a folder that has certificates already needs no example.

    Parameters
    ----------
    folder : DataFolder
        With the workshop's readings.

    Returns
    -------
    tuple of Docket
        One certificate from recordings, accepted; three from daily rates, of which one conforms, one does not, and one is
        undecided and waits for its release.
    """
    if next(folder.records.find(kind=REVIEW, limit=1), None) is not None:
        return ()
    table = example()
    at = min(Instant.parse(table["at"]), now())  # a clock that stands before the example's day must not refuse it
    if not house(folder.path).named:
        set_house(folder.path, House(Party(**table["laboratory"])))
    drafts = (*_from_bench(folder, table, at), *_from_days(folder, table, at))
    made = tuple(_moved(folder, one, table["people"], at) for one in drafts)
    source = Source(table["comparison"]["table"].encode(), table["comparison"]["name"])
    wanted = Comparison()
    keep_comparison(folder, wanted, compare_source(wanted, source, None, now=at), source, None, at=at)
    return made


@cache
def example() -> Mapping[str, Any]:
    """Return what the demonstration's laboratory does."""
    text = resources.files("sichen.adapters").joinpath("data/test_house.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _from_bench(folder: DataFolder, table: Mapping[str, Any], at: Instant) -> tuple[Docket, ...]:
    asked = table["bench"]
    order = Order(asked["plan"], category=asked["category"], stations=asked["stations"])
    plan = order.protocol().plan
    wanted = [plan.step_of(number).position for number in range(1, plan.length + 1)]
    readings: Sequence[Record] = list(folder.records.find(kind="bench.reading", subject=f"watch:{asked['watch']}"))
    rates = [rate_of(one) for one in readings if one.body["position"] in wanted]
    if sorted(one.position for one in rates) != sorted(wanted):
        return ()
    budget = usual_budget("acoustic_rate", reading_u=max(one.rate.u or 0.0 for one in rates))
    order = replace(order, chamber_u=temperature_u(budget))
    judged = judge_bench(order, rates)
    records = keep_bench_verdicts(folder, judged, order, rates, at=at)
    day = max(one.instant for one in readings).isoformat()[:10]
    said = replace(_particulars(table), begun=day, ended=day, budgets=() if budget is None else (budget,))
    return draft_certificates(folder, judged.verdicts, records, said, at=at)


def _from_days(folder: DataFolder, table: Mapping[str, Any], at: Instant) -> tuple[Docket, ...]:
    asked = table["days"]
    budget = usual_budget("daily_rate")
    order = Order(asked["plan"], category=asked["category"], decision=asked["decision"], chamber_u=temperature_u(budget))
    rows = [f"{watch},{day},{rate:.2f}" for watch, rates in asked["rates"].items() for day, rate in enumerate(rates, 1)]
    source = Source("\n".join(["watch,day,rate_s_per_d", *rows, ""]).encode(), "workshop.csv")
    judged = judge_source(order, source, now=at)
    records = keep_table_verdicts(folder, judged, order, source, at=at)
    said = replace(_particulars(table), budgets=() if budget is None else (budget,))
    return draft_certificates(folder, judged.verdicts, records, said, at=at)


def _particulars(table: Mapping[str, Any]) -> Particulars:
    items = {row["serial"]: Item(**row) for row in table["watch"]}
    return Particulars(
        customer=Party(**table["customer"]),
        items=items,
        tested_by=table["people"]["tested_by"],
        begun=table["begun"],
        ended=table["ended"],
    )


def _moved(folder: DataFolder, one: Docket, people: Mapping[str, str], at: Instant) -> Docket:
    """Review every draft, and release those that say yes or no: what is undecided waits for somebody to decide."""
    number = one.certificate.number
    reviewed = review_certificate(folder, number, person=people["reviewed_by"], at=at)
    if one.certificate.verdict == "undecided":
        return reviewed
    return release_certificate(folder, number, person=people["released_by"], at=at)
